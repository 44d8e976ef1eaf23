"""`/v1/models`: the models that the policy could route to.

Names written out in the settings are known; an upstream that takes any name is asked for its list, which is kept for a
minute. An upstream in a zone that no rule of the tenant's policy routes to, or that the purpose doesn't allow, is left
out: its models could never be reached.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.assembly import Gateway
from gateway.core.errors import RequestError
from gateway.core.model import Principal, Upstream
from gateway.server.door import Door
from gateway.server.errors import error_response

__all__ = ["Models"]

_KEEP_S: Final = 60.0
_WILDCARDS: Final = frozenset("*?[")


class Models:
    """Lists models by upstream."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._door = Door(gateway)
        self._asked: dict[str, tuple[float, Sequence[str]]] = {}

    async def list(self, request: Request) -> Response:
        """Answer `GET /v1/models`."""
        try:
            principal = await self._door.admit(request)
        except RequestError as error:
            return error_response(self._gateway.dialects[0], error, {})
        return JSONResponse({"object": "list", "data": list((await self._known(principal)).values())})

    async def one(self, request: Request) -> Response:
        """Answer `GET /v1/models/{model}`."""
        try:
            principal = await self._door.admit(request)
        except RequestError as error:
            return error_response(self._gateway.dialects[0], error, {})
        model = (await self._known(principal)).get(request.path_params["model"])
        if model is not None:
            return JSONResponse(model)
        return JSONResponse(
            {
                "error": {
                    "message": "No upstream serves this model.",
                    "type": "invalid_request_error",
                    "param": "model",
                    "code": "model_not_found",
                }
            },
            404,
        )

    async def _known(self, principal: Principal) -> dict[str, dict[str, object]]:
        engine = self._gateway.engine_for(principal.tenant)
        zones = {zone for rule in engine.policy.rules for zone in rule.route}
        reachable = [
            upstream
            for upstream in self._gateway.upstreams
            if upstream.zone in zones and engine.permits(principal.purpose, upstream)
        ]
        lists = await asyncio.gather(*(self._names(upstream) for upstream in reachable))
        known: dict[str, dict[str, object]] = {}
        for upstream, names in zip(reachable, lists, strict=True):
            for name in names:
                known.setdefault(name, {"id": name, "object": "model", "created": 0, "owned_by": upstream.name})
        return known

    async def _names(self, upstream: Upstream) -> Sequence[str]:
        if upstream.models:
            return [asked for asked, _ in upstream.models if not _WILDCARDS.intersection(asked)]
        kept = self._asked.get(upstream.name)
        if kept is None or kept[0] < time.monotonic():
            try:
                names: Sequence[str] = await self._gateway.client.models(upstream)
            except RequestError:
                names = ()
            kept = self._asked[upstream.name] = (time.monotonic() + _KEEP_S, names)
        return kept[1]
