"""The imperative shell: plan, audit, send, restore.

One request, in the order of the code below:

    read        the body, bounded
    plan        pure; see `gateway/pipeline.py`
    audit       the decision, durable before a byte leaves (write-ahead); a refusal is recorded too
    send        to the first cleared upstream; the next one only if this one could not be reached or failed
    restore     originals into the answer, while it streams
    audit       the outcome, when the answer is out

Each attempt has its own decision record, so that after `kill -9` every request that may have left is on record.
Whatever is not foreseen ends as a plain 500 that says nothing: neither the client's answer nor the log gets the text
of an unexpected exception, because it may hold a piece of the request (invariant 4).
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway.adapters.upstreams import Answer, UpstreamUnreachable
from gateway.assembly import Gateway
from gateway.core.errors import (
    AuditError,
    InvalidRequest,
    NoClearedUpstream,
    Overloaded,
    RequestError,
)
from gateway.core.protocols import Dialect, StreamRestorer
from gateway.core.wire import Resumes
from gateway.dialects.attachments import may_hold_file
from gateway.pipeline import Cleared, Engine, Plan, Request, plan, planning
from gateway.server.allowance import Attempts
from gateway.server.answers import file_type, passed_headers, read_answer, upstream_error
from gateway.server.batches import specials
from gateway.server.calls import read_request
from gateway.server.capacity import Capacity
from gateway.server.door import Door, min_sensitivity
from gateway.server.endings import Endings
from gateway.server.errors import audit_unavailable, error_response, internal_error
from gateway.server.exchange import CLIENT_LEFT, Exchange
from gateway.server.features import NAMES, features
from gateway.server.keeping import Keeper
from gateway.server.logs import where
from gateway.server.presence import ClientGone, WhileClientStays, is_whole
from gateway.server.recording import Recorder
from gateway.server.returned import remember_signed, with_makers
from gateway.server.streaming import EventStream, Outlet, Whole
from gateway.server.turns import LONGEST
from gateway.transforms.guard import Guard

__all__ = ["Relay"]

_log = logging.getLogger("privacy_gateway")

_THREAD_BYTES: Final = LONGEST
"""Bodies above this are planned in a thread, so that a long text doesn't hold up the other requests; as many at once as
there are cores, because a plan at work takes about thirty times its body's memory."""
_ERROR_BYTES: Final = 64 * 1024
"""Of an upstream's error only a well-known code is read."""
_TRY_NEXT: Final = frozenset({429, 500, 502, 503, 504})


