import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.gates import Literal, fold
from gateway.detect.kinds import ALL_KINDS, kind_of
from gateway.detect.needs import gate_of
from gateway.detect.openings import DEPTH, END, FOREIGN, WIDEST, Openings, leading, opening_ways
from tests.detect.test_shapes import ALPHABET, IGNORE, LEADING

PATTERNS = [
    r"(?<!\w)(?<!x )(?:(?:ab|k)?[ _-]?no|sik(?: k)?)[:=]\d",
    *LEADING,
    r"(?<!\w)\w[\w.+-]{0,9}@(?:[\w-]{1,9}\.)+x",
    r"[a-z][a-z0-9+.-]{1,9}://[^\s:]{0,9}:(?P<value>[^\s/@]{1,9})@",
    r"(?:k\.|s+|)(?:no|nr)\.? \d{3}",
    r"(?i:sik|ß)-(?-i:AB)_\d",
    r"[^\W\d_]{2}.?\bab\b.x0",
    r"(?:[^a-z]|\S)0x[\d.]{2,}",
]


@given(st.data(), st.sampled_from(PATTERNS), st.sampled_from([0, IGNORE]), st.text(ALPHABET + "@://x", max_size=9))
def test_every_match_begins_as_was_read_off_its_expression(
    data: st.DataObject, regex: str, flags: int, around: str
) -> None:
    text = around + data.draw(st.from_regex(re.compile(regex, flags)) | st.text(ALPHABET, max_size=40)) + around
    openings, literals = Openings(opening_ways(regex, flags)), gate_of(regex, flags).literals

    for place in range(len(text)):
        match = re.compile(regex, flags).match(text, place)
        if not match:
            continue
        assert _opens(openings, text[place : match.end()]), (text, place)
        assert _opens(openings, text[place:]), (text, place)
        held = [
            at
            for at in (
                fold(text[place:]).find(one.text) if one.folded else text[place:].find(one.text) for one in literals
            )
            if at >= 0
        ]
        for in_ascii in (False, True) if text.isascii() and literals else (False,) if literals else ():
            lead = leading(regex, flags, literals, in_ascii=in_ascii)
            assert all(lead.kinds >> kind_of(character) & 1 for character in text[place : place + min(held)]), (
                text,
                place,
            )
            assert min(held) <= lead.width, (text, place)


def _opens(openings: Openings, text: str) -> bool:
    """Return what the compiled scanner asks of `openings`."""
    ways = (1 << 64) - 1
    for step, row in enumerate(openings.allowed.tolist()):
        code = ord(text[step]) if step < len(text) else -1
        ways &= row[END if code < 0 else FOREIGN if code >= 128 else openings.classes[code]]
    return ways != 0


def _characters(mask: int) -> str:
    return "".join(chr(code) for code in range(128) if mask >> code & 1)


@pytest.mark.parametrize(
    ("regex", "flags", "ways"),
    [
        (r"\bDE\d", 0, [("D", "E", "0123456789")]),
        (r"(?i:d)e", 0, [("dD", "e")]),
        (r"(?:[01]-)?[ab]{1,2}", 0, [("01", "-", "ab"), ("01", "-", "ab", "ab"), ("ab",), ("ab", "ab")]),
        (r"(?=x)(?>k)?_", IGNORE, [("kK", "_"), ("_",)]),
        (r"a+b", 0, [*((*"a" * count, "b") for count in range(1, DEPTH)), ("a",) * DEPTH]),
        (r"a{40}", 0, [("a",) * DEPTH]),
        (r"(a)x\1b", 0, [("a", "x")]),
    ],
)
def test_the_ways_to_begin_are_told_apart(regex: str, flags: int, ways: list[tuple[str, ...]]) -> None:
    found = {tuple(map(_characters, way)) for way in opening_ways(regex, flags)}

    assert found == {tuple("".join(sorted(one)) for one in way) for way in ways}


@pytest.mark.parametrize("regex", [r"x?", r"(a)?\1", r"(?(1)a|b)".replace("(?(1)", "()(?(1)")])
def test_what_is_not_known_may_begin_anyhow(regex: str) -> None:
    openings = Openings(opening_ways(regex, 0))

    assert all(_opens(openings, text) for text in ("", "b", "zzzzzzzzz", "ß"))


def test_of_too_many_ways_the_first_characters_are_still_known() -> None:
    regex = "|".join(f"{one}{other}{one}" for one in "abc" for other in "defghijklmnopqrstuvwxyzDEFGHIJKLMNOP")
    ways = opening_ways(regex, 0)

    assert len(ways) <= 64
    assert {_characters(way[0]) for way in ways} == set("abc")


def test_a_word_is_told_from_an_address_in_hexadecimal() -> None:
    openings = Openings(opening_ways(r"(?:[0-9a-f]{1,4}:){6}(?:[0-9a-f]{1,4}:[0-9a-f]{1,4})", IGNORE))

    assert not any(_opens(openings, word) for word in ("different", "addressed", "cafebabe", "fe80", "12:34::5"))
    assert all(_opens(openings, text) for text in ("fe80:1:2:3:4:5:6:7", "FE80:0001", "12:34:5é:"))


def test_in_front_of_the_sign_of_an_address_is_no_white_space() -> None:
    regex = r"(?<!\w)\w[\w.+-]{0,63}@(?:[\w-]{1,40}\.){1,5}\w"

    assert not leading(regex, IGNORE, gate_of(regex, IGNORE).literals, in_ascii=True).kinds >> kind_of(" ") & 1
    assert leading(r"\d{3}.*?key", 0, gate_of(r"\d{3}.*?key", 0).literals, in_ascii=True) == (ALL_KINDS, WIDEST)


def test_in_front_of_a_label_stand_few_characters_whatever_must_not_stand_before_it() -> None:
    regex = rf"{''.join(f'(?<!{word} )' for word in 'abcdefghijklm')}(?:(?:first|last)?[ _-]?name|ab)[:=]\w"

    assert leading(regex, IGNORE, [Literal("name", folded=True), Literal("ab", folded=True)], in_ascii=True).width == 10
