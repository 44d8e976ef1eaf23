"""The time that a request's judging may take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import DetectionError
from gateway.core.model import Finding, Segment, Topics
from gateway.core.steps import Steps, done
from gateway.core.topic_models import Resume
from gateway.detect.memory import Scope
from gateway.engine import Asked
from gateway.meaning import Effort, Meaning, Reading


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
        Meaning(Asked.of((model,)), None, Scope(b"k"), Effort(None)).notes([Segment("/a", model.name)])
    assert (before.noted, after.noted) == (["a"], ["a"])


def test_without_a_limit_time_is_not_looked_at() -> None:
    effort = Effort(None)
    count(effort, effort.check)


def test_what_takes_too_long_is_stopped() -> None:
    effort = Effort(-1.0)
    with pytest.raises(DetectionError):
        count(effort, effort.check)


def stepwise(*works: Callable[[], None]) -> Steps[None]:
    """Do each of `works` in a step of its own."""
    for work in works:
        work()
        yield


def count(effort: Effort, *works: Callable[[], None]) -> None:
    """Have `effort` count `works`, a step each."""
    done(effort.counted(stepwise(*works)))


class Clocks:
    """A wall's clock and a thread's, which are moved by hand."""

    def __init__(self) -> None:
        self.now = self.taken = 0.0

    def move(self, work: float, wait: float = 0.0) -> None:
        """Work for some seconds and wait for some."""
        self.now += work + wait
        self.taken += work

    def effort(self, seconds: float) -> Effort:
        """Return an effort that looks at these."""
        return Effort(seconds, lambda: self.now, lambda: self.taken)


def test_waiting_for_a_processor_is_not_spent() -> None:
    clocks = Clocks()
    effort = clocks.effort(1.0)
    for _ in range(2):
        count(effort, lambda: clocks.move(0.1), effort.check, lambda: clocks.move(0.1, wait=60.0), effort.check)


@given(st.lists(st.lists(st.tuples(st.floats(0, 0.5), st.floats(0, 0.5)), max_size=5), max_size=5), st.floats(0.001, 1))
def test_no_more_is_ever_spent_than_there_is(looks: list[list[tuple[float, float]]], seconds: float) -> None:
    clocks = Clocks()
    effort = clocks.effort(seconds)
    stopped = False

    def work_and_look(work: float, wait: float) -> None:
        nonlocal stopped
        clocks.move(work, wait)
        try:
            effort.check()
        except DetectionError:
            stopped = True

    for steps in looks:
        count(effort, *(partial(work_and_look, *step) for step in steps))
    assert stopped or clocks.taken <= seconds + 1e-9


@pytest.mark.parametrize("spent", [0.001, 0.1])
def test_what_others_take_between_two_steps_is_not_spent(spent: float) -> None:
    clocks = Clocks()
    effort = clocks.effort(1.0)
    for _ in effort.counted(
        stepwise(lambda: clocks.move(spent), effort.check, lambda: clocks.move(spent), effort.check)
    ):
        clocks.move(10.0)
    with pytest.raises(DetectionError):
        count(effort, lambda: clocks.move(1.0), effort.check)


def test_what_was_spent_before_counts() -> None:
    clocks = Clocks()
    effort = clocks.effort(0.002)
    count(effort, lambda: clocks.move(0.003))
    with pytest.raises(DetectionError):
        count(effort, effort.check)


def test_what_fails_in_a_step_is_raised_and_what_it_took_is_spent() -> None:
    clocks = Clocks()
    effort = clocks.effort(0.002)

    def fail() -> None:
        clocks.move(0.003)
        raise KeyError

    with pytest.raises(KeyError):
        count(effort, fail)
    with pytest.raises(DetectionError):
        count(effort, effort.check)


@dataclass(frozen=True)
class Says:
    """A topic model that says the same of everything."""

    said: dict[str, float]
    name: str = "says"

    @property
    def topics(self) -> frozenset[str]:
        """Those that it tells of."""
        return frozenset(self.said)

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:
        """Return what it says, with a span for each topic that tells which model it was."""
        return Topics(self.said, dict.fromkeys(self.said, ((self.name, 0, 1),)))


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from((0.0, 0.25, 0.5, 1.0))), max_size=4))
def test_of_several_models_the_surest_counts_and_of_two_as_sure_the_later(models: list[dict[str, float]]) -> None:
    asked = Asked.of(Says(said, str(number)) for number, said in enumerate(models))
    meaning = Meaning(asked, None, Scope(b"k"), Effort(None))
    topics = meaning.topics(Reading([], [], (), 0, None))
    surest = {
        topic: max((said[topic], number) for number, said in enumerate(models) if topic in said)
        for topic in set().union(*models)
    }
    assert topics.probabilities == {topic: probability for topic, (probability, _) in surest.items()}
    assert topics.evidence == {topic: ((str(number), 0, 1),) for topic, (_, number) in surest.items()}


class Rereading(Says):
    """One that makes what reads for each request."""

    made = 0

    def resume(
        self, parts: Sequence[Sequence[Segment]], state: object, ends: Sequence[int]
    ) -> tuple[Topics, dict[int, object]]:
        """Never be asked for itself."""
        raise AssertionError

    def rereading(self) -> Resume:
        """Count what is made."""
        self.made += 1
        return lambda parts, _state, _ends: (self.analyze(parts[0] if parts else (), ()), {})


def test_what_reads_again_is_made_once_for_a_request_and_not_kept_behind_it() -> None:
    model = Rereading({"health": 0.5})
    meaning = Meaning(Asked.of((model,)), None, Scope(b"k"), Effort(None))

    def read() -> None:
        assert meaning.topics(Reading([], [], (), 0, None)).probabilities == {"health": 0.5}

    read()
    read()
    assert model.made == 1
    meaning.forget()
    read()
    assert model.made == 2
