"""Events that are all alike but for one text: known by their bytes, so that each need not be parsed and written anew.

A model's answer comes as hundreds of events with the same members around a word or two. A frame is what stands before
and behind that text in the source. It is made from a parsed event and proved by parsing it with another text in its
place, so whatever JSON string stands there later is that very text, and everything else is as it was (invariant 6).

A piece of the stream that is such events from its first byte on is known by its source, too, and not even cut into
lines: what stands where the text was has no line end, so each has the same lines. `_frames` does so compiled.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gateway.dialects.sse import Event, EventReader
from gateway.dialects.strict_json import dumps

__all__ = ["Feed", "Frame", "Piece", "PlainFeed", "PlainSource", "Told", "frame_of"]

_STRING: Final = re.compile(rb'(?:[^"\\]|\\.)*+', re.DOTALL)
_PROBES: Final = ("probe", "another", "third")
"""One of them stands in neither of two texts: one that stands there already would prove nothing."""
_PLAIN: Final = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"


class Piece(NamedTuple):
    """The one text of a parsed event.

    Attributes:
        holder: the object that it is a member of.
        key: its key.
        feed: takes the text of such an event and returns what may be shown.
        padding: a member of the event, behind the text, that is another word each time and is never restored.
        written: gets every text that `feed` does.
    """

    holder: dict[str, Any]
    key: str
    feed: Callable[[str], str]
    padding: str = ""
    written: list[str] | None = None


class Told(NamedTuple):
    """The text of an event, and the source from its closing quote on."""

    text: str
    rest: bytes


class PlainSource(ABC):
    """What stands around the texts of events that are all alike, and who takes the texts.

    Attributes:
        taken: where such events ended in what was shown last.
    """

    __slots__ = ("_begins", "_ends", "_feed", "_middle", "_written", "taken")

    def __init__(self) -> None:
        self._begins = self._middle = self._ends = b""
        self._feed: Callable[[str], str]
        self._written: list[str] | None = None
        self.taken = 0

    def show(self, raw: bytes, start: int = 0) -> bytes:
        """Feed the texts of the events that stand in `raw` from `start` on, and return these with what may be shown.

        What follows them from `taken` on was not looked at: it may be another kind of event.
        """
        at = kept = start
        pieces: list[bytes] = []
        while self._begins and raw.startswith(self._begins, at):
            begin = at + len(self._begins)
            end = after = max(raw.find(b'"', begin), begin)
            if self._middle and raw.startswith(self._middle, end):
                after = end + len(self._middle)
                after = max(raw.find(b'"', after), after)
                if raw[end + len(self._middle) : after].translate(None, _PLAIN):
                    break
            elif self._middle:
                break
            text = _plain(raw[begin:end]) if raw.startswith(self._ends, after) else None
            if text is None:
                break
            shown = self.give(text) if text else text
            if shown != text:
                pieces += (raw[kept:begin], self.written(shown))
                kept = end
            at = after + len(self._ends)
        self.taken = at
        return b"".join([*pieces, raw[kept:at]])

    def give(self, text: str) -> str:
        """Feed a text; return what may be shown."""
        if self._written is not None:
            self._written.append(text)
        return self._feed(text)

    @abstractmethod
    def written(self, text: str) -> bytes:
        """Return what stands for `text` between the quotes."""


class PlainFeed(ABC):
    """The way of a stream's bytes to its events.

    Args:
        reader: cuts them into events.

    Attributes:
        _frame: of the events that come; None: they are not known to be alike.
        _missed: frames that were made in a row without one that fits.
    """

    __slots__ = ("_frame", "_missed", "_reader")

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self._frame: Frame | None = None
        self._missed = 0

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the upstream and return the bytes for the client.

        Raises:
            UpstreamFailed: if an event is too large to be read.
        """
        at, shown = 0, []
        while at < len(data):
            frame = self._frame
            if frame is not None and self._reader.is_between:
                known = frame.show(data, at)
                if frame.taken > at:
                    self._missed = 0
                    at = frame.taken
                    shown.append(known)
                    continue
            event, at = self._reader.first(data, at)
            if event is not None:
                shown.append(self._event(event))
        return b"".join(shown)

    @abstractmethod
    def _event(self, event: Event) -> bytes:
        """Return what may be shown of an event that is not known by its source."""


