"""What a stand-in says by OpenAI's API: an answer as a whole, and the events in which the same answer streams."""

from __future__ import annotations

import base64
import math
import struct
import time
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final
from uuid import uuid4

from gateway.server.standin_words import PIECE, Event, cut, said, words

__all__ = ["completion", "completion_events", "embeddings", "input_tokens", "response", "response_events"]

_DIMENSIONS: Final = 64
_MOST_DIMENSIONS: Final = 4096


def completion(asked: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the chat completion that says `text`."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    shell = {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked["model"],
    }
    counted = {"prompt_tokens": words(asked["messages"]), "completion_tokens": words(text)}
    usage = {**counted, "total_tokens": sum(counted.values())}
    return {**shell, "model": asked["model"], "choices": [choice], "usage": usage}


def completion_events(whole: dict[str, Any], piece: int = PIECE, *, usage: bool = False) -> Iterator[Event]:
    """Yield the chunks of a chat completion of one choice: text, or calls of tools.

    Args:
        whole: the completion.
        piece: characters in one delta.
        usage: whether the last chunk counts tokens (`stream_options.include_usage`).
    """
    (choice,) = whole["choices"]
    shell = {name: whole[name] for name in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    message = choice["message"]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": "" if message["content"] is not None else None}]
    deltas += [{"content": each} for each in cut(message["content"] or "", piece)]
    for index, call in enumerate(message.get("tool_calls") or ()):
        function = call["function"]
        deltas.append({"tool_calls": [{"index": index, **call, "function": {**function, "arguments": ""}}]})
        pieces = cut(function["arguments"], piece)
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": each}}]} for each in pieces]
    for delta in deltas:
        yield "", {**shell, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield "", {**shell, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]}
    if usage:
        yield "", {**shell, "choices": [], "usage": whole["usage"]}


def response(asked: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the response that says `text`. It is kept nowhere, and says so."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    item = {"id": f"msg_{uuid4().hex}", "type": "message", "role": "assistant", "status": "completed"}
    counted = {"input_tokens": words(asked.get("input")), "output_tokens": words(text)}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    return {
        "id": f"resp_{uuid4().hex}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed",
        "model": asked.get("model"),
        "output": [{**item, "content": [part]}],
        "previous_response_id": asked.get("previous_response_id"),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "store": False,
        "error": None,
        "incomplete_details": None,
        "usage": {**counted, "total_tokens": sum(counted.values()), **details},
    }


def response_events(whole: dict[str, Any], piece: int = PIECE) -> Iterator[Event]:
    """Yield the events of a response whose items are messages and calls of functions."""
    for number, event in enumerate(_unnumbered(whole, piece)):
        yield event["type"], {**event, "sequence_number": number}


def _unnumbered(whole: dict[str, Any], piece: int) -> Iterator[dict[str, Any]]:
    begun = {**whole, "output": [], "status": "in_progress", "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(whole["output"]):
        empty: dict[str, Any] = {"content": []} if item["type"] == "message" else {"arguments": ""}
        opened = {**item, **empty, "status": "in_progress"}
        yield {"type": "response.output_item.added", "output_index": index, "item": opened}
        yield from _message(index, item, piece) if item["type"] == "message" else _call(index, item, piece)
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    yield {"type": "response.completed", "response": whole}


def _message(index: int, item: dict[str, Any], piece: int) -> Iterator[dict[str, Any]]:
    for number, part in enumerate(item["content"]):
        at = {"item_id": item["id"], "output_index": index, "content_index": number}
        text = part["text"]
        yield {"type": "response.content_part.added", **at, "part": {**part, "text": ""}}
        for delta in cut(text, piece):
            yield {"type": "response.output_text.delta", **at, "delta": delta, "logprobs": []}
        yield {"type": "response.output_text.done", **at, "text": text, "logprobs": []}
        yield {"type": "response.content_part.done", **at, "part": part}


def _call(index: int, item: dict[str, Any], piece: int) -> Iterator[dict[str, Any]]:
    at = {"item_id": item["id"], "output_index": index}
    kind = "response.function_call_arguments"
    for delta in cut(item["arguments"], piece):
        yield {"type": f"{kind}.delta", **at, "delta": delta}
    yield {"type": f"{kind}.done", **at, "name": item["name"], "arguments": item["arguments"]}


def input_tokens(asked: dict[str, Any]) -> dict[str, Any]:
    """Return how many tokens a response would read: words, here."""
    return {"object": "response.input_tokens", "input_tokens": words(asked.get("input"))}


def embeddings(asked: dict[str, Any]) -> dict[str, Any]:
    """Return a vector for each input: what it says by its words, so that texts with words in common lie near."""
    given = asked["input"]
    inputs = given if isinstance(given, list) and not any(isinstance(each, int) for each in given) else [given]
    size = min(max(asked.get("dimensions") or _DIMENSIONS, 1), _MOST_DIMENSIONS)
    vectors: list[list[float] | str] = [_vector(said(each).split(), size) for each in inputs]
    if asked.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack(f"<{size}f", *each)).decode() for each in vectors]
    data = [{"object": "embedding", "index": index, "embedding": each} for index, each in enumerate(vectors)]
    usage = {"prompt_tokens": words(given), "total_tokens": words(given)}
    return {"object": "list", "data": data, "model": asked["model"], "usage": usage}


def _vector(parts: Sequence[str], size: int) -> list[float]:
    """Return a vector of length 1: each word counts in the place that its hash names."""
    vector = [0.0] * size
    for part in parts or [""]:
        vector[_place(part, size)] += 1.0
    length = math.sqrt(sum(each * each for each in vector))
    return [each / length for each in vector]


def _place(part: str, size: int) -> int:
    return int.from_bytes(blake2b(part.lower().encode(), digest_size=8).digest(), "big") % size
