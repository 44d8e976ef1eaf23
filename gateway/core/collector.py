"""Python's collector of cycles, while much is made that stays.

Each collection walks through all that is there: while modules are imported and models loaded, that takes a seventh of
the time and finds nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let the collector rest meanwhile; inside another pause this does nothing."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
