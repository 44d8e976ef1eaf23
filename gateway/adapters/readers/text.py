"""Reads what is text: plain, Markdown, CSV, JSON, HTML, XML, mail.

Decisions kept here:

* Text is what decodes as UTF-8 (or has a byte order mark, or is Windows-1252 as spreadsheets save it, with one letter
  in five beyond ASCII at most) without control characters. One reader for all of it, because a table and a letter
  cannot be told apart by their bytes; which further readings are made depends on what the text looks like, never on a
  type that is told.
* **The source itself is the editable text**, so an edit leaves all else byte for byte; markup alone has many texts.
  Readings that a person or a model would make of it (rows under their headings, escapes decoded, a mail's parts
  decoded) are read beside it and cannot be edited; a value found there is replaced in the source wherever it stands
  there as well.
* What comes out of an edit must be of the same shape: JSON that still parses to the same structure, CSV with as many
  cells in each row. Otherwise the file stays as it was and is routed by its level.
* Scripts of other programs that happen to be text (PostScript, PDF, RTF) are not claimed.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.adapters.readers.fixed import fixed
from gateway.adapters.readers.mail import encoded_blocks, is_mail, read_mail
from gateway.adapters.readers.markup import read_markup
from gateway.adapters.readers.strands import Strand, edited_source, passages_of
from gateway.core.errors import TransformError
from gateway.core.files import Content, Files, Passage, Replacement, Unread, Unreadable
from gateway.dialects.opaque import unwrap

__all__ = ["TextReader"]

_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SHIFTS: Final = re.compile(r"\x1b[$(]|~\{[!-}]")
"""Where ISO-2022 and HZ leave ASCII for Chinese, Japanese or Korean."""
_ASCII: Final = bytes(range(128))
_WESTERN_SHARE: Final = 5
_RUN_BEYOND: Final = re.compile(rb"[\x80-\xff]{4,}")
_NOT_TEXT: Final = (b"%PDF", b"%!PS", b"{\\rtf", b"GIF8", b"PK\x03\x04")
_MARKUP: Final = re.compile(r"\s*<(?:[!?]|[A-Za-z_][\w:.-]*[\s/>])")
_INLINE_MARKUP: Final = re.compile(r"<(?![A-Z][A-Z0-9_]{0,40}_[a-z2-9]{11}>)[A-Za-z!/][^<>]*>|&(?:#\w+|\w{2,8});")
_DECLARED: Final = re.compile(r"(?:encoding|charset)\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "cp1252"})
_PICTURE: Final = re.compile(r"<(?:\w+:)?svg\b", re.IGNORECASE)
_INSIDE: Final = re.compile(
    r"data:([\w.+/-]{0,80})(?:;[\w.=-]{1,40}){0,4},[^\s\"'<>)]{16,}"
    r"|[A-Za-z0-9+/]{256,}(?:\r?\n[ \t]?[A-Za-z0-9+/]+)*={0,2}"
    r"|[A-Za-z0-9+/]{60,}(?:\r?\n[ \t]?[A-Za-z0-9+/]{60,}){3,}(?:\r?\n[ \t]?[A-Za-z0-9+/]+)?={0,2}",
    re.IGNORECASE,
)
"""A `data:` URL, or base64 of 192 bytes and more."""
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f\s]+")
_UNREADABLE: Final = b"\0"
"""Bytes that no reader claims."""
_DELIMITERS: Final = ",;\t|"
_TABLE_LINES: Final = 20
_MAX_ROWS_VIEW: Final = 50_000
_FIELD_LIMIT: Final = 131_072


class TextReader:
    """Reads text files (a `Reader`)."""

    name = "text"
    kind = "file"
    media_types = (
        "text/",
        "+xml",
        "+json",
        "message/rfc822",
        "application/json",
        "application/x-ndjson",
        "application/jsonl",
        "application/xml",
        "application/javascript",
        "application/sql",
        "application/yaml",
        "application/x-yaml",
        "application/csv",
        "application/vnd.ms-excel",  # what browsers on Windows call CSV
    )

    def claims(self, data: bytes) -> bool:
        """Whether the bytes are text."""
        return not data.lstrip().startswith(_NOT_TEXT) and _decoded(data) is not None

    def read(self, data: bytes, media_type: str, files: Files) -> Content:  # noqa: ARG002
        """Return the source and its further readings.

        Raises:
            Unreadable: if it is not text after all.
        """
        source, codec = _text(data)
        passages, certain = _readings(source)
        unread: list[Unread] = []
        mail = is_mail(source)
        if not certain or not (mail or _charset_is_ours(source, codec)):
            unread.append(Unread("charset"))
        if _PICTURE.search(source, 0, 4000):
            unread.append(Unread("drawing", "image"))
        if mail:
            parts = read_mail(data, files)
            passages += fixed(parts.passages)
            unread += parts.unread
        outside = source if not mail else "".join(strand.text for strand in _strands(source))
        for ordinal, (file, told) in enumerate(_files_inside(outside), 1):
            inside = files.read(file, f"inner{ordinal}", told)
            passages += fixed(inside.passages)
            unread += inside.unread
        return Content(tuple(passages), tuple(unread))

    def rewrite(self, data: bytes, edits: Mapping[str, Sequence[Replacement]], files: Files) -> bytes:  # noqa: ARG002
        """Return the text with spans replaced, in its own encoding.

        Raises:
            TransformError: if the result would be of another shape.
        """
        try:
            source, codec = _text(data)
        except Unreadable:
            raise TransformError("A text could not be written.") from None
        edited = edited_source(source, _strands(source), edits)
        if not _same_shape(source, edited):
            raise TransformError("An edit would break a text's structure.")
        try:
            return edited.encode(codec)
        except UnicodeEncodeError:
            raise TransformError("An edit cannot be written in a text's encoding.") from None


def _text(data: bytes) -> tuple[str, str]:
    decoded = _decoded(data)
    if decoded is None:
        raise Unreadable("This is no text.")
    return decoded


def _decoded(data: bytes) -> tuple[str, str] | None:
    """Return the text and its codec; None if it is no text. A byte order mark stays, as a character."""
    codecs: tuple[str, ...] = ("utf-8", "cp1252")
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        codecs = ("utf-16-le",) if data[0] == 0xFF else ("utf-16-be",)  # noqa: PLR2004 - the mark's first byte
    for codec in codecs:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text) or _SHIFTS.search(text) or (codec == "cp1252" and not _is_western(data)):
            return None
        return text, codec
    return None


def _is_western(data: bytes) -> bool:
    """Whether bytes that are not UTF-8 look like Windows-1252: in Chinese or Cyrillic most are beyond ASCII."""
    beyond = len(data.translate(None, _ASCII))
    return beyond * _WESTERN_SHARE <= len(data) and _RUN_BEYOND.search(data) is None


def _charset_is_ours(source: str, codec: str) -> bool:
    """Whether whoever believes what the text says of its encoding reads the same."""
    told = {name.lower() for name in _DECLARED.findall(source[:4000])}
    if codec.startswith("utf-16"):
        return told <= {"utf-16", "utf-16le", "utf-16be"}
    return (source.isascii() and told <= _CHARSETS) or told <= (_CHARSETS if codec == "cp1252" else {"utf-8", "utf8"})


def _is_markup(source: str) -> bool:
    return _MARKUP.match(source.removeprefix("\ufeff")) is not None


def _strands(source: str) -> list[Strand]:
    """Return what can be edited."""
    if _is_markup(source):
        return read_markup(source).strands
    strand = Strand("text")
    shown = 0
    for start, end in encoded_blocks(source) if is_mail(source) else ():
        strand.add(source[shown:start], ((shown, start),))
        shown = end
    strand.add(source[shown:], ((shown, len(source)),))
    return [strand]


def _readings(source: str) -> tuple[list[Passage], bool]:
    """Return all texts, and whether others would read them so."""
    if _is_markup(source):
        markup = read_markup(source)
        views = [Passage(place, text, prose=place != "names") for place, text in markup.views]
        return [*passages_of(markup.strands), *views], markup.certain
    passages = passages_of(_strands(source))
    certain = True
    if _INLINE_MARKUP.search(source):
        markup = read_markup(source)
        inside = "\n".join(strand.text for strand in markup.strands if strand.prose)
        passages.append(Passage("visible", inside))
    decoded = _json_view(source)
    if decoded:
        passages.append(Passage("decoded", decoded))
    rows = _rows_view(source)
    if rows:
        passages.append(Passage("rows", rows))
    return passages, certain


def _json_values(source: str) -> list[Any] | None:
    """Return the values of a JSON text, or of one on each line; None if it is neither."""
    head = source.lstrip("\ufeff \t\r\n")[:1]
    if head not in {"{", "["}:
        return None
    try:
        return [json.loads(source.removeprefix("\ufeff"))]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in source.removeprefix("\ufeff").splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _json_view(source: str) -> str:
    """Return a JSON text without escapes; empty where it has none."""
    values = _json_values(source) if "\\" in source else None
    return "\n".join("\n".join(_leaves(value)) for value in values) if values else ""


def _leaves(value: Any) -> Iterator[str]:
    """Yield `key: value` of each leaf."""
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        key, item = stack.pop()
        if isinstance(item, dict):
            stack += reversed(item.items())
        elif isinstance(item, list):
            stack += [(key, each) for each in reversed(item)]
        elif item is not None:
            yield f"{key}: {item}" if key else str(item)


def _rows(source: str) -> list[list[str]] | None:
    """Return the rows of a table, if the text looks like one: several lines with equally many cells."""
    lines = source.removeprefix("\ufeff").splitlines()
    delimiter = max(_DELIMITERS, key=lines[0].count) if lines else ","
    if len(lines) < 2 or delimiter not in lines[0]:  # noqa: PLR2004
        return None
    if any(len(line) > _FIELD_LIMIT for line in lines):
        return None
    reader = csv.reader(io.StringIO(source.removeprefix("\ufeff")), delimiter=delimiter)
    try:
        rows = [row for row in reader if row]
    except csv.Error:
        return None
    width = len(rows[0]) if rows else 0
    return rows if width > 1 and all(len(row) == width for row in rows[:_TABLE_LINES]) else None


def _rows_view(source: str) -> str:
    """Return the rows of a table with each cell under its heading, as `heading: cell`."""
    rows = _rows(source)
    if rows is None or len(rows) > _MAX_ROWS_VIEW:
        return ""
    heading, *others = rows
    return "\n".join("; ".join(f"{name}: {cell}" for name, cell in zip(heading, row, strict=False)) for row in others)


def _same_shape(source: str, edited: str) -> bool:
    before = _json_values(source)
    if before is not None:
        after = _json_values(edited)
        return after is not None and _shape(before) == _shape(after)
    rows = None if _is_markup(source) else _rows(source)
    if rows is not None:
        after_rows = _rows(edited)
        return after_rows is not None and list(map(len, rows)) == list(map(len, after_rows))
    return True


def _shape(value: Any) -> Any:
    """Return the structure of a JSON value: how many leaves of which kind, in order."""
    kinds: list[object] = []
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        kinds.append((type(item).__name__, len(item) if isinstance(item, dict | list) else 0))
        if isinstance(item, dict):
            stack += item.values()
        elif isinstance(item, list):
            stack += item
    return kinds


def _files_inside(source: str) -> Iterator[tuple[bytes, str]]:
    """Yield the files that stand in a text, as `data:` URLs or in long base64, with the types they are told to have."""
    shown = 0
    for found in _INSIDE.finditer(source):
        if found.start() < shown:
            continue
        shown = found.end()
        if found[0][:5].lower() == "data:":
            unwrapped = unwrap(found[0])
            yield unwrapped if unwrapped is not None else (_UNREADABLE, found[1])
        elif not _HEXADECIMAL.fullmatch(found[0]):
            unwrapped = unwrap(found[0])
            if unwrapped is not None:
                yield unwrapped
