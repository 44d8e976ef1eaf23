"""From policy files to a bundle that can decide, or to every problem at once.

What is refused here would otherwise leak or block by surprise: a name that nothing produces makes a rule that never
bites; a rule behind one that always matches is dead; an operator that does not exist could not be discharged.
Several files are one policy: clauses and rules are joined in the order given, the same name or the same entity type
said twice is a problem, not a silent override.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.documents import Path, YamlDocument, validate
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.mending import nearest
from gateway.core.model import Effect, Obligation
from gateway.policy.bundle import UNINSPECTABLE, CompiledClause, CompiledRule, PolicyBundle
from gateway.policy.document import Clause, OperatorSpec, PolicyFile, Rule
from gateway.policy.expression import Expression, compile_expression
from gateway.policy.names import ExpressionError, Vocabulary
from gateway.policy.reach import unreachable

__all__ = ["DEFAULT_OPERATOR", "compile_policy"]

DEFAULT_OPERATOR: Final = "tokenize"
"""For entity types that `transform` does not mention, when it has no "*"."""
_OTHERS: Final = "*"


def compile_policy(
    documents: Sequence[YamlDocument],
    *,
    entity_types: frozenset[str],
    topics: frozenset[str],
    operators: frozenset[str],
) -> PolicyBundle:
    """Return the policy that `documents` make together, in their order.

    Args:
        documents: policy files as read.
        entity_types: all that the recognizers can produce; `UNINSPECTABLE` is always known.
        topics: all that the topic models give probabilities for.
        operators: the names of all operators.

    Raises:
        ConfigurationError: with every problem in all files.
    """
    if not documents:
        raise ConfigurationError([Problem("policies", 0, "there is no policy", "a file of kind: Policy", "add one")])
    files: list[tuple[YamlDocument, PolicyFile]] = []
    problems: list[Problem] = []
    for document in documents:
        try:
            files.append((document, validate(document, PolicyFile)))
        except ConfigurationError as error:
            problems += error.problems
    compiler = _Compiler(entity_types | {UNINSPECTABLE}, topics, operators, problems)
    for document, file in files:
        compiler.take(document, file)
    compiler.check_reach()
    if problems:
        raise ConfigurationError(problems)
    content = [document.value for document, _ in files]
    return PolicyBundle(
        name="+".join(file.metadata.name for _, file in files),
        revision=_revision(content),
        clauses=tuple(compiler.clauses),
        rules=tuple(rule for _, _, rule in compiler.rules),
        transform=compiler.transform,
        default_transform=compiler.default_transform or Obligation(_OTHERS, DEFAULT_OPERATOR),
        warnings=tuple(compiler.warnings(files[0][0])),
    )


def _revision(content: object) -> str:
    """Return a short hash of what the policy says; spacing, comments and the order of keys do not change it."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(canonical.encode('ascii')).hexdigest()[:16]}"


