"""From policy files to a bundle that can decide, or to every problem at once.

What is refused here would otherwise leak or block by surprise: a name that nothing produces makes a rule that never
bites; a rule behind one that always matches is dead; an operator that does not exist could not be discharged.
How several files become one policy: see `layers`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.documents import YamlDocument
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.mending import nearest, one_of
from gateway.core.model import Effect, Obligation
from gateway.core.uninspectable import UNINSPECTABLE, UNINSPECTABLE_TYPES
from gateway.policy.answers import compile_answers
from gateway.policy.bundle import CompiledBudget, CompiledClause, CompiledRule, PolicyBundle
from gateway.policy.document import BudgetSpec, Clause, OperatorSpec, Rule
from gateway.policy.expression import Expression, compile_expression
from gateway.policy.layers import Bases, Layer, Place, Placed, read_layers
from gateway.policy.names import NAMES_COMMAND, ExpressionError, Vocabulary
from gateway.policy.reach import literals_of, unreachable

__all__ = ["DEFAULT_OPERATOR", "compile_policy", "no_bases"]

DEFAULT_OPERATOR: Final = "tokenize"
"""For entity types that `transform` does not mention, when it has no "*"."""
_OTHERS: Final = "*"
Misused = Callable[[str, Mapping[str, object]], Sequence[str]]
"""Tells what is wrong with the use of an operator: (name, parameters) to sentences; none: nothing."""


def no_bases(reference: str, file: str) -> Sequence[YamlDocument]:
    """Refuse every `extends`: nothing is there to be extended.

    Raises:
        ConfigurationError: always.
    """
    raise ConfigurationError([Problem(file, 0, f"`{reference}` cannot be extended here", "", "write it out")])


def compile_policy(
    documents: Sequence[YamlDocument],
    *,
    entity_types: frozenset[str],
    topics: frozenset[str],
    operators: frozenset[str],
    bases: Bases = no_bases,
    misused: Misused = lambda _operator, _parameters: (),
    purposes: frozenset[str] = frozenset(),
) -> PolicyBundle:
    """Return the policy that `documents` make together, in their order.

    Args:
        documents: policy files as read.
        entity_types: all that the recognizers can produce; those of what cannot be read are always known.
        topics: all that the topic models give probabilities for.
        operators: the names of all operators.
        bases: reads what `extends` names: (reference, file that names it) to documents.
        misused: tells what is wrong with an operator's parameters.
        purposes: those that are declared; none: conditions may name any.

    Raises:
        ConfigurationError: with every problem in all files.
    """
    if not documents:
        raise ConfigurationError([Problem("policies", 0, "there is no policy", "a file of kind: Policy", "add one")])
    problems: list[Problem] = []
    whole = read_layers(documents, bases, problems)
    if not whole.rules and not problems:
        problems.append(documents[0].problem(("spec",), "there are no rules", expected="`rules`", mend="add one"))
    compiler = _Compiler(entity_types | UNINSPECTABLE_TYPES, topics, operators, misused, purposes, problems)
    compiler.take(whole)
    compiler.check_catalogue(whole)
    compiler.check_reach()
    answers = compile_answers(whole.answers, compiler.entity_types)
    if problems:
        raise ConfigurationError(list(dict.fromkeys(problems)))  # two catalogues may ask for the same
    return PolicyBundle(
        name="+".join(whole.names),
        revision=_revision(whole.contents),
        clauses=tuple(compiler.clauses),
        rules=tuple(rule for _, rule in compiler.rules),
        transform=compiler.transform,
        default_transform=compiler.default_transform or Obligation(_OTHERS, DEFAULT_OPERATOR),
        warnings=tuple(compiler.warnings(documents[0])),
        budgets=tuple(compiler.budgets),
        answers=answers,
    )


def _revision(content: object) -> str:
    """Return a hash of what the policy says; spacing, comments and the order of keys do not change it.

    128 bits: of 64, somebody could make two policies with one name, and have the harmless one approved.
    """
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(canonical.encode('ascii')).hexdigest()[:32]}"


@dataclass(slots=True)
class _Compiler:
    """Takes file after file; collects what they say and what is wrong with them."""

    entity_types: frozenset[str]
    topics: frozenset[str]
    operators: frozenset[str]
    misused: Misused
    purposes: frozenset[str]
    problems: list[Problem]
    clauses: list[CompiledClause] = field(default_factory=list)
    rules: list[tuple[Place, CompiledRule]] = field(default_factory=list)
    transform: dict[str, Obligation] = field(default_factory=dict)
    default_transform: Obligation | None = None
    budgets: list[CompiledBudget] = field(default_factory=list)
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    broken: bool = False
    """Whether some rule comes twice, or has no condition that can be run, so that reach cannot be told."""

    def take(self, whole: Layer) -> None:
        """Take in all that is said."""
        for clause in whole.clauses:
            self._clause(clause)
        for entity_type, said in whole.transform:
            self._transform(said.here, entity_type, said.said)
        for rule in whole.rules:
            self._rule(rule)
        for budget in whole.budgets:
            self._budget(budget)

    def _clause(self, placed: Placed[Clause]) -> None:
        here, clause = placed.here, placed.said
        name = clause.name or f"{clause.level}-{len(self.clauses) + 1}"
        self._once(here.at("name"), "clause", name)
        if not clause.entities and clause.when is None:
            here.complain("the clause says nothing", "`entities`, `when` or both", "add one, or remove the clause")
        entities = placed.words("entities", clause.entities)
        for number, entity_type in enumerate(entities):
            self._entity_type(here.at("entities", number), entity_type)
        here.at("entities").complain_of_twins(entities)
        expression = self._condition(placed, clause.when, in_clauses=True)
        if expression is not None and any(not verdict.earlier for verdict in unreachable([expression])):
            here.at("when").complain("the condition never holds", "one that can hold", "mend or remove the clause")
        self.clauses.append(
            CompiledClause(name, clause.sensitivity, _meant(entities), clause.min_score, clause.min_count, expression)
        )

    def _transform(self, here: Place, entity_type: str, said: str | OperatorSpec) -> None:
        operator = said if isinstance(said, str) else said.operator
        if operator not in self.operators:
            here.complain(f"unknown operator `{operator}`", *_one_of(operator, self.operators))
        parameters = {} if isinstance(said, str) else said.parameters
        for wrong in self.misused(operator, parameters) if operator in self.operators else ():
            here.complain(wrong, "parameters that the operator takes", "see `transform` in docs/policies.md")
        if entity_type in UNINSPECTABLE_TYPES:
            here.complain(f"{entity_type} cannot be transformed", "a type with text", "remove it; route it by a rule")
        elif entity_type != _OTHERS:
            self._entity_type(here, entity_type)
        self._once(here, "transform of", entity_type)
        obligation = Obligation(entity_type, operator, parameters)
        if entity_type == _OTHERS:
            self.default_transform = obligation
        else:
            self.transform[entity_type] = obligation

    def _rule(self, placed: Placed[Rule]) -> None:
        here, rule = placed.here, placed.said
        self._once(here.at("name"), "rule", rule.name)
        if rule.effect is Effect.DENY:
            for key, given in (("route", rule.route), ("transform", rule.transform), ("regions", rule.regions)):
                if given:
                    here.at(key).complain(f"a rule that denies has no `{key}`", "effect: allow", f"remove `{key}`")
        elif not rule.route:
            here.complain(
                "a rule that allows needs a route", "zones in your order, such as [local, cloud]", "add `route`"
            )
        regions = placed.words("regions", rule.regions)
        here.at("route").complain_of_twins(rule.route)
        here.at("regions").complain_of_twins(regions)
        expression = self._condition(placed, rule.when, in_clauses=False)
        self.broken |= expression is None and rule.when is not None
        compiled = CompiledRule(rule.name, rule.effect, expression, tuple(rule.route), rule.transform, tuple(regions))
        self.rules.append((here, compiled))

    def _budget(self, placed: Placed[BudgetSpec]) -> None:
        here, budget = placed.here, placed.said
        self._once(here.at("name"), "budget", budget.name)
        entities = placed.words("entities", budget.entities)
        for number, entity_type in enumerate(entities):
            self._entity_type(here.at("entities", number), entity_type)
        here.at("entities").complain_of_twins(entities)
        here.at("zones").complain_of_twins(budget.zones)
        self.budgets.append(
            CompiledBudget(
                budget.name,
                budget.per,
                tuple(budget.zones),
                frozenset(entities),
                budget.distinct,
                budget.window_s,
            )
        )

    def _condition(
        self, placed: Placed[Clause] | Placed[Rule], source: str | None, *, in_clauses: bool
    ) -> Expression | None:
        if source is None:
            return None
        before = len(self.problems)
        written = placed.condition(source)
        if len(self.problems) > before:
            return None
        try:
            compiled = compile_expression(written, Vocabulary(self.entity_types, self.topics, in_clauses))
        except ExpressionError as error:
            placed.here.at("when").complain(error.message, error.expected, error.mend)
            return None
        for word in sorted(map(str, literals_of(compiled).get(("purpose", ""), ()))):
            if self.purposes and word and word not in self.purposes:
                expected, mend = _one_of(word, self.purposes)
                placed.here.at("when").complain(f"the purpose `{word}` is not declared", expected, mend)
        return compiled

    def _entity_type(self, here: Place, entity_type: str) -> None:
        if entity_type not in self.entity_types:
            expected, mend = _one_of(entity_type, self.entity_types)
            here.complain(f"no recognizer produces the entity type `{entity_type}`", expected, mend)

    def _once(self, here: Place, what: str, name: str) -> None:
        first = self.seen.setdefault((what, name), here.shown())
        if first != here.shown():
            here.complain(f"the {what} `{name}` comes twice, first in {first}", "each once", "rename or remove one")
            self.broken |= what == "rule"

    def check_catalogue(self, whole: Layer) -> None:
        """Complain of categories without what the catalogue asks for, and of those that are no clause."""
        clauses = {clause.name: clause for clause in self.clauses}
        for name, placed in whole.categories.items():
            if name not in clauses:
                placed.here.complain(
                    f"no clause has the name `{name}`", f"one of {', '.join(sorted(clauses))}", "name a clause"
                )
        places = [placed.here for placed in whole.clauses]
        said_at = {clause.name: here for clause, here in zip(self.clauses, places, strict=True)}
        for placed_catalogue in whole.catalogues:
            catalogue = placed_catalogue.said
            for name, clause in clauses.items():
                if clause.level.label not in catalogue.levels:
                    continue
                entry = whole.categories.get(name)
                missing = [what for what in catalogue.require if entry is None or not getattr(entry.said, what)]
                if missing:
                    # Who asks for it may be a policy that is extended, and that nobody here may change.
                    here = said_at[name] if entry is None else entry.here
                    needed = " and ".join(f"`{what}`" for what in missing)
                    here.complain(
                        f"the category `{name}` has no {needed}",
                        f"what {placed_catalogue.here.at('require').shown()} requires",
                        f"add it below spec.catalogue.categories.{name}, here or in a file that extends this one",
                    )

    def check_reach(self) -> None:
        """Complain of rules that can never decide."""
        if self.broken:
            return
        for verdict in unreachable([rule.condition for _, rule in self.rules]):
            here, rule = self.rules[verdict.index]
            if not verdict.earlier:
                here.at("when").complain(
                    f"the rule `{rule.name}` can never match: its condition never holds", "", "mend or remove it"
                )
                continue
            takers = " and ".join(f"`{self.rules[number][1].name}`" for number in verdict.earlier)
            here.complain(
                f"the rule `{rule.name}` can never match: {takers} before it decides whatever it would match",
                "a rule that can be reached",
                "move it up, narrow the earlier rule, or remove it",
            )

    def warnings(self, document: YamlDocument) -> Iterable[Problem]:
        """Yield what is no error but should be known."""
        named = frozenset().union(*(clause.entity_types for clause in self.clauses)) | UNINSPECTABLE_TYPES
        for entity_type in sorted(self.entity_types - named):
            yield document.problem(
                ("spec", "classify"),
                f"no clause names the entity type {entity_type}, so it counts as high",
                expected="a level for each type that recognizers produce",
                mend=f"add {entity_type} to a clause; `level: low` makes it known without raising",
            )


def _meant(entities: Sequence[str]) -> frozenset[str]:
    """Return the types that a clause names; the word for what cannot be read stands for all its kinds."""
    return frozenset(entities) | (UNINSPECTABLE_TYPES if UNINSPECTABLE in entities else frozenset())


def _one_of(word: str, known: Iterable[str]) -> tuple[str, str]:
    names = sorted(known)
    meant = nearest(word, names)
    return one_of(names, NAMES_COMMAND), f"did you mean `{meant}`?" if meant else "use one of these"
