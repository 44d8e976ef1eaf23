"""What a text must hold before a regular expression can match it, read off the expression itself.

Almost no text holds almost any identifier, so the cheapest recogniser is the one that does not run. Written gates can
be wrong and then hide findings; these are derived from the parsed expression, so that the findings are the same with
and without them (a property test compares both):

* `digits` and `width`: a match has at least so many decimal digits within at most so many characters. Runs of the
  expression are confined to the places where the text has such a cluster;
* `literals`: a match holds one of these substrings.

`vet` refuses what could make a scan slow or useless: expressions that match nothing, and an unbounded repeat inside an
unbounded repeat (exponential time). An expression of unbounded width is accepted and run in bounded windows.

It reads the parse tree of `re._parser`, a private module that has kept its shape since Python 3.11; what it does not
know it treats as "no requirement".
"""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found]  # private, and so without stubs
import re._parser as parser  # type: ignore[import-not-found]  # private, and so without stubs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

__all__ = ["ANYTHING", "Flaw", "Gate", "fold", "gate_of", "vet"]

_UNBOUNDED: Final = 10_000
"""A width from which on an expression counts as unbounded."""
_MAX_LITERALS: Final = 64
_DIGITS: Final = range(ord("0"), ord("9") + 1)
_REPEATS: Final = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
# `re` takes these for the letter i when it ignores case, `str.casefold` does not.
_TWINS: Final = str.maketrans({"ı": "i", "İ": "i"})


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why an expression is refused."""

    message: str
    expected: str
    mend: str


@dataclass(frozen=True, slots=True)
class Gate:
    """What any match needs.

    Attributes:
        digits: at least so many decimal digits in the match.
        width: at most so many characters in the match; None when there is no bound.
        lookahead: so many characters after the match that it may look at; None when there is no bound.
        literals: the text holds one of these; empty when nothing is known. Folded (see `fold`) if the expression
            ignores case.
    """

    digits: int
    width: int | None
    lookahead: int | None
    literals: frozenset[str]


ANYTHING: Final = Gate(0, None, None, frozenset())


def fold(text: str) -> str:
    """Return `text` in the one case in which literals are compared."""
    # casefold, not lower: it treats each character alone, so that a part of a folded text is the folded part.
    return text.lower() if text.isascii() else text.translate(_TWINS).casefold()


@dataclass(frozen=True, slots=True)
class _Need:
    digits: int = 0
    literals: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def gate_of(regex: str, flags: int) -> Gate:
    """Return what a match of `regex` needs.

    Raises:
        re.error: if it is no regular expression.
    """
    tree = parser.parse(regex, flags)
    need = _sequence(tree, ignore_case=bool(tree.state.flags & re.IGNORECASE))
    _, high = tree.getwidth()
    return Gate(
        digits=need.digits,
        width=int(high) if high < _UNBOUNDED else None,
        lookahead=_lookahead(tree),
        literals=need.literals,
    )


def vet(regex: str, flags: int) -> Flaw | None:
    """Return what is wrong with a pack's expression, or None."""
    try:
        tree = parser.parse(regex, flags)
        re.compile(regex, flags)
    except (re.error, OverflowError, RecursionError) as error:
        # An expression is not private: it comes from a pack, and the message says where it breaks.
        return Flaw(f"not a regular expression: {error}", "the syntax of Python's `re`", "correct it")
    low, _ = tree.getwidth()
    if low == 0:
        return Flaw("the expression matches the empty text", "one that needs a character", "use + instead of *")
    if _nested(tree, inside=False):
        return Flaw(
            "an unbounded repeat inside an unbounded repeat can take exponential time",
            "bounded repeats, as in {1,40}",
            "bound the inner or the outer repeat",
        )
    return None


def _sequence(tree: Iterable[Any], *, ignore_case: bool) -> _Need:
    digits = 0
    best: frozenset[str] = frozenset()
    run = ""
    for code, argument in tree:
        if code is op.LITERAL:
            character = chr(argument)
            run += fold(character) if ignore_case else character
            digits += argument in _DIGITS
            continue
        best, run = _stronger(best, _run(run)), ""
        need = _item(code, argument, ignore_case=ignore_case)
        digits += need.digits
        best = _stronger(best, need.literals)
    return _Need(digits, _stronger(best, _run(run)))


def _run(run: str) -> frozenset[str]:
    return frozenset({run}) if run else frozenset()


def _stronger(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return the set that lets fewer texts through: the one whose shortest literal is longer."""
    if not one or not other:
        return one or other
    by_length = (min(map(len, one)), -len(one)), (min(map(len, other)), -len(other))
    return one if by_length[0] >= by_length[1] else other


def _item(code: Any, argument: Any, *, ignore_case: bool) -> _Need:
    if code is op.IN:
        return _Need(digits=int(all(_only_digits(member) for member in argument)))
    if code in _REPEATS:
        low, _, inner = argument
        need = _sequence(inner, ignore_case=ignore_case)
        return _Need(need.digits * low, need.literals) if low else _Need()
    if code is op.SUBPATTERN:
        _, added, removed, inner = argument
        inner_ignores = (ignore_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        # A literal in another case mode would be compared in the wrong case, so it is not used.
        need = _sequence(inner, ignore_case=inner_ignores)
        return need if inner_ignores == ignore_case else _Need(need.digits)
    if code is op.ATOMIC_GROUP:
        return _sequence(argument, ignore_case=ignore_case)
    if code is op.BRANCH:
        return _either([_sequence(branch, ignore_case=ignore_case) for branch in argument[1]])
    return _Need()


def _either(needs: Sequence[_Need]) -> _Need:
    digits = min(need.digits for need in needs)
    literals = frozenset().union(*(need.literals for need in needs)) if all(n.literals for n in needs) else frozenset()
    return _Need(digits, literals if len(literals) <= _MAX_LITERALS else frozenset())


def _only_digits(member: tuple[Any, Any]) -> bool:
    code, argument = member
    if code is op.LITERAL:
        return argument in _DIGITS
    if code is op.RANGE:
        return argument[0] in _DIGITS and argument[1] in _DIGITS
    return code is op.CATEGORY and argument is op.CATEGORY_DIGIT


def _children(code: Any, argument: Any) -> Iterable[Any]:
    if code in _REPEATS:
        return (argument[2],)
    if code is op.SUBPATTERN:
        return (argument[3],)
    if code is op.ATOMIC_GROUP:
        return (argument,)
    if code in (op.BRANCH, op.ASSERT, op.ASSERT_NOT):
        inner = argument[1]
        return tuple(inner) if code is op.BRANCH else (inner,)
    if code is op.GROUPREF_EXISTS:
        return tuple(branch for branch in argument[1:] if branch is not None)
    return ()


def _lookahead(tree: Iterable[Any]) -> int | None:
    """Return how far behind its end a match may look: the widths of all lookaheads, and one for an anchor."""
    reach = 1
    for code, argument in tree:
        if code in (op.ASSERT, op.ASSERT_NOT) and argument[0] > 0:
            high = argument[1].getwidth()[1]
            if high >= _UNBOUNDED:
                return None
            reach += int(high)
        for child in _children(code, argument):
            inner = _lookahead(child)
            if inner is None:
                return None
            reach += inner - 1
    return reach


def _nested(tree: Iterable[Any], *, inside: bool) -> bool:
    for code, argument in tree:
        unbounded = code in _REPEATS and argument[1] is op.MAXREPEAT
        if unbounded and inside:
            return True
        if any(_nested(child, inside=inside or unbounded) for child in _children(code, argument)):
            return True
    return False
