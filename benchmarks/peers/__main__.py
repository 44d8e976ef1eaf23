"""What a request costs with this gateway and with others: CPU, rate, latency, first token, memory, start-up.

    make peers                                            # installs the others, then runs all of it (25 minutes)
    python -m benchmarks.peers --only ours --only nginx --seconds 2 --rounds 3
    python -m benchmarks.peers --write                    # also writes docs/performance.md and its picture

Every server forwards to the same mock upstream in the same run, the gateway with everything on: each leaf scanned,
entity and topic models, policy, send gate, durable audit. All servers are up from beginning to end, and take turns
within each case (A B C A B C …), a few seconds each: a machine whose pace changes from minute to minute is fair to all.
What is quoted is the median of the rounds, and the ratio is made round by round. CPU is that of the server's process
tree, helpers included, as the operating system counts it. Load and mock have one core, the server the other; those
that are not asked rest (what they still do is part of "foreign"). What chunks cost is told by the same streams with
their text in an eighth of the chunks: they begin, last and end as the others do, and the same text is looked through.
"Foreign" is what other processes took of both cores meanwhile: above 0.3, run it again.
"""

from __future__ import annotations

import argparse
import compileall
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.peers.bodies import TOGETHER, write
from benchmarks.peers.processes import busy_s, cpu_s, resident_kb, settle, tree_of
from benchmarks.peers.report import Chunks, report
from benchmarks.peers.servers import HERE, LOAD_CORE, ROOT, SERVERS, TOOLS, Running, started

_WARM_S: Final = 2.5
"""Before a case's first measurement: code paths, connections, caches."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of load: which bodies over how many connections; `without`: servers that one core is far too little for.

    They would take many times as long as the others, and tell only that.
    """

    name: str
    bodies: str
    connections: int
    without: frozenset[str] = frozenset()


_SLOW: Final = frozenset({"litellm", "litellm+presidio"})
_MANY: Final = Case("64 paced chunks with surrogates, 16 connections", "stream", 16)
_FEW: Final = Case("The same text in the same time in 8 chunks, 16 connections", "stream-together", 16, _SLOW)
CASES: Final = (
    Case("1 KB, 1 connection", "1k", 1),
    Case("1 KB, 64 connections", "1k", 64),
    Case("1 KB with nothing private, 64 connections", "1k-clean", 64),
    Case("1 KB of contact data, 64 connections", "1k-contact", 64),
    Case("16 KB, 1 connection", "16k", 1),
    Case("64 paced chunks with surrogates, 1 connection", "stream", 1),
    _MANY,
    _FEW,
    Case("The same requests, answered in one piece after as long, 16 connections", "whole", 16, _SLOW),
    Case("64 paced chunks with surrogates, 128 connections", "stream", 128, _SLOW),
    Case("64 chunks with surrogates as fast as they come, 1 connection", "stream-unpaced", 1, _SLOW),
    Case("64 chunks with surrogates as fast as they come, 16 connections", "stream-unpaced", 16),
)


def main() -> int:
    """Run the comparison; exit code 1 if a server failed a request."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="What a request costs, and where.")
    names = [name for name in SERVERS if name != "mock"]
    parser.add_argument("--only", action="append", choices=names, help="one server; may be given more than once")
    parser.add_argument("--seconds", type=float, default=4.0, help="of load, a case and round (default 4)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and docs/performance.svg")
    asked = parser.parse_args()
    wanted = [name for name in names if name in (asked.only or names)]
    missing = [name for name in wanted if not SERVERS[name].available()]
    if missing:
        sys.stderr.write(f"left out, not installed (make peers; nginx from your distribution): {', '.join(missing)}\n")
    _compile()
    with tempfile.TemporaryDirectory(prefix="privacy-gateway-peers-") as place:
        directory = Path(place)
        write(directory)
        samples = _measure([name for name in wanted if name not in missing], directory, asked.seconds, asked.rounds)
    chunks = Chunks(_MANY.name, _FEW.name, TOGETHER)
    text = report(samples, [case.name for case in CASES], chunks, write=asked.write)
    print(text)
    return 1 if any(sample["errors"] for sample in samples) else 0


def _compile() -> None:
    TOOLS.mkdir(parents=True, exist_ok=True)
    for name in ("load", "mock"):
        subprocess.run(["cc", "-O2", "-o", TOOLS / name, HERE / f"{name}.c"], check=True)
    compileall.compile_dir(ROOT / "gateway", quiet=1)  # pip did so for the others when it installed them


def _measure(names: list[str], directory: Path, seconds: float, rounds: int) -> list[dict[str, Any]]:
    """Return one sample a server, case and round."""
    samples: list[dict[str, Any]] = []
    with ExitStack() as stack:
        mock = stack.enter_context(started(SERVERS["mock"], directory))
        servers = {name: _up(name, stack, directory) for name in names}
        for case in CASES:
            asked = [running for name, running in servers.items() if name not in case.without]
            for running in asked:
                _load(running, mock, case, directory, _WARM_S)
            for turn in range(rounds):
                for running in asked:
                    sample = _load(running, mock, case, directory, seconds)
                    samples.append({"server": running.server.name, "case": case.name, "round": turn, **sample})
                    done = f"{case.name}, {turn + 1}/{rounds} {running.server.name}"
                    sys.stderr.write(f"{done}: {sample['cpu_ms']:.3f} ms CPU, {sample['rps']:.0f}/s\n")
    return samples


def _up(name: str, stack: ExitStack, directory: Path) -> Running:
    """Start one server and let it come to rest, so that it takes nothing from the next one's start."""
    running = stack.enter_context(started(SERVERS[name], directory))
    settle(running.pids)
    return running


def _load(running: Running, mock: Running, case: Case, directory: Path, seconds: float) -> dict[str, Any]:
    headers = [word for name, value in running.server.headers.items() for word in ("-H", f"{name}: {value}")]
    command = ["taskset", "-c", LOAD_CORE, str(TOOLS / "load"), "-u", running.url, "-c", str(case.connections)]
    command += ["-d", str(seconds), "-b", str(directory / f"{case.bodies}.ndjson"), *headers]
    tree = tree_of(running.pids)
    cpu, upstream, busy = cpu_s(tree), cpu_s(list(mock.pids)), busy_s()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    used, foreign = cpu_s(tree_of(running.pids)) - cpu, busy_s() - busy
    told: dict[str, Any] = json.loads(done.stdout)
    answered = max(told["n"], 1)
    own = used + told["client_cpu_s"] + cpu_s(list(mock.pids)) - upstream
    return {
        "cpu_ms": used * 1000 / answered,
        "rps": told["rps"],
        "p50_ms": _of(told, "lat_us", "p50"),
        "p99_ms": _of(told, "lat_us", "p99"),
        "first_token_ms": _of(told, "ttft_us", "p50"),
        "chunk_lag_ms": _of(told, "lag_us", "p50"),
        "errors": told["errors"],
        "rss_mb": sum(resident_kb(pid) for pid in tree) / 1024,
        "ready_s": running.ready_s,
        "foreign": max(0.0, (foreign - own) / told["secs"]),
    }


def _of(told: Mapping[str, Any], kind: str, which: str) -> float | None:
    """Return a percentile in milliseconds; None where there was none of that kind."""
    return told[kind][which] / 1000 if kind in told else None


if __name__ == "__main__":
    sys.exit(main())
