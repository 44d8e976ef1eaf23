"""Scores an entity model on development texts: `python -m training.entity.evaluate --data ../shared/data --model DIR`.

What is printed:

* `exact`: precision, recall and F1 of PERSON (and LOCATION, ORGANIZATION) with exact borders, by corpus.
* `covered`: the share of private items all of whose letters lie in findings of any type.
* `flagged`: the share of ordinary prompts in which something private is found with a score of at least 0.5; of texts in
  other languages than English in which nobody is named also the share in which a name is found at all.
* `speed`: milliseconds per KB on one core over unseen ordinary prompts, second pass (words known) and first.

Composed development texts use templates, names and towns that training never sees.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from gateway.adapters.models import load_model
from gateway.core.model import Finding, Segment
from gateway.core.protocols import Recognizer
from training.entity import corpora, ordinary
from training.entity.examples import EITHER_PERSON, Example, augment
from training.entity.lexicon import LANGUAGES
from training.entity.scenes import scenes
from training.entity.synthesis import compose

__all__ = ["evaluate", "main"]

PRIVATE = frozenset({"PERSON", "STREET_ADDRESS", "RECORD_ID", "DATE_OF_BIRTH"})
_NAMES = frozenset({"PERSON", "PUBLIC_PERSON", EITHER_PERSON})
_LETTERS = str.isalnum
MIN_SCORE = 0.5


def _found(model: Recognizer, examples: Sequence[Example]) -> list[list[Finding]]:
    found: list[list[Finding]] = [[] for _ in examples]
    for first in range(0, len(examples), 200):
        for finding in model.analyze(
            [Segment(str(place), examples[place].text) for place in range(first, min(first + 200, len(examples)))]
        ):
            found[int(finding.path)].append(finding)
    return found


def exact(model: Recognizer, examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Return precision, recall, F1 by type, borders exact."""
    tally: Counter[tuple[str, str]] = Counter()
    for example, findings in zip(examples, _found(model, examples), strict=True):
        for kind in ("PERSON", "LOCATION", "ORGANIZATION"):
            gold = {
                (start, end)
                for start, end, label in example.spans
                if label == kind or (kind == "PERSON" and label in _NAMES)
            }
            ours = {(finding.start, finding.end) for finding in findings if finding.entity_type == kind}
            tally[kind, "right"] += len(gold & ours)
            tally[kind, "gold"] += len(gold)
            tally[kind, "ours"] += len(ours)
    scores = {}
    for kind in ("PERSON", "LOCATION", "ORGANIZATION"):
        right, gold, ours = (tally[kind, part] for part in ("right", "gold", "ours"))
        if gold:
            scores[kind] = {
                "precision": _share(right, ours),
                "recall": _share(right, gold),
                "f1": _share(2 * right, gold + ours),
            }
    return scores


def covered(
    model: Recognizer, examples: Sequence[Example], kinds: Iterable[str], *, private: bool = False
) -> dict[str, float]:
    """Return by kind the share of items all of whose letters and digits are found; `private`: by private findings."""
    wanted = frozenset(kinds)
    hit: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for example, findings in zip(examples, _found(model, examples), strict=True):
        seen = bytearray(len(example.text))
        for finding in findings:
            if not private or finding.score >= MIN_SCORE:
                seen[finding.start : finding.end] = b"\1" * (finding.end - finding.start)
        for start, end, kind in example.spans:
            if kind in wanted:
                every[kind] += 1
                hit[kind] += all(seen[place] or not _LETTERS(example.text[place]) for place in range(start, end))
    return {kind: _share(hit[kind], every[kind]) for kind in sorted(every)} | {
        "all": _share(sum(hit.values()), sum(every.values()))
    }


def flagged(model: Recognizer, examples: Sequence[Example]) -> float:
    """Return the share of texts with a private finding of at least `MIN_SCORE`."""
    return _share(
        sum(
            any(f.entity_type in PRIVATE and f.score >= MIN_SCORE for f in findings)
            for findings in _found(model, examples)
        ),
        len(examples),
    )


def named(model: Recognizer, examples: Sequence[Example]) -> float:
    """Return the share of texts with a name in them, of whatever score."""
    found = _found(model, examples)
    return _share(sum(any(f.entity_type == "PERSON" for f in findings) for findings in found), len(examples))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


def speed(directory: Path, texts: Sequence[str]) -> dict[str, float]:
    """Return ms per KB (1,000 code points) with a fresh model, first and best of three later passes, text by text."""
    model = load_model(directory)
    assert isinstance(model, Recognizer)
    size = sum(map(len, texts)) / 1000
    passes = []
    for _ in range(4):
        start = time.process_time()
        for text in texts:
            model.analyze([Segment("/x", text)])
        passes.append((time.process_time() - start) * 1000 / size)
    return {"first_pass_ms_per_kb": round(passes[0], 3), "ms_per_kb": round(min(passes[1:]), 3)}


