r"""Links and images in an answer whose address carries data out, as a planted instruction makes a model write them.

Decisions kept here:

* An address that stood in the request just so is no way out: it takes nothing along that was not in it before.
* Looked for in the host's labels, path, query and fragment, as they stand and decoded (entities, percent twice, base64,
  base32, hex, backwards): a private value of the request, a surrogate, a piece of the request's text, and whatever the
  recognizers find. A long code in an image's address that nobody can read counts, too, for an image loads by itself.
* Bounded: pieces of an address, decodings of a piece, and the length up to which an address is looked through; a
  longer one counts as carrying.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from html import unescape
from typing import Final, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from gateway.transforms.requested import Requested, squeezed
from gateway.transforms.stretch import word_start
from gateway.transforms.urls import COLON_ENTITY, DOMAIN, STROKE_ENTITY

__all__ = ["MAX_ADDRESS", "Link", "carries", "find_links", "has_link_sign"]

MAX_ADDRESS: Final = 1500
"""Shorter than what a stream holds back, so that an address that was cut off there counts as carrying."""
_REST: Final = r"(?:[^\s\"`<>]|<[A-Za-z][A-Za-z0-9_]{1,60}>){0,4096}"
"""The rest of an address; a surrogate may stand in it."""
_LETTER: Final = r"(?:\\[^\t-\r\ ]|[^\t-\r\ ()\\]|\\)"
"""Of a destination, whose brackets are escaped or in pairs."""
_ANGLE: Final = r"(?:\\.|[^<>\n\\]|<\w{1,60}>){1,4096}"
_LINK: Final = re.compile(
    rf"""
      (?:!\[[^\]\n]{{0,200}})?\]\(\s{{0,8}}(?:
          <(?P<angle>{_ANGLE})
        | (?P<dest>(?![\s>])(?:{_LETTER}|\((?:{_LETTER}|\({_LETTER}*+\))*+\)|\(){{1,4096}}+)
      )
    | \]:[\s>]{{0,8}}<(?P<defined>{_ANGLE})
    | (?<![\w@.-])
      (?P<address>
          (?:[a-z][a-z0-9+.-]{{0,30}}(?::|{COLON_ENTITY}))?(?:[/\\]|{STROKE_ENTITY}){{2}}(?=[^\s/\\"'`>]){_REST}
        | (?:www\d{{0,3}}\.|{DOMAIN}){_REST}
      )
    | <[a-z]{{1,20}}\s(?:[^<]|<\w{{1,60}}>){{0,400}}?
      (?:src|href|srcset|action|background|poster|data|cite)\s{{0,3}}=\s{{0,3}}
      (?:"(?P<double>[^"]{{1,4096}})|'(?P<single>[^']{{1,4096}})|(?P<plain>[^\s"'<>]{{1,4096}}))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_STROKES: Final = re.compile(r"[/\\]{2}")
_CODED: Final = re.compile(rf"(?:[/\\]|{STROKE_ENTITY}){{2}}", re.IGNORECASE)
_WWW: Final = re.compile(r"\bwww", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"\.(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{1,59})(?::\d{1,5})?[/?#]", re.IGNORECASE)
_TAG: Final = re.compile(r"<[a-z]{1,20}\s", re.IGNORECASE)
_IN_ADDRESSES: Final = re.compile(r"[/\\?#Ww&]\S*+")
"""From the first character on that stands in every address outside brackets and tags, to the end of its word."""
_ADDRESSES: Final = ("address", "angle", "defined", "dest", "double", "plain", "single")
_PIECES: Final = re.compile(r"[/\\?#&=;@:.,|]+")
_TELLTALE: Final = re.compile(r"[0-9@<\s_]")
"""What a name or number in a plain address would have; an address of bare words is looked through by words alone."""
_MAX_PIECES: Final = 64
_CODE: Final = re.compile(r"[A-Za-z0-9+_=-]{40,}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){6,}")
_BASE32: Final = re.compile(r"[A-Za-z2-7]{16,}={0,6}")
_QUOTED_LENGTH: Final = 24
"""Letters and digits of the request's text in an address from which it counts as a piece of it, where it stands."""
_DECODED_LENGTH: Final = 8
"""The same, where it was encoded: nobody encodes without a reason."""
_TRAILING: Final = ".,;:!?)]}*_'\""


class Link(NamedTuple):
    """An address in a text: where it stands, and whether it loads without being asked to."""

    start: int
    end: int
    loads: bool


def has_link_sign(text: str) -> bool:
    """Return whether `text` has what stands in every link; one by one, each behind what is found at a glance."""
    return (
        "](" in text
        or (("/" in text or "\\" in text) and _STROKES.search(text) is not None)
        or ("&" in text and _CODED.search(text) is not None)
        or ("www" in text.lower() and _WWW.search(text) is not None)
        or _DOMAIN.search(text) is not None
        or _TAG.search(text) is not None
        or ("]:" in text and "<" in text)
    )


def find_links(text: str) -> list[Link]:
    """Return the addresses in `text`, in order."""
    links: list[Link] = []
    if not has_link_sign(text):
        return links
    for match in (match for start, end in _parts(text) for match in _LINK.finditer(text, start, end)):
        name = next(name for name in _ADDRESSES if match[name] is not None)
        start, end = match.span(name)
        if name == "address":
            end = start + len(_trimmed(match[name]))
        loads = match[0].startswith(("!", "<"))
        if end > start:
            links.append(Link(start, end, loads))
    return links


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Yield where links may stand: an address outside brackets and tags has no white space in it, so its word does."""
    if "](" in text or "]:" in text or _TAG.search(text) is not None:
        yield 0, len(text)
        return
    behind = 0
    for match in _IN_ADDRESSES.finditer(text):
        yield word_start(text, behind, match.start()), match.end()
        behind = match.end()


def carries(address: str, requested: Requested, finds: Callable[[str], bool], *, loads: bool) -> bool:
    """Return whether `address` carries data out.

    Args:
        address: as it stands in the answer, surrogates not restored.
        requested: what the request said.
        finds: whether recognizers find something private, or a surrogate, in a text.
        loads: whether it loads without being asked to.
    """
    if requested.has(address):
        return False
    if len(address) > MAX_ADDRESS:
        return True
    plain = unquote(unquote(unescape(address)))
    if not plain.isascii():
        plain = normalize("NFKC", plain)
    if (
        (_TELLTALE.search(plain) and finds(plain))
        or _tells(plain, requested, _QUOTED_LENGTH)
        or _tells(_labels(plain), requested, _QUOTED_LENGTH)
    ):
        return True
    pieces = [piece for piece in _PIECES.split(plain) if piece][:_MAX_PIECES]
    for piece in (*pieces, *_long(plain)):
        for decoded in _decoded(piece):
            if _tells(decoded, requested, _DECODED_LENGTH) or finds(decoded):
                return True
    return loads and any(_is_code(piece) and not requested.has(piece) for piece in pieces)


def _trimmed(address: str) -> str:
    """Return `address` without what a sentence or Markdown put behind it."""
    bare = address.rstrip(_TRAILING)
    return address[: len(bare) + 1] if "(" in bare and address[len(bare) :].startswith(")") else bare


def _labels(address: str) -> str:
    """Return the host's labels joined, where a value may be spread over several."""
    return re.sub(r"^[^/\\]*[/\\]{2}", "", address).partition("/")[0].replace(".", "")


def _tells(text: str, requested: Requested, length: int) -> bool:
    """Return whether `text` holds a private value of the request, or is a piece of what it said."""
    plain = squeezed(text)
    if any(value in plain or value in plain[::-1] for value in requested.values):
        return True
    if len(plain) < length:
        return False
    step = max(1, length // 2)
    return any(
        requested.says(plain[at : at + length]) for at in range(0, min(len(plain), MAX_ADDRESS) - length + 1, step)
    )


def _long(address: str) -> Iterator[str]:
    """Yield runs that a code may be though a stroke is one of its letters."""
    for match in _BASE64.finditer(address):
        if "/" in match[0]:
            yield match[0]


def _decoded(piece: str) -> Iterator[str]:
    """Yield what `piece` may be a code of, as text."""
    if _HEX.fullmatch(piece):
        yield from _text(bytes.fromhex(piece))
    if _BASE64.fullmatch(piece):
        compact = piece.rstrip("=").replace("-", "+").replace("_", "/")
        with suppress(binascii.Error, ValueError):
            yield from _text(base64.b64decode(compact[: len(compact) - (len(compact) % 4 == 1)] + "=="))
    if _BASE32.fullmatch(piece):
        compact = piece.rstrip("=").upper()
        with suppress(binascii.Error, ValueError):
            yield from _text(base64.b32decode(compact + "=" * (-len(compact) % 8)))


def _text(data: bytes) -> Iterator[str]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    if text.isprintable() or "\n" in text:
        yield text


def _is_code(piece: str) -> bool:
    """Return whether `piece` is a long code rather than words with joints."""
    return _CODE.fullmatch(piece) is not None and any(map(str.isdigit, piece)) and piece.count("-") < len(piece) // 8
