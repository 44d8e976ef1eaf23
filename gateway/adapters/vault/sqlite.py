"""The vault in a SQLite file: survives a restart, shared by the processes of one machine.

Decisions kept here:

* One connection, used in a thread and one call at a time: SQLite writes one at a time anyway, and the loop goes on.
* Write-ahead log, so that readers don't wait for a writer; `secure_delete`, so that what is erased is overwritten.
  After an erasure the log is emptied, too.
* The file is made readable by its owner alone, before anything is written into it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from gateway.adapters.vault.memory import MAX_IDS
from gateway.core.errors import VaultError
from gateway.core.state import Shelved, VaultStats

__all__ = ["SqliteStore"]

_T = TypeVar("_T")
_BUSY_S: Final = 5.0
_SWEEP_EVERY_S: Final = 60.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS ids (
    key BLOB PRIMARY KEY, tenant BLOB NOT NULL, owner BLOB NOT NULL, shelf BLOB NOT NULL,
    created REAL NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ids_by_tenant ON ids (tenant, created);
CREATE INDEX IF NOT EXISTS ids_by_shelf ON ids (shelf, created);
CREATE INDEX IF NOT EXISTS ids_by_expiry ON ids (expires);
CREATE TABLE IF NOT EXISTS records (
    number INTEGER PRIMARY KEY, key BLOB NOT NULL REFERENCES ids (key) ON DELETE CASCADE, sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS records_by_key ON records (key, number);
"""
_PUT: Final = """
INSERT INTO ids (key, tenant, owner, shelf, created, expires) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET expires = max(expires, excluded.expires)
"""
_MAKE_ROOM: Final = """
DELETE FROM ids WHERE key IN (
    SELECT key FROM ids WHERE tenant = ? ORDER BY created
    LIMIT max(0, (SELECT count(*) FROM ids WHERE tenant = ?) - ?)
)
"""


class SqliteStore:
    """Satisfies `gateway.core.state.VaultStore`.

    Args:
        path: the file; made when missing.
        max_ids: ids of one tenant that are kept; beyond, its oldest go.

    Raises:
        VaultError: if the file cannot be opened, or is something else.
    """

    def __init__(self, path: Path, max_ids: int = MAX_IDS) -> None:
        self._path = path
        self._max = max_ids
        self._lock = threading.Lock()
        self._swept = 0.0
        self._added: dict[bytes, int] = {}
        self._database = self._do(self._open)

    def __repr__(self) -> str:
        return "SqliteStore()"

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        database = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "foreign_keys = ON"):
                database.execute(f"PRAGMA {pragma}")
            database.executescript(_SCHEMA)
        except sqlite3.Error:
            database.close()
            raise
        return database

    async def put(self, items: Sequence[Shelved], *, now: float, expires: float) -> None:
        """See the protocol."""

        def write() -> None:
            database = self._database
            database.execute("BEGIN IMMEDIATE")
            try:
                if now - self._swept >= _SWEEP_EVERY_S:
                    database.execute("DELETE FROM ids WHERE expires <= ?", (now,))
                    self._swept = now
                for item in items:
                    database.execute("DELETE FROM ids WHERE key = ? AND expires <= ?", (item.key, now))
                    if item.sealed:
                        database.execute(_PUT, (item.key, item.tenant, item.owner, item.shelf, now, expires))
                        database.execute("INSERT INTO records (key, sealed) VALUES (?, ?)", (item.key, item.sealed))
                    else:
                        database.execute("UPDATE ids SET expires = max(expires, ?) WHERE key = ?", (expires, item.key))
                for tenant in {item.tenant for item in items}:
                    self._make_room(tenant, len(items))
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

        await self._call(write)

    def _make_room(self, tenant: bytes, added: int) -> None:
        """Forget a tenant's oldest ids beyond its bound; counting takes long, so once for every hundredth of it."""
        since = self._added.get(tenant, self._max) + added
        if since >= max(1, self._max // 100):
            self._database.execute(_MAKE_ROOM, (tenant, tenant, self._max))
            since = 0
        self._added[tenant] = since

    async def get(self, keys: Sequence[bytes], *, now: float) -> list[list[bytes]]:
        """See the protocol."""
        query = (
            "SELECT sealed FROM records JOIN ids USING (key) WHERE key = ? AND expires > ? ORDER BY number"  # one id's
        )
        return await self._call(lambda: [[row[0] for row in self._database.execute(query, (key, now))] for key in keys])

    async def shelf(self, shelf: bytes, *, now: float) -> list[tuple[bytes, list[bytes]]]:
        """See the protocol."""
        query = (
            "SELECT key, sealed FROM ids JOIN records USING (key) WHERE shelf = ? AND expires > ? "
            "ORDER BY created, number"
        )

        def read() -> list[tuple[bytes, list[bytes]]]:
            found: dict[bytes, list[bytes]] = {}
            for key, sealed in self._database.execute(query, (shelf, now)):
                found.setdefault(key, []).append(sealed)
            return list(found.items())

        return await self._call(read)

    async def delete(self, keys: Iterable[bytes]) -> None:
        """See the protocol."""
        gone = [(key,) for key in keys]
        await self._call(lambda: self._database.executemany("DELETE FROM ids WHERE key = ?", gone))

    async def erase(self, tenant: bytes, owner: bytes | None) -> int:
        """See the protocol."""

        def write() -> int:
            gone = self._database.execute(
                "DELETE FROM ids WHERE tenant = ? AND (? IS NULL OR owner = ?)", (tenant, owner, owner)
            ).rowcount
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return gone

        return await self._call(write)

    async def stats(self, tenant: bytes | None, *, now: float) -> VaultStats:
        """See the protocol."""
        query = (
            "SELECT count(DISTINCT key), coalesce(sum(length(sealed)), 0), count(DISTINCT tenant) "
            "FROM ids JOIN records USING (key) WHERE expires > ? AND (? IS NULL OR tenant = ?)"
        )
        return await self._call(lambda: VaultStats(*self._database.execute(query, (now, tenant, tenant)).fetchone()))

    async def aclose(self) -> None:
        """Close the file."""
        await self._call(self._database.close)

    async def _call(self, work: Callable[[], _T]) -> _T:
        return await asyncio.to_thread(self._do, work)

    def _do(self, work: Callable[[], _T]) -> _T:
        try:
            with self._lock:
                return work()
        except (sqlite3.Error, OSError) as error:
            raise VaultError(f"the vault's file failed: {type(error).__name__}") from None
