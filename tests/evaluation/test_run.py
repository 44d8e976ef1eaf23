"""A whole evaluation over a small engine: speed by the clock given, a rival on the same texts, errors without text."""

import json
from itertools import count

from gateway.core.model import Finding, Sensitivity
from gateway.evaluation.examples import Example
from gateway.evaluation.judging import PipelineJudge
from gateway.evaluation.page import page
from gateway.evaluation.run import Evaluation, Rival, evaluate
from tests.fakes.engines import DIALECT, FLEET, engine

EXAMPLES = [
    Example("d:1", "SSN 536-22-8741", Sensitivity.HIGH, ((4, 15, "US_SSN"),), "form"),
    Example("d:2", "Tell Zoë Hidden-Name at once", Sensitivity.MODERATE, ((5, 20, "PERSON"),), "mail"),
    Example("d:3", "Martha Lindqvist <b>wrote</b> that book", Sensitivity.LOW, (), "chat"),
    Example("d:4", "What is a heat pump?", Sensitivity.LOW, (), "chat"),
    Example("d:5", "We acquire news from the wires", Sensitivity.LOW, (), "chat"),
]


def run(*, with_text: bool = False, rival: Rival | None = None, examples: list[Example] | None = None) -> Evaluation:
    ticks = count()

    def clock() -> float:
        return next(ticks) * 0.5

    judge = PipelineJudge(engine(), DIALECT, FLEET, clock)
    given = EXAMPLES if examples is None else examples
    return evaluate(given, judge, clock, dataset="d<&>", sha256="ab", rival=rival, with_text=with_text)


def test_levels_leaks_and_over_blocking_of_five_texts() -> None:
    result = run()
    assert result.levels is not None
    assert result.levels.fields()["confusion"] == {
        "high": {"high": 1, "moderate": 0, "low": 0},
        "moderate": {"high": 0, "moderate": 0, "low": 1},
        "low": {"high": 0, "moderate": 2, "low": 1},
    }
    rates = result.levels.rates
    assert (rates["leaked"].hits, rates["leaked"].count) == (1, 2)
    assert (rates["kept"].hits, rates["altered"].hits, rates["kept"].count) == (1, 1, 3)
    assert result.judged == {"high": 1, "moderate": 2, "low": 2}
    assert result.protected_judged == {"high": 1, "moderate": 0, "low": 1}


def test_speed_is_bytes_by_the_clock_which_stands_still_while_the_policy_is_asked() -> None:
    speed = run().systems[0].speed
    # It goes on by half a second whenever it is read: in each of five texts at the beginning, before the policy, after
    # it, and at the end.
    assert speed.seconds == 5 * (1.5 - 0.5)
    assert speed.texts_per_second == 1.0
    assert speed.size == sum(len(example.text.encode()) for example in EXAMPLES)


def test_a_rival_is_scored_by_the_same_rules_on_the_same_texts() -> None:
    asked: list[str] = []

    def find(text: str) -> list[Finding]:
        asked.append(text)
        at = text.find("Zoë Hidden-Name")
        return [Finding("", "PERSON", at, at + 15, 0.8, "rival")] if at >= 0 else []

    ours, theirs = run(rival=Rival("rival", find)).systems
    assert asked == [example.text for example in EXAMPLES]
    assert ours.entities is not None
    assert theirs.entities is not None
    assert ours.entities.of("exact", "PERSON").recall == 0.0
    assert theirs.entities.of("exact", "PERSON").recall == 1.0
    assert theirs.entities.of("exact", "US_SSN").recall == 0.0
    assert theirs.flagged == 1


def test_errors_are_told_without_text_unless_asked_for() -> None:
    shown = json.dumps(run().fields(), ensure_ascii=False)
    assert "Hidden-Name" not in shown
    assert "Martha" not in shown
    assert "536-22" not in shown
    result = run()
    assert [flaw.place for flaw in result.flaws["leaked"]] == ["d:2"]
    assert [flaw.place for flaw in result.flaws["kept"]] == ["d:5"]
    assert [(flaw.place, flaw.span) for flaw in result.flaws["missed"]] == [("d:2", (5, 20))]
    assert [(flaw.place, flaw.span) for flaw in result.flaws["false"]] == [("d:3", (0, 16))]
    (missed,) = run(with_text=True).flaws["missed"]
    assert missed.text == ("Tell ", "Zoë Hidden-Name", " at once")
    assert "Hidden-Name" not in repr(missed)


def test_the_page_holds_no_text_of_its_own_accord_and_asks_nobody_for_anything() -> None:
    told = page(run())
    assert "Hidden-Name" not in told
    for outside in ("http:", "https:", "<script", "<link", "src=", "url(", "@import"):
        assert outside not in told
    assert "d&lt;&amp;&gt;" in told


def test_the_page_escapes_the_texts_it_is_asked_to_show() -> None:
    told = page(run(with_text=True))
    assert "Hidden-Name" in told
    assert "<b>wrote" not in told
    assert "&lt;b&gt;wrote" in told


def test_texts_without_any_labels_still_give_levels_and_speed() -> None:
    result = run(examples=[Example("d:1", "SSN 536-22-8741"), Example("d:2", "")])
    assert result.levels is None
    assert result.systems[0].entities is None
    assert result.judged == {"high": 1, "moderate": 0, "low": 1}
    assert "judged high" in page(result)
