"""Exposure counted in this process: for one replica, and for tests.

A window slides in steps of a twelfth: a value counts for at least the window and for at most a twelfth more. What is
older is dropped. There is a bound on how many budgets are counted at once; at the bound nothing more is admitted, for
to forget one would be to let it begin anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.adapters.exposure.sketch import Sketch, estimate, union
from gateway.core.errors import BudgetError
from gateway.core.exposure import Charge

__all__ = ["STEPS", "MemoryExposure"]

STEPS: Final = 12
_MAX_SUBJECTS: Final = 20_000


class MemoryExposure:
    """Satisfies `gateway.core.exposure.ExposureStore`."""

    def __init__(self, max_subjects: int = _MAX_SUBJECTS) -> None:
        self._max = max_subjects
        self._counted: dict[str, tuple[float, dict[int, Sketch]]] = {}

    async def admit(self, charge: Charge, now: float) -> bool:
        """See the protocol."""
        step = charge.window_s / STEPS
        current = int(now // step)
        if charge.subject not in self._counted and len(self._counted) >= self._max:
            self._forget(now)
            if len(self._counted) >= self._max:
                raise BudgetError("too many budgets are counted in this process: share them in Redis or Valkey")
        _, buckets = self._counted.get(charge.subject, (0.0, {}))
        for old in [number for number in buckets if number < current - STEPS]:
            del buckets[old]
        registers = union(buckets.values())
        asked = Sketch()
        asked.add(charge.values)
        before = registers.copy()
        asked.into(registers)
        if (before != registers).any() and round(estimate(registers)) > charge.limit:
            return False
        buckets.setdefault(current, Sketch()).add(charge.values)
        self._counted[charge.subject] = (now + charge.window_s + step, buckets)
        return True

    async def aclose(self) -> None:
        """Nothing is open."""

    def _forget(self, now: float) -> None:
        for subject in list(self._expired(now)):
            del self._counted[subject]

    def _expired(self, now: float) -> Iterator[str]:
        return (subject for subject, (end, _) in self._counted.items() if end < now)
