"""Spans and instruments by OpenTelemetry's semantic conventions for generative AI.

Two spans for a request: `privacy_gateway.request` (SERVER) is what the gateway did, with the decision; below it one
`chat <model>` (CLIENT) for each attempt at an upstream, as the conventions describe an inference. Both providers are
this object's own: what another library records through the global ones doesn't get here, nor the other way round.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from opentelemetry.context import Context
from opentelemetry.metrics import Histogram
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from gateway import __version__
from gateway.adapters.telemetry.exporters import SCOPE, Exporters, GuardedMetricExporter, GuardedSpanExporter
from gateway.adapters.telemetry.guard import NONE, OTHER, REQUEST_SPAN, Guard, Value
from gateway.adapters.telemetry.traceparent import TraceParent
from gateway.core.record import AuditRecord

__all__ = ["GenAI", "RequestTrace"]

# The bucket boundaries are those that the conventions recommend for each instrument.
_SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_FIRST_CHUNK_SECONDS: Final = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)
_OPERATIONS: Final = {"embeddings": "embeddings", "completions": "text_completion"}
_FAILED: Final = 400
_SERVER_FAILED: Final = 500
_TOKENS: Final = tuple(4**power for power in range(14))


class GenAI:
    """Spans and instruments, exported through the guard.

    Attributes:
        addresses: host and port of each upstream.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        exporters: Exporters,
        guard: Guard,
        environment: Mapping[str, str],
        *,
        addresses: Mapping[str, tuple[str, int]],
        clock: Callable[[], float],
    ) -> None:
        self.addresses = addresses
        self.clock = clock
        resource = Resource.create(_resource(environment))
        self._tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        for spans in exporters.spans:
            self._tracers.add_span_processor(BatchSpanProcessor(GuardedSpanExporter(spans, guard)))
        self._meters = MeterProvider(
            metric_readers=[
                PeriodicExportingMetricReader(GuardedMetricExporter(metrics, guard)) for metrics in exporters.metrics
            ],
            resource=resource,
            shutdown_on_exit=False,
            views=[View(instrument_name="*", attribute_keys=set(guard.keys))],
            # An exemplar would carry the very attributes that the view drops.
            exemplar_filter=AlwaysOffExemplarFilter(),
        )
        self._tracer: Tracer | None = self._tracers.get_tracer(SCOPE.name, SCOPE.version) if exporters.spans else None
        meter = self._meters.get_meter(SCOPE.name, SCOPE.version)

        def histogram(name: str, unit: str, bounds: tuple[float, ...]) -> Histogram:
            return meter.create_histogram(name, unit, explicit_bucket_boundaries_advisory=bounds)

        self.request_duration = histogram("privacy_gateway.request.duration", "s", _SECONDS)
        self.operation_duration = histogram("gen_ai.client.operation.duration", "s", _SECONDS)
        self.first_chunk = histogram("gen_ai.client.operation.time_to_first_chunk", "s", _FIRST_CHUNK_SECONDS)
        self.tokens = histogram("gen_ai.client.token.usage", "{token}", _TOKENS)

    def request(self, dialect: str, parent: TraceParent | None) -> RequestTrace:
        """Return the trace of a request that came in."""
        return RequestTrace(self, dialect, parent)

    def span(self, name: str, context: Context, kind: SpanKind) -> Span | None:
        """Return a span that has begun; None where no spans are exported."""
        return self._tracer.start_span(name, context, kind) if self._tracer else None

    def shutdown(self) -> None:
        """Send what waits, and end."""
        self._tracers.shutdown()
        self._meters.shutdown()


