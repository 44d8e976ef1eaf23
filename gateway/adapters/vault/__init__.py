"""What upstreams keep for callers, remembered: sealed records in memory, SQLite, Redis or Valkey."""

from gateway.adapters.vault.memory import MemoryStore
from gateway.adapters.vault.shared import SharedStore
from gateway.adapters.vault.sqlite import SqliteStore
from gateway.adapters.vault.vault import Vault

__all__ = ["MemoryStore", "SharedStore", "SqliteStore", "Vault"]
