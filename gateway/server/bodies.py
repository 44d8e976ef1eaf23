"""Reading a request's body within bounded memory."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request

from gateway.core.errors import InvalidRequest, RequestTooLarge

__all__ = ["read_body"]


async def read_body(
    request: Request, limit_bytes: int, hold: Callable[[int], None], *, may_be_empty: bool = False
) -> bytes:
    """Return the body of `request`.

    Args:
        request: the request.
        limit_bytes: the most that is read.
        hold: told of each piece before the next is read; may raise `Overloaded`.
        may_be_empty: whether there need not be one.

    Raises:
        RequestTooLarge: if it is, or says that it is, larger than `limit_bytes`.
        InvalidRequest: if it is empty, compressed, or the client goes away.
    """
    if any(told.strip().lower() != "identity" for told in request.headers.getlist("content-encoding")):
        raise InvalidRequest(
            "A compressed body cannot be scanned: send it without content-encoding.",
            status=415,
            code="unsupported_content_encoding",
        )
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in request.stream():
            hold(len(piece))
            size += len(piece)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            pieces.append(piece)
    except ClientDisconnect:
        raise InvalidRequest("The client went away before the body was complete.", status=499) from None
    if not size and not may_be_empty:
        raise InvalidRequest("The request has no body: send a JSON object.", code="empty_body")
    return b"".join(pieces)


def _too_large(limit_bytes: int) -> RequestTooLarge:
    return RequestTooLarge(f"The body is larger than {limit_bytes} bytes, the most this gateway reads.")
