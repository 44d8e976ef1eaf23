"""Words that are no names, in the languages besides English, and words put together of them.

Names stand in few lists and nouns in none, so what tells them apart must come from their letters and surroundings: German
compounds are made at random (`Schutzfolie`), other words have the beginning of one and the end of another.
"""

from __future__ import annotations

import importlib
import random
import re
from functools import cache
from pathlib import Path

from gateway.detect.words import TOKEN, fold
from training.common.famous import CHARACTERS, FIGURES
from training.common.names import blended, cultures
from training.topics.templates import read_lines

__all__ = ["LANGUAGES", "compound", "ends", "known", "listed", "lower", "nouns", "word_of", "words"]

LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "pl")
_WORDS = Path(__file__).parent / "words"
_CORPUS = Path(__file__).parents[1] / "topics" / "corpus"
_FAKER = {"de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT", "nl": "nl_NL", "pl": "pl_PL"}
_JOBS = {"de": "de_AT", "fr": "fr_FR", "es": "es_ES", "pt": "pt_BR", "pl": "pl_PL"}
_SHORTEST = 3
"""Letters of a word that may be a part of another."""


@cache
def words(language: str) -> tuple[str, ...]:
    """Return ordinary words: German nouns with a capital, all others as a dictionary has them."""
    found: list[str] = []
    if language in _FAKER:
        provider = importlib.import_module(f"faker.providers.lorem.{_FAKER[language]}").Provider
        found += [word for word in provider.word_list if language == "de" or word.islower()]
    file = _WORDS / f"{language}.txt"
    if file.exists():
        found += file.read_text(encoding="utf-8").split()
    if language in _JOBS:
        provider = importlib.import_module(f"faker.providers.job.{_JOBS[language]}").Provider
        jobs = " ".join(map(str, provider.jobs)).replace("*in", "")
        found += [word if language == "de" else word.lower() for word in re.findall(r"[^\W\d_]{4,}", jobs)]
    return tuple(word for word in dict.fromkeys(found) if fold(word) not in _given())


@cache
def _given() -> frozenset[str]:
    """Return the folded first names of these languages: who bears one is not to be taken for a flower."""
    return frozenset(
        fold(name) for culture in cultures() if culture.key in {*LANGUAGES, "us", "gb"} for name in culture.first
    )


@cache
def known() -> frozenset[str]:
    """Return the folded words of all languages."""
    return frozenset(fold(word) for language in LANGUAGES for word in words(language))


@cache
def listed() -> frozenset[str]:
    """Return what stands in a list of names, folded."""
    names = {name for culture in cultures() for name in (*culture.first, *culture.last)}
    return frozenset(fold(word) for name in (*names, *FIGURES, *CHARACTERS) for word in re.split(r"[\s,.]+", name))


@cache
def lower() -> frozenset[str]:
    """Return what the corpus writes in lower case, folded."""
    return frozenset(
        fold(word)
        for line in read_lines(_CORPUS)
        if line.language != "en"
        for word in TOKEN.findall(line.text)
        if word.islower()
    )


@cache
def nouns() -> tuple[str, ...]:
    """Return German nouns."""
    given = (_WORDS / "de.txt").read_text(encoding="utf-8").split()
    return tuple(word for word in given if len(word) >= _SHORTEST and fold(word) not in _given())


@cache
def ends() -> tuple[str, ...]:
    """Return the folded nouns with which a compound may end."""
    return tuple(fold(noun) for noun in nouns() if len(noun) > _SHORTEST)


def compound(rng: random.Random) -> str:
    """Return a German noun that may be put together of others, in some case or number."""
    word = rng.choice(nouns())
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        word += rng.choice(("", "", "s", "n", "en")) + rng.choice(nouns()).lower()
    if rng.random() < 0.15:
        word = rng.choice(("Ver", "Be", "Ab", "Aus", "Ein", "Vor", "Um", "Über", "Auf", "Nach")) + word.lower()
    if rng.random() < 0.25:
        word += rng.choice(("ung", "heit", "keit", "schaft", "chen", "tion", "er", "erin", "ung", "ungen", "lichkeit"))
    return word + rng.choice(("", "", "", "", "", "e", "en", "er", "n", "s", "es", "ern"))


def word_of(rng: random.Random, language: str) -> str:
    """Return an ordinary word, or the beginning of one with the end of another: one that no list holds."""
    return blended(rng, rng.choice(words(language)), rng.choice(words(language)), 0.35, least=3)
