r"""Compiles an expression so that `re` skips to the characters it can begin with.

`re` looks for the first character of a match in a tight loop, but only where the expression begins with one. Most
recognisers begin with an assertion instead, `(?<!\w)\d{9}`, and then every place of the text is tried in full. The two
say the same: `\d(?<=(?<!\w)(?s:.))\d{8}`, for an assertion may as well be made one character later, looking back. So
the parse tree is rewritten, never the expression's text: first a character, then what was asserted before it. It
matches the same places with the same groups (tested against `re.compile`, here and by `benchmarks.gates`).

So is it with many alternatives where case is ignored: `re` refuses one by its first character before it tries it, but
only where that is said as a set, `[pP]in`, and not behind an assertion (`branched`).

What has no single character at its beginning is compiled as it is. It works on the trees of `re._parser` and
`re._compiler`, private modules that have kept their shape since Python 3.11; a tree that `re` does not compile is
given up for the expression itself.
"""

from __future__ import annotations

import re
import re._compiler as compiler  # type: ignore[import-not-found]  # private, and so without stubs
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from gateway.detect.parsing import REPEATS, WIDTHLESS, op, parser

__all__ = ["branched", "compiled"]

_SINGLE: Final = (op.LITERAL, op.IN)
_ANY: Final = (op.IN, [(op.CATEGORY, op.CATEGORY_SPACE), (op.CATEGORY, op.CATEGORY_NOT_SPACE)])
_IN_ASCII_BY_CASE: Final = (0x130, 0x131, 0x17F, 0x212A)
"""All characters beyond ASCII that `re` may take for one in it when it ignores case."""


def compiled(regex: str, flags: int) -> re.Pattern[str]:
    """Return `regex` compiled; it matches what `re.compile(regex, flags)` matches.

    Raises:
        re.error: if it is no regular expression.
    """
    tree = parser.parse(regex, flags)
    items = list(tree)
    first = next((place for place, (code, _) in enumerate(items) if code not in WIDTHLESS), len(items))
    if not first or tree.state.flags & (re.LOCALE | re.ASCII):
        return re.compile(regex, flags)
    moved = _moved(items[:first], items[first:], tree.state, ignore_case=bool(tree.state.flags & re.IGNORECASE))
    return re.compile(regex, flags) if moved is None else _compiled(tree, moved, regex, flags)


def branched(regex: str, flags: int) -> re.Pattern[str]:
    """Return `regex` compiled so that alternatives are refused by their first characters; it matches the same.

    Raises:
        re.error: if it is no regular expression.
    """
    tree = parser.parse(regex, flags)
    if tree.state.flags & (re.LOCALE | re.ASCII):
        return re.compile(regex, flags)
    told = _told_apart(tree, tree.state, ignore_case=bool(tree.state.flags & re.IGNORECASE))
    return _compiled(tree, told, regex, flags)


def _compiled(tree: Any, items: list[Any], regex: str, flags: int) -> re.Pattern[str]:
    """Return `tree` compiled with `items` in the place of its own; as `regex` is, if that cannot be."""
    tree.data[:] = items
    tree.width = None
    try:
        made: re.Pattern[str] = compiler.compile(tree, flags)
    except (AssertionError, TypeError, ValueError, re.error):
        return re.compile(regex, flags)
    return made


def _told_apart(items: Iterable[Any], state: Any, *, ignore_case: bool) -> list[Any]:
    """Return `items` with the first characters of all alternatives as sets in which no case is ignored."""
    told: list[Any] = []
    for code, argument in items:
        its = argument
        if code is op.SUBPATTERN:
            group, added, removed, inner = argument
            ignores = (ignore_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
            its = group, added, removed, _tree(_told_apart(inner, state, ignore_case=ignores), state)
        elif code is op.BRANCH and ignore_case:
            branches = [_told_apart(branch, state, ignore_case=ignore_case) for branch in argument[1]]
            for branch in branches:
                if branch and branch[0][0] in _SINGLE:
                    branch[0] = _start(branch[0][0], branch[0][1], state, ignore_case=True) or branch[0]
            its = argument[0], [_tree(branch, state) for branch in branches]
        told.append((code, its))
    return told


def _moved(  # noqa: PLR0911 - reasons to leave it as it is
    asserted: list[Any], items: list[Any], state: Any, *, ignore_case: bool
) -> list[Any] | None:
    """Return `items` with what is `asserted` before them said behind their first character; None if they have none."""
    if not items:
        return None
    (code, argument), rest = items[0], items[1:]
    if code is op.SUBPATTERN:
        group, added, removed, inner = argument
        if (added | removed) & re.IGNORECASE:
            return None
        within = _moved(asserted, list(inner), state, ignore_case=ignore_case)
        return None if within is None else [(code, (group, added, removed, _tree(within, state))), *rest]
    again: list[Any] = []
    if code in REPEATS:
        low, high, inner = argument
        if low < 1 or len(inner) != 1:
            return None
        if high != 1:
            again = [(code, (low - 1, high if high is op.MAXREPEAT else high - 1, inner))]
        code, argument = inner[0]
    if code not in _SINGLE:
        return None
    start = _start(code, argument, state, ignore_case=ignore_case)
    if start is None:
        return None
    before = (op.ASSERT, (-1, _tree([*asserted, _ANY], state)))
    return [start, before, *again, *rest]


def _start(code: Any, argument: Any, state: Any, *, ignore_case: bool) -> Any:
    """Return one character of a set as `re` skips to it; it does not where it has to ignore the case of letters."""
    if not ignore_case:
        return code, argument
    members = [(code, argument)] if code is op.LITERAL else list(argument)
    kept = [member for member in members if member[0] is op.CATEGORY]
    others = [member for member in members if member[0] is not op.CATEGORY]
    if any(what not in (op.LITERAL, op.RANGE) for what, _ in others) or any(
        (value if what is op.LITERAL else value[1]) >= 128  # noqa: PLR2004 - ASCII
        for what, value in others
    ):
        return None
    if others:
        kept += [(op.LITERAL, point) for point in _in_any_case(tuple(others))]
    return op.SUBPATTERN, (None, 0, int(re.IGNORECASE), _tree([(op.IN, kept)], state))


@lru_cache(maxsize=256)
def _in_any_case(members: tuple[tuple[Any, Any], ...]) -> tuple[int, ...]:
    """Return the characters that `re` takes for one of `members`, all in ASCII, when it ignores case."""
    alone = compiler.compile(_tree([(op.IN, list(members))], parser.State()), int(re.IGNORECASE | re.UNICODE))
    return tuple(point for point in (*range(128), *_IN_ASCII_BY_CASE) if alone.fullmatch(chr(point)))


def _tree(items: list[Any], state: Any) -> Any:
    return parser.SubPattern(state, items)
