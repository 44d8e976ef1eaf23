"""Engines for tests: the real pipeline over fake recognizers and a small policy."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.core.documents import parse_yaml
from gateway.core.model import Principal, Sensitivity, Upstream, Zone
from gateway.core.protocols import Operator, Recognizer
from gateway.core.topic_models import TopicModel
from gateway.core.uninspectable import UNINSPECTABLE_TYPES
from gateway.dialects.openai_chat import OpenAIChat
from gateway.pipeline import Engine, Plan, Request, plan
from gateway.policy.compile import compile_policy
from gateway.transforms.operators import OPERATORS
from tests.fakes.recognizers import FakeRecognizer, FakeTopics

POLICY: Final = """
apiVersion: privacy-gateway/v1
kind: Policy
metadata: {name: test, owner: tests}
spec:
  classify:
    - {level: high, name: keys-and-numbers, entities: [US_SSN, CREDENTIAL]}
    - {level: moderate, name: contact, entities: [PERSON, EMAIL_ADDRESS]}
    - {level: moderate, name: business, when: topics.internal_business >= 0.5}
  transform:
    CREDENTIAL: redact
    "*": tokenize
  rules:
    - {name: high-stays-home, when: sensitivity == "high", route: [local]}
    - {name: moderate-is-tokenised, when: sensitivity == "moderate", transform: true, route: [cloud, secure, local]}
    - {name: low-passes, when: sensitivity == "low", route: [cloud, local]}
"""

LOCAL = Upstream("home", Zone.LOCAL, Sensitivity.HIGH, "http://127.0.0.1:1/v1")
SECURE = Upstream("enclave", Zone.SECURE, Sensitivity.MODERATE, "http://127.0.0.1:1/v1")
CLOUD = Upstream("cloud", Zone.CLOUD, Sensitivity.LOW, "http://127.0.0.1:1/v1")
FLEET: Final = (CLOUD, SECURE, LOCAL)
DIALECT: Final = OpenAIChat()


def engine(
    policy: str = POLICY,
    recognizers: Sequence[Recognizer] | None = None,
    topics: Sequence[TopicModel] | None = None,
    operators: Mapping[str, Operator] = OPERATORS,
    key: bytes = b"k" * 32,
) -> Engine:
    found = tuple(recognizers if recognizers is not None else [FakeRecognizer()])
    models = tuple(topics if topics is not None else [FakeTopics()])
    types = frozenset({*UNINSPECTABLE_TYPES, *FakeRecognizer().entity_types}.union(*(r.entity_types for r in found)))
    bundle = compile_policy(
        [parse_yaml(policy, "test.yaml")],
        entity_types=types,
        topics=frozenset().union(*(model.topics for model in models)),
        operators=frozenset(operators),
    )
    return Engine(found, models, bundle, operators, key, "sha256:test")


def chat(*contents: str, **more: Any) -> bytes:
    """Return a chat body whose turns are by user and assistant in turn."""
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": content} for place, content in enumerate(contents)]
    return json.dumps({"model": "gpt-4o", "messages": messages, **more}).encode()


def planned(
    body: bytes,
    engine_: Engine | None = None,
    upstreams: Sequence[Upstream] = FLEET,
    *,
    tenant: str = "default",
    principal: str = "anonymous",
    min_sensitivity: Sensitivity = Sensitivity.LOW,
    conversation: str = "",
) -> Plan:
    request = Request(DIALECT, body, Principal(principal, tenant), min_sensitivity, conversation)
    return plan(request, engine_ or engine(), upstreams)
