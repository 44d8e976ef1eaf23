"""Scores a topic model by the labelling guide: macro-F1, leak and over-blocking with Wilson intervals, ms per KB.

    python -m training.topics.evaluate --data ../shared/data --model classifiers/models/topics

Levels here come from the topics alone, by the thresholds of the card; the gateway adds what its recognizers find.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from gateway.core.model import Segment
from gateway.detect.topic_weights import TopicWeights
from gateway.detect.topics import HashedTopicModel
from training.common.overlap import overlap as shared_runs
from training.topics.external import read_external
from training.topics.rows import Row, afresh_rows, honest_rows, make_rows, own_rows
from training.topics.templates import first_half, held_out, read_corpus

LEVELS = ("low", "moderate", "high")
ORDINARY = ("arena_hard", "clinc150", "banking77")
Thresholds = dict[str, dict[str, float]]


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", type=Path, default=Path("classifiers/models/topics"))
    parser.add_argument("--errors", type=int, default=0, help="show so many errors of each set")
    parser.add_argument("--keep", action="store_true", help="write the scores into the card")
    parser.add_argument("--sweep", action="store_true", help="only print the price pair over thresholds")
    options = parser.parse_args()
    card = yaml.safe_load((options.model / "card.yaml").read_text(encoding="utf-8"))
    model = HashedTopicModel(card["topics"], TopicWeights.from_arrays(np.load(options.model / "weights.npz")))
    rows = make_rows(options.data)
    kept = [row for row in rows if row.held_out and not first_half(row.family) and row.level in LEVELS]
    if options.sweep:
        others = [row for rows in development(options.data).values() for row in rows if row.source in ORDINARY]
        sweep(model, kept + own_rows(), others)
        return
    thresholds: Thresholds = card["thresholds"]
    scores = {}
    sets = {"held-out": kept, "own": own_rows(), "honest": honest_rows()}
    sets |= {"afresh": afresh_rows(read=False), "afresh-read": afresh_rows(read=True), **development(options.data)}
    for name, chosen in sets.items():
        scores[name] = report(name, model, chosen, thresholds, options.errors)
    overlap(options.data)
    if options.keep:
        text = yaml.safe_dump(card | {"scores": scores}, sort_keys=False, allow_unicode=True, width=110)
        (options.model / "card.yaml").write_text(text, encoding="utf-8")


def development(data: Path) -> dict[str, list[Row]]:
    """Return texts of the development parts, which no training reads."""
    held: dict[str, list[Row]] = {}
    for external in read_external(data, seed=99):
        if external.source in {"arena_hard", "clinc150", "banking77"} and held_out(external.family):
            held.setdefault(external.source, []).append(_plain(external.text, "low", external.source))
    for file in sorted((data / "clinical-es/dev").rglob("*.txt")):
        held.setdefault("clinical-es dev", []).append(_plain(file.read_text(encoding="utf-8"), "high", "clinical"))
    for name in ("btc_dev", "wnut_dev", "gum_dev"):
        for line in (data / f"ner/{name}.jsonl").read_text(encoding="utf-8").splitlines():
            held.setdefault(name, []).append(_plain(json.loads(line)["text"], "low", name))
    return held


def _plain(text: str, level: str, source: str) -> Row:
    return Row(text, (), level, "text", "es" if source == "clinical" else "en", source, source, 1.0, held_out=True)


def level_of(probabilities: dict[str, float], thresholds: Thresholds) -> str:
    """Return the highest level any of whose topics reaches its threshold."""
    for level in ("high", "moderate"):
        if any(probabilities[topic] >= floor for topic, floor in thresholds[level].items()):
            return level
    return "low"


def wilson(hits: int, count: int) -> str:
    """Return a share with its 95 % interval (Wilson 1927), in percent."""
    if not count:
        return "–"
    z, share = 1.96, hits / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return f"{100 * share:.1f} % [{100 * max(centre - half, 0):.1f}, {100 * min(centre + half, 1):.1f}] of {count}"


def macro_f1(wanted: Sequence[str], found: Sequence[str]) -> float:
    """Return the mean F1 over the levels that occur in `wanted`."""
    scores = []
    for level in sorted(set(wanted)):
        hit = sum(w == f == level for w, f in zip(wanted, found, strict=True))
        scores.append(2 * hit / max(wanted.count(level) + found.count(level), 1))
    return sum(scores) / len(scores)


def report(
    name: str, model: HashedTopicModel, rows: list[Row], thresholds: Thresholds, errors: int
) -> dict[str, object]:
    """Print one set's figures and return those that the card keeps."""
    texts = [[Segment("/text", row.text)] for row in rows]
    began = time.process_time()
    found = [model.analyze(segments, ()).probabilities for segments in texts]
    spent = time.process_time() - began
    kilobytes = sum(len(row.text.encode()) for row in rows) / 1024
    levels = [level_of(dict(probabilities), thresholds) for probabilities in found]
    wanted = [row.level for row in rows]
    table = Counter(zip(wanted, levels, strict=True))
    private = sum(level != "low" for level in wanted)
    leaked = sum(w != "low" and f == "low" for w, f in zip(wanted, levels, strict=True))
    kept = sum(w == "low" and f != "low" for w, f in zip(wanted, levels, strict=True))
    print(f"\n{name}: {len(rows)} texts, macro-F1 {macro_f1(wanted, levels):.3f}, {1000 * spent / kilobytes:.2f} ms/KB")
    for level in LEVELS:
        if level in wanted:
            print(f"  {level:9}", "  ".join(f"{other} {table[level, other]:5}" for other in LEVELS))
    scores: dict[str, object] = {"texts": len(rows), "macro_f1": round(macro_f1(wanted, levels), 3)}
    if private:
        scores["leaked"] = wilson(leaked, private)
    if low := len(rows) - private:
        scores["low_kept_from_the_cloud"] = wilson(kept, low)
        scores["low_judged_high"] = wilson(table["low", "high"], low)
    for what, figure in list(scores.items())[2:]:
        print(f"  {what.replace('_', ' ')}: {figure}")
    for what in ("language", "genre"):
        groups = sorted({getattr(row, what) for row in rows})
        if len(groups) > 1:
            parts = []
            for group in groups:
                picked = [i for i, row in enumerate(rows) if getattr(row, what) == group]
                parts.append(f"{group} {sum(wanted[i] == levels[i] for i in picked) / len(picked):.3f} ({len(picked)})")
            print(f"  right by {what}:", ", ".join(parts))
    wrong = [i for i in range(len(rows)) if wanted[i] != levels[i]]
    for index in wrong[:errors]:
        top = {t: round(p, 2) for t, p in found[index].items() if p > 0.2}
        print(f"    {wanted[index]} -> {levels[index]} {rows[index].language} {rows[index].text[:200]!r} {top}")
    return scores


