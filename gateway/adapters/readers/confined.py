"""Runs a parser of hostile files in a process of its own: bounded in time and memory, without the gateway's secrets.

Decisions kept here:

* Parsers of PDF and of pictures have a history of endless loops and memory errors, and a thread cannot be stopped. A
  process can. It costs a fifth of a second for each such file, which are few.
* The process gets the file by a pipe and gives its answer by a pipe: no file of ours ever lies on a disk (invariant 4).
  Its environment is empty, so a parser that is taken over finds no key in it. What it prints as errors is dropped,
  because it may quote the file.
* Limits are set by the script itself before it reads anything (between fork and exec, in a process with threads, they
  could not be set safely): time, memory, no file written, no core dump. The gateway kills it when it takes too long.
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

__all__ = ["MEMORY_BYTES", "run_program", "run_script"]

MEMORY_BYTES: Final = 2 * 2**30
"""Address space that a parser may take; most of it is never touched."""
_MAX_OUTPUT: Final = 256 * 2**20


def run_script(script: str, arguments: Sequence[str], data: bytes, *, seconds: float) -> bytes:
    """Return what a Python script beside this module makes of `data`.

    Raises:
        Unreadable: if it fails, takes too long, or says too much.
    """
    file = Path(__file__).with_name(script)
    limits = [str(max(int(seconds), 0) + 1), str(MEMORY_BYTES)]
    return _run([sys.executable, "-I", "-B", str(file), *limits, *arguments], data, seconds)


def run_program(command: Sequence[str], data: bytes, *, seconds: float) -> bytes:
    """Return what another program writes when it is given `data`.

    Raises:
        Unreadable: if it fails, takes too long, or says too much.
    """
    return run_script("limited.py", command, data, seconds=seconds)


def _run(command: Sequence[str], data: bytes, seconds: float) -> bytes:
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
