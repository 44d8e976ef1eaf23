"""From settings to two running planes, and what is said on the way."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from gateway.assembly import Gateway, build_gateway
from gateway.core.collector import collector_paused, leave_out_what_stays
from gateway.core.errors import AuditError, ConfigurationError, Problem
from gateway.detect.compiled import missing
from gateway.loadout import preparations, warm
from gateway.server.a2a import A2a
from gateway.server.admin import admin_app
from gateway.server.data import data_app
from gateway.server.hosts import by_local_names
from gateway.server.huge_pages import onto_huge_pages
from gateway.server.lists import Lists
from gateway.server.logs import configure
from gateway.server.mcp import Mcp
from gateway.server.models import Models
from gateway.server.relay import Relay
from gateway.server.reload import PolicyWatch, keep_texts
from gateway.server.run import Planes, run
from gateway.server.tls import admin_context, data_context
from gateway.server.wire import bounds_of, leave_no_core, raise_descriptor_limit
from gateway.settings import Loaded

__all__ = ["Started", "planes", "serve_until_stopped", "serving"]

_log = logging.getLogger("privacy_gateway")

_STEP_EVERY_S: Final = 0.002

Started = Callable[[str, str], None]
"""Called with the base URLs of the data and the admin plane once both accept connections."""


def serve_until_stopped(loaded: Loaded, *, log_level: str = "info") -> int:
    """Run the gateway until a signal stops it; return the exit status.

    Raises:
        ConfigurationError: with everything that is wrong; nothing has been opened then.
    """
    configure(log_level)
    raise_descriptor_limit()
    leave_no_core()
    if not loaded.upstreams and not loaded.agents:
        raise ConfigurationError(
            [
                Problem(
                    str(loaded.file or "settings"),
                    0,
                    "there is no upstream, so no request could go anywhere",
                    "a list `upstreams`",
                    "run privacy-gateway init DIR and edit DIR/gateway.yaml, or try privacy-gateway demo",
                )
            ]
        )
    if loaded.key_is_ephemeral:
        _log.warning("no `key` in the settings: placeholders will change with a restart, and replicas will differ")

    if missing():
        _log.warning("%s not compiled, for want of a C compiler: several times the CPU", ", ".join(missing()))

    if loaded.settings.identity is None and not loaded.settings.listen.is_loopback:
        _log.warning("no `identity` in the settings: everybody who reaches %s may ask", loaded.settings.listen)

    for upstream in loaded.upstreams:
        _log.info("upstream %s: zone %s, clearance %s", upstream.name, upstream.zone.value, upstream.clearance.label)
    if loaded.settings.workers > 1:
        from gateway.server.workers import serve_with_workers

        return serve_with_workers(loaded, _worker)
    with collector_paused():
        gateway = build_gateway(loaded)
        _open_audit(gateway)
        warm(gateway.engine)
        leave_out_what_stays()

    def started(data: str, admin: str) -> None:
        _log.info("privacy-gateway serves %s/v1 (admin: %s)", data, admin)

    idle = chain(preparations(gateway.engine), onto_huge_pages())
    run(planes(gateway, loaded, started, idle=idle), gateway.aclose)
    return 0


def _worker(gateway: Gateway, loaded: Loaded, listener: socket.socket, admin: Path, started: Started) -> Planes:
    """Return the planes of one worker of several."""
    _open_audit(gateway)
    return planes(gateway, loaded, started, (listener, admin), idle=preparations(gateway.engine))


def _open_audit(gateway: Gateway) -> None:
    """Take the audit log into use before the first request.

    Raises:
        ConfigurationError: if it is locked, unwritable, or does not fit its signed head.
    """
    try:
        recovered = gateway.audit.start()
    except AuditError as error:
        mend = "see docs/audit.md; privacy-gateway audit verify tells what is wrong"
        if isinstance(error.__cause__, OSError):
            mend = "let this user write there, or choose another: --audit-directory DIR"
        raise ConfigurationError([Problem("audit.directory", 0, str(error), mend=mend)]) from None
    if recovered.unsigned or recovered.torn_bytes:
        _log.warning(
            "audit log recovered: %d records behind its head, %d torn bytes set aside",
            recovered.unsigned,
            recovered.torn_bytes,
        )
    keep_texts(gateway)


async def _between_requests(steps: Iterable[None]) -> None:
    """Do what need not be done before the first request, in steps of about a millisecond."""
    for _ in steps:
        await asyncio.sleep(_STEP_EVERY_S)


def planes(
    gateway: Gateway,
    loaded: Loaded,
    started: Started,
    places: tuple[socket.socket, Path] | None = None,
    *,
    idle: Iterable[None] = (),
) -> Planes:
    """Return both servers over `gateway`, at the settings' addresses or at `places`; do `idle` between requests."""
    relay = Relay(gateway)
    agents = Mcp(gateway, relay.capacity), A2a(gateway, relay.capacity)

    async def drained() -> None:
        await asyncio.gather(relay.drain(), *(each.drain() for each in agents))

    settings, limits = loaded.settings, loaded.settings.limits
    listen, admin = places or (settings.listen, settings.admin)
    app = data_app(relay, Models(gateway), Lists(gateway), gateway.dialects, agents)
    return Planes(
        (by_local_names(app, settings.listen, settings), listen),
        (by_local_names(admin_app(gateway), settings.admin, settings), admin),
        drain_s=limits.drain_seconds,
        draining=gateway.begin_to_drain,
        drained=drained,
        started=started,
        beside=(PolicyWatch(gateway, loaded).run, partial(_between_requests, idle)),
        contexts=(
            data_context(loaded, gateway.stale, looks=gateway.looks),
            admin_context(loaded, gateway.stale, gateway.looks) if places is None else None,
        ),
        bounds=bounds_of(limits),
    )


@asynccontextmanager
async def serving(gateway: Gateway, loaded: Loaded) -> AsyncIterator[tuple[Planes, str, str]]:
    """Serve inside a running event loop; yield the planes and the base URLs of data and admin; stop at the end."""
    _open_audit(gateway)
    ready = asyncio.Event()
    addresses: list[str] = []

    def started(data: str, admin: str) -> None:
        addresses.extend((data, admin))
        ready.set()

    servers = planes(gateway, loaded, started)
    task = asyncio.create_task(servers.serve())
    task.add_done_callback(lambda _: ready.set())
    try:
        await ready.wait()
        if not addresses:
            await task  # raises why it did not start
        yield servers, addresses[0], addresses[1]
    finally:
        if not task.done():
            servers.stop()
        await task
        await gateway.aclose()
