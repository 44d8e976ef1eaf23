"""What the restorers of all streamed answers share: events in, events out, one channel for each text (invariant 7).

Decisions kept here:

* An event goes out when it came in, one for one; only the suffix of a text that could still become a surrogate waits.
  So the first piece reaches the client at once, and an event in which nothing changed keeps its bytes.
* Each text has a channel of its own, named by its place: choice or block, then keys and `index` members. Places are
  not listed, so that texts which the API adds tomorrow are restored today.
* When another text of the same choice begins, or the choice ends, what is held is given out in that event. What is
  still held at the end of the stream goes out in an event of its own before the end.
* An error that the upstream reports in mid-stream is replaced: its words may repeat the prompt (invariant 4). An event
  that is not JSON is passed as it is: it holds nothing but what the upstream knows.
* An event that differs from the last one of its kind in one text only (`frames`) is neither parsed nor written anew.
* With nothing to restore, events are looked at only for token counts and errors.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

from gateway.core.errors import RequestError, UpstreamFailed
from gateway.core.protocols import RestorerFactory
from gateway.dialects.answers import AnswerRules, Channel, restore_text, restore_tree
from gateway.dialects.frames import Feed, Piece, frame_of
from gateway.dialects.offsets import merged_logprobs
from gateway.dialects.signed import MAY_BE_SIGNED, signed_items
from gateway.dialects.sse import Event, EventReader, event
from gateway.dialects.strict_json import dumps

__all__ = ["Channels", "EventRestorer", "LogprobLine", "upstream_broke"]

_TELLING: Final = re.compile(rb'"error"|"usage"\s*:\s*\{')
"""What makes an event worth parsing when there is nothing to restore."""
_DEPTH: Final = 64
"""Levels of a piece of an answer that are restored; deeper, surrogates stay as they are, which leaks nothing."""
_CALLS: Final = frozenset({"function", "custom", "function_call"})
_TRIES: Final = 4
"""Frames that are made in a row without one that fits."""
_ARGUMENTS: Final = frozenset({"arguments", "input"})
Place = tuple[str | int, ...]
"""Steps to a text in a piece: keys, the `index` of an item that has one, otherwise -1 - its position."""


def upstream_broke() -> RequestError:
    """Return the error that stands for any error the upstream reports in mid-stream."""
    return UpstreamFailed("The upstream reported an error while it was answering.")


class Channels:
    """The texts of one choice or block: a restorer for each place.

    Args:
        rules: what the API's answers hold.
        restorers: over the surrogates of the request.
        line: of the texts that clients join, if it is not these alone.
    """

    __slots__ = ("_channels", "_ids", "_left", "_line", "_restorers", "_rules", "_tools")

    def __init__(self, rules: AnswerRules, restorers: RestorerFactory, line: RestorerFactory | None = None) -> None:
        self._rules = rules
        self._restorers = restorers
        if line is None:
            line = restorers.line() if rules.joined else restorers
        self._line = line
        self._channels: dict[Place, Channel] = {}
        self._tools: dict[Place, str] = {}
        """Names of the tools whose calls stand at these places; empty: nobody can tell which one's."""
        self._ids: dict[Place, str] = {}
        """Of these calls: some servers tell several at one place, which their ids alone keep apart."""
        self._left: dict[Place, str] = {}
        """What was held of the arguments of a call when another one began at its place."""

    def feed(self, piece: dict[str, Any], *, in_turn: bool = True) -> bool:
        """Restore the texts of `piece` in place; return whether anything changed.

        Args:
            piece: a delta.
            in_turn: whether a text has ended when another begins, so that what is held of it goes out with `piece`.
        """
        known = len(self._channels)
        fed: set[Place] = set()
        changed = self._object(piece, (), fed)
        if in_turn and len(self._channels) > known:
            changed |= self.flush(piece, but=fed)
        return changed

    def flush(self, piece: dict[str, Any], *, but: frozenset[Place] | set[Place] = frozenset()) -> bool:
        """Add to `piece` what is held back, except at the places in `but`; return whether there was anything."""
        changed = False
        for place, channel in self._channels.items():
            if channel.held and place not in but:
                text = channel.flush()
                if text:
                    _append(piece, place, text)
                    changed = True
        return changed

    def feeder(self, place: Place) -> Callable[[str], str] | None:
        """Return what takes the next piece of the text at `place`; None if it has not begun."""
        channel = self._channels.get(place)
        return channel.feeder if channel is not None else None

    def held(self, place: Place) -> bool:
        """Whether something of the text at `place` is held back."""
        channel = self._channels.get(place)
        return channel is not None and channel.held

    def _object(self, value: dict[str, Any], place: Place, fed: set[Place]) -> bool:
        changed = False
        name = value.get("name")
        if place and isinstance(name, str) and place[-1] in _CALLS:
            self._name(place, name)
        if place and not _CALLS.isdisjoint(value):
            self._identify(place, value.get("id"))
        for key, child in value.items():
            if isinstance(child, str):
                if child and key not in self._rules.fixed:
                    here = (*place, key)
                    fed.add(here)
                    channel = self._channels.get(here)
                    if channel is None:
                        own = self._line if self._rules.joins(value, key) else self._of(place, key)
                        channel = Channel(own, in_json=key in self._rules.sources)
                        self._channels[here] = channel
                    restored = channel.feed(child)
                    if here in self._left:
                        restored = self._left.pop(here) + restored
                    if restored != child:
                        value[key] = restored
                        changed = True
            elif isinstance(child, dict):
                if len(place) < _DEPTH:
                    changed |= self._object(child, (*place, key), fed)
            elif isinstance(child, list):
                changed |= self._list(child, (*place, key), fed)
        return changed

    def _identify(self, place: Place, identity: object) -> None:
        """Note the id of the call at `place`; with another id another call begins there."""
        if isinstance(identity, str) and identity and self._ids.setdefault(place, identity) != identity:
            self._ids[place] = identity
            for key in _CALLS:
                self._tools.pop((*place, key), None)
                self._end_arguments((*place, key))

    def _name(self, place: Place, name: str) -> None:
        """Note the name of the tool whose call is at `place`, or the next piece of it."""
        known = self._tools.get(place)
        if known is None or not self._has_arguments(place):
            self._tools[place] = name if known in (None, name) else f"{known}{name}"
        elif name not in ("", known):  # another call, or a name that goes on behind its arguments
            self._tools[place] = ""
            self._end_arguments(place)

    def _has_arguments(self, place: Place) -> bool:
        return any((*place, key) in self._channels for key in _ARGUMENTS)

    def _end_arguments(self, place: Place) -> None:
        """Have what comes next of the arguments at `place` restored anew, by the tool's name as it is known then."""
        for key in _ARGUMENTS:
            channel = self._channels.pop((*place, key), None)
            if channel is not None and channel.held:
                self._left[*place, key] = channel.flush()

    def _of(self, place: Place, key: str) -> RestorerFactory:
        """Return the restorers of the text at `key`: of a tool's arguments, as far as its name is known by now."""
        if key in _ARGUMENTS and place and place[-1] in _CALLS:
            return self._restorers.tool(self._tools.get(place, ""))
        return self._restorers

    def _list(self, items: list[Any], place: Place, fed: set[Place]) -> bool:
        if place[-1] in self._rules.whole:
            return restore_tree(items, self._rules, self._restorers)
        changed = False
        for position, item in enumerate(items):
            if isinstance(item, dict) and len(place) < _DEPTH:
                changed |= self._object(item, (*place, _index(item, position)), fed)
            elif isinstance(item, str):
                restored = restore_text(item, self._restorers)
                if restored != item:
                    items[position] = restored
                    changed = True
        return changed


