"""The record says what was decided and nothing of what was written."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.answers import AnswerReport
from gateway.core.model import (
    Classification,
    Decision,
    Effect,
    Finding,
    Principal,
    Reason,
    RequestFacts,
    Sensitivity,
    Topics,
    Upstream,
    Zone,
)
from gateway.core.record import AuditRecord, Omitted, Transformed
from gateway.core.recorded import MAX_FINDINGS, decision_record, known_model, known_models, outcome_record
from gateway.policy.environment import tally

NOON = datetime(2025, 3, 4, 12, 0, 0, 250_000, tzinfo=UTC)
CLOUD = Upstream("cloud-a", Zone.CLOUD, Sensitivity.LOW, "https://api.cloud.example/v1", models=(("gpt-*", "gpt-5"),))
DOCUMENTED = [
    *("schema", "id", "time", "event", "tenant", "principal", "purpose", "groups", "dialect", "endpoint", "model"),
    *(
        "sensitivity",
        "residual",
        "topics",
        "reasons",
        "rule",
        "effect",
        "route",
        "budgets",
        "zone",
        "upstream",
        "findings",
    ),
    *(
        "findings_omitted",
        "omitted",
        "transforms",
        "policy_revision",
        "classifier_revision",
        "stream",
        "status",
        "tokens",
    ),
    *("latency_ms", "shadow", "answer"),
]


def record(
    *findings: Finding, model: str = "gpt-5", models: frozenset[str] = frozenset(), time: datetime = NOON
) -> AuditRecord:
    return decision_record(
        id="d-1",
        time=time,
        facts=RequestFacts(
            Principal("ada", "acme", "support"), "/v1/chat/completions", "openai_chat", model, stream=True
        ),
        classification=Classification(
            Sensitivity.MODERATE,
            (Reason("contact-data", "1 PERSON", Sensitivity.MODERATE),),
            findings,
            Topics({"health": 0.123456}),
        ),
        decision=Decision(Effect.ALLOW, "moderate-is-tokenised", Sensitivity.MODERATE, (Zone.CLOUD,)),
        upstream=CLOUD,
        residual=Sensitivity.LOW,
        transforms={"PERSON": Transformed("tokenize", 1)},
        policy_revision="p1",
        classifier_revision="c1",
        models=models,
        latency_ms={"plan": 1.23456},
    )


def test_a_decision_has_every_documented_field_in_order() -> None:
    fields = record(
        Finding("/messages/0/content", "PERSON", 3, 11, 0.98765, "names"), models=frozenset({"gpt-5"})
    ).fields()
    assert list(fields) == DOCUMENTED
    assert json.loads(json.dumps(fields)) == {
        "schema": "privacy-gateway/audit/v1",
        "id": "d-1",
        "time": "2025-03-04T12:00:00.250000Z",
        "event": "decision",
        "tenant": "acme",
        "principal": "ada",
        "purpose": "support",
        "groups": [],
        "dialect": "openai_chat",
        "endpoint": "/v1/chat/completions",
        "model": "gpt-5",
        "sensitivity": "moderate",
        "residual": "low",
        "topics": {"health": 0.1235},
        "reasons": [{"rule": "contact-data", "detail": "1 PERSON", "level": "moderate"}],
        "rule": "moderate-is-tokenised",
        "effect": "allow",
        "route": ["cloud"],
        "budgets": [],
        "zone": "cloud",
        "upstream": "cloud-a",
        "findings": [{"entity_type": "PERSON", "path": "/messages/0/content", "score": 0.9877, "recognizer": "names"}],
        "findings_omitted": 0,
        "omitted": [],
        "transforms": {"PERSON": {"operator": "tokenize", "count": 1}},
        "policy_revision": "p1",
        "classifier_revision": "c1",
        "stream": True,
        "status": None,
        "tokens": {},
        "latency_ms": {"plan": 1.235},
        "shadow": None,
        "answer": None,
    }


def test_a_model_that_settings_do_not_name_is_recorded_as_other() -> None:
    assert record(model="about Jane Roe of 12 High Street").fields()["model"] == "other"
    assert known_model("", frozenset({"gpt-5"})) == ""


def test_known_models_are_names_never_globs() -> None:
    assert known_models([CLOUD]) == {"gpt-5"}


def test_an_outcome_repeats_who_and_where_but_not_what_was_found() -> None:
    decided = record(Finding("/messages/0/content", "PERSON", 3, 11, 0.9, "names"))
    ended = outcome_record(
        decided, time=NOON + timedelta(seconds=1), status=200, tokens={"input": 7, "output": 9}
    ).fields()
    assert ended["event"] == "outcome"
    assert (ended["id"], ended["upstream"], ended["status"]) == ("d-1", "cloud-a", 200)
    assert ended["tokens"] == {"input": 7, "output": 9}
    assert ended["findings"] == ended["reasons"] == []
    assert list(ended) == DOCUMENTED


def test_whatever_a_record_has_an_outcome_repeats_or_leaves_out_on_purpose() -> None:
    own = {"event", "time", "status", "tokens", "latency_ms", "answer"}
    left_out = {"topics", "reasons", "findings", "findings_omitted", "omitted", "transforms", "shadow"}
    decided = replace(record(), groups=("staff",), route=(Zone.CLOUD,), budgets=("daily",))
    ended = outcome_record(decided, time=NOON, status=200)
    for each in fields(decided):
        if each.init and each.name not in own | left_out:
            assert getattr(ended, each.name) == getattr(decided, each.name), each.name


def test_a_line_is_written_anew_for_a_record_that_is_another() -> None:
    decided = record()
    before = decided.line()
    assert decided.line() is before
    assert replace(decided, status=500).line() != before
    assert json.loads(before) == decided.fields()


def test_times_are_written_in_utc_and_sort_as_text() -> None:
    east = NOON.replace(microsecond=0).astimezone(timezone(timedelta(hours=9)))
    assert record(time=east).time == "2025-03-04T12:00:00.000000Z"


@given(st.floats(0, 1))
def test_a_score_is_recorded_to_the_nearest_of_four_places(score: float) -> None:
    listed = record(Finding("/a", "PERSON", 0, 1, score, "names")).fields()["findings"]
    assert isinstance(listed, list)
    written = listed[0]["score"]
    assert written == round(written, 4)
    assert abs(written - score) <= 0.5001e-4


@given(st.integers(0, 100_000).map(lambda parts: parts / 100_000))
@example(0.00035)  # just below the half: 0.0003, though ten thousand times as much is 3.5
def test_a_score_is_recorded_as_policies_compare_it(score: float) -> None:
    finding = Finding("/a", "PERSON", 0, 1, score, "names")
    listed = record(finding).fields()["findings"]
    assert isinstance(listed, list)
    assert tally([finding]) == {"PERSON": {listed[0]["score"]: 1}}
    assert listed[0]["score"] == round(score, 4)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_makes_no_line(number: float) -> None:
    finding = Finding("/a", "PERSON", 0, 1, 0.5, "names")
    for wrong in (
        record(replace(finding, score=number)),
        replace(record(finding), topics={"health": number}),
        replace(record(finding), latency_ms={"plan": number}),
        replace(record(finding), answer=AnswerReport(risk=number)),
        replace(record(finding), omitted=(Omitted("PERSON", number, 1),)),
    ):
        with pytest.raises(ValueError, match="JSON compliant"):
            wrong.line()


def test_a_record_made_of_another_leaves_that_as_it_was() -> None:
    decided = record(Finding("/a", "PERSON", 0, 1, 0.5, "names"))
    kept, line = replace(decided), decided.line()
    ended = outcome_record(decided, time=NOON, status=200)
    assert decided == kept
    assert decided.line() is line
    assert json.loads(ended.line())["event"] == "outcome"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        record(time=NOON.replace(tzinfo=None))


def test_the_one_key_among_a_thousand_names_is_listed() -> None:
    names = [Finding(f"/m/{n}", "PERSON", 0, 1, 0.5, "names") for n in range(1000)]
    fields = record(*names, Finding("/m/last", "CREDENTIAL", 0, 1, 1.0, "keys")).fields()
    listed = fields["findings"]
    assert isinstance(listed, list)
    assert len(listed) == MAX_FINDINGS
    assert listed[-1]["entity_type"] == "CREDENTIAL"
    assert fields["findings_omitted"] == 1001 - MAX_FINDINGS


@given(st.lists(st.sampled_from([f"TYPE_{n}" for n in range(300)]), max_size=600))
def test_no_finding_is_lost_from_the_count(types: list[str]) -> None:
    findings = [Finding(f"/m/{n}", kind, n, n + 1, 0.5, "r") for n, kind in enumerate(types)]
    kept = record(*findings)
    assert len(kept.findings) == min(len(types), MAX_FINDINGS)
    assert len(kept.findings) + kept.findings_omitted == len(types)


@given(st.text(min_size=1), st.integers(0, 10**6), st.integers(1, 10**4))
def test_no_offset_and_no_free_text_gets_into_a_record(text: str, start: int, length: int) -> None:
    secret = f"~{text}~"
    written = json.dumps(
        record(Finding("/metadata/*0", "PERSON", start, start + length, 0.5, "names"), model=secret).fields()
    )
    assert json.dumps(secret)[1:-1] not in written
    assert '"start"' not in written
    assert '"end"' not in written


def test_long_words_are_cut() -> None:
    fields = record(Finding("/a" * 5000, "PERSON", 0, 1, 0.5, "names")).fields()
    assert len(json.dumps(fields)) < 3000


def test_every_field_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    table = [line for line in page.splitlines() if line.startswith("| `")]
    for field in [*DOCUMENTED, "key", "previous", "hash"]:
        assert any(f"`{field}`" in line.split("|")[1] for line in table), field
