"""Serving with several processes: what each of them gets, and what they cannot share.

Limits of the whole gateway are divided among the workers. What one process keeps in memory and another must know does
not work with several: rate limits, quotas and exposure budgets would count each worker's requests for themselves, which
lets N times as much through, so they are refused at start unless a Redis counts them for all. What is only less
comfortable is said in the log.

Each worker writes an audit log of its own (`audit/w1`, `audit/w2`, …) under the one key: a hash chain has one writer.
`privacy-gateway audit` reads and verifies them together.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from gateway.adapters.identity import KeyRing
from gateway.assembly import Gateway, build_gateway
from gateway.core.collector import leave_out_what_stays
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.identity import Issuer, Standing
from gateway.loadout import Loadout, arrange, counted_apart, unshared_budgets, warm
from gateway.server.front import Front
from gateway.server.hosts import by_local_names
from gateway.server.huge_pages import onto_huge_pages
from gateway.server.logs import quiet_loop
from gateway.server.reload import latest
from gateway.server.run import Embedded, Planes, bind, run
from gateway.server.supervisor import Child, Job, Supervisor
from gateway.server.tls import admin_context, data_context
from gateway.server.wire import bounds_of
from gateway.settings import Address, Loaded
from gateway.settings.identity import TenantSettings

__all__ = ["Serve", "divided", "serve_with_workers", "unshared"]

_log = logging.getLogger("privacy_gateway")

Serve = Callable[[Gateway, Loaded, socket.socket, Path, Callable[[str, str], None]], Planes]
"""Returns the planes of a worker: by its gateway, its settings, the listening socket, where its admin plane listens,
and what to call when both accept connections."""


def serve_with_workers(loaded: Loaded, serve: Serve) -> int:
    """Run `settings.workers` processes until a signal stops them; return the exit status.

    Args:
        loaded: the settings.
        serve: returns the planes of one worker.

    Raises:
        ConfigurationError: with everything that is wrong; nothing has been started then.
    """
    settings = loaded.settings
    loadout = arrange(loaded)
    problems = unshared(loaded, loadout)
    if problems:
        raise ConfigurationError(problems)
    if settings.vault.store == "memory":
        _log.warning(
            "each worker remembers for itself what upstreams keep for whom: `vault.store` sqlite or redis shares"
        )
    for engine in (loadout.engine, *loadout.tenants.values()):
        warm(engine)
    stale: dict[str, str] = {}
    looks: list[Callable[[], None]] = []
    data, admin = data_context(loaded), admin_context(loaded, stale, looks)
    listener, admin_listener = bind(settings.listen, "listen"), bind(settings.admin, "admin")

    with _socket_directory() as directory:
        sockets = [Path(directory) / f"w{number}" for number in range(1, settings.workers + 1)]

        def worker(number: int) -> Job:
            own = divided(loaded, number)

            def work(child: Child) -> None:
                admin_listener.close()
                gateway = build_gateway(own, loadout=latest(own, loadout))
                planes = serve(gateway, own, listener, sockets[number - 1], lambda _data, _admin: child.ready())
                planes.stop_when_readable(child.stop_fd)
                run(planes, gateway.aclose)

            return work

        def front(child: Child) -> None:
            front = Front(sockets, stale, looks)
            app = by_local_names(front.app, settings.admin, settings)
            server = Embedded(app, settings.admin, drain_s=1, context=admin, bounds=bounds_of(settings.limits))

            async def whole() -> None:
                loop = asyncio.get_running_loop()
                quiet_loop(loop)
                loop.add_reader(child.stop_fd, lambda: setattr(server, "should_exit", True))
                child.ready()
                await server.serve(sockets=[admin_listener])
                await front.aclose()

            asyncio.run(whole())

        def started() -> None:
            schemes = ["https" if context else "http" for context in (data, admin)]
            urls = [
                f"{scheme}://{Address(*each.getsockname()[:2])}"
                for scheme, each in zip(schemes, (listener, admin_listener), strict=True)
            ]
            _log.info("privacy-gateway serves %s/v1 (admin: %s) with %d workers", *urls, settings.workers)

        gc.collect()
        leave_out_what_stays()
        deque(onto_huge_pages(), maxlen=0)
        jobs = [worker(number) for number in range(1, settings.workers + 1)]
        return Supervisor(jobs, front, drain_s=settings.limits.drain_seconds, listener=listener, started=started).run()


def _socket_directory() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="pg-")
    except OSError as error:
        message = f"no directory can be made for the workers' sockets ({error.strerror})"
        problem = Problem("workers", 0, message, "a directory that can be written", "set TMPDIR to one")
        raise ConfigurationError([problem]) from None


def divided(loaded: Loaded, number: int) -> Loaded:
    """Return the settings of worker `number`: its own audit log, its part of the limits."""
    settings, limits = loaded.settings, loaded.settings.limits
    count = settings.workers
    part = limits.model_copy(
        update={
            "in_flight": -(-limits.in_flight // count),
            "in_flight_per_upstream": -(-limits.in_flight_per_upstream // count),
            "in_flight_bytes": max(limits.body_bytes, limits.in_flight_bytes // count),
            "connections": -(-limits.connections // count),
        }
    )
    writer = f"{settings.audit.writer}-w{number}" if settings.audit.writer else f"w{number}"
    audit = settings.audit.model_copy(update={"writer": writer})
    return replace(loaded, settings=settings.model_copy(update={"limits": part, "audit": audit}))


def unshared(loaded: Loaded, loadout: Loadout) -> list[Problem]:
    """Return what several workers would count for themselves."""
    problems = unshared_budgets(loaded, loadout)
    if loaded.limits_url is None and any(each.rate_limit or each.quota for each in _limited(loaded)):
        what = "tenants or credentials have rate limits or quotas"
        problems.append(counted_apart(loaded, what, "request_limits.redis_url"))
    return problems


def _limited(loaded: Loaded) -> Iterator[Issuer | Standing | TenantSettings]:
    """Yield whatever may have limits. A limit that is added to the file of keys later is each worker's own."""
    settings = loaded.settings
    yield from settings.tenants.values()
    if settings.identity is not None:
        yield from settings.identity.oidc
        if settings.identity.mtls is not None:
            yield from settings.identity.mtls.peers
        if settings.identity.api_keys is not None:
            yield from KeyRing(loaded.resolve(settings.identity.api_keys.file)).entries
