"""The decimal digits in a text, and addresses made of them, read without detours: checks ask at every match."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

__all__ = ["address_in", "decimal_digits", "ipv4"]

_NO_DIGITS: Final = bytes(set(range(128)) - set(b"0123456789"))
_DOTTED: Final = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!\Z)|\Z)){4}\Z")


def decimal_digits(text: str) -> str:
    """Return the decimal digits in `text`, of any script, as those of ASCII."""
    if text.isascii():
        if text.isdecimal():
            return text
        return text.encode().translate(None, _NO_DIGITS).decode()
    return "".join(str(int(character)) for character in text if character.isdecimal())


def ipv4(text: str) -> int | None:
    """Return the address that `text` is in strict dotted decimal notation (RFC 6943, 3.1.1), else None."""
    if _DOTTED.match(text) is None:
        return None
    number = 0
    for octet in text.split("."):
        number = number << 8 | int(octet)
    return number


def address_in(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address that `text` is, whatever its zone and its prefix length.

    Raises:
        ValueError: if it is none.
    """
    bare = text.split("%", maxsplit=1)[0]
    if "/" in bare:
        return ipaddress.ip_interface(bare).ip
    # Without a prefix length the address is all there is to read, and the colon tells of which version it is.
    return ipaddress.IPv6Address(bare) if ":" in bare else ipaddress.IPv4Address(bare)
