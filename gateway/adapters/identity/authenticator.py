"""One door for credentials of every kind.

A client certificate that the settings know is who asks, whatever else the request brings: SDKs always send some API
key, and the connection is the stronger word. Otherwise the secret decides: an API key by its prefix, else a token.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.adapters.identity.keys import PREFIX, KeyRing
from gateway.adapters.identity.spiffe import PeerCertificate, Peers
from gateway.core.errors import Unauthorized
from gateway.core.identity import Identity, Role

if TYPE_CHECKING:
    from gateway.adapters.identity.jwks import HttpFetch
    from gateway.adapters.identity.tokens import TokenVerifier

__all__ = ["Authenticator", "Credential"]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request brings to say who asks.

    Attributes:
        secret: an API key or a token; hidden.
        peer: the certificate of the connection.
    """

    secret: str | None = field(default=None, repr=False)
    peer: PeerCertificate | None = None


class Authenticator:
    """Tells who asks.

    Args:
        keys: API keys, if they are accepted.
        tokens: OIDC tokens, if they are accepted.
        peers: client certificates, if they are accepted.
        viewers: groups with the role of a viewer on the admin plane.
        auditors: groups with the role of an auditor.
        fetch: gets the issuers' keys; closed with this.
    """

    def __init__(
        self,
        *,
        keys: KeyRing | None,
        tokens: TokenVerifier | None,
        peers: Peers | None,
        viewers: Collection[str],
        auditors: Collection[str],
        fetch: HttpFetch | None,
    ) -> None:
        self._keys = keys
        self._tokens = tokens
        self._peers = peers
        self._fetch = fetch
        self._viewers = frozenset(viewers)
        self._auditors = frozenset(auditors)

    async def identify(self, credential: Credential) -> Identity:
        """Return whom `credential` stands for.

        Raises:
            Unauthorized: if for nobody.
            IdentityUnavailable: if that can't be told at the moment.
        """
        if self._peers is not None and credential.peer is not None:
            try:
                return self._peers.identify(credential.peer)
            except Unauthorized:
                if credential.secret is None:
                    raise
        secret = credential.secret
        if secret is None:
            raise Unauthorized("no credential")
        if secret.startswith(PREFIX):
            if self._keys is not None:
                return self._keys.identify(secret)
        elif self._tokens is not None:
            return await self._tokens.identify(secret)
        raise Unauthorized("a kind of credential that the settings do not accept")

    def look(self) -> None:
        """Read the file of API keys again if it changed, though nobody shows a key."""
        if self._keys is not None:
            self._keys.look()

    def roles(self, identity: Identity) -> frozenset[Role]:
        """Return what `identity` may do on the admin plane."""
        groups = frozenset(identity.principal.groups)
        roles = set(identity.roles)
        if not self._auditors.isdisjoint(groups):
            roles.add(Role.AUDITOR)
        if Role.AUDITOR in roles or not self._viewers.isdisjoint(groups):
            roles.add(Role.VIEWER)
        return frozenset(roles)

    async def aclose(self) -> None:
        """Close the connections to issuers."""
        if self._fetch is not None:
            await self._fetch.aclose()
