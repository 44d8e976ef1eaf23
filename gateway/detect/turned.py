"""Texts that are written backwards from end to end, or in ROT13: told by frequent words, which are no words then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.detect.views import View, plain

__all__ = ["BACKWARDS", "IN_ROT13", "may_be_turned", "turned"]

_FREQUENT: Final = """
    the and with that this have for from was und nicht eine mit der que del por est les une
""".split()  # noqa: SIM905 - a table
_WORDS_BOTH_WAYS: Final = frozenset({"and", "was", "der", "les", "mit", "del"})
_ROTATED: Final = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM"
)
BACKWARDS: Final = tuple(word[::-1] for word in _FREQUENT if word not in _WORDS_BOTH_WAYS)
IN_ROT13: Final = tuple(word.translate(_ROTATED) for word in _FREQUENT)
_SIGNS: Final = 2
"""So many different ones tell it."""


def turned(text: str) -> Iterator[View]:
    """Yield a text turned round, if it is written backwards, and as it reads, if it is in ROT13."""
    if _told(text, BACKWARDS):
        yield plain(text).backwards()
    if _told(text, IN_ROT13):
        as_it_is = plain(text)
        yield View(text.translate(_ROTATED), as_it_is.starts, as_it_is.ends)


def may_be_turned(text: str) -> bool:
    """Tell whether a text may be a piece of one that is written backwards or in ROT13."""
    return any(f" {word} " in text for word in (*BACKWARDS, *IN_ROT13))


def _told(text: str, words: tuple[str, ...]) -> bool:
    return sum(f" {word} " in text for word in words) >= _SIGNS
