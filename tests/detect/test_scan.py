"""What the compiled scanner finds in a text is what a profile finds. Without a C compiler there is nothing to compare."""

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.presidio import rule_of
from gateway.detect import numerals
from gateway.detect.engine import Scanner
from gateway.detect.families import Family, Probe
from gateway.detect.gates import Literal, fold
from gateway.detect.kinds import kind_of
from gateway.detect.literals import LiteralIndex, indexable
from gateway.detect.numbered import Numbered, Scanned
from gateway.detect.numerals import NUMBERS
from gateway.detect.packs import RecognizerPack, RecognizerSpec, load_packs
from gateway.detect.profile import LiteralSet, Profile
from gateway.detect.rules import Pattern
from gateway.detect.spots import Spot
from tests.fakes.disguises import KINDS

_literals = pytest.importorskip("gateway.detect._literals", reason="not compiled: no C compiler at installation")

FOLDER = Path(__file__).parents[2] / "classifiers" / "packs"
ALPHABET = "0123. -/:()+_,kKsSiIaAbBß\n\t\x1c\u017f\u212a\u0130\u0131\u03c3\u03c2\u03a3\u0345\u1fbe\u00e9\u0663\u2028\ud800\U0001f600護照"
WORDS = [
    "k",
    "ß",
    "ab",
    "K1",
    "護",
    "護照",
    "aab",
    "bab ",
    "siß",
    "0123",
    "ssss",
    "k\u0131si\u03c3",
    "a-b.a/b",
    "\U0001f600",
]
TEXTS = st.text(alphabet=ALPHABET, max_size=90) | st.text(max_size=40)


def scanned(text: str, words: LiteralSet) -> Scanned:
    return Scanned(text, "", Numbered((), [words]))


@cache
def packs() -> tuple[RecognizerPack, ...]:
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.yaml"))}
    return tuple(pack for pack in load_packs(files) if isinstance(pack, RecognizerPack))


def specs() -> Iterator[RecognizerSpec]:
    for pack in packs():
        yield from (spec for spec in pack.recognizers if isinstance(spec, RecognizerSpec))


@cache
def scanner(*, compiled: bool) -> Scanner:
    return Scanner([rule_of(spec) for spec in specs()], threshold=0.4, compiled=compiled)


def found(text: str, keys: Sequence[str], *, compiled: bool) -> Sequence[object]:
    plan = scanner(compiled=compiled)._plan
    profile = plan.gates.profile(text, " ".join(keys))
    due: Iterable[tuple[Family, Sequence[Probe], Sequence[Spot]]]
    if isinstance(profile, Scanned):
        due = [
            (plan.families[number], [plan.families[number].probes[use] for use in uses], spots)
            for number, uses, spots in profile.scan.due()
        ]
    else:
        assert not compiled
        assert not isinstance(plan.gates, Numbered)
        due = plan.gates.due(profile)
    found = [(family.pattern.regex, [probe.rule.name for probe in uses], list(spots)) for family, uses, spots in due]
    return sorted(found), sorted(scanner(compiled=compiled).scan_profile(profile))


def test_every_code_point_is_folded_and_sorted_into_its_kind() -> None:
    for point in range(0x110000):
        character = chr(point)
        assert _literals.folded(character) == fold(character), hex(point)
        assert _literals.kinds(character)[0] == kind_of(character), hex(point)


@given(TEXTS)
def test_a_text_is_folded_character_by_character(text: str) -> None:
    assert _literals.folded(text) == fold(text)


