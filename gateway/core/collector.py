"""Python's collector of cycles: paused while much is made that stays, and seldom asked from then on.

Each collection walks through what is there. While modules are imported and models loaded, that takes a seventh of the
time and finds nothing. Under load, plans that are made side by side come and go by thousands of objects, so that with
Python's own settings collections, of all that is remembered too, took a fourteenth of the time and its pauses (60 ms)
were the longest of all; with what they drove out of the caches it was more than a tenth. They found less than one
object a request.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["collector_paused", "leave_out_what_stays"]

_SELDOM: Final = 10_000
"""Objects more than at the last collection that bring about the next: more than sixteen plans have. A collection then
takes 6 ms, and cycles, which are few, keep some megabytes at most. Python's own is 700."""


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


def leave_out_what_stays() -> None:
    """Have the collector never look again at what is there now, and seldom at what comes.

    Nor does it write to it then, so that processes that are forked share it.
    """
    gc.freeze()
    gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])
