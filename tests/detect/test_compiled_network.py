"""The compiled network says what its twin in numpy says: the same places and kinds, scores to the fourth decimal."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.texts import KINDS as TEXTS
from gateway.adapters.models import load_model
from gateway.core.errors import DetectionError
from gateway.core.model import Finding, Segment
from gateway.detect import tagger
from gateway.detect.readers import PlainReader, reader_of
from gateway.detect.verdicts import Decoding
from tests.fakes.tiny_tagger import KINDS, random_weights, vocabulary

_network = pytest.importorskip("gateway.detect._network", reason="not compiled: no C compiler at installation")
_tokens = pytest.importorskip("gateway.detect._tokens", reason="not compiled: no C compiler at installation")

PLAIN = vocabulary(names=("ada",))
WEIGHTS = random_weights(PLAIN.rows)
SETTINGS = tagger.TaggerSettings(kinds=KINDS, thresholds={"LOCATION": 0.45}, reach=5)
BUSY = tagger.EntityTagger(PLAIN, WEIGHTS, SETTINGS, familiar=["the", "of"])
TWIN = tagger.EntityTagger(PLAIN, WEIGHTS, SETTINGS, familiar=["the", "of"], make=PlainReader)
DECODING = Decoding(np.full(3, 0.5, dtype=np.float32), (0, 1))
WORDS = [
    "Ada",
    "oslo",
    "12/3/99",
    ".",
    "\n",
    "x-y",
    "ÄRGER",
    "the",
    "of",
    "Q9",
    "<PERSON_ab3de4fg5hj>",
    "a" * 70,
    "\ud800",
]
MODEL = Path(__file__).parents[2] / "classifiers/models/entities"


def spans(findings: list[Finding]) -> list[tuple[str, str, int, int]]:
    return [(finding.path, finding.entity_type, finding.start, finding.end) for finding in findings]


def alike(ours: list[Finding], theirs: list[Finding]) -> bool:
    close = all(abs(one.score - other.score) < 0.0003 for one, other in zip(ours, theirs, strict=False))
    return close and spans(ours) == spans(theirs)


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=40), max_size=12))
def test_any_texts_hold_for_it_what_they_hold_for_its_twin(texts: list[list[str]]) -> None:
    segments = [Segment(f"/{place}", " ".join(words)) for place, words in enumerate(texts)]
    assert alike(BUSY.analyze(segments), TWIN.analyze(segments))


def test_texts_longer_than_what_is_judged_at_once_hold_the_same() -> None:
    chance = random.Random(5)
    for size in (511, 512, 513, 2047, 2048, 2049, 7000):
        segments = [Segment("/x", " ".join(chance.choices(WORDS, k=size))), Segment("/y", "Ada Q9")]
        ours = BUSY.analyze(segments)
        assert len(ours) > size // 20
        assert alike(ours, TWIN.analyze(segments))


@pytest.mark.parametrize("hidden", [64, 70, 130])
def test_networks_wider_than_what_is_added_up_at_once_say_the_same(hidden: int) -> None:
    chance, weights = random.Random(hidden), random_weights(PLAIN.rows, hidden)
    ours = tagger.EntityTagger(PLAIN, weights, SETTINGS)
    theirs = tagger.EntityTagger(PLAIN, weights, SETTINGS, make=PlainReader)
    segments = [Segment(f"/{place}", " ".join(chance.choices(WORDS, k=place))) for place in range(60)]
    assert len(ours.analyze(segments)) > 60
    assert alike(ours.analyze(segments), theirs.analyze(segments))


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=60), st.integers(0, 3000))
def test_a_text_is_judged_to_the_last_bit_the_same_wherever_it_stands(words: list[str], lead: int) -> None:
    target = Segment("/t", " ".join(words))
    before = Segment("/b", " ".join(["oslo", "Q9", "of"] * (lead // 3)))
    assert [f for f in BUSY.analyze([before, target, before]) if f.path == "/t"] == BUSY.analyze([target])


def test_the_shipped_model_finds_the_same_in_all_kinds_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = load_model(MODEL)
    assert isinstance(ours, tagger.EntityTagger)
    monkeypatch.setattr(tagger, "reader_of", PlainReader)
    theirs = load_model(MODEL)
    assert isinstance(theirs, tagger.EntityTagger)
    count = 0
    for seed, make in enumerate(list(TEXTS.values()) * 4):
        segments = [Segment("/x", make(1500, seed)), Segment("/y", make(60, seed), context=("patient", "name"))]
        found = ours.analyze(segments)
        count += len(found)
        assert alike(found, theirs.analyze(segments))
    assert count > 150


def test_many_threads_find_the_same_while_the_table_is_filled_again_and_again() -> None:
    chance = random.Random(6)
    texts = [" ".join(f"w{chance.randrange(40_000)} Ada Q9" for _ in range(700)) for _ in range(40)]
    wanted = [BUSY.analyze([Segment("/x", text)]) for text in texts]
    wrong: list[int] = []

    def read(start: int) -> None:
        for place in range(len(texts)):
            number = (place + start) % len(texts)
            if BUSY.analyze([Segment("/x", texts[number])]) != wanted[number]:
                wrong.append(number)

    threads = [threading.Thread(target=read, args=(start,)) for start in (0, 10, 20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_table_of_words_stays_bounded_and_keeps_the_familiar_ones() -> None:
    network = _network.CompiledNetwork(PLAIN, WEIGHTS, DECODING, 5, ["Ada", "the", "Ada"])
    assert network.known == 2
    most = 0
    for start in range(0, 60_000, 1000):
        text = " ".join(f"w{number}" for number in range(start, start + 1000))
        network.judge(_tokens.Pieces([text]))
        most = max(most, network.known)
    assert 10_000 < most < 16_384
    network.judge(_tokens.Pieces(["Ada the w59999"]))
    assert network.known <= most


@pytest.mark.parametrize("name", ["first_bias", "probe", "second_bias", "third", "out_bias"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_number_that_is_not_finite_anywhere_is_an_error_never_nothing(name: str, value: float) -> None:
    broken = replace(WEIGHTS, **{name: WEIGHTS.__getattribute__(name).copy()})
    broken.__getattribute__(name).flat[0] = value
    for make in (reader_of, PlainReader):
        reader = make(PLAIN, broken, DECODING, 5, ())
        with pytest.raises(DetectionError), np.errstate(all="ignore"):
            list(reader.read(["Ada oslo Q9 the of"], [0]))


def test_a_neighbourhood_that_is_not_finite_was_taken_for_a_number() -> None:
    broken = replace(WEIGHTS, pool=np.full_like(WEIGHTS.pool, 3e38), pool_in=np.full_like(WEIGHTS.pool_in, 3e38))
    vast = replace(WEIGHTS, pool=np.full_like(WEIGHTS.pool, 3e19), pool_in=np.full_like(WEIGHTS.pool_in, 2e18))
    for weights in (broken, vast):
        for make in (reader_of, PlainReader):
            with pytest.raises(DetectionError), np.errstate(all="ignore"):
                list(make(PLAIN, weights, DECODING, 5, ()).read(["Ada oslo Q9 the of"], [0]))


def test_a_familiar_word_that_is_not_finite_is_an_error_at_once() -> None:
    vast = replace(WEIGHTS, pool=np.full_like(WEIGHTS.pool, 3e19), pool_in=np.full_like(WEIGHTS.pool_in, 2e18))
    for make in (reader_of, PlainReader):
        with pytest.raises(DetectionError), np.errstate(all="ignore"):
            make(PLAIN, vast, DECODING, 5, ("oslo",))


def test_what_a_word_gives_beyond_16_bits_counts_as_the_most_there_is() -> None:
    for factor in (4, 60, 1e20):
        loud = replace(WEIGHTS, first=WEIGHTS.first * np.float32(factor), pool=WEIGHTS.pool * np.float32(factor))
        ours, theirs = (tagger.EntityTagger(PLAIN, loud, SETTINGS, make=make) for make in (reader_of, PlainReader))
        segments = [Segment(f"/{size}", " ".join(random.Random(size).choices(WORDS, k=size))) for size in range(1, 90)]
        found = ours.analyze(segments)
        assert len(found) > 50
        assert alike(found, theirs.analyze(segments))


def test_words_learnt_while_memory_is_prepared_are_not_touched() -> None:
    ours = tagger.EntityTagger(PLAIN, WEIGHTS, SETTINGS, familiar=["the"])
    texts = [Segment("/x", " ".join(f"w{number * 50 + word} Ada" for word in range(50))) for number in range(320)]
    wanted = [TWIN.analyze([text]) for text in texts]
    steps = ours.prepare()
    for text, expected in zip(texts, wanted, strict=True):
        assert alike(ours.analyze([text]), expected)
        next(steps, None)
    assert all(alike(ours.analyze([text]), expected) for text, expected in zip(texts, wanted, strict=True))
    assert list(ours.prepare())
    assert list(TWIN.prepare()) == []
    assert all(alike(ours.analyze([text]), expected) for text, expected in zip(texts, wanted, strict=True))


def test_texts_without_tokens_hold_nothing_and_what_is_no_text_is_refused() -> None:
    network = _network.CompiledNetwork(PLAIN, WEIGHTS, DECODING, 5, ())
    assert network.judge(_tokens.Pieces([])) == network.judge(_tokens.Pieces(["", " "])) == []
    for odd in ([b"Ada"], [None], "Ada", None):
        with pytest.raises(TypeError):
            network.judge(_tokens.Pieces(odd))


def test_a_table_that_filled_up_in_a_later_text_took_words_of_an_earlier_one_from_it() -> None:
    ours = tagger.EntityTagger(PLAIN, WEIGHTS, SETTINGS, familiar=["the"])
    for start in range(0, 20_000, 1000):
        texts = [
            " ".join(f"w{number} Ada Q9" for number in range(begin, begin + 50))
            for begin in range(start, start + 1000, 50)
        ]
        segments = [Segment(f"/{place}", text) for place, text in enumerate([*texts, "Ada", "oslo Q9"])]
        assert alike(ours.analyze(segments), TWIN.analyze(segments))


def test_a_table_of_whole_numbers_and_scales_is_the_same_as_their_products() -> None:
    scale = np.abs(WEIGHTS.table).max(axis=1) / 127
    whole = np.round(WEIGHTS.table / scale[:, None]).astype(np.int8)
    small = replace(WEIGHTS, table=whole, table_scale=scale.astype(np.float32))
    large = replace(WEIGHTS, table=(whole * scale[:, None]).astype(np.float32))
    assert small.faults(PLAIN, 7) == []
    segments = [Segment(f"/{size}", " ".join(random.Random(size).choices(WORDS, k=size))) for size in range(1, 200, 9)]
    taggers = [
        tagger.EntityTagger(PLAIN, weights, SETTINGS, make=make)
        for weights in (small, large)
        for make in (PlainReader, reader_of)
    ]
    first, *others = [one.analyze(segments) for one in taggers]
    assert len(first) > 100
    assert all(alike(first, other) for other in others)
    assert replace(small, table_scale=scale[1:]).faults(PLAIN, 7)


def test_every_name_of_a_long_list_is_known_by_it() -> None:
    names = [f"n{number}x{number * 7919 % 1000}" for number in range(4000)]
    listed = vocabulary(names=names)
    ours, theirs = (tagger.EntityTagger(listed, WEIGHTS, SETTINGS, make=make) for make in (reader_of, PlainReader))
    texts = [Segment(f"/{place}", " ".join(names[place::40]) + " n1y2's ada") for place in range(40)]
    found = ours.analyze(texts)
    assert len(found) > 100
    assert alike(found, theirs.analyze(texts))
    unlisted = tagger.EntityTagger(PLAIN, WEIGHTS, SETTINGS).analyze(texts)
    assert not alike(found, unlisted)


def test_weights_that_do_not_fit_the_vocabulary_are_refused() -> None:
    for broken in (replace(WEIGHTS, table=WEIGHTS.table[1:]), replace(WEIGHTS, table=WEIGHTS.table[:, :8].copy())):
        with pytest.raises(ValueError, match="do not fit"):
            _network.CompiledNetwork(PLAIN, broken, DECODING, 5, ())
    with pytest.raises(ValueError, match="gazetteer"):
        _network.CompiledNetwork(PLAIN, replace(WEIGHTS, marks=WEIGHTS.marks[:, :8]), DECODING, 5, ())
