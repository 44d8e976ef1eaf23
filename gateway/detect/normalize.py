"""Takes disguises off a text: returns the other ways it may be read, as views that point back into it.

Two kinds of readings are made, each only where a cheap test says that there is something to read:

* the *unfolded* one: every character as the one it stands for, code as what it encodes (up to `_DEPTH` times, for code
  within code);
* *numeric* ones on top of it: numbers in words, grouped in unusual ways, with letters for digits or backwards, each
  with a little text around for context.

Ordinary prose has none of that, and the tests that say so cost a few microseconds a kilobyte.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from gateway.detect.decoding import CODES, Code
from gateway.detect.folding import fold_edits, is_folded
from gateway.detect.literals import indexable
from gateway.detect.numerals import (
    NUMBER_WORDS,
    group_edits,
    laced_edits,
    lookalike_edits,
    mirrored,
    word_edits,
)
from gateway.detect.profile import Profile, Spot
from gateway.detect.views import Edit, View, joined, plain, rewritten

__all__ = ["SIGNS", "views"]

_DEPTH: Final = 3
_BEFORE: Final = 90
_AFTER: Final = 40
_WIDTH: Final = 128
_GAP: Final = "\n" * 80
_BUNDLE: Final = 16_384
"""Characters of a view from which on a new one is begun."""
_MIN_WORDS: Final = 5
_CLOSE: Final = 120
"""Bytes within which that many number words stand when they spell a number."""
_NUMERALS: Final = (
    # How to read, and how many digits must stand within how many characters for it.
    (group_edits, 8, 128),
    (laced_edits, 8, 64),
    (lookalike_edits, 4, 48),
)
_MIRRORED: Final = (12, 48)

SIGNS: Final = frozenset(filter(indexable, NUMBER_WORDS))
"""Literals whose places in a text `views` asks for; a scanner's index should know them."""


def views(profile: Profile) -> Iterator[View]:
    """Yield the other readings of a text; none for most texts.

    Time and memory are linear in the length of the text.
    """
    text = profile.text
    part: Callable[[int, int], View] = partial(plain, text)
    if _is_odd(profile):
        view = _unfolded(plain(text))
        if view.text != text:
            yield view
            profile, part = Profile(view.text, profile.index), view.part
    yield from _together(_numeric(profile, part))


def _together(excerpts: Iterable[View]) -> Iterator[View]:
    """Yield excerpts in a few views: to scan a text costs much more than to scan a longer one.

    What stands between two of them is as wide as any context word reaches.
    """
    bundle: list[View] = []
    size = 0
    for excerpt in excerpts:
        bundle.append(excerpt)
        size += len(excerpt.text) + len(_GAP)
        if size > _BUNDLE:
            yield joined(bundle, _GAP)
            bundle, size = [], 0
    if bundle:
        yield bundle[0] if len(bundle) == 1 else joined(bundle, _GAP)


def _is_odd(profile: Profile) -> bool:
    return not is_folded(profile.text) or any(_holds(profile, code) for code in CODES)


def _holds(profile: Profile, code: Code) -> bool:
    if code.sign and code.sign not in profile.text:
        return False
    if code.digits and not profile.has_digits(code.digits, _WIDTH):
        return False
    if code.run and not profile.has_run(code.run):
        return False
    return next(code.edits(profile.text), None) is not None


def _unfolded(view: View) -> View:
    for _ in range(_DEPTH):
        before = view.text
        if not is_folded(view.text):
            view = rewritten(view, fold_edits(view.text))
        for code in CODES:
            edits = list(code.edits(view.text))
            if edits:
                view = rewritten(view, edits)
        if view.text == before:
            break
    return view


def _numeric(profile: Profile, part: Callable[[int, int], View]) -> Iterator[View]:
    text = profile.text
    spelled = list(_spelled(profile))
    if spelled:
        yield from _excerpts(part, len(text), [edit for spot in spelled for edit in word_edits(text, *spot)])
    for edits, digits, width in _NUMERALS:
        spots = profile.clusters(digits, width) if profile.has_digits(digits, width) else ()
        if spots:
            yield from _excerpts(part, len(text), [edit for spot in spots for edit in edits(text, *spot)])
    if profile.has_digits(*_MIRRORED):
        for spot in profile.clusters(*_MIRRORED):
            for start, end in mirrored(text, *spot):
                yield part(start, end).backwards()


def _spelled(profile: Profile) -> Iterator[Spot]:
    """Yield where several number words stand close together."""
    words = SIGNS & profile.present
    found = profile.found
    if sum(len(found[word]) for word in words) < _MIN_WORDS:
        return
    places = sorted(place for word in words for place in profile.at(found[word]))
    reached = 0
    for first, last in zip(places, places[_MIN_WORDS - 1 :], strict=False):
        if last - first < _CLOSE and first >= reached:
            # The number may go on behind: as far as words follow each other.
            end = last
            for place in places[bisect_left(places, last) :]:
                if place - end > _CLOSE:
                    break
                end = place
            reached = end + _CLOSE
            yield max(first - _CLOSE, 0), min(reached, len(profile.text))


def _excerpts(part: Callable[[int, int], View], size: int, changes: Sequence[Edit]) -> Iterable[View]:
    """Yield each changed place with the text around it, neighbouring places together."""
    ends = [change.end for change in changes]
    first = 0
    while first < len(changes):
        last = first
        while last + 1 < len(changes) and changes[last + 1].start < changes[last].end + _AFTER:
            last += 1
        # From behind the change before it to where the next one starts: half a change reads as nothing.
        index = bisect_left(ends, changes[first].start)
        low = max(changes[first].start - _BEFORE, ends[index - 1] if index else 0, 0)
        high = min(changes[last].end + _AFTER, changes[last + 1].start if last + 1 < len(changes) else size)
        edits = [Edit(change.start - low, change.end - low, change.reading) for change in changes[first : last + 1]]
        yield rewritten(part(low, high), edits)
        first = last + 1
