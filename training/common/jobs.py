"""Job titles. Sources: Faker's job providers (MIT), and a list written for this project."""

from __future__ import annotations

import random

from training.common.lists import read_list
from training.common.locales import faker

__all__ = ["JOBS", "job"]

JOBS = read_list("jobs")


def job(rng: random.Random) -> str:
    """Return a job title in English or another language."""
    if rng.random() < 0.75:
        return rng.choice(JOBS)
    title = faker(rng.choice(("en_US", "fr_FR", "de_DE", "es_ES", "pl_PL", "nl_NL")), rng).job()
    title = title.split(",")[0].split("(")[0].split("/")[0].strip()
    return title.lower() if rng.random() < 0.5 else title
