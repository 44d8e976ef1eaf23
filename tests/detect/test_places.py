"""Secrets are found the same where only the places of words are tried, and where expressions search by themselves."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detect import assignments, pins, places, statements
from gateway.detect.assignments import find_assignments
from gateway.detect.beginnings import LABEL
from gateway.detect.pins import find_pins
from gateway.detect.places import Begun, Reader, Reading, Sought, lower
from gateway.detect.secrets import READER, SecretRecognizer
from gateway.detect.statements import find_statements

ROOT = Path(__file__).parents[2]
EXPRESSIONS = (*assignments.EXPRESSIONS, *statements.EXPRESSIONS, *pins.EXPRESSIONS)
FINDERS = (find_assignments, find_statements, find_pins)
SEPARATORS = ("", " ", " ", " ", "\n", "\t", ": ", " = ", "_", "-", ".", "  ", "'", '"')
ODD = ("İ", "K", "ſ", "Σ", "ß", "é", "\U0001f600", "\ud800", "١٢٣٤", "\x00", "\u00a0", "\u2028", "ı", "DŽ")
VALUES = (
    *("is", "was", "ist", "lautet", "est", "è", "=", ":", "->", "=>", "(", ",", ">", "|", "'", '"', "`", "“", "”", "*"),
    *("4711", "0815", "123456", "12-34-56", "hunter2", "kV9r-Lampe3", "8fKx2mQ9zLw4Rt7Yp1Vb", "Xk9!mPq2vv", "admin"),
    *(
        "mit",
        "with",
        "using",
        "and",
        "the",
        "for",
        "guests",
        "now",
        "to",
        "--",
        "<",
        "/>",
        "correct horse battery staple",
    ),
)


def words() -> list[str]:
    return sorted({word for begun in EXPRESSIONS for word in begun.words})


def mixture(chance: random.Random) -> str:
    parts = [*chance.choices(words(), k=12), *VALUES, *chance.choices(ODD, k=2), *chance.choices(VALUES, k=20)]
    chosen = chance.choices(parts, k=chance.randrange(1, 16))
    return "".join((part.upper() if chance.random() < 0.1 else part) + chance.choice(SEPARATORS) for part in chosen)


def written() -> Iterator[str]:
    for path in sorted((ROOT / "classifiers" / "packs").glob("credentials-*.yaml")):
        yield path.read_text("utf-8")
    for path in sorted((ROOT / "tests" / "detect").glob("test_*.py")):
        yield path.read_text("utf-8")
    yield from ((ROOT / name).read_text("utf-8") for name in ("README.md", "CHANGELOG.md"))
    examples = ROOT.parent / "shared" / "data" / "secrets" / "examples.jsonl"
    for line in examples.read_text("utf-8").splitlines() if examples.is_file() else ():
        kind = json.loads(line)
        yield from (*kind["positives"], *kind["negatives"])


def assert_same(text: str) -> int:
    reading, plain = READER.read(text), Reading(text)
    assert reading.folded == plain.folded
    for begun in EXPRESSIONS:
        cased = begun in (statements._ASIAN, statements._HEBREW_ARABIC)
        spans = [match.span() for match in reading.matches(begun, cased=cased)]
        plainly = [match.span() for match in plain.matches(begun, cased=cased)]
        itself = [match.span() for match in begun.expression.finditer(text if cased else plain.folded)]
        assert spans == plainly == itself, repr(text)
    found = [find(reading) for find in FINDERS]
    assert found == [find(plain) for find in FINDERS], repr(text)
    for name, find, its in SecretRecognizer()._finders:
        assert reading.may_hold(its) or not find(plain), (name, text)
    return sum(map(len, found))


def test_in_mixtures_of_words_and_values_the_same_is_found() -> None:
    chance = random.Random(11)
    assert sum(assert_same(mixture(chance)) for _ in range(8000)) > 200


def test_in_written_texts_the_same_is_found() -> None:
    assert sum(assert_same(text) for text in written()) > 100


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_in_any_text_the_same_is_found(text: str) -> None:
    assert_same(text)
    assert_same(f"{text}password{text} is hunter2{text}alarm code {text} 4711")


@pytest.mark.parametrize("begun", EXPRESSIONS, ids=lambda begun: begun.words[0])
def test_no_word_of_an_expression_begins_another(begun: Begun) -> None:
    assert len(begun.words) > 1
    assert not [1 for one in begun.words for other in begun.words if one != other and other.startswith(one)]


def test_places_are_told_from_left_to_right_though_long_words_end_later() -> None:
    begun = Begun(re.compile(r"session key|key|on k"))
    assert begun.words == ("key", "on k", "session key")
    assert [match.span() for match in Reader([begun]).read("key session key").matches(begun)] == [(0, 3), (4, 15)]


@pytest.mark.parametrize("expression", [r"\w+ key", r"(?:key)?", r".key", r"(?:key|\d)x", r"(?i:k)ey"])
def test_an_expression_that_may_begin_with_anything_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="without words"):
        Begun(re.compile(expression))


def test_without_the_compiled_part_expressions_search_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_Places", None)
    reading = Reader(EXPRESSIONS).read("The password is hunter2.")
    assert reading._places is None
    assert [find(reading) for find in FINDERS] == [find(Reading(reading.text)) for find in FINDERS]
    assert find_statements(reading)


@given(st.text())
def test_lower_case_keeps_every_character_in_its_place(text: str) -> None:
    assert len(lower(text)) == len(text)


def test_a_reading_does_not_show_its_text() -> None:
    assert "hunter2" not in repr(READER.read("hunter2"))


def test_words_that_the_automaton_cannot_hold_are_refused() -> None:
    compiled = pytest.importorskip("gateway.detect._places", reason="not compiled: no C compiler at installation")
    for word in ("", "\U0001f600"):
        with pytest.raises(ValueError, match="cannot hold"):
            compiled.Places({1: [word]})
    for numbers in ([0], [27**8], range(1, 5000)):
        with pytest.raises(ValueError, match="not a list"):
            compiled.Rows(numbers)


def test_a_user_and_a_password_are_found_in_german_too() -> None:
    # The words that let this kind of sentence be looked for had no German one.
    (secret,) = find_statements(READER.read("Benutzer/Passwort: hans / Lampe3-kV9r"))
    assert (secret.start, secret.end) == (26, 37)


def test_what_a_name_begins_with_is_a_sign_of_a_secret() -> None:
    (naming,) = assignments.EXPRESSIONS

    assert all(any(sign in word for sign in assignments.SIGNS) for word in naming.words)


NAMED = [
    "ssn",
    "SSN",
    "National-ID",
    "codice",
    "tin",
    "sin ",
    "\u017fin",
    "\u212atp",
    "N\u0130E",
    "hetu",
    "henkil\u00d6",
    "tax",
]


@given(st.lists(st.sampled_from([*NAMED, " ", "_", "-", "x", "xyzw", "\u0345", "\u00e9"]), max_size=9).map("".join))
def test_what_is_sought_in_any_case_is_in_a_text_where_re_finds_it(text: str) -> None:
    assert Sought(LABEL).is_in(text) == (LABEL.search(text) is not None)


def test_what_may_begin_with_anything_cannot_be_sought() -> None:
    with pytest.raises(ValueError, match="without words"):
        Sought(re.compile(r"\w+key", re.IGNORECASE))
