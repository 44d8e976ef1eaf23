"""What other thresholds would do, from what was found once: nothing is analysed again.

* by score: findings less certain than a threshold are left out. Precision, recall, F2 (exact, all types) and coverage
  where spans are labelled; leaks and over-blocking where levels are.
* by topic: all thresholds for topics are moved together. A policy's conditions are not touched; every probability is
  moved by the same odds, so that a threshold of 0.5 acts as one at the value shown and others move as far.

Findings below the recognisers' own threshold were never reported, so nothing changes below it. Levels here are the
policy's classes alone (judged low = would pass as it is), not a plan for each point.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.core.model import Finding, Sensitivity
from gateway.evaluation.entities import cover_scores, matched
from gateway.evaluation.examples import Example
from gateway.evaluation.judging import FACTS, Judged
from gateway.evaluation.kinds import counted_as
from gateway.evaluation.levels import Confusion
from gateway.evaluation.shares import Share, f_measure, quotient
from gateway.policy.bundle import PolicyBundle

__all__ = ["EntityPoint", "LevelPoint", "moved", "sweep_entities", "sweep_scores", "sweep_topics"]

SCORES: Final = tuple(round(0.3 + 0.05 * step, 2) for step in range(15))
TOPICS: Final = tuple(round(0.1 * step, 1) for step in range(1, 10))
_CERTAIN: Final = 1e-6


@dataclass(frozen=True, slots=True)
class EntityPoint:
    """Entity scores at one threshold; None where there is nothing to divide by."""

    threshold: float
    precision: float | None
    recall: float | None
    f2: float | None
    covered: float | None


@dataclass(frozen=True, slots=True)
class LevelPoint:
    """Level scores at one threshold: `leaked`: high or moderate judged low; `blocked`: low judged more."""

    threshold: float
    macro_f1: float | None
    leaked: Share
    blocked: Share


def sweep_entities(
    examples: Sequence[Example], found: Sequence[Sequence[Finding]], labels: Collection[str]
) -> list[EntityPoint]:
    """Return entity scores over thresholds for the score; empty if no spans are labelled."""
    right_at: list[float] = []
    found_at: list[float] = []
    covered_at: list[float] = []
    for example, findings in zip(examples, found, strict=True):
        if example.spans is None:
            continue
        covered_at += cover_scores(example, findings)
        best_first = sorted(findings, key=lambda finding: -finding.score)
        answers = [(finding, label) for finding in best_first if (label := counted_as(finding.entity_type, labels))]
        _, right = matched(example.spans, [(f.start, f.end, label) for f, label in answers], "exact")
        found_at += [finding.score for finding, _ in answers]
        right_at += [finding.score for (finding, _), good in zip(answers, right, strict=True) if good]
    return [_entity_point(at, right_at, found_at, covered_at) for at in SCORES] if covered_at else []


def _entity_point(at: float, right_at: list[float], found_at: list[float], covered_at: list[float]) -> EntityPoint:
    right = sum(score >= at for score in right_at)
    precision = quotient(right, sum(score >= at for score in found_at))
    recall = quotient(right, len(covered_at))
    covered = quotient(sum(score >= at for score in covered_at), len(covered_at))
    return EntityPoint(at, precision, recall, f_measure(precision, recall, 2), covered)


def sweep_scores(examples: Sequence[Example], judged: Sequence[Judged], policy: PolicyBundle) -> list[LevelPoint]:
    """Return level scores with findings below each threshold left out; empty if no levels are labelled."""
    known = _known(examples, judged)
    points = []
    for at in SCORES if known else ():
        pairs = [
            (
                level,
                policy.classify([f for f in one.findings if f.score >= at], one.topics.probabilities, FACTS)[0],
            )
            for level, one in known
        ]
        points.append(_level_point(at, pairs))
    return points


def sweep_topics(examples: Sequence[Example], judged: Sequence[Judged], policy: PolicyBundle) -> list[LevelPoint]:
    """Return level scores with all thresholds for topics moved; empty if no level is labelled or there is no topic."""
    known = [(level, one) for level, one in _known(examples, judged) if one.topics.probabilities]
    points = []
    for at in TOPICS if known else ():
        pairs = [
            (
                level,
                policy.classify(
                    one.findings, {name: moved(p, at) for name, p in one.topics.probabilities.items()}, FACTS
                )[0],
            )
            for level, one in known
        ]
        points.append(_level_point(at, pairs))
    return points


def moved(probability: float, threshold: float) -> float:
    """Return the probability that stands to 0.5 as `probability` stands to `threshold`, in odds."""
    held = min(max(probability, _CERTAIN), 1 - _CERTAIN)
    odds = math.log(held / (1 - held)) - math.log(threshold / (1 - threshold))
    return 1 / (1 + math.exp(-odds))


def _known(examples: Iterable[Example], judged: Iterable[Judged]) -> list[tuple[Sensitivity, Judged]]:
    pairs = zip(examples, judged, strict=True)
    return [(example.level, one) for example, one in pairs if example.level is not None]


def _level_point(at: float, pairs: Sequence[tuple[Sensitivity, Sensitivity]]) -> LevelPoint:
    low = Sensitivity.LOW
    private = [found for level, found in pairs if level is not low]
    public = [found for level, found in pairs if level is low]
    return LevelPoint(
        at,
        Confusion.of(pairs).macro_f1,
        Share(sum(found is low for found in private), len(private)),
        Share(sum(found is not low for found in public), len(public)),
    )
