"""Checks that nothing of an evaluation set is in the training data: shared runs of words.

`python -m training.common.overlap --train FILE … --against FILE …` prints, for each file of `--against`, the share of its
texts that hold a run of `--words` words (8 by default) which also stands in a training text. Files are read as JSON lines
(`text` or `prompt`), CSV (all columns) or plain text (a text a paragraph); a folder stands for all its `.txt` files.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["main", "overlap", "runs", "texts_of"]

_WORD = re.compile(r"\w+")


def runs(text: str, words: int = 8) -> set[int]:
    """Return hashes of all runs of `words` words, case and punctuation left out of account."""
    found = _WORD.findall(text.lower())
    return {
        zlib.crc32(" ".join(found[start : start + words]).encode()) << 8 | len(found[start]) & 255
        for start in range(len(found) - words + 1)
    }


def overlap(training: Iterable[str], against: Iterable[str], words: int = 8) -> tuple[int, int]:
    """Return (texts of `against` that share a run with training, texts of `against` long enough to have a run)."""
    known: set[int] = set()
    for text in training:
        known |= runs(text, words)
    shared = long = 0
    for text in against:
        own = runs(text, words)
        long += bool(own)
        shared += not own.isdisjoint(known)
    return shared, long


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts of a file or folder."""
    if path.is_dir():
        for file in sorted(path.rglob("*.txt")):
            yield file.read_text(encoding="utf-8")
    elif path.suffix == ".jsonl":
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield str(row.get("text", row.get("prompt", "")))
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                yield " ".join(row)
    else:
        yield from re.split(r"\n\s*\n", path.read_text(encoding="utf-8"))


def main() -> None:
    """Print the overlap of each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, nargs="+", required=True)
    parser.add_argument("--against", type=Path, nargs="+", required=True)
    parser.add_argument("--words", type=int, default=8)
    given = parser.parse_args()
    training = [text for path in given.train for text in texts_of(path)]
    for path in given.against:
        shared, every = overlap(training, texts_of(path), given.words)
        print(f"{path.name}: {shared} of {every} texts share {given.words} words in a row with training")


if __name__ == "__main__":
    main()
