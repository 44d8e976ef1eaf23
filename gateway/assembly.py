"""Composition root: settings, files and plug-ins make a `Gateway`.

The only place that knows every concrete class. Everything that can be wrong with files is found here, at start, and
told at once; a request never meets a half-built gateway.

What judges and decides is made by `loadout`, which alone is made again when a policy changes.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from gateway.adapters.audit import AuditLog, Sinks, records_of
from gateway.adapters.identity import Authenticator, MemoryLimits
from gateway.adapters.policy_history import PolicyHistory, Used, now
from gateway.adapters.returned import MemoryReturned
from gateway.adapters.telemetry import Telemetry
from gateway.adapters.upstreams import UpstreamClient
from gateway.adapters.vault import Vault
from gateway.classifiers import plugins
from gateway.core.agents import AgentServers
from gateway.core.answers import EXFILTRATION_LINK
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.exposure import ExposureStore
from gateway.core.identity import LimitStore
from gateway.core.mending import one_of
from gateway.core.model import Principal, Upstream
from gateway.core.protocols import AuditSink, Dialect
from gateway.core.record import AuditRecord
from gateway.core.recorded import known_models
from gateway.core.returned import ReturnedStore
from gateway.core.uninspectable import UNINSPECTABLE_TYPES
from gateway.dialects.planted import INSTRUCTION
from gateway.dialects.registry import DIALECTS, table
from gateway.explanation import explain_records
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import Loadout, arrange, tenant_engines, tenant_files
from gateway.pipeline import Engine, Plan, Request, plan
from gateway.policy.names import NAMES_COMMAND
from gateway.settings import LimitSettings, Loaded, load
from gateway.settings.identity import TenantSettings
from gateway.stores import authenticator_of, open_exposure, open_request_limits, open_vault

__all__ = ["Gateway", "build_gateway", "check_results", "data_plane_dialects", "explain_body"]

_RECENT: Final = 2048
"""Decisions kept in memory for the admin plane; older ones are read from the log."""
_MOST_RECORDS: Final = 32


class RecentDecisions:
    """The last decisions and their outcomes: redacted by construction, bounded in number.

    Kept as the lines that the log has too: Python's collector does not walk through bytes.
    A decision of more than `_MOST_RECORDS` records (a batch has two for each line) is left to the log as a whole.
    """

    def __init__(self, capacity: int = _RECENT) -> None:
        self._capacity = capacity
        self._records: OrderedDict[str, list[bytes] | None] = OrderedDict()

    def remember(self, record: AuditRecord) -> None:
        """Keep `record` beside the others of its decision."""
        known = self._records.setdefault(record.id, [])
        if known is not None and len(known) < _MOST_RECORDS:
            known.append(record.line())
        else:
            self._records[record.id] = None
        while len(self._records) > self._capacity:
            self._records.popitem(last=False)

    def of(self, decision_id: str) -> list[dict[str, object]]:
        """Return the records of a decision, oldest first; empty when it is not (or no longer) here."""
        return [json.loads(line) for line in self._records.get(decision_id) or ()]


@dataclass(slots=True)
class Gateway:
    """A gateway ready to serve.

    Attributes:
        engine: what judges and decides.
        upstreams: where requests may go.
        dialects: the endpoints of the data plane.
        client: sends cleared bodies.
        audit: the write-ahead log.
        sinks: get each of its records too; None: there are none.
        telemetry: traces and metrics.
        limits: what it takes at most.
        known_models: model names that may stand in records.
        exposure: counts what upstreams have learnt, for the policy's budgets.
        vault: remembers what upstreams keep for whom.
        history: texts of the policies that were in force.
        recent: the last decisions.
        draining: whether it is about to stop.
        loadout: what the engine was made of; None where an engine was handed in.
        adopted: since when (RFC 3339) the policy is in force.
        broken: why a newer policy is not in force; empty: the newest one is.
        stale: what else is used as it was before a file of it became broken, to what is wrong with the file (empty:
            nothing any more): `api_keys`, `shadow`, `tls`, `admin_tls`.
        looks: what looks at these files, at most once a second each: keys and handshakes do, where any come.
        authenticator: tells who asks; None: everybody may.
        tenants: limits of single tenants.
        tenant_engines: of those that have a policy of their own.
        request_limits: counts requests for rate limits and quotas.
        returned: remembers who made which signed item.
        agents: servers that agents call.
        origins: web pages that may call them.
        public_url: the data plane's own address; empty: the one that a client called.
    """

    engine: Engine
    upstreams: tuple[Upstream, ...]
    dialects: tuple[Dialect, ...]
    client: UpstreamClient
    audit: AuditLog
    telemetry: Telemetry
    limits: LimitSettings
    known_models: frozenset[str]
    history: PolicyHistory
    exposure: ExposureStore
    vault: Vault
    recent: RecentDecisions = field(default_factory=RecentDecisions)
    draining: bool = False
    loadout: Loadout | None = None
    adopted: str = ""
    broken: str = ""
    stale: dict[str, str] = field(default_factory=dict)
    looks: list[Callable[[], None]] = field(default_factory=list)
    authenticator: Authenticator | None = None
    tenants: Mapping[str, TenantSettings] = field(default_factory=dict)
    tenant_engines: Mapping[str, Engine] = field(default_factory=dict)
    request_limits: LimitStore = field(default_factory=MemoryLimits)
    returned: ReturnedStore = field(default_factory=MemoryReturned)
    agents: AgentServers = field(default_factory=dict)
    origins: frozenset[str] = frozenset()
    public_url: str = ""
    sinks: Sinks | None = None

    def engine_for(self, tenant: str) -> Engine:
        """Return what judges and decides for `tenant`."""
        return self.tenant_engines.get(tenant, self.engine)

    def begin_to_drain(self) -> None:
        """Readiness turns false; running requests go on."""
        self.draining = True

    async def not_ready(self) -> list[str]:
        """Return why no request should be sent here now; empty: ready."""
        problems = ["draining"] if self.draining else []
        if not await self.audit.is_writable():
            problems.append("the audit log cannot be written")
        return problems

    def now_stale(self) -> dict[str, str]:
        """Return `stale` as the files are now, though nobody may have asked for anything since they changed."""
        for look in self.looks:
            look()
        return self.stale

    def adopt(self, loadout: Loadout) -> None:
        """Let new requests be decided by `loadout`; running ones keep the engine they began with."""
        self.loadout = loadout
        self.engine, self.tenant_engines = loadout.engine, loadout.tenants
        self.adopted, self.broken = now(), ""
        self.stale["shadow"] = loadout.shadow_problem
        self.telemetry.policy_loaded(_rules(loadout.engine, loadout.tenants))

    def refuse(self, problem: str) -> None:
        """Stay with the policy in force, since a newer one is broken."""
        self.broken = problem
        self.telemetry.policy_refused()

    def revision(self) -> dict[str, object]:
        """Return what decides here, for comparing replicas."""
        shadow = self.engine.shadow
        return {
            "policy": self.engine.policy.name,
            "policy_revision": self.engine.policy.revision,
            "classifier_revision": self.engine.classifier_revision,
            "bundle": (self.loadout.bundle if self.loadout else "") or None,
            "shadow_revision": shadow.revision if shadow else None,
            "tenants": {name: engine.policy.revision for name, engine in sorted(self.tenant_engines.items())},
            "since": self.adopted,
            "stale": bool(self.broken),
        }

    def keep_texts(self) -> None:
        """Keep the policy's text, and its bundle, beside the audit log.

        Raises:
            OSError: if it cannot be written.
        """
        if self.loadout is not None:
            engine = self.loadout.engine
            tenants = {name: own.policy.revision for name, own in sorted(self.loadout.tenants.items())}
            used = Used(self.adopted, engine.policy.revision, engine.classifier_revision, self.loadout.bundle, tenants)
            for name, files in self.loadout.tenant_files.items():
                self.history.keep_text(tenants[name], files)
            self.history.keep(used, self.loadout.files, self.loadout.sealed)

    async def records(self, decision_id: str) -> list[dict[str, object]]:
        """Return the audit records of a decision, oldest first; empty when there is none."""
        return self.recent.of(decision_id) or await records_of(self.audit.root, decision_id)

    async def explained(self, decision_id: str) -> list[dict[str, object]]:
        """Return the audit records of a decision, with what they mean; empty when there is none."""
        records = await self.records(decision_id)
        return await asyncio.to_thread(explain_records, records, self.history, lambda: self.engine)

    async def aclose(self) -> None:
        """Close the log, the connections and the exporters."""
        await self.client.aclose()
        await self.exposure.aclose()
        await self.request_limits.aclose()
        await self.vault.aclose()
        if self.authenticator is not None:
            await self.authenticator.aclose()
        if self.sinks is not None:
            await self.sinks.aclose()
        await self.audit.aclose()
        self.telemetry.shutdown()


def build_gateway(
    loaded: Loaded,
    engine: Engine | None = None,
    dialects: tuple[Dialect, ...] | None = None,
    loadout: Loadout | None = None,
) -> Gateway:
    """Return a gateway by `loaded` settings.

    Args:
        loaded: the settings.
        engine: what judges and decides; by default made from the settings.
        dialects: the endpoints; by default all that there are.
        loadout: what was made from the settings already, shared by several gateways.

    Raises:
        ConfigurationError: with every problem in settings, policies, packs and models.
    """
    settings = loaded.settings
    if engine is None and loadout is None:
        loadout = arrange(loaded)
    engine = loadout.engine if loadout is not None else engine
    assert engine is not None
    if loadout is None:
        engine = replace(engine, purposes=loaded.purposes)
    tenants = loadout.tenants if loadout is not None else tenant_engines(tenant_files(loaded), engine)
    check_results(loaded, engine)
    stale: dict[str, str] = {}
    authenticator = authenticator_of(loaded, partial(stale.__setitem__, "api_keys"))
    models = known_models(loaded.upstreams)
    called = [server.upstream for server in loaded.agents.values()]
    telemetry = Telemetry(upstreams=(*loaded.upstreams, *called), models=models, rules=_rules(engine, tenants))
    audit = AuditLog(
        loaded.resolve(settings.audit.directory),
        writer=settings.audit.writer,
        key_file=loaded.resolve(settings.audit.key_file) if settings.audit.key_file else None,
        rotate_bytes=settings.audit.rotate_bytes,
        observer=telemetry.audit_flushed,
    )
    return Gateway(
        engine=engine,
        upstreams=loaded.upstreams,
        dialects=data_plane_dialects() if dialects is None else dialects,
        client=UpstreamClient(),
        audit=audit,
        telemetry=telemetry,
        limits=settings.limits,
        known_models=models,
        exposure=open_exposure(loaded),
        vault=open_vault(loaded),
        history=PolicyHistory(loaded.resolve(settings.audit.directory)),
        loadout=loadout,
        adopted=now(),
        stale=stale,
        looks=[] if authenticator is None else [authenticator.look],
        authenticator=authenticator,
        tenants=settings.tenants,
        tenant_engines=tenants,
        request_limits=open_request_limits(loaded),
        agents=loaded.agents,
        origins=frozenset(settings.mcp.origins),
        public_url=settings.a2a.public_url,
        sinks=Sinks(sinks) if (sinks := [*plugins("audit_sinks", AuditSink)]) else None,
    )


def check_results(loaded: Loaded, engine: Engine) -> None:
    """Return if every type that is named in `results` of a server of agents can be found.

    Raises:
        ConfigurationError: if one can't.
    """
    known = {EXFILTRATION_LINK, INSTRUCTION, *UNINSPECTABLE_TYPES, *engine.policy.ranks}
    known.update(kind for recognizer in engine.recognizers for kind in recognizer.entity_types)
    problems = [
        Problem(
            f"{server.endpoint}: results",
            0,
            f"nothing finds the entity type `{kind}`",
            one_of(sorted(known), NAMES_COMMAND),
        )
        for server in loaded.agents.values()
        for kind in sorted(server.results)
        if kind not in known
    ]
    if problems:
        raise ConfigurationError(problems)


def _rules(engine: Engine, tenants: Mapping[str, Engine]) -> list[str]:
    """Return the names of all rules that may decide."""
    return list(dict.fromkeys(rule.name for each in (engine, *tenants.values()) for rule in each.policy.rules))


def explain_body(config: Path | None, body: bytes, endpoint: str, principal: Principal | None = None) -> Plan:
    """Plan one request body as `serve` would; without upstreams in the settings, one imaginary stands in each zone.

    Args:
        config: the settings.
        body: the request body.
        endpoint: the path it is meant for.
        principal: who asks; nobody in particular by default. A tenant's own policy decides.

    Raises:
        ConfigurationError: if settings are wrong, or no dialect has `endpoint`.
        InvalidRequest: if the body is malformed.
    """
    loaded = load(config, to="judge")
    dialects = data_plane_dialects()
    dialect = next((dialect for dialect in dialects if dialect.endpoint == endpoint), None)
    if dialect is None:
        known = ", ".join(sorted({dialect.endpoint for dialect in dialects}))
        raise ConfigurationError([Problem("--endpoint", 0, "no dialect has this endpoint", f"one of {known}")])
    principal = principal or Principal()
    made = arrange(loaded)
    engine = made.tenants.get(principal.tenant, made.engine)
    return plan(Request(dialect, body, principal), engine, loaded.upstreams or imaginary_upstreams(dialect.family))


def data_plane_dialects() -> tuple[Dialect, ...]:
    """Return the endpoints of the data plane: the built-in ones and those of plug-ins."""
    return tuple(table(*DIALECTS.values(), *plugins("dialects", Dialect)).values())
