"""One thread does what it is told, in order, whatever becomes of a single errand."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from gateway.adapters.audit.errands import Errands


def test_errands_are_done_in_order_by_one_thread() -> None:
    errands = Errands("some")
    done = list[tuple[int, int]]()
    for number in range(100):
        errands.do(lambda number: done.append((number, threading.get_ident())), number)
    assert errands.ask(threading.get_ident)() == done[0][1] != threading.get_ident()
    assert done == [(number, done[0][1]) for number in range(100)]


async def test_an_errand_that_fails_is_told_to_who_asked_and_the_next_is_done() -> None:
    errands = Errands("some")
    errands.do(int, "none")
    with pytest.raises(ValueError, match="none"):
        errands.ask(lambda: int("none"))()
    with pytest.raises(ValueError, match="none"):
        await errands.answer(lambda: int("none"))
    assert await errands.answer(lambda: int("1")) == 1


async def test_who_goes_away_holds_nobody_up() -> None:
    errands = Errands("some")
    go_on = threading.Event()
    errands.do(go_on.wait, 10)
    gone = asyncio.create_task(errands.answer(lambda: 1))
    await asyncio.sleep(0)
    gone.cancel()
    go_on.set()
    assert await errands.answer(lambda: 2) == 2


@pytest.mark.parametrize("told", [True, False])
def test_the_thread_ends_with_who_sends_it(told: bool) -> None:  # noqa: FBT001 - a parameter of a test
    errands = Errands("some")
    thread = errands.ask(threading.current_thread)()
    if told:
        errands.end()
        errands.end()
    del errands
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()
