"""How much of what is put together of neighbouring leaves is read: what a document made for it can cost at most.

Each leaf may be put together with its neighbours in nine ways, and each text that comes of it is read like a leaf. So

* no more of such texts is read than `_FREE` and a share of the document's size (`_SHARE`), nor are more leaves put
  together than `_FREELY` and `_LAID` for each character: the request is high, as it is if its time is up;
* nor may more pieces of values be found over seams than `most_pieces`: a table whose rows have numbers in columns of
  their own has fewer, and what is made of nothing else is high.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.core.errors import DetectionError
from gateway.core.model import Segment
from gateway.detect.joints import Joint, Seam

__all__ = ["Room", "most_pieces"]

_FREE: Final = 500
"""How much is read of what is put together of any document: one for each text, or the same under other keys."""
_LENGTH: Final = 64
"""For each so many characters of such a text one more."""
_READINGS: Final = 2
"""A text with characters beyond ASCII is read so often: as it is, and as the characters that those stand for."""
_SHARE: Final = 50
"""For each so many characters of a document one more may be read."""
_LEAF: Final = 3
"""Characters that a leaf takes up besides its text, at least: quotes and a comma."""
_FEW_PIECES: Final = 500
"""So many pieces of values may be found over the seams of any document."""
_A_PIECE: Final = 16
"""For each so many characters of a document one more."""
_LAID: Final = 1
"""So many leaves for each character are put together at most, whether anything may be found in them or not."""
_FREELY: Final = 60_000
"""Of any document so many."""


class Room:
    """How much may still be put together of a document, and read.

    Args:
        parts: all its segments, in parts.
    """

    def __init__(self, parts: Sequence[Sequence[Segment]]) -> None:
        size = _size(parts)
        self._laid = _FREELY + _LAID * size
        self._left = _FREE + size / _SHARE
        self._read: set[tuple[str, tuple[str, ...]]] = set()

    def take(self, leaves: int, seam: Joint | Seam | None) -> None:
        """Count so many leaves that were put together, and what is to be read of them; None: nothing is.

        Raises:
            DetectionError: if that is more than the document's size lets.
        """
        self._laid -= leaves
        if seam is not None and (read := (seam.text, seam.context)) not in self._read:
            self._read.add(read)
            self._left -= (1 if seam.text.isascii() else _READINGS) * (1 + len(seam.text) / _LENGTH)
        if self._laid < 0 or self._left < 0:
            raise DetectionError("too many texts could be put together of neighbouring leaves")


def most_pieces(parts: Sequence[Sequence[Segment]]) -> int:
    """Return how many pieces of values may be found over the seams of a document: more, and it is no document."""
    return _FEW_PIECES + _size(parts) // _A_PIECE


def _size(parts: Sequence[Sequence[Segment]]) -> int:
    return sum(len(leaf.text) + _LEAF for part in parts for leaf in part)
