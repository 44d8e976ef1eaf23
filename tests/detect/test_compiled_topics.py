"""The topic model's compiled arithmetic gives what numpy gives. Without a C compiler there is nothing to compare."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml

from gateway.core.errors import DetectionError
from gateway.core.model import Segment
from gateway.detect import topic_units, topic_words
from gateway.detect.topic_units import UNIT, CompiledUnits, PlainUnits, Units
from gateway.detect.topic_weights import TopicWeights
from gateway.detect.topics import HashedTopicModel
from tests.fakes.tiny_topics import NAMES, arrays, tiny

_topics = pytest.importorskip("gateway.detect._topics", reason="not compiled: no C compiler at installation")

MODEL = Path(__file__).parents[2] / "classifiers" / "models" / "topics"
TEXT = (
    "my son was diagnosed with epilepsy last spring and takes valproate the river runs past the old mill please write "
    'to our bank about loan 4711 of 18,000 € und meine Mutter hat Brustkrebs {"salary": 54000} def f(x): return x '
    "ada@mail.example <PERSON_kt4qz7mw3bd> \n \n\n 中文 Ünïcode x"
)
WORDS = TEXT.split(" ")
SIZES = (0, 1, 2, 3, 4, 5, 61, 62, 63, 64, 65, 66, 67, 68, 127, 128, 129, 131, 192, 200)


def text_of(chance: random.Random, size: int) -> str:
    return " ".join(chance.choices(WORDS, k=size))


@cache
def shipped_weights() -> TopicWeights:
    with np.load(MODEL / "weights.npz") as archive:
        return TopicWeights.from_arrays(dict(archive))


def both() -> tuple[HashedTopicModel, HashedTopicModel]:
    topics = yaml.safe_load((MODEL / "card.yaml").read_text(encoding="utf-8"))["topics"]
    weights = shipped_weights()
    return HashedTopicModel(topics, weights, CompiledUnits), HashedTopicModel(topics, weights, PlainUnits)


def test_the_shipped_model_gives_the_same_probabilities_compiled_and_not() -> None:
    chance = random.Random(3)
    compiled, plain = both()
    for turn in range(600):
        size = SIZES[turn % len(SIZES)] if turn % 3 else chance.randrange(300)
        segments = [Segment("/a", text_of(chance, size)), Segment("/b", text_of(chance, turn % 5))]
        found, wanted = compiled.analyze(segments, ()), plain.analyze(segments, ())
        assert dict(found.probabilities) == pytest.approx(dict(wanted.probabilities), abs=1e-5)


def test_evidence_is_the_same_compiled_and_not() -> None:
    compiled, plain = both()
    segments = [Segment("/text", "Please write to the school that my son was diagnosed with epilepsy last spring.")]
    found = compiled.explain(segments, ())
    assert found.evidence == plain.explain(segments, ()).evidence
    assert found.evidence


def test_halves_are_the_same_compiled_and_not() -> None:
    chance = random.Random(4)
    compiled, plain = tiny(CompiledUnits), tiny(PlainUnits)
    for size in SIZES:
        words = chance.choices(["a", "bc", "d", ":", "\n", "word"], k=size)
        for found, wanted in zip(compiled.halves(words), plain.halves(words), strict=True):
            assert found.shape == wanted.shape
            assert found == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_units_are_the_same_wherever_reading_begins(size: int) -> None:
    words = random.Random(size).choices(WORDS[:20], k=size + 2 * UNIT)
    compiled, plain = tiny(CompiledUnits), tiny(PlainUnits)
    for lead in (0, 1, 2, 3):
        found, wanted = compiled._units.units(words, lead), plain._units.units(words, lead)
        assert found.shape == wanted.shape
        assert found == pytest.approx(wanted, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize(("channels", "middle"), [(64, 64), (70, 3), (128, 130)])
def test_models_wider_than_what_is_added_up_at_once_give_the_same(channels: int, middle: int) -> None:
    wide = arrays(channels=channels, middle=middle)
    compiled, plain = tiny(CompiledUnits, **wide), tiny(PlainUnits, **wide)
    words = random.Random(channels).choices(WORDS[:20], k=200)
    assert compiled._units.units(words) == pytest.approx(plain._units.units(words), rel=1e-4, abs=1e-3)
    for found, wanted in zip(compiled.halves(words), plain.halves(words), strict=True):
        assert found == pytest.approx(wanted, rel=1e-3, abs=1e-2)


def test_reading_on_gives_to_the_last_bit_what_reading_at_once_gives() -> None:
    chance = random.Random(5)
    compiled, _ = both()
    for _turn in range(100):
        parts = [[Segment(f"/{number}", text_of(chance, chance.randrange(120)))] for number in range(5)]
        whole = compiled.analyze([segment for part in parts for segment in part], ()).probabilities
        _, reached = compiled.resume(parts, None, range(1, 6))
        for state in reached.values():
            assert compiled.resume(parts, state, ())[0].probabilities == whole


def rewritten(chance: random.Random, text: str) -> str:
    words = text.split(" ")
    for _change in range(chance.randrange(6)):
        at = chance.randrange(len(words) + 1)
        words[at : at + chance.randrange(4)] = chance.choice((["<PERSON_kt4qz7mw3bd>"], [], ["the", "the"], ["\n\n"]))
    return " ".join(words)


def numbers(read: Any) -> list[Any]:
    return [read.part, read.count, read.units, *(its is not None and its.tolist() for its in (read.last, read.highest))]


@pytest.mark.parametrize("channels", [6, 64, 70])
def test_reading_nearly_the_same_again_gives_to_the_last_bit_what_reading_it_first_gives(channels: int) -> None:
    chance = random.Random(channels)
    model = both()[0] if channels == UNIT else tiny(CompiledUnits, **arrays(channels=channels))
    for turn in range(150):
        texts = [text_of(chance, chance.randrange(1, 150)) for _part in range(3)]
        parts = [[Segment(f"/{number}", text)] for number, text in enumerate(texts)]
        again = [[Segment(f"/{number}", rewritten(chance, text))] for number, text in enumerate(texts)]
        begin = turn % 3
        state = model.resume(parts, None, [begin])[1].get(begin)
        resume = model.rereading()
        for read, since in ((parts, None), (again, None), ([*parts[:begin], *again[begin:]], state), (again[:1], None)):
            found, reached = resume(read, since, (1, 3))
            wanted, wanted_reached = model.resume(read, since, (1, 3))
            assert found == wanted
            assert {end: numbers(its) for end, its in reached.items()} == {
                end: numbers(its) for end, its in wanted_reached.items()
            }


def test_words_that_come_again_among_the_same_are_met_and_others_are_not() -> None:
    model, trail = tiny(CompiledUnits), _topics.Trail()
    before = "one two three four five six seven eight nine ten"

    def met(text: str) -> int:
        seen = int(trail.met)
        assert model.resume([[Segment("/a", text)]], None, (), trail) == model.resume([[Segment("/a", text)]], None, ())
        return int(trail.met) - seen

    assert met(before) == 0
    assert trail.kept == 11  # with the line break behind a text
    assert met(before) == 11
    assert met(before.replace("five", "<PERSON_kt4qz7mw3bd>")) == 11 - 7
    assert met("other words " + before) == 11 - 3
    assert met(before.replace(" ", "  ")) == 11
    assert met("ten nine eight seven six five four three two one") == 0


def test_without_what_is_compiled_nothing_is_kept_and_the_same_is_said_again() -> None:
    model = tiny(PlainUnits)
    resume = model.rereading()
    for text in (TEXT, TEXT, TEXT.replace("epilepsy", "<PERSON_kt4qz7mw3bd>")):
        assert resume([[Segment("/a", text)]], None, ()) == model.resume([[Segment("/a", text)]], None, ())
    assert model._units.trail() is None


def test_what_was_kept_of_a_table_that_is_full_is_not_taken_for_the_words_of_another() -> None:
    units, chance = CompiledUnits(TopicWeights.from_arrays(arrays())), random.Random(8)
    model = HashedTopicModel(NAMES, TopicWeights.from_arrays(arrays()), lambda _: units)
    resume = model.rereading()
    for _turn in range(20):
        parts = [[Segment("/a", text_of(chance, 100))]]
        assert resume(parts, None, ()) == model.resume(parts, None, ())
        units._cache.anew()


def test_long_texts_are_read_again_alike() -> None:
    model, words = tiny(CompiledUnits), [f"w{number % 977}" for number in range(9_000)]
    resume = model.rereading()
    for size in (4_095, 9_000, 9_000, 4_097, 5_000):
        parts = [[Segment("/a", " ".join(words[:size]))]]
        assert resume(parts, None, ()) == model.resume(parts, None, ())
        words[size // 2] = words[-1] = "changed"


def test_more_words_than_are_looked_up_at_once_are_read_alike() -> None:
    words = [f"w{number % 977}x{number % 31}" for number in range(20_000)]
    found, wanted = tiny(CompiledUnits).halves(words), tiny(PlainUnits).halves(words)
    assert found[0] == pytest.approx(wanted[0], abs=1e-4)
    assert found[1] == pytest.approx(wanted[1], abs=1e-4)


def test_threads_that_read_at_the_same_time_do_not_meet() -> None:
    compiled, _ = both()
    texts = [text_of(random.Random(seed), 150) for seed in range(60)]
    alone = [compiled.analyze([Segment("/a", text)], ()).probabilities for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: compiled.analyze([Segment("/a", text)], ()).probabilities, texts * 4))
    assert together == alone * 4


@pytest.mark.parametrize("name", ["scale", "second_bias", "hidden_bias", "heads", "linear_scale", "offset", "slope"])
@pytest.mark.parametrize("units", [CompiledUnits, PlainUnits])
def test_what_is_no_number_in_the_weights_fails_closed(name: str, units: type[Units]) -> None:
    broken = np.full_like(arrays()[name], np.nan)
    with pytest.raises(DetectionError):
        tiny(units, **{name: broken}).analyze([Segment("/a", "my son " * 100)], ())


def test_a_topic_is_no_number_if_it_is_none_in_any_window() -> None:
    made = tiny(CompiledUnits)._units
    units = made.units([f"w{number}" for number in range(UNIT * 3)])
    units[0] = np.nan
    assert np.isnan(made.probabilities(units)[0]).all()


def test_what_is_highest_so_far_is_the_same_compiled_and_not() -> None:
    compiled, plain = (model._units for model in both())
    rows = plain.units(text_of(random.Random(8), 500).split(" "))
    for before in (None, np.linspace(0, 1, 16, dtype=np.float32), np.full(16, np.nan, dtype=np.float32)):
        wanted = plain.highest(rows, before)
        assert compiled.highest(rows, before) == pytest.approx(wanted, abs=1e-5, nan_ok=True)
        assert (np.diff(wanted, axis=0) >= 0).all() or np.isnan(wanted).all()
    rows[3] = np.nan
    wanted = plain.highest(rows, None)
    assert not np.isnan(wanted[1]).any()
    assert np.isnan(wanted[2:]).all()
    assert compiled.highest(rows, None) == pytest.approx(wanted, abs=1e-5, nan_ok=True)
    with pytest.raises(IndexError, match="no such topics"):
        compiled.highest(rows, np.zeros(3, dtype=np.float32))


@pytest.mark.parametrize(("module", "part"), [(topic_units, "_Arithmetic"), (topic_words, "_Learner")])
def test_where_a_part_is_not_compiled_numpy_does_it_all(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, part: str
) -> None:
    weights = TopicWeights.from_arrays(arrays())
    assert isinstance(topic_units.units_for(weights), CompiledUnits)
    monkeypatch.setattr(module, part, None)
    assert isinstance(topic_units.units_for(weights), PlainUnits)


def arithmetic() -> tuple[CompiledUnits, tuple[np.ndarray, ...]]:
    units = CompiledUnits(TopicWeights.from_arrays(arrays()))
    units.units(["a", "b"])
    return units, (units.known.products, units.known.sums, units.known.identities)


@pytest.mark.parametrize("rows", [[-1], [10**6], [0, 1, 2**31 - 1]])
def test_rows_that_are_none_are_refused(rows: list[int]) -> None:
    units, known = arithmetic()
    with pytest.raises(IndexError, match="don't fit"):
        units._arithmetic.units(np.array(rows, dtype=np.int32), 0, 0, *known)


def test_a_text_of_more_words_than_are_looked_up_at_once_or_fit_into_the_cache_is_read_alike() -> None:
    compiled, plain = tiny(CompiledUnits)._units, tiny(PlainUnits)._units
    words = [f"w{number % 29_000}x{number % 31}" for number in range(30_000)]
    pieces = [" ".join(words[:7]), "", " ".join(words[7:20_000]), "\n", " ".join(words[20_000:])]
    last, before = plain.units(words[:64])[0], np.full(len(NAMES), 0.25, dtype=np.float32)
    for skip, lead, earlier, highest in ((0, 0, None, None), (5, 3, last, before), (8_189, 3, last, None)):
        found = compiled.read(pieces, skip, lead, earlier, highest)
        wanted = plain.read(pieces, skip, lead, earlier, highest)
        assert found[0] == pytest.approx(wanted[0], rel=1e-5, abs=1e-3)
        assert found[1] == wanted[1]
        assert found[2] == pytest.approx(wanted[2], abs=1e-5)


def test_reading_from_where_no_words_are_or_with_what_does_not_fit_is_refused() -> None:
    units, other = CompiledUnits(TopicWeights.from_arrays(arrays())), CompiledUnits(shipped_weights())
    for skip, lead in ((-1, 0), (0, -1), (3, 0), (1, 2), (2**62, 2**62)):
        with pytest.raises(IndexError, match="no such tokens"):
            units.read(["a b"], skip, lead, None, None)
    with pytest.raises(IndexError, match="no such units"):
        units.read(["a b"], 0, 0, np.zeros(3, dtype=np.float32), None)
    with pytest.raises(IndexError, match="other weights"):
        units._arithmetic.read(other._cache, ["a b"], 0, 0, 0, None, None)


@pytest.mark.parametrize(("before", "behind"), [(-1, 0), (0, -1), (2, 1), (3, 0)])
def test_more_words_to_look_at_than_there_are_are_refused(before: int, behind: int) -> None:
    units, known = arithmetic()
    with pytest.raises(IndexError, match="don't fit"):
        units._arithmetic.units(np.array([0, 1], dtype=np.int32), before, behind, *known)


def test_arrays_of_the_wrong_shape_are_refused() -> None:
    units, (products, sums, identities) = arithmetic()
    rows = np.array([0, 1], dtype=np.int32)
    wrong = [(products[:-1], sums, identities), (products, sums[:, :-1].copy(), identities), (sums, sums, identities)]
    for known in wrong:
        with pytest.raises(IndexError, match="don't fit"):
            units._arithmetic.units(rows, 0, 0, *known)
    for nothing in (np.zeros((0, 20), dtype=np.float32), np.zeros((2, len(NAMES)), dtype=np.float32)):
        with pytest.raises(IndexError, match="no such units"):
            units._arithmetic.halves(nothing)
        with pytest.raises(IndexError, match="no such units"):
            units._arithmetic.probabilities(nothing)


def test_weights_that_do_not_fit_are_refused() -> None:
    weights = TopicWeights.from_arrays(arrays())
    whole = {name: getattr(weights, name) for name in weights.__slots__}
    with pytest.raises(ValueError, match="filled up"):
        _topics.Arithmetic(whole | {"second": np.zeros((6, 18), dtype=np.float32)}, 20)
    filled = {
        name: np.zeros((size, 64), dtype=np.float32) for name, size in (("second", 18), ("hidden", 12), ("heads", 5))
    }
    _topics.Arithmetic(whole | filled, 20)
    for name in ("second_bias", "heads_bias", "pairs_rarity", "slope", "hidden"):
        with pytest.raises(ValueError, match="wrong shape"):
            _topics.Arithmetic(whole | filled | {name: (whole | filled)[name][:-1].copy()}, 20)
