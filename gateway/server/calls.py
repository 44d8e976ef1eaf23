"""Reading a request off HTTP: a body, or, for calls by path, one object made of path, query and body.

A path is taken to the letter: one with an escape in it (`%2F`, `%2e`) is refused, because the router and an upstream
could read it in two ways. Whatever is not expected is refused, never left out silently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.core.errors import InvalidRequest, UnsupportedEndpoint
from gateway.core.protocols import Dialect
from gateway.core.wire import by_path
from gateway.dialects.multipart import boundary_of
from gateway.server.bodies import read_body

__all__ = ["read_query", "read_request"]

_PLAIN_PATH: Final = re.compile(rb"[A-Za-z0-9_/-]*")
_HARMLESS_QUERIES: Final = frozenset({b"", b"beta=true"})
"""Anthropic's SDK writes `beta=true`; it is not passed on."""
_MAX_QUERY: Final = 4096
_MAX_FIELDS: Final = 64


async def read_request(http: Request, dialect: Dialect, limit_bytes: int, hold: Callable[[int], None]) -> bytes:
    """Return the bytes that are planned for a request.

    Args:
        http: the request.
        dialect: the endpoint's.
        limit_bytes: the most that is read of a body.
        hold: told of each piece before the next is read.

    Raises:
        RequestError: if it is too large, malformed, or has what the endpoint doesn't take.
    """
    call = by_path(dialect)
    if call is None:
        if http.scope.get("query_string", b"") not in _HARMLESS_QUERIES:
            raise InvalidRequest("This endpoint takes no query parameters: leave them out, they would not be scanned.")
        return await read_body(http, limit_bytes, hold)
    raw_path: bytes = http.scope.get("raw_path", b"")
    if http.method != call.method or not _PLAIN_PATH.fullmatch(raw_path):
        raise UnsupportedEndpoint("This gateway does not know this endpoint or method, so it forwards nothing.")
    body = await read_body(http, limit_bytes, hold, may_be_empty=True)
    if call.body_kind == "multipart/form-data":
        told = boundary_of(http.headers.get("content-type", ""))
        if not body.startswith(f"--{told}\r\n".encode("ascii")):
            raise InvalidRequest("The form does not begin with the boundary that its content-type names.")
    return call.source(http.path_params, _query(http.url.query), body)


def read_query(http: Request, takes: Mapping[str, re.Pattern[str]]) -> dict[str, str]:
    """Return the query of an endpoint that this gateway answers by itself.

    Args:
        http: the request.
        takes: parameter to the shape of its value.

    Raises:
        InvalidRequest: if a parameter is unknown, malformed or comes twice.
    """
    told = _query(http.url.query)
    if len(dict(told)) < len(told) or not all(name in takes and takes[name].fullmatch(value) for name, value in told):
        raise InvalidRequest(f"A query parameter is unknown, malformed or comes twice. Known: {', '.join(takes)}.")
    return dict(told)


def _query(query: str) -> list[tuple[str, str]]:
    if len(query) > _MAX_QUERY:
        raise InvalidRequest("The query is too long.")
    try:
        return parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=_MAX_FIELDS)
    except ValueError:
        pass
    raise InvalidRequest("The query cannot be read.")
