"""OpenAI's Responses: `POST /v1/responses` (and `/v1/responses/input_tokens`, which counts the same body).

Decisions kept here:

* One text is told many times in a stream: in deltas, then whole in `…done`, in its part, its item and the response.
  Deltas have a channel for each text; all that is told whole is restored whole, by the same rules.
* What is held when a text ends goes out in a delta of its own before the event that says so. It repeats the sequence
  number of the text's last delta, so that no other event has to be numbered anew.
* Clients join the texts of an answer (`AnswerRules.joined`): each is told whole from where it began among them.
* An error inside a response (`response.failed`, a failed answer) loses its message: it may repeat the prompt.
* A later turn of what the server keeps has the surrogates of the first: the vault remembers what they are keyed by, so
  the anchor is asked for in first turns only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.core.errors import RequestError
from gateway.core.protocols import Document, RestorerFactory, StreamRestorer
from gateway.core.state import StateKind
from gateway.dialects.answers import restore_tree, tool_of
from gateway.dialects.base import OpenAIDialect, counts, texts_of
from gateway.dialects.offsets import merged_logprobs, move_citations
from gateway.dialects.openai_responses_tables import ITEM, RULES, SHAPE, STRUCTURE
from gateway.dialects.shape import check
from gateway.dialects.sse import Event, event
from gateway.dialects.streams import Channels, EventRestorer, LogprobLine, upstream_broke
from gateway.dialects.strict_json import dumps

__all__ = ["OpenAIResponses", "OpenAIResponsesInputTokens"]

_DELTA_RULES: Final = {False: RULES, True: replace(RULES, sources=RULES.sources | {"delta"})}
_PLACE: Final = ("item_id", "output_index", "content_index", "summary_index", "command_index")
_CALL_EVENT: Final = re.compile(r"_(?:arguments|call_input|call_code|command)\.")
"""Tells of a call whose item was not told before."""
_NO_TEXT: Final = frozenset({"response.audio"})


class OpenAIResponses(OpenAIDialect):
    """The dialect of `/v1/responses`."""

    name = "openai_responses"
    turns = "input"
    endpoint = "/v1/responses"
    structure = STRUCTURE
    rules = RULES

    def check(self, value: dict[str, Any]) -> None:
        """Check types of the body and of its items.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, SHAPE)
        items = value.get("input")
        for index, item in enumerate(items if isinstance(items, list) else ()):
            check(item, ITEM, path=f"/input/{index}")

    def anchor(self, document: Document) -> str:
        """Return the conversation's id, or instructions and items up to and with the first user message."""
        value = document.value
        conversation = value.get("conversation")
        if isinstance(conversation, dict):
            conversation = conversation.get("id")
        if isinstance(conversation, str):
            return f"conversation\x1f{conversation}"
        parts = texts_of(value.get("instructions"))
        items = value.get("input")
        if not isinstance(items, list):
            return "\x1f".join([*parts, "user", *texts_of(items)])
        for item in items:
            role = item.get("role")
            if isinstance(role, str):
                parts += (role, *texts_of(item.get("content")))
                if role not in ("system", "developer"):
                    break
        return "\x1f".join(parts)

    def keeps(self, document: Document) -> bool:
        """Whether the upstream keeps the response: it does unless it is told not to."""
        return document.value.get("store") is not False or document.value.get("conversation") is not None

    def made(self, value: Mapping[str, Any]) -> Iterator[tuple[str, StateKind]]:
        """Return the ids that an answer or event hands out: of the response, its conversation, items, containers."""
        response = value.get("response")
        yield from _made(response if isinstance(response, dict) else value)
        yield from _made_item(value.get("item"))

    def scrub(self, value: dict[str, Any]) -> bool:
        """Replace the message of a failed answer's error; return whether there was one."""
        return _scrub(value)

    def restore_value(self, value: dict[str, Any], restorers: RestorerFactory) -> bool:
        """Restore a parsed answer in place; return whether anything changed."""
        changed = _merge_and_move(value, restorers)
        return restore_tree(value, RULES, restorers) or changed

    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        """Return a restorer for a streamed answer."""
        return _ResponseStream(restorers)

    def error_event(self, error: RequestError) -> bytes:
        """Return `error` as the event with which the API ends a stream that failed."""
        return event(dumps(_error_event(error)), "error")


