"""What operators see: Prometheus metrics, OpenTelemetry traces and metrics. Never a word of a request.

facade.py       Telemetry and RequestWatch: what the server calls
guard.py        the allow-list: which attribute, with which values
exporters.py    which exporters the environment asks for; the guard around each
genai.py        spans and instruments by OpenTelemetry's GenAI conventions
prometheus.py   what `/metrics` shows
series.py       its counters and histograms
traceparent.py  the ids of a W3C trace context
"""

from gateway.adapters.telemetry.facade import RequestWatch, Telemetry

__all__ = ["RequestWatch", "Telemetry"]
