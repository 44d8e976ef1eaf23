"""`/v1/models`: the models that the policy could route to.

Names written out in the settings are known; an upstream that takes any name is asked for its list, which is kept for a
minute. An upstream in a zone that no rule routes to is left out: its models could never be reached.
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
from gateway.core.model import Upstream

__all__ = ["Models"]

_KEEP_S: Final = 60.0
_WILDCARDS: Final = frozenset("*?[")


class Models:
    """Lists models by upstream."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._asked: dict[str, tuple[float, Sequence[str]]] = {}

    async def list(self, _request: Request) -> Response:
        """Answer `GET /v1/models`."""
        return JSONResponse({"object": "list", "data": list((await self._known()).values())})

    async def one(self, request: Request) -> Response:
        """Answer `GET /v1/models/{model}`."""
        model = (await self._known()).get(request.path_params["model"])
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

    async def _known(self) -> dict[str, dict[str, object]]:
        zones = {zone for rule in self._gateway.engine.policy.rules for zone in rule.route}
        reachable = [upstream for upstream in self._gateway.upstreams if upstream.zone in zones]
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
