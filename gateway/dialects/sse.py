"""Server-sent events (WHATWG HTML, section 9.2), read incrementally and without losing a byte.

Decisions kept here:

* Every event keeps its raw bytes, so that one in which nothing was restored is passed on as it came (invariant 6).
* Lines end with CR LF, LF or CR. A CR at the end of what has arrived may be half of a CR LF: it waits for more.
* Linear whatever the pieces: the search for an event's end goes on where it stopped.
* An event has a limit, so that an upstream that never ends one cannot fill the memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from gateway.core.errors import UpstreamFailed

__all__ = ["MAX_EVENT_BYTES", "Event", "EventReader", "event"]

MAX_EVENT_BYTES: Final = 32 * 2**20
"""An event may carry an image or sound in base64."""
_EOL = rb"(?:\r\n|\n|\r(?=[^\n]))"
_BLANK_LINE = re.compile(_EOL + _EOL)
_LONGEST_END: Final = 4
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|$)")
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Event:
    """One event as it came. Not frozen, because there are as many as words in an answer; nobody changes one.

    Attributes:
        raw: all its bytes, with the blank line that ends it.
        data: the data lines joined by line feeds; None if it has none (a comment).
        name: its `event` field; empty if it has none.
    """

    raw: bytes = field(repr=False)
    data: bytes | None = field(repr=False)
    name: str = ""

    def with_data(self, data: bytes) -> bytes:
        """Return the event's bytes with its data lines replaced by one line; `data` holds no line end."""
        if self.data is not None and self.raw == b"data: %b\n\n" % self.data:
            return b"data: %b\n\n" % data
        lines: list[bytes] = []
        written = False
        for line in _LINE.finditer(self.raw):
            if not _is_data(line[1]):
                lines.append(line[0])
            elif not written:
                lines.append(b"data: " + data + (line[2] or b"\n"))
                written = True
        return b"".join(lines)


class EventReader:
    """Cuts a stream of bytes into events.

    Attributes:
        is_between: whether the next byte begins an event that is not the first.
    """

    __slots__ = ("_buffer", "_searched", "_started", "is_between")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._started = self.is_between = False

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes and return the events that are complete.

        Raises:
            UpstreamFailed: if an event is larger than `MAX_EVENT_BYTES`.
        """
        events: list[Event] = []
        at = 0
        while at < len(data):
            event, at = self.first(data, at)
            if event is not None:
                events.append(event)
        return events

    def first(self, data: bytes, at: int) -> tuple[Event | None, int]:
        """Take the next bytes, `data` from `at` on, up to the end of an event.

        Returns:
            The event, and where what follows it begins; None if it is not complete, and all was taken.

        Raises:
            UpstreamFailed: if an event is larger than `MAX_EVENT_BYTES`.
        """
        buffer = self._buffer
        waited = len(buffer)
        if waited:
            buffer += data[at:]
            found = _BLANK_LINE.search(buffer, self._searched)
        elif at == 0 and self._started and _is_one(data):
            self.is_between = True
            return Event(data, data[6:-2]), len(data)
        else:
            found = _BLANK_LINE.search(data, at)
        if found is not None:
            end = found.end()
            event = self._event(bytes(buffer[:end]) if waited else data[at:end])
            buffer.clear()
            self._searched = 0
            self.is_between = True
            return event, (at + end - waited if waited else end)
        if not waited:
            buffer += data[at:]
        if len(buffer) > MAX_EVENT_BYTES:
            raise UpstreamFailed("The upstream sent an event that is too large to be read.")
        self._searched = max(0, len(buffer) - _LONGEST_END)
        self.is_between = False
        return None, len(data)

    def rest(self) -> Event | None:
        """Return what came after the last complete event, as an event; the stream has ended."""
        raw = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        event = self._event(raw) if raw else None
        self.is_between = self._started
        return event

    def _event(self, raw: bytes) -> Event:
        text = raw
        if not self._started:
            self._started = True
            text = raw.removeprefix(_BOM)
        if _is_one(text):
            return Event(raw, text[6:-2])
        return _parsed(raw, text)


def event(data: bytes, name: str = "") -> bytes:
    """Return an event of one line of data."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data) if name else b"data: %b\n\n" % data


def _is_one(data: bytes) -> bool:
    """Return whether `data` is a whole event of one line of data, as nearly all are."""
    return (
        data.startswith(b"data: ")
        and data.endswith(b"\n\n")
        and data.find(b"\n") == len(data) - 2
        and b"\r" not in data
    )


def _is_data(line: bytes) -> bool:
    return line.removeprefix(_BOM).partition(b":")[0] == b"data"


def _parsed(raw: bytes, text: bytes) -> Event:
    data: list[bytes] = []
    name = ""
    for line in _LINE.finditer(text):
        key, _, value = line[1].partition(b":")
        if key == b"data":
            data.append(value.removeprefix(b" "))
        elif key == b"event":
            name = value.removeprefix(b" ").decode(errors="replace")
    return Event(raw, b"\n".join(data) if data else None, name)
