"""Text that is written as code for text: escapes of web, JSON and mail, base64, hexadecimal, compressed.

Decoded pieces take the place of their code in the view. What does not decode to readable text is left alone. Bounded:
a piece of code is at most `_MAX_CODE` characters, what comes out of a compressed one at most `_MAX_PLAIN`.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from gateway.detect.views import Edit

__all__ = ["CODES", "Code"]

_MAX_CODE: Final = 65_536
_MAX_PLAIN: Final = 65_536
_READABLE: Final = 0.9
"""At least this share of decoded text is printable."""
_MIN_PLAIN: Final = 8
"""A shorter piece of decoded text is left alone: any code decodes to something."""

_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}\Z")
_WORD: Final = re.compile(r"[A-Za-z]{1,40}\Z|[a-z0-9]{1,30}(?:[_-][a-z0-9]{1,30}){1,20}\Z")
"""A word or an identifier: no code, however long."""


class Code(NamedTuple):
    """One way of writing text as code.

    Attributes:
        expression: what it looks like.
        decode: returns the text, or None where it is no readable one.
        digits: so many digits are close together in it when it hides a number; 0 when that cannot be told.
        run: it is a run of so many characters without white space; 0 when it need not be.
        sign: it holds this; empty when that cannot be told.
    """

    expression: re.Pattern[str]
    decode: Callable[[str], str | None]
    digits: int = 0
    run: int = 0
    sign: str = ""

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield what to change so that code of this kind reads as what it encodes."""
        for match in self.expression.finditer(text):
            reading = self.decode(match.group())
            if reading is not None and reading != match.group():
                yield Edit(match.start(), match.end(), reading)


def _percent(code: str) -> str | None:
    return _readable(bytes.fromhex(code.replace("%", "")), least=0)


def _escape(code: str) -> str | None:
    digits = re.findall(r"[0-9A-Fa-f]{2,6}", code.strip())
    if code[1] in "01234567":
        return chr(int(code[1:], 8))
    units = [int(value, 16) for value in digits]
    if len(units) == 2:  # noqa: PLR2004 - perhaps a surrogate pair
        return b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be", "replace")
    return chr(units[0]) if units and units[0] <= 0x10FFFF else None  # noqa: PLR2004 - Unicode's last


def _quoted(code: str) -> str | None:
    return _readable(bytes.fromhex(code.replace("=", "")), least=0)


def _spaced(code: str) -> str | None:
    return _readable(bytes.fromhex("".join(re.findall(r"(?:0x)?([0-9A-Fa-f]{2})", code))), least=_MIN_PLAIN)


def _bits(code: str) -> str | None:
    bits = re.findall(r"[01]{8}", code)
    return _readable(bytes(int(byte, 2) for byte in bits), least=_MIN_PLAIN)


def _numbers(code: str) -> str | None:
    """Return the characters of decimal codes of digits, blanks and hyphens."""
    return "".join(chr(int(number)) for number in re.findall(r"\d+", code))


def _base(code: str) -> str | None:
    if len(code) > _MAX_CODE or _WORD.match(code):
        return None
    if _HEX.match(code):
        reading = _readable(bytes.fromhex(code), least=_MIN_PLAIN)
        if reading is not None:
            return reading
    body = code.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return _readable(raw, least=_MIN_PLAIN)


def _readable(raw: bytes, *, least: int) -> str | None:
    """Return `raw` as text, decompressed if need be; None if that is no readable text of `least` characters."""
    if raw[:2] == b"\x1f\x8b" or raw[:1] == b"\x78":
        raw = _inflated(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    printable = sum(character.isprintable() or character in "\n\r\t" for character in text)
    return text if len(text) >= least and printable >= _READABLE * len(text) else None


def _inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(raw, _MAX_PLAIN)
    except zlib.error:
        return raw


CODES: Final = (
    Code(re.compile(r"(?:%[0-9A-Fa-f]{2}){1,512}"), _percent, sign="%"),
    Code(re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,12});"), html.unescape, sign="&"),
    Code(
        re.compile(r"\\u\{[0-9A-Fa-f]{1,6}\}|(?:\\u[0-9A-Fa-f]{4}){1,2}|\\x[0-9A-Fa-f]{2}|\\0?[0-7]{3}"),
        _escape,
        sign="\\",
    ),
    Code(re.compile(r"U\+[0-9A-Fa-f]{4,6}[ ]?"), _escape, sign="U+"),
    Code(re.compile(r"(?:=[0-9A-F]{2}){4,512}"), _quoted, sign="="),
    Code(
        re.compile(r"(?<![\d.])(?:4[89]|5[0-7]|32|45)(?:[ ,;]{1,2}(?:4[89]|5[0-7]|32|45)){7,200}(?!\d|\.\d)"),
        _numbers,
        digits=16,
    ),
    Code(
        re.compile(
            r"(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{2}(?:[ ,:-]{1,2}(?:0x)?[0-9A-Fa-f]{2}){11,4096}(?![0-9A-Za-z])"
        ),
        _spaced,
        digits=12,
    ),
    Code(re.compile(r"(?<![0-9A-Za-z])[01]{8}(?:[ ,]{0,2}[01]{8}){7,2048}(?![0-9A-Za-z])"), _bits, digits=48),
    Code(re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,65536}={0,2}"), _base, run=16),
)
"""The kinds of code that are read, in the order in which they are tried."""
