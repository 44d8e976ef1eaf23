"""Values split over neighbouring leaves: parts of a message, turns, elements of an array, members of an object.

A number cut in two passes any detector that reads leaf by leaf. Two ways of splitting are put together again:

* *siblings*: all leaves of one array or object are pieces of digits, which together make a card number;
* *neighbours*: the last number of a leaf and the first of one of the next few make a card number, and one of them
  speaks of cards; or a leaf ends in the start of an IBAN that the next leaf completes.

Each piece becomes a finding in its own leaf. A random pair of numbers passes the mod-10 check once in ten times, so
without such a sign nothing is put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final

from gateway.core.model import Finding, Segment, SegmentKind
from gateway.detect.checksums import card, iban

__all__ = ["split_values"]

_NAME: Final = "split-value"
_SCORE: Final = 0.9
_REACH: Final = 3
"""A number may go on in one of so many leaves behind: an answer may stand between."""
_EDGE: Final = 120
"""Characters at the end and the start of a leaf in which a piece is looked for."""
_MIN_CARD: Final = 13
_MAX_CARD: Final = 19
_MIN_PIECE: Final = 2

_PIECE: Final = re.compile(r"\s*\d[\d \-.,/]{0,30}\s*\Z")
_NUMBER: Final = re.compile(r"(?<![\w.])\d(?:[ -]?\d){1,17}(?!\w)")
_CARD: Final = re.compile(
    r"(?<![^\W_])(?:card|credit|debit|visa|mastercard|amex|maestro|kreditkarte\w*|karten?\w*|carte|tarjeta|carta|cartão|karta)",
    re.IGNORECASE,
)
_IBAN_START: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){0,28}[ -]?\Z")
_IBAN_REST: Final = re.compile(r"\A[ -]?[A-Za-z0-9](?:[ -]?[A-Za-z0-9]){0,28}(?![A-Za-z0-9])")


def split_values(segments: Sequence[Segment]) -> Iterator[Finding]:
    """Yield a finding for each piece of a value that is split over several of `segments`, which are in order."""
    leaves = [segment for segment in segments if segment.kind is SegmentKind.VALUE and segment.text]
    if len(leaves) > 1:
        yield from _siblings(leaves)
        yield from _neighbours(leaves)
        yield from _ibans(leaves)


def _siblings(leaves: Sequence[Segment]) -> Iterator[Finding]:
    for _, group in groupby(leaves, key=lambda leaf: leaf.path.rpartition("/")[0]):
        family = list(group)
        if 1 < len(family) <= _MAX_CARD and all(map(_is_piece, family)):
            digits = _digits("".join(leaf.text for leaf in family))
            if _MIN_CARD <= len(digits) <= _MAX_CARD and card(digits) is not False:
                for leaf in family:
                    yield _finding(leaf, "CREDIT_CARD", 0, len(leaf.text))


def _is_piece(leaf: Segment) -> bool:
    return len(leaf.text) <= _EDGE and _PIECE.match(leaf.text) is not None


def _neighbours(leaves: Sequence[Segment]) -> Iterator[Finding]:
    numbered = [(place, leaf, _first(leaf.text), _last(leaf.text)) for place, leaf in enumerate(leaves)]
    numbered = [entry for entry in numbered if entry[2] is not None]
    for index, (place, leaf, _, last) in enumerate(numbered):
        for other_place, other, first, _ in numbered[index + 1 : index + 1 + _REACH]:
            if last is None or first is None or other_place - place > _REACH:
                break
            digits = _digits(leaf.text[slice(*last)]) + _digits(other.text[slice(*first)])
            if not _MIN_CARD <= len(digits) <= _MAX_CARD or card(digits) is False:
                continue
            if any(_CARD.search(text) for part in (leaf, other) for text in (part.text, *part.context)):
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


def _ibans(leaves: Sequence[Segment]) -> Iterator[Finding]:
    for leaf, other in pairwise(leaves):
        low = max(len(leaf.text) - _EDGE, 0)
        start = _IBAN_START.search(leaf.text, low)
        rest = _IBAN_REST.search(other.text[:_EDGE]) if start else None
        if start and rest:
            # What completes it may have words behind it: the country's length decides.
            for end in range(rest.end(), 0, -1):
                if other.text[end - 1].isalnum() and iban(start.group() + other.text[:end]):
                    yield _finding(leaf, "IBAN_CODE", *start.span())
                    yield _finding(other, "IBAN_CODE", 0, end)
                    break


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())


def _finding(leaf: Segment, entity_type: str, start: int, end: int) -> Finding:
    return Finding(leaf.path, entity_type, start, end, _SCORE, _NAME)
