import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.kinds import kind_of
from gateway.detect.parsing import parse_tree
from gateway.detect.shapes import Shape, Start, differs_in_ascii, row_of, shape_of, start_of
from gateway.detect.windows import windows_in

IGNORE = int(re.IGNORECASE)


def looks(shape: Shape, text: str) -> bool:
    has = windows_in(text)
    return not shape or any(all(part & has for part in way) for way in shape)


@pytest.mark.parametrize(
    ("regex", "without", "with_"),
    [
        (r"\d{7,8}-[\dK]", "order 00000007, 12-34", "1234567-K"),
        (r"(?<![A-Za-z0-9])[A-Z]\d{7}", "Ref 00000007.", "A1234567"),
        (r"\d{9}", "12345678 and 1234-5678", "x123456789x"),
        (r"[0-9a-f]{32}", "a" * 31 + "-" + "b" * 31, "c" * 40),
        (r"\d{3}(?:-\d\d|/\d{4})", "123 - 45, 67/89", "123-45"),
        (r"(?:\d{3} ){2}\d", "12 34 56 78", "123 456 7"),
        (r"\b[A-Z]{2}\d\d", "ab 12", "no12"),
        (r"(?P<a>[ab])\d\d(?P=a)", "a 12 b", "a12a"),
    ],
)
def test_a_text_that_cannot_hold_a_match_does_not_look_like_one(regex: str, without: str, with_: str) -> None:
    shape = shape_of(regex, IGNORE, in_ascii=True)

    assert not looks(shape, without)
    assert looks(shape, with_)


@pytest.mark.parametrize("regex", [r"[a-z]{3}", r"\w+ \w+", r".{2,9}", r"(?:\d|[a-z]|-)+"])
def test_of_an_expression_that_nearly_any_text_matches_nothing_is_asked(regex: str) -> None:
    assert looks(shape_of(regex, IGNORE, in_ascii=True), "plain words only")


def test_word_characters_may_be_limited_to_ascii() -> None:
    assert looks(shape_of(r"(?a)\W\d{4}", 0, in_ascii=False), "é1234")


PATTERNS = [
    r"(?<![\w.-])\d{1,2}\.\d{3}\.\d{3}-[\dK](?![\w-])",
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[A-Z0-9]{2,5}|(?:[ ][A-Z0-9]{2}){1,3})(?![A-Za-z0-9])",
    r"(?<!\d)\(?\d{2}\)?[-. /:]{1,2}\d+",
    r"(?:[0-9a-f]{2}:){2}[0-9a-f]{2}",
    r"\b(?:k|s|i|ι|é){2}\d(?:(?=x)x|\.)?",
    r"(?:\d|[a-f])(?:-?\d){3}(?!\w)",
    r"(?i:ß|ss)[^\W_]{2}_\d{0,2}\+",
    r"(?<!\W)\S{2}\s\D\d",
    r"([ab])-?\1(?(1)\d|x)",
    r"[^\d\s]{3}[^a-z0-9]\d",
]
LEADING = [
    *PATTERNS,
    r"\b[a-z_]{2}",
    r"\b[-_:]\w",
    r"(?<![^\W_])_?\d",
    r"(?<=[ab])(?<!\d)\b\d{3}|x",
    r"(?:(?:k|ss|ab-){1,3}|\d{2,})+?x",
]
ALPHABET = "0123-. /:()+_,kKsSiIaAbBfFxX\n\u017f\u212a\u0130\u0131\u03b9\u0345\u1fbe\u00e9\u00df\u0663\u00bd\u2028"


@given(st.text(ALPHABET, max_size=40), st.sampled_from(PATTERNS), st.sampled_from([0, IGNORE]))
def test_whatever_matches_looks_like_a_match(text: str, regex: str, flags: int) -> None:
    if re.search(regex, text, flags):
        assert looks(shape_of(regex, flags, in_ascii=False), text)
        assert not text.isascii() or looks(shape_of(regex, flags, in_ascii=True), text)


@given(st.data(), st.sampled_from(PATTERNS), st.sampled_from([0, IGNORE]), st.text(ALPHABET, max_size=9))
def test_whatever_an_expression_makes_looks_like_a_match(
    data: st.DataObject, regex: str, flags: int, around: str
) -> None:
    made = data.draw(st.from_regex(re.compile(regex, flags)))
    for text in (made, around + made, made + around):
        if re.search(regex, text, flags):
            assert looks(shape_of(regex, flags, in_ascii=False), text)
            assert not text.isascii() or looks(shape_of(regex, flags, in_ascii=True), text)


