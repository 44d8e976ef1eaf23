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
    """Return what the client is told of an upstream's error: its code if well known, never its text."""
    code = _known_code(body)
    if status in _CLIENTS_FAULT:
        retry_after = headers.get("retry-after", "")[:_RETRY_DIGITS]
        return UpstreamFailed(
            f"The upstream answered {status}" + (f" ({code})." if code else "."),
            status=status,
            code=code or "upstream_refused",
            retry_after_s=int(retry_after) if retry_after.isascii() and retry_after.isdigit() else None,
        )
    return UpstreamFailed(f"The upstream answered {status}.")


def _known_code(body: bytes) -> str | None:
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return code if isinstance(code, str) and code in _KNOWN_CODES else None
