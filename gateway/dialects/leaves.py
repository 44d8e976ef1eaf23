r"""The walker: every leaf and key of a request that is not a word of the API becomes a segment (invariant 3).

Decisions kept here:

* One pass, in the order of the document. What is skipped is listed (`Structure`); all else is a segment: strings, the
  keys that the API's schema does not have, numbers of six digits and more, arrays of numbers.
* An array of integers may spell a text (code points, bytes): it is read as numbers and as characters.
* A string that is itself strictly a JSON object or array (tool arguments, tool results) is walked inside, so that
  `\u0041` hides nothing and an edit leaves valid JSON behind; some levels deep, then as raw text. What is not strict
  (the same key twice) is raw text: the upstream could read it in another way than we.
* In embedded JSON, and where the application's own JSON stands, a number may be replaced by a text. In the API's own
  fields it may not.
* Paths hold only keys of the API's vocabulary; any other is written `*N` (see `core.model.Segment`). Two segments of
  one leaf differ by a suffix: `@` what cannot be read (`@page3`: a place in a file), `#text` the characters that
  numbers spell, `#` a key, `#keys` the short numeric keys of an object, joined.
* A key that a lenient parser could take for one of a pointer or of binary content (`File_ID`) counts as that one.
* The recursion is bounded by `MAX_DEPTH` containers, those in strings included.
"""

from __future__ import annotations

import marshal
from decimal import Decimal
from typing import Any, Final

from gateway.core.files import Attachment
from gateway.core.model import EMBEDDED, KEY, OPAQUE, VALUE, Location, Segment, SegmentKind
from gateway.core.protocols import Gap, Walked
from gateway.dialects.opaque import plain, read_leaf
from gateway.dialects.strict_json import MAX_DEPTH, USUAL, NotStrict, Spelled, parse
from gateway.dialects.structure import NO_WORDS, Opaque, Structure

__all__ = ["MAX_EMBEDDED", "embedded", "segments"]

MAX_EMBEDDED: Final = 4
"""JSON in strings in JSON in strings: agents nest tool results two deep; beyond this a string is raw text."""
_DIGITS: Final = 6
"""A number of fewer digits identifies nobody; the parameters of the APIs have fewer."""
_SIX_DIGITS: Final = 10 ** (_DIGITS - 1)
"""The least integer of so many digits."""
_LONG_KEY: Final = 64
"""A key of at least so many characters may hold a file, though no API takes one there: it counts as unread then."""
_SPELLS: Final = 4
"""Integers that could spell a text worth scanning."""
_EXPONENT_DIGITS: Final = 2
"""Digits of the exponent up to which a number is written out; no identifier is longer than 99 digits."""
_MAX_CODE_POINT: Final = 0x10FFFF
_NUMBERS = frozenset({int, float, Spelled})
_CONTAINERS: frozenset[type] = frozenset({dict, list})
_TOP: Final = 2
"""The depth of an array that is a member of the body itself."""
_NAMES: Final = frozenset({"name", "tool_name"})
_TOOL: Final = "tool"
"""What a tool's name is told to be, in place of its key."""
_OPEN = "{[ \t\n\r"
_MEDIA_TYPES: Final = ("media_type", "mimeType", "mediaType")
_TOKENS: Final = Opaque.TOKENS
"""By itself: to ask the enumeration takes as long as a call, and every array is asked."""
_READABLE = (None, _TOKENS)


def embedded(text: str, *, max_depth: int = MAX_DEPTH) -> dict[str, Any] | list[Any] | None:
    """Return the JSON object or array that `text` strictly is, or None."""
    stripped = text.strip(" \t\n\r")
    if (stripped[:1], stripped[-1:]) not in (("{", "}"), ("[", "]")):
        return None
    try:
        value = parse(stripped, max_depth=max_depth)
    except NotStrict:
        return None
    return value if isinstance(value, dict | list) else None


def segments(
    value: dict[str, Any], structure: Structure, walked: Walked | None = None, gap: Gap | None = None
) -> list[Segment]:
    """Return every leaf and key of a request body that is not structural, in the order of the document.

    Args:
        value: the parsed body, at most `MAX_DEPTH` deep.
        structure: what the dialect lists as its own.
        walked: members of bodies of the same request that were walked before; those of this one take their place.
        gap: members that were left out.
    """
    walk = _Walk(structure, walked, gap)
    walk.object(value, _Place("", "", (), ()))
    return walk.found


