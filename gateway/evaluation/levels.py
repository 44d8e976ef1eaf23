"""How well sensitivity was judged, and what that does: leaks and over-blocking, always as a pair.

* leaked: texts labelled high or moderate that would reach a cloud as they are.
* kept: texts labelled low that would not reach a cloud.
* altered: texts labelled low that would reach it, with something in them replaced.
* high in cloud: texts labelled high that would reach a cloud in whatever form; stricter than `leaked`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.core.model import Sensitivity, Zone
from gateway.evaluation.examples import Example
from gateway.evaluation.judging import Judged
from gateway.evaluation.shares import Share

__all__ = ["RATES", "Confusion", "LevelScores", "score_levels"]

RATES: Final[Mapping[str, str]] = {
    "leaked": "high or moderate that would reach a cloud as it is",
    "kept": "low that would not reach a cloud",
    "altered": "low that would reach a cloud with something replaced",
    "high_in_cloud": "high that would reach a cloud in whatever form",
    "low_judged_high": "low that is judged high",
    "low_not_low": "low that is judged high or moderate",
}
_LEVELS: Final = tuple(Sensitivity)


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many texts of each labelled level were judged to be of each: (labelled, judged) to count."""

    counts: Mapping[tuple[Sensitivity, Sensitivity], int]

    @classmethod
    def of(cls, pairs: Iterable[tuple[Sensitivity, Sensitivity]]) -> Confusion:
        """Count (labelled, judged) pairs."""
        return cls(Counter(pairs))

    def f1(self, level: Sensitivity) -> float | None:
        """Return the F1 of one level; None if no text has it."""
        labelled = sum(self.counts.get((level, other), 0) for other in _LEVELS)
        judged = sum(self.counts.get((other, level), 0) for other in _LEVELS)
        return 2 * self.counts.get((level, level), 0) / (labelled + judged) if labelled else None

    @property
    def macro_f1(self) -> float | None:
        """The mean F1 over the levels that are labelled at all; None of nothing."""
        scores = [score for score in map(self.f1, _LEVELS) if score is not None]
        return sum(scores) / len(scores) if scores else None

    def fields(self) -> dict[str, dict[str, int]]:
        """Return labelled level to judged level to count, for JSON."""
        return {
            one.label: {other.label: self.counts.get((one, other), 0) for other in reversed(_LEVELS)}
            for one in reversed(_LEVELS)
        }


@dataclass(frozen=True, slots=True)
class LevelScores:
    """Scores over the texts whose level is labelled.

    Attributes:
        texts: how many.
        confusion: labelled against judged.
        rates: name (`RATES`) to share.
        by_genre: genre to (texts judged right, rates).
        failures: texts on which a detector failed.
    """

    texts: int
    confusion: Confusion
    rates: Mapping[str, Share]
    by_genre: Mapping[str, tuple[Share, Mapping[str, Share]]]
    failures: int = 0

    def fields(self) -> dict[str, object]:
        """Return all of it for JSON."""
        macro = self.confusion.macro_f1
        f1 = {level.label: self.confusion.f1(level) for level in _LEVELS}
        return {
            "texts": self.texts,
            "confusion": self.confusion.fields(),
            "macro_f1": None if macro is None else round(macro, 4),
            "f1": {name: None if score is None else round(score, 4) for name, score in f1.items()},
            "rates": {name: share.fields() for name, share in self.rates.items()},
            "by_genre": {
                genre: {
                    "right": right.fields(),
                    "rates": {name: share.fields() for name, share in rates.items() if share.count},
                }
                for genre, (right, rates) in self.by_genre.items()
            },
            "detector_failures": self.failures,
        }


def score_levels(examples: Sequence[Example], judged: Sequence[Judged]) -> LevelScores | None:
    """Return the scores over those examples that have a level; None if none has."""
    known = [
        (example.level, one, example.genre or "untold")
        for example, one in zip(examples, judged, strict=True)
        if example.level is not None
    ]
    if not known:
        return None
    genres = sorted({genre for _, _, genre in known})
    by_genre = {}
    for wanted in genres if len(genres) > 1 else ():
        part = [(level, one) for level, one, genre in known if genre == wanted]
        right = Share(sum(level is one.sensitivity for level, one in part), len(part))
        by_genre[wanted] = (right, _rates(part))
    pairs = [(level, one) for level, one, _ in known]
    return LevelScores(
        len(known),
        Confusion.of((level, one.sensitivity) for level, one in pairs),
        _rates(pairs),
        by_genre,
        sum(one.failed for _, one in pairs),
    )


def _rates(pairs: Sequence[tuple[Sensitivity, Judged]]) -> dict[str, Share]:
    private = [one for level, one in pairs if level is not Sensitivity.LOW]
    low = [one for level, one in pairs if level is Sensitivity.LOW]
    high = [one for level, one in pairs if level is Sensitivity.HIGH]
    return {
        "leaked": Share(sum(one.zone is Zone.CLOUD and not one.altered for one in private), len(private)),
        "kept": Share(sum(one.zone is not Zone.CLOUD for one in low), len(low)),
        "altered": Share(sum(one.zone is Zone.CLOUD and one.altered for one in low), len(low)),
        "high_in_cloud": Share(sum(one.zone is Zone.CLOUD for one in high), len(high)),
        "low_judged_high": Share(sum(one.sensitivity is Sensitivity.HIGH for one in low), len(low)),
        "low_not_low": Share(sum(one.sensitivity is not Sensitivity.LOW for one in low), len(low)),
    }
