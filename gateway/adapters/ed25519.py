"""Ed25519 (RFC 8032), as bundles and the audit log use it: private keys in PEM, and whether a signature is a key's."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["private_key_in", "verifies"]


def verifies(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Return whether `signature` over `message` was made with the private half of `key`."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def private_key_in(pem: bytes) -> Ed25519PrivateKey | None:
    """Return the key in `pem`; None: it holds no Ed25519 private key, or one that a passphrase hides."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PrivateKey) else None
