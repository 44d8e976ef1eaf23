from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Finding, Segment
from gateway.detect.overlaps import resolve

TEXT = "Hauptstr. 5, 10115 Berlin, +49 30 901820, t.becker@web.de, 536-22-8741, end"
SEGMENT = Segment("/x", TEXT)


def finding(kind: str, start: int, end: int, score: float = 0.6, name: str = "test") -> Finding:
    return Finding("/x", kind, start, end, score, name)


def spans(findings: list[Finding]) -> list[tuple[str, int, int]]:
    return [(found.entity_type, found.start, found.end) for found in findings]


def test_of_two_on_one_place_the_better_score_stays() -> None:
    assert spans(resolve([finding("A", 0, 9, 0.5), finding("B", 0, 9, 0.7)], [SEGMENT])) == [("B", 0, 9)]


def test_the_longer_holds_the_shorter() -> None:
    assert spans(resolve([finding("A", 13, 18, 0.9), finding("B", 0, 25, 0.6)], [SEGMENT])) == [("B", 0, 25)]


def test_what_a_certain_one_leaves_of_another_stays() -> None:
    found = resolve([finding("A", 13, 18, 1.0), finding("B", 0, 25, 0.6)], [SEGMENT])

    assert spans(found) == [("B", 0, 11), ("A", 13, 18), ("B", 19, 25)]


def test_a_remainder_without_letter_or_digit_is_dropped() -> None:
    assert spans(resolve([finding("A", 0, 11, 1.0), finding("B", 0, 13, 0.6)], [SEGMENT])) == [("A", 0, 11)]


def test_two_of_one_type_are_joined() -> None:
    (found,) = resolve([finding("A", 0, 11, 0.6, "weak"), finding("A", 8, 18, 0.9, "strong")], [SEGMENT])

    assert (found.start, found.end, found.score, found.recognizer) == (0, 18, 0.9, "strong")


def test_the_more_sensitive_type_wins() -> None:
    found = resolve([finding("A", 0, 11, 0.6), finding("B", 0, 20, 0.9)], [SEGMENT], {"A": 2, "B": 1})

    assert spans(found) == [("A", 0, 11), ("B", 13, 20)]


def test_a_type_that_no_policy_names_is_not_hidden_by_a_longer_name_around_it() -> None:
    found = resolve([finding("WARD_CODE", 5, 12, 0.9), finding("PERSON", 0, 12, 0.6)], [SEGMENT], {"PERSON": 1})

    assert ("WARD_CODE", 5, 12) in spans(found)


def test_a_faint_trace_of_something_sensitive_hides_nothing() -> None:
    found = resolve([finding("A", 0, 11, 0.45), finding("B", 0, 11, 0.6)], [SEGMENT], {"A": 2, "B": 1})

    assert spans(found) == [("B", 0, 11)]


def test_findings_of_other_segments_do_not_meet() -> None:
    other = Finding("/y", "B", 0, 4, 0.9, "test")

    assert resolve([other, finding("A", 0, 9)], [SEGMENT, Segment("/y", "text")]) == [finding("A", 0, 9), other]


PLACES = st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 30)).map(
    lambda place: (place[0], min(place[0] + place[1], len(TEXT)))
)
FINDINGS = st.lists(
    st.builds(
        lambda kind, place, score: finding(kind, place[0], place[1], score),
        st.sampled_from("ABC"),
        PLACES,
        st.sampled_from([0.4, 0.5, 0.6, 1.0]),
    ),
    max_size=12,
)


@given(FINDINGS.filter(bool).map(lambda found: found[:3]), st.dictionaries(st.sampled_from("ABC"), st.integers(0, 2)))
def test_findings_apart_from_one_another_are_settled_as_all_are(findings: list[Finding], ranks: dict[str, int]) -> None:
    # An empty finding behind them is dropped, but with it among them the others are not taken as they are.
    empty = finding("D", len(TEXT), len(TEXT))
    assert resolve(findings, [SEGMENT], ranks) == resolve([empty, *findings], [SEGMENT], ranks)


@given(FINDINGS, st.dictionaries(st.sampled_from("ABC"), st.integers(0, 2)))
def test_nothing_that_was_found_is_uncovered(findings: list[Finding], ranks: dict[str, int]) -> None:
    resolved = resolve(findings, [SEGMENT], ranks)

    assert all(one.end <= other.start for one, other in pairwise(resolved))
    covered = {place for found in resolved for place in range(found.start, found.end)}
    for found in findings:
        assert all(place in covered or not TEXT[place].isalnum() for place in range(found.start, found.end))
