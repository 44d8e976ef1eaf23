"""Reading a request's body within bounded memory."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

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
    headers, receive = request.headers, request.receive
    if {told.strip().lower() for told in headers.getlist("content-encoding")} - {"identity"}:
        raise InvalidRequest(
            "A compressed body cannot be scanned: send it without content-encoding.",
            status=415,
            code="unsupported_content_encoding",
        )
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidRequest("The client went away before the body was complete.", status=499)
        piece: bytes = message.get("body", b"")
        hold(len(piece))
        size += len(piece)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        pieces.append(piece)
        more = message.get("more_body", False)
    if not size and not may_be_empty:
        raise InvalidRequest("The request has no body: send a JSON object.", code="empty_body")
    return b"".join(pieces)


def _too_large(limit_bytes: int) -> RequestTooLarge:
    return RequestTooLarge(f"The body is larger than {limit_bytes} bytes, the most this gateway reads.")
