"""Fills templates: `{slot}` or `{slot1}` (the same digit: the same person, place or firm within one text).

A labelled text is a list of pieces (string, kind or None); slots of kind None are values that other recognizers find
(phones, e-mail) or that nobody should find (products, numbers).
"""

# ruff: noqa: ARG002, D102  (all slots have one signature; their names are explained by the templates)

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from datetime import date, timedelta

from training.common import places, streets
from training.common.famous import CHARACTERS, FIGURES, PRODUCTS
from training.common.jobs import job
from training.common.locales import LOCALES, faker
from training.common.names import Person, person
from training.common.organizations import company, hospital
from training.entity.slot_words import GROUPS, HANDLE_WORDS, MONTHS, RELATIVES, TITLES

__all__ = ["Piece", "Slots", "text_and_spans"]

Piece = tuple[str, str | None]
_SLOT = re.compile(r"\{([a-z]+)(\d?)\}")


class Slots:
    """Makes values for slots from one random generator; `dev`: of the held-out names and towns, of the others, of all (None)."""

    def __init__(self, rng: random.Random, *, dev: bool | None = False, language: str = "en") -> None:
        self.rng = rng
        self.dev = dev
        self.language = language
        self._known: dict[str, Person | str] = {}
        self._culture = {"en": "", "es": "es", "de": "de", "fr": "fr", "it": "it", "nl": "nl", "pt": "pt", "pl": "pl"}[
            language
        ]
        self._makers: dict[str, Callable[[str], list[Piece]]] = {
            name.removeprefix("slot_"): getattr(self, name) for name in dir(self) if name.startswith("slot_")
        }

    def fill(self, template: str) -> list[Piece]:
        """Return the pieces of a filled template.

        Raises:
            KeyError: if a slot is unknown.
        """
        pieces: list[Piece] = []
        position = 0
        for match in _SLOT.finditer(template):
            if match.start() > position:
                pieces.append((template[position : match.start()], None))
            pieces += self._makers[match[1]](match[2])
            position = match.end()
        if position < len(template):
            pieces.append((template[position:], None))
        return pieces

    def forget(self) -> None:
        """Begin a new text: digits mean new people."""
        self._known.clear()

    def who(self, digit: str) -> Person:
        """Return the person of that digit."""
        known = self._known.get("p" + digit) if digit else None
        if isinstance(known, Person):
            return known
        culture = self._culture if self._culture and self.rng.random() < 0.65 else ""
        made = person(self.rng, dev=self.dev, culture=culture)
        if digit:
            self._known["p" + digit] = made
        return made

    def _same(self, key: str, digit: str, make: Callable[[], str]) -> str:
        if not digit:
            return make()
        value = self._known.setdefault(key + digit, make())
        return str(value)

    # People
    def slot_p(self, digit: str) -> list[Piece]:
        who, chance = self.who(digit), self.rng.random()
        if chance < 0.68:
            text = who.full
        elif chance < 0.8:
            text = f"{who.first} {who.middle} {who.last}"
        elif chance < 0.86:
            text = f"{who.first[0]}. {who.last}"
        elif chance < 0.89:
            text = f"{who.first[0]}.{self.rng.choice('ABCEJMR')}. {who.last}"
        elif chance < 0.93:
            text = f"{who.last} {who.first}"
        else:
            return [(self.rng.choice(TITLES) + " ", None), (who.full, "PERSON")]
        return [(text, "PERSON")]

    def slot_full(self, digit: str) -> list[Piece]:
        return [(self.who(digit).full, "PERSON")]

    def slot_f(self, digit: str) -> list[Piece]:
        return [(self.who(digit).first, "PERSON")]

    def slot_l(self, digit: str) -> list[Piece]:
        return [(self.who(digit).last, "PERSON")]

    def slot_lf(self, digit: str) -> list[Piece]:
        who = self.who(digit)
        return [(f"{who.last}, {who.first}" + self.rng.choice(["", "", " " + who.middle]), "PERSON")]

    def slot_up(self, digit: str) -> list[Piece]:
        who = self.who(digit)
        return [
            (
                self.rng.choice(
                    [who.full.upper(), f"{who.last.upper()} {who.first}", f"{who.last.upper()}, {who.first.upper()}"]
                ),
                "PERSON",
            )
        ]

    def slot_low(self, digit: str) -> list[Piece]:
        who = self.who(digit)
        return [(self.rng.choice([who.full, who.first, who.full]).lower(), "PERSON")]

    def slot_user(self, digit: str) -> list[Piece]:
        who = self.who(digit)
        first, last = (re.sub(r"\W", "", part).lower() or "x" for part in (who.first, who.last))
        return [
            (
                self.rng.choice(
                    [
                        first[0] + last,
                        f"{first}.{last}",
                        f"{first}{self.rng.randint(1, 99)}",
                        self.rng.choice(HANDLE_WORDS) + self.rng.choice(HANDLE_WORDS),
                    ]
                ),
                None,
            )
        ]

    def slot_email(self, digit: str) -> list[Piece]:
        user = self.slot_user(digit)[0][0]
        domain = self.rng.choice(
            [
                "gmail.com",
                "mail.example",
                "company.example",
                "outlook.com",
                "yahoo.co.uk",
                "web.de",
                "acme-corp.com",
                "nhs.uk",
            ]
        )
        return [(f"{user}@{domain}", None)]

    # Public people
    def slot_pub(self, digit: str) -> list[Piece]:
        def make() -> str:
            name = self.rng.choice(FIGURES)
            return (
                name.split()[-1]
                if self.rng.random() < 0.15 and " " in name and not name.endswith(("I", ".", "II", "III"))
                else name
            )

        return [(self._same("pub", digit, make), "PUBLIC_PERSON")]

    def slot_char(self, digit: str) -> list[Piece]:
        return [(self._same("char", digit, lambda: self.rng.choice(CHARACTERS)), "PUBLIC_PERSON")]

    def slot_fict(self, digit: str) -> list[Piece]:
        """Return a first name in a puzzle or a story."""
        return [(self.who(digit).first, "PUBLIC_PERSON")]

    def slot_fictp(self, digit: str) -> list[Piece]:
        return [(self.who(digit).full, "PUBLIC_PERSON")]

    def slot_fictl(self, digit: str) -> list[Piece]:
        return [(self.who(digit).last, "PUBLIC_PERSON")]

    # Places and firms
    def slot_city(self, digit: str) -> list[Piece]:
        return [(self._same("city", digit, lambda: places.city(self.rng, dev=self.dev)), "LOCATION")]

    def slot_country(self, digit: str) -> list[Piece]:
        return [(self._same("country", digit, lambda: places.country(self.rng)), "LOCATION")]

    def slot_zip(self, digit: str) -> list[Piece]:
        return [(places.postcode(self.rng), "LOCATION")]

    def slot_street(self, digit: str) -> list[Piece]:
        language = "" if self.language == "en" and self.rng.random() < 0.35 else self.language
        return [
            (
                self._same("street", digit, lambda: streets.street(self.rng, dev=self.dev, language=language)),
                "STREET_ADDRESS",
            )
        ]

    def slot_addr(self, digit: str) -> list[Piece]:
        """Return street, town and postal code in one of the usual orders."""
        street, town, code = self.slot_street(digit)[0], self.slot_city("")[0], self.slot_zip("")[0]
        comma: Piece = (self.rng.choice([", ", ", ", ", ", "\n", " ", " - "]), None)
        chance = self.rng.random()
        if chance < 0.3:
            return [street, comma, town, (self.rng.choice([", ", " "]), None), code]
        if chance < 0.5:
            return [street, comma, code, (" ", None), town]
        if chance < 0.7:
            state = self.rng.choice(
                [
                    "AL",
                    "AZ",
                    "CA",
                    "CO",
                    "CT",
                    "FL",
                    "GA",
                    "IL",
                    "IN",
                    "MA",
                    "MD",
                    "MI",
                    "MN",
                    "MO",
                    "NC",
                    "NJ",
                    "NV",
                    "NY",
                    "OH",
                    "OR",
                    "PA",
                    "TN",
                    "TX",
                    "VA",
                    "WA",
                    "WI",
                ]
            )
            return [
                street,
                comma,
                town,
                (", ", None),
                (state, "LOCATION"),
                (" ", None),
                (f"{self.rng.randint(501, 99950):05d}", "LOCATION"),
            ]
        if chance < 0.85:
            return [street, comma, town]
        return [street, comma, code, (" ", None), town, (", ", None), self.slot_country("")[0]]

    def slot_org(self, digit: str) -> list[Piece]:
        return [(self._same("org", digit, lambda: company(self.rng, dev=self.dev)), "ORGANIZATION")]

    def slot_hosp(self, digit: str) -> list[Piece]:
        return [
            (
                self._same("hosp", digit, lambda: hospital(self.rng, dev=self.dev, language=self.language)),
                "ORGANIZATION",
            )
        ]

    def slot_job(self, digit: str) -> list[Piece]:
        return [(self._same("job", digit, lambda: job(self.rng)), "TITLE")]

    def slot_nrp(self, digit: str) -> list[Piece]:
        return [(self.rng.choice(GROUPS), "NRP")]

    def slot_rel(self, digit: str) -> list[Piece]:
        return [(self.rng.choice(RELATIVES), None)]

    # Dates and numbers
    def _day(self, first: int, last: int) -> date:
        return date(first, 1, 1) + timedelta(days=self.rng.randrange((last - first) * 365))

    def _date(self, day: date) -> str:
        month = MONTHS[self.language][day.month - 1]
        short = month[:3]
        forms = [
            f"{day:%d/%m/%Y}",
            f"{day:%m/%d/%Y}",
            f"{day:%Y-%m-%d}",
            f"{day:%d.%m.%Y}",
            f"{day.day}/{day.month}/{day:%y}",
            f"{day.day}-{day.month}-{day.year}",
            f"{day:%d-%m-%Y}",
        ]
        if self.language == "en":
            forms += [
                f"{month} {day.day}, {day.year}",
                f"{day.day} {month} {day.year}",
                f"{short} {day.day}, {day.year}",
                f"{day.day} {short} {day.year}",
                f"{month} {day.day}",
                f"{day.day}{'st' if day.day == 1 else 'th'} {month}",
                f"{day.day}{'th' if day.day > 3 else 'rd'} of {month} {day.year}",
                f"{short} {day.day}",
            ]
        else:
            of = {"es": " de ", "pt": " de ", "de": ". "}.get(self.language, " ")
            then = {"es": " de ", "pt": " de "}.get(self.language, " ")
            forms += [f"{day.day}{of}{month}{then}{day.year}"] * 3 + [f"{day.day}{of}{month}"]
        return self.rng.choice(forms)

    def slot_date(self, digit: str) -> list[Piece]:
        return [(self._date(self._day(2015, 2027)), "DATE_TIME")]

    def slot_year(self, digit: str) -> list[Piece]:
        return [(str(self.rng.randint(1970, 2026)), "DATE_TIME")]

    def slot_weekday(self, digit: str) -> list[Piece]:
        return [
            (
                self.rng.choice(
                    [
                        "Monday",
                        "Tuesday",
                        "Wednesday",
                        "Thursday",
                        "Friday",
                        "Saturday",
                        "Sunday",
                        "tomorrow",
                        "today",
                        "yesterday",
                    ]
                ),
                None,
            )
        ]

    def slot_time(self, digit: str) -> list[Piece]:
        return [
            (
                self.rng.choice(
                    [
                        f"{self.rng.randint(0, 23)}:{self.rng.randint(0, 59):02d}",
                        f"{self.rng.randint(1, 12)} {self.rng.choice(['am', 'pm', 'AM', 'PM'])}",
                        f"{self.rng.randint(1, 12)}pm",
                    ]
                ),
                None,
            )
        ]

    def slot_dob(self, digit: str) -> list[Piece]:
        return [
            (
                self._date(self._day(1930, 2020)) if self.rng.random() < 0.95 else str(self.rng.randint(1930, 2015)),
                "DATE_OF_BIRTH",
            )
        ]

    def slot_age(self, digit: str) -> list[Piece]:
        return [(str(self.rng.randint(1, 99)), "AGE")]

    def slot_ageyo(self, digit: str) -> list[Piece]:
        age = self.rng.randint(2, 98)
        return [
            (
                self.rng.choice(
                    [
                        f"{age}-year-old",
                        f"{age} year old",
                        f"{age} years old",
                        f"{age} yo",
                        f"{age}yo",
                        f"{age} y/o",
                        f"{age} years",
                        f"{self.rng.randint(2, 23)} months old",
                        f"{age}-yr-old",
                        f"{age} yrs",
                    ]
                ),
                "AGE",
            )
        ]

    def slot_sex(self, digit: str) -> list[Piece]:
        return [(self.rng.choice(["male", "female", "M", "F", "woman", "man", "Male", "Female"]), "SEX")]

    def slot_id(self, digit: str) -> list[Piece]:
        """Return a record, member or case number."""

        def digits(n: int) -> str:
            return "".join(self.rng.choice(string.digits) for _ in range(n))

        def letters(n: int) -> str:
            return "".join(self.rng.choice(string.ascii_uppercase) for _ in range(n))

        def make() -> str:
            return self.rng.choice(
                [
                    digits(self.rng.randint(5, 10)),
                    f"{letters(2)}-{digits(6)}",
                    f"{letters(1)}{digits(7)}",
                    f"{digits(3)}-{digits(2)}-{digits(4)}",
                    f"{digits(3)} {digits(3)} {digits(4)}",
                    f"{letters(3)}{digits(5)}",
                    f"{digits(8)}{letters(1)}",
                    f"{letters(2)}{digits(2)}-{digits(4)}-{letters(1)}",
                    f"{digits(2)} {digits(8)}",
                    f"{digits(4)}/{digits(2)}",
                    f"{letters(4)}-{digits(4)}",
                    f"{digits(6)}-{digits(4)}",
                    f"{letters(2)} {digits(2)} {digits(2)} {digits(2)} {letters(1)}",
                ]
            )

        return [(self._same("id", digit, make), "RECORD_ID")]

    def slot_phone(self, digit: str) -> list[Piece]:
        return [(faker(self.rng.choice(LOCALES), self.rng).phone_number(), None)]

    def slot_n(self, digit: str) -> list[Piece]:
        return [
            (
                str(self.rng.choice([self.rng.randint(2, 20), self.rng.randint(2, 500), self.rng.randint(100, 99999)])),
                None,
            )
        ]

    def slot_money(self, digit: str) -> list[Piece]:
        amount = self.rng.choice(
            [
                f"{self.rng.randint(1, 999)}.{self.rng.randint(0, 99):02d}",
                f"{self.rng.randint(1, 999)},000",
                str(self.rng.randint(5, 9000)),
            ]
        )
        return [(self.rng.choice([f"${amount}", f"{amount} EUR", f"£{amount}", f"€{amount}", f"USD {amount}"]), None)]

    def slot_prod(self, digit: str) -> list[Piece]:
        return [(self.rng.choice(PRODUCTS), None)]

    def slot_nick(self, digit: str) -> list[Piece]:
        return [("@" + self.slot_user(digit)[0][0], None)]


def text_and_spans(pieces: list[Piece]) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the text of `pieces` and the labelled spans in it."""
    spans = []
    text = ""
    for piece, kind in pieces:
        if kind is not None and piece:
            spans.append((len(text), len(text) + len(piece), kind))
        text += piece
    return text, spans
