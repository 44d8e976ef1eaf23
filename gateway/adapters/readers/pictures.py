"""Reads the text in pictures by Tesseract, and covers what is found in black.

Decisions kept here:

* **Metadata never go out** (`metadata`): a picture is judged by its pixels, and sent without anything beside them. In
  a file that holds pictures (a Word file) they stay, and are read; a GPS position, which is no text, is unread.
* **Recognition that found nothing proves nothing.** A picture without text is unread unless the settings say that
  recognition is trusted: it may be a face, handwriting, or print that Tesseract has no language for. So is one with
  a word that was read with little confidence, and one with words that only stretched contrasts show.
* Tesseract and Pillow run in processes of their own, by pipes (`confined`). Debian's `tesseract-ocr` is called by
  itself: the wrappers for it write the picture to a temporary file (invariant 4), and presidio-image-redactor brings
  OpenCV and pydicom along to do what thirty lines do here. Without Pillow or Tesseract a picture is unread.
* A found value is covered with a black box over all words it touches; a surrogate is not painted, since a model would
  read it no better than Tesseract does. The picture is encoded anew for that, in its own format.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Final

from gateway.adapters.readers.confined import run_program, run_script
from gateway.adapters.readers.metadata import MAX_PIXELS, apart, is_picture
from gateway.core.errors import TransformError
from gateway.core.files import Content, Files, Passage, Replacement, Unread, Unreadable

__all__ = ["PictureReader", "can_recognize"]

_SECONDS: Final = 15.0
_SURE: Final = 50.0
"""Tesseract's confidence, of 100, below which a word may be another."""
_MARGIN: Final = 2
"""Pixels around a word that are covered too."""
_SPELLED: Final = re.compile(rb"[0-9A-Za-z@.+_ -]{11,}")
"""What a hand has written among compressed pixels; chance spells it once in some megabytes."""
_WORD_LEVEL: Final = "5"
_COLUMNS: Final = 12
_NO_LANGUAGE: Final = frozenset({"osd", "equ", "snum"})


@cache
def can_recognize() -> bool:
    """Whether Tesseract and Pillow are installed."""
    return shutil.which("tesseract") is not None and find_spec("PIL") is not None


@cache
def _languages() -> str:
    listed = run_program(["tesseract", "--list-langs"], b"", seconds=_SECONDS).decode().splitlines()[1:]
    return "+".join(name for name in sorted(listed) if name not in _NO_LANGUAGE) or "eng"


Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A word in a view: which line it is in, where it stands, and whether it was read with confidence."""

    line: tuple[str, ...]
    text: str = field(repr=False)
    box: Box
    sure: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """The words of one view, in order."""

    place: str
    words: tuple[_Word, ...] = ()

    @property
    def text(self) -> str:
        """The words, line by line."""
        return "".join(part for part, _ in self._parts())

    def boxes(self, start: int, end: int) -> list[Box]:
        """Return where the words of a span of the text stand."""
        found: list[Box] = []
        at = 0
        for part, word in self._parts():
            if word is not None and at < end and start < at + len(part):
                found.append(word.box)
            at += len(part)
        return found

    def _parts(self) -> Iterator[tuple[str, _Word | None]]:
        before: _Word | None = None
        for word in self.words:
            if before is not None:
                yield (" " if word.line == before.line else "\n"), None
            yield word.text, word
            before = word


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
        spelled = "\n".join(run.decode("ascii") for run in _SPELLED.findall(picture.loose))
        passages = (*seen.passages, Passage("bytes", spelled, prose=False))
        if kept == data:
            return Content(passages, tuple(unread))
        if not files.inside:
            return Content(passages, tuple(unread), kept)
        told = Passage("metadata", "\n".join(picture.told), prose=False)
        if picture.position:
            unread.append(Unread("position"))
        return Content((*passages, told), tuple(unread))

    def rewrite(self, data: bytes, edits: Mapping[str, Sequence[Replacement]], files: Files) -> bytes:
        """Return the picture with the words under the spans covered.

        Raises:
            TransformError: if it cannot be encoded anew.
        """
        kept = bytes(apart(data).kept)
        boxes: list[Box] = []
        for reading in _recognized(kept, files):
            for start, end, _ in edits.get(reading.place, ()):
                boxes += reading.boxes(start, end)
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
        *readings, hidden = _recognized(picture, files)
        words = [word for reading in readings for word in reading.words]
        texts = ((reading.place, reading.text) for reading in (*readings, hidden))
        passages = tuple(Passage(place, text, editable=True) for place, text in texts if text)
        if hidden.words:
            return Content(passages, (Unread("contrast"),))
        if self._trust or (words and all(word.sure for word in words)):
            return Content(passages)
        return Content(passages, (Unread("unsure" if words else ""),))


def _time(files: Files) -> float:
    return min(_SECONDS, files.seconds_left)


def _asked(picture: bytes, **more: object) -> bytes:
    return json.dumps({"pixels": MAX_PIXELS, **more}).encode() + b"\n" + picture


def _recognized(picture: bytes, files: Files) -> list[_Reading]:
    """Return what each view of the picture says; of the last, of stretched contrasts, what is in no other.

    Raises:
        Unreadable: if it cannot be decoded, has several frames, or takes too long.
    """
    line, _, views = run_script("picture_parser.py", (), _asked(picture), seconds=_time(files)).partition(b"\n")
    told = json.loads(line)
    readings: list[_Reading] = []
    known: list[Box] = []
    at = 0
    for ordinal, size in enumerate(told["sizes"], 1):
        view = views[at : at + size]
        at += size
        last = ordinal == len(told["sizes"])
        words: tuple[_Word, ...] = ()
        for mode in ("3",) if last else ("3", "11"):
            command = ["tesseract", "stdin", "stdout", "-l", _languages(), "--psm", mode, "tsv"]
            table = run_program(command, view, seconds=_time(files)).decode(errors="replace")
            words = tuple(_words(table, told["scale"]))
            if words:
                break
        if last:
            words = tuple(
                word for word in words if _stands_out(word) and not any(_meet(word.box, box) for box in known)
            )
        known += (word.box for word in words)
        readings.append(_Reading(f"view{ordinal}", words))
    return readings


def _words(table: str, scale: float) -> Iterator[_Word]:
    """Yield the words of Tesseract's table."""
    for row in table.splitlines():
        cells = row.split("\t")
        if len(cells) != _COLUMNS or cells[0] != _WORD_LEVEL or not cells[11].strip():
            continue
        left, top, width, height = (int(int(cell) / scale) for cell in cells[6:10])
        box = (left - _MARGIN, top - _MARGIN, left + width + _MARGIN, top + height + _MARGIN)
        speck = sum(map(str.isalnum, cells[11])) < 2  # noqa: PLR2004 - no word
        yield _Word(tuple(cells[1:5]), cells[11], box, speck or float(cells[10]) >= _SURE)


def _stands_out(word: _Word) -> bool:
    """Whether a word is one: where contrasts are stretched, noise looks like letters."""
    return word.sure and sum(map(str.isalnum, word.text)) >= 3  # noqa: PLR2004


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
