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
(`STRIDES`), and behind a key comes its value. What is put together is `WIDTH` characters wide at most, so that time
is linear in the number of leaves. A number or an address that begins there is read as far as it may go on, too: an
IBAN as far as its country's length, a phone number or an SSN before the next letters or plus sign, an address before
the next at sign. With what stands behind its end a number is none.

Three things bound what a document made for it can cost, since each leaf may be put together with its neighbours in nine
ways, and each text that comes of it is read like a leaf:

* leaves that follow one another and all begin as a key does (`AC1001`, `AC1002`) or as an IBAN does are items of a
  list: of the characters of one value no five runs in a row begin like that;
* no more of such texts is read than `_FREE` and a share of the document's size (`_SHARE`), nor are more leaves put
  together than `_FREELY` and `_LAID` for each character: the request is high, as it is if its time is up;
* nor may more pieces of values be found over seams than `most_pieces`: a table whose rows have numbers in columns of
  their own has fewer, and what is made of nothing else is high.
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
    SHAPES,
    End,
    Sign,
    is_labelled,
    is_piece,
    missing,
    same_label,
)
from gateway.detect.joints import Joint, Seam, begins_of, end_of
from gateway.detect.labelled import Columns, Named, leads_to
from gateway.detect.neighbours import FEW_BEFORE, MOST, STRIDES, WIDTH, Leaves
from gateway.detect.prefixes import START
from gateway.detect.unfinished import begins_at, continued, is_word, overlapping

__all__ = ["ITEMS", "most_pieces", "seams"]

_FEW_BEHIND: Final = 3
ITEMS: Final = 5
"""So many leaves behind one that begins as they do are items."""
_FREE: Final = 500
"""How much is read of what is put together of any document: one for each text, or the same under other keys."""
_LENGTH: Final = 64
"""For each so many characters of such a text one more."""
_READINGS: Final = 2
"""A text with characters beyond ASCII is read so often: as it is, and as the characters that those stand for."""
_SHARE: Final = 40
"""For each so many characters of a document one more may be read."""
_LEAF: Final = 3
"""Characters that a leaf takes up besides its text, at least: quotes and a comma."""
_FEW_PIECES: Final = 500
"""So many pieces of values may be found over the seams of any document."""
_A_PIECE: Final = 16
"""For each so many characters of a document one more."""
_LAID: Final = 1
"""So many leaves for each character are put together at most, whether anything may be found in them or not."""
_FREELY: Final = 60_000
"""Of any document so many."""
_MAX_DIGITS: Final = 24
_NUMBERS: Final = (Sign.NUMBER, Sign.BANK)
_ALONE: Final = (*_NUMBERS, Sign.ADDRESS)
_BOUNDED: Final = Sign.NUMBER | Sign.BANK | Sign.ADDRESS
_LONGEST: Final = 30
"""Letters and digits of a number behind the leaf in which it begins: an IBAN, the longest, has 34, of which four
stand there."""
_BEGUN: Final = Sign.GOES_ON | Sign.ADDRESS | Sign.NUMBER | Sign.BANK
_BY_ITSELF: Final = _BEGUN | Sign.SPELLS
_ON_ITS_KEY: Final = Sign.KEYED | Sign.LABELLED | Sign.COMES_ON
_DIGITS: Final = re.compile(r"\d")
_SOME_DIGITS: Final = re.compile(r"(?:\D*+\d){7}")
_TELLS: Final = re.compile(r"[\d@]")
"""What any text holds in which a value without a label is found."""
_BANK: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}")
_NEAR: Final = 40
"""Characters on both sides of seams."""
_TOKEN_SIZE: Final = 16
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_+/=.$|:-]{{{_TOKEN_SIZE},192}}")
_Row = tuple[Segment, range, str]
"""Leaves to put together: the first, the places of the others, and the text before them that names what they are."""


class _Room:
    """How much may still be put together of a document, and read.

    Args:
        size: of the document, in characters.
    """

    def __init__(self, size: int) -> None:
        self._laid = _FREELY + _LAID * size
        self._left = _FREE + size / _SHARE
        self._read: set[tuple[str, tuple[str, ...]]] = set()

    def take(self, row: _Row, seam: Joint | None) -> None:
        """Count leaves that were put together, and what is to be read of them.

        Raises:
            DetectionError: if that is more than the document's size lets.
        """
        self._laid -= len(row[1])
        if seam is not None and (read := (seam.text, seam.context)) not in self._read:
            self._read.add(read)
            self._left -= (1 if seam.text.isascii() else _READINGS) * (1 + len(seam.text) / _LENGTH)
        if self._laid < 0 or self._left < 0:
            raise DetectionError("too many texts could be put together of neighbouring leaves")


