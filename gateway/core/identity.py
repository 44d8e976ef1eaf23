"""Who asks, and what a credential is good for.

Decisions kept here:

* A credential of any kind (API key, token, client certificate) ends as one `Identity`; nothing behind the door knows
  which kind it was, and nothing of the credential itself is kept.
* A client may choose a purpose only among those of its credential; it can never bring one of its own.
* `RateLimit`, `Quota` and `Issuer` are pydantic models, because settings and the key file are made of them: one shape,
  one set of bounds, wherever they are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, Final, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gateway.core.errors import Forbidden
from gateway.core.model import Principal

__all__ = [
    "ALGORITHMS",
    "ANYBODY",
    "Claims",
    "Demand",
    "Identity",
    "Issuer",
    "LimitStore",
    "Name",
    "Quota",
    "RateLimit",
    "Role",
    "Standing",
    "StrictModel",
    "Window",
    "is_web_address",
]

Name = Annotated[
    str,
    StringConstraints(max_length=256, pattern=r"^[^\p{C}\p{Z}]([^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}])?$"),
]
"""A principal, tenant, purpose or group: 1 to 256 code points, no space at either end, nothing invisible.

Control and format characters (Unicode's category C: zero width, right-to-left override, soft hyphen) would let a name
look like another one to whoever reads a record.
"""

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""Signatures that a token may have (RFC 7518, RFC 9864): asymmetric ones only."""


class Role(StrEnum):
    """What a credential may do on the admin plane. An auditor may do what a viewer may."""

    VIEWER = "viewer"
    AUDITOR = "auditor"


class StrictModel(BaseModel):
    """Refuses unknown keys, never changes, never shows what was wrong with a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RateLimit(StrictModel):
    """A token bucket."""

    per_minute: int = Field(ge=1, le=10_000_000, description="requests a minute in the long run")
    burst: int = Field(default=0, ge=0, le=10_000_000, description="requests at once; 0: as many as in ten seconds")

    @property
    def capacity(self) -> int:
        """How many requests a full bucket lets through at once."""
        return self.burst or max(1, self.per_minute // 6)


class Window(StrEnum):
    """What a quota is counted over: from full hour to full hour, from midnight to midnight, in UTC."""

    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        """Its length."""
        return 3600 if self is Window.HOUR else 86_400


class Quota(StrictModel):
    """A number of requests in a window."""

    requests: int = Field(ge=1, description="requests in a window")
    window: Window = Field(default=Window.DAY, description="hour or day, in UTC")


def is_web_address(value: str) -> bool:
    """Whether keys may be fetched from `value`: https, or http on the loopback interface."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return False
    local = host in {"127.0.0.1", "::1", "localhost"}
    safe = parts.scheme == "https" or (parts.scheme == "http" and local)
    return bool(safe and host and parts.username is None and not parts.fragment)


def _web_address(value: str) -> str:
    if not is_web_address(value):
        raise PydanticCustomError(
            "web_address",
            "is no address that keys may be fetched from",
            {"expected": "an https address (http on loopback only)", "mend": "write https://…"},
        )
    return value


_WebAddress = Annotated[str, StringConstraints(max_length=512), AfterValidator(_web_address)]


class Claims(StrictModel):
    """Which claims say who asks. A claim that is named must be in every token; a dot goes into an object."""

    principal: str = Field(default="sub", min_length=1, description="claim with who asks")
    tenant: str | None = Field(default=None, min_length=1, description="claim with the tenant; else `tenant` holds")
    purpose: str | None = Field(
        default=None, min_length=1, description="claim with the allowed purposes: a text or a list; may be absent"
    )
    groups: str | None = Field(default=None, min_length=1, description="claim with a list of groups; may be absent")


class Issuer(StrictModel):
    """An OIDC issuer whose tokens are accepted."""

    issuer: _WebAddress = Field(description="what `iss` must be, to the letter")
    audience: Name = Field(description="what `aud` must be or hold: the name of this gateway at the issuer")
    jwks_url: _WebAddress | None = Field(
        default=None, description="where its keys are; default: found by discovery (/.well-known/openid-configuration)"
    )
    algorithms: list[
        Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
    ] = Field(default=["RS256"], min_length=1, description="signatures that are accepted, asymmetric ones only")
    claims: Claims = Claims()
    tenant: Name = Field(default="default", description="the tenant of all its tokens, where `claims.tenant` is absent")
    tenants: list[Name] = Field(default=[], description="tenants it may speak for; empty: any")
    purposes: list[Name] = Field(default=[], description="allowed purposes, where `claims.purpose` is absent")
    groups: list[Name] = Field(default=[], description="groups it may give, others are passed over; empty: any")
    principal_prefix: str = Field(
        default="", max_length=64, description="put before the principal; two issuers may not share one"
    )
    leeway_seconds: int = Field(default=30, ge=0, le=300, description="how far clocks may differ")
    max_lifetime_seconds: int = Field(default=86_400, ge=60, description="longest time from `iat` to `exp`")
    jwks_cache_seconds: int = Field(
        default=600, ge=60, le=86_400, description="how long fetched keys hold; asked for anew at half of it"
    )
    rate_limit: RateLimit | None = Field(default=None, description="of each principal")
    quota: Quota | None = Field(default=None, description="of each principal")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a verified credential stands for.

    Attributes:
        principal: who asks; its purpose is the one that holds when the client names none.
        purposes: those a client may choose among.
        roles: given outright, besides those that its groups have.
        rate_limit: of the principal.
        quota: of the principal.
    """

    principal: Principal
    purposes: tuple[str, ...] = ()
    roles: frozenset[Role] = frozenset()
    rate_limit: RateLimit | None = field(default=None)
    quota: Quota | None = field(default=None)

    def acting_for(self, purpose: str | None) -> Principal:
        """Return who asks, for the purpose that the client named (None: it named none).

        Raises:
            Forbidden: if its credential does not allow that purpose, or allows several and none was named.
        """
        if purpose is not None:
            if purpose not in self.purposes:
                raise Forbidden(
                    "The credential does not allow the purpose in x-privacy-purpose.", code="purpose_not_allowed"
                )
            return replace(self.principal, purpose=purpose)
        if self.principal.purpose or not self.purposes:
            return self.principal
        if len(self.purposes) == 1:
            return replace(self.principal, purpose=self.purposes[0])
        raise Forbidden(
            "The credential allows several purposes: name one of them in x-privacy-purpose.", code="purpose_required"
        )


class Standing(StrictModel):
    """Whom a listed credential (a key, a client certificate) stands for, as files say it."""

    principal: Name = Field(description="who asks")
    tenant: Name = Field(default="default", description="whose data it is")
    purpose: Name | None = Field(default=None, description="the purpose that holds when the client names none")
    purposes: list[Name] = Field(default=[], description="those that a client may choose among")
    groups: list[Name] = Field(default=[], description="for policies and for roles of the admin plane")
    roles: list[Role] = Field(default=[], description="on the admin plane: viewer, auditor")
    rate_limit: RateLimit | None = None
    quota: Quota | None = None

    def identity(self) -> Identity:
        """Return what it stands for."""
        purposes = tuple(dict.fromkeys([*([self.purpose] if self.purpose else []), *self.purposes]))
        return Identity(
            Principal(self.principal, self.tenant, self.purpose or "", tuple(self.groups)),
            purposes,
            frozenset(self.roles),
            self.rate_limit,
            self.quota,
        )


ANYBODY: Final = Identity(Principal(), roles=frozenset(Role))
"""Who asks where settings name no credentials."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One limit that a request must keep.

    Attributes:
        key: whose limit: a kind and verified names. Not joined to one text: names may hold any separator, and no tenant
            may use up the limit of another one.
        limit: the limit.
    """

    key: tuple[str, ...]
    limit: RateLimit | Quota


class LimitStore(Protocol):
    """Counts requests. In memory for one process; a shared store makes limits hold across replicas."""

    async def take(self, demands: Sequence[Demand]) -> tuple[Demand, float] | None:
        """Count one request against all `demands`, or, if one of them is used up, against none.

        Returns:
            None if the request may pass; else the limit that is used up and the seconds until it may be tried again.

        Raises:
            Overloaded: if it cannot be counted.
        """
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...
