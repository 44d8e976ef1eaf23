"""The corpora's sentences with other names in them: real contexts, endless names."""

from __future__ import annotations

import random
from collections.abc import Callable

from training.common import places
from training.common.names import person
from training.common.organizations import company
from training.entity.examples import EITHER_PERSON, Example

__all__ = ["renamed"]


def _person(rng: random.Random, old: str) -> str:
    who = person(rng, dev=None)
    if " " in old:
        return who.full if rng.random() < 0.8 else f"{who.first} {who.middle} {who.last}"
    new = who.first if rng.random() < 0.6 else who.last
    return new.lower() if old.islower() else new.upper() if old.isupper() else new


def _place(rng: random.Random, old: str) -> str:
    new = places.city(rng) if rng.random() < 0.7 else places.country(rng)
    return new.lower() if old.islower() else new


_MAKERS: dict[str, Callable[[random.Random, str], str]] = {
    "PERSON": _person,
    "PUBLIC_PERSON": _person,
    EITHER_PERSON: _person,
    "LOCATION": _place,
    "ORGANIZATION": lambda rng, old: company(rng) if " " in old and rng.random() < 0.6 else old,
}


def renamed(example: Example, rng: random.Random) -> Example:
    """Return the example with its names, places and some firms replaced by others of the same kind; handles stay."""
    text, position = "", 0
    spans = []
    known: dict[tuple[str, str], str] = {}
    for start, end, kind in example.spans:
        if start < position:
            continue
        old = example.text[start:end]
        make = _MAKERS.get(kind)
        new = known.setdefault((kind, old), make(rng, old)) if make is not None and old[0] not in "@#" else old
        text += example.text[position:start]
        spans.append((len(text), len(text) + len(new), kind))
        text += new
        position = end
    return Example(text + example.text[position:], tuple(spans), example.source, example.unlabelled)
