"""Text that is written as code for text: escapes of web, JSON and mail, base64, hexadecimal, compressed.

Decoded pieces take the place of their code in the view. What does not decode to readable text is left alone. Bounded:
a piece of code is at most `_MAX_CODE` characters, what comes out of a compressed one at most `_MAX_PLAIN`.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from gateway.detect.oddities import (
    BITS,
    BREAK,
    ENTITY,
    ESCAPE,
    FOLD,
    GUARDED,
    JOINED,
    NUMBERS,
    PAIRS,
    PERCENT,
    POINT,
    QUOTED,
    RUN,
    SINGLED,
    SLANTED,
    SOFT,
    STOP,
    UNFOLDED,
    WRAPPED,
    code_runs,
)
from gateway.detect.views import Edit

__all__ = ["CODES", "SELECTED", "SHOWN", "TURNED", "Code"]

_MAX_CODE: Final = 65_536
_MAX_PLAIN: Final = 65_536
_READABLE: Final = 0.9
"""At least this share of decoded text is printable."""
_MIN_PLAIN: Final = 8
"""A shorter piece of decoded text is left alone: any code decodes to something."""

_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}\Z")
_WORD: Final = re.compile(r"[A-Za-z]{1,40}\Z|[a-z0-9]{1,30}(?:[_-][a-z0-9]{1,30}){1,20}\Z")
"""A word or an identifier: no code, however long."""


_BASE32: Final = re.compile(r"[A-Z2-7]{16,}={0,6}\Z")
_LONGEST_LINE: Final = 78
_LINE_END: Final = re.compile(r"\n(?:(?<=[A-Za-z0-9+/]{16}\n)|(?<=[A-Za-z0-9+/]{16}\r\n))")
_LINE: Final = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/]{16,76}\r?\n\Z")
_LINES: Final = re.compile(
    r"(?:[A-Za-z0-9+/]{16,76}\r?\n[ \t]{0,8}){1,1000}[A-Za-z0-9+/]{1,76}={0,2}(?![A-Za-z0-9+/_=-])"
)
_SHORT_CODE: Final = 16
_TELLING: Final = re.compile(r"=|[A-Za-z][0-9]|[0-9][A-Za-z]")
"""What a short piece of base64 holds that a word does not."""
_CSS: Final = 7
_FIRST_SELECTOR: Final = 0xE0100


class Code(NamedTuple):
    """One way of writing text as code.

    Attributes:
        oddity: a text that holds it has this sign (see `gateway.detect.oddities`).
        find: returns its places in a text.
        decode: returns the text, or None where it is no readable one.
        digits: so many digits are close together in it when it hides a number; 0 when that cannot be told.
        sign: it holds this; empty when that cannot be told.
    """

    oddity: int
    find: Callable[[str], Iterable[tuple[int, int]]]
    decode: Callable[[str], str | None]
    digits: int = 0
    sign: str = ""

    def edits(self, text: str, refused: set[str]) -> Iterator[Edit]:
        """Yield what to change so that code of this kind reads as what it encodes.

        Args:
            text: the text.
            refused: what decodes to nothing: it is not tried again, and what is found out now is added.
        """
        for start, end in self.find(text):
            code = text[start:end]
            if code in refused:
                continue
            reading = self.decode(code)
            if reading is not None and reading != code:
                yield Edit(start, end, reading)
            else:
                refused.add(code)


def _places(expression: str) -> Callable[[str], Iterable[tuple[int, int]]]:
    finditer = re.compile(expression).finditer
    return lambda text: (match.span() for match in finditer(text))


def _wrapped_places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where lines of base64 are: looked for from their ends, which are fewer than where one might begin."""
    reached = 0
    for end in _LINE_END.finditer(text):
        line = _LINE.search(text, max(end.start() - _LONGEST_LINE, 0), end.end())
        if line is not None and line.start() >= reached and (lines := _LINES.match(text, line.start())):
            reached = lines.end()
            yield lines.span()


def _percent(code: str) -> str | None:
    return _readable(bytes.fromhex(code.replace("%", "")), least=0)


def _escape(code: str) -> str | None:
    code = code.replace("\\\\", "\\").strip()
    digits = re.findall(r"[0-9A-Fa-f]{2,6}", code)
    if code[1] in "01234567":
        # Six digits are CSS's.
        value = int(code[1:], 16 if len(code) == _CSS else 8)
        return chr(value) if value <= sys.maxunicode else None
    units = [int(value, 16) for value in digits]
    if len(units) == 2:  # noqa: PLR2004 - perhaps a surrogate pair
        return b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be", "replace")
    return chr(units[0]) if units and units[0] <= 0x10FFFF else None  # noqa: PLR2004 - Unicode's last


def _quoted(code: str) -> str | None:
    return _readable(bytes.fromhex(code.replace("=", "")), least=0)


def _turned(code: str) -> str:
    """Return what is shown of a text behind a right-to-left override: Unicode Standard Annex 9, 2.2."""
    return code.strip("\u202e\u202c")[::-1]


