"""What a request is about: asks the topic models, from what is known of its blocks where they can go on from that.

A model that only judges is asked about everything each time. One that takes notes (`NotingTopicModel`) is given what it
noted of each block; one that resumes (`ResumableTopicModel`) goes on from where it was when it had read as many blocks
as it knows. So does a conversation whose messages are left out (`history`): `past` says what must be known of them.

A model that raises, or says what is no number, makes the request HIGH.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, Final, TypeVar

from gateway.blocks import Block, Known, Past
from gateway.core.errors import DetectionError
from gateway.core.model import VALUE, Classification, Finding, Segment, Topics
from gateway.core.steps import Steps
from gateway.core.topic_models import NotingTopicModel, Resume
from gateway.detect.memory import Memory, Scope
from gateway.engine import Asked
from gateway.policy.environment import tally

__all__ = ["Effort", "Meaning", "Reading", "highest"]

_T = TypeVar("_T")
_STATE: Final = 1200
"""Bytes that a model's state takes, roughly."""
_USUAL: Final = 0.005
"""Seconds in which nearly every request is judged."""


class Effort:
    """What a request's judging may still take, and what has failed in it.

    Args:
        seconds: that it may take; None: as long as it takes.
        wall: what time it is.
        thread: what the thread has taken of its processor, ever.

    Attributes:
        failures: what failed, to the kind of error.
    """

    __slots__ = ("_gone", "_limit", "_mark", "_since", "_soon", "_thread", "_wall", "failures")

    def __init__(
        self,
        seconds: float | None,
        wall: Callable[[], float] = time.perf_counter,
        thread: Callable[[], float] = time.thread_time,
    ) -> None:
        self.failures: dict[str, str] = {}
        self._limit, self._wall, self._thread = seconds, wall, thread
        self._soon = _USUAL if seconds is None else min(_USUAL, seconds)
        # What the steps that are over have taken; what each clock showed when this one began, less that.
        self._gone = self._since = 0.0
        self._mark: float | None = None

    def counted(self, steps: Steps[_T]) -> Steps[_T]:
        """Do `steps`; count what they take, and nothing of what others take between two of them.

        In this thread: the send gate may be asked in another one, whose clock is another.
        """
        if self._limit is None:
            return (yield from steps)
        wall = self._wall
        while True:
            self._since = wall() - self._gone
            if self._mark is not None:
                self._mark = self._thread() - self._gone
            try:
                next(steps)
            except StopIteration as end:
                outcome: _T = end.value
                return outcome
            finally:
                self._gone = wall() - self._since if self._mark is None else self._thread() - self._mark
            yield

    def check(self) -> None:
        """Look at the clock.

        Raises:
            DetectionError: if the request has taken more than its time.
        """
        limit = self._limit
        if limit is None:
            return
        taken = self._wall() - self._since
        if taken <= self._soon:
            return
        # A thread takes no more of its processor than passes on the wall, and that clock costs a tenth: the other is
        # looked at from when this tells of more than most requests take, which counts as spent.
        if self._mark is None:
            self._mark, self._soon = self._thread() - taken, limit
        if taken > limit and self._thread() - self._mark > limit:
            raise DetectionError("detection took longer than it may")


class Reading:
    """What came of one look through a body, with what is needed to leave its messages out the next time.

    Attributes:
        classification: what came of it.
        blocks: of the body, without those of its gap.
        known: of each block.
        findings: in the blocks behind the gap; in all, if there is none.
        own: in the blocks before it, too.
        at: blocks before the gap.
        past: what was known of the gap.
        chains: of each topic model that can resume, by its number, the digest of all blocks up to each.
        states: of the same, where it was after so many blocks.
        told: the topics of what is hidden in values that are split over leaves; None: nothing is split.
    """

    __slots__ = ("at", "blocks", "chains", "classification", "findings", "known", "own", "past", "states", "told")

    classification: Classification
    own: tuple[Finding, ...]

    def __init__(
        self,
        blocks: Sequence[Block],
        known: Sequence[Known],
        findings: tuple[Finding, ...],
        at: int,
        past: Past | None,
    ) -> None:
        self.told: Mapping[str, float] | None = None
        self.blocks = blocks
        self.known = known
        self.findings = findings
        self.at = at
        self.past = past
        self.chains: dict[int, Sequence[bytes]] = {}
        self.states: dict[int, Mapping[int, object]] = {}


