"""Families in whole numbers, for the compiled scanner of `_scan.pyx`, and what it knows of a text as a `Profile`.

Without a C compiler at installation there is no such scanner: then `numbered` returns None, and the gates of
`gateway.detect.engine` are asked one by one. Both find the same (tested).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.detect.context import AFTER, BEFORE
from gateway.detect.families import ALONE, CLOSE, OVERLAP, WINDOW, Family
from gateway.detect.gates import Literal
from gateway.detect.profile import LiteralSet, Need, Profile
from gateway.detect.rules import Pattern

if TYPE_CHECKING:
    from gateway.detect._gates import FamilyGate

_available = False
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect._gates import Gates
    from gateway.detect._literals import Literals
    from gateway.detect._scan import Scan

    _available = True

__all__ = ["Numbered", "Scanned", "numbered"]

_NONE: Final = -1
_T = TypeVar("_T")


class Numbered:
    """Families as the compiled scanner takes them.

    Args:
        families: expressions and the rules that use them.
        asked: more literals that a text may be asked for.
    """

    def __init__(self, families: Sequence[Family], asked: Iterable[LiteralSet]) -> None:
        self._literals: dict[Literal, int] = {}
        self._rows: dict[tuple[int, ...], int] = {}
        self._needs: dict[Need, int] = {}
        self.sets: dict[LiteralSet, int] = {}
        described = [self._described(family) for family in families]
        for literals in asked:
            self._number(literals)
        self.gates = Gates(
            Literals([(literal.text, literal.folded) for literal in self._literals]),
            list(self._rows),
            list(self._needs),
            described,
            (ALONE, CLOSE, WINDOW, OVERLAP, BEFORE, AFTER),
        )

    def profile(self, text: str, keys: str) -> Profile:
        """Return what is known of a text to which `keys` lead."""
        return Scanned(text, keys, self)

    def prepare(self, expressions: Iterable[Pattern]) -> Iterator[None]:
        """Read off how the matches of each family look, one with each step, and those of other `expressions`."""
        for family in range(self.gates.families):
            self.gates.prepare(family)
            yield
        for expression in expressions:
            for in_ascii in (True, False):
                self.gates.prepare_asked(expression, in_ascii)
                yield

    def _number(self, literals: LiteralSet) -> int:
        """Return the number of a set of literals; -1 for the empty one."""
        number = self.sets[literals] = self._set(literals.literals)
        return number

    def _set(self, literals: Iterable[Literal]) -> int:
        row = tuple(sorted({_number_of(literal, self._literals) for literal in literals}))
        return _number_of(row, self._rows) if row else _NONE

    def _described(self, family: Family) -> FamilyGate:
        probes = [
            (
                self._set(probe.literals),
                probe.rule.min_digits,
                _NONE if probe.context is None else self._number(probe.context.sought),
                probe.needs_context,
                probe.counts_alone,
                probe.context,
            )
            for probe in family.probes
        ]
        return (
            _NONE if family.need is None else _number_of(family.need, self._needs),
            family.reach,
            self._number(family.sought),
            self._number(family.cues),
            self._set(family.triggers()),
            family.counts_alone,
            probes,
            family.pattern,
        )


def _number_of(item: _T, known: dict[_T, int]) -> int:
    return known.setdefault(item, len(known))


class Scanned(Profile):
    """A text whose literals, digits and runs the compiled scanner has found; the rest as any profile has it.

    Args:
        text: the text.
        keys: the words that lead to it, as one text.
        numbered: the families.
    """

    def __init__(self, text: str, keys: str, numbered: Numbered) -> None:
        super().__init__(text, keys=keys)
        self.scan: Scan = Scan(numbered.gates, text, keys)
        self._sets = numbered.sets

    def has_digits(self, digits: int, width: int) -> bool:
        """Tell whether there are so many digits within `width`."""
        return self.scan.has_digits(digits, width)

    def finditer(self, pattern: Pattern, start: int, end: int) -> Iterable[re.Match[str]]:
        """Return the matches of an expression between two places, as `re` finds them."""
        return self.scan.found(pattern, start, end)

    def found_in_numbers(self, pattern: Pattern, digits: int, width: int) -> Iterable[re.Match[str]]:
        """Return the matches of an expression where one of at most `width` with so many `digits` can lie."""
        return self.scan.found_in_numbers(pattern, digits, width)

    def is_led_to(self, literals: LiteralSet, ask: Callable[[str], bool]) -> bool:
        """Return what `ask` says of the keys, which is never more than that one of `literals` is in them."""
        number = self._sets[literals]
        return number != _NONE and self.scan.is_led_to(number) and super().is_led_to(literals, ask)

    def any_of(self, literals: LiteralSet) -> bool:
        """Tell whether the text holds one of `literals`."""
        number = self._sets[literals]
        return number != _NONE and self.scan.holds(number)

    @property
    def digit_count(self) -> int:
        """How many digits there are."""
        return self.scan.digit_count

    def crowded(self, literals: LiteralSet, count: int, width: int) -> bool:
        """Tell whether so many of `literals` start within `width`."""
        number = self._sets[literals]
        return number != _NONE and self.scan.crowded(number, count, width)

    def starts(self, literals: LiteralSet) -> list[int]:
        """Return where any of `literals` starts, in order."""
        number = self._sets[literals]
        return [] if number == _NONE else self.scan.starts(number)

    def is_near(self, start: int, end: int, literals: LiteralSet, before: int, after: int) -> bool:
        """Tell whether one of `literals` starts in the place, or so near before or behind it."""
        number = self._sets[literals]
        return number != _NONE and self.scan.near(start, end, number, before, after)


def numbered(families: Sequence[Family], asked: Iterable[LiteralSet]) -> Numbered | None:
    """Return the families for the compiled scanner; None where it is not compiled."""
    return Numbered(families, asked) if _available else None
