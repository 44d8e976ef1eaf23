"""What calls to MCP servers and to other agents have in common: the same gate as for models, with one destination.

In the order of the code: plan, audit, send. A tool that is not allowed is a decision on record like any refusal. The
errors are JSON-RPC's. A request that the policy refuses is answered 200, as MCP and A2A answer what went wrong
with a message; whoever reads the records finds the real status there.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway.adapters.upstreams import Answer
from gateway.assembly import Gateway
from gateway.core.agents import AgentServer
from gateway.core.answers import AnswerReport
from gateway.core.errors import (
    AuditError,
    BlockedByPolicy,
    InvalidRequest,
    NoClearedUpstream,
    Overloaded,
    PolicyRefusal,
    RequestError,
    UpstreamFailed,
)
from gateway.core.model import Effect, Principal
from gateway.core.protocols import Dialect
from gateway.core.wire import Wire
from gateway.dialects.attachments import may_hold_file
from gateway.dialects.json_rpc import rpc_error
from gateway.dialects.rpc_events import RpcEvents
from gateway.dialects.sse import event
from gateway.pipeline import Plan, Request, plan, planning
from gateway.server.allowance import Attempts
from gateway.server.bodies import read_body
from gateway.server.capacity import Capacity
from gateway.server.door import Door, min_sensitivity
from gateway.server.endings import Endings
from gateway.server.errors import audit_unavailable, internal_error, with_error_headers
from gateway.server.exchange import CLIENT_LEFT, Exchange
from gateway.server.heard import Heard
from gateway.server.logs import where
from gateway.server.presence import ClientGone, WhileClientStays
from gateway.server.recording import Recorder
from gateway.server.seals import seal, unseal
from gateway.server.streaming import EventStream

__all__ = ["AgentCall", "AgentRelay", "in_turn", "refused"]

_log = logging.getLogger("privacy_gateway")

_ERROR_BYTES: Final = 64 * 1024
_PASSED: Final = frozenset({400, 404, 405, 409, 410, 429})
"""What a server may answer that is about the client's message."""
_THREAD_BYTES: Final = 32 * 1024
_TOOL_NOT_ALLOWED: Final = "tool-not-allowed"
"""Stands in records for the rule that decided."""


@dataclass(slots=True)
class AgentCall:
    """One call on its way.

    Attributes:
        http: the client's request.
        server: whom it is for.
        exchange: what the records need.
        id: of the message, for errors; None: it has none, or it is not known yet.
        principal: who asks.
    """

    http: HttpRequest
    server: AgentServer
    exchange: Exchange
    id: str | int | None = None
    principal: Principal = field(default_factory=Principal)


