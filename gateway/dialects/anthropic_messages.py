"""Anthropic's Messages: `POST /v1/messages` and `/v1/messages/count_tokens`.

Decisions kept here:

* Blocks that the model server signed (`thinking`, `redacted_thinking`) are scanned but never edited, and never
  restored in an answer either: the client sends them back, and they must come back byte for byte (invariant 6).
* A tool's `input` is the application's own JSON: a number in it may be replaced by a text.
* In a stream, a block has one channel for each kind of text. What is held when a block stops goes out in a delta of
  its own before the stop; a citation comes whole and does not end the text.
* Errors keep the envelope that the SDKs read; a refusal by policy keeps its own type and code in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.core.errors import PolicyRefusal, RequestError
from gateway.core.protocols import Document, RestorerFactory, StreamRestorer
from gateway.dialects.answers import AnswerRules, restore_tree, tool_of
from gateway.dialects.base import JsonDialect, counts, texts_of
from gateway.dialects.frames import Piece
from gateway.dialects.shape import BOOLEAN, INTEGER, NUMBER, OBJECT, OBJECTS, TEXT_OR_LIST, TEXTS, Kind, check
from gateway.dialects.sse import Event, event
from gateway.dialects.streams import Channels, EventRestorer, upstream_broke
from gateway.dialects.strict_json import dumps
from gateway.dialects.structure import FILES, TOOLS, Opaque, OpaqueRule, Structure

__all__ = ["AnthropicCountTokens", "AnthropicMessages"]

_STRUCTURE = Structure.of(
    base=FILES,
    tools=TOOLS,
    keys="""
        allowed_callers allowed_domains allowed_tools authorization_token betas blocked_domains budget_tokens
        cache_control caller citations cited_text city clear_at_least clear_tool_inputs configs content context
        context_management country data default_config defer_loading description diagnostics
        disable_parallel_tool_use display_height_px display_number display_width_px document_index
        document_title edits effort enabled end_block_index end_char_index end_page_number error_message
        exclude_tools fallback_credit_token fallbacks from id inference_geo input input_examples input_schema
        instructions is_error keep lines max_characters max_content_tokens max_tokens max_uses mcp_server_name
        mcp_servers messages metadata model num_lines output_config output_format page_age region retrieved_at
        schema search_result_index server_name signature skills source start_block_index start_char_index
        start_line start_page_number stderr stdout stop_sequences stream strict system temperature text thinking
        timezone to token tool tool_choice tool_configuration tool_id tool_name tool_references tool_use_id
        tools top_k top_p total_lines trigger url use_cache user_id user_location user_profile_id value version
    """,
    words={
        "role": "assistant system user",
        "type": """
            adaptive any approximate auto base64 bash_20241022 bash_20250124 bash_code_execution_output
            bash_code_execution_result bash_code_execution_tool_result char_location clear_thinking_20251015
            clear_tool_uses_20250919 code_execution_20250522 code_execution_20250825 code_execution_20260120
            code_execution_output code_execution_result code_execution_tool_result compact_20260112 compaction
            computer_20241022 computer_20250124 computer_20251124 container_upload content content_block_location custom
            direct disabled document enabled encrypted_code_execution_result ephemeral fallback file image input_tokens
            json_schema mcp_tool_result mcp_tool_use mcp_toolset memory_20250818 mid_conv_system none page_location
            redacted_thinking search_result search_result_location server_tool_use text text_editor_20241022
            text_editor_20250124 text_editor_20250429 text_editor_20250728
            text_editor_code_execution_str_replace_result text_editor_code_execution_tool_result
            text_editor_code_execution_tool_result_error text_editor_code_execution_view_result thinking tool
            tool_reference tool_result tool_search_tool_result tool_search_tool_result_error
            tool_search_tool_search_result tool_use tool_uses url web_fetch_20250910 web_fetch_20260209
            web_fetch_20260309 web_fetch_result web_fetch_tool_result web_search_20250305 web_search_20260209
            web_search_result web_search_result_location web_search_tool_result
        """,
        "media_type": "application/pdf image/gif image/jpeg image/png image/webp text/plain",
        "ttl": "5m 1h",
        "service_tier": "auto standard_only",
        "effort": "low medium high max xhigh",
    },
    opaque=(
        OpaqueRule("data", Opaque.FILE, parent="source", type="base64"),
        OpaqueRule("url", Opaque.FILE, parent="source"),
        OpaqueRule("data", Opaque.ENCRYPTED, type="redacted_thinking"),
        OpaqueRule("signature", Opaque.ENCRYPTED),
        OpaqueRule("encrypted_index", Opaque.ENCRYPTED),
        OpaqueRule("encrypted_stdout", Opaque.ENCRYPTED),
        OpaqueRule("previous_message_id", Opaque.SERVER_STATE),
    ),
    signed="thinking redacted_thinking",
    free="input",
)

_SHAPE: Final = {
    "model": Kind("a model's name", (str,), filled=True),
    "messages": Kind("an array of messages", (list,), Kind("a message object", (dict,)), filled=True),
    "max_tokens": INTEGER,
    "system": TEXT_OR_LIST,
    "stream": BOOLEAN,
    "temperature": NUMBER,
    "top_p": NUMBER,
    "top_k": INTEGER,
    "stop_sequences": TEXTS,
    "tools": OBJECTS,
    "tool_choice": OBJECT,
    "thinking": OBJECT,
    "metadata": OBJECT,
}
_MESSAGE: Final = {
    "role": Kind("a role", (str,), filled=True),
    "content": Kind("a string or an array of content blocks", (str, list), Kind("a content block", (dict,))),
}
_RULES = AnswerRules.of(
    fixed="""
        id type role model stop_reason tool_use_id tool_id signature data encrypted_content encrypted_index
        encrypted_stdout media_type file_id service_tier
    """,
    names="""
        cache_creation cache_creation_input_tokens cache_read_input_tokens container content_block delta
        ephemeral_1h_input_tokens ephemeral_5m_input_tokens error index input_tokens message output_tokens
        server_tool_use stop_details stop_sequence usage web_fetch_requests web_search_requests
    """,
    sources="partial_json",
    structure=_STRUCTURE,
    signed="thinking redacted_thinking",
    joined="text text_delta",
)
_OF_DELTA: Final = frozenset({"type", "index", "delta"})
_DELTA_TYPES: Final = {"text": "text_delta", "partial_json": "input_json_delta"}
_ERROR_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


class AnthropicMessages(JsonDialect):
    """The dialect of `/v1/messages`."""

    name = "anthropic_messages"
    turns = "messages"
    family = "anthropic"
    endpoint = "/v1/messages"
    structure = _STRUCTURE
    rules = _RULES
    required: tuple[str, ...] = ("model", "messages", "max_tokens")

    def check(self, value: dict[str, Any]) -> None:
        """Check types of the body and of its messages.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, _SHAPE, required=self.required)
        for index, message in enumerate(value["messages"]):
            check(message, _MESSAGE, path=f"/messages/{index}", required=("role", "content"))

    def anchor(self, document: Document) -> str:
        """Return the system prompt and roles and texts of all messages up to and with the first of the user."""
        parts = texts_of(document.value.get("system"))
        for message in document.value["messages"]:
            parts += (message["role"], *texts_of(message["content"]))
            if message["role"] != "system":
                break
        return "\x1f".join(parts)

    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        """Return a restorer for a streamed answer."""
        return _MessageStream(restorers)

    def error(self, error: RequestError) -> bytes:
        """Return `error` in Anthropic's envelope: `{"type": "error", "error": {"type", "message", "code"}}`."""
        return _error(error)

    def error_event(self, error: RequestError) -> bytes:
        """Return `error` as the event with which the API ends a stream that failed; the SDKs go by its name."""
        return event(_error(error), "error")


