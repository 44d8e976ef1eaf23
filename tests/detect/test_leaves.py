"""What the compiled pass over a leaf tells is what the expressions tell, and the rows are those of the plain grid."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Segment
from gateway.detect import beginnings, splits
from gateway.detect.beginnings import EDGE, TEXTS, Edge, End, ends
from gateway.detect.neighbours import MOST, STRIDES, WIDTH, PlainGrid
from gateway.detect.prefixes import START
from gateway.detect.splits import Border, borders

_leaves = pytest.importorskip("gateway.detect._leaves", reason="not compiled: no C compiler at installation")

PIECES = [
    *("1", "12", "123", "-", " ", ".", "/", ",", "A", "AB", "ABCDEF", "DE89", "SK31", "abc", "x", "_", "@", "+", ":"),
    *("\n", "\t", "\x1c", "  ", "é", "٣", "𝟏", "\xa0", "=", '"', "(", "a" * 30, "1" * 17, "1 " * 10, "AB12 " * 6),
    *("536-22-", "390.533.447-", "password: hunt", "jane.doe@", "sk-ant-", "https://", "+49 30", "card", "the"),
]
TEXTS_OF_PIECES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join)


def edge_of(text: str) -> int:
    """Return what the expressions tell of a text."""
    tail = text[-EDGE:]
    word = (tail.rsplit(None, 1) or [""])[-1]
    told = {
        Edge.DIGITS: beginnings._DIGITS.search(tail),
        Edge.BANK: beginnings._BANK.search(tail),
        Edge.SHAPED: beginnings._SHAPED.search(tail),
        Edge.NUMBERED: beginnings._is_numbered(text),
        Edge.OPENED: beginnings._OPENING.search(word),
        Edge.AT: "@" in tail,
        Edge.PLUS: "+" in tail,
        Edge.SPACED: any(map(str.isspace, tail)),
    }
    return sum(bit for bit, its in told.items() if its)


def assert_told(text: str) -> None:
    known = text.isascii()
    assert _leaves.edge(text, EDGE) == (edge_of(text) if known else Edge.ASK), repr(text)
    assert _leaves.border(text, splits._EDGE) == (splits._border_of(Segment("", text)) if known else None), repr(text)
    assert _leaves.is_piece(text) in (None, beginnings._may_be_piece(text)), repr(text)
    assert not known or _leaves.is_piece(text) is not None, repr(text)


@given(st.text(min_size=1) | TEXTS_OF_PIECES)
def test_a_leaf_shows_what_the_expressions_say(text: str) -> None:
    assert_told(text)


def test_long_and_short_leaves_show_what_the_expressions_say() -> None:
    chance = random.Random(1)
    for _ in range(30_000):
        assert_told("".join(chance.choices(PIECES, k=chance.randrange(1, chance.choice([4, 8, 14, 40])))))


def test_beginnings_of_every_length_show_what_the_expressions_say() -> None:
    values = ["DE89 3704 0044 0532 0130 00", "MT84MALT011000012345MTLCAST001S", "536-22-8741", "390.533.447-05"]
    values += ["4111 1111", "1" * 40, "1 " * 40, "A1" * 40, "A 1-" * 30, "1-2.3/4,", "123.456.789-01-"]
    values += ["AB12" + " 1" * 28, "AB1 " * 12]
    for value in values:
        for size in range(1, len(value) + 1):
            for before in ("", "a", "x ", "-", "1.", " " * 90):
                assert_told(before + value[:size])


def segments(draw: random.Random) -> list[Segment]:
    keys = draw.choice([(), ("iban",), ("extra", "ssn"), ("a",)])
    paths = draw.choice(["/extra/{}", "/messages/{}/content", "/messages/{}/content/0/text", "/extra/{}/*0", "{}"])
    texts = ["".join(draw.choices(PIECES, k=draw.choice([1, 1, 2, 3]))) for _ in range(60)]
    return [Segment(paths.format(draw.choice([at, at, at % 7])), text, context=keys) for at, text in enumerate(texts)]


@pytest.mark.parametrize("seed", range(60))
def test_leaves_are_the_same_compiled_or_not(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    its = segments(random.Random(seed))

    def told() -> tuple[tuple[int, tuple[End, ...]], tuple[int, tuple[Border, ...]]]:
        return ends(its), borders(its)

    compiled = told()
    for module, name in ((beginnings, "_edge"), (beginnings, "_tells_piece"), (splits, "_border")):
        monkeypatch.setattr(module, name, None)
    assert told() == compiled


@pytest.mark.parametrize("seed", range(60))
def test_rows_are_those_of_the_plain_grid(seed: int) -> None:
    draw = random.Random(seed)
    values = segments(draw)
    heads = [leaf.text.lstrip()[:EDGE] for leaf in values]
    compiled = _leaves.Grid(values, heads, WIDTH, MOST, TEXTS, beginnings.is_piece, START.match)
    plain = PlainGrid(values, heads)
    for _ in range(400):
        stride = draw.choice(STRIDES)
        place = draw.randrange(len(values))
        assert compiled.is_piece(place) == plain.is_piece(place)
        assert compiled.behind(place, stride) == plain.behind(place, stride)
        if place >= stride:
            assert compiled.is_next(place, stride) == plain.is_next(place, stride)
        for count in (1, 2, 5):
            if place + stride * count < len(values):
                assert compiled.are_items(place, stride, count) == plain.are_items(place, stride, count)


def test_lists_are_items_by_their_beginnings() -> None:
    for texts, items in ((["DE12", "FR34", "GB5٣"], True), (["DE12", "FR34", "GB5x"], False), (["sk-1", "ghp_"], True)):
        values = [Segment(f"/extra/{at}", text) for at, text in enumerate(texts)]
        compiled = _leaves.Grid(values, texts, WIDTH, MOST, TEXTS, beginnings.is_piece, START.match)
        assert compiled.are_items(0, 1, len(texts) - 1) is items
        assert PlainGrid(values, texts).are_items(0, 1, len(texts) - 1) is items


def test_places_that_no_leaf_has_are_refused() -> None:
    grid = _leaves.Grid([Segment("/a", "DE12")], ["DE12"], WIDTH, MOST, TEXTS, beginnings.is_piece, START.match)
    asked = ((grid.is_next, (0, 1)), (grid.is_piece, (1,)), (grid.behind, (0, 4)), (grid.are_items, (0, 1, 1)))
    for ask, places in asked:
        with pytest.raises(IndexError):
            ask(*places)
    with pytest.raises(ValueError, match="a head for each"):
        _leaves.Grid([], ["1"], WIDTH, MOST, TEXTS, beginnings.is_piece, START.match)
