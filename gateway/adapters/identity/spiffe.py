"""Client certificates with SPIFFE IDs: who is at the other end of the connection.

After the SPIFFE X.509-SVID standard: exactly one URI in the certificate, `spiffe://trust-domain/path`; a leaf, not a
signing certificate. TLS has verified the chain to the settings' CA before any of this runs; what is checked here
is what TLS doesn't check, and the certificate's time again, because a connection may outlive it.

An id stands for somebody only by the table in the settings: a certificate of the right domain alone is nobody.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from gateway.core.errors import Unauthorized
from gateway.core.identity import Identity

__all__ = ["SPIFFE_ID", "PeerCertificate", "Peers"]

SPIFFE_ID: Final = re.compile(r"spiffe://(?P<domain>[a-z0-9._-]{1,255})(?P<path>(?:/[A-Za-z0-9._-]+){1,64})\Z")
"""By the SPIFFE ID standard, 2: no query, fragment, port, user or escape; segments are not empty."""
_MAX_LENGTH: Final = 2048


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """What matters of the certificate of a connection's other end.

    Attributes:
        uris: its URI subject alternative names.
        not_after: seconds since 1970.
        may_sign: whether it is a CA's, or may sign certificates.
    """

    uris: tuple[str, ...]
    not_after: float
    may_sign: bool

    @classmethod
    def from_der(cls, der: bytes) -> PeerCertificate | None:
        """Return what matters of a certificate that TLS has verified; None if it can't be read."""
        try:
            certificate = x509.load_der_x509_certificate(der)
            extensions = certificate.extensions
        except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            return None
        uris: list[str] = []
        may_sign = False
        for extension in extensions:
            match extension.value:
                case x509.SubjectAlternativeName() as names:
                    uris += names.get_values_for_type(x509.UniformResourceIdentifier)
                case x509.BasicConstraints() as constraints:
                    may_sign |= constraints.ca
                case x509.KeyUsage() as usage:
                    may_sign |= usage.key_cert_sign or usage.crl_sign
        return cls(tuple(uris), certificate.not_valid_after_utc.timestamp(), may_sign)


class Peers:
    """Whom SPIFFE IDs stand for.

    Args:
        trust_domain: the only one that is accepted.
        table: SPIFFE ID to identity.
        clock: seconds since 1970.
    """

    def __init__(
        self, trust_domain: str, table: Mapping[str, Identity], clock: Callable[[], float] = time.time
    ) -> None:
        self._trust_domain = trust_domain
        self._table = dict(table)
        self._clock = clock

    def identify(self, peer: PeerCertificate) -> Identity:
        """Return whom `peer` stands for.

        Raises:
            Unauthorized: if it is nobody's, expired, or no X.509-SVID.
        """
        if self._clock() >= peer.not_after:
            raise Unauthorized("the client certificate is expired")
        if peer.may_sign:
            raise Unauthorized("the client certificate may sign others")
        if len(peer.uris) != 1:
            raise Unauthorized("the client certificate has no URI, or several")
        uri = peer.uris[0]
        found = SPIFFE_ID.match(uri) if len(uri) <= _MAX_LENGTH else None
        if found is None or any(part in {".", ".."} for part in found["path"].split("/")):
            raise Unauthorized("the client certificate's URI is no SPIFFE ID")
        if found["domain"] != self._trust_domain:
            raise Unauthorized("the client certificate is of another trust domain")
        identity = self._table.get(uri)
        if identity is None:
            raise Unauthorized("the client certificate's SPIFFE ID is not in the settings")
        return identity
