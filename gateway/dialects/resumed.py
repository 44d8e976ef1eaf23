"""A streamed answer of which a client has the beginning already, and asks for the rest.

Decisions kept here:

* It is read from its first event on, and what the client has is left out of what he gets. Whoever read the rest alone
  would not know that it goes on in an address or in a key, nor that it begins with the end of a surrogate.
* Left out is what came of an event, not what has its number: what was held back of a text goes out with the event
  behind it, which the client has not got.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from gateway.core.protocols import StreamRestorer
from gateway.dialects.sse import Event, EventReader

__all__ = ["Resumed"]

_NUMBERED: Final = re.compile(rb'"sequence_number"\s*:')


class Resumed:
    """Restores the rest of a stream (a `StreamRestorer`).

    Args:
        stream: restores all of it.
        after: number of the last event that the client has.
    """

    __slots__ = ("_after", "_reader", "_stream", "signed")

    def __init__(self, stream: StreamRestorer, after: int) -> None:
        self._stream = stream
        self._after = after
        self._reader: EventReader | None = EventReader()
        """Cuts it into events, up to the first one that the client has not got."""
        self.signed = stream.signed

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the upstream and return the bytes for the client.

        Raises:
            UpstreamFailed: if an event is too large to be read.
        """
        at, shown = 0, []
        while at < len(data) and self._reader is not None:
            event, at = self._reader.first(data, at)
            if event is not None:
                shown.append(self._event(event))
        return b"".join([*shown, self._stream.feed(data[at:])])

    def close(self) -> bytes:
        """The upstream has ended: return what was held back."""
        rest = self._reader.rest() if self._reader is not None else None
        return (self._event(rest) if rest is not None else b"") + self._stream.close()

    @property
    def usage(self) -> Mapping[str, int]:
        """Token counts seen so far: `input`, `output`."""
        return self._stream.usage

    def _event(self, event: Event) -> bytes:
        shown = self._stream.feed(event.raw)
        number = _number(event)
        if number is None:
            return shown
        if number > self._after:
            self._reader = None
            return shown
        return b""


def _number(event: Event) -> int | None:
    """Return the number of an event; None if it has none."""
    if event.data is None or _NUMBERED.search(event.data) is None:
        return None
    try:
        value = json.loads(event.data)
    except (ValueError, RecursionError):
        return None
    number = value.get("sequence_number") if isinstance(value, dict) else None
    return number if number.__class__ is int else None
