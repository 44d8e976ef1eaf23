"""What stands over the seam between leaves: values cut in two or more that no leaf holds whole.

`splits` puts cards and IBANs together by arithmetic. Here the leaves around a seam are put together as a text of their
own (`joints`), which all recognisers are asked about like any other; what they find over the seam counts in each leaf.

Neighbours in records, tables and chats must not be joined into findings, and a seam must cost nothing where nothing is
cut. So a seam is looked at only where a leaf shows that something goes on (`beginnings`):

* it ends in an e-mail address begun (`jane.doe@`, `jane@acme.`), or begins with the rest of one (`@acme.example`);
* it ends in a number with a country code (`+49 30`), the beginning of an IBAN, or an SSN or CPF as they are written;
* it ends in the beginning of a key of known prefix (`sk-ant-`, `AKIA`), or in a piece of such a prefix;
* it ends or begins with digits, and it, the leaf before it or the keys of both name an identifier or a card;
* it ends in a URL that has no path yet (`postgres://admin:`), or begins with what is left of one with a password;
* it ends in a value that a label stands before (`password: hunt`), or in such a label (`labelled`);
* it ends in a key in armour or in a long token, or is one of many words (`unfinished`);
* it is one of many leaves of a few characters each.

Leaves follow one another in the order of the document; a turn of somebody else or the name of a tool may stand between
(`_STRIDES`), and behind a key comes its value. What is put together is `_WIDTH` characters wide at most, so that time
is linear in the number of leaves.

Two things bound what a document made for it can cost, since each leaf may be put together with its neighbours in nine
ways, and each text that comes of it is read like a leaf:

* leaves that follow one another and all begin as a key does (`AC1001`, `AC1002`) or as an IBAN does are items of a
  list: of the characters of one value no five runs in a row begin like that;
* more texts than `_FREE` and a share of the document's size (`_SHARE`) together are not read: the request is high, as
  it is if its time is up.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, repeat
from typing import Final

from gateway.core.errors import DetectionError
from gateway.core.model import KEY, VALUE, Segment
from gateway.detect.beginnings import (
    EDGE,
    FEW,
    LABEL,
    SHAPES,
    End,
    Sign,
    follows,
    is_piece,
    same_field,
    same_label,
)
from gateway.detect.joints import Seam
from gateway.detect.labelled import Named, leads_to
from gateway.detect.prefixes import START
from gateway.detect.unfinished import begins_at, continued, is_word, windows

__all__ = ["Seam", "seams"]

_WIDTH: Final = 192
_FEW_BEFORE: Final = 16
_FEW_BEHIND: Final = 3
_STRIDES: Final = (1, 2, 3)
_MOST: Final = 24
"""Leaves that are put together at most."""
_ITEMS: Final = 5
"""So many leaves behind one that begins as they do are items."""
_FREE: Final = 1000
"""Different texts, or under different keys, that are put together of any document."""
_SHARE: Final = 25
"""For each so many characters of a document one text more may be put together of it."""
_LEAF: Final = 16
"""What a leaf counts besides its characters."""
_MIN_DIGITS: Final = 7
_MAX_DIGITS: Final = 24
_DIGITS: Final = re.compile(r"\d")
_BANK: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}")
_BANK_BEGINS: Final = re.compile(r"[A-Z]{2}\d{2}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_+/=.$|:-]{16,192}")
_Head = tuple[int, str, str]
"""Of a leaf that goes on from others: where its text begins, its first `EDGE` characters, and these without spaces."""


class _Memo:
    """What was asked of leaves before: each is in many rows."""

    def __init__(self) -> None:
        self.heads: dict[str, _Head] = {}
        """Of leaves by their paths."""
        self.links: dict[int, dict[int, bool]] = {stride: {} for stride in _STRIDES}
        """Whether a leaf is the next to the one so far before it (`_is_next`), by its place."""
        self.pieces: dict[int, bool] = {}
        """Whether a leaf is a piece, by its place."""


def seams(parts: Sequence[Sequence[Segment]], shown: Sequence[tuple[int, Sequence[End]]]) -> list[Seam | Named]:
    """Return what is to be read over the seams of leaves.

    Args:
        parts: all segments, in order, in parts.
        shown: what `ends` says of each part.

    Raises:
        DetectionError: if more would be to be read than the document's size lets.
    """
    if not any(its for _, its in shown):
        return []
    values = [leaf for part in parts for leaf in part if leaf.kind is VALUE and leaf.text]
    made: dict[tuple[str, str, str, bool], Seam] = {}
    more: list[Seam | Named] = []
    reached: dict[int, set[int]] = {stride: set() for stride in _STRIDES}
    memo = _Memo()
    different: set[tuple[str, tuple[str, ...]]] = set()
    most = _FREE + sum(len(leaf.text) + _LEAF for leaf in values) // _SHARE
    begin = spelt = listed = 0
    for part, (count, its) in zip(parts, shown, strict=True):
        for end in its:
            place = begin + end.place
            if end.sign == Sign.NAMES:
                more += leads_to(values, place)
                continue
            if end.sign == Sign.LONG:
                more += _long(values, place, reached)
                continue
            # A row may go on over many parts, each of which shows it: it is read once.
            if end.sign == Sign.WORDS:
                if place >= listed:
                    first, listed = _row(values, place, is_word)
                    more += [_whole(row, " ") for row in windows(values[first:listed])]
                continue
            rows = _rows(values, place, part[end.at], end.sign, memo)
            if end.sign & Sign.SPELLS and place >= spelt:
                first, spelt = _row(values, place, _is_short)
                rows = chain(_spelled(values, first, spelt), rows)
            for row, preface in rows:
                seam = _joined(row, preface, memo.heads, assigned=bool(end.sign & Sign.ASSIGNED))
                if _may_hold(seam, end.sign):
                    made.setdefault((seam.text, row[0].path, row[-1].path, seam.assigned), seam)
                    different.add((seam.text, seam.context))
            if len(different) > most:
                raise DetectionError("too many texts could be put together of neighbouring leaves")
        begin += count
    return [*made.values(), *more]


def _rows(
    values: Sequence[Segment], place: int, leaf: Segment, sign: int, memo: _Memo
) -> Iterator[tuple[list[Segment], str]]:
    """Yield the leaves to put together, and the text before them that names what they are."""
    if leaf.kind is KEY:
        path = leaf.path.removesuffix("#")
        yield from (([leaf, value], "") for value in values[place : place + _MOST] if value.path == path)
        return
    preface = values[place - 1].text if sign & Sign.LABELLED and place and is_piece(leaf.text) else ""
    if _hangs_on_its_key(leaf, sign) and leaf.path.rpartition("/")[2].startswith("*"):
        key = Segment(leaf.path + "#", leaf.context[-1], KEY, leaf.context[:-1])
        yield [key, leaf], ""
    if sign == Sign.KEYED:
        yield from _family(values, place)
        return
    # A value behind its label is told from its beginning: what stands before that tells nothing.
    other = sign & ~Sign.ASSIGNED
    for stride in _STRIDES:
        behind = _behind(values, place, stride, other, memo)
        if sign & ~(Sign.COMES_ON | Sign.SPELLS) and not (sign == Sign.GOES_ON and _are_items(leaf, behind)):
            for size in sorted({1, 2, len(behind) if other else _FEW_BEHIND}):
                if 0 < size <= len(behind):
                    yield [leaf, *behind[:size]], preface
        if other:
            yield from _after(_before(values, place, stride, other), leaf, behind, other)


def _after(
    before: Sequence[Segment], leaf: Segment, behind: Sequence[Segment], sign: int
) -> Iterator[tuple[list[Segment], str]]:
    """Yield what begins before a leaf, with that and with what is behind it."""
    if before:
        ends_here = "//" in leaf.text[:4] or not is_piece(leaf.text)
        for size in (0,) if ends_here else sorted({0, min(len(behind), 1), len(behind)}):
            if size or sign & ~Sign.GOES_ON:
                yield [*before, leaf, *behind[:size]], ""


def _hangs_on_its_key(leaf: Segment, sign: int) -> bool:
    key = leaf.context[-1] if leaf.context else ""
    numbered = sign & (Sign.KEYED | Sign.LABELLED) and any(map(str.isdecimal, key)) and is_piece(key)
    return bool(numbered or (key and sign & Sign.COMES_ON))


def _family(values: Sequence[Segment], place: int) -> Iterator[tuple[list[Segment], str]]:
    """Yield all the leaves whose keys name the same identifier: many numbers under one key are no pieces of one."""
    leaf = values[place]
    if place and follows(values[place - 1], leaf) and same_label(values[place - 1], leaf):
        return
    row = [leaf]
    digits = 0
    for behind in values[place + 1 : place + _MOST]:
        if not (follows(row[-1], behind) and same_label(leaf, behind)):
            break
        row.append(behind)
        digits += sum(map(str.isdecimal, behind.text))
        if digits > _MAX_DIGITS or not is_piece(behind.text):
            return
    if len(row) > 1 and is_piece(leaf.text):
        yield row, ""


def _before(values: Sequence[Segment], place: int, stride: int, sign: int) -> list[Segment]:
    """Return the leaves that the one at `place` may go on from: its end of one, and pieces before that."""
    if place < stride or not _may_follow(values[place - stride], values[place], stride, sign):
        return []
    last = values[place - stride]
    # What goes on by itself may have begun before only if that shows it too: `jane.`, `doe@`.
    if not sign & ~(Sign.GOES_ON | Sign.SPELLS) and last.text[-1] not in "._-+%":
        return []
    before = [last]
    for at in range(place - 2 * stride, max(-1, place - (_FEW_BEFORE + 1) * stride), -stride):
        one = values[at]
        if not (_is_middle(before[0].text) and _may_follow(one, before[0], stride, sign)):
            break
        before.insert(0, one)
    return before


def _behind(values: Sequence[Segment], place: int, stride: int, sign: int, memo: _Memo) -> list[Segment]:
    """Return the leaves that the one at `place` may go on in: pieces, and the beginning of one that is not."""
    behind: list[Segment] = []
    width = 0
    links, pieces = memo.links[stride], memo.pieces
    for at in range(place + stride, min(place + stride * _MOST, len(values)), stride):
        linked = links.get(at)
        if linked is None:
            linked = links[at] = _is_next(values[at - stride], values[at], stride)
        following = values[at]
        if not linked or (sign == Sign.KEYED and not same_label(values[at - stride], following)):
            break
        behind.append(following)
        width += len(following.text)
        piece = pieces.get(at)
        if piece is None:
            piece = pieces[at] = is_piece(following.text)
        if width > _WIDTH or not piece:
            break
    return behind


def _are_items(leaf: Segment, behind: Sequence[Segment]) -> bool:
    """Tell whether a leaf and those behind it are items of a list: all of them begin as a key does, or as an IBAN."""
    if len(behind) < _ITEMS:
        return False
    texts = [one.text.lstrip() for one in (leaf, *behind[:_ITEMS])]
    return all(map(START.match, texts)) or all(map(_BANK_BEGINS.match, texts))


def _may_follow(leaf: Segment, behind: Segment, stride: int, sign: int) -> bool:
    """Tell whether a value may go on from one leaf to the other."""
    return _is_next(leaf, behind, stride) and (sign != Sign.KEYED or same_label(leaf, behind))


def _is_next(leaf: Segment, behind: Segment, stride: int) -> bool:
    """Tell whether a leaf so far behind another is of one kind with it."""
    return same_field(leaf, behind) if stride > 1 else follows(leaf, behind)


def _is_middle(text: str) -> bool:
    """Tell whether a leaf at whose end something goes on may be in the middle of it."""
    return len(text) <= FEW or (text[0] in "._-+%" and is_piece(text))


def _row(values: Sequence[Segment], place: int, is_one: Callable[[str], bool]) -> tuple[int, int]:
    """Return where the row of leaves that are `is_one` around `place` begins and ends."""
    first = place
    while first and is_one(values[first - 1].text) and follows(values[first - 1], values[first]):
        first -= 1
    stop = place + 1
    while stop < len(values) and is_one(values[stop].text) and follows(values[stop - 1], values[stop]):
        stop += 1
    return first, stop


def _is_short(text: str) -> bool:
    return len(text) <= FEW


def _long(values: Sequence[Segment], place: int, reached: Mapping[int, set[int]]) -> Iterator[Seam]:
    """Yield what a long secret that begins at `place` is together with the leaves that it goes on in.

    Args:
        values: all leaves.
        place: of the first one.
        reached: the leaves that were read as what goes on, by stride; these are added.
    """
    for stride in _STRIDES:
        row = [values[place]]
        for leaf in continued(values, place, stride) if place not in reached[stride] else ():
            if not _is_next(row[-1], leaf, stride):
                break
            row.append(leaf)
        if len(row) > 1:
            reached[stride].update(range(place + stride, place + len(row) * stride, stride))
            yield _whole(row)


def _whole(row: Sequence[Segment], gap: str = "") -> Seam:
    """Put whole leaves together, the first from where something begins in it."""
    start = begins_at(row[0].text) or 0
    texts = [row[0].text[start:], *(leaf.text for leaf in row[1:])]
    begins = accumulate((len(text) + len(gap) for text in texts[:-1]), initial=0)
    starts = (start, *repeat(0, len(row) - 1))
    return Seam(gap.join(texts), row[0].context, tuple(row), tuple(begins), starts, len(gap))


def _spelled(values: Sequence[Segment], first: int, stop: int) -> Iterator[tuple[list[Segment], str]]:
    """Yield rows of the short leaves from `first` to before `stop`, overlapping."""
    preface = values[first - 1].text if first else ""
    row: list[Segment] = []
    width = 0
    for leaf in values[first:stop]:
        row.append(leaf)
        width += len(leaf.text)
        if width >= _WIDTH:
            yield row, preface
            row = row[len(row) // 2 :]
            width = sum(len(one.text) for one in row)
            preface = ""
    if len(row) > 1:
        yield row, preface


def _head(leaf: Segment) -> _Head:
    """Return where a leaf that goes on from others begins, how, and the same where more goes on behind it."""
    text = leaf.text
    start = len(text) - len(text.lstrip())
    part = text[start : start + EDGE]
    return start, part, part.rstrip() or part


def _joined(row: Sequence[Segment], preface: str, heads: dict[str, _Head], *, assigned: bool) -> Seam:
    """Put the end of the first leaf and the beginnings of the others together.

    Args:
        row: the leaves.
        preface: what names them.
        heads: what is known of leaves by their path; what isn't is added. Each is in many rows.
        assigned: see `Seam`.
    """
    first = row[0].text
    start = max(len(first) - EDGE, 0)
    tail = first[start:]
    found: list[_Head] = [(start, tail, tail.rstrip() or tail)]
    for leaf in row[1:]:
        head = heads.get(leaf.path)
        if head is None:
            head = heads[leaf.path] = _head(leaf)
        found.append(head)
    texts = [head[2] for head in found]
    texts[-1] = found[-1][1]
    before = preface[-EDGE:] + " " if preface else ""
    begins = accumulate(map(len, texts[:-1]), initial=len(before))
    contexts = dict.fromkeys([leaf.context for leaf in row])
    context = tuple(dict.fromkeys(chain.from_iterable(contexts)))
    starts = tuple([head[0] for head in found])
    return Seam(before + "".join(texts), context, tuple(row), tuple(begins), starts, assigned=assigned)


def _may_hold(seam: Seam, sign: int) -> bool:
    """Tell, cheaply, whether something may be found over the seam."""
    text = seam.text
    first, last = seam.begins[0], seam.begins[-1]
    if first == seam.begins[1] or last == len(text):
        return False
    digits = len(_DIGITS.findall(text, first))
    if sign & Sign.SPELLS:
        shaped = ("@" in text and "." in text) or "+" in text or SHAPES.search(text) is not None
        named = digits >= _MIN_DIGITS and any(map(LABEL.search, (text, *seam.context)))
        return shaped or named or (digits > 0 and START.search(text) is not None)
    if sign & Sign.ASSIGNED or (sign & (Sign.LABELLED | Sign.KEYED) and digits >= _MIN_DIGITS):
        return True
    if "@" in text:
        return "." in text or "://" in text
    if digits >= _MIN_DIGITS:
        around = text[max(first, seam.begins[1] - 40) : last + 40]
        return (
            "+" in around or SHAPES.search(around) is not None or _BANK.search(around) is not None or _has_token(seam)
        )
    return digits > 0 and _has_token(seam)


def _has_token(seam: Seam) -> bool:
    """Tell whether a token goes over a seam that is long enough for a key."""
    places = seam.begins
    for token in _TOKEN.finditer(seam.text):
        start, end = token.span()
        at = bisect_right(places, start, 1)
        if at < len(places) and places[at] < end and START.search(token.group()) is not None:
            return True
    return False
