"""Which exporters the environment asks for, and the guard around each of them.

By OpenTelemetry's own variables, so that what operators know works: `OTEL_TRACES_EXPORTER` and `OTEL_METRICS_EXPORTER`
(`otlp`, `console`, `none`, with commas), `OTEL_EXPORTER_OTLP_*`, `OTEL_SDK_DISABLED`. One difference: with none of
them set nothing is exported, where the standard would send to localhost. A gateway for privacy sends nothing unasked.

The guard stands behind the SDK and in front of the wire: what an exporter is given are copies made of listed
attributes. Names, events, links, exceptions, descriptions of a status, instrumentation scopes, trace states and
exemplars of other code are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from opentelemetry.sdk.metrics.export import (
    Metric,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, Status

from gateway import __version__
from gateway.adapters.telemetry.guard import Guard
from gateway.core.errors import ConfigurationError, Problem

__all__ = ["INSTRUMENTS", "SCOPE", "Exporters", "GuardedMetricExporter", "GuardedSpanExporter", "exporters_by", "make"]

SCOPE: Final = InstrumentationScope("privacy-gateway", __version__)
INSTRUMENTS: Final = frozenset(
    {
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.client.token.usage",
        "privacy_gateway.request.duration",
    }
)
_PROTOCOL: Final = "http/protobuf"
_WANTED: Final = {"TRACES": frozenset({"otlp", "console", "none"})}
_WANTED["METRICS"] = _WANTED["TRACES"] | {"prometheus"}  # it is on the admin port anyway


@dataclass(frozen=True, slots=True)
class Exporters:
    """Where spans and metrics go; nowhere when empty."""

    spans: tuple[SpanExporter, ...] = ()
    metrics: tuple[MetricExporter, ...] = ()


def exporters_by(environment: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return which exporters `environment` asks for: of spans, of metrics.

    Raises:
        ConfigurationError: if it asks for one, or for a protocol, that is not there.
    """
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset(), frozenset()
    problems: list[Problem] = []
    chosen = [_chosen(environment, signal, problems) for signal in ("TRACES", "METRICS")]
    if problems:
        raise ConfigurationError(problems)
    return chosen[0], chosen[1]


def _chosen(environment: Mapping[str, str], signal: str, problems: list[Problem]) -> frozenset[str]:
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    default = "otlp" if any(environment.get(name) for name in endpoints) else "none"
    variable = f"OTEL_{signal}_EXPORTER"
    words = {word.strip() for word in (environment.get(variable) or default).split(",")}
    if not words <= _WANTED[signal]:
        problems.append(
            Problem(
                variable,
                0,
                f"no exporter is called {', '.join(sorted(words - _WANTED[signal]))}",
                ", ".join(sorted(_WANTED[signal])),
                "choose among these",
            )
        )
    protocols = (f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    named = next((name for name in protocols if environment.get(name)), None)
    if "otlp" in words and named and environment[named] != _PROTOCOL:
        problems.append(
            Problem(named, 0, f"is {environment[named]}", _PROTOCOL, "use the collector's HTTP port, by default 4318")
        )
    return frozenset(words) & {"otlp", "console"}


def make(spans: frozenset[str], metrics: frozenset[str]) -> Exporters:
    """Return the exporters by these names; the OTLP ones read their addresses and headers from the environment."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics.export import ConsoleMetricExporter
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter

    span_kinds = {"otlp": OTLPSpanExporter, "console": ConsoleSpanExporter}
    metric_kinds = {"otlp": OTLPMetricExporter, "console": ConsoleMetricExporter}
    return Exporters(
        tuple(span_kinds[name]() for name in sorted(spans)), tuple(metric_kinds[name]() for name in sorted(metrics))
    )


class GuardedSpanExporter(SpanExporter):
    """Gives an exporter copies of spans that hold only what the guard lets pass."""

    def __init__(self, inner: SpanExporter, guard: Guard) -> None:
        self._inner = inner
        self._guard = guard

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export the copies."""
        return self._inner.export([self._copy(span) for span in spans])

    def shutdown(self) -> None:
        """End."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._inner.force_flush(timeout_millis)

    def _copy(self, span: ReadableSpan) -> ReadableSpan:
        return ReadableSpan(
            name=self._guard.span_name(span.name),
            context=_ids(span.get_span_context()),
            parent=_ids(span.parent),
            resource=span.resource,
            attributes=self._guard.attributes(span.attributes),
            kind=span.kind,
            status=Status(span.status.status_code),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=SCOPE,
        )


def _ids(context: SpanContext | None) -> SpanContext | None:
    """Return the context without its trace state."""
    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


class GuardedMetricExporter(MetricExporter):
    """Gives an exporter copies of metrics that hold only what the guard lets pass."""

    def __init__(self, inner: MetricExporter, guard: Guard) -> None:
        # The SDK offers no public way to read these two, and passes no others on to a wrapped exporter.
        super().__init__(inner._preferred_temporality, inner._preferred_aggregation)  # noqa: SLF001
        self._inner = inner
        self._guard = guard

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> MetricExportResult:
        """Export the copies."""
        copies = [self._resource(resource) for resource in metrics_data.resource_metrics]
        return self._inner.export(MetricsData(copies), timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Send what waits."""
        return self._inner.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """End."""
        self._inner.shutdown(timeout_millis, **kwargs)

    def _resource(self, resource: ResourceMetrics) -> ResourceMetrics:
        scopes = [
            ScopeMetrics(
                scope=SCOPE,
                metrics=[self._metric(metric) for metric in scope.metrics if metric.name in INSTRUMENTS],
                schema_url="",
            )
            for scope in resource.scope_metrics
        ]
        return ResourceMetrics(resource=resource.resource, scope_metrics=scopes, schema_url="")

    def _metric(self, metric: Metric) -> Metric:
        data: Any = metric.data  # one of four kinds, all of which have points with attributes and exemplars
        points = [
            replace(point, attributes=self._guard.attributes(point.attributes), exemplars=[])
            for point in data.data_points
        ]
        return Metric(name=metric.name, description="", unit=metric.unit, data=replace(data, data_points=points))
