"""The vault over each of its stores: who gets what back, for how long, and what a store can do to it."""

import secrets
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.vault import MemoryStore, SharedStore, SqliteStore, Vault
from gateway.adapters.vault.seal import MAX_RECORD_BYTES, TenantKeys
from gateway.core.errors import ConfigurationError, VaultError
from gateway.core.model import Principal, Sensitivity
from gateway.core.state import Pair, Remembered, StateKind, VaultStore, merged

KEY = b"k" * 32
ANN = Principal("ann", "acme")
BOB = Principal("bob", "acme")
RIVAL = Principal("ann", "rival")
VALUE = "martha@nordhavn-clinic.com"
PAIR = Pair("EMAIL_ADDRESS", "EMAIL_ADDRESS", "<EMAIL_ADDRESS_kt4qz7mw3bd>", VALUE)
RECORD = Remembered(
    StateKind.RESPONSE, "cloud http://c/v1", Sensitivity.LOW, "digest", (PAIR,), ("4qz7mw3bd",), 5.0, {"n": [1]}
)


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VaultStore]:
    made: VaultStore
    if request.param == "memory":
        made = MemoryStore(max_ids=5)
    elif request.param == "sqlite":
        made = SqliteStore(tmp_path / "vault.sqlite", max_ids=5)
    else:
        shared = SharedStore(request.getfixturevalue("redis_url"), 5.0, max_ids=5)
        await shared._client.flushall()
        made = shared
    yield made
    await made.aclose()


def vault(store: VaultStore, *, ttl_s: float = 600, at: float | None = None, key: bytes = KEY) -> Vault:
    return Vault(store, key, ttl_s, (lambda: at) if at is not None else time.time)


async def test_what_was_remembered_comes_back_to_who_got_it_and_to_nobody_else(store: VaultStore) -> None:
    v = vault(store)
    await v.remember(ANN, {"resp_1": RECORD})
    assert await v.recall(ANN, ["resp_1", "resp_2"]) == {"resp_1": RECORD}
    for other in (BOB, RIVAL, Principal("resp_1", "acme")):
        assert await v.recall(other, ["resp_1"]) == {}
    assert await vault(store, key=b"x" * 32).recall(ANN, ["resp_1"]) == {}


async def test_records_of_one_id_add_up(store: VaultStore) -> None:
    v = vault(store)
    more = Pair("PERSON", "PERSON", "<PERSON_bb2cc3dd4ff>", "Jane")
    await v.remember(ANN, {"conv_1": replace(RECORD, kind=StateKind.CONVERSATION)})
    await v.remember(
        ANN,
        {"conv_1": replace(RECORD, kind=StateKind.CONVERSATION, level=Sensitivity.HIGH, pairs=(more,), planted=("a",))},
    )
    await v.remember(ANN, {"conv_1": replace(RECORD, kind=StateKind.CONVERSATION, pairs=())})
    known = (await v.recall(ANN, ["conv_1"]))["conv_1"]
    assert known.level is Sensitivity.HIGH
    assert known.pairs == (PAIR, more)
    assert set(known.planted) == {"4qz7mw3bd", "a"}


async def test_time_ends_it_and_use_prolongs_it(store: VaultStore) -> None:
    now = time.time()
    await vault(store, ttl_s=0.05).remember(ANN, {"resp_1": RECORD})
    await vault(store, ttl_s=600, at=now).remember(ANN, {"resp_2": RECORD})
    await vault(store, ttl_s=1200, at=now).prolong(ANN, {"resp_2": StateKind.RESPONSE, "resp_9": StateKind.RESPONSE})
    while await vault(store).recall(ANN, ["resp_1"]):
        pass
    assert "resp_2" in await vault(store, at=now + 1).recall(ANN, ["resp_2", "resp_9"])
    assert "resp_9" not in await vault(store, at=now + 1).recall(ANN, ["resp_2", "resp_9"])
    if not isinstance(store, SharedStore):  # its server has a clock of its own
        assert await vault(store, at=now + 1100).recall(ANN, ["resp_2"])
        assert not await vault(store, at=now + 1300).recall(ANN, ["resp_2"])


