"""An error as the API that was called writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gateway.core.errors import PolicyRefusal, RequestError, Unauthorized
from gateway.core.protocols import Dialect
from gateway.server.streaming import Whole

__all__ = ["audit_unavailable", "error_response", "internal_error", "undirected", "with_error_headers"]


def error_response(dialect: Dialect, error: RequestError, headers: Mapping[str, str]) -> Response:
    """Return `error` in the dialect's envelope."""
    headers = with_error_headers(error, headers)
    return Whole(dialect.error(error), error.status, headers, media_type="application/json")


def with_error_headers(error: RequestError, headers: Mapping[str, str]) -> dict[str, str]:
    """Return `headers` with those that tell of `error`."""
    headers = dict(headers)
    if error.retry_after_s is not None:
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, Unauthorized):
        headers["www-authenticate"] = "Bearer"  # RFC 9110, 11.6.1
    return headers


def internal_error() -> RequestError:
    """Return what is said of an error that was not foreseen: its own text may hold a piece of the request."""
    return RequestError("The gateway failed. Nothing of the request was logged.", status=500, code="internal_error")


def audit_unavailable() -> RequestError:
    """Return what is said when a decision could not be made durable."""
    return PolicyRefusal(
        "The decision could not be recorded, so nothing was sent.",
        status=503,
        code="audit_unavailable",
        retry_after_s=5,
    )


def undirected(kind: str, message: str, code: str) -> dict[str, Any]:
    """Return an error in OpenAI's envelope and in Anthropic's at once: where the dialect isn't known."""
    return {"type": "error", "error": {"type": kind, "message": message, "code": code, "param": None}}
