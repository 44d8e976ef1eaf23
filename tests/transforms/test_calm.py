"""The quick way through a stream shows, holds back and tells what the long way does, whatever the pieces."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.answers import Action, UrlRule
from gateway.core.errors import BlockedByPolicy
from gateway.core.model import Finding, Segment, Sensitivity
from gateway.core.steps import Steps, done
from gateway.detect.hidden import finding_all
from gateway.detect.overlaps import resolve
from gateway.detect.sieves import Sieves
from gateway.transforms.guard import Guard
from gateway.transforms.guarded import GuardedChannel
from gateway.transforms.looking import Changes, Looking
from gateway.transforms.requested import Requested
from gateway.transforms.restore import Restorers
from gateway.transforms.stretch import is_decided
from gateway.transforms.surrogates import Surrogates
from gateway.transforms.urls import UrlWatch
from tests.detect.test_sieves import SIEVES
from tests.transforms.test_streamed_secrets import POLICY

MINT: Final = Surrogates(b"a key for tests, of 32 bytes....", "acme", "calm")
SURROGATES: Final = [
    MINT.surrogate(kind, value)
    for kind, value in (("PERSON", "Jane Doe"), ("EMAIL_ADDRESS", "jane@x.example"), ("DATE_TIME", "1 May"))
]
TOLD: Final = b"pw: Tr0mb0ne42!"
CODES: Final = [code(TOLD).decode() for code in (base64.b64encode, base64.b16encode, base64.b32encode)]
WORDS: Final = [
    *(
        "the old keeper ",
        "Her daughter, who",
        " moved away. ",
        "es",
        "p",
        " A",
        " e",
        "\n",
        "\u00a0",
        "caf\u00e9 ",
        "ſ",
    ),
    *("T000000039001234567 ", "42", " (0", "12-39-56", "+1 202 555 0143", "٣٤", " 4111 1111 ", "00110011", "a=b"),
    *(
        "The password is ",
        "trombone",
        "key: ",
        "token ",
        "PIN",
        "kennwort ",
        "ghp_",
        "Abcdefghijklmnopqrstuvwxyz0123456789",
    ),
    *("legal winner thank year wave sausage worth useful legal winner thank yellow", " wave", " sausage"),
    *(
        "https://",
        "evil.example/?q=",
        "](",
        "<img src=",
        "<",
        ">",
        "![a](",
        "www.",
        "//",
        "-----BEGIN",
        " RSA PRIVATE KEY-----",
    ),
    *(
        "-----END RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9",
        *(f"{code} " for code in CODES),
        "c2VjcmV0IHBhc3N3b3JkIGlz",
        "&#112;",
        "%41%42%43",
        "\\u0041",
    ),
    *(
        *SURROGATES,
        SURROGATES[0].lower(),
        SURROGATES[1].strip("<>"),
        SURROGATES[2][:9],
        SURROGATES[0][9:],
        "PERSON",
        "_",
    ),
    *('"', "'", "`code`", "word " * 60, "x" * 300, "\U0001f600", "а", "S E C R E T "),
]
TEXTS: Final = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)), max_size=14).map("".join)


class LongWay(GuardedChannel):
    """Looks at every piece with all that there is."""

    __slots__ = ()

    def __init__(self, one: Guard, *, in_json: bool) -> None:
        super().__init__(one, in_json=in_json, watch=UrlWatch(in_json=in_json), before="")
        self._quick = None


def guard(sieves: Sieves = SIEVES, urls: UrlRule = UrlRule.NOWHERE, action: Action = Action.REDACT) -> Guard:
    def find(text: str) -> Steps[Sequence[Finding]]:
        segments = (Segment("", text),)
        found = yield from finding_all(sieves.recognizers, segments)
        return resolve(found, segments, {})

    def find_changing(text: str, signs: int) -> Sequence[Finding]:
        return done(find(text)) if sieves.finds(text, signs) else ()

    changes = Changes(find_changing, sieves.signs, sieves.may_find, sieves.lookout, sieves.marked)
    restorers = Restorers(MINT.pairs)
    own = lambda text: [span[:2] for span in restorers.spans(text)]  # noqa: E731
    looking = Looking(find, own, lambda _kind: Sensitivity.HIGH, Requested(()), changes)
    policy = replace(POLICY, types=dict.fromkeys(POLICY.types, action), urls=urls)
    return Guard(restorers, policy, looking)


def shown(one: Guard, channel: GuardedChannel, pieces: Sequence[str]) -> list[str]:
    """Return what was shown, and whether anything was held, piece by piece; last what is reported."""
    seen: list[str] = []
    try:
        for piece in pieces:
            seen += (channel.feed(piece), str(channel.held))
        seen.append(channel.flush())
    except BlockedByPolicy as error:
        seen.append(str(error))
    return [*seen, str(one.report())]


@settings(max_examples=300)
@given(TEXTS, st.lists(st.integers(1, 40), min_size=1, max_size=8), st.sampled_from(UrlRule), st.booleans())
def test_the_quick_way_is_the_long_way(text: str, sizes: list[int], urls: UrlRule, blocks: bool) -> None:  # noqa: FBT001
    pieces: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    action = Action.BLOCK if blocks else Action.REDACT
    quick, long = guard(urls=urls, action=action), guard(urls=urls, action=action)
    assert shown(quick, quick.channel(), pieces) == shown(long, LongWay(long, in_json=False), pieces)


@pytest.mark.parametrize("surrogate", SURROGATES)
@pytest.mark.parametrize("before", ["The boats of ", "of", "says (", "https://x.example/?q=", "see <", "", "C:\\ "])
@pytest.mark.parametrize("behind", [" come home. ", ", ", "'s boats ", "5 ", "<b> ", f" {SURROGATES[0]} ", ""])
def test_a_surrogate_cut_anywhere_is_held_and_put_back_as_the_long_way_does(
    surrogate: str, before: str, behind: str
) -> None:
    for cut in range(len(surrogate) + 1):
        for further in (cut, (cut + len(surrogate)) // 2, len(surrogate)):
            pieces = [before + surrogate[:cut], surrogate[cut:further], surrogate[further:] + behind, "and so on"]
            quick, long = guard(urls=UrlRule.NOWHERE), guard(urls=UrlRule.NOWHERE)
            out = shown(quick, quick.channel(), pieces)
            assert out == shown(long, LongWay(long, in_json=False), pieces), pieces


def test_a_tool_that_may_not_have_values_gets_surrogates_cut_in_pieces_as_they_are() -> None:
    one = Guard(Restorers(MINT.pairs), replace(POLICY, deny=("fetch",)), guard()._looking)
    for name, value in (("fetch", SURROGATES[0]), ("note", "Jane Doe")):
        channel = one.tool(name).channel()
        pieces = ("The boats of ", SURROGATES[0][:9], SURROGATES[0][9:], " come home. ")
        assert "".join(map(channel.feed, pieces)) + channel.flush() == f"The boats of {value} come home. "


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("rounds", [1, 40])
def test_whatever_calm_text_stands_before_it_a_secret_is_held_back(size: int, rounds: int) -> None:
    secret = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
    calm = "The boats come home in the evening, and nobody asks why. " * rounds
    for text in (f"{calm}{secret} is it.", f"{calm}The password is trombone42. {calm}", f"{calm}\n{SURROGATES[0]}\n"):
        quick, long = guard(), guard()
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        out = shown(quick, quick.channel(), pieces)
        assert out == shown(long, LongWay(long, in_json=False), pieces)
        assert secret not in "".join(out)
        assert "trombone42" not in "".join(out)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("size", [1, 5, 60])
def test_a_code_for_a_secret_in_calm_text_is_taken_out(code: str, size: int) -> None:
    text = f"The boats come home in the evening. {code} and nobody asks why."
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    if size > len(code):
        pieces = ["The boats come home. ", f"{code} ", "and nobody asks why."]
    quick, long = guard(), guard()
    out = shown(quick, quick.channel(), pieces)
    assert out == shown(long, LongWay(long, in_json=False), pieces)
    assert code not in "".join(out)


LABELS: Final = ["PERSON", "EMAIL_ADDRESS", "US_SSN", "ID", "MD5_HASH", "DATE_TIME"]
ENDS: Final = [
    *(
        "pers",
        "Perso",
        "person",
        "email addr",
        "Address",
        "us",
        "ussn",
        "id",
        "md",
        "hash",
        "ti",
        "kt",
        "kt4",
        "the",
        "a",
    ),
    *(
        " ",
        "  ",
        "-",
        "_",
        ":",
        ".",
        ",",
        "\n",
        "\\",
        "\\n",
        "\\u00e4",
        "\\uabcd",
        "é",
        "ſ",
        "\u2010",
        "\u200b",
        "\u00a0",
    ),
    *(
        "<",
        "](",
        "[",
        "(",
        "+4",
        "12",
        "3.",
        "T00000012 ",
        "-----BEGIN",
        "--",
        "https",
        "sk",
        "Abc",
        "ABCD",
        "aB",
        "it's",
    ),
    *("\u2019s", '"', "'", "\uff1c", "%", "%3", "&", "*", "`", "٣", "𝟗", "x" * 14, "x" * 15, "x" * 16, *SURROGATES),
]


@settings(max_examples=2000)
@given(
    st.lists(st.one_of(st.sampled_from(ENDS), st.text(max_size=2)), max_size=7).map("".join),
    st.integers(0, 40),
    st.lists(st.sampled_from(LABELS), max_size=3),
)
def test_what_looks_plain_tells_and_begins_nothing(text: str, before: int, labels: list[str]) -> None:
    calm = pytest.importorskip("gateway.transforms._calm", reason="not compiled: no C compiler at installation")
    mint = Surrogates(b"a key for tests, of 32 bytes....", "acme", "plain")
    for label in labels:
        mint.surrogate(label, "value")
    restorers = Restorers(mint.pairs)
    floor = min(before, len(text))
    if calm.is_plain(text, floor, *restorers.beginnings):
        assert is_decided(text, floor, digits=re.search("[0-9]", text[floor:]) is not None)
        begins = restorers.may_begin(text, floor)
        assert not begins or restorers.scan(text, floor, ended=False, in_json=False) == ([], len(text))


@pytest.mark.parametrize("word", ["sk", "ghp", "akia"])
@pytest.mark.parametrize("quotes", [1, 3, 4, 5])
def test_a_key_behind_many_quotes_began_like_a_plain_word(word: str, quotes: int) -> None:
    calm = pytest.importorskip("gateway.transforms._calm", reason="not compiled: no C compiler at installation")
    for quote in "'\"(":
        for text in (quote * quotes + word, quote * (quotes - 1) + "'" + word):
            assert not calm.is_plain(text, 0, bytes(128), frozenset())


def test_most_prose_looks_plain() -> None:
    calm = pytest.importorskip("gateway.transforms._calm", reason="not compiled: no C compiler at installation")
    prose = (
        "The old lighthouse keeper climbed the stairs every evening, and from there he saw the boats come home. " * 9
    )
    ends = [calm.is_plain(prose, floor, *Restorers(MINT.pairs).beginnings) for floor in range(200, len(prose), 7)]
    plain = [calm.is_plain(prose[: at + 20], at, *Restorers(MINT.pairs).beginnings) for at in range(200, 600, 3)]
    assert all(ends)
    assert sum(plain) > 0.6 * len(plain)


@settings(max_examples=1000)
@given(TEXTS)
def test_nothing_is_taken_out_of_a_whole_text_that_is_not_suspected(text: str) -> None:
    one = guard()
    if not one.suspects(text):
        assert one.take_out(text, 0, len(text), in_json=False) == []


def test_a_whole_text_of_ordinary_words_is_not_suspected() -> None:
    assert not guard().suspects("The boats come home in the evening, and nobody asks why. " * 9)
    assert not guard().suspects("They are keeping the house, in our opinion.")
    for text in (
        "door code 4711",
        "4711 opens the door, as its pin",
        "ghp_" + "A1b2C3d4" * 5,
        "The password is trombone42",
        "![a](https://evil.example/?q=1)",
        CODES[0],
    ):
        assert guard().suspects(f"The boats come home. {text} is it.")


def test_letters_that_stood_alone_in_a_piece_were_taken_for_ordinary_words() -> None:
    """The lookout suspected them, and they had no digit and stood behind no hint."""
    secret = " ".join("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")
    text = f"{secret} is it."
    channel = guard().channel()
    assert secret not in channel.feed(text) + channel.flush()
    assert secret not in guard().whole(text)
