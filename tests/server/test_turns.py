"""Turns come in order, with room between them, whoever gives up."""

from __future__ import annotations

import asyncio

import pytest

from gateway.server.turns import Turns


async def test_many_plans_at_once_kept_what_was_short_waiting() -> None:
    turns, said = Turns(), list[str]()

    async def long(name: str) -> None:
        async with turns:
            said.append(name)

    async def short() -> None:
        for _ in range(3):  # a decision that is durable, and what follows from it
            await asyncio.sleep(0)
        said.append("short")

    async with asyncio.TaskGroup() as tasks:
        for name in ("first", "second", "third"):
            tasks.create_task(long(name))
        tasks.create_task(short())
    assert said == ["first", "short", "second", "third"]


async def test_a_turn_is_free_again_when_nobody_waits() -> None:
    turns = Turns()
    for _ in range(3):
        async with asyncio.timeout(10), turns:
            pass


async def test_who_fails_passes_the_turn_on() -> None:
    turns = Turns()
    with pytest.raises(KeyError):
        async with turns:
            raise KeyError
    async with asyncio.timeout(10), turns:
        pass


@pytest.mark.parametrize("rounds", range(14))
async def test_who_gives_up_at_whatever_moment_passes_the_turn_on(rounds: int) -> None:
    turns = Turns()

    async def work() -> None:
        async with turns:
            await asyncio.sleep(0)

    async with asyncio.timeout(10):
        async with turns:
            leaving, staying = asyncio.create_task(work()), asyncio.create_task(work())
            await asyncio.sleep(0)
        for _ in range(rounds):
            await asyncio.sleep(0)
        leaving.cancel()
        await staying
    async with asyncio.timeout(10), turns:
        pass
