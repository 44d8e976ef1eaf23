"""OpenAI's Responses that the server keeps: fetched, listed, cancelled, deleted by id.

Decisions kept here:

* Answered and restored as `POST /v1/responses` is, streams of background responses included.
* A response's input items are told with ids of their own, which later requests may refer to: they are remembered.
* A stream is asked for from its beginning, whatever a client has of it already (`Resumed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from gateway.core.protocols import StreamRestorer
from gateway.core.state import StateKind
from gateway.core.wire import Wire
from gateway.dialects.calls import CURSOR, LIMIT, ORDER, Answering, ids_of
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.dialects.openai_responses_tables import RULES
from gateway.dialects.resumed import Resumed
from gateway.dialects.strict_json import dumps, loads

__all__ = ["INCLUDE", "CancelResponse", "DeleteResponse", "GetResponse", "ListInputItems"]

INCLUDE: Final = re.compile(r"[a-z_]{1,40}(?:\.[a-z_]{1,40}){0,4}")
"""A field to include: words of the API, never a text."""
_FLAG: Final = re.compile(r"true|false")


class _OfResponse(Answering):
    like: ClassVar = OpenAIResponses()
    rules = RULES

    def keeps(self, document: object) -> bool:  # noqa: ARG002
        """Whether the answer hands out ids: of items."""
        return True

    def made(self, value: Mapping[str, Any]) -> Iterator[tuple[str, StateKind]]:
        """Return the ids that an answer or event hands out."""
        yield from self.like.made(value)
        yield from ((id_, StateKind.ITEM) for id_ in ids_of(value.get("data")))


class GetResponse(_OfResponse):
    """`GET /v1/responses/{response_id}`."""

    name = "openai_response_get"
    endpoint = "/v1/responses/{response_id}"
    queries: ClassVar = {
        "include": INCLUDE,
        "include[]": INCLUDE,
        "stream": _FLAG,
        "starting_after": LIMIT,
        "include_obfuscation": _FLAG,
    }

    def wire(self, body: bytes) -> Wire:
        """Return what is sent for a body that the send gate cleared: of a stream, all is asked for."""
        value = loads(body)
        if _after(value["query"]) is not None:
            del value["query"]["starting_after"]
            body = dumps(value)
        return super().wire(body)

    def resumed(self, stream: StreamRestorer, body: bytes) -> StreamRestorer:
        """Return what restores what `body`, of the request, asks for; `stream` restores all of the answer."""
        after = _after(loads(body)["query"])
        return stream if after is None else Resumed(stream, after)


def _after(query: Mapping[str, Any]) -> int | None:
    """Return the number of the last event that the client has of a stream; None: it asks for no rest of one."""
    after = query.get("starting_after")
    return int(after) if after is not None and query.get("stream") == "true" else None


class CancelResponse(_OfResponse):
    """`POST /v1/responses/{response_id}/cancel`."""

    name = "openai_response_cancel"
    endpoint = "/v1/responses/{response_id}/cancel"
    method: ClassVar = "POST"


class DeleteResponse(_OfResponse):
    """`DELETE /v1/responses/{response_id}`."""

    name = "openai_response_delete"
    endpoint = "/v1/responses/{response_id}"
    method: ClassVar = "DELETE"
    forgets_last: ClassVar = True

    def keeps(self, document: object) -> bool:  # noqa: ARG002
        """Whether the answer hands out ids: it takes one back."""
        return False


class ListInputItems(_OfResponse):
    """`GET /v1/responses/{response_id}/input_items`."""

    name = "openai_response_input_items"
    endpoint = "/v1/responses/{response_id}/input_items"
    queries: ClassVar = {
        "after": CURSOR,
        "include": INCLUDE,
        "include[]": INCLUDE,
        "limit": LIMIT,
        "order": ORDER,
    }
