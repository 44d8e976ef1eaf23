"""Ordinary writing in eight languages: what a capital, an article or an unknown word says where nobody is named.

Why: the names in composed texts stand in all languages, yet nearly all texts without names were English, so that the
model took German nouns and whatever foreign word it had never met for names.

* `sentences` gives the lines of the topic model's corpus, their slots filled, and those of `plain/`. What might be a name
  in them without being labelled stays open.
* `mixed` gives the same with other words of the language in the places of theirs, and here and there a name: a word says
  little by its place alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gateway.detect.words import TOKEN, fold
from training.entity.examples import ANYTHING, EITHER_PERSON, PERHAPS_PUBLIC, Example
from training.entity.lexicon import LANGUAGES, compound, ends, known, listed, lower, word_of
from training.entity.slots import Slots, text_and_spans
from training.topics.slots import Filler
from training.topics.templates import held_out, read_lines

__all__ = ["OPEN", "harmless", "kept", "mixed", "sentences"]

_HERE = Path(__file__).parent
_TOPICS = _HERE.parent / "topics"
OPEN = frozenset({"LOCATION", "ORGANIZATION", "DATE_TIME", "TITLE", "NRP", "SEX", "AGE", "RELATIVE"})
_OPENER = OPEN | {"STREET_ADDRESS", "RECORD_ID", "DATE_OF_BIRTH"}
_SLOTS = {
    "name": "full",
    "first": "f",
    "last": "l",
    "company": "org",
    "city": "city",
    "bigcity": "city",
    "zip": "zip",
    "country": "country",
    "address": "addr",
    "street": "street",
    "date": "date",
    "dob": "dob",
    "age": "age",
    "year": "year",
    "phone": "phone",
    "email": "email1",
    "public": "pub",
    **dict.fromkeys(("id", "kvnr", "svnr", "passport", "taxid", "nir", "dni", "bsn", "pesel"), "id"),
}
_SLOT = re.compile(r"\{([a-z][a-z_]*)\}")
_NAMING = re.compile(r"\{(?:name|first|last|mr)\}")
_HIDDEN = re.compile("\ue000([^\ue001]*)\ue001")
_TITLES = frozenset((_HERE / "words" / "titles.txt").read_text(encoding="utf-8").split())
_MISTER = {
    "en": ("Mr", "Mrs", "Ms", "Mr.", "Dr"),
    "de": ("Herr", "Frau"),
    "fr": ("M.", "Mme"),
    "es": ("el señor", "la señora"),
    "it": ("il signor", "la signora"),
    "nl": ("meneer", "mevrouw"),
    "pt": ("o senhor", "a senhora"),
    "pl": ("pan", "pani"),
}
_DETERMINERS = frozenset((_HERE / "words" / "determiners_de.txt").read_text(encoding="utf-8").split())
_NOUN = re.compile(
    r".{3,}(?:ung|heit|keit|schaft|tion|tät|chen|lein|nis|tum|ling|ismus|ment|ur)(?:e|en|s|es|n|se|sen)?"
)
_SHORT = 3
"""Letters of a word that stays as it is."""


def _spans(text: str, taken: list[tuple[int, int, str]], language: str, *, low: bool) -> list[tuple[int, int, str]]:
    """Return `taken` and what else might be a name, with what may be said of it."""
    spans, before, opens = list(taken), "", True
    tokens = list(TOKEN.finditer(text))
    for place, match in enumerate(tokens):
        word, folded = match[0], fold(match[0])
        inside = any(start < match.end() and match.start() < end for start, end, _ in taken)
        if not inside and word[0].isupper() and _open(tokens, place, before, language, low=low, opens=opens):
            spans.append((*match.span(), PERHAPS_PUBLIC if low else ANYTHING))
        opens = word in '.!?:"„»«¿¡(•-–' or word[0] == "\n"
        if word != ".":
            before = folded
    return sorted(spans)


def _open(tokens: list[re.Match[str]], place: int, before: str, language: str, *, low: bool, opens: bool) -> bool:
    """Return whether a capitalised word may be a name for all that is known."""
    folded = fold(tokens[place][0])
    near = [fold(tokens[other][0]) for other in (place - 1, place + 1) if 0 <= other < len(tokens)]
    if before in _TITLES:
        return not low
    ordinary = folded in known() or folded in lower()
    if language == "de":
        if before in _DETERMINERS or (_NOUN.fullmatch(folded) and folded not in listed()):
            return False
        if ordinary:
            return not low and folded in listed()
        if folded in listed() or any(word in listed() and word not in known() for word in near):
            return True
        return not low and not opens and not any(folded.endswith(noun) for noun in ends())
    return (folded in listed() and not (ordinary and low)) or (not ordinary and not opens)


def _corpus(*, dev: bool) -> list[tuple[str, str, bool]]:
    """Return (text, language, harmless) of the topic model's corpus, or of the tenth of it that is kept for development."""
    return [
        (line.text, line.language, line.level == "low")
        for line in read_lines(_TOPICS / "corpus")
        if held_out(line.family) is dev
    ]


