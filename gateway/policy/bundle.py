"""A policy that is ready to decide: judge how sensitive a request is, then say what may happen to it.

Pure functions of what was found, what the request is about and who asks; nothing else, so that a decision can be
made again from its audit record. Fail closed (invariant 2): a type that no clause names is high, a clause that fails
is high, no rule that matches is a denial, a rule that fails is a denial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from gateway.core.answers import AnswerPolicy
from gateway.core.errors import Problem
from gateway.core.model import (
    Classification,
    Decision,
    Effect,
    Finding,
    Obligation,
    Reason,
    RequestFacts,
    Sensitivity,
    Zone,
)
from gateway.core.uninspectable import UNINSPECTABLE_TYPES
from gateway.policy.cel_library import cel
from gateway.policy.comparisons import floors, likely
from gateway.policy.environment import COUNTING_SCORE, NONE_FOUND, Facts, Scope, at_least, count_findings, tally
from gateway.policy.expression import EvaluationError, Expression

__all__ = [
    "ASKED_FOR",
    "DEFAULT_DENY",
    "DETECTOR_FAILED",
    "CompiledBudget",
    "CompiledClause",
    "CompiledRule",
    "PolicyBundle",
]

DEFAULT_DENY: Final = "default-deny"
"""The rule named in a decision when no rule matched."""

ASKED_FOR: Final = "client-minimum"
"""The reason when the client raised the level."""
DETECTOR_FAILED: Final = "detector-failed"
"""The reason when a recognizer or model failed, so that the pipeline made the request high."""

_LOW: Final = Sensitivity.LOW
_ALLOW: Final = Effect.ALLOW
_DENY: Final = Effect.DENY
"""By themselves: to ask an enumeration for one takes as long as a call."""
_UNKNOWN_TYPE: Final = "unknown-entity-type"
_UNREADABLE: Final = "uninspectable-content"
_MAX_TYPES_SHOWN: Final = 20
_COMBINATIONS: Final = 256
"""Of topics of which the clauses to ask are remembered; requests have a dozen or two."""


@dataclass(frozen=True, slots=True)
class CompiledClause:
    """A `classify` clause."""

    name: str
    level: Sensitivity
    entity_types: frozenset[str]
    min_score: float
    min_count: int
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule."""

    name: str
    effect: Effect
    condition: Expression | None
    route: tuple[Zone, ...]
    transforms: bool
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompiledBudget:
    """An exposure budget. Empty `entity_types`: every type that is more than low."""

    name: str
    per: str
    zones: tuple[Zone, ...]
    entity_types: frozenset[str]
    distinct: int
    window_s: float


