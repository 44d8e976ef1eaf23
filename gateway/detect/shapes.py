r"""What a match looks like in kinds of characters, read off the expression: a gate for recognisers without a literal.

`\d{7,8}-[\dK]` holds no word that could be looked for, and a text with any eight digits would make it run. But each
of its matches holds three digits and a hyphen in a row. So an expression is read as what any of its matches holds
(`windows`) and as how any begins, in kinds of characters (`kinds`). A text that lacks what all have cannot match.

What the reader does not know it takes for "anything", so a gate may let through too much and never too little
(a property test compares with the ungated engine).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import or_
from typing import Any, Final, NamedTuple

from gateway.detect.kinds import (
    ALL_KINDS,
    APART,
    KINDS,
    SPACE,
    kinds_covered,
    kinds_matched,
    kinds_of_point,
)
from gateway.detect.parsing import REPEATS, WIDTHLESS, children_of, items_of, op, parse_tree
from gateway.detect.windows import AT, BITS, BREAK, DIGITS_AT, LONGEST, REACHED, SIZE, Path, sequences_of, windows_of

__all__ = ["Shape", "Start", "beside", "differs_in_ascii", "kinds_in", "row_of", "shape_of", "start_of"]

_PATHS: Final = 48
"""So many ways through an expression are followed; where there are more, a part is taken for "anything"."""
_BEGIN: Final = 2 * SIZE
"""So many characters of a match's beginning are looked at, and the one before it."""
_ANY_BEGIN: Final = (ALL_KINDS,) * _BEGIN
_MANY_PATHS: Final = 512
"""So many ways through the beginning are followed."""

Shape = tuple[tuple[int, ...], ...]
"""For any match one of these holds: of each of its sets the text has a member. Empty: nothing is known."""


class Start(NamedTuple):
    """How any match begins.

    Attributes:
        before: for each kind of its first character, the kinds that may stand before it, as bits.
        first: the sequences that its first four characters may be, as bits; white space is thought behind the text.
        second: and the next four.
    """

    before: tuple[int, ...]
    first: int
    second: int


def shape_of(regex: str, flags: int, *, in_ascii: bool) -> Shape:
    """Return what any match of `regex` holds, in texts of ASCII alone or in any.

    Raises:
        re.error: if it is no regular expression.
    """
    reader = _Reader(in_ascii=in_ascii)
    parsed = parse_tree(regex, flags)
    if parsed.state.flags & re.ASCII:
        return ()  # then letters outside ASCII are no word characters
    tree = list(parsed)
    # At the ends of a text white space is thought of.
    before = after = ALL_KINDS
    while tree and tree[0][0] in WIDTHLESS:
        before &= beside(*tree.pop(0), behind=True, in_ascii=in_ascii) | 1 << SPACE
    while tree and tree[-1][0] in WIDTHLESS:
        after &= beside(*tree.pop(), behind=False, in_ascii=in_ascii) | 1 << SPACE
    shapes = set()
    for path in reader.paths(tree):
        windows = windows_of((before, *path, after)) if path else ()
        if not windows:
            return ()
        shapes.add(windows)
    return tuple(sorted(shapes))


def differs_in_ascii(tree: Iterable[Any]) -> bool:
    """Tell whether an expression may look otherwise in texts of ASCII: some set in it leaves out all letters or digits.

    Args:
        tree: its items, as `re` has parsed them.
    """
    for code, argument in items_of(tree):
        inner = items_of(argument[1]) if code is op.ASSERT_NOT else ()
        without = inner[0][1] if len(inner) == 1 and inner[0][0] is op.IN else ()
        if code is op.IN and argument[0][0] is op.NEGATE:
            without = argument[1:]
        if without and kinds_covered(tuple(without), in_ascii=True) != kinds_covered(tuple(without), in_ascii=False):
            return True
        if any(map(differs_in_ascii, children_of(code, argument))):
            return True
    return False


@lru_cache(maxsize=4096)
def row_of(part: int) -> int:
    """Return one of the sets of a shape in 32 bits, for the compiled scanner, which reads hundreds for each text.

    A set holds all sequences of some kinds: then it is these, of each of the four characters eight bits, the first
    lowest. Or it holds all lengths from one on: then the lowest eight bits are 0, the next one tells runs of letters
    and digits from those of digits alone, and the length is 16 bits up. Any other would count as "anything".
    """
    sequences, lengths = part & (1 << BITS) - 1, part >> DIGITS_AT
    if not lengths:
        bits = enumerate(its for place in AT for its in place)
        return sum(1 << number for number, its in bits if sequences & its)
    words = not lengths & REACHED
    least = (lengths & -lengths).bit_length() - 1 - words * (LONGEST + 1)
    return (0 if sequences else least << 16) | (words or bool(sequences)) << 8


