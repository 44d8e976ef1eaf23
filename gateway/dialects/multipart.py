"""Multipart forms (RFC 7578 over RFC 2046), as uploads of files and recordings come: read strictly, written anew.

Decisions kept here:

* **One reading.** Two parsers differ on boundaries with a bare line feed, on white space behind a boundary, on escapes
  in a name, on a header that comes twice. All of these are refused, as `strict_json` refuses a key that comes twice: a
  part that the gateway overlooks and the upstream sees would leak.
* The boundary must stand nowhere but where it delimits, in any form, so that no other parser can cut elsewhere.
* **The boundary is taken from the body's first line**, so that bytes alone say what they mean: the send gate reads
  outgoing bytes anew, without headers. Who serves HTTP compares it with the header (`boundary_of`), and whoever sends
  writes the header from the bytes (`content_type`).
* Only the headers that clients write are taken, and of them only the meaning goes out again: a header's own spelling
  is not forwarded where a form is rebuilt.
* Bounded in parts and in the length of a part's head; the body's length is bounded before it gets here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.core.errors import InvalidRequest

__all__ = ["Form", "Part", "boundary_of", "content_type", "read_form", "write_form"]

MAX_PARTS: Final = 256
_MAX_HEAD: Final = 2048
"""Bytes of a part's headers: a name, a file name and a media type."""
_FIRST: Final = re.compile(rb"--([A-Za-z0-9'()+_,./:=?-]{1,70})\r\n")
"""RFC 2046, 5.1.1, without the space that no client uses."""
_HEADER_BOUNDARY: Final = re.compile(
    r'multipart/form-data[ \t]*;[ \t]*boundary=(?:"([A-Za-z0-9\'()+_,./:=?-]{1,70})"|([A-Za-z0-9\'+_.-]{1,70}))',
    re.IGNORECASE,
)
_DISPOSITION: Final = re.compile(
    r"form-data((?:[ \t]*;[ \t]*[a-z]+=(?:\"[^\"\\]*\"|[!#-'*-.0-9A-Z^-~]+))+)", re.IGNORECASE
)
_PARAMETER: Final = re.compile(r";[ \t]*([a-z]+)=(?:\"([^\"\\]*)\"|([!#-'*-.0-9A-Z^-~]+))", re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}(?:[ \t]*;[ \t]*charset=\"?[\w.:-]{1,40}\"?)?")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TRANSFER: Final = frozenset({"binary", "8bit", "7bit"})


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form.

    Attributes:
        name: the field's name.
        content: its bytes.
        filename: the file's name as the client told it; None: the field is no file.
        media_type: what the client says the content is; empty: it does not say.
    """

    name: str = field(repr=False)
    content: bytes = field(repr=False)
    filename: str | None = field(default=None, repr=False)
    media_type: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """A form and the bytes it was read from."""

    raw: bytes = field(repr=False)
    boundary: str = field(repr=False)
    parts: tuple[Part, ...]

    def named(self, name: str) -> tuple[Part, ...]:
        """Return the fields of that name, in order."""
        return tuple(part for part in self.parts if part.name == name)


def boundary_of(header: str) -> str:
    """Return the boundary that a `content-type` header names.

    Raises:
        InvalidRequest: with status 415, if it is not `multipart/form-data` with a boundary and nothing else.
    """
    found = _HEADER_BOUNDARY.fullmatch(header.strip())
    if found is None:
        raise InvalidRequest(
            "This endpoint takes content-type multipart/form-data with a boundary.",
            status=415,
            code="unsupported_content_type",
        )
    return found[1] or found[2]


def content_type(body: bytes) -> str:
    """Return the `content-type` header that belongs to a form's bytes.

    Raises:
        InvalidRequest: if they do not begin with a boundary.
    """
    return f'multipart/form-data; boundary="{_boundary(body)}"'


def read_form(body: bytes) -> Form:
    """Return the form that `body` strictly holds.

    Raises:
        InvalidRequest: saying what is wrong, without anything of the body.
    """
    boundary = _boundary(body)
    mark = b"--" + boundary.encode("ascii")
    pieces = body.split(b"\r\n" + mark)
    end = pieces.pop()
    if end not in {b"--\r\n", b"--"}:
        raise _bad("does not end with its closing boundary")
    if not pieces or len(pieces) > MAX_PARTS:
        raise _bad(f"has no part, or more than {MAX_PARTS}")
    if body.count(mark) != len(pieces) + 1:
        raise _bad("holds its boundary where none delimits")
    pieces[0] = pieces[0][len(mark) :]
    return Form(body, boundary, tuple(_part(piece, f"part {ordinal}") for ordinal, piece in enumerate(pieces)))


def write_form(form: Form, changes: Mapping[int, Part]) -> bytes:
    """Return the bytes of `form` with the parts at some indexes replaced; no change: the very bytes that came in.

    Raises:
        InvalidRequest: if a new part cannot be written so that it reads back as itself.
    """
    if not changes:
        return form.raw
    parts = tuple(changes.get(index, part) for index, part in enumerate(form.parts))
    mark = b"--" + form.boundary.encode("ascii")
    body = b"".join(mark + _head(part) + part.content + b"\r\n" for part in parts) + mark + b"--\r\n"
    if read_form(body).parts != parts:
        raise _bad("cannot be written with its changes")
    return body


def _boundary(body: bytes) -> str:
    found = _FIRST.match(body)
    if found is None:
        raise _bad("does not begin with a boundary")
    return found[1].decode("ascii")


def _part(piece: bytes, place: str) -> Part:
    """Return the part in what stands between two boundaries."""
    head, blank, content = piece.partition(b"\r\n\r\n")
    if not blank or not head.startswith(b"\r\n") or len(head) > _MAX_HEAD:
        raise _bad(f"{place}: its headers do not end, or are too long")
    headers: dict[str, str] = {}
    for line in head[2:].split(b"\r\n"):
        try:
            name, colon, value = line.decode().partition(":")
        except UnicodeDecodeError:
            raise _bad(f"{place}: a header is not UTF-8") from None
        name = name.lower()
        if not colon or name in headers or _CONTROL.search(value):
            raise _bad(f"{place}: a header is malformed or comes twice")
        headers[name] = value.strip(" \t")
    name, filename = _disposition(headers.pop("content-disposition", ""), place)
    media_type = headers.pop("content-type", "")
    if media_type and not _MEDIA_TYPE.fullmatch(media_type):
        raise _bad(f"{place}: its content-type is malformed")
    if headers.pop("content-transfer-encoding", "binary").lower() not in _TRANSFER:
        raise _bad(f"{place}: its content is encoded")
    if headers.pop("content-length", str(len(content))) != str(len(content)):
        raise _bad(f"{place}: its content-length is wrong")
    if headers:
        raise _bad(f"{place}: it has a header besides content-disposition and content-type")
    return Part(name, content, filename, media_type)


def _disposition(value: str, place: str) -> tuple[str, str | None]:
    whole = _DISPOSITION.fullmatch(value)
    told: dict[str, str] = {}
    for key, quoted, token in _PARAMETER.findall(whole[1]) if whole else ():
        if key.lower() in told:
            raise _bad(f"{place}: its content-disposition says something twice")
        told[key.lower()] = quoted or token
    name, filename = told.pop("name", ""), told.pop("filename", None)
    if not name or told:
        raise _bad(f"{place}: its content-disposition is not form-data with a name")
    return name, filename


def _head(part: Part) -> bytes:
    told = f'\r\ncontent-disposition: form-data; name="{part.name}"'
    if part.filename is not None:
        told += f'; filename="{part.filename}"'
    if part.media_type:
        told += f"\r\ncontent-type: {part.media_type}"
    return f"{told}\r\n\r\n".encode()


def _bad(problem: str) -> InvalidRequest:
    return InvalidRequest(f"The form {problem}.", code="malformed_form")