class _Place:
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

    def under(self, path: str, key: str, *, free: bool) -> _Place:
        """Return the place of the member `key`."""
        return _Place(
            path,
            key,
            (*self.context, key),
            (*self.location, key),
            depth=self.depth + 1,
            embedded=self.embedded,
            free=self.free or free,
            editable=self.editable,
        )

    def at(self, index: int) -> _Place:
        """Return the place of the element `index`."""
        return _Place(
            f"{self.path}/{index}",
            self.key,
            self.context,
            (*self.location, index),
            depth=self.depth + 1,
            embedded=self.embedded,
            free=self.free,
            editable=self.editable,
        )

    def inside(self) -> _Place:
        """Return the place inside the JSON that the string here holds."""
        return _Place(
            self.path,
            self.key,
            self.context,
            (*self.location, EMBEDDED),
            depth=self.depth + 1,
            embedded=self.embedded + 1,
            free=True,
            editable=self.editable,
        )


class _Walk:
    __slots__ = ("found", "gap", "keys", "structure", "walked", "words")

    def __init__(self, structure: Structure, walked: Walked | None, gap: Gap | None) -> None:
        self.structure = structure
        self.walked = walked
        self.gap = gap
        self.keys = structure.keys
        self.words = structure.words
        self.found: list[Segment] = []

    def object(self, value: dict[str, Any], place: _Place) -> None:
        structure = self.structure
        type_ = value.get("type")
        if structure.signed and type_.__class__ is str and type_ in structure.signed:
            place.editable = False
        parent = place.key
        short_keys: list[str] = []
        for ordinal, (key, child) in enumerate(value.items()):
            known: str | None = key
            if key in self.keys:
                if child.__class__ is str and child in self.words.get(key, NO_WORDS):
                    continue
                path = f"{place.path}/{key}"
            else:
                path = f"{place.path}/*{ordinal}"
                self._key(key, path, place, short_keys)
                if key not in structure.opaque:
                    known = structure.lookalike(key)
            kind = structure.opaque_kind(known, parent, value) if known and known in structure.opaque else None
            if child.__class__ is str:
                if not child:
                    continue
                if kind is None and plain(child):
                    is_tool = key in _NAMES and not place.free and structure.names_tool(parent, type_, child)
                    self.found.append(
                        Segment(
                            path,
                            child,
                            VALUE,
                            (*place.context, _TOOL if is_tool else key),
                            (*place.location, key),
                            place.editable,
                        )
                    )
                else:
                    leaf = place.under(path, key, free=False)
                    leaf.media_type = _media_type(value) if kind is not None else ""
                    self._text(child, kind, leaf)
            elif child.__class__ in _CONTAINERS or _identifies(child):
                self._other(child, kind, place.under(path, key, free=key in structure.free))
        if len(short_keys) > 1 and sum(map(len, short_keys)) >= _DIGITS:
            self._add(f"{place.path}#keys", " ".join(short_keys), place, kind=KEY, editable=False)

    def array(self, items: list[Any], kind: Opaque | None, place: _Place) -> None:
        if items and (len(items) > 1 or kind is _TOKENS) and _NUMBERS.issuperset(map(type, items)):
            self._numbers(items, place)
            if kind is _TOKENS:
                self._add(f"{place.path}@", kind, place, kind=OPAQUE, editable=False)
            return
        if kind is _TOKENS and not _NUMBERS.isdisjoint(map(type, items)):
            self._add(f"{place.path}@", kind, place, kind=OPAQUE, editable=False)
        words = self.words.get(place.key, NO_WORDS)
        top = self.walked is not None and kind is None and place.depth == _TOP and not place.embedded
        gap = self.gap if place.depth == _TOP and self.gap and place.location == (self.gap.field,) else None
        for number, item in enumerate(items):
            index = number + gap.left_out if gap and number >= gap.kept else number
            if item.__class__ is str:
                if item and item not in words:
                    self._text(item, kind, place.at(index))
            elif top and item.__class__ is dict:
                self._member(item, place.at(index))
            elif item.__class__ in _CONTAINERS or _identifies(item):
                self._other(item, kind, place.at(index))

    def _member(self, value: dict[str, Any], place: _Place) -> None:
        """Walk one of the messages, unless the very same one was walked at this place before."""
        if self.walked is None:
            self.object(value, place)
            return
        known = self.walked.get(place.path)
        if known is not None and known[0] == place.location and _is_same(known[1], value):
            self.found += known[2]
            return
        begin = len(self.found)
        self.object(value, place)
        self.walked[place.path] = place.location, value, self.found[begin:]

    def _other(self, value: Any, kind: Opaque | None, place: _Place) -> None:
        """Walk a container; take a number that identifies somebody."""
        if value.__class__ is dict:
            self.object(value, place)
        elif value.__class__ is list:
            self.array(value, kind, place)
        else:
            self._add(place.path, _spelling(value), place, editable=place.free and place.editable)

    def _key(self, key: str, path: str, place: _Place, short_keys: list[str]) -> None:
        if len(key) < _DIGITS and key.isdecimal():
            short_keys.append(key)
        elif key:
            self.found.append(Segment(f"{path}#", key, KEY, place.context, (*place.location, key), place.editable))
            if len(key) >= _LONG_KEY and (kind := read_leaf(key, None).kind) is not None:
                self._add(f"{path}#@", kind, place, kind=OPAQUE, editable=False)

    def _text(self, value: str, kind: Opaque | None, place: _Place) -> None:
        if value[0] in _OPEN and kind in _READABLE and place.embedded < MAX_EMBEDDED:
            inner = embedded(value, max_depth=MAX_DEPTH - place.depth)
            if inner is not None:
                self._other(inner, None, place.inside())
                return
        reading = read_leaf(value, None if kind is _TOKENS else kind)
        held = Attachment(place.path, value, place.media_type, place.editable) if reading.wrapped else None
        if reading.text:
            covers = held if reading.covered else None
            self._add(place.path, reading.text, place, editable=reading.editable and place.editable, held=covers)
        if reading.kind is not None:
            self._add(f"{place.path}@", reading.kind, place, kind=OPAQUE, editable=False, held=held)

    def _numbers(self, items: list[Any], place: _Place) -> None:
        joined = " ".join(map(_spelling, items))
        if len(items) >= _DIGITS or sum(map(str.isdigit, joined)) >= _DIGITS:
            self._add(place.path, joined, place, editable=False)
        if len(items) >= _SPELLS:
            spelled = _spelled(items)
            if spelled:
                self._add(f"{place.path}#text", spelled, place, editable=False)

    def _add(
        self,
        path: str,
        text: str,
        place: _Place,
        *,
        kind: SegmentKind = VALUE,
        editable: bool,
        held: Attachment | None = None,
    ) -> None:
        self.found.append(Segment(path, text, kind, place.context, place.location, editable, held))


