"""Faker's generators, one for each locale, shared by all that draw from them: making one takes long."""

from __future__ import annotations

import random
from functools import cache

from faker import Faker

__all__ = ["LOCALES", "faker"]

LOCALES = (
    "en_US",
    "en_GB",
    "en_AU",
    "en_CA",
    "en_IN",
    "en_IE",
    "de_DE",
    "de_AT",
    "de_CH",
    "fr_FR",
    "fr_CA",
    "es_ES",
    "es_MX",
    "it_IT",
    "nl_NL",
    "pl_PL",
    "pt_BR",
    "pt_PT",
    "sv_SE",
    "da_DK",
    "cs_CZ",
)


@cache
def _generator(locale: str) -> Faker:
    return Faker(locale)


def faker(locale: str, rng: random.Random) -> Faker:
    """Return the shared generator of a locale, drawing from `rng`."""
    generator = _generator(locale)
    generator.random = rng
    return generator
