"""What a request leaves in metrics and traces."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client.parser import text_string_to_metric_families

from gateway.adapters.telemetry import Telemetry
from gateway.adapters.telemetry.exporters import Exporters, exporters_by
from gateway.adapters.telemetry.prometheus import MAX_TYPES
from gateway.core.errors import ConfigurationError
from gateway.core.model import Finding, Sensitivity, Upstream, Zone
from gateway.core.record import AuditRecord, Event, Transformed
from tests.fakes.exporters import KeptMetrics, KeptSpans
from tests.fakes.records import a_record

ROOT = Path(__file__).parents[3]
CLOUD = Upstream("cloud-a", Zone.CLOUD, Sensitivity.LOW, "https://api.cloud.example:8443/v1")
RULE = "moderate-is-tokenised"
TRACE = "0af7651916cd43dd8448eb211c80319c"
ID = "pg-" + "0f" * 16


def decision() -> AuditRecord:
    return replace(a_record(), id=ID, model="gpt-5", stream=True)


def outcome(status: int = 200) -> AuditRecord:
    return replace(
        decision(),
        event=Event.OUTCOME,
        findings=(),
        transforms={},
        status=status,
        tokens={"input": 12, "output": 34},
        latency_ms={"plan": 2.0, "upstream_first_byte": 250.0, "total": 900.0},
    )


class Watched:
    """Telemetry with exporters that keep, and a clock that counts seconds by being asked."""

    def __init__(self) -> None:
        self.spans, self.metrics = KeptSpans(), KeptMetrics()
        self.now = 0.0
        self.telemetry = Telemetry(
            upstreams=[CLOUD],
            models=["gpt-5"],
            rules=[RULE],
            environment={},
            exporters=Exporters((self.spans,), (self.metrics,)),
            clock=self._tick,
        )

    def _tick(self) -> float:
        self.now += 1.0
        return self.now

    def value(self, name: str, **labels: str) -> float:
        return value(self.telemetry, name, **labels)


def value(telemetry: Telemetry, name: str, **labels: str) -> float:
    """Return the sum of the samples of this name with these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(telemetry.render_metrics().decode())
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_a_request_is_counted_by_zone_level_rule_and_status() -> None:
    telemetry = Telemetry(upstreams=[CLOUD], models=["gpt-5"], rules=[RULE], environment={})
    watch = telemetry.request_started("openai_chat")
    assert value(telemetry, "privacy_gateway_in_flight") == 1
    watch.decided(decision())
    watch.finished(outcome())
    watch.stage("detect", 0.004)
    watch.ended(200)
    watch.ended(500)
    labels = {"zone": "cloud", "upstream": "cloud-a", "sensitivity": "moderate", "rule": RULE, "status": "200"}
    assert value(telemetry, "privacy_gateway_requests_total", **labels) == 1
    assert value(telemetry, "privacy_gateway_requests_total") == 1
    assert value(telemetry, "privacy_gateway_in_flight") == 0
    assert value(telemetry, "privacy_gateway_findings_total", entity_type="PERSON") == 1
    assert value(telemetry, "privacy_gateway_transforms_total", entity_type="PERSON", operator="tokenize") == 1
    assert value(telemetry, "privacy_gateway_tokens_total", upstream="cloud-a", type="output") == 34
    assert value(telemetry, "privacy_gateway_stage_seconds_sum", stage="upstream_first_byte") == 0.25
    assert value(telemetry, "privacy_gateway_stage_seconds_sum", stage="detect") == 0.004
    assert watch.traceparent is None


def test_a_refusal_before_any_decision_is_counted() -> None:
    telemetry = Telemetry(environment={})
    watch = telemetry.request_started("openai_chat")
    watch.refused("request_too_large")
    watch.ended(413)
    assert value(telemetry, "privacy_gateway_refusals_total", code="request_too_large") == 1
    assert value(telemetry, "privacy_gateway_requests_total", zone="none", rule="none", status="413") == 1


def test_names_that_no_setting_gives_are_other() -> None:
    telemetry = Telemetry(environment={})
    watch = telemetry.request_started("openai_chat")
    strange = replace(
        decision(),
        rule="Jane Roe",
        upstream="Jane Roe",
        transforms={"Jane Roe": Transformed("Jane Roe", 1)},
        findings=(Finding("/x", "Jane Roe", 0, 1, 1.0, "Jane Roe"),),
    )
    watch.decided(strange)
    watch.refused("Jane Roe")
    watch.stage("Jane Roe", 1)
    watch.ended(4111)
    assert "Jane" not in telemetry.render_metrics().decode()
    assert value(telemetry, "privacy_gateway_requests_total", rule="other", upstream="other", status="other") == 1


