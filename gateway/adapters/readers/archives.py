"""Reads archives: ZIP (and with it DOCX, XLSX, PPTX, ODF, EPUB), tar, gzip; each file in them by its own reader.

Decisions kept here:

* **Office files are archives of XML, and are read as such**, every part of them: text, comments, tracked changes,
  notes, headers, hidden sheets, shared strings that no cell uses, properties, custom XML, links, alternative texts,
  embedded files. Libraries for these formats show the document that a person sees, which is less; and what they skip
  would leak. For tables, rows are read besides with each cell under its heading.
* **No byte between the entries, and none behind what an entry unpacks to.** Programs differ on what they make of bytes
  that no entry covers, of two entries of one name, of a directory that disagrees with the entries: each is unread.
* What headers spell is read, too, in any field: the bytes leave with the file, whatever the field is for.
* Unpacking is counted in bytes before it happens, by what comes out and never by what the archive says, so that a bomb
  costs no more than the limit.
* An edit writes the archive anew with the entry replaced; order, names, times and methods stay.
"""

from __future__ import annotations

import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gateway.adapters.readers.fixed import FixedReader, fixed
from gateway.adapters.readers.tables import rows_of
from gateway.core.errors import TransformError
from gateway.core.files import Content, Files, Passage, Replacement, Unread, Unreadable

__all__ = ["GzipReader", "TarReader", "ZipReader"]

_LOCAL: Final = b"PK\x03\x04"
_END: Final = b"PK\x05\x06"
_END_SEARCH: Final = 65_557
"""The end record and the longest comment behind it."""
_HEADER: Final = struct.Struct("<4s5H3I2H")
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_HARMLESS_EXTRAS: Final = frozenset({0x0001, 0x000A, 0x5455, 0x5855, 0x7855, 0x7875, 0xA220, 0xCAFE})
"""64-bit sizes, times, owners, padding of Office."""
_OFFICE_TEXT: Final = re.compile(r"xl/worksheets/|xl/sharedStrings\.xml")
_PRINTER: Final = re.compile(r"(?:xl|ppt|word)/printerSettings/printerSettings\d{1,3}\.bin")
"""Windows' own record of a printer's settings, in most workbooks; what it spells is read."""
_PRINTER_BYTES: Final = 1 << 16
_SPELLED: Final = re.compile(rb"(?:[\x20-\x7e]\0){3,}|[\x20-\x7e]{4,}")
_OCTAL: Final = re.compile(rb"[0-7 ]*")
"""Numbers as a tar header has them."""
_CHANCE: Final = re.compile(rb".{1,7}")
"""What times, sizes and checksums spell by chance; nothing that identifies anybody is so short."""
_CHUNK: Final = 1 << 20
_BLOCK: Final = 512


class ZipReader:
    """Reads ZIP archives and the formats that are made of them (a `Reader`)."""

    name = "ZIP"
    kind = "file"
    media_types = (
        "application/zip",
        "application/x-zip-compressed",
        "application/epub+zip",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
        "application/vnd.openxmlformats-officedocument.presentationml.template",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
    )

    def claims(self, data: bytes) -> bool:
        """Whether there is an archive anywhere in the bytes: programs look for it from the end."""
        return data.startswith((_LOCAL, _END)) or _END in data[-_END_SEARCH:]

    def read(self, data: bytes, media_type: str, files: Files) -> Content:  # noqa: ARG002
        """Return what is in each entry.

        Raises:
            Unreadable: if it is no archive that reads in one way.
        """
        archive, infos = _opened(data)
        passages: list[Passage] = []
        unread: list[Unread] = []
        names = "\n".join(info.filename for info in infos)
        comments = b"\n".join([archive.comment, *(info.comment for info in infos)]).strip()
        passages.append(Passage("names", names, prose="[Content_Types].xml" not in archive.namelist()))
        passages.append(Passage("comments", comments.decode(errors="replace")))
        passages.append(
            Passage("fields", "\n".join(filter(None, (_fields(data, info) for info in infos))), prose=False)
        )
        if not _covers(data, archive, infos):
            unread.append(Unread("gap"))
        tables: dict[str, str] = {}
        for ordinal, info in enumerate(infos, 1):
            place = f"entry{ordinal}"
            inner = _unpacked(data, info, files)
            if inner is None:
                unread.append(Unread(place))
                continue
            if not inner:
                continue
            if _PRINTER.fullmatch(info.filename) and len(inner) <= _PRINTER_BYTES:
                passages.append(Passage(f"{place}.printer", _words(inner), prose=False))
                continue
            inside = files.read(inner, place)
            passages += inside.passages
            unread += inside.unread
            if _OFFICE_TEXT.match(info.filename):
                tables[info.filename] = inner.decode(errors="replace")
        passages += (Passage(f"rows{number}", rows) for number, rows in enumerate(rows_of(tables), 1))
        return Content(tuple(passages), tuple(unread))

    def rewrite(self, data: bytes, edits: Mapping[str, Sequence[Replacement]], files: Files) -> bytes:
        """Return the archive with spans in its entries replaced.

        Raises:
            TransformError: if an entry cannot be rewritten.
        """
        try:
            archive, infos = _opened(data)
            by_entry = _by_entry(edits)
            written = io.BytesIO()
            with zipfile.ZipFile(written, "w") as out:
                for ordinal, info in enumerate(infos, 1):
                    inner = _unpacked(data, info, files)
                    if inner is None:
                        raise TransformError("An archive has an entry that cannot be copied.")
                    inside = by_entry.pop(f"entry{ordinal}", None)
                    out.writestr(_like(info), inner if inside is None else files.rewrite(inner, inside))
                out.comment = archive.comment
        except Unreadable:
            raise TransformError("An archive could not be written.") from None
        if by_entry:
            raise TransformError("An edit found no place in an archive.")
        return written.getvalue()


