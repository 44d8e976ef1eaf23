"""Times as records have them: by RFC 3339, in UTC, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

__all__ = ["timestamp"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp(time: datetime) -> str:
    """Return `time` by RFC 3339 in UTC: of equal length, so that text order is the order in time.

    Raises:
        ValueError: if `time` has no time zone.
    """
    if time.tzinfo is None:
        raise ValueError("the time of a record needs a time zone")
    since = time - _EPOCH
    return f"{_second(since.days, since.seconds)}.{since.microseconds:06d}Z"


@lru_cache(maxsize=16)
def _second(day: int, second: int) -> str:
    """Return a second after the epoch by RFC 3339, without zone."""
    return (_EPOCH + timedelta(day, second)).isoformat().removesuffix("+00:00")
