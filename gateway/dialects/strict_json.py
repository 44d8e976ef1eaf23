"""Strict JSON: what the gateway reads must be what the upstream reads.

Decisions kept here:

* Anything that two parsers could read in two ways is refused (RFC 8259, I-JSON RFC 7493): duplicate keys, `NaN` and
  `Infinity`, numbers beyond a double, lone surrogates, a byte order mark, another encoding than UTF-8. A gateway that
  scans one reading while the upstream acts on the other would leak.
* The standard library's C scanner does the work. Depth is bounded by it first (it raises before the stack ends), then
  by `MAX_DEPTH`; the walk over the value that this takes is left out when there are too few brackets to be too deep.
* Messages and exceptions hold positions, never text: the parser's own error, which carries the whole document, is
  dropped before ours is raised, so that it is not even an exception's context (invariant 4).
* A float that Python would spell differently keeps its source (`Spelled`), so that detection sees the very digits.
"""

from __future__ import annotations

import json
import marshal
import math
import re
from typing import Any, NoReturn

import msgspec

from gateway.core.errors import InvalidRequest

__all__ = ["MAX_DEPTH", "USUAL", "NotStrict", "Spelled", "dumps", "loads", "parse", "quote", "same"]

MAX_DEPTH = 128
"""Containers in containers; the deepest request of a real client seen so far has fewer than 20."""

_LONE = re.compile(r"\\u[dD][89a-fA-F]")
_BOM = b"\xef\xbb\xbf"
_OPENING = frozenset("{[")
_CLOSING = frozenset("}]")
_USUAL = {repr(hundredths / 100): hundredths / 100 for hundredths in range(201)}
"""What a temperature or a share mostly is: to spell a number again, and compare, takes ten times as long."""
USUAL = frozenset(_USUAL.values())
"""These, none of which has more than three digits."""


class NotStrict(ValueError):
    """A text that is not strictly JSON; the message says why, without any of the text."""


class Spelled(float):
    """A float whose shortest spelling is not the one that was sent."""

    __slots__ = ("source",)
    source: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise NotStrict("an object has the same key twice")
    return value


def _float(source: str) -> float:
    usual = _USUAL.get(source)
    if usual is not None:
        return usual
    value = float(source)
    if not math.isfinite(value):
        raise NotStrict("a number is too large")
    if float.__repr__(value) == source:
        return value
    spelled = Spelled(value)
    spelled.source = source
    return spelled


def _constant(_name: str) -> NoReturn:
    raise NotStrict("NaN and Infinity are not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_QUICK = msgspec.json.Encoder()


def parse(text: str, *, max_depth: int = MAX_DEPTH) -> Any:
    """Return the JSON value that `text` strictly holds, of any type.

    Args:
        text: JSON source.
        max_depth: how many containers may stand in each other.

    Raises:
        NotStrict: if it is malformed, ambiguous or too deep.
    """
    try:
        value = _decoded(text)
    except NotStrict:
        raise
    except json.JSONDecodeError as error:
        problem = f"not valid JSON (line {error.lineno}, column {error.colno})"
    except RecursionError:
        problem = "too deeply nested"
    except ValueError:  # an integer of more digits than Python converts
        problem = "a number has too many digits"
    else:
        if _opened(text, max_depth) > max_depth and _deeper_than(value, max_depth):
            raise NotStrict("too deeply nested")
        if "\\" in text and _LONE.search(text) and not _encodes(value):
            raise NotStrict("a string has half of a surrogate pair")
        return value
    raise NotStrict(problem)


def loads(body: bytes) -> dict[str, Any]:
    """Return the object that a request body strictly holds.

    Args:
        body: the bytes as they came; UTF-8 without a byte order mark.

    Raises:
        InvalidRequest: with status 400 and a message that says what is wrong and holds nothing of the body.
    """
    if not body.strip():
        raise InvalidRequest("The request body is empty: send a JSON object.")
    if body.startswith(_BOM):
        raise InvalidRequest("The request body starts with a byte order mark: send JSON as UTF-8 without one.")
    try:
        value = parse(body.decode())
    except UnicodeDecodeError as error:
        problem = f"not valid UTF-8 (byte {error.start})"
    except NotStrict as error:
        problem = str(error)
    else:
        if isinstance(value, dict):
            return value
        problem = "not a JSON object"
    raise InvalidRequest(f"The request body cannot be read: {problem}.")


def quote(text: str) -> str:
    """Return `text` as JSON source, in quotes, not escaped to ASCII."""
    try:
        return _QUICK.encode(text).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.encoder.encode_basestring(text)


def dumps(value: Any) -> bytes:
    """Return `value` as compact UTF-8 JSON, keys in their order.

    Half a surrogate pair (an upstream may split one over two pieces of a stream) is written as an escape.
    """
    text = _ENCODER.encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two parsed objects are the same, with the types of all numbers and the order of all members."""
    try:
        return one == other and marshal.dumps(one, 0) == marshal.dumps(other, 0)
    except ValueError:  # a number that must keep its spelling
        return False


def _decoded(text: str) -> Any:
    """Return what `text` holds; white space around it is left to `decode`, which looks for it with expressions."""
    if text[:1] in _OPENING and text[-1:] in _CLOSING:
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return value
    return _DECODER.decode(text)


def _opened(text: str, most: int) -> int:
    """Return how many containers `text` may open; not exactly, if there are more than `most`.

    To look for the next passes over what has no bracket as fast as memory is read; to count or to split does not.
    """
    opened = 0
    for bracket in "[{":
        place = text.find(bracket)
        while place >= 0 and opened <= most:
            opened += 1
            place = text.find(bracket, place + 1)
    return opened


def _encodes(value: Any) -> bool:
    try:
        _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _deeper_than(value: Any, limit: int) -> bool:
    """Return whether more than `limit` containers stand in each other; level by level, so nothing recurses."""
    level = [value]
    for _ in range(limit):
        level = [
            child
            for container in level
            for child in (container.values() if container.__class__ is dict else container)
            if child.__class__ is dict or child.__class__ is list
        ]
        if not level:
            return False
    return True
