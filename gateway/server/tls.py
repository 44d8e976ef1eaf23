"""TLS on the gateway's own ports, and who is at the other end of a connection.

uvicorn keeps the transport from the app, so the certificate is read where the transport is: once for each connection,
in a subclass of its protocol, which puts it into the scope of every request (`PEER` in ASGI's `extensions`).

A client certificate is asked for where the settings name a CA for them, and must be there on the data port where
nothing else is accepted (on the admin port it never must: probes have none); the chain is verified by OpenSSL against
that CA alone. Sessions are not resumed, so that each connection shows its certificate anew.

Certificates, keys and the clients' CA are read again when their files change, which SPIFFE agents and cert-manager do
every hour: a handshake takes the newest context (OpenSSL's server name callback, which runs for every ClientHello), so
that no restart is needed and no connection is dropped. A CA that is taken out of its file is out with the next
handshake. Files that are broken or half written leave the last good ones, and the log says so.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.adapters.identity import PeerCertificate
from gateway.core.errors import ConfigurationError, Problem
from gateway.settings import Loaded
from gateway.settings.identity import TlsSettings

__all__ = ["LOOK_EVERY_S", "PEER", "PeerAwareProtocol", "admin_context", "data_context"]

LOOK_EVERY_S: Final = 1.0
"""How often files are looked at, at most."""
Look = Callable[[], None]
"""Looks at files, unless it did so shortly before."""
_log = logging.getLogger("privacy_gateway")

PEER: Final = "privacy_gateway.peer"
"""The key in a scope's `extensions` with the connection's `PeerCertificate`; absent where there is none."""


class PeerAwareProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which tells the app whose certificate the connection showed."""

    _extensions: dict[str, Any] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Read the certificate once for the connection."""
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        der = connection.getpeercert(binary_form=True) if connection is not None else None
        peer = PeerCertificate.from_der(der) if der else None
        if peer is not None:
            self._extensions = {PEER: peer}

    def on_message_begin(self) -> None:
        """Put it into the scope of each request."""
        super().on_message_begin()
        if self._extensions is not None:
            self.scope["extensions"] = self._extensions


class _Renewing:
    """Gives each handshake the context of the files as they are now.

    Args:
        make: makes a context from the files.
        files: what it is made from.
        clock: seconds, monotonic.
        told: called when the files were read again, with what is wrong with them; empty: nothing.
    """

    def __init__(
        self,
        make: Callable[[], ssl.SSLContext],
        files: Sequence[Path],
        clock: Callable[[], float],
        told: Callable[[str], None],
    ) -> None:
        self._make = make
        self._files = files
        self._clock = clock
        self._told = told
        self._seen = self._state()
        self._look_at = clock() + LOOK_EVERY_S
        self._newest = make()

    def first(self) -> ssl.SSLContext:
        """Return the context that a server begins with; it hands every handshake on to the newest one."""
        context = self._make()
        context.sni_callback = self._hand_on
        return context

    def _hand_on(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        self.look()
        connection.context = self._newest

    def look(self) -> None:
        """Read the files again if they changed since they were last looked at."""
        now = self._clock()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        try:
            self._newest = self._make()
        except ConfigurationError as error:
            _log.error("a certificate is broken, the last good one holds: %s", error)
            self._told(f"a certificate is broken, the last good one holds: {error}")
        else:
            self._told("")
            _log.info("certificates were read again: %s", ", ".join(str(file) for file in self._files))

    def _state(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(_entry(file) for file in self._files)


def _entry(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def data_context(
    loaded: Loaded,
    stale: dict[str, str] | None = None,
    clock: Callable[[], float] = time.monotonic,
    looks: list[Look] | None = None,
) -> ssl.SSLContext | None:
    """Return the TLS context of the data port; None: plain HTTP.

    Args:
        loaded: the settings.
        stale: what is wrong with its files is kept here, by the setting's name, while the last good ones hold.
        clock: seconds, monotonic.
        looks: gets what looks at the files, though nobody connects.

    Raises:
        ConfigurationError: if a file of it can't be used.
    """
    identity = loaded.settings.identity
    only = identity is not None and identity.api_keys is None and not identity.oidc
    return _context(loaded, "tls", ssl.CERT_REQUIRED if only else ssl.CERT_OPTIONAL, stale, clock, looks)


def admin_context(
    loaded: Loaded, stale: dict[str, str] | None, looks: list[Look] | None = None
) -> ssl.SSLContext | None:
    """Return the TLS context of the admin port; None: plain HTTP. Arguments as of `data_context`.

    Raises:
        ConfigurationError: if a file of it can't be used.
    """
    return _context(loaded, "admin_tls", ssl.CERT_OPTIONAL, stale, time.monotonic, looks)


def _context(
    loaded: Loaded,
    name: str,
    verify: ssl.VerifyMode,
    stale: dict[str, str] | None,
    clock: Callable[[], float],
    looks: list[Look] | None,
) -> ssl.SSLContext | None:
    tls: TlsSettings | None = getattr(loaded.settings, name)
    if tls is None:
        return None
    certificate, key = loaded.resolve(tls.certificate), loaded.resolve(tls.key)
    identity = loaded.settings.identity
    ca = loaded.resolve(identity.mtls.ca) if identity is not None and identity.mtls is not None else None

    def make() -> ssl.SSLContext:
        context = _server(certificate, key, name)
        if ca is not None:
            _ask_clients(context, ca, verify)
        return context

    told = partial(({} if stale is None else stale).__setitem__, name)
    renewing = _Renewing(make, [certificate, key, *([ca] if ca is not None else [])], clock, told)
    if looks is not None:
        looks.append(renewing.look)
    return renewing.first()


def _server(certificate: Path, key: Path, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    context.set_alpn_protocols(["http/1.1"])
    try:
        for file in (certificate, key):
            _regular(file)
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except (OSError, ssl.SSLError, ValueError):
        raise _unusable(name, certificate, "a PEM certificate and its private key, without passphrase") from None
    return context


def _ask_clients(context: ssl.SSLContext, ca: Path, verify: ssl.VerifyMode) -> None:
    try:
        _regular(ca)
        context.load_verify_locations(cafile=str(ca))
    except (OSError, ssl.SSLError):
        raise _unusable("identity.mtls.ca", ca, "a PEM file of CA certificates") from None
    context.verify_mode = verify


def _regular(file: Path) -> None:
    """Raise OSError if `file` is none: OpenSSL would wait at a pipe, and every connection with it."""
    if not file.is_file():
        raise OSError


def _no_passphrase() -> str:
    """Say that there is none, where OpenSSL would ask on the terminal."""
    return ""


def _unusable(name: str, file: Path, expected: str) -> ConfigurationError:
    return ConfigurationError([Problem(name, 0, f"{file} cannot be used", expected)])
