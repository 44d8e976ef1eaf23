"""What a recogniser is made of: expressions, a check, context words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from gateway.detect.checks import Check
from gateway.detect.endings import Run, run_of
from gateway.detect.gates import Gate
from gateway.detect.needs import gate_of
from gateway.detect.openings import Lead, Openings, leading, opening_ways
from gateway.detect.parsing import parse_tree
from gateway.detect.shapes import Shape, Start, differs_in_ascii, shape_of, start_of
from gateway.detect.starts import compiled

__all__ = ["LateRule", "Pattern", "Rule"]


@dataclass(frozen=True, eq=False)
class Pattern:
    """One regular expression of a rule; compiled when it is first needed, for most never are in a short run.

    Each is equal to itself alone: what was read off it is looked up by it at every text.
    """

    regex: str
    flags: int
    score: float

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression, as it runs fastest."""
        return compiled(self.regex, self.flags)

    @cached_property
    def plain(self) -> re.Pattern[str]:
        """The compiled expression, as `re` compiles it."""
        return re.compile(self.regex, self.flags)

    @cached_property
    def gate(self) -> Gate:
        """What any match needs."""
        return gate_of(self.regex, self.flags)

    @cached_property
    def shape(self) -> Shape:
        """What any match looks like."""
        return shape_of(self.regex, self.flags, in_ascii=False)

    @cached_property
    def ascii_shape(self) -> Shape:
        """What any match in a text of ASCII looks like."""
        return shape_of(self.regex, self.flags, in_ascii=True) if self._differs_in_ascii else self.shape

    @cached_property
    def _differs_in_ascii(self) -> bool:
        return differs_in_ascii(parse_tree(self.regex, self.flags))

    @cached_property
    def _start(self) -> Start | None:
        return start_of(self.regex, self.flags, in_ascii=False)

    @cached_property
    def _ascii_start(self) -> Start | None:
        return start_of(self.regex, self.flags, in_ascii=True)

    def looks(self, *, in_ascii: bool) -> Shape:
        """Return what any match in a text of ASCII, or in any text, looks like."""
        return self.ascii_shape if in_ascii else self.shape

    def starts(self, *, in_ascii: bool) -> Start | None:
        """Return how any match in a text of ASCII, or in any text, begins; None if that cannot be told."""
        return self._ascii_start if in_ascii and self._differs_in_ascii else self._start

    @cached_property
    def openings(self) -> Openings:
        """The ways in which a match may begin."""
        return Openings(opening_ways(self.regex, self.flags))

    def leading(self, *, in_ascii: bool) -> Lead:
        """Return what stands in any match in front of the first of its literals."""
        return leading(self.regex, self.flags, self.gate.literals, in_ascii=in_ascii)

    def run(self, *, in_ascii: bool) -> Run | None:
        """Return the run of characters that any match in a text of ASCII, or in any text, takes whole; None: any."""
        return run_of(self.regex, self.flags, in_ascii=in_ascii)

    @property
    def group(self) -> str | int:
        """The group that is the finding: `value`, or the whole match."""
        return "value" if "(?P<value>" in self.regex else 0


@dataclass(frozen=True)
class Rule:
    """A recogniser.

    Attributes:
        name: becomes `Finding.recognizer`.
        entity_type: what it finds.
        patterns: what its values look like.
        check: tells whether a match is one; True scores it `valid`, False drops it.
        valid: the score of a match that passes the check.
        context: words that raise the score.
        context_required: a match without such a word is dropped.
        literals: one of these must be in the text, if any are given.
        case: upper and lower case differ.
        min_digits: a match has so many digits.
    """

    name: str
    entity_type: str
    patterns: tuple[Pattern, ...]
    check: Check | None = None
    valid: float = 1.0
    context: tuple[str, ...] = ()
    context_required: bool = False
    literals: tuple[str, ...] = ()
    case: bool = False
    min_digits: int = 0


@dataclass(frozen=True)
class LateRule:
    """A rule that is costly to make, so it is made when the first text comes that it could match.

    Attributes:
        make: returns the rule.
        min_digits: no match has fewer digits.
        context: one of these words must be near a match; empty when none is needed.
    """

    make: Callable[[], Rule]
    min_digits: int = 0
    context: tuple[str, ...] = ()
