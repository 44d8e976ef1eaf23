"""What of an upstream's answer the client gets: a few headers, a body that can be restored, no error's text.

An answer that cannot be read as what the API answers is no answer: 502. It is never passed on as it came, since nobody
could have put originals back into it, and no client that keeps to the API could read it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.core.errors import RequestError, UpstreamFailed

__all__ = ["file_type", "passed_headers", "read_answer", "upstream_error"]

_PASSED_HEADERS: Final = re.compile(r"(x-request-id|openai-processing-ms|retry-after|x-ratelimit-[a-z-]+)\Z")
_FILE_TYPE: Final = re.compile(r"audio/[\w.+-]{1,40}|application/json|text/(?:plain|vtt)|application/x-subrip")
_HEADER_CHARACTERS: Final = 256
"""An upstream's header that is longer, or not printable ASCII, is not passed on."""
_RETRY_DIGITS: Final = 9
_QUICK: Final = msgspec.json.Decoder()
"""Reads in a quarter of the instructions what it reads as the standard library does; it refuses half a surrogate pair,
numbers that are none, and all but UTF-8."""
_CLIENTS_FAULT: Final = frozenset({400, 404, 408, 409, 413, 422, 429})
_KNOWN_CODES: Final = frozenset(
    {
        "context_length_exceeded",
        "content_filter",
        "insufficient_quota",
        "invalid_value",
        "model_not_found",
        "rate_limit_exceeded",
        "string_above_max_length",
        "unsupported_parameter",
        "unsupported_value",
    }
)
_KNOWN_PARAMETERS: Final = frozenset(
    {
        *("audio", "dimensions", "encoding_format", "frequency_penalty", "function_call", "functions", "include"),
        *("input", "instructions", "logit_bias", "logprobs", "max_completion_tokens", "max_output_tokens"),
        *("max_tokens", "messages", "metadata", "modalities", "model", "n", "parallel_tool_calls", "prediction"),
        *("presence_penalty", "previous_response_id", "prompt", "reasoning", "reasoning_effort", "response_format"),
        *("seed", "service_tier", "stop", "store", "stream", "stream_options", "temperature", "text", "tool_choice"),
        *("tools", "top_logprobs", "top_p", "truncation", "user", "verbosity"),
    }
)
_HINTS: Final = {
    401: "It does not accept the gateway's credential; yours was not sent.",
    403: "It does not accept the gateway's credential, or not for this; yours was not sent.",
    404: "It may not know the model, or not have this endpoint.",
}
_FIRST_NAME: Final = re.compile(r"[a-z_]+")
_WORDLESS: Final = "Its own words are not passed on: they may repeat the request."


def passed_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the upstream's headers that the client gets; none that could not be written again."""
    return {
        name: value
        for name, value in headers.items()
        if _PASSED_HEADERS.match(name) and len(value) <= _HEADER_CHARACTERS and value.isascii() and value.isprintable()
    }


def file_type(headers: Mapping[str, str]) -> str:
    """Return the media type under which a client gets a file: the upstream's, if it is one of sound, text or data."""
    told = headers.get("content-type", "").partition(";")[0].strip().lower()
    return told if _FILE_TYPE.fullmatch(told) else "application/octet-stream"


def read_answer(body: bytes) -> dict[str, Any]:
    """Return the JSON object that `body`, of an answer that is no stream, holds.

    Raises:
        UpstreamFailed: if it is none.
    """
    try:
        value = _QUICK.decode(body)
    except (ValueError, RecursionError):
        value = _loaded(body)
    if not isinstance(value, dict):
        raise UpstreamFailed("The upstream's answer is not the JSON object that this API answers with.")
    return value


def _loaded(body: bytes) -> object:
    """Read what the quick reader refused: most of that is no JSON, some is such as only the standard library reads."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def upstream_error(status: int, body: bytes, headers: Mapping[str, str]) -> RequestError:
    """Return what the client is told of an upstream's error: code and parameter if well known, never its text."""
    code, parameter = _known(body)
    what = ": ".join(filter(None, (code, parameter)))
    told = " ".join(filter(None, (f"The upstream answered {status}{what and f' ({what})'}.", _HINTS.get(status))))
    if status in _CLIENTS_FAULT:
        retry_after = headers.get("retry-after", "")[:_RETRY_DIGITS]
        return UpstreamFailed(
            f"{told} {_WORDLESS}",
            status=status,
            code=code or "upstream_refused",
            retry_after_s=int(retry_after) if retry_after.isascii() and retry_after.isdigit() else None,
        )
    return UpstreamFailed(told)


def _known(body: bytes) -> tuple[str | None, str | None]:
    """Return the code of an error and the parameter that it is about, each if it is one of the API's own words."""
    try:
        error = json.loads(body)["error"]
        code, parameter = error.get("code"), error.get("param")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None, None
    first = _FIRST_NAME.match(parameter) if isinstance(parameter, str) else None
    return (
        code if isinstance(code, str) and code in _KNOWN_CODES else None,
        first[0] if first and first[0] in _KNOWN_PARAMETERS else None,
    )
