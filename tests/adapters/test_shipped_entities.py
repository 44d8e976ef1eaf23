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
