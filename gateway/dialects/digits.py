"""What a JSON number tells: its digits, whether they could identify anybody, and the text that several could spell.

Decisions kept here:

* A number of fewer than six digits identifies nobody; the parameters of the APIs have fewer. It may be a secret: its
  name tells.
* Exponents are written out, and digits are taken as they were sent (`Spelled`).
* Integers may spell a text, as code points or as bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from gateway.core.codes import NAMING, VALUES, WRAPPERS, is_short_secret, unwrapped
from gateway.core.parts import has_parts
from gateway.dialects.strict_json import USUAL, Spelled

__all__ = ["DIGITS", "identifies", "opens", "spelled", "spelling"]

DIGITS: Final = 6
"""A number of fewer digits identifies nobody."""
_LEAST: Final = 10 ** (DIGITS - 1)
"""The least integer of so many digits."""
_LEAST_CODE: Final = 100
"""The least integer that is a code: a card's has three digits, and a smaller number is a count."""
_MARKS: Final = " :?"
_EXPONENT_DIGITS: Final = 2
"""Digits of the exponent up to which a number is written out; no identifier is longer than 99 digits."""
_MAX_CODE_POINT: Final = 0x10FFFF


def identifies(value: Any) -> bool:
    """Tell whether a number has digits enough to identify anybody; nothing, true and false don't."""
    if value is None or value.__class__ is bool or (value.__class__ is int and -_LEAST < value < _LEAST):
        return False
    if value.__class__ is float and value in USUAL:
        return False
    source = value.source if isinstance(value, Spelled) else repr(value)
    if len(source) < DIGITS and "e" not in source and "E" not in source:
        return False
    text = spelling(value)
    return len(text) >= DIGITS and sum(map(str.isdigit, text)) >= DIGITS


def opens(value: Any, context: tuple[str, ...], key: str = "", beside: Any = None) -> bool:
    """Tell whether a number, too short to identify anybody, is a secret by what names it: `{"pin": 4821}`.

    Or a part of what is private: `{"ssn": {"area": 536, …}}`.

    Args:
        value: the number.
        context: the keys that lead to its object or array.
        key: its own; empty: it is an element.
        beside: the object that it is a member of, or the element before it.
    """
    if value.__class__ is int:
        if value >= 0 and key and has_parts(key, context[-1] if context else "", beside):
            return True
    elif value.__class__ is not float or not value.is_integer():
        return False
    return bool(value >= _LEAST_CODE) and any(map(is_short_secret, _named_by(context, key, beside)))


def _named_by(context: tuple[str, ...], key: str, beside: Any) -> Iterator[str]:
    if not key:
        if context:
            yield unwrapped(context)
        if beside.__class__ is str:
            yield beside
        return
    yield key
    if key in WRAPPERS:
        yield unwrapped((*context, key))
    if key in VALUES:
        yield from (name.rstrip(_MARKS) for name in map(beside.get, NAMING) if name.__class__ is str)


def spelling(value: float | Spelled) -> str:
    """Return the digits that a number stands for: exponents written out, no fraction of zeros behind a whole one."""
    source = value.source if isinstance(value, Spelled) else repr(value)
    _, mark, exponent = source.lower().partition("e")
    if mark and len(exponent.lstrip("+-0")) <= _EXPONENT_DIGITS:
        source = format(Decimal(source), "f")
    whole, point, fraction = source.partition(".")
    return whole if point and not fraction.strip("0") else source


def spelled(items: list[Any]) -> str:
    """Return the text that integers spell, as UTF-8 bytes or as code points; empty if they are neither."""
    if any(item.__class__ is not int for item in items):
        return ""
    low, high = min(items), max(items)
    if low < 0 or high > _MAX_CODE_POINT:
        return ""
    if high <= 0xFF:  # noqa: PLR2004
        try:
            return bytes(items).decode()
        except UnicodeDecodeError:
            pass
    return "".join(map(chr, items)).encode(errors="ignore").decode()
