"""Finding and learning words, compiled against numpy. Without a C compiler there is nothing to compare."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Segment
from gateway.detect.topic_text import ADDRESS
from gateway.detect.topic_units import CompiledUnits, PlainUnits
from gateway.detect.topic_weights import TopicWeights
from gateway.detect.topic_words import CompiledCache, Tokens
from tests.detect.test_compiled_topics import both, shipped_weights
from tests.fakes.tiny_topics import arrays, tiny

_tokens = pytest.importorskip("gateway.detect._tokens", reason="not compiled: no C compiler at installation")
_topic_words = pytest.importorskip("gateway.detect._topic_words", reason="not compiled: no C compiler at installation")

WHOLE = TopicWeights.from_arrays(arrays()).arrays() | {"first": np.zeros((8, 64), dtype=np.float32)}
COMPILED, PLAIN = tiny(CompiledUnits), tiny(PlainUnits)


def empty(most: int) -> Any:
    return _topic_words.Words(_topic_words.Learner(WHOLE, 20), most)


def rows_of(known: Any, tokens: Tokens, begin: int, end: int) -> list[int] | None:
    found = known.look_up(tokens.keys, tokens.starts, tokens.ends, tokens.bounds, tokens.pieces, begin, end)
    return None if found is None else found.tolist()


def tokens_for(keys: Sequence[int], words: Sequence[str]) -> Tokens:
    ends = np.array([len(word) for word in words], dtype=np.int32)
    bounds = np.arange(1, len(words) + 1, dtype=np.int64)
    return Tokens(np.array(keys, dtype=np.uint64), np.zeros_like(ends), ends, bounds, list(words))


@given(st.lists(st.lists(st.integers(1, 2**64 - 1), max_size=30), max_size=5))
def test_words_are_found_where_a_dictionary_finds_them(batches: list[list[int]]) -> None:
    known, wanted = empty(150), dict[int, int]()
    for batch in batches:
        for key in batch:
            wanted.setdefault(key, len(wanted))
        rows = rows_of(known, tokens_for(batch, ["word"] * len(batch)), 0, len(batch))
        assert rows == [wanted[key] for key in batch]
        assert len(known) == len(wanted)


def test_hashes_that_fall_on_one_place_are_kept_apart() -> None:
    known = empty(100)
    keys = [256 * number for number in range(1, 101)]
    for _turn in range(2):
        rows = rows_of(known, tokens_for(keys, ["word"] * 100), 0, 100)
        assert rows == list(range(100))


def test_a_table_takes_not_more_words_than_it_has_room_for() -> None:
    known = empty(2)
    tokens = tokens_for([5, 6, 7], ["a", "b", "c"])
    assert rows_of(known, tokens, 0, 3) is None
    assert rows_of(known, tokens, 0, 2) == [0, 1]


def test_touching_a_tables_memory_while_words_come_changes_none() -> None:
    model, fresh = tiny(CompiledUnits), tiny(CompiledUnits)
    for number, _step in enumerate(model.prepare()):
        words = [f"w{place}x{number}" for place in range(70)]
        for found, wanted in zip(model.halves(words), fresh.halves(words), strict=True):
            np.testing.assert_array_equal(found, wanted)
    assert len(model._units.known) == len(fresh._units.known) > 0
    assert list(tiny(PlainUnits).prepare()) == []


@pytest.mark.parametrize(("begin", "end"), [(-1, 1), (0, 3), (2, 1)])
def test_tokens_that_are_none_are_refused(begin: int, end: int) -> None:
    with pytest.raises(IndexError, match="no such tokens"):
        rows_of(empty(9), tokens_for([5, 6], ["a", "b"]), begin, end)


def test_tokens_beyond_their_texts_and_words_without_a_hash_are_refused() -> None:
    tokens = tokens_for([5, 6], ["a", "b"])
    with pytest.raises(IndexError):
        rows_of(empty(9), replace(tokens, bounds=tokens.bounds[:1]), 0, 2)
    with pytest.raises(IndexError):
        rows_of(empty(9), replace(tokens, pieces=["a"]), 0, 2)
    with pytest.raises(IndexError, match="never 0"):
        rows_of(empty(9), replace(tokens, keys=np.zeros(2, dtype=np.uint64)), 0, 2)
    with pytest.raises(ValueError, match="empty"):
        rows_of(empty(9), replace(tokens, ends=np.zeros(2, dtype=np.int32)), 0, 2)


def test_new_words_of_the_shipped_model_give_what_numpy_gives() -> None:
    chance = random.Random(6)
    letters = "aeinrstüßé中0123.-'@_ABC\\n"
    words = list({"".join(chance.choices(letters, k=chance.randrange(1, 50))) for _ in range(3000)})
    compiled, plain = (model._units for model in both())
    assert isinstance(compiled, CompiledUnits)
    assert isinstance(plain, PlainUnits)
    tokens = tokens_for([_tokens.hash_word(word) for word in words], words)
    found, rows = compiled._cache.look_up(tokens, 0, len(words))
    wanted, places = plain._cache.look_up([ADDRESS if "@" in word else word for word in words])
    assert found.products[rows] == pytest.approx(wanted.products[places], abs=1e-4)
    assert found.sums[rows] == pytest.approx(wanted.sums[places], abs=1e-4, rel=1e-5)
    assert (found.identities[rows] == wanted.identities[places]).all()


@pytest.mark.parametrize("count", [1, 3, 4, 5, 9])
def test_words_that_are_learnt_together_are_to_the_last_bit_what_each_is_alone(count: int) -> None:
    words = [f"Word{'x' * number}-{number}" for number in range(count)]
    tokens = tokens_for([_tokens.hash_word(word) for word in words], words)
    weights = shipped_weights()
    together, alone = CompiledCache(weights), CompiledCache(weights)
    found, rows = together.look_up(tokens, 0, count)
    for number in range(count):
        known, place = alone.look_up(tokens, number, number + 1)
        assert (found.products[rows[number]] == known.products[place[0]]).all()
        assert (found.sums[rows[number]] == known.sums[place[0]]).all()
        assert found.identities[rows[number]] == known.identities[place[0]]


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


def test_weights_that_do_not_fit_are_refused() -> None:
    for name in ("first", "scale", "linear_scale", "rarity", "table", "linear"):
        with pytest.raises(ValueError, match="wrong shape"):
            _topic_words.Learner(WHOLE | {name: WHOLE[name][:-1].copy()}, 20)
    with pytest.raises(ValueError, match="wrong shape"):
        _topic_words.Learner(WHOLE | {"first": np.zeros((8, 63), dtype=np.float32)}, 20)


def test_a_word_of_chinese_characters_took_the_place_of_an_ascii_word_that_lies_in_memory_as_it_does() -> None:
    word = "cancer"
    twin = word.encode().decode("utf-16")
    assert hash(twin) == hash(word)
    for units in (PlainUnits, CompiledUnits):
        model, fresh = tiny(units), tiny(units)
        model.halves([twin])
        for ours, wanted in zip(model.halves([word]), fresh.halves([word]), strict=True):
            np.testing.assert_array_equal(ours, wanted)
    assert not np.array_equal(tiny(PlainUnits).halves([word])[0], tiny(PlainUnits).halves([twin])[0])