@dataclass(slots=True)
class _Compiler:
    """Takes file after file; collects what they say and what is wrong with them."""

    entity_types: frozenset[str]
    topics: frozenset[str]
    operators: frozenset[str]
    problems: list[Problem]
    clauses: list[CompiledClause] = field(default_factory=list)
    rules: list[tuple[YamlDocument, Path, CompiledRule]] = field(default_factory=list)
    transform: dict[str, Obligation] = field(default_factory=dict)
    default_transform: Obligation | None = None
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    broken: bool = False
    """Whether some rule has no condition that can be run, so that reach cannot be told."""

    def take(self, document: YamlDocument, file: PolicyFile) -> None:
        """Take in one file."""
        here = _Place(document, self.problems)
        for index, clause in enumerate(file.spec.classify):
            self._clause(here.at("spec", "classify", index), clause)
        for entity_type, said in file.spec.transform.items():
            self._transform(here.at("spec", "transform", entity_type), entity_type, said)
        for index, rule in enumerate(file.spec.rules):
            self._rule(here.at("spec", "rules", index), rule)

    def _clause(self, here: _Place, clause: Clause) -> None:
        name = clause.name or f"{clause.level}-{len(self.clauses) + 1}"
        self._once(here.at("name"), "clause", name)
        if not clause.entities and clause.when is None:
            here.complain("the clause says nothing", "`entities`, `when` or both", "add one, or remove the clause")
        for number, entity_type in enumerate(clause.entities):
            self._entity_type(here.at("entities", number), entity_type)
        here.at("entities").complain_of_twins(clause.entities)
        expression = self._condition(here.at("when"), clause.when, in_clauses=True)
        if expression is not None and any(not verdict.earlier for verdict in unreachable([expression])):
            here.at("when").complain("the condition never holds", "one that can hold", "mend or remove the clause")
        self.clauses.append(
            CompiledClause(
                name, clause.sensitivity, frozenset(clause.entities), clause.min_score, clause.min_count, expression
            )
        )

    def _transform(self, here: _Place, entity_type: str, said: str | OperatorSpec) -> None:
        operator = said if isinstance(said, str) else said.operator
        if operator not in self.operators:
            here.complain(f"unknown operator `{operator}`", *_one_of(operator, self.operators))
        if entity_type == UNINSPECTABLE:
            here.complain(f"{UNINSPECTABLE} cannot be transformed", "a type with text", "remove it; route it by a rule")
        elif entity_type != _OTHERS:
            self._entity_type(here, entity_type)
        self._once(here, "transform of", entity_type)
        obligation = Obligation(entity_type, operator, {} if isinstance(said, str) else said.parameters)
        if entity_type == _OTHERS:
            self.default_transform = obligation
        else:
            self.transform[entity_type] = obligation

    def _rule(self, here: _Place, rule: Rule) -> None:
        self._once(here.at("name"), "rule", rule.name)
        if rule.effect is Effect.DENY:
            for key, given in (("route", rule.route), ("transform", rule.transform), ("regions", rule.regions)):
                if given:
                    here.at(key).complain(f"a rule that denies has no `{key}`", "effect: allow", f"remove `{key}`")
        elif not rule.route:
            here.complain(
                "a rule that allows needs a route", "route: [local, secure, cloud] in your order", "add `route`"
            )
        here.at("route").complain_of_twins(rule.route)
        here.at("regions").complain_of_twins(rule.regions)
        expression = self._condition(here.at("when"), rule.when, in_clauses=False)
        self.broken |= expression is None and rule.when is not None
        compiled = CompiledRule(
            rule.name, rule.effect, expression, tuple(rule.route), rule.transform, tuple(rule.regions)
        )
        self.rules.append((here.document, here.path, compiled))

    def _condition(self, here: _Place, source: str | None, *, in_clauses: bool) -> Expression | None:
        if source is None:
            return None
        try:
            return compile_expression(source, Vocabulary(self.entity_types, self.topics, in_clauses))
        except ExpressionError as error:
            here.complain(error.message, error.expected, error.mend)
            return None

    def _entity_type(self, here: _Place, entity_type: str) -> None:
        if entity_type not in self.entity_types:
            expected, mend = _one_of(entity_type, self.entity_types)
            here.complain(f"no recognizer produces the entity type `{entity_type}`", expected, mend)

    def _once(self, here: _Place, what: str, name: str) -> None:
        first = self.seen.setdefault((what, name), here.shown())
        if first != here.shown():
            here.complain(f"the {what} `{name}` comes twice, first in {first}", "each once", "rename or remove one")

    def check_reach(self) -> None:
        """Complain of rules that can never decide."""
        if self.broken:
            return
        for verdict in unreachable([rule.condition for _, _, rule in self.rules]):
            document, path, rule = self.rules[verdict.index]
            here = _Place(document, self.problems, path)
            if not verdict.earlier:
                here.at("when").complain(
                    f"the rule `{rule.name}` can never match: its condition never holds", "", "mend or remove it"
                )
                continue
            takers = " and ".join(f"`{self.rules[number][2].name}`" for number in verdict.earlier)
            here.complain(
                f"the rule `{rule.name}` can never match: {takers} before it decides whatever it would match",
                "a rule that can be reached",
                "move it up, narrow the earlier rule, or remove it",
            )

    def warnings(self, document: YamlDocument) -> Iterable[Problem]:
        """Yield what is no error but should be known."""
        named = frozenset().union(*(clause.entity_types for clause in self.clauses)) | {UNINSPECTABLE}
        for entity_type in sorted(self.entity_types - named):
            yield document.problem(
                ("spec", "classify"),
                f"no clause names the entity type {entity_type}, so it counts as high",
                expected="a level for each type that recognizers produce",
                mend=f"add {entity_type} to a clause; `level: low` makes it known without raising",
            )


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a file, to complain about."""

    document: YamlDocument
    problems: list[Problem]
    path: Path = ()

    def at(self, *steps: str | int) -> _Place:
        return _Place(self.document, self.problems, (*self.path, *steps))

    def shown(self) -> str:
        return f"{self.document.file}:{self.document.line(*self.path)}"

    def complain(self, message: str, expected: str = "", mend: str = "") -> None:
        self.problems.append(self.document.problem(self.path, message, expected=expected, mend=mend))

    def complain_of_twins(self, items: Sequence[str]) -> None:
        for number, item in enumerate(items):
            if item in items[:number]:
                self.at(number).complain(f"`{item}` comes twice", "each once", "remove one")


def _one_of(word: str, known: Iterable[str]) -> tuple[str, str]:
    names = sorted(known)
    meant = nearest(word, names)
    return f"one of {', '.join(names)}", f"did you mean `{meant}`?" if meant else "use one of these"
