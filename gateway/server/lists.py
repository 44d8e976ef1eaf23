"""Lists of files, vector stores and batches: the caller's own, as this gateway remembers them.

An upstream's own list has the objects of everybody who shares its account, so it is never asked. What is listed is what
the vault knows to be the caller's, over all upstreams, as it was when the gateway last saw it, with originals put back.
Nothing leaves for a list, so nothing is judged or recorded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.assembly import Gateway
from gateway.core.errors import InvalidRequest, RequestError
from gateway.core.state import GATEWAY, Remembered, StateKind
from gateway.dialects.answers import AnswerRules, restore_tree
from gateway.dialects.calls import CURSOR, LIMIT, ORDER
from gateway.pipeline import Engine
from gateway.server.calls import read_query
from gateway.server.door import Door
from gateway.server.errors import error_response
from gateway.server.keeping import refusing
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import ID_LENGTH

__all__ = ["Lists", "page", "shown"]

_TAKES: Final[Mapping[str, re.Pattern[str]]] = {
    "after": CURSOR,
    "before": CURSOR,
    "limit": LIMIT,
    "order": ORDER,
    "purpose": re.compile(r"[a-z_-]{1,40}"),
}
_RULES: Final = AnswerRules.of(fixed="id object purpose status")
_DEFAULT: Final = {StateKind.FILE: 10_000}
_PAGE: Final = 20
_MOST: Final = {StateKind.FILE: 10_000}
_MOST_OF_OTHERS: Final = 100
"""As the API has it: each batch on a page that still runs is asked for at its upstreams."""


class Lists:
    """Answers lists."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._door = Door(gateway)

    async def files(self, http: Request) -> Response:
        """Answer `GET /v1/files`."""
        return await self._answered(http, StateKind.FILE)

    async def vector_stores(self, http: Request) -> Response:
        """Answer `GET /v1/vector_stores`."""
        return await self._answered(http, StateKind.VECTOR_STORE)

    async def _answered(self, http: Request, kind: StateKind) -> Response:
        try:
            principal = await self._door.admit(http)
            query = read_query(http, _TAKES)
            with refusing():
                owned = await self._gateway.vault.owned(principal, kind)
            engine = self._gateway.engine_for(principal.tenant)
            objects = [shown(record, engine) for record in owned.values() if record.detail]
            return JSONResponse(page(objects, query, kind))
        except RequestError as error:
            return error_response(self._gateway.dialects[0], error, {})


def shown(record: Remembered, engine: Engine) -> dict[str, Any]:
    """Return the object of an id with its originals put back."""
    value = deepcopy(record.detail.get("object"))
    if not isinstance(value, dict):
        return {}
    if record.maker == GATEWAY:
        return value  # written here, from the caller's own words: what looks like a placeholder came in as one
    pairs = {pair.surrogate[-ID_LENGTH - 1 : -1]: pair for pair in engine.restored(record.pairs)}
    planted = frozenset(record.planted)
    restore_tree(value, _RULES, Restorers({id_: pair for id_, pair in pairs.items() if id_[2:] not in planted}))
    return value


def page(objects: list[dict[str, Any]], query: Mapping[str, str], kind: StateKind) -> dict[str, Any]:
    """Return a page of `objects`, which come oldest first."""
    objects = objects if query.get("order") == "asc" else [*reversed(objects)]
    if "purpose" in query:
        objects = [each for each in objects if each.get("purpose") == query["purpose"]]
    ids = [each.get("id") for each in objects]
    for cursor in ("after", "before"):
        if cursor in query and query[cursor] not in ids:
            raise InvalidRequest(f"There is no such `{cursor}`, for you.", status=404, code="not_found")
    if "after" in query:
        objects = objects[ids.index(query["after"]) + 1 :]
    elif "before" in query:
        objects = objects[: ids.index(query["before"])]
    size = min(int(query.get("limit", _DEFAULT.get(kind, _PAGE))), _MOST.get(kind, _MOST_OF_OTHERS))
    part = objects[:size]
    return {
        "object": "list",
        "data": part,
        "first_id": part[0].get("id") if part else None,
        "last_id": part[-1].get("id") if part else None,
        "has_more": len(objects) > len(part),
    }
