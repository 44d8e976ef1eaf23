"""Chunks of HTTP's transfer coding (RFC 9112, section 7.1): taken out of their frames, and put into one.

Every piece of a stream passes both, and comes when the processor has forgotten all about the last one: then reading the
code of expressions and of formatting takes longer than anything that is done with the piece. So `_chunks` does it
compiled; here is what it does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

__all__ = ["framed", "unframed"]

_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,6}\r\n")


def unframed_in_python(data: bytes) -> bytes:
    """Return what `data` holds if it is whole chunks without extensions, none of them the last; otherwise nothing."""
    pieces = []
    next_, length = 0, len(data)
    while next_ < length:
        size = _SIZE.match(data, next_)
        if size is None:
            return b""
        begin = size.end()
        end = begin + int(size[0], 16)
        next_ = end + 2
        if end == begin or data[end:next_] != b"\r\n":
            return b""
        pieces.append(data[begin:end])
    return b"".join(pieces)


def framed_in_python(piece: bytes) -> bytes:
    """Return `piece` as a chunk.

    Raises:
        ValueError: if it is empty: such a chunk ends a body.
    """
    if not piece:
        raise ValueError("an empty chunk ends a body")
    return b"%x\r\n%b\r\n" % (len(piece), piece)


if TYPE_CHECKING:
    framed, unframed = framed_in_python, unframed_in_python
else:
    try:
        from gateway.adapters._chunks import framed, unframed
    except ImportError:  # no C compiler at installation
        framed, unframed = framed_in_python, unframed_in_python