def test_entity_types_are_told_apart_up_to_a_bound() -> None:
    telemetry = Telemetry(environment={})
    findings = tuple(Finding("/x", f"TYPE_{n}", 0, 1, 1.0, "r") for n in range(MAX_TYPES + 50))
    watch = telemetry.request_started("openai_chat")
    watch.decided(replace(decision(), findings=findings, findings_omitted=7))
    watch.ended(200)
    assert value(telemetry, "privacy_gateway_findings_total", entity_type="OTHER") == 57
    assert value(telemetry, "privacy_gateway_findings_total") == MAX_TYPES + 57


def test_a_second_attempt_counts_its_findings_once() -> None:
    telemetry = Telemetry(upstreams=[CLOUD], rules=[RULE], environment={})
    watch = telemetry.request_started("openai_chat")
    for _ in range(2):
        watch.decided(decision())
        watch.finished(outcome(503))
    watch.ended(503)
    assert value(telemetry, "privacy_gateway_findings_total") == 1
    assert value(telemetry, "privacy_gateway_requests_total") == 1


def test_groups_of_audit_records_are_counted() -> None:
    telemetry = Telemetry(environment={})
    telemetry.audit_flushed(64, 0.002, 3)
    assert value(telemetry, "privacy_gateway_audit_flush_records_sum") == 64
    assert value(telemetry, "privacy_gateway_audit_flush_seconds_sum") == 0.002
    assert value(telemetry, "privacy_gateway_audit_waiting") == 3


def test_the_build_is_told() -> None:
    assert value(Telemetry(environment={}), "privacy_gateway_build_info") == 1


