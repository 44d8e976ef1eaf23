"""How a match begins, read off the expression: its first characters, and what leads to the literal that it holds.

With the kinds of its first characters (`gateway.detect.kinds`) that is enough to try an expression at few places: an
address with an `@` in it can begin nowhere but in the run of characters in front of one, and "patient name:" nowhere
but a few characters in front of "name".

Where the kinds would do, most words and numbers still begin otherwise than any match. So the ways in which a match may
begin are told apart, character by character: a word is none of an address in hexadecimal from its first `g` on. To try
an expression costs a hundred times as much.

What the reader does not know it takes for "anything".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np

from gateway.detect.gates import Literal
from gateway.detect.kinds import ALL_KINDS
from gateway.detect.needs import needed_in_turn
from gateway.detect.parsing import REPEATS, WIDTHLESS, items_of, op, parse_tree, parser
from gateway.detect.shapes import kinds_in

__all__ = ["DEPTH", "END", "FOREIGN", "WIDEST", "Lead", "Openings", "Way", "leading", "opening_ways"]

_ASCII: Final = 128
_ANY: Final = (1 << _ASCII) - 1
_OPEN: Final = -1
"""At the end of a way: what follows is not known."""
DEPTH: Final = 8
"""Of so many characters at the beginning of a match it is read which they may be."""
_MOST_WAYS: Final = 64
"""Each has a bit of a number."""
END: Final = 0
"""The class of what is behind the end of a text."""
FOREIGN: Final = 1
"""The class of all characters that are no ASCII."""
Way = tuple[int, ...]
"""Of the first characters of a match, for each the characters of ASCII that it may be, as bits."""
_MOST_ITEMS: Final = 10
"""Of an expression that has its literal farther behind, it is not read what leads to it."""
WIDEST: Final = 4_096
"""What is as wide as this, or wider, counts as of any width."""
_CATEGORIES: Final = {
    category: sum(1 << code for code in range(_ASCII) if re.match(expression, chr(code)))
    for category, expression in (
        (op.CATEGORY_DIGIT, r"\d"),
        (op.CATEGORY_NOT_DIGIT, r"\D"),
        (op.CATEGORY_SPACE, r"\s"),
        (op.CATEGORY_NOT_SPACE, r"\S"),
        (op.CATEGORY_WORD, r"\w"),
        (op.CATEGORY_NOT_WORD, r"\W"),
    )
}
_CASED_ABROAD: Final = sum(1 << ord(character) for character in "iIkKsS")
"""Letters that characters outside of ASCII are taken for when case is ignored."""


def opening_ways(regex: str, flags: int) -> tuple[Way, ...]:
    """Return the ways in which a match may begin.

    Characters outside of ASCII may stand anywhere, and anything behind the end of a way.

    Raises:
        re.error: if it is no regular expression.
    """
    tree = parse_tree(regex, flags)
    ways = _ways(tree, ignore_case=bool(tree.state.flags & re.IGNORECASE))
    return tuple(sorted({way[:-1] if way and way[-1] == _OPEN else way for way in ways}))


class Openings:
    """The ways in which a match may begin, as tables: a text's characters rule out ways until none is left.

    Args:
        ways: at most 64; each has a bit.

    Attributes:
        classes: for each character of ASCII its class: those of a class are alike in all ways.
        allowed: for each of the first characters and each class, the ways that allow it there, as bits.
    """

    def __init__(self, ways: tuple[Way, ...]) -> None:
        masks = sorted({mask for way in ways for mask in way})
        raw = b"".join(mask.to_bytes(_ASCII // 8, "little") for mask in masks)
        held = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little").reshape(len(masks), _ASCII)
        kinds = [column.tobytes() for column in np.packbits(held, axis=0).T]
        numbers = {kind: number for number, kind in enumerate(sorted(set(kinds)), FOREIGN + 1)}
        self.classes = np.array([numbers[kind] for kind in kinds], np.uint8)
        # Of each mask the classes that it holds; the row behind the last is for what follows a way: it holds all.
        members = np.ones((len(masks) + 1, FOREIGN + 1 + len(numbers)), np.bool_)
        members[:-1, END] = False
        members[:-1, self.classes] = held
        places = {mask: place for place, mask in enumerate(masks)}
        depth = max(map(len, ways))
        steps = [[*(places[mask] for mask in way), *[len(masks)] * (depth - len(way))] for way in ways]
        bits = np.uint64(1) << np.arange(len(ways), dtype=np.uint64)
        chosen = members[np.array(steps, np.intp)]
        self.allowed = np.bitwise_or.reduce(np.where(chosen, bits[:, None, None], np.uint64(0)), axis=0)


def _ways(tree: Iterable[tuple[Any, Any]], *, ignore_case: bool) -> list[Way]:
    """Return how a match of a sequence may begin; the way that is not known to its end has `_OPEN` there."""
    ways: list[Way] = [()]
    for code, argument in items_of(tree):
        if all(map(_is_read, ways)):
            break
        ways = _followed(ways, _ways_of(code, argument, ignore_case=ignore_case))
    return ways


def _is_read(way: Way) -> bool:
    """Tell whether nothing that follows changes this beginning."""
    return len(way) >= DEPTH or way[-1:] == (_OPEN,)


def _followed(ways: Iterable[Way], parts: Iterable[Way]) -> list[Way]:
    """Return each way followed by each of the parts."""
    known = tuple(parts)
    longer: dict[Way, None] = {}
    for way in ways:
        if _is_read(way):
            longer[way] = None
        else:
            longer.update(dict.fromkeys([(way + part)[:DEPTH] for part in known]))
    return _few(longer)


def _few(ways: Iterable[Way]) -> list[Way]:
    """Return the different ones of `ways`; if these are too many, less of each."""
    known = dict.fromkeys(ways)
    for depth in range(DEPTH - 1, -1, -1):
        if len(known) <= _MOST_WAYS:
            break
        known = dict.fromkeys(way if len(way) <= depth else (*way[:depth], _OPEN) for way in known)
    return list(known)


def _ways_of(code: Any, argument: Any, *, ignore_case: bool) -> list[Way]:  # noqa: PLR0911 - kinds of nodes
    if code in WIDTHLESS:
        return [()]
    if code in REPEATS:
        low, high, inner = argument
        return _repeated(low, high, _ways(inner, ignore_case=ignore_case))
    if code is op.SUBPATTERN:
        _, added, removed, inner = argument
        ignores = (ignore_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        return _ways(inner, ignore_case=ignores)
    if code is op.ATOMIC_GROUP:
        return _ways(argument, ignore_case=ignore_case)
    if code is op.BRANCH:
        return _few(way for branch in argument[1] for way in _ways(branch, ignore_case=ignore_case))
    if code is op.LITERAL or code is op.IN:
        members = ((code, argument),) if code is op.LITERAL else tuple(argument)
        return [(_cased(_members(members), ignore_case=ignore_case),)]
    # A back reference may be empty.
    return [(_ANY,)] if code in (op.ANY, op.NOT_LITERAL) else [(_OPEN,)]


def _repeated(low: int, high: int, once: list[Way]) -> list[Way]:
    ways: list[Way] = [()]
    found = dict.fromkeys(ways) if not low else {}
    # More repeats than this change nothing at the beginning.
    for count in range(1, min(high, low + DEPTH) + 1):
        ways = _followed(ways, once)
        whole = all(map(_is_read, ways))
        if count >= low or whole:
            found |= dict.fromkeys(ways)
        if whole:
            break
    return list(found)


@lru_cache(maxsize=1024)
def _members(members: tuple[tuple[Any, Any], ...]) -> int:
    """Return the characters of ASCII in a set; all that may be taken for one outside of it, too."""
    found, negated = 0, False
    for code, argument in members:
        if code is op.NEGATE:
            negated = True
        elif code is op.CATEGORY:
            found |= _CATEGORIES[argument]
        else:
            low, high = (argument, argument) if code is op.LITERAL else argument
            found |= (_ANY >> low << low) & ((1 << high + 1) - 1) if low < _ASCII else 0
            found |= _CASED_ABROAD if high >= _ASCII and not negated else 0
    return _ANY & ~found if negated else found


@lru_cache(maxsize=1024)
def _cased(characters: int, *, ignore_case: bool) -> int:
    """Return `characters`, and the same in the other case if case is ignored."""
    if not ignore_case:
        return characters
    held = [code for code in range(_ASCII) if characters >> code & 1]
    return sum(1 << code for code in {*held, *(ord(chr(code).swapcase()) for code in held)})


class Lead(NamedTuple):
    """What stands in any match in front of the first of its literals.

    Attributes:
        kinds: of all characters there, as bits.
        width: there are at most so many.
    """

    kinds: int
    width: int


def leading(regex: str, flags: int, literals: Iterable[Literal], *, in_ascii: bool) -> Lead:
    """Return what stands in any match in front of the first of `literals` in it.

    Raises:
        re.error: if it is no regular expression.
    """
    led = _led(regex, flags, frozenset(literals))
    return Lead(ALL_KINDS, WIDEST) if led is None else Lead(kinds_in(led[0], in_ascii=in_ascii), led[1])


@lru_cache(maxsize=8)
def _led(regex: str, flags: int, known: frozenset[Literal]) -> tuple[list[Any], int] | None:
    """Return the items up to the first literal, and their width; None if that cannot be told.

    It is asked twice in a row, for texts of ASCII and for others.
    """
    if not known:
        return None
    parsed = parse_tree(regex, flags)
    tree = [item for item in items_of(parsed) if item[0] not in WIDTHLESS]  # these add nothing
    ignore_case = bool(parsed.state.flags & re.IGNORECASE)
    for end, needed in enumerate(needed_in_turn(tree[:_MOST_ITEMS], ignore_case=ignore_case), 1):
        if needed and all(any(one.folded == its.folded and one.text in its.text for one in known) for its in needed):
            return tree[:end], min(int(parser.SubPattern(parsed.state, tree[:end]).getwidth()[1]), WIDEST)
    return None
