"""What a gateway that only its own machine can reach hears from web pages: nothing, unless they are this machine's.

Where nobody is asked who he is, and the address is a loopback one, two ways of a page are closed:

* Its name may be made to lead to 127.0.0.1 once it is loaded (DNS rebinding): its scripts then read what is served
  there as if it were their own site's. The browser tells the name in `Host`; one is refused that somebody could have
  registered: one with a dot, but those under `localhost` and `internal`, which are nobody's (RFC 6761, section 6.3;
  ICANN's resolution 2024.07.29.06). Addresses in digits are nobody's name either.
* It may send there what needs no permission beforehand (a form, text/plain): it reads no answer, but the request is
  made, with the keys and tools of whoever runs the gateway. The browser tells where it comes from in `Origin` (RFC
  6454, section 7.3); `null`, which any page can be, is refused too.

Elsewhere others reach the gateway anyway, by whatever name, and are asked who they are.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.server.errors import undirected
from gateway.settings import Address, Settings

__all__ = ["LocalNames", "by_local_names", "is_local_name", "is_local_origin"]

_LOCAL: Final = re.compile(
    rb"(?:[^.:\[\]@]*|(?:[a-z0-9_-]+\.)+(?:localhost|internal)|[0-9.]+|\[[0-9a-f:.]+\])(?::[0-9]*)?", re.IGNORECASE
)
_PAGES: Final = (b"http://", b"https://")
_MISDIRECTED: Final = 421
_FORBIDDEN: Final = 403


class LocalNames:
    """Runs `app` for requests by a name, and from pages, that nobody can have registered; refuses others.

    Args:
        app: what is run.
        origins: pages that may call all the same.
    """

    def __init__(self, app: ASGIApp, origins: frozenset[bytes] = frozenset()) -> None:
        self._app, self._origins = app, origins

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Return what runs the app: not one more coroutine, through which each of its steps would go."""
        if scope["type"] == "http":
            for name, value in scope["headers"]:
                if name == b"host" and not is_local_name(value):
                    return _refused(
                        _MISDIRECTED,
                        "host_not_allowed",
                        "This gateway is for its own machine and is not known by that name: "
                        "address it as localhost, or set `identity`.",
                    )(scope, receive, send)
                if name == b"origin" and value not in self._origins and not is_local_origin(value):
                    return _refused(
                        _FORBIDDEN,
                        "origin_not_allowed",
                        "This gateway is for its own machine and hears no web pages of others: set `identity`.",
                    )(scope, receive, send)
        return self._app(scope, receive, send)


def by_local_names(app: ASGIApp, address: Address, settings: Settings) -> ASGIApp:
    """Return `app`, behind `LocalNames` where it is served at a loopback address to anybody."""
    if settings.identity is not None or not address.is_loopback:
        return app
    return LocalNames(app, frozenset(origin.encode() for origin in settings.mcp.origins))


def is_local_origin(origin: bytes) -> bool:
    """Tell whether an `Origin` header tells of a page of a name that nobody can have registered, or of no web page."""
    for scheme in _PAGES:
        if origin.startswith(scheme):
            return is_local_name(origin.removeprefix(scheme))
    return origin != b"null"


def _refused(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse(undirected("invalid_request_error", message, code), status)


def is_local_name(host: bytes) -> bool:
    """Tell whether a `Host` header holds a name that nobody can have registered, or an address."""
    return _LOCAL.fullmatch(host) is not None
