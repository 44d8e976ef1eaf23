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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from gateway.detect.checks import Check
from gateway.detect.context import Context, spaced
from gateway.detect.gates import Gate, fold, gate_of
from gateway.detect.profile import Profile, Spot

__all__ = ["Hit", "LateRule", "Pattern", "Rule", "Scanner"]

_WINDOW: Final = 2048
_OVERLAP: Final = 512
_MAX_WIDTH: Final = 512
"""A wider gate is not used to confine a pattern: it would confine nothing."""
_DIGIT_STEPS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16)
_WIDTH_STEPS: Final = (8, 16, 24, 32, 48, 64, 96, 128, 256, _MAX_WIDTH)
_LATE_WIDTH: Final = 64
"""Digits of a late rule's match are as close together as this."""
_COMMON: Final = frozenset(" -./:,'\"()")
"""Single characters that nearly every text holds; no use as a gate."""


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

    @cached_property
    def group(self) -> int:
        """The group that is the finding: `value`, or the whole match."""
        return self.compiled.groupindex.get("value", 0)


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
        min_digits: so many digits must be close together.
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
    """One pattern with all that tells when it need not run."""

    rule: Rule
    pattern: Pattern
    literals: frozenset[str]
    own_literals: frozenset[str]
    needed_context: frozenset[str]
    context: Context | None
    digits: int
    width: int
    reach: int

    def may_match(self, profile: Profile, keys: str) -> bool:
        """Tell whether the text holds a literal and, where it is needed, a context word."""
        case = self.rule.case
        if self.own_literals and not profile.holds(self.own_literals, case=case):
            return False
        if self.literals and not profile.holds(self.literals, case=case):
            return False
        context = self.needed_context
        return not context or profile.holds(context, case=False) or any(word in keys for word in context)


@dataclass(frozen=True, slots=True)
class _Group:
    """Probes whose matches need the same number of digits within the same width."""

    digits: int
    width: int
    probes: tuple[_Probe, ...] = field(repr=False)


class Scanner:
    """Runs rules over texts.

    Args:
        rules: the recognisers.
        late: recognisers made when they are first needed.
        threshold: matches below it are dropped.
        gated: False runs every pattern over the whole text; for tests, which compare both.
    """

    def __init__(
        self, rules: Iterable[Rule], *, threshold: float, late: Iterable[LateRule] = (), gated: bool = True
    ) -> None:
        self._threshold = threshold
        self._gated = gated
        self._making = threading.Lock()
        self._rules = tuple(rules)
        self._late = tuple((rule, Context(rule.context).literals if rule.context else None) for rule in late)
        self._groups = _grouped(self._rules, threshold)

    def warm(self) -> None:
        """Make all late rules now."""
        self._make([rule for rule, _ in self._late])

    def scan(self, text: str, keys: Sequence[str] = ()) -> list[Hit]:
        """Return all matches in `text`, in no particular order; `keys` are the words that lead to it."""
        if not text:
            return []
        profile = Profile(text)
        leading = spaced(keys)
        folded_keys = fold(leading)
        hits: list[Hit] = []
        if self._late:
            self._make([rule for rule, words in self._late if _due(rule, words, profile, folded_keys)])
        for group in self._groups:
            if self._gated and group.digits and not profile.clusters(group.digits, group.width, 0):
                continue
            for probe in group.probes:
                spots = self._spots(probe, profile, folded_keys) if self._gated else None
                if spots is None:
                    spots = [(0, len(text))]
                for spot in spots:
                    hits += self._hits(probe, text, spot, leading)
        return hits

    def _make(self, due: Sequence[LateRule]) -> None:
        if not due:
            return
        with self._making:
            # Another thread may have made some of them meanwhile.
            waiting = {id(rule) for rule, _ in self._late}
            self._rules += tuple(rule.make() for rule in due if id(rule) in waiting)
            self._groups = _grouped(self._rules, self._threshold)
            made = {id(rule) for rule in due}
            self._late = tuple(pair for pair in self._late if id(pair[0]) not in made)

    def _spots(self, probe: _Probe, profile: Profile, keys: str) -> list[Spot] | None:
        """Return where the probe can match; None for "anywhere"."""
        case = probe.rule.case
        if not probe.may_match(profile, keys):
            return []
        if probe.width > _MAX_WIDTH:
            return None
        if probe.literals:
            return profile.around(probe.literals, probe.width, probe.reach, case=case)
        if probe.digits:
            return profile.clusters(probe.digits, probe.width, probe.reach)
        return None

    def _hits(self, probe: _Probe, text: str, spot: Spot, keys: str) -> Iterator[Hit]:
        rule, group = probe.rule, probe.pattern.group
        for match in _matches(probe, text, spot):
            start, end = match.span(group)
            if start == end:
                continue
            score = probe.pattern.score
            if rule.check is not None:
                verdict = rule.check(text[start:end])
                if verdict is False:
                    continue
                if verdict:
                    score = max(score, rule.valid)
            if probe.context is not None and (score < 1 or rule.context_required):
                boosted = probe.context.boosted(score, text, start, end, keys)
                if boosted is not None:
                    score = boosted
                elif rule.context_required:
                    continue
            if score >= self._threshold:
                yield Hit(start, end, score, rule.entity_type, rule.name)


