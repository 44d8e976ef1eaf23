"""What a text must hold before a regular expression can match it.

Almost no text holds almost any identifier, so the cheapest recogniser is the one that does not run. Written gates can
be wrong and then hide findings; these are derived from the parsed expression (`gateway.detect.needs`), so that the
findings are the same with and without them (a property test compares both):

* `digits` and `width`: a match has at least so many decimal digits within at most so many characters. Runs of the
  expression are confined to the places where the text has such a cluster;
* `solid`: a match holds at least so many characters in a row without white space;
* `literals`: a match holds one of these substrings.
"""

from __future__ import annotations

import re._casefix as casefix  # type: ignore[import-not-found]  # private, and so without stubs
from dataclasses import dataclass
from typing import Final, NamedTuple

__all__ = ["TWINS", "Gate", "Literal", "fold"]

# Characters that `re` takes for one another when it ignores case, though `str.lower` keeps them apart.
_CASES: Final[dict[int, tuple[int, ...]]] = casefix._EXTRA_CASES  # noqa: SLF001 - the table that `re` itself uses
TWINS: Final = {twin: chr(min(one, *twins)) for one, twins in _CASES.items() for twin in (one, *twins)}
_REPLACED: Final = tuple((chr(twin), one) for twin, one in TWINS.items() if chr(twin) != one)


class Literal(NamedTuple):
    """A substring that a match holds.

    Attributes:
        text: the substring.
        folded: it is to be looked for in the folded text (see `fold`), for the expression ignores case there.
    """

    text: str
    folded: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """What any match needs.

    Attributes:
        digits: at least so many decimal digits in the match.
        solid: at least so many characters in a row that are no white space.
        width: at most so many characters in the match; None when there is no bound.
        lookahead: so many characters after the match that it may look at; None when there is no bound.
        literals: the text holds one of these; empty when nothing is known.
    """

    digits: int
    solid: int
    width: int | None
    lookahead: int | None
    literals: frozenset[Literal]


def fold(text: str) -> str:
    """Return `text` in the one case in which literals are compared; of the same length, character by character."""
    if text.isascii():
        return text.lower()
    folded = text.replace("İ", "i").lower()
    # Few texts hold any of them: to look for each takes a fifteenth of what `translate` takes for all characters.
    for twin, one in _REPLACED:
        folded = folded.replace(twin, one)
    return folded
