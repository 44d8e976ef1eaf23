"""An error as the API that was called writes it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from gateway.core.errors import RequestError, Unauthorized
from gateway.core.protocols import Dialect

__all__ = ["error_response", "with_error_headers"]


def error_response(dialect: Dialect, error: RequestError, headers: Mapping[str, str]) -> Response:
    """Return `error` in the dialect's envelope."""
    headers = with_error_headers(error, headers)
    return Response(dialect.error(error), error.status, headers, media_type="application/json")


def with_error_headers(error: RequestError, headers: Mapping[str, str]) -> dict[str, str]:
    """Return `headers` with those that tell of `error`."""
    headers = dict(headers)
    if error.retry_after_s is not None:
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, Unauthorized):
        headers["www-authenticate"] = "Bearer"  # RFC 9110, 11.6.1
    return headers
