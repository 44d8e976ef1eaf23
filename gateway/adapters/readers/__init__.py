"""Readers of files inside requests: what is text in them, and what could not be read."""

from gateway.adapters.readers.archives import GzipReader, TarReader, ZipReader
from gateway.adapters.readers.text import TextReader
from gateway.core.files import Reader

__all__ = ["GzipReader", "TarReader", "TextReader", "ZipReader", "bundled_readers"]


def bundled_readers() -> tuple[Reader, ...]:
    """Return the readers that this installation has."""
    return (TextReader(), ZipReader(), TarReader(), GzipReader())
