"""Other agents behind the gateway: `/a2a/<name>`, A2A 0.3 and 1.0 over JSON-RPC, with its card beside it.

Decisions kept here:

* A message goes the way of every request. What comes back, whole or as events, is read as MCP's is.
* The card is asked for anew each time, through the gate like anything else, and names the gateway.
* Of the client's headers only the protocol's version goes on. Extensions are not asked for.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway.adapters.upstreams import Answer
from gateway.core.agents import AgentProtocol
from gateway.core.errors import InvalidRequest, UnsupportedEndpoint, UpstreamFailed
from gateway.core.wire import Wire
from gateway.dialects.a2a import A2aCard, A2aMessages, pointers_of, read_card, seal_pointers
from gateway.dialects.a2a_tables import VERSIONS
from gateway.dialects.json_rpc import rpc_id
from gateway.dialects.rpc_answers import read_message
from gateway.dialects.rpc_events import RpcEvents
from gateway.dialects.strict_json import dumps, parse
from gateway.pipeline import Plan
from gateway.server.agents import AgentCall, AgentRelay, in_turn, refused
from gateway.server.heard import Heard
from gateway.server.streaming import EventStream

__all__ = ["A2a"]

_VERSION: Final = "a2a-version"


class A2a(AgentRelay):
    """Serves `/a2a/<name>`."""

    async def handle(self, http: HttpRequest) -> Response:
        """Answer a message. Never raises (but cancellation)."""
        server = self._gateway.agents.get((AgentProtocol.A2A, http.path_params["agent"]))
        if server is None or http.url.query or http.method != "POST":
            return refused(UnsupportedEndpoint("The settings name no such agent, or it does not take this."))
        if http.headers.getlist("origin"):
            return refused(InvalidRequest("The origin is not allowed.", status=403, code="origin_not_allowed"))
        return await self.run(http, server, A2aMessages(server), self._message)

    async def card(self, http: HttpRequest) -> Response:
        """Answer a request for an agent's card. Never raises (but cancellation)."""
        server = self._gateway.agents.get((AgentProtocol.A2A, http.path_params["agent"]))
        if server is None or http.url.query or http.method != "GET":
            return refused(UnsupportedEndpoint("The settings name no such agent."))
        return await self.run(http, server, A2aCard(server), self._card)

    async def _message(self, call: AgentCall) -> Response:
        body = await self.body(call)
        document = call.exchange.dialect.read(body)
        call.id = rpc_id(document.value)
        version = call.http.headers.get(_VERSION, "")
        if version and version not in VERSIONS:
            raise InvalidRequest(
                f"The gateway knows these versions: {', '.join(VERSIONS)}.", code="unsupported_version"
            )
        edits: dict[str, str] = {}
        conversation = ""
        for what, told, steps in pointers_of(document.value):
            own = self.opened(call, what, told)
            if own is None:
                raise InvalidRequest(f"There is no such {what}, for you.", status=404, code=f"{what}_not_found")
            edits["/" + "/".join(map(str, steps))] = own
            conversation = own if what == "context" else conversation
        dialect = call.exchange.dialect
        if isinstance(dialect, A2aMessages):
            dialect.returned = frozenset(steps for _, _, steps in pointers_of(document.value))
        planned = await self.plan(call, dialect.edit(document, edits, None), conversation)
        headers = {"accept": "application/json, text/event-stream"} | ({_VERSION: version} if version else {})
        answer = await self.send(call, planned, lambda cleared: Wire("POST", "", cleared, headers=headers))
        return await self._relay(call, planned, answer)

    async def _relay(self, call: AgentCall, planned: Plan, answer: Answer) -> Response:
        heard = Heard(lambda: planned.guard(call.server.answers(planned.engine.policy.answers)), fresh=False)

        def hand_out(value: dict[str, Any]) -> bool:
            return seal_pointers(value, lambda what, own: self.sealed(call, what, own))

        def read(data: bytes) -> bytes:
            return read_message(data, heard.guard(), call.server.tools.permits, hand_out)

        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's success range
            return await self.relay_error(call, answer, heard, read)
        if answer.is_event_stream:
            pieces = self.stream(call, RpcEvents(read, lambda _: None), answer)
            headers = call.exchange.headers
            return EventStream(pieces, headers, lambda: self.stream_ended(call, answer, heard.report))
        shown = await in_turn(read, await answer.body())
        self.end(call, answer.status, heard.report())
        return Response(shown, answer.status, call.exchange.headers, media_type="application/json")

    async def _card(self, call: AgentCall) -> Response:
        planned = await self.plan(call, b"{}", "", url=call.server.card)
        answer = await self.send(call, planned, lambda _: Wire("GET", ""))
        body = await answer.body()
        if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise UpstreamFailed(f"The agent answered {answer.status} when asked for its card.")
        public = self._gateway.public_url or str(call.http.base_url).rstrip("/")
        heard = Heard(lambda: planned.guard(call.server.answers(planned.engine.policy.answers)), fresh=False)
        whole = dumps({"jsonrpc": "2.0", "id": 0, "result": read_card(body, f"{public}{call.server.endpoint}")})
        shown = read_message(whole, heard.guard(), call.server.tools.permits, lambda _: False)
        self.end(call, answer.status, heard.report())
        card = dumps(parse(shown.decode())["result"])
        return Response(card, 200, call.exchange.headers, media_type="application/json")
