"""Checksums and formats of identifiers: pure functions from the matched text to a verdict.

A check returns True (it is one), False (it cannot be one: the match is dropped) or None (it cannot tell). Packs name
them. Each says its source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["CHECKS", "Check", "luhn"]

Check = Callable[[str], bool | None]


def _digits(text: str) -> list[int]:
    """Return the decimal digits in `text`, of any script."""
    return [int(character) for character in text if character.isdecimal()]


def luhn(text: str) -> bool:
    """Tell whether the digits pass the mod-10 algorithm. Source: ISO/IEC 7812-1, Annex B."""
    digits = _digits(text)
    if not any(digits):
        return False
    digits.reverse()
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2])  # noqa: PLR2004 - half of 9
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


CHECKS: Final[Mapping[str, Check]] = {
    "luhn": luhn,
}
"""Name in packs to function."""
