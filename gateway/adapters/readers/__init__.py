"""Readers of files inside requests: what is text in them, and what could not be read."""

from importlib.util import find_spec

from gateway.adapters.readers.archives import GzipReader, TarReader, ZipReader
from gateway.adapters.readers.pdf import PdfReader
from gateway.adapters.readers.pictures import PictureReader
from gateway.adapters.readers.rtf import RtfReader
from gateway.adapters.readers.text import TextReader
from gateway.core.files import Reader

__all__ = [
    "GzipReader",
    "PdfReader",
    "PictureReader",
    "RtfReader",
    "TarReader",
    "TextReader",
    "ZipReader",
    "bundled_readers",
]


def bundled_readers(*, images: str = "strict") -> tuple[Reader, ...]:
    """Return the readers that this installation has.

    Args:
        images: `strict`, `trust_ocr` or `unread`, as in the settings.
    """
    pictures = PictureReader(recognize=False if images == "unread" else None, trust=images == "trust_ocr")
    found: list[Reader] = [TextReader(), RtfReader(), ZipReader(), TarReader(), GzipReader(), pictures]
    if find_spec("pypdf"):
        found.append(PdfReader())
    return tuple(found)
