"""The key that signs the head of the audit log, and the public key that checks it.

Ed25519 (RFC 8032). The private key is PKCS #8 PEM, so that `openssl` reads it; made at the first start, mode 0600,
unless settings name one. The public key stands beside the log as a verifier key in the text form of C2SP
signed notes (`<name>+<key id>+<base64>`): keep a copy elsewhere, for who can rewrite the log can rewrite that
file as well.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.adapters.audit.disk import Disk
from gateway.adapters.ed25519 import private_key_in, verifies
from gateway.core.errors import AuditError

__all__ = ["KEY_FILE", "NAME", "VERIFIER_FILE", "Signer", "Verifier", "load_signer", "load_verifier"]

KEY_FILE = "audit.key"
VERIFIER_FILE = "audit.vkey"
NAME = "privacy-gateway/audit"
_ED25519 = b"\x01"
_KEY_BYTES = 32
_ID_BYTES = 4


class Verifier:
    """A public key.

    Attributes:
        id: 8 hex digits, from name and key (C2SP signed-note).
    """

    __slots__ = ("_key", "_raw", "id")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._key = Ed25519PublicKey.from_public_bytes(raw)
        self.id = hashlib.sha256(NAME.encode() + b"\n" + _ED25519 + raw).digest()[:_ID_BYTES].hex()

    def __str__(self) -> str:
        return f"{NAME}+{self.id}+{base64.b64encode(_ED25519 + self._raw).decode()}"

    def __repr__(self) -> str:
        return f"Verifier({self.id})"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Return the key that `text` spells.

        Raises:
            ValueError: if it is not an Ed25519 verifier key of an audit log in its one exact spelling.
        """
        _, _, encoded = text.split("+", 2) if text.count("+") > 1 else ("", "", "")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError("not a verifier key") from None
        if len(raw) != 1 + _KEY_BYTES or raw[:1] != _ED25519:
            raise ValueError("not an Ed25519 verifier key")
        verifier = cls(raw[1:])
        if str(verifier) != text:
            raise ValueError("the key's name or id does not belong to the key")
        return verifier

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return whether `signature` over `message` was made with this key."""
        return verifies(self._key, signature, message)


class Signer:
    """A private key; hidden from `repr`."""

    __slots__ = ("_key", "verifier")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier = Verifier(key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"Signer({self.verifier.id})"

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message`, 64 bytes."""
        return self._key.sign(message)


def load_signer(path: Path, disk: Disk) -> Signer:
    """Return the key in `path`; make one if there is none.

    Raises:
        AuditError: if the file cannot be read, cannot be made, or holds no Ed25519 key without passphrase.
    """
    try:
        if not path.exists():
            _make(path, disk)
        pem = path.read_bytes()
    except OSError as error:
        raise AuditError(f"audit key {path}: {error.strerror}") from error
    key = private_key_in(pem)
    if key is None:
        raise AuditError(
            f"audit key {path}: expected an Ed25519 private key in PEM without passphrase"
            " (openssl genpkey -algorithm ed25519)"
        )
    return Signer(key)


def _make(path: Path, disk: Disk) -> None:
    """Make a key at `path`. Of several workers that start together exactly one wins; the others use its key."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    disk.make_directory(path.parent)
    fresh = path.with_name(f"{path.name}.made-{secrets.token_hex(6)}")
    disk.create(fresh, pem)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another worker was first
    finally:
        fresh.unlink()
    disk.sync_directory(path.parent)


def load_verifier(path: Path) -> Verifier:
    """Return the public key in `path`.

    Raises:
        AuditError: if the file cannot be read or holds no such key.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AuditError(f"public key {path}: {error.strerror}") from error
    try:
        return Verifier.parse(data.decode("ascii").removesuffix("\n"))
    except ValueError as error:
        raise AuditError(
            f"public key {path}: {error}; expected one line such as {NAME}+1a2b3c4d+AQ…, the content of {VERIFIER_FILE}"
        ) from None
