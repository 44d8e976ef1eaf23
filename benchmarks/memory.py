"""Memory over many distinct texts: `python -m benchmarks.memory --texts 1000000`.

Every text has words that no text before it had, names, numbers and sentences, so that whatever remembers words grows.
Prints the resident memory after each tenth; ends with 1 if the last nine tenths took more than `--allowed` MiB. Linux.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.loadout import judge_text, load_engine

_PAGE = 4096
_FRAMES = (
    "{name} from {place} wrote to {mail} about invoice {number} on {day}.",
    "Please call {name} at {phone}, the parcel {number} is with {place} {name}.",
    "def {word}({name}): return {word}.{place}({number})",
    "{word} {word} {name} {word} costs {number} in {place}, says {mail}",
    "Meine Nachbarin {name} aus {place} hat {word} und nimmt {word}, seit {day}.",
)


def main() -> None:
    """Judge, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--allowed", type=float, default=16.0, help="MiB that the last nine tenths may take")
    given = parser.parse_args()
    engine = load_engine(None)
    sizes: list[float] = []
    begun = time.process_time()
    step = max(given.texts // 10, 1)
    for number, text in enumerate(_texts(given.texts), 1):
        judge_text(engine, text)
        if number % step == 0:
            sizes.append(_resident())
            spent = time.process_time() - begun
            print(f"{number:>9} texts  {sizes[-1]:8.1f} MiB  {1000 * spent / number:.2f} ms of CPU a text", flush=True)
    growth = sizes[-1] - sizes[0]
    print(f"grown by {growth:.1f} MiB since the first tenth, allowed {given.allowed:g}")
    sys.exit(int(growth > given.allowed))


def _texts(count: int) -> Iterator[str]:
    rng = random.Random(11)
    letters = "abcdefghijklmnoprstuvwz"
    for _ in range(count):
        words = {slot: "".join(rng.choices(letters, k=rng.randint(5, 10))) for slot in ("name", "place", "word")}
        words["name"], words["place"] = words["name"].title(), words["place"].title()
        words["mail"] = f"{words['word']}@{words['place'].lower()}.net"
        words["number"], words["day"] = str(rng.randrange(10**9)), f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.2026"
        words["phone"] = f"+49 30 {rng.randrange(10**6, 10**7)}"
        yield rng.choice(_FRAMES).format(**words)


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE / 2**20


if __name__ == "__main__":
    main()
