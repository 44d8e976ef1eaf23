"""Steps come to the same side by side as alone, and what one raises is nothing to the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.steps import Steps, done, side_by_side


def counting(name: str, count: int, said: list[str], error: Exception | None = None) -> Steps[str]:
    """Say each step; return the name, or raise."""
    for number in range(count):
        said.append(f"{name}{number}")
        yield
    if error is not None:
        raise error
    return name


def test_alone_they_are_done_one_after_another() -> None:
    said = list[str]()
    assert done(counting("a", 3, said)) == "a"
    assert said == ["a0", "a1", "a2"]


def test_what_they_raise_is_raised() -> None:
    with pytest.raises(KeyError):
        done(counting("a", 1, [], KeyError()))


def test_a_step_of_each_comes_before_the_next_and_each_round_begins_where_the_last_ended() -> None:
    said = list[str]()
    done(side_by_side([counting("a", 3, said), counting("b", 2, said), counting("c", 3, said)]))
    assert said == ["a0", "b0", "c0", "c1", "b1", "a1", "a2", "c2"]


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=8))
def test_outcomes_come_in_order_whoever_ends_first_and_whoever_fails(works: list[tuple[int, bool]]) -> None:
    errors = [KeyError(number) if fails else None for number, (_, fails) in enumerate(works)]
    told = done(
        side_by_side(counting(str(number), count, [], errors[number]) for number, (count, _) in enumerate(works))
    )
    assert told == [error or str(number) for number, error in enumerate(errors)]


def test_what_ends_the_process_is_not_kept() -> None:
    def leave() -> Steps[None]:
        yield
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        done(side_by_side([leave(), counting("a", 3, [])]))
