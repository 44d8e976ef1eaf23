"""Conversations that grow by a turn, planned by an engine that remembers and by one that does not."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from gateway.core.model import Principal
from gateway.core.protocols import Dialect
from gateway.core.topic_models import TopicModel
from gateway.detect.memory import Memory
from gateway.detect.packs import VocabularyPack
from gateway.detect.reidentification import ReidentificationRisk
from gateway.detect.vocabulary import VocabularyTopics
from gateway.pipeline import Engine, Plan, Request, plan
from tests.fakes.engines import DIALECT, FLEET, engine
from tests.fakes.recognizers import PATTERNS, FakeRecognizer
from tests.fakes.tiny_topics import tiny

POLICY = """
apiVersion: privacy-gateway/v1
kind: Policy
metadata: {name: test, owner: tests}
spec:
  classify:
    - {level: high, name: numbers, entities: [US_SSN]}
    - {level: moderate, name: contact, entities: [PERSON, EMAIL_ADDRESS, CREDENTIAL, CREDIT_CARD, IBAN_CODE]}
    - {level: moderate, name: particulars, entities: [DATE_OF_BIRTH, UK_POSTCODE, PHONE_NUMBER]}
    - {level: high, name: one-of-few, when: topics.reidentification >= 0.5}
    - {level: moderate, name: secret, when: topics.embargo >= 0.8}
    - {level: moderate, name: meant, when: topics.sensitive >= 0.999}
  transform: {CREDENTIAL: redact, "*": tokenize}
  rules:
    - {name: high-stays-home, when: sensitivity == "high", route: [local]}
    - {name: moderate-is-tokenised, when: sensitivity == "moderate", transform: true, route: [cloud, secure, local]}
    - {name: low-passes, when: sensitivity == "low", route: [cloud, local]}
"""
KINDS = {
    **PATTERNS,
    "PERSON": r"\b(?:Martha Lindqvist|Tomasz Wieczorek|Zoë Müller|Ann)\b",
    "CREDIT_CARD": r"\b(?:\d{4} ){3}\d{4}\b",
    "DATE_OF_BIRTH": r"\b19\d\d-\d\d-\d\d\b",
    "UK_POSTCODE": r"\bSW1A \dA[AB]\b",
    "IBAN_CODE": r"\bDE\d{2}(?: ?\d{4}){4} ?\d{2}\b",
    "PHONE_NUMBER": r"\+49 ?30 ?\d{6,8}\b",
}
WORDS = "the agent reads a ticket and answers what was asked about deliveries parts invoices and days of the week"
PACK = VocabularyPack.model_validate(
    {
        "apiVersion": "privacy-gateway/v1",
        "kind": "VocabularyPack",
        "metadata": {"name": "embargo"},
        "topic": "embargo",
        "terms": [{"term": "embargo", "weight": 0.6}, {"term": "lighthouse", "weight": 0.7}],
    }
)


@cache
def topic_models() -> tuple[TopicModel, ...]:
    return ReidentificationRisk(), VocabularyTopics([PACK]), tiny()


def remembering(policy: str = POLICY, topics: Sequence[TopicModel] | None = None) -> Engine:
    models = topics if topics is not None else topic_models()
    made = engine(policy, [FakeRecognizer(KINDS)], models)
    return replace(made, memory=Memory(2**24))


def prose(seed: int, size: int = 40) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS.split()) for _ in range(size))


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def body(
    messages: Sequence[Mapping[str, Any]], *, ascii_only: bool = False, tools: str = "", tight: bool = True
) -> bytes:
    more = [{"type": "function", "function": {"name": "look", "description": "Looks for Martha Lindqvist's parcel."}}]
    whole: dict[str, Any] = {"model": "gpt-4o"}
    whole |= {"tools": more} if tools == "before" else {}
    whole |= {"messages": messages}
    whole |= {"tools": more} if tools == "behind" else {}
    return json.dumps(whole, ensure_ascii=ascii_only, separators=(",", ":") if tight else None).encode()


def begun(turns: int = 12) -> list[dict[str, Any]]:
    messages = [said("system", "You help."), said("user", f"{prose(1)} to martha@nordhavn-clinic.com")]
    for turn in range(turns):
        messages += [said("assistant", prose(100 + turn)), said("user", f"{prose(200 + turn)} by Tomasz Wieczorek")]
    return messages


def planned(
    sent: bytes, with_: Engine, tenant: str = "default", name: str = "anonymous", dialect: Dialect = DIALECT
) -> Plan:
    return plan(Request(dialect, sent, Principal(name, tenant)), with_, FLEET)


def alike(one: Plan, other: Plan) -> None:
    """Assert that two plans are the same in all that they decide and send."""
    judged, expected = one.classification, other.classification
    assert one.transformation.undischarged == other.transformation.undischarged
    assert judged.findings == expected.findings
    assert judged.sensitivity is expected.sensitivity
    assert [(reason.rule, reason.level) for reason in judged.reasons] == [(r.rule, r.level) for r in expected.reasons]
    assert dict(judged.topics.probabilities) == pytest.approx(dict(expected.topics.probabilities), abs=1e-5)
    assert judged.topics.evidence == expected.topics.evidence
    assert one.decision == other.decision
    assert tuple(one.segments) == tuple(other.segments)
    assert one.transformation.counts == other.transformation.counts
    assert one.mint.pairs == other.mint.pairs
    assert one.conversation == other.conversation
    assert (one.refusal is None) == (other.refusal is None)
    cleared = [[(each.upstream, each.body, each.residual) for each in its.attempts()] for its in (one, other)]
    assert cleared[0] == cleared[1]


def compared(sent: bytes, remembers: Engine, tenant: str = "default", name: str = "anonymous") -> bool:
    """Assert that memory makes no difference; return whether something was left out."""
    made = planned(sent, remembers, tenant, name)
    alike(made, planned(sent, replace(remembers, memory=None), tenant, name))
    return made.past is not None


def grown(remembers: Engine, new: Sequence[dict[str, Any]], **how: Any) -> tuple[bool, Plan]:
    """Plan a conversation, and again with `new` messages; return whether something was left out, and the plan."""
    messages = begun()
    assert not compared(body(messages, **how), remembers)
    sent = body([*messages, *new], **how)
    left_out = compared(sent, remembers)
    return left_out, planned(sent, replace(remembers, memory=None))


NEXT = [said("assistant", prose(7)), said("user", f"{prose(8)} and martha@nordhavn-clinic.com again")]
