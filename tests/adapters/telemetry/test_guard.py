"""Whatever is put into a span or a metric, an exporter sees only listed keys with listed values."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import AlwaysOnExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags, TraceState

from gateway.adapters.telemetry.exporters import GuardedMetricExporter, GuardedSpanExporter
from gateway.adapters.telemetry.guard import CODES, OPERATIONS, PROVIDERS, Guard, Vocabulary
from gateway.core.model import Sensitivity, Upstream, Zone
from tests.fakes.exporters import KeptSpans

CLOUD = Upstream("cloud-a", Zone.CLOUD, Sensitivity.LOW, "https://api.cloud.example/v1")
VOCABULARY = Vocabulary.of([CLOUD], ["gpt-5"], ["low-passes"])
GUARD = Guard(VOCABULARY)
PROMPT = "Jane Roe of 12 High Street has diabetes"
KEY = PROMPT.replace(" ", "_")
WORDS = (
    frozenset(
        {"other", "none", "low", "moderate", "high", "allow", "deny", "local", "secure", "cloud", "input", "output"}
    )
    | VOCABULARY.models
    | VOCABULARY.rules
    | VOCABULARY.upstreams
    | VOCABULARY.hosts
    | CODES
    | OPERATIONS
    | PROVIDERS
)


def spoil(tracer: trace.Tracer) -> None:
    """Record a span that has the prompt in every place where a span can have text."""
    state = TraceState([("vendor", KEY)])
    elsewhere = SpanContext(7, 8, is_remote=True, trace_flags=TraceFlags(1), trace_state=state)
    context = trace.set_span_in_context(NonRecordingSpan(elsewhere), Context())
    links = [Link(elsewhere, {"link": PROMPT})]
    with (
        suppress(ValueError),
        tracer.start_as_current_span(PROMPT, context, links=links, attributes={"at.start": PROMPT}) as span,
    ):
        for key in [*GUARD.keys, "gen_ai.input.messages", "exception.message", KEY]:
            span.set_attribute(key, PROMPT)
        span.set_attribute("privacy_gateway.stage.detect_ms", [PROMPT])
        span.add_event(PROMPT, {"gen_ai.prompt": PROMPT})
        span.set_status(Status(StatusCode.ERROR, PROMPT))
        raise ValueError(PROMPT)


def test_no_part_of_a_span_carries_text_out() -> None:
    kept, printed = KeptSpans(), io.StringIO()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(GuardedSpanExporter(kept, GUARD)))
    provider.add_span_processor(SimpleSpanProcessor(GuardedSpanExporter(ConsoleSpanExporter(out=printed), GUARD)))
    spoil(provider.get_tracer(KEY, PROMPT, attributes={"scope": PROMPT}))
    provider.shutdown()
    (span,) = kept.spans
    told = printed.getvalue() + span.to_json()
    assert not any(word in told for word in ("Jane", "Roe", "Street", "diabetes"))
    assert (span.name, list(span.events), list(span.links)) == ("other", [], [])
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert span.context is not None
    assert (span.context.trace_id, len(span.context.trace_state)) == (7, 0)
    assert span.parent is not None
    assert len(span.parent.trace_state) == 0


def test_no_part_of_a_span_carries_text_over_the_wire() -> None:
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    kept = KeptSpans()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(GuardedSpanExporter(kept, GUARD)))
    spoil(provider.get_tracer("anything"))
    provider.shutdown()
    wire = encode_spans(kept.spans).SerializeToString()
    assert b"Jane" not in wire
    assert b"diabetes" not in wire


def test_no_part_of_a_metric_carries_text_out() -> None:
    printed = io.StringIO()
    reader = PeriodicExportingMetricReader(GuardedMetricExporter(ConsoleMetricExporter(out=printed), GUARD))
    provider = MeterProvider([reader], shutdown_on_exit=False, exemplar_filter=AlwaysOnExemplarFilter())
    meter = provider.get_meter(KEY, PROMPT, attributes={"scope": PROMPT})
    attributes = dict.fromkeys([*GUARD.keys, KEY], PROMPT)
    meter.create_histogram("gen_ai.client.token.usage", "{token}", PROMPT).record(3, attributes)
    meter.create_counter("privacy_gateway.request.duration", "s", PROMPT).add(1, attributes)
    meter.create_gauge(f"jane.{KEY}"[:60]).set(1, attributes)
    provider.shutdown()
    told = printed.getvalue()
    assert "gen_ai.client.token.usage" in told
    assert not any(word in told for word in ("Jane", "jane", "Roe", "Street", "diabetes"))


def values() -> st.SearchStrategy[object]:
    plain = st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.binary(), st.none())
    return st.one_of(plain, st.lists(plain, max_size=3), st.sampled_from(sorted(WORDS)))


@given(st.dictionaries(st.one_of(st.sampled_from(sorted(GUARD.keys)), st.text()), values(), max_size=30))
def test_only_listed_keys_with_listed_values_pass(attributes: dict[str, object]) -> None:
    for key, value in GUARD.attributes(attributes).items():
        assert key in GUARD.keys
        if isinstance(value, str):
            assert value in WORDS or value.isdecimal()
        else:
            assert isinstance(value, bool | int | float)


@pytest.mark.parametrize(
    ("key", "value", "passes"),
    [
        ("gen_ai.request.model", "gpt-5", "gpt-5"),
        ("gen_ai.request.model", "Jane", "other"),
        ("server.address", "api.cloud.example", "api.cloud.example"),
        ("server.address", "jane.example", "other"),
        ("privacy_gateway.decision.id", "pg-" + "0f" * 16, "pg-" + "0f" * 16),
        ("privacy_gateway.decision.id", "jane-roe-1985-04-12", None),
        ("error.type", "no_cleared_upstream", "no_cleared_upstream"),
        ("error.type", "503", "503"),
        ("error.type", "jane", "other"),
        ("http.response.status_code", 200, 200),
        ("http.response.status_code", 4111111111111111, None),
        ("gen_ai.usage.input_tokens", 12, 12),
        ("gen_ai.usage.input_tokens", "12", None),
        ("gen_ai.usage.input_tokens", -1, None),
        ("gen_ai.request.stream", True, True),
        ("gen_ai.request.stream", "yes", None),
        ("privacy_gateway.stage.plan_ms", 1.5, 1.5),
        ("privacy_gateway.stage.plan_ms", float("nan"), None),
        ("privacy_gateway.stage.jane_ms", 1.5, None),
    ],
)
def test_each_key_has_its_shape(key: str, value: object, passes: object) -> None:
    assert GUARD.attributes({key: value}).get(key) == passes


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("chat gpt-5", "chat gpt-5"),
        ("chat", "chat"),
        ("chat Jane Roe", "chat other"),
        ("privacy_gateway.request", "privacy_gateway.request"),
        ("POST /v1/chat/completions?user=Jane", "other"),
        ("", "other"),
    ],
)
def test_span_names_are_operations_and_known_models(name: str, passes: str) -> None:
    assert GUARD.span_name(name) == passes


def test_the_codes_of_all_errors_are_known() -> None:
    assert {"blocked_by_policy", "no_cleared_upstream", "uninspectable_content", "overloaded"} <= CODES
