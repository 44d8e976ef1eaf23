"""Writes an object as one line of JSON, in ASCII: the form of the audit log.

Decisions kept here:

* msgspec writes it, in a tenth of the instructions that the standard library takes. The two lines of a usual request
  are written in a fifth of these where there is a C compiler (`_lines`).
* What msgspec would write otherwise than the standard library is written, or refused, by that: text beyond ASCII, half
  a surrogate pair, an integer beyond 64 bits, and above all a number that is none. msgspec writes such a one as `null`;
  so a line that has more of them than the object has at its top goes the long way. A word that happens to hold `null`
  does too, and is merely written later.
"""

from __future__ import annotations

import json
from typing import Final

import msgspec

__all__ = ["json_line"]

_QUICK: Final = msgspec.json.Encoder()
_STRICT: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def json_line(fields: dict[str, object]) -> bytes:
    """Return `fields` as one line of JSON, ASCII, without a newline; keys in their order.

    Args:
        fields: of text, numbers, truth values, None, lists and dicts only.

    Raises:
        ValueError: if it holds what JSON cannot (a number that is none).
        TypeError: as well.
    """
    try:
        line = _QUICK.encode(fields)
    except (ValueError, TypeError, OverflowError):
        pass  # the standard library knows how, or says why not
    else:
        if line.isascii() and line.count(b"null") == list(fields.values()).count(None):
            return line
    return _STRICT.encode(fields).encode("ascii")
