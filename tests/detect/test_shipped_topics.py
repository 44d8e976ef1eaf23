"""The topic model that ships: minimal pairs, disguise by length, and what is left after transforms."""

from functools import cache
from pathlib import Path

import pytest

from gateway.adapters.models import load_model
from gateway.core.model import Segment
from gateway.core.topic_models import TopicModel
from gateway.detect.topics import HashedTopicModel

MODEL = Path(__file__).parents[2] / "classifiers" / "models" / "topics"
PROSE = (
    "The river rises in the hills north of the town and flows past three mills before it reaches the sea. "
    "In spring the meadows are under water for weeks, and storks come back from the south. "
)


@cache
def shipped() -> HashedTopicModel:
    model = load_model(MODEL)
    assert isinstance(model, HashedTopicModel)
    assert isinstance(model, TopicModel)
    return model


def topic(name: str, *texts: str) -> float:
    segments = [Segment(f"/messages/{index}/content", text) for index, text in enumerate(texts)]
    return shipped().analyze(segments, ()).probabilities[name]


@pytest.mark.parametrize(
    ("subject", "about_someone", "in_general"),
    [
        ("health", "My son was diagnosed with epilepsy last week.", "What is epilepsy?"),
        ("health", "My patient, 54, takes metformin and complains of chest pain.", "What does metformin do?"),
        ("finance", "I earn 3,200 a month and owe 18,000 on two credit cards.", "How does compound interest work?"),
        ("health", "Bei meiner Mutter wurde Brustkrebs festgestellt.", "Welche Symptome hat Asthma?"),
    ],
)
def test_a_subject_is_high_only_when_it_is_about_a_particular_person(
    subject: str, about_someone: str, in_general: str
) -> None:
    assert topic(subject, about_someone) >= 0.5
    assert topic("protected_person_fact", about_someone) >= 0.6
    assert topic("highly_sensitive", in_general) < 0.3


def test_one_sentence_in_pages_of_prose_is_seen() -> None:
    page = PROSE * 20 + "My daughter was diagnosed with leukemia and starts chemotherapy on Monday. " + PROSE * 20
    assert topic("protected_person_fact", page) >= 0.5
    assert topic("protected_person_fact", PROSE * 40) < 0.3


def test_a_fact_told_over_two_turns_is_seen() -> None:
    assert topic("highly_sensitive", "I need advice about my son.", "Sure.", "He was diagnosed with epilepsy.") >= 0.5


def test_an_internal_plan_is_business_and_a_published_one_is_not() -> None:
    assert topic("business", "We intend to acquire 60 % of the company, please keep it confidential.") >= 0.6
    assert topic("business", "Who founded the company Siemens?") < 0.3


def test_what_is_left_of_contact_data_after_transforms_is_harmless() -> None:
    left = "Write a letter to <PERSON_kt4qz7mw3bd>, <STREET_ADDRESS_bd5kr2tz9wq>, thanking them for the flowers."
    assert topic("sensitive", left) < 0.5


def test_what_is_left_of_a_health_fact_after_transforms_is_not() -> None:
    assert topic("highly_sensitive", "<PERSON_kt4qz7mw3bd> was diagnosed with epilepsy and takes valproate.") >= 0.5


def test_evidence_names_the_words_that_speak() -> None:
    text = "Please write to the school that my son was diagnosed with epilepsy last spring."
    found = shipped().explain([Segment("/text", text)], ())
    assert "epilepsy" in {text[start:end] for _, start, end in found.evidence["health"]}


def test_small_talk_said_again_and_again_stays_small_talk() -> None:
    turns = ("What is the capital of France?", "The capital of France is Paris.", "thanks", "You're welcome!")
    assert topic("sensitive", *(turns * 12)) < 0.4
