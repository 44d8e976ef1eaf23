"""A line is what the standard library would have read from it, ASCII, and never holds a number that is none."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.lines import json_line
from gateway.core.model import Effect, Zone

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["null", ":null,", "\ud83d", "a\udc00b", "\x00\x7f\u2028", '"\\/'])
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)
FIELDS = st.dictionaries(st.text(), VALUES, max_size=6)


@given(FIELDS)
def test_a_line_is_ascii_and_says_what_the_fields_say(fields: dict[str, object]) -> None:
    line = json_line(fields)
    assert line.isascii()
    assert b"\n" not in line
    assert json.loads(line) == fields
    assert list(json.loads(line)) == list(fields)


@given(FIELDS, st.sampled_from([math.nan, math.inf, -math.inf]), st.sampled_from(["number", "list", "dict"]))
def test_a_number_that_is_none_is_refused_wherever_it_stands(
    fields: dict[str, object], number: float, where: str
) -> None:
    places = {"number": number, "list": [number], "dict": {"in": {"it": [1, number]}}}
    with pytest.raises(ValueError, match="JSON compliant"):
        json_line({**fields, "number": places[where]})


def test_a_number_that_is_none_does_not_pass_for_a_word_or_an_empty_field() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json_line({"word": "null", "empty": None, "number": math.nan})


def test_half_a_surrogate_pair_is_written_as_the_standard_library_writes_it() -> None:
    assert json_line({"path": "\ud83d"}) == b'{"path":"\\ud83d"}'


def test_words_of_an_enumeration_are_written_as_words() -> None:
    assert json_line({"effect": Effect.DENY, "route": [Zone.LOCAL]}) == b'{"effect":"deny","route":["local"]}'


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        json_line({"value": object()})
