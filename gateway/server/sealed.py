"""The outermost layer of both planes: an exception ends here, as its type and place in code.

Starlette answers 500 and raises again, uvicorn logs what it gets with the exception's text, which may hold a piece of
the request (invariant 4). So nothing is raised out of here but cancellation.
"""

from __future__ import annotations

import logging
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.server.errors import undirected
from gateway.server.logs import where

__all__ = ["Sealed"]

_log = logging.getLogger("privacy_gateway")

_FAILED: Final = undirected("api_error", "The gateway failed.", "internal_error")


class Sealed:
    """Runs `app`; answers 500 where it fails before an answer has begun, and breaks the answer off where after."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = ended = False

        async def sent(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - see above; the request has failed and is answered so
            _log.error("a request failed: %s at %s", type(error).__name__, where(error))
            if not begun:
                await JSONResponse(_FAILED, 500)(scope, receive, send)
            elif not ended:
                raise _Broken from None


class _Broken(Exception):
    """Makes the server close a connection in the middle of an answer; says nothing."""
