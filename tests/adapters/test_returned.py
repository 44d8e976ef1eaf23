"""Signed items are remembered for a time, within bounds, each tenant's apart."""

from gateway.adapters.returned import MemoryReturned

ONE, TWO, THREE = b"1" * 32, b"2" * 32, b"3" * 32


async def test_an_item_is_known_by_all_who_made_it_and_to_its_tenant_alone() -> None:
    store = MemoryReturned()
    await store.remember("acme", [ONE], "a", 0.0)
    await store.remember("acme", [ONE, TWO], "b", 1.0)
    assert await store.makers("acme", [ONE, TWO, THREE], 2.0) == {ONE: {"a", "b"}, TWO: {"b"}}
    assert await store.makers("other", [ONE], 2.0) == {}


async def test_an_item_is_forgotten_when_it_was_not_seen_for_its_life() -> None:
    store = MemoryReturned(life_s=10)
    await store.remember("acme", [ONE, TWO], "a", 0.0)
    assert await store.makers("acme", [ONE], 9.0) == {ONE: {"a"}}
    assert await store.makers("acme", [ONE, TWO], 18.0) == {ONE: {"a"}}
    await store.remember("acme", [TWO], "b", 20.0)
    assert await store.makers("acme", [ONE, TWO], 28.5) == {TWO: {"b"}}


async def test_the_longest_unseen_are_forgotten_at_the_bound_and_of_that_tenant_only() -> None:
    store = MemoryReturned(max_items=2, max_tenants=2)
    await store.remember("small", [ONE], "a", 0.0)
    await store.remember("large", [ONE, TWO], "a", 0.0)
    await store.makers("large", [ONE], 1.0)
    await store.remember("large", [THREE], "a", 2.0)
    assert set(await store.makers("large", [ONE, TWO, THREE], 3.0)) == {ONE, THREE}
    assert set(await store.makers("small", [ONE], 3.0)) == {ONE}
    await store.remember("third", [ONE], "a", 4.0)
    assert await store.makers("large", [ONE], 5.0) == {}
    assert set(await store.makers("small", [ONE], 5.0)) == {ONE}
