"""Tokens of OIDC issuers: JSON Web Tokens, verified before a word of them is believed.

After RFC 7519 (JWT), RFC 8725 (its best practices), RFC 9068 (access tokens) and OIDC Core 3.1.3.7; joserfc does the
signatures. Decisions kept here:

* Parsed once, strictly: three parts of canonical base64url, JSON without duplicate keys, bounded in size. Two readers
  cannot understand such a token in two ways.
* The unverified `iss` chooses among the issuers of the settings, and does nothing else.
* The header chooses nothing: the algorithm must be one that the settings accept, the key comes from the issuer by its
  id, and a header that brings a key or an address along (`jwk`, `jku`, `x5u`, `x5c`), or asks for anything critical,
  is refused.
* `iss`, `aud`, `exp` and `iat` must be there. A token that is bound to a key of its holder (`cnf`: DPoP, mTLS) is
  refused: taken as a bearer token it would protect less than its issuer meant.
* joserfc refuses headers over 512 bytes; so does this module, earlier (docs/identity.md).
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, Protocol

from joserfc import jws
from joserfc.jws import JWSRegistry
from pydantic import TypeAdapter, ValidationError

from gateway.adapters.identity.jwks import PublicKey
from gateway.core.errors import Unauthorized
from gateway.core.identity import Identity, Issuer, Name
from gateway.core.model import Principal
from gateway.dialects.strict_json import NotStrict, parse

__all__ = ["MAX_HEADER_BYTES", "MAX_TOKEN_CHARACTERS", "KeySource", "TokenVerifier"]

MAX_TOKEN_CHARACTERS: Final = 16_384
MAX_HEADER_BYTES: Final = 512
MAX_LISTED: Final = 200
"""Most groups or purposes that are read from a token."""

_PARTS: Final = 3
_PART: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_REFUSED_HEADERS: Final = ("crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc", "cty", "p2c", "epk")
_MAX_TIME: Final = 2**53
_NAMES: Final = TypeAdapter(list[Name])


class KeySource(Protocol):
    """Gives an issuer's keys."""

    async def key(self, kid: str, algorithm: str) -> PublicKey:
        """Return the key `kid` for `algorithm`; see `Jwks.key`."""
        ...


class _Registry(JWSRegistry):
    """joserfc warns of the name EdDSA (RFC 9864 calls it Ed25519), under which most issuers still sign."""

    def get_alg(self, name: str) -> Any:
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


@dataclass(frozen=True, slots=True)
class _Trusted:
    """An issuer, its keys, and the signatures it may use."""

    issuer: Issuer
    keys: KeySource
    registry: JWSRegistry


@dataclass(frozen=True, slots=True)
class _Unverified:
    header: Mapping[str, Any] = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)


