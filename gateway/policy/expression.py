"""Conditions: CEL, compiled once, refused at load when they could surprise at run time.

CEL is dynamically typed and the library has no type checker, so a condition is checked twice: its names statically
(see `names`), and the whole by running it on sample requests that take every comparison to both sides.

Evaluating costs 0.2 to 0.5 µs (benchmarks/policy.py) once there is an environment, and making that costs far more; so
what needs none is told without (`comparisons`). `matches` runs on a linear-time engine (Rust's regex).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from gateway.core.model import Principal, RequestFacts, Sensitivity
from gateway.policy.cel_library import cel
from gateway.policy.comparisons import Comparison, comparison
from gateway.policy.environment import Facts, Scope
from gateway.policy.names import ExpressionError, Vocabulary, check_names
from gateway.policy.tokens import Token, tokenize

__all__ = ["EvaluationError", "Expression", "compile_expression"]

_SAMPLE_STRINGS: Final = 8


class EvaluationError(Exception):
    """A condition failed on a request. The text names the kind of failure only: CEL's own may quote the request."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled condition.

    Attributes:
        source: as written.
        tokens: for comparing and explaining.
        scope: the names it mentions.
        plain: tells the same from the facts alone; None: it takes CEL.
    """

    source: str
    tokens: tuple[Token, ...] = field(repr=False)
    scope: Scope = field(repr=False)
    _program: Any = field(repr=False)
    plain: Comparison | None = field(default=None, repr=False)

    def holds(self, environment: cel.Context) -> bool:
        """Return whether the condition holds.

        Raises:
            EvaluationError: if it fails or gives anything but true or false.
        """
        try:
            result = self._program.execute(environment)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller fails closed; its text may be private
            kind = type(error).__name__
        else:
            if result is True or result is False:
                return bool(result)
            kind = f"it gives {type(result).__name__}"
        raise EvaluationError(kind)


def compile_expression(source: str, vocabulary: Vocabulary) -> Expression:
    """Compile and check `source`.

    Raises:
        ExpressionError: if it could fail, name something unknown or give anything but true or false.
    """
    try:
        tokens = tokenize(source)
        program = cel.compile(source)
    except ValueError as error:
        raise ExpressionError(f"not CEL: {_first_line(error)}", "a CEL expression", _syntax_mend(source)) from None
    scope = check_names(tokens, set(program.variables()), set(program.functions()), vocabulary)
    expression = Expression(source, tokens, scope, program)
    plain = comparison(tokens)
    same = _dry_run(expression, vocabulary, plain)
    return replace(expression, plain=plain) if same else expression


def _first_line(error: ValueError) -> str:
    text = str(error)
    _, marker, after = text.partition("Syntax error: ")
    return (after if marker else text.rpartition("ERROR: ")[2]).splitlines()[0][:120]


def _syntax_mend(source: str) -> str:
    words = source.split()
    if "and" in words or "or" in words or "not" in words:
        return "CEL writes `&&`, `||` and `!`"
    if "=" in words:
        return "CEL compares with `==`"
    return "check the brackets, quotes and operators"


def _dry_run(expression: Expression, vocabulary: Vocabulary, plain: Comparison | None) -> bool:
    """Run it on sample requests; return whether `plain` says the same of all of them.

    Raises:
        ExpressionError: if it fails on one of them.
    """
    same = plain is not None
    for facts in _samples(expression.tokens, vocabulary):
        try:
            held = expression.holds(expression.scope.environment(facts))
        except EvaluationError as error:
            raise ExpressionError(
                f"the condition fails on some requests: {error}",
                "true or false for every request",
                "compare values of one type; guard an index by size(groups)",
            ) from None
        same = same and plain is not None and plain.holds(facts) is held
    return same


def _samples(tokens: Sequence[Token], vocabulary: Vocabulary) -> Iterator[Facts]:
    strings = ["", *sorted({token.text for token in tokens if token.kind == "string" and token.plain})]
    for number, word in enumerate(strings[:_SAMPLE_STRINGS]):
        for level in Sensitivity:
            for amount, probability, stream in ((0, 0.0, False), (1, 1.0, True), (1000, 0.5, False)):
                principal = Principal(word, word, word, (word,) * (number + amount % 2))
                yield Facts(
                    dict.fromkeys(vocabulary.entity_types, amount),
                    dict.fromkeys(vocabulary.topics, probability),
                    RequestFacts(principal, word, word, word, stream),
                    level,
                )
