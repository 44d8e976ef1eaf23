"""Takes pictures apart into what is seen and what is told beside: PNG, JPEG, WebP, GIF, by their bytes alone.

Decisions kept here:

* **What goes out is a list of what may stay**: the chunks that a decoder needs for the pixels, at their right length.
  Everything else is left out: EXIF with its GPS position, XMP, IPTC, texts, comments, colour profiles, thumbnails,
  private chunks, and whatever stands behind the picture's end. Pixels are not encoded again, so nothing of the picture
  is lost; of EXIF, the orientation alone is kept, because without it a photograph lies on its side.
* A picture that is not built as its specification says raises: another decoder might see another picture in it.

Sources: PNG (W3C, third edition), JPEG (ITU T.81) with JFIF and Exif, WebP (RFC 9649), GIF89a.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.core.files import Unreadable

__all__ = ["MAX_PIXELS", "Picture", "apart", "is_picture"]

MAX_PIXELS: Final = 40_000_000
"""A page scanned at 600 dots an inch has 35 million."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = {
    b"IHDR": 13, b"PLTE": 768, b"IDAT": 1 << 31, b"IEND": 0, b"tRNS": 256, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1,
    b"sBIT": 4, b"bKGD": 6, b"pHYs": 9, b"acTL": 8, b"fcTL": 26, b"fdAT": 1 << 31,
}  # fmt: skip
"""Chunks that a decoder needs, and their longest length."""
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by PNG's colour type."""
_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_KEPT: Final = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDD}) - {0xC8}
_SCAN_END: Final = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_ORIENTATION: Final = re.compile(
    rb"(?:\x12\x01\x03\x00\x01\x00\x00\x00([\x02-\x08])|\x01\x12\x00\x03\x00\x00\x00\x01\x00([\x02-\x08]))"
)
_WEBP_KEPT: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_TOLD: Final = 0b00101100
"""Flags of ICC, EXIF and XMP in VP8X."""
_GIF_LOOP: Final = b"\x0bNETSCAPE2.0\x03\x01"
_SPELLED: Final = re.compile(rb"(?:[\x20-\x7e]\0){4,}|[\x20-\x7e\x80-\xff]{4,}")
_POSITION: Final = (b"\x88\x25\x00\x04", b"\x25\x88\x04\x00")
"""EXIF's tag of the GPS directory, in either byte order."""
_MAX_TOLD: Final = 1 << 20


@dataclass(slots=True)
class Picture:
    """A picture and what is told beside it.

    Attributes:
        kind: `PNG`, `JPEG`, `WEBP` or `GIF`.
        media_type: as it is sent.
        kept: its bytes without what is told.
        loose: those of them that are not counted to be pixels.
        told: texts beside the picture.
        position: whether a GPS position is told.
    """

    kind: str
    media_type: str
    kept: bytearray = field(default_factory=bytearray, repr=False)
    loose: bytearray = field(default_factory=bytearray, repr=False)
    told: list[str] = field(default_factory=list, repr=False)
    position: bool = False

    def tell(self, data: bytes) -> None:
        """Note what left-out bytes spell."""
        self.position |= any(mark in data for mark in _POSITION)
        for run in _SPELLED.findall(data[:_MAX_TOLD]):
            self.told.append(run.replace(b"\0", b"").decode("utf-8", "replace"))


def is_picture(data: bytes) -> bool:
    """Whether the bytes begin like a picture of one of these kinds."""
    return data.startswith((_PNG, b"\xff\xd8\xff", b"GIF87a", b"GIF89a")) or (
        data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    )


def apart(data: bytes) -> Picture:
    """Return what is seen and what is told.

    Raises:
        Unreadable: if it is not built as it should be.
    """
    try:
        if data.startswith(_PNG):
            return _png(data)
        take = _webp if data.startswith(b"RIFF") else _gif if data.startswith(b"GIF") else _jpeg
        picture = take(data)
    except (struct.error, IndexError, zlib.error):
        raise Unreadable("A picture is broken.") from None
    picture.loose = picture.kept  # something may stand behind the last pixel
    return picture


def _broken() -> Unreadable:
    return Unreadable("A picture is not built as it should be.")


def _png(data: bytes) -> Picture:
    picture = Picture("PNG", "image/png", bytearray(_PNG))
    at = len(_PNG)
    kind = b""
    pixels: list[bytes] = []
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        content = data[at + 8 : at + 8 + length]
        if end > len(data) or struct.unpack_from(">I", data, end - 4)[0] != zlib.crc32(kind + content):
            raise _broken()
        if length <= _PNG_KEPT.get(kind, -1):
            picture.kept += data[at:end]
            if kind == b"IDAT":
                pixels.append(content)
            else:
                picture.loose += content
        else:
            picture.tell(_inflated_text(kind, content))
        at = end
    picture.tell(data[at:])
    _check_pixels(bytes(picture.kept), b"".join(pixels))
    return picture


