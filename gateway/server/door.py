"""The door of both planes: who asks, for what, how often.

A credential comes as `Authorization: Bearer …` (OpenAI's SDKs), as `x-api-key` (Anthropic's), or as the connection's
client certificate. Two different secrets in one request are refused: whoever checks the one and uses the other would
be fooled. A secret is read here and goes no further: the upstream client writes every header itself.
"""

from __future__ import annotations

import logging
import re
from math import ceil
from typing import Final

from starlette.requests import HTTPConnection

from gateway.adapters.identity import Credential, PeerCertificate
from gateway.assembly import Gateway
from gateway.core.errors import Forbidden, InvalidRequest, RateLimited, RequestError, Unauthorized
from gateway.core.identity import ANYBODY, Demand, Identity, Quota, Role
from gateway.core.model import Principal, Sensitivity
from gateway.server.tls import PEER

__all__ = ["Door", "min_sensitivity"]

_log = logging.getLogger("privacy_gateway")

_BEARER: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/=-]+)\Z")
_PURPOSE: Final = "x-privacy-purpose"
_LEAST: Final = Sensitivity.LOW


class Door:
    """Lets requests in, or says why not."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def admit(self, http: HTTPConnection, request_id: str = "") -> Principal:
        """Return who asks, for a request of the data plane; it counts against the limits.

        Args:
            http: the request.
            request_id: what its answer calls it, so that the log can tell why this one was refused.

        Raises:
            Unauthorized: if no good credential came.
            Forbidden: if it doesn't allow the purpose.
            RateLimited: if a limit is used up.
            Overloaded: if limits can't be counted at the moment.
            IdentityUnavailable: if the credential can't be verified at the moment.
        """
        identity = await self._identify(http, request_id)
        purposes = http.headers.getlist(_PURPOSE)
        if len(purposes) > 1:
            raise Forbidden(f"{_PURPOSE} comes twice.", code="purpose_not_allowed")
        principal = identity.acting_for(purposes[0] if purposes else None)
        await self._count(identity, principal)
        return principal

    async def permit(self, http: HTTPConnection, role: Role) -> None:
        """Return if who asks has `role` on the admin plane.

        Raises:
            Unauthorized: if no good credential came.
            Forbidden: if it hasn't.
            IdentityUnavailable: if the credential can't be verified at the moment.
        """
        authenticator = self._gateway.authenticator
        if authenticator is not None and role not in authenticator.roles(await self._identify(http)):
            raise Forbidden(f"This needs the role `{role.value}` (docs/identity.md).")

    async def sees(self, http: HTTPConnection, role: Role) -> bool:
        """Whether who asks has `role`. Nothing is logged: a probe has none, and asks every few seconds."""
        authenticator = self._gateway.authenticator
        if authenticator is None:
            return True
        try:
            return role in authenticator.roles(await authenticator.identify(_credential(http)))
        except RequestError:
            return False

    async def _identify(self, http: HTTPConnection, request_id: str = "") -> Identity:
        authenticator = self._gateway.authenticator
        if authenticator is None:
            return ANYBODY
        try:
            return await authenticator.identify(_credential(http))
        except Unauthorized as error:
            _log.info("a credential was refused: %s%s", error.reason, f" ({request_id})" if request_id else "")
            raise

    async def _count(self, identity: Identity, principal: Principal) -> None:
        tenant = self._gateway.tenants.get(principal.tenant)
        if tenant is None and identity.rate_limit is None and identity.quota is None:
            return
        limits = [
            (("principal", principal.tenant, principal.name), identity.rate_limit, identity.quota),
            (("tenant", principal.tenant), tenant and tenant.rate_limit, tenant and tenant.quota),
        ]
        demands = [Demand(key, limit) for key, *both in limits for limit in both if limit]
        if not demands:
            return
        refused = await self._gateway.request_limits.take(demands)
        if refused is None:
            return
        demand, wait_s = refused
        whose = demand.key[0]
        if isinstance(demand.limit, Quota):
            raise RateLimited(
                f"The {whose}'s quota of {demand.limit.requests} requests per {demand.limit.window.value} is used up.",
                code="quota_exceeded",
                retry_after_s=ceil(wait_s),
            )
        raise RateLimited(
            f"The {whose}'s rate limit of {demand.limit.per_minute} requests per minute is used up.",
            retry_after_s=ceil(wait_s),
        )


def _credential(http: HTTPConnection) -> Credential:
    """Return what `http` brings to say who asks.

    Raises:
        Unauthorized: if it brings two different secrets, or one that is written in another way.
    """
    secrets = set(http.headers.getlist("x-api-key"))
    for value in http.headers.getlist("authorization"):
        found = _BEARER.match(value)
        if found is None:
            raise Unauthorized("an authorization header that is no bearer's")
        secrets.add(found[1])
    if len(secrets) > 1:
        raise Unauthorized("two different credentials in one request")
    peer = (http.scope.get("extensions") or {}).get(PEER)
    return Credential(next(iter(secrets), None), peer if isinstance(peer, PeerCertificate) else None)


def min_sensitivity(http: HTTPConnection) -> Sensitivity:
    """Return the level that the client asks for at least: the highest of what it says, since it can only raise it.

    Raises:
        InvalidRequest: if it is none.
    """
    words = http.headers.getlist("x-privacy-min-sensitivity")
    if not words:
        return _LEAST
    try:
        return max(map(Sensitivity.parse, words))
    except ValueError:
        raise InvalidRequest("x-privacy-min-sensitivity is one of: high, moderate, low.") from None