def _due(rule: LateRule, words: frozenset[str] | None, profile: Profile, keys: str) -> bool:
    if rule.min_digits and not profile.clusters(min(rule.min_digits, _DIGIT_STEPS[-1]), _LATE_WIDTH, 0):
        return False
    return words is None or profile.holds(words, case=False) or any(word in keys for word in words)


def _grouped(rules: Iterable[Rule], threshold: float) -> tuple[_Group, ...]:
    grouped: dict[tuple[int, int], list[_Probe]] = {}
    for rule in rules:
        context = Context(rule.context) if rule.context else None
        for pattern in rule.patterns:
            probe = _probe(rule, pattern, context, threshold)
            grouped.setdefault((probe.digits, probe.width), []).append(probe)
    return tuple(_Group(digits, width, tuple(probes)) for (digits, width), probes in grouped.items())


def _probe(rule: Rule, pattern: Pattern, context: Context | None, threshold: float) -> _Probe:
    gate = pattern.gate
    best = max(pattern.score, rule.valid if rule.check else 0)
    needs_context = context is not None and (rule.context_required or best < threshold)
    literals = frozenset() if any(len(word) == 1 and word in _COMMON for word in gate.literals) else gate.literals
    digits = max(gate.digits, rule.min_digits)
    width = gate.width if gate.width is not None and gate.lookahead is not None else _MAX_WIDTH + 1
    if width > _MAX_WIDTH:
        digits, width = 0, _MAX_WIDTH + 1
    return _Probe(
        rule=rule,
        pattern=pattern,
        literals=literals,
        own_literals=frozenset(rule.literals if rule.case else map(fold, rule.literals)),
        needed_context=context.literals if context is not None and needs_context else frozenset(),
        context=context,
        digits=max((step for step in _DIGIT_STEPS if step <= digits), default=0),
        width=min((step for step in _WIDTH_STEPS if step >= width), default=width),
        reach=gate.lookahead or 1,
    )


def _matches(probe: _Probe, text: str, spot: Spot) -> Iterator[re.Match[str]]:
    finditer: Callable[..., Iterator[re.Match[str]]] = probe.pattern.compiled.finditer
    start, end = spot
    if probe.width <= _MAX_WIDTH or end - start <= _WINDOW:
        yield from finditer(text, start, end)
        return
    reached = start
    for window in range(start, end, _WINDOW - _OVERLAP):
        for match in finditer(text, max(window, reached), min(window + _WINDOW, end)):
            reached = match.end()
            yield match
