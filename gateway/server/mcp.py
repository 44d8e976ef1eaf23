"""MCP servers behind the gateway: `/mcp/<name>`, streamable HTTP (MCP 2025-03-26 to 2026-07-28).

Decisions kept here:

* A message goes the way of every request: planned, cleared by the send gate, recorded, sent. What opens a stream of
  events (GET) or ends a session (DELETE) carries no text, and goes the same way with an empty message.
* The client's own headers end here. A session's id and an event's come back from the client sealed (`seals`): who did
  not get them cannot use them, and is told what he would be told of any unknown id.
* A request with an `Origin` that the settings do not name is refused: a web page must not reach local tools through a
  browser (DNS rebinding).
* Of a server's error only JSON-RPC is passed on, looked through like any answer. 401 and 403 are about the gateway's
  own credential, so the client is told 502.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway.adapters.upstreams import Answer
from gateway.assembly import Gateway
from gateway.core.agents import AgentProtocol
from gateway.core.errors import InvalidRequest, RequestError, UnsupportedEndpoint, UpstreamFailed
from gateway.core.protocols import Document
from gateway.dialects.json_rpc import rpc_error, rpc_id
from gateway.dialects.mcp import McpConnection, McpMessages, tool_of_call
from gateway.dialects.mcp_answers import HANDED_BACK, read_message
from gateway.dialects.mcp_events import McpEvents
from gateway.dialects.mcp_tables import MODERN, VERSIONS
from gateway.dialects.mcp_wire import McpCall, argument_headers
from gateway.dialects.sse import event
from gateway.pipeline import Plan
from gateway.server.agents import AgentCall, AgentRelay, internal_error
from gateway.server.capacity import Capacity
from gateway.server.heard import Heard
from gateway.server.logs import where
from gateway.server.seals import fits_header, seal, unseal
from gateway.server.streaming import EventStream

__all__ = ["Mcp"]

_log = logging.getLogger("privacy_gateway")

_SESSION: Final = "mcp-session-id"
_EVENT: Final = "last-event-id"
_VERSION: Final = "mcp-protocol-version"
_ERROR_BYTES: Final = 64 * 1024
_EVENTS_S: Final = 3600.0
"""How long a server may be silent on the stream that it speaks on unasked."""
_ACCEPTED: Final = 202
_METHODS: Final = frozenset({"POST", "GET", "DELETE"})
_PASSED: Final = frozenset({400, 404, 405, 409, 410, 429})
"""What a server may answer that is about the client's message."""


