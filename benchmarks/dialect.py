"""What reading, walking, editing and restoring cost: microseconds, medians. Run: `python -m benchmarks.dialect`."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

from gateway.dialects.openai_chat import OpenAIChat
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import Surrogates

CHAT = OpenAIChat()
WORDS = "The quick brown fox jumps over the lazy dog while Jane Roe writes the minutes of the meeting. "
MINT = Surrogates(b"k" * 32, "tenant", "conversation")
SURROGATE = MINT.surrogate("PERSON", "Jane Roe")


def body(size: int) -> bytes:
    """Return a conversation of about `size` bytes in turns of 500."""
    turns = max(1, size // 500)
    messages = [
        {"role": ("user", "assistant")[turn % 2], "content": (f"{turn}. " + WORDS * 5)[:440]} for turn in range(turns)
    ]
    return json.dumps({"model": "gpt-4o", "messages": messages, "temperature": 0.7, "stream": True}).encode()


def stream(chunks: int) -> list[bytes]:
    """Return the events of a stream with a surrogate in every eighth."""
    events = []
    for number in range(chunks):
        content = f" to {SURROGATE}" if number % 8 == 0 else " some words"
        value = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "gpt-4o",
            "choices": [{"index": 0, "delta": {"content": content}, "logprobs": None, "finish_reason": None}],
        }
        events.append(f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode())
    return [*events, b"data: [DONE]\n\n"]


def microseconds(run: Callable[[], object], *, repeats: int = 400) -> float:
    """Return the median of the CPU time of one call."""
    times = []
    for _ in range(repeats):
        start = time.process_time_ns()
        run()
        times.append(time.process_time_ns() - start)
    return statistics.median(times) / 1000


def main() -> None:
    """Print one line for each figure."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    for size in (1_000, 16_000, 128_000):
        raw = body(size)
        document = CHAT.read(raw)
        found = CHAT.segments(document)
        edits = {segment.path: segment.text + "!" for segment in found if "content" in segment.path}
        print(
            f"{len(raw):>7} bytes, {len(found):>3} segments: read {microseconds(lambda r=raw: CHAT.read(r)):.0f} µs, "
            f"segments {microseconds(lambda d=document: CHAT.segments(d)):.0f} µs, "
            f"edit of {len(edits)} {microseconds(lambda d=document, e=edits: CHAT.edit(d, e, 'llama')):.0f} µs"
        )
    pieces = stream(64)
    for name, restorers in (("restored", Restorers(MINT.pairs)), ("nothing to restore", Restorers({}))):

        def run(restorers: Restorers = restorers) -> None:
            restorer = CHAT.stream(restorers)
            for piece in pieces:
                restorer.feed(piece)
            restorer.close()

        print(f"64-chunk stream, {name}: {microseconds(run):.0f} µs")


if __name__ == "__main__":
    main()