async def test_erasure_takes_all_of_a_tenant_or_of_a_principal_and_nothing_else(store: VaultStore) -> None:
    v = vault(store)
    for who in (ANN, BOB, RIVAL):
        await v.remember(who, {"resp_1": RECORD, "resp_2": RECORD})
    stats = await v.stats()
    assert (stats.ids, stats.tenants) == (6, 2)
    assert stats.size_bytes > 0
    assert await v.erase("acme", "ann") == 2
    assert (await v.stats("acme")).ids == 2
    assert not await v.recall(ANN, ["resp_1", "resp_2"])
    assert len(await v.recall(BOB, ["resp_1", "resp_2"])) == 2
    assert await v.erase("acme") == 2
    assert await v.erase("acme") == 0
    assert len(await v.recall(RIVAL, ["resp_1", "resp_2"])) == 2
    assert (await v.stats()).tenants == 1


async def test_a_list_has_the_callers_own_ids_of_that_kind_oldest_first(store: VaultStore) -> None:
    v = vault(store)
    file = replace(RECORD, kind=StateKind.FILE)
    await v.remember(ANN, {"file-2": replace(file, created=2.0)})
    await v.remember(ANN, {"file-1": replace(file, created=1.0), "resp_1": RECORD})
    await v.remember(BOB, {"file-3": file})
    await v.remember(RIVAL, {"file-4": file})
    assert list(await v.owned(ANN, StateKind.FILE)) == ["file-1", "file-2"]
    await v.forget(ANN, ["file-1", "file-3"])
    assert list(await v.owned(ANN, StateKind.FILE)) == ["file-2"]
    assert list(await v.owned(BOB, StateKind.FILE)) == ["file-3"]


async def test_a_tenant_that_remembers_too_much_loses_its_own_oldest(store: VaultStore) -> None:
    v = vault(store)
    await v.remember(RIVAL, {"resp_0": RECORD})
    for number in range(8):
        await v.remember(ANN, {f"resp_{number}": RECORD})
    left = await v.recall(ANN, [f"resp_{number}" for number in range(8)])
    assert len(left) == 5
    assert "resp_7" in left
    assert "resp_0" not in left
    assert await v.recall(RIVAL, ["resp_0"])


