"""The imperative shell: plan, audit, send, restore.

One request, in the order of the code below:

    read        the body, bounded
    plan        pure; see `gateway/pipeline.py`
    audit       the decision, durable before a byte leaves (write-ahead); a refusal is recorded too
    send        to the first cleared upstream; the next one only if this one could not be reached or failed
    restore     originals into the answer, while it streams
    audit       the outcome

Each attempt has its own decision record, so that after `kill -9` every request that may have left is on record.
Whatever is not foreseen ends as a plain 500 that says nothing: neither the client's answer nor the log gets the text
of an unexpected exception, because it may hold a piece of the request (invariant 4).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway.adapters.telemetry import RequestWatch
from gateway.adapters.upstreams import Answer, UpstreamUnreachable
from gateway.assembly import Gateway
from gateway.core.errors import (
    AuditError,
    GatewayError,
    InvalidRequest,
    NoClearedUpstream,
    Overloaded,
    PolicyRefusal,
    RequestError,
    UpstreamFailed,
)
from gateway.core.model import Effect, Sensitivity, Upstream
from gateway.core.protocols import Dialect
from gateway.core.record import AuditRecord, Transformed, decision_record, outcome_record, shadow_record
from gateway.pipeline import Cleared, Engine, Plan, Request, plan
from gateway.policy.shadow import shadowed
from gateway.server.allowance import within_budgets
from gateway.server.bodies import read_body
from gateway.server.door import Door
from gateway.server.errors import error_response
from gateway.server.returned import remember_signed, with_makers
from gateway.server.streaming import EventStream

__all__ = ["Relay"]

_log = logging.getLogger("privacy_gateway")

_CLIENT_LEFT: Final = 499
_THREAD_BYTES: Final = 32 * 1024
"""Bodies above this are planned in a thread, so that a long text doesn't hold up the other requests."""
_PASSED_HEADERS: Final = re.compile(r"(x-request-id|openai-processing-ms|retry-after|x-ratelimit-[a-z-]+)\Z")
_HEADER_CHARACTERS: Final = 256
"""An upstream's header that is longer, or not printable ASCII, is not passed on."""
_RETRY_DIGITS: Final = 9
_TRY_NEXT: Final = frozenset({429, 500, 502, 503, 504})
_CLIENTS_FAULT: Final = frozenset({400, 404, 408, 409, 413, 422, 429})
_HARMLESS_QUERIES: Final = frozenset({"", "beta=true"})
"""Anthropic's SDK writes `beta=true`; it is not passed on."""
_KNOWN_CODES: Final = frozenset(
    {
        "context_length_exceeded",
        "content_filter",
        "insufficient_quota",
        "invalid_value",
        "model_not_found",
        "rate_limit_exceeded",
        "string_above_max_length",
        "unsupported_parameter",
        "unsupported_value",
    }
)


@dataclass(slots=True)
class _Exchange:
    """One request on its way through the relay."""

    id: str
    dialect: Dialect
    watch: RequestWatch
    started: float
    stages: dict[str, float] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    record: AuditRecord | None = None
    upstream: Upstream | None = None
    """Where it was sent last."""
    spent: list[str] = field(default_factory=list)
    """Exposure budgets that kept this request from an upstream."""
    first: bool = True
    """Whether no attempt is on record yet."""

    def lap(self, stage: str, since: float) -> None:
        self.stages[stage] = self.stages.get(stage, 0.0) + (time.perf_counter() - since) * 1000


