"""Counters and histograms as requests write them: numbers in a table, which become Prometheus' when it asks.

The library's own take a lock and several calls for each number, and a request has a score of them. These are written
and read in the event loop alone, so they need no lock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

__all__ = ["Counters", "Histograms"]


class Counters(Collector):
    """The counters of one name, by their labels.

    Args:
        name: without `_total`.
        told: what is counted, for whoever reads it.
        labels: names of the labels.
        registry: shows them.
    """

    def __init__(self, name: str, told: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._name, self._told, self._labels = name, told, labels
        self._counts: dict[tuple[str, ...], int] = {}
        registry.register(self)

    def add(self, *labels: str, count: int = 1) -> None:
        """Add `count` to the counter with these labels."""
        self._counts[labels] = self._counts.get(labels, 0) + count

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield all of them."""
        family = CounterMetricFamily(self._name, self._told, labels=self._labels)
        for labels, count in self._counts.items():
            family.add_metric(labels, count)
        yield family


class Histograms(Collector):
    """The histograms of one name, by their labels; without labels there is one, and from the start.

    Args:
        name: as it is.
        told: what is measured, for whoever reads it.
        bounds: of the buckets, from least to most; what is above the last has one of its own.
        registry: shows them.
        labels: names of the labels.
    """

    def __init__(
        self, name: str, told: str, bounds: Sequence[float], registry: CollectorRegistry, labels: Sequence[str] = ()
    ) -> None:
        self._name, self._told, self._labels = name, told, labels
        self._bounds = bounds
        self._named = [*map(floatToGoString, bounds), "+Inf"]
        # Labels to how many there were in each bucket, and behind these their sum.
        self._series: dict[tuple[str, ...], list[float]] = {} if labels else {(): self._none()}
        registry.register(self)

    def add(self, value: float, *labels: str) -> None:
        """Add `value` to the histogram with these labels."""
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = self._none()
        series[bisect_left(self._bounds, value)] += 1
        series[-1] += value

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Yield all of them."""
        family = HistogramMetricFamily(self._name, self._told, labels=self._labels)
        for labels, series in self._series.items():
            *counts, total = series
            family.add_metric(labels, list(zip(self._named, accumulate(counts), strict=True)), total)
        yield family

    def _none(self) -> list[float]:
        return [0] * (len(self._bounds) + 2)
