"""Characters that stand for others: compatibility forms, invisible ones, look-alikes, digits of any script.

Each character is judged alone (and once, the answer is kept: characters are not private), except look-alikes of
letters, which count only in a word that also has ASCII letters or digits: Russian is not a disguise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from gateway.detect.confusables import LOOKALIKES
from gateway.detect.oddities import learn
from gateway.detect.views import Edit

__all__ = ["fold_edits", "is_folded"]

_TAGS: Final = range(0xE0020, 0xE007F)
_CONTROLS: Final = bytes((*range(9), *range(14, 32), 127))
_NO_CONTROLS: Final = bytes(byte for byte in range(256) if byte not in _CONTROLS)
_ODD: Final = re.compile(r"[^\t-\r\x20-\x7e]")
_MIXED: Final = re.compile(r"(?<![^\s\x00-\x2f:;<=>?])[^\s\x00-\x2f:;<=>?]*[^\x00-\x7f][^\s\x00-\x2f:;<=>?]*")
_ASCII_WORD: Final = re.compile(r"[0-9A-Za-z]")
_IDEOGRAPHS: Final = {character: str(digit) for digit, character in enumerate("〇一二三四五六七八九")} | {
    character: str(digit)
    for characters in ("零壱弐参肆伍陸漆捌玖", "零壹贰叁肆伍陆柒捌玖", "零壹貳參肆伍陸柒捌玖")
    for digit, character in enumerate(characters)
}
_IDEOGRAPH: Final = f"[{''.join(_IDEOGRAPHS)}]"
_IDEOGRAPH_RUN: Final = re.compile(f"{_IDEOGRAPH}(?:[-. ]?{_IDEOGRAPH}){{6,63}}")
"""Chinese digits, one after the other: a number, not words."""
_BLANKS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters that show nothing (Unicode's Default_Ignorable_Code_Point), and Braille's blank."""
_MAX_DIGIT: Final = 9
_TYPOGRAPHY: Final = frozenset(
    "\u00a0\u202f\u2009\u2010\u2011\u2012\u2013\u2014\u2015\u2026\u2122\u00aa\u00ba\u00bd\u00bc\u00be"
)
"""Usual in print: folded with the rest, but no reason to look twice."""


def is_folded(text: str) -> bool:
    """Tell, cheaply, whether `fold_edits` would change nothing that matters."""
    if text.encode("utf-8", "surrogatepass").translate(None, _NO_CONTROLS):
        return False
    if text.isascii():
        return True
    if _IDEOGRAPH_RUN.search(text):
        return False
    odd = {character for character in set(text) if not character.isascii()}
    plain = {character for character in odd if _is_plain(character)}
    learn(plain.difference(_IDEOGRAPHS))  # what alone says nothing
    return len(plain) == len(odd)


def _is_plain(character: str) -> bool:
    return (_reading(character) is None or character in _TYPOGRAPHY) and character not in LOOKALIKES


def fold_edits(text: str) -> Iterator[Edit]:
    """Yield what to change so that each character reads as the ASCII one it stands for."""
    mixed = _mixed_places(text)
    runs = {place for match in _IDEOGRAPH_RUN.finditer(text) for place in range(*match.span())}
    for match in _ODD.finditer(text):
        start, character = match.start(), match.group()
        reading = _reading(character)
        if reading is None and start in mixed:
            reading = LOOKALIKES.get(character)
        if start in runs and character in _IDEOGRAPHS:
            reading = _IDEOGRAPHS[character]
        if reading is not None:
            yield Edit(start, start + 1, reading)


def _mixed_places(text: str) -> frozenset[int]:
    """Return the places of look-alikes in words that are partly ASCII."""
    places: set[int] = set()
    for match in _MIXED.finditer(text):
        word = match.group()
        if _ASCII_WORD.search(word):
            start = match.start()
            places.update(start + place for place, character in enumerate(word) if character in LOOKALIKES)
    return frozenset(places)


@lru_cache(maxsize=8192)
def _reading(character: str) -> str | None:
    """Return what a character outside of printable ASCII stands for; None for itself."""
    if ord(character) in _TAGS:
        return chr(ord(character) - 0xE0000)
    kind = unicodedata.category(character)
    if kind in ("Cc", "Cf", "Mn", "Me") or character in _BLANKS:
        return ""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    resolved = unicodedata.normalize("NFKC", character)
    if resolved != character and resolved.isascii():
        return resolved
    value = unicodedata.numeric(character, -1.0) if kind in ("No", "Nl") else -1.0
    if value.is_integer() and 0 <= value <= _MAX_DIGIT:
        return str(int(value))
    return "-" if kind == "Pd" else None
