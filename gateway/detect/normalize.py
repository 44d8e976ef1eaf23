"""Takes disguises off a text: returns the other ways it may be read, as views that point back into it.

Three kinds of readings are made, each only where a cheap test says that there is something to read:

* the *unfolded* one: every character as the one it stands for, code as what it encodes (up to `_DEPTH` times, for code
  within code), spelled addresses and letters set apart as words. All recognisers see it (`gateway.detect.hidden`);
* the *parted* ones, of a text and of what it unfolds to: with a blank where letters of another script touch what may be
  a value (`gateway.detect.borders`). All recognisers see these, too; topic models don't, for no word comes to light;
* *numeric* ones, of texts and of unfolded texts: numbers in words, grouped in unusual ways, with letters for digits or
  backwards. They are for the recogniser of numbers alone, which knows where digits and number words are.

Of each there is what changes, with a little text around for context.

A few bytes may unpack to many, and those to more again, so all readings of a text together may be `_SWELLING` times as
long as it is and `_ROOM` more. A text that says more than that counts as one that nobody could read.

Ordinary prose has none of that, and the tests that say so cost a few microseconds a kilobyte.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from gateway.core.errors import DetectionError
from gateway.detect.borders import border_edits, is_ambiguous
from gateway.detect.decoding import CODES, SELECTED, SHOWN, TURNED, Code
from gateway.detect.folding import fold_edits, is_folded
from gateway.detect.gates import Literal
from gateway.detect.literals import indexable
from gateway.detect.numerals import NUMBER_WORDS, NUMBERS, mirrored, word_edits
from gateway.detect.oddities import ADDRESS, ALONE, BORDER, FOLD, KEY, oddities
from gateway.detect.oddities import TURNED as TURNED_WORDS
from gateway.detect.profile import LiteralSet, Profile
from gateway.detect.spelled import address_edits, closing_edits, mending_edits
from gateway.detect.spots import Spot
from gateway.detect.turned import turned
from gateway.detect.views import Edit, View, excerpts, joined, plain, rewritten

__all__ = ["SIGNS", "numeric", "unfolded"]

_DEPTH: Final = 4
_SWELLING: Final = 10
_ROOM: Final = 8_192
_SHORTEST: Final = 8
"""A shorter text hides nothing."""
_BEFORE: Final = 90
_AFTER: Final = 40
_WIDTH: Final = 128
_GAP: Final = "\n" * 80
_BUNDLE: Final = 16_384
"""Characters of a view from which on a new one is begun."""
_MIN_WORDS: Final = 5
_CLOSE: Final = 120
"""Bytes within which that many number words stand when they spell a number."""
_FEWEST: Final = min(digits for *_, digits, _ in NUMBERS)

SIGNS: Final = LiteralSet(Literal(word, folded=True) for word in sorted(NUMBER_WORDS) if indexable(word))
"""Literals whose places in a text `numeric` asks for; a scanner's index should know them."""


def numeric(profile: Profile) -> Iterable[View]:
    """Return the other readings of the numbers of a text; none for most texts.

    Time and memory are linear in the length of the text.
    """
    spelled = profile.crowded(SIGNS, _MIN_WORDS, _CLOSE)
    if not spelled and profile.digit_count < _FEWEST:
        return ()
    return _together(_numeric(profile, partial(plain, profile.text), spelled=spelled))


