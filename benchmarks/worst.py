"""The most that a text can cost: `python -m benchmarks.worst [--size N]`, or `--fuzz N --seed S` for random shapes.

Texts of one size made to be as costly as possible (`benchmarks.shapes`). Each is planned as a request, and what a
kilobyte costs is compared with prose of the same size. Exit code 1 if any costs more than 20 times as much.

One that costs much is tried again with prose right beside it: a machine that others share changes its pace within
minutes. The fuzzer takes `N` random shapes, the same from the same seed, and tries such a one at twice the size, too:
what grows faster than the text does it there.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded

import argparse
import gc
import json
import random
import sys
import time
from dataclasses import replace
from statistics import median

from benchmarks.shapes import documents, fields, random_content, shapes
from benchmarks.texts import mixed
from gateway.core.collector import leave_out_what_stays
from gateway.dialects.openai_chat import OpenAIChat
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine
from gateway.pipeline import Engine, Request, plan

LIMIT = 20.0
PROSE = range(2, 7)
"""Seeds of prose; what the middle one costs counts, for one may hold by chance what is costly."""


def body(content: object, **fields: object) -> bytes:
    """Return a request about `content`, with other `fields`."""
    messages = [{"role": "user", "content": content}]
    return json.dumps({"model": "mock", "messages": messages, **fields}).encode()


def cost(engine: Engine, asked: bytes, runs: int) -> float:
    """Return the median CPU milliseconds a kilobyte of planning what is `asked`."""
    dialect, upstreams = OpenAIChat(), imaginary_upstreams("openai")
    request = Request(dialect, asked)
    times = []
    for _ in range(runs):
        start = time.process_time()
        plan(request, engine, upstreams)
        times.append(time.process_time() - start)
    return median(times) * 1e6 / len(request.body)


def prose(engine: Engine, size: int) -> float:
    """Return the milliseconds of CPU that a kilobyte of prose costs, in texts of `size` characters."""
    return median(cost(engine, body(mixed(size, seed)), 1) for seed in PROSE)


def times_prose(engine: Engine, asked: bytes, size: int) -> float:
    """Return how many times as much as prose of `size` characters it costs, measured one after the other."""
    return cost(engine, asked, 2) / prose(engine, size)


def fuzz(engine: Engine, usual: float, count: int, seed: int, size: int) -> float:
    """Return how many times as much as prose the costliest of `count` random shapes costs; print them."""
    worst = 0.0
    for number in range(seed, seed + count):
        asked = body(random_content(random.Random(number), size))
        ratio = cost(engine, asked, 1) / usual
        if ratio > LIMIT / 2:
            again = times_prose(engine, asked, size)
            twice = times_prose(engine, body(random_content(random.Random(number), 2 * size)), size)
            print(f"  seed {number}: {again:.1f} times as much as prose, {twice:.1f} at twice the size", flush=True)
            ratio = max(again, twice)
        if ratio > worst:
            worst = ratio
            print(f"  seed {number}: {ratio:.1f}", flush=True)
    print(f"the worst of {count} random shapes costs {worst:.1f} times as much as prose")
    return worst


def main() -> None:
    """Print the costliest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--shown", type=int, default=15)
    parser.add_argument("--fuzz", type=int, default=0, metavar="N", help="random shapes instead of the fixed ones")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    engine = replace(load_engine(None), memory=None, seconds=None)
    for recognizer in engine.recognizers:
        getattr(recognizer, "warm", lambda: None)()
    gc.collect()
    leave_out_what_stays()  # as the server does
    prose(engine, options.size)  # warms up
    usual = prose(engine, options.size)
    print(f"prose with values: {usual:.2f} ms a KB", flush=True)
    if options.fuzz:
        print(f"seed {options.seed}")
        sys.exit(fuzz(engine, usual, options.fuzz, options.seed, options.size) > LIMIT)
    ratios: dict[str, float] = {}
    contents = {**shapes(options.size), **documents(options.size)}
    requests = {name: body(content) for name, content in contents.items()}
    requests |= {name: body("hello", extra=value) for name, value in fields(options.size).items()}
    for name, asked in requests.items():
        ratios[name] = cost(engine, asked, 1) / usual
        if ratios[name] > LIMIT / 2:
            ratios[name] = times_prose(engine, asked, options.size)
            print(f"  {name}: {ratios[name]:.1f} times as much", flush=True)
    for name, ratio in sorted(ratios.items(), key=lambda entry: -entry[1])[: options.shown]:
        print(f"{name:28}{ratio:8.1f} times prose")
    worst = max(ratios.values())
    print(f"the worst of {len(ratios)} costs {worst:.1f} times as much as prose")
    sys.exit(worst > LIMIT)


if __name__ == "__main__":
    main()
