"""The keys of an OIDC issuer: fetched, kept for a while, fetched anew when it rotates them (RFC 7517, OIDC Discovery).

Decisions kept here:

* Fail closed: keys older than `jwks_cache_seconds` are not used. From half of that age on they are asked for anew, so
  that an issuer may be away for as long as the other half before its tokens are refused.
* A token that names an unknown key makes the gateway ask once, and at most every `MIN_REFRESH_S`: a flood of made-up
  key ids costs the issuer one request in that time. One request at a time.
* Only public keys for signatures are taken: symmetric keys, private keys that someone published, encryption keys, short
  RSA keys are passed over. A key serves the algorithms of its own type and curve alone, which is what ends the
  confusion of a public key with an HMAC secret (RFC 8725, 3.1).
* Answers are bounded in size and time; redirects are not followed, and proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from gateway.core.errors import IdentityUnavailable, Unauthorized
from gateway.core.identity import ALGORITHMS, Issuer, is_web_address
from gateway.dialects.strict_json import NotStrict, parse

__all__ = ["MAX_KEYS", "MIN_REFRESH_S", "FetchFailed", "HttpFetch", "Jwks", "PublicKey"]

MIN_REFRESH_S: Final = 10.0
TIMEOUT_S: Final = 5.0
MAX_BYTES: Final = 256 * 1024
MAX_KEYS: Final = 100
MIN_RSA_BITS: Final = 2048

_DISCOVERY: Final = "/.well-known/openid-configuration"
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KEY_OF: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", "")),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}
"""Algorithm to type and curve of its keys."""

PublicKey = RSAKey | ECKey | OKPKey


class FetchFailed(Exception):
    """Nothing usable came from an issuer's address."""


class HttpFetch:
    """Gets small documents from issuers."""

    def __init__(self) -> None:
        self._http = httpx.AsyncClient(
            verify=ssl.create_default_context(), trust_env=False, follow_redirects=False, timeout=TIMEOUT_S
        )

    async def __call__(self, url: str) -> bytes:
        """Return the body at `url`.

        Raises:
            FetchFailed: if it is not there in time, or is larger than `MAX_BYTES`.
        """
        try:
            async with asyncio.timeout(TIMEOUT_S), self._http.stream("GET", url) as response:
                if response.status_code != httpx.codes.OK:
                    raise FetchFailed
                whole = bytearray()
                async for piece in response.aiter_bytes():
                    whole += piece
                    if len(whole) > MAX_BYTES:
                        raise FetchFailed
                return bytes(whole)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
            raise FetchFailed from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


@dataclass(frozen=True, slots=True)
class _Listed:
    kid: str
    kind: tuple[str, str]
    algorithm: str | None
    key: PublicKey

    def serves(self, kid: str, algorithm: str) -> bool:
        return (
            self.kid == kid
            and self.kind == _KEY_OF[algorithm]
            and (self.algorithm is None or _KEY_OF[self.algorithm] == self.kind)
            and (self.algorithm is None or self.kind[0] != "RSA" or self.algorithm == algorithm)
        )


class Jwks:
    """The keys of one issuer.

    Args:
        issuer: whose.
        fetch: gets a document; raises `FetchFailed`.
        clock: seconds, monotonic.
    """

    def __init__(
        self, issuer: Issuer, fetch: Callable[[str], Awaitable[bytes]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._listed: tuple[_Listed, ...] = ()
        self._good_until = float("-inf")
        self._renew_at = float("-inf")
        self._rest_until = float("-inf")

    async def key(self, kid: str, algorithm: str) -> PublicKey:
        """Return the issuer's key `kid` for `algorithm` (one of `ALGORITHMS`).

        Raises:
            Unauthorized: if it has none, or more than one.
            IdentityUnavailable: if its keys cannot be had.
        """
        now = self._clock()
        if now >= self._good_until or (now >= self._renew_at and not self._lock.locked()):
            await self._refresh(self._renew_at)
        found = self._find(kid, algorithm)
        if not found:
            await self._refresh(self._renew_at)
            found = self._find(kid, algorithm)
        if self._clock() >= self._good_until:
            raise IdentityUnavailable(
                "The keys of the token's issuer cannot be had at the moment.", retry_after_s=int(MIN_REFRESH_S)
            )
        if len(found) != 1:
            raise Unauthorized("the issuer has no such key" if not found else "two keys of the issuer fit the token")
        return found[0]

    def _find(self, kid: str, algorithm: str) -> list[PublicKey]:
        return [listed.key for listed in self._listed if listed.serves(kid, algorithm)]

    async def _refresh(self, seen: float) -> None:
        """Fetch the keys, unless someone else did since `seen`, or one must wait. Failing leaves what there is."""
        async with self._lock:
            now = self._clock()
            if self._renew_at != seen or now < self._rest_until:
                return
            self._rest_until = now + MIN_REFRESH_S
            try:
                self._listed = _listed(_json(await self._fetch(await self._address())))
            except FetchFailed:
                return
            self._good_until = now + self._issuer.jwks_cache_seconds
            self._renew_at = now + self._issuer.jwks_cache_seconds / 2

    async def _address(self) -> str:
        if self._issuer.jwks_url is not None:
            return self._issuer.jwks_url
        told = _json(await self._fetch(self._issuer.issuer.rstrip("/") + _DISCOVERY))
        address = told.get("jwks_uri")
        if told.get("issuer") != self._issuer.issuer or not isinstance(address, str) or not is_web_address(address):
            raise FetchFailed
        return address


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = parse(body.decode("utf-8"), max_depth=16)
    except (NotStrict, ValueError):
        raise FetchFailed from None
    if not isinstance(value, dict):
        raise FetchFailed
    return value


def _listed(document: Mapping[str, Any]) -> tuple[_Listed, ...]:
    keys = document.get("keys")
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise FetchFailed
    return tuple(listed for key in keys if isinstance(key, dict) and (listed := _usable(key)) is not None)


def _usable(jwk: dict[str, Any]) -> _Listed | None:
    kid, algorithm = jwk.get("kid"), jwk.get("alg")
    operations = jwk.get("key_ops", ["verify"])
    if (
        not isinstance(kid, str)
        or not kid
        or jwk.get("use", "sig") != "sig"
        or not isinstance(operations, list)
        or "verify" not in operations
        or not (algorithm is None or (isinstance(algorithm, str) and algorithm in ALGORITHMS))
        or not _PRIVATE.isdisjoint(jwk)
    ):
        return None
    try:
        if jwk.get("kty") == "RSA" and _integer(jwk["n"]).bit_length() < MIN_RSA_BITS:
            return None
        key = import_key({name: jwk[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in jwk})
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None  # what can't be read can't verify anything
    if isinstance(key, RSAKey):
        return _Listed(kid, ("RSA", ""), algorithm, key)
    return (
        _Listed(kid, (key.key_type, str(jwk.get("crv"))), algorithm, key) if isinstance(key, ECKey | OKPKey) else None
    )


def _integer(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
