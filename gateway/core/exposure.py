"""What a request adds to an exposure budget, and where that is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Charge", "ExposureStore"]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a request would add to an exposure budget. Holds neither values nor names.

    Attributes:
        subject: keyed digest of budget, of whose it is, and of the upstream.
        values: keyed digests of distinct values, unsigned 64 bits.
        limit: how many distinct values may be counted in the window.
        window_s: its length in seconds.
    """

    subject: str
    values: tuple[int, ...] = field(repr=False)
    limit: int
    window_s: float


class ExposureStore(Protocol):
    """Counts what upstreams have learnt, for exposure budgets."""

    async def admit(self, charge: Charge, now: float) -> bool:
        """Count `charge` and return True, if its budget is not exceeded by it; else count nothing and return False.

        A charge that brings nothing new is admitted, however much is counted.

        Args:
            charge: what would be added.
            now: seconds since the epoch.

        Raises:
            BudgetError: if it cannot be counted; the stricter route must then be taken.
        """
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...
