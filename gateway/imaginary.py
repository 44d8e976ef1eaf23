"""Upstreams and agents that nobody runs: to plan without sending, where the settings name none."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.agents import AgentProtocol, AgentServer
from gateway.core.model import Sensitivity, Upstream, Zone
from gateway.core.protocols import Dialect
from gateway.dialects.a2a import A2aMessages
from gateway.dialects.mcp import McpMessages

__all__ = ["imaginary_agents", "imaginary_upstreams"]


def imaginary_upstreams(family: str) -> tuple[Upstream, ...]:
    """Return one upstream of the usual clearance in each zone, for planning without sending."""
    clearance = {Zone.LOCAL: Sensitivity.HIGH, Zone.SECURE: Sensitivity.MODERATE, Zone.CLOUD: Sensitivity.LOW}
    return tuple(
        Upstream(f"{zone.value}-example", zone, clearance[zone], "http://127.0.0.1:1/v1", dialects=(family,))
        for zone in Zone
    )


def imaginary_agents() -> Mapping[str, tuple[Dialect, Upstream]]:
    """Return path to dialect and upstream of an MCP server and an A2A agent in each zone, named after the zone."""
    kinds = ((AgentProtocol.MCP, McpMessages), (AgentProtocol.A2A, A2aMessages))
    servers = [
        (dialect, AgentServer(upstream.zone.value, protocol, upstream))
        for protocol, dialect in kinds
        for upstream in imaginary_upstreams(protocol.value)
    ]
    return {server.endpoint: (dialect(server), server.upstream) for dialect, server in servers}