def evaluate(directory: Path, data: Path) -> dict[str, Any]:
    """Return all scores of the model in `directory`."""
    model = load_model(directory)
    assert isinstance(model, Recognizer)
    scores: dict[str, Any] = {"exact": {}, "covered": {}, "flagged": {}}
    for name in ("wnut", "btc", "gum", "wikigold"):
        scores["exact"][name] = exact(model, corpora.named(data, name, dev=True))
    rng = random.Random(99)
    composed = compose(rng, 6000, dev=True, names=True)
    for genre in sorted({example.source for example in composed}):
        texts = [example for example in composed if example.source == genre]
        scores["covered"][genre] = covered(model, texts, ("PERSON", "STREET_ADDRESS"))
        scores["covered"][genre + ", score >= 0.5"] = covered(model, texts, ("PERSON", "STREET_ADDRESS"), private=True)
        if genre == "synthetic-public":
            scores["flagged"]["composed, public"] = flagged(model, texts)
    listed = compose(rng, 3000, dev=True, names=False)
    scores["covered"]["all composed, names of the lists"] = covered(model, listed, ("PERSON", "STREET_ADDRESS"))
    scores["covered"]["all composed, names of the lists, score >= 0.5"] = covered(
        model, listed, ("PERSON", "STREET_ADDRESS"), private=True
    )
    scores["covered"]["all composed"] = covered(
        model, composed, {kind for example in composed for _, _, kind in example.spans}
    )
    careless = [augment(example, rng) for example in composed]
    scores["covered"]["all composed, careless"] = covered(model, careless, ("PERSON", "STREET_ADDRESS"))
    lower = [
        Example(example.text.lower(), example.spans, example.source)
        for example in composed
        if len(example.text.lower()) == len(example.text)
    ]
    scores["covered"]["all composed, lower case"] = covered(model, lower, ("PERSON", "STREET_ADDRESS"))
    for known, name in ((True, "unknown names"), (False, "names of the lists")):
        lines = list(ordinary.kept(rng, names=known))
        for language in ("en", *LANGUAGES):
            its = [example for example in lines if example.source == f"ordinary {language}"]
            scores["covered"][f"kept lines, {language}, {name}"] = covered(model, its, ("PERSON",))
            scores["covered"][f"kept lines, {language}, {name}, score >= 0.5"] = covered(
                model, its, ("PERSON",), private=True
            )
    scores["covered"]["scenes (labelled by rule)"] = covered(model, scenes(data, dev=True), ("PERSON",), private=True)
    clinical = corpora.clinical_spanish(data, dev=True)
    scores["covered"]["meddocan"] = covered(
        model, clinical, {kind for example in clinical for _, _, kind in example.spans}
    )
    prompts = list(corpora.ordinary(data, dev=True))
    for name in ("arena", "clinc", "banking"):
        scores["flagged"][name] = flagged(model, [example for example in prompts if example.source == name])
    for name, examples in corpora.unnamed().items():
        scores["flagged"][name] = flagged(model, examples)
        scores["flagged"][name + ", any name"] = named(model, examples)
    scores["speed"] = speed(directory, [example.text for example in prompts if example.source == "arena"])
    return scores


def show(scores: dict[str, Any]) -> None:
    """Print the scores as a table."""
    for name, kinds in scores["exact"].items():
        print(
            f"exact    {name:34}"
            + "  ".join(
                f"{kind} P {s['precision']:.2f} R {s['recall']:.2f} F1 {s['f1']:.2f}" for kind, s in kinds.items()
            )
        )
    for name, shares in scores["covered"].items():
        print(f"covered  {name:34}" + "  ".join(f"{kind} {share:.3f}" for kind, share in shares.items()))
    for name, share in scores["flagged"].items():
        print(f"flagged  {name:34}{share:.3f}")
    print("speed    " + "  ".join(f"{name} {value}" for name, value in scores["speed"].items()))


def worst(directory: Path, data: Path) -> None:
    """Print what was wrongly flagged in ordinary prompts, and names missed in composed texts."""
    model = load_model(directory)
    assert isinstance(model, Recognizer)
    prompts = list(corpora.ordinary(data, dev=True))
    for example, findings in zip(prompts, _found(model, prompts), strict=True):
        for f in findings:
            if f.entity_type in PRIVATE and f.score >= MIN_SCORE:
                print(
                    f"flag {example.source} {f.entity_type} {f.score:.2f} {example.text[max(0, f.start - 40) : f.start]!r} [{example.text[f.start : f.end]}] {example.text[f.end : f.end + 30]!r}"
                )
    composed = compose(random.Random(99), 3000, dev=True, names=True)
    for example, findings in zip(composed, _found(model, composed), strict=True):
        for start, end, kind in example.spans:
            if kind in {"PERSON", "STREET_ADDRESS"} and not any(f.start <= start and f.end >= end for f in findings):
                print(
                    f"miss {example.source} {kind} {example.text[max(0, start - 40) : start]!r} [{example.text[start:end]}] {example.text[end : end + 30]!r}"
                )


def main() -> None:
    """Score a model; optionally keep the scores in its card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--keep", action="store_true", help="write the scores into the card")
    parser.add_argument("--worst", action="store_true", help="print errors instead")
    given = parser.parse_args()
    if given.worst:
        worst(given.model, given.data)
        return
    scores = evaluate(given.model, given.data)
    if given.json:
        print(json.dumps(scores))
    else:
        show(scores)
    if given.keep:
        file = given.model / "card.yaml"
        card = yaml.safe_load(file.read_text(encoding="utf-8")) | {"scores": scores}
        file.write_text(yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")


if __name__ == "__main__":
    main()
