"""Which conversation a request belongs to."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Conversation"]


class Conversation:
    """The digest that tells a conversation from all others, as a text; made when it is first asked for.

    Only what puts surrogates in, goes on from another turn, or knows who signed an item asks: most requests never do.

    Args:
        make: returns it.
    """

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], str]) -> None:
        self._make = make
        self._made: str | None = None

    def __str__(self) -> str:
        if self._made is None:
            self._made = self._make()
        return self._made
