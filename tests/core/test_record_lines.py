"""A record's line is the same whether it was written by the compiled part or by its twin in Python."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.answers import AnswerReport
from gateway.core.lines import json_line
from gateway.core.model import Effect, Finding, Reason, Sensitivity, Zone
from gateway.core.record import MAX_WORD, SCHEMA, AuditRecord, Event, Omitted, Shadowed, Transformed
from gateway.core.rounding import DIGITS

_lines = pytest.importorskip("gateway.core._lines", reason="not compiled: no C compiler at installation")

WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=MAX_WORD)
ODD_WORDS = st.text(min_size=1) | st.just("x" * (MAX_WORD + 1)) | st.sampled_from(["\x7f", '"', "\\", "\n", "\ud83d"])
SHARES = st.floats(0.0, 1.0).map(lambda value: round(value, DIGITS)) | st.sampled_from([0.0, 1.0, 0.0001, 0.1, 0.9999])
COUNTS = st.integers(0, 2**63 - 1)
LEVELS = st.sampled_from(Sensitivity)


def usual(**more: Any) -> AuditRecord:
    """Return a record as they mostly are."""
    known = AuditRecord(
        id="pg-0123",
        time="2026-03-04T05:06:07.000089Z",
        event=Event.DECISION,
        tenant="acme",
        principal="ada",
        purpose="care",
        dialect="openai_chat",
        endpoint="/v1/chat/completions",
        model="gpt-5",
        sensitivity=Sensitivity.MODERATE,
        residual=Sensitivity.LOW,
        topics={"health": 0.1235, "business": 0.0, "legal": 1.0},
        reasons=(Reason("contact", "1 PERSON", Sensitivity.MODERATE),),
        rule="moderate-is-tokenised",
        effect=Effect.ALLOW,
        zone="cloud",
        upstream="openai",
        findings=(Finding("/messages/0/content", "PERSON", 3, 11, 0.98765, "names"),) * 2,
        findings_omitted=0,
        transforms={"PERSON": Transformed("tokenize", 2)},
        policy_revision="p1",
        classifier_revision="c1",
        stream=False,
        latency_ms={"plan": 1.23456, "audit": 0.0},
        groups=("staff", "doctors"),
        route=(Zone.CLOUD, Zone.LOCAL),
    )
    return replace(known, **more)


def agrees(record: AuditRecord) -> bool:
    """Tell whether the compiled part wrote the record, after comparing what it wrote."""
    line = _lines.record_line(record)
    if line is not None:
        assert line == json_line(record.fields())
    return line is not None


def test_a_usual_record_is_written_by_the_compiled_part() -> None:
    assert agrees(usual())
    answer = AnswerReport(0.2, {"PERSON": 1}, {}, {"EMAIL_ADDRESS": 2}, blocked=False)
    ended = usual(event=Event.OUTCOME, status=200, tokens={"input": 12, "output": 0}, answer=answer, findings=())
    assert agrees(ended)
    assert agrees(usual(zone=None, upstream=None, residual=None, effect=Effect.DENY, status=403, route=()))


def test_the_schema_is_the_same() -> None:
    assert json.loads(_lines.record_line(usual()))["schema"] == SCHEMA


@given(st.lists(WORDS, min_size=9, max_size=9), st.lists(WORDS, max_size=3), st.booleans())
def test_words_are_written_alike(words: list[str], many: list[str], streamed: bool) -> None:  # noqa: FBT001
    names = ("id", "tenant", "principal", "purpose", "dialect", "endpoint", "model", "rule", "policy_revision")
    findings = tuple(Finding(word, words[0], 0, 1, 0.5, words[1]) for word in many)
    transforms = {word: Transformed(words[2], 1) for word in many}
    assert agrees(
        usual(
            **dict(zip(names, words, strict=True)),
            groups=tuple(many),
            budgets=many,
            findings=findings,
            transforms=transforms,
            stream=streamed,
        )
    )


@given(ODD_WORDS, st.sampled_from(["tenant", "groups", "path", "detail", "topic", "stage", "transform", "token"]))
@example("\x7f", "tenant")
@example("\ud83d", "path")
def test_an_odd_word_is_written_as_before_wherever_it_stands(word: str, where: str) -> None:
    at: dict[str, dict[str, object]] = {
        "tenant": {"tenant": word},
        "groups": {"groups": ("a", word)},
        "path": {"findings": (Finding(word, "PERSON", 0, 1, 0.5, "names"),)},
        "detail": {"reasons": (Reason("a", word, Sensitivity.LOW),)},
        "topic": {"topics": {word: 0.5}},
        "stage": {"latency_ms": {word: 0.5}},
        "transform": {"transforms": {word: Transformed(word, 1)}},
        "token": {"tokens": {word: 1}},
    }
    record = usual(**at[where])
    agrees(record)
    assert record.line() == json_line(record.fields())


@given(st.lists(SHARES, max_size=4), st.lists(st.floats(0, 1), max_size=4), st.lists(st.floats(0, 1e8), max_size=4))
@example([0.0], [0.00005, 0.99995, math.nextafter(0.12345, 0)], [0.0005, 0.0004999, 99999999.9999])
def test_numbers_are_written_alike(shares: list[float], scores: list[float], spent: list[float]) -> None:
    findings = tuple(Finding("/a", "PERSON", 0, 1, score, "names") for score in scores)
    topics = {f"topic{place}": share for place, share in enumerate(shares)}
    stages = {f"stage{place}": milliseconds for place, milliseconds in enumerate(spent)}
    assert agrees(usual(topics=topics, findings=findings, latency_ms=stages))


@given(COUNTS, COUNTS, COUNTS, SHARES, LEVELS, st.none() | LEVELS)
def test_counts_and_levels_are_written_alike(
    status: int, tokens: int, count: int, risk: float, level: Sensitivity, residual: Sensitivity | None
) -> None:
    answer = AnswerReport(risk, {"PERSON": count}, {"PERSON": tokens}, {}, blocked=True)
    record = usual(
        status=status,
        tokens={"input": tokens},
        findings_omitted=count,
        transforms={"PERSON": Transformed("redact", count)},
        sensitivity=level,
        residual=residual,
        answer=answer,
    )
    assert agrees(record)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_left_to_the_twin_which_refuses_it(number: float) -> None:
    places: list[dict[str, object]] = [
        {"topics": {"health": number}},
        {"latency_ms": {"plan": number}},
        {"findings": (Finding("/a", "PERSON", 0, 1, number, "names"),)},
        {"answer": AnswerReport(number)},
    ]
    for place in places:
        record = usual(**place)
        assert _lines.record_line(record) is None
        with pytest.raises(ValueError):  # noqa: PT011 - of a record, or of a number
            record.line()


@pytest.mark.parametrize(
    "odd",
    [
        {"topics": {"health": -0.0}},
        {"topics": {"health": 0.12345}},
        {"topics": {"health": 1}},
        {"topics": {"health": 1.5}},
        {"latency_ms": {"plan": -1.0}},
        {"latency_ms": {"plan": 1e12}},
        {"latency_ms": {"plan": 3}},
        {"status": True},
        {"tokens": {"input": -1}},
        {"tokens": {"input": 2**70}},
        {"omitted": (Omitted("PERSON", 0.5, 3),)},
        {"shadow": Shadowed("p2", Sensitivity.LOW, "r", Effect.ALLOW, (Zone.CLOUD,), ("rule",))},
    ],
)
def test_what_is_seldom_is_left_to_the_twin(odd: dict[str, object]) -> None:
    record = usual(**odd)
    assert _lines.record_line(record) is None
    assert json.loads(record.line()) == json.loads(json_line(record.fields()))
