"""Lookouts: what they do not suspect has no sign, in whatever pieces it comes; compiled or not, they say the same."""

from __future__ import annotations

import base64
import codecs
import random
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.protocols import Cues
from gateway.detect import lookout
from gateway.detect.automaton import Automaton
from gateway.detect.lookout import Lookout, PlainPlaces
from gateway.detect.lookout_scan import NEVER, Scan, scan_in_python
from gateway.detect.secrets import CREDENTIAL
from gateway.detect.sieves import Sieves
from tests.detect.test_sieves import PROSE, RECOGNIZERS, SEEDS, SIEVES, found, samples

AUTOMATON: Final = SIEVES.automaton
COMPILED: Final = pytest.mark.skipif(AUTOMATON.tables is None, reason="not compiled: no C compiler at installation")
PARTS: Final = [
    *(
        "password",
        "пароль: ",
        "senha",
        " ",
        "\n",
        "\r\n",
        "  ",
        "=",
        "%41",
        "&#",
        "&amp",
        "\\n",
        '" + "',
        "' + '",
        "U+",
    ),
    *(
        "<a ",
        "<PERSON_kt4qz7mw3bd>",
        "](",
        "//",
        "www",
        ".io/",
        ":/",
        "-----",
        "-----BEGIN",
        "ab ",
        "12, ",
        "0x4f ",
        "100",
    ),
    *(
        "10101010",
        "s k - a",
        "a, b, c",
        "*x*",
        "é",
        "中",
        "〇一二",
        "\u202e",
        "İ",
        "ſ",
        "\x07",
        "\u00a0",
        "abandon ",
        "legal ",
    ),
    *(
        "QUJDREVGR0hJSktMTU5P",
        "a" * 30,
        "x_y-",
        "ghp_",
        "akia",
        "user",
        "Ab1",
        " eht ",
        " dna ",
        " naq ",
        "GitHub",
        "don't",
        "4711",
        "key",
        "Kelvin",
    ),
]
TEXTS: Final = st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=5)), max_size=12).map("".join)
SIZES: Final = st.lists(st.integers(1, 30), min_size=1, max_size=5)


def pieces(text: str, sizes: list[int]) -> Iterator[str]:
    at = turn = 0
    while at < len(text):
        yield text[at : at + sizes[turn % len(sizes)]]
        at += sizes[turn % len(sizes)]
        turn += 1


def said(made: Lookout) -> tuple[int, ...]:
    return (
        made.at,
        made.struck,
        made.digit,
        made.hinted,
        made.suspect,
        made.changed,
        made.coded,
        made.numbered,
        made.row,
    )


def check(text: str, sizes: list[int]) -> None:
    """Whatever is suspected in one piece is in any; where nothing is suspected there is no sign."""
    whole, parts = SIEVES.lookout(), SIEVES.lookout()
    for piece in pieces(text, sizes):
        parts.read(piece)
    if parts.suspect == NEVER and not (parts.coded > 0 and parts.is_code(text)):
        signs = SIEVES.signs_unasked(text)
        assert not SIEVES.may_find(signs), text
    assert SIEVES.may_find(SIEVES.signs(text)) == SIEVES.may_find(SIEVES.signs_unasked(text))
    whole.read(text)
    if text.isascii():
        # With the words of phrases: a listed word may be the beginning of another.
        assert said(parts)[:3] == said(whole)[:3]
        assert (parts.hinted, parts.coded) == (whole.hinted, whole.coded)
        assert parts.suspect >= whole.suspect


@given(TEXTS, SIZES)
def test_what_is_not_suspected_has_no_sign(text: str, sizes: list[int]) -> None:
    check(text, sizes)


def test_what_is_not_suspected_has_no_sign_in_many_texts() -> None:
    chance = random.Random(7)
    for _ in range(6000):
        text = "".join(chance.choices([*PARTS, " ", PROSE[:40], chance.choice(SEEDS) + " "], k=chance.randrange(1, 10)))
        check(text, [chance.randrange(1, 40)])


