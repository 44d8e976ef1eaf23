"""What looking through answers and restoring them costs: `python -m benchmarks.answers`.

CPU milliseconds of this process, medians: of a whole answer of 160 characters, and of streams of 64 pieces, of which
one has numbers and five surrogates cut in two, as the mock of `benchmarks.peers` sends them, and two are prose. `feed`
is what the client waits for, all pieces together; `report` is what comes after the end.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded

import argparse
import json
import time
from collections.abc import Iterator
from statistics import median
from typing import Final

from benchmarks.texts import chat, contact
from gateway.dialects.openai_chat import OpenAIChat
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine
from gateway.pipeline import Plan, Request, plan

ROUNDS: Final = 30
PIECES: Final = 64
CHAT: Final = OpenAIChat()
STORY: Final = (
    "The old lighthouse keeper climbed the stairs every evening, and from there he saw the boats come home. "
    'In that year a storm took the roof; the village rebuilt it within a week. "It is nothing," he said, when asked '
    "him about it. His daughter, who had moved away, wrote him letters about trams, markets and rain. "
) * 4
TECHNICAL: Final = (
    "Set the API key in the environment (not in the file), then run `make setup` and open http://localhost:8080/docs: "
    "version 3.11 is needed. The token is read once, at start-up: see config.yaml, line 42, and the `auth` section. "
) * 7


def numbers(surrogate: str, seed: int) -> Iterator[str]:
    """Yield pieces with a number each, and the halves of a surrogate at the end of one and in front of the next."""
    half = len(surrogate) // 2
    for left in range(PIECES, 0, -1):
        place = left % 13
        before = f"{surrogate[half:]} " if place == 5 else ""
        after = surrogate[:half] if place == 6 else ""
        yield f"{before}T{seed * 10**9 + left * 1_234_567:018d} {after}"


def cut(text: str) -> Iterator[str]:
    """Yield a text in pieces of 20 characters."""
    yield from (text[place * 20 : place * 20 + 20] for place in range(PIECES))


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """Return an event of a stream."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    value = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


def streamed(planned: Plan, pieces: Iterator[str]) -> tuple[float, float]:
    """Return what feeding and reporting cost, in seconds."""
    events = [event({"content": piece}) for piece in pieces]
    events += [event({}, "stop"), b"data: [DONE]\n\n"]
    guard = planned.guard()
    start = time.process_time()
    restorer = CHAT.stream(guard)
    for one in events:
        restorer.feed(one)
    restorer.close()
    fed = time.process_time()
    guard.report()
    return fed - start, time.process_time() - fed


def whole(planned: Plan, seed: int) -> tuple[float, float]:
    """Return the same of an answer that comes whole."""
    message = {"role": "assistant", "content": f"{seed} {STORY[:160]}", "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 250, "completion_tokens": 30, "total_tokens": 280}
    body = json.dumps({"id": "chatcmpl-1", "model": "m", "choices": [choice], "usage": usage}).encode()
    guard = planned.guard()
    start = time.process_time()
    CHAT.restore(body, guard)
    fed = time.process_time()
    guard.report()
    return fed - start, time.process_time() - fed


def main() -> None:
    """Print the figures."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    engine = load_engine(None)
    upstreams = imaginary_upstreams("openai")
    costs: dict[str, list[tuple[float, float]]] = {}
    for seed in range(ROUNDS + 5):
        planned = plan(Request(CHAT, chat(contact(986, seed), seed)), engine, upstreams)
        if not planned.mint.pairs:
            continue
        surrogate = next(iter(planned.mint.pairs.values())).surrogate
        for name, cost in (
            ("whole, 160 characters", whole(planned, seed)),
            ("64 pieces, numbers and surrogates", streamed(planned, numbers(surrogate, seed))),
            ("64 pieces, a story", streamed(planned, cut(STORY))),
            ("64 pieces, technical", streamed(planned, cut(TECHNICAL))),
        ):
            costs.setdefault(name, []).append(cost)
    for name, rows in costs.items():
        feeding, reporting = (median(column) * 1000 for column in zip(*rows[3:], strict=True))
        print(f"{name:36} feed {feeding:7.3f} ms   report {reporting:7.3f} ms")


if __name__ == "__main__":
    main()
