"""Shares with their uncertainty, and the F measures.

Every rate that is printed comes with its interval: a leak rate of 0 in 20 texts says little, and the interval says how
little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["Share", "f_measure", "quotient"]

_Z: Final = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `count`."""

    hits: int
    count: int

    @property
    def value(self) -> float | None:
        """The share in [0, 1]; None of nothing."""
        return self.hits / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval (Wilson 1927, J. Am. Stat. Assoc. 22), within [0, 1]; (0, 1) of nothing."""
        if not self.count:
            return 0.0, 1.0
        share, squared = self.hits / self.count, _Z * _Z
        whole = 1 + squared / self.count
        centre = (share + squared / (2 * self.count)) / whole
        half = _Z * math.sqrt(share * (1 - share) / self.count + squared / (4 * self.count**2)) / whole
        low = 0.0 if self.hits == 0 else max(0.0, centre - half)
        high = 1.0 if self.hits == self.count else min(1.0, centre + half)
        return low, high

    def fields(self) -> dict[str, float | int | None]:
        """Return it for JSON."""
        low, high = self.interval
        value = self.value
        return {
            "share": None if value is None else round(value, 4),
            "hits": self.hits,
            "count": self.count,
            "low": round(low, 4),
            "high": round(high, 4),
        }


def quotient(part: float, whole: float) -> float | None:
    """Return `part / whole`, None where there is nothing to divide by."""
    return part / whole if whole else None


def f_measure(precision: float | None, recall: float | None, beta: float = 1.0) -> float | None:
    """Return the F measure that holds recall `beta` times as important as precision (van Rijsbergen 1979).

    None where neither is known; 0 where one is 0 or unknown, for then nothing right was found.
    """
    if precision is None and recall is None:
        return None
    if not precision or not recall:
        return 0.0
    weight = beta * beta
    return (1 + weight) * precision * recall / (weight * precision + recall)
