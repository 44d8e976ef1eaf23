"""What any match of a regular expression needs, read off the expression's parse tree: the gates of recognisers.

`vet` refuses what could make a scan slow or useless: expressions that match nothing, and an unbounded repeat inside an
unbounded repeat (exponential time). An expression of unbounded width is accepted and run in bounded windows.

It reads the parse tree (`parsing`); what it does not know there it treats as "no requirement".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, NamedTuple

from gateway.detect.gates import Gate, Literal, fold
from gateway.detect.parsing import REPEATS, WIDTHLESS, children_of, items_of, op, parse_tree

__all__ = ["Flaw", "gate_of", "needed_in_turn", "opening_literals", "vet"]

_UNBOUNDED: Final = 10_000
"""A width from which on an expression counts as unbounded."""
_MAX_LITERALS: Final = 256
_MANY: Final = 24
_MAX_MEMBERS: Final = 4
_USUAL: Final = frozenset(" -./:,'\"()_\n")
_EMPTY: Final = frozenset({""})
_DIGITS: Final = range(ord("0"), ord("9") + 1)
_SPACES: Final = (
    *((0x9, 0xD), (0x1C, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A)),
    *((0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)),
)
"""First and last code points of white space."""
_IGNORE_CASE: Final = int(re.IGNORECASE)
_SINGLE: Final = frozenset((op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY, op.AT))
"""Items with nothing inside: most of any tree."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why an expression is refused."""

    message: str
    expected: str
    mend: str


class _Solid(NamedTuple):
    """Lengths of runs without white space that any match has: at its start, at its end, the longest; all of it."""

    start: int
    end: int
    best: int
    whole: bool


_NOTHING: Final = _Solid(0, 0, 0, whole=True)
_SPACE: Final = _Solid(0, 0, 0, whole=False)
_ONE: Final = _Solid(1, 1, 1, whole=True)


class _Need(NamedTuple):
    digits: int = 0
    literals: frozenset[Literal] = frozenset()
    solid: _Solid = _SPACE
    exact: frozenset[str] | None = None
    """All that it matches, if that is a few strings."""
    prefix: frozenset[str] | None = None
    """One of these is at the start of whatever it matches."""


def gate_of(regex: str, flags: int) -> Gate:
    """Return what a match of `regex` needs.

    Raises:
        re.error: if it is no regular expression.
    """
    return _read(regex, flags)[0]


def needed_in_turn(tree: Iterable[Any], *, ignore_case: bool) -> Iterator[frozenset[Literal]]:
    """Yield, for each item of a sequence, literals of which any match up to its end holds one; empty: not known."""
    reader, needs = _Reader(), list[_Need]()
    for code, argument in tree:
        needs.append(reader.item(code, argument, ignore_case=ignore_case))
        yield _joined(needs, ignore_case=ignore_case).literals


def opening_literals(regex: str, flags: int) -> frozenset[str]:
    """Return strings one of which any match begins with, none the beginning of another; empty when nothing is known.

    Raises:
        re.error: if it is no regular expression.
    """
    tree = parse_tree(regex, flags)
    if tree.state.flags & _IGNORE_CASE:
        return frozenset()
    known = _Reader().sequence(tree, ignore_case=False).prefix or _EMPTY
    shortest = frozenset(one for one in known if not any(one[:end] in known for end in range(len(one))))
    return frozenset() if "" in shortest else shortest


def vet(regex: str, flags: int) -> Flaw | None:
    """Return what is wrong with a pack's expression, or None. It is not compiled: most expressions never are."""
    try:
        return _read(regex, flags)[1]
    except (re.error, OverflowError, RecursionError) as error:
        # An expression is not private: it comes from a pack, and the message says where it breaks.
        return Flaw(f"not a regular expression: {error}", "the syntax of Python's `re`", "correct it")


@lru_cache(maxsize=4096)
def _read(regex: str, flags: int) -> tuple[Gate, Flaw | None]:
    tree = parse_tree(regex, flags)
    need = _Reader().sequence(tree, ignore_case=bool(tree.state.flags & _IGNORE_CASE))
    low, high = tree.getwidth()
    gate = Gate(
        digits=need.digits,
        solid=need.solid.best,
        width=int(high) if high < _UNBOUNDED else None,
        lookahead=_lookahead(tree),
        literals=need.literals,
    )
    return gate, _flaw(tree, low)


def _flaw(tree: Any, low: int) -> Flaw | None:
    if low == 0:
        return Flaw("the expression matches the empty text", "one that needs a character", "use + instead of *")
    if _nested(tree, inside=False):
        return Flaw(
            "an unbounded repeat inside an unbounded repeat can take exponential time",
            "bounded repeats, as in {1,40}",
            "bound the inner or the outer repeat",
        )
    if _loose_lookbehind(tree):
        return Flaw("a look-behind of varying width", "one of fixed width", "write one look-behind for each width")
    return None


