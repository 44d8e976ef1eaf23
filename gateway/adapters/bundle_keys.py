"""The keys that policy bundles are signed and checked with: Ed25519 (RFC 8032), in PEM files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.adapters.ed25519 import private_key_in, verifies
from gateway.adapters.regular_file import content_of
from gateway.core.errors import ConfigurationError, Problem

__all__ = ["BundleKey", "SigningKey", "private_key", "public_key"]


class BundleKey:
    """A public key that bundles are checked with.

    Attributes:
        id: SHA-256 of the key's SubjectPublicKeyInfo (RFC 5280), hex; DSSE's `keyid`, a hint only.
    """

    __slots__ = ("_key", "id")

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self.id = _id_of(key)

    def __repr__(self) -> str:
        return f"BundleKey({self.id[:8]})"

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return whether `signature` over `message` was made with this key."""
        return verifies(self._key, signature, message)


class SigningKey:
    """A private key that bundles are signed with.

    Attributes:
        id: of its public key, as `BundleKey` has it.
    """

    __slots__ = ("_key", "id")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.id = _id_of(key.public_key())

    def __repr__(self) -> str:
        return f"SigningKey({self.id[:8]})"

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message`."""
        return self._key.sign(message)


def _id_of(key: Ed25519PublicKey) -> str:
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def public_key(path: Path) -> BundleKey:
    """Return the Ed25519 public key in a PEM file (`openssl pkey -pubout`).

    Raises:
        ConfigurationError: if it cannot be read or is none.
    """
    try:
        key = serialization.load_pem_public_key(content_of(path))
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})", "a public key") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise _refused(path, "is no Ed25519 public key in PEM", "the output of openssl pkey -pubout")
    return BundleKey(key)


def private_key(path: Path) -> SigningKey:
    """Return the Ed25519 private key in a PEM file without passphrase (`openssl genpkey -algorithm ed25519`).

    Raises:
        ConfigurationError: if it cannot be read or is none.
    """
    try:
        key = private_key_in(path.read_bytes())
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})", "a private key") from None
    if key is None:
        raise _refused(
            path, "is no Ed25519 private key in PEM without passphrase", "openssl genpkey -algorithm ed25519"
        )
    return SigningKey(key)


def _refused(path: Path, message: str, expected: str) -> ConfigurationError:
    return ConfigurationError([Problem(str(path), 0, message, expected)])
