"""Street addresses without the town, in the manner of eight languages.

Sources: Faker's address providers (MIT), and lists written for this project.
"""

# ruff: noqa: ISC004  (long words in two lines)

from __future__ import annotations

import random

from training.common.lists import read_list
from training.common.locales import LOCALES, faker
from training.common.names import person
from training.common.places import city

__all__ = ["STREET_WORDS", "street"]

_TYPES_EN = read_list("street_types_en")
_NAMES_EN = read_list("street_names_en")
STREET_WORDS = (*_TYPES_EN, *read_list("street_words"))
"""Words by which a street address is known, in many languages."""


def _street_name(rng: random.Random, *, dev: bool | None) -> str:
    chance = rng.random()
    if chance < 0.55:
        return rng.choice(_NAMES_EN)
    if chance < 0.75:
        return person(rng, dev=dev).last
    if chance < 0.9:
        return city(rng, dev=dev)
    return person(rng, dev=dev).full


def street(rng: random.Random, *, dev: bool | None = False, language: str = "") -> str:
    """Return a street address without the town."""
    kind = (
        language
        or rng.choices(["en", "de", "fr", "es", "it", "nl", "pt", "pl", "faker"], [50, 9, 7, 9, 6, 5, 5, 5, 14])[0]
    )
    number = (
        str(rng.choice([rng.randint(1, 99), rng.randint(1, 999), rng.randint(100, 19999)]))
        if kind == "en"
        else str(rng.randint(1, 240))
    )
    name = _street_name(rng, dev=dev)
    who = person(rng, dev=dev)
    if kind == "faker":
        return faker(rng.choice(LOCALES), rng).street_address().replace("\n", rng.choice([", ", " "])).strip(" ,")
    if kind == "en":
        if rng.random() < 0.1:
            number += rng.choice("ABCDab")
        line = f"{number} {rng.choice(['', '', '', '', 'N ', 'S ', 'West ', 'E. ', 'Old ', 'North '])}{name} {rng.choice(_TYPES_EN)}"
        extra = rng.random()
        if extra < 0.18:
            line += (
                rng.choice([", ", " "])
                + rng.choice(["Apt", "Apt.", "Suite", "Unit", "#", "Flat", "Ste", "Apartment", "Floor"])
                + " "
                + rng.choice([str(rng.randint(1, 999)), f"{rng.randint(1, 40)}{rng.choice('ABCD')}"])
            )
        elif extra < 0.25:
            line = (
                rng.choice(["Flat ", "Apt ", "Unit ", "Apartment ", "Suite "])
                + f"{rng.randint(1, 60)}{rng.choice(['', '', 'A', 'B'])}, {line}"
            )
        elif extra < 0.28:
            line = f"P.O. Box {rng.randint(10, 9999)}"
        elif extra < 0.33:
            line = f"{rng.choice(['Rose', 'Ivy', 'Oak', 'Mill', 'Church'])} {rng.choice(['Cottage', 'House', 'Court', 'Lodge'])}, {line}"
        return line
    form = {
        "de": lambda: rng.choice(
            [
                f"{rng.choice(['Haupt', 'Bahnhof', 'Garten', 'Schul', 'Linden', 'Berg', 'Dorf', 'Goethe', 'Schiller', 'Wald', 'Ring', 'Mühlen', 'Kirch', who.last.split()[-1]])}"
                f"{rng.choice(['straße', 'strasse', 'str.', 'weg', 'gasse', 'allee', 'platz', 'ring'])} {number}{rng.choice(['', '', 'a', 'b'])}",
                f"{rng.choice(['Am', 'An der', 'Auf dem', 'Im', 'Zum'])} {rng.choice(['Markt', 'Anger', 'Sonnenhang', 'Bach', 'Kirchberg', 'Rosengarten', 'Alten Hof'])} {number}",
                f"{who.first.replace(' ', '-')}-{who.last.replace(' ', '-')}-{rng.choice(['Straße', 'Weg', 'Allee', 'Platz'])} {number}",
            ]
        ),
        "fr": lambda: (
            f"{number}{rng.choice(['', ' bis', ' ter', ','])} {rng.choice(['rue', 'avenue', 'boulevard', 'place', 'chemin', 'impasse', 'allée', 'quai', 'route'])} "
            f"{rng.choice(['de la République', 'Victor Hugo', 'du Moulin', 'des Lilas', 'de la Gare', 'Jean Jaurès', 'de l’Église', 'du Général Leclerc', 'des Écoles', who.full, who.last, 'de ' + city(rng, dev=dev)])}"
        ),
        "es": lambda: (
            f"{rng.choice(['Calle', 'calle', 'C/', 'c/', 'Avenida', 'Avda.', 'Av.', 'Plaza', 'Paseo', 'Pº', 'Camino', 'Ronda', 'Travesía', 'Carretera'])} "
            f"{rng.choice(['', '', 'de ', 'del ', 'de la ', 'de los '])}{rng.choice(['Mayor', 'Real', 'Alcalá', 'Constitución', 'Sol', 'San Juan', 'Santa María', 'Olivos', 'Molino', 'Abedul', who.full, who.last, city(rng, dev=dev)])}"
            f"{rng.choice([' ', ', ', ' nº ', ', nº '])}{number}{rng.choice(['', '', '', ', 2º dcha', ', 3º B', ' 1º izq', ', portal 2, 4ºA', ', bajo C', '-5'])}"
        ),
        "it": lambda: (
            f"{rng.choice(['Via', 'via', 'Viale', 'Piazza', 'Corso', 'Largo', 'Vicolo', 'Strada'])} "
            f"{rng.choice(['Roma', 'Garibaldi', 'Mazzini', 'Dante Alighieri', 'Verdi', 'Cavour', 'dei Mille', 'della Libertà', 'San Marco', who.full, who.last])}{rng.choice([' ', ', ', ' n. '])}{number}{rng.choice(['', '', '/A', ' bis'])}"
        ),
        "nl": lambda: (
            f"{rng.choice(['Dorp', 'Kerk', 'Molen', 'Stations', 'School', 'Prins Hendrik', 'Wilhelmina', 'Beatrix', 'Linden', 'Eiken', who.last.split()[-1].capitalize()])}"
            f"{rng.choice(['straat', 'weg', 'laan', 'plein', 'gracht', 'kade', 'dijk', 'hof', 'singel'])} {number}{rng.choice(['', '', '-a', 'B', ' II'])}"
        ),
        "pt": lambda: (
            f"{rng.choice(['Rua', 'rua', 'R.', 'Avenida', 'Av.', 'Travessa', 'Praça', 'Largo', 'Alameda', 'Estrada'])} "
            f"{rng.choice(['', 'da ', 'do ', 'de ', 'dos ', 'das '])}{rng.choice(['Liberdade', 'Flores', 'Augusta', 'Comércio', 'São João', 'Sete de Setembro', 'Paulista', 'Alegria', who.full, who.last])}"
            f"{rng.choice([', ', ' ', ', nº '])}{number}{rng.choice(['', '', ', apto 42', ', 3º Esq.', ' - ap 101', ', bloco B'])}"
        ),
        "pl": lambda: (
            f"{rng.choice(['ul.', 'ul.', 'al.', 'pl.', 'os.', 'ulica'])} {rng.choice(['Kwiatowa', 'Polna', 'Leśna', 'Słoneczna', 'Krótka', 'Szkolna', 'Ogrodowa', 'Mickiewicza', 'Kościuszki', 'Piłsudskiego', '3 Maja', who.last])} "
            f"{number}{rng.choice(['', '', f'/{rng.randint(1, 90)}', f' m. {rng.randint(1, 90)}', 'A'])}"
        ),
    }
    return form[kind]()
