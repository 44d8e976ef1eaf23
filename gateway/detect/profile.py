"""What one text holds, found once and shared by all recognisers: literals, digits, long runs.

A recogniser asks for the places where it could match. Most get the answer "nowhere" from a look-up in a set.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateway.detect.gates import Literal, fold
from gateway.detect.literals import NO_LITERALS, LiteralIndex, indexable
from gateway.detect.rules import Pattern
from gateway.detect.shapes import Shape
from gateway.detect.spots import Spot, common, extended, spread
from gateway.detect.windows import windows_in

__all__ = ["LiteralSet", "Need", "Profile"]

_DIGIT: Final = re.compile(r"\d")
_RUN: Final = re.compile(r"\S+")
_SHORT: Final = 200
"""Up to so many characters a plain loop is faster than the start-up of numpy's."""
_SHORTEST: Final = 12
"""No shorter run is asked for."""
_FEW: Final = 64
_NOWHERE: Final = 1 << 60
_SPACE: Final = 2
_KINDS: Final = np.array([1 if chr(c).isdecimal() else _SPACE * chr(c).isspace() for c in range(128)], np.uint8)
_LEADING: Final = 0xC0
_CONTINUED: Final = 0x80
_DENSE: Final = 6
"""Where one character in so many is a digit, digits are everywhere."""


class Need(NamedTuple):
    """What a match needs within `width` characters: so many digits, so long a run without white space (0: none)."""

    digits: int
    solid: int
    width: int


class LiteralSet:
    """Literals of which a text holds some, asked for together. Those long enough must be known to the text's index."""

    __slots__ = ("_indexed", "_keys", "_others", "literals")

    def __init__(self, literals: Iterable[Literal]) -> None:
        self.literals = tuple(literals)
        self._indexed: dict[str, list[Literal]] = {}
        others = []
        for literal in self.literals:
            known = literal.text if literal.folded else fold(literal.text)
            if indexable(known):
                self._indexed.setdefault(known, []).append(literal)
            else:
                others.append(literal)
        self._keys = frozenset(self._indexed)
        self._others = tuple(others)

    def __bool__(self) -> bool:
        return bool(self._keys or self._others)

    def held(self, profile: Profile) -> list[Literal]:
        """Return those that the text holds."""
        text = profile.text
        held = [
            literal
            for known in self._keys & profile.present
            for literal in self._indexed[known]
            if literal.folded or literal.text in text
        ]
        held += filter(profile.holds, self._others)
        return held

    def any_in(self, profile: Profile) -> bool:
        """Tell whether the text holds one."""
        return any(
            literal.folded or literal.text in profile.text
            for known in self._keys & profile.present
            for literal in self._indexed[known]
        ) or any(map(profile.holds, self._others))


class _Answers:
    """What was answered about one text, by what was asked."""

    __slots__ = ("held", "led", "needs", "places", "reaching", "regions", "spans", "spots", "together")

    def __init__(self) -> None:
        self.held: dict[Literal, bool] = {}
        self.places: dict[Literal, list[int]] = {}
        self.together: dict[LiteralSet, list[int]] = {}
        self.spots: dict[tuple[str, int, int], list[Spot]] = {}
        self.regions: dict[Need, Sequence[Spot] | None] = {}
        self.reaching: dict[tuple[Need, int], Sequence[Spot]] = {}
        self.spans: dict[int, int] = {}
        self.needs: dict[Need, bool] = {}
        self.led: dict[LiteralSet, bool] = {}


