"""Whether the gated engine finds what the ungated one finds: `python -m benchmarks.gates [--texts N] [CORPUS …]`.

Each text is scanned by both; the first texts with a difference are printed, and the exit code is 1. Texts are made from
the packs' examples and near misses (set in prose, cut, run together, mutated), from what the other benchmarks measure,
and from the files of text or JSON lines that are named.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.texts import KINDS
from gateway.adapters.presidio import PresidioRecognizer
from gateway.detect.engine import Scanner
from gateway.detect.packs import Pack, RecognizerPack, load_packs

ROOT = Path(__file__).parents[1]
KEYS = ((), ("messages", "content"), ("user", "ssn"), ("customer", "phoneNumber"), ("Steuer-ID",), ("card",))
ALPHABET = "0123456789 -./:()+@_#abefxzAKXZ\nßéİıſKιͅ٣…\u00a0"
LONGEST = 240


def packs() -> list[Pack]:
    """Return the packs that ship."""
    files = sorted((ROOT / "classifiers" / "packs").glob("*.yaml"))
    return list(load_packs({file.name: file.read_text(encoding="utf-8") for file in files}))


def scanner(read: Sequence[Pack], *, gated: bool) -> Scanner:
    """Return the engine with all packs."""
    made = PresidioRecognizer(read, gated=gated)
    made.warm()
    return made._scanner  # noqa: SLF001 - findings before views and examples are taken off


def mutated(text: str, draw: random.Random) -> str:
    """Return `text` with a few characters changed, left out, doubled or swapped in case."""
    characters = list(text)
    for _ in range(draw.randrange(4)):
        if not characters:
            break
        place = draw.randrange(len(characters))
        how = draw.randrange(5)
        old = characters[place]
        characters[place] = (draw.choice(ALPHABET), "", old * 2, old.swapcase(), old + draw.choice(ALPHABET))[how]
    return "".join(characters)


def texts(read: Sequence[Pack], draw: random.Random, corpora: Sequence[str]) -> Iterator[str]:
    """Yield texts without end."""
    values = [
        value
        for pack in read
        if isinstance(pack, RecognizerPack)
        for spec in pack.recognizers
        for value in (*spec.examples, *spec.near_misses)
    ]
    kinds = list(KINDS.values())
    while True:
        prose = draw.choice(kinds)(draw.randrange(20, LONGEST), draw.randrange(10**9))
        if corpora:
            yield draw.choice(corpora)[:LONGEST]
        yield prose
        yield mutated(draw.choice(values), draw)
        place = draw.randrange(len(prose))
        yield prose[:place] + mutated(draw.choice(values), draw) + prose[place:]
        yield mutated(draw.choice(values), draw) + draw.choice(["", " ", ", ", "\n"]) + draw.choice(values)
        yield "".join(draw.choices(ALPHABET, k=draw.randrange(1, 80)))


def lines(files: Sequence[Path]) -> list[str]:
    """Return the texts of the named files: lines, or the strings in JSON lines."""
    found: list[str] = []
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line) if file.suffix == ".jsonl" else {"text": line}
            found += [value for value in record.values() if isinstance(value, str) and value]
    return found


def main() -> None:
    """Compare and say so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path, nargs="*")
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    read = packs()
    gated, ungated = scanner(read, gated=True), scanner(read, gated=False)
    draw = random.Random(options.seed)
    made = texts(read, draw, lines(options.corpora))
    differences = hits = 0
    spent = [0.0, 0.0]
    for number in range(options.texts):
        text, keys = next(made), draw.choice(KEYS)
        found = []
        for which, engine in enumerate((gated, ungated)):
            start = time.process_time()
            found.append(sorted(engine.scan(text, keys)))
            spent[which] += time.process_time() - start
        hits += len(found[1])
        if found[0] != found[1]:
            differences += 1
            if differences <= 10:
                odd = set(found[0]) ^ set(found[1])
                print(f"text {number}: {text!r} {keys}: {sorted(odd)}", flush=True)
    print(f"{options.texts} texts, seed {options.seed}, {hits} matches, {differences} texts with a difference")
    print(f"CPU: gated {spent[0]:.1f} s, ungated {spent[1]:.1f} s, {spent[1] / spent[0]:.1f} times as much")
    sys.exit(bool(differences))


if __name__ == "__main__":
    main()