def disguised(sample: str) -> Iterator[str]:
    said = f"the one that you have asked for with that mail: {sample} and that is that"
    yield f"Dear all, {sample} is what it was."
    yield base64.b64encode(sample.encode()).decode()
    yield "".join(f"%{byte:02x}" for byte in sample.encode())
    yield " ".join(f"{byte:02x}" for byte in sample.encode()[:120])
    yield said[::-1]
    yield codecs.encode(said, "rot13")
    yield sample.replace("a", "а")
    yield "".join(f"&#{ord(character)};" for character in sample)
    yield " ".join(sample)


def test_whatever_has_a_sign_is_suspected_in_every_cut() -> None:
    checked = 0
    for sample in samples():
        for text in disguised(sample):
            if not SIEVES.may_find(SIEVES.signs_unasked(text)):
                continue
            checked += 1
            assert SIEVES.may_find(SIEVES.signs(text)), text
            for size in (1, 5, 1000):
                made = SIEVES.lookout()
                for piece in pieces(text, [size]):
                    made.read(piece)
                assert made.suspect > 0 or made.is_code(text), text
    assert checked > 1000


@pytest.mark.parametrize("scan", [None, scan_in_python])
def test_short_base64_of_letters_alone_was_taken_for_a_word_though_it_is_filled_up(scan: Scan | None) -> None:
    pin = base64.b64encode(b"pin is 8352").decode()
    assert pin.rstrip("=").isalpha()
    assert found(pin)
    for text in (pin, f"told:{pin} and", base64.b64encode(b"BSNR 000000000").decode()):
        assert SIEVES.may_find(SIEVES.signs(text)), text
        for size in (1, 7, 100):
            made = Lookout(AUTOMATON, scan)
            for piece in pieces(text, [size]):
                made.read(piece)
            assert made.coded > 0, text
            assert made.is_code(text), text


def test_prose_is_neither_struck_nor_hinted() -> None:
    made = SIEVES.lookout()
    made.read("The quarterly summary is ready: revenue grew by four percent, and the team recommends going on.")
    assert (made.struck, made.hinted, made.coded, made.digit) == (NEVER,) * 4
    assert repr(made) == "Lookout(at 95)"


@pytest.mark.parametrize("scan", [None, scan_in_python])
@pytest.mark.parametrize(
    ("text", "suspect"),
    [
        ("We go on keeping it, and that is our opinion.", NEVER),
        ("In 12 months", NEVER),
        ("keeping it for 9", len("keepin")),
        ("9 of them are keeping it", len("9")),
    ],
)
def test_a_word_of_access_codes_is_suspected_only_with_a_digit(scan: Scan | None, text: str, suspect: int) -> None:
    made = Lookout(AUTOMATON, scan)
    for character in text:
        made.read(character)
    assert made.suspect == suspect
    assert made.is_calm(suspect, NEVER, NEVER, keys_only=True)


def test_a_recognizer_that_cannot_tell_makes_everything_suspicious() -> None:
    made = Sieves(RECOGNIZERS, None).lookout()
    made.read("abc")
    assert (made.at, made.suspect, made.changed) == (3, 3, 3)
    assert not Sieves(RECOGNIZERS, None).marked
    assert not Sieves(RECOGNIZERS, frozenset({CREDENTIAL})).marked


@COMPILED
@given(TEXTS, SIZES)
def test_compiled_and_in_python_they_say_the_same(text: str, sizes: list[int]) -> None:
    one, other = Lookout(AUTOMATON), Lookout(AUTOMATON, scan_in_python)
    for piece in pieces(text, sizes):
        one.read(piece)
        other.read(piece)
        assert said(one) == said(other)


