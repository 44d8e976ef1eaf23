"""The way through a body's objects and arrays: where each leaf stands, and which members need no look (`leaves`).

Decisions kept here:

* One pass, in the order of the document, and no step for what is a word of the API.
* A text that is surely nothing but text becomes a segment here; for what any other leaf holds a hook is asked.
* It takes a step for each member of a body, twice for what is edited, and most of a body's members are small. So
  `_walk` does the same compiled; what only few leaves need stands in `leaves` alone.
* The recursion is bounded by the depth of the value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

from gateway.core.model import EMBEDDED, KEY, VALUE, Location, Segment
from gateway.core.protocols import Gap, Walked
from gateway.dialects.digits import DIGITS, identifies, opens
from gateway.dialects.opaque import media_type_of, plain
from gateway.dialects.strict_json import Spelled, same
from gateway.dialects.structure import NO_WORDS, Opaque, Structure

__all__ = ["Place", "PlainPlace", "PlainWalk", "Walk"]

_LONG_KEY: Final = 64
"""A key of at least so many characters may hold a file, though no API takes one there: it counts as unread then."""
_NUMBERS = frozenset({int, float, Spelled})
_CONTAINERS: frozenset[type] = frozenset({dict, list})
_TOP: Final = 2
"""The depth of an array that is a member of the body itself."""
_NAMES: Final = frozenset({"name", "tool_name"})
_TOOL: Final = "tool"
"""What a tool's name is told to be, in place of its key."""
_TOKENS: Final = Opaque.TOKENS
"""By itself: to ask the enumeration takes as long as a call, and every array is asked."""


class PlainPlace:
    """Where the walk is. Mutable only by making a new one; slots, because there is one for each container."""

    __slots__ = ("context", "depth", "editable", "embedded", "free", "key", "location", "media_type", "path")

    def __init__(
        self,
        path: str,
        key: str,
        context: tuple[str, ...],
        location: Location,
        *,
        depth: int = 1,
        embedded: int = 0,
        free: bool = False,
        editable: bool = True,
    ) -> None:
        self.path = path
        self.key = key
        self.context = context
        self.location = location
        self.depth = depth
        self.embedded = embedded
        self.free = free
        self.editable = editable
        self.media_type = ""

    def under(self, path: str, key: str, *, free: bool) -> PlainPlace:
        """Return the place of the member `key`."""
        return PlainPlace(
            path,
            key,
            (*self.context, key),
            (*self.location, key),
            depth=self.depth + 1,
            embedded=self.embedded,
            free=self.free or free,
            editable=self.editable,
        )

    def at(self, index: int) -> PlainPlace:
        """Return the place of the element `index`."""
        return PlainPlace(
            f"{self.path}/{index}",
            self.key,
            self.context,
            (*self.location, index),
            depth=self.depth + 1,
            embedded=self.embedded,
            free=self.free,
            editable=self.editable,
        )

    def inside(self) -> PlainPlace:
        """Return the place inside the JSON that the string here holds."""
        return PlainPlace(
            self.path,
            self.key,
            self.context,
            (*self.location, EMBEDDED),
            depth=self.depth + 1,
            embedded=self.embedded + 1,
            free=True,
            editable=self.editable,
        )


