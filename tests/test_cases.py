"""Golden cases: request in; outgoing body, decision and audit record out (see tests/cases/README.md)."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.core.model import Effect
from gateway.core.record import Transformed
from gateway.core.recorded import decision_record
from gateway.pipeline import Plan
from tests.fakes.engines import engine, planned

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def outcome(plan: Plan) -> dict[str, Any]:
    first = plan.first
    record = decision_record(
        id="pg-golden",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        facts=plan.facts,
        classification=plan.classification,
        decision=plan.decision,
        policy_revision="sha256:policy",
        classifier_revision="sha256:classifiers",
        upstream=first.upstream if first else None,
        residual=first.residual if first else None,
        transforms={kind: Transformed(*done) for kind, done in plan.transformation.counts.items()},
        effect=None if first else Effect.DENY,
    )
    return {
        "sensitivity": plan.classification.sensitivity.label,
        "rule": plan.decision.rule,
        "refusal": plan.refusal.code if plan.refusal else None,
        "upstreams": [cleared.upstream.name for cleared in plan.attempts()],
        "outgoing": json.loads(first.body) if first else None,
        "audit": record.fields(),
    }


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_case(file: Path) -> None:
    case = yaml.safe_load(file.read_text())
    found = outcome(planned(json.dumps(case["request"]).encode(), engine()))
    if os.environ.get("UPDATE_CASES"):
        case["expect"] = found
        file.write_text(yaml.safe_dump(case, sort_keys=False, allow_unicode=True, width=120))
    assert found == case["expect"]


def test_there_are_cases() -> None:
    assert len(CASES) >= 8
