"""What planning side by side saves: `python -m benchmarks.side_by_side [mixed clean contact] [--together 16]`.

The same number of distinct requests of 1 KB is planned one after another and side by side (`gateway.core.steps`), in
turns on one core, so that whatever else the machine does meets both alike. Printed are the medians of milliseconds of
CPU a request and of the rounds' ratios. The more others use the caches, the more is saved.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded

import argparse
import gc
import time
from collections.abc import Sequence
from statistics import median

from benchmarks.texts import KINDS as _KINDS
from benchmarks.texts import chat, contact
from gateway.core.steps import done, side_by_side
from gateway.dialects.openai_chat import OpenAIChat
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine, prepare
from gateway.pipeline import Engine, Request, plan, planning

KINDS = {**_KINDS, "contact": contact}
_DIALECT = OpenAIChat()
_UPSTREAMS = imaginary_upstreams("openai")
_WARM_UP = 8


def _alone(engine: Engine, requests: Sequence[Request]) -> None:
    for request in requests:
        plan(request, engine, _UPSTREAMS)


def _together(engine: Engine, requests: Sequence[Request]) -> None:
    for outcome in done(side_by_side(planning(request, engine, _UPSTREAMS) for request in requests)):
        if isinstance(outcome, Exception):
            raise outcome


def main() -> None:
    """Print what both cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=["mixed", "clean", "contact"], help=f"of {', '.join(KINDS)}")
    parser.add_argument("--together", type=int, default=16, help="requests side by side (default 16)")
    parser.add_argument("--rounds", type=int, default=50, help="(default 50)")
    given = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    engine = load_engine(None)
    prepare(engine)
    seed = 0

    def spent(ways: Sequence[int], kind: str) -> list[float]:
        """Return the milliseconds of CPU a request of each of both ways, in the order of `ways`."""
        nonlocal seed
        told = [0.0, 0.0]
        for way in ways:
            seeds = range(seed, seed := seed + given.together)
            requests = [Request(_DIALECT, chat(KINDS[kind](1000, number), number)) for number in seeds]
            start = time.process_time()
            (_alone, _together)[way](engine, requests)
            told[way] = (time.process_time() - start) * 1000 / given.together
        return told

    for kind in given.kinds:
        for _ in range(_WARM_UP):
            spent((0, 1), kind)
        gc.collect()
        gc.freeze()
        rows = [spent((0, 1) if number % 2 else (1, 0), kind) for number in range(given.rounds)]
        alone, together = (median(row[way] for row in rows) for way in (0, 1))
        ratio = median(row[1] / row[0] for row in rows)
        print(
            f"{kind:>8}: one after another {alone:.2f} ms, {given.together} side by side {together:.2f} ms, {ratio:.2f}"
        )


if __name__ == "__main__":
    main()
