"""What a durable audit record costs: rate, CPU and added latency. Run: `python -m benchmarks.audit [DIRECTORY]`.

First under load: the gateway with everything on, at 1 KB and 64 connections, beside one whose disk counts everything as
durable at once. Its CPU share is the difference of both, of the whole request; the latency it adds, the difference of
what requests waited for their decisions, by the log's own figures. Most of that wait is there without a disk, too:
decisions of requests that are planned together leave together. So what requests took in all is told beside it. Medians
of rounds in which both take turns. `--log` leaves this out.

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
from dataclasses import replace
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


def waited(running: Loaded, since: Mapping[Path, int]) -> tuple[float, dict[Path, int]]:
    """Return the 99th percentile of milliseconds that requests waited, and how far the log has been read."""
    waits: list[float] = []
    ends: dict[Path, int] = {}
    for file in (running.directory / f"gateway-{running.port}" / "audit").glob("audit-*.jsonl"):
        with file.open("rb") as log:
            log.seek(since.get(file, 0))
            records = [json.loads(line) for line in log]
            ends[file] = log.tell()
        waits += [record["latency_ms"]["audit"] for record in records if record["event"] == Event.OUTCOME]
    return sorted(waits)[int(len(waits) * 0.99)], ends


def under_load(directory: Path, rounds: int = 5, seconds: float = 3) -> None:
    """Print what durability costs a gateway that is busy."""
    figures: dict[str, dict[str, list[float]]] = {"with": {}, "without": {}}
    read: dict[str, Mapping[Path, int]] = {"with": {}, "without": {}}
    with (
        upstream(directory),
        gateway(directory, _PORT) as durable,
        gateway(directory, _PORT + 2, "--no-fsync") as lazy,
    ):
        for turn in range(rounds + 1):
            for name, running in (("with", durable), ("without", lazy)):
                cost, told = running.load("1k", CLIENTS, d=seconds)
                time.sleep(0.2)  # the last outcomes are on their way to the disk
                wait, read[name] = waited(running, read[name])
                whole = {which: told["lat_us"][which] / 1000 for which in ("p50", "p99")}
                for figure, value in {"cost": cost, "wait": wait, "rate": told["rps"], **whole}.items():
                    if turn:  # the first warms up
                        figures[name].setdefault(figure, []).append(value)
    synced, unsynced = ({which: statistics.median(each) for which, each in figures[name].items()} for name in figures)
    share = (synced["cost"] - unsynced["cost"]) / synced["cost"]
    print(
        f"fsync under load: CPU {share:.1%} of a request ({synced['cost']:.3f} ms with, {unsynced['cost']:.3f} without)"
    )
    added = synced["wait"] - unsynced["wait"]
    print(f"fsync under load: p99 added {added:.2f} ms ({synced['wait']:.2f} ms with, {unsynced['wait']:.2f} without)")
    for name, each in (("with", synced), ("without", unsynced)):
        print(f"  {name:7}  {each['rate']:.0f} requests/s, p50 {each['p50']:.1f} ms, p99 {each['p99']:.1f} ms in all")


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