class AnthropicCountTokens(AnthropicMessages):
    """The dialect of `/v1/messages/count_tokens`: the same body without `max_tokens`, an answer without text."""

    name = "anthropic_count_tokens"
    endpoint = "/v1/messages/count_tokens"
    required = ("model", "messages")

    def streams(self, document: Document) -> bool:  # noqa: ARG002
        """Whether the client asked for a stream: this endpoint has none."""
        return False

    def usage(self, body: bytes, value: Mapping[str, Any] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Return no counts: nothing was generated."""
        return {}


def _error(error: RequestError) -> bytes:
    type_ = error.type if isinstance(error, PolicyRefusal) else _ERROR_TYPES.get(error.status, "api_error")
    return dumps({"type": "error", "error": {"type": type_, "message": error.message, "code": error.code}})


class _Block:
    """The state of one content block of a stream."""

    __slots__ = ("channels", "types")

    def __init__(self, restorers: RestorerFactory, line: RestorerFactory | None) -> None:
        self.channels = Channels(_RULES, restorers, line)
        self.types = dict(_DELTA_TYPES)
        """Member of a delta to the `type` of the deltas that carry it."""


class _MessageStream(EventRestorer):
    """Restores `message_start`, `content_block_*`, `message_delta` events."""

    def __init__(self, restorers: RestorerFactory) -> None:
        super().__init__(restorers)
        self._line = restorers.line()
        self._blocks: dict[float, _Block] = {}
        """Also those that have stopped: one that goes on all the same is still the same tool's, and the same text."""

    def error(self, value: Any) -> bytes:  # noqa: ARG002
        """Return the data of the event that stands for an error of the upstream."""
        return _error(upstream_broke())

    def is_error(self, event: Event, value: Any) -> bool:
        """Whether the event reports an error of the upstream."""
        return super().is_error(event, value) or (isinstance(value, dict) and value.get("type") == "error")

    def count(self, value: dict[str, Any]) -> None:
        """Note the token counts: the input's come first, the output's grow."""
        message = value.get("message")
        self._usage.update(counts(message.get("usage") if isinstance(message, dict) else value.get("usage")))

    def before(self, value: dict[str, Any]) -> bytes:
        """Return deltas with what is held of a block that stops, or of all when the message ends."""
        type_ = value.get("type")
        if type_ == "content_block_stop":
            return self._flush(_index(value))
        return self.tail() if type_ in ("message_delta", "message_stop") else b""

    def restore(self, value: dict[str, Any]) -> bool:
        """Restore an event in place; return whether anything changed."""
        delta = value.get("delta")
        opened = value.get("content_block")
        if isinstance(opened, dict):
            tool = tool_of(opened)
            self._blocks[_index(value)] = self._block(tool)
        if value.get("type") != "content_block_delta" or not isinstance(delta, dict):
            return restore_tree(value, _RULES, self._restorers, line=self._line)
        type_ = delta.get("type")
        if type_ in ("thinking_delta", "signature_delta"):
            return False
        if type_ == "citations_delta":
            return restore_tree(delta, _RULES, self._restorers)
        block = self._blocks.get(_index(value))
        if block is None:  # it was never opened, so it is not known whose arguments they are
            unnamed = "partial_json" in delta
            block = self._blocks[_index(value)] = self._block("" if unnamed else None)
        if isinstance(type_, str):
            block.types.update((key, type_) for key, text in delta.items() if isinstance(text, str))
        return block.channels.feed(delta, in_turn=False)

    def piece(self, value: dict[str, Any]) -> Piece | None:
        """Return the text of a delta of a block that goes on."""
        delta = value.get("delta")
        if value.get("type") != "content_block_delta" or value.keys() != _OF_DELTA or not isinstance(delta, dict):
            return None
        block = self._blocks.get(_index(value))
        type_ = delta.get("type")
        key, *more = delta.keys() - {"type"} or ("",)
        if block is None or more or key not in ("text", "partial_json") or type_ != _DELTA_TYPES[key]:
            return None
        feed = block.channels.feeder((key,))
        return Piece(delta, key, feed) if feed is not None and isinstance(delta[key], str) and delta[key] else None

    def tail(self) -> bytes:
        """Return deltas with everything that is still held back."""
        return b"".join([self._flush(index) for index in list(self._blocks)])

    def _block(self, tool: str | None) -> _Block:
        """Return the state of a block that begins: of a call of `tool`, or of what the model says."""
        return _Block(self._restorers, self._line) if tool is None else _Block(self._restorers.tool(tool), None)

    def _flush(self, index: float) -> bytes:
        block = self._blocks.get(index)
        held: dict[str, Any] = {}
        if block is None or not block.channels.flush(held):
            return b""
        return b"".join(
            self.made(
                {"type": "content_block_delta", "index": index, "delta": {"type": block.types.get(key), key: text}},
                "content_block_delta",
            )
            for key, text in held.items()
        )


def _index(value: dict[str, Any]) -> float:
    index = value.get("index")
    return index if isinstance(index, int | float) else 0  # 1.0 is the same to clients as 1
