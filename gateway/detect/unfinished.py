"""Secrets too long for a seam, or made of whole words, that go on from leaf to leaf.

`seams` puts some dozen characters on either side of a seam together. That is too little for a private key in armour
whose lines are elements of a list (a file as editors and notebooks send it), for a signed token of some hundred
characters cut in its middle, for a text in base64 cut where its digits come to no byte, and for a seed phrase with an
element for each word. Here is told where such a thing begins, and which leaves it goes on in; what they hold together
is read like any seam.

A leaf in which another one begins is no continuation, and what goes on begins nothing (`seams` sees to it): so each
leaf is read at most once for each stride.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.core.model import Segment
from gateway.detect.prefixes import START

__all__ = ["WORDS", "begins_at", "continued", "is_word", "overlapping"]

WORDS: Final = 12
"""So many leaves of a word each, one after the other, may be a seed phrase."""
_MIN_WORD: Final = 3
_MAX_WORD: Final = 8
_PART: Final = 4 * WORDS
_STEP: Final = 2 * WORDS
_ARMOUR: Final = "-----B"
_END: Final = "-----END"
_MAX_ARMOUR: Final = 32_768
_ARMOURED: Final = re.compile(
    r"(?:[A-Za-z0-9+/=\s\"'`,;.|>\\#*-]|(?:Proc-Type|DEK-Info|Version|Comment):[^\n]{0,120}){1,32768}+"
)
"""What a key in armour is made of, with its marks, and with what stands around its lines in source code."""
_EDGE: Final = 48
"""What is shorter is the business of `seams`, or tells too little."""
_MAX_TOKEN: Final = 4_096
_BACKWARDS: Final = re.compile(r"={0,2}[\w.~+/|$-]{48,4096}+(?![\w.~+/|$-])", re.ASCII)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+|[\w-]+", re.ASCII)
_MIXED: Final = re.compile(r"(?=[^A-Z]{0,64}[A-Z])(?=[^a-z]{0,64}[a-z])(?=[^0-9]{0,64}[0-9])")
_TOKEN: Final = re.compile(r"[\w.~+/=|$-]{1,4096}+", re.ASCII)


def begins_at(text: str) -> int | None:
    """Return where a long secret begins that goes on to the end of a text and may go on behind it."""
    if len(text) < len(_ARMOUR):
        return None
    at = text.rfind(_ARMOUR)
    if at >= 0:
        open_ = _END not in text[at : at + _MAX_ARMOUR] and _ARMOURED.fullmatch(text, at) is not None
        return at if open_ else None
    if len(text) < _EDGE or " " in text[-_EDGE:]:
        return None
    token = _BACKWARDS.match(text[: -_MAX_TOKEN - 2 : -1])
    if token is None:
        return None
    at = len(text) - token.end()
    return at if START.match(text, at) or _is_base64(text[at:]) else None


def _is_base64(token: str) -> bool:
    """Tell whether a long token may be text in base64: neither a number, nor a name, nor hexadecimal."""
    return _BASE64.fullmatch(token) is not None and _MIXED.search(token) is not None


def continued(values: Sequence[Segment], place: int, stride: int) -> Iterator[Segment]:
    """Yield the leaves in which what begins in the one at `place` may go on, every `stride`th."""
    first = values[place].text
    armoured = _ARMOUR in first
    shape, room = (_ARMOURED, _MAX_ARMOUR) if armoured else (_TOKEN, _MAX_TOKEN)
    tail = first[-len(_END) :]
    for at in range(place + stride, min(place + room, len(values)), stride):
        leaf = values[at]
        text = leaf.text
        room -= len(text)
        if room < 0 or _ARMOUR in text or (not armoured and START.match(text)):
            break
        match = shape.match(text)
        if match is None:
            break
        yield leaf
        tail = (tail + text)[-len(text) - len(_END) :]
        if match.end() < len(text) or _END in tail:
            break


def is_word(text: str) -> bool:
    """Tell whether a leaf may be a word of a seed phrase."""
    return _MIN_WORD <= len(text) <= _MAX_WORD and text.isalpha() and text.islower()


def overlapping(row: Sequence[Segment]) -> Iterator[Sequence[Segment]]:
    """Yield a row of words in overlapping parts, any of which is longer than a seed phrase."""
    for first in range(0, max(len(row) - _STEP, 1), _STEP):
        yield row[first : first + _PART]
