"""How a match begins, read off the expression: its first characters, and what leads to the literal that it holds.

With the kinds of its first characters (`gateway.detect.shapes`) that is enough to try an expression at few places: an
address with an `@` in it can begin nowhere but in the run of characters in front of one, and "patient name:" nowhere
but a few characters in front of "name".

What the reader does not know it takes for "anything".
"""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found]  # private, and so without stubs
import re._parser as parser  # type: ignore[import-not-found]  # private, and so without stubs
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from gateway.detect.gates import Literal, needed_literals
from gateway.detect.parsing import parse_tree
from gateway.detect.shapes import ALL_KINDS, kinds_in

__all__ = ["WIDEST", "Lead", "first_characters", "leading"]

_ASCII: Final = 128
_ANY: Final = (1 << _ASCII) - 1
_MOST_ITEMS: Final = 10
"""Of an expression that has its literal farther behind, it is not read what leads to it."""
WIDEST: Final = 4_096
"""What is as wide as this, or wider, counts as of any width."""
_WIDTHLESS: Final = (op.AT, op.ASSERT, op.ASSERT_NOT)
_REPEATS: Final = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
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


def first_characters(regex: str, flags: int) -> int:
    """Return the characters of ASCII that a match may begin with, as bits. Others may be at the beginning of any.

    Raises:
        re.error: if it is no regular expression.
    """
    tree = parse_tree(regex, flags)
    first, empty = _first(tree, ignore_case=bool(tree.state.flags & re.IGNORECASE))
    return _ANY if empty else first


def _first(tree: Iterable[tuple[Any, Any]], *, ignore_case: bool) -> tuple[int, bool]:
    """Return what a match of a sequence may begin with, and whether it may be empty."""
    first = 0
    for code, argument in tree:
        its, empty = _first_of(code, argument, ignore_case=ignore_case)
        first |= its
        if not empty:
            return first, False
    return first, True


def _first_of(code: Any, argument: Any, *, ignore_case: bool) -> tuple[int, bool]:  # noqa: PLR0911 - kinds of nodes
    if code in _WIDTHLESS:
        return 0, True
    if code in _REPEATS:
        low, _, inner = argument
        first, empty = _first(inner, ignore_case=ignore_case)
        return first, empty or not low
    if code is op.SUBPATTERN:
        _, added, removed, inner = argument
        ignores = (ignore_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
        return _first(inner, ignore_case=ignores)
    if code is op.ATOMIC_GROUP:
        return _first(argument, ignore_case=ignore_case)
    if code is op.BRANCH:
        branches = [_first(branch, ignore_case=ignore_case) for branch in argument[1]]
        first = 0
        for its, _ in branches:
            first |= its
        return first, any(empty for _, empty in branches)
    if code is op.LITERAL:
        return _cased(_members([(code, argument)]), ignore_case=ignore_case), False
    if code is op.IN:
        return _cased(_members(argument), ignore_case=ignore_case), False
    # A back reference may be empty; any character is not, which does not matter where anything may begin.
    return _ANY, True


def _members(members: Iterable[tuple[Any, Any]]) -> int:
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
    known = tuple(literals)
    parsed = parse_tree(regex, flags)
    tree = [item for item in parsed if item[0] not in _WIDTHLESS]  # these add nothing
    ignore_case = bool(parsed.state.flags & re.IGNORECASE)
    for end in range(1, min(len(tree), _MOST_ITEMS) + 1):
        needed = needed_literals(tree[:end], ignore_case=ignore_case)
        if needed and all(any(one.folded == its.folded and one.text in its.text for one in known) for its in needed):
            width = int(parser.SubPattern(parsed.state, tree[:end]).getwidth()[1])
            return Lead(kinds_in(tree[:end], in_ascii=in_ascii), min(width, WIDEST))
    return Lead(ALL_KINDS, WIDEST)
