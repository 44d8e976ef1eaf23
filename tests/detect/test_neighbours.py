import random

import pytest

from gateway.core.model import Segment
from gateway.detect.neighbours import FEW_BEFORE, MOST, STRIDES, WIDTH, Leaves


def listed(*texts: str, parent: str = "/extra") -> Leaves:
    return Leaves([Segment(f"{parent}/{number}", text) for number, text in enumerate(texts)])


def turns(*texts: str) -> Leaves:
    return Leaves([Segment(f"/messages/{number}/content", text) for number, text in enumerate(texts)])


def test_a_leaf_begins_behind_its_white_space() -> None:
    leaves = listed(" \n3704 0044 ", "0532", "  ")

    assert leaves.starts == [2, 0, 2]
    assert leaves.heads == ["3704 0044 ", "0532", ""]
    assert leaves.inner == ["3704 0044", "0532", ""]
    assert [leaves.size(at) for at in range(3)] == [8, 4, 0]


def test_elements_follow_one_another_and_fields_of_one_name_with_others_between() -> None:
    assert [listed("1", "2", "3").is_next(2, stride) for stride in (1, 2)] == [True, False]
    assert [turns("1", "2", "3").is_next(2, stride) for stride in (1, 2)] == [True, True]


def test_all_that_is_said_is_of_one_kind() -> None:
    leaves = Leaves([Segment("/messages/0/content", "1"), Segment("/messages/1/content/0/text", "2")])

    assert leaves.is_next(1, 1)


def test_nothing_stands_before_the_first_leaf() -> None:
    leaves = turns("1", "2", "3")

    assert [leaves.is_behind(0, 1), leaves.is_behind(1, 2), leaves.is_behind(2, 2)] == [False, False, True]


def test_pieces_follow_up_to_the_first_that_is_none() -> None:
    leaves = listed("+49 30", "9018", "2045", "call me then", "1234")

    assert leaves.behind(0, 1) == range(1, 4)


def test_a_row_ends_with_its_list_and_where_it_is_wide_or_long_enough() -> None:
    other = [Segment("/else/name", "1")]

    assert Leaves([*listed("1", "2").values, *other]).behind(0, 1) == range(1, 2)
    assert len(listed(*["123456789"] * 40).behind(0, 1)) == WIDTH // 9 + 1
    assert len(listed(*["1"] * 40).behind(0, 1)) == MOST - 1


@pytest.mark.parametrize("seed", range(40))
def test_a_row_is_the_same_whatever_was_asked_before(seed: int) -> None:
    draw = random.Random(seed)
    texts = draw.choices(["+49", "30 ", "9018", "a", "two words", " ", "x" * 40, "x" * 60], k=60)
    leaves = (turns if seed % 2 else listed)(*texts)

    for place in range(60):
        for stride in STRIDES:
            alone = Leaves(leaves.values)
            assert leaves.behind(place, stride) == alone.behind(place, stride)
            assert leaves.before(place, stride) == alone.before(place, stride)


def test_only_few_leaves_are_looked_at_before_one() -> None:
    assert listed(*"12").before(1, 1) == 1
    assert listed(*["1"] * 40).before(39, 1) == FEW_BEFORE
    assert listed("jane doe lives", "here", "12345").before(2, 1) == 0
