"""Texts that are written backwards from end to end, or in ROT13: told by frequent words, which are no words then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.detect.views import View, plain

__all__ = ["BACKWARDS", "IN_ROT13", "STANDING", "may_be_turned", "turned"]

_FREQUENT: Final = """
    the and with that this have for from was und nicht eine mit der que del por est les une
""".split()  # noqa: SIM905 - a table
_WORDS_BOTH_WAYS: Final = frozenset({"and", "was", "der", "les", "mit", "del"})
_ROTATED: Final = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM"
)
BACKWARDS: Final = tuple(word[::-1] for word in _FREQUENT if word not in _WORDS_BOTH_WAYS)
IN_ROT13: Final = tuple(word.translate(_ROTATED) for word in _FREQUENT)
_STANDING_BACKWARDS: Final = tuple(f" {word} " for word in BACKWARDS)
_STANDING_IN_ROT13: Final = tuple(f" {word} " for word in IN_ROT13)
STANDING: Final = (*_STANDING_BACKWARDS, *_STANDING_IN_ROT13)
"""All of these words between blanks."""
_SIGNS: Final = 2
"""So many different ones tell it."""


def turned(text: str) -> Iterator[View]:
    """Yield a text turned round, if it is written backwards, and as it reads, if it is in ROT13."""
    if _told(text, _STANDING_BACKWARDS):
        yield plain(text).backwards()
    if _told(text, _STANDING_IN_ROT13):
        as_it_is = plain(text)
        yield View(text.translate(_ROTATED), as_it_is.starts, as_it_is.ends)


def may_be_turned(text: str) -> bool:
    """Tell whether a text may be a piece of one that is written backwards or in ROT13."""
    return any(map(text.__contains__, STANDING))


def _told(text: str, words: tuple[str, ...]) -> bool:
    return sum(map(text.__contains__, words)) >= _SIGNS
