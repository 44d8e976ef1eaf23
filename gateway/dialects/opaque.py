"""Tells what can be read from what cannot: `data:` URLs, remote addresses, base64.

Decisions kept here:

* A field for binary content is not believed: if what stands in it is not base64 of something binary, it is text and
  is scanned, so that a sentence in an `image` field does not pass as an image.
* A long base64 leaf at a place where nothing opaque is expected is unreadable all the same (`binary`).
* Nothing is fetched and nothing is unpacked here; a `data:` URL (RFC 2397) of a textual media type is decoded.
* What holds a file says so (`wrapped`), and `unwrap` gives its bytes. It is strict: two alphabets in one base64, a
  character that a lenient decoder would drop, a parameter of a `data:` URL that nobody knows, and the leaf stays
  unread, because the upstream might get other bytes out of it than the reader got.
"""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Final
from urllib.parse import quote, unquote, unquote_to_bytes

from gateway.core.light import light
from gateway.dialects.structure import Opaque

__all__ = ["Reading", "essence_of", "media_type_of", "plain", "read_leaf", "rewrap", "unwrap"]

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
_TELLS_TYPE: Final = ("media_type", "mimeType", "mediaType")
_FILES: Final = frozenset({Opaque.IMAGE, Opaque.AUDIO, Opaque.VIDEO, Opaque.FILE})
"""What may be opened. An id or an encrypted item may look like base64 of a text, and is none."""
_UTF_8: Final = frozenset({"utf-8", "utf8"})
_LIKE_ASCII: Final = _UTF_8 | {"us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252"}
_KINDS = {"image": Opaque.IMAGE, "audio": Opaque.AUDIO, "video": Opaque.VIDEO}


@light(frozen=True, slots=True)
class Reading:
    """What a leaf holds.

    Attributes:
        text: what is to be scanned; empty if nothing is.
        kind: what cannot be read, or None.
        editable: whether `text` is the leaf itself, so that it may be replaced.
        wrapped: whether the leaf holds a file that `unwrap` takes out.
        covered: whether `text` says nothing that the file does not hold.
    """

    text: str = field(repr=False)
    kind: Opaque | None
    editable: bool = True
    wrapped: bool = False
    covered: bool = False


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
    file = kind in _FILES
    head = _DATA_URL.match(value) if "data:" in value[:_HEAD].lower() and (file or kind is None) else None
    if head:
        return _data_url(head[1], value, head.end())
    if kind is None:
        if len(value) >= _SUSPECT and _is_binary(value):
            return Reading(value, Opaque.BINARY, wrapped=True, covered=True)
        return Reading(value, None)
    if file and _REMOTE.match(value):
        return Reading(value, Opaque.REMOTE)
    if _is_binary(value):
        return Reading("", kind, wrapped=file)
    decoded = _decoded(value) if len(value) >= _SHORT else None
    wrapped = file and (decoded is not None or _BASE64.fullmatch(value) is not None)
    return Reading(decoded or value, kind, editable=decoded is None, wrapped=wrapped, covered=decoded is not None)


def unwrap(source: str) -> tuple[bytes, str] | None:
    """Return the bytes that a leaf holds and the media type that it tells; None if that is not certain."""
    head = _DATA_URL.match(source) if "data:" in source[:_HEAD].lower() else None
    if head is None:
        data = _raw(source)
        return None if data is None else (data, "")
    media_type, *parameters = (part.strip() for part in head[1].split(";"))
    if media_type and not _MEDIA_TYPE.fullmatch(media_type):
        return None
    if not all(_PLAIN_PARAMETER.fullmatch(part) for part in parameters):
        return None
    data = _raw(unquote(source[head.end() :])) if _in_base64(parameters) else unquote_to_bytes(source[head.end() :])
    if data is not None and not _charset_is_ours(parameters, ascii_only=data.isascii()):
        return None
    return None if data is None else (data, media_type.lower() or "text/plain")


def rewrap(source: str, data: bytes) -> str:
    """Return a leaf that holds `data` in the way that `source` holds its file."""
    head = _DATA_URL.match(source) if "data:" in source[:_HEAD].lower() else None
    encoded = base64.b64encode(data).decode("ascii")
    if head is not None:
        return source[: head.end()] + (encoded if _in_base64(head[1].split(";")) else quote(data))
    urlsafe = "-" in source or "_" in source
    return encoded.replace("+", "-").replace("/", "_") if urlsafe else encoded


def essence_of(media_type: str) -> str | None:
    """Return a media type without its parameters; None if one of them names a character set that is not like ASCII."""
    essence, *parameters = media_type.lower().split(";")
    return essence.strip() if _charset_is_ours(parameters, ascii_only=True) else None


def media_type_of(value: Mapping[str, object]) -> str:
    """Return the media type that an object tells of its content; empty: none."""
    return next((told for name in _TELLS_TYPE if isinstance(told := value.get(name), str)), "")


def _charset_is_ours(parameters: list[str], *, ascii_only: bool) -> bool:
    """Whether whoever reads by the character set that is told reads the same as by UTF-8."""
    told = {part.strip().lower().partition("=")[2].strip('" ') for part in parameters if "charset" in part.lower()}
    return told <= (_LIKE_ASCII if ascii_only else _UTF_8)


def _in_base64(parameters: list[str]) -> bool:
    return any(part.strip().lower() == "base64" for part in parameters)


def _raw(text: str) -> bytes | None:
    """Return the bytes that `text` is base64 of, in one of the two alphabets (RFC 4648); None if it is not."""
    compact = "".join(text.split())
    body = compact.rstrip("=")
    if ("-" in body or "_" in body) and ("+" in body or "/" in body):
        return None
    body = body.replace("-", "+").replace("_", "/")
    if len(compact) - len(body) not in {0, -len(body) % 4}:
        return None
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except ValueError:
        return None


def _data_url(head: str, value: str, start: int) -> Reading:
    media_type, *parameters = (part.strip() for part in head.split(";"))
    told = [part for part in parameters if not _PLAIN_PARAMETER.fullmatch(part)]
    if media_type and not _MEDIA_TYPE.fullmatch(media_type):
        told.append(media_type)
    data = unquote(value[start:]) if "%" in value[start:] else value[start:]
    certain = True
    content: str | None = data
    if _in_base64(parameters):
        content = _decoded(data)
        certain = content is not None
        if content is None and not _BASE64.fullmatch(data):
            content = data
    kind: Opaque | None = _KINDS.get(media_type.partition("/")[0].lower(), Opaque.FILE)
    certain &= content is not None and _charset_is_ours(parameters, ascii_only=content.isascii())
    if certain and (not media_type or _TEXTUAL.match(media_type.lower())):
        kind = None
    text = "\n".join([*map(unquote, told), *([content] if content else [])])
    return Reading(text, kind, editable=False, wrapped=not told, covered=certain)


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
