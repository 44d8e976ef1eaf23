"""Finding and learning words, compiled against numpy. Without a C compiler there is nothing to compare."""

import random
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Segment
from gateway.detect.topic_units import CompiledUnits, PlainUnits
from gateway.detect.topic_weights import TopicWeights
from gateway.detect.topic_words import CompiledCache, PlainCache, PlainPlaces
from gateway.detect.words import FeatureRows
from tests.detect.test_compiled_topics import both
from tests.fakes.tiny_topics import arrays, tiny

_topic_words = pytest.importorskip("gateway.detect._topic_words", reason="not compiled: no C compiler at installation")

COMPILED, PLAIN = tiny(CompiledUnits), tiny(PlainUnits)


@given(st.lists(st.lists(st.integers(1, 2**64 - 1), max_size=30), max_size=5))
def test_words_are_found_where_a_dictionary_finds_them(batches: list[list[int]]) -> None:
    places, wanted = _topic_words.Places(150), PlainPlaces()
    for batch in batches:
        keys = np.array(batch, dtype=np.uint64)
        fresh = [key for key in dict.fromkeys(batch) if key not in wanted.rows]
        for table in (places, wanted):
            assert table.find(keys)[1] is not bool(fresh)
            table.add(fresh)
        assert len(places) == len(wanted)
        assert places.find(keys)[0].tolist() == wanted.find(keys)[0].tolist()


def test_hashes_that_fall_on_one_place_are_kept_apart() -> None:
    places = _topic_words.Places(100)
    keys = [256 * number for number in range(1, 101)]
    places.add(keys)
    rows, whole = places.find(np.array([*keys, 256 * 101], dtype=np.uint64))
    assert rows.tolist() == [*range(100), -1]
    assert not whole


@pytest.mark.parametrize("keys", [[0], [1, 1], [1, 2, 3]])
def test_a_table_takes_no_word_twice_and_not_more_than_it_has_room_for(keys: list[int]) -> None:
    with pytest.raises(ValueError, match="no room"):
        _topic_words.Places(2).add(keys)


def test_new_words_of_the_shipped_model_give_what_numpy_gives() -> None:
    chance = random.Random(6)
    letters = "aeinrstüßé中0123.-'@_ABC\n"
    words = ["".join(chance.choices(letters, k=chance.randrange(1, 50))) for _ in range(3000)]
    compiled, plain = (model._units.cache for model in both())
    assert isinstance(plain, PlainCache)
    features = plain._vocabulary.features(words)
    found, wanted = (
        (np.zeros((len(words), 192), dtype=np.float32), np.zeros((len(words), 18), dtype=np.float32)) for _ in range(2)
    )
    compiled._write(features, *found)
    plain._write(features, *wanted)
    assert found[0] == pytest.approx(wanted[0], abs=1e-4)
    assert found[1] == pytest.approx(wanted[1], abs=1e-4, rel=1e-5)


@given(st.lists(st.text(max_size=150), max_size=4), st.lists(st.text(max_size=20), max_size=3))
def test_any_segments_give_the_same_compiled_and_not(texts: list[str], keys: list[str]) -> None:
    segments = [Segment(f"/{number}", text, context=tuple(keys)) for number, text in enumerate(texts)]
    found, wanted = COMPILED.analyze(segments, ()), PLAIN.analyze(segments, ())
    assert dict(found.probabilities) == pytest.approx(dict(wanted.probabilities), abs=1e-5)


def test_of_a_word_longer_than_what_is_seen_of_it_the_rest_counts_nowhere() -> None:
    text = " ".join("x" * 40 + str(number) for number in range(50)) + " <" + "A" * 30 + "_wb7fv4jp7mf>"
    segments = [Segment("/a", text)]
    wanted = PLAIN.analyze(segments, ()).probabilities
    assert dict(COMPILED.analyze(segments, ()).probabilities) == pytest.approx(dict(wanted), abs=1e-5)


def learner(**changes: npt.NDArray[np.generic]) -> CompiledCache:
    return CompiledCache(TopicWeights.from_arrays(arrays() | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"single": [[64, 128, 129, 130]]},
        {"single": [[-1, 128, 129, 130]]},
        {"single": [[0, 127, 129, 130]]},
        {"single": [[0, 128, 148, 130]]},
        {"single": [[0, 128, 129]]},
        {"grams": [63]},
        {"grams": [128]},
        {"grams": []},
        {"starts": [1]},
        {"starts": [-1]},
        {"starts": [0, 0]},
    ],
)
def test_rows_that_are_none_are_refused(changes: Mapping[str, list[int]]) -> None:
    given_rows = {"single": [[0, 128, 129, 130]], "grams": [64], "starts": [0], "marks": [0]} | dict(changes)
    rows = FeatureRows(**{name: np.array(value, dtype=np.int64) for name, value in given_rows.items()})
    room = np.zeros((1, 18), dtype=np.float32), np.zeros((1, 7), dtype=np.float32)
    if not changes.get("grams", True):
        rows = FeatureRows(rows.single, np.zeros(0, dtype=np.int64), rows.starts, rows.marks)
    with pytest.raises(IndexError, match="don't fit"):
        learner()._write(rows, *room)


def test_room_that_does_not_fit_is_refused() -> None:
    cache = learner()
    rows = cache._vocabulary.features(["a"])
    for products, sums in (((1, 65), (1, 7)), ((2, 18), (1, 7)), ((1, 18), (2, 7)), ((1, 18), (1, 6))):
        with pytest.raises(IndexError, match="don't fit"):
            cache._write(rows, np.zeros(products, dtype=np.float32), np.zeros(sums, dtype=np.float32))


def test_weights_that_do_not_fit_are_refused() -> None:
    whole = TopicWeights.from_arrays(arrays()).arrays() | {"first": np.zeros((8, 64), dtype=np.float32)}
    _topic_words.Learner(whole, 20)
    for name in ("first", "scale", "linear_scale", "rarity", "table", "linear"):
        with pytest.raises(ValueError, match="wrong shape"):
            _topic_words.Learner(whole | {name: whole[name][:-1].copy()}, 20)
    with pytest.raises(ValueError, match="wrong shape"):
        _topic_words.Learner(whole | {"first": np.zeros((8, 63), dtype=np.float32)}, 20)
