"""Client certificates: what makes one a SPIFFE peer, and what doesn't."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.identity.spiffe import PeerCertificate, Peers
from gateway.core.errors import Unauthorized
from gateway.core.identity import Identity
from gateway.core.model import Principal
from tests.fakes.certificates import Authority

ID = "spiffe://acme.example/ns/billing/sa/app"
IDENTITY = Identity(Principal("app", "acme"))
PEERS = Peers("acme.example", {ID: IDENTITY, "spiffe://other.example/app": IDENTITY}, clock=lambda: 1000.0)
GOOD = PeerCertificate((ID,), not_after=2000.0, may_sign=False)


def test_a_listed_id_says_who_asks() -> None:
    assert PEERS.identify(GOOD) is IDENTITY


@pytest.mark.parametrize(
    "peer",
    [
        replace(GOOD, uris=()),
        replace(GOOD, uris=(ID, ID)),
        replace(GOOD, uris=(ID, "https://acme.example/")),
        replace(GOOD, uris=("spiffe://acme.example/ns/billing/sa/other",)),
        replace(GOOD, uris=("spiffe://other.example/app",)),
        replace(GOOD, uris=("spiffe://ACME.example/ns/billing/sa/app",)),
        replace(GOOD, uris=("SPIFFE://acme.example/ns/billing/sa/app",)),
        replace(GOOD, uris=(ID + "/",)),
        replace(GOOD, uris=(ID + "?x=1",)),
        replace(GOOD, uris=(ID + "#x",)),
        replace(GOOD, uris=(ID + "\n",)),
        replace(GOOD, uris=("spiffe://user@acme.example/ns/billing/sa/app",)),
        replace(GOOD, uris=("spiffe://acme.example:443/ns/billing/sa/app",)),
        replace(GOOD, uris=("spiffe://acme.example/ns/x/../billing/sa/app",)),
        replace(GOOD, uris=("spiffe://acme.example",)),
        replace(GOOD, uris=("https://acme.example/ns/billing/sa/app",)),
        replace(GOOD, not_after=1000.0),
        replace(GOOD, may_sign=True),
    ],
)
def test_anything_else_is_nobody(peer: PeerCertificate) -> None:
    with pytest.raises(Unauthorized):
        PEERS.identify(peer)


def test_a_certificate_is_read() -> None:
    authority = Authority()
    read = PeerCertificate.from_der(authority.issue(uris=[ID], lasts=timedelta(hours=1)).der())
    assert read is not None
    assert (read.uris, read.may_sign) == ((ID,), False)
    assert 3500 < read.not_after - time.time() < 3700
    signer = PeerCertificate.from_der(authority.issue(uris=[ID], ca=True).der())
    assert signer is not None
    assert signer.may_sign
    assert PeerCertificate.from_der(b"no certificate") is None