class TarReader(FixedReader):
    """Reads tar archives (a `Reader`)."""

    called = "A tar archive"
    name = "tar"
    kind = "file"
    media_types = ("application/x-tar", "application/tar")

    def claims(self, data: bytes) -> bool:
        """Whether the first header has tar's mark."""
        return data[257:262] == b"ustar"

    def read(self, data: bytes, media_type: str, files: Files) -> Content:  # noqa: ARG002
        """Return what is in each member.

        Raises:
            Unreadable: if it is broken.
        """
        passages: list[Passage] = []
        unread: list[Unread] = []
        covered = 0
        padding = b""
        try:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
                for ordinal, member in enumerate(archive, 1):
                    place = f"entry{ordinal}"
                    told = "\n".join([member.name, member.linkname, member.uname, member.gname, *_pax(member)]).strip()
                    passages.append(Passage(f"{place}.name", told))
                    spelled = _words(data[covered : member.offset_data], but=_OCTAL)
                    passages.append(Passage(f"{place}.fields", spelled, prose=False))
                    end = member.offset_data + member.size
                    covered = member.offset_data + -(-member.size // _BLOCK) * _BLOCK
                    padding += data[end:covered].strip(b"\0")
                    if member.issparse() or not (member.isreg() or not member.size):
                        unread.append(Unread(place))
                        continue
                    inside = files.read(data[member.offset_data : member.offset_data + member.size], place)
                    passages += fixed(inside.passages)
                    unread += inside.unread if member.size else ()
        except (tarfile.TarError, ValueError, OSError):
            raise Unreadable("A tar archive is broken.") from None
        if padding or data[covered:].strip(b"\x00"):
            unread.append(Unread("gap"))
        return Content(tuple(passages), tuple(unread))


class GzipReader(FixedReader):
    """Reads gzip (a `Reader`)."""

    called = "A gzip file"
    name = "gzip"
    kind = "file"
    media_types = ("application/gzip", "application/x-gzip", "application/x-tar", "application/x-compressed-tar")

    def claims(self, data: bytes) -> bool:
        """Whether the bytes begin with gzip's mark."""
        return data.startswith(b"\x1f\x8b")

    def read(self, data: bytes, media_type: str, files: Files) -> Content:  # noqa: ARG002
        """Return what is in the file inside, and what its header says.

        Raises:
            Unreadable: if it is broken, or larger than the limits.
        """
        parts: list[bytes] = []
        rest = data
        plain = True
        while rest:
            plain &= len(rest) > 3 and not rest[3] & (~8 if rest is data else ~0)  # noqa: PLR2004 - the flags
            unpacker = zlib.decompressobj(wbits=31)
            parts += _inflated(unpacker, rest, files)
            rest = unpacker.unused_data.lstrip(b"\x00")
        inside = files.read(b"".join(parts), "inner")
        names = Passage("name", data[10:].partition(b"\x00")[0].decode(errors="replace") if data[3] & 8 else "")
        unread = inside.unread if plain else (*inside.unread, Unread("header"))
        return Content((names, *fixed(inside.passages)), unread)


def _opened(data: bytes) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        raise Unreadable("A ZIP archive is broken.") from None
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    if len({info.filename for info in infos}) < len(infos):
        raise Unreadable("A ZIP archive has two entries of one name.")
    return archive, infos


def _unpacked(data: bytes, info: zipfile.ZipInfo, files: Files) -> bytes | None:
    """Return the bytes of an entry; None if it is encrypted, packed in a rare way, broken, or followed by others."""
    if info.flag_bits & 0x41 or info.compress_type not in _METHODS or not _extras_are_harmless(info.extra):
        return None
    start = info.header_offset
    begin = start + _HEADER.size + sum(_lengths(data, start))
    inner = data[begin : begin + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        files.spend(len(inner))
    else:
        unpacker = zlib.decompressobj(wbits=-15)
        inner = b"".join(_inflated(unpacker, inner, files))
        if unpacker.unused_data:
            return None
    return inner if (len(inner), zlib.crc32(inner)) == (info.file_size, info.CRC) else None


def _lengths(data: bytes, start: int) -> tuple[int, int]:
    """Return how long the name and the extra fields of the local header at `start` are."""
    try:
        *_, name, extra = _HEADER.unpack_from(data, start)
    except struct.error:
        raise Unreadable("A ZIP archive is cut off.") from None
    return name, extra


def _fields(data: bytes, info: zipfile.ZipInfo) -> str:
    """Return what the headers of an entry spell, but for its name and comment."""
    start = info.header_offset
    name, extra = _lengths(data, start)
    end = start + _HEADER.size
    return _words(b"\n".join([data[start:end], data[end + name : end + name + extra], info.extra]), but=_CHANCE)


def _words(data: bytes, but: re.Pattern[bytes] | None = None) -> str:
    """Return what binary data spells, in ASCII or UTF-16, except for runs that are `but`."""
    runs = [run.replace(b"\0", b"") for run in _SPELLED.findall(data)]
    return "\n".join(run.decode("ascii") for run in runs if but is None or not but.fullmatch(run))


def _extras_are_harmless(extra: bytes) -> bool:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind not in _HARMLESS_EXTRAS:
            return False
        at += 4 + size
    return at == len(extra)


def _covers(data: bytes, archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether entries, directory and comment are all that there is."""
    at = 0
    behind: tuple[bytes, ...] = (b"",)
    for info in infos:
        start = info.header_offset
        if data[at:start] not in behind:
            return False
        try:
            mark, *_, name, extra = _HEADER.unpack_from(data, start)
        except struct.error:
            return False
        local_extra = data[start + _HEADER.size + name : start + _HEADER.size + name + extra]
        if mark != _LOCAL or not _extras_are_harmless(local_extra):
            return False
        if data[start + _HEADER.size : start + _HEADER.size + name] not in _spellings(info):
            return False
        at = start + _HEADER.size + name + extra + info.compress_size
        behind = _descriptors(info) if info.flag_bits & 8 else (b"",)
    directory = archive.start_dir
    end = data.rfind(_END)
    ends = end + 22 + len(archive.comment) == len(data)
    return ends and data[at:directory] in behind and _directory_size(data, end) == end - directory


def _descriptors(info: zipfile.ZipInfo) -> tuple[bytes, ...]:
    """Return what may stand behind the data of an entry that was written as a stream."""
    plain = [struct.pack(f"<I2{size}", info.CRC, info.compress_size, info.file_size) for size in "IQ"]
    return (*plain, *(b"PK\x07\x08" + each for each in plain))


def _spellings(info: zipfile.ZipInfo) -> tuple[bytes, ...]:
    name = info.orig_filename
    try:
        return name.encode("utf-8", "surrogateescape"), name.encode("cp437")
    except UnicodeEncodeError:
        return (name.encode("utf-8", "surrogateescape"),)


def _directory_size(data: bytes, end: int) -> int:
    size: int = struct.unpack_from("<I", data, end + 12)[0]
    return size


def _like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return the description of an entry that is written again."""
    like = zipfile.ZipInfo(info.filename, info.date_time)
    like.compress_type = info.compress_type
    like.external_attr = info.external_attr
    like.create_system = info.create_system
    like.comment = info.comment
    return like


def _by_entry(edits: Mapping[str, Sequence[Replacement]]) -> dict[str, dict[str, Sequence[Replacement]]]:
    by_entry: dict[str, dict[str, Sequence[Replacement]]] = {}
    for place, spans in edits.items():
        entry, _, inner = place.partition(".")
        by_entry.setdefault(entry, {})[inner] = spans
    return by_entry


def _pax(member: tarfile.TarInfo) -> Iterator[str]:
    return (f"{name}: {value}" for name, value in member.pax_headers.items())


def _inflated(unpacker: zlib._Decompress, data: bytes, files: Files) -> Iterator[bytes]:
    """Yield what `data` unpacks to, up to the end that it tells.

    Raises:
        Unreadable: if it is broken or cut off, or larger than the limits.
    """
    try:
        while not unpacker.eof:
            chunk = unpacker.decompress(data, _CHUNK)
            data = unpacker.unconsumed_tail
            if not chunk and not data and not unpacker.eof:
                raise Unreadable("A compressed file is cut off.")
            files.spend(len(chunk))
            yield chunk
    except zlib.error:
        raise Unreadable("A compressed file is broken.") from None
