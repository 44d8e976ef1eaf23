"""Audit records about nothing in particular, and which of them a log has."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.core.model import Effect, Finding, Reason, Sensitivity
from gateway.core.record import AuditRecord, Event, Transformed
from gateway.core.timestamps import timestamp

START = datetime(2025, 11, 1, 12, 0, tzinfo=UTC)


def a_record(number: int = 0, *, event: Event = Event.DECISION, principal: str = "ada", name: str = "") -> AuditRecord:
    """Return the record of decision `d-<number>`, made `number` minutes after `START`."""
    return AuditRecord(
        id=name or f"d-{number}",
        time=timestamp(START + timedelta(minutes=number)),
        event=event,
        tenant="acme",
        principal=principal,
        purpose="",
        dialect="openai_chat",
        endpoint="/v1/chat/completions",
        model="other",
        sensitivity=Sensitivity.MODERATE,
        residual=Sensitivity.LOW,
        topics={"health": 0.25},
        reasons=(Reason("contact-data", "1 PERSON", Sensitivity.MODERATE),),
        rule="moderate-is-tokenised",
        effect=Effect.ALLOW,
        zone="cloud",
        upstream="cloud-a",
        findings=(Finding("/messages/0/content", "PERSON", 0, 4, 0.85, "names"),),
        findings_omitted=0,
        transforms={"PERSON": Transformed("tokenize", 1)},
        policy_revision="p1",
        classifier_revision="c1",
        stream=False,
        status=200 if event is Event.OUTCOME else None,
        tokens={},
        latency_ms={"plan": 1.5},
    )


def ids_in(directory: Path) -> list[str]:
    """Return the ids in the log, in order."""
    files = sorted(directory.glob("audit-*.jsonl"))
    return [json.loads(line)["id"] for file in files for line in file.read_text().splitlines()]
