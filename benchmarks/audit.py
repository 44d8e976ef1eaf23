"""What a durable audit record costs: rate, CPU and added latency. Run: `python -m benchmarks.audit [DIRECTORY]`.

First under load: the gateway with everything on, at 1 KB, beside one whose disk counts everything as durable at once.
Its CPU share is the difference of both, of the whole request; the latency it adds, the difference of what requests
waited for their decisions, by the log's own figures. Twice: with 64 connections that leave it no pause, where most of
that wait is the line (decisions of requests that are planned together leave together) and what the disk adds is lost
in it; and busy for about half of the time, with connections that wait 1.3 s for their answers. What requests took in
all is told beside it. Medians of rounds in which both take turns. `--log` leaves this out.

Then the log by itself, in two parts. Closed loop: each of 1, 16, 64 clients sends its next request as soon as its
decision is durable. Paced: 64 clients together send at a fixed rate, and each request's outcome follows 20 ms after its
decision, as if a model had answered. CPU is that of the process (loop and thread) for one request, a decision and an
outcome, less what the same loop takes without a log; the wait is what a request waits for its decision, so it is the
latency that auditing adds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import uvloop

from benchmarks.loaded import Loaded, gateway, upstream
from gateway.adapters.audit import AuditLog
from gateway.core.model import Finding
from gateway.core.record import AuditRecord, Event
from tests.fakes.records import a_record

REQUESTS = 3_000
CLIENTS = 64
SECONDS = 4
UPSTREAM_S = 0.02
_PORT = 9391


def records() -> tuple[AuditRecord, AuditRecord]:
    """Return the decision of a 1 KB request with six findings, and its outcome."""
    findings = tuple(
        Finding(f"/messages/{n % 3}/content", ("PERSON", "EMAIL_ADDRESS")[n % 2], n, n + 9, 0.85, "names")
        for n in range(6)
    )
    return replace(a_record(), findings=findings), a_record(event=Event.OUTCOME)


def bare_fsync(directory: Path) -> float:
    """Return the median milliseconds of a write of one record and its fsync, without anything of ours."""
    fd = os.open(directory / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    times = []
    for _ in range(300):
        begun = time.perf_counter()
        os.write(fd, b"x" * 1300)
        os.fsync(fd)
        times.append(time.perf_counter() - begun)
    os.close(fd)
    return statistics.median(times) * 1000


class NoLog:
    """Takes records and does nothing: what the loop itself costs."""

    async def append(self, _record: AuditRecord) -> None:
        """Return."""

    def enqueue(self, _record: AuditRecord) -> None:
        """Return."""


async def closed(log: AuditLog | NoLog, clients: int) -> list[float]:
    """Send without pause from so many clients; return what each request waited, in seconds."""
    decision, outcome = records()
    waits: list[float] = []

    async def client() -> None:
        for _ in range(REQUESTS // clients):
            begun = time.perf_counter()
            await log.append(decision)
            waits.append(time.perf_counter() - begun)
            log.enqueue(outcome)

    await asyncio.gather(*(client() for _ in range(clients)))
    return waits


async def paced(log: AuditLog | NoLog, requests_per_second: int) -> list[float]:
    """Send so many requests a second; return what each waited, in seconds."""
    decision, outcome = records()
    waits: list[float] = []
    start = time.perf_counter()
    pause = CLIENTS / requests_per_second

    async def client(number: int) -> None:
        due = start + pause * number / CLIENTS
        while due < start + SECONDS:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            begun = time.perf_counter()
            await log.append(decision)
            waits.append(time.perf_counter() - begun)
            await asyncio.sleep(UPSTREAM_S)
            log.enqueue(outcome)
            due += pause

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return waits


async def measured(run: Callable[[AuditLog | NoLog], Awaitable[list[float]]], log: AuditLog) -> str:
    """Return one line of figures."""
    begun = time.process_time()
    await run(NoLog())
    loop = time.process_time() - begun
    cpu, wall = time.process_time(), time.perf_counter()
    waits = sorted(await run(log))
    cpu, wall = time.process_time() - cpu - loop, time.perf_counter() - wall
    p50, p99 = (waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
    return (
        f"{len(waits) / wall:6.0f} requests/s   CPU {cpu / len(waits) * 1e6:4.0f} µs each, {cpu / wall:5.1%} of a core"
        f"   wait p50 {p50:5.2f} ms, p99 {p99:5.2f} ms"
    )


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of load.

    Attributes:
        name: as it is printed.
        cell: which bodies.
        connections: how many.
        seconds: for how long.
        rounds: how often; a 99th percentile wants many.
        began_s: seconds until it is as it goes on being: at first all connections send at once.
    """

    name: str
    cell: str
    connections: int
    seconds: float
    rounds: int
    began_s: float = 0


