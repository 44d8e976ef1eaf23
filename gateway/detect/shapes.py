r"""What a match looks like in kinds of characters, read off the expression: a gate for recognisers without a literal.

`\d{7,8}-[\dK]` holds no word that could be looked for, and a text with any eight digits would make it run. But each
of its matches holds three digits and a hyphen in a row. Here every character is one of eight kinds, and an expression
is read as what any of its matches holds: sequences of four kinds, and unbroken runs of digits or of letters and digits
of some length. A text that lacks one of them cannot match. What the text has is collected once, in a set of bits, so
that a recogniser is ruled out by an operation on whole numbers.

There are two readings, for texts in ASCII and for others: in ASCII, `[A-Za-z0-9]` is all letters and digits there are.

What the reader does not know it takes for "anything", so a gate may let through too much and never too little
(a property test compares with the ungated engine).
"""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found]  # private, and so without stubs
from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import or_
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gateway.detect.parsing import REPEATS, WIDTHLESS, children_of, items_of, parse_tree

__all__ = [
    "ALL_KINDS",
    "WORD_KINDS",
    "Shape",
    "Start",
    "beside",
    "differs_in_ascii",
    "kinds_in",
    "row_of",
    "shape_of",
    "shapes_in",
    "start_of",
]

_DIGIT, _LETTER, _SPACE, _HYPHEN, _DOT, _SLASH, _BRACKET, _OTHER = range(8)
_KINDS: Final = 8
_ALL: Final = (1 << _KINDS) - 1
ALL_KINDS: Final = _ALL
WORD_KINDS: Final = 1 << _DIGIT | 1 << _LETTER
"""Those of letters and digits."""
_WORD: Final = WORD_KINDS | 1 << _OTHER
_MARKS: Final = {"-": _HYPHEN, ".": _DOT, "/": _SLASH, ":": _SLASH, "(": _BRACKET, ")": _BRACKET, "+": _BRACKET}
_SIZE: Final = 4
"""Kinds in a sequence."""
_BITS: Final = _KINDS**_SIZE
_LONGEST: Final = 32
"""Longer runs are counted as of this length."""
_DIGITS_AT: Final = _BITS
"""Where the lengths of runs of digits are among the bits; then those of runs of letters and digits."""
_WORDS_AT: Final = _DIGITS_AT + _LONGEST + 1
_REACHED: Final = (1 << _LONGEST + 1) - 1
_PATHS: Final = 48
"""So many ways through an expression are followed; where there are more, a part is taken for "anything"."""
_WINDOWS: Final = 3
_BEGIN: Final = 2 * _SIZE
"""So many characters of a match's beginning are looked at, and the one before it."""
_ANY_BEGIN: Final = (_ALL,) * _BEGIN
_MANY_PATHS: Final = 512
"""So many ways through the beginning are followed."""
_WIDEST: Final = 600
"""A range of so many characters is looked at one by one."""
_USUAL: Final = (0.03, 0.74, 0.15, 0.01, 0.02, 0.01, 0.005, 0.035)
"""How much of a text is of each kind, roughly."""
_BREAK: Final = 0
"""Between two parts of a path: anything, or nothing."""
_TELLING: Final = 0.125
"""A set that more of all texts has tells too little."""
_CATEGORIES: Final = {
    op.CATEGORY_DIGIT: 1 << _DIGIT,
    op.CATEGORY_NOT_DIGIT: _ALL & ~(1 << _DIGIT),
    op.CATEGORY_SPACE: 1 << _SPACE,
    op.CATEGORY_NOT_SPACE: _ALL & ~(1 << _SPACE),
    op.CATEGORY_WORD: _WORD,
    op.CATEGORY_NOT_WORD: _ALL & ~WORD_KINDS,
}

_APART: Final = [
    # `\b`: a letter or digit before none, anything that is neither before one; `_` is among the others.
    _ALL & ~WORD_KINDS if WORD_KINDS >> kind & 1 else _WORD if kind != _OTHER else _ALL
    for kind in range(_KINDS)
]
"""For each kind of character, the kinds that may stand before it at a word's boundary."""

Path = tuple[int, ...]
"""Sets of kinds, one for each character of a match, as bits; `_BREAK` where a number of characters is open."""
Members = tuple[tuple[Any, Any], ...]
"""What a set of characters is made of, as `re` has parsed it."""
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


def _kind(character: str) -> int:
    if character.isdecimal():
        return _DIGIT
    if character.isalnum():
        return _LETTER
    return _SPACE if character.isspace() else _MARKS.get(character, _OTHER)


_ASCII: Final = np.array([_kind(chr(code)) for code in range(128)], np.uint16)
_ASCII_KINDS: Final[list[int]] = [1 << kind for kind in _ASCII.tolist()]
_CODES: Final = np.arange(_BITS)


def _bits(chosen: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(chosen, bitorder="little").tobytes(), "little")


