"""How well what is private was found, against labelled spans.

Three measures, since no single one tells both whether privacy is kept and whether borders are right:

* exact: a finding is right if its borders and its type are those of a labelled span.
* overlap: a finding is right if it shares a character with a span of its type; a span with such a finding is found.
* covered: a span is covered if each of its letters and digits lies in some finding, of whatever type. What a tokeniser
  leaves standing of it is then punctuation. This is the measure of leaks; it has no precision.

Precision is counted over findings of those types that the data labels (`kinds.counted_as`); others are set aside and
their number told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.model import Finding
from gateway.evaluation.examples import Example, Span
from gateway.evaluation.kinds import counted_as
from gateway.evaluation.shares import Share, f_measure, quotient

__all__ = ["ALL", "MATCHINGS", "EntityScores", "Tally", "cover_scores", "labels_of", "matched", "score_entities"]

ALL: Final = ""
"""Stands for every type, or for every genre."""
MATCHINGS: Final = ("exact", "overlap")


@dataclass(slots=True)
class Tally:
    """Counts of one type in one genre.

    Attributes:
        gold: labelled spans.
        gold_hit: those that were found.
        found: findings.
        found_right: those that are right.
        covered: labelled spans whose every letter and digit lies in a finding.
    """

    gold: int = 0
    gold_hit: int = 0
    found: int = 0
    found_right: int = 0
    covered: int = 0

    @property
    def precision(self) -> float | None:
        """Right findings of all findings."""
        return quotient(self.found_right, self.found)

    @property
    def recall(self) -> float | None:
        """Spans found of all spans."""
        return quotient(self.gold_hit, self.gold)

    def f(self, beta: float = 1.0) -> float | None:
        """The F measure."""
        return f_measure(self.precision, self.recall, beta)

    def fields(self) -> dict[str, object]:
        """Return counts and measures for JSON."""
        measures = {"precision": self.precision, "recall": self.recall, "f1": self.f(), "f2": self.f(2)}
        return {
            "gold": self.gold,
            "found": self.found,
            "right": self.found_right,
            **{name: None if value is None else round(value, 4) for name, value in measures.items()},
            "recall_interval": [round(bound, 4) for bound in Share(self.gold_hit, self.gold).interval],
            "covered": Share(self.covered, self.gold).fields(),
        }


@dataclass(slots=True)
class EntityScores:
    """Tallies by matching, type and genre; `ALL` sums up.

    Attributes:
        tallies: (matching, type, genre) to counts.
        examples: texts with labelled spans.
        set_aside: findings of types that the data does not label.
    """

    tallies: dict[tuple[str, str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    examples: int = 0
    set_aside: int = 0

    def of(self, matching: str, entity_type: str = ALL, genre: str = ALL) -> Tally:
        """Return one tally; an empty one if there is none."""
        return self.tallies.get((matching, entity_type, genre), Tally())

    def rows(self, matching: str) -> Iterator[tuple[str, str, Tally]]:
        """Yield (type, genre, tally) by type, the sum over all types first; genres only where there are several."""
        genres = {genre for _, _, genre in self.tallies} - {ALL}
        for (kind_of, entity_type, genre), tally in sorted(self.tallies.items()):
            if kind_of == matching and (genre == ALL or len(genres) > 1):
                yield entity_type, genre, tally

    def fields(self) -> dict[str, object]:
        """Return all of it for JSON."""
        return {
            "examples": self.examples,
            "findings_of_unlabelled_types": self.set_aside,
            **{
                matching: [
                    {"entity_type": entity_type or "all", "genre": genre or "all", **tally.fields()}
                    for entity_type, genre, tally in self.rows(matching)
                ]
                for matching in MATCHINGS
            },
        }


def labels_of(examples: Iterable[Example]) -> frozenset[str]:
    """Return the types that the data labels."""
    return frozenset(kind for example in examples for _, _, kind in example.spans or ())


def score_entities(
    examples: Sequence[Example], found: Sequence[Sequence[Finding]], labels: Collection[str]
) -> EntityScores:
    """Return the scores of `found` (findings by example) against the labelled spans.

    Args:
        examples: labelled texts; those without spans are passed over.
        found: what was found in each.
        labels: the types that count, as of `labels_of`.
    """
    scores = EntityScores()
    for example, findings in zip(examples, found, strict=True):
        if example.spans is None:
            continue
        scores.examples += 1
        ours = list(_answers(findings, labels))
        scores.set_aside += len(findings) - len(ours)
        covers = cover_scores(example, findings)
        genre = example.genre or "untold"
        for matching in MATCHINGS:
            gold_hit, right = matched(example.spans, ours, matching)
            for place, (_, _, kind) in enumerate(example.spans):
                for tally in _into(scores, matching, kind, genre):
                    tally.gold += 1
                    tally.gold_hit += gold_hit[place]
                    tally.covered += covers[place] > 0
            for place, (_, _, kind) in enumerate(ours):
                for tally in _into(scores, matching, kind, genre):
                    tally.found += 1
                    tally.found_right += right[place]
    return scores


def matched(gold: Sequence[Span], ours: Sequence[Span], matching: str) -> tuple[list[bool], list[bool]]:
    """Return for each span of `gold` whether it was found, and for each of `ours` whether it is right.

    `ours` are spans with labels of the data. Exact matching is one to one: of two findings with the same borders and
    label the second is wrong. Time is linear but for sorting.
    """
    if matching == "exact":
        open_ = set(gold)
        right = []
        for span in ours:
            right.append(span in open_)
            open_.discard(span)
        return [span not in open_ for span in gold], right
    return _touched(gold, ours), _touched(ours, gold)


def cover_scores(example: Example, findings: Sequence[Finding]) -> list[float]:
    """Return for each labelled span the highest threshold at which it is still covered.

    That is the least, over its letters and digits, of the best finding's score there. 0: some letter lies in none.
    """
    if not example.spans:
        return []
    best = [0.0] * len(example.text)
    for finding in sorted(findings, key=lambda finding: finding.score):
        best[finding.start : finding.end] = [finding.score] * (min(finding.end, len(best)) - finding.start)
    text = example.text
    return [
        min((best[place] for place in range(start, end) if text[place].isalnum()), default=1.0)
        for start, end, _ in example.spans
    ]


def _answers(findings: Iterable[Finding], labels: Collection[str]) -> Iterator[Span]:
    for finding in findings:
        label = counted_as(finding.entity_type, labels)
        if label is not None:
            yield finding.start, finding.end, label


def _touched(spans: Sequence[Span], by: Sequence[Span]) -> list[bool]:
    """Return for each of `spans` whether one in `by` of the same type shares a character with it."""
    others: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for start, end, kind in sorted(by):
        # Ends are made to grow: of those that begin before a place, the last then reaches furthest.
        reach = max(end, others[kind][-1][1]) if others[kind] else end
        others[kind].append((start, reach))
    touched = []
    for start, end, kind in spans:
        known = others.get(kind, [])
        before = bisect_left(known, end, key=lambda span: span[0])
        touched.append(before > 0 and known[before - 1][1] > start)
    return touched


def _into(scores: EntityScores, matching: str, kind: str, genre: str) -> Iterator[Tally]:
    for entity_type in (kind, ALL):
        for of in (genre, ALL):
            yield scores.tallies[matching, entity_type, of]
