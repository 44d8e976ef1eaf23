"""Names of organizations: firms, hospitals, schools, authorities.

Sources: Faker's company providers (MIT), and lists written for this project.
"""

# ruff: noqa: PLR0911  (one return for each form)

from __future__ import annotations

import random

from training.common.lists import read_list
from training.common.locales import LOCALES, faker
from training.common.names import person
from training.common.places import city

__all__ = ["COMPANY_WORDS", "company", "hospital"]

_SUFFIXES = read_list("company_suffixes")
_STEMS = read_list("company_stems")
_WELL_KNOWN = read_list("well_known_organizations")
_HOSPITAL_TYPES_EN = read_list("hospital_types_en")
_HOSPITAL_NAMES_EN = read_list("hospital_names_en")
COMPANY_WORDS = (*_SUFFIXES, *_STEMS, *_WELL_KNOWN, *_HOSPITAL_TYPES_EN, *read_list("organization_words"))
"""Words by which an organization is known."""


def company(rng: random.Random, *, dev: bool | None = False) -> str:
    """Return an organisation: firm, hospital, school, authority, well-known or not."""
    chance = rng.random()
    last = person(rng, dev=dev).last.split()[-1]
    if chance < 0.2:
        return rng.choice(_WELL_KNOWN)
    if chance < 0.4:
        return f"{rng.choice([last, rng.choice(_STEMS), rng.choice(_STEMS) + rng.choice(['tech', 'soft', 'works', 'net', 'corp', 'Systems'])])} {rng.choice(_SUFFIXES)}"
    if chance < 0.5:
        return f"{last}{rng.choice([' & ', ' and ', '-'])}{person(rng, dev=dev).last.split()[-1]}"
    if chance < 0.6:
        return f"{rng.choice([city(rng, dev=dev), last])} {rng.choice(['University', 'College', 'High School', 'Elementary School', 'City Council', 'Police Department', 'Institute', 'Academy', 'Library', 'FC', 'United'])}"
    if chance < 0.72:
        return hospital(rng, dev=dev)
    if chance < 0.78:
        return f"{rng.choice(['University of', 'Bank of', 'Ministry of', 'Department of', 'Institute of', 'Church of', 'City of'])} {rng.choice([city(rng, dev=dev), 'Health', 'Justice', 'Education', 'Finance', 'Technology'])}"
    return faker(rng.choice(LOCALES), rng).company()


def hospital(rng: random.Random, *, dev: bool | None = False, language: str = "") -> str:
    """Return a hospital or practice."""
    kind = language or rng.choice(["en", "en", "en", "es", "de", "fr", "it", "pt", "nl"])
    town, who = city(rng, dev=dev), person(rng, dev=dev)
    forms = {
        "en": [
            f"{rng.choice([town, town, who.last, rng.choice(_HOSPITAL_NAMES_EN), rng.choice(_HOSPITAL_NAMES_EN)])} {rng.choice(_HOSPITAL_TYPES_EN)}"
        ],
        "es": [
            f"Hospital {rng.choice(['Universitario ', 'General ', 'Clínico ', ''])}{rng.choice(['de ' + town, 'Virgen del Rocío', 'La Paz', '12 de Octubre', 'San Juan de Dios', 'Santa Creu', 'Doctor ' + who.last])}",
            f"Centro de Salud {rng.choice([town, who.last, 'La Rosaleda'])}",
            f"Clínica {rng.choice([who.last, town, 'Santa Elena'])}",
        ],
        "de": [
            f"{rng.choice(['Klinikum', 'Universitätsklinikum', 'Krankenhaus', 'Charité', 'Praxis Dr.', 'St.-Josef-Krankenhaus'])} {rng.choice([town, who.last])}"
        ],
        "fr": [
            f"{rng.choice(['CHU de', 'Hôpital', 'Clinique', 'Centre hospitalier de', 'Hôpital Saint-Louis de'])} {rng.choice([town, town, who.last])}"
        ],
        "it": [f"{rng.choice(['Ospedale', 'Policlinico', 'Clinica', 'ASL', 'Ospedale San Raffaele di'])} {town}"],
        "pt": [
            f"{rng.choice(['Hospital de', 'Hospital', 'Centro Hospitalar de', 'Clínica', 'UPA'])} {rng.choice([town, 'Santa Maria', 'São José'])}"
        ],
        "nl": [f"{rng.choice(['Ziekenhuis', 'UMC', 'Medisch Centrum', 'Huisartsenpraktijk'])} {town}"],
        "pl": [f"{rng.choice(['Szpital Miejski w', 'Szpital Wojewódzki', 'Przychodnia', 'Klinika'])} {town}"],
    }
    return rng.choice(forms[kind])
