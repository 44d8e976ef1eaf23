"""Confusion, macro-F1, leaks and over-blocking against values counted by hand; zones by the real plan."""

import pytest

from gateway.core.model import Sensitivity, Topics, Zone
from gateway.evaluation.examples import Example
from gateway.evaluation.judging import Judged, PipelineJudge
from gateway.evaluation.levels import Confusion, score_levels
from gateway.evaluation.sweep import moved, sweep_entities, sweep_scores, sweep_topics
from tests.fakes.engines import DIALECT, FLEET, engine
from tests.fakes.recognizers import BrokenRecognizer, FakeTopics

LOW, MODERATE, HIGH = Sensitivity


def one(level: Sensitivity, judged: Sensitivity, zone: Zone | None, *, altered: bool = False) -> tuple[Example, Judged]:
    return Example("p", "t", level), Judged((), Topics(), judged, planned=True, zone=zone, altered=altered)


def judge(text: str, level: Sensitivity | None = LOW) -> Judged:
    return PipelineJudge(engine(), DIALECT, FLEET, lambda: 0.0)(Example("p", text, level))


def test_macro_f1_is_the_mean_over_labelled_levels() -> None:
    confusion = Confusion.of([(HIGH, HIGH), (HIGH, LOW), (LOW, LOW), (LOW, LOW)])
    # high: 2*1 / (2 + 1) = 2/3; low: 2*2 / (2 + 3) = 4/5; moderate is labelled nowhere
    assert confusion.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert confusion.f1(MODERATE) is None
    assert Confusion.of([]).macro_f1 is None


def test_a_false_level_that_is_nowhere_labelled_does_not_divide_by_it() -> None:
    assert Confusion.of([(LOW, MODERATE)]).macro_f1 == 0.0


def test_leaks_and_over_blocking_are_counted_by_where_a_text_goes() -> None:
    pairs = [
        one(HIGH, LOW, Zone.CLOUD),  # leaked
        one(HIGH, MODERATE, Zone.CLOUD, altered=True),  # transformed: no leak, yet high in the cloud
        one(MODERATE, MODERATE, Zone.CLOUD, altered=True),
        one(MODERATE, HIGH, Zone.LOCAL),
        one(MODERATE, LOW, None),  # refused: reaches nobody
        one(LOW, LOW, Zone.CLOUD),
        one(LOW, MODERATE, Zone.SECURE),  # kept
        one(LOW, MODERATE, Zone.CLOUD, altered=True),  # altered
        one(LOW, HIGH, None),  # kept
    ]
    scores = score_levels([example for example, _ in pairs], [judged for _, judged in pairs])
    assert scores is not None
    counted = {name: (share.hits, share.count) for name, share in scores.rates.items()}
    assert counted == {
        "leaked": (1, 5),
        "kept": (2, 4),
        "altered": (1, 4),
        "high_in_cloud": (2, 2),
        "low_judged_high": (1, 4),
        "low_not_low": (3, 4),
    }


def test_texts_without_a_level_are_not_scored() -> None:
    example = Example("p", "t")
    assert score_levels([example], [Judged((), Topics(), LOW)]) is None


def test_low_goes_to_the_cloud_as_it_is() -> None:
    got = judge("What is a heat pump?")
    assert (got.sensitivity, got.zone, got.altered) == (LOW, Zone.CLOUD, False)


def test_moderate_goes_to_the_cloud_altered() -> None:
    got = judge("Mail martha.lindqvist@nordhavn-clinic.com")
    assert (got.sensitivity, got.zone, got.altered) == (MODERATE, Zone.CLOUD, True)


def test_high_stays_at_home() -> None:
    assert judge("SSN 536-22-8741").zone is Zone.LOCAL


def test_what_stays_moderate_after_tokenising_goes_to_the_secure_zone() -> None:
    assert judge("We acquire them; ask Martha Lindqvist").zone is Zone.SECURE


def test_the_name_of_the_model_that_is_asked_for_adds_no_meaning() -> None:
    made = engine(topics=[FakeTopics(word="served-model")])
    got = PipelineJudge(made, DIALECT, FLEET, lambda: 0.0, "served-model")(Example("p", "What is a heat pump?", LOW))
    assert (got.sensitivity, got.zone) == (LOW, Zone.CLOUD)


def test_a_text_without_a_level_is_not_planned() -> None:
    assert not judge("SSN 536-22-8741", None).planned


def test_findings_point_into_the_text_as_given() -> None:
    text = 'Grüße "an" \\ Martha Lindqvist'
    (found,) = judge(text).findings
    assert text[found.start : found.end] == "Martha Lindqvist"


def test_a_lone_surrogate_reaches_nobody_and_is_judged_all_the_same() -> None:
    assert judge("\ud800 SSN 536-22-8741").sensitivity is HIGH


def test_a_detector_that_fails_is_told() -> None:
    made = engine(recognizers=[BrokenRecognizer()])
    got = PipelineJudge(made, DIALECT, FLEET, lambda: 0.0)(Example("p", "anything", LOW))
    assert got.failed
    assert got.sensitivity is HIGH


def test_odds_are_moved_so_that_the_threshold_becomes_a_half() -> None:
    assert moved(0.3, 0.3) == pytest.approx(0.5)
    assert moved(0.5, 0.5) == pytest.approx(0.5)
    assert moved(0.7, 0.3) == pytest.approx(49 / 58)  # odds 7/3 * 7/3
    assert 0.0 < moved(0.0, 0.1) < 0.01
    assert 0.99 < moved(1.0, 0.9) < 1.0


def test_a_sweep_over_scores_lets_go_of_findings_below_the_threshold() -> None:
    examples = [Example("p", "Mail martha.lindqvist@nordhavn-clinic.com", MODERATE, ((5, 41, "EMAIL_ADDRESS"),))]
    made = engine()
    judged = [PipelineJudge(made, DIALECT, FLEET, lambda: 0.0)(example) for example in examples]
    by_score = {point.threshold: point.leaked.hits for point in sweep_scores(examples, judged, made.policy)}
    assert by_score[0.9] == 0
    assert by_score[0.95] == 1
    covered = {p.threshold: p.covered for p in sweep_entities(examples, [judged[0].findings], {"EMAIL_ADDRESS"})}
    assert covered[0.9] == 1.0
    assert covered[0.95] == 0.0


def test_a_sweep_over_topics_moves_the_policys_thresholds() -> None:
    examples = [Example("p", "We acquire them", MODERATE)]
    made = engine()
    judged = [PipelineJudge(made, DIALECT, FLEET, lambda: 0.0)(example) for example in examples]
    leaked = {point.threshold: point.leaked.hits for point in sweep_topics(examples, judged, made.policy)}
    assert leaked[0.5] == 0  # the fake gives 0.9
    assert leaked[0.9] == 0
    assert sweep_scores([Example("p", "t")], [judged[0]], made.policy) == []
