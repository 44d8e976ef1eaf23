"""Quasi-identifiers: harmless alone, telling together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.model import Finding, Segment, SegmentKind
from gateway.core.topic_models import TopicModel
from gateway.detect.reidentification import REACH, TOPIC, ReidentificationRisk


def risk(text: str, *found: tuple[str, str], path: str = "/text") -> float:
    findings = [
        Finding(path, kind, text.index(value), text.index(value) + len(value), 0.9, "test") for kind, value in found
    ]
    return ReidentificationRisk().analyze([Segment(path, text)], findings).probabilities[TOPIC]


def test_it_is_a_topic_model_of_one_topic() -> None:
    assert isinstance(ReidentificationRisk(), TopicModel)
    assert ReidentificationRisk().topics == {TOPIC}


def test_birth_date_postcode_and_sex_single_out_most_people() -> None:
    found = risk(
        "female, born 3 May 1967, 35041",
        ("SEX", "female"),
        ("DATE_OF_BIRTH", "3 May 1967"),
        ("POSTAL_CODE", "35041"),
    )
    assert found > 0.8


@pytest.mark.parametrize(
    "found",
    [
        [("DATE_OF_BIRTH", "3 May 1967")],
        [("SEX", "female")],
        [("POSTAL_CODE", "35041")],
        [("SEX", "female"), ("POSTAL_CODE", "35041")],
        [("DATE_OF_BIRTH", "3 May 1967"), ("SEX", "female")],
    ],
)
def test_parts_of_it_do_not(found: list[tuple[str, str]]) -> None:
    assert risk("female, born 3 May 1967, 35041", *found) < 0.01


def test_a_rare_role_in_a_small_town_is_telling_and_in_no_town_is_not() -> None:
    assert risk("The mayor of Oberpfaff has epilepsy.", ("LOCATION", "Oberpfaff")) >= 0.5
    assert risk("The mayor has epilepsy.") == 0.0


def test_a_rare_role_in_a_large_city_or_a_country_tells_less() -> None:
    assert risk("a school principal in Hamburg", ("LOCATION", "Hamburg")) < 0.05
    assert risk("a school principal in Germany", ("LOCATION", "Germany")) == 0.0


def test_an_age_and_a_british_postcode_are_telling() -> None:
    assert risk("aged 54, lives at LS1 4AP", ("AGE", "54"), ("UK_POSTCODE", "LS1 4AP")) > 0.5


def test_the_leaves_of_a_record_count_together() -> None:
    values = [("SEX", "f"), ("DATE_OF_BIRTH", "1967-05-03"), ("DE_PLZ", "35041")]
    segments = [Segment(f"/rows/0/{index}", value) for index, (_, value) in enumerate(values)]
    findings = [
        Finding(s.path, kind, 0, len(s.text), 0.9, "test") for s, (kind, _) in zip(segments, values, strict=True)
    ]
    topics = ReidentificationRisk().analyze(segments, findings)
    assert topics.probabilities[TOPIC] > 0.8
    assert {path for path, _, _ in topics.evidence[TOPIC]} == {segment.path for segment in segments}


def test_what_stands_far_apart_does_not_count_together() -> None:
    text = "born 1967-05-03" + "." * REACH + " female 35041"
    found = [("DATE_OF_BIRTH", "1967-05-03"), ("SEX", "female"), ("POSTAL_CODE", "35041")]
    assert risk(text, *found) < 0.01


def test_opaque_segments_and_unknown_paths_are_left_out() -> None:
    segments = [Segment("/image", "mayor", kind=SegmentKind.OPAQUE)]
    findings = [Finding("/elsewhere", "LOCATION", 0, 5, 0.9, "test")]
    assert ReidentificationRisk().analyze(segments, findings).probabilities == {TOPIC: 0.0}


KINDS = st.sampled_from(["DATE_OF_BIRTH", "AGE", "SEX", "NRP", "POSTAL_CODE", "UK_POSTCODE", "LOCATION", "PERSON"])


@given(st.lists(st.tuples(KINDS, st.integers(0, 3000)), max_size=40))
@settings(deadline=None)
def test_the_risk_is_a_probability_and_more_findings_never_lower_it(places: list[tuple[str, int]]) -> None:
    segment = Segment("/text", "x" * 3100)
    findings = [Finding("/text", kind, at, at + 5, 0.9, "test") for kind, at in places]
    model = ReidentificationRisk()
    before = 0.0
    for count in range(len(findings) + 1):
        now = model.analyze([segment], findings[:count]).probabilities[TOPIC]
        assert 0 <= now <= 1
        assert now >= before
        before = now
