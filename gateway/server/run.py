"""Running the data plane and the admin plane in one process, and stopping without dropping a request.

On SIGTERM, SIGINT or SIGHUP readiness turns false at once, the data port stops accepting, running requests (streams
too) may end within the drain time, and the admin port closes last, so that probes and metrics see the whole drain. A
second signal ends at once. SIGHUP is left alone where it is ignored (nohup); files are watched, so nobody needs it to
reload.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from gateway.core.errors import ConfigurationError, Problem
from gateway.server.logs import quiet_loop
from gateway.server.sealed import Sealed
from gateway.server.wire import Bounds, bounded_protocol
from gateway.settings import Address

__all__ = ["Embedded", "Planes", "bind", "ending_signals", "run"]

_SWITCH_S = 0.001
"""Large bodies are planned in a thread: how long the event loop waits for its turn beside it. Python's own 0.005 took
the median of 1 KB requests beside a body of 1 MB from 3 ms to 10; a thousandth of a second, to 6."""
_FIRST_LOOK_S = 0.001
_LOOK_S = 0.05
"""How often it is looked whether the last requests have ended: first at once, then ever more seldom."""

_CUT_OFF_S = 1.0
_BACKLOG = 2048
_KEEP_ALIVE_S = 75
"""An idle connection is kept longer than clients (httpx: 5 s) and load balancers (60 s) keep theirs: whoever closes
must not be the one that is asked, or a request that is sent at that moment is lost. uvicorn's 5 s are httpx's."""

_log = logging.getLogger("privacy_gateway")


class Embedded(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs it: `Planes` has two servers to stop in order.

    uvicorn looks ten times a second whether it should end; this one is told, and ends as soon as nothing runs.
    """

    def __init__(
        self,
        app: ASGIApp,
        place: Address | Path,
        *,
        drain_s: int,
        context: ssl.SSLContext | None = None,
        bounds: Bounds = Bounds(),  # noqa: B008 - immutable
    ) -> None:
        self._told_to_exit = asyncio.Event()
        super().__init__(
            uvicorn.Config(
                Sealed(app),
                host=place.host if isinstance(place, Address) else "",
                port=place.port if isinstance(place, Address) else 0,
                uds=str(place) if isinstance(place, Path) else None,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=drain_s,
                http=bounded_protocol(bounds),
                ws="none",
                ssl_context_factory=(lambda _config, _default: context) if context is not None else None,
            )
        )

    @property
    def should_exit(self) -> bool:
        """Whether it is to end."""
        return self._told_to_exit.is_set()

    @should_exit.setter
    def should_exit(self, told: bool) -> None:
        if told:
            self._told_to_exit.set()

    async def main_loop(self) -> None:
        """Wait until it is to end."""
        await self.on_tick(0)  # it sets the headers of all answers
        await self._told_to_exit.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and end when those that there are have ended, or after the drain time."""
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._drained()
        running = tuple(self.server_state.tasks)
        if running:
            _log.warning("%d requests did not end in time and are cut off", len(running))
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=_CUT_OFF_S)  # what they record of it is waited for after this
        await self.lifespan.shutdown()  # at once here; what is not told is cancelled at the end, and logs a traceback

    async def _drained(self) -> None:
        pause = _FIRST_LOOK_S
        while (self.server_state.connections or self.server_state.tasks) and not self.force_exit:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LOOK_S)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signal handlers as they are."""
        yield


