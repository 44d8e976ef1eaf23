"""Counting distinct values without keeping them: in memory, and in a real Redis or Valkey."""

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.adapters.exposure import MemoryExposure, SharedExposure
from gateway.adapters.exposure.sketch import REGISTERS, Sketch, estimate, union
from gateway.core.errors import BudgetError, ConfigurationError
from gateway.core.exposure import Charge, ExposureStore

DAY = 86_400.0


def values(start: int, end: int) -> tuple[int, ...]:
    return tuple(int.from_bytes(hashlib.sha256(str(n).encode()).digest()[:8], "big") for n in range(start, end))


def charge(start: int, end: int, *, limit: int = 100, subject: str = "a", window_s: float = DAY) -> Charge:
    return Charge(subject, values(start, end), limit, window_s)


@pytest.mark.parametrize("count", [0, 1, 10, 200, 5_000, 50_000, 200_000])
def test_the_estimate_is_within_four_standard_errors(count: int) -> None:
    sketch = Sketch()
    sketch.add(values(0, count))
    allowed = max(2.0, 4 * 1.04 / math.sqrt(REGISTERS) * count)
    assert abs(estimate(union([sketch])) - count) <= allowed


def test_a_union_counts_what_is_in_both_once_and_adding_again_changes_nothing() -> None:
    left, right, whole = Sketch(), Sketch(), Sketch()
    left.add(values(0, 600))
    right.add(values(300, 900))
    whole.add(values(0, 900))
    whole.add(values(0, 900))
    assert (union([left, right]) == union([whole])).all()


@pytest.fixture(params=["memory", "shared"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[ExposureStore]:
    made: ExposureStore
    if request.param == "memory":
        made = MemoryExposure()
    else:
        shared = SharedExposure(request.getfixturevalue("redis_url"), 5.0)
        await shared._client.flushall()
        made = shared
    yield made
    await made.aclose()


async def test_distinct_values_count_and_what_is_known_is_always_admitted(store: ExposureStore) -> None:
    assert await store.admit(charge(0, 60), 0)
    assert await store.admit(charge(30, 90), 1)
    assert not await store.admit(charge(80, 160), 2)
    assert await store.admit(charge(0, 90), 3)
    assert await store.admit(charge(90, 95), 4)


async def test_what_was_refused_is_not_counted(store: ExposureStore) -> None:
    assert not await store.admit(charge(0, 500), 0)
    assert await store.admit(charge(0, 90), 1)


async def test_subjects_have_counts_of_their_own(store: ExposureStore) -> None:
    assert await store.admit(charge(0, 95), 0)
    assert await store.admit(charge(200, 295, subject="b"), 0)
    assert not await store.admit(charge(200, 295), 0)


async def test_the_window_slides(store: ExposureStore) -> None:
    assert await store.admit(charge(0, 60), 0)
    assert await store.admit(charge(60, 95), DAY / 2)
    assert not await store.admit(charge(200, 250), DAY * 0.99)
    assert await store.admit(charge(200, 250), DAY * 1.1)
    assert not await store.admit(charge(300, 350), DAY * 1.2)
    assert await store.admit(charge(300, 395), DAY * 3)


async def test_ten_thousand_values_in_one_charge(store: ExposureStore) -> None:
    assert await store.admit(charge(0, 10_000, limit=11_000), 0)
    assert not await store.admit(charge(10_000, 13_000, limit=11_000), 0)


async def test_in_memory_a_full_table_admits_nothing_new_until_something_ends() -> None:
    store = MemoryExposure(max_subjects=2)
    assert await store.admit(charge(0, 1, subject="a"), 0)
    assert await store.admit(charge(0, 1, subject="b"), 0)
    with pytest.raises(BudgetError):
        await store.admit(charge(0, 1, subject="c"), 1)
    assert await store.admit(charge(0, 1, subject="c"), 2 * DAY)


async def test_two_replicas_cannot_both_take_the_rest(redis_url: str) -> None:
    replicas = [SharedExposure(redis_url, 5.0) for _ in range(4)]
    await replicas[0]._client.flushall()
    asked = [replicas[n % 4].admit(charge(n * 10, n * 10 + 10), 0) for n in range(40)]
    admitted = sum(await asyncio.gather(*asked))
    assert 9 <= admitted <= 11
    for replica in replicas:
        await replica.aclose()


async def test_the_server_holds_neither_values_nor_keys_without_an_end(redis_url: str) -> None:
    store = SharedExposure(redis_url, 5.0)
    await store._client.flushall()
    assert await store.admit(charge(0, 50), 0)
    names = [name async for name in store._client.scan_iter()]
    assert len(names) == 1
    assert 0 < await store._client.pttl(names[0]) <= 1.2 * DAY * 1000
    await store.aclose()


async def test_a_store_that_is_down_is_an_error_that_names_no_url() -> None:
    store = SharedExposure("redis://user:hunter2-secret@127.0.0.1:1/0", 0.5)
    with pytest.raises(BudgetError) as caught:
        await store.admit(charge(0, 1), 0)
    assert "hunter2" not in str(caught.value) + repr(store)
    await store.aclose()
    with pytest.raises(ConfigurationError):
        SharedExposure("no url", 1.0)


def test_the_pages_of_a_charge_hide_values(tmp_path: Path) -> None:
    assert str(values(0, 1)[0]) not in repr(charge(0, 1))