def _is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two values are the same, with the types of all numbers and the order of all members."""
    try:
        return one == other and marshal.dumps(one, 0) == marshal.dumps(other, 0)
    except ValueError:  # a number that must keep its spelling
        return False


def _media_type(value: dict[str, Any]) -> str:
    return next((value[name] for name in _MEDIA_TYPES if value.get(name).__class__ is str), "")


def _identifies(value: Any) -> bool:
    """Tell whether a number has digits enough to identify anybody; nothing, true and false don't."""
    if value is None or value.__class__ is bool or (value.__class__ is int and -_SIX_DIGITS < value < _SIX_DIGITS):
        return False
    if value.__class__ is float and value in USUAL:
        return False
    source = value.source if isinstance(value, Spelled) else repr(value)
    if len(source) < _DIGITS and "e" not in source and "E" not in source:
        return False
    text = _spelling(value)
    return len(text) >= _DIGITS and sum(map(str.isdigit, text)) >= _DIGITS


def _spelling(value: float | Spelled) -> str:
    """Return the digits that a number stands for: exponents written out, no fraction of zeros behind a whole one."""
    source = value.source if isinstance(value, Spelled) else repr(value)
    _, mark, exponent = source.lower().partition("e")
    if mark and len(exponent.lstrip("+-0")) <= _EXPONENT_DIGITS:
        source = format(Decimal(source), "f")
    whole, point, fraction = source.partition(".")
    return whole if point and not fraction.strip("0") else source


def _spelled(items: list[Any]) -> str:
    """Return the text that integers spell, as UTF-8 bytes or as code points; empty if they are neither."""
    if any(item.__class__ is not int for item in items):
        return ""
    low, high = min(items), max(items)
    if low < 0 or high > _MAX_CODE_POINT:
        return ""
    if high <= 0xFF:  # noqa: PLR2004
        try:
            return bytes(items).decode()
        except UnicodeDecodeError:
            pass
    return "".join(map(chr, items)).encode(errors="ignore").decode()
