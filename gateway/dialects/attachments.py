"""Opens the files of a request: their texts take the place of what could not be read, and edits go back into them.

Decisions kept here (what a file is, and what fails, is decided in `opening`):

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
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final

from gateway.core.errors import TransformError
from gateway.core.files import Attachment, Content, FileLimits, Reader, Replacement, Unread, Unreadable
from gateway.core.model import Segment, SegmentKind
from gateway.dialects.opaque import rewrap, unwrap
from gateway.dialects.opening import UNREAD, Opening

__all__ = ["Attachments", "any_holds_url", "may_hold_file"]

_HINT: Final = "ase64,"
_DATA_URL: Final = re.compile(r"data:[^\s,\"'<>()]{0,200};base64,[^\s\"'<>()]{4,}", re.IGNORECASE)
_RUN: Final = b"x" * 72
"""So many characters of base64 in a row look like a file."""
_RUNS: Final = bytes(b"x"[0] if re.match(rb"[A-Za-z0-9+/_-]", bytes([at])) else 0 for at in range(256))
_ATTACHMENT: Final = attrgetter("attachment")


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
        self._sent: Opening | None = None

    def expand(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """Return the segments of a request as it came, those of its files among them."""
        if not self._readers or not _hold_files(segments):
            return tuple(segments)
        return self._expanded(segments, Opening(self._readers, self._limits), sent=False)

    def expand_sent(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """Return the segments of a body that would be sent."""
        if not self._readers or not _hold_files(segments):
            return tuple(segments)
        if self._sent is None:
            self._sent = Opening(self._readers, self._limits)
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
        files = Opening(self._readers, self._limits)
        try:
            return files.rewrite(unwrapped[0] if clean is None else clean, edits)
        except (TransformError, Unreadable):
            return clean

    def _expanded(self, segments: Sequence[Segment], files: Opening, *, sent: bool) -> tuple[Segment, ...]:
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

    def _content(self, attachment: Attachment, files: Opening) -> Content:
        identity = _identity(attachment)
        known = self._read.get(identity)
        if known is None:
            unwrapped = unwrap(attachment.source)
            if unwrapped is None:
                known = UNREAD
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


def _within(segment: Segment, files: Opening) -> Iterator[Segment]:
    """Yield what is in the `data:` URLs in the middle of a text, such as a picture in Markdown."""
    for ordinal, url in enumerate(_DATA_URL.finditer(segment.text), 1):
        unwrapped = unwrap(url[0])
        content = UNREAD if unwrapped is None else files.open(unwrapped[0], {unwrapped[1]})
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


def _identity(attachment: Attachment) -> tuple[str, str]:
    return attachment.source, attachment.media_type
