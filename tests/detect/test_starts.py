import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.starts import _IN_ASCII_BY_CASE, branched, compiled

IGNORE = int(re.IGNORECASE)
PATTERNS = [
    r"(?<!\w)\d{2,3}",
    r"\b[A-Z]\d(?:-\d)?",
    r"(?<![\w.-])(?<!\d )(?!0)\d+?(?=x|$)",
    r"(?<!a)(?P<value>[a-f]+)-(?P=value)",
    r"(?<![A-Za-z0-9])(?:(x)y?|z)",
    r"(?<!\W)([ks])\1",
    r"(?<!-)(?:[i_]){2}",
    r"(?=..)(?<!\n)\s\S",
    r"^(?<!x)é+",
    r"(?<!\d)(?i:a)b",
    r"(?<=(?<!b)a)[^b]",
    r"(?<![\w+])(?>\d\d?)(?!\d)",
    r"(?<!\w)(?<!ab)(?:a(?P<n>b)|[xz]y?|(?:k|s)\d)_?",
    r"(?<!(?:a|b))(?:x|y|1)+",
    r"(?=(\d))(?:1|2)\1?",
]
BRANCHES = [
    r"(?<![^\W_])(?:sik(?![^\W_])|k[\s_-]{1,3}s|[ks]a|é|ék|a|)|_a",
    r"(?i:si|(?P<n>k)|(?-i:Ab|s))(?:x|(?:ii|i\d))*",
    r"(?>ab|a(?=b|k)|\W)(?<=b|k)",
]
ALPHABET = "012- .abxyzAKSikséÉ_\n\u017f\u212a\u0130\u0131"


def found(pattern: re.Pattern[str], text: str, *places: int) -> list[tuple[tuple[int, int], ...]]:
    return [match.regs for match in pattern.finditer(text, *places)]


@given(
    st.text(ALPHABET, max_size=25),
    st.sampled_from(PATTERNS),
    st.sampled_from([0, IGNORE]),
    st.integers(0, 9),
    st.integers(0, 25),
)
def test_it_matches_the_same_with_the_same_groups(text: str, regex: str, flags: int, low: int, high: int) -> None:
    quick, plain = compiled(regex, flags), re.compile(regex, flags)

    assert found(quick, text) == found(plain, text)
    assert found(quick, text, low, high) == found(plain, text, low, high)
    assert quick.groupindex == plain.groupindex


@given(st.text(ALPHABET, max_size=25), st.sampled_from([*PATTERNS, *BRANCHES]), st.sampled_from([0, IGNORE]))
def test_alternatives_that_are_told_apart_by_their_first_characters_match_the_same(
    text: str, regex: str, flags: int
) -> None:
    assert found(branched(regex, flags), text) == found(re.compile(regex, flags), text)


def test_alternatives_are_told_apart_where_case_is_ignored() -> None:
    assert branched(r"\d(?:sik|k(?:a|b))", IGNORE) is not re.compile(r"\d(?:sik|k(?:a|b))", IGNORE)


@pytest.mark.parametrize("regex", [r"(?<!\w)\d{9}", r"\b(\d)\1", r"(?<!\w)(?:[0-9]{2,4})-"])
def test_what_begins_with_a_character_behind_an_assertion_is_rewritten(regex: str) -> None:
    assert compiled(regex, 0) is not re.compile(regex, 0)


def test_only_a_few_characters_are_an_ascii_letter_when_case_is_ignored() -> None:
    letters = re.compile("[a-z]", IGNORE)
    assert tuple(point for point in range(128, 0x110000) if letters.fullmatch(chr(point))) == _IN_ASCII_BY_CASE


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(re.error):
        compiled(r"(?<!\w", 0)


@pytest.mark.parametrize("first", ["A", "a", "\u0130", "\u0131", "\u017f", "\u212a"])
def test_a_match_may_begin_with_any_character_that_is_a_letter_when_case_is_ignored(first: str) -> None:
    regex, text = r"(?<!\w)[A-Z]{3}\d{2}", f"x {first}AA12"

    assert found(compiled(regex, IGNORE), text) == found(re.compile(regex, IGNORE), text) != []
