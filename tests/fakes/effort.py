"""How much work a call is, counted and not timed: the same on every machine, however busy.

Counted are calls of functions, and for methods of strings the characters that they may look at. A loop that runs more
than once over a text, or over the findings in it, shows in the first; a text that is copied or split anew at each of
them, in the second. What a regular expression looks at, and what is compiled, does not show there: how much
text the expressions of rules are run over is counted by `CountedPattern`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import FrameType
from typing import Any, Final, cast

from gateway.detect.rules import Pattern
from gateway.detect.starts import compiled

__all__ = ["CountedPattern", "Tally", "effort"]

_IN_PART: Final = frozenset("startswith endswith find rfind index rindex count join format".split())  # noqa: SIM905
"""Methods that may be asked about a part of a string; how much it is does not show."""
_SHORT: Final = 256


def effort(call: Callable[[], object]) -> int:
    """Return how much work `call` is."""
    spent = 0

    def count(_frame: FrameType, event: str, what: Any) -> None:
        nonlocal spent
        if event == "call":
            spent += 1
        elif event == "c_call":
            spent += 1
            text = getattr(what, "__self__", None)
            if text.__class__ is str and len(text) > _SHORT and what.__name__ not in _IN_PART:
                spent += len(text) // 16

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(before)
    return spent


@dataclass
class Tally:
    """What expressions were run over: how often, and over how many characters together."""

    runs: int = 0
    characters: int = 0


class _Counted:
    """A compiled expression that counts what it is asked about; a `re.Pattern` cannot be derived from."""

    def __init__(self, expression: re.Pattern[str], tally: Tally) -> None:
        self._expression = expression
        self._tally = tally

    def finditer(self, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
        """Return the matches, as a compiled expression does."""
        self._tally.runs += 1
        self._tally.characters += min(end, len(text)) - start
        return self._expression.finditer(text, start, end)


@dataclass(frozen=True)
class CountedPattern(Pattern):
    """A rule's pattern whose runs are counted."""

    tally: Tally = field(default_factory=Tally, compare=False)

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression, counted."""
        return cast("re.Pattern[str]", _Counted(compiled(self.regex, self.flags), self.tally))
