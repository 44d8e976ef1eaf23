"""A recognizer judges each leaf by itself: what it finds there is remembered, and holds whatever stands beside it."""

import json
import random
from itertools import chain

import pytest

from gateway.core.model import Finding
from gateway.core.protocols import Recognizer
from gateway.detect.packs import RecognizerPack
from gateway.dialects.openai_chat import OpenAIChat
from tests.detect.test_sieves import PACKS, RECOGNIZERS

_KEYS = ("kty", "kind", "type", "name", "d", "k", "data", "value", "field", "id", "ssn", "pin", "password", "rows")
_WORDS = ("RSA", "EC", "oct", "Secret", "random_password", "password", "ssn", "token", "536", "22", "1234")
_EXAMPLES = tuple(
    example
    for pack in PACKS
    if isinstance(pack, RecognizerPack)
    for spec in pack.recognizers
    for example in spec.examples
)


def document(draw: random.Random, depth: int = 0) -> object:
    """Return values and words below each other's names, as records and files have them."""
    if depth > 2 or draw.random() < 0.3:
        return draw.choice(_WORDS if draw.random() < 0.5 else _EXAMPLES)
    members = [document(draw, depth + 1) for _ in range(draw.randrange(1, 6))]
    return {draw.choice(_KEYS): member for member in members} if draw.random() < 0.7 else members


@pytest.mark.parametrize("recognizer", RECOGNIZERS, ids=lambda recognizer: recognizer.name)
def test_a_leaf_has_the_same_findings_whatever_stands_beside_it(recognizer: Recognizer) -> None:
    draw, dialect = random.Random(3), OpenAIChat()
    found = 0
    for _ in range(120):
        messages = [{"role": "user", "content": "Hello"}]
        body = json.dumps({"model": "m", "messages": messages, "metadata": {"a": document(draw), "b": document(draw)}})
        segments = list(dialect.segments(dialect.read(body.encode())))
        together, apart = recognizer.analyze(segments), [recognizer.analyze([segment]) for segment in segments]
        assert sorted(map(_told, together)) == sorted(map(_told, chain.from_iterable(apart))), body
        found += len(together)
    assert found


def _told(finding: Finding) -> tuple[str, str, int, int, float, str]:
    return finding.path, finding.entity_type, finding.start, finding.end, finding.score, finding.recognizer
