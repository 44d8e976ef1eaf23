"""Detection is linear in the length of every input: work is counted, not timed, on the costliest shapes and random ones.

`benchmarks.worst` measures the same shapes by the clock.
"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.shapes import PIECES, UNITS, documents, random_content, shapes
from benchmarks.texts import mixed
from benchmarks.worst import body
from gateway.adapters.presidio import rule_of
from gateway.core.errors import DetectionError
from gateway.core.model import Principal, RequestFacts, Segment
from gateway.detect.engine import Scanner
from gateway.detect.hidden import Hidden
from gateway.detect.normalize import SIGNS, numeric
from gateway.detect.packs import RecognizerPack, RecognizerSpec, load_packs
from gateway.dialects.openai_chat import OpenAIChat
from gateway.judging import Judge
from gateway.loadout import load_engine
from gateway.pipeline import Engine
from tests.fakes.effort import CountedPattern, Tally, effort

SIZE, TIMES = 4000, 3
GROWTH = 2.0
"""What is three times as long may be this many times three times the work: windows fill up."""
MOST = 250
"""Times as much work for each byte as prose; what is that much here costs ten times as much by the clock."""
PACKS = Path(__file__).parents[2] / "classifiers" / "packs"
DIALECT = OpenAIChat()
FACTS = RequestFacts(Principal(), "check", "text", "")
SHORT, LONG = ({**shapes(size), **documents(size)} for size in (SIZE, SIZE * TIMES))


@cache
def engine() -> Engine:
    """Return what ships, without memory."""
    loaded = replace(load_engine(None), memory=None, seconds=None)
    for recognizer in loaded.recognizers:
        getattr(recognizer, "warm", lambda: None)()
    return loaded


def work(content: object) -> float:
    """Return how much work it is to judge a message, for each byte of the request."""
    sent = body(content)
    segments = DIALECT.segments(DIALECT.read(sent))
    return effort(lambda: Judge(engine(), FACTS).classify(segments)) / len(sent)


@cache
def prose() -> float:
    work(mixed(SIZE, 1))
    return work(mixed(SIZE, 1))


def check(short: object, long: object) -> None:
    # What is compiled or looked up at the first time is no work of the second.
    segments = DIALECT.segments(DIALECT.read(body(long)))
    Judge(engine(), FACTS).classify(segments)
    once, more = work(short), work(long)

    assert more <= GROWTH * max(once, prose())
    assert more <= MOST * prose()


@pytest.mark.parametrize("name", SHORT)
def test_the_costliest_shapes_are_linear_work(name: str) -> None:
    check(SHORT[name], LONG[name])


@pytest.mark.parametrize("seed", range(20))
def test_random_shapes_are_linear_work(seed: int) -> None:
    check(random_content(random.Random(seed), SIZE), random_content(random.Random(seed), SIZE * TIMES))


UNIT = st.lists(st.sampled_from([*UNITS, *PIECES]) | st.text(max_size=8), min_size=1, max_size=4).map("".join)


def repeated(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(UNIT.filter(bool), UNIT.filter(bool))
def test_whatever_is_repeated_is_linear_work(one: str, other: str) -> None:
    check(*(repeated(one, size // 2) + repeated(other, size // 2) for size in (SIZE, SIZE * TIMES)))


@cache
def counted() -> tuple[Scanner, Tally]:
    """Return a scanner of all that packs describe, whose expressions are counted; what is compiled has its twin here."""
    packs = load_packs({file.name: file.read_text("utf-8") for file in PACKS.glob("*.yaml")})
    tally = Tally()
    rules = [
        replace(rule, patterns=tuple(CountedPattern(one.regex, one.flags, one.score, tally) for one in rule.patterns))
        for pack in packs
        if isinstance(pack, RecognizerPack)
        for rule in (rule_of(spec) for spec in pack.recognizers if isinstance(spec, RecognizerSpec))
    ]
    return Scanner(rules, threshold=0.01, asked=(SIGNS,), compiled=False), tally


def scanned(text: str) -> float:
    """Return over how many characters expressions run for each of the text's."""
    scanner, tally = counted()
    tally.characters = 0
    scanner.scan(text)
    return tally.characters / len(text)


@pytest.mark.parametrize("name", shapes(10))
def test_expressions_run_over_a_text_a_bounded_number_of_times(name: str) -> None:
    text = str(LONG[name])
    # The costliest of its own parts: pieces of this project's code are not all alike.
    once, more = max(scanned(text[at : at + SIZE]) for at in range(0, len(text) - SIZE + 1, SIZE)), scanned(text)

    assert more <= GROWTH * once + 2
    assert more <= 200


@pytest.mark.parametrize("name", shapes(10))
def test_what_a_text_may_read_as_is_no_more_than_a_few_times_as_long(name: str) -> None:
    for text in (str(SHORT[name]), str(LONG[name])):
        try:
            hidden = sum(len(view.text) for view in Hidden([Segment("/x", text)]).segments)
        except DetectionError:
            hidden = 0  # it was refused
        numbers = sum(len(view.text) for view in numeric(counted()[0].profile(text)))

        assert hidden <= 12 * len(text) + 20_000
        assert numbers <= 3 * len(text)
