"""Trains the language model: `python -m training.languages.train --data ../shared/data --out classifiers/models/languages`.

Seconds. Learns from the prompts of the topic corpus in eight languages (all but the tenth that is kept out), the
Spanish clinical cases, and Faker's words of each language; scores the tenth kept out, the prompts in `topics/dev` and
the honest ones (of which only the language is used, and only to count).
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml
from faker import Faker

from gateway.detect.language import LanguageModel, features_of, words_of
from gateway.detect.words import hash_words
from training.common.manifest import manifest
from training.topics.rows import HERE
from training.topics.templates import Line, held_out, read_lines

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")
ROWS = 1 << 14
_LOCALES = {"de": "de_DE", "en": "en_US", "fr": "fr_FR", "it": "it_IT", "nl": "nl_NL", "pl": "pl_PL"}
_LOCALES |= {"es": "es_ES", "pt": "pt_PT"}
_SLOT = re.compile(r"\{[^{}\s]{1,30}\}|\[\[|\]\]|\|")
_SHARE = 12_000
"""Words that a language learns from at most, so that none is the favourite for having more text."""
_SMOOTHING = 0.3


def main() -> None:
    """Train, score, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("classifiers/models/languages"))
    given = parser.parse_args()
    corpus = read_lines(HERE / "corpus")
    rows = _fit(_words([line for line in corpus if not held_out(line.family)], given.data))
    scale = np.abs(rows).max() / 127
    whole = np.round(rows / scale).astype(np.int8)
    sets = {"kept out": [line for line in corpus if held_out(line.family)]}
    sets |= {"own": read_lines(HERE / "dev"), "honest": read_lines(HERE / "honest")}
    model = LanguageModel(LANGUAGES, whole.astype(np.float32) * scale, _SHARPNESS)
    scores = {name: _score(model, name, lines) for name, lines in sets.items()}
    _write(given.out, {"rows": whole, "scale": np.array([scale], dtype=np.float32)}, scores, given.data)


_SHARPNESS = 0.35


def _words(lines: Sequence[Line], data: Path) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        texts[line.language].append(_SLOT.sub(" ", line.text))
    for file in sorted((data / "clinical-es/train").rglob("*.txt")):
        texts["es"] += re.split(r"(?<=\.)\s", file.read_text(encoding="utf-8"))[:1]
    for language, locale in _LOCALES.items():
        fake = Faker(locale)
        fake.seed_instance(7)
        texts[language] += [fake.sentence(12) for _ in range(200)]
    rng = random.Random(7)
    found = {}
    for language in LANGUAGES:
        words = [word for text in texts[language] for word in words_of(text)]
        found[language] = rng.sample(words, min(len(words), _SHARE))
        print(f"{language}: {len(found[language])} of {len(words)} words")
    return found


def _fit(words: dict[str, list[str]]) -> np.ndarray:
    """Return (rows, languages): log of a feature's share in each language, above its mean over languages."""
    counts = np.full((ROWS, len(LANGUAGES)), _SMOOTHING)
    for column, language in enumerate(LANGUAGES):
        for word, count in Counter(words[language]).items():
            rows = (hash_words(features_of(word)) >> np.uint64(17)) & np.uint64(ROWS - 1)
            np.add.at(counts[:, column], rows.astype(np.int64), count)
    logs = np.log(counts / counts.sum(axis=0))
    return (logs - logs.mean(axis=1, keepdims=True)).astype(np.float32)


def _score(model: LanguageModel, name: str, lines: Sequence[Line]) -> dict[str, str]:
    """Return, for each language, how many are named rightly and how many wrongly; the rest is left open."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        said = model.identify(_SLOT.sub(" ", line.text))
        found[line.language]["right" if said == line.language else "open" if not said else "wrong"] += 1
    scores = dict(_rows(found))
    print(name, scores)
    return scores


def _rows(found: dict[str, Counter[str]]) -> Iterator[tuple[str, str]]:
    for language, counts in sorted(found.items()):
        yield language, f"{counts['right']} of {counts.total()} right, {counts['wrong']} wrong, {counts['open']} open"


def _write(out: Path, arrays: dict[str, np.ndarray], scores: dict[str, dict[str, str]], data: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    file = out / "weights.npz"
    np.savez(file, **arrays)
    card = {
        "kind": "LanguageModel",
        "format": "trigrams-v1",
        "name": "languages",
        "weights": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "languages": list(LANGUAGES),
        "sharpness": _SHARPNESS,
        "about": {
            "what": "Names the language of a segment: naive Bayes over words and trigrams, hashed; open when not sure.",
            "trained_on": "The prompts of training/topics/corpus (Apache-2.0), MEDDOCAN (CC BY 4.0), Faker's words (MIT).",
            "limits": "Short prompts of a few international words stay open. Other languages than these eight are taken "
            "for a neighbour or stay open: Danish for Dutch or German, Catalan for Spanish.",
        },
        "scores": scores,
        "data": manifest(data, ("clinical-es/train",)) | manifest(HERE, ("corpus",)),
    }
    text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=110)
    (out / "card.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
