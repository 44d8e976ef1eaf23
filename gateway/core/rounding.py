"""How scores and probabilities are rounded: in records and in policies alike, so that what is on record decides again.

`round` goes by way of text, which takes 2,500 instructions, and a request has some thirty such numbers. Compiled
(`_lines`), it takes a tenth of what it takes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

__all__ = ["DIGITS", "rounded", "rounded_in_python"]

DIGITS: Final = 4
"""Decimal places."""
_SCALE: Final = 10.0**DIGITS
_LEAST, _MOST = 0.001, 0.999
"""Of what is left above a whole number. Nearer to a half, the product's own error could turn the scale."""


def rounded_in_python(value: float) -> float:
    """Return `round(value, DIGITS)`, as a float."""
    scaled = value * _SCALE + 0.5
    if -1.0 <= value <= 1.0 and _LEAST < scaled % 1.0 < _MOST:
        return scaled // 1.0 / _SCALE
    return round(value, DIGITS)


if TYPE_CHECKING:
    rounded = rounded_in_python
else:
    try:
        from gateway.core._lines import rounded
    except ImportError:  # no C compiler at installation
        rounded = rounded_in_python
