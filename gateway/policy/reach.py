"""Which rules can still be reached: found by trying every case that a condition can tell apart.

A condition made only of comparisons with literals splits all requests into a few cases: `topics.health >= 0.5` knows
below, at and above a half. Trying each case of each comparison in every combination tells for sure whether a
condition can hold at all, and whether the rules above it always hold first. A condition with anything else in it
(`startsWith`, `matches`, arithmetic, macros) is left alone, and so is one with too many combinations: a linter that
cries wolf is switched off. The cases are taken as independent of one another, which real requests may not be
(a credential makes them high); so "never" is said only where it is true of all requests and more.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.model import Principal, RequestFacts, Sensitivity
from gateway.policy.cel_library import cel
from gateway.policy.environment import LEVELS, Facts, Scope
from gateway.policy.expression import EvaluationError, Expression
from gateway.policy.tokens import Token, text_at

__all__ = ["Literals", "Reach", "Verdict", "literals_of", "unreachable"]

_MAX_COMBINATIONS: Final = 1024
_MAPS: Final = frozenset({"entities", "topics"})
_WORDS: Final = frozenset({"sensitivity", "principal", "tenant", "purpose", "model", "endpoint", "dialect"})
_GLUE: Final = frozenset({"&&", "||", "!", "(", ")", "?", ":", "true", "false"})
_ORDER: Final = frozenset({"<", "<=", ">", ">=", "==", "!="})
_SAME: Final = frozenset({"==", "!="})
_ANOTHER_WORD: Final = "\x00another word"

Dimension = tuple[str, str]
"""Variable and member, such as ("topics", "health"), ("model", ""), ("groups", "legal")."""
Literals = dict[Dimension, set[float | str]]
"""What each dimension is compared with."""
Case = Mapping[Dimension, object]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Rule number `index` can never decide. `earlier`: the rules that decide before it; empty: it never holds."""

    index: int
    earlier: tuple[int, ...] = ()


def unreachable(conditions: Sequence[Expression | None]) -> list[Verdict]:
    """Return a verdict for each of the `conditions`, in their order, that can never decide. None always holds."""
    reaches = [Reach.of(condition) for condition in conditions]
    seen: dict[tuple[Token, ...], int] = {}
    verdicts: list[Verdict] = []
    for index, (condition, reach) in enumerate(zip(conditions, reaches, strict=True)):
        unconditional = condition is None or (reach is not None and reach.always())
        tokens = () if condition is None or unconditional else condition.tokens
        twin = min(seen.get(tokens, index), seen.get((), index))
        seen.setdefault(tokens, index)
        if twin != index:
            verdicts.append(Verdict(index, (twin,)))
        elif reach is not None:
            earlier = [(number, known) for number, known in enumerate(reaches[:index]) if known is not None]
            verdict = reach.verdict(index, earlier)
            verdicts += [verdict] if verdict is not None else []
    return verdicts


@dataclass(frozen=True, slots=True)
class Reach:
    """A condition and the comparisons it is made of."""

    condition: Expression | None
    literals: Literals = field(default_factory=dict)

    @classmethod
    def of(cls, condition: Expression | None) -> Reach | None:
        """Return the reach of a condition; None if it cannot be told."""
        if condition is None:
            return cls(None)
        literals = _literals(condition.tokens)
        return None if literals is None else cls(condition, literals)

    def always(self) -> bool:
        """Return whether the condition surely holds for every request."""
        cases = _cases(self.literals)
        if self.condition is None or cases is None:
            return self.condition is None
        return all(_holds(self.condition, self.condition.scope.environment(_facts(case))) for case in cases)

    def verdict(self, index: int, earlier: Sequence[tuple[int, Reach]]) -> Verdict | None:
        """Return why this condition, number `index`, can never decide after the `earlier` ones; None if it can."""
        mine = {dimension: set(values) for dimension, values in self.literals.items()}
        mine.setdefault(("sensitivity", ""), set())
        comparable = [(number, reach) for number, reach in earlier if reach.literals.keys() <= mine.keys()]
        for _, reach in comparable:
            for dimension, values in reach.literals.items():
                mine[dimension] |= values
        cases = _cases(mine)
        if cases is None:
            return None
        conditions = [self.condition, *(reach.condition for _, reach in comparable)]
        scope = Scope().union(condition.scope for condition in conditions if condition is not None)
        environments = [scope.environment(_facts(case)) for case in cases]
        open_cases = [environment for environment in environments if _holds(self.condition, environment)]
        if not open_cases:
            return Verdict(index)
        takers: list[int] = []
        for number, reach in comparable:
            left = [environment for environment in open_cases if not _holds(reach.condition, environment)]
            if len(left) < len(open_cases):
                takers.append(number)
            if not left:
                return Verdict(index, tuple(takers))
            open_cases = left
        return None


def _holds(condition: Expression | None, environment: cel.Context) -> bool:
    if condition is None:
        return True
    try:
        return condition.holds(environment)
    except EvaluationError:
        return True  # the rule decides by denying


def literals_of(condition: Expression) -> Literals:
    """Return what a condition compares with literals, whatever else is in it."""
    literals: Literals = {}
    position = 0
    while position < len(condition.tokens):
        found = _comparison(condition.tokens[position:])
        if found is not None:
            literals.setdefault(found[0], set()).update(found[1])
        position += found[2] if found is not None else 1
    return literals


