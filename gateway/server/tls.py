"""TLS on the gateway's own ports, and who is at the other end of a connection.

uvicorn keeps the transport from the app, so the certificate is read where the transport is: once for each connection,
in a subclass of its protocol, which puts it into the scope of every request (`PEER` in ASGI's `extensions`).

A client certificate is asked for where the settings name a CA for them, and must be there where nothing else is
accepted; the chain is verified by OpenSSL against that CA alone. Sessions are not resumed, so that each connection
shows its certificate anew.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.adapters.identity import PeerCertificate
from gateway.core.errors import ConfigurationError, Problem
from gateway.settings import Loaded
from gateway.settings.identity import TlsSettings

__all__ = ["PEER", "PeerAwareProtocol", "admin_context", "data_context"]

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


def data_context(loaded: Loaded) -> ssl.SSLContext | None:
    """Return the TLS context of the data port; None: plain HTTP.

    Raises:
        ConfigurationError: if a file of it can't be used.
    """
    settings = loaded.settings
    context = _context(loaded, settings.tls, "tls")
    identity = settings.identity
    if context is not None and identity is not None and identity.mtls is not None:
        ca = loaded.resolve(identity.mtls.ca)
        try:
            context.load_verify_locations(cafile=str(ca))
        except (OSError, ssl.SSLError):
            raise _unusable("identity.mtls.ca", ca, "a PEM file of CA certificates") from None
        others = identity.api_keys is not None or bool(identity.oidc)
        context.verify_mode = ssl.CERT_OPTIONAL if others else ssl.CERT_REQUIRED
    return context


def admin_context(loaded: Loaded) -> ssl.SSLContext | None:
    """Return the TLS context of the admin port; None: plain HTTP.

    Raises:
        ConfigurationError: if a file of it can't be used.
    """
    return _context(loaded, loaded.settings.admin_tls, "admin_tls")


def _context(loaded: Loaded, tls: TlsSettings | None, name: str) -> ssl.SSLContext | None:
    if tls is None:
        return None
    certificate, key = loaded.resolve(tls.certificate), loaded.resolve(tls.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except (OSError, ssl.SSLError, ValueError):
        raise _unusable(name, certificate, "a PEM certificate and its private key, without passphrase") from None
    return context


def _no_passphrase() -> str:
    """Say that there is none, where OpenSSL would ask on the terminal."""
    return ""


def _unusable(name: str, file: Path, expected: str) -> ConfigurationError:
    return ConfigurationError([Problem(name, 0, f"{file} cannot be used", expected)])
