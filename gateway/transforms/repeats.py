"""Finds again, in all texts of a request, the values that were found once.

A recognizer often needs the words around a value: `password: hunter22` is found, and the same `hunter22` three messages
later is not. An obligation is about the value, not about one place, so every exact repeat is transformed as well. It
also keeps the model from seeing one person under two names.

Only whole words of the same spelling count, and only values of 5 characters or more: short ones are too often something
else. Linear: texts are searched for the first words of values, and for each the lengths of the values that start with
it are tried, of which at most 16 are kept.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate
from typing import Final

from gateway.core.model import Finding, Segment
from gateway.transforms.replayed import Unsettled, first_word

__all__ = ["repeats"]

_SHAPES: Final = 16
_FEW: Final = 64
_WORD: Final = re.compile(r"\w+")


class _Values:
    """The values that have one first word: where it stands in them, how long they are, and as what they were found."""

    __slots__ = ("shapes", "types")

    def __init__(self) -> None:
        self.shapes: set[tuple[int, int]] = set()
        self.types: dict[str, str] = {}


def repeats(
    segments: Iterable[Segment], found: Iterable[tuple[str, str]], *, all_of: bool = False
) -> Iterator[Finding]:
    """Yield a finding for each place in `segments` that holds a value of `found`, pairs of value and entity type.

    The places where the values were found are among them. The score is 0, so that what a recognizer said weighs more.

    Args:
        segments: where to look.
        found: what for.
        all_of: whether no value may be left out for there being too many lengths with one first word.

    Raises:
        Unsettled: if one would be.
    """
    index: dict[str, _Values] = {}
    for value, entity_type in found:
        start, end = first_word(value)
        if end:
            values = index.setdefault(value[start:end], _Values())
            shape = (start, len(value))
            if shape in values.shapes or len(values.shapes) < _SHAPES:
                values.shapes.add(shape)
                values.types.setdefault(value, entity_type)
    if all_of and any(len(values.shapes) >= _SHAPES for values in index.values()):
        raise Unsettled
    if not index:
        return
    # In one text, for most are short. A line break is in no word, so that none goes over from one to the next.
    places = list(segments)
    behind = list(accumulate(len(segment.text) + 1 for segment in places))
    for start, word in _words_of("\n".join([segment.text for segment in places]), index):
        place = bisect_right(behind, start)
        yield from _at(places[place], start - (behind[place - 1] if place else 0), index[word])


def _words_of(text: str, wanted: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield where words of `text` stand that are wanted, in order; looking for a few is faster than reading all."""
    if len(wanted) <= _FEW:
        yield from sorted((start, word) for word in wanted for start in _whole(text, word))
    else:
        yield from ((match.start(), match[0]) for match in _WORD.finditer(text) if match[0] in wanted)


def _whole(text: str, word: str) -> Iterator[int]:
    """Yield where `word` stands in `text` and no word goes on before or behind it."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (start and _is_word(text[start - 1])) and not _is_word(text[end : end + 1]):
            yield start
        start = text.find(word, end)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _at(segment: Segment, word: int, values: _Values) -> Iterator[Finding]:
    """Yield what of `values` stands in `segment` with its first word at `word`."""
    text = segment.text
    for lead, length in values.shapes:
        start, end = word - lead, word - lead + length
        value = text[start:end] if start >= 0 and end <= len(text) else ""
        entity_type = values.types.get(value)
        if entity_type is not None and not (value[-1].isalnum() and text[end : end + 1].isalnum()):
            yield Finding(segment.path, entity_type, start, end, 0.0, "repeat")
