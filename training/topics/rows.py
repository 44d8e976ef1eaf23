"""Makes the labelled texts: corpus lines filled, dressed and joined, and the texts of others."""

from __future__ import annotations

import math
import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from gateway.adapters.models import load_model
from gateway.core.model import Segment
from gateway.core.protocols import Recognizer
from gateway.detect.tagger import PRIVATE_SCORE
from training.topics.augment import Augmenter, stand_ins, surrogates
from training.topics.external import read_external
from training.topics.slots import Filler, read_lexicons
from training.topics.templates import LETTERS, TOPICS, Line, held_out, labels_of, read_corpus, read_lines

__all__ = ["HERE", "Row", "afresh_rows", "honest_rows", "make_rows", "own_rows"]

HERE = Path(__file__).parent
_DELICATE = re.compile(
    r"cancer|disease|diagnos|patient|hospital|medic|doctor|treat|therap|died|death|kill|murder|arrest|prison|convict|trial"
    r"|pregnan|abus|rape|Muslim|Jew|gay|homosex|debt|salary|password",
    re.IGNORECASE,
)
"""Not in the harmless text that is put around prompts: news and biographies may be about such things."""
_READ = frozenset(f"sitting{number}" for number in range(1, 11))
"""Of the prompts written afresh in these, the errors of one half were read."""
_VARIANTS = {"none": 5, "some": 7}
_WEIGHTS = {"low": 1.0, "moderate": 1.5, "high": 1.2}


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. `labels`: one value for each of `TOPICS`, NaN where not known."""

    text: str
    labels: tuple[float, ...]
    level: str
    genre: str
    language: str
    source: str
    family: str
    weight: float
    held_out: bool


def _labels(level: str, letters: str) -> tuple[float, ...]:
    if level == "sensitive":  # moderate or high, not known which
        labels = labels_of("high", letters) | {"highly_sensitive": math.nan, "protected_person_fact": math.nan}
    else:
        labels = labels_of(level, letters)
    return tuple(labels[topic] for topic in TOPICS)


def _row(line: Line, text: str) -> Row:
    labels = _labels(line.level, line.letters)
    return Row(
        text,
        labels,
        line.level,
        line.genre,
        line.language,
        line.source,
        line.family,
        _WEIGHTS[line.level],
        held_out(line.family),
    )


def make_rows(data: Path, seed: int = 11) -> list[Row]:
    """Return training and held-out rows; `data` as in SOURCES.md. The same seed gives the same rows."""
    rng = random.Random(seed)
    filler = Filler(HERE / "lexicons", seed)
    others = [
        Row(
            text=external.text[:6000],
            labels=_labels(external.level, external.letters),
            level=external.level,
            genre=external.genre,
            language=external.language,
            source=external.source,
            family=external.family,
            weight=external.weight,
            held_out=held_out(external.family),
        )
        for external in read_external(data)
    ]
    sides = {}
    for side in (False, True):
        harmless = [
            row.text
            for row in others
            if row.held_out is side and row.level == "low" and row.source in {"wikigold_train", "gum_train", "library"}
            if len(row.text) < 1500 and not _DELICATE.search(row.text)
        ]
        sides[side] = Augmenter(seed + side, harmless)
    rows = [row for line in read_corpus() for row in _variants(line, filler, sides)]
    dressed = [
        replace(row, text=sides[row.held_out].dress(row.text, row.language, row.genre)) if rng.random() < 0.3 else row
        for row in others
    ]
    rows += dressed
    rows += _joined(rows, rng)
    rows += _subjects(rng)
    rng.shuffle(rows)
    return rows


def _variants(line: Line, filler: Filler, sides: dict[bool, Augmenter]) -> Iterator[Row]:
    augmenter = sides[held_out(line.family)]
    rng = filler.random
    slots = "{" in line.text or "[[" in line.text
    of_people = line.level == "moderate" and "n" not in line.letters
    seen: set[str] = set()
    for number in range(_VARIANTS["some" if slots else "none"]):
        source, row_line = line.text, line
        if "i" not in line.letters and rng.random() < (0.35 if of_people and number else 0.15):
            changed = surrogates(source, rng) if slots else stand_ins(source, _people(source), rng)
            if changed != source and of_people:  # nothing private is left
                row_line = replace(line, level="low", letters=line.letters.replace("t", "").replace("p", "?"))
            source = changed
        text = filler.fill(source, line.language)
        if text in seen:
            continue
        seen.add(text)
        dressed = augmenter.dress(text, line.language, line.genre) if number else text
        yield replace(_row(row_line, dressed), family=line.family, held_out=held_out(line.family))


@cache
def _tagger() -> Recognizer:
    model = load_model(HERE.parents[1] / "classifiers" / "models" / "entities")
    assert isinstance(model, Recognizer)
    return model


def _people(text: str) -> list[tuple[int, int, str]]:
    """Return the people and addresses that the gateway would replace."""
    found = _tagger().analyze([Segment("/text", text)])
    return [
        (finding.start, finding.end, finding.entity_type)
        for finding in found
        if finding.entity_type in {"PERSON", "STREET_ADDRESS"} and finding.score >= PRIVATE_SCORE
    ]


def _joined(rows: list[Row], rng: random.Random) -> Iterator[Row]:
    """Yield texts of two or three parts: what one of them has, the whole has."""
    order = {"low": 0, "moderate": 1, "high": 2}
    for side in (False, True):
        pool = [row for row in rows if row.held_out is side and row.level in order and len(row.text) < 1200]
        for _ in range(len(pool) // 9):
            parts = rng.sample(pool, rng.choice([2, 2, 3]))
            labels = tuple(_either(values) for values in zip(*(part.labels for part in parts), strict=True))
            level = max((part.level for part in parts), key=order.__getitem__)
            text = rng.choice(["\n\n", "\n", "\n---\n", " "]).join(part.text for part in parts)
            main = max(parts, key=lambda part: order[part.level])
            yield Row(text, labels, level, "joined", main.language, "joined", main.family, 0.4, side)


def _subjects(rng: random.Random) -> Iterator[Row]:
    """Yield bare lists of words that belong to a subject: they teach the subject and say nothing of the level."""
    for (name, language), words in read_lexicons(HERE / "lexicons").items():
        if not name.startswith("subject_"):
            continue
        topic = LETTERS[name[-1]]
        labels = tuple(1.0 if topic == other else math.nan for other in TOPICS)
        for _ in range(len(words) * 2):
            text = rng.choice([", ", " ", "; ", " / "]).join(rng.sample(words, rng.randint(1, 6)))
            yield Row(text, labels, "unknown", "words", language, "subjects", f"subjects:{name}", 0.4, held_out=False)


def _either(values: tuple[float, ...]) -> float:
    if any(value == 1 for value in values):
        return 1.0
    return math.nan if any(math.isnan(value) for value in values) else 0.0


def honest_rows() -> list[Row]:
    """Return the prompts that were written without looking at the corpus and are never trained on."""
    return [_row(line, line.text) for line in read_lines(HERE / "honest")]


def afresh_rows(*, read: bool) -> list[Row]:
    """Return the prompts that were written by the labelling guide alone, or rather one part of them.

    Args:
        read: those whose errors were read: half of the first sittings; else all others, whose errors nobody has read.
    """
    lines = read_lines(HERE / "afresh")
    known = [line.source in _READ and zlib.crc32(f"half:{line.text}".encode()) % 2 == 0 for line in lines]
    return [_row(line, line.text) for line, was_read in zip(lines, known, strict=True) if was_read is read]


def own_rows() -> list[Row]:
    """Return the prompts by which errors are looked at and thresholds chosen: half of them calibrate, none trains."""
    return [_row(line, line.text) for line in read_lines(HERE / "dev")]
