"""Events that are all alike but for one text: known by their bytes, so that each need not be parsed and written anew.

A model's answer comes as hundreds of events with the same members around a word or two. A frame is what stands before
and behind that text in the source. It is made from a parsed event and proved by parsing it with another text in its
place, so whatever JSON string stands there later is that very text, and everything else is as it was (invariant 6).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from gateway.dialects.strict_json import dumps

__all__ = ["Frame", "Piece", "frame_of"]

_STRING: Final = re.compile(rb'(?:[^"\\]|\\.)*+', re.DOTALL)
_PROBE: Final = "probe"


class Piece(NamedTuple):
    """The one text of a parsed event.

    Attributes:
        holder: the object that it is a member of.
        key: its key.
        feed: takes the text of such an event and returns what may be shown.
    """

    holder: dict[str, Any]
    key: str
    feed: Callable[[str], str]


class Frame:
    """What stands around the text.

    Args:
        name: of the event.
        head: up to and with the opening quote.
        tail: from the closing quote on.
        feed: as in `Piece`.
    """

    __slots__ = ("_head", "_literal", "_name", "_tail", "feed")

    def __init__(self, name: str, head: bytes, tail: bytes, feed: Callable[[str], str]) -> None:
        self._name = name
        self._head = head
        self._tail = tail
        self._literal = slice(len(head) - 1, 1 - len(tail) or None)
        self.feed = feed

    def text(self, name: str, data: bytes) -> str | None:
        """Return the text in an event of `name` with `data`; None if it is another kind of event."""
        if not (data.endswith(self._tail) and data.startswith(self._head) and name == self._name):
            return None
        try:
            text = json.loads(data[self._literal])
        except (ValueError, RecursionError):
            return None
        return text if isinstance(text, str) else None

    def with_text(self, text: str) -> bytes:
        """Return the data of such an event with `text`."""
        return b"%b%b%b" % (self._head, dumps(text)[1:-1], self._tail)


def frame_of(name: str, data: bytes, value: dict[str, Any], piece: Piece) -> Frame | None:
    """Return the frame of an event; None if its text stands in a way that leaves a doubt.

    Args:
        name: of the event.
        data: its JSON.
        value: the same, parsed.
        piece: the one text in it.
    """
    opens = re.search(rb'"%b"\s*:\s*"' % re.escape(piece.key.encode()), data)
    if opens is None:
        return None
    closes = _STRING.match(data, opens.end())
    head, tail = data[: opens.end()], data[closes.end() if closes is not None else len(data) :]
    text = piece.holder[piece.key]
    piece.holder[piece.key] = _PROBE
    try:
        proved = json.loads(b"%b%b%b" % (head, _PROBE.encode(), tail)) == value
    except (ValueError, RecursionError):
        proved = False
    piece.holder[piece.key] = text
    return Frame(name, head, tail, piece.feed) if proved else None
