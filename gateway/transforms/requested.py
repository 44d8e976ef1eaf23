"""What a request said, for telling what an answer merely repeats from what is new in it.

Built when first asked, because most answers never ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["Requested", "squeezed"]

Said = Sequence[str] | Callable[[], Sequence[str]]
_NOT_WORD: Final = re.compile(r"[\W_]+")


def squeezed(text: str) -> str:
    """Return letters and digits of `text` in lower case, so that spelling with other joints is the same."""
    return _NOT_WORD.sub("", text).casefold()


class Requested:
    """The texts of one request, and the private values in them.

    Args:
        texts: every text of the request, as it came in, or what tells them when first asked.
        private: what was found in them at a level above low; likewise.
    """

    __slots__ = ("_plain", "_private", "_squeezed", "_texts", "_values")

    def __init__(self, texts: Said, private: Said = ()) -> None:
        self._texts = texts
        self._private = private
        self._plain: str | None = None
        self._squeezed: str | None = None
        self._values: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return "Requested(…)"

    def has(self, text: str) -> bool:
        """Whether `text` stood in the request just so."""
        if self._plain is None:
            self._plain = "\x00".join(_said(self._texts))
        return text in self._plain

    def says(self, text: str) -> bool:
        """Whether the request said `text`, joints and case aside; a text without letters or digits says nothing."""
        if self._squeezed is None:
            self._squeezed = "\x00".join(map(squeezed, _said(self._texts)))
        return squeezed(text) in self._squeezed

    @property
    def values(self) -> tuple[str, ...]:
        """The private values, squeezed; none so short that it stands in many words."""
        if self._values is None:
            self._values = tuple({value for value in map(squeezed, _said(self._private)) if len(value) >= _TELLING})
        return self._values


def _said(texts: Said) -> Sequence[str]:
    return texts() if callable(texts) else texts


_TELLING: Final = 5
"""Letters and digits from which a value tells something by itself."""
