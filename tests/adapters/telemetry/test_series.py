"""Our counters and histograms show what the library's own do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest

from gateway.adapters.telemetry.series import Counters, Histograms

BOUNDS = (0.005, 0.1, 1.0, 16)


@pytest.fixture(autouse=True)
def no_times_of_creation() -> None:
    disable_created_metrics()  # type: ignore[no-untyped-call]


def test_counters_are_shown_as_the_librarys_own() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    counters = Counters("seen", 'What was "seen".', ["kind", "where"], ours)
    library = Counter("seen", 'What was "seen".', ["kind", "where"], registry=theirs)
    assert generate_latest(ours) == generate_latest(theirs)
    for kind, where, count in [("a", "here", 1), ("b", 'th"ere', 3), ("a", "here", 41), ("a", "", 2**40)]:
        counters.add(kind, where, count=count)
        library.labels(kind, where).inc(count)
    counters.add("b", "here")
    library.labels("b", "here").inc()
    assert generate_latest(ours) == generate_latest(theirs)
    assert b'seen_total{kind="a",where="here"} 42.0' in generate_latest(ours)


@pytest.mark.parametrize("bounds", [BOUNDS, (1, 2, 4)])
@pytest.mark.parametrize("labels", [[], ["stage"]])
def test_histograms_are_shown_as_the_librarys_own(bounds: Sequence[float], labels: list[str]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    histograms = Histograms("took_seconds", "How long.", bounds, ours, labels)
    library = Histogram("took_seconds", "How long.", labels, buckets=bounds, registry=theirs)
    assert generate_latest(ours) == generate_latest(theirs)
    for number, value in enumerate([0.0, 0.005, 0.0051, 0.1, 0.5, 1, 1.5, 2, 4, 15.9, 16, 16.5, 1e9]):
        of = [f"s{number % 2}" for _ in labels]
        histograms.add(value, *of)
        (library.labels(*of) if of else library).observe(value)
    assert generate_latest(ours) == generate_latest(theirs)
    assert b"took_seconds_sum" in generate_latest(ours)