class Relay:
    """Handles the requests of the data plane."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._door = Door(gateway)
        self._keeper = Keeper(gateway.vault)
        self.capacity = Capacity(gateway.limits, lambda: gateway.audit.presses)
        self._records = Recorder(gateway)
        self._planners = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="plan")
        # Who opens files waits for other processes, so these threads are more, and none of the others.
        self._openers = ThreadPoolExecutor(max_workers=2 * (os.cpu_count() or 1), thread_name_prefix="open")
        self._specials = specials(gateway, self._keeper)
        self._endings = Endings()

    async def handle(self, http: HttpRequest, dialect: Dialect) -> Response:
        """Answer one request. Never raises (but cancellation)."""
        watch = self._gateway.telemetry.request_started(dialect.name, http.headers.get("traceparent"))
        place = self.capacity.place()
        exchange = Exchange(f"pg-{secrets.token_hex(16)}", dialect, watch, time.perf_counter(), place)
        exchange.headers["x-privacy-decision"] = exchange.id
        status, ends_itself = CLIENT_LEFT, False
        try:
            response = await self._answered(http, exchange)
            status = response.status_code
            ends_itself = isinstance(response, (EventStream, Whole)) and response.ended is not None
        finally:
            if not ends_itself:
                place.leave()
                watch.ended(status)
        return response

    async def _answered(self, http: HttpRequest, exchange: Exchange) -> Response:
        """Answer, or say why not, in words that hold nothing of the request."""
        try:
            self.capacity.check()
            return await self._answer(http, exchange)
        except AuditError:
            _log.error("decision %s: the audit record could not be made durable; nothing was sent", exchange.id)
            return _failed(exchange, audit_unavailable())
        except RequestError as error:
            self._records.end(exchange, error.status)
            return _failed(exchange, error)
        except Exception as error:  # noqa: BLE001 - an unforeseen error must not carry text to the client or the log
            _log.error("decision %s: %s at %s", exchange.id, type(error).__name__, where(error))
            self._records.end(exchange, internal_error().status)
            return _failed(exchange, internal_error())

    async def drain(self) -> None:
        """Wait for the outcome records of streams that have ended."""
        await self._endings.drain()
        self._planners.shutdown(wait=False)
        self._openers.shutdown(wait=False)

    async def _answer(self, http: HttpRequest, exchange: Exchange) -> Response:
        principal = await self._door.admit(http, exchange.id)
        headers = http.headers
        request = Request(
            dialect=exchange.dialect,
            body=await self._body(http, exchange),
            principal=principal,
            min_sensitivity=min_sensitivity(http),
            conversation=headers.get("x-privacy-conversation", "") or exchange.begun,
        )
        told = {name: headers.getlist(name) for name in NAMES if name in headers}
        exchange.features, dropped = features(told, exchange.dialect.family)
        if dropped:
            exchange.headers["x-privacy-dropped-headers"] = ", ".join(dropped)
        special = self._specials.get(exchange.dialect.name)
        if special is not None:
            answered = await special(request, partial(self._records.decide_one, exchange))
            if answered is not None:
                self._records.end(exchange, answered.status_code)
                answered.headers.update(exchange.headers)
                return answered
        since = time.perf_counter()
        engine = self._gateway.engine_for(principal.tenant)
        request = await self._keeper.recalled(request)
        planned = await self._plan(await with_makers(request, engine, self._gateway), engine)
        exchange.lap("plan", since)
        exchange.headers |= _decision_headers(planned)
        if planned.refusal is not None:
            await self._records.decide(exchange, planned, None, status=planned.refusal.status)
            raise planned.refusal
        return await self._send_unless_left(http, planned, exchange)

    async def _body(self, http: HttpRequest, exchange: Exchange) -> bytes:
        limits = self._gateway.limits
        reading = read_request(http, exchange.dialect, limits.body_bytes, exchange.place.hold)
        if is_whole(http.scope):
            return await reading
        try:
            async with asyncio.timeout(limits.body_seconds):
                return await reading
        except TimeoutError:
            raise InvalidRequest("The body did not arrive in time.", status=408, code="request_timeout") from None

    async def _plan(self, request: Request, engine: Engine) -> Plan:
        gateway = self._gateway
        arguments = (request, engine, gateway.upstreams, gateway.client.available)
        if may_hold_file(request.body):
            return await asyncio.get_running_loop().run_in_executor(self._openers, plan, *arguments)
        if len(request.body) > _THREAD_BYTES:
            return await asyncio.get_running_loop().run_in_executor(self._planners, plan, *arguments)
        return await self.capacity.turns.do(len(request.body), planning(*arguments))

    async def _send_unless_left(self, http: HttpRequest, planned: Plan, exchange: Exchange) -> Response:
        """Send; stop when the client goes away before an answer has begun, so that no model computes for nobody."""
        try:
            with WhileClientStays(http.scope, http.receive):
                return await self._send(planned, exchange)
        except ClientGone:
            raise InvalidRequest("The client went away.", status=CLIENT_LEFT) from None

    async def _send(self, planned: Plan, exchange: Exchange) -> Response:
        attempts = Attempts(planned, self._gateway, exchange.spent)
        full = False
        cleared = await attempts.next()
        while cleared is not None:
            if not exchange.place.enter(cleared.upstream.name):
                full, cleared = True, await attempts.next()
                continue
            await self._records.decide(exchange, planned, cleared)
            exchange.headers["x-privacy-zone"] = cleared.upstream.zone.value
            exchange.upstream = cleared.upstream
            answer = await self._attempt(planned, cleared, exchange)
            if answer is not None and answer.status not in _TRY_NEXT:
                return await self._relay(planned, answer, exchange)
            following = await _next(attempts, answer)
            if answer is not None:
                if following is None:
                    return await self._relay(planned, answer, exchange)
                await answer.aclose()
                self._records.end(exchange, answer.status)
            cleared = following
        refusal = _nowhere(planned, exchange.spent, full=full)
        if exchange.first:
            exchange.headers["x-privacy-zone"] = "none"  # until here it named the one that was meant
            await self._records.decide(exchange, planned, None, status=refusal.status)
        raise refusal

    async def _attempt(self, planned: Plan, cleared: Cleared, exchange: Exchange) -> Answer | None:
        """Send; None if the upstream could not be reached, so that another may be tried."""
        since = time.perf_counter()
        try:
            exchange.keeping = await self._keeper.before(planned, cleared)
            # It runs when the request is out: while the upstream thinks.
            asyncio.get_running_loop().call_soon(_prepared, planned, exchange)
            return await self._gateway.client.send(
                cleared,
                path=exchange.dialect.endpoint.removeprefix("/v1"),
                family=exchange.dialect.family,
                stream=planned.facts.stream,
                wire=exchange.by_path.wire if exchange.by_path else None,
                # A client may choose its trace id, and so write into it: it goes no further than home.
                traceparent=exchange.traceparent_for(cleared.upstream),
                features=exchange.features,
            )
        except UpstreamUnreachable as error:
            self._records.end(exchange, error.status)
            return None
        except RequestError as error:
            self._records.end(exchange, error.status)
            raise
        finally:
            exchange.lap("upstream_first_byte", since)

    async def _relay(self, planned: Plan, answer: Answer, exchange: Exchange) -> Response:
        exchange.headers |= passed_headers(answer.headers)
        try:
            if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's success range
                raise upstream_error(answer.status, await answer.body(_ERROR_BYTES), answer.headers)
            guard, restorer = _prepared(planned, exchange)
            if answer.is_event_stream:
                exchange.guard = guard
                restorer = restorer or _restorer_of(planned, exchange, guard)
                outlet = Outlet(restorer)
                pieces = self._stream(planned, restorer, answer, exchange, outlet)
                ended = partial(self._stream_ended, restorer, answer, exchange)
                return EventStream(pieces, exchange.headers, ended, outlet)
            body = await answer.body()
            is_file = exchange.by_path is not None and exchange.by_path.answers_bytes
            value = None if is_file else read_answer(body)
            if exchange.keeping is not None:
                await exchange.keeping.whole(body, value)
            if exchange.by_path is not None:
                await self._keeper.forget(planned, exchange.by_path.forgets(planned.request.body))
            await self._remember(exchange.dialect.signed(body, value), planned, exchange)
            tokens = exchange.dialect.usage(body, value)
            exchange.guard = guard
            restored = exchange.dialect.restore(body, exchange.guard, value)
        except RequestError as error:
            await self._report(exchange)
            self._records.end(exchange, error.status)
            raise
        media_type = file_type(answer.headers) if is_file else "application/json"
        recorded = partial(self._whole_ended, exchange, answer.status, tokens)
        return Whole(restored, answer.status, exchange.headers, media_type=media_type, ended=recorded)

    async def _stream(
        self, planned: Plan, restorer: StreamRestorer, answer: Answer, exchange: Exchange, outlet: Outlet
    ) -> AsyncGenerator[bytes, None]:
        """Yield what could not be written to `outlet` at once."""
        came = b""

        def keep(piece: bytes) -> bool:
            nonlocal came
            came = piece
            return False

        try:
            while not await answer.pour(outlet.take if exchange.keeping is None else keep):
                if exchange.keeping is not None:
                    await exchange.keeping.piece(came)
                    outlet.left = restorer.feed(came)
                await self._remember_of(restorer, planned, exchange)
                if outlet.left:
                    yield outlet.left
            rest = restorer.close()
            await self._remember_of(restorer, planned, exchange)
            if rest:
                yield rest
            exchange.stream_status = answer.status
        except RequestError as error:
            exchange.stream_status = error.status
            yield _held_back(restorer) + exchange.dialect.error_event(error)
        except Exception as error:  # noqa: BLE001 - as in `handle`
            exchange.stream_status = internal_error().status
            _log.error("decision %s: %s at %s", exchange.id, type(error).__name__, where(error))
            yield exchange.dialect.error_event(internal_error())

    async def _whole_ended(self, exchange: Exchange, status: int, usage: Mapping[str, int]) -> None:
        """Record how it ended, now that the answer is written: nobody waits for that."""
        exchange.place.leave()
        exchange.out()
        try:
            await asyncio.sleep(0)  # in which it goes out; later and beside others costs as much or more
            await self._report(exchange)
        except Exception as error:  # noqa: BLE001 - as in `handle`, but it is answered
            _log.error("decision %s: %s at %s", exchange.id, type(error).__name__, where(error))
        finally:
            self._records.end(exchange, status, usage)
            exchange.watch.ended(status)

    def _stream_ended(self, restorer: StreamRestorer, answer: Answer, exchange: Exchange) -> None:
        exchange.place.leave()
        exchange.out()
        self._endings.begin(self._end_stream(exchange, answer, restorer.usage))

    async def _remember_of(self, restorer: StreamRestorer, planned: Plan, exchange: Exchange) -> None:
        """Remember what came signed since the last time."""
        signed = restorer.signed.copy()
        restorer.signed.clear()
        await self._remember(signed, planned, exchange)

    async def _remember(self, signed: Sequence[str], planned: Plan, exchange: Exchange) -> None:
        if signed and exchange.upstream is not None:
            await remember_signed(signed, planned, exchange.upstream, self._gateway)

    async def _report(self, exchange: Exchange) -> None:
        """Note what was found in the answer; long ones are looked through in a thread."""
        guard = exchange.guard
        if guard is not None:
            exchange.answer = await asyncio.to_thread(guard.report) if guard.is_long else guard.report()

    async def _end_stream(self, exchange: Exchange, answer: Answer, usage: Mapping[str, int]) -> None:
        await answer.aclose()
        guard = exchange.guard
        if guard is not None and not guard.is_long:
            exchange.answer = await self.capacity.turns.later(guard.length, guard.reporting())
        else:
            await self._report(exchange)  # a long one in a thread, and threads may be taken: no turn waits for one
        self._records.end(exchange, exchange.stream_status, usage)
        exchange.watch.ended(exchange.stream_status)


def _failed(exchange: Exchange, error: RequestError) -> Response:
    exchange.watch.refused(error.code or error.type)
    return error_response(exchange.dialect, error, exchange.headers)


def _decision_headers(planned: Plan) -> dict[str, str]:
    transforms = planned.transformation.counts
    return {
        "x-privacy-sensitivity": planned.classification.sensitivity.label,
        "x-privacy-zone": planned.first.upstream.zone.value if planned.first else "none",
        "x-privacy-transforms": ", ".join(f"{kind}={count}" for kind, (_, count) in sorted(transforms.items())),
    }


def _prepared(planned: Plan, exchange: Exchange) -> tuple[Guard, StreamRestorer | None]:
    """Return what looks through the answer and, where a stream was asked for, what restores it; made once."""
    if exchange.prepared is None:
        guard = planned.guard()
        if planned.facts.stream:
            guard.may_begin("", 0)  # compiles what its first piece would wait for, where a label is new
            exchange.prepared = guard, _restorer_of(planned, exchange, guard)
        else:
            exchange.prepared = guard, None
    return exchange.prepared


def _restorer_of(planned: Plan, exchange: Exchange, guard: Guard) -> StreamRestorer:
    """Return what restores the answer as a stream, or the rest of it that was asked for."""
    stream = exchange.dialect.stream(guard)
    call = exchange.by_path
    return call.resumed(stream, planned.request.body) if call is not None and isinstance(call, Resumes) else stream


async def _next(attempts: Attempts, answer: Answer | None) -> Cleared | None:
    """Return the next attempt; `answer` is closed if the client goes away meanwhile."""
    try:
        return await attempts.next()
    except BaseException:
        if answer is not None:
            await answer.aclose()
        raise


def _nowhere(planned: Plan, spent: Sequence[str], *, full: bool) -> RequestError:
    """Return why nothing could be sent.

    Args:
        planned: the plan.
        spent: budgets that stood in the way; a policy's own names.
        full: an upstream that is cleared has as many requests as it may.
    """
    if full:
        return Overloaded("The upstreams that are cleared for this request have as many as they may.", retry_after_s=1)
    budgets = f", or had room in the budget {', '.join(spent)}" if spent else ""
    return NoClearedUpstream(
        f"No upstream that is cleared for this {planned.classification.sensitivity.label} sensitive request "
        f"could be reached{budgets} (rule '{planned.decision.rule}').",
        retry_after_s=5,
    )


def _held_back(restorer: StreamRestorer) -> bytes:
    """Return the whole events that a stream which broke off still holds back; nothing if even that fails.

    An event that was cut off is left out: what follows it would be read as its end.
    """
    try:
        held = restorer.close()
    except Exception as error:  # noqa: BLE001 - the stream ends with an error already; this one must not be logged
        _log.error("restoring the end of a broken stream: %s at %s", type(error).__name__, where(error))
        return b""
    return held[: held.rfind(b"\n\n") + 2] if b"\n\n" in held else b""