def _literals(tokens: Sequence[Token]) -> Literals | None:
    """Return what each dimension is compared with; None if there is more than comparisons and their connection."""
    literals: Literals = {}
    position = 0
    while position < len(tokens):
        found = _comparison(tokens[position:])
        if found is not None:
            dimension, values, width = found
            literals.setdefault(dimension, set()).update(values)
            position += width
        elif tokens[position].kind in {"sign", "name"} and tokens[position].text in _GLUE:
            position += 1
        else:
            return None
    return literals


def _comparison(tokens: Sequence[Token]) -> tuple[Dimension, set[float | str], int] | None:
    """Return the comparison at the start of `tokens`: what, with which literals, how many tokens."""
    head = tokens[0]
    if text_at(tokens, 0) == "stream":
        return ("stream", ""), set(), 1
    if head.kind == "string" and head.plain and (text_at(tokens, 1), text_at(tokens, 2)) == ("in", "groups"):
        return ("groups", head.text), set(), 3
    found = _operand(tokens)
    if found is None:
        return _turned_round(tokens)
    dimension, width = found
    if text_at(tokens, width) == "in" and dimension[0] in _WORDS:
        words = _word_list(tokens[width + 1 :])
        return None if words is None else (dimension, {*words}, width + 2 * len(words) + 2)
    value = _literal(dimension, tokens[width : width + 2])
    return None if value is None else (dimension, {value}, width + 2)


def _turned_round(tokens: Sequence[Token]) -> tuple[Dimension, set[float | str], int] | None:
    """Return the comparison at the start of `tokens` when the literal stands first: `0.5 <= topics.health`."""
    found = _operand(tokens[2:])
    if found is None:
        return None
    value = _literal(found[0], (tokens[1], tokens[0]))
    return None if value is None else (found[0], {value}, found[1] + 2)


def _operand(tokens: Sequence[Token]) -> tuple[Dimension, int] | None:
    name, sign = text_at(tokens, 0), text_at(tokens, 1)
    if name in _MAPS:
        if sign == "." and text_at(tokens, 2):
            return (name, tokens[2].text), 3
        if sign == "[" and text_at(tokens, 3) == "]" and tokens[2].kind == "string" and tokens[2].plain:
            return (name, tokens[2].text), 4
        return None
    return ((name, ""), 1) if name in _WORDS or name == "findings" else None


def _literal(dimension: Dimension, rest: Sequence[Token]) -> float | str | None:
    """Return the literal of `rest`, a sign and a literal that `dimension` is compared with."""
    sign, value = text_at(rest, 0), rest[-1] if rest else None
    if value is None or sign not in (_SAME if dimension[0] in _WORDS else _ORDER):
        return None
    if dimension[0] in _WORDS:
        return value.text if value.kind == "string" and value.plain else None
    if value.kind != "number" or value.text[-1] in "uU":
        return None
    return float(int(value.text, 16)) if value.text[:2] in {"0x", "0X"} else float(value.text)


def _word_list(tokens: Sequence[Token]) -> list[str] | None:
    """Return the words of `["a", "b"]`; None for any other list."""
    words: list[str] = []
    if not tokens or tokens[0].text != "[":
        return None
    for word, separator in zip(tokens[1::2], tokens[2::2], strict=False):
        if word.kind != "string" or not word.plain or separator.text not in {",", "]"}:
            return None
        words.append(word.text)
        if separator.text == "]":
            return words
    return None


def _cases(literals: Literals) -> list[Case] | None:
    """Return every combination of cases; None if there are too many."""
    choices = {dimension: _choices(dimension, values) for dimension, values in literals.items()}
    if math.prod(len(values) for values in choices.values()) > _MAX_COMBINATIONS:
        return None
    return [dict(zip(choices, combination, strict=True)) for combination in itertools.product(*choices.values())]


def _choices(dimension: Dimension, values: set[float | str]) -> Sequence[object]:
    """Return one value for each case that comparing with `values` can tell apart."""
    numbers = sorted(value for value in values if isinstance(value, float))
    match dimension[0]:
        case "sensitivity":
            return LEVELS
        case "stream" | "groups":
            return (False, True)
        case "topics":
            bounds = [0.0, *(number for number in numbers if 0.0 < number < 1.0), 1.0]
            middles = [(low + high) / 2 for low, high in itertools.pairwise(bounds)]
            return sorted({*bounds, *middles})
        case "entities" | "findings":
            near = {round(number) + step for number in numbers if number < 2**53 for step in (-1, 0, 1)}
            return sorted({0, *(count for count in near if count >= 0)})
        case _:
            return (*sorted(str(value) for value in values), _ANOTHER_WORD)


def _facts(case: Case) -> Facts:
    def word(name: str) -> str:
        return str(case.get((name, ""), ""))

    groups = tuple(member for (name, member), chosen in case.items() if name == "groups" and chosen)
    counts = {member: int(str(value)) for (name, member), value in case.items() if name == "entities"}
    topics = {member: float(str(value)) for (name, member), value in case.items() if name == "topics"}
    if ("findings", "") in case:
        counts["\x00"] = int(str(case["findings", ""])) - sum(counts.values())
    request = RequestFacts(
        Principal(word("principal"), word("tenant"), word("purpose"), groups),
        word("endpoint"),
        word("dialect"),
        word("model"),
        bool(case.get(("stream", ""))),
    )
    return Facts(counts, topics, request, Sensitivity.parse(word("sensitivity") or LEVELS[0]))