def _selected(code: str) -> str | None:
    """Return what bytes spell of which each is written as one of the supplementary variation selectors, 16 to 255."""
    return _readable(bytes(ord(selector) - _FIRST_SELECTOR + 16 for selector in code), least=_MIN_PLAIN)


def _wrapped(code: str) -> str | None:
    return _base("".join(code.split()))


def _base32(code: str) -> str | None:
    try:
        return _readable(base64.b32decode(code + "=" * (-len(code) % 8)), least=_MIN_PLAIN)
    except binascii.Error:
        return None


def _spaced(code: str) -> str | None:
    return _readable(bytes.fromhex("".join(re.findall(r"(?:0x)?([0-9A-Fa-f]{2})", code))), least=_MIN_PLAIN)


def _bits(code: str) -> str | None:
    bits = re.findall(r"[01]{8}", code)
    return _readable(bytes(int(byte, 2) for byte in bits), least=_MIN_PLAIN)


def _numbers(code: str) -> str | None:
    """Return the characters of decimal codes, if they read like a value: a list of small numbers does not."""
    text = "".join(chr(int(number)) for number in re.findall(r"\d+", code))
    return text if sum(map(str.isalnum, text)) * 10 >= len(text) * 7 else None


def _base(code: str) -> str | None:
    if len(code) > _MAX_CODE or _WORD.match(code) or (len(code) < _SHORT_CODE and not _TELLING.search(code)):
        return None
    for expression, decode in ((_BASE32, _base32), (_HEX, _hexadecimal)):
        if expression.match(code):
            reading = decode(code)
            if reading is not None:
                return reading
    # Digits alone are a number. In base64 they spell no word: of three bytes the first begins a character beyond ASCII.
    return None if code.isdecimal() else _base64(code)


def _hexadecimal(code: str) -> str | None:
    return _readable(bytes.fromhex(code), least=_MIN_PLAIN)


def _base64(code: str) -> str | None:
    body = code.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    reading = _readable(raw, least=_MIN_PLAIN)
    return _packed(raw) if reading is None and len(code) >= _SHORT_CODE else reading


def _packed(raw: bytes) -> str | None:
    """Return text that is in UTF-16, or deflated without a header."""
    if b"\0" in raw and len(raw) % 2 == 0:
        for half, encoding in ((raw[1::2], "utf-16-le"), (raw[::2], "utf-16-be")):
            if half.count(0) * 10 >= len(half) * 9:
                return _readable(raw.decode(encoding, "replace").encode(), least=_MIN_PLAIN)
    # The first block of a deflated text is of type 1 or 2, and mostly the last one.
    if raw[:1] and raw[0] & 7 in (3, 5):
        try:
            plain = zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(raw, _MAX_PLAIN)
        except zlib.error:
            return None
        return _readable(plain, least=_MIN_PLAIN)
    return None


