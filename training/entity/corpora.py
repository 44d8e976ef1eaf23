"""Reads the corpora of `shared/data` (see its SOURCES.md) into examples, training and development apart."""

from __future__ import annotations

import csv
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from training.entity.examples import ANYTHING, EITHER_PERSON, KINDS, Example
from training.topics.templates import held_out, read_lines

__all__ = ["FILES", "clinical_english", "clinical_spanish", "harmless", "named", "ordinary", "sentences", "unnamed"]

FILES = (
    "ner/wnut_train.jsonl",
    "ner/btc_train.jsonl",
    "ner/wikigold_train.jsonl",
    "ner/gum_train.jsonl",
    "prompts/clinc150.json",
    "prompts/banking77_train.csv",
    "prompts/arena_hard_v0.1.jsonl",
    "prompts/mts_dialog_train.csv",
    "clinical-es/train",
    "scenarios/privacylens.json",
)
"""What training reads, relative to the data folder; a folder means all files in it."""

_HANDLE = re.compile(r"@\w+")
_NOT_NAMED = frozenset(KINDS) - {"PERSON", "PUBLIC_PERSON", "LOCATION", "ORGANIZATION"}
_FACTS = frozenset({"LOCATION", "ORGANIZATION", "DATE_TIME", "TITLE", "NRP"})
_NOT_PRIVATE = _FACTS | {"PUBLIC_PERSON", "SEX", "AGE"}
_SPANISH = {
    "NOMBRE_SUJETO_ASISTENCIA": "PERSON",
    "NOMBRE_PERSONAL_SANITARIO": "PERSON",
    "EDAD_SUJETO_ASISTENCIA": "AGE",
    "SEXO_SUJETO_ASISTENCIA": "SEX",
    "FAMILIARES_SUJETO_ASISTENCIA": "RELATIVE",
    "FECHAS": "DATE_TIME",
    "PROFESION": "TITLE",
    "HOSPITAL": "ORGANIZATION",
    "CENTRO_SALUD": "ORGANIZATION",
    "INSTITUCION": "ORGANIZATION",
    "CALLE": "STREET_ADDRESS",
    "TERRITORIO": "LOCATION",
    "PAIS": "LOCATION",
    "ID_ASEGURAMIENTO": "RECORD_ID",
    "ID_CONTACTO_ASISTENCIAL": "RECORD_ID",
    "ID_EMPLEO_PERSONAL_SANITARIO": "RECORD_ID",
    "ID_SUJETO_ASISTENCIA": "RECORD_ID",
    "ID_TITULACION_PERSONAL_SANITARIO": "RECORD_ID",
    "OTROS_SUJETO_ASISTENCIA": "RECORD_ID",
}


def _dev(text: str, share: int = 10) -> bool:
    return zlib.crc32(text.encode()) % share == 0