@COMPILED
def test_every_character_is_of_the_same_kind_compiled_and_in_python() -> None:
    automaton = Automaton([Cues(telling=frozenset({"ſecret", "straße"}), run=3, listed=frozenset({"a"}), row=2)])
    for start in range(0, 0x3000, 16):
        text = "".join(f"a{chr(point)} {chr(point)}1" for point in range(start, start + 16))
        one, other = Lookout(automaton), Lookout(automaton, scan_in_python)
        for character in text:
            one.read(character)
            other.read(character)
            assert said(one) == said(other), ascii(text)


@given(TEXTS, SIZES, st.sampled_from([None, scan_in_python]))
def test_the_last_word_says_nothing_of_what_stands_before_it(text: str, sizes: list[int], scan: Scan | None) -> None:
    """What is shown up to the last word is judged as if that had not come yet."""
    begins = len(text) - next((at for at, character in enumerate(reversed(text)) if character.isspace()), len(text))
    whole, before = Lookout(AUTOMATON, scan), Lookout(AUTOMATON, scan)
    for piece in pieces(text, sizes):
        whole.read(piece)
    for piece in pieces(text[:begins], sizes):
        before.read(piece)
    for shown in range(-1, len(text) + 1):
        is_plain = whole.is_plain(len(text), len(text), shown, begins, True)
        assert is_plain <= (before.struck <= shown)
        if text.isascii():
            assert is_plain == (before.struck <= shown)
        assert whole.is_plain(len(text), len(text), shown, begins + 1, True) == (whole.struck <= shown)


@COMPILED
def test_another_state_is_refused() -> None:
    scan = lookout._scan  # what is compiled
    with pytest.raises(ValueError, match="state of a lookout"):
        scan("ab", "a", Lookout(AUTOMATON)._state, AUTOMATON)


@COMPILED
@pytest.mark.parametrize("state", [-1, 1 << 20])
def test_tables_and_states_that_lead_out_of_them_are_refused(state: int) -> None:
    automaton = Automaton([Cues(telling=frozenset({"abc"}))])
    made = Lookout(automaton)
    made._state[7] = state
    with pytest.raises(ValueError, match="state of a lookout"):
        made.read("abc")
    for name in ("follow", "classes"):
        broken = Automaton([Cues(telling=frozenset({"abc"}))])
        table = getattr(broken, name).copy()
        table.flat[0] = state
        setattr(broken, name, table)
        assert broken.tables is not None
        with pytest.raises(ValueError, match="one automaton"):
            type(broken.tables)(broken)


class Held(PlainPlaces):
    """Tells what another has read."""

    def _read(self, text: str) -> None:
        raise AssertionError(text)

    def _is_code(self, text: str) -> bool:
        raise AssertionError(text)


@COMPILED
@given(TEXTS, st.integers(-300, 300), st.integers(-300, 300), st.integers(-300, 300), st.booleans(), st.integers(0, 40))
def test_what_was_read_is_told_alike_compiled_and_in_python(
    text: str,
    suspect: int,
    hinted: int,
    shown: int,
    keys_only: bool,  # noqa: FBT001
    before: int,
) -> None:
    made = Lookout(AUTOMATON)
    made.read(text)
    plain = Held(made._state, AUTOMATON, quick=False)
    told = (plain.at, plain.struck, plain.digit, plain.hinted, plain.suspect, plain.changed, plain.coded)
    assert (*told, plain.numbered, plain.row) == said(made)
    asked = suspect, hinted, shown, keys_only
    assert plain.is_calm(*asked) == made.is_calm(*asked)
    for until in (made.at, made.at - before):
        until_then = suspect, hinted, shown, until, keys_only
        assert plain.is_plain(*until_then) == made.is_plain(*until_then)
    assert made.is_code(text) == made._is_code(text)
    other = Lookout(AUTOMATON)
    assert other.read_calmly(text, *asked) == (1 + (made.coded > asked[2]) if made.is_calm(*asked) else 0)
    assert said(other) == said(made)
