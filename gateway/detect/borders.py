"""Where letters of another script than Latin touch a value or a label: `服务器84.17.55.201坏了`, `SSN是…`, `ב-…`.

Chinese, Japanese, Thai and others are written without blanks; in Korean, Hebrew, Arabic and Russian small words and
endings are written together with what they go with. An expression takes all of these for letters of the same word, so
that none which wants its value to stand alone would find one there. So every recogniser reads such a text once more,
with a blank at each border (`gateway.detect.normalize`); others cost nothing. Of what has letters of another script in
it that reading tells nothing new, so such findings count in the text itself alone (`gateway.detect.hidden`).

An e-mail address may be of any letters. One whose host is Latin begins and ends where another script does, unless its
name is of nothing else (`is_own_address`); one whose host is of another script is whole with all letters of its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.detect.confusables import LOOKALIKES
from gateway.detect.oddities import BORDER, oddities
from gateway.detect.views import Edit

__all__ = ["border_edits", "has_borders", "has_foreign", "is_ambiguous", "is_own_address", "parted"]

_LATIN: Final = "\\x00-\u036f\u1d00-\u1dbf\u1e00-\u1eff\u2000-\u2bff\u2c60-\u2c7f\ua720-\ua7ff\uab30-\uab6f\ufb00-\ufb06\uff21-\uff5a"  # noqa: E501
"""Characters among which no letter is of another script: those of Latin, and what folding takes for them."""
_FOREIGN: Final = rf"[^\W\d_{_LATIN}]"
_BORDER: Final = re.compile(
    rf"(?<={_FOREIGN})(?=[A-Za-z0-9\u00c0-\u024f+@$\\])|(?<=[A-Za-z0-9\u00c0-\u024f=])(?={_FOREIGN})"
    # In Hebrew small words are written with a hyphen before what is in other letters.
    r"|(?<=[\u05d0-\u05ea]-)(?=[A-Za-z0-9+])(?<![^\W\d_]{5}-)"
)
"""What values begin and end with, beside such a letter."""
_MIXED_NAME: Final = re.compile(rf"{_FOREIGN}-?[a-z0-9]", re.IGNORECASE)
_CUT_HOST: Final = re.compile(rf"\.[a-z]{{2,24}}{_FOREIGN}", re.IGNORECASE)
_ANY_FOREIGN: Final = re.compile(_FOREIGN)


def border_edits(text: str) -> Iterator[Edit]:
    """Yield a blank for each border in `text`."""
    if not text.isascii() and oddities(text) & BORDER:
        for match in _BORDER.finditer(text):
            yield Edit(match.start(), match.start(), " ")


def parted(text: str) -> str:
    """Return `text` with a blank at each border."""
    return text if text.isascii() else _BORDER.sub(" ", text)


def has_borders(text: str) -> bool:
    """Tell whether letters of another script touch what may be a value."""
    return next(border_edits(text), None) is not None


def is_ambiguous(text: str, edit: Edit) -> bool:
    """Tell whether the letter at a border may be a disguise of a Latin one: then it is a part of what it touches."""
    return text[edit.start - 1] in LOOKALIKES or text[edit.start] in LOOKALIKES


def has_foreign(text: str) -> bool:
    """Tell whether there is a letter of another script than Latin."""
    return not text.isascii() and _ANY_FOREIGN.search(text) is not None


def is_own_address(value: str) -> bool | None:
    """Tell that an e-mail address has letters that are none of it (False): it is found without them behind a border."""
    if value.isascii():
        return None
    name, _, host = value.rpartition("@")
    if _CUT_HOST.search(host):
        return False
    return False if not has_foreign(host) and _MIXED_NAME.search(name) else None