class Planes:
    """The two servers of a gateway.

    Args:
        data: the data plane's app, and where it listens: an address, or a socket that is listening already.
        admin: the admin plane's app, and where it listens: an address, or the path of a Unix socket.
        drain_s: seconds that the data plane's running requests have to end in; the admin plane's have one.
        draining: called once when the gateway begins to stop.
        drained: awaited when the data plane has ended.
        beside: run beside the servers until the data plane has ended, then cancelled.
        started: called once when both ports accept connections, with their real base URLs.
        contexts: TLS of the data and the admin plane; None: plain HTTP.
        bounds: what a connection may take.
    """

    def __init__(
        self,
        data: tuple[ASGIApp, Address | socket.socket],
        admin: tuple[ASGIApp, Address | Path],
        *,
        drain_s: int,
        draining: Callable[[], None],
        drained: Callable[[], Awaitable[None]],
        started: Callable[[str, str], None] = lambda _data, _admin: None,
        beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
        contexts: tuple[ssl.SSLContext | None, ssl.SSLContext | None] = (None, None),
        bounds: Bounds = Bounds(),  # noqa: B008 - immutable
    ) -> None:
        address = data[1] if isinstance(data[1], Address) else Address("", 0)
        self._data = Embedded(data[0], address, drain_s=drain_s, context=contexts[0], bounds=bounds)
        self._admin = Embedded(*admin, drain_s=1, context=contexts[1], bounds=bounds)
        self._schemes = tuple("https" if context else "http" for context in contexts)
        self._places = (data[1], admin[1])
        self._stop_fd = -1
        self._asked = 0
        self._draining = draining
        self._ended = asyncio.Event()
        self._drained = drained
        self._started = started
        self._beside = tuple(beside)

    async def serve(self) -> None:
        """Serve until stopped.

        Raises:
            ConfigurationError: if a port cannot be bound.
        """
        sys.setswitchinterval(_SWITCH_S)
        listen, at = self._places
        listener = bind(listen, "listen") if isinstance(listen, Address) else listen
        admin_listener = bind(at, "admin") if isinstance(at, Address) else None
        # Asked now: who is told to stop while it starts has closed the sockets before it is told where they were.
        urls = self._url(0, listener), self._url(1, admin_listener) if admin_listener else f"unix:{at}"
        admin = asyncio.create_task(self._admin.serve(sockets=[admin_listener] if admin_listener else None))
        data = asyncio.create_task(self._data.serve(sockets=[listener]))
        beside = [asyncio.create_task(run()) for run in self._beside]
        loop = asyncio.get_running_loop()
        quiet_loop(loop)
        ending = ending_signals()
        for number in ending:
            loop.add_signal_handler(number, self.stop)
        if self._stop_fd >= 0:
            loop.add_reader(self._stop_fd, self._told_to_stop, loop)
        try:
            while not (self._data.started and self._admin.started) and not (data.done() or admin.done()):
                await asyncio.sleep(0.005)
            self._started(*urls)
            await asyncio.wait({data, admin}, return_when=asyncio.FIRST_COMPLETED)
            if not data.done():
                self._begin_to_stop()
                await data
        finally:
            for number in ending:
                loop.remove_signal_handler(number)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            self._ended.set()
            await self._drained()
            self._admin.should_exit = True
            await admin

    def _url(self, plane: int, listener: socket.socket) -> str:
        return f"{self._schemes[plane]}://{Address(*listener.getsockname()[:2])}"

    def stop_when_readable(self, fd: int) -> None:
        """Begin to drain, once, when `fd` can be read or its other end is closed."""
        self._stop_fd = fd

    def _told_to_stop(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._stop_fd)
        self._begin_to_stop()

    async def ended(self) -> None:
        """Wait until the data plane has ended."""
        await self._ended.wait()

    @property
    def stopping(self) -> bool:
        """Whether the data plane was told to end."""
        return self._data.should_exit

    def stop(self) -> None:
        """Begin to drain; called again: end at once.

        Who was told by `stop_when_readable` before is not asked for the second time: a service manager may send its
        signal to all processes at once, and the parent's word may be here first.
        """
        self._asked += 1
        if self._asked > 1:
            self._data.force_exit = True
        self._begin_to_stop()

    def _begin_to_stop(self) -> None:
        if not self._data.should_exit:
            self._draining()
            self._data.should_exit = True


def run(planes: Planes, close: Callable[[], Awaitable[None]]) -> None:
    """Serve until stopped, on uvloop where there is one, then `close`."""

    async def whole() -> None:
        try:
            await planes.serve()
        finally:
            await close()

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(whole())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end the gateway in order; a closed terminal must not cut streams off, nor end `nohup`."""
    ending = (signal.SIGTERM, signal.SIGINT)
    return ending if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*ending, signal.SIGHUP)


def bind(address: Address, name: str) -> socket.socket:
    """Return a socket that listens; `name` is the setting's.

    It listens at once: Linux lets two sockets be bound to one port, and tells of it only when the second listens.

    Raises:
        ConfigurationError: if the port cannot be bound.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address.host, address.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            [
                Problem(
                    file=f"{name}: {address}",
                    line=0,
                    message=f"the port cannot be bound ({error.strerror or type(error).__name__})",
                    mend=f"stop what uses it, or choose another: --{name} HOST:PORT",
                )
            ]
        ) from None
    return listener
