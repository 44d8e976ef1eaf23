"""Opens the files of a request: their texts take the place of what could not be read, and edits go back into them.

Decisions kept here:

* **Bytes decide what a file is**, not the type it is sent under. A file that no reader claims, or that two claim (a
  picture that is an archive as well), stays unread; one whose type says something else is read and counts as unread
  all the same, because the upstream may go by the type.
* **What fails stays unread**: a reader that raises, a limit that is passed, a place that is not made of safe words.
  Nothing is half believed (invariant 2).
* Paths are the leaf's own with `@place` behind: `/messages/0/content/1/file/file_data@page3`. An unread part ends with
  a second `@`. No key of an API holds an `@`, and neither does a place.
* **An edited file is read again by the send gate** like everything else. Where edits cannot be put into a file without
  loss, the file stays as it was: the gate then sees the values, and it goes where its level may go.
* What a reader says is left out at no loss (`Content.clean`: a picture's metadata) is left out of every outgoing body,
  and read as unread where it is still there.
* A `data:` URL in the middle of a text (a picture in Markdown) is opened too; it cannot be edited.
* A file is read once for each spelling of its leaf: the gate mostly sees files that it knows.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

from gateway.core.errors import TransformError
from gateway.core.files import Attachment, Content, FileLimits, Reader, Replacement, Unread, Unreadable
from gateway.core.model import Segment, SegmentKind
from gateway.dialects.opaque import essence_of, rewrap, unwrap

__all__ = ["Attachments", "any_holds_url", "may_hold_file", "open_file"]

_PLACE: Final = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*")
_LONGEST_PLACE: Final = 100
_HINT: Final = "ase64,"
_DATA_URL: Final = re.compile(r"data:[^\s,\"'<>()]{0,200};base64,[^\s\"'<>()]{4,}", re.IGNORECASE)
_RUN: Final = b"x" * 72
"""So many characters of base64 in a row look like a file."""
_RUNS: Final = bytes(b"x"[0] if re.match(rb"[A-Za-z0-9+/_-]", bytes([at])) else 0 for at in range(256))
_ANYTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_LOOKS: Final = (
    (
        re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\0|MM\0\*|RIFF.{4}WEBP|.{4}ftyp(?:hei|avif|mif)", re.DOTALL),
        "image",
    ),
    (re.compile(rb"RIFF.{4}WAVE|ID3|\xff[\xf1-\xfb]|OggS|fLaC|.{4}ftypM4A", re.DOTALL), "audio"),
    (re.compile(rb".{4}ftyp|\x1aE\xdf\xa3|RIFF.{4}AVI ", re.DOTALL), "video"),
)
_ATTACHMENT: Final = attrgetter("attachment")
_UNREAD: Final = Content(unread=(Unread(""),))


class Attachments:
    """The files of one request; no reader: none is opened.

    Args:
        readers: what can be read.
        limits: what reading may cost, for the request as it came and again for what is sent.
    """

    __slots__ = ("_limits", "_places", "_read", "_readers", "_sent")

    def __init__(self, readers: Sequence[Reader], limits: FileLimits) -> None:
        self._readers = readers
        self._limits = limits
        self._read: dict[tuple[str, str], Content] = {}
        self._places: dict[str, tuple[Attachment, str]] = {}
        self._sent: _Opened | None = None

    def expand(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """Return the segments of a request as it came, those of its files among them."""
        if not self._readers or not _hold_files(segments):
            return tuple(segments)
        return self._expanded(segments, _Opened(self._readers, self._limits), sent=False)

    def expand_sent(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """Return the segments of a body that would be sent."""
        if not self._readers or not _hold_files(segments):
            return tuple(segments)
        if self._sent is None:
            self._sent = _Opened(self._readers, self._limits)
        return self._expanded(segments, self._sent, sent=True)

    @property
    def cleans(self) -> bool:
        """Whether a file of the request as it came holds what does not go out, so that no body goes as it came."""
        return bool(self._read) and any(content.clean is not None for content in self._read.values())

    @property
    def opened(self) -> bool:
        """Whether the body holds something that was opened as a file."""
        return bool(self._read)

    def fold(self, edits: Mapping[str, str], replaced: Mapping[str, Sequence[Replacement]]) -> dict[str, str]:
        """Return the edits of a body's leaves, with those in files put into their files.

        Args:
            edits: path of a segment to its new text.
            replaced: path of a segment to the spans that were replaced.
        """
        folded = {path: text for path, text in edits.items() if path not in self._places}
        inside: dict[str, dict[str, Sequence[Replacement]]] = {}
        held: dict[str, Attachment] = {}
        for path, (attachment, place) in self._places.items():
            held[attachment.path] = attachment
            if path in edits:
                inside.setdefault(attachment.path, {})[place] = replaced[path]
        for path, attachment in held.items():
            if attachment.editable:
                data = self._edited(attachment, inside.get(path, {}))
                if data is not None:
                    folded[path] = rewrap(attachment.source, data)
        return folded

    def _edited(self, attachment: Attachment, edits: Mapping[str, Sequence[Replacement]]) -> bytes | None:
        """Return the bytes that go out in place of the file; None: its own."""
        unwrapped = unwrap(attachment.source)
        clean = self._read[_identity(attachment)].clean
        if unwrapped is None or not edits:
            return clean
        files = _Opened(self._readers, self._limits)
        try:
            return files.rewrite(unwrapped[0] if clean is None else clean, edits)
        except (TransformError, Unreadable):
            return clean

    def _expanded(self, segments: Sequence[Segment], files: _Opened, *, sent: bool) -> tuple[Segment, ...]:
        found: list[Segment] = []
        opened: set[str] = set()
        for segment in segments:
            attachment = segment.attachment
            if attachment is None:
                found.append(segment)
                if _HINT in segment.text:
                    found += _within(segment, files)
                continue
            if attachment.path in opened:
                continue
            content = self._content(attachment, files)
            if content.clean is not None and (sent or not attachment.editable):
                content = Content(content.passages, (*content.unread, Unread("metadata")))
            if not sent and content.clean is not None:
                self._places.setdefault(f"{attachment.path}@", (attachment, ""))
            if not content.passages and content.unread and not content.unread[0].place:
                found.append(segment)
                continue
            opened.add(attachment.path)
            for passage in content.passages:
                path = f"{attachment.path}@{passage.place}"
                editable = passage.editable and attachment.editable
                part = SegmentKind.VALUE if passage.prose else SegmentKind.NAME
                found.append(Segment(path, passage.text, part, segment.context, segment.location, editable))
                if not sent:
                    self._places[path] = (attachment, passage.place)
            kind = segment.text if segment.kind is SegmentKind.OPAQUE else "file"
            for missing in content.unread:
                path = f"{attachment.path}@{missing.place}@" if missing.place else f"{attachment.path}@"
                found.append(
                    Segment(path, missing.kind or kind, SegmentKind.OPAQUE, segment.context, segment.location, False)
                )
        return tuple(found)

    def _content(self, attachment: Attachment, files: _Opened) -> Content:
        identity = _identity(attachment)
        known = self._read.get(identity)
        if known is None:
            unwrapped = unwrap(attachment.source)
            if unwrapped is None:
                known = _UNREAD
            else:
                data, told = unwrapped
                known = files.open(data, {told, attachment.media_type.lower()} - {""})
            self._read[identity] = known
        return known


def _holds_url(text: str) -> bool:
    """Tell whether a file stands in the middle of a text, as a `data:` URL."""
    return _HINT in text and _DATA_URL.search(text) is not None


def any_holds_url(texts: Sequence[str]) -> bool:
    """Tell whether a file stands in the middle of one of `texts`; looking through all at once costs a tenth."""
    return _HINT in "\n".join(texts) and any(map(_holds_url, texts))


def _hold_files(segments: Sequence[Segment]) -> bool:
    return any(map(_ATTACHMENT, segments)) or any_holds_url([segment.text for segment in segments])


def _within(segment: Segment, files: _Opened) -> Iterator[Segment]:
    """Yield what is in the `data:` URLs in the middle of a text, such as a picture in Markdown."""
    for ordinal, url in enumerate(_DATA_URL.finditer(segment.text), 1):
        unwrapped = unwrap(url[0])
        content = _UNREAD if unwrapped is None else files.open(unwrapped[0], {unwrapped[1]})
        if content.clean is not None:
            content = Content(content.passages, (*content.unread, Unread("metadata")))
        start = f"{segment.path}@within{ordinal}"
        for passage in content.passages:
            part = SegmentKind.VALUE if passage.prose else SegmentKind.NAME
            yield Segment(f"{start}.{passage.place}", passage.text, part, segment.context, editable=False)
        for missing in content.unread:
            path = f"{start}.{missing.place}@" if missing.place else f"{start}@"
            yield Segment(path, missing.kind or "file", SegmentKind.OPAQUE, segment.context, editable=False)


def may_hold_file(body: bytes) -> bool:
    """Whether a body looks as if it held a file, so that planning it may wait for a parser's process."""
    # `in` asks of bytes whether what is looked for is a number first, which costs more than looking.
    return max(body.find(b"data:"), body.find(b"base64"), body.translate(_RUNS).find(_RUN)) >= 0


def open_file(readers: Sequence[Reader], limits: FileLimits, data: bytes, media_type: str = "") -> Content:
    """Return what is in one file that stands by itself, such as an upload."""
    return _Opened(readers, limits).open(data, {media_type.lower()} - {""})


def _identity(attachment: Attachment) -> tuple[str, str]:
    return attachment.source, attachment.media_type


class _Opened:
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
            content = self.open(data, {media_type.lower()} - {""}) if self._depth <= self._limits.depth else _UNREAD
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
            content = reader.read(data, media_type, self) if self._files >= 0 else _UNREAD
        except Unreadable:
            content = Content(unread=(Unread(""),))
        except Exception:  # noqa: BLE001 - whatever a library does with a hostile file: it stays unread
            content = Content(unread=(Unread(""),))
        if self._depth:
            if content.clean is not None:
                content = Content(content.passages, (*content.unread, Unread("metadata")))
        else:
            self._characters -= sum(len(passage.text) for passage in content.passages)
        if self._characters < 0 or not _sound(content):
            content = Content(unread=(Unread(""),))
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
