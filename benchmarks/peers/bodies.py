"""Request bodies for the comparison, one file a case.

Each body differs from the next, and `load` writes a counter into each one sent, so no whole-text cache helps. Three
kinds of text: `mixed` has cards and social security numbers, so most requests are highly sensitive and stay home;
`contact` has names, addresses and phones only, so requests are moderate and are rewritten, judged again and restored;
`clean` has nothing private, as most of what people write.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.texts import clean, contact, mixed

__all__ = ["CELLS", "TOGETHER", "write"]

_BODIES: Final = 64
_CHUNKS: Final = 64
_STREAM: Final = {"stream": True, "max_tokens": _CHUNKS}
_PACE_US: Final = 20_000
TOGETHER: Final = 8
"""Chunks that `stream-together` has in one: the same text in the same time."""

CELLS: Final[Mapping[str, tuple[int, Callable[[int, int], str], Mapping[str, Any]]]] = {
    "1k": (1_000, mixed, {}),
    "16k": (16_000, mixed, {}),
    "1k-clean": (1_000, clean, {}),
    "1k-contact": (1_000, contact, {}),
    "stream": (1_000, contact, {**_STREAM, "seed": _PACE_US}),
    "stream-together": (1_000, contact, {**_STREAM, "seed": TOGETHER * _PACE_US, "top_logprobs": TOGETHER}),
    "stream-unpaced": (1_000, contact, _STREAM),
    "whole": (1_000, contact, {"seed": _CHUNKS * _PACE_US}),
    "short": (200, mixed, {}),
    "short-contact": (200, contact, {}),
    "short-stream": (200, contact, {**_STREAM, "seed": _PACE_US}),
}
"""Name to characters, kind, and what else the request asks for, as the mock reads it: `seed` is microseconds between
its chunks, or before its answer where that is whole, `top_logprobs` how many come as one."""


def write(directory: Path) -> None:
    """Write `NAME.ndjson` for each of `CELLS` into `directory`, one body a line."""
    for name, (size, text, more) in CELLS.items():
        bodies = (json.dumps(_body(text(size - 14, seed)) | more, separators=(",", ":")) for seed in range(_BODIES))
        (directory / f"{name}.ndjson").write_text("\n".join(bodies) + "\n", encoding="utf-8")


def _body(text: str) -> dict[str, Any]:
    system = {"role": "system", "content": "You are a helpful assistant. Answer briefly."}
    user = {"role": "user", "content": f"Ref ########. {text}"}
    return {"model": "mock", "messages": [system, user], "temperature": 0.2}