if TYPE_CHECKING:
    _Source = PlainSource
    Feed = PlainFeed
else:
    try:
        from gateway.dialects._frames import Feed
        from gateway.dialects._frames import Source as _Source
    except ImportError:  # no C compiler at installation
        _Source, Feed = PlainSource, PlainFeed


class Frame(_Source):
    """What stands around the text.

    Args:
        name: of the event.
        head: up to and with the opening quote of the text.
        middle: from its closing quote up to and with the opening one of the padding; empty: there is none.
        tail: from the last of these quotes on.
        piece: the text.
    """

    __slots__ = ("_head", "_name", "_tail")

    def __init__(self, name: str, head: bytes, middle: bytes, tail: bytes, piece: Piece) -> None:
        super().__init__()
        self._name = name
        self._head = head
        self._middle = middle
        self._tail = tail
        self._feed = piece.feed
        self._written = piece.written

    def text(self, name: str, data: bytes) -> Told | None:
        """Return the text in an event of `name` with `data`; None if it is another kind of event."""
        if not (data.endswith(self._tail) and data.startswith(self._head) and name == self._name):
            return None
        begin, end = len(self._head), len(data) - len(self._tail)
        if self._middle:
            padded = data.find(self._middle, begin)
            if padded < 0 or data[padded + len(self._middle) : end].translate(None, _PLAIN):
                return None
            end = padded
        text = _text(data, begin, end)
        return Told(text, data[end:]) if text is not None else None

    def learn_source(self, event: Event) -> None:
        """Note what stands around the data in the source of an event."""
        raw, data = event.raw, event.data
        if data is None or raw.count(data) != 1 or event.with_data(data) != raw or raw.endswith(b"\r"):
            return  # behind a CR, what comes next tells where the event ends
        before, _, behind = raw.partition(data)
        self._begins, self._ends = before + self._head, self._tail + behind

    def with_text(self, text: str, rest: bytes) -> bytes:
        """Return the data of such an event with `text`, and from then on the `rest` of one."""
        return b"%b%b%b" % (self._head, self.written(text), rest)

    def written(self, text: str) -> bytes:
        """Return what stands for `text` between the quotes."""
        if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
            return text.encode()
        return dumps(text)[1:-1]


def frame_of(name: str, data: bytes, value: dict[str, Any], piece: Piece) -> Frame | None:
    """Return the frame of an event; None if its text stands in a way that leaves a doubt.

    Args:
        name: of the event.
        data: its JSON.
        value: the same, parsed.
        piece: the one text in it.
    """
    text = _place(data, piece.key, 0)
    if text is None:
        return None
    head, middle, tail = data[: text[0]], b"", data[text[1] :]
    kept = [(piece.holder, piece.key, piece.holder[piece.key])]
    if piece.padding in value:
        padding = _place(data, piece.padding, text[1])
        if padding is None:
            return None
        middle, tail = data[text[1] : padding[0]], data[padding[1] :]
        kept.append((value, piece.padding, value[piece.padding]))
    there = [text for _, _, text in kept]
    probe = next(probe for probe in _PROBES if probe not in there)
    for holder, key, _ in kept:
        holder[key] = probe
    source = probe.encode().join((head, middle, tail) if middle else (head, tail))
    try:
        proved = json.loads(source) == value
    except (ValueError, RecursionError):
        proved = False
    for holder, key, before in kept:
        holder[key] = before
    return Frame(name, head, middle, tail, piece) if proved else None


def _plain(source: bytes) -> str | None:
    """Return what stands between two quotes of JSON, if it says what it is: no escape, no line end, no error."""
    try:
        text = source.decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and '"' not in text and "\\" not in text else None


def _text(data: bytes, begin: int, end: int) -> str | None:
    """Return the string between the quotes before `begin` and at `end`; None if it is none."""
    text = _plain(data[begin:end]) if begin <= end else None
    if text is not None:
        return text
    try:
        value = json.loads(data[begin - 1 : end + 1])
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _place(data: bytes, key: str, start: int) -> tuple[int, int] | None:
    """Return where the text of the first member called `key` begins and ends."""
    opens = re.compile(rb'"%b"\s*:\s*"' % re.escape(key.encode())).search(data, start)
    closes = _STRING.match(data, opens.end()) if opens is not None else None
    return (closes.start(), closes.end()) if closes is not None else None
