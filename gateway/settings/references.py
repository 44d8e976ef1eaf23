"""What settings refer to: files that must be there, and names that one part of the settings takes from another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.core.agents import AgentProtocol
from gateway.core.documents import Path as Place
from gateway.core.documents import YamlDocument
from gateway.core.errors import Problem
from gateway.core.model import Zone
from gateway.settings.agents import A2aAgentSettings, AgentServerSettings, McpServerSettings
from gateway.settings.model import Settings, UpstreamSettings

__all__ = ["agents_of", "problems_of"]

_INIT: Final = "run privacy-gateway init DIR"
_PEM: Final = "a PEM file"
_POLICY: Final = "a file or a directory"


def problems_of(settings: Settings, document: YamlDocument, base: Path) -> list[Problem]:
    """Return everything that is referred to and isn't there.

    Args:
        settings: as validated.
        document: where they come from.
        base: the directory that paths are relative to.
    """
    problems = [
        document.problem(place, f"{base / path} {wrong}", expected=expected, mend=mend)
        for place, path, expected, mend in _files(settings)
        if (wrong := _wrong(base / path, expected))
    ]
    problems += _vendors(settings, document)
    problems += _purposes(settings, document)
    if settings.bundle.file is not None:
        problems += [
            document.problem(
                ("tenants", name, "policies"),
                "policies come from a bundle, and this one would go round its signature",
                expected="either `bundle` or `policies` of tenants",
                mend="make the bundle by settings that name it: policy bundle make --config",
            )
            for name, tenant in settings.tenants.items()
            if tenant.policies is not None
        ]
    problems += [
        document.problem(
            (part, "redis_url"),
            "is shared by replicas, which count under a `key` of their own each as long as they share none",
            expected="`key`, the same for all replicas",
            mend="add `key: {env: …}` or `key: {file: …}`",
        )
        for part in ("budgets", "request_limits")
        if getattr(settings, part).redis_url is not None and settings.key is None
    ]
    if settings.identity is not None and settings.identity.mtls is not None and settings.tls is None:
        problems.append(
            document.problem(
                ("identity", "mtls"),
                "client certificates need TLS on the data port",
                expected="`tls`",
                mend="add `tls`",
            )
        )
    return problems


def _wrong(path: Path, expected: str) -> str:
    """Return what is wrong with `path` where `expected` should be; empty: nothing."""
    if not path.exists():
        return "does not exist"
    if path.is_dir():
        return "" if "directory" in expected else "is a directory"
    if path.is_file():
        return "" if "file" in expected else "is no directory"
    return "is neither a file nor a directory"


def _files(settings: Settings) -> Iterator[tuple[Place, Path, str, str]]:
    if settings.policies is not None:
        yield ("policies",), settings.policies, _POLICY, _INIT
    if settings.classifiers is not None:
        yield ("classifiers",), settings.classifiers, "a directory", _INIT
    if settings.shadow.policies is not None:
        yield ("shadow", "policies"), settings.shadow.policies, _POLICY, ""
    for place, one in enumerate(settings.lists):
        yield ("lists", place, "file"), one.file, "a file made by `privacy-gateway lists build`", ""
    for name, tenant in settings.tenants.items():
        if tenant.policies is not None:
            yield ("tenants", name, "policies"), tenant.policies, _POLICY, _INIT
    for plane in ("tls", "admin_tls"):
        tls = getattr(settings, plane)
        if tls is not None:
            yield (plane, "certificate"), tls.certificate, _PEM, ""
            yield (plane, "key"), tls.key, _PEM, ""
    identity = settings.identity
    if identity is not None and identity.api_keys is not None:
        made = "make it: privacy-gateway keys new --file …"
        yield ("identity", "api_keys", "file"), identity.api_keys.file, "a file of API keys", made
    if identity is not None and identity.mtls is not None:
        yield ("identity", "mtls", "ca"), identity.mtls.ca, _PEM, ""


def agents_of(
    settings: Settings,
) -> Iterator[tuple[Place, AgentProtocol, McpServerSettings | A2aAgentSettings]]:
    """Yield every server that agents call: where it stands, what it speaks, and what is said of it."""
    for place, server in enumerate(settings.mcp.servers):
        yield ("mcp", "servers", place), AgentProtocol.MCP, server
    for place, agent in enumerate(settings.a2a.agents):
        yield ("a2a", "agents", place), AgentProtocol.A2A, agent


def _vendors(settings: Settings, document: YamlDocument) -> Iterator[Problem]:
    known = ", ".join(settings.vendors) or "none yet"
    called: list[tuple[Place, UpstreamSettings | AgentServerSettings]] = [
        (("upstreams", place), upstream) for place, upstream in enumerate(settings.upstreams)
    ]
    called += [(place, server) for place, _, server in agents_of(settings)]
    for at, upstream in called:
        if upstream.vendor is not None and upstream.vendor not in settings.vendors:
            yield document.problem(
                (*at, "vendor"),
                f"there is no vendor `{upstream.vendor}`",
                expected=f"a name in `vendors`: {known}",
                mend="add it to `vendors`",
            )
        elif upstream.vendor is None and upstream.zone is not Zone.LOCAL and settings.purposes:
            yield document.problem(
                at,
                f"the upstream `{upstream.name}` names no vendor, so no purpose would allow it",
                expected="`vendor`, where `purposes` are declared",
                mend="add `vendor`, and its terms to `vendors`",
            )


def _purposes(settings: Settings, document: YamlDocument) -> Iterator[Problem]:
    regions = {upstream.region for upstream in settings.upstreams}
    regions |= {server.region for _, _, server in agents_of(settings)}
    for name, purpose in settings.purposes.items():
        place = ("purposes", name, "allows")
        for vendor in purpose.allows.vendors:
            if vendor not in settings.vendors:
                yield document.problem(
                    (*place, "vendors"), f"there is no vendor `{vendor}`", expected="a name in `vendors`"
                )
        for region in purpose.allows.regions:
            if settings.upstreams and region not in regions:
                yield document.problem(
                    (*place, "regions"), f"no upstream is in the region `{region}`", expected="a region of an upstream"
                )
    for path, names in _named_purposes(settings):
        for name in names:
            if settings.purposes and name not in settings.purposes:
                yield document.problem(
                    path,
                    f"the purpose `{name}` is not declared",
                    expected="a name in `purposes`",
                    mend="declare it there",
                )


def _named_purposes(settings: Settings) -> Iterator[tuple[Place, list[str]]]:
    if settings.identity is None:
        return
    for place, issuer in enumerate(settings.identity.oidc):
        yield ("identity", "oidc", place, "purposes"), issuer.purposes
    if settings.identity.mtls is not None:
        for place, peer in enumerate(settings.identity.mtls.peers):
            yield ("identity", "mtls", "peers", place), [*peer.purposes, *([peer.purpose] if peer.purpose else [])]
