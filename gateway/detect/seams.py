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
* it is one of many leaves of a few characters each;
* it is a number that its keys name as a part of something (`parts`): these are put in order, and not in others.

Leaves follow one another in the order of the document; a turn of somebody else or the name of a tool may stand between
(`STRIDES`), and behind a key comes its value. What is put together is `WIDTH` characters wide at most, so that time
is linear in the number of leaves. A number or an address that begins there is read as far as it may go on, too: an
IBAN as far as its country's length, a phone number or an SSN before the next letters or plus sign, an address before
the next at sign. With what stands behind its end a number is none.

Leaves that follow one another and all begin as a key does (`AC1001`, `AC1002`) or as an IBAN does are items of a list:
of the characters of one value no five runs in a row begin like that. Not all that is put together is read (`joining`),
and what a document may have read is bounded (`room`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, chain, repeat
from typing import Final

from gateway.core.model import KEY, VALUE, Segment
from gateway.detect.beginnings import BEGUN, EDGE, FEW, NUMBERS, End, Sign, is_piece, missing, same_label
from gateway.detect.joining import is_partly_spaced, joined, may_spell, written
from gateway.detect.joints import Joint, Seam
from gateway.detect.labelled import Columns, Named, leads_to
from gateway.detect.manifests import held_by
from gateway.detect.neighbours import FEW_BEFORE, MOST, STRIDES, WIDTH, Leaves
from gateway.detect.parts import Parts, put_together
from gateway.detect.room import Room
from gateway.detect.unfinished import begins_at, continued, is_word, overlapping

__all__ = ["ITEMS", "seams"]

_FEW_BEHIND: Final = 3
ITEMS: Final = 5
"""So many leaves behind one that begins as they do are items."""
_MAX_DIGITS: Final = 24
_ALONE: Final = (*NUMBERS, Sign.ADDRESS)
_BOUNDED: Final = Sign.NUMBER | Sign.BANK | Sign.ADDRESS
_LONGEST: Final = 30
"""Letters and digits of a number behind the leaf in which it begins: an IBAN, the longest, has 34, of which four
stand there."""
_LAPPING: Final = WIDTH // 2
_ROW: Final = 2 * WIDTH
"""Characters of a row of leaves of a few characters each: the wider, the less is read twice."""
_BY_ITSELF: Final = BEGUN | Sign.SPELLS
_ON_ITS_KEY: Final = Sign.KEYED | Sign.LABELLED | Sign.COMES_ON
_WHOLES: Final = (Sign.PART, Sign.KIND)
_Row = tuple[Segment, range, str]
"""Leaves to put together: the first, the places of the others, and the text before them that names what they are."""


def seams(
    parts: Sequence[Sequence[Segment]], shown: Sequence[tuple[int, Sequence[End]]]
) -> list[Joint | Seam | Named | Parts]:
    """Return what is to be read over the seams of leaves.

    Args:
        parts: all segments, in order, in parts.
        shown: what `ends` says of each part.

    Raises:
        DetectionError: if more would be to be read than the document's size lets.
    """
    values = [leaf for part in parts for leaf in part if leaf.kind is VALUE and leaf.text]
    made: dict[tuple[str, str, str, bool], Joint | Seam] = {}
    more: list[Seam | Named | Parts] = []
    reached: dict[int, set[int]] = {stride: set() for stride in STRIDES}
    leaves = Leaves(values)
    columns = Columns(values)
    room = Room(parts)
    claimed: set[str] = set()
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
            if end.sign in _WHOLES:
                more += _told(values, place, end.sign, claimed)
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
                more += _written(leaves, first, spelt, room)
            for row in rows:
                leaf, others, _ = row
                for seam in _readings(leaves, row, end.sign):
                    room.take(len(others), seam)
                    if seam is not None:
                        made.setdefault((seam.text, leaf.path, values[others[-1]].path, seam.assigned), seam)
        begin += count
    return [*made.values(), *more]


def _readings(leaves: Leaves, row: _Row, sign: int) -> Iterator[Joint | Seam | None]:
    """Yield what there is to read in a row: without the white space at its seams, and as it is written."""
    yield joined(leaves, *row, sign)
    if leaves.spaced and not sign & Sign.SPELLS and (whole := written(leaves, *row, sign)) is not None:
        yield whole


def _told(values: Sequence[Segment], place: int, sign: int, claimed: set[str]) -> Iterator[Parts]:
    """Yield what the names around the leaf at `place` tell to be a value; `claimed`: leaves that are parts of one."""
    if sign == Sign.KIND:
        yield from held_by(values, place)
    elif values[place].path not in claimed and (whole := put_together(values, place)) is not None:
        claimed.update(leaf.path for leaf in whole.leaves)
        yield whole


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
            sign & ~BEGUN or len(behind) < ITEMS or not leaves.are_items(place, stride, ITEMS)
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
            if size or sign & ~BEGUN:
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
    preface = _preface(leaves, first)
    for low, high in _lapping(leaves.inner[first:stop]):  # white space is no part of what is put together
        yield leaves.values[first + low], range(first + low + 1, first + high), preface
        preface = ""


def _written(leaves: Leaves, first: int, stop: int, room: Room) -> Iterator[Seam]:
    """Yield the rows of short leaves as they are written, where some are parted by white space and others not.

    Without it what stands before a value runs into it: `["u", "s", "e", " ", "g", "h", "p", "_", …]`.
    """
    texts = [leaf.text for leaf in leaves.values[first:stop]]
    if texts == leaves.inner[first:stop]:
        return
    before = _preface(leaves, first)[-EDGE:]
    for low, high in _lapping(texts):
        preface, before = before + " " if before else "", ""
        if not is_partly_spaced(texts[low:high]):  # words and cells of their own; or what is read already
            continue
        text = "".join((preface, *texts[low:high]))
        row = leaves.values[first + low : first + high]
        context = leaves.context(row[0], range(first + low + 1, first + high))
        if may_spell(text, len(preface), context):
            begins = accumulate(map(len, texts[low : high - 1]), initial=len(preface))
            seam = Seam(text, context, tuple(row), tuple(begins), (0,) * len(row))
            room.take(len(row), seam)
            yield seam


def _preface(leaves: Leaves, first: int) -> str:
    return leaves.values[first - 1].text if first else ""


def _lapping(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield where rows of short texts begin and end; what is `_LAPPING` wide is whole in one of them."""
    first = width = 0
    for at, text in enumerate(texts):
        width += len(text)
        if width >= _ROW:
            yield first, at + 1
            while width - len(texts[first]) >= _LAPPING:
                width -= len(texts[first])
                first += 1
    if len(texts) - first > 1:
        yield first, len(texts)