class TokenVerifier:
    """Verifies tokens of the issuers in the settings.

    Args:
        issuers: each with the source of its keys.
        clock: seconds since 1970.
    """

    def __init__(self, issuers: Sequence[tuple[Issuer, KeySource]], clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._trusted = {
            issuer.issuer: _Trusted(issuer, keys, _Registry(algorithms=_verified_by(issuer), strict_check_header=False))
            for issuer, keys in issuers
        }

    async def identify(self, token: str) -> Identity:
        """Return whom `token` stands for.

        Raises:
            Unauthorized: if it is not a good token.
            IdentityUnavailable: if its issuer's keys cannot be had.
        """
        unverified = _parse(token)
        issuer = unverified.claims.get("iss")
        trusted = self._trusted.get(issuer) if isinstance(issuer, str) else None
        if trusted is None:
            _refuse("the issuer is not in the settings")
        kid, algorithm = _check_header(unverified.header, trusted.issuer)
        key = await trusted.keys.key(kid, algorithm)
        try:
            jws.deserialize_compact(token, key, registry=trusted.registry)
        except Exception:  # noqa: BLE001 - whatever fails while verifying, the token is not verified
            _refuse("the signature is wrong")
        _check_times(unverified.claims, trusted.issuer, self._clock())
        _check_audience(unverified.claims, trusted.issuer)
        return _identity(unverified.claims, trusted.issuer)


def _verified_by(issuer: Issuer) -> list[str]:
    return ["Ed25519" if name == "EdDSA" else name for name in issuer.algorithms]


def _refuse(reason: str) -> NoReturn:
    raise Unauthorized(reason, code="invalid_token") from None


def _parse(token: str) -> _Unverified:
    if len(token) > MAX_TOKEN_CHARACTERS:
        _refuse("the token is too long")
    parts = token.split(".")
    if len(parts) != _PARTS:
        _refuse("not a signed token of three parts")
    header, claims, signature = (_bytes(part) for part in parts)
    if len(header) > MAX_HEADER_BYTES:
        _refuse("the token's header is too long")
    if not signature:
        _refuse("the token is not signed")
    return _Unverified(_object(header), _object(claims))


def _bytes(part: str) -> bytes:
    if not _PART.match(part):
        _refuse("a part of the token is not base64url")
    try:
        value = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        _refuse("a part of the token is not base64url")
    if base64.urlsafe_b64encode(value).rstrip(b"=") != part.encode():
        _refuse("a part of the token is not canonical base64url")
    return value


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        value = parse(text.decode("utf-8"), max_depth=16)
    except (NotStrict, ValueError):
        value = None  # refused below, where the error that may hold the text is no longer the context of another
    if not isinstance(value, dict):
        _refuse("a part of the token is no strict JSON object")
    return value


def _check_header(header: Mapping[str, Any], issuer: Issuer) -> tuple[str, str]:
    """Return key id and algorithm."""
    for name in _REFUSED_HEADERS:
        if name in header:
            _refuse(f"the token's header has `{name}`")
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in issuer.algorithms:
        _refuse("the token's algorithm is not accepted")
    if not isinstance(kid, str) or not kid:
        _refuse("the token does not say which key signed it")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        _refuse("the token is of another type")
    return kid, algorithm


def _check_times(claims: Mapping[str, Any], issuer: Issuer, now: float) -> None:
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    if now >= expires + issuer.leeway_seconds:
        _refuse("the token is expired")
    if issued - issuer.leeway_seconds > now:
        _refuse("the token was issued in the future")
    if expires <= issued or expires - issued > issuer.max_lifetime_seconds:
        _refuse("the token's lifetime is not accepted")
    if "nbf" in claims and _time(claims, "nbf") - issuer.leeway_seconds > now:
        _refuse("the token is not valid yet")


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        _refuse(f"the token has no `{name}`, or one that is no time")
    if not 0 <= value <= _MAX_TIME:
        _refuse(f"the token's `{name}` is no time")
    return value


def _check_audience(claims: Mapping[str, Any], issuer: Issuer) -> None:
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(entry, str) for entry in listed) or issuer.audience not in listed:
        _refuse("the token is meant for another audience")
    if "cnf" in claims:
        _refuse("the token is bound to a key of its holder")


def _identity(claims: Mapping[str, Any], issuer: Issuer) -> Identity:
    names = issuer.claims
    principal = issuer.principal_prefix + _word(claims, names.principal)
    tenant = issuer.tenant if names.tenant is None else _word(claims, names.tenant)
    if issuer.tenants and tenant not in issuer.tenants:
        _refuse("the issuer may not speak for the token's tenant")
    purposes = tuple(issuer.purposes) if names.purpose is None else _words(claims, names.purpose)
    groups = () if names.groups is None else _words(claims, names.groups)
    if issuer.groups:
        groups = tuple(group for group in groups if group in issuer.groups)
    return Identity(
        Principal(principal, tenant, purposes[0] if len(purposes) == 1 else "", groups),
        purposes,
        rate_limit=issuer.rate_limit,
        quota=issuer.quota,
    )


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return the claim `name`, or, where a dot is in it and there is none of that name, the one inside an object."""
    if name in claims or "." not in name:
        return claims.get(name)
    outer, _, inner = name.partition(".")
    inside = claims.get(outer)
    return _claim(inside, inner) if isinstance(inside, dict) else None


def _word(claims: Mapping[str, Any], name: str) -> str:
    return _named([_claim(claims, name)])[0]


def _words(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = _claim(claims, name)
    if value is None:
        return ()
    return _named(value if isinstance(value, list) else [value])


def _named(values: list[Any]) -> tuple[str, ...]:
    if len(values) > MAX_LISTED:
        _refuse("a claim of the token has too many entries")
    try:
        names = _NAMES.validate_python(values, strict=True)
    except ValidationError:
        names = None  # refused below, for the same reason as above
    if names is None:
        _refuse("a claim that says who asks is missing, or no name")
    return tuple(dict.fromkeys(names))