def spelled_out(row: int) -> int:
    """Return what `row_of` says as the set that it was read from."""
    if row & 255:
        kinds = [[kind for kind in range(8) if row >> 8 * place + kind & 1] for place in range(4)]
        return sum(1 << int("".join(map(str, sequence)), 8) for sequence in itertools.product(*kinds))
    words, least = row >> 8, row >> 16
    return ((1 << 33) - (1 << least)) << (4096 + 33 * (words & 1))


def test_in_few_bits_a_set_is_the_same() -> None:
    regexes = [*PATTERNS, r"\d{12}", r"[A-Z\d]{9,40}x?", r"\b(?:[0-9a-f]{40,64}|\w{3} \d)\b"]
    shapes = [shape_of(regex, IGNORE, in_ascii=in_ascii) for regex in regexes for in_ascii in (False, True)]
    parts = {part for shape in shapes for way in shape for part in way}

    assert len(parts) > 30
    for part in parts:
        assert spelled_out(row_of(part)) == part


def test_a_set_that_few_bits_cannot_say_is_never_less() -> None:
    assert spelled_out(row_of(1 << 4096 + 9)) & 1 << 4096 + 9
    assert spelled_out(row_of(1 | 1 << 4095)) & (1 | 1 << 4095) == 1 | 1 << 4095
    assert row_of(1 | 1 << 4096 + 9) == row_of(1 | 1 << 4129 + 9) == 1 << 8  # letters and digits, 0 or more of them


def window(text: str, place: int) -> int:
    """Return the sequence of kinds of four characters as a number."""
    return sum(kind_of((text + " " * 8)[place + step]) << 3 * (3 - step) for step in range(4))


def may_begin(start: Start, text: str, place: int) -> bool:
    before = place == 0 or start.before[kind_of(text[place])] >> kind_of(text[place - 1]) & 1
    first = start.first >> window(text, place) & 1
    return bool(before and first and start.second >> window(text, min(place + 4, len(text))) & 1)


@given(st.data(), st.sampled_from(LEADING), st.sampled_from([0, IGNORE]), st.text(ALPHABET, max_size=9))
def test_whatever_matches_begins_like_a_match(data: st.DataObject, regex: str, flags: int, around: str) -> None:
    text = around + data.draw(st.from_regex(re.compile(regex, flags)) | st.text(ALPHABET, max_size=40)) + around

    for in_ascii in (False, True) if text.isascii() else (False,):
        start = start_of(regex, flags, in_ascii=in_ascii)
        assert start is not None
        for place in range(len(text)):
            if re.compile(regex, flags).match(text, place):
                assert may_begin(start, text, place), (text, place)


def test_how_a_match_begins_tells_much() -> None:
    start = start_of(r"(?<![\w-])\d{3}-\d{2}", IGNORE, in_ascii=True)

    assert start is not None
    assert [place for place in range(20) if may_begin(start, "x123-45 -123-45 123-45", place)] == [16]


@pytest.mark.parametrize("flags", [0, IGNORE])
@pytest.mark.parametrize(
    "regex", [*PATTERNS, *LEADING, r"[^a-z]x[^-]", r"(?![0-9])\w{4}(?!\w)", r"(?:a|([^\WA-Za-z])b){2}(?<![0-9.])"]
)
def test_an_expression_that_does_not_differ_in_ascii_is_read_alike(regex: str, flags: int) -> None:
    readings = [
        (shape_of(regex, flags, in_ascii=in_ascii), start_of(regex, flags, in_ascii=in_ascii))
        for in_ascii in (True, False)
    ]

    assert differs_in_ascii(parse_tree(regex, flags)) or readings[0] == readings[1]


@pytest.mark.parametrize(
    ("regex", "differs"),
    [
        (r"[A-Za-z0-9]{4}\D\W", False),
        (r"[^-]\d(?!\d)", False),
        (r"x(?:[^0-9]|y)\d", True),
        (r"(?<![A-Za-z])\d", True),
        (r"(a(?:b|[^a-zA-Z_])+)*", True),
    ],
)
def test_what_leaves_out_letters_or_digits_differs_in_ascii(regex: str, *, differs: bool) -> None:
    assert differs_in_ascii(parse_tree(regex, 0)) is differs


def test_an_expression_that_matches_nothing_or_ascii_alone_may_begin_anyhow() -> None:
    assert start_of(r"x?", 0, in_ascii=True) is None
    assert start_of(r"(?a)\w{4}", 0, in_ascii=False) is None
