"""Planning goes in small groups, with all that is short in between.

Plans of short bodies are made in the event loop, because a thread for each costs more than it gives. When many come at
once, the loop would make all of them before it looks at anything else: the decision that is on the disk by now, the
upstream that has answered, the chunk of a stream that a client waits for. So each plan waits for its turn, and between
two turns the loop goes round a few times.

One plan at a time is not best either: plans and what runs in between take the processor's caches from one another, and
each decision gets an fsync of its own. So those who wait go side by side (`core.steps`): a step of each, then the next,
which takes seven tenths of what they take one after another. What is short waits for them, so they are not many, and
have no more bytes than a single body may have. Only what is known to press is let in between two steps of all: the
decisions of those before are durable by now, and their bytes would leave. To let the loop go round after every step
cost a twelfth; to wait for the disk before the next are planned left the processor idle and its caches cold.

What nobody waits for, such as looking through an answer that is out, comes later: when nobody is in line, or at last
when it has been put off for long, and then as many side by side as the line has had turns since: many answers may end
at once, but under lasting load as many end as begin, and what belongs to them must not pile up. Not at once either, for
a client's next request comes right behind the answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from gateway.core.steps import TOGETHER, Steps, done, side_by_side

__all__ = ["LONGEST", "Turns"]

_T = TypeVar("_T")
LONGEST: Final = 32 * 1024
"""Bytes that are planned in the event loop at once: of one body, or of all that go together."""
_ROUNDS: Final = 4
"""Of the event loop between two turns: enough for a durable decision to become bytes on their way to an upstream."""
_SOON_S: Final = 0.01
"""What nobody waits for begins so much later: enough for a request that comes now to be on its way."""
_PUT_OFF_S: Final = 0.25
"""What nobody waits for waits for others no longer than this."""


class _Work(NamedTuple):
    """What waits in line.

    Attributes:
        steps: what is to be done.
        size: bytes that are planned or looked through in it.
        outcome: what comes of it; cancelled if nobody wants that any more.
        until: when what nobody waits for has been put off for long, by the loop's clock; 0 for other work.
    """

    steps: Steps[Any]
    size: int
    outcome: asyncio.Future[Any]
    until: float = 0.0


class Turns:
    """Does work in the order in which it is asked for: some of those in line side by side.

    Args:
        presses: whether the loop has something to do that should not wait until those that go together are done.
        soon_s: seconds after which what nobody waits for gets in line.
        put_off_s: seconds that it then waits for others at most.
    """

    def __init__(
        self,
        presses: Callable[[], bool] = lambda: False,
        *,
        soon_s: float = _SOON_S,
        put_off_s: float = _PUT_OFF_S,
    ) -> None:
        self._presses = presses
        self._soon_s = soon_s
        self._put_off_s = put_off_s
        self._waiting: deque[_Work] = deque()
        self._later: deque[_Work] = deque()
        self._taken = False  # while the loop goes round before the next, as well
        self._owed = 0  # turns that the line has had, and what nobody waits for has not

    async def do(self, size: int, steps: Steps[_T]) -> _T:
        """Return what comes of `steps`, which plan `size` bytes, when it is their turn.

        Raises:
            Exception: whatever they raise.
        """
        if self._taken:
            return await self._in(self._waiting, size, steps)
        self._owe(1)
        return self._alone(steps)

    async def later(self, size: int, steps: Steps[_T]) -> _T:
        """Return what comes of `steps`, which nobody waits for, as `do` does, when nobody is in line.

        Raises:
            Exception: whatever they raise.
        """
        await asyncio.sleep(self._soon_s)
        if self._taken:
            until = asyncio.get_running_loop().time() + self._put_off_s
            return await self._in(self._later, size, steps, until)
        return self._alone(steps)

    def _alone(self, steps: Steps[_T]) -> _T:
        self._taken = True
        try:
            return done(steps)
        finally:
            self._pass_on(_ROUNDS)

    async def _in(self, line: deque[_Work], size: int, steps: Steps[_T], until: float = 0.0) -> _T:
        outcome: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        line.append(_Work(steps, size, outcome, until))
        return await outcome

    def _pass_on(self, rounds: int) -> None:
        """Do what is next when the loop has gone round so often."""
        if rounds:
            asyncio.get_running_loop().call_soon(self._pass_on, rounds - 1)
            return
        works = self._put_off() or self._next()
        self._taken = bool(works)
        if works:
            self._go_on(works, side_by_side(work.steps for work in works), _ROUNDS if self._presses() else 0)

    def _go_on(self, works: Sequence[_Work], steps: Steps[list[Any]], rounds: int) -> None:
        """Do the steps of `works` when the loop has gone round so often, and again where something presses."""
        if rounds:
            asyncio.get_running_loop().call_soon(self._go_on, works, steps, rounds - 1)
            return
        try:
            next(steps)
            while not self._presses():
                next(steps)
        except StopIteration as end:
            _hand_back(works, end.value)
            self._pass_on(_ROUNDS)
        else:
            self._go_on(works, steps, _ROUNDS)

    def _next(self) -> list[_Work]:
        """Take out of the line what is done next, side by side."""
        works = _taken_out(self._waiting, TOGETHER)
        self._owe(len(works))
        return works

    def _owe(self, turns: int) -> None:
        self._owed = min(self._owed + turns, TOGETHER)

    def _put_off(self) -> list[_Work]:
        """Take out what nobody waits for, if it is time: side by side, since it has gathered."""
        _drop_cancelled(self._waiting)
        _drop_cancelled(self._later)
        if not self._waiting:
            return _taken_out(self._later, TOGETHER)
        if not self._owed or not self._later or self._later[0].until > asyncio.get_running_loop().time():
            return []
        works = _taken_out(self._later, self._owed)
        self._owed -= len(works)
        return works


def _drop_cancelled(line: deque[_Work]) -> None:
    while line and line[0].outcome.cancelled():
        line.popleft()


def _taken_out(line: deque[_Work], most: int) -> list[_Work]:
    """Take the first out of `line`, and those behind it that may go side by side with it."""
    works: list[_Work] = []
    left = LONGEST
    while line and len(works) < most:
        work = line[0]
        if not work.outcome.cancelled():
            left -= work.size
            if works and left < 0:
                break
            works.append(work)
        line.popleft()
    return works


def _hand_back(works: Sequence[_Work], outcomes: Sequence[Any]) -> None:
    for work, outcome in zip(works, outcomes, strict=True):
        if work.outcome.cancelled():  # while the loop went round
            continue
        if isinstance(outcome, Exception):
            work.outcome.set_exception(outcome)
        else:
            work.outcome.set_result(outcome)
