"""Who asks: API keys, OIDC tokens, client certificates; and how often they may."""

from gateway.adapters.identity.authenticator import Authenticator, Credential
from gateway.adapters.identity.jwks import HttpFetch, Jwks
from gateway.adapters.identity.keys import KeyRing
from gateway.adapters.identity.limits import MemoryLimits
from gateway.adapters.identity.shared_limits import SharedLimits
from gateway.adapters.identity.spiffe import PeerCertificate, Peers
from gateway.adapters.identity.tokens import TokenVerifier

__all__ = [
    "Authenticator",
    "Credential",
    "HttpFetch",
    "Jwks",
    "KeyRing",
    "MemoryLimits",
    "PeerCertificate",
    "Peers",
    "SharedLimits",
    "TokenVerifier",
]
