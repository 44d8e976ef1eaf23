"""What a stand-in says by Anthropic's API: a message as a whole, and the events in which the same message streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from gateway.server.standin_words import PIECE, Event, cut, words

__all__ = ["input_tokens", "message", "message_events"]


def message(asked: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the message that says `text`."""
    return {
        "id": f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {**input_tokens(asked), "output_tokens": words(text)},
    }


def message_events(whole: dict[str, Any], piece: int = PIECE) -> Iterator[Event]:
    """Yield the events of a message whose blocks are texts and uses of tools."""
    for event in _events(whole, piece):
        yield event["type"], event


def _events(whole: dict[str, Any], piece: int) -> Iterator[dict[str, Any]]:
    begun = {**whole["usage"], "output_tokens": 1}
    yield {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None, "usage": begun}}
    for index, block in enumerate(whole["content"]):
        text = block["type"] == "text"
        empty = {**block, "text": ""} if text else {**block, "input": {}}
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for part in cut(block["text"] if text else json.dumps(block["input"]), piece):
            delta = {"type": "text_delta", "text": part} if text else {"type": "input_json_delta", "partial_json": part}
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": whole["stop_sequence"]}
    yield {"type": "message_delta", "delta": ended, "usage": {"output_tokens": whole["usage"]["output_tokens"]}}
    yield {"type": "message_stop"}


def input_tokens(asked: dict[str, Any]) -> dict[str, int]:
    """Return how many tokens a request has: words, here."""
    return {"input_tokens": words(asked.get("system")) + words(asked["messages"])}
