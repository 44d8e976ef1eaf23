"""What a request costs besides detection. Run: `python -m benchmarks.plumbing [--connections 64] [--streams]`.

The real server, relay, client and durable audit log, as a process of its own on one core; in the place of the
recognizers and models stands one that points at ten places of each text without looking. What plan, restoring and the
guard cost all the same is measured beside, in a loop over the same bodies, and taken off. CPU is the process's, as the
operating system counts it; the median of the rounds is what counts.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.peers.bodies import write
from benchmarks.peers.servers import HERE, LOAD_CORE, SERVER_CORE, SERVERS, started
from gateway.assembly import build_gateway
from gateway.core.model import Finding, Segment
from gateway.dialects.openai_chat import OpenAIChat
from gateway.pipeline import Engine, Request, plan
from gateway.server.run import run
from gateway.server.serve import planes
from gateway.settings import load
from tests.fakes.engines import engine

_PORT: Final = 9391
_MOCK: Final = 9390
_FOUND: Final = 10
_POLICY: Final = """
apiVersion: privacy-gateway/v1
kind: Policy
metadata: {name: plumbing, owner: benchmarks}
spec:
  classify: [{level: moderate, name: contact, entities: [PERSON]}]
  transform: {"*": tokenize}
  rules: [{name: all-stay-home, when: 'true', route: [local]}]
"""
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


class _Pointing:
    """A recognizer that costs nothing: ten findings in each long text."""

    name = "pointing"
    entity_types = frozenset({"PERSON"})

    def find(self, segments: Sequence[Segment]) -> list[Finding]:
        """Return them."""
        return [
            Finding(segment.path, "PERSON", place * 20, place * 20 + 9, 0.85, "pointing")
            for segment in segments
            if len(segment.text) > _FOUND * 20
            for place in range(_FOUND)
        ]


def _engine() -> Engine:
    return engine(_POLICY, [_Pointing()], [])


def _serve(directory: Path) -> int:
    """Run the gateway until it is stopped."""
    upstream = {"name": "home", "zone": "local", "base_url": f"http://127.0.0.1:{_MOCK}/v1"}
    flags = {
        "listen": f"127.0.0.1:{_PORT}",
        "admin": f"127.0.0.1:{_PORT + 1}",
        "audit.directory": str(directory / "audit"),
        "upstreams": [upstream],
        "limits.in_flight": 4096,
    }
    loaded = load(None, environment={}, flags=flags)
    gateway = build_gateway(loaded, _engine())
    gateway.audit.start()
    gc.collect()
    gc.freeze()
    run(planes(gateway, loaded, lambda _data, _admin: None), gateway.aclose)
    return 0


def _pure(bodies: Sequence[bytes], rounds: int = 6) -> float:
    """Return the CPU milliseconds of what is not plumbing: plan, and restoring the answer."""
    dialect, judging = OpenAIChat(), _engine()
    flags = {"upstreams": [{"name": "home", "zone": "local", "base_url": "http://127.0.0.1:1/v1"}]}
    upstreams = load(None, environment={}, flags=flags).upstreams
    spent = []
    for turn in range(rounds):
        fresh = [body.replace(b"########", b"%08d" % (turn * len(bodies) + at)) for at, body in enumerate(bodies)]
        since = time.process_time()
        for body in fresh:  # no cache knows them, as with the load generator
            planned = plan(Request(dialect, body), judging, upstreams)
            guard = planned.guard()
            dialect.signed(_ANSWER)
            dialect.restore(_ANSWER, guard)
            guard.report()
            dialect.usage(_ANSWER)
        spent.append((time.process_time() - since) / len(bodies) * 1000)
    return min(spent)


@contextmanager
def _gateway(directory: Path) -> Iterator[int]:
    """Run the gateway in a process of its own; yield its id."""
    command = ["taskset", "-c", SERVER_CORE, sys.executable, "-m", "benchmarks.plumbing", "--serve", str(directory)]
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{_PORT + 1}/readyz", timeout=5):
                    break
            except OSError:
                time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process: nanoseconds of each of its threads, finer than the clock's ticks."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text("ascii").split()[0]) for thread in threads) / 1e9


def _load(load: Path, pid: int, bodies: Path, connections: int, seconds: float) -> tuple[float, dict[str, float]]:
    """Return CPU milliseconds a request, and what the load generator told."""
    url = f"http://127.0.0.1:{_PORT}/v1/chat/completions"
    command = ["taskset", "-c", LOAD_CORE, load, "-u", url, "-c", str(connections), "-b", bodies]
    before = _cpu(pid)
    told = json.loads(subprocess.run([*command, "-d", str(seconds)], check=True, capture_output=True).stdout)
    if told["errors"]:
        raise SystemExit(f"{told['errors']} requests failed")
    return (_cpu(pid) - before) * 1000 / max(told["n"], 1), told


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--cell", default="1k", help="bodies of benchmarks.peers (default 1k)")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve is not None:
        return _serve(asked.serve)
    with tempfile.TemporaryDirectory(prefix="privacy-gateway-plumbing-") as place:
        directory = Path(place)
        write(directory)
        for name in ("load", "mock"):
            subprocess.run(["cc", "-O2", "-o", directory / name, HERE / f"{name}.c"], check=True)
        mock = replace(SERVERS["mock"], name="upstream", port=_MOCK, command=(directory / "mock", str(_MOCK)))
        bodies = directory / f"{asked.cell}.ndjson"
        with started(mock, directory), _gateway(directory) as pid:
            load = directory / "load"
            _load(load, pid, bodies, asked.connections, 1)
            samples = [_load(load, pid, bodies, asked.connections, asked.seconds)[0] for _ in range(asked.rounds)]
        pure = _pure(bodies.read_bytes().splitlines())
    whole = statistics.median(samples)
    print(
        f"{asked.cell}, {asked.connections} connections: CPU {whole:.3f} ms a request ({min(samples):.3f} to "
        f"{max(samples):.3f}), of which plan and restoring {pure:.3f}, plumbing and audit {whole - pure:.3f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