@dataclass(frozen=True)
class PolicyBundle:
    """A compiled policy.

    Attributes:
        name: the names of its files, joined by `+`.
        revision: a short hash of what it says.
        clauses: what makes a request sensitive.
        rules: in order; the first that matches decides.
        transform: entity type to obligation.
        default_transform: for all other types.
        warnings: what is no error but should be known.
        budgets: how much may go to an upstream in a time.
        answers: what may be put back where, and what is looked for in answers.
    """

    name: str
    revision: str
    clauses: tuple[CompiledClause, ...]
    rules: tuple[CompiledRule, ...]
    transform: Mapping[str, Obligation]
    default_transform: Obligation
    warnings: tuple[Problem, ...] = ()
    budgets: tuple[CompiledBudget, ...] = ()
    answers: AnswerPolicy = field(default_factory=AnswerPolicy)
    named_types: frozenset[str] = field(init=False)
    """All types that some clause names."""
    ranks: Mapping[str, int] = field(init=False, repr=False)
    """Entity type to the highest level of a clause that names it; the stronger of two overlapping findings ranks so."""
    _due: Callable[[frozenset[str], bool], tuple[CompiledClause, ...]] = field(init=False, repr=False, compare=False)
    """The clauses that may raise a level where these topics may count, and whether anything was found."""
    _floors: Mapping[str, float] = field(init=False, repr=False)
    _clause_scope: Scope = field(init=False, repr=False)
    _rule_scope: Scope = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Frozen for those who hold it; these follow from the rest.
        object.__setattr__(self, "named_types", frozenset().union(*(c.entity_types for c in self.clauses)))
        ranks: dict[str, int] = {}
        for clause in self.clauses:
            for kind in clause.entity_types:
                ranks[kind] = max(ranks.get(kind, 0), int(clause.level))
        object.__setattr__(self, "ranks", ranks)
        raising = [clause for clause in self.clauses if clause.level is not Sensitivity.LOW]
        plain = [clause.condition.plain if clause.condition else None for clause in raising]
        needs = [comparison.needs if comparison else () for comparison in plain]
        object.__setattr__(self, "_floors", floors(needs))
        named = [[{name for name, _ in need} for need in its] for its in needs]

        def due(topics: frozenset[str], found: bool) -> tuple[CompiledClause, ...]:  # noqa: FBT001 - a key
            return tuple(
                clause
                for clause, its in zip(raising, named, strict=True)
                if not any(map(topics.isdisjoint, its)) and (found or not clause.entity_types)
            )

        object.__setattr__(self, "_due", lru_cache(_COMBINATIONS)(due))
        object.__setattr__(self, "_clause_scope", _scope(clause.condition for clause in self.clauses))
        object.__setattr__(self, "_rule_scope", _scope(rule.condition for rule in self.rules))

    @property
    def variables(self) -> frozenset[str]:
        """The variables that some condition mentions."""
        return self._clause_scope.variables | self._rule_scope.variables

    def classify(
        self,
        findings: Sequence[Finding],
        topics: Mapping[str, float],
        facts: RequestFacts,
        before: Mapping[str, Mapping[float, int]] = NONE_FOUND,
    ) -> tuple[Sensitivity, tuple[Reason, ...]]:
        """Return the level of a request and why: the highest of all clauses that match.

        Args:
            findings: everything found, but for what `before` counts.
            topics: probability of each topic, in [0, 1].
            facts: what else is known; `min_sensitivity` raises the level.
            before: what was found in earlier messages of the conversation (`tally`).

        Returns:
            The level, and the reasons from the highest level down; `low` gives no reason.
        """
        scores = tally(findings, before)
        reasons = [] if scores.keys() <= self.named_types else list(self._unnamed(scores))
        counted = count_findings(scores) if self._clause_scope.counts else {}
        known = Facts(counted, topics, facts)
        conditions = _Conditions(known, self._clause_scope)
        for clause in self._due(likely(topics, self._floors), bool(scores)):
            counts: dict[str, int] = {}
            if clause.entity_types:
                if clause.entity_types.isdisjoint(scores):
                    continue
                counts = _counts(clause, scores)
                if sum(counts.values()) < clause.min_count:
                    continue
            if clause.condition is not None:
                try:
                    if not conditions.holds(clause.condition):
                        continue
                except EvaluationError as error:
                    failed = f"the clause failed while evaluated: {error}"
                    reasons.append(Reason(clause.name, failed, Sensitivity.HIGH))
                    continue
            reasons.append(Reason(clause.name, _detail(clause, counts, known), clause.level))
        if facts.min_sensitivity > _LOW:
            asked = f"the client asked for {facts.min_sensitivity.label} at least"
            reasons.append(Reason(ASKED_FOR, asked, facts.min_sensitivity))
        if len(reasons) > 1:
            reasons.sort(key=lambda reason: -reason.level)
        return reasons[0].level if reasons else _LOW, tuple(reasons)

    def _unnamed(self, scores: Mapping[str, Mapping[float, int]]) -> Iterable[Reason]:
        unnamed = {kind: at_least(scores[kind], COUNTING_SCORE) for kind in scores.keys() - self.named_types}
        unreadable = {kind: sum(scores[kind].values()) for kind in UNINSPECTABLE_TYPES.intersection(unnamed)}
        if unreadable:
            yield Reason(_UNREADABLE, _listed(unreadable), Sensitivity.HIGH)
            unnamed = {kind: count for kind, count in unnamed.items() if kind not in unreadable}
        counted = {kind: count for kind, count in unnamed.items() if count}
        if counted:
            yield Reason(_UNKNOWN_TYPE, f"no clause names {_listed(counted)}", Sensitivity.HIGH)

    def decide(self, classification: Classification, facts: RequestFacts) -> Decision:
        """Return what the first rule that matches says; a denial when none matches or one fails."""
        level = classification.sensitivity
        counts = count_findings(tally(classification.findings)) if self._rule_scope.counts else {}
        conditions = _Conditions(Facts(counts, classification.topics.probabilities, facts, level), self._rule_scope)
        for rule in self.rules:
            try:
                if rule.condition is not None and not conditions.holds(rule.condition):
                    continue
            except EvaluationError as error:
                return Decision(Effect.DENY, rule.name, level, detail=f"the rule failed while evaluated: {error}")
            if rule.effect is _DENY:
                return Decision(Effect.DENY, rule.name, level)
            obligations = self._obligations(classification.findings) if rule.transforms else ()
            return Decision(_ALLOW, rule.name, level, rule.route, obligations, rule.regions)
        return Decision(Effect.DENY, DEFAULT_DENY, level, detail="no rule matches")

    def _obligations(self, findings: Sequence[Finding]) -> tuple[Obligation, ...]:
        """Return one obligation for each type among `findings`, however low its score: what is found is replaced."""
        return tuple(
            self.obligation(entity_type)
            for entity_type in sorted({finding.entity_type for finding in findings})
            if entity_type not in UNINSPECTABLE_TYPES
        )

    def obligation(self, entity_type: str) -> Obligation:
        """Return what `transform` says for findings of `entity_type`."""
        exact = self.transform.get(entity_type)
        if exact is not None:
            return exact
        return Obligation(entity_type, self.default_transform.operator, self.default_transform.parameters)


