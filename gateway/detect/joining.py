"""Leaves are put together, unless a cheap look tells that no recogniser would find anything over their seams.

Most of what is put together holds nothing: numbers of a table, words behind a label. A text that is left out here is
read by nobody, so each look is wider than what is found: digits for a number, a sign for an address, a long token with
the beginning of a prefix for a key.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise, repeat
from typing import Final

from gateway.core.model import Segment
from gateway.detect.beginnings import BEGUN, EDGE, NUMBERS, SHAPES, Sign, is_labelled
from gateway.detect.joints import Joint, Seam, begins_of, end_of
from gateway.detect.neighbours import Leaves
from gateway.detect.prefixes import START

__all__ = ["is_partly_spaced", "joined", "may_spell", "written"]

_DIGITS: Final = re.compile(r"\d")
_SOME_DIGITS: Final = re.compile(r"(?:\D*+\d){7}")
_IN_LETTERS: Final = "hf_"
"""What begins the one kind of key that may have no digits at all."""
_TELLS: Final = re.compile(rf"[\d@]|{_IN_LETTERS}")
"""What any text holds in which a value without a label is found."""
_BANK: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}")
_NEAR: Final = 40
"""Characters on both sides of seams."""
_TOKEN_SIZE: Final = 16
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_+/=.$|:-]{{{_TOKEN_SIZE},192}}")


def joined(leaves: Leaves, leaf: Segment, others: range, preface: str, sign: int) -> Joint | None:
    """Put the end of a leaf and the beginnings of others together.

    Args:
        leaves: all leaves.
        leaf: the first of those to put together.
        others: the places of those behind it.
        preface: the text before them that names what they are; may be empty.
        sign: what the leaf showed.

    Returns:
        What is to be read; None if nothing can be found there.
    """
    # What is blank is no part of a value, and ends none: what stands before it is read.
    while others and not leaves.heads[others[-1]]:
        others = others[:-1]
    if not others:
        return None
    last = leaves.heads[others[-1]]
    before = preface[-EDGE:] + " " if preface else ""
    first = len(before)
    start = before + end_of(leaf)
    inner = leaves.inner[others.start : others[-1] : others.step]
    text = "".join((start, *inner, last)) if inner else start + last
    near = (max(first, len(start) - _NEAR), len(text) - len(last))
    if not _is_worth(text, first, near, sign, lambda: begins_of(leaves, leaf, others, first)):
        return None
    context = leaves.context(leaf, others)
    if sign & Sign.SPELLS and not may_spell(text, first, context):
        return None
    return Joint(text, context, leaves, leaf, others, first, bool(sign & Sign.ASSIGNED))


def written(leaves: Leaves, leaf: Segment, others: range, preface: str, sign: int) -> Seam | None:
    """Put the end of a leaf and the beginnings of others together as they are written, with the white space at seams.

    Without it what stands before a value runs into it, or what stands behind it: `the key `, `AKIAQ7R2`, …, ` today`.

    Returns:
        What is to be read; None if nothing can be found there, or if all of the seams have white space, or none has.
    """
    row = (leaf, *leaves.values[others.start : others.stop : others.step])
    texts = [leaf.text[-EDGE:], *(one.text[:EDGE] for one in row[1:])]
    if not is_partly_spaced(texts):
        return None
    before = preface[-EDGE:] + " " if preface else ""
    text = "".join((before, *texts))
    begins = tuple(accumulate(map(len, texts[:-1]), initial=len(before)))
    if not _is_worth(text, len(before), (max(len(before), begins[1] - _NEAR), begins[-1]), sign, lambda: begins):
        return None
    starts = (max(len(leaf.text) - EDGE, 0), *repeat(0, len(row) - 1))
    return Seam(text, leaves.context(leaf, others), row, begins, starts, assigned=bool(sign & Sign.ASSIGNED))


def is_partly_spaced(texts: Sequence[str]) -> bool:
    """Tell whether there is white space at some seams of texts, and at others none."""
    spaced = [one[-1].isspace() or other[0].isspace() for one, other in pairwise(texts)]
    return any(spaced) and not all(spaced)


def may_spell(text: str, first: int, context: Sequence[str]) -> bool:
    """Tell, cheaply, whether something may be found in a row of short leaves, from `first` on."""
    if ("@" in text and "." in text) or "+" in text or SHAPES.search(text) is not None:
        return True
    if _SOME_DIGITS.match(text, first) and any(map(is_labelled, (text, *context))):
        return True
    if _DIGITS.search(text, first) is None:
        return _IN_LETTERS in text
    return START.search(text) is not None or _BANK.search(text, first) is not None


def _is_worth(text: str, first: int, near: tuple[int, int], sign: int, begins: Callable[[], Sequence[int]]) -> bool:
    """Tell, cheaply, whether something may be found over the seams of leaves; arguments as of `_may_hold`.

    `begins` says where each of them begins in the text: few texts need it.
    """
    if not sign & ~(BEGUN | Sign.COMES_ON) and _TELLS.search(text) is None:
        return False
    if sign & (Sign.SPELLS | Sign.ASSIGNED):
        return True
    held = _may_hold(text, first, near, sign)
    return _has_token(text, begins()) if held is None else held


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
    if sign in NUMBERS:
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
    elif _DIGITS.search(text, first) is None and _IN_LETTERS not in text:
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