def sweep(model: HashedTopicModel, rows: list[Row], ordinary: list[Row]) -> None:
    """Print leak and over-blocking over thresholds of `highly_sensitive` and `sensitive`; `rows` are not the honest."""

    def judged(texts: list[Row]) -> np.ndarray:
        found = [model.analyze([Segment("/text", row.text)], ()).probabilities for row in texts]
        return np.array([(p["highly_sensitive"], p["sensitive"]) for p in found])

    own, others = judged(rows), judged(ordinary)
    wanted = [row.level for row in rows]
    print("high  moderate  macro-F1  leaked  low kept  | ordinary: high  not low")
    for high in (0.3, 0.4, 0.5, 0.6):
        for moderate in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
            found = [_level(*values, high, moderate) for values in own]
            free = [_level(*values, high, moderate) for values in others]
            private = sum(level != "low" for level in wanted)
            leaked = sum(w != "low" == f for w, f in zip(wanted, found, strict=True)) / private
            kept = sum(w == "low" != f for w, f in zip(wanted, found, strict=True)) / (len(wanted) - private)
            print(
                f"{high:4}  {moderate:8}  {macro_f1(wanted, found):8.3f}  {leaked:6.3f}  {kept:8.3f}  |"
                f" {free.count('high') / len(free):14.3f}  {1 - free.count('low') / len(free):7.3f}"
            )


def _level(highly: float, sensitive: float, high: float, moderate: float) -> str:
    if highly >= high:
        return "high"
    return "moderate" if sensitive >= moderate else "low"


def overlap(data: Path) -> None:
    """Print how many prompts of the corpus, held out or honest, share a run of words with a training text.

    Compared before slots are filled and texts are dressed: instructions around a text are the same on both sides.
    """
    lines = [(line.text, held_out(line.family)) for line in read_corpus()]
    lines += [(external.text, held_out(external.family)) for external in read_external(data)]
    training = [text for text, kept in lines if not kept]
    for name, texts in (
        ("held-out", [text for text, kept in lines if kept]),
        ("honest", [row.text for row in honest_rows()]),
        ("afresh", [row.text for read in (False, True) for row in afresh_rows(read=read)]),
    ):
        shared, long = shared_runs(training, texts)
        print(f"\n{name}: {shared} of {long} texts share 8 words in a row with a training text")


if __name__ == "__main__":
    main()
