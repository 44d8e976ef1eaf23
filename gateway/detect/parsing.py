"""How `re` reads an expression, for those who work out from it where it can match at all.

`re._parser` is private and has kept its shape since Python 3.11; who does not know a part of a tree assumes nothing of
it. Several questions are asked of one expression in a row, and reading it costs more than answering: so the last few
trees are kept. Nobody changes one.
"""

from __future__ import annotations

import re._parser as parser  # type: ignore[import-not-found]  # private, and so without stubs
from functools import lru_cache
from typing import Any

__all__ = ["parse_tree"]


@lru_cache(maxsize=32)
def parse_tree(regex: str, flags: int) -> Any:
    """Return the tree of `regex`.

    Raises:
        re.error: if it is no expression.
    """
    return parser.parse(regex, flags)
