"""How long starting takes: `--help`, `check "text"`, and `serve` until it is ready, beside what is wanted.

    python -m benchmarks.start                # medians of seven runs each, half a minute
    python -m benchmarks.start --runs 21      # on a machine that others use, too

Each run is the console command that is installed, in a fresh process, on this tree's code. The byte code is compiled
beforehand, as pip does when it installs; the files have been read before, so they come from memory. `serve` runs with
all that it has by default and two upstreams; it is ready when `/readyz` says so. Wall time is what one waits, and
grows with what else the machine does; CPU (of the process, as the operating system counts it) much less so.
"""

from __future__ import annotations

import argparse
import compileall
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.peers.processes import cpu_s
from benchmarks.peers.servers import ROOT

COMMAND: Final = Path(sys.executable).parent / "privacy-gateway"
_PATIENCE_S: Final = 120
_LOOK_S: Final = 0.005
_SETTINGS: Final = """
listen: 127.0.0.1:{data}
admin: 127.0.0.1:{admin}
upstreams:
  - {{name: cloud, zone: cloud, base_url: "http://127.0.0.1:1/v1"}}
  - {{name: home, zone: local, base_url: "http://127.0.0.1:1/v1"}}
audit: {{directory: audit}}
"""

Taken = tuple[float, float]
"""Seconds of waiting, and of CPU."""


def main() -> int:
    """Run each start several times and print the medians."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.start",
        description="How long --help, check and serve take to start, in fresh processes.",
        epilog="example: python -m benchmarks.start --runs 21",
    )
    parser.add_argument("--runs", type=int, default=7, help="of each command (default 7)")
    asked = parser.parse_args()
    if not COMMAND.is_file():
        sys.stderr.write(f"{COMMAND} is not there: run make, or pip install -e .\n")
        return 2
    compileall.compile_dir(ROOT / "gateway", quiet=1)
    cases: tuple[tuple[str, float, Callable[[], Taken]], ...] = (
        ("--help", 0.3, lambda: ended("--help")),
        ('check "text"', 1.5, lambda: ended("check", "text")),
        ("serve, until ready", 3.0, ready),
    )
    rows = ["| start              | s, median | fastest | slowest | CPU s | wanted |"]
    rows += ["| ------------------ | --------- | ------- | ------- | ----- | ------ |"]
    for name, goal, run in cases:
        run()  # reads the files into memory
        taken = []
        for number in range(asked.runs):
            taken.append(run())
            sys.stderr.write(f"{name} {number + 1}/{asked.runs}: {taken[-1][0]:.2f} s, {taken[-1][1]:.2f} s CPU\n")
        waits, cpu = zip(*taken, strict=True)
        times = f"{median(waits):9.2f} | {min(waits):7.2f} | {max(waits):7.2f} | {median(cpu):5.2f}"
        rows.append(f"| {name:<18} | {times} | < {goal:.1f} s |")
    print("\n".join(rows))
    return 0


def ended(*arguments: str) -> Taken:
    """Run the command to its end; return what that took."""
    began = time.monotonic()
    process = subprocess.Popen([COMMAND, *arguments], env=_environment(), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    waited = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{arguments[0]} ended with {process.returncode}")
    return waited, used.ru_utime + used.ru_stime


def ready() -> Taken:
    """Run the server until it is ready; return what that took."""
    with tempfile.TemporaryDirectory(prefix="privacy-gateway-start-") as place:
        data, admin = _free(), _free()
        settings = Path(place) / "gateway.yaml"
        settings.write_text(_SETTINGS.format(data=data, admin=admin), encoding="utf-8")
        began = time.monotonic()
        serve = ("serve", "--config", settings, "--log-level", "error")
        with subprocess.Popen([COMMAND, *serve], cwd=place, env=_environment()) as process:
            try:
                while not _answers(f"http://127.0.0.1:{admin}/readyz"):
                    if process.poll() is not None or time.monotonic() - began > _PATIENCE_S:
                        raise RuntimeError("serve did not become ready")
                    time.sleep(_LOOK_S)
                return time.monotonic() - began, cpu_s([process.pid])
            finally:
                process.terminate()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "no_proxy": "127.0.0.1"}


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
