"""The right to explanation: a decision's record with what it meant, from the record and the policy's text of that time.

Nothing is told that the record does not hold already, but the policy's own text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.adapters.policy_history import PolicyHistory
from gateway.core.errors import ConfigurationError
from gateway.loadout import policy_from
from gateway.pipeline import Engine
from gateway.policy.bundle import PolicyBundle
from gateway.policy.counterfactual import counterfactuals, fields_of
from gateway.policy.replay import Past

__all__ = ["explain_records"]


def explain_records(
    records: list[dict[str, Any]], history: PolicyHistory, engine: Callable[[], Engine]
) -> list[dict[str, Any]]:
    """Return `records` with an `explanation` in each that is a decision.

    Args:
        records: audit records of one request.
        history: texts of the policies that were in force.
        engine: gives what the policy is compiled for; asked only when it is needed.
    """
    return [
        record | {"explanation": _explanation(record, history, engine)} if record.get("event") == "decision" else record
        for record in records
    ]


def _explanation(record: Mapping[str, Any], history: PolicyHistory, engine: Callable[[], Engine]) -> dict[str, Any]:
    revision = str(record.get("policy_revision", ""))
    files = history.files(revision)
    told: dict[str, Any] = {"fields": fields_of(record), "counterfactuals": [], "policy": None, "note": ""}
    if files is None:
        told["note"] = "the text of the policy of that revision is not kept here"
        return told
    told["policy"] = {"revision": revision, "files": dict(files.contents)}
    try:
        made = engine()
        policy: PolicyBundle = policy_from(files, made)
        past = Past.of(record)
    except ConfigurationError:
        told["note"] = "the policy of that revision does not fit the classifiers of today, so nothing was tried without"
        return told
    except ValueError:
        told["note"] = "the record is damaged"
        return told
    if not policy.revision.startswith(revision):  # it was shorter in older logs
        told["policy"], told["note"] = None, "the text that is kept for that revision is another one: it was changed"
        return told
    if past is not None:
        told["counterfactuals"] = [one.fields() for one in counterfactuals(past, policy)]
        if not past.complete_for(policy):
            told["note"] = "the record does not hold all that the policy looked at"
    return told
