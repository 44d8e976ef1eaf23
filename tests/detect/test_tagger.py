from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import DetectionError
from gateway.core.model import Segment, SegmentKind
from gateway.core.protocols import Recognizer
from gateway.detect.network import Network
from gateway.detect.readers import PlainReader, ReaderOf, reader_of
from gateway.detect.tagger import PUBLIC_SCORE, EntityTagger, TaggerSettings
from gateway.detect.verdicts import Decoding
from tests.fakes.tiny_tagger import KINDS, SETTINGS, random_weights, vocabulary, weights

LIST = vocabulary(names=("ada", "lovelace"), famous=("homer",), places=("oslo",))
PLAIN = vocabulary(names=())
READERS = list(dict.fromkeys((PlainReader, reader_of)))
WORDS = st.lists(st.sampled_from(["Ada", "oslo", "12/3/99", ".", "\n", "x-y", "ÄRGER", "the", "of", "Q9"]), max_size=30)


@pytest.fixture(scope="module", params=READERS)
def make(request: pytest.FixtureRequest) -> ReaderOf:
    chosen: ReaderOf = request.param
    return chosen


@pytest.fixture(scope="module")
def knows(make: ReaderOf) -> EntityTagger:
    return EntityTagger(LIST, weights(LIST.rows), SETTINGS, name="tiny", make=make)


@pytest.fixture(scope="module")
def busy(make: ReaderOf) -> EntityTagger:
    return EntityTagger(PLAIN, random_weights(PLAIN.rows), TaggerSettings(kinds=KINDS, reach=5), name="busy", make=make)


def found(tagger: EntityTagger, text: str) -> list[tuple[str, str]]:
    return [(text[f.start : f.end], f.entity_type) for f in tagger.analyze([Segment("/x", text)])]


def test_it_is_a_recognizer_that_names_its_types(knows: EntityTagger) -> None:
    assert isinstance(knows, Recognizer)
    assert knows.name == "tiny"
    assert knows.entity_types == {"PERSON", "LOCATION"}


def test_neighbouring_words_of_a_kind_are_one_entity(knows: EntityTagger) -> None:
    assert found(knows, "Ask Ada Lovelace in Oslo.") == [("Ada Lovelace", "PERSON"), ("Oslo", "LOCATION")]


def test_a_possessive_is_left_out_of_a_name(knows: EntityTagger) -> None:
    assert found(knows, "ada lovelace's notes; Ada’s") == [("ada lovelace", "PERSON"), ("Ada", "PERSON")]


def test_a_public_name_is_a_person_with_a_low_score(knows: EntityTagger) -> None:
    private, public = knows.analyze([Segment("/x", "Ada reads Homer")])
    assert (private.entity_type, public.entity_type) == ("PERSON", "PERSON")
    assert public.score <= PUBLIC_SCORE < 0.5 <= private.score


def test_a_listed_full_name_is_public_unless_its_surroundings_are_surely_private() -> None:
    def score(famous_share: float) -> float:
        settings = TaggerSettings(kinds=KINDS, famous_share=famous_share)
        tagger = EntityTagger(LIST, weights(LIST.rows), settings, famous=["Ada  LOVELACE"])
        [finding] = tagger.analyze([Segment("/x", "ask Ada Lovelace")])
        return finding.score

    assert score(1.1) <= PUBLIC_SCORE
    assert score(0.9) > 0.9


def test_an_everyday_word_is_a_name_only_where_it_surely_is_one() -> None:
    sure = weights(LIST.rows)
    bias = sure.out_bias.copy()
    bias[0] = 21.0  # outside, begins and continues are as likely: a name with two thirds
    unsure = replace(sure, out_bias=bias)
    everyday = ["ada", "lovelace"]
    assert found(EntityTagger(LIST, unsure, SETTINGS), "ask Ada") == [("Ada", "PERSON")]
    assert found(EntityTagger(LIST, unsure, SETTINGS, everyday=everyday), "ask Ada") == []
    assert found(EntityTagger(LIST, sure, SETTINGS, everyday=everyday), "ask Ada") == [("Ada", "PERSON")]
    both = EntityTagger(LIST, unsure, SETTINGS, everyday=everyday)
    assert found(both, "ask Ada Lovelace in Oslo") == [("Ada Lovelace", "PERSON"), ("Oslo", "LOCATION")]


