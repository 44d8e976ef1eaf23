"""Lists, tables and code made of ordinary words: identifiers and headings have capitals in every language."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from gateway.detect.words import TOKEN, fold
from training.entity.examples import PERHAPS_PUBLIC, Example
from training.entity.lexicon import LANGUAGES, compound, known, listed, nouns, word_of
from training.entity.ordinary import OPEN, harmless

__all__ = ["listings"]

_AND = {"de": "und", "fr": "et", "es": "y", "it": "e", "nl": "en", "pt": "e", "pl": "i"}
_LISTS = (
    "{N}, {N} {and} {N}",
    "{N}: {N}, {N}, {N}, {N}",
    "{N}: {n} {n} {and} {n} {n}.",
    "{N}, {n}, {n}, {n} {and} {n}",
    "{N} {n} {n}: {N}, {N} {and} {N}?",
    "- {N}\n- {N}\n- {N} {n}",
    "1. {N}\n2. {N} {and} {N}\n3. {N}",
    "{N} {N} {and} {N} {N}",
    "{N};{N};{N}\n{D};{D};{D}",
    "| {N} | {N} |\n| {n} | {D} |",
    "{N}: {N} {n} {N}",
    "{n}, {n}, {n}",
)
_CODE = (
    "{n}_{n} = {n}({N}) + {D}",
    "def {n}_{n}({n}, {n}):\n    # {s}\n    return {n} + {n}",
    'def {n}({N}):\n    """{s}"""\n    return sum({N})',
    "class {N}:\n    # {s}\n    {n} = {D}",
    "class {N} extends {N} {{ private {N} {n}; /* {s} */ }}",
    "for {N} in {N}: print({N}.{n}())",
    "for (int {n} = 0; {n} < {n}{N}; {n}++) {{ {n}[{n}] += {n}; }} // {s}",
    "enum {N} {{ {N}, {N}, {N}, {N} }}",
    "SELECT {N}, {N} FROM {N} WHERE {N} < {N};",
    "CREATE TABLE {N} ({N} INTEGER, {N} TEXT, {n}_{n} DATE);",
    "let {n} = {D}; while ({n} < {N}) {{ {n} += {N}; }}",
    '// {s}\nconst {n} = await {n}{N}("/{n}/{n}");',
    "if ({N}.{n} == {N}.{N}) {{ {n}.{n}(); }} // {s}",
    "# {s}\n{n} = [{n} for {n} in {n} if {n} > {D}]",
    "<{n}><{n}>{N}</{n}><{n}>{D}</{n}></{n}>",
    '{{"{n}": "{N}", "{n}_{n}": {D}, "{n}{N}": ["{n}", "{n}"]}}',
    '=IF({N}!A{D}>{D};"{n}";"{n}")',
    "<!-- {s} --> <nav>{N} {N} {N}</nav>",
    'echo "{s}" > {n}_{n}.txt',
    "{n}{N}.{n}{N}({N}.{n})",
)


def listings(rng: random.Random, count: int) -> Iterator[Example]:
    """Yield `count` lists, tables and pieces of code made of ordinary words."""
    plain = {language: harmless(language) for language in LANGUAGES}
    for _ in range(count):
        language = rng.choice((*LANGUAGES, "de", "de"))

        def fill(match: re.Match[str], language: str = language) -> str:
            if match[1] == "D":
                return str(rng.randint(0, 999))
            if match[1] == "and":
                return _AND[language]
            if match[1] == "s":
                return re.sub(r"[{}\n]|\[\[|\]\]", " ", rng.choice(plain[language]))
            if match[1] == "N" and language == "de":
                return compound(rng) if rng.random() < 0.5 else rng.choice(nouns())
            word = word_of(rng, language)
            return word[0].upper() + word[1:] if match[1] == "N" else word.lower()

        code = rng.random() < 0.5
        lines = [
            re.sub(r"\{(n|N|D|s|and)\}", fill, rng.choice(_CODE if code else _LISTS))
            for _ in range(rng.choice((1, 1, 2, 3)))
        ]
        text = "\n".join(lines).replace("{{", "{").replace("}}", "}")
        spans = [
            (*match.span(), PERHAPS_PUBLIC)
            for match in TOKEN.finditer(text)
            if match[0][0].isupper() and fold(match[0]) in listed() and fold(match[0]) not in known()
        ]
        yield Example(text, tuple(spans), "listings", OPEN)
