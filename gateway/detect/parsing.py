"""How `re` reads an expression, for those who work out from it where it can match at all.

`re._parser` and `re._constants` are private and have kept their shape since Python 3.11; who does not know a part of a
tree assumes nothing of it. They are imported here alone.

Several questions are asked of one expression in a row, and reading it costs more than answering: so the last few trees
are kept. Nobody changes one.
"""

from __future__ import annotations

import re._constants as op  # type: ignore[import-not-found]  # private, and so without stubs
import re._parser as parser  # type: ignore[import-not-found]  # private, and so without stubs
from functools import lru_cache
from typing import Any, Final

__all__ = ["REPEATS", "WIDTHLESS", "children_of", "items_of", "op", "parse_tree", "parser"]

REPEATS: Final = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
"""What repeats a part of an expression, in whatever way."""
WIDTHLESS: Final = (op.AT, op.ASSERT, op.ASSERT_NOT)
"""What asks for something and takes no character."""


@lru_cache(maxsize=32)
def parse_tree(regex: str, flags: int) -> Any:
    """Return the tree of `regex`.

    Raises:
        re.error: if it is no expression.
    """
    return parser.parse(regex, int(flags))  # a `RegexFlag` takes calls of Python to ask for a bit


def items_of(tree: Any) -> list[Any]:
    """Return the items of a tree, or of a part of one: walking over the tree itself takes a call for each of them."""
    return getattr(tree, "data", tree)  # type: ignore[no-any-return]  # `re` has no stubs for its trees


def children_of(code: Any, argument: Any) -> tuple[Any, ...]:
    """Return the sequences that are parts of an item."""
    if code in REPEATS:
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
