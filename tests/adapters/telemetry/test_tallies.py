"""Counting by hand shows what the library's own instruments show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest

from gateway.adapters.telemetry.tallies import Spread, Tally

BOUNDS = (0.0005, 0.01, 0.5, 1.0, 16, 120.0)
LABELS = st.tuples(st.sampled_from(["a", "b", 'q"\\\n']), st.sampled_from(["x", "y"]))
VALUES = st.sampled_from(BOUNDS) | st.floats(0, 1000)

disable_created_metrics()  # type: ignore[no-untyped-call] # the library leaves it untyped


@given(st.lists(st.tuples(LABELS, st.integers(1, 10**6))))
def test_a_tally_shows_what_the_librarys_counter_shows(counted: list[tuple[tuple[str, str], int]]) -> None:
    own, theirs = CollectorRegistry(), CollectorRegistry()
    tally = Tally("things", "Things seen.", ["first", "second"])
    own.register(tally)
    counter = Counter("things", "Things seen.", ["first", "second"], registry=theirs)
    for labels, count in counted:
        tally.add(*labels, count=count)
        counter.labels(*labels).inc(count)
    assert generate_latest(own) == generate_latest(theirs)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), VALUES)))
def test_a_spread_shows_what_the_librarys_histogram_shows(values: list[tuple[str, float]]) -> None:
    own, theirs = CollectorRegistry(), CollectorRegistry()
    spread = Spread("spent", "Seconds.", BOUNDS, ["stage"])
    own.register(spread)
    histogram = Histogram("spent", "Seconds.", ["stage"], buckets=BOUNDS, registry=theirs)
    for stage, value in values:
        spread.add(value, stage)
        histogram.labels(stage).observe(value)
    assert generate_latest(own) == generate_latest(theirs)


def test_a_spread_without_labels_is_shown_before_anything_is_counted() -> None:
    own, theirs = CollectorRegistry(), CollectorRegistry()
    own.register(Spread("spent", "Seconds.", BOUNDS))
    Histogram("spent", "Seconds.", buckets=BOUNDS, registry=theirs)
    assert generate_latest(own) == generate_latest(theirs)
