"""A value found once is found wherever it stands."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Segment
from gateway.transforms.repeats import _FEW, _words_of, repeats


def where(text: str, *values: str) -> list[str]:
    return [text[one.start : one.end] for one in repeats([Segment("/a", text)], [(value, "T") for value in values])]


@pytest.mark.parametrize(
    ("text", "value", "times"),
    [
        ("Jane Doe, Jane Doe; (Jane Doe) Jane Doe's", "Jane Doe", 4),
        ("Jane Does Jane  Doe jane doe MaryJane Doe Jane Doe_", "Jane Doe", 1),
        ("call +49 30 1234567 or +49 30 12345678", "+49 30 1234567", 1),
        ("-----BEGIN x----- -----BEGIN x-----", "-----BEGIN x-----", 2),
        ("BEGIN x-----", "-----BEGIN x-----", 0),
        ("four four", "four", 0),
        ("fives fives", "fives", 2),
        ("Zoë Bär Zoë Bär", "Zoë Bär", 2),
        ("Jane", "Jane Doe", 0),
        ("+++++ +++++", "+++++", 0),
        ("", "Jane Doe", 0),
    ],
)
def test_whole_words_of_the_same_spelling(text: str, value: str, times: int) -> None:
    assert where(text, value) == [value] * times


def test_values_that_start_alike_are_told_apart() -> None:
    text = "Dr. Jane Doe met Dr. Jane Roe and Dr. Jane"
    assert sorted(where(text, "Dr. Jane Doe", "Dr. Jane Roe", "Dr. Jane")) == [
        "Dr. Jane",
        "Dr. Jane",
        "Dr. Jane",
        "Dr. Jane Doe",
        "Dr. Jane Roe",
    ]


def test_a_value_longer_than_what_stands_before_or_behind_is_not_there() -> None:
    assert where("BEGIN xx/BEGIN", "-----BEGIN abcdefgh", "BEGIN") == ["BEGIN", "BEGIN"]
    assert where("BEGIN", "BEGIN abcdefgh", "BEGIN") == ["BEGIN"]


def test_the_first_type_of_a_value_is_its_type() -> None:
    (finding,) = repeats([Segment("/a", "Paris Hilton")], [("Paris Hilton", "PERSON"), ("Paris Hilton", "HOTEL")])
    assert (finding.path, finding.entity_type, finding.score) == ("/a", "PERSON", 0.0)


def test_very_long_and_very_many_values_are_bounded() -> None:
    assert where("word " * 60, "word " * 59 + "word") == []
    values = [f"word{' x' * number} end" for number in range(100)]
    assert len(where(" ".join(values), *values)) == 16


@given(
    st.text(alphabet="ab_é1 .-", max_size=60), st.sets(st.sampled_from(["a", "ab", "aa", "b_", "é1", "1"]), min_size=1)
)
def test_looking_for_a_few_words_finds_what_reading_all_words_does(text: str, wanted: set[str]) -> None:
    read = [(match.start(), match[0]) for match in re.finditer(r"\w+", text) if match[0] in wanted]
    assert list(_words_of(text, wanted)) == read
    many = {*wanted, *(f"other{number}" for number in range(_FEW))}
    assert list(_words_of(text, many)) == read


@given(
    st.lists(st.text(alphabet="abé1_ .-\n", max_size=20), max_size=6),
    st.lists(st.text(alphabet="abé1_ .-\n", min_size=5, max_size=8), max_size=4),
)
def test_what_is_found_in_many_texts_is_what_is_found_in_each(texts: list[str], values: list[str]) -> None:
    segments = [Segment(f"/{number}", text) for number, text in enumerate(texts)]
    values += [text[2:] for text in texts]
    found = [(value, "T") for value in values]
    assert list(repeats(segments, found)) == [one for segment in segments for one in repeats([segment], found)]
