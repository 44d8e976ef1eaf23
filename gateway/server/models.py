"""`/v1/models`: the models that the policy could route to.

Names written out in the settings are known; an upstream that takes any name is asked for its list, which is kept for a
minute. An upstream in a zone that no rule of the tenant's policy routes to, or that the purpose doesn't allow, is left
out: its models could never be reached.

OpenAI and Anthropic have the same path for it. Who asks with Anthropic's header `anthropic-version`, as its SDKs do, is
answered in Anthropic's shape, with the models of upstreams that speak it.
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
from gateway.core.protocols import Dialect
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
        family = _family(request)
        try:
            principal = await self._door.admit(request)
        except RequestError as error:
            return error_response(self._dialect(family), error, {})
        models = list((await self._known(principal, family)).values())
        if family == "anthropic":
            ends = {"first_id": models[0]["id"], "last_id": models[-1]["id"]} if models else {}
            page = {"data": models, "has_more": False, "first_id": None, "last_id": None, **ends}
            return JSONResponse(page)
        return JSONResponse({"object": "list", "data": models})

    async def one(self, request: Request) -> Response:
        """Answer `GET /v1/models/{model}`."""
        family = _family(request)
        try:
            principal = await self._door.admit(request)
            model = (await self._known(principal, family)).get(request.path_params["model"])
            if model is None:
                raise RequestError("No upstream serves this model.", status=404, code="model_not_found")
        except RequestError as error:
            return error_response(self._dialect(family), error, {})
        return JSONResponse(model)

    def _dialect(self, family: str) -> Dialect:
        dialects = self._gateway.dialects
        return next((dialect for dialect in dialects if dialect.family == family), dialects[0])

    async def _known(self, principal: Principal, family: str) -> dict[str, dict[str, object]]:
        engine = self._gateway.engine_for(principal.tenant)
        zones = {zone for rule in engine.policy.rules for zone in rule.route}
        reachable = [
            upstream
            for upstream in self._gateway.upstreams
            if upstream.zone in zones
            and engine.permits(principal.purpose, upstream)
            and (family != "anthropic" or family in upstream.dialects)
        ]
        lists = await asyncio.gather(*(self._names(upstream) for upstream in reachable))
        known: dict[str, dict[str, object]] = {}
        for upstream, names in zip(reachable, lists, strict=True):
            for name in names:
                known.setdefault(name, _described(name, upstream, family))
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


def _family(request: Request) -> str:
    return "anthropic" if "anthropic-version" in request.headers else "openai"


def _described(name: str, upstream: Upstream, family: str) -> dict[str, object]:
    """Return a model as the API that was asked has it. Nobody knows since when it is there."""
    if family == "anthropic":
        return {"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"}
    return {"id": name, "object": "model", "created": 0, "owned_by": upstream.name}
