"""Several files as one policy: joined side by side, or one built upon another by `extends`.

Side by side, nothing overrides anything: saying the same twice is a problem. Upon another, the order is fixed so that
it can be read off the file: a clause or rule with the name of one below takes its place; other rules come before
those below, so that what is said here decides first; other clauses are added; `transform` and `define` win by key.

`define` gives names to values; `$name` stands for the value in conditions, `entities` and `regions`. A file that
extends another may define its names anew, and they count in what it extends too: a base policy can be tuned without
being copied.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from gateway.core.documents import Path, YamlDocument, validate
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.mending import nearest
from gateway.policy.document import (
    AnswersSpec,
    BudgetSpec,
    Catalogue,
    Category,
    Clause,
    Defined,
    OperatorSpec,
    PolicyFile,
    Rule,
)
from gateway.policy.tokens import replace_references

__all__ = ["Bases", "Layer", "Place", "Placed", "read_layers"]

_MAX_DEPTH: Final = 8
Bases = Callable[[str, str], Sequence[YamlDocument]]
"""Reads what `extends` names: (reference, file that names it) to documents; raises ConfigurationError."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file, to complain about."""

    document: YamlDocument
    problems: list[Problem] = field(repr=False)
    path: Path = ()

    def at(self, *steps: str | int) -> Place:
        """Return a place within this one."""
        return Place(self.document, self.problems, (*self.path, *steps))

    def shown(self) -> str:
        """Return file and line."""
        return f"{self.document.file}:{self.document.line(*self.path)}"

    def complain(self, message: str, expected: str = "", mend: str = "") -> None:
        """Note a problem here."""
        self.problems.append(self.document.problem(self.path, message, expected=expected, mend=mend))

    def complain_of_twins(self, items: Sequence[str]) -> None:
        """Note a problem for each item that was there before."""
        for number, item in enumerate(items):
            if item in items[:number]:
                self.at(number).complain(f"`{item}` comes twice", "each once", "remove one")


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """Something that a file says, where it says it, and what `$name` means there."""

    here: Place
    said: T
    define: Mapping[str, Defined] = field(default_factory=dict)

    def words(self, key: str, items: Sequence[str]) -> list[str]:
        """Return `items`, the list at `key`, with each `$name` replaced by the words it stands for."""
        found: list[str] = []
        for number, item in enumerate(items):
            if not item.startswith("$"):
                found.append(item)
                continue
            value = self._value(self.here.at(key, number), item[1:])
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, list) and all(isinstance(word, str) for word in value):
                found += [str(word) for word in value]
            elif value is not None:
                self.here.at(key, number).complain(
                    f"`{item}` is no word and no list of words", "words", "define others"
                )
        return found

    def condition(self, source: str) -> str:
        """Return a condition with each `$name` replaced by the literal it stands for."""

        def literal(name: str) -> str:
            return json.dumps(self._value(self.here.at("when"), name), ensure_ascii=False)

        return replace_references(source, literal)

    def _value(self, here: Place, name: str) -> Defined | None:
        if name in self.define:
            return self.define[name]
        meant = nearest(name, list(self.define))
        known = ", ".join(f"${known}" for known in self.define)
        mend = f"did you mean `${meant}`?" if meant else "add it to `define`"
        here.complain(f"`${name}` is not defined", f"one of {known}" if known else "", mend)
        return None


@dataclass(slots=True)
class Layer:
    """What some files say together.

    Attributes:
        names: of the files' policies, without what they extend.
        contents: all values that it is made of, for the revision.
        clauses, transform, rules, budgets, answers: what it says, in order.
        define: name to what it stands for in conditions and lists.
        catalogues: what categories must tell.
        categories: name of a clause to what is told of it.
        below: the files that are extended.
    """

    names: list[str] = field(default_factory=list)
    contents: list[Any] = field(default_factory=list)
    clauses: list[Placed[Clause]] = field(default_factory=list)
    transform: list[tuple[str, Placed[str | OperatorSpec]]] = field(default_factory=list)
    rules: list[Placed[Rule]] = field(default_factory=list)
    define: dict[str, Defined] = field(default_factory=dict)
    budgets: list[Placed[BudgetSpec]] = field(default_factory=list)
    catalogues: list[Placed[Catalogue]] = field(default_factory=list)
    categories: dict[str, Placed[Category]] = field(default_factory=dict)
    answers: list[Placed[AnswersSpec]] = field(default_factory=list)
    below: frozenset[str] = frozenset()

    def places(self) -> dict[str, str]:
        """Return what may be said only once, by kind and name, and where it is said."""
        said: list[tuple[str, str | None, Place]] = [
            *(("clause", clause.said.name, clause.here) for clause in self.clauses),
            *(("rule", rule.said.name, rule.here) for rule in self.rules),
            *(("budget", budget.said.name, budget.here) for budget in self.budgets),
        ]
        found = {f"{kind} `{name}`": here.shown() for kind, name, here in said if name is not None}
        return found | {f"transform of `{kind}`": placed.here.shown() for kind, placed in self.transform}


def read_layers(documents: Sequence[YamlDocument], bases: Bases, problems: list[Problem]) -> Layer:
    """Return what `documents` say side by side, each upon what it extends; notes `problems`.

    One that another of them extends counts once, below it.
    """
    layers = [_layer(document, bases, problems, ()) for document in documents]
    below = frozenset[str]().union(*(layer.below for layer in layers))
    return _beside([layer for document, layer in zip(documents, layers, strict=True) if document.file not in below])


