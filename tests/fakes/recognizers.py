"""Recognizers for tests: a simple one by regular expressions, one that fails, one that goes blind."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.core.model import Finding, Segment, Topics

PATTERNS: Final[Mapping[str, str]] = {
    "EMAIL_ADDRESS": r"[\w.+-]+@[\w-]+\.[\w.]+",
    "PERSON": r"\b(?:Martha Lindqvist|Tomasz Wieczorek)\b",
    "US_SSN": r"\b\d{3}-\d{2}-\d{4}\b",
    "CREDENTIAL": r"\bsk-[A-Za-z0-9]{8,}\b",
}


class FakeRecognizer:
    """Finds what `patterns` match; remembers the texts it was asked about."""

    def __init__(self, patterns: Mapping[str, str] = PATTERNS, name: str = "fake") -> None:
        self.name = name
        self.entity_types = frozenset(patterns)
        self._patterns = {kind: re.compile(pattern) for kind, pattern in patterns.items()}
        self.asked: list[str] = []

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        self.asked += [segment.text for segment in segments]
        return [
            Finding(segment.path, kind, match.start(), match.end(), 0.9, self.name)
            for segment in segments
            for kind, pattern in self._patterns.items()
            for match in pattern.finditer(segment.text)
        ]


class BrokenRecognizer:
    """Raises on every text, with that text in the exception."""

    name = "broken"
    entity_types = frozenset({"PERSON"})

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        raise RuntimeError("cannot read " + " ".join(segment.text for segment in segments))


class FakeTopics:
    """Gives `probability` to `topic` when `word` occurs."""

    def __init__(self, topic: str = "internal_business", word: str = "acquire", probability: float = 0.9) -> None:
        self.topics = frozenset({topic, "health"})
        self._topic, self._word, self._probability = topic, word, probability

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:
        found = any(self._word in segment.text for segment in segments)
        return Topics({"health": 0.0} | {self._topic: self._probability if found else 0.0})


class BrokenTopics:
    """Raises on every text."""

    topics = frozenset({"internal_business", "health"})

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:
        raise ValueError("no topic")