def most_pieces(parts: Sequence[Sequence[Segment]]) -> int:
    """Return how many pieces of values may be found over the seams of a document: more, and it is no document."""
    return _FEW_PIECES + _size(parts) // _A_PIECE


def _size(parts: Sequence[Sequence[Segment]]) -> int:
    return sum(len(leaf.text) + _LEAF for part in parts for leaf in part)


def seams(parts: Sequence[Sequence[Segment]], shown: Sequence[tuple[int, Sequence[End]]]) -> list[Joint | Seam | Named]:
    """Return what is to be read over the seams of leaves.

    Args:
        parts: all segments, in order, in parts.
        shown: what `ends` says of each part.

    Raises:
        DetectionError: if more would be to be read than the document's size lets.
    """
    values = [leaf for part in parts for leaf in part if leaf.kind is VALUE and leaf.text]
    made: dict[tuple[str, str, str, bool], Joint] = {}
    more: list[Seam | Named] = []
    reached: dict[int, set[int]] = {stride: set() for stride in STRIDES}
    leaves = Leaves(values)
    columns = Columns(values)
    room = _Room(_size(parts))
    begin = spelt = listed = 0
    for part, (count, its) in zip(parts, shown, strict=True):
        for end in its:
            place = begin + end.place
            if end.sign == Sign.NAMES:
                more += leads_to(values, place, columns)
                continue
            if end.sign == Sign.LONG:
                more += _long(leaves, place, reached)
                continue
            # A row may go on over many parts, each of which shows it: it is read once.
            if end.sign == Sign.WORDS:
                if place >= listed:
                    first, listed = _row(leaves, place, is_word)
                    more += [_whole(row, " ") for row in overlapping(values[first:listed])]
                continue
            rows = _rows(leaves, place, part[end.at], end.sign)
            if end.sign & Sign.SPELLS and place >= spelt:
                first, spelt = _row(leaves, place, _is_short)
                rows = chain(_spelled(leaves, first, spelt), rows)
            for row in rows:
                seam = _joined(leaves, row, end.sign)
                room.take(row, seam)
                if seam is not None:
                    made.setdefault((seam.text, row[0].path, values[row[1][-1]].path, seam.assigned), seam)
        begin += count
    return [*made.values(), *more]


def _rows(leaves: Leaves, place: int, leaf: Segment, sign: int) -> Iterator[_Row]:
    """Yield the leaves to put together, and the text before them that names what they are."""
    values = leaves.values
    if leaf.kind is KEY:
        path = leaf.path.removesuffix("#")
        for at in range(place, min(place + MOST, len(values))):
            if values[at].path == path:
                yield leaf, range(at, at + 1), ""
        return
    preface = values[place - 1].text if sign & Sign.LABELLED and place and leaves.is_piece(place) else ""
    if sign & _ON_ITS_KEY and _hangs_on_its_key(leaf, sign) and leaf.path.rpartition("/")[2].startswith("*"):
        yield Segment(leaf.path + "#", leaf.context[-1], KEY, leaf.context[:-1]), range(place, place + 1), ""
    if sign == Sign.KEYED:
        yield from _family(leaves, place)
        return
    # A value behind its label is told from its beginning: what stands before that tells nothing.
    other = sign & ~Sign.ASSIGNED
    by_itself = not other & ~_BY_ITSELF
    for stride in STRIDES:
        behind = leaves.behind(place, stride)
        # What goes on by itself may have begun before only if that shows it too: `jane.`, `doe@`.
        before = place >= stride and (not by_itself or values[place - stride].text[-1] in "._-+%")
        if not behind and not (before and leaves.is_next(place, stride)):
            continue
        if other == Sign.KEYED:
            behind = _of_one_label(leaves, behind)
        if sign & ~(Sign.COMES_ON | Sign.SPELLS) and (
            sign & ~_BEGUN or len(behind) < ITEMS or not leaves.are_items(place, stride, ITEMS)
        ):
            for row in _widths(leaves, place, behind, sign):
                yield leaf, row, preface
        if other and before:
            yield from _after(leaves, place, behind, other)