class OpenAIResponsesInputTokens(OpenAIResponses):
    """The dialect of `/v1/responses/input_tokens`: the same body, an answer without text."""

    name = "openai_responses_input_tokens"
    endpoint = "/v1/responses/input_tokens"

    def keeps(self, document: Document) -> bool:  # noqa: ARG002
        """Whether the upstream keeps something: it only counts."""
        return False

    def streams(self, document: Document) -> bool:  # noqa: ARG002
        """Whether the client asked for a stream: this endpoint has none."""
        return False

    def usage(self, body: bytes, value: Mapping[str, Any] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Return no counts: nothing was generated."""
        return {}


def _error_event(error: RequestError) -> dict[str, Any]:
    return {"type": "error", "code": error.code, "message": error.message, "param": None}


def _scrub(response: dict[str, Any]) -> bool:
    """Replace the message of a failed response's error; return whether there was one."""
    error = response.get("error")
    if not isinstance(error, dict):
        return False
    broke = upstream_broke()
    response["error"] = {"code": "server_error", "message": broke.message}
    return True


def _made(response: Mapping[str, Any]) -> Iterator[tuple[str, StateKind]]:
    if response.get("object") == "response" and isinstance(response.get("id"), str):
        yield response["id"], StateKind.RESPONSE
    conversation = response.get("conversation")
    if isinstance(conversation, dict) and isinstance(conversation.get("id"), str):
        yield conversation["id"], StateKind.CONVERSATION
    output = response.get("output")
    for item in output if isinstance(output, list) else ():
        yield from _made_item(item)


def _made_item(item: object) -> Iterator[tuple[str, StateKind]]:
    if isinstance(item, dict):
        for key, kind in (("id", StateKind.ITEM), ("container_id", StateKind.CONTAINER)):
            if isinstance(item.get(key), str):
                yield item[key], kind


def _holders(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects in an answer or event that may have log probabilities or citations."""
    response = value.get("response")
    item = value.get("item")
    items = (response if isinstance(response, dict) else value).get("output")
    yield value
    for holder in (value.get("part"), *_parts(item)):
        if isinstance(holder, dict):
            yield holder
    for item in items if isinstance(items, list) else ():
        yield from (part for part in _parts(item) if isinstance(part, dict))


def _parts(item: object) -> list[Any]:
    content = item.get("content") if isinstance(item, dict) else None
    return content if isinstance(content, list) else []


def _merge_and_move(value: dict[str, Any], restorers: RestorerFactory) -> bool:
    changed = False
    for holder in _holders(value):
        entries = holder.get("logprobs")
        merged = merged_logprobs(entries, restorers) if isinstance(entries, list) and entries else None
        if merged is not None:
            holder["logprobs"] = merged
            changed = True
        changed |= move_citations(holder.get("text"), holder.get("annotations"), restorers)
    return changed


class _Text:
    """The state of one text of a stream."""

    __slots__ = ("channels", "frame", "logprobs")

    def __init__(self, restorers: RestorerFactory, line: RestorerFactory, *, in_json: bool) -> None:
        self.channels = Channels(_DELTA_RULES[in_json], line)
        self.logprobs = LogprobLine(restorers)
        self.frame: dict[str, Any] = {}
        """The text's last delta event."""


_Key = tuple[object, ...]


class _ResponseStream(EventRestorer):
    """Restores `response.*` events."""

    def __init__(self, restorers: RestorerFactory) -> None:
        super().__init__(restorers)
        self._line = restorers.line()
        self._begun: dict[_Key, RestorerFactory] = {}
        """Where each text that clients join began, as a line that is never fed."""
        self._texts: dict[_Key, _Text] = {}
        self._written: dict[_Key, list[str]] = {}
        """What the upstream wrote of each text, in which citations count."""
        self._tools: dict[object, str] = {}
        """Place of an item in the output to the tool whose call it is."""

    def error(self, value: Any) -> bytes:
        """Return the data of the event that stands for an error of the upstream."""
        told = _error_event(upstream_broke())
        number = value.get("sequence_number") if isinstance(value, dict) else None
        return dumps(told if number is None else {**told, "sequence_number": number})

    def is_error(self, event: Event, value: Any) -> bool:
        """Whether the event reports an error of the upstream."""
        return super().is_error(event, value) or (isinstance(value, dict) and value.get("type") == "error")

    def count(self, value: dict[str, Any]) -> None:
        """Note the token counts that the last events tell."""
        response = value.get("response")
        if isinstance(response, dict):
            self._usage.update(counts(response.get("usage")))

    def scrub(self, value: dict[str, Any]) -> bool:
        """Replace the message of a failed response's error; return whether there was one."""
        response = value.get("response")
        return isinstance(response, dict) and _scrub(response)

    def before(self, value: dict[str, Any]) -> bytes:
        """Return deltas with what is held of a text that this event says is whole."""
        type_ = value.get("type")
        if not isinstance(type_, str):
            return b""
        if type_.endswith(".delta"):
            return b""
        if "response" in value:
            return self.tail()
        base = type_.removesuffix(".done")
        ended = [key for key in self._texts if key == _key(base, value)]
        if type_ in ("response.output_item.done", "response.content_part.done"):
            ended = [key for key in self._texts if key[2] == value.get("output_index")]
        return b"".join([self._flush(key) for key in ended])

    def restore(self, value: dict[str, Any]) -> bool:
        """Restore an event in place; return whether anything changed."""
        type_ = value.get("type")
        self._note_tool(value)
        restorers = self._of(value)
        if not isinstance(type_, str) or not type_.endswith(".delta") or "delta" not in value:
            changed = _merge_and_move(value, restorers)
            if type_ == "response.output_text.annotation.added":
                written = "".join(self._written.get(_place(value), ()))
                changed |= move_citations(written, [value.get("annotation")], restorers)
            return restore_tree(value, RULES, restorers, line=self._line_of(value)) or changed
        base = type_.removesuffix(".delta")
        if base in _NO_TEXT:
            return False
        key = _key(base, value)
        text = self._texts.get(key)
        if text is None:
            line = self._begin(value) if base == "response.output_text" else restorers
            text = self._texts[key] = _Text(restorers, line, in_json=base.endswith("_arguments"))
        text.frame = value
        piece = {"delta": value["delta"]}
        if base == "response.output_text" and isinstance(value["delta"], str):
            self._written.setdefault(_place(value), []).append(value["delta"])
        changed = text.channels.feed(piece, in_turn=False)
        value["delta"] = piece["delta"]
        entries = value.get("logprobs")
        if isinstance(entries, list):
            shown = text.logprobs.feed(entries, held=text.channels.held(("delta",)))
            if shown != entries:
                value["logprobs"] = shown
                changed = True
        return changed

    def _begin(self, value: dict[str, Any]) -> RestorerFactory:
        """Return the line that texts go on from; it is noted where the one that the event is about began."""
        place = _joined_place(value)
        if place not in self._begun:
            self._begun[place] = self._line.line()
        return self._line

    def _line_of(self, value: dict[str, Any]) -> RestorerFactory | None:
        """Return the line that the texts of an event which tells them whole go on from; None: from none before."""
        if "response" in value:
            return None
        begun = self._begun.get(_joined_place(value))
        return self._begin(value) if begun is None else begun.line()

    def _note_tool(self, value: dict[str, Any]) -> None:
        item = value.get("item")
        tool = tool_of(item) if isinstance(item, dict) else None
        place = value.get("output_index")
        if tool is not None and isinstance(place, int):
            self._tools[place] = tool

    def _of(self, value: dict[str, Any]) -> RestorerFactory:
        """Return the restorers of an event that tells of a part of an item: of a tool's arguments, if it is a call."""
        place = value.get("output_index")
        tool = self._tools.get(place) if isinstance(place, int) and "item" not in value else None
        type_ = value.get("type")
        if tool is None and isinstance(type_, str) and _CALL_EVENT.search(type_):
            tool = ""
        return self._restorers if tool is None else self._restorers.tool(tool)

    def tail(self) -> bytes:
        """Return deltas with everything that is still held back."""
        return b"".join([self._flush(key) for key in list(self._texts)])

    def _flush(self, key: _Key) -> bytes:
        text = self._texts.pop(key)
        piece: dict[str, Any] = {}
        if not text.channels.flush(piece):
            return b""
        frame = {name: value for name, value in text.frame.items() if name != "obfuscation"}
        if "logprobs" in frame:
            frame["logprobs"] = text.logprobs.flush()
        return self.made({**frame, **piece}, text.frame["type"])


def _place(value: dict[str, Any]) -> _Key:
    """Return which text of the answer an event is about."""
    return _key("", value)


def _joined_place(value: dict[str, Any]) -> _Key:
    """Return which of the texts that clients join an event is about, an item's first if it is about all of that."""
    places = (value.get("output_index"), value.get("content_index", 0))
    return tuple(place if isinstance(place, int) else None for place in places)


def _key(base: str, value: dict[str, Any]) -> _Key:
    places = (value.get(name) for name in _PLACE)
    return (base, *(place if isinstance(place, str | int) else None for place in places))
