r"""The walker: every leaf and key of a request that is not a word of the API becomes a segment (invariant 3).

Decisions kept here:

* One pass, in the order of the document. What is skipped is listed (`Structure`); all else is a segment: strings, the
  keys that the API's schema does not have, numbers of six digits and more, shorter ones whose key names a PIN, a
  password or the like, arrays of numbers.
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

from typing import Any, Final

from gateway.core.codes import is_short_secret, unwrapped
from gateway.core.files import Attachment
from gateway.core.model import KEY, OPAQUE, VALUE, Segment, SegmentKind
from gateway.core.protocols import Gap, Walked
from gateway.dialects.digits import DIGITS, spelled, spelling
from gateway.dialects.opaque import read_leaf
from gateway.dialects.strict_json import MAX_DEPTH, NotStrict, parse
from gateway.dialects.structure import Opaque, Structure
from gateway.dialects.walk import Place, Walk

__all__ = ["MAX_EMBEDDED", "embedded", "segments"]

MAX_EMBEDDED: Final = 4
"""JSON in strings in JSON in strings: agents nest tool results two deep; beyond this a string is raw text."""
_SPELLS: Final = 4
"""Integers that could spell a text worth scanning."""
_OPEN = "{[ \t\n\r"
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
    walk = _Leaves(structure, walked, gap)
    walk.other(value, None, Place("", "", (), ()))
    return walk.found


class _Leaves(Walk):
    """What leaves hold that are more than a text in a place of their own."""

    __slots__ = ()

    def text(self, value: str, kind: Opaque | None, place: Place) -> None:
        """Take a text: JSON is walked inside, what cannot be read is told; `kind`: what the API says is here."""
        if value[0] in _OPEN and kind in _READABLE and place.embedded < MAX_EMBEDDED:
            inner = embedded(value, max_depth=MAX_DEPTH - place.depth)
            if inner is not None:
                self.other(inner, None, place.inside())
                return
        reading = read_leaf(value, None if kind is _TOKENS else kind)
        held = Attachment(place.path, value, place.media_type, place.editable) if reading.wrapped else None
        if reading.text:
            covers = held if reading.covered else None
            self._add(place.path, reading.text, place, editable=reading.editable and place.editable, held=covers)
        if reading.kind is not None:
            self.unread(reading.kind, place, held)

    def number(self, value: float, place: Place) -> None:
        """Take a number that identifies somebody or opens something."""
        self._add(place.path, spelling(value), place, editable=place.free and place.editable)

    def numbers(self, items: list[Any], kind: Opaque | None, place: Place) -> None:
        """Take an array of numbers, and the text that they may spell."""
        joined = " ".join(map(spelling, items))
        told = place.context != () and is_short_secret(unwrapped(place.context))
        if told or len(items) >= DIGITS or sum(map(str.isdigit, joined)) >= DIGITS:
            self._add(place.path, joined, place, editable=False)
        if len(items) >= _SPELLS:
            text = spelled(items)
            if text:
                self._add(f"{place.path}#text", text, place, editable=False)
        if kind is _TOKENS:
            self.unread(kind, place)

    def unread(self, kind: Opaque, place: Place, held: Attachment | None = None) -> None:
        """Tell that what stands at `place` cannot be read."""
        self._add(f"{place.path}@", kind, place, kind=OPAQUE, editable=False, held=held)

    def long_key(self, key: str, path: str, place: Place) -> None:
        """Tell that a key of the object at `place` holds a file, if it does."""
        kind = read_leaf(key, None).kind
        if kind is not None:
            self._add(f"{path}#@", kind, place, kind=OPAQUE, editable=False)

    def short_keys(self, keys: list[str], place: Place) -> None:
        """Take keys of one object that are all of few digits, if together they have enough."""
        if sum(map(len, keys)) >= DIGITS:
            self._add(f"{place.path}#keys", " ".join(keys), place, kind=KEY, editable=False)

    def _add(
        self,
        path: str,
        text: str,
        place: Place,
        *,
        kind: SegmentKind = VALUE,
        editable: bool,
        held: Attachment | None = None,
    ) -> None:
        self.found.append(Segment(path, text, kind, place.context, place.location, editable, held))
