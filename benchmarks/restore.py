"""What restoring costs: microseconds for a stream of 64 pieces with 5 surrogates, and for whole texts.

    python benchmarks/restore.py

Prints the median of 9 rounds. Pieces are about as long as a model's tokens, so surrogates are cut in many places.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from gateway.core.model import Finding, Obligation, Segment
from gateway.transforms.apply import transform
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import Surrogates

KEY = b"a key for benchmarks, 32 bytes.."
VALUES = [
    ("PERSON", "Jane Doe"),
    ("PERSON", "John Roe"),
    ("EMAIL_ADDRESS", "jane@x.example"),
    ("PHONE_NUMBER", "+1 202-555-0143"),
    ("STREET_ADDRESS", "1 Example Street"),
]
PROSE = "Dear team, please note that the meeting on Thursday moves to the larger room; the agenda stays as it is. "
ROUNDS = 9


def cost(job: Callable[[], object], times: int) -> float:
    """Return the median microseconds of one run of `job`."""
    figures = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(times):
            job()
        figures.append((time.perf_counter() - begun) / times * 1e6)
    return statistics.median(figures)


def pieces(text: str, count: int) -> list[str]:
    """Return `text` cut into `count` pieces."""
    return [text[len(text) * place // count : len(text) * (place + 1) // count] for place in range(count)]


def stream(restorers: Restorers, given: list[str], *, in_json: bool = False) -> str:
    """Return what a channel makes of the pieces `given`."""
    channel = restorers.channel(in_json=in_json)
    return "".join(map(channel.feed, given)) + channel.flush()


def main() -> None:
    """Print the figures."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    mint = Surrogates(KEY, "acme", "benchmark")
    surrogates = [mint.surrogate(*value) for value in VALUES]
    restorers = Restorers(mint.pairs)
    answer = "".join(f"{PROSE[:40]}{surrogate}" for surrogate in surrogates)
    changed = "".join(f"{PROSE[:40]}{surrogate.lower().replace('_', ' ')}" for surrogate in surrogates)
    for name, given in (
        ("64 pieces, 5 surrogates", pieces(answer, 64)),
        ("64 pieces, 5 surrogates with changed looks", pieces(changed, 64)),
        ("64 pieces, none", pieces(PROSE * 3, 64)),
    ):
        print(f"{name:46}{cost(lambda given=given: stream(restorers, given), 200):10.1f} µs")
    arguments = pieces(f'{{"text": "{answer}"}}', 64)
    figure = cost(lambda: stream(restorers, arguments, in_json=True), 200)
    print(f"{'64 pieces of JSON source, 5 surrogates':46}{figure:10.1f} µs")
    for name, text in (("1 KB, 5 surrogates", PROSE * 5 + answer), ("100 KB, none", PROSE * 1000)):
        print(f"{name:46}{cost(lambda text=text: restorers.text(text), 50):10.1f} µs")
    values = ", ".join(value for _, value in VALUES)
    body = PROSE * 8 + values
    found = [Finding("/a", kind, body.index(value), body.index(value) + len(value), 1.0, "b") for kind, value in VALUES]
    duties = [Obligation("*", "tokenize")]

    def tokenised() -> object:
        return transform([Segment("/a", body)], found, duties, Surrogates(KEY, "acme", "benchmark", [body]))

    print(f"{'tokenise 1 KB with 5 findings':46}{cost(tokenised, 200):10.1f} µs")


if __name__ == "__main__":
    main()
