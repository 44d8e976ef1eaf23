"""Work in steps, so that what is done several times at once is done side by side: a step of each, then the next.

Planning a request runs through more code and tables than a processor's nearest caches hold, so that each plan finds
them full of the end of the one before; half of its time went into waiting for them. Where several plans are due, the
first step of all of them comes before the second of any, and each step finds its code and tables where the one before
left them. Sixteen plans of 1 KB so take seven tenths of what they take one after another, and less where others use the
caches, too (`benchmarks.side_by_side`).

A step ends where its function yields. Generators, because what runs is to be seen where it is written: no stacks are
switched, no state is kept but the function's own, and alone the very same code runs from end to end.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Final, TypeVar

__all__ = ["TOGETHER", "Steps", "done", "side_by_side"]

_T = TypeVar("_T")
TOGETHER: Final = 16
"""So many are done side by side at most: more save little more, and some requests then wait twice as long as most."""
Steps = Generator[None, None, _T]
"""What yields between two steps, and returns what came of them."""


def done(steps: Steps[_T]) -> _T:
    """Return what comes of `steps`, done one right after another.

    Raises:
        Exception: whatever they raise.
    """
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome: _T = end.value
            return outcome


def side_by_side(works: Iterable[Steps[_T]]) -> Steps[list[_T | Exception]]:
    """Return what comes of each of `works`, or what it raises, which is nothing to the others.

    A step of this is one of each. It begins with the last of the one before, whose own things are nearest.
    """
    outcomes: dict[int, _T | Exception] = {}
    going = list(enumerate(works))
    while going:
        left: list[tuple[int, Steps[_T]]] = []
        for work in going:
            number, steps = work
            try:
                next(steps)
            except StopIteration as end:
                outcomes[number] = end.value
            except Exception as error:  # noqa: BLE001 - handed on to whom it concerns
                outcomes[number] = error
            else:
                left.append(work)
        going = left[::-1]
        yield
    return [outcomes[number] for number in sorted(outcomes)]
