"""Topics told by words: the no-code way to teach the gateway what a text is about.

A vocabulary pack names a topic and weighs its words and phrases; the topic's probability is their noisy-or (Pearl,
1988), so one strong phrase or several weak words speak for it. A trained model is better at meaning; this is for what a
model cannot know: a marking (`strictly confidential`, `under embargo`), a project's name, a house's own jargon. Where
both tell of the same topic, the pipeline takes the higher probability.

One alternation for all packs, words matched whole, tried only where a term begins: the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway.core.model import OPAQUE, Finding, Segment, Topics
from gateway.detect.gates import fold
from gateway.detect.packs import VocabularyPack
from gateway.detect.phrases import Phrases

__all__ = ["VocabularyTopics"]


class _Said(NamedTuple):
    """A term in a segment: its topic, its number among the terms, its weight, and where."""

    topic: str
    term: int
    weight: float
    path: str
    start: int
    end: int


class VocabularyTopics:
    """A topic model (`gateway.core.topic_models.TopicModel`) of vocabulary packs."""

    from_notes = True

    def __init__(self, packs: Sequence[VocabularyPack]) -> None:
        self.topics = frozenset(pack.topic for pack in packs)
        self._weights: dict[str, list[tuple[str, float]]] = {}
        self._stems: dict[str, list[tuple[str, float]]] = {}
        for pack in packs:
            for term in pack.terms:
                word = _folded(term.term)
                kind = self._stems if word.endswith("*") else self._weights
                kind.setdefault(word.removesuffix("*"), []).append((pack.topic, term.weight))
        # Longest first: of two terms that begin alike, the more telling one matches.
        terms = sorted({*self._weights, *self._stems}, key=lambda term: (-len(term), term))
        self._numbers = {term: number for number, term in enumerate(terms)}
        spelled = "|".join(re.escape(term).replace(r"\ ", r"\s+") for term in terms)
        pattern = re.compile(rf"(?<!\w)(?:{spelled})(\w*)", re.IGNORECASE)
        self._phrases = Phrases(pattern, [tuple(map(fold, term.split())) for term in terms])
        self._silent = Topics(dict.fromkeys(self.topics, 0.0))

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:
        """Return each topic's probability over all segments; a term counts once, however often it occurs."""
        return self.conclude([("", "", self.note(segments))], segments, findings)

    def note(self, segments: Sequence[Segment]) -> tuple[_Said, ...]:
        """Return the terms that are said in `segments`."""
        said: list[_Said] = []
        for segment in segments:
            if segment.kind is OPAQUE:
                continue
            for match in self._phrases.matches(segment.text):
                ending = match[1]
                term = _folded(segment.text[match.start() : match.start(1)])
                for topic, weight in (*(() if ending else self._weights.get(term, ())), *self._stems.get(term, ())):
                    said.append(_Said(topic, self._numbers[term], weight, segment.path, match.start(), match.end()))
        return tuple(said)

    def conclude(
        self,
        notes: Sequence[tuple[str, str, tuple[_Said, ...]]],
        segments: Sequence[Segment],  # noqa: ARG002 - protocol's
        findings: Sequence[Finding],  # noqa: ARG002 - protocol's
    ) -> Topics:
        """Return each topic's probability, from the terms that were noted."""
        notes = [each for each in notes if each[2]]
        if not notes:
            return self._silent
        weights: dict[str, dict[int, float]] = {topic: {} for topic in self.topics}
        evidence: dict[str, list[tuple[str, int, int]]] = {}
        for path, noted_at, note in notes:
            for said in note:
                if said.term not in weights[said.topic]:
                    weights[said.topic][said.term] = said.weight
                    place = path + said.path[len(noted_at) :]
                    evidence.setdefault(said.topic, []).append((place, said.start, said.end))
        probabilities = {topic: _noisy_or(its.values()) for topic, its in weights.items()}
        return Topics(probabilities, {topic: tuple(spans) for topic, spans in evidence.items()})


def _folded(term: str) -> str:
    return " ".join(term.lower().split())


def _noisy_or(weights: Iterable[float]) -> float:
    silent = 1.0
    for weight in weights:
        silent *= 1.0 - weight
    return 1.0 - silent