def named(data: Path, name: str, *, dev: bool) -> list[Example]:
    """Return wnut, btc, gum or wikigold; wikigold has no development file, so a tenth of it is kept out."""
    split = "dev" if dev and name != "wikigold" else "train"
    # Encyclopaedia articles are about public people; posts and interviews are about either kind.
    person = "PUBLIC_PERSON" if name == "wikigold" else EITHER_PERSON
    examples = []
    for line in (data / f"ner/{name}_{split}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if name == "wikigold" and _dev(row["text"]) is not dev:
            continue
        spans = [(start, end, person if kind == "PERSON" else kind) for start, end, kind in row["spans"]]
        if name == "wnut":
            # One corpus of posts labels handles as persons, this one does not label them: they stay open.
            spans += [(*match.span(), ANYTHING) for match in _HANDLE.finditer(row["text"])]
        examples.append(Example(row["text"], tuple(sorted(spans)), name, _NOT_NAMED))
    return examples


def clinical_spanish(data: Path, *, dev: bool) -> list[Example]:
    """Return MEDDOCAN's cases; phones, faxes and e-mail addresses are left to patterns."""
    examples = []
    for file in sorted((data / "clinical-es" / ("dev" if dev else "train") / "brat").glob("*.txt")):
        text = file.read_text(encoding="utf-8")
        spans = []
        for line in file.with_suffix(".ann").read_text(encoding="utf-8").splitlines():
            if not line.startswith("T"):
                continue
            kind, start, end = line.split("\t")[1].split()[:3]
            if kind in _SPANISH:
                born = kind == "FECHAS" and re.search(
                    r"nacimiento\W*$|nacid[oa] el\W*$", text[max(0, int(start) - 25) : int(start)], re.IGNORECASE
                )
                spans.append((int(start), int(end), "DATE_OF_BIRTH" if born else _SPANISH[kind]))
        examples.append(Example(text, tuple(sorted(spans)), "meddocan"))
    return examples


_RULES = (
    (
        re.compile(
            r"(?<=Dr\. )[A-Z]\w+(?: [A-Z]\w+)?|(?<=Mr\. )[A-Z]\w+|(?<=Ms\. )[A-Z]\w+|(?<=Mrs\. )[A-Z]\w+|(?<=Miss )[A-Z]\w+"
        ),
        "PERSON",
    ),
    (
        re.compile(
            r"\b\d{1,3}[- ](?:year|month|week)s?[- ]old\b|(?<=age of )\d{1,3}\b|(?<=I am )\d{2}\b(?! (?:w|m|d))|(?<=I'm )\d{2}\b(?=\.)"
        ),
        "AGE",
    ),
    (
        re.compile(
            r"\b\d{1,2}/\d{1,2}/\d{2,4}\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)"
            r"(?: \d{1,2}(?:st|nd|rd|th)?)?(?:,? \d{4}\b)?(?<=\d)|\b(?:19|20)\d\d\b"
        ),
        "DATE_TIME",
    ),
    (
        re.compile(
            r"(?<=old )(?:white |black |Caucasian |African-American |Hispanic )?(?:female|male|woman|man|girl|boy|gentleman|lady)\b"
        ),
        "SEX",
    ),
    (re.compile(r"\b(?:Caucasian|Hispanic|African[- ]American|Asian|Latino)\b"), "NRP"),
)


def clinical_english(data: Path) -> list[Example]:
    """Return MTS-Dialog's notes and dialogues, labelled by rules; what the rules can't know stays open."""
    with (data / "prompts/mts_dialog_train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [_ruled(text) for row in rows for text in (row["section_text"], row["dialogue"]) if text]


def _ruled(text: str) -> Example:
    taken: list[tuple[int, int, str]] = []
    for pattern, kind in _RULES:
        for match in pattern.finditer(text):
            if all(match.end() <= start or match.start() >= end for start, end, _ in taken):
                taken.append((match.start(), match.end(), kind))
    return Example(
        text,
        tuple(sorted(taken)),
        "mts",
        frozenset({"LOCATION", "ORGANIZATION", "TITLE", "NRP", "SEX", "RELATIVE", "AGE", "DATE_TIME", "RECORD_ID"}),
    )


def ordinary(data: Path, *, dev: bool) -> Iterator[Example]:
    """Yield ordinary prompts: no private person in them; a place, a firm, a date, a famous name there may be."""
    for line in (data / "prompts/arena_hard_v0.1.jsonl").read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["prompt"]
        if _dev(text, 2) is dev:
            yield Example(text, (), "arena", _NOT_PRIVATE)
    for parts in json.loads((data / "prompts/clinc150.json").read_text(encoding="utf-8")).values():
        for text, _ in parts:
            if _dev(text) is dev:
                yield Example(text, (), "clinc", _FACTS)
    with (data / "prompts/banking77_train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if _dev(row["text"]) is dev:
                yield Example(row["text"], (), "banking", _FACTS)


def harmless() -> list[Example]:
    """Return the topic model's English corpus as far as it is low and has no slots: no private person in it.

    A place, a firm, a date, a figure of public life or of a story there may be. Other languages: `ordinary.py`.
    """
    lines = read_lines(Path(__file__).parents[1] / "topics" / "corpus")
    plain = [line for line in lines if line.level == "low" and "{" not in line.text and "[[" not in line.text]
    return [
        Example(line.text, (), "harmless prompts", _NOT_PRIVATE | {"RELATIVE"})
        for line in plain
        if line.language == "en" and not held_out(line.family)
    ]


def unnamed() -> dict[str, list[Example]]:
    """Return texts in seven languages in which nobody private is named, by language and whether their errors were read.

    Never trained on. The blind half: odd CRC-32 of `half:` and the line.
    """
    found: dict[str, list[Example]] = {}
    for file in sorted((Path(__file__).parent / "harmless").glob("*.txt")):
        for raw in file.read_text(encoding="utf-8").splitlines():
            line = raw.replace("\\n", "\n")
            half = "blind" if zlib.crc32(f"half:{line}".encode()) % 2 else "read"
            example = Example(line, (), f"unnamed {file.stem}, {half}")
            found.setdefault(example.source, []).append(example)
    return found


def sentences(data: Path) -> list[str]:
    """Return short harmless sentences of the training part, to mix into composed texts."""
    return [
        example.text for example in ordinary(data, dev=False) if len(example.text) < 120 and "\n" not in example.text
    ]