def unfolded(text: str) -> list[View]:
    """Return a text with its disguises taken off, as excerpts around what changes; none for most texts.

    Time and memory are linear in the length of the text.

    Raises:
        DetectionError: if it unpacks to far more than it is.
    """
    signs = oddities(text) if len(text) >= _SHORTEST else 0
    if not signs:
        return []
    first = signs
    whole = list(turned(text)) if signs & TURNED_WORDS else []
    view: View | None = None
    folded = True  # and nothing else
    profile = Profile(text)
    idle: dict[int, Profile] = {}
    refused: defaultdict[int, set[str]] = defaultdict(set)
    for _ in range(_DEPTH):
        before = profile
        for number, (sign, step) in enumerate(_STEPS):
            # What had nothing to do in the text as it is now has nothing to do in it again.
            if not signs & sign or idle.get(number) is profile:
                continue
            edits = list(_within(step(profile, refused[number]), _ROOM + _SWELLING * len(text) - len(profile.text)))
            if edits:
                folded = folded and sign == FOLD
                view = rewritten(plain(text) if view is None else view, edits)
                profile = Profile(view.text)
                signs = oddities(view.text)
                if not signs:
                    break
            else:
                idle[number] = profile
        if profile is before or not signs:
            break
    read = [] if view is None else [*_together(excerpts(view, text))]
    parted = _parted(text, view, ambiguous=not folded) if (first | signs) & BORDER else ()
    return [*read, *whole, *parted]


def _parted(text: str, view: View | None, *, ambiguous: bool) -> Iterator[View]:
    """Yield a text, and what it unfolds to, with blanks at borders, where there are any.

    Args:
        text: the text.
        view: what it unfolds to.
        ambiguous: some of it was read as code, which may be a value at a border as it stands.
    """
    edits = list(border_edits(text))
    parted = []
    if edits and (view is None or ambiguous or any(is_ambiguous(text, edit) for edit in edits)):
        parted.append(rewritten(plain(text), edits))
    if view is not None and (edits := list(border_edits(view.text))):
        parted.append(rewritten(view, edits))
    for one in parted:
        for excerpt in _together(excerpts(one, text)):
            yield replace(excerpt, parted=True)


def _within(edits: Iterable[Edit], room: int) -> Iterator[Edit]:
    """Yield `edits` as long as the text grows by no more than `room`."""
    for edit in edits:
        room -= max(len(edit.reading) - (edit.end - edit.start), 0)
        if room < 0:
            raise DetectionError("a text unpacks to far more than it is")
        yield edit


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


def _decoding(code: Code, profile: Profile, refused: set[str]) -> Iterable[Edit]:
    if code.sign and code.sign not in profile.text:
        return ()
    if code.digits and not profile.has_digits(code.digits, _WIDTH):
        return ()
    return code.edits(profile.text, refused)


def _folding(profile: Profile, _: set[str]) -> Iterable[Edit]:
    return () if is_folded(profile.text) else fold_edits(profile.text)


_STEPS: Final[tuple[tuple[int, Callable[[Profile, set[str]], Iterable[Edit]]], ...]] = (
    # What is coloured, or shown turned round, is so by a character that folding takes out.
    (SHOWN.oddity, partial(_decoding, SHOWN)),
    (TURNED.oddity, partial(_decoding, TURNED)),
    (SELECTED.oddity, partial(_decoding, SELECTED)),
    (FOLD, _folding),
    *((code.oddity, partial(_decoding, code)) for code in CODES),
    (ALONE, lambda profile, _: closing_edits(profile.text)),
    (ADDRESS, lambda profile, _: address_edits(profile.text)),
    (KEY, lambda profile, _: mending_edits(profile.text)),
)
"""Each with the sign of a text in which it has something to do; it is told what it found to be no code before."""


def _numeric(profile: Profile, part: Callable[[int, int], View], *, spelled: bool) -> Iterator[View]:
    text = profile.text
    if spelled and (words := [edit for spot in _spelled(profile) for edit in word_edits(profile, *spot)]):
        yield from _excerpts(part, len(text), words)
    count = profile.digit_count
    for expression, edits, digits, width in NUMBERS:
        matches = profile.found_in_numbers(expression, digits, width) if count >= digits else ()
        if matches and (changes := list(edits(matches))):
            yield from _excerpts(part, len(text), changes)
    for start, end in mirrored(profile):
        yield part(start, end).backwards()


def _spelled(profile: Profile) -> Iterator[Spot]:
    """Yield where several number words stand close together."""
    places = profile.starts(SIGNS)
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
