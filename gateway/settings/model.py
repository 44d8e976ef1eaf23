"""The typed model of `gateway.yaml`: shape, bounds, defaults and the words of the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.core.identity import Name
from gateway.core.model import Zone
from gateway.settings.agents import A2aSettings, McpSettings, SecretHeaders, without_own_headers
from gateway.settings.base import Address, SecretReference, StrictModel, as_address, without_credential
from gateway.settings.identity import IdentitySettings, TenantSettings, TlsSettings
from gateway.settings.policy import BudgetSettings, BundleSettings, RequestLimitSettings, ShadowSettings
from gateway.settings.purposes import PurposeSettings, VendorSettings
from gateway.settings.vault import VaultSettings

__all__ = ["AuditSettings", "FileSettings", "LimitSettings", "NlpSettings", "Settings", "UpstreamSettings"]


class UpstreamSettings(StrictModel):
    """A model server that requests may be sent to."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", description="unique; appears in records and metrics")
    zone: Zone = Field(description="local, secure or cloud")
    clearance: Literal["high", "moderate", "low"] | None = Field(
        default=None, description="highest sensitivity it may receive; by zone: local high, secure moderate, cloud low"
    )
    base_url: Annotated[str, AfterValidator(without_credential)] = Field(
        pattern=r"^https?://[^\s?#]+$", description="up to and with /v1; the endpoint's path follows"
    )
    models: dict[str, str] = Field(default={}, description="requested model (glob) to served model; empty: as asked")
    api_key: SecretReference | None = Field(default=None, description="its credential, never a literal")
    headers: SecretHeaders = Field(default={}, description="other credentials, never literals")
    dialects: list[Literal["openai", "anthropic"]] = Field(default=["openai"], min_length=1)
    region: str = Field(default="", max_length=64, description="a label that policies may ask for")
    vendor: str | None = Field(default=None, description="who runs it, as listed in `vendors`")
    timeout_seconds: float = Field(
        default=120, gt=0, le=3600, description="to the first byte of an answer, and between two pieces of a stream"
    )

    @model_validator(mode="after")
    def _headers_are_its_own(self) -> UpstreamSettings:
        # Which of the two holds the key is told by the API that a request speaks.
        without_own_headers(self.headers, ("authorization", "x-api-key") if self.api_key else ())
        return self


class AuditSettings(StrictModel):
    """The audit log."""

    directory: Path = Field(default=Path("audit"), description="where records are kept; made when missing")
    writer: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9-]{0,63}$",
        description="name of this process's own log in the directory, where several share it",
    )
    key_file: Path | None = Field(
        default=None, description="Ed25519 key that signs the log's head; made in the directory when not named"
    )
    rotate_bytes: int = Field(default=64 * 2**20, ge=4096, description="size at which a new file is begun")


class LimitSettings(StrictModel):
    """What the gateway takes at most."""

    body_bytes: int = Field(default=16 * 2**20, ge=1024, description="largest request body")
    body_seconds: float = Field(default=60, gt=0, description="time for a request's head, and for its body, to arrive")
    header_bytes: int = Field(default=32 * 2**10, ge=1024, description="largest request line and headers")
    in_flight: int = Field(default=512, ge=1, description="requests at once; more are answered 503 with retry-after")
    in_flight_bytes: int = Field(
        default=64 * 2**20, ge=1024, description="bytes of the bodies of all of them; more are answered 503 too"
    )
    in_flight_per_upstream: int = Field(
        default=384, ge=1, description="requests at one upstream at once; more go to the next one that is cleared"
    )
    stall_seconds: float = Field(
        default=60, gt=0, description="a client that takes nothing of its answer for so long is cut off"
    )
    connections: int = Field(default=10_000, ge=1, description="open connections of clients; one more is closed")
    plan_seconds: float = Field(
        default=30,
        gt=0,
        description="CPU time that detection may take for one request; what it did not see by then is highly sensitive",
    )
    cache_bytes: int = Field(
        default=64 * 2**20,
        ge=0,
        description="findings remembered for texts that come again, by tenant and never the texts; 0: none",
    )
    drain_seconds: int = Field(default=30, ge=1, le=3600, description="time for running requests to end on SIGTERM")


