"""Keys and seals of the vault: AES-256-GCM (NIST SP 800-38D) under a key for each tenant (HKDF-SHA256, RFC 5869).

Decisions kept here:

* Every name in a store is an HMAC under the tenant's own key, so a copy of the store tells neither ids nor tenants, and
  the same id of two tenants has two names.
* A seal is bound to the name it stands under (additional data): one that was moved to another id, or changed in a
  single bit, does not open, and nothing is known then (`VaultError`).
* A random nonce of 96 bits for each seal: safe for 2^32 seals under one key, which is a record a second for a century.
"""

from __future__ import annotations

import hmac
import secrets
import zlib
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.core.errors import VaultError

__all__ = ["MAX_RECORD_BYTES", "Seals", "TenantKeys"]

MAX_RECORD_BYTES: Final = 8 * 2**20
"""A record larger than this, before it is compressed, is neither written nor read."""
_NONCE: Final = 12
_VERSION: Final = b"\x01"
_TENANTS: Final = 256
"""Tenants whose derived keys are kept at hand."""


class TenantKeys:
    """What one tenant's names and seals are made with."""

    __slots__ = ("_names", "_sealing")

    def __init__(self, key: bytes, tenant: str) -> None:
        def derived(use: bytes) -> bytes:
            info = b"privacy-gateway vault v1 " + use + b" " + tenant.encode("utf-8", "surrogatepass")
            return HKDF(SHA256(), 32, salt=None, info=info).derive(key)

        self._names = derived(b"names")
        self._sealing = AESGCM(derived(b"seals"))

    def name(self, *parts: str) -> bytes:
        """Return the keyed digest of `parts`, each led by its length, so that no two lists of parts are alike."""
        message = bytearray()
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            message += len(data).to_bytes(8, "big") + data
        return hmac.digest(self._names, bytes(message), "sha256")

    def seal(self, name: bytes, record: bytes) -> bytes:
        """Return `record` compressed and sealed to `name`.

        Raises:
            VaultError: if it is too large.
        """
        if len(record) > MAX_RECORD_BYTES:
            raise VaultError("there is more to remember of one id than the vault takes")
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + self._sealing.encrypt(nonce, zlib.compress(record, 1), _VERSION + name)

    def open(self, name: bytes, sealed: bytes) -> bytes:
        """Return the record that was sealed to `name`.

        Raises:
            VaultError: if it was not, or was changed.
        """
        nonce, rest = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            inflate = zlib.decompressobj()
            record = inflate.decompress(self._sealing.decrypt(nonce, rest, _VERSION + name), MAX_RECORD_BYTES)
        except (InvalidTag, ValueError, zlib.error):
            raise VaultError("a record of the vault was changed, moved, or sealed with another key") from None
        return record


class Seals:
    """The keys of all tenants, derived from the gateway's.

    Args:
        key: the gateway's secret.
    """

    def __init__(self, key: bytes) -> None:
        self._of = lru_cache(maxsize=_TENANTS)(lambda tenant: TenantKeys(key, tenant))

    def __repr__(self) -> str:
        return "Seals()"

    def of(self, tenant: str) -> TenantKeys:
        """Return the keys of `tenant`."""
        return self._of(tenant)
