"""A request whose headers are looked up in a table.

Starlette's walk over all headers, and write the name anew, each time one is asked for; a request asks for a dozen.
"""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request, empty_receive
from starlette.types import Receive, Scope

__all__ = ["IndexedHeaders", "IndexedRequest"]


class IndexedHeaders(Headers):
    """Starlette's headers with a table beside the list; names in any case, as there."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self._table: dict[str, list[str]] = {}
        for name, value in self.raw:
            self._table.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))

    def get(self, key: str, default: Any = None) -> Any:
        """Return the first value of that name, or `default`."""
        found = self._table.get(key.lower())
        return found[0] if found is not None else default

    def __getitem__(self, key: str) -> str:
        """Return the first value of that name."""
        return self._table[key.lower()][0]

    def __contains__(self, key: Any) -> bool:
        """Whether there is a header of that name."""
        return key.lower() in self._table

    def getlist(self, key: str) -> list[str]:
        """Return all values of that name, in order."""
        return list(self._table.get(key.lower(), ()))


class IndexedRequest(Request):
    """Starlette's request with such headers."""

    def __init__(self, scope: Scope, receive: Receive = empty_receive) -> None:
        super().__init__(scope, receive)
        self._indexed = IndexedHeaders(scope)

    @property
    def headers(self) -> Headers:
        """All of them."""
        return self._indexed