_AT: Final = [
    [_bits((_CODES // _KINDS ** (_SIZE - 1 - place)) % _KINDS == kind) for kind in range(_KINDS)]
    for place in range(_SIZE)
]
"""Of each place in a run and each kind, the runs that have it there."""


def shapes_in(text: str) -> int:
    """Return what `text`, with white space around it, holds, as bits."""
    if text.isascii():
        kinds = _ASCII[np.frombuffer(text.encode("ascii"), np.uint8)]
    else:
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        odd = points >= len(_ASCII)
        kinds = _ASCII[np.where(odd, 0, points)]
        distinct, places = np.unique(points[odd], return_inverse=True)
        kinds[odd] = np.array([_kind_of(point) for point in distinct.tolist()], np.uint16)[places]
    padded = np.full(len(kinds) + _SIZE + 1, _SPACE, np.uint16)
    padded[1 : len(kinds) + 1] = kinds
    pairs = padded[:-1] * np.uint16(_KINDS) + padded[1:]
    present = np.zeros(_WORDS_AT + _LONGEST + 1, np.bool_)
    present[pairs[:-2] * np.uint16(_KINDS**2) + pairs[2:]] = True
    present[_DIGITS_AT + _lengths(padded == _DIGIT)] = True
    present[_WORDS_AT + _lengths(padded <= _LETTER)] = True
    return _bits(present)


def _lengths(inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the lengths of the runs of True; the first and the last are False."""
    turns = np.flatnonzero(inside[1:] != inside[:-1])
    lengths: NDArray[np.intp] = np.minimum(turns[1::2] - turns[::2], _LONGEST)
    return lengths


@lru_cache(maxsize=4096)
def _kind_of(point: int) -> int:
    return _kind(chr(point))


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
    before = after = _ALL
    while tree and tree[0][0] in WIDTHLESS:
        before &= beside(*tree.pop(0), behind=True, in_ascii=in_ascii) | 1 << _SPACE
    while tree and tree[-1][0] in WIDTHLESS:
        after &= beside(*tree.pop(), behind=False, in_ascii=in_ascii) | 1 << _SPACE
    shapes = set()
    for path in reader.paths(tree):
        windows = _windows((before, *path, after)) if path else ()
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
        if without and _whole(tuple(without), in_ascii=True) != _whole(tuple(without), in_ascii=False):
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
    sequences, lengths = part & (1 << _BITS) - 1, part >> _DIGITS_AT
    if not lengths:
        bits = enumerate(its for place in _AT for its in place)
        return sum(1 << number for number, its in bits if sequences & its)
    words = not lengths & _REACHED
    least = (lengths & -lengths).bit_length() - 1 - words * (_LONGEST + 1)
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
    before = [_ALL] * _KINDS
    while tree and tree[0][0] in WIDTHLESS:
        code, argument = tree.pop(0)
        allowed = beside(code, argument, behind=True, in_ascii=in_ascii)
        boundary = code is op.AT and argument is op.AT_BOUNDARY
        before = [its & allowed & (_APART[kind] if boundary else _ALL) for kind, its in enumerate(before)]
    begins = [(*(path[: path.index(_BREAK)] if _BREAK in path else path), *_ANY_BEGIN) for path in reader.paths(tree)]
    first = reduce(or_, [_window(window)[0] for window in {begin[:_SIZE] for begin in begins}], 0)
    second = reduce(or_, [_window(window)[0] for window in {begin[_SIZE:_BEGIN] for begin in begins}], 0)
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
            return _ALL & ~_whole(tuple(inner[0][1]), in_ascii=in_ascii)
    return _ALL


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
                parts = [(_BREAK,)]
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
                kinds |= _members(
                    ((code, argument),) if code is op.LITERAL else tuple(argument), in_ascii=self._in_ascii
                )
            elif code not in WIDTHLESS:
                return _ALL
        return kinds

    def _cut(self, path: Path) -> Path:
        """Return as much of a path as is asked for; what follows an open number of characters is not."""
        if not self._begin:
            return path
        open_at = path.index(_BREAK) + 1 if _BREAK in path else self._begin
        return path[: min(open_at, self._begin)]

    def _is_read(self, path: Path) -> bool:
        """Tell whether nothing that follows changes as much of a path as is asked for."""
        return len(path) >= self._begin or path[-1:] == (_BREAK,)

    def _item(self, code: Any, argument: Any) -> list[Path]:  # noqa: PLR0911 - one for each kind of node
        if code is op.LITERAL:
            return [(_kinds_of(argument),)]
        if code in REPEATS:
            return self._repeated(*argument)
        if code is op.SUBPATTERN:
            return self.paths(argument[3])
        if code is op.ATOMIC_GROUP:
            return self.paths(argument)
        if code is op.BRANCH:
            return list(dict.fromkeys(path for branch in argument[1] for path in self.paths(branch)))
        if code is op.IN:
            return [(_members(tuple(argument), in_ascii=self._in_ascii),)]
        if code in (op.NOT_LITERAL, op.ANY):
            return [(_ALL,)]
        return [()] if code in WIDTHLESS else [(_BREAK,)]

    def _repeated(self, low: int, high: int, inner: Any) -> list[Path]:
        once = self.paths(inner)
        if low == 0:
            return [(), *(path if high == 1 else (*path, _BREAK, *path) for path in once)]
        if len(once) > 1 and low > 1:
            return [(_BREAK,)]
        if low == high and low <= _LONGEST:
            return [path * low for path in once]
        least = [path * min(low, _LONGEST) for path in once]
        return [(*path, _BREAK, *path) for path in least]


@lru_cache(maxsize=1024)
def _members(members: Members, *, in_ascii: bool) -> int:
    """Return the kinds of the characters that a set may match."""
    if members and members[0][0] is op.NEGATE:
        return _ALL & ~_whole(members[1:], in_ascii=in_ascii)
    kinds = 0
    for code, argument in members:
        if code is op.LITERAL:
            kinds |= _kinds_of(argument)
        elif code is op.CATEGORY:
            kinds |= _CATEGORIES[argument]
        elif code is op.RANGE and argument[1] - argument[0] <= _WIDEST:
            for point in range(argument[0], argument[1] + 1):
                kinds |= _kinds_of(point)
        else:
            return _ALL
    return kinds


def _kinds_of(point: int) -> int:
    """Return the kinds of a character, and of those that `re` may take for it when it ignores case."""
    if point < len(_ASCII_KINDS):
        return _ASCII_KINDS[point]  # what it takes for an ASCII letter is a letter
    # Elsewhere some are marks (U+0345 for the Greek iota).
    return 1 << _kind_of(point) | 1 << _LETTER | 1 << _OTHER


def _whole(members: Members, *, in_ascii: bool) -> int:
    """Return the kinds all of whose characters are among `members`."""
    kinds = 0
    for code, argument in members:
        if code is op.NEGATE:
            return 0
        if code is op.CATEGORY and argument in (op.CATEGORY_DIGIT, op.CATEGORY_SPACE):
            kinds |= _CATEGORIES[argument]
        elif code is op.CATEGORY and argument is op.CATEGORY_WORD:
            kinds |= WORD_KINDS
    ranges = {argument for code, argument in members if code is op.RANGE}
    if in_ascii and ranges >= {(ord("0"), ord("9"))}:
        kinds |= 1 << _DIGIT
    if in_ascii and ranges >= {(ord("a"), ord("z")), (ord("A"), ord("Z"))}:
        kinds |= 1 << _LETTER
    single = {chr(argument) for code, argument in members if code is op.LITERAL}
    for kind in (_HYPHEN, _DOT, _SLASH, _BRACKET):
        if {mark for mark, its in _MARKS.items() if its == kind} <= single:
            kinds |= 1 << kind
    return kinds


@lru_cache(maxsize=128)  # the reading for ASCII alone goes mostly by the same paths as the one for all texts
def _windows(path: Path) -> tuple[int, ...]:
    """Return the rarest sets of which a match by this path has a member each, as bits."""
    windows: set[Path] = set()
    stretches = _stretches(path)
    for stretch in stretches:
        padded = (*stretch, *[_ALL] * (_SIZE - len(stretch)))
        windows.update([padded[start : start + _SIZE] for start in range(len(padded) - _SIZE + 1)])
    rarest = sorted((share, runs) for runs, share in map(_window, windows) if share < _TELLING)[:_WINDOWS]
    lengths = [_longest(stretches, kinds, at) for kinds, at in ((1 << _DIGIT, _DIGITS_AT), (WORD_KINDS, _WORDS_AT))]
    return (*filter(None, lengths), *(runs for _, runs in rarest))


@lru_cache(maxsize=4096)
def _window(window: Path) -> tuple[int, float]:
    """Return the sequences that these sets of kinds make, as bits, and how much of a text is such, roughly."""
    share, sequences = 1.0, -1
    for place, kinds in enumerate(window):
        its = [kind for kind in range(_KINDS) if kinds >> kind & 1]
        share *= sum(_USUAL[kind] for kind in its)
        union = 0
        for kind in its:
            union |= _AT[place][kind]
        sequences &= union
    return sequences, share


def _longest(stretches: Iterable[Path], kinds: int, at: int) -> int:
    """Return the lengths that the longest run of only these kinds may have, as bits; 0 if it may be of any."""
    best = 0
    for stretch in stretches:
        length = 0
        for its in (*stretch, 0):
            if its and not its & ~kinds:
                length += 1
                continue
            if length > 1 and length > best:
                best = length
            length = 0
    # A run may be longer than what the match holds of it.
    return ((_REACHED >> min(best, _LONGEST)) << min(best, _LONGEST)) << at if best else 0


def _stretches(path: Path) -> list[Path]:
    """Return the parts of a path between what is open."""
    stretches: list[Path] = []
    start = 0
    for index, kinds in enumerate((*path, _BREAK)):
        if kinds == _BREAK:
            if index > start:
                stretches.append(path[start:index])
            start = index + 1
    return stretches
