"""Who asks: API keys, OIDC tokens, client certificates; and how often they may.

OIDC is in `jwks` and `tokens`, to be imported from there where the settings name an issuer: its libraries are many.
"""

from gateway.adapters.identity.authenticator import Authenticator, Credential
from gateway.adapters.identity.keys import KeyRing
from gateway.adapters.identity.limits import MemoryLimits
from gateway.adapters.identity.shared_limits import SharedLimits
from gateway.adapters.identity.spiffe import PeerCertificate, Peers

__all__ = [
    "Authenticator",
    "Credential",
    "KeyRing",
    "MemoryLimits",
    "PeerCertificate",
    "Peers",
    "SharedLimits",
]
