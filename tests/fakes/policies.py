"""Policies written in a line, over small vocabularies."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.documents import parse_yaml
from gateway.core.model import Classification, Finding, Principal, RequestFacts, Sensitivity, Topics
from gateway.policy.bundle import PolicyBundle
from gateway.policy.compile import compile_policy, no_bases
from gateway.policy.layers import Bases

ENTITY_TYPES = frozenset({"PERSON", "EMAIL_ADDRESS", "US_SSN", "CREDENTIAL", "DATE_TIME"})
TOPICS = frozenset({"health", "particular_person", "internal_business"})
OPERATORS = frozenset({"tokenize", "redact", "mask", "hash", "keep"})

CLASSIFY: list[dict[str, Any]] = [
    {"level": "high", "name": "keys", "entities": ["US_SSN", "CREDENTIAL"]},
    {"level": "moderate", "name": "contacts", "entities": ["PERSON", "EMAIL_ADDRESS"]},
    {"level": "low", "entities": ["DATE_TIME"]},
]
RULES: list[dict[str, Any]] = [
    {"name": "high-stays", "when": 'sensitivity == "high"', "route": ["local"]},
    {
        "name": "moderate-is-tokenised",
        "when": 'sensitivity == "moderate"',
        "transform": True,
        "route": ["cloud", "local"],
    },
    {"name": "low-passes", "when": 'sensitivity == "low"', "route": ["cloud"]},
]


def policy_text(
    rules: Sequence[Mapping[str, Any]] = RULES,
    classify: Sequence[Mapping[str, Any]] = CLASSIFY,
    transform: Mapping[str, Any] | None = None,
    name: str = "test",
    **more: Any,
) -> str:
    """Return a policy as JSON, which is YAML; `more` are further sections."""
    spec = {"classify": classify, "transform": transform or {}, "rules": rules, **more}
    content = {"apiVersion": "privacy-gateway/v1", "kind": "Policy", "metadata": {"name": name}, "spec": spec}
    return json.dumps(content, indent=1)


def compile_texts(*texts: str, bases: Bases = no_bases) -> PolicyBundle:
    """Compile policies, each from a file of its own: `p0.yaml`, `p1.yaml`, …"""
    documents = [parse_yaml(text, f"p{number}.yaml") for number, text in enumerate(texts)]
    return compile_policy(documents, entity_types=ENTITY_TYPES, topics=TOPICS, operators=OPERATORS, bases=bases)


def policy(
    rules: Sequence[Mapping[str, Any]] = RULES,
    classify: Sequence[Mapping[str, Any]] = CLASSIFY,
    transform: Mapping[str, Any] | None = None,
    **more: Any,
) -> PolicyBundle:
    """Compile one policy."""
    return compile_texts(policy_text(rules, classify, transform, **more))


def facts(
    *,
    principal: Principal | None = None,
    endpoint: str = "/v1/chat/completions",
    dialect: str = "openai_chat",
    model: str = "gpt-4o",
    stream: bool = False,
    min_sensitivity: Sensitivity = Sensitivity.LOW,
) -> RequestFacts:
    """Return the facts of an ordinary request, but for what is given."""
    return RequestFacts(principal or Principal(), endpoint, dialect, model, stream, min_sensitivity)


def found(*entity_types: str, score: float = 0.9) -> tuple[Finding, ...]:
    """Return a finding of each of the types."""
    return tuple(Finding("/messages/0/content", kind, n, n + 1, score, "fake") for n, kind in enumerate(entity_types))


def classified(
    bundle: PolicyBundle,
    findings: Sequence[Finding] = (),
    topics: Mapping[str, float] | None = None,
    request: RequestFacts | None = None,
) -> Classification:
    """Judge findings and topics as the pipeline does."""
    sensitivity, reasons = bundle.classify(findings, topics or {}, request or facts())
    return Classification(sensitivity, reasons, tuple(findings), Topics(topics or {}))
