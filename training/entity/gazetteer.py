"""The marks of words: which lists a word stands in. Bits are fixed; `gateway.detect.words` only stores them.

Bit 0 first name (common), 1 first name (other), 2 last name, 3 last name of the lists of romanised names, 4 word of a town,
5 country, state or big city, 6 word of a street, 7 word of a famous person's name, 8 word of a company or hospital,
9 word of a job, 10 an everyday word that people write in lower case, or another language's ordinary word (German nouns,
too), 11 month or weekday.

Held-out name parts are left out while a development model is trained, so that scores tell about unknown names; the shipped
model's list holds them all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from gateway.detect.words import fold, hash_words
from training.common import places
from training.common.famous import CHARACTERS, FIGURES
from training.common.jobs import JOBS
from training.common.names import cultures, held_out
from training.common.organizations import COMPANY_WORDS
from training.common.streets import STREET_WORDS
from training.entity import lexicon

__all__ = ["marks"]

_COMMON = {"us", "gb", "en", "de", "fr", "es", "it", "nl", "pt", "pl", "in", "ie"}
_ROMANISED = {
    "arab",
    "chinese",
    "japanese",
    "korean",
    "viet",
    "slavic",
    "african",
    "persian",
    "filipino",
    "yo",
    "zu",
    "ke",
    "id",
}
_DAYS = "january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday"


def _words(names: Iterable[str]) -> set[str]:
    return {fold(word) for name in names for word in re.split(r"[\s,.]+", name) if len(word) > 1}


def marks(texts: Iterable[str], *, everything: bool) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint16]]:
    """Return sorted hashes of words and their bits. `texts`: ordinary writing, for the everyday words."""
    bits: Counter[str] = Counter()

    def add(words: set[str], bit: int) -> None:
        for word in words:
            bits[word] |= 1 << bit

    for culture in cultures():
        given = {name for name in culture.first if everything or not held_out(name)}
        family = {name for name in culture.last if everything or not held_out(name)}
        add(_words(given), 0 if culture.key in _COMMON else 1)
        add(_words(family), 3 if culture.key in _ROMANISED else 2)
    add(_words(name for name in places.towns() if everything or not held_out(name)), 4)
    add(_words((*places.COUNTRIES, *places.STATES, *places.BIG_CITIES)), 5)
    add(_words(STREET_WORDS), 6)
    add(_words((*FIGURES, *CHARACTERS)), 7)
    add(_words(COMPANY_WORDS), 8)
    add(_words(JOBS), 9)
    tally = Counter(word for text in texts for word in re.findall(r"\b[a-z][a-z'’-]+\b", text))
    add({fold(word) for word, count in tally.items() if count >= 3}, 10)
    add(set(lexicon.known()), 10)
    add(set(_DAYS.split()), 11)
    words = sorted(bits)
    hashes = hash_words(words)
    order = np.argsort(hashes)
    return hashes[order], np.array([bits[word] for word in words], dtype=np.uint16)[order]
