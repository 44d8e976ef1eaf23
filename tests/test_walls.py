"""What is put together over the seams of leaves never goes over a wall, whatever the messages are."""

import json
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway.core.model import Segment
from gateway.core.protocols import Gap
from gateway.detect.beginnings import ends
from gateway.detect.joints import Joint, Seam
from gateway.detect.parts import Parts
from gateway.detect.seams import seams
from gateway.detect.splits import borders, split_over
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.turns import turn_of
from gateway.gaps import gap_in
from gateway.transforms.replayed import Unsettled
from gateway.walls import Wall, are_simple, walls

CHAT = OpenAIChat()
PIECES = (
    "4539 5787", "6362 1486", "DE89 3704 0044", "0532 0130 00", "jane.doe", "jane.doe@", "@acme-clinic.example", "acme.",
    "+49 30", "12345678", "536-22-", "8741", "sk-ant-", "api03-Ab3dE5gH7jK9mN1p", "AKIA", "password:", "hunter2-Blue",
    "my ssn is", "card number", "a", "1", "-", "x1", "abandon", "about", "id", "postgres://admin:", "s3cret@db.example/x",
)  # fmt: skip
WORDS = ("the parcel came in the end", "and so it was said of them", "we looked into what was asked", "as it were")


def segments_of(messages: list[dict[str, Any]]) -> list[Segment]:
    return list(CHAT.segments(CHAT.read(json.dumps({"model": "m", "messages": messages}).encode())))


def of_messages(segments: list[Segment]) -> list[list[Segment]]:
    """Return the segments of each message; those of what is no message are left out."""
    groups = groupby(segments, key=lambda segment: turn_of(segment.path, "messages"))
    return [list(its) for number, its in groups if number >= 0]


def texts() -> st.SearchStrategy[str]:
    piece, words = st.sampled_from(PIECES), st.sampled_from(WORDS)
    both = st.tuples(words, piece).map(" ".join)
    return st.one_of(piece, piece, words, both, st.tuples(piece, words).map(" ".join))


