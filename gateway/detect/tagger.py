"""The entity model as a recognizer: names, places, addresses, ages, dates, what a form or a clinical note holds.

Decisions kept here:

* The network knows `PUBLIC_PERSON` (a public figure, a character, a puzzle's Alice) besides `PERSON`. Both are
  reported as PERSON, since both are names; the score of the first kind is at most `PUBLIC_SCORE`, so that a policy
  with `min_score: 0.5` is raised by private people only, while nothing is hidden from one that wants every name.
* A single everyday word ("joke", "stones") is a name only where the network is nearly sure. The list holds what people
  write in lower case and hardly ever as a name, and no first or last name of the lists, so it hides no "Will".
* A text is read by the compiled network (`_network.pyx`) where there is one, else by its twin in numpy.
* The words that lead to a short leaf (its JSON keys) are read in front of it: `{"patient": "Ernesto"}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from gateway.core.model import NAME, OPAQUE, VALUE, Finding, Segment
from gateway.core.rounding import rounded
from gateway.detect.namesakes import with_namesakes
from gateway.detect.network import NetworkWeights
from gateway.detect.readers import ReaderOf, Reading, reader_of
from gateway.detect.topic_text import STRUCTURAL_KEYS
from gateway.detect.verdicts import Decoding
from gateway.detect.words import Vocabulary, fold

__all__ = ["EVERYDAY_SCORE", "PRIVATE_SCORE", "PUBLIC_PERSON", "PUBLIC_SCORE", "EntityTagger", "TaggerSettings"]

PUBLIC_PERSON = "PUBLIC_PERSON"
"""The kind of label that is reported as PERSON with a low score."""

PUBLIC_SCORE = 0.4
"""Highest score of a name that is taken for a public figure's or a character's."""

EVERYDAY_SCORE = 0.9
"""Score from which an everyday word is a name after all."""

PRIVATE_SCORE = 0.5
"""Score from which a name is private; its other mentions in the same text count as much."""

_UNREAD = (OPAQUE, NAME)
_KEYS = 2
_SHORT = 160
_FEWEST = {"PERSON": 2, "STREET_ADDRESS": 5}
_POSSESSIVE = ("'s", "’s")


@dataclass(frozen=True, slots=True)
class TaggerSettings:
    """How probabilities become findings.

    Attributes:
        kinds: the entity kinds of the labels: label 0 is "outside", 2 * i + 1 begins, 2 * i + 2 continues `kinds[i]`.
        thresholds: kind to the lowest probability with which a token belongs to an entity of that kind; 0.5 if absent.
        private_share: of a name's probability, the share of PERSON (against PUBLIC_PERSON) from which it is private.
        famous_share: the same for a full name that the list of famous people holds.
        reach: words on each side of a token that its neighbourhood's average covers.
    """

    kinds: tuple[str, ...]
    thresholds: Mapping[str, float] = field(default_factory=dict)
    private_share: float = 0.5
    famous_share: float = 0.98
    reach: int = 24

    def faults(self) -> list[str]:
        """Return what is no number: nothing is ever at least as much as NaN, so a kind would never be found."""
        numbers = {**self.thresholds, "private_share": self.private_share, "famous_share": self.famous_share}
        return [f"the threshold of {name} is no number" for name, value in numbers.items() if not isfinite(value)]


def _lead(segment: Segment) -> str:
    """Return what is read in front of the segment's own text."""
    if segment.kind is not VALUE or not segment.context or len(segment.text) > _SHORT:
        return ""
    keys = [key for key in segment.context[-_KEYS:] if key and key.lower() not in STRUCTURAL_KEYS]
    return " ".join(keys)[:_SHORT].replace("_", " ") + ": " if keys else ""


class EntityTagger:
    """A `Recognizer` over trained weights.

    Args:
        vocabulary: maps words to rows of the weights.
        weights: without `faults`.
        settings: how probabilities become findings.
        name: becomes `Finding.recognizer`.
        familiar: frequent words; they cost nothing at their first use.
        famous: full names of public people.
        everyday: folded words that are hardly ever names.
        make: makes what reads the texts; the fastest there is if None.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        weights: NetworkWeights,
        settings: TaggerSettings,
        *,
        name: str = "entities",
        familiar: Sequence[str] = (),
        famous: Sequence[str] = (),
        everyday: Sequence[str] = (),
        make: ReaderOf | None = None,
    ) -> None:
        self._name = name
        self._famous = frozenset(" ".join(fold(word) for word in who.split()) for who in famous)
        self._everyday = frozenset(everyday)
        self._settings = settings
        kinds = settings.kinds
        self._types = tuple("PERSON" if kind == PUBLIC_PERSON else kind for kind in kinds)
        thresholds = np.array([settings.thresholds.get(kind, 0.5) for kind in kinds], dtype=np.float32)
        both = PUBLIC_PERSON in kinds and "PERSON" in kinds
        decoding = Decoding(thresholds, (kinds.index("PERSON"), kinds.index(PUBLIC_PERSON)) if both else None)
        self._reader = (make or reader_of)(vocabulary, weights, decoding, settings.reach, familiar)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @property
    def entity_types(self) -> frozenset[str]:
        """All types that findings can have."""
        return frozenset(self._types)

    def prepare(self) -> Iterator[None]:
        """Do, a part with each step, what else the first texts wait for."""
        return self._reader.prepare()

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        """Return the entities of all segments, in the order of segments and offsets.

        Raises:
            DetectionError: if the network's numbers are not finite.
        """
        sources: list[str] = []
        leads: list[int] = []
        read: list[Segment] = []
        for segment in segments:
            if segment.text and segment.kind not in _UNREAD:
                lead = _lead(segment)
                sources.append(lead + segment.text)
                leads.append(len(lead))
                read.append(segment)
        findings: list[Finding] = []
        for number, reading in self._reader.read(sources, leads):
            findings += with_namesakes(list(self._findings(read[number], reading)), reading, PRIVATE_SCORE)
        return findings

    def _findings(self, segment: Segment, reading: Reading) -> Iterator[Finding]:
        """Yield what is found in the segment's own text."""
        source, offset = reading.source, reading.lead
        for first, last, kind, score, share in reading.entities:
            start, end = max(reading.starts[first], offset), reading.ends[last]
            entity_type = self._types[kind]
            person = entity_type == "PERSON"
            if person and source.startswith(_POSSESSIVE, end - 2):
                end -= 2
            found = source[start:end]
            if not _plausible(entity_type, found):
                continue
            if person and first == last and score < EVERYDAY_SCORE and fold(found) in self._everyday:
                continue
            least = min(score, PUBLIC_SCORE) if person and self._is_public(found, share) else score
            yield Finding(segment.path, entity_type, start - offset, end - offset, rounded(least), self._name)

    def _is_public(self, name: str, share: float) -> bool:
        """Return whether the name counts as a public person's: by its surroundings, or more readily by the list."""
        usually, if_famous = share < self._settings.private_share, share < self._settings.famous_share
        if usually == if_famous:
            return usually
        listed = " ".join([fold(word) for word in name.split()]) in self._famous
        return if_famous if listed else usually


def _plausible(entity_type: str, text: str) -> bool:
    """Return whether `text` can be of the type at all: a formula's `N` is nobody, a number has a digit."""
    if entity_type == "RECORD_ID":
        return any(map(str.isdigit, text))
    return sum(map(str.isalnum, text)) >= _FEWEST.get(entity_type, 1)
