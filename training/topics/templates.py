r"""Reads the corpus files: one prompt a line under a header that says what it is.

A header is `# LEVEL TOPICS GENRE LANGUAGE`. TOPICS are letters: h health, f finance, s special category, m minors,
l legal or criminal, c credentials as a subject, b business, x source code, k public knowledge, p a particular person,
t contact data, i an identifier of a person, K a credential given away, n an organisation's own unpublished matter.
A `?` leaves it open whether a particular person is meant. In a line, `\n` is a line break, `{slot}` a value (`slots.py`)
and `[[a|b]]` a choice. A line is a *family*: all texts made of it are on the same side of the split.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CORPUS", "LETTERS", "TOPICS", "Line", "first_half", "held_out", "labels_of", "read_corpus", "read_lines"]

CORPUS = ("corpus", "wider")
"""Folders of prompts to train on; the second was written for its breadth of words, languages and situations."""

LETTERS = {
    "h": "health",
    "f": "finance",
    "s": "special_category",
    "m": "minors",
    "l": "legal_criminal",
    "c": "credentials",
    "x": "source_code",
    "k": "public_knowledge",
    "p": "particular_person",
    "t": "contact_data",
}
TOPICS = (
    *("health", "finance", "special_category", "minors", "legal_criminal", "credentials", "source_code"),
    *("public_knowledge", "particular_person", "contact_data", "business", "proprietary_code"),
    *("protected_person_fact", "credential_disclosed", "sensitive", "highly_sensitive"),
)
"""The model's topics, in order; the last two come of the level heads."""

_HEADER = re.compile(r"# (high|moderate|low) ([a-zA-Z?]+) (\w+) (\w\w)")


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt of the corpus, slots and choices still in it."""

    text: str
    level: str
    letters: str
    genre: str
    language: str
    source: str

    @property
    def family(self) -> str:
        """What stays together when the corpus is split."""
        return f"{self.source}:{zlib.crc32(self.text.encode()):08x}"


def labels_of(level: str, letters: str) -> dict[str, float]:
    """Return 1, 0 or NaN (not known) for each of `TOPICS`."""
    labels = dict.fromkeys(TOPICS, 0.0)
    for letter, topic in LETTERS.items():
        labels[topic] = float(letter in letters)
    labels["credentials"] = float("c" in letters or "K" in letters)
    labels["business"] = float("b" in letters and "n" in letters)
    labels["proprietary_code"] = float("x" in letters and "n" in letters)
    labels["credential_disclosed"] = float("K" in letters)
    labels["protected_person_fact"] = float(level == "high" and "p" in letters)
    labels["sensitive"] = float(level != "low")
    labels["highly_sensitive"] = float(level == "high")
    if "?" in letters:
        labels["particular_person"] = float("nan")
    return labels


def held_out(family: str) -> bool:
    """Return whether a family is among the tenth that is kept out of training."""
    return zlib.crc32(f"split:{family}".encode()) % 10 == 0


def first_half(family: str) -> bool:
    """Return whether a family is in the half that calibrates.

    By a high bit: the low one is that of `held_out` but for a constant, CRC being linear, so that of the families that
    are kept out and whose names are equally long all would be in the same half.
    """
    return zlib.crc32(f"half:{family}".encode()) >> 16 & 1 == 0


def read_corpus() -> list[Line]:
    """Return all prompts to train on or to keep out, of all folders."""
    return [line for name in CORPUS for line in read_lines(Path(__file__).parent / name)]


def read_lines(folder: Path) -> list[Line]:
    """Return all prompts of the corpus files in `folder`, in the order of file names.

    Raises:
        ValueError: if a prompt stands before any header.
    """
    lines: list[Line] = []
    for file in sorted(folder.glob("*.txt")):
        header: tuple[str, ...] | None = None
        for number, raw in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if match := _HEADER.fullmatch(raw):
                header = match.groups()
            elif raw.strip():
                if header is None:
                    raise ValueError(f"{file.name}:{number}: a prompt before any header")
                level, letters, genre, language = header
                text = raw.replace("\\n", "\n").replace("\\\n", "\\n")
                lines.append(Line(text, level, letters, genre, language, file.stem))
    return lines
