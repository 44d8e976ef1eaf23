"""What detection costs: microseconds of CPU a kilobyte, beside stock Presidio in the same run.

    python -m benchmarks.detection [PROSE_FILE] [--presidio]

Texts are made here from fixed seeds, unless a file of prose is named. The worst cases are 100 KB each; they must cost
at most twenty times what prose costs. `--presidio` runs Presidio's analyzer (blank pipeline, all default recognisers)
on the same texts but the longest dense one, for its time grows with the square of the length. (It asks the network for
a list of domains and logs that it cannot have it.)
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from gateway.adapters.presidio import PresidioRecognizer
from gateway.core.model import Segment
from gateway.detect.packs import load_packs

ROOT = Path(__file__).parents[1]
RUNS = 5
WORST = ["1", "1 ", "0-", "12-", "1.", "+1", "A1", "a@", "a@b.", "f:", "-", " ", "x", "A ", "4111 ", "(1)", "é", "٣"]
WORST += ["Dear ", "ssn 1", "DE12 ", "1 rue de ", "1° 1' ", '"', "\\u0031", "%31", "&#49;", "one ", "MTEx", "31 "]
WORST += ["=", "\u202e1", "card 4111 ", "<b>1</b>", "1\u200b"]


def prose() -> str:
    """Return about 100 KB of this project's documents."""
    files = sorted((ROOT / "docs").rglob("*.md"))
    return (" ".join(file.read_text(encoding="utf-8") for file in files) * 20)[:100_000]


def table() -> str:
    """Return 100 KB of rows of personal data, all invented."""
    draw = random.Random(1)
    rows = ["id,name,email,phone,ssn,card,born,address,zip,ip"]
    rows += [
        f"{number},Anna Kowalski,anna{number}@mail-{number % 9}.de,+49 30 {draw.randint(100000, 9999999)},"
        f"{draw.randint(100, 665)}-{draw.randint(10, 99)}-{draw.randint(1000, 9999)},"
        f"{draw.randint(4000, 5999)} {draw.randint(1000, 9999)} {draw.randint(1000, 9999)} 1111,"
        f"19{draw.randint(50, 99)}-0{draw.randint(1, 9)}-1{draw.randint(0, 9)},{draw.randint(1, 200)} Main Street,"
        f"{draw.randint(10000, 99999)},10.{number % 255}.{number % 99}.{number % 77}"
        for number in range(1200)
    ]
    return "\n".join(rows)[:100_000]


def cost(analyze: Callable[[str], object], text: str) -> float:
    """Return the median of several runs, in microseconds of CPU a kilobyte."""
    times = []
    for _ in range(RUNS):
        repeats = max(1, 20_000 // len(text))
        start = time.process_time()
        for _ in range(repeats):
            analyze(text)
        times.append((time.process_time() - start) / repeats)
    return median(times) * 1e9 / len(text)


def stock() -> Callable[[str], object]:
    """Return stock Presidio on a blank pipeline."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        def load(self) -> None:
            self.nlp = {"en": spacy.blank("en")}

    engine = Blank()
    engine.load()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
    return lambda text: analyzer.analyze(text, language="en")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prose", type=Path, nargs="?")
    parser.add_argument("--presidio", action="store_true")
    options = parser.parse_args()
    packs = sorted((ROOT / "classifiers" / "packs").glob("*.yaml"))
    recognizer = PresidioRecognizer(load_packs({path.name: path.read_text(encoding="utf-8") for path in packs}))
    recognizer.warm()
    text = options.prose.read_text(encoding="utf-8")[:100_000] if options.prose else prose()
    code = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "gateway").glob("*.py")))[:30_000]
    rows = table()
    texts = {
        "prose, 1 KB": text[:1000],
        "prose, 10 KB": text[:10_000],
        "prose, 100 KB": text,
        "code, 30 KB": code,
        "table of personal data, 1 KB": rows[:1000],
        "table of personal data, 10 KB": rows[:10_000],
        "table of personal data, 100 KB": rows,
    }
    other = stock() if options.presidio else None

    def own(text: str) -> object:
        return recognizer.analyze([Segment("/text", text)])

    print(f"{'text':34}{'us/KB':>10}{'Presidio':>12}")
    usual = cost(own, text)
    for name, sample in texts.items():
        theirs = f"{cost(other, sample):12.0f}" if other is not None and not name.endswith("data, 100 KB") else ""
        print(f"{name:34}{cost(own, sample):10.0f}{theirs}", flush=True)
    worst = {unit: cost(own, (unit * 100_000)[:100_000]) for unit in WORST}
    for unit, figure in sorted(worst.items(), key=lambda entry: -entry[1])[:8]:
        print(f"{'100 KB of ' + repr(unit):34}{figure:10.0f}")
    print(f"the worst costs {max(worst.values()) / usual:.1f} times as much as prose")


if __name__ == "__main__":
    main()
