"""A client that leaves stops the work for it, at once and by whichever way the server tells."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.server.presence import PRESENCE, ClientGone, Presence, WhileClientStays


class Client:
    """Tells by a `Presence`, or by ASGI's `receive`."""

    def __init__(self, *, presence: bool) -> None:
        self.listened = 0
        self.left = asyncio.Event()
        self.presence = Presence(self._listen, lambda *_: True)
        self.scope: dict[str, Any] = {PRESENCE: self.presence} if presence else {}

    def _listen(self) -> None:
        self.listened += 1

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    def leave(self) -> None:
        self.left.set()
        self.presence.leave()


@pytest.fixture(params=[True, False], ids=["presence", "receive"])
async def client(request: pytest.FixtureRequest) -> Client:
    return Client(presence=request.param)


async def test_work_that_ends_first_is_left_alone(client: Client) -> None:
    with WhileClientStays(client.scope, client.receive):
        await asyncio.sleep(0)
    client.leave()
    await asyncio.sleep(0)
    assert not (task := asyncio.current_task()) or task.cancelling() == 0


async def test_a_client_that_leaves_stops_the_work(client: Client) -> None:
    stopped = False

    async def work() -> None:
        nonlocal stopped
        try:
            await asyncio.Event().wait()
        finally:
            stopped = True

    asyncio.get_running_loop().call_soon(client.leave)
    with pytest.raises(ClientGone), WhileClientStays(client.scope, client.receive):
        await work()
    assert stopped
    assert not (task := asyncio.current_task()) or task.cancelling() == 0


async def test_a_client_that_left_before_is_not_worked_for(client: Client) -> None:
    client.leave()
    with pytest.raises(ClientGone), WhileClientStays(client.scope, client.receive):
        await asyncio.Event().wait()


async def test_a_cancellation_by_somebody_else_stays_one(client: Client) -> None:
    async def work() -> None:
        with WhileClientStays(client.scope, client.receive):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_client_that_leaves_while_somebody_else_cancels_hides_nothing(client: Client) -> None:
    async def work() -> None:
        with WhileClientStays(client.scope, client.receive):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    client.leave()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_work_is_told_even_if_the_client_left_meanwhile(client: Client) -> None:
    async def work() -> None:
        with WhileClientStays(client.scope, client.receive):
            client.leave()
            raise ValueError("the work failed")

    with pytest.raises(ValueError, match="the work failed"):
        await asyncio.create_task(work())


async def test_reading_goes_on_so_that_leaving_is_noticed() -> None:
    client = Client(presence=True)
    with WhileClientStays(client.scope, client.receive):
        pass
    assert client.listened == 1