def _inflated_text(kind: bytes, content: bytes) -> bytes:
    """Return what a text chunk says, decompressed as far as it is told."""
    if kind not in {b"zTXt", b"iTXt", b"iCCP"}:
        return content
    for start in (found.start() for found in re.finditer(rb"[\x48\x58\x68\x78][\x01\x5e\x9c\xda]", content[:400])):
        try:
            return content[:start] + b"\n" + zlib.decompressobj().decompress(content[start:], _MAX_TOLD)
        except zlib.error:
            continue
    return content


def _check_pixels(kept: bytes, packed: bytes) -> None:
    """Raise unless the pixels are as many as the picture has, and nothing behind them."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">2I5B", kept, len(_PNG) + 8)
    if kept[12:16] != b"IHDR" or not 0 < width * height <= MAX_PIXELS or colour not in _SAMPLES:
        raise _broken()
    row = (width * _SAMPLES[colour] * depth + 7) // 8 + 1
    size = row * height
    unpacker = zlib.decompressobj()
    length = 0
    most = size + 8 * (width + height) * 8 if interlaced else size
    while not unpacker.eof and packed:
        length += len(unpacker.decompress(packed, 1 << 20))
        packed = unpacker.unconsumed_tail
        if length > most:
            raise _broken()
    if not unpacker.eof or unpacker.unused_data or (length != size and not interlaced):
        raise _broken()


def _jpeg(data: bytes) -> Picture:
    picture = Picture("JPEG", "image/jpeg", bytearray(b"\xff\xd8"))
    at = 2
    while True:
        if data[at] != 0xFF:  # noqa: PLR2004 - every marker begins with it
            raise _broken()
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill bytes
            at += 1
            continue
        if marker == 0xD9:  # noqa: PLR2004 - the end
            picture.kept += b"\xff\xd9"
            picture.tell(data[at + 2 :])
            return picture
        if marker in _JPEG_BARE:
            raise _broken()
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if end > len(data):
            raise _broken()
        _jpeg_segment(picture, marker, data[at:end])
        at = end
        if marker == 0xDA:  # noqa: PLR2004 - a scan: entropy-coded data follow
            found = _SCAN_END.search(data, at)
            if found is None:
                raise _broken()
            picture.kept += data[at : found.start()]
            at = found.start()


def _jpeg_segment(picture: Picture, marker: int, segment: bytes) -> None:
    content = segment[4:]
    adobe = marker == 0xEE and content.startswith(b"Adobe") and len(content) == 12  # noqa: PLR2004
    if marker in _JPEG_KEPT or adobe:
        picture.kept += segment
    elif marker == 0xE0 and content.startswith(b"JFIF\0"):  # noqa: PLR2004
        picture.kept += b"\xff\xe0\x00\x10" + content[:12] + b"\0\0"
        picture.tell(content[14:])
    else:
        found = _ORIENTATION.search(content[:4000]) if content.startswith(b"Exif\0\0") else None
        turned = _turned((found[1] or found[2])[0]) if found else b""
        picture.kept += turned
        if segment != turned:
            picture.tell(content)


def _turned(orientation: int) -> bytes:
    """Return an EXIF segment that tells how the picture is turned, and nothing else."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HHI", orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif


def _webp(data: bytes) -> Picture:
    picture = Picture("WEBP", "image/webp")
    whole = 8 + struct.unpack_from("<I", data, 4)[0]
    if whole > len(data):
        raise _broken()
    at = 12
    parts = bytearray()
    while at + 8 <= whole:
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        if end > whole:
            raise _broken()
        if kind == b"VP8X":
            parts += data[at : at + 8] + bytes([data[at + 8] & ~_WEBP_TOLD]) + data[at + 9 : end]
        elif kind in _WEBP_KEPT:
            parts += data[at:end]
        else:
            picture.tell(data[at + 8 : end])
        at = end
    picture.tell(data[at:])
    picture.kept += b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts
    return picture


def _gif(data: bytes) -> Picture:
    picture = Picture("GIF", "image/gif")
    flags = data[10]
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    picture.kept += data[:at]
    while True:
        mark = data[at]
        if mark == 0x3B:  # noqa: PLR2004 - the end
            picture.kept += b";"
            picture.tell(data[at + 1 :])
            return picture
        if mark == 0x2C:  # noqa: PLR2004 - a frame
            local = data[at + 9]
            start = at + 10 + (3 << ((local & 7) + 1) if local & 0x80 else 0) + 1
            end = _blocks_end(data, start)
            picture.kept += data[at:end]
        elif mark == 0x21:  # noqa: PLR2004 - an extension
            end = _blocks_end(data, at + 2)
            known = data[at + 1] == 0xF9 and end - at == 8  # noqa: PLR2004 - how a frame is shown
            if known or (data[at + 1] == 0xFF and data[at + 2 :].startswith(_GIF_LOOP) and end - at == 19):  # noqa: PLR2004
                picture.kept += data[at:end]
            else:
                picture.tell(b"".join(_blocks(data, at + 2)))
        else:
            raise _broken()
        at = end


def _blocks(data: bytes, at: int) -> Iterator[bytes]:
    while data[at]:
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]


def _blocks_end(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1
