"""Signs of disguises: which steps of `gateway.detect.normalize` may have something to do in a text.

One compiled pass looks for all of them (`_odd.pyx`). Where it is not compiled, everything may be there: each step then
looks for itself, and finds the same (tested).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from gateway.detect.spelled import ADDRESS_WORDS, KEY_STARTS
from gateway.detect.spots import Spot
from gateway.detect.turned import BACKWARDS, IN_ROT13

__all__ = [
    "ADDRESS",
    "ALONE",
    "BITS",
    "BORDER",
    "BREAK",
    "ENTITY",
    "ESCAPE",
    "FOLD",
    "GUARDED",
    "JOINED",
    "KEY",
    "NUMBERS",
    "PAIRS",
    "PERCENT",
    "POINT",
    "QUOTED",
    "RUN",
    "SINGLED",
    "SLANTED",
    "SOFT",
    "STOP",
    "TURNED",
    "UNFOLDED",
    "WRAPPED",
    "code_runs",
    "learn",
    "oddities",
]

FOLD: Final = 1 << 0
"""Characters that stand for others."""
PERCENT: Final = 1 << 1
ENTITY: Final = 1 << 2
ESCAPE: Final = 1 << 3
POINT: Final = 1 << 4
"""`U+0041`."""
JOINED: Final = 1 << 5
"""Strings with a plus between."""
SOFT: Final = 1 << 6
"""A line that goes on behind an equals sign."""
QUOTED: Final = 1 << 7
"""`=C3=A4`."""
STOP: Final = 1 << 8
"""A full stop of another script."""
NUMBERS: Final = 1 << 9
PAIRS: Final = 1 << 10
BITS: Final = 1 << 11
WRAPPED: Final = 1 << 12
RUN: Final = 1 << 13
"""Base64, base32 or hexadecimal in one piece."""
ALONE: Final = 1 << 14
"""Letters that stand alone."""
ADDRESS: Final = 1 << 15
"""Words or brackets that spell the signs of an address."""
KEY: Final = 1 << 16
"""What a key begins with."""
SINGLED: Final = 1 << 17
"""Single characters in bold or as code."""
BREAK: Final = 1 << 18
"""An element that shows nothing."""
TURNED: Final = 1 << 19
"""Frequent words backwards or in ROT13."""
SLANTED: Final = 1 << 20
"""Underscores that begin a word, as those of Markdown's emphasis do."""
BORDER: Final = 1 << 21
"""Letters of another script than Latin beside those of ASCII, digits, or what a value begins or ends with."""
GUARDED: Final = 1 << 22
"""An address with backslashes, or a second `@`, as Perl, regular expressions and templates ask for."""
UNFOLDED: Final = 1 << 23
"""A line that goes on behind a blank, as those of calendars, address books and directories do."""
_ALL: Final = (1 << 24) - 1

_CODE: Final = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{12,65536}={0,6}")

_oddities: Callable[[str], int] | None = None
_learn: Callable[[str], None] | None = None
_code_runs: Callable[[str], list[Spot]] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _odd

    _odd.prepare(
        KEY_STARTS, [(word, ADDRESS) for word in ADDRESS_WORDS] + [(word, TURNED) for word in (*BACKWARDS, *IN_ROT13)]
    )
    _oddities, _code_runs, _learn = _odd.oddities, _odd.code_runs, _odd.learn


def oddities(text: str) -> int:
    """Return the signs of disguises in `text`, and perhaps some that are none."""
    return _oddities(text) if _oddities is not None else _ALL


def learn(plain: Iterable[str]) -> None:
    """Take characters that stand for themselves, wherever they stand: from now on they are no signs of `FOLD`."""
    if _learn is not None:
        _learn("".join(plain))


def code_runs(text: str) -> list[Spot]:
    """Return where a run of base64, base32 or hexadecimal may be, and perhaps where none is."""
    return _code_runs(text) if _code_runs is not None else [match.span() for match in _CODE.finditer(text)]