@cache
def _lines() -> tuple[tuple[str, str, bool], ...]:
    """Return (text, language, harmless) of what is trained on, without English."""
    corpus = [line for line in _corpus(dev=False) if line[1] != "en"]
    plain = [
        (text.replace("\\n", "\n"), language, True)
        for language in LANGUAGES
        for text in (_HERE / "plain" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    ]
    return (*corpus, *plain, *plain, *plain)


class _Maker:
    def __init__(self, rng: random.Random, *, names: bool | None) -> None:
        self.rng = rng
        self.filler = Filler(_TOPICS / "lexicons", rng.randrange(1 << 30))
        self.slots = {language: Slots(rng, dev=names, language=language) for language in ("en", *LANGUAGES)}

    def make(self, text: str, language: str, *, low: bool) -> Example:
        """Return the line, its slots filled."""
        count = iter(range(1, 100))

        def hide(match: re.Match[str]) -> str:
            if match[1] == "mr":
                return f"{self.rng.choice(_MISTER[language])} \ue000l{next(count)}\ue001"
            slot = _SLOTS.get(match[1])
            if slot is None:
                return match[0]
            return f"\ue000{slot}{next(count) if slot in {'full', 'f', 'l'} else ''}\ue001"

        slots = self.slots[language]
        slots.forget()
        given = self.filler.fill(_SLOT.sub(hide, text), language)
        given = _HIDDEN.sub(lambda match: f"{{{match[1]}}}", re.sub(r"[{}]", "", given))
        made, spans = text_and_spans(slots.fill(given))
        kind = EITHER_PERSON if low else "PERSON"
        spans = [(start, end, kind if label == "PERSON" else label) for start, end, label in spans]
        return Example(
            made, tuple(_spans(made, spans, language, low=low)), f"ordinary {language}", OPEN if low else _OPENER
        )

    def mix(self, example: Example, language: str) -> Example:
        """Return the example with other words in it, and sometimes with a name."""
        rng, slots = self.rng, self.slots[language]
        share, named = rng.choice((0.15, 0.3, 0.6)), rng.random() < 0.5
        tokens = list(TOKEN.finditer(example.text))
        at = rng.randrange(len(tokens)) if tokens and named else -1
        text, spans, position = "", [], 0
        ours = iter(example.spans)
        span = next(ours, None)
        for place, match in enumerate(tokens):
            while span is not None and span[1] <= match.start():
                span = next(ours, None)
            text += example.text[position : match.start()]
            position = match.end()
            word = match[0]
            if span is not None and span[0] < match.end():
                if not spans or spans[-1][3] != span:
                    spans.append((len(text), len(text) + len(word), span[2], span))
                else:
                    start, _, kind, same = spans[-1]
                    spans[-1] = (start, len(text) + len(word), kind, same)
                text += word
                continue
            plain = word.isalpha() and len(word) > _SHORT
            if place == at and word.isalpha():
                slots.forget()
                [(word, _)] = slots.fill(rng.choice(("{f1}", "{f1}", "{full1}", "{l1}")))
                kind = ANYTHING if fold(word) in known() else EITHER_PERSON if example.unlabelled == OPEN else "PERSON"
                spans.append((len(text), len(text) + len(word), kind, (place, place, "")))
            elif plain and rng.random() < share:
                word = self.other(word, language)
            text += word
        text += example.text[position:]
        return Example(text, tuple(span[:3] for span in spans), f"mixed {language}", example.unlabelled)

    def other(self, word: str, language: str) -> str:
        """Return another word that is written alike."""
        rng = self.rng
        if language == "de" and word[0].isupper() and rng.random() < 0.8:
            return compound(rng)
        new = word_of(rng, language)
        return new[0].upper() + new[1:] if word[0].isupper() else new.lower()


def sentences(rng: random.Random, *, names: bool | None) -> Iterator[Example]:
    """Yield each line once, filled anew; an English one only if somebody may be named in it by a slot."""
    maker = _Maker(rng, names=names)
    english = [line for line in _corpus(dev=False) if line[1] == "en" and _NAMING.search(line[0])]
    for text, language, low in (*_lines(), *english):
        yield maker.make(text, language, low=low)


def kept(rng: random.Random, *, names: bool | None) -> Iterator[Example]:
    """Yield the development lines in which a slot names somebody, each five times."""
    maker = _Maker(rng, names=names)
    for text, language, low in _corpus(dev=True):
        if _NAMING.search(text) and not low:
            yield from (maker.make(text, language, low=low) for _ in range(5))


def mixed(rng: random.Random, count: int, *, names: bool | None) -> Iterator[Example]:
    """Yield `count` lines with other words in them; every second one is German."""
    maker = _Maker(rng, names=names)
    german = [line for line in _lines() if line[1] == "de"]
    for number in range(count):
        text, language, low = rng.choice(german if number % 2 else _lines())
        yield maker.mix(maker.make(text, language, low=low), language)


def harmless(language: str) -> list[str]:
    """Return the harmless lines of a language, slots and all."""
    return [text for text, its, low in _lines() if its == language and low]
