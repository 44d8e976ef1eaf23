"""OpenAI's Audio: `POST /v1/audio/speech`, `/v1/audio/transcriptions`, `/v1/audio/translations`.

Decisions kept here:

* Speech: the text that is to be spoken, and how, is scanned like any. A surrogate would be spoken as it is spelled, and
  sound cannot be restored; so whoever wants to hear real names asks a model that may have them. The answer is passed on
  as it comes.
* A recording cannot be read without recognising speech, so it is content that can't be read (`audio`), and goes where
  the policy lets such content go: by default to a local recogniser. Its file name and all fields are scanned.
* What was transcribed is the recording's own; only surrogates of the prompt are restored in it, whatever the format:
  JSON, events, or the plain texts `text`, `srt` and `vtt`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from gateway.core.errors import InvalidRequest
from gateway.core.protocols import Document, RestorerFactory
from gateway.core.wire import Wire
from gateway.dialects.answers import AnswerRules, restore_text
from gateway.dialects.base import OpenAIDialect
from gateway.dialects.forms import FormDialect
from gateway.dialects.shape import NUMBER, TEXT, TEXT_OR_OBJECT, Kind, check
from gateway.dialects.structure import FILES, Opaque, OpaqueRule, Structure

__all__ = ["OpenAISpeech", "OpenAITranscriptions", "OpenAITranslations"]

_SPEECH: Final = Structure.of(
    base=FILES,
    keys="id input instructions model speed",
    words={
        "response_format": "mp3 opus aac flac wav pcm",
        "stream_format": "sse audio",
        "voice": "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse",
    },
)
_SPEECH_SHAPE: Final = {
    "model": Kind("a model's name", (str,), filled=True),
    "input": TEXT,
    "instructions": TEXT,
    "voice": TEXT_OR_OBJECT,
    "response_format": TEXT,
    "stream_format": TEXT,
    "speed": NUMBER,
}
_FORM: Final = Structure.of(
    base=FILES,
    keys="""
        file model prompt language languages[] keywords[] temperature known_speaker_names[]
        known_speaker_references[] chunking_strategy chunking_strategy[type] chunking_strategy[threshold]
        chunking_strategy[prefix_padding_ms] chunking_strategy[silence_duration_ms]
    """,
    words={
        "response_format": "json text srt verbose_json vtt diarized_json",
        "stream": "true false",
        "include[]": "logprobs",
        "timestamp_granularities[]": "word segment",
        "chunking_strategy": "auto",
        "chunking_strategy[type]": "server_vad",
        "media_type": """
            application/octet-stream audio/aac audio/flac audio/m4a audio/mp3 audio/mp4 audio/mpeg audio/mpga audio/ogg
            audio/wav audio/wave audio/webm audio/x-m4a audio/x-wav video/mp4 video/mpeg video/webm
        """,
    },
    opaque=(OpaqueRule("known_speaker_references[]", Opaque.AUDIO),),
)
_RULES: Final = AnswerRules.of(fixed="type id language task bytes token audio")


class OpenAISpeech(OpenAIDialect):
    """The dialect of `/v1/audio/speech`."""

    name = "openai_speech"
    endpoint = "/v1/audio/speech"
    structure = _SPEECH
    rules = AnswerRules.of(fixed="type audio")
    method: ClassVar[str] = "POST"
    body_kind: ClassVar[str] = "application/json"
    begins: ClassVar[bool] = False
    answers_bytes: ClassVar[bool] = True

    def source(self, path: dict[str, str], query: list[tuple[str, str]], body: bytes) -> bytes:
        """Return the body as it came.

        Raises:
            InvalidRequest: if there is a query.
        """
        if path or query:
            raise InvalidRequest("This endpoint takes no query parameters: leave them out.")
        return body

    def wire(self, body: bytes) -> Wire:
        """Return what is sent for a body that the send gate cleared."""
        return Wire("POST", self.endpoint.removeprefix("/v1"), body, accept="*/*")

    def forgets(self, body: bytes) -> list[str]:  # noqa: ARG002
        """Return nothing: no id becomes unknown."""
        return []

    def check(self, value: dict[str, Any]) -> None:
        """Check types of the body.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, _SPEECH_SHAPE, required=("model", "input"))

    def streams(self, document: Document) -> bool:
        """Whether the client asked for events."""
        return bool(document.value.get("stream_format") == "sse")

    def anchor(self, document: Document) -> str:
        """Return the text."""
        text: str = document.value["input"]
        return text

    def restore(self, body: bytes, restorers: RestorerFactory, value: dict[str, Any] | None = None) -> bytes:  # noqa: ARG002
        """Return the sound as it came."""
        return body


class OpenAITranscriptions(FormDialect):
    """The dialect of `/v1/audio/transcriptions`."""

    name = "openai_transcriptions"
    endpoint = "/v1/audio/transcriptions"
    structure = _FORM
    rules = _RULES
    answers_bytes: ClassVar[bool] = True
    """It answers with JSON or with plain text, as it was asked."""

    def restore(self, body: bytes, restorers: RestorerFactory, value: dict[str, Any] | None = None) -> bytes:
        """Return a transcript, JSON or plain, with originals put back; the same bytes when nothing was restored."""
        value = self.answer(body) if value is None else value
        if value is not None:
            return super().restore(body, restorers, value)
        if restorers.empty:
            return body
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return body
        restored = restore_text(text, restorers)
        return body if restored == text else restored.encode("utf-8", "surrogatepass")


class OpenAITranslations(OpenAITranscriptions):
    """The dialect of `/v1/audio/translations`."""

    name = "openai_translations"
    endpoint = "/v1/audio/translations"
