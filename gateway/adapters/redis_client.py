"""One way to reach Redis or Valkey for all that replicas share: limits, budgets, the vault.

The client library is an extra, so it is imported when a store is opened and not before.
"""

from __future__ import annotations

from typing import Any

from gateway.core.errors import ConfigurationError, Problem

__all__ = ["open_redis"]


def open_redis(url: str, timeout_s: float, setting: str) -> Any:
    """Return a client (`redis.asyncio.Redis`) of the store at `url`; nothing is connected yet.

    Args:
        url: `redis://` or `rediss://`, with credentials where there are any.
        timeout_s: past this the store counts as down.
        setting: where the URL stands in the settings, for the error.

    Raises:
        ConfigurationError: if the client library is not installed, or the URL is none.
    """
    try:
        import redis.asyncio as client
    except ImportError:
        mend = "pip install 'privacy-gateway[redis]'"
        raise ConfigurationError([Problem(setting, 0, "the client library is not installed", mend=mend)]) from None
    try:
        return client.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s)
    except ValueError:  # its text may hold the URL's password
        problem = Problem(setting, 0, "is no URL of a store", "redis://HOST:PORT/0", "mend it")
        raise ConfigurationError([problem]) from None
