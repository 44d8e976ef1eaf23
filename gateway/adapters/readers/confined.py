"""Runs a parser of hostile files in a process of its own: bounded in time and memory, without the gateway's secrets.

Decisions kept here:

* Parsers of PDF and of pictures have a history of endless loops and memory errors, and a thread cannot be stopped. A
  process can. It costs a fifth of a second for each such file, which are few.
* The process gets the file by a pipe and gives its answer by a pipe: no file of ours ever lies on a disk (invariant 4).
  Its environment is empty, so a parser that is taken over finds no key in it. What it prints as errors is dropped,
  because it may quote the file.
* Limits are set by the script itself before it reads anything (`limits.py`'s first lines would run in the gateway's
  own process otherwise), and the gateway kills it when it takes too long.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.core.files import Unreadable

__all__ = ["MEMORY_BYTES", "run_confined", "run_script"]

MEMORY_BYTES: Final = 2 * 2**30
"""Address space that a parser may take; most of it is never touched."""
_MAX_OUTPUT: Final = 256 * 2**20


def run_script(script: str, arguments: Sequence[str], data: bytes, *, seconds: float) -> bytes:
    """Return what a Python script beside this module makes of `data`.

    Raises:
        Unreadable: if it fails, takes too long, or says too much.
    """
    file = Path(__file__).with_name(script)
    limits = [str(int(seconds) + 1), str(MEMORY_BYTES)]
    return run_confined([sys.executable, "-I", "-B", str(file), *limits, *arguments], data, seconds=seconds)


def run_confined(command: Sequence[str], data: bytes, *, seconds: float) -> bytes:
    """Return what `command` writes when it is given `data`.

    Raises:
        Unreadable: if it fails, takes too long, or says too much.
    """
    if seconds <= 0 or not _TURNS.acquire(timeout=seconds):
        raise Unreadable("There was no time left for a file's parser.")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program and arguments of our own
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds, env=_ENVIRONMENT,
            check=True,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError):
        raise Unreadable("A file's parser failed, or took too long.") from None
    finally:
        _TURNS.release()
    if len(done.stdout) > _MAX_OUTPUT:
        raise Unreadable("A file's parser said too much.")
    return done.stdout


_TURNS: Final = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
"""Parsers at work at once; more would only make each other late."""
_ENVIRONMENT: Final = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}
"""One thread for each text recognition: requests are what runs side by side."""
