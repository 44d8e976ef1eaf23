"""Turns come in order, with room between them, a part of a long line together, whoever gives up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from gateway.core.steps import Steps
from gateway.server.turns import LONGEST, Turns


@asynccontextmanager
async def turn(turns: Turns, size: int) -> AsyncGenerator[None, None]:
    """Have a turn."""
    await turns.take(size)
    try:
        yield
    finally:
        turns.give()


async def said_in_turns(sizes: list[int], pause: str = "short") -> list[str]:
    """Return in what order plans of these sizes ran, and what is short between them."""
    turns, said = Turns(), list[str]()

    async def long(number: int, size: int) -> None:
        async with turn(turns, size):
            said.append(str(number))

    async def short() -> None:
        for _ in range(3):  # a decision that is durable, and what follows from it
            await asyncio.sleep(0)
        said.append(pause)

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        for number, size in enumerate(sizes):
            tasks.create_task(long(number, size))
        tasks.create_task(short())
    return said


async def test_many_plans_at_once_kept_what_was_short_waiting() -> None:
    assert await said_in_turns([1, 1, 1]) == ["0", "short", "1", "2"]


async def test_a_quarter_of_a_line_gets_its_turn_together_in_order() -> None:
    together = list[int]()
    turns, rounds, done = Turns(), 0, list[int]()

    async def clock() -> None:
        nonlocal rounds
        while len(done) < 42:
            rounds += 1
            await asyncio.sleep(0)

    async def plan(number: int) -> None:
        async with turn(turns, 1):
            done.append(number)
            together.append(rounds)

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        for number in range(42):
            tasks.create_task(plan(number))
        tasks.create_task(clock())
    assert done == list(range(42))
    sizes = [together.count(each) for each in dict.fromkeys(together)]
    assert sizes == [1, 10, 7, 6, 4, 3, 2, 2, *[1] * 7]  # of 42, 41, 31, 24, 18, 14, 11, 9, 7


async def test_decisions_that_went_together_leave_before_the_next_are_planned() -> None:
    looks = held = 0
    seen = list[int]()

    def writing() -> int:
        nonlocal looks
        looks -= looks > 0
        return looks

    turns = Turns(writing)

    async def plan() -> None:
        nonlocal held, looks
        async with turn(turns, 1):
            seen.append(looks)
            held += 1
            await asyncio.sleep(0)
            if held > 1:
                looks = 2  # the second look finds the disk done
            held -= 1

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        for _ in range(16):
            tasks.create_task(plan())
    assert seen == [0] * 16


async def most_together(count: int, size: int, turns: Turns | None = None) -> int:
    """Return how many of `count` plans of bodies of one size held their turns at the same time."""
    turns, held, most = turns or Turns(), 0, 0

    async def plan() -> None:
        nonlocal held, most
        async with turn(turns, size):
            held += 1
            most = max(most, held)
            await asyncio.sleep(0)
            held -= 1

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        for _ in range(count):
            tasks.create_task(plan())
    return most


async def test_a_very_long_line_is_no_reason_to_hold_everything_up() -> None:
    assert await most_together(500, 1) == 12


async def test_while_the_disk_is_at_work_plans_go_one_at_a_time() -> None:
    assert await most_together(40, 1, Turns(lambda: 12)) == 1


async def test_for_few_a_long_line_does_not_wait() -> None:
    assert await most_together(60, 1, Turns(lambda: 2)) == 12


async def test_together_they_are_no_longer_than_one_body_may_be() -> None:
    assert await most_together(100, LONGEST // 3) == 3


async def test_a_body_that_is_longer_than_all_may_be_gets_its_turn_alone() -> None:
    assert [one for one in await said_in_turns([LONGEST * 2] * 20) if one.isdigit()] == [str(n) for n in range(20)]


def saying(name: str, said: list[str], error: Exception | None = None) -> Steps[str]:
    """Say two steps; return the name, or raise."""
    for step in "ab":
        said.append(name + step)
        yield
    if error is not None:
        raise error
    return name


async def test_those_that_go_together_go_side_by_side_and_one_that_fails_fails_alone() -> None:
    turns, said = Turns(), list[str]()
    async with asyncio.timeout(10):
        async with turn(turns, 1):
            works = [saying(str(n), said, KeyError(n) if n == 1 else None) for n in range(8)]
            tasks = [asyncio.create_task(turns.do(1, work)) for work in works]
            await asyncio.sleep(0)
        told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(one) for one in told] == [str(n) for n in range(8)]
    assert isinstance(told[1], KeyError)
    assert said == [*("0a", "1a", "1b", "0b"), *(f"{n}{step}" for n in range(2, 8) for step in "ab")]


@pytest.mark.parametrize("rounds", range(10))
async def test_one_that_gives_up_at_whatever_moment_is_nothing_to_those_beside_it(rounds: int) -> None:
    turns, said = Turns(), list[str]()
    async with asyncio.timeout(10):
        async with turn(turns, 1):
            tasks = [asyncio.create_task(turns.do(1, saying(str(n), said))) for n in range(8)]
            await asyncio.sleep(0)
        for _ in range(rounds):
            await asyncio.sleep(0)
        begun = "1a" in said
        tasks[1].cancel()
        told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [told[0], *told[2:]] == [str(n) for n in range(8) if n != 1]
    assert begun or "1a" not in said


async def test_a_turn_is_free_again_when_nobody_waits() -> None:
    turns = Turns()
    for _ in range(3):
        async with asyncio.timeout(10), turn(turns, 1):
            pass


async def test_who_fails_passes_the_turn_on() -> None:
    turns = Turns()
    with pytest.raises(KeyError):
        async with turn(turns, 1):
            raise KeyError
    async with asyncio.timeout(10), turn(turns, 1):
        pass


@pytest.mark.parametrize("waiting", [2, 40])
@pytest.mark.parametrize("rounds", range(14))
async def test_who_gives_up_at_whatever_moment_passes_the_turn_on(rounds: int, waiting: int) -> None:
    turns = Turns()

    async def work() -> None:
        async with turn(turns, 1):
            await asyncio.sleep(0)

    async with asyncio.timeout(10):
        async with turn(turns, 1):
            tasks = [asyncio.create_task(work()) for _ in range(waiting)]
            await asyncio.sleep(0)
        for _ in range(rounds):
            await asyncio.sleep(0)
        for leaving in tasks[::2]:
            leaving.cancel()
        await asyncio.gather(*tasks[1::2])
    async with asyncio.timeout(10), turn(turns, 1):
        pass


@pytest.mark.parametrize("rounds", range(8))
async def test_a_line_that_all_have_left_holds_no_turn(rounds: int) -> None:
    turns = Turns()
    tasks = [asyncio.create_task(turns.take(1)) for _ in range(40)]
    await asyncio.sleep(0)
    turns.give()
    for _ in range(rounds):
        await asyncio.sleep(0)
    given = sum(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(given - 1):
        turns.give()
    async with asyncio.timeout(10), turn(turns, 1):
        pass


async def order_beside_what_is_late(put_off_s: float, lates: int = 1) -> list[str]:
    """Return in what order three plans went and what nobody waits for, which was there first."""
    turns, said = Turns(soon_s=0, put_off_s=put_off_s), list[str]()

    async def late() -> None:
        async with turns.later():
            said.append("late")

    async def plan(number: int) -> None:
        async with turn(turns, 1):
            said.append(str(number))

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks, turn(turns, 1):
        for _ in range(lates):
            tasks.create_task(late())
        for _ in range(3):
            await asyncio.sleep(0)
        for number in range(3):
            tasks.create_task(plan(number))
        await asyncio.sleep(0)
    return said


async def test_what_nobody_waits_for_comes_after_those_in_line() -> None:
    assert await order_beside_what_is_late(10) == ["0", "1", "2", "late"]


async def test_what_nobody_waits_for_is_not_put_off_for_ever() -> None:
    assert await order_beside_what_is_late(0) == ["late", "0", "1", "2"]


async def test_many_answers_that_end_at_once_held_the_line_up() -> None:
    assert await order_beside_what_is_late(0, 3) == ["late", "0", "late", "1", "late", "2"]
    assert await order_beside_what_is_late(0, 5) == ["late", "0", "late", "1", "late", "2", "late", "late"]


async def test_under_lasting_load_the_ends_of_answers_piled_up_behind_the_line() -> None:
    turns = Turns(soon_s=0, put_off_s=0)
    ending = most = 0

    async def end() -> None:
        nonlocal ending, most
        ending += 1
        most = max(most, ending)
        async with turns.later():
            ending -= 1

    async def client() -> None:
        for _ in range(40):
            async with turn(turns, 1):
                pass
            tasks.create_task(end())

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for _ in range(48):
            tasks.create_task(client())
    assert ending == 0
    assert most < 48 * 4


async def test_what_nobody_waits_for_begins_when_nobody_is_there() -> None:
    turns = Turns(soon_s=0)
    for _ in range(2):
        async with asyncio.timeout(10), turns.later():
            pass
    async with asyncio.timeout(10), turn(turns, 1):
        pass


@pytest.mark.parametrize("put_off_s", [0, 10])
@pytest.mark.parametrize("rounds", range(10))
async def test_what_nobody_waits_for_passes_the_turn_on_when_it_is_given_up(rounds: int, put_off_s: float) -> None:
    turns = Turns(soon_s=0, put_off_s=put_off_s)

    async def late() -> None:
        async with turns.later():
            await asyncio.sleep(0)

    async def plan() -> None:
        async with turn(turns, 1):
            await asyncio.sleep(0)

    async with asyncio.timeout(10):
        async with turn(turns, 1):
            tasks = [asyncio.create_task(work()) for work in (late, plan, late, late, plan)]
            await asyncio.sleep(0)
        for _ in range(rounds):
            await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.gather(*tasks[2:])
    async with asyncio.timeout(10), turn(turns, 1):
        pass
