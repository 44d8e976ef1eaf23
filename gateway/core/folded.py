"""Names folded for comparing: lookalikes of a forbidden name are forbidden, too."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["folded_name"]

_JOINTS: Final = re.compile(r"[\s_.:/\u2010-\u2015\u2212-]+")
_INVISIBLE: Final = frozenset({"Cf", "Mn", "Me", "Cc"})


def folded_name(name: str) -> str:
    """Return `name` without case, width, marks, what is invisible, and with one kind of joint between its words.

    Normalisation is NFKD of the Unicode Standard, annex 15.
    """
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", name) if unicodedata.category(letter) not in _INVISIBLE
    )
    return _JOINTS.sub("_", plain.strip()).strip("_").casefold()