def test_offsets_are_code_points_of_the_segment(knows: EntityTagger) -> None:
    [finding] = knows.analyze([Segment("/a/0", "😀 é Ada")])
    assert (finding.path, finding.start, finding.end, finding.recognizer) == ("/a/0", 4, 7, "tiny")


def test_keys_that_lead_to_a_leaf_are_read_but_never_found(knows: EntityTagger) -> None:
    assert knows.analyze([Segment("/x", "hello", context=("ada_lovelace",))]) == []
    [finding] = knows.analyze([Segment("/x", "Ada", context=("lovelace", "ada"))])
    assert (finding.start, finding.end) == (0, 3)


def test_keys_that_only_give_the_place_in_a_request_are_not_read(busy: EntityTagger) -> None:
    plain = busy.analyze([Segment("/x", "the Q9 of Ada in oslo")])
    assert plain
    assert busy.analyze([Segment("/x", "the Q9 of Ada in oslo", context=("messages", "content"))]) == plain
    assert busy.analyze([Segment("/x", "the Q9 of Ada in oslo", context=("patient", "name"))]) != plain


def test_words_left_out_early_are_those_that_get_no_verdict() -> None:
    words = ["Ask", "Ada", "Lovelace", "in", "Oslo", "about", "Homer"]
    kept = 0
    for threshold in (0.05, 0.3, 0.9, 1.1):
        decoding = Decoding(np.full(3, threshold, dtype=np.float32), (0, 1))
        network = Network(PLAIN, random_weights(PLAIN.rows), decoding, 3)
        places, values = network.probabilities(words)
        assert 0 < len(places) < 7
        every = list(decoding.verdicts(places.tolist(), values))
        assert network.judge(words) == every
        kept += len(network.probabilities(words, decoding.margin)[0])
    assert kept < 4 * len(places)


def test_a_single_letter_is_nobody() -> None:
    listed = vocabulary(names=("n", "bo"))
    assert found(EntityTagger(listed, weights(listed.rows), SETTINGS), "1 < N, ask Bo; 2 ≤ n") == [("Bo", "PERSON")]


def test_opaque_and_empty_segments_hold_no_words(knows: EntityTagger) -> None:
    assert (
        knows.analyze([Segment("/x", "Ada", kind=SegmentKind.OPAQUE), Segment("/y", ""), Segment("/z", " \v ")]) == []
    )
    assert knows.analyze([]) == []


def test_a_threshold_above_the_probability_silences_a_kind() -> None:
    strict = EntityTagger(LIST, weights(LIST.rows), TaggerSettings(kinds=KINDS, thresholds={"LOCATION": 1.1}))
    assert found(strict, "Ada in Oslo") == [("Ada", "PERSON")]


@given(st.lists(WORDS, min_size=1, max_size=8))
def test_a_segment_is_judged_the_same_alone_and_among_others(busy: EntityTagger, texts: list[list[str]]) -> None:
    segments = [Segment(f"/{place}", " ".join(words)) for place, words in enumerate(texts)]
    alone = [finding for segment in segments for finding in busy.analyze([segment])]
    assert busy.analyze(segments) == alone
    assert busy.analyze(segments[::-1]) == [f for segment in segments[::-1] for f in alone if f.path == segment.path]


