"""A private value in every leaf of every request type, in fields that do not exist yet, and in keys: each is seen."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gateway.core.errors import InvalidRequest
from gateway.core.model import Segment, SegmentKind
from gateway.core.protocols import Document, Walked
from gateway.dialects.anthropic_messages import AnthropicCountTokens, AnthropicMessages
from gateway.dialects.base import JsonDialect
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_completions import OpenAICompletions
from gateway.dialects.openai_conversations import CreateConversation
from gateway.dialects.openai_embeddings import OpenAIEmbeddings
from gateway.dialects.openai_images import OpenAIImages
from gateway.dialects.openai_moderations import OpenAIModerations
from gateway.dialects.openai_responses import OpenAIResponses
from tests.dialects.leak_paths import LeakPath, body_with, leak_paths

MARKER = 'Jane "JJ" Roe, 078-05-1120'
SECRET_CLASSES = ("binary", "url")


class Case(NamedTuple):
    """A request type: its dialect, its smallest body, its table, and where fields may be unknown."""

    dialect: JsonDialect
    base: dict[str, Any]
    leaves: list[LeakPath]
    unknown: tuple[str, ...]


def table(name: str, *, but: tuple[str, ...] = ()) -> list[LeakPath]:
    return [leaf for leaf in leak_paths(Path(__file__).with_name(name)) if not leaf.path.startswith(but)]


EVERYWHERE = (
    "{key}",
    "a_field_of_tomorrow",
    "a_field_of_tomorrow[].deep[].deeper",
    "options.x.{key}",
    "extra_body.messages[].content",
)
IN_MESSAGES = (
    "messages[]<role=user>.a_field_of_tomorrow",
    "messages[]<role=user>.content[]<type=thing_of_tomorrow>.thing.text",
    "messages[]<role=user>.content[]<type=text>.annotations[].x[].y",
    "messages[]<role=user>.content[]<type=text>.{key}",
    "tools[]<type=thing_of_tomorrow>.x.{}",
    "tools[]<type=thing_of_tomorrow>.x.{key}",
)
CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
CASES = {
    "chat": Case(
        OpenAIChat(),
        CHAT,
        table("leaves_chat.csv"),
        (
            *EVERYWHERE,
            *IN_MESSAGES,
            "guided_json.properties.x.enum[]",
            "messages[]<role=assistant>.tool_calls[]<type=thing_of_tomorrow>.thing_of_tomorrow.arguments",
            "tools[]<type=function>.function.parameters.properties.{}.default",
            "tools[]<type=function>.function.parameters.properties.{}.enum[]",
            "tools[]<type=function>.function.parameters.properties.{key}",
            "stream_options.{key}",
        ),
    ),
    "messages": Case(
        AnthropicMessages(),
        {**CHAT, "max_tokens": 10},
        table("leaves_anthropic.csv"),
        (*EVERYWHERE, *IN_MESSAGES, "messages[]<role=assistant>.content[]<type=tool_use>.input.x[].y.{key}"),
    ),
    "responses": Case(
        OpenAIResponses(),
        {"model": "m", "input": "Hello"},
        table("leaves_responses.csv"),
        (
            *EVERYWHERE,
            "input[]<type=thing_of_tomorrow>.thing[].text",
            "input[]<role=user>.content[]<type=thing_of_tomorrow>.{key}",
            "tools[]<type=thing_of_tomorrow>.{key}",
            "tools[]<type=function>.parameters.properties.{}.default",
        ),
    ),
    "embeddings": Case(OpenAIEmbeddings(), {"model": "m", "input": "x"}, table("leaves_embeddings.csv"), EVERYWHERE),
    "completions": Case(OpenAICompletions(), {"model": "m"}, table("leaves_completions.csv"), EVERYWHERE),
    "moderations": Case(OpenAIModerations(), {"input": "x"}, table("leaves_moderations.csv"), EVERYWHERE),
    "images": Case(OpenAIImages(), {"prompt": "x"}, table("leaves_images.csv"), EVERYWHERE),
    "conversations": Case(
        CreateConversation(),
        {"path": {}, "query": {}, "body": {}},
        table("leaves_conversations.csv"),
        (
            "body.{key}",
            "body.a_field_of_tomorrow",
            "body.a_field_of_tomorrow[].deep[].deeper",
            "body.items[]<type=thing_of_tomorrow>.thing[].text",
            "body.items[]<role=user>.content[]<type=thing_of_tomorrow>.{key}",
            "query.a_parameter_of_tomorrow",
        ),
    ),
    "count_tokens": Case(AnthropicCountTokens(), CHAT, table("leaves_anthropic.csv"), EVERYWHERE),
}
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def found(case: Case, path: str, value: Any, *, ascii_: bool = False) -> list[Segment]:
    body = shaped(case, path, value)
    return case.dialect.segments(case.dialect.read(json.dumps(body, ensure_ascii=ascii_).encode()))


def shaped(case: Case, path: str, value: Any) -> dict[str, Any]:
    """Return a body that passes the check of its outer shape, with `value` at `path`."""
    body = body_with(path, value, case.base)
    for message in body.get("messages", ()):
        message.setdefault("role", "user")
        message.setdefault("content", "")
    return body


def seen(segments: list[Segment], text: str) -> bool:
    return any(text in segment.text for segment in segments)


def test_the_tables_are_complete() -> None:
    assert {name: len(case.leaves) for name, case in CASES.items()} == {
        "chat": 71,
        "messages": 349,
        "responses": 423,
        "embeddings": 4,
        "completions": 8,
        "moderations": 5,
        "images": 4,
        "conversations": 321,
        "count_tokens": 349,
    }


@EACH
def test_a_private_value_is_seen_at_every_leaf(case: Case) -> None:
    for path in (*(leaf.path for leaf in case.leaves), *case.unknown):
        segments = found(case, path, MARKER)
        assert seen(segments, MARKER), path
        assert all("Jane" not in segment.path for segment in segments), path


@EACH
def test_json_in_a_leaf_hides_nothing(case: Case) -> None:
    hidden = json.dumps({"k": MARKER}).replace("J", "\\u004a")
    for leaf in case.leaves:
        if leaf.kind != "str-key":
            segments = found(case, leaf.path, hidden, ascii_=True)
            assert seen(segments, MARKER) or any(s.kind is SegmentKind.OPAQUE for s in segments), leaf.path


@EACH
def test_any_json_value_is_seen(case: Case) -> None:
    for leaf in case.leaves:
        if leaf.kind == "any-json":
            assert seen(found(case, leaf.path, 78051120), "78051120"), leaf.path
            assert seen(found(case, leaf.path, [[7, 80, 51120]]), "7 80 51120"), leaf.path
            assert seen(found(case, leaf.path, {MARKER: {"x": [{"y": None}]}}), MARKER), leaf.path
            assert seen(found(case, leaf.path, [ord(letter) for letter in MARKER]), MARKER), leaf.path


@EACH
def test_binary_content_is_opaque(case: Case) -> None:
    pixels = base64.b64encode(bytes(range(256))).decode()
    for leaf in case.leaves:
        if leaf.class_ in ("binary", "opaque"):
            for value in (pixels, f"data:application/octet-stream;base64,{pixels}"):
                kinds = [segment.kind for segment in found(case, leaf.path, value)]
                assert SegmentKind.OPAQUE in kinds, leaf.path


@EACH
def test_the_value_can_be_replaced_at_every_leaf_that_is_neither_signed_nor_the_models_name(case: Case) -> None:
    kept = []
    for leaf in case.leaves:
        document = case.dialect.read(json.dumps(shaped(case, leaf.path, MARKER)).encode())
        segments = [segment for segment in case.dialect.segments(document) if MARKER in segment.text]
        if not all(segment.editable for segment in segments):
            kept.append(leaf.path)
            continue
        edits = {segment.path: segment.text.replace(MARKER, "[P]") for segment in segments}
        edited = case.dialect.edit(document, edits, None)
        assert json.loads(edited) == shaped(case, leaf.path, "[P]"), leaf.path
    assert all("thinking>" in path or path == "model" for path in kept)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("chat", "messages[].role"),
        ("chat", "messages[]<role=user>.content[].type"),
        ("chat", "messages[]<role=user>.content[]<type=image_url>.image_url.detail"),
        ("chat", "tools[].type"),
        ("chat", "tools[].custom.format.syntax"),
        ("chat", "tool_choice"),
        ("chat", "response_format.type"),
        ("chat", "reasoning_effort"),
        ("chat", "service_tier"),
        ("chat", "modalities[]"),
        ("chat", "verbosity"),
        ("chat", "web_search_options.search_context_size"),
        ("chat", "audio.format"),
        ("responses", "input[].role"),
        ("responses", "input[].type"),
        ("responses", "tools[].type"),
        ("responses", "reasoning.effort"),
        ("responses", "include[]"),
        ("responses", "truncation"),
        ("messages", "messages[].role"),
        ("messages", "messages[].content[].type"),
        ("messages", "messages[].content[]<type=image>.source.media_type"),
        ("messages", "messages[].content[].cache_control.ttl"),
        ("messages", "service_tier"),
        ("messages", "thinking.type"),
        ("messages", "output_config.effort"),
    ],
)
def test_a_word_of_its_own_in_a_structural_leaf_is_scanned(name: str, path: str) -> None:
    assert seen(found(CASES[name], path, MARKER), MARKER)


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("chat", "n seed stream temperature messages max_tokens logprobs metadata tools"),
        ("responses", "stream temperature max_output_tokens metadata tools text prompt reasoning background"),
        ("messages", "stream temperature messages max_tokens metadata tools top_k thinking tool_choice stop_sequences"),
    ],
)
def test_a_text_where_the_api_has_none_is_refused_without_repeating_it(name: str, paths: str) -> None:
    for path in paths.split():
        with pytest.raises(InvalidRequest) as caught:
            found(CASES[name], path, MARKER) if path != "messages" else CASES[name].dialect.read(
                json.dumps({**CASES[name].base, "messages": MARKER}).encode()
            )
        assert f"`/{path}`" in str(caught.value)
        assert MARKER not in repr(caught.value)


def test_what_was_walked_before_is_what_would_be_walked_again() -> None:
    before: Walked = {}
    short = ("hello", 1.10, 1.1, True, 1, "1", {"a": 1, "b": "x"}, {"b": "x", "a": 1}, ["x"], '{"a": "x"}', None)
    long = ("x" * 5000, "x" * 5000 + "y", "y" + "x" * 5000, ["x" * 5000], [True, "x" * 5000], [1, "x" * 5000])
    texts: tuple[object, ...] = (*short, *long)
    for one in texts:
        for other in texts:
            body = {"model": "m", "messages": [{"role": "user", "content": one}, {"role": "user", "content": other}]}
            document = Document(b"", body, before)
            assert OpenAIChat().segments(document) == OpenAIChat().segments(Document(b"", body))


@EACH
def test_an_edit_leaves_the_value_of_a_body_as_it_was(case: Case) -> None:
    """The gate takes what an edited body holds for what was walked before where both values are the same."""
    for leaf in case.leaves:
        body = json.dumps(shaped(case, leaf.path, MARKER)).encode()
        document = case.dialect.read(body)
        edits = {segment.path: "edited" for segment in case.dialect.segments(document) if segment.editable}
        case.dialect.edit(document, edits, "another-model")
        assert document.value == case.dialect.read(body).value
