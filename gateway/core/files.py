"""Files inside requests: what a reader takes out of one, and the limits it works under.

Decisions kept here:

* A file's texts become segments like all others, so they are found in, judged, transformed and judged again at the
  send gate by the same code. A `place` names where in the file a text stands; it is made of the reader's own words and
  of numbers (`page3`, `entry2.cell14`), never of a sheet's or a file's name, so paths stay safe to log.
* What a reader could not read is told beside what it could (`Unread`), part by part, and stays a finding.
* An edit is a list of replaced spans, not a new text: a reader can put a span into the runs, cells and tags that the
  text was gathered from, and leave all else as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from gateway.core.errors import GatewayError

__all__ = [
    "Attachment",
    "Content",
    "FileLimits",
    "Files",
    "Passage",
    "Reader",
    "Replacement",
    "Unread",
    "Unreadable",
]

Replacement = tuple[int, int, str]
"""(start, end, new text) in code points of the text as it was read; in order, disjoint."""


class Unreadable(GatewayError):
    """A file cannot be read, or not within the limits. The message is made of constants."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as a string leaf of a request holds it.

    Attributes:
        path: the leaf's path.
        source: the leaf itself: base64, or a `data:` URL.
        media_type: what stands beside the leaf; a `data:` URL has its own.
        editable: whether the leaf may be replaced.
    """

    path: str
    source: str = field(repr=False)
    media_type: str = field(default="", repr=False)
    editable: bool = True


@dataclass(frozen=True, slots=True)
class Passage:
    """A text in a file.

    Attributes:
        place: where, in words of the reader: `[a-z0-9]+` joined by dots; unique in its file.
        text: what stands there, decoded.
        editable: whether spans of it may be replaced.
        prose: whether people wrote it; in a format's own words identifiers are looked for, and meaning is not.
    """

    place: str
    text: str = field(repr=False)
    editable: bool = False
    prose: bool = True


@dataclass(frozen=True, slots=True)
class Unread:
    """A part that could not be read. `kind` is a word of `core.uninspectable`; empty: as the whole file."""

    place: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader took out of a file.

    Attributes:
        passages: its texts.
        unread: the parts that it could not read; empty: all was read.
        clean: the same file without what need not go out (a picture's metadata); None: nothing to leave out.
    """

    passages: tuple[Passage, ...] = ()
    unread: tuple[Unread, ...] = ()
    clean: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What all files of one request may cost together.

    Attributes:
        bytes: unpacked, each level of an archive counted.
        characters: of all texts.
        files: files in files.
        depth: files in files in files.
        seconds: of reading.
    """

    bytes: int = 64 * 2**20
    characters: int = 2_000_000
    files: int = 1000
    depth: int = 6
    seconds: float = 20.0


class Files(Protocol):
    """What a reader gets for the files in its file."""

    def read(self, data: bytes, place: str, media_type: str = "") -> Content:
        """Return what is in a file inside, its places led by `place`. Never raises for what is wrong with the file."""
        ...

    def rewrite(self, data: bytes, edits: Mapping[str, Sequence[Replacement]]) -> bytes:
        """Return a file inside with spans replaced, by place as in its own content.

        Raises:
            TransformError: if that cannot be done without loss.
        """
        ...

    def spend(self, size: int) -> None:
        """Count bytes that are about to be unpacked, and look at the clock.

        Raises:
            Unreadable: if a limit is passed.
        """
        ...

    @property
    def seconds_left(self) -> float:
        """How long reading may still take; 0 or less: no longer."""
        ...

    @property
    def inside(self) -> bool:
        """Whether the file that is being read stands in another one."""
        ...


@runtime_checkable
class Reader(Protocol):
    """Reads one kind of file. Pure: the same bytes give the same content."""

    @property
    def name(self) -> str:
        """What it reads, in a word."""
        ...

    @property
    def kind(self) -> str:
        """What a part of this kind is that cannot be read: a word of `core.uninspectable`, such as `file`, `image`."""
        ...

    @property
    def media_types(self) -> tuple[str, ...]:
        """Media types under which such a file may be sent; `text/` and `+xml` stand for families."""
        ...

    def claims(self, data: bytes) -> bool:
        """Whether these bytes are of its kind, going by the bytes alone."""
        ...

    def read(self, data: bytes, media_type: str, files: Files) -> Content:
        """Return texts and unread parts of `data`, which it claims.

        Raises:
            Unreadable: if nothing of it can be read.
        """
        ...

    def rewrite(self, data: bytes, edits: Mapping[str, Sequence[Replacement]], files: Files) -> bytes:
        """Return `data` with spans of editable passages replaced, by place; all else as it was.

        Raises:
            TransformError: if that cannot be done without loss.
        """
        ...