class Relay:
    """Handles the requests of the data plane."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._door = Door(gateway)
        self._in_flight = 0
        self._endings: set[asyncio.Task[None]] = set()

    async def handle(self, http: HttpRequest, dialect: Dialect) -> Response:
        """Answer one request. Never raises (but cancellation)."""
        watch = self._gateway.telemetry.request_started(dialect.name, http.headers.get("traceparent"))
        exchange = _Exchange(f"pg-{secrets.token_hex(16)}", dialect, watch, time.perf_counter())
        exchange.headers["x-privacy-decision"] = exchange.id
        self._in_flight += 1
        status, streaming = _CLIENT_LEFT, False
        try:
            response = await self._answered(http, exchange)
            status, streaming = response.status_code, isinstance(response, EventStream)
        finally:
            if not streaming:
                self._in_flight -= 1
                watch.ended(status)
        return response

    async def _answered(self, http: HttpRequest, exchange: _Exchange) -> Response:
        """Answer, or say why not, in words that hold nothing of the request."""
        try:
            if self._in_flight > self._gateway.limits.in_flight:
                raise Overloaded("The gateway is handling as many requests as it may.", retry_after_s=1)
            return await self._answer(http, exchange)
        except AuditError:
            _log.error("decision %s: the audit record could not be made durable; nothing was sent", exchange.id)
            return _failed(exchange, _audit_unavailable())
        except RequestError as error:
            return _failed(exchange, error)
        except Exception as error:  # noqa: BLE001 - an unforeseen error must not carry text to the client or the log
            _log.error("decision %s: %s at %s", exchange.id, type(error).__name__, _where(error))
            return _failed(exchange, _internal())

    async def drain(self) -> None:
        """Wait for the outcome records of streams that have ended."""
        while self._endings:
            await asyncio.gather(*self._endings, return_exceptions=True)

    async def _answer(self, http: HttpRequest, exchange: _Exchange) -> Response:
        principal = await self._door.admit(http)
        if http.url.query not in _HARMLESS_QUERIES:
            raise InvalidRequest("This endpoint takes no query parameters: leave them out, they would not be scanned.")
        body = await read_body(http, self._gateway.limits.body_bytes)
        request = Request(
            dialect=exchange.dialect,
            body=body,
            principal=principal,
            min_sensitivity=_min_sensitivity(http),
            conversation=http.headers.get("x-privacy-conversation", ""),
        )
        since = time.perf_counter()
        engine = self._gateway.engine_for(principal.tenant)
        planned = await self._plan(await with_makers(request, engine, self._gateway), engine)
        exchange.lap("plan", since)
        exchange.headers |= _decision_headers(planned)
        if planned.refusal is not None:
            await self._record(exchange, planned, None, status=planned.refusal.status)
            raise planned.refusal
        return await self._send(planned, exchange)

    async def _plan(self, request: Request, engine: Engine) -> Plan:
        gateway = self._gateway
        arguments = (request, engine, gateway.upstreams, gateway.client.available)
        if len(request.body) > _THREAD_BYTES:
            return await asyncio.to_thread(plan, *arguments)
        return plan(*arguments)

    async def _send(self, planned: Plan, exchange: _Exchange) -> Response:
        attempts = within_budgets(planned, self._gateway, exchange.spent)
        cleared = await anext(attempts, None)
        while cleared is not None:
            await self._record(exchange, planned, cleared)
            exchange.headers["x-privacy-zone"] = cleared.upstream.zone.value
            exchange.upstream = cleared.upstream
            answer = await self._attempt(planned, cleared, exchange)
            following = await anext(attempts, None) if answer is None or answer.status in _TRY_NEXT else None
            if answer is not None and following is None:
                return await self._relay(planned, answer, exchange)
            if answer is not None:
                await answer.aclose()
                self._outcome(exchange, answer.status)
            cleared = following
        if exchange.record is None:
            await self._record(exchange, planned, None, status=NoClearedUpstream("").status)
        raise NoClearedUpstream(
            f"No upstream that is cleared for this {planned.classification.sensitivity.label} sensitive request "
            f"could be reached (rule '{planned.decision.rule}').",
            retry_after_s=5,
        )

    async def _attempt(self, planned: Plan, cleared: Cleared, exchange: _Exchange) -> Answer | None:
        """Send; None if the upstream could not be reached, so that another may be tried."""
        since = time.perf_counter()
        try:
            return await self._gateway.client.send(
                cleared,
                path=exchange.dialect.endpoint.removeprefix("/v1"),
                family=exchange.dialect.family,
                stream=planned.facts.stream,
                traceparent=exchange.watch.traceparent or "",
            )
        except UpstreamUnreachable as error:
            self._outcome(exchange, error.status)
            return None
        except RequestError as error:
            self._outcome(exchange, error.status)
            raise
        finally:
            exchange.lap("upstream_first_byte", since)

    async def _relay(self, planned: Plan, answer: Answer, exchange: _Exchange) -> Response:
        exchange.headers |= _passed_headers(answer.headers)
        try:
            if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's success range
                raise _upstream_error(answer.status, await answer.body(), answer.headers)
            if answer.is_event_stream:
                return EventStream(self._stream(planned, answer, exchange), exchange.headers)
            body = await answer.body()
            await self._remember(exchange.dialect.signed(body), planned, exchange)
            restored = exchange.dialect.restore(body, planned.transformation.restorers)
        except RequestError as error:
            self._outcome(exchange, error.status)
            raise
        self._outcome(exchange, answer.status, exchange.dialect.usage(body))
        return Response(restored, answer.status, exchange.headers, media_type="application/json")

    async def _stream(self, planned: Plan, answer: Answer, exchange: _Exchange) -> AsyncGenerator[bytes, None]:
        restorer = exchange.dialect.stream(planned.transformation.restorers)
        status = _CLIENT_LEFT  # unless one of the ends below is reached
        try:
            async for piece in answer.pieces():
                restored = restorer.feed(piece)
                await self._remember(restorer.signed(), planned, exchange)
                if restored:
                    yield restored
            rest = restorer.close()
            await self._remember(restorer.signed(), planned, exchange)
            if rest:
                yield rest
            status = answer.status
        except GatewayError as error:
            status = error.status if isinstance(error, RequestError) else _internal().status
            yield restorer.close() + _event(exchange.dialect, error)
        except Exception as error:  # noqa: BLE001 - as in `handle`
            status = _internal().status
            _log.error("decision %s: %s at %s", exchange.id, type(error).__name__, _where(error))
            yield _event(exchange.dialect, _internal())
        finally:
            self._in_flight -= 1
            self._spawn(self._end_stream(exchange, answer, status, restorer.usage))

    async def _remember(self, signed: Sequence[str], planned: Plan, exchange: _Exchange) -> None:
        if signed and exchange.upstream is not None:
            await remember_signed(signed, planned, exchange.upstream, self._gateway)

    async def _end_stream(self, exchange: _Exchange, answer: Answer, status: int, usage: Mapping[str, int]) -> None:
        await answer.aclose()
        self._outcome(exchange, status, usage)
        exchange.watch.ended(status)

    def _spawn(self, ending: Coroutine[Any, Any, None]) -> None:
        """Run `ending` even if the request's own task is being cancelled."""
        task = asyncio.get_running_loop().create_task(ending)
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def _record(
        self, exchange: _Exchange, planned: Plan, cleared: Cleared | None, *, status: int | None = None
    ) -> None:
        gateway = self._gateway
        exchange.record = decision_record(
            id=exchange.id,
            time=datetime.now(UTC),
            facts=planned.facts,
            classification=planned.classification,
            decision=planned.decision,
            policy_revision=planned.engine.policy.revision,
            classifier_revision=planned.engine.classifier_revision,
            models=gateway.known_models,
            upstream=cleared.upstream if cleared else None,
            residual=cleared.residual if cleared else None,
            transforms={
                entity_type: Transformed(operator, count)
                for entity_type, (operator, count) in planned.transformation.counts.items()
            },
            effect=None if cleared else Effect.DENY,
            status=status,
            latency_ms=exchange.stages,
            budgets=tuple(exchange.spent),
        )
        since = time.perf_counter()
        await gateway.audit.append(exchange.record)
        exchange.lap("audit", since)
        if exchange.first:
            exchange.first = False
            self._shadow(exchange.record, planned)
        exchange.watch.decided(exchange.record)
        gateway.recent.remember(exchange.record)

    def _shadow(self, decided: AuditRecord, planned: Plan) -> None:
        """Ask the candidate policy, if there is one; record where it differs. Never raises, changes nothing."""
        candidate = planned.engine.shadow
        if candidate is None:
            return
        shadow = shadowed(candidate, planned.classification, planned.decision, planned.facts)
        self._gateway.telemetry.shadow_decided(same=shadow is None)
        if shadow is not None:
            record = shadow_record(decided, shadow)
            try:
                self._gateway.audit.enqueue(record)
            except AuditError:
                _log.error("decision %s: what the shadow policy says could not be recorded", decided.id)
            self._gateway.recent.remember(record)

    def _outcome(self, exchange: _Exchange, status: int, tokens: Mapping[str, int] | None = None) -> None:
        """Record how it ended, with the next decision: the request has left, so nobody waits and nothing is raised."""
        if exchange.record is None:
            return
        exchange.lap("total", exchange.started)
        ended = outcome_record(
            exchange.record, time=datetime.now(UTC), status=status, tokens=tokens, latency_ms=exchange.stages
        )
        try:
            self._gateway.audit.enqueue(ended)
        except AuditError:
            _log.error("decision %s: its outcome could not be recorded", exchange.id)
        exchange.watch.finished(ended)
        self._gateway.recent.remember(ended)


