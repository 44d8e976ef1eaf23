"""Runs recognisers made of regular expressions, checks and context words over one text.

Why not Presidio's own loop: its handling of duplicates and of context grows with the square of the findings (27 s for
100 KB of CSV), it builds an explanation for each match, and it drops a pattern that times out and goes on, which
would let text through unscanned. This one runs a pattern only where its gate says that it can match, looks up context
at matches only, and raises when anything fails. The matches are those of running every pattern over the whole text.

Time is linear in the length of the text: patterns of bounded width are run in place; one of unbounded width is run in
windows of fixed size.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from gateway.detect.checks import Check
from gateway.detect.context import AFTER, BEFORE, Context, spaced
from gateway.detect.gates import Gate, Literal, fold, gate_of
from gateway.detect.literals import LiteralIndex, indexable
from gateway.detect.profile import LiteralSet, Need, Profile, Spot, common

__all__ = ["Hit", "LateRule", "Pattern", "Rule", "Scanner"]

_WINDOW: Final = 2048
_OVERLAP: Final = 512
_MAX_WIDTH: Final = 512
"""A wider gate is not used to confine a pattern: it would confine nothing."""
# Needs are rounded to few steps, downwards and widths upwards, so that recognisers share what was found out.
_DIGIT_STEPS: Final = (1, 2, 4, 5, 6, 8, 9, 11, 13)
_WIDTH_STEPS: Final = (32, 64, 128, _MAX_WIDTH)
_SOLID_STEPS: Final = (12, 14, 16, 20, 26, 36)
_LATE_WIDTH: Final = 64
"""Digits of a late rule's match are as close together as this."""
_ALONE: Final = 40
"""A text of at most so many characters may be nothing but a value: then it needs no context word."""
_ALONE_SCORE: Final = 0.5
_RARE: Final = frozenset("@+#~^|°\\")
"""Single characters that few texts hold."""


_ANY: Final = Need(0, 0, _MAX_WIDTH)


class Hit(NamedTuple):
    """One match in one text."""

    start: int
    end: int
    score: float
    entity_type: str
    recognizer: str


@dataclass(frozen=True)
class Pattern:
    """One regular expression of a rule; compiled when it is first needed, for most never are in a short run."""

    regex: str
    flags: int
    score: float

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.regex, self.flags)

    @cached_property
    def gate(self) -> Gate:
        """What any match needs."""
        return gate_of(self.regex, self.flags)

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


@dataclass(frozen=True, slots=True)
class _Probe:
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

    def is_due(self, profile: Profile, keys: str) -> bool:
        """Tell whether the text holds what the rule asks for besides the expression's own needs."""
        rule = self.rule
        if self.literals and not any(map(profile.holds, self.literals)):
            return False
        if rule.min_digits and not profile.has_digits(rule.min_digits, _LATE_WIDTH):
            return False
        context = self.context
        if context is None or not self.needs_context or (self.counts_alone and len(profile.text) <= _ALONE):
            return True
        return context.may_be_in(profile) or context.may_be_among(keys)


@dataclass(frozen=True, slots=True)
class _Family:
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
    probes: tuple[_Probe, ...] = field(repr=False)
    cues: LiteralSet = field(repr=False)

    def may_lie_in(self, profile: Profile) -> bool:
        """Tell whether the text has the digits and the run that a match needs."""
        return self.need is None or profile.may_hold(self.need)

    @property
    def all_literals(self) -> Iterable[Literal]:
        """The literals that the expression or one of the rules needs."""
        return (*self.literals, *(literal for probe in self.probes for literal in probe.literals))

    def triggers(self) -> frozenset[str]:
        """Return folded literals one of which any text, or its keys, must hold; empty if none is known."""
        if self.literals:
            return frozenset(fold(literal.text) for literal in self.literals)
        if all(probe.literals for probe in self.probes):
            return frozenset(fold(literal.text) for probe in self.probes for literal in probe.literals)
        if all(probe.needs_context for probe in self.probes):
            return frozenset(cue.text for probe in self.probes if probe.context for cue in probe.context.cues)
        return frozenset()

    def spots(self, profile: Profile) -> Sequence[Spot] | None:
        """Return where the expression can match; None for "anywhere"."""
        if self.need is None:
            return None if not self.sought or self.sought.any_in(profile) else ()
        spots = profile.region(self.need)
        if self.sought and (spots is None or spots):
            around = profile.around(self.sought, self.need.width)
            spots = around if spots is None else common(spots, around)
        return spots