def test_cutting_a_long_text_changes_nothing_within_the_pieces(busy: EntityTagger) -> None:
    random = np.random.default_rng(3)
    words = random.choice(["Ada", "oslo", "12/3/99", ".", "\n", "x-y", "the", "of", "Q9"], 5000).tolist()
    whole = busy.analyze([Segment("/x", " ".join(words))])
    lead = len(" ".join(words[:900])) + 1
    part = busy.analyze([Segment("/x", " ".join(words[900:1500]))])
    inner = {(f.start + lead, f.end + lead, f.entity_type, f.score) for f in part if 300 < f.start < 1500}
    assert len(inner) > 20
    cut = len(" ".join(words[:1024]))
    assert {f for f in inner if not f[0] <= cut + 1 <= f[1]} <= {
        (f.start, f.end, f.entity_type, f.score) for f in whole
    }


def test_more_words_than_the_table_holds_are_judged_the_same(busy: EntityTagger, make: ReaderOf) -> None:
    target = Segment("/x", "the Q9 of Ada in oslo 12/3/99 x-y")
    settings = TaggerSettings(kinds=KINDS, reach=5)
    knowing = EntityTagger(
        PLAIN, random_weights(PLAIN.rows), settings, name="busy", familiar=["Ada", "the", "z"], make=make
    )
    before = busy.analyze([target])
    assert before
    for start in range(0, 50000, 1000):
        text = Segment("/y", " ".join(f"w{n}" for n in range(start, start + 1000)))
        assert busy.analyze([text]) == knowing.analyze([text])
    assert busy.analyze([target]) == knowing.analyze([target]) == before


def test_a_very_long_word_is_cut_not_kept(busy: EntityTagger) -> None:
    assert busy.analyze([Segment("/x", "A" * 500)]) != busy.analyze([Segment("/x", "z1" * 20)])
    assert [f.end for f in busy.analyze([Segment("/x", "A" * 500)])] in ([], [500])


def test_numbers_that_are_not_finite_are_an_error_never_nothing(make: ReaderOf) -> None:
    broken = weights(LIST.rows)
    broken.out_bias[0] = np.nan
    with pytest.raises(DetectionError):
        EntityTagger(LIST, broken, SETTINGS, make=make).analyze([Segment("/x", "Ada")])


def test_weights_that_do_not_fit_say_so() -> None:
    assert weights(LIST.rows).faults(LIST, 7) == []
    assert weights(LIST.rows + 1).faults(LIST, 7) == [
        f"table has shape ({LIST.rows + 1}, 4), expected ({LIST.rows}, 4)"
    ]
    assert any(fault.startswith("out has shape") for fault in weights(LIST.rows).faults(LIST, 9))


def test_the_network_hides_its_numbers_and_words_from_repr(make: ReaderOf) -> None:
    decoding = Decoding(np.full(3, 0.5, dtype=np.float32))
    network = Network(LIST, weights(LIST.rows), decoding, 3)
    network.judge(["Ada"])
    assert "Ada" not in repr(network)
    assert "table" not in repr(weights(LIST.rows))
    [(_, reading)] = make(LIST, weights(LIST.rows), decoding, 3, ()).read(["Ada"], [0])
    assert "Ada" not in repr(reading)


def test_a_reach_or_thresholds_that_do_not_fit_are_refused(make: ReaderOf) -> None:
    with pytest.raises(ValueError, match="at most 1024"):
        make(LIST, weights(LIST.rows), Decoding(np.full(3, 0.5, dtype=np.float32)), 1025, ())
    with pytest.raises(ValueError, match="not as many"):
        make(LIST, weights(LIST.rows), Decoding(np.full(2, 0.5, dtype=np.float32)), 3, ())


def test_a_text_many_times_as_long_is_scanned_for_offsets_once(knows: EntityTagger) -> None:
    """Offsets were once looked for anew in every piece, which made long texts cost the square of their length."""
    findings = knows.analyze([Segment("/x", "Ada met Homer.\n" * 3000)])
    assert len(findings) == 6000
    assert (findings[-2].start, findings[-1].end) == (15 * 2999, 15 * 2999 + 13)
