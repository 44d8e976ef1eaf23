"""OpenAI's Chat Completions: `POST /v1/chat/completions`, as OpenAI, vLLM, Ollama, llama.cpp and TGI serve it.

Decisions kept here:

* The tables list the API's own words. Extension fields of local servers (`guided_json`, `options`, …) are not
  listed, so they are scanned like any field that we do not know.
* The anchor of a conversation is roles and texts only: clients add and move cache markers between turns.
* In a stream each choice has its own channels; log probabilities wait with the text that they belong to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.core.errors import InvalidRequest
from gateway.core.protocols import Document, RestorerFactory, StreamRestorer
from gateway.core.state import StateKind
from gateway.dialects.answers import AnswerRules, restore_tree
from gateway.dialects.base import OpenAIDialect, texts_of
from gateway.dialects.frames import Piece
from gateway.dialects.offsets import merged_logprobs, move_citations
from gateway.dialects.openai_choices import ChoiceStream
from gateway.dialects.shape import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    OBJECT,
    OBJECTS,
    TEXT,
    TEXT_OR_LIST,
    TEXT_OR_OBJECT,
    Kind,
    check,
)
from gateway.dialects.streams import Channels, LogprobLine
from gateway.dialects.structure import FILES, TOOLS, Opaque, OpaqueRule, Structure

__all__ = ["OpenAIChat"]

_STRUCTURE = Structure.of(
    base=FILES,
    tools=TOOLS,
    keys="""
        allowed_tools approximate arguments audio cache_control city content country custom data definition description
        file frequency_penalty function function_call functions grammar include_obfuscation include_usage input
        input_audio json_schema logit_bias logprobs max_completion_tokens max_tokens messages metadata model moderation
        n name parallel_tool_calls parameters prediction presence_penalty prompt_cache_key refusal region
        response_format safety_identifier schema seed stop store stream stream_options strict temperature text timezone
        tool_call_id tool_calls tools top_logprobs top_p user user_location voice
        web_search_options reasoning_content reasoning
    """,
    words={
        "role": "assistant developer function system tool user",
        "type": """
            allowed_tools approximate content custom ephemeral file function grammar image_url input_audio json_object
            json_schema refusal text
        """,
        "detail": "auto high low original",
        "format": "aac flac mp3 opus pcm16 wav",
        "modalities": "audio text",
        "reasoning_effort": "none minimal low medium high xhigh",
        "verbosity": "low medium high",
        "service_tier": "auto default flex priority scale",
        "prompt_cache_retention": "24h in-memory in_memory",
        "search_context_size": "low medium high",
        "syntax": "lark regex",
        "mode": "auto required",
        "tool_choice": "auto none required",
        "function_call": "auto none",
    },
    opaque=(OpaqueRule("id", Opaque.SERVER_STATE, parent="audio"),),
)

_SHAPE: Final = {
    "model": Kind("a model's name", (str,), filled=True),
    "messages": Kind("an array of messages", (list,), Kind("a message object", (dict,)), filled=True),
    "stream": BOOLEAN,
    "stream_options": OBJECT,
    "n": INTEGER,
    "max_tokens": INTEGER,
    "max_completion_tokens": INTEGER,
    "seed": INTEGER,
    "temperature": NUMBER,
    "top_p": NUMBER,
    "frequency_penalty": NUMBER,
    "presence_penalty": NUMBER,
    "logprobs": BOOLEAN,
    "top_logprobs": INTEGER,
    "logit_bias": OBJECT,
    "stop": Kind("a string or an array of strings", (str, list), TEXT),
    "tools": OBJECTS,
    "functions": OBJECTS,
    "tool_choice": TEXT_OR_OBJECT,
    "function_call": TEXT_OR_OBJECT,
    "parallel_tool_calls": BOOLEAN,
    "response_format": OBJECT,
    "prediction": OBJECT,
    "metadata": OBJECT,
    "user": TEXT,
    "safety_identifier": TEXT,
    "prompt_cache_key": TEXT,
    "web_search_options": OBJECT,
    "store": BOOLEAN,
}
_MESSAGE: Final = {
    "role": Kind("a role", (str,), filled=True),
    "content": TEXT_OR_LIST,
    "name": TEXT,
    "tool_calls": OBJECTS,
    "tool_call_id": TEXT,
    "function_call": OBJECT,
    "refusal": TEXT,
    "audio": OBJECT,
}

_RULES = AnswerRules.of(
    fixed="""
        id object model role type finish_reason stop_reason system_fingerprint service_tier obfuscation format
        encrypted_content signature data
    """,
    names="""
        accepted_prediction_tokens audio_tokens bytes cached_tokens choices completion_tokens completion_tokens_details
        created delta end_index error expires_at index logprob logprobs message prompt_logprobs prompt_tokens
        prompt_tokens_details reasoning_tokens rejected_prediction_tokens start_index title token token_ids
        total_tokens transcript url url_citation usage
    """,
    sources="arguments",
    whole="annotations",
    joined="text output_text",
    structure=_STRUCTURE,
)
_LOGPROBS: Final = ("content", "refusal")


class OpenAIChat(OpenAIDialect):
    """The dialect of `/v1/chat/completions`."""

    name = "openai_chat"
    turns = "messages"
    endpoint = "/v1/chat/completions"
    structure = _STRUCTURE
    rules = _RULES

    def check(self, value: dict[str, Any]) -> None:
        """Check types of the body and of its messages.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, _SHAPE, required=("model", "messages"))
        for index, message in enumerate(value["messages"]):
            path = f"/messages/{index}"
            check(message, _MESSAGE, path=path, required=("role",))
            content = message.get("content")
            if isinstance(content, list) and not all(isinstance(part, dict | str) for part in content):
                raise InvalidRequest(f"`{path}/content`: expected an array of content parts.")

    def anchor(self, document: Document) -> str:
        """Return roles and texts of all messages up to and with the first user message.

        Without one: up to the first message that is not an instruction (`system`, `developer`).
        """
        parts: list[str] = []
        for message in document.value["messages"]:
            parts += (message["role"], *texts_of(message.get("content")))
            if message["role"] not in ("system", "developer"):
                break
        return "\x1f".join(parts)

    def keeps(self, document: Document) -> bool:
        """Whether the upstream keeps something: spoken answers, which later turns refer to by id."""
        return document.value.get("audio") is not None

    def made(self, value: Mapping[str, Any]) -> Iterator[tuple[str, StateKind]]:
        """Return the ids of spoken answers in an answer or event."""
        choices = value.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            for key in ("message", "delta") if isinstance(choice, dict) else ():
                message = choice.get(key)
                audio = message.get("audio") if isinstance(message, dict) else None
                if isinstance(audio, dict) and isinstance(audio.get("id"), str):
                    yield audio["id"], StateKind.ITEM

    def restore_value(self, value: dict[str, Any], restorers: RestorerFactory) -> bool:
        """Restore a parsed answer in place; return whether anything changed."""
        changed = False
        choices = value.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                changed |= _merge_logprobs(choice, restorers)
                message = choice.get("message")
                if isinstance(message, dict):
                    changed |= move_citations(message.get("content"), message.get("annotations"), restorers)
        return restore_tree(value, self.rules, restorers) or changed

    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        """Return a restorer for a streamed answer."""
        return ChoiceStream(restorers, _RULES, _ChatChoice, own=frozenset({"delta", "logprobs"}))


