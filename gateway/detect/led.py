"""Expressions whose matches begin with one of a few literals: tried only where one of these stands.

`re` tries an expression that begins with a choice of words at every letter that begins one of them. The words are read
off the expression, found in one compiled pass (`_literals.pyx`), and the expression is tried there. Where that is not
compiled, `re` finds the same by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from gateway.detect.gates import opening_literals

if TYPE_CHECKING:
    from gateway.detect._literals import Literals

__all__ = ["Led", "OneOf"]

_FEW: Final = 4
"""So few are looked for one by one first."""

_compiled: type[Literals] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _literals

    _compiled = _literals.Literals


class OneOf:
    """Literals of which a text is asked whether it holds any.

    Args:
        literals: what is looked for as it stands.
    """

    def __init__(self, literals: Iterable[str]) -> None:
        self._literals = tuple(literals)
        self._any: Callable[[str], bool] | None = None
        if _compiled is not None:
            self._any = _compiled([(literal, False) for literal in self._literals]).any_in

    def within(self, text: str) -> bool:
        """Tell whether `text` holds one of them."""
        return any(literal in text for literal in self._literals) if self._any is None else self._any(text)


class Led:
    """An expression that does not ignore case.

    Args:
        regex: the expression; each of its matches must begin with one of a few literals.
        flags: of `re`.

    Raises:
        ValueError: if it is not known what its matches begin with.
    """

    def __init__(self, regex: str, flags: int = 0) -> None:
        self.expression = re.compile(regex, flags)
        literals = opening_literals(regex, flags)
        if not literals:
            raise ValueError("a match may begin with anything")
        self._in_ascii = any(map(str.isascii, literals))
        self._few = tuple(literals) if len(literals) <= _FEW else ()
        self._matches: Callable[[str, re.Pattern[str]], list[re.Match[str]]] | None = None
        if _compiled is not None:
            self._matches = _compiled([(literal, False) for literal in sorted(literals)]).matches

    def finditer(self, text: str) -> Iterable[re.Match[str]]:
        """Return the matches in `text`, as `re` finds them."""
        if text.isascii() and not self._in_ascii:
            return ()
        if self._few and not any(literal in text for literal in self._few):
            return ()
        return self.expression.finditer(text) if self._matches is None else self._matches(text, self.expression)
