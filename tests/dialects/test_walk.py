"""The walk, compiled and in Python: both find the same leaves, whatever a body holds."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Segment
from gateway.core.protocols import Gap, Walked
from gateway.dialects import leaves
from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.base import JsonDialect
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_embeddings import OpenAIEmbeddings
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.dialects.strict_json import loads, parse
from gateway.dialects.structure import Structure
from gateway.dialects.walk import Place, PlainPlace, PlainWalk, Walk
from tests.dialects.test_leaves import STRUCTURE, TABLE

PIXELS: Final = base64.b64encode(bytes(range(256)) * 2).decode()
STRUCTURES: Final = [
    dialect.structure for dialect in (OpenAIChat(), OpenAIResponses(), OpenAIEmbeddings(), AnthropicMessages())
]
WORDS: Final = sorted({word for each in STRUCTURES for words in each.words.values() for word in words})
KEYS: Final = st.one_of(
    st.sampled_from(sorted({key for each in STRUCTURES for key in each.keys})),
    st.sampled_from(["name", "tool_name", "type", "role", "id", "input", "messages", "media_type", "file_id", "data"]),
    st.sampled_from(["pin", "cardPin", "cvv2", "status_code", "password", "value", "current", "label"]),
    st.sampled_from(["File_ID", "Jane Roe", "", "12", "345", "99999", "123456", "٣٤", "1²", "k" * 70, PIXELS[:100]]),
)
TEXTS: Final = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(["thinking", "reasoning", "read_file", "", " ", "\n", "a", ":", "x" * 64 + ":", "x" * 255]),
    st.sampled_from(["x" * 256, "x " * 200, "é" * 256, "\U0001f600" * 63 + ":" + "y" * 300, PIXELS]),
    st.sampled_from(["data:text/plain,hello%20there", f"data:image/png;base64,{PIXELS}", "https://x.example/a"]),
    st.sampled_from(["{", '{"a":1,"a":2}', ' {"file_id":"f-1","n":1234567}', '["x",[123456]]', "[1,2,3,4,5,6]"]),
    st.sampled_from(["pin", "What is your PIN?", "4539", "1488"]),
    st.text(max_size=6),
)
NUMBERS: Final = st.one_of(
    st.sampled_from(
        [
            True,
            False,
            None,
            0,
            99,
            100,
            4821,
            99_999,
            -99_999,
            100_000,
            -100_000,
            10**40,
            0.2,
            1.0,
            1234567.5,
            1e22,
            99.0,
            4821.0,
            4821.5,
        ]
    ),
    st.integers(0, 0x110000),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES: Final = st.recursive(
    TEXTS | NUMBERS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(NUMBERS, max_size=7),
        st.dictionaries(KEYS, inner, max_size=5),
        inner.map(json.dumps),
    ),
    max_leaves=25,
)
BODIES: Final = st.dictionaries(
    KEYS, VALUES | st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=4), max_size=5
)
GAPS: Final = st.none() | st.builds(
    Gap, st.sampled_from(["messages", "input"]), st.integers(0, 2), st.integers(1, 9), st.just(0), st.just(0)
)
InPython: Final[Any] = type(
    "InPython", (PlainWalk,), {name: vars(leaves._Leaves)[name] for name in (*PlainWalk.__abstractmethods__, "_add")}
)
"""The walk in Python, with what `leaves` makes of each leaf."""


def in_python(
    value: dict[str, Any], structure: Structure, walked: Walked | None = None, gap: Gap | None = None
) -> list[Segment]:
    walk = InPython(structure, walked, gap)
    walk.other(value, None, PlainPlace("", "", (), ()))
    found: list[Segment] = walk.found
    return found


def test_the_walk_is_compiled_here() -> None:
    assert Walk is not PlainWalk
    assert Place is not PlainPlace


@pytest.mark.parametrize("body", [body for body, _ in TABLE.values()], ids=TABLE.keys())
def test_the_walk_in_python_finds_what_is_known_of_each_case(body: Any) -> None:
    value = loads((body if isinstance(body, str) else json.dumps(body)).encode())
    assert in_python(value, STRUCTURE) == leaves.segments(value, STRUCTURE)


@pytest.mark.parametrize(
    "dialect", [OpenAIChat(), OpenAIResponses(), OpenAIEmbeddings(), AnthropicMessages()], ids=lambda each: each.name
)
@given(data=st.data(), body=BODIES, other=BODIES, gap=GAPS, again=st.booleans())
def test_both_walks_find_the_same(
    dialect: JsonDialect,
    data: st.DataObject,
    body: dict[str, Any],
    other: dict[str, Any],
    gap: Gap | None,
    *,
    again: bool,
) -> None:
    value = parse(json.dumps(body))
    walked: tuple[Walked | None, Walked | None] = ({}, {}) if again else (None, None)
    assert leaves.segments(value, dialect.structure, walked[0], gap) == in_python(
        value, dialect.structure, walked[1], gap
    )
    # What is sent is mostly what came: some of it is taken from the walk before.
    sent = parse(json.dumps({key: other.get(key, child) for key, child in body.items()}))
    members = next((child for child in sent.values() if isinstance(child, list) and child), None)
    if members is not None:
        members[data.draw(st.integers(0, len(members) - 1))] = parse(json.dumps(other))
    assert leaves.segments(sent, dialect.structure, walked[0], gap) == in_python(
        sent, dialect.structure, walked[1], gap
    )
    assert walked[0] == walked[1]


def test_what_is_far_too_deep_is_refused_by_both_and_overflows_no_stack() -> None:
    value: dict[str, Any] = {}
    for _ in range(5_000):
        value = {"content": [value]}
    with pytest.raises(RecursionError):
        leaves.segments(value, OpenAIChat().structure)
    with pytest.raises(RecursionError):
        in_python(value, OpenAIChat().structure)
