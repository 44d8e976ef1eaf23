"""What was found in all messages that one stream carried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from gateway.core.answers import AnswerReport
from gateway.transforms.guard import Guard

__all__ = ["Heard"]


_RENEWED: Final = 256
"""Messages after which a guard makes way for a new one, so that a stream that never ends takes no more memory."""


class Heard:
    """Gives the guard of each message, and sums up what they report.

    Args:
        make: makes a guard.
        fresh: whether each message gets one of its own, since the stream may never end.
    """

    def __init__(self, make: Callable[[], Guard], *, fresh: bool) -> None:
        self._make = make
        self._fresh = fresh
        self._guard: Guard | None = None
        self._messages = 0
        self._found: Counter[str] = Counter()
        self._redacted: Counter[str] = Counter()
        self._withheld: Counter[str] = Counter()
        self._risk = 0.0
        self._blocked = False

    def guard(self) -> Guard:
        """Return the guard of the next message."""
        self._messages += 1
        if self._messages % (1 if self._fresh else _RENEWED) == 0:
            self._close()
        if self._guard is None:
            self._guard = self._make()
        return self._guard

    def report(self) -> AnswerReport:
        """Return what was found so far."""
        self._close()
        found, redacted, withheld = (dict(sorted(tally.items())) for tally in self._tallies())
        return AnswerReport(round(self._risk, 4), found, redacted, withheld, self._blocked)

    def _tallies(self) -> tuple[Counter[str], ...]:
        return self._found, self._redacted, self._withheld

    def _close(self) -> None:
        if self._guard is None:
            return
        report, self._guard = self._guard.report(), None
        for tally, seen in zip(self._tallies(), (report.found, report.redacted, report.withheld), strict=True):
            tally.update(seen)
        self._risk = 1.0 - (1.0 - self._risk) * (1.0 - report.risk)
        self._blocked |= report.blocked