class Mcp(AgentRelay):
    """Serves `/mcp/<name>`."""

    def __init__(self, gateway: Gateway, capacity: Capacity) -> None:
        super().__init__(gateway, capacity)
        self._origins = gateway.origins

    async def handle(self, http: HttpRequest) -> Response:
        """Answer one request. Never raises (but cancellation)."""
        server = self._gateway.agents.get((AgentProtocol.MCP, http.path_params["server"]))
        if server is None:
            return _refused(UnsupportedEndpoint("The settings name no such MCP server."))
        if not self._may_come_from(http):
            return _refused(InvalidRequest("The origin is not allowed.", status=403, code="origin_not_allowed"))
        if http.url.query or http.method not in _METHODS:
            return _refused(UnsupportedEndpoint("An MCP server takes no query, and only POST, GET and DELETE."))
        if http.method == "POST":
            return await self.run(http, server, McpMessages(server), self._message)
        return await self.run(http, server, McpConnection(server), self._connection)

    def _may_come_from(self, http: HttpRequest) -> bool:
        return all(origin in self._origins for origin in http.headers.getlist("origin"))

    async def _message(self, call: AgentCall) -> Response:
        body = await self.body(call)
        document = call.exchange.dialect.read(body)
        call.id = rpc_id(document.value) if "method" in document.value else None
        session, version = self._session(call), _version(call.http)
        body = self._with_own(call, document)
        repeated = argument_headers(_headers(call.http), document.value) if version in MODERN else {}
        if isinstance(call.exchange.dialect, McpMessages):
            call.exchange.dialect.headers = tuple(repeated)
        wire = McpCall("POST", version, session, arguments=repeated).wire
        planned = await self.plan(call, body, session, tool_of_call(document))
        answer = await self.send(call, planned, wire)
        return await self._relay(call, planned, answer)

    def _with_own(self, call: AgentCall, document: Document) -> bytes:
        """Return the message with what the server handed out as the server wrote it, and known as such."""
        dialect, params = call.exchange.dialect, document.value.get("params") or {}
        edits: dict[str, str] = {}
        for name, parameter in HANDED_BACK.items():
            told = params.get(parameter)
            own = self._opened(call, name, told) if isinstance(told, str) else None
            if own is not None:
                edits[f"/params/{parameter}"] = own
        if isinstance(dialect, McpMessages):
            dialect.returned = frozenset(("params", path.rpartition("/")[2]) for path in edits)
        return dialect.edit(document, edits, None)

    async def _connection(self, call: AgentCall) -> Response:
        session, version = self._session(call), _version(call.http)
        last = _one(call.http, _EVENT)
        event_ = self._opened(call, _EVENT, last) if last else ""
        if last and event_ is None:
            raise InvalidRequest("There is no such event, for you.", status=404, code="unknown_event_id")
        method = call.http.method
        wire = McpCall(method, version, session, event_ or "").wire
        planned = await self.plan(call, b"{}", session, "")
        answer = await self.send(call, planned, wire, timeout_s=_EVENTS_S if method == "GET" else None)
        return await self._relay(call, planned, answer, unasked=True)

    def _session(self, call: AgentCall) -> str:
        """Return the server's id of the session; empty: the client names none.

        Raises:
            InvalidRequest: if it is not this caller's.
        """
        told = _one(call.http, _SESSION)
        session = self._opened(call, _SESSION, told) if told else ""
        if session is None:
            raise InvalidRequest("There is no such session, for you.", status=404, code="session_not_found")
        return session

    def _owner(self, call: AgentCall, what: str) -> tuple[str, ...]:
        return what, call.principal.tenant, call.principal.name, call.server.endpoint, call.server.upstream.base_url

    def _opened(self, call: AgentCall, what: str, told: str) -> str | None:
        return unseal(self._gateway.engine.key, told, *self._owner(call, what))

    def _sealed(self, call: AgentCall, what: str, value: str) -> str:
        return seal(self._gateway.engine.key, value, *self._owner(call, what))

    async def _relay(self, call: AgentCall, planned: Plan, answer: Answer, *, unasked: bool = False) -> Response:
        headers = call.exchange.headers
        session = answer.headers.get(_SESSION)
        if session is not None:
            if not fits_header(session):
                await answer.aclose()
                raise UpstreamFailed("The server's session id is not one.")
            headers[_SESSION] = self._sealed(call, _SESSION, session)
        heard = Heard(lambda: planned.guard(call.server.answers(planned.engine.policy.answers)), fresh=unasked)

        def read(data: bytes) -> bytes:
            return read_message(
                data, heard.guard(), call.server.tools.permits, lambda name, value: self._sealed(call, name, value)
            )

        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's success range
            return await self._relay_error(call, answer, heard, read)
        if answer.is_event_stream:
            events = McpEvents(read, lambda id_: self._sealed(call, _EVENT, id_) if fits_header(id_) else None)
            pieces = self._stream(call, events, answer)
            return EventStream(pieces, headers, lambda: self.stream_ended(call, answer, heard.report))
        body = await answer.body()
        shown = read(body) if body.strip() else b""
        self.end(call, answer.status, heard.report())
        if not shown:
            return Response(status_code=_ACCEPTED if call.http.method == "POST" else answer.status, headers=headers)
        return Response(shown, answer.status, headers, media_type="application/json")

    async def _relay_error(
        self, call: AgentCall, answer: Answer, heard: Heard, read: Callable[[bytes], bytes]
    ) -> Response:
        body = await answer.body(_ERROR_BYTES)
        status = answer.status if answer.status in _PASSED else UpstreamFailed.status
        try:
            shown = read(body)
        except UpstreamFailed:
            code = "session_not_found" if status == 404 else "server_refused"  # noqa: PLR2004 - not found
            raise UpstreamFailed(f"The server answered {answer.status}.", status=status, code=code) from None
        self.end(call, status, heard.report())
        return Response(shown, status, call.exchange.headers, media_type="application/json")

    async def _stream(self, call: AgentCall, events: McpEvents, answer: Answer) -> AsyncGenerator[bytes, None]:
        exchange = call.exchange
        try:
            async for piece in answer.pieces():
                shown = events.feed(piece)
                if shown:
                    yield shown
            exchange.stream_status = answer.status
        except RequestError as error:
            exchange.stream_status = error.status
            yield event(rpc_error(error, call.id, exchange.id), "message") if call.id is not None else b""
        except Exception as error:  # noqa: BLE001 - an unforeseen error must not carry text to the client or the log
            exchange.stream_status = internal_error().status
            _log.error("decision %s: %s at %s", exchange.id, type(error).__name__, where(error))
            yield event(rpc_error(internal_error(), call.id, exchange.id), "message") if call.id is not None else b""


def _refused(error: RequestError) -> Response:
    return Response(rpc_error(error, None), error.status, media_type="application/json")


def _one(http: HttpRequest, name: str) -> str:
    told = http.headers.getlist(name)
    if len(told) > 1:
        raise InvalidRequest(f"The header {name} comes twice.", code="ambiguous_header")
    return told[0] if told else ""


def _version(http: HttpRequest) -> str:
    version = _one(http, _VERSION)
    if version and version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise InvalidRequest(f"The gateway knows these revisions: {known}.", code="unsupported_protocol_version")
    return version


def _headers(http: HttpRequest) -> list[tuple[str, str]]:
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in http.headers.raw]