class LogprobLine:
    """Log probabilities of one text of a stream: they wait with their text, and those of a surrogate become one."""

    __slots__ = ("_restorers", "_waiting")

    def __init__(self, restorers: RestorerFactory) -> None:
        self._restorers = restorers
        self._waiting: list[Any] = []

    def feed(self, entries: list[Any], *, held: bool) -> list[Any]:
        """Take the entries that came with a piece and return those to show; none while some of the text is `held`."""
        self._waiting += entries
        return [] if held else self.flush()

    def flush(self) -> list[Any]:
        """Return what is waiting."""
        waiting = self._waiting
        if not waiting:
            return []
        self._waiting = []
        return merged_logprobs(waiting, self._restorers) or waiting


class EventRestorer(Feed, ABC):
    """Restores a streamed answer; a dialect says what its events mean."""

    def __init__(self, restorers: RestorerFactory) -> None:
        super().__init__(EventReader())
        self._restorers = restorers
        self._usage: dict[str, int] = {}
        self.signed: list[str] = []

    def close(self) -> bytes:
        """Return what was held back; no end is invented for an answer that broke off."""
        rest = self._reader.rest()
        if rest is None:
            return self.tail()
        if rest.data is None or not (self.ends(rest.data) or _is_json(rest.data)):
            return self.tail() + rest.raw  # an event that broke off, which no client reads
        last = self._event(rest)
        tail = self.tail()
        return last.rstrip(b"\r\n") + b"\n\n" + tail if tail else last

    @property
    def usage(self) -> Mapping[str, int]:
        """Token counts seen so far: `input`, `output`."""
        return self._usage

    def _event(self, event: Event) -> bytes:
        if event.data is None:
            return event.raw
        if self._frame is not None:
            told = self._frame.text(event.name, event.data)
            if told is not None:
                self._missed = 0
                shown = self._frame.give(told.text) if told.text else ""
                return event.raw if shown == told.text else event.with_data(self._frame.with_text(shown, told.rest))
            self._frame = None  # what it feeds may end with this event
        if self.ends(event.data):
            return self.tail() + event.raw
        may_be_signed = MAY_BE_SIGNED.search(event.data) is not None
        telling = may_be_signed or event.name == "error" or _TELLING.search(event.data)
        if self._restorers.empty and not telling:
            return event.raw
        try:
            value = json.loads(event.data)
        except (ValueError, RecursionError):
            value = None
        if may_be_signed:
            self.signed += signed_items(value)
        if self.is_error(event, value):
            return self.tail() + event.with_data(self.error(value))
        return self._known(event, value) if isinstance(value, dict) else event.raw

    def _known(self, event: Event, value: dict[str, Any]) -> bytes:
        self.count(value)
        changed = self.scrub(value)
        before = b""
        if not self._restorers.empty:
            before = self.before(value)
            changed |= self.restore(value)
            if not changed:  # the first piece of a text made the channel that the next ones go to
                self._learn(event, value)
        return before + (event.with_data(dumps(value)) if changed else event.raw)

    def _learn(self, event: Event, value: dict[str, Any]) -> None:
        """Note what an event looks like of which only one text is new, unless no two events are alike."""
        piece = self.piece(value) if self._missed < _TRIES else None
        if piece is not None and event.data is not None:
            self._missed += 1
            self._frame = frame_of(event.name, event.data, value, piece)
            if self._frame is not None:
                self._frame.learn_source(event)

    def piece(self, value: dict[str, Any]) -> Piece | None:  # noqa: ARG002
        """Return the one text of an event that tells nothing else: no counts, no error, no end; None: it may."""
        return None

    def is_error(self, event: Event, value: Any) -> bool:
        """Whether the event reports an error of the upstream."""
        return event.name == "error" or (isinstance(value, dict) and bool(value.get("error")))

    @abstractmethod
    def error(self, value: Any) -> bytes:
        """Return the data of the event that stands for an error of the upstream, which came as `value`."""

    @abstractmethod
    def count(self, value: dict[str, Any]) -> None:
        """Note the token counts that the event tells."""

    @abstractmethod
    def restore(self, value: dict[str, Any]) -> bool:
        """Restore the event's JSON in place; return whether anything changed."""

    def scrub(self, value: dict[str, Any]) -> bool:  # noqa: ARG002
        """Replace an upstream's error that stands inside an event; return whether there was one."""
        return False

    def before(self, value: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Return events that must go out before this one: text held back that its own events can no longer carry."""
        return b""

    @abstractmethod
    def tail(self) -> bytes:
        """Return events with everything that is still held back."""

    def ends(self, data: bytes) -> bool:
        """Whether `data` is the API's sign that the stream ends, outside JSON."""
        return data == b"[DONE]"

    @staticmethod
    def made(value: dict[str, Any], name: str = "") -> bytes:
        """Return an event of our own."""
        return event(dumps(value), name)


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _index(item: Any, position: int) -> int:
    index = item.get("index") if isinstance(item, dict) else None
    return index if index.__class__ is int and index >= 0 else -1 - position


def _append(piece: dict[str, Any], place: Place, text: str) -> None:
    """Append `text` to the text at `place` in `piece`; make what is missing on the way."""
    node: Any = piece
    for step, after in pairwise(place):
        if isinstance(step, str):
            child = node.get(step)
            if not isinstance(child, list if isinstance(after, int) else dict):
                child = [] if isinstance(after, int) else {}
                node[step] = child
        else:
            child = next((item for position, item in enumerate(node) if _index(item, position) == step), None)
            if child is None:
                child = {"index": step} if step >= 0 else {}
                node.append(child)
        node = child
    last = place[-1]
    before = node.get(last)
    node[last] = (before if isinstance(before, str) else "") + text
