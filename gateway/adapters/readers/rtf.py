r"""Reads RTF: every text of it, whatever its destination.

Decisions kept here:

* Word's own reader shows some destinations and hides others (`info`, `fonttbl`, comments, what a program does not know
  by `\\*`). All are read, so nothing is hidden by being put into one.
* Words are read over their formatting; a paragraph, a cell, a group that is a destination end a text.
* Hexadecimal that is a picture, an object or Word's own data (`pict`, `objdata`, `themedata`) is a file of its own,
  read by its own reader or unread.
* Letters beyond ASCII are unread where a font of another character set than the Western European one is listed: which
  font writes them is not followed.

Source: Rich Text Format Specification 1.9.1.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.adapters.readers.fixed import FixedReader, fixed
from gateway.core.files import Content, Files, Passage, Unread

__all__ = ["RtfReader"]

_TOKEN: Final = re.compile(
    rb"\\'(?P<byte>[0-9A-Fa-f]{2})|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\(?P<symbol>[^a-zA-Z'])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|(?P<newline>[\r\n]+)|\\",
    re.DOTALL,
)
_ENDS: Final = frozenset({b"par", b"sect", b"page", b"line", b"cell", b"row", b"nestcell", b"nestrow", b"column"})
_CHARACTERS: Final = {
    b"tab": "\t", b"emdash": "\u2014", b"endash": "\u2013", b"lquote": "\u2018", b"rquote": "\u2019",
    b"ldblquote": "\u201c", b"rdblquote": "\u201d", b"bullet": "\u2022", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
_SYMBOLS: Final = {b"~": "\u00a0", b"_": "-", b"-": "", b"\n": "\n", b"\r": "\n", b"\\": "\\", b"{": "{", b"}": "}"}
_FILES: Final = frozenset({b"pict", b"objdata", b"datastore", b"themedata", b"colorschememapping"})
_NO_DIGIT: Final = re.compile(r"[^0-9A-Fa-f]")
_CODE_PAGES: Final = frozenset({b"1252", b"65001"})
_CHARSETS: Final = frozenset({b"0", b"1", b"2", b"77"})
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f\s]{40,}")


class RtfReader(FixedReader):
    """Reads RTF (a `Reader`)."""

    called = "An RTF file"
    name = "RTF"
    kind = "file"
    media_types = ("application/rtf", "text/rtf", "text/richtext")

    def claims(self, data: bytes) -> bool:
        """Whether the bytes begin like RTF."""
        return data.lstrip().startswith(b"{\\rtf")

    def read(self, data: bytes, media_type: str, files: Files) -> Content:  # noqa: ARG002
        """Return the texts."""
        walk = _Walk()
        for token in _TOKEN.finditer(data):
            walk.take(token)
        walk.end()
        unread = [Unread("charset")] if walk.foreign and walk.beyond_ascii else []
        if walk.raw:
            unread.append(Unread("data"))
        passages = [Passage(f"text{ordinal}", text) for ordinal, text in enumerate(walk.texts, 1)]
        passages.append(Passage("whole", "".join(walk.texts)))
        passages.append(Passage("words", " ".join(walk.unknown), prose=False))
        for ordinal, file in enumerate(walk.files, 1):
            files.spend(len(file))
            inside = files.read(file, f"data{ordinal}")
            passages += fixed(inside.passages)
            unread += inside.unread
        return Content(tuple(passages), tuple(unread))


class _Walk:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.files: list[bytes] = []
        self.foreign = self.beyond_ascii = self.raw = False
        self._hexadecimal: list[str] = []
        self._file_depth = 0
        """Groups around the hexadecimal of a file; 0: none is being read."""
        self.unknown: dict[str, None] = {}
        self._line: list[str] = []
        self._skip = 0
        """Characters that stand for the one before by its number, for programs without Unicode."""
        self._fallback = [1]

    def take(self, token: re.Match[bytes]) -> None:
        if token["text"] is not None:
            self._add(token["text"].decode("cp1252", "replace"))
        elif token["byte"] is not None:
            self._add(bytes([int(token["byte"], 16)]).decode("cp1252", "replace"))
        elif token["word"] is not None:
            self._word(token["word"], token["number"] or b"")
        elif token["symbol"] is not None:
            self._add(_SYMBOLS.get(token["symbol"], ""))
        elif token["brace"] == b"{":
            self._fallback.append(self._fallback[-1])
        elif token["brace"] == b"}" and len(self._fallback) > 1:
            if len(self._fallback) == self._file_depth:
                self._file()
            self._fallback.pop()

    def end(self) -> None:
        if self._file_depth:
            self._file()
        self.flush()

    def flush(self) -> None:
        text = "".join(self._line)
        self.raw |= _HEXADECIMAL.search(text) is not None
        self.beyond_ascii |= not text.isascii()
        if text.strip():
            self.texts.append(text)
        self._line = []

    def _file(self) -> None:
        """End the hexadecimal of a file."""
        told = "".join(self._hexadecimal)
        digits = _NO_DIGIT.sub("", told)
        if len(digits) < len("".join(told.split())):
            self.unknown[told] = None
        self.files.append(bytes.fromhex(digits[: len(digits) // 2 * 2]))
        self._hexadecimal, self._file_depth = [], 0

    def _add(self, text: str) -> None:
        if self._file_depth:
            if len(self._fallback) == self._file_depth:
                self._hexadecimal.append(text)
                return
            self.unknown[text] = None  # what stands in a group inside, such as the number of a picture
        skipped = min(self._skip, len(text))
        self._skip -= skipped
        if skipped:
            self.unknown[text[:skipped]] = None
        self._line.append(text[skipped:])

    def _word(self, word: bytes, number: bytes) -> None:
        if word in _ENDS:
            self.flush()
        elif word in _CHARACTERS:
            self._add(_CHARACTERS[word])
        elif word == b"u" and number:
            self._line.append(chr(int(number) % 0x10000))
            self._skip = self._fallback[-1]
        elif word == b"uc" and number:
            self._fallback[-1] = min(int(number), 100)
        elif word in _FILES:
            self.flush()
            self._file_depth = len(self._fallback)
        elif word == b"bin":
            self.raw = True
        elif (
            (word == b"ansicpg" and number not in _CODE_PAGES)
            or (word == b"fcharset" and number not in _CHARSETS)
            or word in {b"mac", b"pc", b"pca"}
        ):
            self.foreign = True
        elif len(number) > 7:  # noqa: PLR2004 - no measure is so long
            self.unknown[number.decode("ascii")] = None
