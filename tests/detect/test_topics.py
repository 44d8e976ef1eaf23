"""The topic model's arithmetic and its promises, on tiny weights."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.errors import DetectionError
from gateway.core.model import Segment, SegmentKind
from gateway.core.topic_models import TopicModel
from gateway.detect import topic_units
from gateway.detect.topic_text import stream, token_of, tokens_of
from gateway.detect.topic_units import UNIT, PlainUnits
from gateway.detect.topic_weights import LEVEL_HEADS, TopicWeights
from gateway.detect.topic_words import CACHED
from gateway.detect.topics import HashedTopicModel
from gateway.detect.words import TOKEN
from tests.fakes.tiny_topics import NAMES, arrays, tiny

FILLER = "the river runs slowly past the old mill and the trees on its banks "


def said(*texts: str, context: tuple[str, ...] = ()) -> list[Segment]:
    return [Segment(f"/messages/{index}/content", text, context=context) for index, text in enumerate(texts)]


def probabilities(model: HashedTopicModel, *texts: str) -> dict[str, float]:
    return dict(model.analyze(said(*texts), ()).probabilities)


def test_it_is_a_topic_model_with_a_probability_for_every_topic() -> None:
    model = tiny()
    assert isinstance(model, TopicModel)
    assert model.topics == frozenset(NAMES)
    assert set(probabilities(model, "My knee hurts")) == set(NAMES)


@given(st.lists(st.text(max_size=300), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_probabilities_and_the_same_ones_again(texts: list[str]) -> None:
    model = tiny()
    once = probabilities(model, *texts)
    assert all(0 <= value <= 1 for value in once.values())
    assert probabilities(model, *texts) == once


def test_no_text_at_all_is_judged_too() -> None:
    assert probabilities(tiny()).keys() == set(NAMES)


def test_known_words_give_what_new_words_gave() -> None:
    text = "Frau Weber, 54, klagt über Schmerzen im Knie"
    warm = tiny()
    for word in text.split():
        probabilities(warm, word)
    assert probabilities(warm, text) == pytest.approx(probabilities(tiny(), text), abs=1e-6)


def test_a_full_word_cache_is_begun_anew_without_changing_answers() -> None:
    model = tiny()
    first = probabilities(model, FILLER)
    for batch in range(8):
        probabilities(model, " ".join(f"w{batch}x{index}" for index in range(6000)))
    assert len(model._units.known) <= CACHED
    assert probabilities(model, FILLER) == pytest.approx(first, abs=1e-6)


def test_the_word_cache_holds_no_word() -> None:
    model = tiny(PlainUnits)
    probabilities(model, "Aurelia Quist")
    known = model._units.known
    assert set(vars(known)) == {"rows", "products", "sums", "identities"}
    assert {type(key) for key in vars(known)["rows"]} == {int}


def test_threads_share_a_model() -> None:
    model, texts = tiny(), [f"patient number{index} of ward{index % 7}" for index in range(200)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: probabilities(model, text), texts))
    alone = tiny()
    for text, found in zip(texts, together, strict=True):
        assert found == pytest.approx(probabilities(alone, text), abs=1e-6)


def test_a_sentence_is_seen_in_pages_of_prose_as_it_is_alone_in_a_window() -> None:
    model = tiny()
    sentence = "my son had another seizure and takes valproate "
    padding = FILLER * (UNIT // len(FILLER.split()) + 1)
    window = probabilities(model, padding + sentence + padding)
    page = probabilities(model, padding * 20 + sentence + padding * 20)
    assert all(page[name] >= window[name] - 0.15 for name in NAMES)


def test_more_text_never_lowers_a_topic_that_whole_units_before_it_had() -> None:
    model = tiny()
    unit = " ".join(f"word{index}" for index in range(2 * UNIT))
    alone = model._units.probabilities(model._units.units(unit.split()))
    longer = model._units.probabilities(model._units.units(unit.split() + FILLER.split() * 40))
    # the last word before the new text sees one neighbour more, so a window may differ by a hair
    assert (longer.max(axis=0) >= alone.max(axis=0) - 0.1).all()


def test_segments_are_read_as_one_text() -> None:
    model = tiny()
    apart = probabilities(model, "My son is eight.", "He has epilepsy.")
    joined = probabilities(model, "My son is eight.\nHe has epilepsy.")
    assert apart == pytest.approx(joined, abs=1e-6)


def test_keys_lead_their_values_and_structural_keys_do_not() -> None:
    model = tiny()
    bare = model.analyze(said("F32.1"), ()).probabilities
    structural = model.analyze(said("F32.1", context=("messages", "content")), ()).probabilities
    keyed = model.analyze(said("F32.1", context=("patient", "diagnosis")), ()).probabilities
    written = model.analyze(said("patient: diagnosis: F32.1"), ()).probabilities
    assert structural == bare
    assert keyed == written
    assert keyed != bare


def test_keys_that_are_segments_of_their_own_are_told_once() -> None:
    model = tiny()
    segments = [
        Segment("/x/*0#", "diagnosis", SegmentKind.KEY),
        Segment("/x/*0", "F32.1", context=("patient", "diagnosis")),
    ]
    assert model.analyze(segments, ()) == model.analyze(said("diagnosis: F32.1"), ())


def test_what_an_address_is_made_of_tells_of_no_topic() -> None:
    model = tiny()
    assert probabilities(model, "Mail ada@cancer-clinic.example") == probabilities(model, "Mail bo@shop.example")


def test_the_name_of_the_model_tells_of_no_topic() -> None:
    model = tiny()
    asked = [Segment("/model", "medical-llama", context=("model",)), *said("Hello")]
    assert model.analyze(asked, ()).probabilities == probabilities(model, "Hello")


def test_opaque_segments_are_not_read() -> None:
    model = tiny()
    opaque = Segment("/messages/0/content/1", "image", kind=SegmentKind.OPAQUE)
    assert model.analyze([*said("Hello"), opaque], ()).probabilities == probabilities(model, "Hello")


@given(st.lists(st.text(max_size=120), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_evidence_points_at_words_of_the_segments(texts: list[str]) -> None:
    segments = said(*texts, context=("patient", "note"))
    lengths = {segment.path: len(segment.text) for segment in segments}
    found = tiny().explain(segments, (), floor=0.0)
    for spans in found.evidence.values():
        for path, start, end in spans:
            assert 0 <= start < end <= lengths[path]


def test_evidence_is_given_for_topics_above_the_floor_only() -> None:
    found = tiny().explain(said("my son had another seizure"), (), floor=1.1)
    assert found.evidence == {}
    assert found.probabilities == tiny().analyze(said("my son had another seizure"), ()).probabilities


def test_arithmetic_that_gives_no_number_fails_closed() -> None:
    with pytest.raises(DetectionError):
        probabilities(tiny(offset=np.full(len(NAMES) + 1, np.nan, dtype=np.float32)), "Hello")


@pytest.mark.parametrize("name", ["table", "second", "heads", "linear", "pairs", "slope"])
def test_arrays_missing_or_of_the_wrong_shape_are_refused(name: str) -> None:
    whole = arrays()
    with pytest.raises(ValueError, match="missing"):
        TopicWeights.from_arrays({key: value for key, value in whole.items() if key != name})
    with pytest.raises(ValueError, match="wrong shape"):
        TopicWeights.from_arrays(whole | {name: whole[name][:-1]})


def test_names_must_match_the_heads() -> None:
    with pytest.raises(ValueError, match="topic names"):
        HashedTopicModel(NAMES[:2], TopicWeights.from_arrays(arrays()))


def test_text_is_hidden_from_repr() -> None:
    assert "Quist" not in repr(stream(said("Aurelia Quist")))


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=3), min_size=1, max_size=6),
    st.integers(0, 6),
)
@settings(max_examples=80, deadline=None)
def test_reading_goes_on_where_it_was(sizes: list[list[tuple[int, bool]]], cut: int) -> None:
    model = tiny()
    parts = [
        [
            Segment(
                f"/messages/{number}/{place}",
                " ".join(f"w{(number * 7 + place + index) % 11}" for index in range(size)),
                SegmentKind.KEY if is_key else SegmentKind.VALUE,
                context=(f"field{place}", f"w{size % 5}"),
            )
            for place, (size, is_key) in enumerate(part)
        ]
        for number, part in enumerate(sizes)
    ]
    cut = min(cut, len(parts))
    whole = model.analyze([segment for part in parts for segment in part], ()).probabilities
    _, reached = model.resume(parts[:cut], None, range(1, cut + 1))
    for state in (None, *reached.values()):
        topics, _ = model.resume(parts, state, ())
        assert dict(topics.probabilities) == pytest.approx(dict(whole), abs=1e-5)


def test_a_state_of_reading_holds_no_words() -> None:
    _, reached = tiny().resume([said(FILLER * 20)], None, [1])
    assert {type(getattr(reached[1], name)) for name in reached[1].__slots__} == {int, np.ndarray}


def test_the_levels_exclude_one_another() -> None:
    found = probabilities(tiny(), "my son had another seizure")
    assert 0 < found["highly_sensitive"] < found["sensitive"] < 1


def test_a_sure_level_head_decides_alone() -> None:
    heads = np.zeros(len(NAMES) + 1, dtype=np.float32)
    nothing = np.zeros((2, heads.size), dtype=np.float32)
    for level, wanted in (("low", (0, 0)), ("moderate", (1, 0)), ("high", (1, 1))):
        offset = heads.copy()
        offset[len(NAMES) - 2 + LEVEL_HEADS.index(level)] = 20
        found = probabilities(tiny(slope=nothing, offset=offset), "anything")
        assert (found["sensitive"], found["highly_sensitive"]) == pytest.approx(wanted, abs=1e-6)


def test_the_level_topics_must_be_the_last_two_names() -> None:
    with pytest.raises(ValueError, match="last topics"):
        HashedTopicModel(tuple(reversed(NAMES)), TopicWeights.from_arrays(arrays()))


def test_a_calibration_of_one_half_each_gives_the_sum_of_both_halves() -> None:
    model = tiny()
    near, linear = model.halves(["my", "knee", "hurts"])
    assert near.shape == linear.shape == (1, len(NAMES) + 1)
    expected = 1 / (1 + np.exp(-(near + linear)[0, 0]))
    assert model._units.probabilities(model._units.units(["my", "knee", "hurts"]))[0, 0] == pytest.approx(
        expected, abs=1e-6
    )


def test_what_is_said_again_in_a_unit_adds_nothing_to_the_linear_half() -> None:
    words = ["my", "knee", "hurts", ":"]
    _, once = tiny().halves([*words, "my"])
    _, often = tiny().halves([*(words * 12), "my"])
    assert often == pytest.approx(once, abs=1e-5)


def test_a_unit_counts_its_own_words_whatever_stood_before() -> None:
    places = np.array([3] * UNIT + [3, 5, 3])
    assert np.flatnonzero(~topic_units._repeats(places)).tolist() == [0, UNIT, UNIT + 1]


@pytest.mark.parametrize("mark", ["", "<"])
def test_a_token_by_itself_reads_as_it_does_in_its_text(mark: str) -> None:
    """It once looked through the text for every new word, which took the square of a text's length."""
    text = f"PERSON_ab3de4fg5hj wrote to ada@mail.example, AGE_wb7fv4jp7mf {mark}"
    alone = [token_of(token, among=bool(mark)) for token in TOKEN.findall(text)]
    assert alone == tokens_of(text)
    assert ("PERSON_ab3de4fg5hj" in alone) is not bool(mark)
