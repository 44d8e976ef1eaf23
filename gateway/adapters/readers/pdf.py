"""Reads PDF by pypdf, in a process of its own. Never rewritten: text is drawn glyph by glyph, and words would overlap.

What it takes out, and why some pages stay unread, is decided in `pdf_parser`, the script that does it.
"""

from __future__ import annotations

import base64
import json
from typing import Final

from gateway.adapters.readers.confined import run_script
from gateway.adapters.readers.fixed import FixedReader, fixed
from gateway.core.files import Content, Files, Passage, Unread

__all__ = ["PdfReader"]

_HEAD: Final = 1024
"""Bytes within which programs look for the mark of a PDF."""
_SECONDS: Final = 20.0
_CHARACTERS: Final = 4_000_000


class PdfReader(FixedReader):
    """Reads PDF files (a `Reader`)."""

    called = "A PDF"
    name = "PDF"
    kind = "file"
    media_types = ("application/pdf", "application/x-pdf")

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds

    def claims(self, data: bytes) -> bool:
        """Whether the mark of a PDF stands where programs look for it."""
        return b"%PDF-" in data[:_HEAD]

    def read(self, data: bytes, media_type: str, files: Files) -> Content:  # noqa: ARG002
        """Return the texts of pages and of all other objects.

        Raises:
            Unreadable: if the parser fails, or takes longer than it may.
        """
        seconds = min(self._seconds, files.seconds_left)
        told = json.loads(run_script("pdf_parser.py", [str(_CHARACTERS)], data, seconds=seconds))
        passages = [Passage(place, text, prose=place != "names") for place, text in told["texts"]]
        unread = [Unread(place, kind) for place, kind in told["unread"]]
        if data.find(b"%PDF-") > 0:
            unread.append(Unread("before"))
        for place, encoded in told["files"]:
            inner = base64.b64decode(encoded)
            files.spend(len(inner))
            if inner:
                inside = files.read(inner, place)
                passages += fixed(inside.passages)
                unread += inside.unread
        return Content(tuple(passages), tuple(unread))
