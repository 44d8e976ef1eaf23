"""Readers of files inside requests: what is text in them, and what could not be read."""

from importlib.util import find_spec

from gateway.adapters.readers.archives import GzipReader, TarReader, ZipReader
from gateway.adapters.readers.pdf import PdfReader
from gateway.adapters.readers.text import TextReader
from gateway.core.files import Reader

__all__ = ["GzipReader", "PdfReader", "TarReader", "TextReader", "ZipReader", "bundled_readers"]


def bundled_readers() -> tuple[Reader, ...]:
    """Return the readers that this installation has."""
    found: list[Reader] = [TextReader(), ZipReader(), TarReader(), GzipReader()]
    if find_spec("pypdf"):
        found.append(PdfReader())
    return tuple(found)