def _widths(leaves: Leaves, place: int, behind: range, sign: int) -> Iterator[range]:
    """Yield what a value that begins at `place` may take up of what is behind it, from narrow to wide."""
    its = _of_one_value(leaves, place, behind, sign) if sign & _BOUNDED else behind
    wide = its if sign in _ALONE else behind
    most = min(len(wide), _FEW_BEHIND if sign == Sign.ASSIGNED else MOST)
    for size in sorted({1, 2, len(its), most}):
        if 0 < size <= most:
            yield wide[:size]


def _after(leaves: Leaves, place: int, behind: range, sign: int) -> Iterator[_Row]:
    """Yield what begins before the leaf at `place`, with that and with what is behind it."""
    stride = behind.step
    first = _before(leaves, place, stride, sign)
    if first < place:
        if leaves.heads[place].startswith("@"):  # of which an address has but one
            behind = _up_to_another(leaves, behind)
        ends_here = "//" in leaves.values[place].text[:4] or not leaves.is_piece(place)
        for size in (0,) if ends_here else sorted({0, min(len(behind), 1), len(behind)}):
            if size or sign & ~_BEGUN:
                yield leaves.values[first], range(first + stride, place + size * stride + 1, stride), ""


def _hangs_on_its_key(leaf: Segment, sign: int) -> bool:
    key = leaf.context[-1] if leaf.context else ""
    numbered = sign & (Sign.KEYED | Sign.LABELLED) and any(map(str.isdecimal, key)) and is_piece(key)
    return bool(numbered or (key and sign & Sign.COMES_ON))


def _family(leaves: Leaves, place: int) -> Iterator[_Row]:
    """Yield all the leaves whose keys name the same identifier: many numbers under one key are no pieces of one."""
    values = leaves.values
    leaf = values[place]
    if place and _may_follow(leaves, place, 1, Sign.KEYED):
        return
    stop = place + 1
    digits = 0
    for behind in values[place + 1 : place + MOST]:
        if not (leaves.is_next(stop, 1) and same_label(leaf, behind)):
            break
        stop += 1
        digits += sum(map(str.isdecimal, behind.text))
        if digits > _MAX_DIGITS or not is_piece(behind.text):
            return
    if stop > place + 1 and is_piece(leaf.text):
        yield leaf, range(place + 1, stop), ""


def _before(leaves: Leaves, place: int, stride: int, sign: int) -> int:
    """Return where what the leaf at `place` goes on from may have begun: in the leaf before, or before pieces.

    Nowhere is `place` itself. There must be a leaf so far before it.
    """
    first = place - stride
    if not _may_follow(leaves, place, stride, sign):
        return place
    most = min(leaves.before(first, stride), FEW_BEFORE - 1)
    if sign == Sign.KEYED:
        row = range(first, first - most * stride, -stride)
        most = next((count for count, at in enumerate(row) if not _may_follow(leaves, at, stride, sign)), most)
    return first - most * stride


def _of_one_label(leaves: Leaves, behind: range) -> range:
    """Return those up to which the keys of each and the one before it name the same identifier."""
    values, stride = leaves.values, behind.step
    stop = next((at for at in behind if not same_label(values[at - stride], values[at])), behind.stop)
    return range(behind.start, stop, stride)


def _of_one_value(leaves: Leaves, place: int, behind: range, sign: int) -> range:
    """Return those that a number or an address that begins at `place` may take up.

    What begins with a plus sign is another number, and none but an IBAN goes on in letters. Read with what stands
    behind its end a number is none.
    """
    if sign & Sign.ADDRESS:
        return _up_to_another(leaves, behind)
    room = missing(leaves.values[place].text) if sign & Sign.BANK else 0
    room = room if room > 0 else _LONGEST
    stop = behind.start
    for at in behind:
        head = leaves.heads[at]
        if head.startswith("+") or (sign & Sign.NUMBER and head[:1].isalpha()):
            break
        if head:
            stop = at + behind.step
            room -= leaves.size(at)
            if room <= 0:
                break
    return range(behind.start, stop, behind.step)


def _up_to_another(leaves: Leaves, behind: range) -> range:
    """Return those before the next that holds an at sign."""
    stop = next((at for at in behind if "@" in leaves.heads[at]), behind.stop)
    return range(behind.start, stop, behind.step)


def _may_follow(leaves: Leaves, at: int, stride: int, sign: int) -> bool:
    """Tell whether a value may go on in the leaf at a place from the one so far before it."""
    keyed = sign == Sign.KEYED
    return leaves.is_next(at, stride) and not (keyed and not same_label(leaves.values[at - stride], leaves.values[at]))