class FileSettings(StrictModel):
    """Files inside requests: documents, archives, pictures."""

    images: Literal["strict", "trust_ocr", "unread"] = Field(
        default="strict",
        description="strict: a picture in which no text is recognized, or some of it with little confidence, counts as "
        "content that cannot be read; trust_ocr: it does not; unread: every picture does",
    )
    unpacked_bytes: int = Field(default=64 * 2**20, ge=2**20, description="most that a request's files may unpack to")
    characters: int = Field(default=2_000_000, ge=1000, description="most text that is read of a request's files")
    files: int = Field(default=1000, ge=1, description="most files in a request, those in archives counted")
    depth: int = Field(default=6, ge=1, le=20, description="files in files in files")
    seconds: float = Field(default=20, gt=0, le=300, description="longest that reading a request's files may take")


class NlpSettings(StrictModel):
    """The spaCy pipeline under Presidio."""

    pipeline: str = Field(
        default="blank", description="blank (nothing to download), or an installed pipeline such as en_core_web_lg"
    )
    languages: dict[str, str] = Field(
        default={},
        description="pipelines for text in one language, such as de: de_core_news_lg; other text is for `pipeline`",
    )


class ListSettings(StrictModel):
    """A list of one's own values, kept as keyed hashes; made by `privacy-gateway lists build`."""

    file: Path = Field(description="a file made by `privacy-gateway lists build`")
    key: SecretReference = Field(description="the secret it was made with, never a literal")


class Settings(StrictModel):
    """Everything in `gateway.yaml`."""

    listen: Annotated[Address, BeforeValidator(as_address)] = Field(
        default=Address("127.0.0.1", 8080), description="data plane"
    )
    admin: Annotated[Address, BeforeValidator(as_address)] = Field(
        default=Address("127.0.0.1", 8081), description="health, metrics, decisions; never on the data port"
    )
    workers: int = Field(default=1, ge=1, le=256, description="processes that serve the data port together")
    upstreams: list[UpstreamSettings] = Field(default=[], description="where requests may go, in order of preference")
    tls: TlsSettings | None = Field(default=None, description="the data port's certificate; absent: plain HTTP")
    admin_tls: TlsSettings | None = Field(default=None, description="the admin port's certificate; absent: plain HTTP")
    identity: IdentitySettings | None = Field(default=None, description="who may ask; absent: everybody")
    tenants: dict[Name, TenantSettings] = Field(default={}, description="what holds for single tenants")
    vendors: dict[str, VendorSettings] = Field(default={}, description="vendor register: who runs upstreams, and how")
    purposes: dict[Name, PurposeSettings] = Field(
        default={}, description="what data may be used for; where any is declared, every request needs one"
    )
    mcp: McpSettings = Field(default=McpSettings(), description="MCP servers that agents call")
    a2a: A2aSettings = Field(default=A2aSettings(), description="other agents that agents call")
    policies: Path | None = Field(default=None, description="a directory or file; default: the bundled policies")
    classifiers: Path | None = Field(default=None, description="a directory; default: the bundled classifiers")
    bundle: BundleSettings = BundleSettings()
    shadow: ShadowSettings = ShadowSettings()
    budgets: BudgetSettings = BudgetSettings()
    request_limits: RequestLimitSettings = RequestLimitSettings()
    reload_seconds: float = Field(
        default=2,
        ge=0,
        le=3600,
        description="how often the bundle, or the policy's files, are looked at for changes; 0: only at start",
    )
    audit: AuditSettings = AuditSettings()
    vault: VaultSettings = VaultSettings()
    limits: LimitSettings = LimitSettings()
    files: FileSettings = FileSettings()
    nlp: NlpSettings = NlpSettings()
    lists: list[ListSettings] = Field(default=[], description="exact data match: lists of one's own, as keyed hashes")
    key: SecretReference | None = Field(
        default=None,
        description="secret from which surrogates and hashes are keyed; absent: a new one at each start, so that "
        "placeholders change with a restart, and replicas must share one",
    )

    @model_validator(mode="after")
    def _names_are_unique(self) -> Settings:
        names = [upstream.name for upstream in self.upstreams]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise PydanticCustomError(
                "twice",
                f"two upstreams have the name {', '.join(twice)}",
                {"expected": "unique names", "mend": "rename"},
            )
        return self