async def test_a_store_holds_no_value_no_id_and_no_name(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "vault.sqlite"
    store = SqliteStore(file)
    v = vault(store)
    await v.remember(ANN, {"resp_1": RECORD})
    await v.aclose()
    held = b"".join(each.read_bytes() for each in file.parent.iterdir())
    for text in (VALUE, "martha", "resp_1", "acme", "ann", "http://c", "kt4qz7mw3bd"):
        assert text.encode() not in held
    assert file.stat().st_mode & 0o077 == 0
    assert VALUE not in repr(RECORD) + repr(v) + repr(store)


async def test_what_was_erased_is_gone_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "vault.sqlite"
    v = vault(SqliteStore(file))
    await v.remember(ANN, {"resp_1": RECORD})
    sealed = sqlite3.connect(file).execute("SELECT sealed FROM records").fetchone()[0]
    assert await v.erase("acme") == 1
    assert sealed not in b"".join(each.read_bytes() for each in tmp_path.iterdir())
    await v.aclose()


def changed(file: Path, statement: str, *values: Any) -> None:
    with sqlite3.connect(file) as database:
        database.execute(statement, values)
    database.close()


async def test_a_changed_or_moved_record_does_not_open(tmp_path: Path) -> None:
    file = tmp_path / "vault.sqlite"
    v = vault(SqliteStore(file))
    await v.remember(ANN, {"resp_1": RECORD})
    await v.remember(BOB, {"resp_1": replace(RECORD, level=Sensitivity.HIGH)})
    rows = sqlite3.connect(file).execute("SELECT key, sealed FROM records").fetchall()
    (one, sealed), (two, other) = rows
    for bad in (other, sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x02" + sealed[1:], sealed[:20], b"\x00"):
        changed(file, "UPDATE records SET sealed = ? WHERE key = ?", bad, one)
        with pytest.raises(VaultError) as caught:
            await v.recall(ANN, ["resp_1"])
        assert VALUE not in str(caught.value)
        with pytest.raises(VaultError):
            await v.owned(ANN, StateKind.RESPONSE)
    changed(file, "UPDATE records SET key = ? WHERE key = ?", one, two)
    with pytest.raises(VaultError):
        await v.recall(ANN, ["resp_1"])
    await v.aclose()


async def test_a_file_that_is_no_vault_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(b"something else entirely" * 100)
    with pytest.raises(VaultError):
        SqliteStore(tmp_path / "v")
    with pytest.raises(VaultError):
        SqliteStore(tmp_path)


async def test_a_server_that_is_down_is_an_error_without_its_address() -> None:
    v = vault(SharedStore("redis://:hunter2@127.0.0.1:1/0", 0.2))
    for call in (v.recall(ANN, ["resp_1"]), v.remember(ANN, {"resp_1": RECORD}), v.erase("acme"), v.stats()):
        with pytest.raises(VaultError) as caught:
            await call
        assert "hunter2" not in str(caught.value)
    await v.aclose()
    with pytest.raises(ConfigurationError):
        SharedStore("gopher://x", 1)


async def test_a_record_that_is_too_large_is_not_written() -> None:
    v = vault(MemoryStore())
    large = replace(RECORD, pairs=(PAIR._replace(value="x" * MAX_RECORD_BYTES),))
    with pytest.raises(VaultError):
        await v.remember(ANN, {"resp_1": large})


def test_contradicting_records_say_nothing() -> None:
    assert merged([]) is None
    assert merged([RECORD, replace(RECORD, maker="other http://o/v1")]) is None
    assert merged([RECORD, replace(RECORD, kind=StateKind.FILE)]) is None


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_two_lists_of_parts_have_one_name_only_if_they_are_one(left: list[str], right: list[str]) -> None:
    keys = TenantKeys(KEY, "acme")
    assert (keys.name(*left) == keys.name(*right)) == (left == right)


@given(st.binary(max_size=300))
def test_what_was_sealed_opens_under_its_name_alone(record: bytes) -> None:
    keys, name = TenantKeys(KEY, "acme"), secrets.token_bytes(32)
    sealed = keys.seal(name, record)
    assert keys.open(name, sealed) == record
    for other, its in ((TenantKeys(KEY, "rival"), name), (TenantKeys(b"x" * 32, "acme"), name), (keys, b"n" * 32)):
        with pytest.raises(VaultError):
            other.open(its, sealed)


async def test_a_tenant_that_floods_the_memory_loses_its_own_oldest_ids_and_no_others() -> None:
    store = MemoryStore(max_bytes=20_000)
    v = vault(store)
    await v.remember(RIVAL, {"resp_rival": RECORD})
    large = replace(RECORD, detail={"n": secrets.token_hex(2500)})  # nothing that could be compressed
    for number in range(20):
        await v.remember(ANN, {f"resp_{number}": large})
    for _ in range(20):
        await v.remember(ANN, {"conv_endless": large})
    await v.remember(ANN, {"resp_last": large})
    known = await v.recall(ANN, [f"resp_{number}" for number in range(20)] + ["resp_last", "conv_endless"])
    assert "resp_0" not in known
    assert "resp_last" in known
    assert (await store.stats(None, now=0)).size_bytes < 25_000
    assert await v.recall(RIVAL, ["resp_rival"])
    await v.forget(ANN, list(known))
    await v.remember(ANN, {"resp_0": large})
    assert await v.recall(ANN, ["resp_0"])
