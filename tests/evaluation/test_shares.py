"""Intervals and F measures against values worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.evaluation.shares import Share, f_measure, quotient


def test_wilson_interval_of_8_in_10_is_the_textbooks() -> None:
    # centre (0.8 + 3.8415/20) / 1.38415 = 0.71674; half 1.95996 * sqrt(0.016 + 0.0096036) / 1.38415 = 0.22658
    low, high = Share(8, 10).interval
    assert low == pytest.approx(0.4901, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)


def test_wilson_interval_of_none_in_20_still_leaves_room_for_a_sixth() -> None:
    low, high = Share(0, 20).interval
    assert low == 0.0
    assert high == pytest.approx(0.1611, abs=1e-4)  # z² / (n + z²)


def test_nothing_has_no_share_and_the_whole_interval() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval == (0.0, 1.0)
    assert quotient(1, 0) is None


@given(st.integers(1, 500).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_the_share_lies_in_its_interval(given_: tuple[int, int]) -> None:
    share = Share(*given_)
    low, high = share.interval
    assert share.value is not None
    assert 0.0 <= low <= share.value <= high <= 1.0


def test_f2_holds_recall_four_times_as_heavy() -> None:
    assert f_measure(0.5, 1.0) == pytest.approx(2 / 3)
    assert f_measure(0.5, 1.0, 2) == pytest.approx(5 * 0.5 / (4 * 0.5 + 1))
    assert f_measure(1.0, 0.5, 2) == pytest.approx(5 * 0.5 / (4 + 0.5))


def test_f_of_nothing_is_unknown_and_of_nothing_right_is_0() -> None:
    assert f_measure(None, None) is None
    assert f_measure(None, 0.0) == 0.0
    assert f_measure(0.0, 0.0) == 0.0
