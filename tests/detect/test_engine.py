from dataclasses import replace
from itertools import product

import pytest

from gateway.detect.engine import Hit, Scanner
from gateway.detect.rules import LateRule, Pattern, Rule

FLAGS = 2  # re.IGNORECASE


def rule(regex: str, score: float = 0.6, **kwargs: object) -> Rule:
    return Rule("test", "X", (Pattern(regex, FLAGS, score),), **kwargs)  # type: ignore[arg-type]


def places(scanner: Scanner, text: str, keys: tuple[str, ...] = ()) -> list[tuple[int, int, float]]:
    return sorted((hit.start, hit.end, round(hit.score, 2)) for hit in scanner.scan(text, keys))


def test_a_group_named_value_is_the_finding() -> None:
    assert places(Scanner([rule(r"id: (?P<value>\d{3})")], threshold=0.4), "my id: 123") == [(7, 10, 0.6)]


def test_a_check_settles_the_score() -> None:
    checked = Scanner([rule(r"\d{2}", check={"11": True, "22": False}.get, valid=0.9)], threshold=0.4)

    assert places(checked, "11 22 33") == [(0, 2, 0.9), (6, 8, 0.6)]


def test_what_scores_too_low_is_dropped() -> None:
    assert places(Scanner([rule(r"\d{2}", 0.3)], threshold=0.4), "11") == []


@pytest.mark.parametrize(
    ("text", "keys", "hits"),
    [
        ("passport 123456", (), 1),
        ("PASSPORT_NO=123456", (), 1),
        ("123456 is my passport", (), 1),
        ("123456", ("guest", "passportNumber"), 1),
        ("123456", ("guest", "passport_number"), 1),
        ("passports 123456", (), 0),
        ("passport " + "x " * 60 + "123456", (), 0),
        ("number 123456", ("guest",), 0),
    ],
)
def test_a_required_context_word_must_be_near(text: str, keys: tuple[str, ...], hits: int) -> None:
    scanner = Scanner(
        [rule(r"\b\d{6}\b", 0.1, context=("passport", "passport no"), context_required=True)], threshold=0.4
    )

    assert len(places(scanner, text, keys)) == hits


def test_a_star_takes_any_ending_and_scripts_without_blanks_any_place() -> None:
    scanner = Scanner([rule(r"\d{6}", 0.1, context=("ausweis*", "身份证"), context_required=True)], threshold=0.4)

    assert places(scanner, "Ausweisnummer: 123456")
    assert places(scanner, "我的身份证号是123456")


def test_a_nearer_word_gives_more() -> None:
    scanner = Scanner([rule(r"\d{6}", 0.1, context=("pin",))], threshold=0.4)
    (near,) = scanner.scan("pin 123456")
    (far,) = scanner.scan("the pin that I was given by the bank is 123456")

    assert near.score > far.score >= 0.6


def test_a_short_text_that_is_nothing_but_a_checked_value_needs_no_context() -> None:
    scanner = Scanner([rule(r"\d{6}", 0.1, context=("pin",), check=lambda _: True, valid=0.3)], threshold=0.4)

    assert places(scanner, " 123456\n") == [(1, 7, 0.5)]
    assert places(scanner, "123456", ("order",)) == []
    assert places(scanner, "no 123456") == []


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("verdict", [True, False, None, "none"])
def test_where_no_word_is_near_that_is_needed_the_checks_are_spared_and_nothing_else_changes(
    verdict: object, *, required: bool
) -> None:
    check = None if verdict == "none" else lambda _: verdict
    made = rule(r"\d{6}", 0.1, context=("pin",), context_required=required, check=check, valid=0.3, min_digits=6)
    scanner = Scanner([made], threshold=0.4)
    (family,) = scanner._plan.families
    (probe,) = family.probes
    asks = replace(probe, needs_context=False)
    pieces = ("", "pin ", "pin" + " x" * 40, " pine ", " " * 29, "\n")

    for before, behind, keys in product(pieces, pieces, ("", "pin", "order")):
        profile = scanner.profile(f"{before}123456{behind}", keys)
        for match in family.pattern.plain.finditer(profile.text):
            assert scanner._hit(probe, match, profile) == scanner._hit(asks, match, profile), (before, behind, keys)


def test_a_literal_of_the_rule_must_be_in_the_text() -> None:
    scanner = Scanner([rule(r"\d{3}", literals=("Key",), case=True)], threshold=0.4)

    assert places(scanner, "Key 123")
    assert places(scanner, "key 123") == []


def test_an_expression_of_unbounded_width_runs_in_windows() -> None:
    text = "a" * 5000 + " " + "b=" + "c" * 30

    assert places(Scanner([rule(r"b=c+")], threshold=0.4), text) == [(5001, 5033, 0.6)]


def test_equal_expressions_run_once_for_all_rules() -> None:
    rules = [Rule(name, name.upper(), (Pattern(r"\d{3}", FLAGS, 0.5),)) for name in ("one", "two")]

    assert sorted(Scanner(rules, threshold=0.4).scan("123")) == [
        Hit(0, 3, 0.5, "ONE", "one"),
        Hit(0, 3, 0.5, "TWO", "two"),
    ]


def test_a_late_rule_is_made_when_a_text_first_needs_it() -> None:
    made: list[int] = []

    def make() -> Rule:
        made.append(1)
        return rule(r"\d{4}", 0.1, context=("room",), context_required=True)

    scanner = Scanner([], late=[LateRule(make, min_digits=4, context=("room",))], threshold=0.4)

    assert scanner.scan("a room with 123 chairs") == []
    assert scanner.scan("1234 chairs") == []
    assert not made
    assert places(scanner, "room 1234")
    assert places(scanner, "room 5678")
    assert len(made) == 1


def test_an_empty_text_has_no_hits() -> None:
    assert Scanner([rule("x")], threshold=0.4).scan("") == []
