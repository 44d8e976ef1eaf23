"""Requests that are more than a body: a method, ids in the path, a query, and perhaps a body.

Decisions kept here:

* All of it becomes one JSON object, `{"path": …, "query": …, "body": …}`, which is read, judged, decided upon, cleared
  and recorded as any body is. What is sent is made from the cleared bytes and from nothing else. So a word in a query
  is scanned as one in a message is, and a new endpoint needs no way around the gate.
* Ids in a path, and cursors in a query, are pointers: unknown to the vault, unknown to the caller.
* Parameters are listed with the shape of their values; any other is refused, and none is ever edited.
* The body keeps its very bytes: it is cut out of the object again by its place, not written anew (invariant 6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

from gateway.core.errors import InvalidRequest, TransformError
from gateway.core.model import Segment
from gateway.core.protocols import Document, RestorerFactory, StreamRestorer
from gateway.core.state import StateKind
from gateway.core.wire import Wire
from gateway.dialects.answers import AnswerRules
from gateway.dialects.base import OpenAIDialect
from gateway.dialects.strict_json import dumps, loads
from gateway.dialects.structure import FILES, Opaque, OpaqueRule, Structure

__all__ = ["CURSOR", "ID", "LIMIT", "ORDER", "PAGE", "Answering", "PathCall", "ids_of"]

ID: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""An id in a path. No dot and no slash, so that none can lead to another path."""
CURSOR: Final = ID
LIMIT: Final = re.compile(r"[0-9]{1,5}")
ORDER: Final = re.compile(r"asc|desc")
PAGE: Final[Mapping[str, re.Pattern[str]]] = {"after": CURSOR, "before": CURSOR, "limit": LIMIT, "order": ORDER}
"""What lists take."""
_REPEATED: Final = frozenset({"include", "include[]"})
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_NO_BODY: Final = Structure.of(keys="", words={}, base=None)
_CURSORS: Final = ("after", "before")


