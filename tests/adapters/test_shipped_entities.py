"""The entity model that ships: plain cases that every retraining must still find."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from gateway.adapters.models import load_model
from gateway.core.model import Finding, Segment
from gateway.core.protocols import Recognizer
from gateway.detect.tagger import PRIVATE_SCORE

DIRECTORY = Path(__file__).parents[2] / "classifiers" / "models" / "entities"

CASES = [
    (
        "Dear Anna Schmidt, the contract is attached. Kind regards, Tom Baker",
        {"Anna Schmidt": "PERSON", "Tom Baker": "PERSON"},
    ),
    ("please ship it to 12 High Street, Leeds LS1 4AB", {"12 High Street": "STREET_ADDRESS", "Leeds": "LOCATION"}),
    (
        "Nombre: Ernesto.\nApellidos: Rivera Bueno.\nNHC: 368503.",
        {"Ernesto": "PERSON", "Rivera Bueno": "PERSON", "368503": "RECORD_ID"},
    ),
    (
        "Patient: Mary Jones\nMRN: 00482913\nDOB: 03/04/1967",
        {"Mary Jones": "PERSON", "00482913": "RECORD_ID", "03/04/1967": "DATE_OF_BIRTH"},
    ),
    (
        "name,city\nAhmed Hassan,Cairo\nPriya Sharma,Mumbai",
        {"Ahmed Hassan": "PERSON", "Priya Sharma": "PERSON", "Cairo": "LOCATION"},
    ),
    ("my name is john miller and i live in boston", {"john miller": "PERSON", "boston": "LOCATION"}),
    (
        "Frau Müller wohnt in der Bahnhofstraße 12 in Hamburg.",
        {"Müller": "PERSON", "Bahnhofstraße 12": "STREET_ADDRESS"},
    ),
]


@cache
def model() -> Recognizer:
    loaded = load_model(DIRECTORY)
    assert isinstance(loaded, Recognizer)
    return loaded


def analyze(text: str) -> list[Finding]:
    return model().analyze([Segment("/x", text)])


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_plain_cases_are_found(text: str, wanted: dict[str, str]) -> None:
    found = {text[f.start : f.end]: f.entity_type for f in analyze(text) if f.score >= PRIVATE_SCORE}
    assert wanted.items() <= found.items()


@pytest.mark.parametrize(
    "text",
    [
        "Write a poem about Albert Einstein in the style of William Shakespeare.",
        "Explain the difference between TCP and UDP.",
        "How do I reset my password?",
        "def total(prices): return sum(prices)",
        "What is the capital of France?",
    ],
)
def test_nobody_private_is_seen_in_ordinary_prompts(text: str) -> None:
    assert [f for f in analyze(text) if f.entity_type == "PERSON" and f.score >= PRIVATE_SCORE] == []


def test_all_texts_at_once_give_what_each_gives_alone() -> None:
    segments = [Segment(f"/{place}", text) for place, (text, _) in enumerate(CASES * 3)]
    assert model().analyze(segments) == [finding for segment in segments for finding in model().analyze([segment])]


@pytest.mark.parametrize("name", ["Grace", "Mark", "Rose", "Hope", "Joy", "Will", "Bill", "Stone", "Baker", "Young"])
def test_no_name_is_taken_for_an_everyday_word(name: str) -> None:
    everyday = model()._everyday  # type: ignore[attr-defined]  # the list that the weights hold
    assert len(everyday) > 5000
    assert name.lower() not in everyday


@pytest.mark.parametrize(
    "text", ["Convert 72 kilos to stones", "Warum wird Brot schimmelig?", "Welke inentingen heb je nodig voor Kenia?"]
)
def test_everyday_prompts_hold_no_private_name(text: str) -> None:
    assert not [f for f in analyze(text) if f.entity_type == "PERSON" and f.score >= PRIVATE_SCORE]


def names_in(text: str, least: float = 0.0) -> str:
    return " | ".join(text[f.start : f.end] for f in analyze(text) if f.entity_type == "PERSON" and f.score >= least)


@pytest.mark.parametrize(
    "text",
    [
        "Vor der Inbetriebnahme ist die Schutzfolie zu entfernen und das Netzteil anzuschließen.",
        "Vokabeln Lektion 7: Bahnhof, Fahrkarte, Gleis, Verspätung, Schaffner, Umstieg, Abteil.",
        "Der Austritt ist nur zum Ende des Geschäftsjahres mit einer Frist von drei Monaten möglich.",
        "Holzarten für einen Esstisch: Eiche, Buche, Esche, Kirsche",
        "Der Schiedsrichter, der Torwart und der Linienrichter: wer darf was?",
        "enum Wochentag { Montag, Dienstag, Mittwoch, Donnerstag, Freitag, Samstag, Sonntag }",
        "Protokollvorlage: Ort, Datum, Teilnehmer, Beschlüsse, Aufgaben, Termine.",
        "Der Müller mahlt das Korn, der Bäcker backt das Brot.",
        "Spegnere l'apparecchio e attendere che si raffreddi.",
        "Faites revenir les oignons et laissez mijoter une heure.",
        "Zdejmij pokrywę i poczekaj, aż woda się zagotuje.",
        "SELECT Prodotto, Prezzo FROM Magazzino WHERE Quantita < Soglia;",
    ],
)
def test_words_of_other_languages_are_no_names_because_they_are_unknown_or_have_a_capital(text: str) -> None:
    assert not names_in(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Der Kevin hat wieder getrunken.", "Kevin"),
        ("Die Merve hat seit Jahren Depressionen.", "Merve"),
        ("Die Zeynep hat Depressionen.", "Zeynep"),
        ("Ich war gestern beim Jonas und er hat geweint.", "Jonas"),
        ("Das Geld ist vom Mehmet.", "Mehmet"),
        ("Mit der Brunhilde geht es bergab, sie hat Krebs.", "Brunhilde"),
        ("Der Huber Sepp sauft.", "Huber"),
        ("La Giulia è incinta.", "Giulia"),
        ("O Thiago foi demitido.", "Thiago"),
    ],
)
def test_a_name_after_an_article_is_a_name(text: str, name: str) -> None:
    assert name in names_in(text, PRIVATE_SCORE)


@pytest.mark.parametrize("noun", ["Koch", "Sommer", "Klein", "Müller", "Winter", "Fuchs", "Vogel", "König", "Bauer"])
@pytest.mark.parametrize(
    "text",
    [
        "Herr {} ist krank.",
        "Frau {} hat Krebs.",
        "Sehr geehrte Frau {},",
        "Thomas {} wurde entlassen.",
        "{} hat Krebs.",
        "{} sagt, er trinkt wieder.",
    ],
)
def test_a_name_that_is_a_noun_too_is_a_name_where_it_names_somebody(noun: str, text: str) -> None:
    assert noun in names_in(text.format(noun), PRIVATE_SCORE)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ist Ayşe krank?", "Ayşe"),
        ("Frag mal Brunhilde.", "Brunhilde"),
        ("frag mal brunhilde", "brunhilde"),
        ("Czy Kasia jest chora?", "Kasia"),
        ("Demande à Solène.", "Solène"),
        ("¿Está enfermo Iker?", "Iker"),
        ("Heeft Femke al betaald?", "Femke"),
        ("Is Kwabena ill?", "Kwabena"),
    ],
)
def test_one_name_in_few_words_is_found_in_any_language(text: str, name: str) -> None:
    assert name in names_in(text)
