"""Conditions that only compare with literals, told without CEL.

CEL evaluates a condition in less than a microsecond, but needs the request's topics carried over to it first, which
takes tens of them, every time that a request is judged. Most conditions ask whether a topic is at least so likely, or
what word a variable has; these are read here a second time, into functions of the facts.

It is a second reading of what decides, so it reads little: `topics.NAME` against a fraction, `==`, `!=` and `in` of
words, `stream`, joined by `&&`, `||`, `!` and brackets. A condition with anything else in it is CEL's whole. Compiling
compares both on sample requests and keeps CEL alone where they differ (`expression`).

Most requests are about nothing private. So it is read, too, which topics must be likely for a condition to hold at all
(`needs`): one look at a request's topics tells which conditions need not be asked.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from gateway.core.rounding import DIGITS
from gateway.policy.environment import Facts, probability, word
from gateway.policy.tokens import Token, text_at

__all__ = ["Comparison", "Needs", "comparison", "floors", "likely"]

Needs = tuple[frozenset[tuple[str, float]], ...]
"""Of each of these sets, one topic at least must have its probability, or the condition doesn't hold."""


class Comparison(NamedTuple):
    """A condition that is told without CEL.

    Attributes:
        holds: tells whether it holds.
        needs: what must be so for that; none: not known.
    """

    holds: Callable[[Facts], bool]
    needs: Needs = ()


_WORDS: Final = frozenset({"sensitivity", "principal", "tenant", "purpose", "model", "endpoint", "dialect"})
_SAME: Final[dict[str, Callable[[Any, Any], bool]]] = {"==": operator.eq, "!=": operator.ne}
_ORDER: Final = _SAME | {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_FRACTION: Final = re.compile(r"[0-9]+\.[0-9]+")
_DEEPEST: Final = 16
"""Brackets in brackets that are read."""
_ROUNDING: Final = 10.0**-DIGITS
"""So much more a probability may be when it is compared than it is."""


def comparison(tokens: Sequence[Token]) -> Comparison | None:
    """Return what tells whether the condition of `tokens` holds; None if it is for CEL to tell."""
    reader = _Reader(tokens)
    try:
        found = reader.either(_DEEPEST)
    except LookupError:
        return None
    return found if reader.place == len(tokens) else None


def floors(conditions: Iterable[Needs]) -> dict[str, float]:
    """Return each topic that some of `conditions` need, with the least probability with which it counts for one."""
    found: dict[str, float] = {}
    for needs in conditions:
        for name, bound in (pair for need in needs for pair in need):
            found[name] = min(bound - _ROUNDING, found.get(name, bound))
    return found


def likely(topics: Mapping[str, float], least: Mapping[str, float]) -> frozenset[str]:
    """Return the topics of `least` (`floors`) that may count; what is no probability counts as 1."""
    return frozenset([name for name, floor in least.items() if not 0.0 <= topics.get(name, 0.0) < floor])


class _Reader:
    """Reads by descending into what binds closer; a `LookupError` says that something is not read here."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.place = 0

    def takes(self, *texts: str) -> bool:
        """Go past the next tokens if they are these names and signs; return whether they are."""
        if any(text_at(self.tokens, self.place + step) != text for step, text in enumerate(texts)):
            return False
        self.place += len(texts)
        return True

    def next(self) -> Token:
        """Go past a token and return it."""
        self.place += 1
        return self.tokens[self.place - 1]

    def either(self, depth: int) -> Comparison:
        """Read comparisons joined by `||`."""
        parts = [self.both(depth)]
        while self.takes("||"):
            parts.append(self.both(depth))
        if len(parts) == 1:
            return parts[0]
        tell = [part.holds for part in parts]
        some = frozenset[tuple[str, float]]().union(*(part.needs[0] for part in parts if part.needs))
        return Comparison(
            lambda facts: any(holds(facts) for holds in tell), (some,) if all(part.needs for part in parts) else ()
        )

    def both(self, depth: int) -> Comparison:
        """Read comparisons joined by `&&`."""
        parts = [self.one(depth)]
        while self.takes("&&"):
            parts.append(self.one(depth))
        if len(parts) == 1:
            return parts[0]
        tell = [part.holds for part in parts]
        needs = tuple(need for part in parts for need in part.needs)
        return Comparison(lambda facts: all(holds(facts) for holds in tell), needs)

    def one(self, depth: int) -> Comparison:
        """Read a comparison, or what stands in brackets."""
        if not depth:
            raise LookupError
        if self.takes("!"):
            if text_at(self.tokens, self.place) not in {"(", "stream"}:
                raise LookupError  # `!` binds closer than a comparison
            holds = self.one(depth - 1).holds
            return Comparison(lambda facts: not holds(facts))
        if self.takes("("):
            part = self.either(depth - 1)
            if not self.takes(")"):
                raise LookupError
            return part
        if self.takes("stream"):
            return Comparison(lambda facts: facts.request.stream)
        if self.takes("topics", "."):
            return self.topic(self.next().text)
        return self.word(self.next())

    def topic(self, name: str) -> Comparison:
        """Read what a topic is compared with."""
        sign = self.next().text
        compare = _ORDER[sign]
        bound = self.next()
        if bound.kind != "number" or not _FRACTION.fullmatch(bound.text):
            raise LookupError
        value = float(bound.text)
        needs: Needs = (frozenset({(name, value)}),) if sign in {">", ">=", "=="} else ()
        return Comparison(lambda facts: compare(probability(facts.topics.get(name, 0.0)), value), needs)

    def word(self, variable: Token) -> Comparison:
        """Read what a variable that is a word is compared with."""
        name = variable.text
        if variable.kind != "name" or name not in _WORDS:
            raise LookupError
        if not self.takes("in", "["):
            compare = _SAME[self.next().text]
            value = self.literal()
            return Comparison(lambda facts: compare(word(name, facts), value))
        values = [self.literal()]
        while self.takes(","):
            values.append(self.literal())
        if not self.takes("]"):
            raise LookupError
        return Comparison(lambda facts: word(name, facts) in values)

    def literal(self) -> str:
        """Read a text."""
        token = self.next()
        if token.kind != "string" or not token.plain:
            raise LookupError
        return token.text
