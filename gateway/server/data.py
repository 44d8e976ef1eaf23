"""The data plane: one route for each dialect, the list of models, and a refusal for everything else.

A path or a method that the gateway doesn't know is never forwarded: it could carry text that nobody scanned.
FastAPI's own documentation pages are off here; they are on the admin plane's side of the house.

Requests that are a body at a fixed path, which is nearly all, are looked up in a table in front of the app: FastAPI's
seven layers cost each of them as much as reading it does, and do nothing for it. The app has the same routes behind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.errors import RequestError, UnsupportedEndpoint
from gateway.core.protocols import Dialect
from gateway.core.wire import by_path, method_of
from gateway.server.a2a import A2a
from gateway.server.errors import error_response
from gateway.server.heads import IndexedRequest
from gateway.server.lists import Lists
from gateway.server.mcp import Mcp
from gateway.server.models import Models
from gateway.server.relay import Relay

__all__ = ["data_app"]

Handler = Callable[[Request], Awaitable[Response]]


def data_app(
    relay: Relay, models: Models, lists: Lists, dialects: tuple[Dialect, ...], agents: tuple[Mcp, A2a] | None = None
) -> ASGIApp:
    """Return the data plane's app. The first dialect's envelope answers for unknown paths."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for dialect in dialects:
        app.add_route(dialect.endpoint, partial(relay.handle, dialect=dialect), methods=[method_of(dialect)])
    if agents is not None:
        mcp, a2a = agents
        app.add_route("/mcp/{server}", mcp.handle, methods=["GET", "POST", "DELETE"])
        app.add_route("/a2a/{agent}", a2a.handle, methods=["POST"])
        app.add_route("/a2a/{agent}/.well-known/agent-card.json", a2a.card, methods=["GET"])
    app.add_route("/v1/files", lists.files, methods=["GET"])
    app.add_route("/v1/vector_stores", lists.vector_stores, methods=["GET"])
    app.add_route("/v1/models", models.list, methods=["GET"])
    app.add_route("/v1/models/{model:path}", models.one, methods=["GET"])

    async def unknown(request: Request, _error: Exception) -> Response:
        meant = _meant(request.url.path, dialects)
        family = "anthropic" if "/messages" in request.url.path else "openai"
        dialect = meant or next((d for d in dialects if d.family == family), dialects[0])
        known = f"Known: {', '.join(sorted({d.endpoint for d in dialects}))}, /v1/models."
        if meant is not None:
            urls = "OpenAI's clients take a base URL with /v1, Anthropic's one without."
            known = f"Did you mean {method_of(meant)} {meant.endpoint}? {urls}"
        said = f"This gateway does not know this endpoint or method, so it forwards nothing. {known}"
        refusal = UnsupportedEndpoint(said)
        return error_response(dialect, refusal, {})

    async def failed(_request: Request, _error: Exception) -> Response:
        return error_response(dialects[0], RequestError("The gateway failed.", status=500, code="internal_error"), {})

    app.add_exception_handler(Exception, failed)
    app.add_exception_handler(404, unknown)
    app.add_exception_handler(405, unknown)
    fixed = {
        dialect.endpoint: partial(relay.handle, dialect=dialect) for dialect in dialects if by_path(dialect) is None
    }
    return _Table(app, fixed)


def _meant(path: str, dialects: tuple[Dialect, ...]) -> Dialect | None:
    """Return whose endpoint `path` is but for its method, a last slash, or /v1 that is not there or there twice."""
    likely = path, path.rstrip("/"), f"/v1{path}", path.removeprefix("/v1")
    return next((dialect for dialect in dialects if dialect.endpoint in likely), None)


class _Table:
    """Answers POST at fixed paths; all else is the app's."""

    def __init__(self, app: ASGIApp, fixed: Mapping[str, Handler]) -> None:
        self._app = app
        self._fixed = fixed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        handle = self._fixed.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if handle is None or scope.get("root_path"):
            await self._app(scope, receive, send)
            return
        response = await handle(IndexedRequest(scope, receive))
        await response(scope, receive, send)