def _readable(raw: bytes, *, least: int) -> str | None:
    """Return `raw` as text, decompressed if need be; None if that is no readable text of `least` characters."""
    if raw[:2] == b"\x1f\x8b" or raw[:1] == b"\x78":
        raw = _inflated(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if len(text) < least:
        return None
    printable = sum(character.isprintable() or character in "\n\r\t" for character in text)
    return text if printable >= _READABLE * len(text) else None


def _inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(raw, _MAX_PLAIN)
    except zlib.error:
        return raw


_CHARACTER: Final = r"(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])"
"""A printable ASCII character's code."""

_EMPHASIS: Final = re.compile(
    r"(?<![A-Za-z0-9_])(?P<mark>__?)(?=[^\s_])(?=(?:[^\n_]|_(?=[A-Za-z0-9])){0,80}?[0-9@])[^\n]{4,120}?"
    r"(?<=[^\s_])(?P<end>(?P=mark))(?![A-Za-z0-9_])"
)


def _emphasised(text: str) -> Iterator[tuple[int, int]]:
    """Yield where underscores put something with a digit or an `@` in emphasis: recognisers take them for letters."""
    for match in _EMPHASIS.finditer(text):
        yield match.start(), match.end("mark") + 1  # with a character, for what stands for nothing changes nothing
        yield match.span("end")


_GUARDED_HOST: Final = re.compile(r"(?:\\{1,2}@|@@?)(?:[A-Za-z0-9]|\\{0,2}[.-](?=[A-Za-z0-9])){3,160}")
_GUARDED_NAME: Final = re.compile(r"(?:[A-Za-z0-9][\w+%-]{0,40}\\{1,2}[.+-]){1,5}[A-Za-z0-9][\w+%-]{0,40}\Z")
_LONGEST_NAME: Final = 100


def _guarded(text: str) -> Iterator[tuple[int, int]]:
    """Yield where an address, or its end, has a backslash in it or a second `@`."""
    for host in _GUARDED_HOST.finditer(text):
        start = host.start()
        if text[start - 1 : start].isalnum() and ("\\" in host[0] or host[0].startswith("@@")):
            name = _GUARDED_NAME.search(text[max(0, start - _LONGEST_NAME) : start])
            yield start - (len(name[0]) if name is not None else 0), host.end()


_COLOUR: Final = re.compile("\x1b\\[[0-9;?]{0,24}[A-Za-z]")
SHOWN: Final = Code(
    FOLD, _places(rf"(?:{_COLOUR.pattern}){{1,16}}[^\x1b]?"), lambda code: _COLOUR.sub("", code), sign="\x1b["
)
"""What colours a terminal: it shows nothing itself."""
SELECTED: Final = Code(FOLD, _places("[\U000e0100-\U000e01ef]{8,4096}"), _selected)
"""Characters that show nothing themselves; a text has no two in a row unless they carry something."""
TURNED: Final = Code(FOLD, _places("\u202e[^\u202c\n]{2,256}\u202c?"), _turned, sign="\u202e")
"""Text that is shown from its end to its start."""
CODES: Final = (
    Code(PERCENT, _places(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2}){0,511}"), _percent, sign="%"),
    Code(ENTITY, _places(r"&(?:#\d{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z]{2,12};)"), html.unescape, sign="&"),
    Code(
        ESCAPE,
        _places(
            r"\\\\?u\{[0-9A-Fa-f]{1,6}\}|\\\\?u[0-9A-Fa-f]{4}(?:\\{1,2}u[0-9A-Fa-f]{4})?|\\\\?x[0-9A-Fa-f]{2}"
            r"|\\00[0-9A-Fa-f]{4}(?![0-9A-Fa-f])|\\0?[0-7]{3}"
        ),
        _escape,
        sign="\\",
    ),
    # A line break that was written as JSON writes it: `\nAKIA…` is no word that begins with an n.
    Code(ESCAPE, _places(r"\\{1,2}[nrt](?=[A-Z0-9])"), lambda _: "\n", sign="\\"),
    Code(POINT, _places(r"U\+[0-9A-Fa-f]{4,6}(?:[ ](?=U\+))?"), _escape, sign="U+"),
    Code(JOINED, _places(r'" \+ "(?<=[A-Za-z0-9@._-]" \+ ")(?=[A-Za-z0-9@._-])'), lambda _: "", sign='" + "'),
    Code(JOINED, _places(r"' \+ '(?<=[A-Za-z0-9@._-]' \+ ')(?=[A-Za-z0-9@._-])"), lambda _: "", sign="' + '"),
    Code(SINGLED, _places(r"\*\*[^*\n]\*\*(?:\*\*[^*\n]\*\*){3,4095}"), lambda code: code.replace("**", ""), sign="**"),
    Code(SINGLED, _places(r"`[^`\n]`(?:`[^`\n]`){3,4095}"), lambda code: code.replace("`", ""), sign="`"),
    Code(SLANTED, _emphasised, lambda code: code.strip("_"), sign="_"),
    Code(BREAK, _places(r"<(?i:wbr) ?/?>"), lambda _: "", sign="<"),
    # What React writes between two texts.
    Code(BREAK, _places(r"<!-- ?-->(?=[\w@.-])"), lambda _: "", sign="<!--"),
    Code(GUARDED, _guarded, lambda code: code.replace("\\", "").replace("@@", "@"), sign="@"),
    Code(UNFOLDED, _places(r"\r?\n[ \t](?=\S)"), lambda _: "", sign="BEGIN:V"),
    Code(UNFOLDED, _places(r"\r?\n[ \t](?=\S)"), lambda _: "", sign="dn: "),
    Code(SOFT, _places(r"=\n(?<=[!-~]=\n)(?=[!-~])"), lambda _: "", sign="=\n"),
    Code(SOFT, _places(r"=\r\n(?<=[!-~]=\r\n)(?=[!-~])"), lambda _: "", sign="=\r\n"),
    Code(
        QUOTED,
        _places(r"=[0-9A-F]{2}(?:=[0-9A-F]{2}){3,511}|=[C-F][0-9A-F]=[89AB][0-9A-F](?:=[89AB][0-9A-F])?"),
        _quoted,
        sign="=",
    ),
    Code(STOP, _places(r"(?<=[A-Za-z0-9])\u3002(?=[A-Za-z])"), lambda _: ".", sign="\u3002"),
    Code(STOP, _places(r"(?<=[A-Za-z0-9])\uff61(?=[A-Za-z])"), lambda _: ".", sign="\uff61"),
    Code(
        NUMBERS,
        _places(rf"(?<![\d.]){_CHARACTER}(?:[ ,;]{{1,2}}{_CHARACTER}){{7,400}}(?!\d|\.\d)"),
        _numbers,
        digits=16,
    ),
    Code(
        PAIRS,
        _places(r"(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{2}(?:[ ,:-]{1,2}(?:0x)?[0-9A-Fa-f]{2}){8,4096}(?![0-9A-Za-z])"),
        _spaced,
        digits=9,
    ),
    Code(BITS, _places(r"(?<![0-9A-Za-z])[01]{8}(?:[ ,]{0,2}[01]{8}){7,2048}(?![0-9A-Za-z])"), _bits, digits=48),
    Code(WRAPPED, _wrapped_places, _wrapped),
    Code(RUN, code_runs, _base),
)
"""The kinds of code that are read, in the order in which they are tried."""
