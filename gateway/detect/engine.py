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
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from gateway.detect.context import AFTER, BEFORE, Context, keys_as_text
from gateway.detect.digits import decimal_digits
from gateway.detect.families import CLOSE, MAX_WIDTH, OVERLAP, WINDOW, Family, Probe, families, stands_alone
from gateway.detect.gates import fold
from gateway.detect.literals import LiteralIndex, indexable
from gateway.detect.numbered import Numbered, Scanned, numbered
from gateway.detect.profile import LiteralSet, Need, Profile
from gateway.detect.rules import LateRule, Pattern, Rule
from gateway.detect.sieves import PatternSieve
from gateway.detect.spots import Spot, extended

__all__ = ["Hit", "Scanner"]

_ALONE_SCORE: Final = 0.5
_ANY: Final = Need(0, 0, MAX_WIDTH)


class Hit(NamedTuple):
    """One match in one text."""

    start: int
    end: int
    score: float
    entity_type: str
    recognizer: str


class _Gates:
    """What families ask of a text, asked one by one: how it is done without what is compiled.

    Args:
        families: the families.
        literals: all that are asked for.
    """

    def __init__(self, families: Iterable[Family], literals: Iterable[str]) -> None:
        self._index = LiteralIndex(filter(indexable, literals))
        self._triggered: dict[str, list[tuple[Need, Family]]] = {}
        self._others: dict[Need, list[Family]] = {}
        self._alone: list[tuple[Need, Family]] = []
        for family in families:
            need = family.need or _ANY
            triggers = frozenset(fold(literal.text) for literal in family.triggers())
            if triggers and all(map(indexable, triggers)):
                for trigger in triggers:
                    self._triggered.setdefault(trigger, []).append((need, family))
                if family.counts_alone:
                    self._alone.append((need, family))
            else:
                self._others.setdefault(need, []).append(family)

    def profile(self, text: str, keys: str) -> Profile:
        """Return what is known of a text to which `keys` lead."""
        return Profile(text, self._index, keys)

    def due(self, profile: Profile) -> Iterator[tuple[Family, Sequence[Probe], Sequence[Spot]]]:
        """Yield the families that can match the text, with those of their uses that may count, and where."""
        for family in self._candidates(profile):
            uses = [probe for probe in family.probes if probe.is_due(profile)]
            if uses and (places := _spots(family, profile)):
                yield family, uses, places

    def _candidates(self, profile: Profile) -> Iterable[Family]:
        """Return the families that can match the text, and some that cannot."""
        # The two numbers rule out most before anything is looked up for one.
        digits, run = profile.digit_count, profile.longest_run
        due: dict[int, Family] = {}
        found: Iterable[str] = profile.present
        if profile.keys:
            found = {*found, *self._index.occurrences(fold(profile.keys))}
        triggered = self._triggered
        for literal in found:
            for need, family in triggered.get(literal, ()):
                if need.digits <= digits and need.solid <= run:
                    due[id(family)] = family
        if stands_alone(profile.text, profile.keys):
            due.update((id(family), family) for need, family in self._alone if need.digits <= digits)
        families = [family for family in due.values() if family.need is None or profile.may_hold(family.need)]
        for need, others in self._others.items():
            if need.digits <= digits and need.solid <= run and profile.may_hold(need):
                families += others
        if not families:
            return families
        looks = profile.looks
        if profile.text.isascii():
            return [family for family in families if looks(family.pattern.ascii_shape)]
        return [family for family in families if looks(family.pattern.shape)]


