"""Reads the text in pictures by Tesseract, and covers what is found in black.

Decisions kept here:

* **Metadata never go out** (`metadata`): a picture is judged by its pixels, and sent without anything beside them. In
  a file that holds pictures (a Word file) they stay, and are read; a GPS position, which is no text, is unread.
* **Recognition that found nothing proves nothing.** A picture without text is unread unless the settings say that
  recognition is trusted: it may be a face, handwriting, or print that Tesseract has no language for. So is one with
  a word that was read with little confidence.
* Tesseract and Pillow run in processes of their own, by pipes (`confined`). Debian's `tesseract-ocr` is called by
  itself: the wrappers for it write the picture to a temporary file (invariant 4), and presidio-image-redactor brings
  OpenCV and pydicom along to do what thirty lines do here. Without Pillow or Tesseract a picture is unread.
* A found value is covered with a black box over all words it touches; a surrogate is not painted, since a model would
  read it no better than Tesseract does. The picture is encoded anew for that, in its own format.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Final

from gateway.adapters.readers.confined import run_confined, run_script
from gateway.adapters.readers.metadata import MAX_PIXELS, apart, is_picture
from gateway.core.errors import TransformError
from gateway.core.files import Content, Files, Passage, Replacement, Unread, Unreadable

__all__ = ["PictureReader", "can_recognize"]

_SECONDS: Final = 15.0
_SURE: Final = 50.0
"""Tesseract's confidence, of 100, below which a word may be another."""
_MARGIN: Final = 2
"""Pixels around a word that are covered too."""
_WORD_LEVEL: Final = "5"
_COLUMNS: Final = 12
_NO_LANGUAGE: Final = frozenset({"osd", "equ", "snum"})


@cache
def can_recognize() -> bool:
    """Whether Tesseract and Pillow are installed."""
    return shutil.which("tesseract") is not None and find_spec("PIL") is not None


@cache
def _languages() -> str:
    listed = run_confined(["tesseract", "--list-langs"], b"", seconds=_SECONDS).decode().splitlines()[1:]
    return "+".join(name for name in sorted(listed) if name not in _NO_LANGUAGE) or "eng"


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    box: tuple[int, int, int, int]
    sure: bool


@dataclass(slots=True)
class _Reading:
    """The text of one view, and where each word of it stands."""

    place: str
    text: str = field(default="", repr=False)
    words: list[_Word] = field(default_factory=list, repr=False)


class PictureReader:
    """Reads PNG, JPEG, WebP and GIF (a `Reader`).

    Args:
        recognize: whether Tesseract is asked; without, a picture is unread.
        trust: whether a picture in which no text is found is taken to hold none.
    """

    name = "picture"
    kind = "image"
    media_types = ("image/png", "image/jpeg", "image/jpg", "image/webp", "image/gif")

    def __init__(self, *, recognize: bool | None = None, trust: bool = False) -> None:
        self._recognize = can_recognize() if recognize is None else recognize
        self._trust = trust

    def claims(self, data: bytes) -> bool:
        """Whether the bytes begin like a picture."""
        return is_picture(data)

    def read(self, data: bytes, media_type: str, files: Files) -> Content:
        """Return the text that is seen; in a file inside another, also what is told beside the picture.

        Raises:
            Unreadable: if it is broken, or too large.
        """
        picture = apart(data)
        kept = bytes(picture.kept)
        seen = self._seen(kept, files)
        unread = list(seen.unread)
        if media_type.startswith("image/") and media_type.replace("jpg", "jpeg") != picture.media_type:
            unread.append(Unread("type"))
        if kept == data:
            return Content(seen.passages, tuple(unread))
        if not files.inside:
            return Content(seen.passages, tuple(unread), kept)
        told = Passage("metadata", "\n".join(picture.told), prose=False)
        if picture.position:
            unread.append(Unread("position"))
        return Content((*seen.passages, told), tuple(unread))

    def rewrite(self, data: bytes, edits: Mapping[str, Sequence[Replacement]], files: Files) -> bytes:
        """Return the picture with the words under the spans covered.

        Raises:
            TransformError: if it cannot be encoded anew.
        """
        kept = bytes(apart(data).kept)
        boxes: list[tuple[int, int, int, int]] = []
        for reading in _recognized(kept, files):
            for start, end, _ in edits.get(reading.place, ()):
                boxes += (word.box for word in reading.words if word.start < end and start < word.end)
        if not boxes:
            raise TransformError("An edit found no place in a picture.")
        try:
            covered = run_script("picture_parser.py", (), _asked(kept, boxes=boxes), seconds=_time(files))
            return bytes(apart(covered).kept)
        except Unreadable:
            raise TransformError("A picture could not be written.") from None

    def _seen(self, picture: bytes, files: Files) -> Content:
        if not self._recognize:
            return Content(unread=(Unread(""),))
        readings = _recognized(picture, files)
        words = [word for reading in readings for word in reading.words]
        passages = tuple(Passage(reading.place, reading.text, editable=True) for reading in readings if reading.text)
        if self._trust or (words and all(word.sure for word in words)):
            return Content(passages)
        return Content(passages, (Unread("unsure" if words else ""),))


def _time(files: Files) -> float:
    return min(_SECONDS, files.seconds_left)


def _asked(picture: bytes, **more: object) -> bytes:
    return json.dumps({"pixels": MAX_PIXELS, **more}).encode() + b"\n" + picture


def _recognized(picture: bytes, files: Files) -> list[_Reading]:
    """Return what each view of the picture says.

    Raises:
        Unreadable: if it cannot be decoded, has several frames, or takes too long.
    """
    line, _, views = run_script("picture_parser.py", (), _asked(picture), seconds=_time(files)).partition(b"\n")
    told = json.loads(line)
    readings: list[_Reading] = []
    at = 0
    for ordinal, size in enumerate(told["sizes"], 1):
        view = views[at : at + size]
        at += size
        for mode in ("3", "11"):
            command = ["tesseract", "stdin", "stdout", "-l", _languages(), "--psm", mode, "tsv"]
            table = run_confined(command, view, seconds=_time(files)).decode(errors="replace")
            reading = _table(table, f"view{ordinal}", told["scale"])
            if reading.words:
                break
        readings.append(reading)
    return readings


def _table(table: str, place: str, scale: int) -> _Reading:
    """Return the words of Tesseract's table, line by line."""
    parts: list[str] = []
    words: list[_Word] = []
    length = 0
    line: tuple[str, ...] = ()
    for row in table.splitlines():
        cells = row.split("\t")
        if len(cells) != _COLUMNS or cells[0] != _WORD_LEVEL or not cells[11].strip():
            continue
        if parts:
            parts.append(" " if tuple(cells[1:5]) == line else "\n")
            length += 1
        line = tuple(cells[1:5])
        text = cells[11]
        left, top, width, height = (int(cell) // scale for cell in cells[6:10])
        box = (left - _MARGIN, top - _MARGIN, left + width + _MARGIN, top + height + _MARGIN)
        sure = float(cells[10]) >= _SURE or sum(map(str.isalnum, text)) < 2  # noqa: PLR2004 - a speck, not a word
        words.append(_Word(length, length + len(text), box, sure))
        parts.append(text)
        length += len(text)
    return _Reading(place, "".join(parts), words)
