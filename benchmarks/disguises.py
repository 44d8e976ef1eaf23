"""How many disguises of a value are seen through, by the whole detection that ships: `python -m benchmarks.disguises`.

    python -m benchmarks.disguises                         # disguise by kind of value
    python -m benchmarks.disguises --story                 # whether it is seen what a hidden story is about
    python -m benchmarks.disguises --harmless FILE …       # what views add in ordinary texts
    python -m benchmarks.disguises --linear                # the costliest shapes, at two sizes

Marks of the table: `+` a finding of the right type covers the whole disguise; `o` findings of other types that count
cover it, so that it is rewritten all the same; `~` something is found, something would stay; `-` missed.
Files are JSON lines (`prompt`, `text`), JSON lists, or CSV.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from benchmarks.texts import texts_in
from gateway.adapters.presidio import PresidioRecognizer
from gateway.core.model import Finding
from gateway.loadout import judge_text, load_engine
from gateway.pipeline import Engine
from tests.fakes.disguises import ANY, KINDS, STORY, UNTOLD, Kind

COUNTED = 0.5
WRAPPINGS = ("data:text/plain;base64,", "=?utf-8?B?", "=?utf-8?Q?", "Gr=C3=BC=C3=9Fe: ")
"""What stands before a disguise and hides nothing."""
SEEDS = [
    "1",
    "%31",
    "&#49;",
    "\\u0031",
    "=31",
    "MTEx",
    "31 ",
    "one ",
    "a ",
    "a-",
    " at ",
    " dot ",
    "a@",
    " (at) ",
    "ghp_a1 ",
]
SEEDS += [
    "1\u200b",
    "\u202e1",
    "\u0301",
    "<b>1</b>",
    "a at b dot c ",
    "**1**",
    "I ",
    "- ",
    ".",
    '"a", ',
    "=\n",
    "٣",
    "а1",
]
SEEDS += [
    "uno ",
    "x1",
    "U+0031 ",
    "0x31,",
    "49 ",
    "01100001 ",
    "a.b.c.at.",
    "+AD",
    "=?utf-8?B?MTEx?= ",
    "xn--a",
    "sk-A1\n",
]


def mark(engine: Engine, kind: Kind, disguise: str) -> str:
    """Return the table's mark."""
    text = kind.frame.replace("{}", disguise)
    for frame in WRAPPINGS:
        disguise = disguise.removeprefix(frame)
    start = text.index(disguise)
    findings = [
        found
        for found in judge_text(engine, text).findings
        if found.score >= COUNTED and found.end > start and found.start < start + len(disguise)
    ]
    if not findings:
        return "-"
    own = [found for found in findings if found.entity_type == kind.entity_type]
    if _covers(own, text, start, start + len(disguise)):
        return "+"
    return "o" if _covers(findings, text, start, start + len(disguise)) else "~"


def _covers(findings: list[Finding], text: str, start: int, end: int) -> bool:
    """Tell whether nothing that could be read is left: at most brackets, marks and one letter or digit in ten."""
    left = [True] * (end - start)
    for found in findings:
        for place in range(max(found.start, start), min(found.end, end)):
            left[place - start] = False
    kept = sum(stays and text[start + place].isalnum() for place, stays in enumerate(left))
    return kept <= sum(character.isalnum() for character in text[start:end]) // 10 and not all(left)


def table(engine: Engine, shown: str) -> bool:
    """Print the marks; tell whether nothing is missed."""
    print(f"{'':36}" + "".join(f"{name:>14}" for name in KINDS))
    totals: dict[str, Counter[str]] = {name: Counter() for name in KINDS}
    for way in dict.fromkeys(way for kind in KINDS.values() for way in kind.disguises):
        marks = {name: mark(engine, kind, kind.disguises[way]) for name, kind in KINDS.items() if way in kind.disguises}
        for name, its in marks.items():
            totals[name][its] += 1
        if not shown or any(its in shown for its in marks.values()):
            print(f"{way:36}" + "".join(f"{marks.get(name, ''):>14}" for name in KINDS), flush=True)
    for its, means in {"+": "found", "o": "covered", "~": "in part", "-": "missed"}.items():
        print(f"{means:36}" + "".join(f"{totals[name][its]:14}" for name in KINDS))
    return not any(its in total for total in totals.values() for its in "~-")


def stories(engine: Engine) -> bool:
    """Print the disguises behind which nobody reads what a text is about; tell whether they are those known."""
    unread = set()
    for way, disguise in ANY.items():
        judged = judge_text(engine, disguise(STORY))
        health = judged.topics.probabilities["health"]
        if health < COUNTED:
            unread.add(way)
            print(f"{way:36}{health:6.2f} {judged.sensitivity.label}")
    print(f"a story is read behind {len(ANY) - len(unread)} of {len(ANY)} disguises")
    return unread <= UNTOLD


def findings_in(engine: Engine, text: str) -> list[tuple[str, str]]:
    """Return the types and texts of what counts in `text`."""
    return [
        (found.entity_type, text[found.start : found.end])
        for found in judge_text(engine, text).findings
        if found.score >= COUNTED
    ]


def dump(engine: Engine, files: list[Path], out: Path) -> None:
    """Write what is found in each ordinary text, a line each, for `diff` against another version."""
    with out.open("w", encoding="utf-8") as lines:
        for file in files:
            for number, text in enumerate(_texts(file)):
                for entity_type, value in findings_in(engine, text):
                    lines.write(f"{file.name}:{number} {entity_type} {value!r}\n")


def linear(engine: Engine) -> None:
    """Print the costliest shapes."""
    sizes = (12_500, 25_000, 100_000)
    numbers = next(one for one in engine.recognizers if isinstance(one, PresidioRecognizer))
    numbers.warm()
    rows = []
    for seed in SEEDS:
        spent = []
        for size in sizes:
            text = (seed * (size // len(seed) + 1))[:size]
            start = time.process_time()
            judge_text(engine, text)
            spent.append((time.process_time() - start) / size * 1e6)
        rows.append((spent[-1], max(after / before for before, after in pairwise(spent)), seed))
    for cost, growth, seed in sorted(rows, reverse=True)[:12]:
        print(f"  {cost:7.2f} ms/KB, a KB costs x{growth:.2f} in a longer text  {seed!r}")


def _texts(file: Path) -> Iterator[str]:
    if file.suffix == ".csv":
        with file.open(encoding="utf-8", newline="") as lines:
            yield from (max(row, key=len) for row in csv.reader(lines) if row)
    else:
        yield from texts_in(file)


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--harmless", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=Path("/dev/stdout"))
    parser.add_argument("--story", action="store_true")
    parser.add_argument("--linear", action="store_true")
    parser.add_argument("--only", default="", help="lines that have one of these marks")
    options = parser.parse_args()
    engine = load_engine(None)
    if options.story:
        return 0 if stories(engine) else 1
    if options.linear:
        linear(engine)
    elif options.harmless:
        dump(engine, options.harmless, options.out)
    else:
        return 0 if table(engine, options.only) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
