"""A labelled text, and what may be done to one without making its labels wrong."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

__all__ = ["ANYTHING", "EITHER_PERSON", "KINDS", "PERHAPS_PUBLIC", "Example", "augment"]

KINDS = (
    "PERSON",
    "PUBLIC_PERSON",
    "LOCATION",
    "STREET_ADDRESS",
    "ORGANIZATION",
    "AGE",
    "DATE_TIME",
    "DATE_OF_BIRTH",
    "TITLE",
    "NRP",
    "RECORD_ID",
    "SEX",
    "RELATIVE",
)
EITHER_PERSON = "EITHER_PERSON"
"""A name of which the data don't say whether it is a private or a public person's."""

ANYTHING = "ANYTHING"
"""A stretch of which the data don't say what it is, if anything."""

PERHAPS_PUBLIC = "PERHAPS_PUBLIC"
"""A word that may be a public person's name, and whatever else a word outside all spans may be."""

_KEYS = {"a": "sq", "e": "wr", "i": "uo", "o": "ip", "n": "bm", "r": "et", "s": "ad", "t": "ry", "l": "k", "h": "gj"}


@dataclass(frozen=True)
class Example:
    """A labelled text.

    Attributes:
        text: the text.
        spans: what is private in it: (start, end, kind) in code points, sorted.
        source: which corpus or genre.
        unlabelled: kinds that this source does not label: a token outside the spans may be of them.
    """

    text: str
    spans: tuple[tuple[int, int, str], ...]
    source: str
    unlabelled: frozenset[str] = frozenset()


def augment(example: Example, rng: random.Random) -> Example:
    """Return the example as a hasty, shouting or careless writer would have written it; often unchanged."""
    chance = rng.random()
    text = example.text
    if chance < 0.1:
        lowered = text.lower()
        return replace(example, text=lowered) if len(lowered) == len(text) else example
    if chance < 0.14:
        raised = text.upper()
        return replace(example, text=raised) if len(raised) == len(text) else example
    if chance < 0.17:
        titled = re.sub(r"\b[a-z]", lambda match: match[0].upper(), text)
        return replace(example, text=titled) if len(titled) == len(text) else example
    if chance < 0.23:
        return _without(example, ".,;!?" if rng.random() < 0.5 else ",.", rng)
    if chance < 0.3:
        return replace(example, text=_misspelt(text, rng))
    return example


def _misspelt(text: str, rng: random.Random) -> str:
    """Return `text` with some letters hit wrongly; its length stays."""
    letters = list(text)
    for _ in range(max(1, len(letters) // 60)):
        place = rng.randrange(len(letters)) if letters else 0
        if letters and letters[place] in _KEYS:
            letters[place] = rng.choice(_KEYS[letters[place]])
    return "".join(letters)


def _without(example: Example, marks: str, rng: random.Random) -> Example:
    """Return the example with punctuation dropped outside numbers, offsets moved."""
    text = example.text
    moved = [0] * (len(text) + 1)
    kept: list[str] = []
    for place, letter in enumerate(text):
        moved[place] = len(kept)
        between = 0 < place < len(text) - 1 and not text[place - 1].isspace() and not text[place + 1].isspace()
        if letter not in marks or between or rng.random() < 0.1:
            kept.append(letter)
    moved[len(text)] = len(kept)
    spans = tuple((moved[start], moved[end], kind) for start, end, kind in example.spans if moved[end] > moved[start])
    return replace(example, text="".join(kept), spans=spans)
