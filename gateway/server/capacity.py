"""How much the gateway holds at once: requests, bytes of their bodies, requests at one upstream.

Past any of these a request is told to come back later, never let through unseen (design 2.3). An upstream may take a
part of the places only, so that one which hangs does not keep the requests for the others out: past that it counts as
unreachable, and the next cleared one is tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from gateway.core.errors import Overloaded
from gateway.server.turns import Turns
from gateway.settings import LimitSettings

__all__ = ["Capacity", "Place"]

_RETRY_S: Final = 1


class Capacity:
    """Counts what is held.

    Args:
        limits: how much that may be.
        presses: whether the event loop has something to do that should not wait for what is long.
    """

    def __init__(self, limits: LimitSettings, presses: Callable[[], bool]) -> None:
        self._limits = limits
        self._at: Counter[str] = Counter()
        self.requests = 0
        self.bytes = 0
        self.turns = Turns(presses)
        """For work in the event loop that is not short."""

    def place(self) -> Place:
        """Return a place for a request; whoever takes it gives it back by `leave`, whatever happens."""
        self.requests += 1
        return Place(self)

    def check(self) -> None:
        """Raise if there are more requests than may be.

        Raises:
            Overloaded: come back later.
        """
        if self.requests > self._limits.in_flight:
            raise Overloaded("The gateway is handling as many requests as it may.", retry_after_s=_RETRY_S)

    def hold(self, size: int) -> None:
        """Count bytes of a body.

        Raises:
            Overloaded: if there are too many; they are counted nevertheless, until the place is left.
        """
        self.bytes += size
        if self.bytes > self._limits.in_flight_bytes:
            raise Overloaded("The gateway is handling as many bytes as it may.", retry_after_s=_RETRY_S)

    def enter(self, upstream: str) -> bool:
        """Count a request at `upstream`; False, and nothing counted, if it has as many as it may."""
        if self._at[upstream] >= self._limits.in_flight_per_upstream:
            return False
        self._at[upstream] += 1
        return True

    def quit(self, upstream: str) -> None:
        """A request has left `upstream`."""
        self._at[upstream] -= 1


class Place:
    """What one request holds."""

    __slots__ = ("_bytes", "_capacity", "_left", "_upstream")

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._bytes = 0
        self._upstream = ""
        self._left = False

    def hold(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            Overloaded: if the gateway holds too many.
        """
        self._bytes += size
        self._capacity.hold(size)

    def enter(self, upstream: str) -> bool:
        """Be at `upstream`, and no longer at another; False if it has as many requests as it may."""
        self._quit()
        if self._capacity.enter(upstream):
            self._upstream = upstream
            return True
        return False

    def leave(self) -> None:
        """Give everything back; called again it does nothing."""
        if not self._left:
            self._left = True
            self._quit()
            self._capacity.requests -= 1
            self._capacity.bytes -= self._bytes

    def _quit(self) -> None:
        if self._upstream:
            self._capacity.quit(self._upstream)
            self._upstream = ""
