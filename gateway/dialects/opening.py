"""Finds the reader of each file, and of the files in it, within the limits.

Decisions kept here:

* **Bytes decide what a file is**, not the type it is sent under. A file that no reader claims, or that two claim (a
  picture that is an archive as well), stays unread; one whose type says something else is read and counts as unread
  all the same, because the upstream may go by the type.
* **What fails stays unread**: a reader that raises, a limit that is passed, a place that is not made of safe words.
  Nothing is half believed (invariant 2).
* Limits are of all files together that one `Opening` reads, the files in files among them: those of a request as it
  came, or of all that is sent of it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from gateway.core.errors import TransformError
from gateway.core.files import Content, FileLimits, Reader, Replacement, Unread, Unreadable
from gateway.dialects.opaque import essence_of

__all__ = ["UNREAD", "Opening"]

_PLACE: Final = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*")
_LONGEST_PLACE: Final = 100
_ANYTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_LOOKS: Final = (
    (
        re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\0|MM\0\*|RIFF.{4}WEBP|.{4}ftyp(?:hei|avif|mif)", re.DOTALL),
        "image",
    ),
    (re.compile(rb"RIFF.{4}WAVE|ID3|\xff[\xf1-\xfb]|OggS|fLaC|.{4}ftypM4A", re.DOTALL), "audio"),
    (re.compile(rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI ", re.DOTALL), "video"),
)
UNREAD: Final = Content(unread=(Unread(""),))
"""Of a file nothing could be read."""


class Opening:
    """Finds the reader of each file, file in file, within the limits (a `Files`)."""

    __slots__ = ("_characters", "_deadline", "_depth", "_files", "_limits", "_readers", "_unpacked")

    def __init__(self, readers: Sequence[Reader], limits: FileLimits) -> None:
        self._readers = readers
        self._limits = limits
        self._unpacked = 0
        self._characters = limits.characters
        self._files = limits.files
        self._depth = 0
        self._deadline = time.monotonic() + limits.seconds

    def open(self, data: bytes, media_types: set[str]) -> Content:
        """Return what is in a file that was sent under `media_types`."""
        reader = self._reader(data)
        if reader is None:
            return Content(unread=(Unread("", _look(data)),))
        media_type = next(iter(media_types), "") if len(media_types) < 2 else ""  # noqa: PLR2004
        content = self._from(reader, data, media_type)
        if not all(_agrees(told, reader) for told in media_types):
            return Content(content.passages, (*content.unread, Unread("type")), content.clean)
        return content

    @property
    def seconds_left(self) -> float:
        """How long reading may still take."""
        return self._deadline - time.monotonic()

    @property
    def inside(self) -> bool:
        """Whether the file that is being read stands in another one."""
        return self._depth > 0

    def read(self, data: bytes, place: str, media_type: str = "") -> Content:
        """Return what is in a file inside, its places led by `place`."""
        self._depth += 1
        try:
            content = self.open(data, {media_type.lower()} - {""}) if self._depth <= self._limits.depth else UNREAD
        finally:
            self._depth -= 1
        return Content(
            tuple(replace(each, place=f"{place}.{each.place}") for each in content.passages),
            tuple(Unread(f"{place}.{each.place}" if each.place else place, each.kind) for each in content.unread),
        )

    def rewrite(self, data: bytes, edits: Mapping[str, Sequence[Replacement]]) -> bytes:
        """Return a file with spans replaced.

        Raises:
            TransformError: if that cannot be done without loss.
        """
        reader = self._reader(data)
        if reader is None:
            raise TransformError("An edit is in a file that cannot be read.")
        try:
            return reader.rewrite(data, edits, self)
        except TransformError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a library does with a hostile file: it stays unedited
            name = type(error).__name__
        raise TransformError(f"A {reader.name} file could not be written ({name}).")

    def spend(self, size: int) -> None:
        """Count bytes that are about to be unpacked, and look at the clock.

        Raises:
            Unreadable: if a limit is passed.
        """
        self._unpacked += size
        if self._unpacked > self._limits.bytes or time.monotonic() > self._deadline:
            raise Unreadable("The files of the request are larger, or take longer to read, than the limits allow.")

    def _reader(self, data: bytes) -> Reader | None:
        """Return the only reader that claims the bytes."""
        claiming = [reader for reader in self._readers if reader.claims(data)]
        return claiming[0] if len(claiming) == 1 else None

    def _from(self, reader: Reader, data: bytes, media_type: str) -> Content:
        self._files -= 1
        try:
            self.spend(len(data))
            content = reader.read(data, media_type, self) if self._files >= 0 else UNREAD
        except Unreadable:
            content = UNREAD
        except Exception:  # noqa: BLE001 - whatever a library does with a hostile file: it stays unread
            content = UNREAD
        if self._depth:
            if content.clean is not None:
                content = Content(content.passages, (*content.unread, Unread("metadata")))
        else:
            self._characters -= sum(len(passage.text) for passage in content.passages)
        if self._characters < 0 or not _sound(content):
            content = UNREAD
        return Content(
            tuple(passage for passage in content.passages if passage.text),
            tuple(Unread(each.place, each.kind or reader.kind) for each in content.unread),
            content.clean,
        )


def _look(data: bytes) -> str:
    """Return what a file that nobody reads looks like; empty: like nothing that is known."""
    return next((kind for mark, kind in _LOOKS if mark.match(data)), "")


def _sound(content: Content) -> bool:
    """Whether places are unique and made of safe words."""
    places = [passage.place for passage in content.passages]
    unread = [part.place for part in content.unread]
    return (
        len(set(places)) == len(places)
        and len(set(unread)) == len(unread)
        and all(_PLACE.fullmatch(place) and len(place) <= _LONGEST_PLACE for place in places)
        and all(not place or (_PLACE.fullmatch(place) and len(place) <= _LONGEST_PLACE) for place in unread)
    )


def _agrees(told: str, reader: Reader) -> bool:
    media_type = essence_of(told)
    if media_type is None:
        return False
    return media_type in _ANYTHING or any(
        media_type == known
        or (known.endswith("/") and media_type.startswith(known))
        or (known.startswith("+") and media_type.endswith(known))
        for known in reader.media_types
    )
