"""The time that a request's judging may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from gateway.core.errors import DetectionError
from gateway.core.model import Finding, Segment, Topics
from gateway.detect.memory import Scope
from gateway.meaning import Effort, Meaning


@dataclass
class Noting:
    """A topic model as plug-ins may be: it equals all of its name, and is no key of a dictionary."""

    name: str
    noted: list[str] = field(default_factory=list, compare=False)
    topics: frozenset[str] = frozenset()

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:
        """Return nothing."""
        return Topics()

    def note(self, segments: Sequence[Segment]) -> object:
        """Keep what it was asked about."""
        self.noted += [segment.text for segment in segments]
        return None

    def conclude(
        self,
        notes: Sequence[tuple[str, str, object]],
        segments: Sequence[Segment],
        findings: Sequence[Finding],
    ) -> Topics:
        """Return nothing."""
        return self.analyze(segments, findings)


def test_a_model_that_equals_an_earlier_one_is_asked_itself() -> None:
    before, after = Noting("a"), Noting("a")
    for model in (before, after):
        Meaning((model,), None, Scope(b"k"), Effort(None)).notes([Segment("/a", model.name)])
    assert (before.noted, after.noted) == (["a"], ["a"])


def test_without_a_limit_time_is_not_looked_at() -> None:
    effort = Effort(None)
    with effort:
        effort.check()


def test_what_takes_too_long_is_stopped() -> None:
    effort = Effort(-1.0)
    with effort, pytest.raises(DetectionError):
        effort.check()


def test_what_was_spent_before_counts() -> None:
    effort = Effort(0.002)
    with effort:
        sum(range(300_000))
    with effort, pytest.raises(DetectionError):
        effort.check()
