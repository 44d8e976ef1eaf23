"""A time on record is in UTC, and sorts as text (`test_record`)."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.timestamps import timestamp

FIRST, LAST = (datetime(*day, tzinfo=UTC).replace(tzinfo=None) for day in ((1, 1, 3), (9999, 12, 29)))


@given(st.datetimes(FIRST, LAST, timezones=st.timezones() | st.just(UTC)))
def test_a_time_is_written_as_the_standard_library_writes_it(time: datetime) -> None:
    assert timestamp(time) + "|" == time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z|")