@given(
    TEXTS,
    st.sets(st.sampled_from(WORDS) | st.text(alphabet=ALPHABET, min_size=1, max_size=7), max_size=20),
    st.sampled_from([fold, str]),
)
def test_literals_are_found_where_they_are(text: str, words: set[str], form: Callable[[str], str]) -> None:
    literals = [Literal(word, folded=form is fold) for word in sorted(set(map(form, words)))]
    sought = LiteralSet(literals)
    index = LiteralIndex(filter(indexable, map(fold, words)))
    plain, compiled = Profile(text, index), scanned(text, sought)

    assert compiled.starts(sought) == plain.starts(sought)
    assert compiled.any_of(sought) == plain.any_of(sought) == bool(plain.starts(sought))
    assert _literals.Literals(literals).held(text) == [place for place, one in enumerate(literals) if plain.holds(one)]
    for start in range(0, len(text), 7):
        assert compiled.is_near(start, start + 3, sought, 5, 2) == plain.is_near(start, start + 3, sought, 5, 2)


@given(TEXTS, st.sampled_from(["", " " * 300, " x0" * 99, "0" * 40]))
def test_digits_runs_and_shapes_are_what_a_profile_finds(text: str, padding: str) -> None:
    text += padding
    plain, compiled = Profile(text), scanned(text, LiteralSet(()))

    assert compiled.scan.shapes == plain.shapes
    for count in (1, 2, 5, 9, 16, 70):
        for width in (3, 16, 64):
            assert compiled.has_digits(count, width) == plain.has_digits(count, width)
            assert compiled.scan.clusters(count, width) == plain.clusters(count, width)
    for length in (12, 20, 36):
        assert compiled.scan.has_run(length) == plain.has_run(length)


def test_nothing_is_asked_for_outside_of_what_is_known() -> None:
    compiled = scanned("some text", LiteralSet(()))

    for ask in (
        lambda: compiled.scan.holds(0),
        lambda: compiled.scan.starts(-1),
        lambda: compiled.scan.near(0, 1, 9, 1, 1),
        lambda: compiled.scan.is_led_to(0),
    ):
        with pytest.raises(IndexError):
            ask()
    with pytest.raises(ValueError, match="no digits"):
        compiled.has_digits(0, 1)
    with pytest.raises(ValueError, match="empty literal"):
        _literals.Literals([("", True)])


def test_literals_that_are_known_by_the_same_run_are_told_apart() -> None:
    words = [f"{left}zqxj{right}" for left in ("", *"aei") for right in ("", *"aeié", "-@")]
    words += [f"{number:05}" for number in range(3000)] + ["@", "j@", "xj@"]
    literals = _literals.Literals([(word, True) for word in words])

    for text in ("ezqxjé, 02999", "azqxjazqxji0zqxj-@", "azqx", "zqxj\u0130", "00000012", "@", ""):
        assert [words[number] for number in literals.held(text)] == [word for word in words if word in fold(text)]


def test_a_literal_is_found_if_it_is_not_longer_than_a_table_can_say() -> None:
    longest = "ab" * 32_767 + "c"
    literals = _literals.Literals([(longest, True)])

    assert literals.held(f"b{longest}") == [0]
    assert literals.held(longest[:-1]) == []
    with pytest.raises(ValueError, match="too long"):
        _literals.Literals([(longest + "d", True)])


def test_the_same_families_are_due_at_the_same_places() -> None:
    chance = random.Random(3)
    values = [value for spec in specs() for value in (*spec.examples, *spec.near_misses)]
    leading = ((), (), ("messages", "content"), ("customer", "phone Number"), ("Steuer-ID",), ("card",))
    prose = "the customer number was told to us by phone, see https://portal.example/a/9 or write to ada@mail.example "
    for value in values:
        around = chance.choice(["", "", prose, prose * 3, "".join(chance.choices(ALPHABET, k=30))])
        text = around + value + chance.choice(["", around, chance.choice(values)])
        keys = chance.choice(leading)
        assert found(text, keys, compiled=True) == found(text, keys, compiled=False), repr((text, keys))


@given(TEXTS, st.sampled_from(["", "card", "Steuer-ID ssn", "\u212aarte"]))
def test_the_same_families_are_due_in_any_text(text: str, keys: str) -> None:
    assert found(text, (keys,), compiled=True) == found(text, (keys,), compiled=False)


