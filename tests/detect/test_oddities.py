"""No step of taking disguises off has anything to do in a text without its sign, as the compiled pass tells it."""

import base64
import random
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect import oddities as signs
from gateway.detect.decoding import _base, _wrapped_places
from gateway.detect.folding import is_folded
from gateway.detect.normalize import _STEPS
from gateway.detect.profile import Profile
from gateway.detect.spelled import KEY_STARTS
from gateway.detect.turned import BACKWARDS, IN_ROT13, may_be_turned, turned
from gateway.detect.views import View, plain
from tests.fakes.disguises import KINDS

_odd = pytest.importorskip("gateway.detect._odd", reason="not compiled: no C compiler at installation")

CODE = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{12,65536}={0,6}")
WRAPPED = re.compile(
    r"(?<![A-Za-z0-9+/_=-])(?:[A-Za-z0-9+/]{16,76}\r?\n[ \t]{0,8}){1,1000}[A-Za-z0-9+/]{1,76}={0,2}(?![A-Za-z0-9+/_=-])"
)
PIECES = [
    *("%41", "%4", "&#65;", "&amp;", "&abcdefghijkl;", "&abcdefghijklm;", "\\u0041", "\\\\x4a", "\\101", "\\n", "U+0041 ", "\\u{41}"),
    *('x" + "', "' + '", "=\n", "=\r\n", "=C3", "=C3=A4", "\u3002", "\uff61", "72, ", "101;", "65 ", "0x4a ", "4a:", "ff-", "0", "01000001 "),
    *("j o h n", "j-o-h-n", "a,b, c", "**x**", "`x`", "<b>x</b>", "<wbr>", "<WBR />", 'x", "', "'a', 'b', 'c'", "1-2-3-4-5-6"),
    *("john (at) corp", " at ", "a.b", "x.y.", " dot ", "[dot]", "{@}", "@ ", " @", "ÄT", "(arroba)", "*KROPKA*", "klammeraffe", "MAŁPA"),
    *("sk-", "ghp_", "AKIA", "xai-", "eyJ", "S", "SG", " eht ", " gur ", " naq ", " fiug", "eht", "\u202e", "\u200b", "\x00", "\x7f", "é"),
    *("\\nA", "\\t1", "\\rx", "\x1b[1m", "\x1b[0;31mx", "_a1_", "__x@y__", "_(1234)_"),
    *("\\@", "@@", "x@y", "x@y\\.z", "\\-", "<!-- -->", "<!---->", "BEGIN:VCARD", "dn: ", "\n\tx", "\r\n y"),
    *("=", "==", "\n", "\r\n", " ", "  ", ".", "A", "b", "1", "_", "/", "+", "-", "QUJDREVGR0hJSktM", "4bc4bc4bc4bc4bc4", "MFRGGZDFMZTWQ2LK", "\ud800"),
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=60)


def told(text: str) -> Iterator[tuple[int, int]]:
    """Yield each step's sign, and how much the step finds."""
    for sign, step in _STEPS:
        yield sign, len(list(step(Profile(text), set())))
    yield signs.TURNED, len(list(turned(text)))


def assert_told(text: str) -> None:
    seen = _odd.oddities(text)
    for sign, found in told(text):
        assert not found or seen & sign, (bin(sign), text)


@given(TEXTS)
def test_whatever_a_step_finds_has_its_sign(text: str) -> None:
    assert_told(text)


def test_each_sign_of_a_row_of_pieces_is_seen() -> None:
    chance = random.Random(5)
    for _ in range(4000):
        piece = chance.choice(PIECES)
        assert_told(
            chance.choice(["", "x", "say ", "x=", "0"])
            + piece * chance.randrange(1, 20)
            + chance.choice(["", "x", " y", "."])
        )


@pytest.mark.parametrize(
    ("sign", "row"),
    [
        (signs.NUMBERS, "72 69 76 76 79 33 32 65"),
        (signs.PAIRS, "68 65 6c 6c 6f 20 77 6f 72"),
        (signs.BITS, " ".join(f"{byte:08b}" for byte in b"hello, w")),
    ],
)
@pytest.mark.parametrize("before", ["", "now ", "a now ", "now: ", "Now\n", "é "])
@pytest.mark.parametrize("behind", ["", " now", "\nnow ", ". Now", " a"])
def test_the_shortest_row_between_two_words_has_its_sign(sign: int, row: str, before: str, behind: str) -> None:
    text = before + row + behind
    assert any(found and its == sign for its, found in told(text))
    assert_told(text)


def test_each_disguise_of_the_catalogue_has_its_sign() -> None:
    for kind in KINDS.values():
        for disguise in kind.disguises.values():
            assert_told(kind.frame.format(disguise))


@pytest.mark.parametrize("begin", KEY_STARTS)
def test_what_a_key_begins_with_has_its_sign_wherever_it_stands(begin: str) -> None:
    for text in (f"{begin}12345", f"hunt{begin}", f"é {begin}x", f"漢字 {begin}0 \U0001f600", f"say {begin}. {begin}"):
        assert _odd.oddities(text) & signs.KEY, text
        assert not _odd.oddities(text.replace(begin, begin[:-1] + "!")) & signs.KEY, text


def test_a_keys_beginning_that_any_word_may_have_is_refused() -> None:
    with pytest.raises(ValueError, match="as words do"):
        _odd.prepare(["abc"], [])


