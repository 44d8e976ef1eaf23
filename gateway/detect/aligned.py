"""Arrays that begin at a line of the processor's cache.

Models look up rows of 64 bytes all over tables of megabytes, so what a new word costs is how many lines it asks of
memory: a row that begins at a line is one, any other is two.
"""

from __future__ import annotations

from math import prod

import numpy as np
import numpy.typing as npt

__all__ = ["LINE", "aligned", "in_strips"]

LINE = 64
"""Bytes of a line."""


def aligned(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[np.generic]:
    """Return an array of noughts that begins at a line."""
    size = prod(shape) * np.dtype(dtype).itemsize
    room = np.zeros(size + LINE, dtype=np.uint8)
    begin = -room.ctypes.data % LINE
    return room[begin : begin + size].view(dtype).reshape(shape)


def in_strips(matrix: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.generic]:
    """Return (columns / width, rows, width): the first `width` columns of all rows, then the next.

    What reads the columns of a strip together goes through memory from end to end; the processor sees that, and fetches
    what comes next. In a matrix that lies row after row it would jump, and wait each time.
    """
    rows, columns = matrix.shape
    made = aligned((columns // width, rows, width), np.float32)
    made[:] = matrix.reshape(rows, -1, width).swapaxes(0, 1)
    return made
