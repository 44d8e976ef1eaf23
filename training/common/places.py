"""Towns, states, countries and postal codes.

Sources: Faker's address providers (MIT), the town names that libphonenumber knows for area codes (Apache-2.0, through the
`phonenumbers` package), and `lists/`.
"""

from __future__ import annotations

import random
import re
from functools import cache

from phonenumbers.geodata import GEOCODE_DATA

from training.common.lists import read_list
from training.common.locales import LOCALES, faker
from training.common.names import held_out

__all__ = ["BIG_CITIES", "COUNTRIES", "STATES", "city", "country", "postcode", "towns"]

COUNTRIES = read_list("countries")
STATES = read_list("states")
BIG_CITIES = read_list("big_cities")
"""And regions by which people say where they live, such as the Bay Area."""


@cache
def towns() -> tuple[str, ...]:
    """Return town names, cleaned of region codes."""
    names: set[str] = set()
    for entry in GEOCODE_DATA.values():
        for language in ("en", "de", "fr", "es", "pt"):
            for raw in re.split(r"[/(;]|, | - ", entry.get(language, "")):
                name = raw.strip(" )")
                if (
                    re.fullmatch(r"[^\W\d_][\w'’. -]{2,24}", name)
                    and name[0].isupper()
                    and name.isprintable()
                    and not name.isupper()
                ):
                    names.add(name)
    return tuple(sorted(name for name in names if sum(ord(c) > 0x24F for c in name) == 0))


@cache
def _town_pool(*, dev: bool | None) -> tuple[str, ...]:
    return tuple(name for name in towns() if held_out(name) is dev) or towns()


def city(rng: random.Random, *, dev: bool | None = False) -> str:
    """Return a town or city."""
    chance = rng.random()
    if chance < 0.35:
        return rng.choice(BIG_CITIES)
    if chance < 0.45:
        return rng.choice(STATES)
    return rng.choice(_town_pool(dev=dev))


def country(rng: random.Random) -> str:
    """Return a country."""
    return rng.choice(COUNTRIES)


def postcode(rng: random.Random) -> str:
    """Return a postal code of some country."""
    return faker(rng.choice(LOCALES), rng).postcode()
