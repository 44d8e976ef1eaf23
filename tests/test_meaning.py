"""The time that a request's judging may take."""

from __future__ import annotations

import pytest

from gateway.core.errors import DetectionError
from gateway.meaning import Effort


def test_without_a_limit_time_is_not_looked_at() -> None:
    effort = Effort(None)
    with effort:
        effort.check()


def test_what_takes_too_long_is_stopped() -> None:
    effort = Effort(-1.0)
    with effort, pytest.raises(DetectionError):
        effort.check()


def test_what_was_spent_before_counts() -> None:
    effort = Effort(0.002)
    with effort:
        sum(range(300_000))
    with effort, pytest.raises(DetectionError):
        effort.check()
