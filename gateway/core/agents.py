"""Servers that agents call through the gateway: MCP servers, and other agents (A2A).

Decisions kept here:

* The destination is fixed by the URL that the agent calls; the policy decides whether what it sends may go there.
* A tool's own clearance can only be stricter than its server's, and of several that fit the strictest counts.
* Where a server's tools are restricted, a tool has a plain ASCII name (MCP 2025-11-25, "Tool Names"): a lookalike, a
  space or another case is no way around a list. What is denied is denied in any case of letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from gateway.core.answers import Action, AnswerPolicy
from gateway.core.model import Sensitivity, Upstream

__all__ = ["AgentProtocol", "AgentServer", "AgentServers", "ToolRules"]

_CREDENTIAL: Final = "CREDENTIAL"
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_./-]{1,128}")
"""What globs of the settings can spell. `dialects.mcp` knows names with colons, too, but no list lets one by."""


class AgentProtocol(StrEnum):
    """What a server speaks; the first part of its path at the gateway."""

    MCP = "mcp"
    A2A = "a2a"


@dataclass(frozen=True, slots=True)
class ToolRules:
    """Which tools of a server may be called.

    Attributes:
        allow: globs of names; empty: every tool.
        deny: globs of names, in any case of letters; they win.
        clearance: glob to the highest sensitivity that a call may have.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    clearance: tuple[tuple[str, Sensitivity], ...] = ()

    def permits(self, tool: str) -> bool:
        """Whether the tool of this name may be called, and be seen."""
        if not (self.allow or self.deny or self.clearance):
            return True
        if not _PLAIN_NAME.fullmatch(tool):
            return False
        folded = tool.lower()
        if any(fnmatchcase(folded, glob.lower()) for glob in self.deny):
            return False
        return not self.allow or any(fnmatchcase(tool, glob) for glob in self.allow)

    def clearance_of(self, tool: str) -> Sensitivity:
        """Return the highest sensitivity that a call of `tool` may have, as far as the rules say."""
        folded = tool.lower()
        fitting = (level for glob, level in self.clearance if fnmatchcase(folded, glob.lower()))
        return min(fitting, default=Sensitivity.HIGH)


@dataclass(frozen=True, slots=True)
class AgentServer:
    """A server that agents call.

    Attributes:
        name: the last part of its path at the gateway.
        protocol: what it speaks.
        upstream: where it is, and what it is cleared for.
        tools: which of its tools may be called.
        results: entity type to what becomes of it in what the server says.
        card: where it tells of itself (A2A).
    """

    name: str
    protocol: AgentProtocol
    upstream: Upstream
    tools: ToolRules = field(default_factory=ToolRules)
    results: Mapping[str, Action] = field(default_factory=dict)
    card: str = ""

    def answers(self, policy: AnswerPolicy) -> AnswerPolicy:
        """Return what is looked for in what it says: what the policy says, but keys are taken out unless it says so."""
        return replace(policy, types={_CREDENTIAL: Action.REDACT, **policy.types, **self.results})

    @property
    def endpoint(self) -> str:
        """Its public path."""
        return f"/{self.protocol.value}/{self.name}"

    def upstream_for(self, tool: str) -> Upstream:
        """Return the upstream, cleared for no more than a call of `tool` may have; empty: no tool is called."""
        clearance = min(self.upstream.clearance, self.tools.clearance_of(tool)) if tool else self.upstream.clearance
        return self.upstream if clearance == self.upstream.clearance else replace(self.upstream, clearance=clearance)


AgentServers = Mapping[tuple[AgentProtocol, str], AgentServer]
