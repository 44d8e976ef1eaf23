r"""Where a match must end, read off the expression: with the run of characters that it begins in.

`\d{11}(?!\d)` matches no part of a longer number, and `[A-Z]\d{7}(?!\w)` none of a longer word: such a match takes all
that there is of its kinds of characters (`gateway.detect.kinds`) from its first one on. So the length of that run
tells whether to try the expression, which costs ten times as much as counting it: identifiers, times and checksums
begin as many numbers and keys do, and are longer than any.

What the reader does not know it takes for "anything".
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gateway.detect.kinds import ALL_KINDS, WORD_KINDS
from gateway.detect.parsing import WIDTHLESS, op, parse_tree
from gateway.detect.shapes import beside, kinds_in

__all__ = ["Run", "run_of"]

_WIDEST: Final = 64
"""A run of so many characters is not counted."""


class Run(NamedTuple):
    """What any match is: the whole run of some kinds of characters from where it begins.

    Attributes:
        kinds: of all its characters, as bits.
        least: so many characters at least.
        most: and at most.
    """

    kinds: int
    least: int
    most: int


def run_of(regex: str, flags: int, *, in_ascii: bool) -> Run | None:
    """Return of what length the run is that any match takes whole, in texts of ASCII alone or in any.

    Returns:
        None if matches may end within a run, or may be long.

    Raises:
        re.error: if it is no regular expression.
    """
    parsed = parse_tree(regex, flags)
    least, most = parsed.getwidth()
    if parsed.state.flags & re.ASCII or not 0 < least <= most < _WIDEST:
        return None
    tree = list(parsed)
    ends = []
    while tree[-1][0] in WIDTHLESS:
        ends.append(tree.pop())
    if not ends:
        return None
    kinds = kinds_in(tree, in_ascii=in_ascii)
    ended = 0  # the kinds of which none may follow
    for code, argument in ends:
        ended |= ALL_KINDS & ~beside(code, argument, behind=False, in_ascii=in_ascii)
        if argument is op.AT_BOUNDARY and not kinds & ~WORD_KINDS:
            ended |= WORD_KINDS
    return None if kinds & ~ended or kinds == ALL_KINDS else Run(kinds, int(least), int(most))
