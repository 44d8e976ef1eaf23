"""What the entity model says of a token, and how that becomes entities.

Decisions kept here:

* Decoding is a few comparisons: the kind with the highest probability, if that reaches its threshold, or six tenths of
  it beside a word that does; a new entity begins where "begin" clearly outweighs "continue". These numbers are the best
  of a small grid on the development sets (0.61 to 0.63 on interviews, 0.66 to 0.70 on posts).
* Few tokens get a verdict at all, so what is left is done on short lists, the same whichever network gave them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["REACH", "Decoding", "Stretch", "Verdict", "stretches"]

REACH = 2
"""Tokens on each side of a sure one that may be part of its entity."""

F32 = npt.NDArray[np.float32]


class Verdict(NamedTuple):
    """A token that may be part of an entity.

    Attributes:
        place: the token.
        kind: what it most probably is.
        score: with which probability, at least what suffices beside a neighbour.
        share: of a name, the private part of its probability.
        begins: whether an entity begins here.
        sure: whether the score reaches the threshold.
    """

    place: int
    kind: int
    score: float
    share: float
    begins: bool
    sure: bool


class Stretch(NamedTuple):
    """An entity: its first and last token, its kind, and the means of its tokens' scores and shares."""

    first: int
    last: int
    kind: int
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class Decoding:
    """How probabilities become verdicts.

    Attributes:
        thresholds: (kinds,) the probability from which a token belongs to an entity of the kind.
        names: the kinds of private and public names, which are counted together as the first.
        neighbour: the share of a threshold that suffices beside a word that reaches it.
        begins: the share of a kind's probability from which "begin" makes a new entity.
    """

    thresholds: F32
    names: tuple[int, int] | None = None
    neighbour: float = 0.6
    begins: float = 0.8

    @property
    def margin(self) -> float:
        """By how much the logit of some label must be above that of "outside" for a verdict.

        A kind has two labels, a name four: none counts unless one label reaches a quarter of what a neighbour needs,
        and it reaches that only if its odds against "outside" alone do.
        """
        least = min(float(self.thresholds.min()) * self.neighbour / 4, 0.5)
        return float(np.float32(np.log(least / (1 - least)))) if least > 0 else -np.inf

    def verdicts(self, places: Sequence[int], probabilities: F32) -> Iterator[Verdict]:
        """Yield the verdicts on tokens at `places`, from their labels' (places, labels) probabilities."""
        begin, go_on = probabilities[:, 1::2].copy(), probabilities[:, 2::2]
        each = begin + go_on
        shares = np.ones(each.shape[0], dtype=np.float32)
        if self.names is not None:
            person, public = self.names
            total = each[:, person] + each[:, public]
            shares = (each[:, person] / np.maximum(total, np.float32(1e-6))).astype(np.float32)
            each[:, person] = total
            each[:, public] = 0.0
            begin[:, person] += begin[:, public]
        kinds = each.argmax(axis=1)
        rows = np.arange(kinds.size)
        scores = each[rows, kinds]
        sure = scores >= self.thresholds[kinds]
        enough = scores >= self.thresholds[kinds] * np.float32(self.neighbour)
        begins = begin[rows, kinds] >= scores * np.float32(self.begins)
        columns = kinds, scores, shares, begins, sure
        for row in np.flatnonzero(enough).tolist():
            yield Verdict(places[row], *(column[row].item() for column in columns))


def stretches(verdicts: Sequence[Verdict]) -> Iterator[Stretch]:
    """Yield the entities of one text, from the verdicts on its tokens, in order."""
    inside = [verdict.sure for verdict in verdicts]
    if not any(inside):
        return
    touches = [after.place - before.place == 1 and after.kind == before.kind for before, after in pairwise(verdicts)]
    for _ in range(REACH):
        was = inside.copy()
        for place, touch in enumerate(touches):
            if touch and was[place] != was[place + 1]:
                inside[place] = inside[place + 1] = True
    run: list[Verdict] = []
    for place, verdict in enumerate(verdicts):
        if not inside[place]:
            continue
        if run and (verdict.place - run[-1].place > 1 or verdict.kind != run[-1].kind or verdict.begins):
            yield _stretch(run)
            run = []
        run.append(verdict)
    yield _stretch(run)


def _stretch(run: Sequence[Verdict]) -> Stretch:
    score = sum(verdict.score for verdict in run) / len(run)
    share = sum(verdict.share for verdict in run) / len(run)
    return Stretch(run[0].place, run[-1].place, run[0].kind, score, share)
