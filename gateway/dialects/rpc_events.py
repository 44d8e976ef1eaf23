"""Event streams that carry JSON-RPC (MCP's streamable HTTP, A2A): each event is read, and written anew.

Decisions kept here:

* Only what the protocol has goes on: `message` events, their ids and `retry`. Comments go on empty, since they keep
  connections alive; other events do not go on.
* A message is written as one line of JSON, so that no line break of a server's makes an event of its own.
* An event's id is sealed, so that only who got it can ask what came after it.
* An event that broke off is left out, as the standard says (WHATWG HTML, section 9.2.6).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gateway.dialects.sse import Event, EventReader

__all__ = ["RpcEvents"]

_FIELD: Final = re.compile(rb"^(id|retry): ?([^\r\n]*)", re.MULTILINE)
_RETRY: Final = re.compile(rb"[0-9]{1,9}")
_ALIVE: Final = b":\n\n"


class RpcEvents:
    """Relays one stream.

    Args:
        read: gives a message as the client gets it.
        seal: gives an event's id as the client gets it; None: not at all.
    """

    def __init__(self, read: Callable[[bytes], bytes], seal: Callable[[str], str | None]) -> None:
        self._reader = EventReader()
        self._read = read
        self._seal = seal

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the server and return those for the client.

        Raises:
            UpstreamFailed: if an event is too large, or holds no message.
            BlockedByPolicy: if the policy keeps a message back.
        """
        return b"".join([self._event(event) for event in self._reader.feed(data)])

    def _event(self, event: Event) -> bytes:
        if event.data is None:
            return _ALIVE
        if event.name not in {"", "message"}:
            return b""
        head = b"event: message\n" + b"".join(self._fields(event.raw))
        return head + b"data: %b\n\n" % (self._read(event.data) if event.data.strip() else b"")

    def _fields(self, raw: bytes) -> list[bytes]:
        fields: dict[bytes, bytes] = {}
        for name, value in _FIELD.findall(raw.replace(b"\r", b"\n")):
            if name == b"retry" and _RETRY.fullmatch(value):
                fields[name] = b"retry: %b\n" % value
            elif name == b"id":
                sealed = self._seal(value.decode("ascii", "replace"))
                fields[name] = b"id: %b\n" % sealed.encode("ascii") if sealed else b""
        return list(fields.values())
