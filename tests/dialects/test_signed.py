"""Signed and encrypted items are seen in bodies and in streams, as the upstream wrote them."""

import json
from typing import Any

import pytest

from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.dialects.signed import signed_items
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import Surrogates

ANSWER: dict[str, Any] = {
    "content": [
        {"type": "thinking", "thinking": "…", "signature": "SIG"},
        {"type": "redacted_thinking", "data": "RED"},
        {"type": "image", "data": "no item"},
        {"type": "web_search_tool_result", "content": [{"encrypted_content": "ENC", "signature": ""}]},
        {"type": "text", "text": "x", "citations": [{"encrypted_index": "IDX"}]},
    ]
}


def test_items_are_found_wherever_they_stand() -> None:
    assert sorted(signed_items(ANSWER)) == ["ENC", "IDX", "RED", "SIG"]
    assert sorted(AnthropicMessages().signed(json.dumps(ANSWER).encode())) == ["ENC", "IDX", "RED", "SIG"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"signature"', b'"signature"', b'{"signature": 5}'])
def test_what_is_no_answer_has_no_items(body: bytes) -> None:
    assert OpenAIChat().signed(body) == []


@pytest.mark.parametrize("restoring", [False, True])
def test_a_stream_tells_each_item_once_whatever_the_pieces(restoring: bool) -> None:  # noqa: FBT001
    mint = Surrogates(b"k" * 32, "t", "c")
    if restoring:
        mint.surrogate("PERSON", "Jane")
    events: list[tuple[OpenAIResponses | AnthropicMessages, dict[str, Any]]] = [
        (
            AnthropicMessages(),
            {"type": "content_block_delta", "delta": {"type": "signature_delta", "signature": "SIG"}},
        ),
        (
            OpenAIResponses(),
            {"type": "response.output_item.done", "item": {"type": "reasoning", "encrypted_content": "SIG"}},
        ),
    ]
    for dialect, value in events:
        raw = f"data: {json.dumps(value)}\n\n".encode()
        for cut in range(len(raw)):
            stream = dialect.stream(Restorers(mint.pairs))
            seen: list[str] = []
            for piece in (raw[:cut], raw[cut:]):
                assert stream.feed(piece) in (b"", raw)
                seen += stream.signed
                stream.signed = []
            assert seen == ["SIG"]
            stream.close()
            assert stream.signed == []
