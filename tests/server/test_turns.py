"""Turns come in order, with room between them, a part of a long line side by side, whoever gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import groupby
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


async def groups(sizes: list[int]) -> list[int]:
    """Return how many of plans of these sizes that come at once went side by side, one number a group."""
    turns, rounds, went, order = Turns(), 0, list[int](), list[int]()

    def go(number: int) -> None:
        went.append(rounds)
        order.append(number)

    async def clock() -> None:
        nonlocal rounds
        while len(went) < len(sizes):
            rounds += 1
            await asyncio.sleep(0)

    await at_once(*(turns.do(size, calling(partial(go, number))) for number, size in enumerate(sizes)), clock())
    assert order == list(range(len(sizes)))
    return [went.count(each) for each in dict.fromkeys(went)]


async def test_those_in_line_go_together_but_not_too_many() -> None:
    assert await groups([1] * 42) == [1, 16, 16, 9]


async def test_a_very_long_line_is_no_reason_to_hold_everything_up() -> None:
    assert max(await groups([1] * 500)) == 16


async def test_those_that_go_together_go_side_by_side_in_order_and_one_that_fails_fails_alone() -> None:
    turns, said = Turns(), list[str]()
    async with asyncio.timeout(10):
        await taken(turns)
        works = [saying(str(n), said, KeyError(n) if n == 1 else None) for n in range(9)]
        told = await asyncio.gather(*(turns.do(1, work) for work in works), return_exceptions=True)
    assert [str(one) for one in told] == [str(n) for n in range(9)]
    assert isinstance(told[1], KeyError)
    assert said == [*"012345678", *"876543210"]


class Bell:
    """Rings until the loop has gone round so often that it is heard."""

    def __init__(self, said: list[str]) -> None:
        self.rings = False
        self._said = said

    def ring(self, rounds: int = 0) -> None:
        """Ring: what is said when it is heard should not wait for what is long."""
        self.rings = bool(rounds)
        if rounds:
            asyncio.get_running_loop().call_soon(self.ring, rounds - 1)
        else:
            self._said.append("heard")


async def test_decisions_that_were_durable_waited_for_the_plans_behind_them() -> None:
    said = list[str]()
    bell = Bell(said)

    def ringing() -> Steps[str]:
        bell.ring(3)
        return (yield from saying("r", said))

    turns = Turns(lambda: bell.rings)
    async with asyncio.timeout(10):
        await taken(turns)
        await asyncio.gather(turns.do(1, ringing()), turns.do(1, saying("a", said)))
    assert said == ["r", "a", "heard", "a", "r"]


async def test_decisions_that_were_durable_waited_for_a_turn_that_began_first() -> None:
    said = list[str]()
    bell = Bell(said)
    turns = Turns(lambda: bell.rings)
    async with asyncio.timeout(10):
        await turns.do(1, calling(partial(bell.ring, 6)))
        assert await turns.do(1, saying("a", said)) == "a"
    assert said == ["heard", "a", "a"]


async def test_what_always_presses_stops_no_turn() -> None:
    turns, said = Turns(lambda: True), list[str]()
    async with asyncio.timeout(10):
        await taken(turns)
        assert await asyncio.gather(*(turns.do(1, saying(name, said)) for name in "abc")) == [*"abc"]
    assert said == [*"abccba"]


@pytest.mark.parametrize("rounds", range(14))
async def test_who_gives_up_while_the_loop_goes_round_ends_no_others_turn(rounds: int) -> None:
    turns = Turns(lambda: True)
    async with asyncio.timeout(10):
        await taken(turns)
        tasks = [asyncio.create_task(turns.do(1, saying(str(n), []))) for n in range(4)]
        for _ in range(rounds):
            await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[2].cancel()
        assert [*await asyncio.gather(tasks[1], tasks[3])] == ["1", "3"]
        await still_goes(turns)


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


async def order_beside_what_is_late(put_off_s: float, lates: int = 1, plans: int = 1) -> list[tuple[str, int]]:
    """Return in what order plans went and what nobody waits for, which was there first, and how many in a row."""
    turns, said = Turns(soon_s=0, put_off_s=put_off_s), list[str]()

    async def late() -> None:
        await turns.later(1, calling(partial(said.append, "late")))

    async def plan() -> None:
        await asyncio.sleep(0)  # in which what is late gets in line
        await turns.do(1, calling(partial(said.append, "plan")))

    await taken(turns)
    await at_once(*(late() for _ in range(lates)), *(plan() for _ in range(plans)))
    return [(name, len([*row])) for name, row in groupby(said)]


async def test_what_nobody_waits_for_comes_after_those_in_line() -> None:
    assert await order_beside_what_is_late(10) == [("plan", 1), ("late", 1)]


async def test_what_nobody_waits_for_is_not_put_off_for_ever() -> None:
    assert await order_beside_what_is_late(0) == [("late", 1), ("plan", 1)]


async def test_many_answers_that_end_at_once_held_the_line_up() -> None:
    # As many as the line has had turns: one, by which the others came to wait, and then all that go side by side.
    assert await order_beside_what_is_late(0, 3, 3) == [("late", 1), ("plan", 3), ("late", 2)]
    assert await order_beside_what_is_late(0, 40, 35) == [
        *[("late", 1), ("plan", 16), ("late", 16), ("plan", 16), ("late", 16), ("plan", 3), ("late", 7)],
    ]


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
