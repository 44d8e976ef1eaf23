"""By what names a gateway that only its own machine can reach may be addressed.

A web page's name may be made to lead to 127.0.0.1 once the page is loaded (DNS rebinding): its scripts then read what
is served there as if it were their own site's. The browser tells the name in `Host`. So where nobody is asked who he
is, and the address is a loopback one, a name is refused that somebody could have registered: one with a dot, but
those under `localhost` and `internal`, which are nobody's (RFC 6761, section 6.3; ICANN's resolution 2024.07.29.06).
Addresses in digits are nobody's name either. Elsewhere others reach the gateway anyway, by whatever name.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.settings import Address, Settings

__all__ = ["LocalNames", "by_local_names", "is_local_name"]

_LOCAL: Final = re.compile(
    rb"(?:[^.:\[\]@]*|(?:[a-z0-9_-]+\.)+(?:localhost|internal)|[0-9.]+|\[[0-9a-f:.]+\])(?::[0-9]*)?", re.IGNORECASE
)
_REFUSED: Final = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "message": "This gateway is for its own machine and is not known by that name: "
        "address it as localhost, or set `identity`.",
        "code": "host_not_allowed",
        "param": None,
    },
}
"""An error in OpenAI's envelope and in Anthropic's: the dialect isn't known here."""
_MISDIRECTED: Final = 421


class LocalNames:
    """Runs `app` for requests by a name that nobody can have registered; answers 421 to others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app."""
        if scope["type"] == "http":
            for name, value in scope["headers"]:
                if name == b"host" and not is_local_name(value):
                    await JSONResponse(_REFUSED, _MISDIRECTED)(scope, receive, send)
                    return
        await self._app(scope, receive, send)


def by_local_names(app: ASGIApp, address: Address, settings: Settings) -> ASGIApp:
    """Return `app`, behind `LocalNames` where it is served at a loopback address to anybody."""
    return LocalNames(app) if settings.identity is None and address.is_loopback else app


def is_local_name(host: bytes) -> bool:
    """Tell whether a `Host` header holds a name that nobody can have registered, or an address."""
    return _LOCAL.fullmatch(host) is not None
