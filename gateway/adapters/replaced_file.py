"""A file that is replaced while a gateway may be reading it: the old one or the new one, never a half.

What is written says that an API key is revoked, or which policy holds: once that is told it must also be so when the
power fails. So the file is on the disk before its name is, and the name before this returns. The audit log has a way
of its own to the same end (`gateway.adapters.audit.disk`): its files belong to nobody but the owner.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.adapters.audit.disk import Disk

__all__ = ["replace_file"]

_PERMISSIONS: Final = 0o777


def replace_file(file: Path, data: bytes, mode: int = 0o666) -> None:
    """Write `data` to `file`, wholly or not at all; a file that is there keeps its permissions.

    Args:
        file: is made when missing; its directory must be there.
        data: all that is to be in it.
        mode: permissions of a file that is made, of which the mask of the process takes away.

    Raises:
        OSError: if it cannot be written; it names `file`.
    """
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        with open(fresh, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as out:
            with suppress(FileNotFoundError):
                os.fchmod(out.fileno(), file.stat().st_mode & _PERMISSIONS)
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
        Disk().sync_directory(file.parent)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise OSError(error.errno, error.strerror, str(file)) from None