_NO_WIDTH: Final = _Need(solid=_NOTHING, exact=_EMPTY, prefix=_EMPTY)


class _Reader:
    """Walks one parse tree; remembers what its groups look like, for back references."""

    def __init__(self) -> None:
        self._groups: dict[int, _Solid] = {}

    def sequence(self, tree: Iterable[Any], *, ignore_case: bool) -> _Need:
        needs, written = list[_Need](), ""
        for code, argument in items_of(tree):
            if code is op.LITERAL:  # most items are: those in a row are taken as one
                written += chr(argument)
                continue
            if written:
                needs.append(_written(written))
                written = ""
            needs.append(self.item(code, argument, ignore_case=ignore_case))
        if written:
            needs.append(_written(written))
        return _joined(needs, ignore_case=ignore_case)

    def item(self, code: Any, argument: Any, *, ignore_case: bool) -> _Need:
        if code in REPEATS:
            return self._repeated(*argument, ignore_case=ignore_case)
        if code is op.SUBPATTERN:
            return self._group(*argument, ignore_case=ignore_case)
        if code is op.ATOMIC_GROUP:
            return self.sequence(argument, ignore_case=ignore_case)
        if code is op.BRANCH:
            return _either([self.sequence(branch, ignore_case=ignore_case) for branch in argument[1]])
        if code is op.IN or code is op.LITERAL:
            return _one_of(tuple(argument) if code is op.IN else ((code, argument),))
        solid = self._groups.get(argument, _SPACE) if code is op.GROUPREF else _SPACE
        return _NO_WIDTH if code in WIDTHLESS else _Need(solid=solid)

    def _group(self, number: int | None, added: int, removed: int, inner: Any, *, ignore_case: bool) -> _Need:
        ignores = (ignore_case or bool(added & _IGNORE_CASE)) and not removed & _IGNORE_CASE
        need = self.sequence(inner, ignore_case=ignores)
        if number is not None:
            self._groups[number] = need.solid
        # Literals of another case mode stay what they are, but cannot be joined to those around.
        return need if ignores == ignore_case else need._replace(exact=None, prefix=None)

    def _repeated(self, low: int, high: int, inner: Any, *, ignore_case: bool) -> _Need:
        need = self.sequence(inner, ignore_case=ignore_case)
        if not low:
            optional = need.exact | _EMPTY if need.exact is not None and high == 1 else None
            return _Need(solid=_NOTHING if need.solid.whole else _SPACE, exact=optional, prefix=optional)
        solid = need.solid
        if solid.whole:
            length = solid.best * low
            solid = _Solid(length, length, length, whole=True)
        elif low > 1:
            solid = _followed(solid, solid)
        exact = need.exact if low == high == 1 else None
        return _Need(need.digits * low, need.literals, solid, exact, need.prefix)


def _joined(needs: Iterable[_Need], *, ignore_case: bool) -> _Need:
    """Return what a match of items one after the other needs."""
    digits, solid = 0, _NOTHING
    best: frozenset[Literal] = frozenset()
    runs = _EMPTY
    prefix: frozenset[str] | None = None
    for its_digits, literals, its_solid, exact, its_prefix in needs:
        digits += its_digits
        solid = _followed(solid, its_solid)
        best = _stronger(best, literals)
        longer = _product(runs, exact)
        if longer is not None:
            runs = longer
            continue
        # What the item may start with still belongs to the run before it.
        runs = _product(runs, its_prefix) or runs
        best = _stronger(best, _literals(runs, ignore_case=ignore_case))
        prefix = runs if prefix is None else prefix
        runs = exact or _EMPTY
    best = _stronger(best, _literals(runs, ignore_case=ignore_case))
    return _Need(digits, best, solid, runs if prefix is None else None, runs if prefix is None else prefix)


def _product(runs: frozenset[str], others: frozenset[str] | None) -> frozenset[str] | None:
    """Return each of `runs` followed by each of `others`; None if that is unknown or too much."""
    if others is None or len(runs) * len(others) > _MAX_LITERALS:
        return None
    if runs is _EMPTY or others is _EMPTY:  # as for most items
        return others if runs is _EMPTY else runs
    return frozenset(run + other for run in runs for other in others)


def _literals(runs: frozenset[str], *, ignore_case: bool) -> frozenset[Literal]:
    if "" in runs:
        return frozenset()
    if len(runs) > _MANY:
        # A text that holds one with another in it holds the other: that one alone will do.
        least: list[str] = []
        for _, same in groupby(sorted(runs, key=len), key=len):  # no string holds another one of its length
            least += [run for run in same if not any(map(run.__contains__, least))]
        runs = frozenset(least)
    if ignore_case:
        runs = frozenset(map(fold, runs))
    return frozenset([Literal(run, ignore_case) for run in runs])