def _logprobs_of(choice: dict[str, Any]) -> dict[str, Any]:
    logprobs = choice.get("logprobs")
    return logprobs if isinstance(logprobs, dict) else {}


def _merge_logprobs(choice: dict[str, Any], restorers: RestorerFactory) -> bool:
    changed = False
    logprobs = _logprobs_of(choice)
    for key in _LOGPROBS:
        entries = logprobs.get(key)
        merged = merged_logprobs(entries, restorers) if isinstance(entries, list) else None
        if merged is not None:
            logprobs[key] = merged
            changed = True
    return changed


class _ChatChoice:
    """The state of one choice of a stream (a `Choice`)."""

    __slots__ = ("_channels", "_logprobs", "_restorers", "_written")

    def __init__(self, restorers: RestorerFactory) -> None:
        self._restorers = restorers
        self._written: list[str] = []
        """What the upstream wrote, in which citations count."""
        self._channels = Channels(_RULES, restorers)
        self._logprobs = {key: LogprobLine(restorers) for key in _LOGPROBS}

    def feed(self, choice: dict[str, Any]) -> bool:
        """Restore the delta; hold log probabilities back with the text that they belong to."""
        delta = choice.get("delta")
        changed = False
        if isinstance(delta, dict):
            if isinstance(delta.get("content"), str):
                self._written.append(delta["content"])
            if delta.get("annotations"):
                changed = move_citations("".join(self._written), delta["annotations"], self._restorers)
            changed |= self._channels.feed(delta)
        logprobs = _logprobs_of(choice)
        for key in _LOGPROBS:
            entries = logprobs.get(key)
            if isinstance(entries, list):
                shown = self._logprobs[key].feed(entries, held=self._channels.held((key,)))
                if shown != entries:
                    logprobs[key] = shown
                    changed = True
        return changed

    def piece(self, choice: dict[str, Any]) -> Piece | None:
        """Return the content of a delta that has nothing else."""
        delta = choice.get("delta")
        feed = self._channels.feeder(("content",))
        if feed is None or not isinstance(delta, dict) or not delta.get("content"):
            return None
        if not isinstance(delta["content"], str) or any(
            value is not None and key != "content" and not (key in _RULES.fixed and isinstance(value, str))
            for key, value in delta.items()
        ):
            return None
        return Piece(delta, "content", feed, written=self._written)

    def end(self, choice: dict[str, Any]) -> bool:
        """Add to `choice` all that is held back for it."""
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            delta = {}
        changed = self._channels.flush(delta)
        if changed or "delta" not in choice:
            choice["delta"] = delta
        for key, line in self._logprobs.items():
            waiting = line.flush()
            if waiting:
                logprobs = _logprobs_of(choice)
                choice["logprobs"] = {**logprobs, key: [*(logprobs.get(key) or ()), *waiting]}
                changed = True
        return changed
