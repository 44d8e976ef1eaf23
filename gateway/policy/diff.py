"""What changes from one policy to another: in words, from what they say; in numbers, from sample requests.

The samples are made from both policies: nothing found; every entity type alone, as often as some condition asks for;
every topic at, below and above each number it is compared with, and all topics of one condition together; each of
these with the words that conditions compare request facts with, or give to a method or a macro of theirs. The counts
say how much of this grid moves, not how much traffic: for that there is `replay`. A rule that changes and that no
sample reaches is named, for without that "none is decided otherwise" would sound as if it had no effect.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.model import Classification, Effect, Finding, Principal, RequestFacts, Topics, Zone
from gateway.policy.bundle import CompiledBudget, CompiledClause, CompiledRule, PolicyBundle
from gateway.policy.environment import COUNTING_SCORE
from gateway.policy.expression import Expression
from gateway.policy.reach import literals_of
from gateway.policy.replay import Verdict, between

__all__ = ["Difference", "diff"]

_MAX_SAMPLES: Final = 20_000
_MAX_FACTS: Final = 64
_MAX_COUNT: Final = 1000
_EXPOSURE: Final = {Zone.LOCAL: 1, Zone.SECURE: 2, Zone.CLOUD: 3}
_WORDS: Final = ("principal", "tenant", "purpose", "model", "endpoint", "dialect")


@dataclass(slots=True)
class Difference:
    """What changes.

    Attributes:
        words: statements, one a line.
        samples: how many sample requests were judged by both.
        changed: how many of them are decided otherwise.
        stricter: how many of these may go to fewer or more private places, or are replaced more.
        looser: how many of these may go to less private places, or are replaced less.
        moves: "rule -> rule" to how many.
        unsampled: rules that change, and that no sample reaches.
        cut: whether there would be more samples than are judged.
    """

    words: list[str] = field(default_factory=list)
    samples: int = 0
    changed: int = 0
    stricter: int = 0
    looser: int = 0
    moves: dict[str, int] = field(default_factory=dict)
    unsampled: list[str] = field(default_factory=list)
    cut: bool = False

    def fields(self) -> dict[str, object]:
        """Return it as JSON; documented and stable."""
        return {
            "words": self.words,
            "samples": self.samples,
            "changed": self.changed,
            "stricter": self.stricter,
            "looser": self.looser,
            "moves": self.moves,
            "unsampled": self.unsampled,
            "cut": self.cut,
        }


def diff(before: PolicyBundle, after: PolicyBundle, entity_types: Iterable[str]) -> Difference:
    """Return what changes from `before` to `after`.

    Args:
        before: a policy.
        after: another one.
        entity_types: all that the recognizers can produce.
    """
    found = Difference(list(_words(before, after, sorted(entity_types))))
    if before.revision == after.revision:
        return found
    reached: set[str] = set()
    samples = _samples((before, after), sorted(entity_types))
    for findings, topics, facts in itertools.islice(samples, _MAX_SAMPLES):
        verdicts = [_judged(bundle, findings, topics, facts) for bundle in (before, after)]
        found.samples += 1
        reached.update(verdict.rule for verdict in verdicts)
        if not between(*verdicts):
            continue
        found.changed += 1
        weights = [_exposure(verdict) for verdict in verdicts]
        found.stricter += weights[1] < weights[0]
        found.looser += weights[1] > weights[0]
        move = f"{verdicts[0].rule} -> {verdicts[1].rule}"
        found.moves[move] = found.moves.get(move, 0) + 1
    found.cut = next(samples, None) is not None
    found.moves = dict(sorted(found.moves.items(), key=lambda entry: (-entry[1], entry[0])))
    told = [{rule.name: _rule_in_words(rule) for rule in bundle.rules} for bundle in (before, after)]
    other = {name for name, _ in told[0].items() ^ told[1].items()}
    found.unsampled = sorted(other - reached)
    return found


def _judged(
    bundle: PolicyBundle, findings: tuple[Finding, ...], topics: dict[str, float], facts: RequestFacts
) -> Verdict:
    level, reasons = bundle.classify(findings, topics, facts)
    return Verdict.of(bundle.decide(Classification(level, reasons, findings, Topics(topics)), facts))


def _exposure(verdict: Verdict) -> tuple[int, int]:
    """Return how far a request may travel, and how many kinds of findings leave as they are or can come back."""
    reach = max((_EXPOSURE[zone] for zone in verdict.route), default=0)
    return reach, -sum(operator != "keep" for operator in (verdict.operators or {}).values())


def _words(before: PolicyBundle, after: PolicyBundle, entity_types: Sequence[str]) -> Iterator[str]:
    if before.revision == after.revision:
        yield "the two say the same"
        return
    for entity_type in entity_types:
        levels = [_level_of(bundle, entity_type) for bundle in (before, after)]
        if levels[0] != levels[1]:
            yield f"{entity_type} counts as {levels[1]} instead of {levels[0]}"
        operators = [bundle.obligation(entity_type).operator for bundle in (before, after)]
        if operators[0] != operators[1]:
            yield f"{entity_type} is replaced by {operators[1]} instead of {operators[0]}"
    clauses = [{_said(clause): clause for clause in bundle.clauses if clause.condition} for bundle in (before, after)]
    yield from (f"the clause {said} is gone" for said in clauses[0] if said not in clauses[1])
    yield from (f"the clause {said} is new" for said in clauses[1] if said not in clauses[0])
    yield from _rules_in_words(before.rules, after.rules)
    budgets = [{budget.name: _budget_in_words(budget) for budget in bundle.budgets} for bundle in (before, after)]
    for name in dict.fromkeys((*budgets[0], *budgets[1])):
        was, becomes = (said.get(name, "none") for said in budgets)
        if was != becomes:
            yield f"the budget `{name}` becomes: {becomes}; it was: {was}"


def _level_of(bundle: PolicyBundle, entity_type: str) -> str:
    """Return what a finding of `entity_type` alone counts as: `moderate`, `high from 3 findings on and moderate`."""
    naming = [clause for clause in bundle.clauses if entity_type in clause.entity_types]
    if not naming:
        return "high (no clause names it)"
    levels: list[str] = []
    for clause in sorted(naming, key=lambda clause: -clause.level):
        if clause.condition is None:
            levels.append(f"{clause.level.label}{_from(clause)}")
            if not _from(clause):
                break
    return " and ".join(levels) or "low"


def _from(clause: CompiledClause) -> str:
    count = f" from {clause.min_count} findings on" if clause.min_count > 1 else ""
    return count + (f" at a score of {clause.min_score:g}" if clause.min_score != COUNTING_SCORE else "")


def _budget_in_words(budget: CompiledBudget) -> str:
    types = f" of {', '.join(sorted(budget.entity_types))}" if budget.entity_types else ""
    zones = ", ".join(zone.value for zone in budget.zones)
    return f"{budget.distinct} distinct values{types} per {budget.per} to one of {zones} in {budget.window_s:g} s"


def _said(clause: CompiledClause) -> str:
    source = clause.condition.source if clause.condition else ""
    types = f" with {', '.join(sorted(clause.entity_types))}" if clause.entity_types else ""
    return f"`{clause.name}` ({clause.level.label} when {source}{types})"


def _rules_in_words(before: Sequence[CompiledRule], after: Sequence[CompiledRule]) -> Iterator[str]:
    old, new = {rule.name: rule for rule in before}, {rule.name: rule for rule in after}
    yield from (f"the rule `{name}` is gone" for name in old if name not in new)
    for name, rule in new.items():
        if name not in old:
            yield f"the rule `{name}` is new: {_rule_in_words(rule)}"
        elif _rule_in_words(rule) != _rule_in_words(old[name]):
            yield f"the rule `{name}` becomes: {_rule_in_words(rule)}; it was: {_rule_in_words(old[name])}"
    order = [[name for name in rules if name in old and name in new] for rules in (old, new)]
    if order[0] != order[1]:
        yield f"the order of rules becomes {', '.join(order[1])}"


def _rule_in_words(rule: CompiledRule) -> str:
    when = f"when {rule.condition.source}" if rule.condition else "always"
    if rule.effect is Effect.DENY:
        return f"{when}: deny"
    zones = ", ".join(zone.value for zone in rule.route)
    regions = f" in {', '.join(rule.regions)}" if rule.regions else ""
    return f"{when}: {'transform and send' if rule.transforms else 'send'} to {zones}{regions}"


def _samples(
    bundles: Sequence[PolicyBundle], entity_types: Sequence[str]
) -> Iterator[tuple[tuple[Finding, ...], dict[str, float], RequestFacts]]:
    """Yield requests that the policies may tell apart."""
    everyone = _facts(bundles)
    for findings, topics in _contents(bundles, entity_types):
        for facts in everyone:
            yield findings, topics, facts


def _contents(
    bundles: Sequence[PolicyBundle], entity_types: Sequence[str]
) -> Iterator[tuple[tuple[Finding, ...], dict[str, float]]]:
    yield (), {}
    usual = {1, *(clause.min_count for bundle in bundles for clause in bundle.clauses)}
    of_all = _literals(bundles, "findings").get("", set())
    of_type = _literals(bundles, "entities")
    for entity_type in entity_types:
        near = {round(float(number)) + 1 for number in of_all | of_type.get(entity_type, set())}
        for count in sorted(count for count in usual | near if 0 < count <= _MAX_COUNT):
            yield (Finding("", entity_type, 0, 0, 1.0, ""),) * count, {}
    for topic, numbers in _literals(bundles, "topics").items():
        for number in sorted({float(number) for number in numbers}):
            for probability in (number - 0.01, number, number + 0.01):
                yield (), {topic: min(max(probability, 0.0), 1.0)}
    for bundle in bundles:
        for clause in bundle.clauses:
            if clause.condition and clause.condition.scope.topics:
                certain = dict.fromkeys(sorted(clause.condition.scope.topics), 1.0)
                yield (), certain
                yield from (((Finding("", kind, 0, 0, 1.0, ""),), certain) for kind in entity_types)


def _facts(bundles: Sequence[PolicyBundle]) -> list[RequestFacts]:
    """Return who may ask for what: all combinations of the words that conditions know; if too many, each word once."""
    words = {
        name: sorted({str(word) for word in _literals(bundles, name).get("", ())} | _given(bundles, name))
        for name in _WORDS
    }
    words["groups"] = sorted({*_literals(bundles, "groups"), *_given(bundles, "groups")})
    streams = (False, True) if any("stream" in bundle.variables for bundle in bundles) else (False,)
    nobody = dict.fromkeys(words, "")
    if math.prod(len(known) + 1 for known in words.values()) <= _MAX_FACTS:
        combinations = itertools.product(*(["", *known] for known in words.values()))
        chosen = [dict(zip(words, picked, strict=True)) for picked in combinations]
    else:
        chosen = [nobody, *(nobody | {name: word} for name, known in words.items() for word in known)]
    return [_request(known, stream=stream) for known in chosen for stream in streams]


def _request(words: Mapping[str, str], *, stream: bool) -> RequestFacts:
    groups = (words["groups"],) if words["groups"] else ()
    principal = Principal(words["principal"], words["tenant"], words["purpose"], groups)
    return RequestFacts(principal, words["endpoint"], words["dialect"], words["model"], stream)


def _given(bundles: Sequence[PolicyBundle], variable: str) -> set[str]:
    """Return the texts of conditions that call a method or a macro of `variable`; some of them may fit it."""
    found: set[str] = set()
    for condition in _conditions(bundles):
        tokens = condition.tokens
        if any(one.text == variable and two.text == "." for one, two in itertools.pairwise(tokens)):
            found.update(token.text for token in tokens if token.kind == "string" and token.plain)
    return found


def _conditions(bundles: Sequence[PolicyBundle]) -> Iterator[Expression]:
    for bundle in bundles:
        conditions = [*(clause.condition for clause in bundle.clauses), *(rule.condition for rule in bundle.rules)]
        yield from (condition for condition in conditions if condition is not None)


def _literals(bundles: Sequence[PolicyBundle], variable: str) -> dict[str, set[float | str]]:
    """Return what conditions compare the members of `variable` with."""
    found: dict[str, set[float | str]] = {}
    for condition in _conditions(bundles):
        for (name, member), values in literals_of(condition).items():
            if name == variable:
                found.setdefault(member, set()).update(values)
    return found