def _row(leaves: Leaves, place: int, is_one: Callable[[str], bool]) -> tuple[int, int]:
    """Return where the row of leaves that are `is_one` around `place` begins and ends."""
    values = leaves.values
    first = place
    while first and is_one(values[first - 1].text) and leaves.is_next(first, 1):
        first -= 1
    stop = place + 1
    while stop < len(values) and is_one(values[stop].text) and leaves.is_next(stop, 1):
        stop += 1
    return first, stop


def _is_short(text: str) -> bool:
    return len(text) <= FEW


def _long(leaves: Leaves, place: int, reached: Mapping[int, set[int]]) -> Iterator[Seam]:
    """Yield what a long secret that begins at `place` is together with the leaves that it goes on in.

    Args:
        leaves: all leaves.
        place: of the first one.
        reached: the leaves that were read as what goes on, by stride; these are added.
    """
    values = leaves.values
    for stride in STRIDES:
        row = [values[place]]
        for leaf in continued(values, place, stride) if place not in reached[stride] else ():
            if not leaves.is_next(place + len(row) * stride, stride):
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


def _spelled(leaves: Leaves, first: int, stop: int) -> Iterator[_Row]:
    """Yield rows of the short leaves from `first` to before `stop`, overlapping."""
    values = leaves.values
    preface = values[first - 1].text if first else ""
    width = 0
    for at in range(first, stop):
        width += len(values[at].text)
        if width >= WIDTH:
            yield values[first], range(first + 1, at + 1), preface
            first += (at + 1 - first) // 2
            width = sum(len(leaf.text) for leaf in values[first : at + 1])
            preface = ""
    if stop - first > 1:
        yield values[first], range(first + 1, stop), preface


def _joined(leaves: Leaves, row: _Row, sign: int) -> Joint | None:
    """Put the end of the first leaf and the beginnings of the others together; None if nothing can be found there."""
    leaf, others, preface = row
    last = leaves.heads[others[-1]]
    if not last:
        return None
    before = preface[-EDGE:] + " " if preface else ""
    first = len(before)
    start = before + end_of(leaf)
    inner = leaves.inner[others.start : others[-1] : others.step]
    text = "".join((start, *inner, last)) if inner else start + last
    if not sign & ~(_BEGUN | Sign.COMES_ON) and _TELLS.search(text) is None:
        return None
    if not sign & (Sign.SPELLS | Sign.ASSIGNED):
        held = _may_hold(text, first, (max(first, len(start) - _NEAR), len(text) - len(last)), sign)
        if not (_has_token(text, begins_of(leaves, leaf, others, first)) if held is None else held):
            return None
    context = leaves.context(leaf, others)
    if sign & Sign.SPELLS and not _may_spell(text, first, context):
        return None
    return Joint(text, context, leaves, leaf, others, first, bool(sign & Sign.ASSIGNED))


def _may_spell(text: str, first: int, context: Sequence[str]) -> bool:
    """Tell, cheaply, whether something may be found in a row of short leaves, from `first` on."""
    if ("@" in text and "." in text) or "+" in text or SHAPES.search(text) is not None:
        return True
    if _SOME_DIGITS.match(text, first) and any(map(is_labelled, (text, *context))):
        return True
    return _DIGITS.search(text, first) is not None and START.search(text) is not None


def _may_hold(text: str, first: int, near: tuple[int, int], sign: int) -> bool | None:
    """Tell, cheaply, whether something may be found over the seams of leaves; None: if a token goes over one.

    Args:
        text: what they are put together.
        first: where the first of them begins in it.
        near: where its part near seams begins, and where the last leaf does.
        sign: what the leaf showed.
    """
    some = _SOME_DIGITS.match(text, first) is not None
    if sign & (Sign.LABELLED | Sign.KEYED) and some:
        return True
    if "@" in text:
        return "." in text or "://" in text
    if sign in _NUMBERS:
        return some and ("+" in text or (_BANK if sign == Sign.BANK else SHAPES).search(text) is not None)
    if some:
        begin, last = near
        around = text[begin : last + _NEAR]
        # A number that begins with a plus sign does so before the last leaf.
        if (
            text.find("+", begin, last) >= 0
            or ("-" in around and SHAPES.search(around) is not None)
            or _BANK.search(around) is not None
        ):
            return True
    elif _DIGITS.search(text, first) is None:
        return False
    return None if len(text) >= _TOKEN_SIZE else False


def _has_token(text: str, places: Sequence[int]) -> bool:
    """Tell whether a token goes over a seam that is long enough for a key."""
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        at = bisect_right(places, start, 1)
        if at < len(places) and places[at] < end and START.search(token.group()) is not None:
            return True
    return False