class PlainWalk(ABC):
    """Takes a body apart.

    Args:
        structure: what the dialect lists as its own.
        walked: members of bodies of the same request that were walked before; those of this one take their place.
        gap: members that were left out.

    Attributes:
        found: the segments, in the order of the document.
    """

    __slots__ = ("found", "gap", "structure", "walked")

    def __init__(self, structure: Structure, walked: Walked | None, gap: Gap | None) -> None:
        self.structure = structure
        self.walked = walked
        self.gap = gap
        self.found: list[Segment] = []

    def other(self, value: Any, kind: Opaque | None, place: PlainPlace) -> None:
        """Walk a container; take a number that identifies somebody or opens something."""
        if value.__class__ is dict:
            self._object(value, place)
        elif value.__class__ is list:
            self._array(value, kind, place)
        else:
            self.number(value, place)

    def _object(self, value: dict[str, Any], place: PlainPlace) -> None:
        structure = self.structure
        type_ = value.get("type")
        if structure.signed and type_.__class__ is str and type_ in structure.signed:
            place.editable = False
        parent = place.key
        short: list[str] = []
        for ordinal, (key, child) in enumerate(value.items()):
            known: str | None = key
            if key in structure.keys:
                if child.__class__ is str and child in structure.words.get(key, NO_WORDS):
                    continue
                path = f"{place.path}/{key}"
            else:
                path = f"{place.path}/*{ordinal}"
                self._key(key, path, place, short)
                if key not in structure.opaque:
                    known = structure.lookalike(key)
            kind = structure.opaque_kind(known, parent, value) if known and known in structure.opaque else None
            if child.__class__ is str:
                if not child:
                    continue
                if kind is None and plain(child):
                    is_tool = key in _NAMES and not place.free and structure.names_tool(parent, type_, child)
                    context = (*place.context, _TOOL if is_tool else key)
                    self.found.append(Segment(path, child, VALUE, context, (*place.location, key), place.editable))
                else:
                    leaf = place.under(path, key, free=False)
                    leaf.media_type = media_type_of(value) if kind is not None else ""
                    self.text(child, kind, leaf)
            elif child.__class__ in _CONTAINERS or identifies(child) or opens(child, place.context, key, value):
                self.other(child, kind, place.under(path, key, free=key in structure.free))
        if len(short) > 1:
            self.short_keys(short, place)

    def _array(self, items: list[Any], kind: Opaque | None, place: PlainPlace) -> None:
        if items and (len(items) > 1 or kind is _TOKENS) and _NUMBERS.issuperset(map(type, items)):
            self.numbers(items, kind, place)
            return
        if kind is _TOKENS and not _NUMBERS.isdisjoint(map(type, items)):
            self.unread(kind, place)
        words = self.structure.words.get(place.key, NO_WORDS)
        top = self.walked is not None and kind is None and place.depth == _TOP and not place.embedded
        gap = self.gap if place.depth == _TOP and self.gap and place.location == (self.gap.field,) else None
        for number, item in enumerate(items):
            index = number + gap.left_out if gap and number >= gap.kept else number
            if item.__class__ is str:
                if item and item not in words:
                    self.text(item, kind, place.at(index))
            elif top and item.__class__ is dict:
                self._member(item, place.at(index))
            elif (
                item.__class__ in _CONTAINERS
                or identifies(item)
                or opens(item, place.context, beside=items[number - 1] if number else None)
            ):
                self.other(item, kind, place.at(index))

    def _member(self, value: dict[str, Any], place: PlainPlace) -> None:
        """Walk one of the messages, unless the very same one was walked at this place before."""
        if self.walked is None:
            self._object(value, place)
            return
        known = self.walked.get(place.path)
        if known is not None and known[0] == place.location and same(known[1], value):
            self.found += known[2]
            return
        begin = len(self.found)
        self._object(value, place)
        self.walked[place.path] = place.location, value, self.found[begin:]

    def _key(self, key: str, path: str, place: PlainPlace, short: list[str]) -> None:
        if len(key) < DIGITS and key.isdecimal():
            short.append(key)
        elif key:
            self.found.append(Segment(f"{path}#", key, KEY, place.context, (*place.location, key), place.editable))
            if len(key) >= _LONG_KEY:
                self.long_key(key, path, place)

    @abstractmethod
    def text(self, value: str, kind: Opaque | None, place: PlainPlace) -> None:
        """Take a text that may be something else; `kind`: what the API says is in this leaf."""

    @abstractmethod
    def number(self, value: float, place: PlainPlace) -> None:
        """Take a number that identifies somebody or opens something."""

    @abstractmethod
    def numbers(self, items: list[Any], kind: Opaque | None, place: PlainPlace) -> None:
        """Take an array of nothing but numbers."""

    @abstractmethod
    def unread(self, kind: Opaque, place: PlainPlace) -> None:
        """Tell that what stands at `place` cannot be read."""

    @abstractmethod
    def long_key(self, key: str, path: str, place: PlainPlace) -> None:
        """Take a key, of the object at `place`, that may hold a file; as a text it is taken already."""

    @abstractmethod
    def short_keys(self, keys: list[str], place: PlainPlace) -> None:
        """Take keys of one object that are all of few digits."""


if TYPE_CHECKING:
    Place = PlainPlace
    Walk = PlainWalk
else:
    try:
        from gateway.dialects._walk import Place, Walk
    except ImportError:  # no C compiler at installation
        Place, Walk = PlainPlace, PlainWalk