class Profile:
    """One text, with what gates ask about it. Lives as long as the scan of that text.

    Args:
        text: the text.
        index: knows the literals that will be asked for; those it does not know are looked for one by one.
        keys: the words that lead to it, as one text (see `gateway.detect.context.keys_as_text`).
    """

    def __init__(self, text: str, index: LiteralIndex = NO_LITERALS, keys: str = "") -> None:
        self.text = text
        self.keys = keys
        self.index = index

    @cached_property
    def _answers(self) -> _Answers:
        return _Answers()

    @cached_property
    def folded(self) -> str:
        """The text in the one case in which literals are compared."""
        return fold(self.text)

    @cached_property
    def found(self) -> Mapping[str, list[int]]:
        """The folded literals of the index that the text holds, with the bytes where they start."""
        return self.index.occurrences(self.folded)

    @cached_property
    def present(self) -> frozenset[str]:
        """The folded literals of the index that the text holds."""
        return frozenset(self.found)

    def holds(self, literal: Literal) -> bool:
        """Tell whether the text holds `literal`."""
        held = self._answers.held.get(literal)
        if held is None:
            known = literal.text if literal.folded else fold(literal.text)
            held = known in self.found if known in self.index else known in self.folded
            if held and not literal.folded:
                held = literal.text in self.text
            self._answers.held[literal] = held
        return held

    def places(self, literal: Literal) -> list[int]:
        """Return where `literal` starts, in order."""
        places = self._answers.places.get(literal)
        if places is None:
            known = literal.text if literal.folded else fold(literal.text)
            places = self.at(self.found.get(known, [])) if known in self.index else list(_all(self.folded, known))
            if not literal.folded:
                places = [place for place in places if self.text.startswith(literal.text, place)]
            self._answers.places[literal] = places
        return places

    def at(self, places: list[int]) -> list[int]:
        """Return the characters at these bytes of the folded text."""
        if self.text.isascii() or not places:
            return places
        result: list[int] = self._characters[places].tolist()
        return result

    @cached_property
    def _characters(self) -> NDArray[np.intp]:
        """The number of the character that each byte of the folded text belongs to."""
        data = np.frombuffer(self.folded.encode("utf-8", "surrogatepass"), np.uint8)
        return np.cumsum((data & _LEADING) != _CONTINUED) - 1

    @cached_property
    def _kinds(self) -> NDArray[np.uint8] | None:
        """For ASCII text, unless short, of each character whether it is a digit (1) or white space (2)."""
        if len(self.text) <= _SHORT or not self.text.isascii():
            return None
        return _KINDS[np.frombuffer(self.text.encode("ascii"), np.uint8)]

    @cached_property
    def _digits(self) -> NDArray[np.intp]:
        if self._kinds is None:
            return np.array([match.start() for match in _DIGIT.finditer(self.text)], np.intp)
        return np.flatnonzero(self._kinds == 1)

    @cached_property
    def shapes(self) -> int:
        """The runs of kinds of characters in the text."""
        return windows_in(self.text)

    def looks(self, shape: Shape) -> bool:
        """Tell whether the text has what any match of this shape holds."""
        if not shape:
            return True
        mine = self.shapes
        for windows in shape:
            for runs in windows:
                if not runs & mine:
                    break
            else:
                return True
        return False

    @cached_property
    def _few_digits(self) -> list[int] | None:
        """Where the digits are, if they are few: then plain loops are faster than the start-up of numpy's."""
        return self._digits.tolist() if len(self._digits) <= _FEW else None

    def has_digits(self, digits: int, width: int) -> bool:
        """Tell whether there are so many digits within `width`."""
        span = self._answers.spans.get(digits)
        if span is None:
            places = self._digits
            if len(places) < digits:
                span = _NOWHERE
            elif (few := self._few_digits) is not None:
                span = min([last - first for first, last in zip(few, few[digits - 1 :], strict=False)])
            else:
                span = int((places[digits - 1 :] - places[: len(places) - digits + 1]).min())
            self._answers.spans[digits] = span
        return span < width

    def has_run(self, length: int) -> bool:
        """Tell whether there is so long a run without white space."""
        return self.longest_run >= length

    @cached_property
    def digit_count(self) -> int:
        """How many digits there are."""
        return len(self._digits)

    @cached_property
    def longest_run(self) -> int:
        """The length of the longest run without white space (0 if it is short)."""
        if len(self.text) <= _SHORT:
            return max(map(len, self.text.split()), default=0)
        return max((end - start for start, end in self._long_runs), default=0)

    def clusters(self, digits: int, width: int) -> list[Spot]:
        """Return where a match of at most `width` with at least so many `digits` can lie."""
        return self._cached("digits", digits, width, self._clusters)

    def runs(self, length: int, width: int) -> list[Spot]:
        """Return where a match of at most `width` that holds so long a run without white space can lie."""
        return self._cached("solid", length, width, self._runs)

    def may_hold(self, need: Need) -> bool:
        """Tell, cheaply, whether a match of this need can lie anywhere."""
        held = self._answers.needs.get(need)
        if held is None:
            held = not need.digits or self.has_digits(need.digits, need.width)
            held = self._answers.needs[need] = held and (not need.solid or self.has_run(need.solid))
        return held

    def region(self, need: Need) -> Sequence[Spot] | None:
        """Return where a match of this need can lie; None for "anywhere"."""
        if need not in self._answers.regions:
            digits = self.clusters(need.digits, need.width) if need.digits else None
            runs = self.runs(need.solid, need.width) if need.solid else None
            both = digits is not None and runs is not None
            self._answers.regions[need] = common(digits or (), runs or ()) if both else digits if runs is None else runs
        return self._answers.regions[need]

    def reaching(self, need: Need, reach: int) -> Sequence[Spot]:
        """Return where a match of this need can lie, with `reach` characters behind each place."""
        spots = self._answers.reaching.get((need, reach))
        if spots is None:
            region = self.region(need)
            spots = ((0, len(self.text)),) if region is None else extended(region, reach)
            self._answers.reaching[need, reach] = spots
        return spots

    def around(self, literals: LiteralSet, width: int) -> list[Spot]:
        """Return where a match of at most `width` that holds one of `literals` can lie."""
        held = literals.held(self)
        places = self.starts(literals)
        longest = max((len(literal.text) for literal in held), default=0)
        return spread(((place, place) for place in places), width + longest, len(self.text))

    def finditer(self, pattern: Pattern, start: int, end: int) -> Iterable[re.Match[str]]:
        """Return the matches of an expression between two places, as `re` finds them."""
        return pattern.compiled.finditer(self.text, start, end)

    def found_in_numbers(self, pattern: Pattern, digits: int, width: int) -> Iterable[re.Match[str]]:
        """Return the matches of an expression where one of at most `width` with so many `digits` can lie."""
        if not self.has_digits(digits, width):
            return ()
        return (match for spot in self.clusters(digits, width) for match in self.finditer(pattern, *spot))

    def is_led_to(self, literals: LiteralSet, ask: Callable[[str], bool]) -> bool:
        """Return what `ask` says of the keys, which is never more than that one of `literals` is in them.

        It is asked once for each set of literals.
        """
        led = self._answers.led.get(literals)
        if led is None:
            led = self._answers.led[literals] = ask(self.keys)
        return led

    def any_of(self, literals: LiteralSet) -> bool:
        """Tell whether the text holds one of `literals`."""
        return literals.any_in(self)

    def starts(self, literals: LiteralSet) -> list[int]:
        """Return where any of `literals` starts, in order."""
        places = self._answers.together.get(literals)
        if places is None:
            places = sorted(place for literal in literals.held(self) for place in self.places(literal))
            self._answers.together[literals] = places
        return places

    def crowded(self, literals: LiteralSet, count: int, width: int) -> bool:
        """Tell whether so many of `literals` start within `width`."""
        places = self.starts(literals)
        return any(last - first < width for first, last in zip(places, places[count - 1 :], strict=False))

    def is_near(self, start: int, end: int, literals: LiteralSet, before: int, after: int) -> bool:
        """Tell whether one of `literals` starts in the place, or so near before or behind it."""
        places = self.starts(literals)
        index = bisect_left(places, start - before)
        return index < len(places) and places[index] < end + after

    def _cached(self, kind: str, count: int, width: int, find: Callable[[int, int], list[Spot]]) -> list[Spot]:
        key = (kind, count, width)
        spots = self._answers.spots.get(key)
        if spots is None:
            spots = self._answers.spots[key] = find(count, width)
        return spots

    def _clusters(self, digits: int, width: int) -> list[Spot]:
        places, size = self._digits, len(self.text)
        if len(places) < digits:
            return []
        if len(places) * _DENSE > size:
            return [(0, size)]
        if (few := self._few_digits) is not None:
            pairs = zip(few, few[digits - 1 :], strict=False)
            return spread([(first, last) for first, last in pairs if last - first < width], width, size)
        firsts, lasts = places[: len(places) - digits + 1], places[digits - 1 :]
        close = np.flatnonzero(lasts - firsts < width)
        if not len(close):
            return []
        lows, highs = np.maximum(lasts[close] - width, 0), np.minimum(firsts[close] + width, size)
        apart = np.flatnonzero(lows[1:] > highs[:-1])
        starts, ends = lows[np.append(0, apart + 1)], highs[np.append(apart, len(highs) - 1)]
        return list(zip(starts.tolist(), ends.tolist(), strict=True))

    def _runs(self, length: int, width: int) -> list[Spot]:
        # A match that holds `length` characters of a run starts before `end - length` and ends behind `start + length`.
        return spread(((end, start) for start, end in self._solid(length)), width, len(self.text))

    def _solid(self, length: int) -> list[Spot]:
        """Return the runs of at least `length` characters without white space."""
        return [run for run in self._long_runs if run[1] - run[0] >= length]

    @cached_property
    def _long_runs(self) -> list[Spot]:
        """The runs without white space that may be asked for."""
        if self._kinds is None:
            found = (match.span() for match in _RUN.finditer(self.text))
            return [(start, end) for start, end in found if end - start >= _SHORTEST]
        spaces = np.flatnonzero(self._kinds == _SPACE)
        starts, ends = np.append(-1, spaces) + 1, np.append(spaces, len(self.text))
        long = np.flatnonzero(ends - starts >= _SHORTEST)
        return list(zip(starts[long].tolist(), ends[long].tolist(), strict=True))


def _all(text: str, literal: str) -> Iterable[int]:
    place = text.find(literal)
    while place >= 0:
        yield place
        place = text.find(literal, place + 1)