class _Plan:
    """Which expressions to try on which texts: by the literals that a text holds, and by its digits and runs."""

    def __init__(
        self, rules: Sequence[Rule], late: Sequence[LateRule], signs: frozenset[str], threshold: float
    ) -> None:
        self.families = _families(rules, threshold)
        self.late = tuple((rule, Context(rule.context) if rule.context else None) for rule in late)
        contexts = [context for _, context in self.late]
        contexts += [probe.context for family in self.families for probe in family.probes]
        literals = set(signs)
        literals |= {cue.text for context in contexts if context is not None for cue in context.cues}
        literals |= {fold(literal.text) for family in self.families for literal in family.all_literals}
        self.index = LiteralIndex(filter(indexable, literals))
        self._triggered: dict[str, list[tuple[Need, _Family]]] = {}
        self._others: dict[Need, list[_Family]] = {}
        self._alone: list[tuple[Need, _Family]] = []
        for family in self.families:
            need = family.need or _ANY
            triggers = family.triggers()
            if triggers and all(map(indexable, triggers)):
                for trigger in triggers:
                    self._triggered.setdefault(trigger, []).append((need, family))
                if not family.literals and any(probe.counts_alone for probe in family.probes):
                    self._alone.append((need, family))
            else:
                self._others.setdefault(need, []).append(family)

    def candidates(self, profile: Profile, keys: str) -> Iterable[_Family]:
        """Return the families that can match the text, and some that cannot."""
        # The two numbers rule out most before anything is looked up for one.
        digits, run = profile.digit_count, profile.longest_run
        due: dict[int, _Family] = {}
        found: Iterable[str] = profile.present
        if keys:
            found = {*found, *self.index.occurrences(fold(keys))}
        for literal in found:
            for need, family in self._triggered.get(literal, ()):
                if need.digits <= digits and need.solid <= run:
                    due[id(family)] = family
        if len(profile.text) <= _ALONE:
            due.update((id(family), family) for need, family in self._alone if need.digits <= digits)
        families = [family for family in due.values() if family.may_lie_in(profile)]
        for need, others in self._others.items():
            if need.digits <= digits and need.solid <= run and profile.may_hold(need):
                families += others
        return families


