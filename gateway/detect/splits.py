"""Values split over neighbouring leaves: parts of a message, turns, elements of an array, members of an object.

A number cut in two passes any detector that reads leaf by leaf. Two ways of splitting are put together again:

* *siblings*: all leaves of one array or object are pieces of digits, which together make a card number;
* *neighbours*: the last number of a leaf and the first of one of the next few make a card number, and one of them
  speaks of cards; or a leaf ends in the start of an IBAN that the next leaf completes.

This stands beside `seams`, which reads leaves that are put together as texts, because digits alone show no recogniser
where a number begins: siblings under a key that says nothing of cards, and pieces grouped in a way of their own. Of
20,000 generated requests with a card or an IBAN in pieces, `seams` without this misses a tenth of the cards (a third
of those in arrays and objects) and 0.7 % of the IBANs that this finds, and finds many others that this does not.

Each piece becomes a finding in its own leaf. A random pair of numbers passes the mod-10 check once in ten times, so
without such a sign nothing is put together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from gateway.core.model import VALUE, Finding, Segment
from gateway.detect.checksums import SHORTEST_IBAN, card, iban, iban_length

__all__ = ["Border", "borders", "split_over"]

_NAME: Final = "split-value"
_SCORE: Final = 0.9
_REACH: Final = 3
"""A number may go on in one of so many leaves behind: an answer may stand between."""
_EDGE: Final = 120
"""Characters at the end and the start of a leaf in which a piece is looked for."""
_MIN_CARD: Final = 13
_MAX_CARD: Final = 19
_MIN_PIECE: Final = 2

_DIGIT: Final = re.compile(r"\d")
_PIECE: Final = re.compile(r"\s*\d[\d \-.,/]{0,30}\s*\Z")
_NUMBER: Final = re.compile(r"(?<![\w.])\d(?:[ -]?\d){1,17}(?!\w)")
_MOST_DIGITS: Final = 18
"""In a number."""
_ALL_DIGITS: Final = 31
"""In a piece."""
_CARD: Final = re.compile(
    r"(?<![^\W_])(?:card|credit|debit|visa|mastercard|amex|maestro|kreditkarte\w*|karten?\w*|carte|tarjeta|carta|cartão|karta)",
    re.IGNORECASE,
)
_IBAN_START: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){0,28}[ -]?\Z")
_IBAN_REST: Final = re.compile(r"\A[ -]?[A-Za-z0-9](?:[ -]?[A-Za-z0-9]){0,28}(?![A-Za-z0-9])")

_border: Callable[[str, int], tuple[int, int, bool, bool] | None] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _leaves

    _border = _leaves.border


class Border(NamedTuple):
    """What a leaf has at its ends that may be a piece of something: sizes and signs, no text.

    Attributes:
        at: the leaf's number among its segments.
        place: of the leaf among the values.
        first: digits of the number in its first characters; 0 when there is none.
        last: digits of the last number in its last characters.
        piece: it is nothing but digits and what separates them.
        opens: it ends as an IBAN begins.
    """

    at: int
    place: int
    first: int
    last: int
    piece: bool
    opens: bool


def borders(segments: Sequence[Segment]) -> tuple[int, tuple[Border, ...]]:
    """Return how many values `segments` have, and the borders of those that may be pieces."""
    place = 0
    found: list[Border] = []
    for index, segment in enumerate(segments):
        if segment.kind is not VALUE or not segment.text:
            continue
        known = None if _border is None else _border(segment.text, _EDGE)
        first, last, piece, opens = _border_of(segment) if known is None else known
        if first or last or piece or opens:
            found.append(Border(index, place, first, last, piece, opens))
        place += 1
    return place, tuple(found)


def _border_of(segment: Segment) -> tuple[int, int, bool, bool]:
    """Return what `Border` says of a leaf: `first`, `last`, `piece` and `opens`."""
    text = segment.text
    if text.isdecimal() and len(text) <= _ALL_DIGITS:
        size = len(text) if _MIN_PIECE <= len(text) <= _MOST_DIGITS else 0
        return size, size, True, False
    low = max(len(text) - _EDGE, 0)
    ends_in_digits = _DIGIT.search(text, low) is not None
    first = last = 0
    piece = False
    span = None
    if _DIGIT.search(text, 0, _EDGE) if low else ends_in_digits:
        span = _first(text)
        first = _size(text, span)
        piece = low == 0 and text.strip()[:1].isdecimal() and _is_piece(segment)
    if ends_in_digits:
        # Of most short leaves the first number is the last: none is as short as what is left behind it.
        alone = low == 0 and (span is None or len(text) - span[1] < _MIN_PIECE)
        last = first if alone else _size(text, _last(text))
    return first, last, piece, ends_in_digits and _IBAN_START.search(text, low) is not None


def _size(text: str, span: tuple[int, int] | None) -> int:
    if span is None:
        return 0
    number = text[slice(*span)]
    return len(number) if number.isdecimal() else sum(map(str.isdecimal, number))


def split_over(parts: Sequence[Sequence[Segment]], leaves: Sequence[tuple[int, Sequence[Border]]]) -> Iterator[Finding]:
    """Yield a finding for each piece of a value that is split over several leaves.

    Args:
        parts: all segments, in order, in parts.
        leaves: what `borders` says of each part.
    """
    known: list[tuple[int, Border, Segment]] = []
    begin = 0
    for segments, (count, its) in zip(parts, leaves, strict=True):
        if its:
            known += [(begin + border.place, border, segments[border.at]) for border in its]
        begin += count
    # Alone can only be the beginning of an IBAN, which goes on in any leaf.
    if not known or begin < 2 or (len(known) == 1 and not known[0][1].opens):  # noqa: PLR2004 - "several"
        return
    yield from _siblings(known, parts)
    yield from _neighbours(known)
    opening = [place for place, border, _ in known if border.opens]
    if opening:
        yield from _ibans(opening, _values(parts))


def _siblings(known: Sequence[tuple[int, Border, Segment]], parts: Sequence[Sequence[Segment]]) -> Iterator[Finding]:
    pieces = [(place, leaf) for place, border, leaf in known if border.piece]
    if len(pieces) < 2:  # noqa: PLR2004 - no siblings
        return
    near = {parent for (_, one), (_, other) in pairwise(pieces) if (parent := _parent(one)) == _parent(other)}
    if not near:
        return
    for _, group in groupby(_values(parts), key=_parent):
        family = [leaf for leaf in group if not leaf.text.isspace()]  # what is blank parts no digits
        if 1 < len(family) <= _MAX_CARD and _parent(family[0]) in near and all(map(_is_piece, family)):
            digits = _digits("".join(leaf.text for leaf in family))
            if _MIN_CARD <= len(digits) <= _MAX_CARD and card(digits) is not False:
                for leaf in family:
                    yield _finding(leaf, "CREDIT_CARD", 0, len(leaf.text))


def _values(parts: Sequence[Sequence[Segment]]) -> list[Segment]:
    return [leaf for segments in parts for leaf in segments if leaf.kind is VALUE and leaf.text]


def _parent(leaf: Segment) -> str:
    return leaf.path.rpartition("/")[0]


def _is_piece(leaf: Segment) -> bool:
    return len(leaf.text) <= _EDGE and _PIECE.match(leaf.text) is not None


def _neighbours(known: Sequence[tuple[int, Border, Segment]]) -> Iterator[Finding]:
    spoken: dict[int, bool] = {}

    def speaks_of_cards(place: int, leaf: Segment) -> bool:
        if place not in spoken:
            spoken[place] = any(_CARD.search(text) for text in (leaf.text, *leaf.context))
        return spoken[place]

    for index, (place, border, leaf) in enumerate(known):
        for other_place, next_, other in known[index + 1 : index + 1 + _REACH] if border.last else ():
            if other_place - place > _REACH:
                break
            if not (next_.first and _MIN_CARD <= border.last + next_.first <= _MAX_CARD):
                continue
            # Of short leaves most rules out that none speaks of a card, of long ones that the digits are none.
            short = len(leaf.text) <= _EDGE and len(other.text) <= _EDGE
            if short and not (speaks_of_cards(place, leaf) or speaks_of_cards(other_place, other)):
                continue
            last, first = _last(leaf.text), _first(other.text)
            if last is None or first is None:
                continue
            if card(_digits(leaf.text[slice(*last)]) + _digits(other.text[slice(*first)])) is False:
                continue
            if speaks_of_cards(place, leaf) or speaks_of_cards(other_place, other):
                yield _finding(leaf, "CREDIT_CARD", *last)
                yield _finding(other, "CREDIT_CARD", *first)


def _first(text: str) -> tuple[int, int] | None:
    match = _NUMBER.search(text, 0, _EDGE)
    return match.span() if match and match.end() - match.start() >= _MIN_PIECE else None


def _last(text: str) -> tuple[int, int] | None:
    last = None
    for last in _NUMBER.finditer(text, max(len(text) - _EDGE, 0)):  # noqa: B007 - the last one counts
        pass
    return last.span() if last else None


def _ibans(opening: Sequence[int], values: Sequence[Segment]) -> Iterator[Finding]:
    for place in opening:
        if place + 1 == len(values):
            continue
        leaf, other = values[place], values[place + 1]
        if len(leaf.text) + len(other.text) < SHORTEST_IBAN:
            continue
        start = _IBAN_START.search(leaf.text, max(len(leaf.text) - _EDGE, 0))
        if start is None:
            continue
        # What completes it may have words behind it: the country's length decides.
        begun = start.group()
        missing = iban_length(begun) - len(begun) + begun.count(" ") + begun.count("-")
        rest = _IBAN_REST.match(other.text[:_EDGE]) if 0 < missing <= len(other.text) else None
        if rest is None:
            continue
        ends = [at + 1 for at in range(rest.end()) if other.text[at].isalnum()]
        if missing <= len(ends) and iban(begun + other.text[: ends[missing - 1]]):
            yield _finding(leaf, "IBAN_CODE", *start.span())
            yield _finding(other, "IBAN_CODE", 0, ends[missing - 1])


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())


def _finding(leaf: Segment, entity_type: str, start: int, end: int) -> Finding:
    return Finding(leaf.path, entity_type, start, end, _SCORE, _NAME)
