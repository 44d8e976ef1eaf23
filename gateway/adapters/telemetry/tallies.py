"""Counters and histograms that cost what a dict costs.

A request counts in about fifteen places, and the library's own instruments take some 5,000 instructions for each: a
lock, a check, an exemplar, a bucket found step by step. These are written by one thread, the event loop's, and need no
lock; who renders them, in whatever thread, reads copies. What they show is made by the library.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

__all__ = ["Spread", "Tally"]


class Tally(Collector):
    """Counts what only grows, for each combination of labels.

    Args:
        name: of the metric, without the `_total` that is shown.
        text: what it counts.
        labels: their names.
    """

    def __init__(self, name: str, text: str, labels: Sequence[str]) -> None:
        self._name, self._text, self._labels = name, text, tuple(labels)
        self._counts: dict[tuple[str, ...], float] = {}

    def add(self, *labels: str, count: float = 1) -> None:
        """Add `count` to what these labels have."""
        self._counts[labels] = self._counts.get(labels, 0) + count

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield what is shown."""
        family = CounterMetricFamily(self._name, self._text, labels=self._labels)
        for labels, count in list(self._counts.items()):
            family.add_metric(labels, count)
        yield family


class Spread(Collector):
    """Counts how large values are, for each combination of labels.

    Args:
        name: of the metric.
        text: what it measures.
        bounds: of its buckets, ascending; a value that equals one is in its bucket. Beyond the last is one more.
        labels: their names; without any, it is shown from the beginning.
    """

    def __init__(self, name: str, text: str, bounds: Sequence[float], labels: Sequence[str] = ()) -> None:
        self._name, self._text, self._labels = name, text, tuple(labels)
        self._bounds = tuple(bounds)
        self._names = [*(str(float(bound)) for bound in bounds), "+Inf"]
        self._rows: dict[tuple[str, ...], list[float]] = {}  # how many in each bucket; at the end, the values' sum
        if not labels:
            self._rows[()] = self._row()

    def _row(self) -> list[float]:
        return [0.0] * (len(self._names) + 1)

    def add(self, value: float, *labels: str) -> None:
        """Count one value for these labels."""
        row = self._rows.get(labels)
        if row is None:
            row = self._rows[labels] = self._row()
        row[bisect_left(self._bounds, value)] += 1
        row[-1] += value

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Yield what is shown."""
        family = HistogramMetricFamily(self._name, self._text, labels=self._labels)
        for labels, row in list(self._rows.items()):
            *counts, total = row.copy()
            family.add_metric(labels, list(zip(self._names, accumulate(counts), strict=True)), total)
        yield family
