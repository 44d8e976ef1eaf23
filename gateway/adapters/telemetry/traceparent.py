"""The ids in a `traceparent` header (W3C Trace Context), and nothing else of a client's trace context.

`tracestate` and `baggage` hold free text of the client's own making: they are neither read nor sent on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["TraceParent"]

_HEADER: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)
_SAMPLED: Final = 0x01
_INVALID_VERSION: Final = "ff"


@dataclass(frozen=True, slots=True)
class TraceParent:
    """Ids of a trace and of the span that asks."""

    trace_id: int
    span_id: int
    sampled: bool

    def __str__(self) -> str:
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{int(self.sampled):02x}"

    @classmethod
    def parse(cls, header: str | None) -> TraceParent | None:
        """Return the ids in `header`; None when it has none that are valid."""
        found = _HEADER.fullmatch(header or "")
        if found is None:
            return None
        version, trace_id, span_id, flags, more = found.groups()
        if version == _INVALID_VERSION or (version == "00" and more) or not int(trace_id, 16) or not int(span_id, 16):
            return None
        return cls(int(trace_id, 16), int(span_id, 16), bool(int(flags, 16) & _SAMPLED))
