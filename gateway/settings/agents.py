"""Settings of what agents call through the gateway: MCP servers, and other agents (A2A)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from gateway.core.agents import AgentProtocol, AgentServer, ToolRules
from gateway.core.answers import Action
from gateway.core.model import Sensitivity, Upstream, Vendor, Zone
from gateway.settings.base import SecretReference, StrictModel, without_credential

__all__ = [
    "A2aAgentSettings",
    "A2aSettings",
    "AgentServerSettings",
    "McpServerSettings",
    "McpSettings",
    "SecretHeaders",
    "ToolSettings",
    "without_own_headers",
]

EntityType = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Level = Literal["high", "moderate", "low"]
Glob = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./*?\[\]!-]{1,128}$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
SecretHeaders = dict[HeaderName, SecretReference]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9.\[\]:-]{1,255}$")]
_CLEARANCE: Final = {Zone.LOCAL: Sensitivity.HIGH, Zone.SECURE: Sensitivity.MODERATE, Zone.CLOUD: Sensitivity.LOW}
_OURS: Final = """
    accept accept-encoding connection content-encoding content-length content-type cookie host last-event-id
    mcp-method mcp-name mcp-protocol-version mcp-session-id origin te trailer transfer-encoding upgrade
"""


def without_own_headers(headers: SecretHeaders, of_key: Collection[str]) -> None:
    """Return if the gateway writes none of `headers` itself; `of_key` are those that hold the API key. For pydantic."""
    for name in headers:
        lower = name.lower()
        if lower in of_key or lower in _OURS.split() or lower.startswith("mcp-param-"):
            raise PydanticCustomError(
                "header",
                "a header that the gateway writes itself",
                {"expected": "headers that carry a credential", "mend": "remove it"},
            )


class ToolSettings(StrictModel):
    """Which tools may be called, by name; `*` stands for any characters."""

    allow: list[Glob] = Field(default=[], description="tools that may be called and seen; empty: all")
    deny: list[Glob] = Field(default=[], description="tools that may not, in any case of letters; wins over `allow`")
    clearance: dict[Glob, Level] = Field(
        default={}, description="highest sensitivity of a call, by tool; at most the server's"
    )


class AgentServerSettings(StrictModel):
    """A server that agents call through the gateway."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="last part of its path at the gateway")
    url: Annotated[str, AfterValidator(without_credential)] = Field(
        pattern=r"^https?://[^\s?#]+$", description="of its endpoint"
    )
    zone: Zone = Field(description="where it runs: local, secure or cloud")
    clearance: Level | None = Field(
        default=None, description="highest sensitivity it may receive; by zone: local high, secure moderate, cloud low"
    )
    api_key: SecretReference | None = Field(default=None, description="its bearer token, never a literal")
    headers: SecretHeaders = Field(default={}, description="other credentials, never literals")
    results: dict[EntityType, Action] = Field(
        default={},
        description="entity type to pass, flag, redact or block in what it says; over the policy's `answers`",
    )
    region: str = Field(default="", max_length=64, description="a label that policies may ask for")
    vendor: str | None = Field(default=None, description="who runs it, as listed in `vendors`")
    timeout_seconds: float = Field(
        default=120, gt=0, le=3600, description="to the first byte of an answer, and between two pieces of a stream"
    )

    @model_validator(mode="after")
    def _headers_are_its_own(self) -> AgentServerSettings:
        without_own_headers(self.headers, ("authorization",) if self.api_key else ())
        return self

    @property
    def level(self) -> Sensitivity:
        """The highest sensitivity it may receive."""
        return Sensitivity.parse(self.clearance) if self.clearance else _CLEARANCE[self.zone]

    def upstream(
        self, protocol: AgentProtocol, api_key: str | None, headers: Mapping[str, str], vendor: Vendor | None
    ) -> Upstream:
        """Return the upstream that it is."""
        return Upstream(
            name=f"{protocol.value}.{self.name}",
            zone=self.zone,
            clearance=self.level,
            base_url=self.url,
            dialects=(protocol.value,),
            region=self.region,
            api_key=api_key,
            timeout_s=self.timeout_seconds,
            vendor=vendor,
            headers=headers,
        )


class McpServerSettings(AgentServerSettings):
    """An MCP server; agents find it at `/mcp/<name>`."""

    tools: ToolSettings = Field(default=ToolSettings(), description="which of its tools may be called")

    @model_validator(mode="after")
    def _tools_are_cleared_for_no_more(self) -> McpServerSettings:
        if any(Sensitivity.parse(level) > self.level for level in self.tools.clearance.values()):
            raise PydanticCustomError(
                "clearance",
                "a tool is cleared for more than its server",
                {"expected": "at most the server's clearance", "mend": "raise the server's `clearance` or lower this"},
            )
        return self

    def server(self, upstream: Upstream) -> AgentServer:
        """Return the server."""
        clearance = tuple((glob, Sensitivity.parse(level)) for glob, level in self.tools.clearance.items())
        rules = ToolRules(tuple(self.tools.allow), tuple(self.tools.deny), clearance)
        return AgentServer(self.name, AgentProtocol.MCP, upstream, rules, self.results)


def _unique(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PydanticCustomError(
            "twice", f"two servers have the name {', '.join(twice)}", {"expected": "unique names", "mend": "rename"}
        )


class McpSettings(StrictModel):
    """MCP servers that agents reach through the gateway."""

    servers: list[McpServerSettings] = Field(default=[], description="each at `/mcp/<name>` of the data plane")
    origins: list[Origin] = Field(
        default=[], description="web pages that may call, by origin; a request with any other `Origin` is refused"
    )

    @model_validator(mode="after")
    def _names_are_unique(self) -> McpSettings:
        _unique([server.name for server in self.servers])
        return self


class A2aAgentSettings(AgentServerSettings):
    """Another agent; agents find it at `/a2a/<name>`."""

    card: Annotated[str, AfterValidator(without_credential)] = Field(
        default="",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="of its card; by default `/.well-known/agent-card.json` on the host of `url`",
    )

    def server(self, upstream: Upstream) -> AgentServer:
        """Return the agent."""
        scheme, _, rest = self.url.partition("://")
        card = self.card or f"{scheme}://{rest.partition('/')[0]}/.well-known/agent-card.json"
        return AgentServer(self.name, AgentProtocol.A2A, upstream, results=self.results, card=card)


class A2aSettings(StrictModel):
    """Other agents that agents reach through the gateway, by the Agent2Agent protocol."""

    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s?#]+[^\s?#/])?$",
        description="the data plane's own address, for the agents' cards; by default the one that the client called",
    )
    agents: list[A2aAgentSettings] = Field(default=[], description="each at `/a2a/<name>` of the data plane")

    @model_validator(mode="after")
    def _names_are_unique(self) -> A2aSettings:
        _unique([agent.name for agent in self.agents])
        return self