class Scanner:
    """Runs rules over texts.

    Args:
        rules: the recognisers.
        late: recognisers made when they are first needed.
        threshold: matches below it are dropped.
        signs: more literals whose places in a text may be asked for (`Profile.found`).
        gated: False runs every pattern over the whole text; for tests, which compare both.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        threshold: float,
        late: Iterable[LateRule] = (),
        signs: Iterable[str] = (),
        gated: bool = True,
    ) -> None:
        self._threshold = threshold
        self._gated = gated
        self._making = threading.Lock()
        self._rules = tuple(rules)
        self._late = tuple(late)
        self._signs = frozenset(signs)
        self._plan = _Plan(self._rules, self._late, self._signs, threshold)

    def warm(self) -> None:
        """Make all late rules now."""
        with self._making:
            # Another thread may have made them meanwhile.
            if self._late:
                self._rules += tuple(rule.make() for rule in self._late)
                self._late = ()
                self._plan = _Plan(self._rules, (), self._signs, self._threshold)

    def profile(self, text: str) -> Profile:
        """Return what is known of a text, for `scan_profile`."""
        return Profile(text, self._plan.index)

    def scan(self, text: str, keys: Sequence[str] = ()) -> list[Hit]:
        """Return all matches in `text`, in no particular order; `keys` are the words that lead to it."""
        return self.scan_profile(self.profile(text), keys) if text else []

    def scan_profile(self, profile: Profile, keys: Sequence[str] = ()) -> list[Hit]:
        """Return all matches in the text of `profile`, as `scan`."""
        plan, text = self._plan, profile.text
        leading = spaced(keys)
        if any(_is_due(rule, context, profile, leading) for rule, context in plan.late):
            # What makes a rule costly is Presidio's import, which comes but once.
            self.warm()
            return self.scan(text, keys)
        hits: list[Hit] = []
        if self._gated:
            for family in plan.candidates(profile, leading):
                hits += self._gated_hits(family, profile, leading)
            return hits
        for family in plan.families:
            hits += self._hits(family, family.probes, profile, ((0, len(text)),), leading)
        return hits

    def _gated_hits(self, family: _Family, profile: Profile, keys: str) -> Iterable[Hit]:
        probes = [probe for probe in family.probes if probe.is_due(profile, keys)]
        if not probes:
            return ()
        text = profile.text
        spots = family.spots(profile)
        if spots is None:
            spots = ((0, len(text)),)
        elif spots and family.cues and not keys and len(text) > _ALONE:
            spots = profile.near(spots, family.cues, BEFORE, AFTER)
        return self._hits(family, probes, profile, _extended(spots, family.reach), keys) if spots else ()

    def _hits(
        self, family: _Family, probes: Sequence[_Probe], profile: Profile, spots: Iterable[Spot], keys: str
    ) -> Iterator[Hit]:
        text = profile.text
        for spot in spots:
            for match in _matches(family, text, spot):
                for probe in probes:
                    hit = self._hit(probe, match, profile, keys)
                    if hit is not None:
                        yield hit

    def _hit(self, probe: _Probe, match: re.Match[str], profile: Profile, keys: str) -> Hit | None:
        rule, text = probe.rule, profile.text
        start, end = match.span(probe.group)
        if start == end or (rule.min_digits and sum(map(str.isdecimal, match.group())) < rule.min_digits):
            return None
        score, verdict = probe.score, None
        if rule.check is not None:
            verdict = rule.check(text[start:end])
            if verdict is False:
                return None
            if verdict:
                score = max(score, rule.valid)
        if probe.context is not None and (score < 1 or rule.context_required):
            boosted = probe.context.boosted(score, profile, start, end, keys)
            if boosted is not None:
                score = boosted
            elif rule.context_required:
                return None
            elif verdict and not keys and len(text) <= _ALONE and text.strip() == text[start:end]:
                score = max(score, _ALONE_SCORE)
        if score < self._threshold:
            return None
        return Hit(start, end, score, rule.entity_type, rule.name)


def _is_due(rule: LateRule, context: Context | None, profile: Profile, keys: str) -> bool:
    if rule.min_digits and not profile.has_digits(rule.min_digits, _LATE_WIDTH):
        return False
    return context is None or context.is_in(profile) or context.may_be_among(keys)


def _families(rules: Iterable[Rule], threshold: float) -> tuple[_Family, ...]:
    uses: dict[tuple[str, int], list[tuple[Rule, Pattern]]] = {}
    for rule in rules:
        for pattern in rule.patterns:
            uses.setdefault((pattern.regex, pattern.flags), []).append((rule, pattern))
    contexts = {rule.context: Context(rule.context) for rule in rules if rule.context}
    return tuple(_family(used, contexts, threshold) for used in uses.values())


def _family(
    used: Sequence[tuple[Rule, Pattern]], contexts: Mapping[tuple[str, ...], Context], threshold: float
) -> _Family:
    pattern = used[0][1]
    gate = pattern.gate
    digits = max(gate.digits, min(rule.min_digits for rule, _ in used))
    need = None
    if gate.width is not None and gate.lookahead is not None and gate.width <= _MAX_WIDTH:
        need = Need(
            digits=max((step for step in _DIGIT_STEPS if step <= digits), default=0),
            solid=max((step for step in _SOLID_STEPS if step <= gate.solid), default=0),
            width=min(step for step in _WIDTH_STEPS if step >= gate.width),
        )
    probes = tuple(_probe(rule, pattern, contexts.get(rule.context), threshold) for rule, pattern in used)
    cues = {cue for probe in probes if probe.context is not None for cue in probe.context.cues}
    literals = tuple(sorted(gate.literals)) if all(map(_telling, gate.literals)) else ()
    return _Family(
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


def _probe(rule: Rule, pattern: Pattern, context: Context | None, threshold: float) -> _Probe:
    best = max(pattern.score, rule.valid if rule.check else 0)
    literals = (Literal(word if rule.case else fold(word), folded=not rule.case) for word in rule.literals)
    return _Probe(
        rule=rule,
        score=pattern.score,
        group=pattern.group,
        context=context,
        needs_context=context is not None and (rule.context_required or best < threshold),
        literals=tuple(literals),
    )


def _extended(spots: Iterable[Spot], reach: int) -> list[Spot]:
    """Return the places with `reach` characters behind each, joined where they meet."""
    extended: list[Spot] = []
    for start, end in spots:
        if extended and start <= extended[-1][1]:
            extended[-1] = (extended[-1][0], end + reach)
        else:
            extended.append((start, end + reach))
    return extended


def _matches(family: _Family, text: str, spot: Spot) -> Iterator[re.Match[str]]:
    finditer = family.pattern.compiled.finditer
    start, end = spot
    if family.need is not None or end - start <= _WINDOW:
        yield from finditer(text, start, end)
        return
    reached = start
    for window in range(start, end, _WINDOW - _OVERLAP):
        for match in finditer(text, max(window, reached), min(window + _WINDOW, end)):
            reached = match.end()
            yield match
