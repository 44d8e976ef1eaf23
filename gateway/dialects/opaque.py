"""Tells what can be read from what cannot: `data:` URLs, remote addresses, base64.

Decisions kept here:

* A field for binary content is not believed: if what stands in it is not base64 of something binary, it is text and
  is scanned, so that a sentence in an `image` field does not pass as an image.
* A long base64 leaf at a place where nothing opaque is expected is unreadable all the same (`binary`).
* Nothing is fetched and nothing is unpacked here; a `data:` URL (RFC 2397) of a textual media type is decoded.
"""

from __future__ import annotations

import base64
import codecs
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from gateway.dialects.structure import Opaque

__all__ = ["Reading", "plain", "read_leaf"]

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]++(?:[\r\n]++[A-Za-z0-9+/_-]++)*+={0,2}\s*+")
_SUSPECT: Final = 256
"""Characters from which an unexpected base64 leaf counts as binary content; keys and hashes are shorter."""
_SHORT: Final = 64
"""Characters below which a leaf is read as text whatever it may be: reading it costs nothing."""
_PROBE: Final = 1024
"""Characters of base64 that are decoded to see whether they hold text."""
_HEAD: Final = 64
"""Characters within which a `data:` URL begins."""
_OPEN: Final = "{[ \t\n\r"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_DATA_URL = re.compile(r"\s*data:([^,]{0,1000}),", re.IGNORECASE)
_REMOTE = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]{0,30}:")
_TEXTUAL = re.compile(r"text/|application/(?:json|xml|javascript|yaml|x-yaml|sql)\b|\w[\w.-]*/[\w.-]+\+(?:json|xml)\b")
_PLAIN_PARAMETER = re.compile(r"base64|charset=[\w-]{1,20}", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[\w.+-]{1,80}", re.IGNORECASE)
_KINDS = {"image": Opaque.IMAGE, "audio": Opaque.AUDIO, "video": Opaque.VIDEO}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a leaf holds.

    Attributes:
        text: what is to be scanned; empty if nothing is.
        kind: what cannot be read, or None.
        editable: whether `text` is the leaf itself, so that it may be replaced.
    """

    text: str = field(repr=False)
    kind: Opaque | None
    editable: bool = True


def plain(value: str) -> bool:
    """Return whether `value`, not empty, is surely text and nothing else: no JSON, no `data:` URL, no base64."""
    head = value[:_HEAD]
    return head[0] not in _OPEN and ":" not in head and (" " in head or len(value) < _SUSPECT)


def read_leaf(value: str, kind: Opaque | None) -> Reading:
    """Return what can be read of `value` and what cannot.

    Args:
        value: a string leaf.
        kind: what the API says is in this leaf; None where it says nothing.
    """
    head = _DATA_URL.match(value) if "data:" in value[:_HEAD].lower() else None
    if head:
        return _data_url(head[1], value, head.end())
    if kind is None:
        if len(value) >= _SUSPECT and _is_binary(value):
            return Reading(value, Opaque.BINARY)
        return Reading(value, None)
    if kind in (Opaque.IMAGE, Opaque.AUDIO, Opaque.VIDEO, Opaque.FILE) and _REMOTE.match(value):
        return Reading(value, Opaque.REMOTE)
    if _is_binary(value):
        return Reading("", kind)
    decoded = _decoded(value) if len(value) >= _SHORT else None
    return Reading(decoded or value, kind, editable=decoded is None)


def _data_url(head: str, value: str, start: int) -> Reading:
    media_type, *parameters = (part.strip() for part in head.split(";"))
    told = [part for part in parameters if not _PLAIN_PARAMETER.fullmatch(part)]
    if media_type and not _MEDIA_TYPE.fullmatch(media_type):
        told.append(media_type)
    in_base64 = any(part.lower() == "base64" for part in parameters)
    data = value[start:]
    content: str | None = data
    if in_base64:
        content = (_decoded(data) or data) if not _is_binary(data) else None
    if not in_base64 and "%" in data:
        content = unquote(data)
    kind: Opaque | None = _KINDS.get(media_type.partition("/")[0].lower(), Opaque.FILE)
    if content is not None and (not media_type or _TEXTUAL.match(media_type.lower())):
        kind = None
    text = "\n".join([*map(unquote, told), *([content] if content else [])])
    return Reading(text, kind, editable=False)


def _is_binary(value: str) -> bool:
    """Return whether `value` is base64 of something that is not text."""
    if len(value) < _SHORT or " " in value[:_SUSPECT] or not _BASE64.fullmatch(value):
        return False
    return _decoded(value[:_PROBE], whole=len(value) <= _PROBE) is None


def _decoded(value: str, *, whole: bool = True) -> str | None:
    """Return the text that `value` is base64 of, or None. Of a part, what is cut at its end is left out."""
    compact = "".join(value.split()).rstrip("=").replace("-", "+").replace("_", "/")
    compact = compact + "=" * (-len(compact) % 4) if whole else compact[: len(compact) // 4 * 4]
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(base64.b64decode(compact, validate=True), final=whole)
    except ValueError:
        return None
    return None if _CONTROL.search(text) else text