@lru_cache(maxsize=4096)
def _written(text: str) -> _Need:
    """Return what a match of these characters needs, each of them as it stands."""
    lengths = [len(word) for word in text.split()] or [0]
    start, end = 0 if text[0].isspace() else lengths[0], 0 if text[-1].isspace() else lengths[-1]
    solid, exact = _Solid(start, end, max(lengths), whole=start == len(text)), frozenset({text})
    return _Need(sum(map(text.count, "0123456789")), solid=solid, exact=exact, prefix=exact)


@lru_cache(maxsize=1024)
def _one_of(members: tuple[tuple[Any, Any], ...]) -> _Need:
    spaced = any(_may_be_space(member) for member in members)
    digits = int(all(_only_digits(member) for member in members))
    few = len(members) <= _MAX_MEMBERS and all(code is op.LITERAL for code, _ in members)
    exact = frozenset(chr(value) for _, value in members) if few else None
    return _Need(digits, solid=_SPACE if spaced else _ONE, exact=exact, prefix=exact)


def _followed(one: _Solid, other: _Solid) -> _Solid:
    if one is _NOTHING or other is _NOTHING:
        return other if one is _NOTHING else one
    joined = one.end + other.start
    return _Solid(
        start=one.start + other.start if one.whole else one.start,
        end=one.end + other.end if other.whole else other.end,
        best=max(one.best, other.best, joined),
        whole=one.whole and other.whole,
    )


def _stronger(one: frozenset[Literal], other: frozenset[Literal]) -> frozenset[Literal]:
    """Return the set that lets fewer texts through: the one whose most usual literal is rarer."""
    if not one or not other:
        return one or other
    return one if _strength(one) >= _strength(other) else other


@lru_cache(maxsize=512)
def _strength(literals: frozenset[Literal]) -> tuple[float, int]:
    return min([_rarity(literal.text) for literal in literals]), -len(literals)


@lru_cache(maxsize=4096)
def _rarity(text: str) -> float:
    """Return how rare a literal is, roughly: by its length, and more if it holds a sign that few texts have."""
    return len(text) + (0 if all(character.isalnum() or character in _USUAL for character in text) else 1.5)


def _either(needs: Sequence[_Need]) -> _Need:
    literals = frozenset().union(*(need.literals for need in needs)) if all(n.literals for n in needs) else frozenset()
    solids = [need.solid for need in needs]
    return _Need(
        digits=min(need.digits for need in needs),
        literals=literals if len(literals) <= _MAX_LITERALS else frozenset(),
        solid=_Solid(
            start=min(solid.start for solid in solids),
            end=min(solid.end for solid in solids),
            best=min(solid.best for solid in solids),
            whole=all(solid.whole for solid in solids),
        ),
        exact=_union([need.exact for need in needs]),
        prefix=_union([need.prefix for need in needs]),
    )


def _union(sets: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    known = [one for one in sets if one is not None]
    union: frozenset[str] = frozenset().union(*known)
    return union if len(known) == len(sets) and len(union) <= _MAX_LITERALS else None


def _may_be_space(member: tuple[Any, Any]) -> bool:
    code, argument = member
    if code is op.LITERAL:
        return chr(argument).isspace()
    if code is op.RANGE:
        low, high = argument
        return any(low <= last and first <= high for first, last in _SPACES)
    return code is not op.CATEGORY or argument not in (op.CATEGORY_DIGIT, op.CATEGORY_WORD)


def _only_digits(member: tuple[Any, Any]) -> bool:
    code, argument = member
    if code is op.LITERAL:
        return argument in _DIGITS
    if code is op.RANGE:
        return argument[0] in _DIGITS and argument[1] in _DIGITS
    return code is op.CATEGORY and argument is op.CATEGORY_DIGIT


def _lookahead(tree: Iterable[Any]) -> int | None:
    """Return how far behind its end a match may look: the widths of all lookaheads, and one for an anchor."""
    reach = 1
    for code, argument in items_of(tree):
        if code in _SINGLE:
            continue
        if code in (op.ASSERT, op.ASSERT_NOT) and argument[0] > 0:
            high = argument[1].getwidth()[1]
            if high >= _UNBOUNDED:
                return None
            reach += int(high)
        for child in children_of(code, argument):
            inner = _lookahead(child)
            if inner is None:
                return None
            reach += inner - 1
    return reach


def _nested(tree: Iterable[Any], *, inside: bool) -> bool:
    for code, argument in items_of(tree):
        if code in _SINGLE:
            continue
        unbounded = code in REPEATS and argument[1] is op.MAXREPEAT
        if unbounded and inside:
            return True
        if any(_nested(child, inside=inside or unbounded) for child in children_of(code, argument)):
            return True
    return False


def _loose_lookbehind(tree: Iterable[Any]) -> bool:
    for code, argument in items_of(tree):
        if code in _SINGLE:
            continue
        if code in (op.ASSERT, op.ASSERT_NOT) and argument[0] < 0:
            low, high = argument[1].getwidth()
            if low != high:
                return True
        if any(_loose_lookbehind(child) for child in children_of(code, argument)):
            return True
    return False
