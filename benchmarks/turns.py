"""What each turn of a long conversation costs: `python -m benchmarks.turns`.

An agent's session of 40 turns with tools: every request repeats all that was said before. Figures are milliseconds of
this process's CPU time for planning a turn (medians over sessions, no two of which share a text), with the cache of
segments as it ships and without it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded

import argparse
import random
import time
from collections.abc import Callable
from statistics import median

from benchmarks.texts import clean, contact, session
from gateway.assembly import imaginary_upstreams, load_engine
from gateway.dialects.openai_chat import OpenAIChat
from gateway.pipeline import Engine, Request, plan

SHOWN = (1, 2, 5, 10, 20, 30, 40)
TURNS = 40


def costs(engine: Engine, make: Callable[[int, int], str], seeds: range) -> list[float]:
    """Return the median milliseconds of each turn."""
    dialect, upstreams = OpenAIChat(), imaginary_upstreams("openai")
    rows = []
    for seed in seeds:
        row = []
        for body in session(TURNS, seed, make):
            start = time.process_time()
            plan(Request(dialect, body), engine, upstreams)
            row.append((time.process_time() - start) * 1000)
        rows.append(row)
    return [median(turn) for turn in zip(*rows[1:], strict=True)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    engine = load_engine(None)
    for recognizer in engine.recognizers:
        getattr(recognizer, "warm", lambda: None)()
    print(f"CPU-ms of planning a turn, seed {options.seed}")
    print(f"{'user writes':>12}" + "".join(f"{f'turn {turn}':>10}" for turn in SHOWN) + f"{'40 : 2':>10}")
    for number, (kind, make) in enumerate({"clean": clean, "contact": contact}.items()):
        first = options.seed + 1000 * number
        row = costs(engine, make, range(first, first + options.sessions + 1))
        cells = "".join(f"{row[turn - 1]:10.2f}" for turn in SHOWN)
        print(f"{kind:>12}{cells}{row[-1] / row[1]:10.2f}", flush=True)


if __name__ == "__main__":
    main()