class PathCall(OpenAIDialect):
    """One method of one path. Subclasses say what it takes and what its answers hold.

    Attributes:
        method: HTTP's method.
        body_kind: media type of the body; empty: it takes none.
        queries: parameter of the query to the shape of its value.
        ids: what the answer's own `id` points to; None: nothing new.
        items: what the ids in an answer's `data` point to; None: nothing new.
        forgets_last: whether success makes the last id of the path unknown.
        begins: whether each request begins a conversation of its own.
        answers_bytes: whether the answer is a file and no JSON object.
        body_structure: the vocabulary of the body.
        rules: what its answers hold.
    """

    method: ClassVar[str] = "GET"
    body_kind: ClassVar[str] = ""
    queries: ClassVar[Mapping[str, re.Pattern[str]]] = {}
    ids: ClassVar[StateKind | None] = None
    items: ClassVar[StateKind | None] = None
    forgets_last: ClassVar[bool] = False
    begins: ClassVar[bool] = False
    answers_bytes: ClassVar[bool] = False
    body_structure: ClassVar[Structure] = _NO_BODY
    rules = AnswerRules.of(fixed="id object type role status model call_id first_id last_id file_id vector_store_id")

    def __init__(self) -> None:
        self.parameters = tuple(_PARAMETER.findall(self.endpoint))
        self.structure = Structure.of(
            base=FILES if self.body_structure is _NO_BODY else self.body_structure,
            keys=" ".join(("path query body", *self.queries)),
            words={"include": "true false", "order": "asc desc", "stream": "true false"},
            opaque=[
                *(OpaqueRule(name, Opaque.SERVER_STATE, parent="path") for name in self.parameters),
                *(OpaqueRule(name, Opaque.SERVER_STATE, parent="query") for name in _CURSORS if name in self.queries),
            ],
        )

    def source(self, path: dict[str, str], query: list[tuple[str, str]], body: bytes) -> bytes:
        """Return the one JSON object that stands for a request.

        Raises:
            InvalidRequest: if a parameter is unknown or malformed, or there is a body where none may be.
        """
        for name in self.parameters:
            if not ID.fullmatch(path.get(name, "")):
                raise InvalidRequest(f"The path's `{name}` is no id.", status=404, code="not_found")
        told: dict[str, Any] = {}
        for name, value in query:
            shape = self.queries.get(name)
            if shape is None or not shape.fullmatch(value) or (name in told and name not in _REPEATED):
                known = ", ".join(self.queries) or "none"
                raise InvalidRequest(f"A query parameter is unknown, malformed or comes twice. Known: {known}.")
            told[name] = [*told.get(name, ()), value] if name in _REPEATED else value
        if self.body_kind:
            return _head({name: path[name] for name in self.parameters}, told) + b',"body":' + (body or b"{}") + b"}"
        if body and body.strip() != b"{}":
            raise InvalidRequest("This endpoint takes no body.")
        return _head({name: path[name] for name in self.parameters}, told) + b"}"

    def check(self, value: dict[str, Any]) -> None:
        """Check the outer shape.

        Raises:
            InvalidRequest: if it is none of `source`.
        """
        members = {"path", "query", "body"} if self.body_kind else {"path", "query"}
        if value.keys() != members or any(value[name].__class__ is not dict for name in members):
            raise InvalidRequest("The request body is not one JSON object.")
        if self.body_kind:
            self.check_body(value["body"])

    def check_body(self, value: dict[str, Any]) -> None:
        """Check the outer shape of the body; unless an endpoint says more, any object will do."""

    def segments(self, document: Document) -> list[Segment]:
        """Return every leaf and key that would go out; those of path and query can't be edited."""
        return [
            segment if segment.path.startswith("/body/") else replace(segment, editable=False)
            for segment in super().segments(document)
        ]

    def edit(self, document: Document, edits: Mapping[str, str], model: str | None) -> bytes:  # noqa: ARG002
        """Return the object with the text at each path of `edits` replaced; no model is named here.

        Raises:
            TransformError: if an edit has no place in the body, or cannot be written.
        """
        return super().edit(document, edits, None)

    def model(self, document: Document) -> str:  # noqa: ARG002
        """Return nothing: these endpoints ask for no model."""
        return ""

    def streams(self, document: Document) -> bool:
        """Whether the client asked for a stream."""
        return bool(document.value["query"].get("stream") == "true")

    def anchor(self, document: Document) -> str:  # noqa: ARG002
        """Return nothing: what such a request creates begins anew."""
        return ""

    def wire(self, body: bytes) -> Wire:
        """Return what is sent for a body that the send gate cleared.

        Raises:
            TransformError: if its bytes are not as `source` writes them.
        """
        value = loads(body)
        head = _head(value["path"], value["query"])
        if self.body_kind:
            head += b',"body":'
        if not body.startswith(head) or not body.endswith(b"}"):
            raise TransformError("The request cannot be written.")
        path = _PARAMETER.sub(lambda found: quote(value["path"][found[1]], safe=""), self.endpoint).removeprefix("/v1")
        query = urlencode(value["query"], doseq=True)
        return Wire(self.method, f"{path}?{query}" if query else path, body[len(head) : -1] if self.body_kind else None)

    def forgets(self, body: bytes) -> list[str]:
        """Return the ids that nobody can use any more once the request has succeeded."""
        return [loads(body)["path"][self.parameters[-1]]] if self.forgets_last else []

    def keeps(self, document: Document) -> bool:  # noqa: ARG002
        """Whether the answer hands out ids."""
        return self.ids is not None or self.items is not None

    def made(self, value: Mapping[str, Any]) -> Iterator[tuple[str, StateKind]]:
        """Return the ids that an answer hands out."""
        if self.ids is not None and isinstance(value.get("id"), str):
            yield value["id"], self.ids
        if self.items is not None:
            yield from ((id_, self.items) for id_ in ids_of(value.get("data")))


class Answering(PathCall):
    """A call that is answered as another endpoint is."""

    like: ClassVar[OpenAIDialect]

    def scrub(self, value: dict[str, Any]) -> bool:
        """Replace the upstream's error in an answer; return whether there was one."""
        return self.like.scrub(value)

    def restore_value(self, value: dict[str, Any], restorers: RestorerFactory) -> bool:
        """Restore a parsed answer in place; return whether anything changed."""
        return self.like.restore_value(value, restorers)

    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        """Return a restorer for a streamed answer."""
        return self.like.stream(restorers)

    def usage(self, body: bytes, value: Mapping[str, Any] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Return no counts: they were told when it was generated."""
        return {}


def ids_of(items: object) -> Iterator[str]:
    """Yield the `id` of each object in a list."""
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            yield item["id"]


def _head(path: Mapping[str, str], query: Mapping[str, Any]) -> bytes:
    return b'{"path":' + dumps(path) + b',"query":' + dumps(query)