class Meaning:
    """Asks the topic models within one request.

    Args:
        models: probabilities of the same topic: the highest counts.
        memory: what was found in earlier requests; None: nothing is remembered.
        scope: makes the digests.
        effort: of the request.
    """

    def __init__(self, models: Sequence[Asked], memory: Memory | None, scope: Scope, effort: Effort) -> None:
        self._models, self._memory, self._scope, self._effort = models, memory, scope, effort
        self._resumes: dict[int, Resume] = {}

    def forget(self) -> None:
        """Free what models keep for reading nearly the same again; if they have to, it takes longer."""
        self._resumes.clear()

    def notes(self, meant: Sequence[Segment]) -> tuple[object, ...]:
        """Return what each model that takes notes notes of a block, of which `meant` are no names. Never raises."""
        notes: list[object] = []
        for asked in self._models:
            if asked.noting is not None:
                try:
                    notes.append(asked.noting.note(meant))
                except Exception as error:  # noqa: BLE001 - whatever fails in a plug-in must fail closed
                    self._failed(error)
                    notes.append(None)
        return tuple(notes)

    def of_hidden(self, views: Sequence[Segment]) -> dict[str, float]:
        """Return the topics of what is hidden in a leaf behind disguises. Never raises."""
        read: list[Mapping[str, float]] = []
        for model in (asked.model for asked in self._models):
            try:
                self._effort.check()
                read.append(_checked(model.analyze(views, ())).probabilities)
            except Exception as error:  # noqa: BLE001 - as above
                self._failed(error)
                read.append(dict.fromkeys(model.topics, 1.0))
        return highest(read)

    def topics(self, reading: Reading) -> Topics:
        """Return the topics of what was read; `reading` takes in where models that can resume were. Never raises."""
        probabilities: dict[str, float] = {}
        evidence: dict[str, tuple[tuple[str, int, int], ...]] = {}
        # Those behind the gap; all, if there is none.
        segments: list[Segment] = []
        for block in reading.blocks[reading.at :]:
            segments += block.meant
        for index, asked in enumerate(self._models):
            try:
                self._effort.check()
                if asked.resuming is not None:
                    resume = self._resumes.get(index)
                    if resume is None:
                        resume = self._resumes[index] = asked.resuming()
                    topics = self._resumed(index, asked, resume, reading)
                elif asked.noting is not None:
                    topics = self._concluded(index, asked, asked.noting, segments, reading)
                else:
                    topics = asked.model.analyze(segments, reading.findings)
                told = _checked(topics).probabilities
            except Exception as error:  # noqa: BLE001 - as above
                self._failed(error)
                probabilities.update(dict.fromkeys(asked.model.topics, 1.0))
                continue
            # Of two that tell of the same topic the surer counts, of two as sure the later.
            both = () if probabilities.keys().isdisjoint(told) else probabilities.keys() & told.keys()
            before = [(name, probabilities[name], evidence.pop(name, ())) for name in both] if both else ()
            probabilities |= told
            evidence |= topics.evidence
            for name, probability, spans in before:
                if probability > told[name]:
                    probabilities[name], evidence[name] = probability, spans
        hidden = [its.told for its in (*reading.known, reading, reading.past) if its is not None and its.told]
        for name, probability in highest(hidden).items() if hidden else ():
            if probability > probabilities.get(name, 0.0):
                probabilities[name] = probability
                evidence.pop(name, None)
        return Topics(probabilities, evidence)

    def _concluded(
        self, index: int, asked: Asked, model: NotingTopicModel, segments: Sequence[Segment], reading: Reading
    ) -> Topics:
        """Return what `model` says from its notes of all blocks."""
        past, at, place = reading.past, reading.at, asked.place
        notes = _noted(place, reading, at)
        if past is None:
            return model.conclude(notes, segments, reading.findings)
        if asked.from_notes:
            notes = [*_noted(place, reading, 0, at), *past.reached[index], *notes]
            return model.conclude(notes, segments, reading.findings)
        return _higher(past.reached[index], _checked(model.conclude(notes, segments, reading.findings)))

    def _resumed(self, index: int, asked: Asked, resume: Resume, reading: Reading) -> Topics:
        """Return what a model says of all blocks, from where it was when it read as many of them as it knows."""
        memory, past, at, blocks = self._memory, reading.past, reading.at, reading.blocks
        left_out = 0 if past is None else past.blocks
        parts: list[Sequence[Segment]] = []
        ends: list[int] = []
        digests: list[bytes] = []
        field: list[str] | None = None
        for number, block in enumerate(blocks):
            # What follows the messages stands behind the next turn's messages too: so a state at each change of field.
            before, field = field, block.prefix.split("/", 2)[1:2]
            if field != before and any(parts):
                ends.append(number if number <= at else number + left_out)
            parts.append(block.meant)
            digests.append(block.digest)
        state: Any = None
        covered = 0
        if past is None:
            read = self._scope.chain(asked.begin, digests)
            if memory is not None:
                for covered in range(len(read), 0, -1):
                    state = memory.get(read[covered - 1])
                    if state is not None:
                        break
        else:
            # What is left out keeps its place, so that a state says the same with a gap and without.
            chained = past.chains[index]
            ahead = self._scope.chain(asked.begin, digests[:at])
            read = [*ahead, *[chained] * left_out, *self._scope.chain(chained, digests[at:])]
            parts[at:at] = [()] * left_out
            state = past.reached[index]
        if read:
            ends.append(len(read))
        # A state that has read more is none for what comes before its end.
        ends = [end for end in ends if state is None or end > covered]
        topics, states = resume(parts, state, ends if memory is not None else ())
        if memory is not None and not self._effort.failures:
            for end, reached in states.items():
                memory.put(read[end - 1], reached, _STATE)
        reading.chains[index], reading.states[index] = read, states
        return topics

    def past(self, reading: Reading, begin: int, cut: int, end: int) -> Past | None:
        """Return what must be known of messages when they are left out the next time; None if that is not possible.

        Args:
            reading: of a body that holds them.
            begin: the number among its blocks of the first of them that it holds.
            cut: of the first behind them.
            end: of the first behind the last message.
        """
        before, at = reading.past, reading.at
        shift = before.blocks if before else 0
        chains, reached = [], list[Any]()
        meant = [segment for block in reading.blocks[at:end] for segment in block.meant]
        paths = {segment.path for block in reading.blocks[at:end] for segment in block.segments}
        findings = [finding for finding in reading.findings if finding.path in paths]
        for index, asked in enumerate(self._models):
            state: Any = None
            chained = b""
            if asked.from_notes:
                noted = tuple(each for each in _noted(asked.place, reading, begin, cut) if each[2])
                state = (*before.reached[index], *noted) if before else noted
            elif asked.noting is not None and getattr(asked.model, "reach", None):
                try:
                    topics = _checked(asked.noting.conclude(_noted(asked.place, reading, at, end), meant, findings))
                except Exception:  # noqa: BLE001 - a plug-in that fails here is asked about everything the next time
                    return None
                state = _higher(before.reached[index], topics) if before else topics
            elif index in reading.states:
                chained = reading.chains[index][cut + shift - 1]
                state = reading.states[index].get(end + shift)
                if state is None and self._memory is not None:
                    state = self._memory.get(reading.chains[index][end + shift - 1])
                # It goes on with words, and with keys told since the last value, that must not be left out.
                part = getattr(state, "part", 0) - shift
                if part < cut or not _have_value(reading.blocks[cut:part]):
                    return None
            if state is None:
                return None
            chains.append(chained)
            reached.append(state)
        left = {segment.path for block in reading.blocks[begin:cut] for segment in block.segments}
        told = [its.told for its in reading.known[begin:cut]]
        new = [finding for finding in reading.findings if finding.path in left]
        return Past(
            cut - begin + shift,
            (*before.findings, *new) if before else tuple(new),
            tally(new, before.scores if before else {}),
            highest([before.told, *told] if before else told),
            tuple(chains),
            tuple(reached),
        )

    def _failed(self, error: Exception) -> None:
        self._effort.failures["topics"] = type(error).__name__


