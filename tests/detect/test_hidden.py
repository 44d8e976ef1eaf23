"""Every kind of value in every disguise, through all that ships: whatever is found covers the whole disguise."""

import base64
import gzip
from collections.abc import Sequence
from functools import cache

import pytest

from benchmarks.disguises import COUNTED, mark
from gateway.core.errors import DetectionError
from gateway.core.model import Finding, Segment, SegmentKind
from gateway.detect.hidden import Hidden, find_all
from gateway.detect.normalize import unfolded
from gateway.loadout import judge_text, load_engine
from gateway.pipeline import Engine
from tests.fakes.disguises import ANY, KEY, KINDS, NOT_COVERED, STORY, UNTOLD


@cache
def engine() -> Engine:
    return load_engine(None)


CASES = [(name, way) for name, kind in KINDS.items() for way in kind.disguises]


@pytest.mark.parametrize(("name", "way"), [case for case in CASES if case not in NOT_COVERED])
def test_a_disguise_is_seen_through_and_covered(name: str, way: str) -> None:
    kind = KINDS[name]

    assert mark(engine(), kind, kind.disguises[way]) in ("+", "o")


@pytest.mark.parametrize("name", ["card", "IBAN", "SSN", "e-mail", "API key"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\\n", "\\n"),
        ("\\\\t", ""),
        ("\x1b[1m", "\x1b[0m"),
        ("\\x1b[38;5;12m", "\\x1b[0m"),
        ("\\u001b[31m", "\\u001b[m"),
    ],
)
def test_what_a_log_writes_before_a_value_is_no_part_of_it(name: str, before: str, after: str) -> None:
    kind = KINDS[name]
    text = kind.frame.replace("{}", before + kind.value + after)
    start = text.index(kind.value)
    found = [finding for finding in judge_text(engine(), text).findings if finding.score >= COUNTED]

    assert any(
        f.entity_type == kind.entity_type and f.start <= start and f.end >= start + len(kind.value) for f in found
    )


def test_what_is_not_covered_is_in_the_catalogue() -> None:
    assert set(CASES) > NOT_COVERED
    assert len(NOT_COVERED) * 10 < len(CASES)


class Shouting:
    """Finds capital letters in a row, and a word behind `password:`."""

    name = "shouting"
    entity_types = frozenset({"SHOUT"})

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        found = []
        for segment in segments:
            for word in ("SECRET", "hunter2"):
                place = segment.text.find(word)
                if place >= 0 and (word == "SECRET" or "password:" in segment.text):
                    found.append(Finding(segment.path, "SHOUT", place, place + len(word), 1.0, self.name))
        return found


class Failing(Shouting):
    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        raise DetectionError(f"{len(segments)} segments")


def places(text: str) -> list[str]:
    return [text[f.start : f.end] for f in find_all((Shouting(),), [Segment("/x", text)])]


def test_any_recogniser_sees_what_is_behind_a_disguise() -> None:
    assert places("tell S\u200bECRET to nobody") == ["S\u200bECRET"]


def test_a_disguised_label_leads_to_a_plain_value() -> None:
    assert places("&#112;assword: hunter2") == ["hunter2"]


def test_what_stands_apart_from_a_disguise_is_found_once() -> None:
    assert places("SECRET " + "and so on " * 9 + "a%20b") == ["SECRET"]


def test_a_piece_of_what_was_decoded_is_the_whole_of_it() -> None:
    code = "YSBmZXcgd29yZHMgYW5kIFNFQ1JFVCBhbmQgbW9yZQ=="

    assert places(f"see {code} there") == [code]


def test_nothing_is_looked_for_behind_content_that_cannot_be_read() -> None:
    assert Hidden([Segment("/x", "S\u200bECRET S\u200bECRET", SegmentKind.OPAQUE)]).segments == []


def test_a_recogniser_that_fails_fails_aloud() -> None:
    with pytest.raises(DetectionError):
        find_all((Failing(),), [Segment("/x", "a")])