def test_a_request_is_a_span_with_an_inference_below_it() -> None:
    watched = Watched()
    watch = watched.telemetry.request_started("openai_chat", f"00-{TRACE}-b7ad6b7169203331-01")
    watch.decided(decision())
    attempt = watch.traceparent
    watch.finished(outcome())
    watch.ended(200)
    watched.telemetry.shutdown()
    request, inference = watched.spans.named("privacy_gateway.request"), watched.spans.named("chat gpt-5")
    assert (request.kind, inference.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
    assert request.context is not None
    assert request.parent is not None
    assert inference.context is not None
    assert inference.parent is not None
    assert f"{request.context.trace_id:032x}" == TRACE
    assert inference.parent.span_id == request.context.span_id
    assert attempt == f"00-{TRACE}-{inference.context.span_id:016x}-01"
    assert dict(inference.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 34,
        "http.response.status_code": 200,
        "server.address": "api.cloud.example",
        "server.port": 8443,
    }
    assert dict(request.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "http.response.status_code": 200,
        "privacy_gateway.decision.id": ID,
        "privacy_gateway.effect": "allow",
        "privacy_gateway.findings": 1,
        "privacy_gateway.residual": "low",
        "privacy_gateway.rule": RULE,
        "privacy_gateway.sensitivity": "moderate",
        "privacy_gateway.stage.plan_ms": 2.0,
        "privacy_gateway.stage.total_ms": 900.0,
        "privacy_gateway.stage.upstream_first_byte_ms": 250.0,
        "privacy_gateway.transformed": 1,
        "privacy_gateway.upstream": "cloud-a",
        "privacy_gateway.zone": "cloud",
    }


def test_a_failing_upstream_is_an_error_without_words() -> None:
    watched = Watched()
    watch = watched.telemetry.request_started("anthropic_messages")
    watch.decided(decision())
    watch.finished(outcome(502))
    watch.refused("upstream_failed")
    watch.ended(502)
    watched.telemetry.shutdown()
    request, inference = watched.spans.named("privacy_gateway.request"), watched.spans.named("chat gpt-5")
    assert (inference.attributes or {})["error.type"] == "502"
    assert (inference.attributes or {})["gen_ai.provider.name"] == "anthropic"
    assert (request.attributes or {})["error.type"] == "upstream_failed"
    assert {request.status.status_code, inference.status.status_code} == {StatusCode.ERROR}
    assert {request.status.description, inference.status.description} == {None}


def test_a_client_that_goes_away_leaves_no_open_attempt() -> None:
    watched = Watched()
    watch = watched.telemetry.request_started("openai_chat")
    watch.decided(decision())
    watch.ended(499)
    watched.telemetry.shutdown()
    assert {span.name for span in watched.spans.spans} == {"privacy_gateway.request", "chat gpt-5"}


def test_a_refused_request_has_no_inference() -> None:
    watched = Watched()
    watch = watched.telemetry.request_started("openai_chat")
    watch.decided(replace(decision(), upstream=None, zone=None, residual=None))
    watch.refused("blocked_by_policy")
    watch.ended(403)
    watched.telemetry.shutdown()
    (span,) = watched.spans.spans
    assert (span.attributes or {})["privacy_gateway.zone"] == "none"
    assert span.status.status_code is StatusCode.UNSET


def test_the_instruments_of_the_conventions_are_recorded() -> None:
    watched = Watched()
    watch = watched.telemetry.request_started("openai_chat")
    watch.decided(decision())
    watch.finished(outcome())
    watch.ended(200)
    watched.telemetry.shutdown()
    usage = {
        point.attributes["gen_ai.token.type"]: point.sum
        for point in watched.metrics.points("gen_ai.client.token.usage")
    }
    assert usage == {"input": 12, "output": 34}
    (duration,) = watched.metrics.points("gen_ai.client.operation.duration")
    assert dict(duration.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "server.address": "api.cloud.example",
        "server.port": 8443,
    }
    assert duration.explicit_bounds[0] == 0.01
    (first,) = watched.metrics.points("gen_ai.client.operation.time_to_first_chunk")
    assert first.sum == 0.25
    (request,) = watched.metrics.points("privacy_gateway.request.duration")
    assert request.attributes["privacy_gateway.rule"] == RULE
    assert request.exemplars == []


def test_nothing_is_exported_unasked() -> None:
    assert exporters_by({}) == (frozenset(), frozenset())
    assert exporters_by({"OTEL_SERVICE_NAME": "gateway"}) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("environment", "spans", "metrics"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, {"otlp"}, {"otlp"}),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318"}, {"otlp"}, set()),
        ({"OTEL_TRACES_EXPORTER": "console, otlp"}, {"console", "otlp"}, set()),
        ({"OTEL_METRICS_EXPORTER": "prometheus"}, set(), set()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_METRICS_EXPORTER": "none"}, {"otlp"}, set()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "True"}, set(), set()),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, {"otlp"}, set()),
    ],
)
def test_the_standard_variables_choose_exporters(
    environment: dict[str, str], spans: set[str], metrics: set[str]
) -> None:
    assert exporters_by(environment) == (frozenset(spans), frozenset(metrics))


def test_exporters_that_are_not_there_are_refused_all_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Telemetry(
            environment={
                "OTEL_TRACES_EXPORTER": "zipkin",
                "OTEL_METRICS_EXPORTER": "otlp",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            }
        )
    assert [problem.file for problem in refused.value.problems] == [
        "OTEL_TRACES_EXPORTER",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ]


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from gateway.adapters.telemetry import Telemetry\n" + code]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)


def test_the_console_exporter_is_made_by_the_environment() -> None:
    told = run(
        "t = Telemetry(environment={'OTEL_TRACES_EXPORTER': 'console'})\n"
        "t.request_started('openai_chat').ended(200)\n"
        "t.shutdown()"
    )
    assert '"name": "privacy_gateway.request"' in told.stdout
    assert '"service.name": "privacy-gateway"' in told.stdout


def test_without_exporters_no_opentelemetry_code_is_imported() -> None:
    told = run(
        "t = Telemetry(environment={})\n"
        "t.request_started('openai_chat').ended(200)\n"
        "t.render_metrics(); t.shutdown()\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert told.returncode == 0


def test_every_metric_is_documented_and_no_other() -> None:
    page = (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8")
    told = {
        cell.strip("`") for line in page.splitlines() if line.startswith("| `privacy_") for cell in [line.split()[1]]
    }
    telemetry = Telemetry(environment={})
    families = text_string_to_metric_families(telemetry.render_metrics().decode())
    names = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert {name for name in names if name.startswith("privacy_gateway")} == told