def start_of(regex: str, flags: int, *, in_ascii: bool) -> Start | None:
    """Return how any match of `regex` begins, in texts of ASCII alone or in any; None if that cannot be told.

    Raises:
        re.error: if it is no regular expression.
    """
    reader = _Reader(in_ascii=in_ascii, begin=_BEGIN)
    parsed = parse_tree(regex, flags)
    if parsed.state.flags & re.ASCII or not parsed.getwidth()[0]:
        return None
    tree = list(parsed)
    before = [ALL_KINDS] * KINDS
    while tree and tree[0][0] in WIDTHLESS:
        code, argument = tree.pop(0)
        allowed = beside(code, argument, behind=True, in_ascii=in_ascii)
        boundary = code is op.AT and argument is op.AT_BOUNDARY
        before = [its & allowed & (APART[kind] if boundary else ALL_KINDS) for kind, its in enumerate(before)]
    begins = [(*(path[: path.index(BREAK)] if BREAK in path else path), *_ANY_BEGIN) for path in reader.paths(tree)]
    first = reduce(or_, [sequences_of(window)[0] for window in {begin[:SIZE] for begin in begins}], 0)
    second = reduce(or_, [sequences_of(window)[0] for window in {begin[SIZE:_BEGIN] for begin in begins}], 0)
    return Start(tuple(before), first, second)


def beside(code: Any, argument: Any, *, behind: bool, in_ascii: bool) -> int:
    """Return the kinds that may stand beside a match, by one assertion at its end, as bits.

    Args:
        code: of the parsed assertion.
        argument: its own.
        behind: whether it looks at what stands before the match.
        in_ascii: whether the text is of ASCII alone.
    """
    if code is op.ASSERT_NOT:
        direction, inner = argument
        if (direction < 0) is behind and len(inner) == 1 and inner[0][0] is op.IN:
            return ALL_KINDS & ~kinds_covered(tuple(inner[0][1]), in_ascii=in_ascii)
    return ALL_KINDS


def kinds_in(tree: Iterable[Any], *, in_ascii: bool) -> int:
    """Return the kinds of all characters that a sequence of parsed items may match, as bits."""
    return _Reader(in_ascii=in_ascii).kinds(tree)


class _Reader:
    """Reads parts of an expression as the ways through them; if `begin` is given, no more than so many characters."""

    def __init__(self, *, in_ascii: bool, begin: int = 0) -> None:
        self._in_ascii = in_ascii
        self._begin = begin
        self._most = _MANY_PATHS if begin else _PATHS

    def paths(self, tree: Iterable[Any]) -> list[Path]:
        """Return the ways through a sequence."""
        paths: list[Path] = [()]
        for code, argument in items_of(tree):
            if self._begin and all(map(self._is_read, paths)):
                break
            parts = self._item(code, argument)
            if len(parts) * len(paths) > self._most:
                parts = [(BREAK,)]
            if len(parts) == 1 and not self._begin:
                paths = [path + parts[0] for path in paths]
                continue
            paths = list(dict.fromkeys(self._cut(path + part) for path in paths for part in parts))
        return paths

    def kinds(self, tree: Iterable[Any]) -> int:
        """Return the kinds of all characters of any match of a sequence."""
        kinds = 0
        for code, argument in items_of(tree):
            if code in REPEATS:
                kinds |= self.kinds(argument[2])
            elif code is op.SUBPATTERN:
                kinds |= self.kinds(argument[3])
            elif code is op.ATOMIC_GROUP:
                kinds |= self.kinds(argument)
            elif code is op.BRANCH:
                for branch in argument[1]:
                    kinds |= self.kinds(branch)
            elif code is op.IN or code is op.LITERAL:
                kinds |= kinds_matched(
                    ((code, argument),) if code is op.LITERAL else tuple(argument), in_ascii=self._in_ascii
                )
            elif code not in WIDTHLESS:
                return ALL_KINDS
        return kinds

    def _cut(self, path: Path) -> Path:
        """Return as much of a path as is asked for; what follows an open number of characters is not."""
        if not self._begin:
            return path
        open_at = path.index(BREAK) + 1 if BREAK in path else self._begin
        return path[: min(open_at, self._begin)]

    def _is_read(self, path: Path) -> bool:
        """Tell whether nothing that follows changes as much of a path as is asked for."""
        return len(path) >= self._begin or path[-1:] == (BREAK,)

    def _item(self, code: Any, argument: Any) -> list[Path]:  # noqa: PLR0911 - one for each kind of node
        if code is op.LITERAL:
            return [(kinds_of_point(argument),)]
        if code in REPEATS:
            return self._repeated(*argument)
        if code is op.SUBPATTERN:
            return self.paths(argument[3])
        if code is op.ATOMIC_GROUP:
            return self.paths(argument)
        if code is op.BRANCH:
            return list(dict.fromkeys(path for branch in argument[1] for path in self.paths(branch)))
        if code is op.IN:
            return [(kinds_matched(tuple(argument), in_ascii=self._in_ascii),)]
        if code in (op.NOT_LITERAL, op.ANY):
            return [(ALL_KINDS,)]
        return [()] if code in WIDTHLESS else [(BREAK,)]

    def _repeated(self, low: int, high: int, inner: Any) -> list[Path]:
        once = self.paths(inner)
        if low == 0:
            return [(), *(path if high == 1 else (*path, BREAK, *path) for path in once)]
        if len(once) > 1 and low > 1:
            return [(BREAK,)]
        if low == high and low <= LONGEST:
            return [path * low for path in once]
        least = [path * min(low, LONGEST) for path in once]
        return [(*path, BREAK, *path) for path in least]
