from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.entity.examples import EITHER_PERSON, KINDS, PERHAPS_PUBLIC, Example, augment
from training.entity.tensors import LABELS, Corpus

TEXT = "Ask Ada Lovelace, 36, in Oslo."
SPANS = ((4, 16, "PERSON"), (18, 20, "AGE"), (25, 29, "LOCATION"))


@given(st.integers(0, 10_000))
def test_careless_writing_keeps_the_labels_on_their_words(seed: int) -> None:
    example = augment(Example(TEXT, SPANS, "test"), random.Random(seed))
    found = [(example.text[start:end], kind) for start, end, kind in example.spans]
    assert [kind for _, kind in found] == ["PERSON", "AGE", "LOCATION"]
    # A typing error changes letters, never their number.
    assert [len(text) for text, _ in found] == [12, 2, 4]
    assert found[1][0] == "36"


def test_careless_writing_occurs() -> None:
    texts = {augment(Example(TEXT, SPANS, "test"), random.Random(seed)).text for seed in range(200)}
    assert {TEXT, TEXT.lower(), TEXT.upper()} < texts
    assert any("," not in text for text in texts)


def labels(example: Example) -> list[set[int]]:
    corpus = Corpus()
    corpus.add([example])
    masks = corpus.masks()
    return [{label for label in range(LABELS) if masks[target, label]} for target in corpus.targets[0]]


def begin(kind: str) -> int:
    return 2 * KINDS.index(kind) + 1


def test_labels_begin_and_go_on() -> None:
    assert labels(Example(TEXT, SPANS, "test")) == [
        {0},
        {begin("PERSON")},
        {begin("PERSON") + 1},
        {0},
        {begin("AGE")},
        {0},
        {0},
        {begin("LOCATION")},
        {0},
    ]


def test_what_a_source_does_not_label_stays_open() -> None:
    [word] = labels(Example("hello", (), "test", frozenset({"AGE"})))
    assert word == {0, begin("AGE"), begin("AGE") + 1}


def test_a_name_of_unknown_standing_may_be_private_or_public() -> None:
    [word] = labels(Example("Ada", ((0, 3, EITHER_PERSON),), "test"))
    assert word == {begin("PERSON"), begin("PUBLIC_PERSON")}


@pytest.mark.parametrize(("span", "inside"), [((0, 2), False), ((0, 6), True), ((9, 14), False)])
def test_a_token_counts_when_half_of_it_is_covered(span: tuple[int, int], *, inside: bool) -> None:
    first, *_ = labels(Example("UK-based firms", ((*span, "LOCATION"),), "test"))
    assert (first != {0}) is inside


def test_a_word_that_may_be_a_public_name_may_be_nothing_but_never_a_private_name() -> None:
    perhaps, outside = labels(Example("Faust liest", ((0, 5, PERHAPS_PUBLIC),), "test", frozenset({"AGE"})))
    assert outside == {0, begin("AGE"), begin("AGE") + 1}
    assert perhaps == outside | {begin("PUBLIC_PERSON"), begin("PUBLIC_PERSON") + 1}
