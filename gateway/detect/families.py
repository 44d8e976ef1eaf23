"""Expressions with the rules that use them: each runs once for all of them, and only where all its gates are open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.detect.context import Context
from gateway.detect.gates import Literal, fold
from gateway.detect.literals import indexable
from gateway.detect.profile import LiteralSet, Need, Profile
from gateway.detect.rules import Pattern, Rule
from gateway.detect.spots import Spot, common

__all__ = ["ALONE", "CLOSE", "MAX_WIDTH", "OVERLAP", "WINDOW", "Family", "Probe", "families", "stands_alone"]

MAX_WIDTH: Final = 512
"""A wider gate is not used to confine a pattern: it would confine nothing."""
# Needs are rounded to few steps, downwards and widths upwards, so that recognisers share what was found out.
_DIGIT_STEPS: Final = (1, 2, 4, 5, 6, 8, 9, 11, 13)
_WIDTH_STEPS: Final = (32, 64, 128, MAX_WIDTH)
_SOLID_STEPS: Final = (12, 14, 16, 20, 26, 36)
CLOSE: Final = 64
"""The digits that a rule asks for stand as close together as this."""
WINDOW: Final = 2048
"""An expression of unbounded width is run in windows of so many characters."""
OVERLAP: Final = 512
"""Characters that two such windows share."""
ALONE: Final = 40
"""A text of at most so many characters may be nothing but a value."""
_RARE: Final = frozenset("@+#~^|°\\")
"""Single characters that few texts hold."""


def stands_alone(text: str, keys: Sequence[str]) -> bool:
    """Tell whether a text may be nothing but a value that no key leads to: that needs no context word."""
    return len(text) <= ALONE and not keys


@dataclass(frozen=True, slots=True)
class Probe:
    """One rule's use of an expression."""

    rule: Rule
    score: float
    group: str | int
    context: Context | None
    needs_context: bool
    literals: tuple[Literal, ...]

    @property
    def counts_alone(self) -> bool:
        """Whether a text that is nothing but a value needs no context word."""
        return self.needs_context and self.rule.check is not None and not self.rule.context_required

    def is_due(self, profile: Profile) -> bool:
        """Tell whether the text holds what the rule asks for besides the expression's own needs."""
        rule = self.rule
        if self.literals and not any(map(profile.holds, self.literals)):
            return False
        if rule.min_digits and not profile.has_digits(rule.min_digits, CLOSE):
            return False
        context = self.context
        alone = self.counts_alone and stands_alone(profile.text, profile.keys)
        if context is None or not self.needs_context or alone:
            return True
        return context.may_be_in(profile) or context.may_be_among(profile.keys)


@dataclass(frozen=True, slots=True)
class Family:
    """One expression and the rules that use it: it runs once for all of them.

    Attributes:
        pattern: the expression.
        need: what any match needs; None if its width has no bound.
        reach: so many characters behind a match may be looked at.
        literals: one of these is in any match; empty when nothing is known.
        sought: the same, to be asked for together.
        probes: the rules' uses.
        cues: where every rule needs a context word, what is in the text with any of them; else empty.
    """

    pattern: Pattern
    need: Need | None
    reach: int
    literals: tuple[Literal, ...]
    sought: LiteralSet = field(repr=False)
    probes: tuple[Probe, ...] = field(repr=False)
    cues: LiteralSet = field(repr=False)

    @property
    def all_literals(self) -> Iterable[Literal]:
        """The literals that the expression or one of the rules needs."""
        return (*self.literals, *(literal for probe in self.probes for literal in probe.literals))

    def triggers(self) -> frozenset[Literal]:
        """Return literals one of which any text must hold, or its keys; empty if none is known."""
        if self.literals:
            return frozenset(self.literals)
        if all(probe.literals for probe in self.probes):
            return frozenset(literal for probe in self.probes for literal in probe.literals)
        if all(probe.needs_context for probe in self.probes):
            return frozenset(cue for probe in self.probes if probe.context for cue in probe.context.cues)
        return frozenset()

    @property
    def counts_alone(self) -> bool:
        """Whether a text that is nothing but a value needs none of the triggers."""
        return not self.literals and any(probe.counts_alone for probe in self.probes)

    def spots(self, profile: Profile) -> Sequence[Spot] | None:
        """Return where the expression can match; None for "anywhere"."""
        if self.need is None:
            return None if not self.sought or profile.any_of(self.sought) else ()
        spots = profile.region(self.need)
        if self.sought and (spots is None or spots):
            around = profile.around(self.sought, self.need.width)
            spots = around if spots is None else common(spots, around)
        return spots


def families(rules: Iterable[Rule], threshold: float) -> tuple[Family, ...]:
    """Return each expression with its uses; a use counts only where its score can reach `threshold`."""
    uses: dict[tuple[str, int], list[tuple[Rule, Pattern]]] = {}
    for rule in rules:
        for pattern in rule.patterns:
            uses.setdefault((pattern.regex, pattern.flags), []).append((rule, pattern))
    contexts = {rule.context: Context(rule.context) for rule in rules if rule.context}
    return tuple(_family(used, contexts, threshold) for used in uses.values())


def _family(
    used: Sequence[tuple[Rule, Pattern]], contexts: Mapping[tuple[str, ...], Context], threshold: float
) -> Family:
    pattern = used[0][1]
    gate = pattern.gate
    digits = max(gate.digits, min(rule.min_digits for rule, _ in used))
    need = None
    if gate.width is not None and gate.lookahead is not None and gate.width <= MAX_WIDTH:
        need = Need(
            digits=max((step for step in _DIGIT_STEPS if step <= digits), default=0),
            solid=max((step for step in _SOLID_STEPS if step <= gate.solid), default=0),
            width=min(step for step in _WIDTH_STEPS if step >= gate.width),
        )
    probes = tuple(_probe(rule, pattern, contexts.get(rule.context), threshold) for rule, pattern in used)
    cues = {cue for probe in probes if probe.context is not None for cue in probe.context.cues}
    literals = tuple(sorted(gate.literals)) if all(map(_telling, gate.literals)) else ()
    return Family(
        pattern=pattern,
        need=need,
        reach=gate.lookahead or 1,
        literals=literals,
        sought=LiteralSet(literals),
        probes=probes,
        cues=LiteralSet(cues if all(probe.needs_context for probe in probes) else ()),
    )


def _telling(literal: Literal) -> bool:
    """Tell whether a literal is rare enough to look for."""
    text = literal.text
    if len(text) == 1:
        return text in _RARE
    return indexable(fold(text)) or not (text.isalnum() or " " in text)


def _probe(rule: Rule, pattern: Pattern, context: Context | None, threshold: float) -> Probe:
    best = max(pattern.score, rule.valid if rule.check else 0)
    literals = (Literal(word if rule.case else fold(word), folded=not rule.case) for word in rule.literals)
    return Probe(
        rule=rule,
        score=pattern.score,
        group=pattern.group,
        context=context,
        needs_context=context is not None and (rule.context_required or best < threshold),
        literals=tuple(literals),
    )
