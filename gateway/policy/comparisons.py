"""Conditions that only compare with literals, told without CEL.

CEL evaluates a condition in less than a microsecond, but needs the request's topics carried over to it first, which
takes tens of them, every time that a request is judged. Most conditions ask whether a topic is at least so likely, or
what word a variable has; these are read here a second time, into functions of the facts.

It is a second reading of what decides, so it reads little: `topics.NAME` against a fraction, `==`, `!=` and `in` of
words, `stream`, joined by `&&`, `||`, `!` and brackets. A condition with anything else in it is CEL's whole. Compiling
compares both on sample requests and keeps CEL alone where they differ (`expression`).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.policy.environment import Facts, probability, word
from gateway.policy.tokens import Token, text_at

__all__ = ["Comparison", "comparison"]

Comparison = Callable[[Facts], bool]

_WORDS: Final = frozenset({"sensitivity", "principal", "tenant", "purpose", "model", "endpoint", "dialect"})
_SAME: Final[dict[str, Callable[[Any, Any], bool]]] = {"==": operator.eq, "!=": operator.ne}
_ORDER: Final = _SAME | {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_FRACTION: Final = re.compile(r"[0-9]+\.[0-9]+")
_DEEPEST: Final = 16
"""Brackets in brackets that are read."""


def comparison(tokens: Sequence[Token]) -> Comparison | None:
    """Return what tells whether the condition of `tokens` holds; None if it is for CEL to tell."""
    reader = _Reader(tokens)
    try:
        found = reader.either(_DEEPEST)
    except LookupError:
        return None
    return found if reader.place == len(tokens) else None


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
        return parts[0] if len(parts) == 1 else lambda facts: any(part(facts) for part in parts)

    def both(self, depth: int) -> Comparison:
        """Read comparisons joined by `&&`."""
        parts = [self.one(depth)]
        while self.takes("&&"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else lambda facts: all(part(facts) for part in parts)

    def one(self, depth: int) -> Comparison:
        """Read a comparison, or what stands in brackets."""
        if not depth:
            raise LookupError
        if self.takes("!"):
            if text_at(self.tokens, self.place) not in {"(", "stream"}:
                raise LookupError  # `!` binds closer than a comparison
            part = self.one(depth - 1)
            return lambda facts: not part(facts)
        if self.takes("("):
            part = self.either(depth - 1)
            if not self.takes(")"):
                raise LookupError
            return part
        if self.takes("stream"):
            return lambda facts: facts.request.stream
        if self.takes("topics", "."):
            return self.topic(self.next().text)
        return self.word(self.next())

    def topic(self, name: str) -> Comparison:
        """Read what a topic is compared with."""
        compare = _ORDER[self.next().text]
        bound = self.next()
        if bound.kind != "number" or not _FRACTION.fullmatch(bound.text):
            raise LookupError
        value = float(bound.text)
        return lambda facts: compare(probability(facts.topics.get(name, 0.0)), value)

    def word(self, variable: Token) -> Comparison:
        """Read what a variable that is a word is compared with."""
        name = variable.text
        if variable.kind != "name" or name not in _WORDS:
            raise LookupError
        if not self.takes("in", "["):
            compare = _SAME[self.next().text]
            value = self.literal()
            return lambda facts: compare(word(name, facts), value)
        values = [self.literal()]
        while self.takes(","):
            values.append(self.literal())
        if not self.takes("]"):
            raise LookupError
        return lambda facts: word(name, facts) in values

    def literal(self) -> str:
        """Read a text."""
        token = self.next()
        if token.kind != "string" or not token.plain:
            raise LookupError
        return token.text
