"""Values in quotes, and where the strings of a program text begin and end.

Whether a quote opens a string cannot be told from what stands behind it: in `"Password: " + read()` the second one
closes one. So the marks of its line are counted (`Strings`), once for each line in which somebody asks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Quoted", "Strings", "quoted_at"]

_QUOTED: Final = re.compile(
    r"""
      (?P<q>")(?P<v>(?:[^"\\\n\r]|\\.){0,1024})" | (?P<q1>')(?P<v1>(?:[^'\\\n\r]|\\.){0,1024})'
    | (?P<q2>`)(?P<v2>[^`\n\r]{0,1024})` | (?P<q3>\\{1,3}["'])(?P<v3>[^"'\\\n\r]{0,1024})(?P=q3)
    | (?P<q4>&quot;)(?P<v4>[^&\n\r]{0,1024})&quot;
    """,
    re.VERBOSE,
)
_MARK_OF_STRING: Final = re.compile(r"(?<!\\)(?:[\"`]|(?<!\w)'|'(?!\w))")
_LINE_BREAK: Final = re.compile(r"\n")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A value in quotes: the opening mark, where the value starts, the value, where the closing mark ends."""

    mark: str
    start: int
    value: str = field(repr=False)
    end: int


def quoted_at(text: str, at: int) -> Quoted | None:
    """Return the value in quotes that begins at `at`, if one does that ends on the same line."""
    match = _QUOTED.match(text, at)
    if match is None:
        return None
    name = match.lastgroup or "v"
    return Quoted(match["q" + name[1:]], match.start(name), match[name], match.end())


class Strings:
    """Where the strings of a program text begin and end; each line is read once and only if somebody asks.

    Args:
        text: the text.
    """

    __slots__ = ("_lines", "_marks", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: list[int] | None = None
        self._marks: dict[int, dict[str, list[int]]] = {}

    def closes(self, at: int, mark: str) -> bool:
        """Tell whether the quote at `at` closes a string that began on its line: `"Password: " + read()`.

        An escaped mark or an entity tells nothing, and so closes nothing.
        """
        if len(mark) > 1:
            return False
        if self._lines is None:
            self._lines = [-1, *(match.start() for match in _LINE_BREAK.finditer(self._text)), len(self._text)]
        line = bisect_left(self._lines, at)
        marks = self._marks.get(line)
        if marks is None:
            marks = self._marks[line] = {'"': [], "'": [], "`": []}
            for match in _MARK_OF_STRING.finditer(self._text, self._lines[line - 1] + 1, self._lines[line]):
                marks[match[0]].append(match.start())
        return bisect_left(marks[mark], at) % 2 == 1