@st.composite
def messages_(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["user", "assistant", "call", "tool", "rows", "parts"]))
    if kind == "call":
        arguments = json.dumps(
            {draw(st.sampled_from(["query", "ssn", "path", "n"])): draw(texts()), "to": draw(texts())}
        )
        function = {"name": "look", "arguments": arguments}
        return {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
    if kind == "tool":
        return {"role": "tool", "tool_call_id": "call_1", "content": draw(texts())}
    if kind == "rows":
        row = st.fixed_dictionaries({"name": texts(), "value": texts()})
        rows = draw(st.lists(st.one_of(texts(), row), min_size=1, max_size=4))
        return {"role": "tool", "tool_call_id": "call_1", "content": json.dumps(rows)}
    if kind == "parts":
        parts = draw(st.lists(texts(), min_size=1, max_size=4))
        return {"role": "user", "content": [{"type": "text", "text": text} for text in parts]}
    return {"role": kind, "content": draw(texts())}


def put_together(parts: list[list[Segment]]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the texts that are read over seams, and the leaves that are in each."""
    made = seams(parts, [ends(part) for part in parts])
    whole = [one.seam() if isinstance(one, Joint) else one for one in made]
    return [
        (one.text, tuple(leaf.path for leaf in one.leaves) if isinstance(one, Seam | Parts) else (one.leaf.path,))
        for one in whole
    ]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(
    known=st.lists(messages_(), min_size=3, max_size=9),
    new=st.lists(messages_(), min_size=1, max_size=4),
    reach=st.sampled_from([0, 0, 60]),
)
def test_nothing_is_put_together_over_a_wall(
    known: list[dict[str, Any]], new: list[dict[str, Any]], reach: int
) -> None:
    found = [*walls(segments_of(known), "messages", 1, reach)]
    whole = of_messages(segments_of([*known, *new]))
    held = [each for each in found if holds(each, [segment for part in whole for segment in part])]
    assume(held)
    behind = {segment.path for part in whole[len(known) :] for segment in part}

    for cut, _ in held:
        read = [one for one in put_together(whole) if not behind.isdisjoint(one[1])]
        again = [one for one in put_together(whole[cut:]) if not behind.isdisjoint(one[1])]
        assert sorted(read) == sorted(again)
        split = [list(split_over(parts, [borders(part) for part in parts])) for parts in (whole, whole[cut:])]
        assert [one for one in split[0] if one.path in behind] == [one for one in split[1] if one.path in behind]


def wall(segments: list[Segment], first: int, reach: int) -> int | None:
    """Return the wall that holds whatever comes."""
    return next((each.cut for each in walls(segments, "messages", first, reach) if not each.apart), None)


def holds(each: Wall, segments: list[Segment]) -> bool:
    """Whether a wall holds before what came."""
    try:
        gap_in(segments, Gap("messages", 0, each.cut, 0, 0, each.apart))
    except Unsettled:
        return False
    return True


def turn_with(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a tool's call and result, an answer and the next question."""
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": json.dumps({"q": WORDS[0]})}}
    return [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": json.dumps(record)},
        {"role": "assistant", "content": WORDS[2]},
        {"role": "user", "content": WORDS[3]},
    ]


def test_two_leaves_of_words_are_a_wall_if_what_comes_is_another_field() -> None:
    turn = turn_with({"id": 1, "note": WORDS[1]})
    near, far = walls(segments_of(turn * 3), "messages", 0, 0)

    assert near.cut == 10
    assert (far.cut, far.apart) == (9, "")
    assert holds(near, segments_of([*turn * 3, *turn]))
    same = [{"role": "user", "content": json.dumps({"id": None, "note": WORDS[1]})}]
    assert not holds(near, segments_of([*turn * 3, *same]))
    assert holds(far, segments_of([*turn * 3, *same]))


def test_digits_before_two_leaves_go_on_in_a_leaf_of_another_field() -> None:
    turn = turn_with({"id": 1, "note": "the card is 4539 5787"})

    assert [each.cut for each in walls(segments_of(turn * 3), "messages", 0, 0)] == [9]


def said(*texts: str) -> list[Segment]:
    return segments_of([{"role": "user", "content": text} for text in texts])


def test_three_leaves_of_words_are_a_wall() -> None:
    assert wall(said("12", "12", *WORDS[:3]), 0, 0) == 2
    # In steps of three one comes over both: from the first to the second, and on to what is behind.
    assert wall(said("12", "12", *WORDS[:2]), 0, 0) is None


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_row_of_pieces_is_no_wall(step: int) -> None:
    texts = [WORDS[0]] * 12
    texts[1::step] = ["4539"] * len(texts[1::step])

    assert wall(said(*texts), 2, 0) is None


def test_an_agents_calls_and_records_are_a_wall() -> None:
    record = json.dumps([{"ticket": "T-12345", "state": "open", "labels": ["one", "two"], "remark": WORDS[1]}])
    arguments = json.dumps({"query": WORDS[0], "path": "src/a.py"})
    call = {"id": "call_12345", "type": "function", "function": {"name": "look", "arguments": arguments}}
    turn: list[dict[str, Any]] = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_12345", "content": record},
    ]

    assert wall(segments_of(turn * 4), 0, 0) is not None


def test_what_counts_together_is_not_taken_apart() -> None:
    texts = said(*[WORDS[0]] * 9)

    assert wall(texts, 0, 4 * len(WORDS[0])) == 5
    assert wall(texts, 0, 1000) is None


def test_what_is_not_its_own_source_is_not_simple() -> None:
    url = "see data:text/plain;base64,aGVsbG8gd29ybGQ= for it"
    assert not are_simple(said(url), "messages")
    assert are_simple(said("import base64, json; data: what is in base64, as it were"), "messages")