def test_ordinary_text_has_no_sign() -> None:
    assert (
        _odd.oddities("The customer (see above) told us at noon that invoice 4711-22 isn't paid.\n\tCall 555-0100.")
        == 0
    )


def codes(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in CODE.finditer(text) if _base(match.group()) not in (None, match.group())]


@given(
    st.lists(
        st.sampled_from(["", " ", "=", "==", "=======", "-", "\n", "é", "word", "x_y"])
        | st.text("ABab01+/_-", min_size=9, max_size=24)
        | st.binary(max_size=24).map(lambda raw: base64.b64encode(raw).decode())
        | st.text(min_size=6, max_size=24).map(lambda text: base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode())
        | st.text(min_size=6, max_size=24).map(lambda text: base64.b64encode(text.encode("utf-16", "replace")).decode())
        | st.text(min_size=6, max_size=24).map(lambda text: base64.b32encode(text.encode("utf-8", "replace")).decode().rstrip("="))
        | st.text(min_size=6, max_size=24).map(lambda text: text.encode("utf-8", "replace").hex())
        | st.text(min_size=6, max_size=24).map(lambda text: base64.b64encode(zlib.compress(text.encode("utf-8", "replace"))[2:-4]).decode())
        | st.text(min_size=6, max_size=24).map(lambda text: zlib.compress(text.encode("utf-8", "replace")).hex()),
        max_size=6,
    ).map("".join)
)  # fmt: skip
def test_every_run_of_code_that_reads_as_text_is_among_those_found(text: str) -> None:
    runs = _odd.code_runs(text)

    assert set(codes(text)) <= set(runs)
    assert set(runs) <= {match.span() for match in CODE.finditer(text)}
    assert bool(runs) == bool(_odd.oddities(text) & signs.RUN)


def test_runs_of_code_end_where_the_longest_one_may() -> None:
    for size in (65_535, 65_536, 65_537, 140_000):
        text = "x " + base64.b64encode(b"plain words " * 12_000).decode()[:size] + "=="
        assert _odd.code_runs(text) == [match.span() for match in CODE.finditer(text)]


def test_words_and_numbers_are_no_code() -> None:
    assert _odd.code_runs("internationalization 5111111111111111 5198765432109876 user123456789012") == []


def test_digits_alone_spell_no_word_in_base64() -> None:
    for number in range(10_000):
        group = base64.b64decode(f"{number:04}")
        assert group[0] >= 0xD3, "no character goes over from one group to the next"
        with suppress(UnicodeDecodeError):
            assert re.fullmatch(r"[^\0-\x7f][4-9:;<=t-z{|}]?", group.decode())
    assert _odd.code_runs("4735379907511630 2222405343248877") == []


PLACES = st.integers(-1, 12)


@given(st.text("abé\u0130", max_size=12), st.text("abé\u0130", max_size=12), st.data())
def test_the_same_changes_are_seen(reading: str, original: str, data: st.DataObject) -> None:
    starts = [data.draw(PLACES if original else st.just(-1)) % (len(original) + 1) - 1 for _ in reading]
    ends = [start + data.draw(st.integers(0, 2)) for start in starts]
    view = View(reading, starts, ends)
    starts[:] = [min(start, len(original) - 1) for start in starts]

    assert _odd.changes(reading, original, starts, ends) == list(view.differences(original))


def test_a_view_of_a_text_as_it_is_has_no_changes() -> None:
    view = plain("some text")

    assert list(view.changes("some text")) == []
    with pytest.raises(ValueError, match="without its place"):
        _odd.changes("some text", "some text", view.starts[1:], view.ends)


def test_letters_that_were_seen_to_stand_for_themselves_hide_no_disguise_beside_them() -> None:
    prose = "Der Müller sagt, über München sei’s schön — naïve, 月"
    assert is_folded(prose)
    assert not _odd.oddities(prose) & signs.FOLD

    for odd in ("\u200b", "\u202e", "\u0430", "\uff11", "\u0661", "三三三三三三三", "\x07", "\U0001d7d8"):
        assert not is_folded(f"{prose} a{odd}b")
        assert _odd.oddities(f"{prose} a{odd}b") & signs.FOLD, hex(ord(odd[0]))


@given(
    st.lists(st.sampled_from([*"0123456789ab", "7f ", "72, ", "01000001 ", "\u0661", " ", "x" * 100]), max_size=40).map(
        "".join
    )
)
def test_digits_that_stand_far_apart_hide_no_numbers(text: str) -> None:
    assert_told(text)


@pytest.mark.parametrize("word", [*BACKWARDS, *IN_ROT13])
@given(st.text(max_size=8), st.text(max_size=8))
def test_a_word_turned_round_has_its_sign_wherever_it_stands(word: str, before: str, behind: str) -> None:
    text = f"{before} {word} {behind}"
    assert may_be_turned(text)
    assert signs.oddities(text) & signs.TURNED


@given(
    st.lists(
        st.sampled_from(["x", "x" * 15, "x" * 16, "y" * 76, "y" * 77, "\n", "\r\n", "=", "-", "_", " ", "\t", "."])
    ).map("".join)
)
def test_lines_of_base64_are_found_from_their_ends_where_one_expression_finds_them(text: str) -> None:
    assert list(_wrapped_places(text)) == [match.span() for match in WRAPPED.finditer(text)]