class _Conditions:
    """Tells of one request which conditions hold; what CEL needs for that is made for the first that takes CEL."""

    __slots__ = ("_environment", "_facts", "_scope")

    def __init__(self, facts: Facts, scope: Scope) -> None:
        self._facts = facts
        self._scope = scope
        self._environment: cel.Context | None = None

    def holds(self, condition: Expression) -> bool:
        """Return whether `condition` holds.

        Raises:
            EvaluationError: if it fails.
        """
        if self._environment is None and condition.plain is not None:
            return condition.plain.holds(self._facts)  # with an environment at hand, CEL is faster
        if self._environment is None:
            self._environment = self._scope.environment(self._facts)
        return condition.holds(self._environment)


def _scope(conditions: Iterable[Expression | None]) -> Scope:
    return Scope().union(condition.scope for condition in conditions if condition is not None)


def _counts(clause: CompiledClause, scores: Mapping[str, Mapping[float, int]]) -> dict[str, int]:
    # A clause names a hundred types, a request has a few.
    counts: dict[str, int] = {}
    for kind, its in scores.items():
        if kind in clause.entity_types and (count := at_least(its, clause.min_score)):
            counts[kind] = count
    return counts


def _detail(clause: CompiledClause, counts: Mapping[str, int], known: Facts) -> str:
    """Return what spoke for the clause: counts of types, probabilities of topics, no text."""
    parts = [_listed(counts)] if counts else []
    if clause.condition is not None:
        scope = clause.condition.scope
        if known.counts:
            others = scope.entity_types - counts.keys()
            named = {kind: known.counts[kind] for kind in others if known.counts.get(kind)}
            parts += [_listed(named)] if named else []
        if "topics" not in scope.whole_maps:
            parts += [f"{topic} {known.topics.get(topic, 0.0):.2f}" for topic in sorted(scope.topics)]
    return ", ".join(parts) or "its condition holds"


def _listed(counts: Mapping[str, int]) -> str:
    listed = [f"{count} {kind}" for kind, count in sorted(counts.items())]
    more = len(listed) - _MAX_TYPES_SHOWN
    return ", ".join(listed[:_MAX_TYPES_SHOWN]) + (f" and {more} more types" if more > 0 else "")