LOADS = (Load("no pause", "1k", CLIENTS, 3, 8), Load("half busy", "whole", 160, 8, 14, 3))


def waited(running: Loaded, since: Mapping[Path, int], after: str) -> tuple[float, dict[Path, int]]:
    """Return the 99th percentile of milliseconds that requests waited, and how far the log has been read.

    Requests that ended before `after` (UTC, as in the log) don't count.
    """
    waits: list[float] = []
    ends: dict[Path, int] = {}
    for file in (running.directory / f"gateway-{running.port}" / "audit").glob("audit-*.jsonl"):
        with file.open("rb") as log:
            log.seek(since.get(file, 0))
            records = [json.loads(line) for line in log]
            ends[file] = log.tell()
        outcomes = [each for each in records if each["event"] == Event.OUTCOME and each["time"] >= after]
        waits += [each["latency_ms"]["audit"] for each in outcomes]
    return sorted(waits)[int(len(waits) * 0.99)], ends


def under_load(directory: Path) -> None:
    """Print what durability costs a gateway that is busy."""
    with (
        upstream(directory),
        gateway(directory, _PORT) as durable,
        gateway(directory, _PORT + 2, "--no-fsync") as lazy,
    ):
        for load in LOADS:
            _compare(load, {"with": durable, "without": lazy})


def _compare(load: Load, gateways: Mapping[str, Loaded]) -> None:
    figures: dict[str, dict[str, list[float]]] = {name: {} for name in gateways}
    read: dict[str, Mapping[Path, int]] = {name: {} for name in gateways}
    for turn in range(load.rounds + 1):
        for name, running in gateways.items():
            after = datetime.now(UTC) + timedelta(seconds=load.began_s)
            cost, told = running.load(load.cell, load.connections, d=load.seconds)
            time.sleep(0.2)  # the last outcomes are on their way to the disk
            wait, read[name] = waited(running, read[name], after.isoformat())
            whole = {which: told["lat_us"][which] / 1000 for which in ("p50", "p99")}
            for figure, value in {"cost": cost, "wait": wait, "rate": told["rps"], **whole}.items():
                if turn:  # the first warms up
                    figures[name].setdefault(figure, []).append(value)
    synced, lazy = ({which: statistics.median(each) for which, each in figures[name].items()} for name in gateways)
    share = (synced["cost"] - lazy["cost"]) / synced["cost"]
    added = synced["wait"] - lazy["wait"]
    print(f"fsync, {load.name}: CPU {share:.1%} of a request ({synced['cost']:.3f} ms, without {lazy['cost']:.3f})")
    print(f"fsync, {load.name}: p99 added {added:.2f} ms ({synced['wait']:.2f} ms, without {lazy['wait']:.2f})")
    for name, each in (("with", synced), ("without", lazy)):
        busy = each["rate"] * each["cost"] / 1000
        print(
            f"  {name:7}  {each['rate']:.0f} requests/s, {busy:.0%} of a core, p50 {each['p50']:.1f} ms, "
            f"p99 {each['p99']:.1f} ms in all"
        )


async def main(directory: Path) -> None:
    """Print one line for each figure."""
    print(f"bare write and fsync: {bare_fsync(directory):.2f} ms (median)")
    groups: list[int] = []
    log = AuditLog(directory / "audit", observer=lambda records, _seconds, _waiting: groups.append(records))
    log.start()
    loads = [(f"{clients} clients", partial(closed, clients=clients)) for clients in (1, 16, CLIENTS)]
    loads += [(f"{rate} requests/s", partial(paced, requests_per_second=rate)) for rate in (100, 500, 1000)]
    for name, run in loads:
        groups.clear()
        line = await measured(run, log)
        print(f"{name:15} {line}   {statistics.mean(groups):5.1f} records an fsync")
    await log.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, nargs="?", default=Path(), help="on the disk that is measured")
    parser.add_argument("--log", action="store_true", help="the log by itself only")
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(dir=asked.directory)).resolve()
    try:
        if not asked.log:
            under_load(place)
        uvloop.run(main(place))
    finally:
        shutil.rmtree(place)
