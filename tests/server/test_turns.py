"""Turns come in order, with room between them, a part of a long line side by side, whoever gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from gateway.core.steps import Steps
from gateway.server.turns import LONGEST, Turns


def saying(name: str, said: list[str], error: Exception | None = None) -> Steps[str]:
    """Say the name at each of two steps; return it, or raise."""
    said.append(name)
    yield
    said.append(name)
    if error is not None:
        raise error
    return name


def calling(call: Callable[[], None]) -> Steps[None]:
    """Call it in the only step."""
    call()
    yield from ()


async def taken(turns: Turns) -> None:
    """Have a turn, so that whatever comes now waits in line until the loop has gone round."""
    await turns.do(1, calling(lambda: None))


async def still_goes(turns: Turns) -> None:
    """Fail unless there are turns."""
    async with asyncio.timeout(10):
        assert await turns.do(1, saying("on", [])) == "on"


async def at_once(*works: Coroutine[Any, Any, Any]) -> None:
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        for work in works:
            tasks.create_task(work)


async def said_in_turns(sizes: list[int]) -> list[str]:
    """Return in what order plans of these sizes ran, and what is short between them."""
    turns, said = Turns(), list[str]()

    async def short() -> None:
        for _ in range(3):  # a decision that is durable, and what follows from it
            await asyncio.sleep(0)
        said.append("short")

    await at_once(*(turns.do(size, calling(partial(said.append, str(n)))) for n, size in enumerate(sizes)), short())
    return said


async def test_many_plans_at_once_kept_what_was_short_waiting() -> None:
    assert await said_in_turns([1, 1, 1]) == ["0", "short", "1", "2"]


async def groups(sizes: list[int], turns: Turns | None = None) -> list[int]:
    """Return how many of plans of these sizes that come at once went side by side, one number a group."""
    turns = turns or Turns()
    rounds, went = 0, list[int]()

    async def clock() -> None:
        nonlocal rounds
        while len(went) < len(sizes):
            rounds += 1
            await asyncio.sleep(0)

    await at_once(*(turns.do(size, calling(lambda: went.append(rounds))) for size in sizes), clock())
    return [went.count(each) for each in dict.fromkeys(went)]


async def test_a_quarter_of_a_line_goes_together() -> None:
    assert await groups([1] * 42) == [1, 10, 7, 6, 4, 3, 2, 2, *[1] * 7]  # of 42, 41, 31, 24, 18, 14, 11, 9, 7


async def test_those_that_go_together_go_side_by_side_in_order_and_one_that_fails_fails_alone() -> None:
    turns, said = Turns(), list[str]()
    async with asyncio.timeout(10):
        await taken(turns)
        works = [saying(str(n), said, KeyError(n) if n == 1 else None) for n in range(9)]
        told = await asyncio.gather(*(turns.do(1, work) for work in works), return_exceptions=True)
    assert [str(one) for one in told] == [str(n) for n in range(9)]
    assert isinstance(told[1], KeyError)
    assert said == [*"0110", *(f"{n}" for n in range(2, 9) for _ in range(2))]


async def test_decisions_that_went_together_leave_before_the_next_are_planned() -> None:
    looks = 0
    seen = list[int]()

    def writing() -> int:
        nonlocal looks
        looks -= looks > 0
        return looks

    turns = Turns(writing)

    async def plan() -> None:
        nonlocal looks
        await turns.do(1, calling(lambda: seen.append(looks)))
        if 1 < len(seen) < 5:  # of 16 the first goes alone, and three behind it
            looks = 2  # the second look finds the disk done

    await at_once(*(plan() for _ in range(16)))
    assert seen == [0] * 16


async def test_a_very_long_line_is_no_reason_to_hold_everything_up() -> None:
    assert max(await groups([1] * 500)) == 12


async def test_while_the_disk_is_at_work_plans_go_one_at_a_time() -> None:
    assert max(await groups([1] * 40, Turns(lambda: 12))) == 1


async def test_for_few_a_long_line_does_not_wait() -> None:
    assert max(await groups([1] * 60, Turns(lambda: 2))) == 12


async def test_together_they_are_no_longer_than_one_body_may_be() -> None:
    assert max(await groups([LONGEST // 3] * 100)) == 3


async def test_a_body_that_is_longer_than_all_may_be_gets_its_turn_alone() -> None:
    assert await groups([LONGEST * 2] * 20) == [1] * 20


async def test_a_turn_is_free_again_when_nobody_waits() -> None:
    turns = Turns()
    for _ in range(3):
        await still_goes(turns)


async def test_who_fails_passes_the_turn_on() -> None:
    turns = Turns()
    with pytest.raises(KeyError):
        await turns.do(1, saying("", [], KeyError()))
    await still_goes(turns)


@pytest.mark.parametrize("waiting", [2, 40])
@pytest.mark.parametrize("rounds", range(14))
async def test_who_gives_up_at_whatever_moment_passes_the_turn_on(rounds: int, waiting: int) -> None:
    turns, said = Turns(), list[str]()
    async with asyncio.timeout(10):
        await taken(turns)
        tasks = [asyncio.create_task(turns.do(1, saying(str(n), said))) for n in range(waiting)]
        for _ in range(rounds):
            await asyncio.sleep(0)
        begun = {*said}
        for leaving in tasks[::2]:
            leaving.cancel()
        assert await asyncio.gather(*tasks[1::2]) == [str(n) for n in range(1, waiting, 2)]
        await asyncio.gather(*tasks, return_exceptions=True)
    assert {*said} - begun <= {str(n) for n in range(1, waiting, 2)}, "begun for nobody"
    await still_goes(turns)


@pytest.mark.parametrize("rounds", range(8))
async def test_a_line_that_all_have_left_holds_no_turn(rounds: int) -> None:
    turns = Turns()
    await taken(turns)
    tasks = [asyncio.create_task(turns.do(1, saying("", []))) for _ in range(40)]
    for _ in range(rounds):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await still_goes(turns)


async def order_beside_what_is_late(put_off_s: float, lates: int = 1) -> list[str]:
    """Return in what order three plans went and what nobody waits for, which was there first."""
    turns, said = Turns(soon_s=0, put_off_s=put_off_s), list[str]()

    async def late() -> None:
        await turns.later(1, calling(partial(said.append, "late")))

    async def plan(number: int) -> None:
        await asyncio.sleep(0)  # in which what is late gets in line
        await turns.do(1, calling(partial(said.append, str(number))))

    await taken(turns)
    await at_once(*(late() for _ in range(lates)), *(plan(number) for number in range(3)))
    return said


async def test_what_nobody_waits_for_comes_after_those_in_line() -> None:
    assert await order_beside_what_is_late(10) == ["0", "1", "2", "late"]


async def test_what_nobody_waits_for_is_not_put_off_for_ever() -> None:
    assert await order_beside_what_is_late(0) == ["late", "0", "1", "2"]


async def test_many_answers_that_end_at_once_held_the_line_up() -> None:
    assert await order_beside_what_is_late(0, 3) == ["late", "0", "late", "1", "late", "2"]
    assert await order_beside_what_is_late(0, 5) == ["late", "0", "late", "1", "late", "2", "late", "late"]


async def test_what_nobody_waits_for_goes_side_by_side() -> None:
    turns, said = Turns(soon_s=0), list[str]()
    await taken(turns)
    await at_once(*(turns.later(1, saying(name, said)) for name in "abc"))
    assert said == [*"abccba"]


async def test_what_nobody_waits_for_goes_in_parts_no_longer_than_one_body() -> None:
    turns, said = Turns(soon_s=0), list[str]()
    await taken(turns)
    await at_once(*(turns.later(LONGEST // 2, saying(name, said)) for name in "abc"))
    assert said == [*"abbacc"]


async def test_under_lasting_load_the_ends_of_answers_piled_up_behind_the_line() -> None:
    turns = Turns(soon_s=0, put_off_s=0)
    ending = most = 0

    async def end() -> None:
        nonlocal ending, most
        ending += 1
        most = max(most, ending)
        await turns.later(1, saying("", []))
        ending -= 1

    async def client() -> None:
        for _ in range(40):
            await turns.do(1, saying("", []))
            tasks.create_task(end())

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for _ in range(48):
            tasks.create_task(client())
    assert ending == 0
    assert most < 48 * 4


async def test_what_nobody_waits_for_begins_when_nobody_is_there() -> None:
    turns = Turns(soon_s=0)
    for _ in range(2):
        async with asyncio.timeout(10):
            assert await turns.later(1, saying("late", [])) == "late"
    await still_goes(turns)


@pytest.mark.parametrize("put_off_s", [0, 10])
@pytest.mark.parametrize("rounds", range(10))
async def test_what_nobody_waits_for_passes_the_turn_on_when_it_is_given_up(rounds: int, put_off_s: float) -> None:
    turns = Turns(soon_s=0, put_off_s=put_off_s)
    await taken(turns)
    ways = (turns.later, turns.do, turns.later, turns.later, turns.do)
    tasks = [asyncio.create_task(way(1, saying("", []))) for way in ways]
    async with asyncio.timeout(10):
        for _ in range(rounds):
            await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.gather(*tasks[2:])
    await still_goes(turns)


async def test_what_nobody_waits_for_and_fails_passes_the_turn_on() -> None:
    turns = Turns(soon_s=0)
    with pytest.raises(KeyError):
        await turns.later(1, saying("", [], KeyError()))
    await still_goes(turns)
