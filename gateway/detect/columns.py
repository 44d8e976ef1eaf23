"""Secrets in the columns of a table whose header names them: in CSV, Markdown, HTML and the rows of an INSERT.

A header names what stands in its column far below it, so what looks at a value's neighbours finds nothing. The rows are
read as long as they have as many cells as the header. Much is written in tables about passwords, too (`bcrypt`,
`VARCHAR(64)`, `optional`), so only a value that nobody would take for a word counts.

Each part of a text is read once: a header within rows that were read is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from gateway.core.codes import is_access_code, is_short_secret, spaced
from gateway.detect import assignments, pins
from gateway.detect.assignments import NAMES
from gateway.detect.entropy import looks_random
from gateway.detect.grids import cells
from gateway.detect.labels import Label, label_of
from gateway.detect.pins import find_pins
from gateway.detect.places import Begun, Reading
from gateway.detect.secret_values import Secret, is_telling, judge

__all__ = ["EXPRESSIONS", "NUMBERED", "SIGNS", "find_columns"]

_Judge = Callable[[str], float | None]

_TOLD: Final = 0.7
_HEAD: Final = Begun(
    re.compile(
        rf"(?:{NAMES}|(?:pin|otp|code|cvv|cvc|cvn)(?![a-z]))[\w.-]{{0,24}}+"
        r"(?:[ ](?:code|pin|number|combination|key|token|value|text)s?)?"
        r"[\"'`*_\]]{0,4}(?:</\w{1,8}>)?[ \t]{0,64}(?P<mark>[|,;\t]|</?t[hdr]|\)|\r?\n)"
    )
)
"""The end of a header's cell that may name a secret."""
EXPRESSIONS: Final = (_HEAD,)
NUMBERED: Final = (*pins.SIGNS, "cvv", "cvc", "cvn")
"""Signs that count together with a digit."""
SIGNS: Final = (*assignments.SIGNS, *NUMBERED)
"""In lower case; one of these is in any text in which something is found."""


def find_columns(reading: Reading) -> list[Secret]:
    """Return the values in columns of a text's tables that a header tells to be secret."""
    return list(_found(reading))


def _found(reading: Reading) -> Iterator[Secret]:
    text = reading.text
    for score_of, start, end in cells(text, reading.folded, reading.matches(_HEAD), _judge_of):
        score = score_of(text[start:end])
        if score is not None:
            yield Secret(start, end, score)


def _judge_of(name: str) -> _Judge | None:
    label = label_of(name)
    if label is not None and label is not Label.KEY:
        return lambda value: _secret(value, label)
    if is_access_code(name):
        return lambda value: _code(spaced(name), value)
    return _security_code if is_short_secret(name) else None


def _secret(value: str, label: Label) -> float | None:
    told = is_telling(value) if label is Label.PASSWORD else looks_random(value)
    return judge(value, label) if told else None


def _code(name: str, value: str) -> float | None:
    found = find_pins(Reading(f"{name}: {value}")) if value.isdecimal() else []
    return found[0].score if found else None


def _security_code(value: str) -> float | None:
    return _TOLD if value.isdecimal() and len(value) in {3, 4} else None
