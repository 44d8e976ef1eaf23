"""What each turn of a long conversation costs: `python -m benchmarks.turns`.

Sessions of 40 turns with tools: every request repeats all that was said before. Figures are milliseconds of this
process's CPU time for planning a turn (medians over sessions, no two of which share a text). `clean` and `contact` are
what users write, each with a small tool's result; `agent` is a coding agent with 12 KB of tools and results of 3 KB,
`responses` the same in OpenAI's other API. The slope is what a turn costs more than the one before, in per cent of
turn 2: by least squares from turn 5 on.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from statistics import linear_regression, median
from typing import Any, Final

from benchmarks.texts import agent, clean, contact, session
from gateway.dialects.base import JsonDialect
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine
from gateway.pipeline import Engine, Request, plan

SHOWN = (1, 2, 5, 10, 20, 30, 40)
TURNS = 40
_STEADY: Final = 4
"""Turns until a conversation is long enough to be left out."""


def costs(engine: Engine, bodies: Callable[[int], list[bytes]], seeds: range, dialect: JsonDialect) -> list[float]:
    """Return the median milliseconds of each turn."""
    upstreams = imaginary_upstreams("openai")
    rows = []
    for seed in seeds:
        row = []
        for body in bodies(seed):
            start = time.process_time()
            plan(Request(dialect, body), engine, upstreams)
            row.append((time.process_time() - start) * 1000)
        rows.append(row)
    return [median(turn) for turn in zip(*rows[1:], strict=True)]


def slope(row: Sequence[float]) -> float:
    """Return the per cent of turn 2 by which each turn costs more than the one before it."""
    found = linear_regression(range(_STEADY, TURNS), row[_STEADY:])
    return 100 * found.slope / row[1]


def responses(bodies: Sequence[bytes]) -> list[bytes]:
    """Return chat completion requests as requests of OpenAI's Responses."""
    made = []
    for body in bodies:
        value = json.loads(body)
        items: list[dict[str, Any]] = []
        for message in value.pop("messages"):
            calls = message.get("tool_calls", ())
            items += [{"type": "function_call", "call_id": call["id"], **call["function"]} for call in calls]
            if message["role"] == "tool":
                items.append(
                    {
                        "type": "function_call_output",
                        "call_id": message["tool_call_id"],
                        "output": message["content"],
                    }
                )
            elif message["content"]:
                items.append({"type": "message", "role": message["role"], "content": message["content"]})
        value["tools"] = [{"type": "function", **tool["function"]} for tool in value["tools"]]
        made.append(json.dumps({**value, "store": False, "input": items}, separators=(",", ":")).encode())
    return made


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=24, help="of each kind; with few, one long text tells")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", default="", help="one kind of session")
    options = parser.parse_args()
    engine = load_engine(None)
    for recognizer in engine.recognizers:
        getattr(recognizer, "warm", lambda: None)()
    print(f"CPU-ms of planning a turn, seed {options.seed}")
    print(f"{'session':>12}" + "".join(f"{f'turn {turn}':>10}" for turn in SHOWN) + f"{'40 : 2':>10}{'slope %':>10}")
    kinds: dict[str, tuple[Callable[[int], list[bytes]], JsonDialect]] = {
        "clean": (lambda seed: session(TURNS, seed, clean), OpenAIChat()),
        "contact": (lambda seed: session(TURNS, seed, contact), OpenAIChat()),
        "agent": (lambda seed: agent(TURNS, seed, contact), OpenAIChat()),
        "responses": (lambda seed: responses(agent(TURNS, seed, contact)), OpenAIResponses()),
    }
    for number, (kind, (bodies, dialect)) in enumerate(kinds.items()):
        if options.only in ("", kind):
            first = options.seed + 1000 * number
            row = costs(engine, bodies, range(first, first + options.sessions + 1), dialect)
            cells = "".join(f"{row[turn - 1]:10.2f}" for turn in SHOWN)
            print(f"{kind:>12}{cells}{row[-1] / row[1]:10.2f}{slope(row):10.2f}", flush=True)


if __name__ == "__main__":
    main()
