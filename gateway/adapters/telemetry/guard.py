"""The allow-list of telemetry: which attribute may leave, with which values.

Invariant 4 in the export path. Whoever sets an attribute, this code, a library, or a change of tomorrow: an exporter
only ever sees what is listed here. A key that is not listed goes; a value that has not the listed shape becomes
`other` where a word is expected, else goes. No shape is "any text": a word must be one that settings, policies or
this code name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from gateway.core.errors import RequestError
from gateway.core.model import Effect, Sensitivity, Upstream, Zone

__all__ = [
    "CODES",
    "NONE",
    "OPERATIONS",
    "OTHER",
    "PROVIDERS",
    "REQUEST_SPAN",
    "STAGES",
    "Guard",
    "Value",
    "Vocabulary",
    "address_of",
]

Value = str | bool | int | float

OTHER: Final = "other"
NONE: Final = "none"
REQUEST_SPAN: Final = "privacy_gateway.request"
OPERATIONS: Final = frozenset({"chat", "embeddings", "text_completion", "generate_content"})
PROVIDERS: Final = frozenset({"openai", "anthropic"})
STAGES: Final = frozenset(
    {"read", "detect", "classify", "decide", "transform", "verify", "plan", "audit", "upstream_first_byte", "total"}
)
_MORE_CODES: Final = frozenset(
    {
        *("audit_unavailable", "client_closed", "content_filter", "context_length_exceeded", "insufficient_quota"),
        *("internal_error", "invalid_request_error", "invalid_value", "model_not_found", "rate_limit_exceeded"),
        *("string_above_max_length", "unsupported_parameter", "unsupported_value", "upstream_refused"),
    }
)


def _codes(of: type[RequestError]) -> Iterable[str]:
    if of.code:
        yield of.code
    for kind in of.__subclasses__():
        yield from _codes(kind)


CODES: Final = frozenset(_codes(RequestError)) | _MORE_CODES
"""Error codes that may be told: those of `gateway.core.errors`, and well-known ones of upstreams."""

_DECISION: Final = re.compile(r"(?:[a-z]{1,4}-)?[0-9a-f]{8}[0-9a-f-]{8,40}")
_STATUS: Final = re.compile(r"[1-5][0-9]{2}")
_LARGEST: Final = 2**53


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every name that settings and policies give; all others are `other`.

    Attributes:
        models: names of models.
        rules: names of policy rules; a policy that is loaded later adds its own.
        upstreams: names of upstreams.
        hosts: host names of upstreams.
    """

    models: frozenset[str] = frozenset()
    rules: set[str] = field(default_factory=set)
    upstreams: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, upstreams: Iterable[Upstream], models: Iterable[str], rules: Iterable[str]) -> Vocabulary:
        """Return the names of the settings' upstreams and models, and of the policies' rules."""
        upstreams = tuple(upstreams)
        return cls(
            models=frozenset(models) | {OTHER},
            rules={*rules, "default-deny", NONE},
            upstreams=frozenset(upstream.name for upstream in upstreams) | {NONE},
            hosts=frozenset(address_of(upstream)[0] for upstream in upstreams),
        )


def address_of(upstream: Upstream) -> tuple[str, int]:
    """Return host and port of an upstream."""
    parts = urlsplit(upstream.base_url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


_Shape = Callable[[object], Value | None]


def _one_of(words: AbstractSet[str]) -> _Shape:
    return lambda value: value if isinstance(value, str) and value in words else OTHER


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST else None


def _status(value: object) -> int | None:
    return value if isinstance(value, int) and _STATUS.fullmatch(str(value)) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) and abs(value) <= _LARGEST else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _decision(value: object) -> str | None:
    return value if isinstance(value, str) and _DECISION.fullmatch(value) else None


def _error(value: object) -> str:
    known = isinstance(value, str) and (value in CODES or _STATUS.fullmatch(value))
    return str(value) if known else OTHER


class Guard:
    """Lets pass what is listed, for one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        levels = _one_of(frozenset(level.label for level in Sensitivity) | {NONE})
        self._models = vocabulary.models
        self._shapes: Mapping[str, _Shape] = {
            "error.type": _error,
            "gen_ai.operation.name": _one_of(OPERATIONS),
            "gen_ai.provider.name": _one_of(PROVIDERS),
            "gen_ai.request.model": _one_of(vocabulary.models),
            "gen_ai.request.stream": _flag,
            "gen_ai.response.time_to_first_chunk": _number,
            "gen_ai.token.type": _one_of(frozenset({"input", "output"})),
            "gen_ai.usage.input_tokens": _count,
            "gen_ai.usage.output_tokens": _count,
            "http.response.status_code": _status,
            "privacy_gateway.decision.id": _decision,
            "privacy_gateway.effect": _one_of(frozenset(effect.value for effect in Effect) | {NONE}),
            "privacy_gateway.findings": _count,
            "privacy_gateway.residual": levels,
            "privacy_gateway.rule": _one_of(vocabulary.rules),
            "privacy_gateway.sensitivity": levels,
            "privacy_gateway.transformed": _count,
            "privacy_gateway.upstream": _one_of(vocabulary.upstreams),
            "privacy_gateway.zone": _one_of(frozenset(zone.value for zone in Zone) | {NONE}),
            "server.address": _one_of(vocabulary.hosts),
            "server.port": _count,
            **{f"privacy_gateway.stage.{stage}_ms": _number for stage in STAGES},
        }
        self.keys = frozenset(self._shapes)

    def attributes(self, attributes: Mapping[str, object] | None) -> dict[str, Value]:
        """Return what of `attributes` may leave."""
        passed: dict[str, Value] = {}
        for key, value in (attributes or {}).items():
            shape = self._shapes.get(key)
            allowed = shape(value) if shape else None
            if allowed is not None:
                passed[key] = allowed
        return passed

    def span_name(self, name: str) -> str:
        """Return `name` if it is this code's own or an operation with a known model; else `other`."""
        if name == REQUEST_SPAN:
            return name
        operation, _, model = name.partition(" ")
        if operation not in OPERATIONS:
            return OTHER
        return f"{operation} {model if model in self._models else OTHER}" if model else operation
