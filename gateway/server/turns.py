"""Planning goes in small groups, with all that is short in between.

Plans of short bodies are made in the event loop, because a thread for each costs more than it gives. When many come at
once, the loop would make all of them before it looks at anything else: the decision that is on the disk by now, the
upstream that has answered, the chunk of a stream that a client waits for. So each plan waits for its turn, and between
two turns the loop goes round a few times.

One plan at a time is not best either: plans and what runs in between take the processor's caches from one another,
and each decision gets an fsync of its own, an eighth of what a request costs in all. So where a line has formed, a
part of it gets its turn at once, and what is short waits for that part: at most a quarter of the line, so that nothing
is held up by more than a quarter of what a request in that line waits anyway, and no more bytes than a single body may
have. Then the loop does what is short until these decisions are on the disk and leave, the oldest first. If the disk
is slow, the next are planned meanwhile, but one at a time, so that nobody waits long after it has answered; unless
those who wait for it are few and the line is long.

Those that go together go side by side (`core.steps`): a step of each, then the next, which takes far less of the
processor than one after another. The first of them so waits for all, which is what the others waited anyway.

What nobody waits for, such as looking through an answer that is out, comes later: when nobody is in line, or at last
when it has been put off for long, and then one for each that the line has had: many answers may end at once, but under
lasting load as many end as begin, and what belongs to them must not pile up. Not at once either, for a client's next
request comes right behind the answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from gateway.core.steps import Steps, done, side_by_side

__all__ = ["LONGEST", "Turns"]

_T = TypeVar("_T")
LONGEST: Final = 32 * 1024
"""Bytes that are planned in the event loop at once: of one body, or of all that get their turn together."""
_TOGETHER: Final = 12
"""At 1 KB a fiftieth of a second of plans. More save little more, and some requests then wait twice as long as most."""
_SHARE: Final = 4
"""Of a line one part in so many. Half of sixteen at once saves little, and the first of them waits for all of it."""
_ROUNDS: Final = 4
"""Of the event loop between two turns: enough for a durable decision to become bytes on their way to an upstream."""
_LOOK_S: Final = 0.001
"""How often it is looked whether the decisions of those that went together have left."""
_PATIENCE_S: Final = 0.005
"""After them nothing is planned for so long while their decisions wait for the disk; a good one needs less."""
_FEW: Final = 16
"""For one of so many in line nobody else waits until the disk has answered."""
_SOON_S: Final = 0.01
"""What nobody waits for begins so much later: enough for a request that comes now to be on its way."""
_PUT_OFF_S: Final = 0.25
"""What nobody waits for waits for others no longer than this."""


class Turns:
    """Gives turns in the order in which they are asked for: one, or some of a long line together.

    Args:
        writing: for how many that have had their turn the disk is at work.
        soon_s: seconds after which what nobody waits for gets in line.
        put_off_s: seconds that it then waits for others at most.
    """

    def __init__(
        self,
        writing: Callable[[], int] = lambda: 0,
        *,
        soon_s: float = _SOON_S,
        put_off_s: float = _PUT_OFF_S,
    ) -> None:
        self._writing = writing
        self._soon_s = soon_s
        self._put_off_s = put_off_s
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()
        self._later: deque[tuple[asyncio.Future[None], float]] = deque()
        self._taken = 0  # 1 as well while the loop goes round before the next
        self._together = False
        self._side_by_side: list[tuple[Steps[Any], asyncio.Future[Any]]] = []
        self._owed = 0  # turns that the line has had, and what nobody waits for has not

    @asynccontextmanager
    async def later(self) -> AsyncGenerator[None, None]:
        """Enter when nobody is in line, for what nobody waits for."""
        await asyncio.sleep(self._soon_s)
        if self._taken:
            loop = asyncio.get_running_loop()
            turn: asyncio.Future[None] = loop.create_future()
            self._later.append((turn, loop.time() + self._put_off_s))
            await self._wait(turn)
        else:
            self._taken, self._together = 1, False
        try:
            yield
        finally:
            self.give()

    async def do(self, size: int, steps: Steps[_T]) -> _T:
        """Return what comes of `steps`, which plan `size` bytes, when it is their turn.

        Raises:
            Exception: whatever they raise.
        """
        await self.take(size)
        try:
            return await self._beside(steps) if self._together else done(steps)
        finally:
            self.give()

    async def _beside(self, steps: Steps[_T]) -> _T:
        """Return what comes of `steps`, done as soon as all that have their turn at the same time have come here."""
        loop = asyncio.get_running_loop()
        if not self._side_by_side:
            loop.call_soon(self._do)
        outcome: asyncio.Future[_T] = loop.create_future()
        self._side_by_side.append((steps, outcome))
        return await outcome

    def _do(self) -> None:
        works = [(steps, outcome) for steps, outcome in self._side_by_side if not outcome.cancelled()]
        self._side_by_side.clear()
        told = side_by_side(steps for steps, _ in works)
        for (_, outcome), came in zip(works, told, strict=True):
            if isinstance(came, Exception):
                outcome.set_exception(came)
            else:
                outcome.set_result(came)

    async def take(self, size: int) -> None:
        """Wait for a turn, in which `size` bytes are to be planned; whoever gets it calls `give`, whatever happens."""
        if not self._taken:
            self._taken, self._together = 1, False
            self._owe(1)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, size))
        await self._wait(turn)

    async def _wait(self, turn: asyncio.Future[None]) -> None:
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(0)
            raise

    def give(self, rounds: int = _ROUNDS) -> None:
        """Give a turn back; the last of those that go together passes it on when the loop has gone round."""
        if self._taken > 1:
            self._taken -= 1
        elif self._together and rounds:
            loop = asyncio.get_running_loop()
            loop.call_later(_LOOK_S, self._pass_on_when_written, loop.time() + _PATIENCE_S)
        else:
            self._pass_on(rounds)

    def _pass_on_when_written(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        if self._writing() and loop.time() < until:
            loop.call_later(_LOOK_S, self._pass_on_when_written, until)
        else:
            self._pass_on(_ROUNDS)

    def _pass_on(self, rounds: int) -> None:
        if rounds:
            asyncio.get_running_loop().call_soon(self._pass_on, rounds - 1)
            return
        self._taken = 0
        if self._late():
            return
        line, left = self._waiting, LONGEST
        most = 1 if self._writing() * _FEW > len(line) else min(_TOGETHER, max(1, len(line) // _SHARE))
        while line and self._taken < most:
            turn, size = line[0]
            if turn.done():  # cancelled
                line.popleft()
                continue
            left -= size
            if self._taken and left < 0:
                break
            line.popleft()
            self._taken += 1
            turn.set_result(None)
            self._together = self._taken > 1
        self._owe(self._taken)

    def _owe(self, turns: int) -> None:
        self._owed = min(self._owed + turns, _TOGETHER)

    def _late(self) -> bool:
        """Give what nobody waits for its turn, if it is time; return whether it was."""
        for line in (self._waiting, self._later):
            while line and line[0][0].done():  # cancelled
                line.popleft()
        if not self._later:
            return False
        if self._waiting:
            if not self._owed or self._later[0][1] > asyncio.get_running_loop().time():
                return False
            self._owed -= 1
        self._taken, self._together = 1, False
        self._later.popleft()[0].set_result(None)
        return True