def test_a_long_text_in_which_the_gil_is_let_go_gives_the_same() -> None:
    text = "4111 1111 1111 1111, ada@mail.example;護照 E12345678 \u0130BAN DE89 3704 0044 0532 0130 00\n" * 200

    assert found(text, (), compiled=True) == found(text, (), compiled=False)
    one, other = scanner(compiled=True).scan(text), scanner(compiled=False).scan(text)
    assert sorted(one) == sorted(other)
    assert len(one) >= 600


NUMERALS = [value for value in vars(numerals).values() if isinstance(value, Pattern)]


@given(
    TEXTS | st.text("0123456789lOSB| -./x_,abDE", max_size=60),
    st.sampled_from(NUMERALS),
    st.integers(0, 9),
    st.sampled_from(["", " " * 2048, "9" * 2048]),
)
def test_an_expression_finds_between_two_places_what_re_finds(
    text: str, pattern: Pattern, cut: int, before: str
) -> None:
    text = before + text
    compiled, end = scanned(text, LiteralSet(())), len(text) - cut // 2

    found = [match.span() for match in compiled.finditer(pattern, cut, end)]
    assert found == [match.span() for match in pattern.plain.finditer(text, cut, end)]
    assert found == [match.span() for match in Profile(text).finditer(pattern, cut, end)]
    with pytest.raises(IndexError):
        compiled.finditer(pattern, -1, end)


@given(TEXTS | st.text("0123456789lOSB| -./x_,abDE", max_size=90), st.sampled_from(NUMBERS), st.integers(0, 200))
def test_expressions_of_numbers_are_tried_where_enough_digits_stand_close(
    text: str, number: tuple[Pattern, object, int, int], padding: int
) -> None:
    expression, _, digits, width = number
    text = text + " " * padding + text
    compiled = [match.span() for match in scanned(text, LiteralSet(())).found_in_numbers(expression, digits, width)]

    assert compiled == [match.span() for match in Profile(text).found_in_numbers(expression, digits, width)]
    assert [match.span() for match in expression.plain.finditer(text)] == compiled


@given(st.text(ALPHABET, max_size=30), st.sets(st.sampled_from(WORDS), min_size=1, max_size=9))
def test_the_literals_in_the_keys_are_not_those_in_the_text(keys: str, words: set[str]) -> None:
    sought = LiteralSet([Literal(fold(word), folded=True) for word in sorted(words)])
    text = " ".join(sorted(words))
    compiled = Scanned(text, keys, Numbered((), (sought,)))

    assert compiled.is_led_to(sought, bool) == any(word in fold(keys) for word in map(fold, words))
    assert compiled.starts(sought) == Profile(text, LiteralIndex(filter(indexable, map(fold, words)))).starts(sought)


def mixtures(seed: int, count: int) -> Iterator[str]:
    """Yield texts of examples, of pieces of examples, of disguises, and of characters that are sorted unusually."""
    chance = random.Random(seed)
    values = [value for spec in specs() for value in (*spec.examples, *spec.near_misses)]
    values += [kind.frame.format(disguise) for kind in KINDS.values() for disguise in kind.disguises.values()]
    marks = (
        "",
        " ",
        "\n",
        ": ",
        "=",
        '"',
        "@",
        "//",
        "-----",
        "card ",
        "token ",
        "IBAN ",
        "\u200b",
        "\U0001f600",
        "x" * 70,
    )
    for _ in range(count):
        parts: list[str] = []
        for _ in range(chance.randrange(1, 6)):
            value = chance.choice(values)[:600]
            at = chance.randrange(len(value) + 1)
            odd = chance.choice([*ALPHABET, *marks])
            parts += chance.choice(
                [(value,), (value[:at], odd, value[at:]), (value[at:],), (value.upper(),), (odd,) * 3]
            )
            parts.append(chance.choice(marks))
        yield "".join(parts)


