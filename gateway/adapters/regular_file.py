"""A file that is read while the gateway runs: a regular one, or an error at once.

Opening a named pipe waits until somebody writes into it, and whoever reads the file then waits with it: the watch of
the policies, or every request that brings an API key. Asked of the open file, so nothing can be put in its place
between the question and the reading.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

__all__ = ["LONGEST", "beginning_of", "content_of"]

LONGEST: Final = 64 * 2**20
"""Bytes of the longest file that is anything."""


def content_of(file: Path) -> bytes:
    """Return the bytes of `file`, all of them: of a policy that is cut, the rules at its end would be missing.

    Raises:
        OSError: if it cannot be read, is no regular file, or is longer than `LONGEST`.
    """
    data = beginning_of(file)
    if len(data) > LONGEST:
        raise OSError(errno.EFBIG, "Is too long", str(file))
    return data


def beginning_of(file: Path) -> bytes:
    """Return the bytes of `file`; of one that is too long, one more than `LONGEST`. Follows symlinks.

    Raises:
        OSError: if it cannot be read, or is no regular file.
    """
    with open(file, "rb", opener=_without_waiting) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(errno.EINVAL, "Is no regular file", str(file))
        return opened.read(LONGEST + 1)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
