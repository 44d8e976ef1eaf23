"""The admin plane: health, metrics, decisions. Its own port, never reachable through the data port.

Where settings say who may ask, health alone is open, for probes: that something is broken is told to everybody, and
what is wrong with it, which names files and rules, to a viewer. Everything that is not listed here needs the stronger
role, so that a page added later is closed until someone opens it.
"""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import __version__
from gateway.assembly import Gateway
from gateway.core.errors import RequestError, Unauthorized
from gateway.core.identity import Role
from gateway.server.door import Door

__all__ = ["admin_app"]

_OPEN: Final = frozenset({"/healthz", "/readyz"})
_UNSEEN: Final = "what is wrong is shown to a viewer, and stands in the log"
_VIEWED: Final = frozenset({"/metrics", "/openapi.json", "/revision"})


def admin_app(gateway: Gateway) -> FastAPI:
    """Return the admin plane's app, described at `/openapi.json`.

    FastAPI's pages for that description load scripts from elsewhere, so they are off.
    """
    app = FastAPI(title="privacy-gateway admin", version=__version__, docs_url=None, redoc_url=None)

    door = Door(gateway)
    app.add_middleware(_Guard, door=door)

    @app.get("/healthz", summary="The process is alive")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", summary="Requests are welcome: not draining, audit log writable; what is broken meanwhile")
    async def readyz(request: Request) -> Response:
        problems = await gateway.not_ready()
        broken, stale = gateway.broken or None, {what: told for what, told in gateway.now_stale().items() if told}
        if (broken or stale) and not await door.sees(request, Role.VIEWER):
            broken, stale = broken and _UNSEEN, dict.fromkeys(stale, _UNSEEN)
        policy = {"revision": gateway.engine.policy.revision, "since": gateway.adopted, "broken": broken}
        body = {"status": "not ready" if problems else "ok", "problems": problems, "policy": policy, "stale": stale}
        return JSONResponse(body, 503 if problems else 200)

    @app.get("/metrics", summary="Prometheus metrics")
    async def metrics() -> Response:
        text = gateway.telemetry.render_metrics(gateway.now_stale())
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/revision", summary="Which policy, classifiers and bundle decide here; for privacy-gateway drift")
    async def revision() -> dict[str, object]:
        return gateway.revision()

    @app.get(
        "/decisions/{decision_id}",
        summary="What was decided, why, what would have changed it, how it ended",
    )
    async def decision(decision_id: str) -> list[dict[str, object]]:
        records = await gateway.explained(decision_id)
        if not records:
            raise HTTPException(404, "No decision has this id.")
        return records

    return app


class _Guard:
    """Asks at the door before anything but health is answered."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _OPEN:
            role = Role.VIEWER if scope["path"] in _VIEWED else Role.AUDITOR
            try:
                await self._door.permit(HTTPConnection(scope), role)
            except RequestError as error:
                headers = {"www-authenticate": "Bearer"} if isinstance(error, Unauthorized) else None
                await JSONResponse({"detail": error.message}, error.status, headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)
