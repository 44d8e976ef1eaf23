"""Rounding by whole numbers says the same as the standard library, which goes by way of text."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.rounding import DIGITS, rounded, rounded_in_python

WAYS = pytest.mark.parametrize("rounded", [rounded, rounded_in_python], ids=["in use", "in Python"])
Rounded = Callable[[float], float]


@WAYS
@given(st.floats(0.0, 1.0))
@example(0.00005)
@example(0.12345)
@example(0.99995)
@example(math.nextafter(0.12345, 0))
@example(math.nextafter(0.12345, 1))
@example(sys.float_info.min)
def test_a_probability_is_rounded_as_the_standard_library_does(rounded: Rounded, value: float) -> None:
    assert rounded(value) == round(value, DIGITS)


@WAYS
@given(st.integers(0, 10**6), st.integers(-3, 3))
def test_what_lies_at_a_half_is_rounded_as_the_standard_library_does(
    rounded: Rounded, millionths: int, steps: int
) -> None:
    value = millionths / 10**6
    for _ in range(abs(steps)):
        value = math.nextafter(value, math.copysign(math.inf, steps))
    assert rounded(value) == round(value, DIGITS)


@WAYS
@given(st.floats(allow_nan=False))
def test_any_other_number_is_rounded_as_the_standard_library_does(rounded: Rounded, value: float) -> None:
    assert rounded(value) == round(value, DIGITS)


@WAYS
def test_what_is_no_number_stays_so(rounded: Rounded) -> None:
    assert math.isnan(rounded(math.nan))


@WAYS
@pytest.mark.parametrize("value", [0, 1])
def test_a_whole_number_becomes_a_float(rounded: Rounded, value: int) -> None:
    assert repr(rounded(value)) == repr(float(value))