@pytest.mark.parametrize(
    "text",
    [
        "Let's meet at noon at the shop. Find us at example dot com, or dot the i.",
        "a = b + c; x, y, z = 1, 2, 3; i < j",
        "Plan A, B, C, D and E are all fine - I, II or III.",
        "naïve café, schön, żółć: “quoted” – and 100 % sure…",
        "Grids: a | b | c\n| 1 | 2 |",
        "The 32, 45, 64 and 96 bit versions; sizes 40 50 60 70 80 90.",
    ],
)
def test_ordinary_text_has_nothing_behind_it(text: str) -> None:
    assert [
        found
        for found in judge_text(engine(), text).findings
        if found.entity_type in ("CREDENTIAL", "EMAIL_ADDRESS", "CREDIT_CARD", "US_SSN", "IBAN_CODE", "PHONE_NUMBER")
    ] == []


def test_plain_prose_is_not_read_twice() -> None:
    assert unfolded("Dear all, we meet on Monday at ten in the big room; bring your own coffee. " * 20) == []


@pytest.mark.parametrize("stop", ["\u3002", "\uff61"])
def test_a_full_stop_of_another_script_is_a_dot_of_an_address(stop: str) -> None:
    """The half-width one was read only in texts that also held the other."""
    text = f"write to anna.kowalski@kanzlei-kowalski{stop}pl today"

    assert [view.text for view in unfolded(text)] == ["write to anna.kowalski@kanzlei-kowalski.pl today"]
    assert any(
        found.entity_type == "EMAIL_ADDRESS" and (found.start, found.end) == (9, 42)
        for found in judge_text(engine(), text).findings
    )


def test_far_disguises_are_read_apart() -> None:
    far = "nothing to see " * 40
    text = f"{KEY[:20]}\u200b{KEY[20:]} {far} {KEY[:20]}\u200b{KEY[20:]}"

    found = [finding for finding in judge_text(engine(), text).findings if finding.entity_type == "CREDENTIAL"]

    assert [text[one.start : one.end] for one in found] == [f"{KEY[:20]}\u200b{KEY[20:]}"] * 2


@pytest.mark.parametrize("way", [way for way in ANY if way not in UNTOLD])
@pytest.mark.parametrize("frame", ["{}", "Please sum this up for me: {} "])
def test_what_a_story_is_about_is_read_behind_a_disguise(way: str, frame: str) -> None:
    judged = judge_text(engine(), frame.replace("{}", ANY[way](STORY)))

    assert judged.topics.probabilities["health"] >= 0.5
    assert judged.sensitivity.label == "high"


def told(text: str) -> list[str]:
    return [view.text for _, view in Hidden([Segment("/x", text)]).told()]


@pytest.mark.parametrize("way", ["base64", "gzip in base64", "backwards", "ROT13", "zero-width spaces"])
def test_a_story_behind_a_disguise_is_told_once(way: str) -> None:
    (read,) = told(ANY[way](STORY))

    assert "another seizure on Tuesday" in read


@pytest.mark.parametrize(
    "text",
    [
        STORY,
        "100 % of £5 … naïve café, “quoted” — ½ cup",
        ANY["base64"](KEY),
        "see https://a.example/x%20y?q=%C3%A4",
        "He saw dna led by tim in an eht typo",
        "",
    ],
)
def test_what_hides_no_words_tells_nothing(text: str) -> None:
    assert told(text) == []


def packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_a_bomb_of_compressed_texts_is_not_unpacked(levels: int) -> None:
    bomb = packed("a b " * 16_000)
    for _ in range(levels - 1):
        bomb = packed(f"{bomb} " * (60_000 // len(bomb)))
    with pytest.raises(DetectionError):
        Hidden([Segment("/x", f"{bomb} {bomb}")])


def test_many_small_bombs_are_not_unpacked() -> None:
    small = packed("patient notes " * 500)
    Hidden([Segment(f"/{place}", f"{place} {small}") for place in range(5)])
    with pytest.raises(DetectionError):
        Hidden([Segment(f"/{place}", f"{place} {small}") for place in range(50)])


def test_a_packed_log_is_read() -> None:
    log = "\n".join(f"2026-01-{n % 28 + 1:02}T10:00:{n % 60:02}Z worker {n % 7} handled {n * 7919}" for n in range(300))

    assert any("handled 7919" in view for view in told(packed(log)))