class _Plan:
    """Which expressions to try on which texts: by the literals that a text holds, and by its digits and runs.

    Attributes:
        families: the expressions.
        late: rules that are made when they are first needed.
        contexts: context words of all rules, each once.
        gates: the families' gates in numbers where the scanner is compiled, else one by one.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        late: Sequence[LateRule],
        asked: Sequence[LiteralSet],
        threshold: float,
        *,
        compiled: bool,
    ) -> None:
        self.families = families(rules, threshold)
        self.late = tuple((rule, Context(rule.context) if rule.context else None) for rule in late)
        contexts = [context for _, context in self.late if context is not None]
        contexts += [probe.context for family in self.families for probe in family.probes if probe.context]
        self.contexts = tuple(dict.fromkeys(contexts))
        sought = [*asked, *(context.sought for context in self.contexts)]
        in_numbers = numbered(self.families, sought) if compiled else None
        self.gates: Numbered | _Gates = in_numbers or self._one_by_one(asked, self.contexts)

    def _one_by_one(self, asked: Iterable[LiteralSet], contexts: Iterable[Context]) -> _Gates:
        literals = {literal.text for one in asked for literal in one.literals}
        literals |= {cue.text for context in contexts for cue in context.cues}
        literals |= {fold(literal.text) for family in self.families for literal in family.all_literals}
        return _Gates(self.families, literals)

    def matches(self, profile: Profile) -> Iterator[tuple[Sequence[Probe], Iterable[re.Match[str]]]]:
        """Yield the matches of each expression that can match the text, with those of its uses that may count."""
        if isinstance(profile, Scanned):
            for number, numbers, found in profile.scan.matches():
                probes = self.families[number].probes
                yield probes if len(numbers) == len(probes) else [probes[use] for use in numbers], found
        elif isinstance(self.gates, _Gates):
            for family, uses, spots in self.gates.due(profile):
                yield uses, _matches(family, family.pattern.compiled, profile.text, spots)


class Scanner:
    """Runs rules over texts.

    Args:
        rules: the recognisers.
        late: recognisers made when they are first needed.
        threshold: matches below it are dropped.
        asked: more literals whose places in a text may be asked for (`Profile.starts`).
        expressions: others than the rules' that a text may be asked for (`Profile.finditer`).
        gated: False runs every pattern over the whole text; for tests, which compare both.
        compiled: False asks the gates one by one; for tests, too.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        threshold: float,
        late: Iterable[LateRule] = (),
        asked: Iterable[LiteralSet] = (),
        expressions: Iterable[Pattern] = (),
        gated: bool = True,
        compiled: bool = True,
    ) -> None:
        self._threshold = threshold
        self._gated = gated
        self._making = threading.Lock()
        self._rules = tuple(rules)
        self._late = tuple(late)
        self._asked = tuple(asked)
        self._expressions = tuple(expressions)
        self._compiled = compiled
        self._plan = self._planned()

    def _planned(self) -> _Plan:
        return _Plan(self._rules, self._late, self._asked, self._threshold, compiled=self._compiled and self._gated)

    def warm(self) -> None:
        """Make all late rules now."""
        with self._making:
            # Another thread may have made them meanwhile.
            if self._late:
                self._rules += tuple(rule.make() for rule in self._late)
                self._late = ()
                self._plan = self._planned()

    def prepare(self) -> Iterator[None]:
        """Compile context words and read off how matches look, one with each step; else the first that asks waits."""
        plan = self._plan
        for context in plan.contexts:
            context.prepare()
            yield
        if isinstance(plan.gates, Numbered):
            yield from plan.gates.prepare(self._expressions)

    def sieve(self) -> PatternSieve | None:
        """Return what tells that nothing will be found; None if there are rules that are not made yet."""
        return None if self._late else PatternSieve(self._plan.families)

    def profile(self, text: str, keys: str = "") -> Profile:
        """Return what is known of a text, for `scan_profile`; `keys` are the words that lead to it, as one text."""
        return self._plan.gates.profile(text, keys)

    def scan(self, text: str, keys: Sequence[str] = ()) -> list[Hit]:
        """Return all matches in `text`, in no particular order; `keys` are the words that lead to it."""
        return self.scan_profile(self.profile(text, keys_as_text(keys))) if text else []

    def scan_profile(self, profile: Profile) -> list[Hit]:
        """Return all matches in the text of `profile`, as `scan`."""
        plan, text = self._plan, profile.text
        if plan.late and any(_is_due(rule, context, profile) for rule, context in plan.late):
            # What makes a rule costly is Presidio's import, which comes but once.
            self.warm()
            return self.scan_profile(self._plan.gates.profile(text, profile.keys))
        if self._gated:
            found = plan.matches(profile)
        else:
            whole = ((0, len(text)),)
            found = ((one.probes, _matches(one, one.pattern.plain, text, whole)) for one in plan.families)
        return [
            hit
            for uses, matches in found
            for match in matches
            for probe in uses
            if (hit := self._hit(probe, match, profile)) is not None
        ]

    def _hit(self, probe: Probe, match: re.Match[str], profile: Profile) -> Hit | None:
        rule, text, keys = probe.rule, profile.text, profile.keys
        start, end = match.span(probe.group)
        context = probe.context
        if start == end or (
            # Most matches of mere digits end here: without such a word a check helps in one case alone.
            context is not None
            and probe.needs_context
            and not context.may_boost(profile, start, end)
            and not (probe.counts_alone and stands_alone(text, keys))
        ):
            return None
        if rule.min_digits and len(decimal_digits(match.group())) < rule.min_digits:
            return None
        score, verdict = probe.score, None
        if rule.check is not None:
            verdict = rule.check(text[start:end])
            if verdict is False:
                return None
            if verdict:
                score = max(score, rule.valid)
        if context is not None and (score < 1 or rule.context_required):
            boosted = context.boosted(score, profile, start, end)
            if boosted is not None:
                score = boosted
            elif rule.context_required:
                return None
            elif verdict and stands_alone(text, keys) and text.strip() == text[start:end]:
                score = max(score, _ALONE_SCORE)
        if score < self._threshold:
            return None
        return Hit(start, end, score, rule.entity_type, rule.name)


def _spots(family: Family, profile: Profile) -> Sequence[Spot]:
    """Return where a family is to be looked for."""
    size = len(profile.text)
    cued = bool(family.cues) and not stands_alone(profile.text, profile.keys) and not _is_led(family, profile.keys)
    if family.need is not None and not family.sought and not cued:
        return profile.reaching(family.need, family.reach)
    found = family.spots(profile)
    if found and cued:
        found = [spot for spot in found if profile.is_near(*spot, family.cues, BEFORE, AFTER)]
    return ((0, size),) if found is None else extended(found, family.reach)


def _is_led(family: Family, keys: str) -> bool:
    """Tell whether the keys may hold a context word of the family's: then it counts wherever it matches."""
    folded = fold(keys)
    return any(cue.text in folded for cue in family.cues.literals)


def _is_due(rule: LateRule, context: Context | None, profile: Profile) -> bool:
    if rule.min_digits and not profile.has_digits(rule.min_digits, CLOSE):
        return False
    return context is None or context.is_in(profile) or context.may_be_among(profile.keys)


def _matches(family: Family, expression: re.Pattern[str], text: str, spots: Iterable[Spot]) -> Iterator[re.Match[str]]:
    for start, end in spots:
        if family.need is None and end - start > WINDOW:
            yield from _in_windows(expression, text, start, end)
        else:
            yield from expression.finditer(text, start, end)


def _in_windows(expression: re.Pattern[str], text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    reached = start
    for window in range(start, end, WINDOW - OVERLAP):
        for match in expression.finditer(text, max(window, reached), min(window + WINDOW, end)):
            reached = match.end()
            yield match
