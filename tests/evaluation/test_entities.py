"""Entity scores against values counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Finding
from gateway.evaluation.entities import Tally, cover_scores, labels_of, matched, score_entities
from gateway.evaluation.examples import Example, Span


def finding(start: int, end: int, kind: str = "PERSON", score: float = 0.9) -> Finding:
    return Finding("", kind, start, end, score, "test")


def example(text: str, *spans: Span, genre: str = "mail") -> Example:
    return Example("p", text, None, tuple(spans), genre)


def tally(matching: str, text: str, spans: list[Span], findings: list[Finding], kind: str = "PERSON") -> Tally:
    examples = [example(text, *spans)]
    return score_entities(examples, [findings], labels_of(examples)).of(matching, kind)


def test_one_right_one_missed_one_false() -> None:
    text = "Ann met Bob and Cyd"
    got = tally("exact", text, [(0, 3, "PERSON"), (8, 11, "PERSON")], [finding(0, 3), finding(16, 19)])
    assert (got.gold, got.gold_hit, got.found, got.found_right, got.covered) == (2, 1, 2, 1, 1)
    assert (got.precision, got.recall, got.f()) == (0.5, 0.5, 0.5)


def test_wrong_borders_fail_exact_and_pass_overlap() -> None:
    text = "Dr Ann Roe came"
    spans, findings = [(3, 10, "PERSON")], [finding(0, 10)]
    assert tally("exact", text, list(spans), findings).recall == 0.0
    assert tally("overlap", text, list(spans), findings).recall == 1.0
    assert tally("exact", text, list(spans), findings).covered == 1


def test_a_part_found_overlaps_but_does_not_cover() -> None:
    got = tally("overlap", "Ann Roe came", [(0, 7, "PERSON")], [finding(0, 3)])
    assert (got.gold_hit, got.found_right, got.covered) == (1, 1, 0)


def test_two_findings_in_one_span_cover_it_together_whatever_their_types() -> None:
    got = tally("exact", "Ann Roe came", [(0, 7, "PERSON")], [finding(0, 3), finding(4, 7, "LOCATION")])
    assert got.covered == 1
    assert got.gold_hit == 0


def test_punctuation_need_not_be_covered() -> None:
    assert tally("exact", "+1 (202) 555", [(0, 12, "PHONE_NUMBER")], [finding(1, 2), finding(4, 7), finding(9, 12)],
                 "PHONE_NUMBER").covered == 1  # fmt: skip


def test_two_findings_with_the_same_borders_are_one_right_and_one_wrong() -> None:
    got = tally("exact", "Ann", [(0, 3, "PERSON")], [finding(0, 3), finding(0, 3)])
    assert (got.gold_hit, got.found, got.found_right) == (1, 2, 1)


def test_spans_of_two_types_at_the_same_place_are_each_counted() -> None:
    got_person = tally("exact", "Paris", [(0, 5, "PERSON"), (0, 5, "LOCATION")], [finding(0, 5)])
    assert (got_person.gold, got_person.gold_hit) == (1, 1)


def test_a_finding_of_a_type_that_is_not_labelled_is_set_aside() -> None:
    examples = [example("Ann 1.1.1990", (0, 3, "PERSON"))]
    scores = score_entities(examples, [[finding(0, 3), finding(4, 12, "DATE_OF_BIRTH")]], labels_of(examples))
    assert scores.set_aside == 1
    assert scores.of("exact").precision == 1.0


def test_a_finer_type_answers_a_broader_label_only_where_the_finer_has_no_label() -> None:
    spans: list[Span] = [(0, 8, "DATE_TIME")]
    found = [finding(0, 8, "DATE_OF_BIRTH")]
    assert tally("exact", "1.1.1990 2.2.2000", spans, found, "DATE_TIME").recall == 1.0
    both = [*spans, (9, 17, "DATE_OF_BIRTH")]
    assert tally("exact", "1.1.1990 2.2.2000", both, found, "DATE_TIME").recall == 0.0


def test_texts_without_labels_are_passed_over_and_empty_labels_count_false_findings() -> None:
    unlabelled = Example("p", "Ann", None, None)
    empty = example("Bob")
    scores = score_entities([unlabelled, empty], [[finding(0, 3)], [finding(0, 3)]], {"PERSON"})
    assert scores.examples == 1
    assert scores.of("exact").found == 1
    assert scores.of("exact").precision == 0.0
    assert scores.of("exact").recall is None


def test_offsets_beyond_the_basic_plane_are_code_points() -> None:
    text = "👩🏽‍⚕️ Ann"
    at = text.index("Ann")
    assert tally("exact", text, [(at, at + 3, "PERSON")], [finding(at, at + 3)]).f() == 1.0


def test_genres_are_counted_apart_and_together() -> None:
    examples = [example("Ann", (0, 3, "PERSON"), genre="mail"), example("Bob", (0, 3, "PERSON"), genre="chat")]
    scores = score_entities(examples, [[finding(0, 3)], []], {"PERSON"})
    assert scores.of("exact", "PERSON", "mail").recall == 1.0
    assert scores.of("exact", "PERSON", "chat").recall == 0.0
    assert scores.of("exact").recall == 0.5
    assert ("PERSON", "chat") in [(kind, genre) for kind, genre, _ in scores.rows("exact")]


def test_a_span_is_covered_up_to_the_least_score_among_its_letters() -> None:
    one = example("Ann Roe", (0, 7, "PERSON"))
    assert cover_scores(one, [finding(0, 3, score=0.9), finding(4, 7, score=0.4)]) == [0.4]
    assert cover_scores(one, [finding(0, 3), finding(4, 7, score=0.4), finding(0, 7, score=0.6)]) == [0.6]
    assert cover_scores(one, [finding(0, 3)]) == [0.0]
    assert cover_scores(one, []) == [0.0]


def test_a_long_span_hides_none_of_the_short_ones_after_it() -> None:
    ours: list[Span] = [(0, 50, "A"), (10, 12, "A"), (60, 62, "A")]
    gold: list[Span] = [(20, 25, "A"), (50, 60, "A"), (61, 70, "A")]
    assert matched(gold, ours, "overlap")[0] == [True, False, True]


SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 8), st.sampled_from("AB")).map(lambda s: (s[0], s[0] + s[1], s[2])),
    max_size=12,
).map(lambda spans: sorted(set(spans)))


@given(SPANS, SPANS)
def test_overlap_agrees_with_comparing_every_pair(gold: list[Span], ours: list[Span]) -> None:
    def touches(one: Span, other: Span) -> bool:
        return one[2] == other[2] and one[0] < other[1] and other[0] < one[1]

    hit, right = matched(gold, ours, "overlap")
    assert hit == [any(touches(one, other) for other in ours) for one in gold]
    assert right == [any(touches(one, other) for other in gold) for one in ours]


@given(SPANS)
def test_what_is_found_as_labelled_scores_1_by_every_measure(spans: list[Span]) -> None:
    one = example("x" * 40, *spans)
    found = [finding(start, end, kind) for start, end, kind in spans]
    for matching in ("exact", "overlap"):
        got = score_entities([one], [found], labels_of([one])).of(matching)
        assert (got.precision, got.recall) == ((1.0, 1.0) if spans else (None, None))
        assert got.covered == got.gold


def test_counts_and_measures_go_into_json() -> None:
    got = tally("exact", "Ann Bob", [(0, 3, "PERSON"), (4, 7, "PERSON")], [finding(0, 3)]).fields()
    assert got["f1"] == pytest.approx(0.6667)
    assert got["f2"] == pytest.approx(5 * 0.5 / (4 + 0.5), abs=1e-4)
    assert got["gold"] == 2