def _noted(place: int, reading: Reading, begin: int, end: int | None = None) -> list[tuple[str, str, Any]]:
    """Return what was noted of some blocks by the model whose notes are at `place`."""
    these, known = reading.blocks[begin:end], reading.known[begin:end]
    return [(block.prefix, its.prefix, its.notes[place]) for block, its in zip(these, known, strict=True)]


def _checked(topics: Topics) -> Topics:
    """Return `topics`.

    Raises:
        DetectionError: if a probability is no number: whatever that is compared with, it would count as low.
    """
    if not isfinite(sum(topics.probabilities.values())):
        raise DetectionError("a topic has no probability")
    return topics


def _have_value(blocks: Iterable[Block]) -> bool:
    return any(segment.kind is VALUE for block in blocks for segment in block.segments)


def _higher(before: Topics, now: Topics) -> Topics:
    """Return the higher probability of each topic; of two that are the same, the first with its evidence."""
    probabilities, evidence = dict(before.probabilities), dict(before.evidence)
    for name, probability in now.probabilities.items():
        if probability > probabilities.get(name, -1.0):
            probabilities[name] = probability
            evidence.pop(name, None)
            if name in now.evidence:
                evidence[name] = now.evidence[name]
    return Topics(probabilities, evidence)


def highest(read: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return each topic's highest probability."""
    found: dict[str, float] = {}
    for probabilities in read:
        for name, probability in probabilities.items():
            found[name] = max(probability, found.get(name, 0.0))
    return found
