"""The checks that packs may name: matched text to verdict.

A check returns True (it is one), False (it cannot be one: the match is dropped) or None (it cannot tell).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gateway.detect import (
    checksums,
    ids_americas,
    ids_asia_africa,
    ids_northwest_europe,
    ids_southeast_europe,
    ids_travel,
    phones,
)
from gateway.detect.borders import is_own_address
from gateway.detect.credentials import CREDENTIAL_CHECKS

__all__ = ["CHECKS", "Check"]

Check = Callable[[str], bool | None]


def _national() -> dict[str, Check]:
    modules = (ids_northwest_europe, ids_southeast_europe, ids_americas, ids_asia_africa, ids_travel)
    return {name: getattr(module, name) for module in modules for name in module.__all__}


CHECKS: Final[Mapping[str, Check]] = {
    "aba": checksums.aba,
    "base58": checksums.base58,
    "bech32": checksums.bech32,
    "card": checksums.card,
    "email_scripts": is_own_address,
    "iban": checksums.iban,
    "iban_unlisted": checksums.iban_unlisted,
    "imei": checksums.imei,
    "ip_address": checksums.ip_address,
    "luhn": checksums.luhn,
    "phone_international": phones.phone_international,
    "phone_nanp": phones.phone_nanp,
    "phone_shape": phones.phone_shape,
    "phone_trunk": phones.phone_trunk,
    "swift": checksums.swift,
    "vin": checksums.vin,
    **_national(),
    **CREDENTIAL_CHECKS,
}
"""Name in packs to function."""
