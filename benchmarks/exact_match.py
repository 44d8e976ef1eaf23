"""What exact data match costs by the size of the list: building, the file, and matching ordinary text.

    python benchmarks/exact_match.py --text ../shared/data/prompts/arena_hard_v0.1.jsonl [--entries 10 1000000 10000000]

Half of the entries are customer numbers, half are names of two words. Matching should cost the same for every size.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from gateway.detect.exact import build, load

KEY = bytes(range(32))
ROUNDS = 5


class Invented(Collection[str]):
    """Entries made when they are asked for, the same each time, so that ten million need no memory."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __contains__(self, value: object) -> bool:
        return any(value == entry for entry in self)

    def __iter__(self) -> Iterator[str]:
        draw = random.Random(self._size)
        for number in range(self._size):
            if number % 2:
                yield f"K{draw.randrange(10**9):09d}"
            else:
                yield " ".join("".join(draw.choices(string.ascii_lowercase, k=7)).title() for _ in range(2))


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--entries", type=int, nargs="*", default=[10, 10_000, 1_000_000])
    arguments = parser.parse_args()
    texts = [json.loads(line)["prompt"] for line in arguments.text.read_text("utf-8").splitlines()]
    size = sum(len(text) for text in texts) / 1e6
    for count in arguments.entries:
        start = time.perf_counter()
        data = build(Invented(count), KEY, name="invented", entity_type="CUSTOMER")
        built = time.perf_counter() - start
        start = time.perf_counter()
        matcher = load(data, KEY)
        loaded = time.perf_counter() - start
        rates = []
        found = 0
        for _ in range(ROUNDS):
            start = time.process_time()
            found = sum(1 for text in texts for _ in matcher.find(text))
            rates.append(size / (time.process_time() - start))
        print(
            f"{count:>10,} entries: built in {built:6.1f} s, {len(data) / 1e6:7.2f} MB, "
            f"loaded in {loaded * 1e3:6.1f} ms, {sorted(rates)[ROUNDS // 2]:5.2f} MB/s on one core, {found} found"
        )


if __name__ == "__main__":
    main()
