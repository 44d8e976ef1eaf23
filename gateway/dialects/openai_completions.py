"""OpenAI's legacy Completions: `POST /v1/completions`, as vLLM, llama.cpp and others serve it, too.

Decisions kept here:

* A prompt that is token ids stands for a text which the gateway cannot read without the model's vocabulary: opaque.
* A prompt has no turns. Its first line is the anchor: applications that write a dialogue into it append to its end.
* The old log probabilities are four parallel lists. They become entries, are treated like those of chat, and become
  lists again, with offsets counted over the text that is shown.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.core.protocols import Document, RestorerFactory, StreamRestorer
from gateway.dialects.answers import AnswerRules, restore_tree
from gateway.dialects.base import OpenAIDialect, texts_of
from gateway.dialects.frames import Piece
from gateway.dialects.offsets import merged_logprobs
from gateway.dialects.openai_choices import ChoiceStream
from gateway.dialects.shape import BOOLEAN, INTEGER, NUMBER, OBJECT, TEXT, TEXT_OR_LIST, Kind, check
from gateway.dialects.streams import Channels, LogprobLine
from gateway.dialects.structure import FILES, Opaque, OpaqueRule, Structure

__all__ = ["OpenAICompletions"]

_STRUCTURE = Structure.of(
    base=FILES,
    keys="""
        best_of echo frequency_penalty include_obfuscation include_usage logit_bias logprobs max_tokens model n
        presence_penalty seed stop stream stream_options suffix temperature top_p user
    """,
    words={},
    opaque=(OpaqueRule("prompt", Opaque.TOKENS),),
)
_SHAPE: Final = {
    "model": Kind("a model's name", (str,), filled=True),
    "prompt": TEXT_OR_LIST,
    "stream": BOOLEAN,
    "stream_options": OBJECT,
    "n": INTEGER,
    "best_of": INTEGER,
    "max_tokens": INTEGER,
    "temperature": NUMBER,
    "top_p": NUMBER,
    "logprobs": INTEGER,
    "echo": BOOLEAN,
    "logit_bias": OBJECT,
    "stop": Kind("a string or an array of strings", (str, list), TEXT),
    "suffix": TEXT,
    "user": TEXT,
}
_RULES = AnswerRules.of(
    fixed="id object model type finish_reason stop_reason system_fingerprint obfuscation",
    names="""
        choices completion_tokens completion_tokens_details created error index prompt_logprobs prompt_tokens
        prompt_tokens_details reasoning_tokens text text_offset token_logprobs tokens top_logprobs total_tokens usage
    """,
    structure=_STRUCTURE,
)
_FIRST_LINE: Final = 1000


class OpenAICompletions(OpenAIDialect):
    """The dialect of `/v1/completions`."""

    name = "openai_completions"
    endpoint = "/v1/completions"
    structure = _STRUCTURE
    rules = _RULES

    def check(self, value: dict[str, Any]) -> None:
        """Check types of the body.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, _SHAPE, required=("model",))

    def anchor(self, document: Document) -> str:
        """Return the first line of the first prompt."""
        texts = texts_of(document.value.get("prompt"))
        return texts[0].lstrip().partition("\n")[0][:_FIRST_LINE] if texts else ""

    def restore_value(self, value: dict[str, Any], restorers: RestorerFactory) -> bool:
        """Restore a parsed answer in place; return whether anything changed."""
        changed = False
        choices = value.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            entries = _entries(choice) if isinstance(choice, dict) else []
            merged = merged_logprobs(entries, restorers)
            if merged is not None:
                _show(choice, merged, entries[0]["text_offset"])
                changed = True
        return restore_tree(value, _RULES, restorers) or changed

    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        """Return a restorer for a streamed answer."""
        return ChoiceStream(restorers, _RULES, _TextChoice, own=frozenset({"text", "logprobs"}))


class _TextChoice:
    """The state of one choice of a stream (a `Choice`)."""

    __slots__ = ("_channels", "_line", "_next")

    def __init__(self, restorers: RestorerFactory) -> None:
        self._channels = Channels(_RULES, restorers)
        self._line = LogprobLine(restorers)
        self._next: int | None = None
        """Where the next token begins in the text that is shown; None as long as that is what the upstream says."""

    def feed(self, choice: dict[str, Any]) -> bool:
        """Restore the text; hold log probabilities back with it."""
        piece = {"text": choice.get("text")}
        changed = self._channels.feed(piece)
        if changed:
            choice["text"] = piece["text"]
        entries = _entries(choice)
        if entries:
            shown = self._line.feed(entries, held=self._channels.held(("text",)))
            if self._next is None and shown != entries:
                self._next = entries[0]["text_offset"]
            if self._next is not None:
                self._next = _show(choice, shown, self._next)
                changed = True
        return changed

    def piece(self, choice: dict[str, Any]) -> Piece | None:
        """Return the text."""
        feed = self._channels.feeder(("text",))
        if feed is None or not choice.get("text") or not isinstance(choice["text"], str) or self._next is not None:
            return None
        return Piece(choice, "text", feed)

    def end(self, choice: dict[str, Any]) -> bool:
        """Add to `choice` all that is held back for it."""
        piece = {"text": choice.get("text") or ""}
        changed = self._channels.flush(piece)
        if changed or "text" not in choice:
            choice["text"] = piece["text"]
        waiting = self._line.flush()
        if waiting:
            _show(choice, waiting, self._next or 0)
        return changed or bool(waiting)


def _entries(choice: dict[str, Any]) -> list[Any]:
    """Return the old lists of log probabilities as entries; empty if they are none."""
    logprobs = choice.get("logprobs")
    tokens = logprobs.get("tokens") if isinstance(logprobs, dict) else None
    if not isinstance(logprobs, dict) or not isinstance(tokens, list):
        return []
    lists = [
        column if isinstance(column := logprobs.get(key), list) and len(column) == len(tokens) else [None] * len(tokens)
        for key in ("token_logprobs", "top_logprobs", "text_offset")
    ]
    return [
        {
            "token": token if isinstance(token, str) else "",
            "logprob": logprob,
            "top_logprobs": top,
            "text_offset": offset if isinstance(offset, int) else 0,
        }
        for token, logprob, top, offset in zip(tokens, *lists, strict=True)
    ]


def _show(choice: dict[str, Any], entries: list[Any], offset: int) -> int:
    """Write entries into `choice` as the old lists, the first token at `offset`; return where the next one begins."""
    offsets: list[int] = []
    for entry in entries:
        offsets.append(offset)
        offset += len(entry["token"])
    choice["logprobs"] = {
        "tokens": [entry["token"] for entry in entries],
        "token_logprobs": [entry["logprob"] for entry in entries],
        "top_logprobs": [entry["top_logprobs"] or None for entry in entries],
        "text_offset": offsets,
    }
    return offset
