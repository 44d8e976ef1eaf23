"""Vocabulary packs: words tell topics, whole and once, in linear time."""

from pathlib import Path

import pytest

from gateway.core.model import Segment, SegmentKind
from gateway.detect.packs import Term, VocabularyPack, load_packs
from gateway.detect.vocabulary import VocabularyTopics

DIRECTORY = Path(__file__).parents[2] / "classifiers" / "packs"
FILES = sorted(DIRECTORY.glob("vocabulary-*.yaml"))
PACKS = [p for p in load_packs({f.name: f.read_text() for f in FILES}) if isinstance(p, VocabularyPack)]
LIKELY = 0.5


def pack(topic: str, **terms: float) -> VocabularyPack:
    listed = tuple(Term(term=term.replace("_", " "), weight=weight) for term, weight in terms.items())
    return PACKS[0].model_copy(update={"topic": topic, "terms": listed})


def topics(packs: list[VocabularyPack], *texts: str) -> dict[str, float]:
    segments = [Segment(f"/{place}", text) for place, text in enumerate(texts)]
    return dict(VocabularyTopics(packs).analyze(segments, []).probabilities)


@pytest.mark.parametrize(("topic", "text"), [(p.topic, text) for p in PACKS for text in p.examples])
def test_an_example_is_about_its_topic(topic: str, text: str) -> None:
    assert topics(PACKS, text)[topic] >= LIKELY


@pytest.mark.parametrize(("topic", "text"), [(p.topic, text) for p in PACKS for text in p.near_misses])
def test_a_near_miss_is_not(topic: str, text: str) -> None:
    assert topics(PACKS, text)[topic] < LIKELY


def test_weights_add_up_as_noisy_or_and_a_repeated_term_counts_once() -> None:
    ours = [pack("ours", blue_heron=0.5, falcon=0.5)]
    assert topics(ours, "Blue  heron, blue heron")["ours"] == 0.5
    assert topics(ours, "blue heron", "Falcon")["ours"] == 0.75
    assert topics(ours, "nothing") == {"ours": 0.0}


def test_words_are_matched_whole_unless_the_term_ends_in_a_star() -> None:
    assert topics([pack("ours", heron=0.5)], "herons and a superheron")["ours"] == 0.0
    assert topics([pack("ours", **{"heron*": 0.5})], "herons")["ours"] == 0.5


def test_evidence_points_at_the_words() -> None:
    told = VocabularyTopics([pack("ours", falcon=0.5)]).analyze([Segment("/a", "the Falcon flies")], [])
    assert told.evidence == {"ours": (("/a", 4, 10),)}


def test_what_cannot_be_read_says_nothing() -> None:
    told = VocabularyTopics([pack("ours", image=0.5)]).analyze([Segment("/a", "image", SegmentKind.OPAQUE)], [])
    assert told.probabilities == {"ours": 0.0}
