"""Telemetry: all that the server calls. Takes audit records, which are redacted by construction, and numbers.

    watch = telemetry.request_started("openai_chat", traceparent=header)
    watch.decided(record)            # each decision, when it is durable; an attempt at an upstream begins
    watch.finished(outcome)          # that attempt has ended
    watch.refused(code)              # the answer is an error
    watch.ended(status)              # the answer is out; exactly once, also for streams; only now is it all counted

Without exporters in the environment no OpenTelemetry code is even imported.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from gateway.adapters.telemetry.guard import OTHER, Guard, Vocabulary, address_of
from gateway.adapters.telemetry.prometheus import Metrics
from gateway.adapters.telemetry.traceparent import TraceParent
from gateway.core.model import Upstream
from gateway.core.record import AuditRecord

if TYPE_CHECKING:
    from gateway.adapters.telemetry.exporters import Exporters
    from gateway.adapters.telemetry.genai import GenAI, RequestTrace

__all__ = ["RequestWatch", "Telemetry"]


_MAX_RULES: Final = 2000
"""Names of rules that are told apart, of all policies since the start."""


class Telemetry:
    """Metrics and traces of one process.

    Args:
        upstreams: those of the settings.
        models: names of models that may be told (`gateway.core.recorded.known_models`).
        rules: names of the policies' rules.
        environment: the process's by default; chooses exporters.
        exporters: instead of those.
        clock: seconds, monotonic.

    Raises:
        ConfigurationError: if the environment asks for an exporter that is not there.
    """

    def __init__(
        self,
        *,
        upstreams: Sequence[Upstream] = (),
        models: Collection[str] = (),
        rules: Collection[str] = (),
        environment: Mapping[str, str] | None = None,
        exporters: Exporters | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        vocabulary = self._vocabulary = Vocabulary.of(upstreams, models, rules)
        self._metrics = Metrics(vocabulary)
        self._genai: GenAI | None = None
        environment = os.environ if environment is None else environment
        if exporters is None:
            exporters = _exporters(environment)
        if exporters is not None:
            from gateway.adapters.telemetry.genai import GenAI

            addresses = {upstream.name: address_of(upstream) for upstream in upstreams}
            self._genai = GenAI(exporters, Guard(vocabulary), environment, addresses=addresses, clock=clock)

    def request_started(self, dialect: str, traceparent: str | None = None) -> RequestWatch:
        """Return the watch over a request that came in; of the client's trace context only the ids are used."""
        self._metrics.in_flight += 1
        trace = self._genai.request(dialect, TraceParent.parse(traceparent)) if self._genai else None
        return RequestWatch(self._metrics, trace)

    def audit_flushed(self, records: int, seconds: float, waiting: int) -> None:
        """Tell of a group of audit records; fits `AuditLog(observer=…)`."""
        self._metrics.flushed(records, seconds, waiting)

    def policy_loaded(self, rules: Collection[str]) -> None:
        """Tell of a policy that was taken into use while running; its rules may be told from now on."""
        if len(self._vocabulary.rules) + len(rules) <= _MAX_RULES:
            self._vocabulary.rules.update(rules)
        self._metrics.policy_loaded(good=True)

    def policy_refused(self) -> None:
        """Tell of a new policy that is broken; the one before stays in force."""
        self._metrics.policy_loaded(good=False)

    def shadow_decided(self, *, same: bool) -> None:
        """Tell that the candidate policy said the same as the one in force, or something else."""
        self._metrics.shadow("same" if same else "different")

    def render_metrics(self, stale: Mapping[str, str] | None = None) -> bytes:
        """Return the metrics in Prometheus' text format 0.0.4.

        Args:
            stale: file that is used as it was before it became broken, to what is wrong with it; empty: nothing now.
        """
        return self._metrics.render(stale or {})

    def shutdown(self) -> None:
        """Send what waits to the exporters, and end."""
        if self._genai is not None:
            self._genai.shutdown()


def _exporters(environment: Mapping[str, str]) -> Exporters | None:
    """Return the exporters that `environment` asks for; None where it asks for none."""
    if not any(name.startswith("OTEL_") for name in environment):
        return None
    from gateway.adapters.telemetry.exporters import exporters_by, make

    spans, metrics = exporters_by(environment)
    return make(spans, metrics) if spans or metrics else None


class RequestWatch:
    """What telemetry sees of one request."""

    __slots__ = ("_code", "_ended", "_first", "_metrics", "_out", "_record", "_stages", "_trace")

    def __init__(self, metrics: Metrics, trace: RequestTrace | None) -> None:
        self._metrics = metrics
        self._trace = trace
        self._record: AuditRecord | None = None
        self._stages: dict[str, float] = {}
        self._code: str | None = None
        self._first: AuditRecord | None = None
        self._out = self._ended = False

    @property
    def traceparent(self) -> str | None:
        """The header that continues this trace at an upstream: ids only; None where nothing is traced."""
        parent = self._trace.traceparent if self._trace else None
        return str(parent) if parent else None

    def stage(self, name: str, seconds: float) -> None:
        """Add to the time spent in a stage that the records' `latency_ms` does not have."""
        self._stages[name] = self._stages.get(name, 0.0) + seconds * 1000

    def decided(self, record: AuditRecord) -> None:
        """A decision is durable. Where it names an upstream, an attempt begins."""
        self._record = record
        if self._first is None:  # a second attempt has the same findings
            self._first = record
        if self._trace is not None:
            self._trace.decided(record)

    def finished(self, outcome: AuditRecord) -> None:
        """The attempt has ended as `outcome` says."""
        self._record = outcome
        self._metrics.tokens(outcome)
        if self._trace is not None:
            self._trace.finished(outcome)

    def refused(self, code: str | None) -> None:
        """The answer is an error with this code."""
        self._code = code or OTHER
        self._metrics.refused(self._code)

    def out(self) -> None:
        """The answer is out; what is recorded of it comes later. Further calls do nothing."""
        if self._out:
            return
        self._out = True
        self._metrics.in_flight -= 1
        if self._trace is not None:
            self._trace.out()

    def ended(self, status: int) -> None:
        """The answer is out, with this HTTP status (499: the client went away). Further calls do nothing."""
        if self._ended:
            return
        self._ended = True
        self.out()
        if self._first is not None:  # not when it was decided: what is done then, the request waits for
            self._metrics.decided(self._first)
        stages = dict(self._record.latency_ms) if self._record else {}
        stages.update(self._stages)
        self._metrics.ended(self._record, status, stages)
        if self._trace is not None:
            self._trace.ended(self._record, status, self._code, stages)