def test_in_mixtures_of_examples_and_disguises_the_same_is_found() -> None:
    count = 0
    for text in mixtures(17, 250):
        ours, theirs = (scanner(compiled=compiled).scan(text, ("card",)) for compiled in (True, False))
        assert sorted(ours) == sorted(theirs), repr(text)
        count += len(ours)
    assert count > 80


def test_in_long_texts_expressions_are_tried_where_kinds_change_and_find_the_same() -> None:
    parts, count = list(mixtures(31, 800)), 0
    for first in range(0, len(parts), 40):
        text = "".join(parts[first : first + 40])
        ours, theirs = (scanner(compiled=compiled).scan(text) for compiled in (True, False))
        assert len(text) > 2048
        assert sorted(ours) == sorted(theirs), repr(text)
        count += len(ours)
    assert count > 80


def test_threads_that_scan_other_texts_at_the_same_time_find_what_one_finds() -> None:
    texts = [*mixtures(23, 40), *(text * (5000 // len(text) + 1) for text in mixtures(29, 10) if text)]
    engine = Scanner([rule_of(spec) for spec in specs()], threshold=0.4)
    wanted = [sorted(scanner(compiled=True).scan(text)) for text in texts]
    wrong: list[int] = []

    def scan(start: int) -> None:
        for place in range(len(texts)):
            number = (place + start) % len(texts)
            if sorted(engine.scan(texts[number])) != wanted[number]:
                wrong.append(number)

    threads = [threading.Thread(target=scan, args=(6 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_room_that_a_text_had_before_tells_nothing_of_it() -> None:
    engine = Scanner([rule_of(spec) for spec in specs()], threshold=0.4)
    for text in mixtures(31, 60):
        first = sorted(engine.scan(text, ("card", text[:40])))
        assert engine.scan("Nothing at all is said here, to nobody, of no thing and at no time whatever.") == []
        kept = [engine.profile(text) for _ in range(3)]
        assert sorted(engine.scan(text, ("card", text[:40]))) == first, repr(text)
        assert all(sorted(engine.scan_profile(one)) == sorted(scanner(compiled=False).scan(text)) for one in kept)


def test_what_was_read_beforehand_finds_the_same() -> None:
    specs = [spec for pack in packs() for spec in pack.recognizers if isinstance(spec, RecognizerSpec)]
    eager, lazy = (Scanner([rule_of(spec) for spec in specs], threshold=0.1) for _ in range(2))
    steps = sum(1 for _ in eager.prepare())
    expressions = {(pattern.regex, pattern.flags) for spec in specs for pattern in rule_of(spec).patterns}
    assert steps == len(expressions) + len({spec.context for spec in specs if spec.context})
    for spec in specs[::40]:
        for example in spec.examples:
            assert sorted(eager.scan(example)) == sorted(lazy.scan(example))


def test_expressions_that_were_read_beforehand_match_the_same() -> None:
    assert {*numerals.NUMERALS} == {*NUMERALS}
    eager, lazy = Scanner([], threshold=0.1, expressions=numerals.NUMERALS), Scanner([], threshold=0.1)
    assert sum(1 for _ in eager.prepare()) == 2 * len(NUMERALS)  # in texts of ASCII, and in others
    for text in mixtures(41, 60):
        ours, theirs = eager.profile(text), lazy.profile(text)
        for expression in NUMERALS:
            wanted = [match.span() for match in expression.compiled.finditer(text)]
            assert [match.span() for match in ours.finditer(expression, 0, len(text))] == wanted
            assert [match.span() for match in theirs.finditer(expression, 0, len(text))] == wanted


def test_a_family_that_does_not_exist_is_not_read() -> None:
    gates = Numbered((), ()).gates
    with pytest.raises(IndexError):
        gates.prepare(0)
