import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.gates import Literal, fold, gate_of
from gateway.detect.openings import WIDEST, first_characters, leading
from gateway.detect.shapes import ALL_KINDS, _kind
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
    first, literals = first_characters(regex, flags), gate_of(regex, flags).literals

    for place in range(len(text)):
        match = re.compile(regex, flags).match(text, place)
        if not match:
            continue
        assert ord(text[place]) >= 128 or first >> ord(text[place]) & 1, (text, place)
        held = [
            at
            for at in (
                fold(text[place:]).find(one.text) if one.folded else text[place:].find(one.text) for one in literals
            )
            if at >= 0
        ]
        for in_ascii in (False, True) if text.isascii() and literals else (False,) if literals else ():
            lead = leading(regex, flags, literals, in_ascii=in_ascii)
            assert all(lead.kinds >> _kind(character) & 1 for character in text[place : place + min(held)]), (
                text,
                place,
            )
            assert min(held) <= lead.width, (text, place)


@pytest.mark.parametrize(
    ("regex", "flags", "characters"),
    [
        (r"\bDE\d", 0, "D"),
        (r"(?i:d)e", 0, "dD"),
        (r"(?:[0-9]+-)?[ab]", 0, "0123456789ab"),
        (
            r"(?=x)(?>k|[^\W\d]\d)?_",
            IGNORE,
            "".join(chr(code) for code in range(128) if re.match(r"[^\W\d]", chr(code))),
        ),
    ],
)
def test_the_first_characters_are_few(regex: str, flags: int, characters: str) -> None:
    assert first_characters(regex, flags) == sum(1 << ord(character) for character in characters)


@pytest.mark.parametrize("regex", [r"x?", r"(a)?\1", r".b"])
def test_what_is_not_known_may_begin_anyhow(regex: str) -> None:
    assert first_characters(regex, 0) == (1 << 128) - 1


def test_in_front_of_the_sign_of_an_address_is_no_white_space() -> None:
    regex = r"(?<!\w)\w[\w.+-]{0,63}@(?:[\w-]{1,40}\.){1,5}\w"

    assert not leading(regex, IGNORE, gate_of(regex, IGNORE).literals, in_ascii=True).kinds >> _kind(" ") & 1
    assert leading(r"\d{3}.*?key", 0, gate_of(r"\d{3}.*?key", 0).literals, in_ascii=True) == (ALL_KINDS, WIDEST)


def test_in_front_of_a_label_stand_few_characters_whatever_must_not_stand_before_it() -> None:
    regex = rf"{''.join(f'(?<!{word} )' for word in 'abcdefghijklm')}(?:(?:first|last)?[ _-]?name|ab)[:=]\w"

    assert leading(regex, IGNORE, [Literal("name", folded=True), Literal("ab", folded=True)], in_ascii=True).width == 10
