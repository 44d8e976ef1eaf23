"""Settings of who may ask: API keys, OIDC issuers, client certificates; roles, tenants and TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from gateway.core.identity import Issuer, Name, Quota, RateLimit, Standing
from gateway.settings.base import StrictModel

__all__ = ["IdentitySettings", "MtlsSettings", "TenantSettings", "TlsSettings"]


class ApiKeySettings(StrictModel):
    """API keys."""

    file: Path = Field(description="hashes of keys; made by `privacy-gateway keys new`, read again when it changes")


class PeerSettings(Standing):
    """Whom a client certificate stands for."""

    id: Annotated[str, StringConstraints(pattern=r"^spiffe://[a-z0-9._-]{1,255}(/[A-Za-z0-9._-]+)+$")] = Field(
        description="SPIFFE ID, to the letter"
    )


class MtlsSettings(StrictModel):
    """Client certificates with SPIFFE IDs."""

    ca: Path = Field(description="PEM file of the certificates that sign the clients' ones")
    spiffe_trust_domain: str = Field(pattern=r"^[a-z0-9._-]{1,255}$", description="the only one that is accepted")
    peers: list[PeerSettings] = Field(min_length=1, description="whom SPIFFE IDs stand for")

    @model_validator(mode="after")
    def _ids_fit(self) -> MtlsSettings:
        ids = [peer.id for peer in self.peers]
        if len(set(ids)) != len(ids):
            raise PydanticCustomError(
                "twice", "two peers have the same id", {"expected": "unique ids", "mend": "remove one"}
            )
        domain = f"spiffe://{self.spiffe_trust_domain}/"
        if not all(name.startswith(domain) for name in ids):
            raise PydanticCustomError(
                "domain",
                "a peer is of another trust domain",
                {"expected": f"ids that begin with {domain}", "mend": "mend the id"},
            )
        return self


class RoleSettings(StrictModel):
    """Who may use the admin plane; health is open to probes."""

    viewers: list[Name] = Field(default=[], description="groups that may see metrics and settings")
    auditors: list[Name] = Field(default=[], description="groups that may see decisions too")


class IdentitySettings(StrictModel):
    """Who may ask. Absent: everybody who reaches the port."""

    api_keys: ApiKeySettings | None = None
    oidc: list[Issuer] = Field(default=[], description="issuers whose tokens are accepted")
    mtls: MtlsSettings | None = None
    admin: RoleSettings = RoleSettings()

    @model_validator(mode="after")
    def _whole(self) -> IdentitySettings:
        if self.api_keys is None and not self.oidc and self.mtls is None:
            raise PydanticCustomError(
                "nobody",
                "accepts nobody",
                {"expected": "api_keys, oidc or mtls", "mend": "name one, or remove `identity`"},
            )
        for what, values in (
            ("issuer", [issuer.issuer for issuer in self.oidc]),
            ("principal_prefix", [issuer.principal_prefix for issuer in self.oidc]),
        ):
            if len(set(values)) != len(values):
                raise PydanticCustomError(
                    "twice",
                    f"two issuers have the same {what}",
                    {"expected": "different ones", "mend": "two people may have the same `sub` at two issuers"},
                )
        for claim, allowed in (("tenant", "tenants"), ("groups", "groups")):
            if len(self.oidc) > 1 and any(
                getattr(issuer.claims, claim) is not None and not getattr(issuer, allowed) for issuer in self.oidc
            ):
                raise PydanticCustomError(
                    "any",
                    f"one of several issuers may speak of any of all {allowed}, those of the others too",
                    {
                        "expected": f"`{allowed}` in each issuer with `claims.{claim}`",
                        "mend": f"list the {allowed} of each",
                    },
                )
        return self


class TlsSettings(StrictModel):
    """The certificate of a port."""

    certificate: Path = Field(description="PEM file: the certificate, then those up to the CA")
    key: Path = Field(description="PEM file of its private key, without passphrase")


class TenantSettings(StrictModel):
    """What holds for one tenant."""

    policies: Path | None = Field(default=None, description="a directory or file; default: the policies of all")
    rate_limit: RateLimit | None = Field(default=None, description="of all its principals together")
    quota: Quota | None = Field(default=None, description="of all its principals together")
