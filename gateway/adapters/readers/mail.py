"""Reads e-mail (RFC 5322, MIME) by the standard library, beside its source.

Decisions kept here:

* Every part is decoded and read as a file of its own, whatever its disposition; a message in a message likewise.
* Headers are read decoded (RFC 2047), and their parameters, such as the names of attachments (RFC 2231).
* A message that the library finds defects in counts as unread besides: other programs may cut it up in another way. So
  does one that tells of an encoding in a way that the library does not know, or where it sees no header: in a second
  message behind the first, as mail folders (mbox) have them.
* The library's old policy parses it (`compat32`, which holds where none is named): the new one takes headers apart by a
  grammar, which hostile ones make slow, and which is slow to import. Parts are counted before, and a message of very
  many is not taken apart at all.
"""

from __future__ import annotations

import re
from email import message_from_bytes, message_from_string
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Final

from gateway.core.files import Content, Files, Passage, Unread

__all__ = ["encoded_blocks", "is_mail", "read_mail"]

_FIRST: Final = re.compile(r"(?:From \S[^\n]*\n)?[!-9;-~]{1,60}:")
_HEADERS: Final = re.compile(
    r"^(?:MIME-Version|Content-Type|Content-Transfer-Encoding|Received|Message-ID):", re.IGNORECASE | re.MULTILINE
)
_BLOCK: Final = re.compile(r"^[A-Za-z0-9+/]{40,}\r?\n(?:[A-Za-z0-9+/]+={0,2}\r?\n)*", re.MULTILINE)
_MAX_BOUNDARIES: Final = 1000
"""Lines that may be boundaries, up to which a message is taken apart."""
_MAX_HEADER: Final = 20_000
_FIELD: Final = re.compile(rb"^[^\s:]{1,80}:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.MULTILINE)
_MAX_PARTS: Final = 200
_TRANSFER: Final = "content-transfer-encoding"
_TRANSFERS: Final = re.compile(rb"^content-transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)
_KNOWN_TRANSFERS: Final = frozenset({"7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode"})


def is_mail(source: str) -> bool:
    """Whether a text begins like a message, with headers of mail before its first empty line."""
    head = source.removeprefix("\ufeff").lstrip()
    if _FIRST.match(head) is None:
        return False
    return _HEADERS.search(head.replace("\r\n", "\n").partition("\n\n")[0]) is not None


def read_mail(data: bytes, files: Files) -> Content:
    """Return headers and parts of a message, each part read by its own reader."""
    if _too_many(data):
        return Content(unread=(Unread("parts"),))
    message = message_from_bytes(data.lstrip())
    passages: list[Passage] = []
    unread: list[Unread] = []
    told = 0
    defects = False
    for ordinal, part in enumerate(message.walk(), 1):
        place = f"part{ordinal}"
        if ordinal > _MAX_PARTS:
            unread.append(Unread(place))
            break
        transfers = [str(value).lower() for value in part.get_all(_TRANSFER, ())]
        told += len(transfers)
        defects |= len(transfers) > 1 or not _KNOWN_TRANSFERS.issuperset(transfers)
        headers = _headers(part)
        if headers:
            passages.append(Passage(f"{place}.headers", headers))
        if part.is_multipart():
            defects |= bool(part.defects)
            continue
        payload = part.get_payload(decode=True)
        defects |= bool(part.defects)  # decoding finds some
        if not isinstance(payload, bytes):
            unread.append(Unread(place))
            continue
        inside = files.read(_transcoded(part, payload), place, part.get_content_type())
        passages += inside.passages
        unread += inside.unread
    if defects or len(_TRANSFERS.findall(data.replace(b"\r", b"\n"))) > told:
        unread.append(Unread("defects"))
    return Content(tuple(passages), tuple(unread))


def encoded_blocks(source: str) -> list[tuple[int, int]]:
    """Return where the base64 of parts stands in a message, which `read_mail` reads decoded."""
    if _too_many(source.encode("utf-8", "surrogatepass")):
        return []
    message = message_from_string(source)
    raw = {"".join(str(part.get_payload()).split()) for part in message.walk() if not part.is_multipart()}
    found = (match.span() for match in _BLOCK.finditer(source))
    return [(start, end) for start, end in found if "".join(source[start:end].split()) in raw]


def _too_many(data: bytes) -> bool:
    """Whether there are so many parts, or so long headers, that taking them apart could take long."""
    return data.count(b"\n--") + data.count(b"\r--") > _MAX_BOUNDARIES or any(
        field.end() - field.start() > _MAX_HEADER for field in _FIELD.finditer(data)
    )


def _headers(part: Message) -> str:
    lines = [f"{name}: {_header(str(value))}" for name, value in part.items()]
    for header in ("content-type", "content-disposition"):
        parameters = part.get_params((), header)
        lines += (f"{name}: {collapse_rfc2231_value(value)}" for name, value in parameters if value)
    return "\n".join(lines)


def _header(value: str) -> str:
    """Return a header decoded; one that cannot be stays as it is, and is read so."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
        return "".join(
            piece if isinstance(piece, str) else piece.decode(charset or "ascii", "replace")
            for piece, charset in pieces
        )
    except (HeaderParseError, LookupError, ValueError):
        return value


def _transcoded(part: Message, payload: bytes) -> bytes:
    """Return a text part as UTF-8; what cannot be is left to its reader, which then refuses it."""
    charset = part.get_content_charset()
    if charset is None or part.get_content_maintype() != "text":
        return payload
    try:
        return payload.decode(charset).encode()
    except (LookupError, UnicodeError):
        return b"\x00"
