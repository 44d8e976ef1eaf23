"""What a condition may name and call, checked before it runs.

What is refused although CEL allows it, and why:

* `sensitivity < "high"`: the levels are words, and `"high" < "low"` by the alphabet;
* `has(entities.X)` and `"X" in entities`: always true, since every known type is there; `entities.X > 0` is meant;
* `size()` of anything but `groups`: of a string it counts bytes in this library, of the maps it is constant;
* a macro inside a macro: with 190 entity types, three of them would run seven million times for one request;
* `matches` with anything but a text written out: a client could bring its own pattern, and its own cost;
* functions beyond a short list: no clock (a decision must be replayable) and nothing the policy guide does not explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.core.mending import nearest, one_of
from gateway.policy.environment import LEVELS, VARIABLES, Scope
from gateway.policy.tokens import Token, text_at

__all__ = ["FUNCTIONS", "MACROS", "NAMES_COMMAND", "ExpressionError", "Vocabulary", "check_names"]

FUNCTIONS: Final = ("contains", "endsWith", "matches", "size", "startsWith")
"""What conditions may call, beside the operators and the macros."""
NAMES_COMMAND: Final = "privacy-gateway policy names"
"""Lists entity types, topics and operators."""
MACROS: Final = ("all", "exists", "exists_one")
_OPERATORS: Final = frozenset(
    {"_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_in_", "_?_:_", "_[_]"}
    | {"_+_", "_-_", "_*_", "_/_", "_%_", "-_", "@not_strictly_false"}
)
_KEYWORDS: Final = frozenset({"true", "false", "in", "null"})
_SAME: Final = frozenset({"==", "!="})
_ORDER: Final = frozenset({"<", "<=", ">", ">="})
_MAPS: Final = ("entities", "topics")


class ExpressionError(Exception):
    """A condition that cannot be used: what is wrong, what was expected, how to mend it."""

    def __init__(self, message: str, expected: str = "", mend: str = "") -> None:
        super().__init__(message)
        self.message, self.expected, self.mend = message, expected, mend


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What conditions may name."""

    entity_types: frozenset[str]
    topics: frozenset[str]
    in_clauses: bool = False
    """Whether the condition belongs to a `classify` clause, where there is no `sensitivity` yet."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that exist here."""
        return tuple(variable.name for variable in VARIABLES if variable.in_clauses or not self.in_clauses)

    def members(self, name: str) -> frozenset[str]:
        """The members of the map called `name`."""
        return self.entity_types if name == "entities" else self.topics


def check_names(tokens: Sequence[Token], variables: set[str], functions: set[str], vocabulary: Vocabulary) -> Scope:
    """Return the names that a condition mentions.

    Args:
        tokens: of the condition.
        variables: the variables that the compiler saw.
        functions: the functions and operators that the compiler saw.
        vocabulary: what exists.

    Raises:
        ExpressionError: if something does not exist or may not be used so.
    """
    bound = _bound_names(tokens)
    _check_roots(tokens, variables, bound, vocabulary)
    _check_functions(tokens, functions)
    _check_sensitivity(tokens)
    return _scope(tokens, vocabulary)


def _bound_names(tokens: Sequence[Token]) -> frozenset[str]:
    """Return the names that macros bind: `t` in `entities.exists(t, …)`.

    Raises:
        ExpressionError: if one hides a variable.
    """
    bound: set[str] = set()
    for before, name, bracket, after in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        if before.text == "." and name.text in MACROS and bracket.text == "(" and after.kind == "name":
            bound.add(after.text)
    hidden = sorted(bound & {variable.name for variable in VARIABLES})
    if hidden:
        raise ExpressionError(f"`{hidden[0]}` is a variable already", "a name of its own", "choose another name")
    return frozenset(bound)


