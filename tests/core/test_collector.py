"""The collector of cycles rests while much is made, and from then on comes seldom, but comes."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from gateway.core.collector import collector_paused, leave_out_what_stays


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Give the process its own collector back."""
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()
    gc.enable()


def collections() -> int:
    """Return how often the collector has come."""
    return int(gc.get_stats()[0]["collections"])


def test_pauses_may_be_nested_and_end() -> None:
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_is_there_is_never_looked_at_again() -> None:
    stays = [[number] for number in range(1000)]
    leave_out_what_stays()
    assert gc.get_freeze_count() > len(stays)
    assert not {*map(id, stays)} & {*map(id, gc.get_objects())}


def test_plans_that_came_and_went_were_walked_through_again_and_again() -> None:
    leave_out_what_stays()
    gc.collect()
    before = collections()
    for _ in range(100):
        assert len([[number] for number in range(6000)]) == 6000  # as many objects as sixteen plans have, and gone
    assert collections() == before


def test_cycles_do_not_pile_up() -> None:
    class Ring:
        """Holds itself; counts how many there are."""

        there = most = 0

        def __init__(self) -> None:
            self.own = self
            Ring.there += 1
            Ring.most = max(Ring.most, Ring.there)

        def __del__(self) -> None:
            Ring.there -= 1

    leave_out_what_stays()
    for _ in range(100_000):
        Ring()
    assert 1000 < Ring.most < 30_000
