"""A gateway under load, for the benchmarks that look into it: the real server as a process of its own, on one core.

`python -m benchmarks.loaded DIRECTORY PORT [--pointing] [--no-fsync]` is that process. `--pointing` puts a recognizer
that points at ten places of each text, without looking, in the place of all recognizers and models, and tells at the
end what planning cost all the same.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.peers.bodies import write
from benchmarks.peers.processes import cpu_s
from benchmarks.peers.servers import HERE, LOAD_CORE, SERVER_CORE, SERVERS, started
from gateway.adapters.audit import AuditLog
from gateway.adapters.audit.disk import Disk
from gateway.assembly import build_gateway
from gateway.core.collector import leave_out_what_stays
from gateway.core.model import Finding, Segment
from gateway.core.steps import Steps
from gateway.loadout import warm
from gateway.pipeline import Engine
from gateway.server import relay
from gateway.server.run import run
from gateway.server.serve import planes
from gateway.settings import load
from tests.fakes.engines import engine

__all__ = ["Loaded", "gateway", "pointing", "upstream"]

_MOCK: Final = 9390
_PATIENCE_S: Final = 60
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


class _Pointing:
    """A recognizer that costs nothing: ten findings in each long text."""

    name = "pointing"
    entity_types = frozenset({"PERSON"})

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        """Return them."""
        return [
            Finding(segment.path, "PERSON", place * 20, place * 20 + 9, 0.85, "pointing")
            for segment in segments
            if len(segment.text) > _FOUND * 20
            for place in range(_FOUND)
        ]


class _Unsynced(Disk):
    """A disk on which everything counts as durable at once."""

    def sync(self, fd: int) -> None:
        """Return."""


def pointing() -> Engine:
    """Return the engine with the recognizer that costs nothing."""
    return engine(_POLICY, [_Pointing()], [])


@dataclass(frozen=True, slots=True)
class Loaded:
    """A gateway that runs.

    Attributes:
        pid: of its process.
        port: of its data plane.
        directory: has its audit log, and the tools.
    """

    pid: int
    port: int
    directory: Path

    def resident_mib(self) -> float:
        """Return its resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * 4096 / 2**20

    def planning_ms(self) -> float:
        """Return the CPU milliseconds of a plan, when it has ended; of one that was `--pointing`."""
        told: float = json.loads((self.directory / f"planning-{self.port}.json").read_text("ascii"))
        return told

    def load(self, cell: str, connections: int, **limits: float) -> tuple[float, dict[str, Any]]:
        """Send bodies of `benchmarks.peers`; return CPU milliseconds a request, and what the load generator told.

        Args:
            cell: which bodies.
            connections: how many at a time.
            limits: `d` seconds or `n` requests.

        Raises:
            SystemExit: if a request failed.
        """
        url = f"http://127.0.0.1:{self.port}/v1/chat/completions"
        command = ["taskset", "-c", LOAD_CORE, str(self.directory / "load"), "-u", url, "-c", str(connections)]
        command += ["-b", str(self.directory / f"{cell}.ndjson")]
        command += [word for name, value in limits.items() for word in (f"-{name}", str(value))]
        before = cpu_s([self.pid])
        told: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        if told["errors"]:
            raise SystemExit(f"{told['errors']} requests failed")
        return (cpu_s([self.pid]) - before) * 1000 / max(told["n"], 1), told


class _Watch:
    """Measures steps where they are done."""

    def __init__(self, measured: Callable[..., Steps[Any]]) -> None:
        self._measured = measured
        self._spent = self._calls = 0

    def __call__(self, *arguments: Any) -> Steps[Any]:
        """Do them."""
        self._calls += 1
        steps = self._measured(*arguments)
        while True:
            begun = time.thread_time_ns()
            try:
                next(steps)
            except StopIteration as end:
                return end.value
            finally:
                self._spent += time.thread_time_ns() - begun
            yield

    def mean_ms(self) -> float:
        """Return the CPU milliseconds of all steps of a call."""
        return self._spent / max(self._calls, 1) / 1e6


@contextmanager
def upstream(directory: Path) -> Iterator[None]:
    """Write bodies and tools into `directory`, and run the upstream for all gateways."""
    write(directory)
    for name in ("load", "mock"):
        subprocess.run(["cc", "-O2", "-o", directory / name, HERE / f"{name}.c"], check=True)
    mock = replace(SERVERS["mock"], name="upstream", port=_MOCK, command=(directory / "mock", str(_MOCK)))
    with started(mock, directory):
        yield


@contextmanager
def gateway(directory: Path, port: int, *options: str) -> Iterator[Loaded]:
    """Run a gateway; the port after `port` is its admin plane's."""
    command = ["taskset", "-c", SERVER_CORE, sys.executable, "-m", "benchmarks.loaded", str(directory), str(port)]
    process = subprocess.Popen([*command, *options])
    try:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port + 1}/readyz", timeout=5):
                    break
            except OSError:
                time.sleep(0.05)
        yield Loaded(process.pid, port, directory)
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def main() -> None:
    """Run the gateway until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--pointing", action="store_true")
    parser.add_argument("--no-fsync", action="store_true")
    asked = parser.parse_args()
    home = asked.directory / f"gateway-{asked.port}"
    url = f"http://127.0.0.1:{_MOCK}/v1"
    flags = {
        "listen": f"127.0.0.1:{asked.port}",
        "admin": f"127.0.0.1:{asked.port + 1}",
        "audit.directory": str(home / "audit"),
        "upstreams": [{"name": zone, "zone": zone, "base_url": url} for zone in ("cloud", "local")],
        "limits.in_flight": 4096,
    }
    loaded = load(None, environment={}, flags=flags)
    made = build_gateway(loaded, pointing() if asked.pointing else None)
    if asked.no_fsync:
        made.audit = AuditLog(home / "audit", disk=_Unsynced())
    made.audit.start()
    warm(made.engine)
    gc.collect()
    leave_out_what_stays()
    watch = _Watch(relay.planning)
    if asked.pointing:
        relay.planning = watch  # type: ignore[assignment]  # it is called as `planning` is
    run(planes(made, loaded, lambda _data, _admin: None), made.aclose)
    (asked.directory / f"planning-{asked.port}.json").write_text(json.dumps(watch.mean_ms()), "ascii")


if __name__ == "__main__":
    main()
