"""What huge pages save of planning a request of 1 KB: `python -m benchmarks.huge_pages [--rounds 100]`.

Two processes, one with its memory on huge pages, plan the same texts in turns on one core, so that whatever else the
machine does meets both alike. Printed are the medians of milliseconds of CPU a request and of the rounds' ratios.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded

import argparse
import multiprocessing
import time
from multiprocessing.connection import Connection
from statistics import median

from benchmarks.texts import KINDS, chat
from gateway.dialects.openai_chat import OpenAIChat
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine, prepare
from gateway.pipeline import Engine, Request, plan
from gateway.server.huge_pages import onto_huge_pages

_BATCH = 10


def _plan_in_turn(engine: Engine, kind: str, turns: Connection, *, huge: bool) -> None:
    """Plan a batch each time the parent says so; tell it the seconds of CPU."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    dialect, upstreams = OpenAIChat(), imaginary_upstreams("openai")

    def batch(number: int) -> float:
        texts = (KINDS[kind](1000, seed) for seed in range(number * _BATCH, (number + 1) * _BATCH))
        requests = [Request(dialect, chat(text, number)) for text in texts]
        start = time.process_time()
        for request in requests:
            plan(request, engine, upstreams)
        return time.process_time() - start

    for number in range(-_BATCH, 0):
        batch(-number + 10**6)
    pages = sum(1 for _ in onto_huge_pages()) if huge else 0
    turns.send(pages)
    while (number := turns.recv()) >= 0:
        turns.send(batch(number))


def main() -> None:
    """Print what both cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100, help="of 10 requests each (default 100)")
    parser.add_argument("--kind", choices=sorted(KINDS), default="mixed")
    given = parser.parse_args()
    engine = load_engine(None)
    prepare(engine)
    context = multiprocessing.get_context("fork")
    pipes: list[Connection] = []
    for huge in (False, True):
        ours, theirs = context.Pipe()
        work = {"target": _plan_in_turn, "args": (engine, given.kind, theirs), "kwargs": {"huge": huge}}
        context.Process(**work, daemon=True).start()
        pipes.append(ours)
    _, pages = (turns.recv() for turns in pipes)
    spent: list[list[float]] = [[], []]
    for number in range(given.rounds):
        for which in (0, 1) if number % 2 else (1, 0):
            pipes[which].send(number)
            spent[which].append(pipes[which].recv())
    for turns in pipes:
        turns.send(-1)
    small, large = (median(each) / _BATCH * 1000 for each in spent)
    ratio = median(with_them / without for without, with_them in zip(*spent, strict=True))
    print(f"{pages} huge pages: {large:.3f} ms a request; without: {small:.3f}; median of ratios {ratio:.3f}")


if __name__ == "__main__":
    main()