def _roots(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the names that stand for variables: not members, functions or keywords."""
    for index, token in enumerate(tokens):
        if token.kind != "name" or token.text in _KEYWORDS:
            continue
        if text_at(tokens, index - 1) != "." and text_at(tokens, index + 1) != "(":
            yield token.text


def _check_roots(tokens: Sequence[Token], compiled: set[str], bound: frozenset[str], vocabulary: Vocabulary) -> None:
    known = vocabulary.variables
    for name in sorted((compiled | set(_roots(tokens))) - bound - set(known)):
        if name == "sensitivity":
            raise ExpressionError(
                "`sensitivity` is not known yet while classifying", "entities, topics and facts", "move it to a rule"
            )
        if name in {"region", "zone", "upstream", "route"}:
            raise ExpressionError(
                f"unknown name `{name}`",
                f"one of {', '.join(known)}",
                "where a request may go is said by `route` and `regions`",
            )
        meant = nearest(name, known)
        if not meant and name in LEVELS:
            mend = f'put it in quotes: "{name}"'
        else:
            mend = f"did you mean `{meant}`?" if meant else "a word to compare with stands in quotes"
        raise ExpressionError(f"unknown name `{name}`", f"one of {', '.join(known)}", mend)


def _check_functions(tokens: Sequence[Token], compiled: set[str]) -> None:
    called = {
        token.text
        for index, token in enumerate(tokens)
        if token.kind == "name" and text_at(tokens, index + 1) == "(" and token.text not in _KEYWORDS
    }
    if "has" in called:
        raise ExpressionError("`has` is always true here: every known name is there", "", "write `entities.X > 0`")
    allowed = (*FUNCTIONS, *MACROS)
    for name in sorted((called | compiled) - set(allowed) - _OPERATORS):
        meant = nearest(name, allowed)
        mend = f"did you mean `{meant}`?" if meant else "do without it"
        raise ExpressionError(f"unknown function `{name}`", f"one of {', '.join(allowed)}", mend)
    _check_costs(tokens)
    sizes = sum(token.text == "size" and token.kind == "name" for token in tokens)
    texts = " ".join(token.text for token in tokens)
    if sizes and sizes != texts.count("size ( groups )") + texts.count("groups . size ( )"):
        raise ExpressionError(
            "`size` of anything but `groups`", "size(groups)", 'compare a text with "", use `findings` for how many'
        )


def _check_costs(tokens: Sequence[Token]) -> None:
    depth, inside = 0, 0
    for index, token in enumerate(tokens):
        opens = token.kind == "sign" and token.text in {"(", "[", "{"}
        closes = token.kind == "sign" and token.text in {")", "]", "}"}
        depth += opens - closes
        if closes and depth < inside:
            inside = 0
        if token.kind != "name" or text_at(tokens, index + 1) != "(":
            continue
        if token.text in MACROS:
            if inside:
                raise ExpressionError(
                    f"`{token.text}` inside another macro", "one macro after the other", "write two rules or clauses"
                )
            inside = depth + 1
        elif token.text == "matches" and not (text_at(tokens, index + 3) == ")" and tokens[index + 2].kind == "string"):
            raise ExpressionError(
                "`matches` with a pattern that is not written out", 'a text, as in model.matches("^gpt-")', "write it"
            )


def _check_sensitivity(tokens: Sequence[Token]) -> None:
    for index, token in enumerate(tokens):
        if token.kind != "name" or token.text != "sensitivity":
            continue
        if not _ORDER.isdisjoint({text_at(tokens, index - 1), text_at(tokens, index + 1)}):
            raise ExpressionError(
                "`sensitivity` is a word, `<` and `>` would go by the alphabet",
                "`==`, `!=` or `in`",
                'write `sensitivity in ["moderate", "high"]`',
            )
        for word in _compared_with(tokens, index):
            if word not in LEVELS:
                meant = nearest(word, LEVELS)
                raise ExpressionError(
                    "`sensitivity` is compared with a word that is no level",
                    f"one of {', '.join(LEVELS)}",
                    f"did you mean `{meant}`?" if meant else "use one of these",
                )


def _compared_with(tokens: Sequence[Token], index: int) -> Iterator[str]:
    """Yield the literal words that the variable at `index` is compared with by `==`, `!=` or `in [...]`."""
    for sign, word in ((index - 1, index - 2), (index + 1, index + 2)):
        if text_at(tokens, sign) in _SAME and 0 <= word < len(tokens) and tokens[word].kind == "string":
            yield tokens[word].text
    if text_at(tokens, index + 1) == "in" and text_at(tokens, index + 2) == "[":
        for token in tokens[index + 3 :]:
            if token.text == "]":
                break
            if token.kind == "string":
                yield token.text


def _scope(tokens: Sequence[Token], vocabulary: Vocabulary) -> Scope:
    """Return the names that are mentioned.

    Raises:
        ExpressionError: if a member of `entities` or `topics` does not exist.
    """
    variables = frozenset(name for name in _roots(tokens) if name in vocabulary.variables)
    named: dict[str, set[str]] = {name: set() for name in _MAPS}
    whole: set[str] = set()
    for index, token in enumerate(tokens):
        before = text_at(tokens, index - 1)
        if token.kind != "name" or token.text not in _MAPS or before == ".":
            continue
        if before == "in":
            raise ExpressionError(
                f"`in {token.text}` is always true for a known name", "", f"write `{token.text}.X > 0`"
            )
        member = _member(tokens, index)
        if member is None:
            whole.add(token.text)
        elif member not in vocabulary.members(token.text):
            raise _unknown_member(token.text, member, vocabulary)
        else:
            named[token.text].add(member)
    for name in whole:
        named[name] |= vocabulary.members(name)
    return Scope(variables, frozenset(named["entities"]), frozenset(named["topics"]), frozenset(whole))


def _member(tokens: Sequence[Token], index: int) -> str | None:
    """Return the member that is named in `.NAME` or `["NAME"]` after `index`; None if the map is used otherwise."""
    sign, name, after = (text_at(tokens, index + step) for step in (1, 2, 3))
    if sign == "." and after != "(":
        return name
    if sign == "[" and after == "]" and tokens[index + 2].kind == "string":
        return tokens[index + 2].text
    return None


def _unknown_member(name: str, member: str, vocabulary: Vocabulary) -> ExpressionError:
    what = "entity type" if name == "entities" else "topic"
    known = sorted(vocabulary.members(name))
    meant = nearest(member, known)
    return ExpressionError(
        f"unknown {what} `{member}`",
        one_of(known, NAMES_COMMAND),
        f"did you mean `{meant}`?" if meant else f"add a pack that produces the {what}, or remove it",
    )
