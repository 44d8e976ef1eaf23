"""What `/metrics` shows: Prometheus metrics in a registry of their own.

Every label is bounded: enumerations of this code, names from settings and policies (others: `other`), HTTP status
codes, and entity types, of which at most `MAX_TYPES` are told apart. No label is ever made of request text.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, generate_latest

from gateway import __version__
from gateway.adapters.telemetry.guard import CODES, NONE, OTHER, STAGES, Vocabulary
from gateway.adapters.telemetry.series import Counters, Histograms
from gateway.core.record import AuditRecord

__all__ = ["MAX_TYPES", "Metrics"]

MAX_TYPES: Final = 300
_TYPE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_OTHER_TYPE: Final = "OTHER"
_SECONDS: Final = (
    *(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0),
)
_FLUSH_SECONDS: Final = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0)
_GROUP: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024)


class Metrics:
    """The metrics of one process.

    Attributes:
        in_flight: requests being handled.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._types: set[str] = set()
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counters(
            "privacy_gateway_requests",
            "Requests that ended.",
            ["zone", "upstream", "sensitivity", "rule", "status"],
            registry,
        )
        self._findings = Counters(
            "privacy_gateway_findings", "Private things found in requests.", ["entity_type"], registry
        )
        self._transforms = Counters(
            "privacy_gateway_transforms", "Findings that were transformed.", ["entity_type", "operator"], registry
        )
        self._refusals = Counters(
            "privacy_gateway_refusals", "Requests that were answered with an error.", ["code"], registry
        )
        self._tokens = Counters("privacy_gateway_tokens", "Tokens, as upstreams told.", ["upstream", "type"], registry)
        self._stages = Histograms(
            "privacy_gateway_stage_seconds", "Time spent by stage.", _SECONDS, registry, ["stage"]
        )
        self.in_flight = 0
        in_flight = Gauge("privacy_gateway_in_flight", "Requests being handled.", registry=registry)
        in_flight.set_function(lambda: self.in_flight)
        self._flush = Histograms(
            "privacy_gateway_audit_flush_seconds",
            "Time to make a group of audit records durable.",
            _FLUSH_SECONDS,
            registry,
        )
        self._group = Histograms(
            "privacy_gateway_audit_flush_records", "Audit records that shared one fsync.", _GROUP, registry
        )
        self._waiting = Gauge(
            "privacy_gateway_audit_waiting", "Audit records that wait for the next fsync.", registry=registry
        )
        self._reloads = Counters(
            "privacy_gateway_policy_reloads", "Policies that were loaded while running.", ["result"], registry
        )
        self._stale = Gauge(
            "privacy_gateway_policy_stale",
            "1 while a newer policy is broken and the last good one is in force.",
            registry=registry,
        )
        self._files_stale = Gauge(
            "privacy_gateway_file_stale",
            "1 while a newer file is broken and what was read of it before is used.",
            ["file"],
            registry=registry,
        )
        self._shadow = Counters(
            "privacy_gateway_shadow_decisions",
            "Requests that a candidate policy judged beside the one in force.",
            ["result"],
            registry,
        )
        build = Gauge("privacy_gateway_build_info", "What runs; always 1.", ["version", "python"], registry=registry)
        build.labels(__version__, platform.python_version()).set(1)

    def decided(self, record: AuditRecord) -> None:
        """Count what was found and what was done."""
        counts: dict[str, int] = {}
        for finding in record.findings:
            counts[finding.entity_type] = counts.get(finding.entity_type, 0) + 1
        for entity_type, count in counts.items():
            self._findings.add(self._type(entity_type), count=count)
        if record.findings_omitted:
            self._findings.add(_OTHER_TYPE, count=record.findings_omitted)
        for entity_type, done in record.transforms.items():
            self._transforms.add(self._type(entity_type), _operator(done.operator), count=done.count)

    def refused(self, code: str) -> None:
        """Count an answer that is an error."""
        self._refusals.add(code if code in CODES else OTHER)

    def tokens(self, record: AuditRecord) -> None:
        """Count the tokens of one attempt."""
        for kind in ("input", "output"):
            count = record.tokens.get(kind, 0)
            if count > 0:
                self._tokens.add(self._upstream(record), kind, count=count)

    def ended(self, record: AuditRecord | None, status: int, stages: Mapping[str, float]) -> None:
        """Count a request that ended; `record` is its last one, `stages` has milliseconds."""
        known = self._vocabulary.rules
        rule = NONE if record is None else record.rule if record.rule in known else OTHER
        self._requests.add(
            NONE if record is None or record.zone is None else record.zone,
            NONE if record is None else self._upstream(record),
            NONE if record is None else record.sensitivity.label,
            rule,
            str(status) if 100 <= status <= 599 else OTHER,  # noqa: PLR2004 - HTTP's range
        )
        for stage, milliseconds in stages.items():
            self._stages.add(milliseconds / 1000, stage if stage in STAGES else OTHER)

    def flushed(self, records: int, seconds: float, waiting: int) -> None:
        """Count a group of audit records."""
        self._flush.add(seconds)
        self._group.add(records)
        self._waiting.set(waiting)

    def policy_loaded(self, *, good: bool) -> None:
        """Count a policy that was loaded while running, or refused."""
        self._reloads.add("loaded" if good else "refused")
        self._stale.set(0 if good else 1)

    def shadow(self, result: str) -> None:
        """Count what a candidate policy said: `same` or `different`."""
        self._shadow.add(result)

    def render(self, stale: Mapping[str, str]) -> bytes:
        """Return everything in Prometheus' text format 0.0.4.

        Args:
            stale: file to what is wrong with it; empty: nothing any more.
        """
        for file, problem in stale.items():
            self._files_stale.labels(file).set(1 if problem else 0)
        return generate_latest(self._registry)

    def _upstream(self, record: AuditRecord) -> str:
        if record.upstream is None:
            return NONE
        return record.upstream if record.upstream in self._vocabulary.upstreams else OTHER

    def _type(self, entity_type: str) -> str:
        if entity_type in self._types:
            return entity_type
        if len(self._types) < MAX_TYPES and _TYPE.fullmatch(entity_type):
            self._types.add(entity_type)
            return entity_type
        return _OTHER_TYPE


_OPERATORS: Final = frozenset(
    {"redact", "replace", "mask", "hash", "encrypt", "keep", "tokenize", "surrogate", "generalize"}
)


def _operator(name: str) -> str:
    return name if name in _OPERATORS else OTHER
