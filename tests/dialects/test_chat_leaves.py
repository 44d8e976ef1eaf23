"""A private value in every leaf of a chat request, in fields that do not exist yet, and in keys: each is seen."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import InvalidRequest
from gateway.core.model import Segment, SegmentKind
from gateway.dialects.openai_chat import OpenAIChat
from tests.dialects.leak_paths import LeakPath, body_with, leak_paths

CHAT = OpenAIChat()
BASE: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
PATHS = list(leak_paths(Path(__file__).with_name("leaves_chat.csv")))
MARKER = 'Jane "JJ" Roe, 078-05-1120'
UNKNOWN = [
    "a_field_of_tomorrow",
    "a_field_of_tomorrow[].deep[].deeper",
    "guided_json.properties.x.enum[]",
    "options.num_ctx",
    "extra_body.messages[].content",
    "messages[]<role=user>.a_field_of_tomorrow",
    "messages[]<role=user>.content[]<type=thing_of_tomorrow>.thing.text",
    "messages[]<role=user>.content[]<type=text>.annotations[].x[].y",
    "messages[]<role=assistant>.tool_calls[]<type=thing_of_tomorrow>.thing_of_tomorrow.arguments",
    "tools[]<type=thing_of_tomorrow>.x.{}",
    "tools[]<type=thing_of_tomorrow>.x.{key}",
    "tools[]<type=function>.function.parameters.properties.{}.default",
    "tools[]<type=function>.function.parameters.properties.{}.enum[]",
    "tools[]<type=function>.function.parameters.properties.{key}",
    "{key}",
    "stream_options.{key}",
]


def found(body: dict[str, Any], *, ascii_: bool = False) -> list[Segment]:
    document = CHAT.read(json.dumps(body, ensure_ascii=ascii_).encode())
    return CHAT.segments(document)


def seen(segments: list[Segment], text: str) -> bool:
    return any(text in segment.text for segment in segments)


def test_the_table_is_complete() -> None:
    assert len(PATHS) == 71


@pytest.mark.parametrize(
    "leaf", [*PATHS, *(LeakPath(path, "str", "unknown") for path in UNKNOWN)], ids=lambda leaf: leaf.path
)
def test_a_private_value_is_seen_at(leaf: LeakPath) -> None:
    segments = found(body_with(leaf.path, MARKER, BASE))
    assert seen(segments, MARKER)
    assert all(MARKER not in segment.path for segment in segments)


@pytest.mark.parametrize("leaf", PATHS, ids=lambda leaf: leaf.path)
def test_json_in_the_leaf_hides_nothing(leaf: LeakPath) -> None:
    hidden = json.dumps({"k": MARKER}).replace("J", "\\u004a")
    segments = found(body_with(leaf.path, hidden, BASE), ascii_=True)
    opaque = any(segment.kind is SegmentKind.OPAQUE for segment in segments)
    assert seen(segments, MARKER) or opaque or leaf.kind == "str-key"


@pytest.mark.parametrize("leaf", [leaf for leaf in PATHS if leaf.kind == "any-json"], ids=lambda leaf: leaf.path)
def test_any_json_value_is_seen_at(leaf: LeakPath) -> None:
    assert seen(found(body_with(leaf.path, 78051120, BASE)), "78051120")
    assert seen(found(body_with(leaf.path, [[7, 80, 51120]], BASE)), "7 80 51120")
    assert seen(found(body_with(leaf.path, {MARKER: {"x": [{"y": None}]}}, BASE)), MARKER)
    assert seen(found(body_with(leaf.path, [ord(letter) for letter in MARKER], BASE)), MARKER)


@pytest.mark.parametrize(
    "leaf", [leaf for leaf in PATHS if leaf.class_ in ("binary", "url")], ids=lambda leaf: leaf.path
)
def test_binary_content_is_opaque_at(leaf: LeakPath) -> None:
    pixels = base64.b64encode(bytes(range(256))).decode()
    for value in (pixels, f"data:application/octet-stream;base64,{pixels}"):
        kinds = [segment.kind for segment in found(body_with(leaf.path, value, BASE))]
        assert SegmentKind.OPAQUE in kinds


@pytest.mark.parametrize("leaf", PATHS, ids=lambda leaf: leaf.path)
def test_the_value_can_be_replaced_at(leaf: LeakPath) -> None:
    document = CHAT.read(json.dumps(body_with(leaf.path, MARKER, BASE)).encode())
    edits = {s.path: s.text.replace(MARKER, "[P]") for s in CHAT.segments(document) if MARKER in s.text}
    edited = CHAT.edit(document, edits, None)
    assert json.loads(edited) == body_with(leaf.path, "[P]", BASE)


@pytest.mark.parametrize(
    "path",
    ["messages[].role", "tools[]<type=function>.type", "tool_choice", "response_format.type", "reasoning_effort", "service_tier",
     "modalities[]", "verbosity", "web_search_options.search_context_size", "audio.format", "tools[].custom.format.syntax",
     "messages[]<role=user>.content[].type", "messages[]<role=user>.content[]<type=image_url>.image_url.detail"],
)  # fmt: skip
def test_a_word_of_its_own_in_a_structural_leaf_is_scanned(path: str) -> None:
    body = body_with(path, MARKER, BASE)
    if path == "tools[]<type=function>.type":
        body["tools"][0]["type"] = MARKER
    assert seen(found(body), MARKER)


@pytest.mark.parametrize(
    "path", ["n", "seed", "stream", "temperature", "messages", "max_tokens", "logprobs", "metadata", "tools"]
)
def test_a_text_where_the_api_has_none_is_refused_without_repeating_it(path: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        found(body_with(path, MARKER, BASE))
    assert f"`/{path}`" in str(caught.value)
    assert MARKER not in repr(caught.value)
