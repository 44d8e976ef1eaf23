"""What whole detection costs: normalise, patterns, entity model, topics and the policy's clauses, on one core.

    python -m benchmarks.detection                              # all parts, on invented prompts
    python -m benchmarks.detection --texts prompts.jsonl        # speed on one's own: JSON lines with `text` or `prompt`
    python -m benchmarks.detection --part linearity --search 30 # look 30 s for a shape that is slower than those known
    python -m benchmarks.detection --part memory --count 1000000

* speed: MB/s (10^6 bytes of UTF-8, CPU time of all threads), of the whole and of each recognizer by itself.
* linearity: for each shape, milliseconds per KB at three sizes, each twice the one before, and the ratios of the times:
  2 is linear, 4 is quadratic. Shapes are made to trouble patterns: prefixes of matches without their ends, values by
  the thousand, context words without values, runs of one class of character.
* memory: resident set over so many distinct texts; flat means that nothing is remembered of them.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import random
import string
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from gateway.assembly import judge_text, load_engine
from gateway.core.model import Segment
from gateway.pipeline import Engine

SIZES: Final = (25_000, 50_000, 100_000)
STEEP: Final = 3.0
"""A ratio above it, over a doubling, is told: between linear (2) and quadratic (4)."""
_WORDS: Final = [
    "the",
    "a",
    "of",
    "to",
    "and",
    "in",
    "is",
    "it",
    "you",
    "that",
    "he",
    "was",
    "for",
    "on",
    "are",
    "with",
    "as",
    "his",
    "they",
    "at",
    "be",
    "this",
    "from",
    "have",
    "or",
    "by",
    "one",
    "had",
    "not",
    "but",
    "what",
    "all",
    "were",
    "when",
    "we",
    "there",
    "can",
    "an",
    "your",
    "which",
    "their",
    "said",
    "if",
    "do",
    "will",
    "each",
    "about",
    "how",
    "up",
    "out",
    "them",
    "then",
    "she",
    "many",
    "some",
    "so",
    "these",
    "would",
    "other",
    "into",
    "has",
    "more",
    "her",
    "two",
    "like",
    "him",
    "see",
    "time",
    "could",
    "no",
    "make",
    "than",
    "first",
    "been",
    "its",
    "who",
    "now",
    "people",
    "my",
    "made",
    "over",
    "did",
    "down",
    "only",
    "way",
    "find",
    "use",
    "may",
    "water",
    "long",
    "little",
    "very",
    "after",
    "words",
    "called",
    "just",
    "where",
    "most",
]
_NAMES: Final = ("Martha", "Tomasz", "Aïcha", "Wei", "Olu", "Ingrid", "Rafael", "Priya", "Jonas", "Leïla")
_FRAGMENTS: Final = (
    *(
        "1",
        "12-",
        "4111 1111 ",
        "0x",
        "a@",
        "@a.b",
        "://",
        "http://a.b/",
        "eyJ",
        "sk-",
        "AKIA",
        "-----BEGIN ",
        "key=",
        "'",
    ),
    *('"', "{", "[", "<", "(", "=", ":", ";", ",", ".", "/", "\\", "%41", "&#65;", "\\u0041", "QUJD", "\n", " ", "\t"),
    *(
        "Ann ",
        "Dr. ",
        "SSN ",
        "IBAN ",
        "passport ",
        "password: ",
        "born ",
        "St. ",
        "12 Elm Street",
        "é",
        "\u0301",
        "１",
    ),
    *(
        "DE89",
        "+49 ",
        "(555) ",
        "192.168.",
        "a:b:c:",
        "patient ",
        "salary ",
        "\u200b",
        "\U0001f600",
        "x" * 40,
        "9" * 40,
    ),
)


def shapes() -> dict[str, Callable[[int], str]]:
    """Return name to a maker of a text of about so many characters."""
    draw = random.Random(7)

    def repeated(unit: str) -> Callable[[int], str]:
        return lambda size: (unit * (size // len(unit) + 1))[:size]

    def drawn(alphabet: str) -> Callable[[int], str]:
        return lambda size: "".join(draw.choices(alphabet, k=size))

    def rows(make: Callable[[], str]) -> Callable[[int], str]:
        def text(size: int) -> str:
            parts: list[str] = []
            length = 0
            while length < size:
                parts.append(make())
                length += len(parts[-1])
            return "".join(parts)[:size]

        return text

    def digits(count: int) -> str:
        return "".join(draw.choices(string.digits, k=count))

    def name() -> str:
        return f"{draw.choice(_NAMES)} {draw.choice(string.ascii_uppercase)}{''.join(draw.choices('aeioustrnl', k=6))}"

    return {
        "prose": rows(lambda: draw.choice(_WORDS) + " "),
        "names by the thousand": rows(lambda: f"{name()}, "),
        "CSV of private data": rows(
            lambda: f"{name()},{digits(3)}-{digits(2)}-{digits(4)},+1{digits(10)},{digits(16)}\n"
        ),
        "digits without end": drawn(string.digits),
        "digits in groups": rows(lambda: digits(4) + draw.choice(" -.")),
        "dots and digits": drawn("0123456789."),
        "dashes": repeated("-"),
        "spaces": repeated(" "),
        "line breaks and tabs": repeated("\n\t"),
        "mail without a domain": repeated("a.b+c@"),
        "addresses in addresses": repeated("http://a@b.c:d/"),
        "one word of letters": drawn(string.ascii_lowercase),
        "base64": drawn(string.ascii_letters + string.digits + "+/"),
        "hex": drawn("0123456789abcdef"),
        "context without values": repeated("passport number SSN IBAN card account password token "),
        "assignments": rows(
            lambda: f"key_{digits(2)}={''.join(draw.choices(string.ascii_letters + string.digits, k=24))}\n"
        ),
        "open armour": repeated("-----BEGIN PRIVATE KEY-----\n"),
        "open JSON": repeated('{"a":["'),
        "escapes": repeated("%31\\u0031&#49;"),
        "combining marks": repeated("a\u0301\u0302"),
        "zero width": repeated("1\u200b"),
        "other digits": drawn("０１２３٠١٢٣०१२३"),
        "capitals": drawn(string.ascii_uppercase + " "),
        "quotes": repeated("\"'`"),
    }


def prompts(path: Path | None) -> list[str]:
    """Return the prompts in `path`, or invented ones."""
    if path is None:
        draw = random.Random(3)
        return [
            " ".join(draw.choices(_WORDS, k=draw.randint(20, 400))).capitalize() + draw.choice(["?", ".", ":\n"])
            for _ in range(200)
        ]
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return [str(row.get("text") or row.get("prompt") or "") for row in rows]


def speed(engine: Engine, texts: Sequence[str]) -> None:
    """Print MB/s of the whole, and of each part by itself."""
    size = sum(len(text.encode()) for text in texts) / 1e6
    segments = [[Segment("", text)] for text in texts]
    parts: list[tuple[str, Callable[[int], object]]] = [("whole", lambda place: judge_text(engine, texts[place]))]
    parts += [(f"  {one.name}", lambda place, one=one: one.analyze(segments[place])) for one in engine.recognizers]
    parts += [
        (f"  topics: {type(model).__name__}", lambda place, model=model: model.analyze(segments[place], ()))
        for model in engine.topics
    ]
    print(f"speed: {len(texts)} texts, {size:.3f} MB")
    for name, work in parts:
        best = min(_seconds(work, len(texts)) for _ in range(3))
        print(f"  {name:32} {size / best:8.3f} MB/s  {1000 * best / len(texts):8.3f} ms/text")


def _seconds(work: Callable[[int], object], count: int) -> float:
    begun = time.process_time()
    for place in range(count):
        work(place)
    return time.process_time() - begun


def _cost(engine: Engine, text: str) -> float:
    begun = time.process_time()
    judge_text(engine, text)
    return time.process_time() - begun


def linearity(engine: Engine) -> None:
    """Print milliseconds per KB and ratios for each shape; the slowest and the steepest last."""
    print(f"linearity: ms per KB at {', '.join(f'{size // 1000} KB' for size in SIZES)}; ratios of the times")
    slowest, steep = ("", 0.0), []
    for name, make in shapes().items():
        judge_text(engine, make(SIZES[0]))
        costs = [min(_cost(engine, make(size)) for _ in range(2)) for size in SIZES]
        each = [1000 * cost / (size / 1000) for cost, size in zip(costs, SIZES, strict=True)]
        ratios = [later / before for before, later in itertools.pairwise(costs)]
        slowest = max(slowest, (name, each[-1]), key=lambda one: one[1])
        if ratios[-1] > STEEP:
            steep.append(name)
        print(
            f"  {name:26}" + "".join(f"{value:8.2f}" for value in each) + "   ×" + " ×".join(f"{r:.2f}" for r in ratios)
        )
    print(f"  slowest: {slowest[0]}, {slowest[1]:.2f} ms/KB; steeper than linear: {', '.join(steep) or 'none'}")


def search(engine: Engine, seconds: float, size: int = 10_000) -> None:
    """Look for a slow shape: repeat a few fragments, keep the slowest found, change one fragment at a time."""
    draw = random.Random(11)
    begun = time.monotonic()
    best, worst = [draw.choice(_FRAGMENTS)], 0.0
    while time.monotonic() - begun < seconds:
        unit = list(best) if draw.random() < 0.7 else []
        unit = [*unit, draw.choice(_FRAGMENTS)] if len(unit) < 4 or draw.random() < 0.3 else unit
        unit[draw.randrange(len(unit))] = draw.choice(_FRAGMENTS)
        unit = unit[-8:]
        text = "".join(unit)
        cost = _cost(engine, (text * (size // len(text) + 1))[:size])
        if cost > worst:
            best, worst = unit, cost
    text = "".join(best)
    costs = [_cost(engine, (text * (length // len(text) + 1))[:length]) for length in (size, 2 * size, 4 * size)]
    print(f"search: slowest unit {text!r}: {1000 * costs[0] / (size / 1000):.2f} ms/KB; ratios", end=" ")
    print(" ".join(f"×{later / before:.2f}" for before, later in itertools.pairwise(costs)))


def memory(engine: Engine, count: int) -> None:
    """Print the resident set at tenths of `count` distinct texts; the first tenth warms caches of bounded size."""
    print(f"memory over {count} distinct texts:")
    first = 0.0
    tenth = max(1, count // 10)
    for number, text in enumerate(_distinct(count), 1):
        judge_text(engine, text)
        if number % tenth == 0:
            gc.collect()
            now = _resident()
            first = first or now
            print(f"  {number:9} texts: {now:8.1f} MB ({now - first:+.1f})")


def _distinct(count: int) -> Iterator[str]:
    draw = random.Random(5)
    for number in range(count):
        words = ("".join(draw.choices(string.ascii_lowercase, k=draw.randint(3, 9))) for _ in range(5))
        surname = "".join(words).capitalize()
        yield f"Tell {draw.choice(_NAMES)} {surname} that order {number} of {draw.random()} is late."


def _resident() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    return 0.0


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["speed", "linearity", "memory", "all"], default="all")
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--search", type=float, default=0.0, metavar="SECONDS")
    given = parser.parse_args()
    engine = load_engine(None)
    for recognizer in engine.recognizers:
        if callable(load := getattr(recognizer, "warm", None)):
            load()
    texts = prompts(given.texts)
    judge_text(engine, texts[0])
    if given.part in {"speed", "all"}:
        speed(engine, texts)
    if given.part in {"linearity", "all"}:
        linearity(engine)
        if given.search:
            search(engine, given.search)
    if given.part in {"memory", "all"}:
        memory(engine, given.count)


if __name__ == "__main__":
    main()