def _beside(layers: Sequence[Layer]) -> Layer:
    whole = Layer()
    for layer in layers:
        whole.names += layer.names
        whole.contents += layer.contents
        whole.clauses += layer.clauses
        whole.transform += layer.transform
        whole.rules += layer.rules
        whole.define |= layer.define
        whole.budgets += layer.budgets
        whole.catalogues += layer.catalogues
        whole.categories |= layer.categories
        whole.answers += layer.answers
        whole.below |= layer.below
    for placed in whole.answers[1:] if sum(bool(layer.answers) for layer in layers) > 1 else ():
        placed.here.complain("`answers` comes twice, in files that stand side by side", "once", "say it in one file")
    return whole


def _layer(document: YamlDocument, bases: Bases, problems: list[Problem], above: tuple[str, ...]) -> Layer:
    try:
        file = validate(document, PolicyFile)
    except ConfigurationError as error:
        problems += error.problems
        return Layer()
    here = Place(document, problems)
    above = (*above, document.file)
    read = [
        (reference, base)
        for number, reference in enumerate(file.spec.extends)
        for base in _read(here.at("spec", "extends", number), reference, bases, above)
    ]
    below = [_layer(base, bases, problems, above) for _, base in read]
    files = frozenset(base.file for _, base in read).union(*(layer.below for layer in below))
    if len(file.spec.extends) > 1:
        below = _without_rivals(here.at("spec", "extends"), [reference for reference, _ in read], below)
    whole = _upon(_beside(below), _own(here, file))
    whole.below = files
    return whole


def _without_rivals(here: Place, references: Sequence[str], layers: list[Layer]) -> list[Layer]:
    """Return `layers`, or the first alone where others say the same differently: noted once, and not of each thing."""
    first: dict[str, tuple[str, str]] = {}
    rivals: dict[tuple[str, str], list[str]] = {}
    for reference, layer in zip(references, layers, strict=True):
        for thing, place in layer.places().items():
            other, its = first.setdefault(thing, (reference, place))
            if its != place and other != reference:
                rivals.setdefault((other, reference), []).append(thing)
    for (one, other), things in rivals.items():
        here.complain(
            f"`{one}` and `{other}` say the same differently: {', '.join(things)}",
            "policies that can stand side by side",
            "extend one of them, and write what you need of the other into this file",
        )
    return layers[:1] if rivals else layers


def _read(here: Place, reference: str, bases: Bases, above: tuple[str, ...]) -> Sequence[YamlDocument]:
    try:
        documents = bases(reference, here.document.file)
    except ConfigurationError as error:
        for problem in error.problems:
            if problem.file == here.document.file:
                here.complain(problem.message, problem.expected, problem.mend)
            else:  # in what is extended
                here.problems.append(problem)
        return ()
    if len(above) >= _MAX_DEPTH or any(document.file in above for document in documents):
        here.complain("policies extend one another in a circle, or too deeply", "", "break the circle")
        return ()
    return documents


def _own(here: Place, file: PolicyFile) -> Layer:
    spec = here.at("spec")
    return Layer(
        [file.metadata.name],
        [here.document.value],
        [Placed(spec.at("classify", number), clause) for number, clause in enumerate(file.spec.classify)],
        [(kind, Placed(spec.at("transform", kind), said)) for kind, said in file.spec.transform.items()],
        [Placed(spec.at("rules", number), rule) for number, rule in enumerate(file.spec.rules)],
        dict(file.spec.define),
        [Placed(spec.at("budgets", number), budget) for number, budget in enumerate(file.spec.budgets)],
        *_catalogue(spec.at("catalogue"), file.spec.catalogue),
        [Placed(spec.at("answers"), file.spec.answers)] if file.spec.answers is not None else [],
    )


def _catalogue(here: Place, catalogue: Catalogue | None) -> tuple[list[Placed[Catalogue]], dict[str, Placed[Category]]]:
    if catalogue is None:
        return [], {}
    categories = catalogue.categories.items()
    return [Placed(here, catalogue)], {name: Placed(here.at("categories", name), said) for name, said in categories}


def _upon(below: Layer, own: Layer) -> Layer:
    """Return `own` built upon `below`."""
    define = {**below.define, **own.define}
    said = {kind for kind, _ in own.transform}
    whole = Layer(
        own.names,
        [*below.contents, *own.contents],
        _in_place(below.clauses, own.clauses, first=False),
        [*(entry for entry in below.transform if entry[0] not in said), *own.transform],
        _in_place(below.rules, own.rules, first=True),
        define,
        _in_place(below.budgets, own.budgets, first=False),
        [*below.catalogues, *own.catalogues],
        {**below.categories, **own.categories},
        [*below.answers, *own.answers],
    )
    whole.budgets = [replace(placed, define=define) for placed in whole.budgets]
    whole.clauses = [replace(placed, define=define) for placed in whole.clauses]
    whole.transform = [(kind, replace(placed, define=define)) for kind, placed in whole.transform]
    whole.rules = [replace(placed, define=define) for placed in whole.rules]
    return whole


N = TypeVar("N", bound=Clause | Rule | BudgetSpec)


def _in_place(below: Sequence[Placed[N]], own: Sequence[Placed[N]], *, first: bool) -> list[Placed[N]]:
    """Return `below` with those of the same name replaced; the rest of `own` comes first or last."""
    named = {placed.said.name: placed for placed in own if placed.said.name is not None}
    known = {placed.said.name for placed in below}
    kept: list[Placed[N]] = [named.get(placed.said.name or "", placed) for placed in below]
    new: list[Placed[N]] = [placed for placed in own if placed.said.name is None or placed.said.name not in known]
    return [*new, *kept] if first else [*kept, *new]
