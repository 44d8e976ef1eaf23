"""What a request costs besides detection. Run: `python -m benchmarks.plumbing [--connections 64] [--cell stream]`.

The real server, relay, client and durable audit log; in the place of the recognizers and models stands one that points
at ten places of each text without looking. What planning costs all the same is measured where it runs, restoring in a
loop over the same bodies, and both are taken off. CPU is the process's, as the operating system counts it; the median
of the rounds is what counts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.loaded import gateway, pointing, upstream
from gateway.dialects.openai_chat import OpenAIChat
from gateway.pipeline import Request, plan
from gateway.server.answers import read_answer
from gateway.settings import load

_PORT: Final = 9391
_ANSWER: Final = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "mock",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "It is settled. " * 20}}
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
).encode()


def restoring(bodies: Sequence[bytes], rounds: int = 6) -> float:
    """Return the CPU milliseconds of restoring an answer."""
    dialect, judging = OpenAIChat(), pointing()
    flags = {"upstreams": [{"name": "home", "zone": "local", "base_url": "http://127.0.0.1:1/v1"}]}
    upstreams = load(None, environment={}, flags=flags).upstreams
    plans = [plan(Request(dialect, body), judging, upstreams) for body in bodies]
    spent = []
    for _ in range(rounds):
        since = time.process_time()
        for planned in plans:
            value = read_answer(_ANSWER)
            dialect.signed(_ANSWER, value)
            dialect.usage(_ANSWER, value)
            guard = planned.guard()
            dialect.restore(_ANSWER, guard, value)
            guard.report()
        spent.append((time.process_time() - since) / len(bodies) * 1000)
    return min(spent)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--cell", default="1k", help="bodies of benchmarks.peers (default 1k)")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="privacy-gateway-plumbing-") as place:
        directory = Path(place)
        with upstream(directory), gateway(directory, _PORT, "--pointing") as running:
            running.load(asked.cell, asked.connections, d=1)
            costs = [running.load(asked.cell, asked.connections, d=asked.seconds)[0] for _ in range(asked.rounds)]
        other = running.planning_ms() + restoring((directory / f"{asked.cell}.ndjson").read_bytes().splitlines())
    whole = statistics.median(costs)
    print(
        f"{asked.cell}, {asked.connections} connections: CPU {whole:.3f} ms a request ({min(costs):.3f} to "
        f"{max(costs):.3f}), of which plan and restoring {other:.3f}, plumbing and audit {whole - other:.3f}"
    )


if __name__ == "__main__":
    main()
