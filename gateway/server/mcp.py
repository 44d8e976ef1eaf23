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

from typing import Any, Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway.adapters.upstreams import Answer
from gateway.assembly import Gateway
from gateway.core.agents import AgentProtocol
from gateway.core.errors import InvalidRequest, UnsupportedEndpoint, UpstreamFailed
from gateway.core.protocols import Document
from gateway.dialects.json_rpc import rpc_id
from gateway.dialects.mcp import McpConnection, McpMessages, tool_of_call
from gateway.dialects.mcp_tables import MODERN, VERSIONS
from gateway.dialects.mcp_wire import McpCall, argument_headers
from gateway.dialects.rpc_answers import published_names, read_message
from gateway.dialects.rpc_events import RpcEvents
from gateway.pipeline import Plan
from gateway.server.agents import AgentCall, AgentRelay, in_turn, refused
from gateway.server.capacity import Capacity
from gateway.server.heard import Heard
from gateway.server.seals import fits_header
from gateway.server.streaming import EventStream

__all__ = ["Mcp"]

_SESSION: Final = "mcp-session-id"
_EVENT: Final = "last-event-id"
_VERSION: Final = "mcp-protocol-version"
_EVENTS_S: Final = 3600.0
"""How long a server may be silent on the stream that it speaks on unasked."""
_HANDED_BACK: Final = {"nextCursor": "cursor", "requestState": "requestState"}
"""What a client hands back, and the parameter in which it does."""
_NAMES: Final = 10_000
_NAME_LENGTH: Final = 64
"""Names of arguments that are remembered of one server, and how long each may be."""
_ACCEPTED: Final = 202
_METHODS: Final = frozenset({"POST", "GET", "DELETE"})


class Mcp(AgentRelay):
    """Serves `/mcp/<name>`."""

    def __init__(self, gateway: Gateway, capacity: Capacity) -> None:
        super().__init__(gateway, capacity)
        self._origins = gateway.origins
        self._published: dict[str, set[str]] = {}

    async def handle(self, http: HttpRequest) -> Response:
        """Answer one request. Never raises (but cancellation)."""
        server = self._gateway.agents.get((AgentProtocol.MCP, http.path_params["server"]))
        if server is None:
            return refused(UnsupportedEndpoint("The settings name no such MCP server."))
        if not self._may_come_from(http):
            return refused(InvalidRequest("The origin is not allowed.", status=403, code="origin_not_allowed"))
        if http.url.query or http.method not in _METHODS:
            return refused(UnsupportedEndpoint("An MCP server takes no query, and only POST, GET and DELETE."))
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

    def _hand_out(self, call: AgentCall, value: dict[str, Any]) -> bool:
        """Seal what the client only hands back, note what the server publishes; return whether anything changed."""
        published = self._published.setdefault(call.server.endpoint, set())
        for name in published_names(value):
            if len(name) <= _NAME_LENGTH and len(published) < _NAMES:
                published.add(name)
        result = value.get("result")
        if not isinstance(result, dict):
            return False
        names = [name for name in _HANDED_BACK if isinstance(result.get(name), str)]
        for name in names:
            result[name] = self.sealed(call, name, result[name])
        return bool(names)

    def _with_own(self, call: AgentCall, document: Document) -> bytes:
        """Return the message with what the server handed out as the server wrote it, and known as such."""
        dialect, params = call.exchange.dialect, document.value.get("params") or {}
        edits: dict[str, str] = {}
        for name, parameter in _HANDED_BACK.items():
            told = params.get(parameter)
            own = self.opened(call, name, told) if isinstance(told, str) else None
            if own is not None:
                edits[f"/params/{parameter}"] = own
        if isinstance(dialect, McpMessages):
            dialect.published = self._published.get(call.server.endpoint, frozenset())
            dialect.returned = frozenset(("params", path.rpartition("/")[2]) for path in edits)
        return dialect.edit(document, edits, None)

    async def _connection(self, call: AgentCall) -> Response:
        session, version = self._session(call), _version(call.http)
        last = _one(call.http, _EVENT)
        event_ = self.opened(call, _EVENT, last) if last else ""
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
        session = self.opened(call, _SESSION, told) if told else ""
        if session is None:
            raise InvalidRequest("There is no such session, for you.", status=404, code="session_not_found")
        return session

    async def _relay(self, call: AgentCall, planned: Plan, answer: Answer, *, unasked: bool = False) -> Response:
        headers = call.exchange.headers
        session = answer.headers.get(_SESSION)
        if session is not None:
            if not fits_header(session):
                await answer.aclose()
                raise UpstreamFailed("The server's session id is not one.")
            headers[_SESSION] = self.sealed(call, _SESSION, session)
        heard = Heard(lambda: planned.guard(call.server.answers(planned.engine.policy.answers)), fresh=unasked)

        def read(data: bytes) -> bytes:
            return read_message(
                data, heard.guard(), call.server.tools.permits, lambda value: self._hand_out(call, value)
            )

        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's success range
            return await self.relay_error(call, answer, heard, read)
        if answer.is_event_stream:
            events = RpcEvents(read, lambda id_: self.sealed(call, _EVENT, id_) if fits_header(id_) else None)
            pieces = self.stream(call, events, answer)
            return EventStream(pieces, headers, lambda: self.stream_ended(call, answer, heard.report))
        body = await answer.body()
        shown = await in_turn(read, body) if body.strip() else b""
        self.end(call, answer.status, heard.report())
        if not shown:
            return Response(status_code=_ACCEPTED if call.http.method == "POST" else answer.status, headers=headers)
        return Response(shown, answer.status, headers, media_type="application/json")


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
