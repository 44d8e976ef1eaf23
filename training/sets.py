"""The development sets that the report scores, each read into `gateway.evaluation` examples.

What neither shipped model was trained on: development files, tenths kept out by each model's own rule, templates and
names kept out. Where two models keep out different parts, only texts that both keep out are taken.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.core.model import Sensitivity
from gateway.evaluation.examples import Example, read_brat, read_jsonl
from training.common.manifest import sha256_of
from training.entity import corpora
from training.entity.synthesis import compose
from training.topics.external import read_external
from training.topics.rows import Row, afresh_rows, honest_rows
from training.topics.templates import held_out
from training.values import values

__all__ = ["SETS", "DevelopmentSet", "hashes", "read_set"]

_COVERED: Final = frozenset({"PERSON", "STREET_ADDRESS"})


@dataclass(frozen=True, slots=True)
class DevelopmentSet:
    """A set by name: what it is, how it is read, and which files (below the data folder) it comes from."""

    what: str
    read: Callable[[Path], list[Example]]
    files: tuple[str, ...] = ()


def _file(name: str) -> Callable[[Path], list[Example]]:
    return lambda data: read_jsonl((data / name).read_bytes(), Path(name).name)


def _wikipedia(data: Path) -> list[Example]:
    kept = {example.text for example in corpora.named(data, "wikigold", dev=True)}
    return [example for example in _file("ner/wikigold_train.jsonl")(data) if example.text in kept]


def _clinical(data: Path) -> list[Example]:
    files = sorted((data / "clinical-es/dev/brat").glob("*.txt"))
    pairs = [(file, file.read_bytes().decode(), file.with_suffix(".ann").read_bytes().decode()) for file in files]
    return [read_brat(text, notes, file.stem) for file, text, notes in pairs]


def _composed(data: Path) -> list[Example]:  # noqa: ARG001 - made, not read
    return [
        Example(
            f"composed:{number}",
            made.text,
            None,
            tuple(span for span in made.spans if span[2] in _COVERED),
            made.source.removeprefix("synthetic-"),
        )
        for number, made in enumerate(compose(random.Random(4711), 3000, dev=True, names=True))
    ]


def _arena(data: Path) -> list[Example]:
    """Prompts that neither model learned from: the entity model's half, less the clusters that the topic model reads.

    Those that tell of a particular patient or of the writer's own firm are left out: by the guide they are not low.
    """
    unread = {e.text for e in read_external(data) if e.source == "arena_hard" and held_out(e.family)}
    kept = {example.text for example in corpora.ordinary(data, dev=True) if example.source == "arena"}
    return _low("arena_hard", (text for text in _arena_prompts(data) if text in kept and text in unread))


def _arena_all(data: Path) -> list[Example]:
    return _low("arena_hard", _arena_prompts(data))


def _arena_prompts(data: Path) -> Iterable[str]:
    for line in (data / "prompts/arena_hard_v0.1.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["prompt"]


def _assistant(data: Path) -> list[Example]:
    """Questions of clinc150's test parts, which the topic model never reads, that the entity model keeps out too."""
    sets = json.loads((data / "prompts/clinc150.json").read_text(encoding="utf-8"))
    kept = {example.text for example in corpora.ordinary(data, dev=True) if example.source == "clinc"}
    return _low("clinc150", (text for part in ("test", "oos_test") for text, _ in sets[part] if text in kept))


def _honest(data: Path) -> list[Example]:  # noqa: ARG001 - lies beside the code
    return _labelled("honest", honest_rows())


def _afresh(data: Path) -> list[Example]:  # noqa: ARG001 - lies beside the code
    return _labelled("afresh", afresh_rows(read=False))


def _levels(data: Path) -> list[Example]:  # noqa: ARG001 - lies beside the code
    return _labelled("levels", [*honest_rows(), *afresh_rows(read=False)])


def _afresh_read(data: Path) -> list[Example]:  # noqa: ARG001 - lies beside the code
    return _labelled("afresh-read", afresh_rows(read=True))


def _labelled(name: str, rows: Iterable[Row]) -> list[Example]:
    return [
        Example(f"{name}:{number}", row.text, Sensitivity.parse(row.level), None, row.genre, row.language)
        for number, row in enumerate(rows)
    ]


def _low(name: str, texts: Iterable[str]) -> list[Example]:
    return [Example(f"{name}:{number}", text, Sensitivity.LOW) for number, text in enumerate(texts)]


SETS: Final[dict[str, DevelopmentSet]] = {
    "wnut": DevelopmentSet(
        "posts of social media (WNUT 17, dev)", _file("ner/wnut_dev.jsonl"), ("ner/wnut_dev.jsonl",)
    ),
    "btc": DevelopmentSet("tweets (Broad Twitter Corpus, dev)", _file("ner/btc_dev.jsonl"), ("ner/btc_dev.jsonl",)),
    "gum": DevelopmentSet(
        "interviews, court, academic, news (GUM, dev)", _file("ner/gum_dev.jsonl"), ("ner/gum_dev.jsonl",)
    ),
    "wikigold": DevelopmentSet("Wikipedia (wikigold, a tenth kept out)", _wikipedia, ("ner/wikigold_train.jsonl",)),
    "composed": DevelopmentSet("prompts by templates and with names kept out", _composed),
    "values": DevelopmentSet(
        "phones of all countries, cards, mail addresses, IBANs, SSNs in prompts", lambda _: values(7, 400)
    ),
    "clinical": DevelopmentSet("Spanish clinical cases (MEDDOCAN, dev)", _clinical, ("clinical-es/dev",)),
    "arena": DevelopmentSet(
        "prompts of real users (arena-hard), kept out of both models, less those about a patient or the writer's own firm",
        _arena,
        ("prompts/arena_hard_v0.1.jsonl",),
    ),
    "arena-all": DevelopmentSet(
        "prompts of real users (arena-hard), all: most of them were training data",
        _arena_all,
        ("prompts/arena_hard_v0.1.jsonl",),
    ),
    "clinc150": DevelopmentSet(
        "questions to assistants (clinc150, test parts), kept out of both models",
        _assistant,
        ("prompts/clinc150.json",),
    ),
    "honest": DevelopmentSet("prompts of all levels, written before the corpus; errors read by kind", _honest),
    "levels": DevelopmentSet("the prompts of `honest` and `afresh` together", _levels),
    "afresh": DevelopmentSet("prompts of all levels, written by the guide alone; errors not read", _afresh),
    "afresh-read": DevelopmentSet("half of the first sittings, whose errors were read", _afresh_read),
}


def read_set(name: str, data: Path, limit: int | None = None) -> tuple[list[Example], str]:
    """Return the examples of a set and the SHA-256 of exactly these, as JSON lines; `limit`: a sample spread evenly."""
    examples = SETS[name].read(data)
    if limit is not None and len(examples) > limit:
        examples = [examples[place * len(examples) // limit] for place in range(limit)]
    whole = hashlib.sha256()
    for example in examples:
        level = example.level.label if example.level is not None else None
        whole.update(json.dumps([example.text, level, example.spans]).encode() + b"\n")
    return examples, whole.hexdigest()


def hashes(data: Path) -> dict[str, str]:
    """Return the SHA-256 of every file or folder that a set comes from."""
    return {file: sha256_of(data / file) for file in sorted({file for one in SETS.values() for file in one.files})}
