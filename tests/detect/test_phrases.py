"""Phrases are found wherever their expression finds them."""

import random
import re
import re._constants as op  # type: ignore[import-not-found]  # as in gateway.detect.gates
import re._parser as parser  # type: ignore[import-not-found]  # as above
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detect import reidentification
from gateway.detect.phrases import Phrases
from gateway.detect.vocabulary import VocabularyTopics
from tests.detect.test_vocabulary import PACKS

TERMS = ("do not forward", "under nda", "draft - confidential", "straße", "kurs", "curs", "not", "a b", "a b c")
PATTERN = re.compile(
    r"(?<!\w)(?:" + "|".join(re.escape(term).replace(r"\ ", r"\s+") for term in TERMS) + r")(\w*)", re.IGNORECASE
)
PHRASES = Phrases(PATTERN, [tuple(term.split()) for term in TERMS])
PARTS = (
    *" ".join(TERMS).split(),
    "DO",
    "Not",
    "FORWARD",
    " ",
    "  ",
    "\n",
    "x",
    "-",
    "KURS",
    "cur\u017f",
    "\u212aurs",
    "İ",
    "é",
)


def spans(phrases: Phrases, text: str, end: int | None = None) -> list[tuple[int, int]]:
    return [match.span() for match in phrases.matches(text, end)]


def plain(pattern: re.Pattern[str], text: str, end: int | None = None) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(text, 0, len(text) if end is None else end)]


@pytest.mark.parametrize("how", ["compiled", "plain"])
def test_what_is_found_is_what_the_expression_finds(how: str) -> None:
    chance = random.Random(9)
    phrases = Phrases(PATTERN, [tuple(term.split()) for term in TERMS])
    if how == "plain":
        phrases._literals = None
    found = 0
    for _turn in range(20_000):
        text = "".join(part + chance.choice(("", " ", " ")) for part in chance.choices(PARTS, k=chance.randrange(12)))
        end = chance.choice((None, chance.randrange(len(text) + 1)))
        assert spans(phrases, text, end) == plain(PATTERN, text, end), repr(text)
        found += len(spans(phrases, text, end))
    assert found > 1000


@given(st.text())
def test_of_any_text_too(text: str) -> None:
    assert spans(PHRASES, text) == plain(PATTERN, text)


@given(st.lists(st.one_of(st.from_regex(reidentification._RARE_ROLE), st.text(max_size=9)), max_size=4))
@settings(max_examples=300)
def test_every_role_is_found(parts: list[str]) -> None:
    text = " ".join(parts)
    assert spans(reidentification._ROLES, text) == plain(reidentification._RARE_ROLE, text)


def spelled(tree: Iterable[tuple[Any, Any]]) -> list[str]:
    """Return all that an expression of literals, choices and things left out matches."""
    texts = [""]
    for code, argument in tree:
        match code:
            case op.LITERAL:
                parts = [chr(argument)]
            case op.IN:
                parts = [chr(point) for _, point in argument]
            case op.BRANCH:
                parts = [text for choice in argument[1] for text in spelled(choice)]
            case op.SUBPATTERN:
                parts = spelled(argument[-1])
            case op.MAX_REPEAT:
                assert argument[:2] == (0, 1)
                parts = ["", *spelled(argument[2])]
            case _:
                assert code is op.AT
                parts = [""]
        texts = [text + part for text in texts for part in parts]
    return texts


def test_each_spelling_of_each_role_is_found() -> None:
    roles = spelled(parser.parse(reidentification._RARE_ROLE.pattern))
    assert len(roles) > 200
    for role in roles:
        for text in (f"x {role} y", role.upper(), role.replace("s", "\u017f")):
            assert spans(reidentification._ROLES, text) == plain(reidentification._RARE_ROLE, text) != [], role


def test_the_terms_of_all_packs_are_found() -> None:
    phrases = VocabularyTopics(PACKS)._phrases
    for word in (term.term.removesuffix("*") for pack in PACKS for term in pack.terms):
        for text in (word, word.upper(), f"x {word}ing y", word.replace(" ", "\n  "), f"{word} {word}"):
            assert spans(phrases, text) == plain(phrases._expression, text) != []


def test_no_phrases_are_never_found() -> None:
    assert spans(Phrases(re.compile(""), []), "anything") == []