def _failed(exchange: _Exchange, error: RequestError) -> Response:
    exchange.watch.refused(error.code or error.type)
    return error_response(exchange.dialect, error, exchange.headers)


def _passed_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the upstream's headers that the client gets; none that could not be written again."""
    return {
        name: value
        for name, value in headers.items()
        if _PASSED_HEADERS.match(name) and len(value) <= _HEADER_CHARACTERS and value.isascii() and value.isprintable()
    }


def _min_sensitivity(http: HttpRequest) -> Sensitivity:
    words = http.headers.getlist("x-privacy-min-sensitivity")
    try:
        return max(map(Sensitivity.parse, words), default=Sensitivity.LOW)
    except ValueError:
        raise InvalidRequest("x-privacy-min-sensitivity is one of: high, moderate, low.") from None


def _decision_headers(planned: Plan) -> dict[str, str]:
    transforms = planned.transformation.counts
    return {
        "x-privacy-sensitivity": planned.classification.sensitivity.label,
        "x-privacy-zone": planned.first.upstream.zone.value if planned.first else "none",
        "x-privacy-transforms": ", ".join(f"{kind}={count}" for kind, (_, count) in sorted(transforms.items())),
    }


def _upstream_error(status: int, body: bytes, headers: Mapping[str, str]) -> RequestError:
    """Return what the client is told of an upstream's error: its code if well known, never its text."""
    code = _known_code(body)
    if status in _CLIENTS_FAULT:
        retry_after = headers.get("retry-after", "")[:_RETRY_DIGITS]
        return UpstreamFailed(
            f"The upstream answered {status}" + (f" ({code})." if code else "."),
            status=status,
            code=code or "upstream_refused",
            retry_after_s=int(retry_after) if retry_after.isascii() and retry_after.isdigit() else None,
        )
    return UpstreamFailed(f"The upstream answered {status}.")


def _known_code(body: bytes) -> str | None:
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return code if isinstance(code, str) and code in _KNOWN_CODES else None


def _event(dialect: Dialect, error: GatewayError) -> bytes:
    return dialect.error_event(error if isinstance(error, RequestError) else _internal())


def _internal() -> RequestError:
    return RequestError("The gateway failed. Nothing of the request was logged.", status=500, code="internal_error")


def _audit_unavailable() -> RequestError:
    return PolicyRefusal(
        "The decision could not be recorded, so nothing was sent.",
        status=503,
        code="audit_unavailable",
        retry_after_s=5,
    )


def _where(error: BaseException) -> str:
    """Return file and line of the innermost frame: code, never data."""
    trace = error.__traceback__
    place = "unknown"
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rpartition('/gateway/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