class AgentRelay:
    """Plans, records and sends what agents say; a base of what speaks one protocol."""

    def __init__(self, gateway: Gateway, capacity: Capacity) -> None:
        self._gateway = gateway
        self._door = Door(gateway)
        self._capacity = capacity
        self._records = Recorder(gateway)
        self._endings = Endings()

    async def drain(self) -> None:
        """Wait for the outcome records of streams that have ended."""
        await self._endings.drain()

    async def run(
        self,
        http: HttpRequest,
        server: AgentServer,
        dialect: Dialect,
        work: Callable[[AgentCall], Awaitable[Response]],
    ) -> Response:
        """Answer one request by `work`. Never raises (but cancellation)."""
        watch = self._gateway.telemetry.request_started(dialect.name, http.headers.get("traceparent"))
        place = self._capacity.place()
        exchange = Exchange(f"pg-{secrets.token_hex(16)}", dialect, watch, time.perf_counter(), place)
        exchange.headers["x-privacy-decision"] = exchange.id
        call = AgentCall(http, server, exchange)
        status, streaming = CLIENT_LEFT, False
        try:
            response = await self._answered(call, work)
            status, streaming = response.status_code, isinstance(response, EventStream)
        finally:
            if not streaming:
                place.leave()
                watch.ended(status)
        return response

    async def _answered(self, call: AgentCall, work: Callable[[AgentCall], Awaitable[Response]]) -> Response:
        exchange = call.exchange
        try:
            self._capacity.check()
            call.principal = await self._door.admit(call.http, exchange.id)
            return await work(call)
        except AuditError:
            _log.error("decision %s: the audit record could not be made durable; nothing was sent", exchange.id)
            return self._failed(call, audit_unavailable())
        except RequestError as error:
            self._records.end(exchange, error.status)
            return self._failed(call, error)
        except Exception as error:  # noqa: BLE001 - an unforeseen error must not carry text to the client or the log
            _log.error("decision %s: %s at %s", exchange.id, type(error).__name__, where(error))
            self._records.end(exchange, internal_error().status)
            return self._failed(call, internal_error())

    def _failed(self, call: AgentCall, error: RequestError) -> Response:
        exchange = call.exchange
        exchange.watch.refused(error.code or error.type)
        decided = isinstance(error, PolicyRefusal) and call.id is not None
        body = rpc_error(error, call.id, exchange.id)
        headers = with_error_headers(error, exchange.headers)
        return Response(body, 200 if decided else error.status, headers, media_type="application/json")

    async def body(self, call: AgentCall) -> bytes:
        """Return the body of a request that carries a message.

        Raises:
            InvalidRequest: if it is no JSON, or comes too slowly.
            RequestTooLarge: if it is too large.
        """
        if call.http.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise InvalidRequest("Send the message as application/json.", status=415, code="unsupported_media_type")
        limits = self._gateway.limits
        try:
            async with asyncio.timeout(limits.body_seconds):
                return await read_body(call.http, limits.body_bytes, call.exchange.place.hold)
        except TimeoutError:
            raise InvalidRequest("The body did not arrive in time.", status=408, code="request_timeout") from None

    async def plan(self, call: AgentCall, body: bytes, conversation: str, tool: str = "", url: str = "") -> Plan:
        """Return what to do with a message; what may not be sent is on record when this raises.

        Args:
            call: the call.
            body: the message.
            conversation: within which a value has the same surrogate.
            tool: that it calls; empty: none.
            url: where it goes, if not to the server's own endpoint.

        Raises:
            InvalidRequest: if the message is malformed.
            PolicyRefusal: if it may not be sent.
        """
        exchange = call.exchange
        since = time.perf_counter()
        engine = self._gateway.engine_for(call.principal.tenant)
        request = Request(
            dialect=exchange.dialect,
            body=body,
            principal=call.principal,
            min_sensitivity=min_sensitivity(call.http),
            conversation=f"{exchange.dialect.endpoint}\n{conversation}",
        )
        upstream = call.server.upstream_for(tool)
        upstreams = (replace(upstream, base_url=url) if url else upstream,)
        arguments = (request, engine, upstreams, self._gateway.client.available)
        long = len(body) > _THREAD_BYTES or may_hold_file(body)
        if long:
            planned = await asyncio.to_thread(plan, *arguments)
        else:
            planned = await self._capacity.turns.do(len(body), planning(*arguments))
        if tool and not call.server.tools.permits(tool):
            planned = _without(planned)
        exchange.lap("plan", since)
        transforms = planned.transformation.counts
        exchange.headers |= {
            "x-privacy-sensitivity": planned.classification.sensitivity.label,
            "x-privacy-zone": call.server.upstream.zone.value,
            "x-privacy-transforms": ", ".join(f"{kind}={count}" for kind, (_, count) in sorted(transforms.items())),
        }
        if planned.refusal is not None:
            await self._records.decide(exchange, planned, None, status=planned.refusal.status)
            raise planned.refusal
        return planned

    async def send(
        self, call: AgentCall, planned: Plan, wire: Callable[[bytes], Wire], *, timeout_s: float | None = None
    ) -> Answer:
        """Record the decision and send; stop when the client goes away first.

        Raises:
            RequestError: if no answer began.
            AuditError: if it could not be recorded.
        """
        try:
            with WhileClientStays(call.http.scope, call.http.receive):
                return await self._send(call, planned, wire, timeout_s)
        except ClientGone:
            raise InvalidRequest("The client went away.", status=CLIENT_LEFT) from None

    async def _send(
        self, call: AgentCall, planned: Plan, wire: Callable[[bytes], Wire], timeout_s: float | None
    ) -> Answer:
        exchange = call.exchange
        cleared = await Attempts(planned, self._gateway, exchange.spent).next()
        if cleared is None:
            refusal = NoClearedUpstream("The server may learn no more for now.", retry_after_s=60)
            await self._records.decide(exchange, planned, None, status=refusal.status)
            raise refusal
        if not exchange.place.enter(cleared.upstream.name):
            refused = Overloaded("The server has as many requests as it may.", retry_after_s=1)
            await self._records.decide(exchange, planned, None, status=refused.status)
            raise refused
        await self._records.decide(exchange, planned, cleared)
        exchange.upstream = cleared.upstream
        since = time.perf_counter()
        try:
            return await self._gateway.client.send(
                cleared,
                path="",
                family=exchange.dialect.family,
                stream=False,
                wire=wire,
                traceparent=exchange.traceparent_for(cleared.upstream),
                timeout_s=timeout_s,
            )
        finally:
            exchange.lap("upstream_first_byte", since)

    def opened(self, call: AgentCall, what: str, told: str) -> str | None:
        """Return what the server wrote of what the client hands back; None if it isn't this caller's."""
        return unseal(self._gateway.engine.key, told, *_owner(call, what))

    def sealed(self, call: AgentCall, what: str, value: str) -> str:
        """Return what the client gets of what it only hands back."""
        return seal(self._gateway.engine.key, value, *_owner(call, what))

    async def relay_error(
        self, call: AgentCall, answer: Answer, heard: Heard, read: Callable[[bytes], bytes]
    ) -> Response:
        """Return what the client gets of a server's refusal: its message, if it is one.

        Raises:
            UpstreamFailed: if it is none.
        """
        body = await answer.body(_ERROR_BYTES)
        status = answer.status if answer.status in _PASSED else UpstreamFailed.status
        try:
            shown = await in_turn(read, body)
        except UpstreamFailed:
            code = "session_not_found" if status == 404 else "server_refused"  # noqa: PLR2004 - not found
            raise UpstreamFailed(f"The server answered {answer.status}.", status=status, code=code) from None
        self.end(call, status, heard.report())
        return Response(shown, status, call.exchange.headers, media_type="application/json")

    async def stream(self, call: AgentCall, events: RpcEvents, answer: Answer) -> AsyncGenerator[bytes, None]:
        """Yield a server's events as the client gets them; what goes wrong is an event of its own."""
        exchange = call.exchange
        try:
            async for piece in answer.pieces():
                shown = await in_turn(events.feed, piece)
                if shown:
                    yield shown
            exchange.stream_status = answer.status
        except RequestError as error:
            exchange.stream_status = error.status
            yield _error_event(call, error)
        except Exception as error:  # noqa: BLE001 - an unforeseen error must not carry text to the client or the log
            exchange.stream_status = internal_error().status
            _log.error("decision %s: %s at %s", exchange.id, type(error).__name__, where(error))
            yield _error_event(call, internal_error())

    def end(self, call: AgentCall, status: int, report: AnswerReport | None = None) -> None:
        """Record how it ended."""
        call.exchange.answer = report
        self._records.end(call.exchange, status)

    def stream_ended(self, call: AgentCall, answer: Answer, report: Callable[[], AnswerReport]) -> None:
        """Record how a stream ended, even if the request's own task is being cancelled."""

        async def ending() -> None:
            await answer.aclose()
            self.end(call, call.exchange.stream_status, report())
            call.exchange.watch.ended(call.exchange.stream_status)

        call.exchange.place.leave()
        self._endings.begin(ending())


async def in_turn(read: Callable[[bytes], bytes], data: bytes) -> bytes:
    """Return what `read` makes of `data`; long ones are read in a thread, so that nobody else waits."""
    return await asyncio.to_thread(read, data) if len(data) > _THREAD_BYTES else read(data)


def refused(error: RequestError) -> Response:
    """Return `error` where there is no call yet."""
    return Response(rpc_error(error, None), error.status, media_type="application/json")


def _error_event(call: AgentCall, error: RequestError) -> bytes:
    """Return `error` as the answer to the call's message; nothing if it wants none."""
    return event(rpc_error(error, call.id, call.exchange.id), "message") if call.id is not None else b""


def _owner(call: AgentCall, what: str) -> tuple[str, ...]:
    return what, call.principal.tenant, call.principal.name, call.server.endpoint, call.server.upstream.base_url


def _without(planned: Plan) -> Plan:
    """Return the plan of a call whose tool is not allowed."""
    decision = replace(planned.decision, effect=Effect.DENY, rule=_TOOL_NOT_ALLOWED, route=())
    refusal = BlockedByPolicy("The tool is not allowed here.", code="tool_not_allowed")
    return replace(planned, decision=decision, refusal=refusal, first=None)
