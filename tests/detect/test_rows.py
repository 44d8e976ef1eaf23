"""Rows of letters are tried where the compiled pass says; all that a search of the whole text finds is found."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect import spelled

_rows = pytest.importorskip("gateway.detect._rows", reason="not compiled: no C compiler at installation")

PIECES = [
    *("a", "b", "1", "@", ".", "é", "A", "ab", "x-", "the", "\u3042"),
    *(" ", "  ", "   ", "    ", "\t", "\n", "\r\n", "\u00a0", "\x1c", "\x85", "\u200b"),
    *("-", "_", "*", "**", "***", "|", "~", "/", ",", ", ", "``", "<b>", "</b><b>", "<!-- -->", '", "', "', '", '\\"', "','"),
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def spans(matches: list[re.Match[str]]) -> list[tuple[tuple[int, int], str]]:
    return [(match.span(), match[1]) for match in matches]


def assert_all_found(text: str) -> None:
    assert spans(spelled._standing_at(text, *_rows.rows(text))) == spans(list(spelled.standing_alone(text))), text


@given(TEXTS)
def test_rows_are_found_wherever_a_search_finds_them(text: str) -> None:
    assert_all_found(text)


def test_long_rows_of_any_separator_are_found() -> None:
    chance = random.Random(7)
    for _ in range(6000):
        separator = "".join(chance.choices(PIECES[11:], k=chance.choice([1, 1, 1, 2])))
        row = separator.join(chance.choice("ab1@.Aé") for _ in range(chance.randrange(2, 14)))
        assert_all_found(
            "".join(chance.choices(PIECES, k=chance.randrange(4)))
            + row
            + "".join(chance.choices(PIECES, k=chance.randrange(8)))
        )


SIGNS = [
    *("@", "at", "AT", "ät", "Ät", "arroba", "aRobase", "arobas", "chiocciola", "apenstaartje", "apen\u017ftaartje"),
    *("małpa", "MALPA", "klammeraffe", "\u212alammeraffe", "KLAMMERAFFE", "art", "cat", "x", ".", "com"),
    *("[", "(", "{", "<", "*", "_", "-", "]", ")", "}", ">", " ", "  ", "\n", "\t", "\u00a0", "\x1c"),
]


def assert_all_signs_found(text: str) -> None:
    assert spelled._signs_at(text, *_rows.at_signs(text)) == spelled.at_signs(text), text


@given(st.lists(st.sampled_from(SIGNS), max_size=30).map("".join))
def test_signs_of_addresses_are_found_wherever_a_search_finds_them(text: str) -> None:
    assert_all_signs_found(text)


def test_signs_in_any_brackets_are_found() -> None:
    chance = random.Random(8)
    for _ in range(10_000):
        assert_all_signs_found("".join(chance.choices(SIGNS, k=chance.randrange(1, 9))))


def test_what_is_alone_is_counted() -> None:
    assert _rows.rows("a bc d\te f g") == (5, [5, 7], [])
    assert _rows.rows("x a-b-c") == (1, [], [2])
    assert _rows.rows("") == (0, [], [])