class RequestTrace:
    """What traces and GenAI metrics tell of one request."""

    def __init__(self, genai: GenAI, dialect: str, parent: TraceParent | None) -> None:
        self._genai = genai
        self._operation = next((name for part, name in _OPERATIONS.items() if dialect.endswith(part)), "chat")
        self._provider = "anthropic" if dialect.startswith("anthropic") else "openai"
        self._since = self._attempt_since = genai.clock()
        self._attempt: Span | None = None
        self._attempt_attributes: dict[str, Value] = {}
        self._details: dict[str, Value] = {}
        self._out: tuple[float, int] | None = None
        context = Context()  # an empty one: neither baggage nor the state of another trace
        if parent is not None:
            flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
            remote = SpanContext(parent.trace_id, parent.span_id, is_remote=True, trace_flags=flags)
            context = set_span_in_context(NonRecordingSpan(remote), context)
        self._span = genai.span(REQUEST_SPAN, context, SpanKind.SERVER)

    @property
    def traceparent(self) -> TraceParent | None:
        """The ids that continue this trace; None where no spans are exported."""
        span = self._attempt or self._span
        if span is None:
            return None
        context = span.get_span_context()
        return TraceParent(context.trace_id, context.span_id, context.trace_flags.sampled)

    def decided(self, record: AuditRecord) -> None:
        """A decision is durable; where it names an upstream, an attempt begins."""
        self._details = {
            "privacy_gateway.decision.id": record.id,
            "privacy_gateway.residual": record.residual.label if record.residual is not None else NONE,
            "privacy_gateway.findings": len(record.findings) + record.findings_omitted,
            "privacy_gateway.transformed": sum(done.count for done in record.transforms.values()),
        }
        if record.upstream is None:
            return
        host, port = self._genai.addresses.get(record.upstream, (OTHER, 0))
        self._attempt_attributes = {
            "gen_ai.operation.name": self._operation,
            "gen_ai.provider.name": self._provider,
            "gen_ai.request.model": record.model or OTHER,
            "server.address": host,
            "server.port": port,
        }
        self._attempt_since = self._genai.clock()
        if self._span is not None:
            name = f"{self._operation} {record.model or OTHER}"
            self._attempt = self._genai.span(name, set_span_in_context(self._span, Context()), SpanKind.CLIENT)

    def out(self) -> None:
        """The answer is out, whenever `finished` and `ended` tell of it."""
        self._out = self._now()

    def _now(self) -> tuple[float, int]:
        """Return when the answer was out, or what time it is: by the clock, and in nanoseconds since the epoch."""
        return self._out or (self._genai.clock(), time.time_ns())

    def finished(self, outcome: AuditRecord) -> None:
        """The attempt has ended as `outcome` says."""
        status = outcome.status or 0
        attributes = self._attempt_attributes | _error(status, _FAILED)
        self._genai.operation_duration.record(self._now()[0] - self._attempt_since, attributes)
        for kind, count in outcome.tokens.items():
            self._genai.tokens.record(count, attributes | {"gen_ai.token.type": kind})
        details: dict[str, Value] = {f"gen_ai.usage.{kind}_tokens": count for kind, count in outcome.tokens.items()}
        first_ms = outcome.latency_ms.get("upstream_first_byte")
        if outcome.stream and first_ms is not None:
            self._genai.first_chunk.record(first_ms / 1000, attributes)
            details["gen_ai.response.time_to_first_chunk"] = first_ms / 1000
        self._end_attempt(status, details | {"gen_ai.request.stream": outcome.stream})

    def ended(self, record: AuditRecord | None, status: int, code: str | None, stages: Mapping[str, float]) -> None:
        """The answer is out. `record` is the last one, `stages` has milliseconds."""
        if self._attempt is not None:
            self._end_attempt(status, {})
        attributes: dict[str, Value] = {"gen_ai.operation.name": self._operation, "http.response.status_code": status}
        if record is not None:
            attributes |= {
                "privacy_gateway.sensitivity": record.sensitivity.label,
                "privacy_gateway.effect": record.effect.value,
                "privacy_gateway.zone": record.zone or NONE,
                "privacy_gateway.upstream": record.upstream or NONE,
                "privacy_gateway.rule": record.rule,
            }
        if code is not None:
            attributes["error.type"] = code
        self._genai.request_duration.record(self._now()[0] - self._since, attributes)
        details = {f"privacy_gateway.stage.{stage}_ms": spent for stage, spent in stages.items()}
        _end(self._span, attributes | self._details | details, failed=status >= _SERVER_FAILED, at=self._now()[1])

    def _end_attempt(self, status: int, details: Mapping[str, Value]) -> None:
        attributes = self._attempt_attributes | {"http.response.status_code": status} | _error(status, _FAILED)
        _end(self._attempt, attributes | dict(details), failed=status >= _FAILED, at=self._now()[1])
        self._attempt = None


def _error(status: int, least: int) -> dict[str, Value]:
    return {"error.type": str(status)} if status >= least else {}


def _end(span: Span | None, attributes: Mapping[str, Value], *, failed: bool, at: int) -> None:
    if span is None:
        return
    span.set_attributes(dict(attributes))
    if failed:
        span.set_status(Status(StatusCode.ERROR))
    span.end(at)


def _resource(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what this process is; the operator's own words in the environment win."""
    attributes = {"service.version": __version__}
    named = "service.name=" in environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if not named and not environment.get("OTEL_SERVICE_NAME"):
        attributes["service.name"] = "privacy-gateway"
    return attributes
