"""What a request is about: hashed words, a linear model and a small network added together.

Decisions kept here:

* What is known of a word alone is kept (`topic_words`); the arithmetic is in `topic_units`, compiled where it can be.
* Windows are pairs of neighbouring units of `UNIT` tokens, and a topic's probability is the highest of any window:
  one sensitive sentence in three pages of prose is seen, and length does not dilute.
* All segments of a request are read as one stream, in order, each after its keys (`topic_text`).
* The labelling guide's levels exclude one another, so that they are three heads under one softmax, from which come the
  topics `sensitive` (moderate or high) and `highly_sensitive` (high); every other topic has a logistic head of its own.
* Topics come from words, not from findings: they stay the same when a transform puts surrogates in place of values,
  so that what is meant is judged again on what would be sent (invariant 1).
* Evidence (`explain`) costs a pass for each word and is therefore not part of `analyze`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING

from gateway.core.errors import DetectionError
from gateway.core.light import light
from gateway.core.model import Finding, Segment, Topics
from gateway.core.topic_models import Resume
from gateway.detect.topic_text import Stream, keys_told, pieces, stream
from gateway.detect.topic_units import LOOK, UNIT, Units, units_for
from gateway.detect.topic_weights import F32, LEVEL_HEADS, TopicWeights

if TYPE_CHECKING:
    from gateway.detect._topics import Trail

__all__ = ["LEVEL_TOPICS", "HashedTopicModel", "Read"]

LEVEL_TOPICS = ("sensitive", "highly_sensitive")
"""The last two topics, which come from the last three heads."""

_EVIDENCE_WORDS = 6


@light(frozen=True, slots=True)
class Read:
    """How far a model has read: numbers, no words.

    Attributes:
        part: the part from which words are needed to go on.
        count: the words before it.
        units: units that are read, with all that they look at.
        last: what is known of the last of them.
        highest: each topic's highest probability in windows of them.
    """

    part: int = 0
    count: int = 0
    units: int = 0
    last: F32 | None = field(default=None, repr=False)
    highest: F32 | None = field(default=None, repr=False)

    def after(self, counts: Sequence[int], rows: F32, so_far: F32) -> Read:
        """Return where reading is when it went on from here.

        Args:
            counts: words before each part from this one's on, and after the last.
            rows: what is known of the units from this one's last on.
            so_far: highest probabilities up to each window of two of them, and before.
        """
        units = max((counts[-1] - LOOK) // UNIT, 0)
        if units <= self.units:
            return self
        past = bisect_right(counts, units * UNIT - LOOK) - 1
        first = self.units - (self.last is not None)
        closed = units - 1 - first
        highest = so_far[closed - 1].copy() if closed > 0 else self.highest
        return Read(self.part + past, counts[past], units, rows[closed].copy(), highest)


class HashedTopicModel:
    """A `TopicModel` of format `hashed-ngram-v2`.

    Args:
        topics: a name for each head but the last three, then `LEVEL_TOPICS`.
        weights: of the heads, `LEVEL_HEADS` last.
        units: makes the arithmetic.

    Raises:
        ValueError: if the names don't fit the heads.
    """

    def __init__(
        self, topics: Sequence[str], weights: TopicWeights, units: Callable[[TopicWeights], Units] = units_for
    ) -> None:
        heads = weights.heads_bias.size
        own = heads - len(LEVEL_HEADS)
        if len(topics) != own + len(LEVEL_TOPICS) or len(set(topics)) != len(topics):
            raise ValueError(f"{len(topics)} topic names for {heads} heads")
        if tuple(topics[own:]) != LEVEL_TOPICS:
            raise ValueError(f"the last topics must be {' and '.join(LEVEL_TOPICS)}")
        self._names = tuple(topics)
        self._units = units(weights)

    @property
    def topics(self) -> frozenset[str]:
        """All topic names."""
        return frozenset(self._names)

    def prepare(self) -> Iterator[None]:
        """Do, a millisecond with each step, what the first texts otherwise wait for."""
        return self._units.prepare()

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:  # noqa: ARG002 - see header
        """Return each topic's probability, the highest of any window.

        Raises:
            DetectionError: if the arithmetic gives no number.
        """
        return self.resume([segments], None, ())[0]

    def rereading(self) -> Resume:
        """Return a `resume` that keeps what words said when it first read, for those that come again among the same."""
        return partial(self.resume, trail=self._units.trail())

    def resume(
        self,
        parts: Sequence[Sequence[Segment]],
        state: Read | None,
        ends: Sequence[int],
        trail: Trail | None = None,
    ) -> tuple[Topics, dict[int, Read]]:
        """Return what `analyze` would of all parts, and where reading is after so many as each of `ends` says.

        Only what `state` did not see is read: its last unit may look a few words ahead, so reading goes on there.

        Raises:
            DetectionError: if the arithmetic gives no number.
        """
        state = state or Read()
        told = keys_told(parts[: state.part]) if state.part else set()
        read: list[str] = []
        parted = [0]
        for part in parts[state.part :]:
            read += pieces(part, told)
            parted.append(len(read))
        # The words before the first unit to be read, as far as that looks back; none at the beginning of all.
        lead = min(LOOK, state.units * UNIT)
        skip = state.units * UNIT - lead - state.count
        rows, bounds, so_far = self._units.read(read, skip, lead, state.last, state.highest, trail)
        highest = so_far[-1].tolist()
        if not isfinite(sum(highest)):
            raise DetectionError("the topic model gave no number")
        # A comprehension takes a third of what `dict` takes.
        topics = Topics({name: probability for name, probability in zip(self._names, highest, strict=True)})  # noqa: C416
        if not ends:
            return topics, {}
        counts: list[int] = []
        reached: dict[int, Read] = {}
        for number, end in enumerate(parted, state.part):
            counts.append(state.count + (bounds[end - 1] if end else 0))
            if number in ends and number > state.part:
                reached[number] = state.after(counts, rows, so_far)
        return topics, reached

    def explain(self, segments: Sequence[Segment], findings: Sequence[Finding], floor: float = 0.3) -> Topics:
        """Return `analyze` with evidence: for topics of at least `floor`, the words whose loss lowers it most."""
        topics = self.analyze(segments, findings)
        read = stream(segments)
        evidence: dict[str, tuple[tuple[str, int, int], ...]] = {}
        if read.words:
            pooled = self._units.units(read.words)
            windows = self._units.probabilities(pooled)
            for index, name in enumerate(self._names):
                if topics.probabilities[name] < floor:
                    continue
                begin = int(windows[:, index].argmax()) * UNIT
                spans = self._spans(read, range(begin, min(begin + 2 * UNIT, len(read.words))), index)
                evidence[name] = tuple((segments[place].path, start, end) for place, start, end in spans)
        return Topics(probabilities=topics.probabilities, evidence=evidence)

    def _spans(self, read: Stream, window: range, index: int) -> list[tuple[int, int, int]]:
        """Return the places of the words in `window` that speak most for topic number `index`, in order."""
        words = [read.words[place] for place in window]
        base = float(self._units.probabilities(self._units.units(words))[:, index].max())
        drops = []
        for offset, place in enumerate(window):
            if read.places[place][1] < 0 or not words[offset][0].isalnum():
                continue
            without = [*words[:offset], "·", *words[offset + 1 :]]
            drops.append((base - float(self._units.probabilities(self._units.units(without))[:, index].max()), place))
        best = sorted((drop for drop in drops if drop[0] > 0), reverse=True)[:_EVIDENCE_WORDS]
        return sorted(read.places[place] for _, place in best)

    def halves(self, words: Sequence[str]) -> tuple[F32, F32]:
        """Return (windows, heads) logits of network and linear half for a text's tokens: what calibration adds up."""
        return self._units.halves(self._units.units(words))
