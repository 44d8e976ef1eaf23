"""Fills `{slot}` and `[[a|b]]` in prompts: names and addresses by Faker, words from `lexicons/`, numbers, secrets.

Identifiers are invented and valid where a checksum exists, so that what the model sees looks like what people paste.
"""

from __future__ import annotations

import base64
import datetime as dt
import random
import re
import string
from collections.abc import Callable
from functools import cache
from pathlib import Path

from faker import Faker

__all__ = ["Filler", "read_lexicons"]

_CHOICE = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_SLOT = re.compile(r"\{([a-z][a-z_]*)(?::(\d+)-(\d+))?\}")
_LOCALES = {
    "en": ("en_US", "en_GB", "en_US", "en_IE", "en_IN", "de_DE", "fr_FR", "es_MX", "it_IT", "pl_PL", "nl_NL", "tr_TR"),
    "de": ("de_DE", "de_AT", "de_CH"),
    "fr": ("fr_FR", "fr_BE"),
    "es": ("es_ES", "es_MX"),
    "it": ("it_IT",),
    "nl": ("nl_NL",),
    "pt": ("pt_PT", "pt_BR"),
    "pl": ("pl_PL",),
}
_POOL = 700
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "pl": "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
}
_WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi",
    "es": "lunes martes miércoles jueves viernes sábado",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado",
    "pl": "poniedziałku wtorku środy czwartku piątku soboty",
}
_MISTER = {
    "en": "Mr Mrs Ms Mr. Mrs. Dr",
    "de": "Herr Frau",
    "fr": "M. Mme Monsieur Madame",
    "es": "el_señor la_señora Don Doña",
    "it": "il_signor la_signora",
    "nl": "meneer mevrouw",
    "pt": "o_senhor a_senhora Dona",
    "pl": "pan pani",
}
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d %B %Y", "%B %d, %Y", "%d %b", "%b %d")
_SECRET_NAMES = (
    *("API_KEY", "SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "STRIPE_SECRET", "DB_PASSWORD", "TOKEN"),
    *("GITHUB_TOKEN", "JWT_SECRET", "SENDGRID_API_KEY", "CLIENT_SECRET", "MAPBOX_TOKEN", "REDIS_PASSWORD"),
)
_PREFIXES = ("sk-", "sk_live_", "ghp_", "xoxb-", "AIza", "glpat-", "", "", "key-", "pk_", "SG.", "eyJ", "tok_")
_HOSTS = ("db", "app", "web", "k8s", "git", "vault", "mail", "build", "fs", "erp", "bastion", "cache", "ldap", "node")
_CRIME_VERBS = ("shoplifting", "driving drunk", "with weed", "stealing from work", "speeding without a licence")
_FANTASY = ("Elara", "Thorin", "Kael", "Seraphina", "Zyx", "Morgath", "Lirael", "Bramble", "Isolde", "Vex", "Nimue")
_DE_PROCEDURES = ("einer Knie-OP", "einer Hüft-OP", "einer Bandscheiben-OP", "einem Kaiserschnitt", "der Chemo")
_DE_JOBS = ("Buchhalterin", "Pfleger", "Elektriker", "Ingenieurin", "Erzieherin", "Vertriebsleiter", "Köchin", "Lehrer")
_DE_CRIMES = ("Diebstahl", "Betrug", "Körperverletzung", "Steuerhinterziehung", "Fahrerflucht", "Beleidigung", "Raub")
_PRODUCTS = ("table", "orders", "tariff_rule", "contract_line", "claim_item", "margin_daily", "stock_move", "risk_flag")


@cache
def read_lexicons(folder: Path) -> dict[tuple[str, str], list[str]]:
    """Return (name, language) to words; language `*` serves all."""
    found: dict[tuple[str, str], list[str]] = {}
    for file in sorted(folder.glob("*.txt")):
        key = ("", "")
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                name, language = line[2:].split()
                key = (name, language)
            elif line.strip():
                found[key] = [word.strip() for word in line.split(";") if word.strip()]
    return found


def _luhn(body: str) -> str:
    digits = [int(c) for c in reversed(body)]
    total = sum(d if i % 2 else d * 2 - 9 * (d > 4) for i, d in enumerate(digits))
    return body + str(-total % 10)


class Filler:
    """Fills slots with random values; the same seed gives the same texts."""

    def __init__(self, lexicons: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self._lexicons = read_lexicons(lexicons)
        self._fakers: dict[str, Faker] = {}
        self._pools: dict[tuple[str, str], list[str]] = {}
        self._locale = "en_US"
        self._language = "en"
        self._special: dict[str, Callable[[], str]] = self._makers()

    def fill(self, text: str, language: str) -> str:
        """Return `text` with choices taken and slots filled; unknown slots stay as they are."""
        self._language = language
        self._locale = self.random.choice(_LOCALES[language])
        text = _CHOICE.sub(lambda match: self.random.choice(match.group(1).split("|")), text)
        for _ in range(2):  # lexicon entries have slots of their own
            text = _SLOT.sub(self._value, text)
        return text

    def _value(self, match: re.Match[str]) -> str:
        name, low, high = match.groups()
        if name == "n" and low:
            return str(self.random.randint(int(low), int(high)))
        if maker := self._special.get(name):
            return maker()
        words = self._words(name)
        return self.random.choice(words) if words else match.group()

    def _words(self, name: str) -> list[str]:
        found = self._lexicons.get((name, self._language)) or self._lexicons.get((name, "*"))
        return found or self._lexicons.get((name, "en"), [])

    def _pool(self, kind: str) -> str:
        key = (self._locale, kind)
        if key not in self._pools:
            if self._locale not in self._fakers:
                self._fakers[self._locale] = Faker(self._locale)
                self._fakers[self._locale].seed_instance(4711)
            make = getattr(self._fakers[self._locale], kind)
            self._pools[key] = sorted({str(make()) for _ in range(_POOL)})
        return self.random.choice(self._pools[key])

    def _makers(self) -> dict[str, Callable[[], str]]:  # noqa: C901 - a table of small functions
        r = self.random

        def digits(count: int) -> str:
            return "".join(r.choice(string.digits) for _ in range(count))

        def token(count: int) -> str:
            return "".join(r.choice(string.ascii_letters + string.digits) for _ in range(count))

        def date() -> str:
            return f"{self._pool_date(r.choice(_DATES))}"

        def amount(low: int, high: int) -> str:
            value = r.randint(low, high)
            plain = f"{value:,}" if r.random() < 0.6 else str(value)
            cents = f".{r.randint(0, 99):02d}" if r.random() < 0.4 else ""
            if self._language != "en":
                plain, cents = plain.replace(",", "."), cents.replace(".", ",")
            return plain + cents

        def thousands() -> str:
            value = r.randint(11, 480)
            style = r.random()
            if style < 0.35:
                return f"{value}k"
            separator = "," if self._language == "en" else "."
            return f"{value}{separator}{r.choice(['000', '500', digits(3)])}"

        def address() -> str:
            return self._pool("address").replace("\n", ", ")

        def password() -> str:
            return r.choice(
                [
                    f"{r.choice(self._words('passwordword'))}{r.randint(1, 2026)}{r.choice(['!', '', '#', '$', '!!'])}",
                    token(r.randint(8, 14)),
                    token(5) + r.choice("!#$%&*") + token(4),
                ]
            )

        def secret() -> str:
            return r.choice(_PREFIXES) + token(r.randint(20, 44))

        def host() -> str:
            domain = r.choice(["corp.local", "int", "internal", "lan", f"{slug()}.local", f"intra.{slug()}.example"])
            return f"{r.choice(_HOSTS)}{r.choice(['-prod-', '-', '', '-stg-', '.eu.'])}{r.randint(1, 40)}.{domain}"

        def slug() -> str:
            return re.sub(r"[^a-z]+", "", self._pool("last_name").lower()) or "acme"

        def iban() -> str:
            value = self._pool("iban")
            return " ".join(value[i : i + 4] for i in range(0, len(value), 4)) if r.random() < 0.5 else value

        def card() -> str:
            value = _luhn(r.choice(["4", "51", "55", "4"]) + digits(15))[:17]
            value = _luhn(value[:15])
            return " ".join(value[i : i + 4] for i in range(0, 16, 4)) if r.random() < 0.6 else value

        def pronoun() -> str:
            return r.choice(["her", "him", "them", "his"])

        def phone() -> str:
            return self._pool("phone_number")

        def email() -> str:
            first = re.sub(r"[^a-z]+", "", self._pool("first_name").lower())
            return f"{first}{r.choice(['.', '', '_'])}{slug()}@{r.choice(['gmail.com', 'web.de', f'{slug()}.com', 'outlook.com', f'{slug()}.example', 'mail.example'])}"

        makers: dict[str, Callable[[], str]] = {
            "name": lambda: f"{self._pool('first_name')} {self._pool('last_name')}",
            "first": lambda: self._pool("first_name"),
            "last": lambda: self._pool("last_name"),
            "mr": lambda: f"{r.choice(_MISTER[self._language].split()).replace('_', ' ')} {self._pool('last_name')}",
            "company": lambda: self._pool("company"),
            "company_slug": slug,
            "city": lambda: self._pool("city"),
            "street": lambda: self._pool("street_name"),
            "zip": lambda: self._pool("postcode"),
            "address": address,
            "phone": phone,
            "email": email,
            "date": date,
            "dob": lambda: self._pool_date(r.choice(_DATES[:6]), born=True),
            "compactdate": lambda: self._pool_date("%Y%m%d", born=True),
            "age": lambda: str(r.randint(18, 95)),
            "kidage": lambda: str(r.randint(1, 17)),
            "year": lambda: str(r.randint(1985, 2026)),
            "time": lambda: f"{r.randint(0, 23)}:{r.choice(['00', '15', '30', '45'])}",
            "money": lambda: amount(210, 9800),
            "kmoney": thousands,
            "rawmoney": lambda: f"{r.randint(300, 98000)}.{digits(2)}",
            "iban": iban,
            "card": card,
            "ssn": lambda: f"{r.randint(1, 665):03d}-{r.randint(1, 99):02d}-{r.randint(1, 9999):04d}",
            "nino": lambda: (
                f"{r.choice('ABCEGHJKLMNPRSTWXYZ')}{r.choice('ABCEGHJKLMNPRSTWXYZ')}{digits(6)}{r.choice('ABCD')}"
            ),
            "passport": lambda: r.choice([f"C{token(8).upper()}", f"{token(2).upper()}{digits(7)}", digits(9)]),
            "licence": lambda: r.choice([f"{r.choice(string.ascii_uppercase)}{digits(7)}", token(12).upper()]),
            "taxid": lambda: digits(11),
            "svnr": lambda: f"{digits(2)} {digits(6)} {r.choice(string.ascii_uppercase)} {digits(3)}",
            "kvnr": lambda: f"{r.choice(string.ascii_uppercase)}{digits(9)}",
            "nir": lambda: (
                f"{r.randint(1, 2)} {digits(2)} {r.randint(1, 12):02d} {digits(2)} {digits(3)} {digits(3)} {digits(2)}"
            ),
            "dni": lambda: f"{digits(8)}{r.choice('TRWAGMYFPDXBNJZSQVHLCKE')}",
            "cf": lambda: (
                f"{''.join(r.choice(string.ascii_uppercase) for _ in range(6))}{digits(2)}{r.choice('ABCDEHLMPRST')}{digits(2)}{r.choice(string.ascii_uppercase)}{digits(3)}{r.choice(string.ascii_uppercase)}"
            ),
            "bsn": lambda: digits(9),
            "cpf": lambda: f"{digits(3)}.{digits(3)}.{digits(3)}-{digits(2)}",
            "pesel": lambda: digits(11),
            "id": lambda: digits(r.randint(5, 9)),
            "code": lambda: (
                f"{''.join(r.choice(string.ascii_uppercase) for _ in range(r.randint(2, 4)))}-{digits(r.randint(2, 5))}"
            ),
            "icd": lambda: f"{r.choice('ABCDEFGIJKLMN')}{digits(2)}.{digits(1)}",
            "password": password,
            "secret": secret,
            "secretname": lambda: r.choice(_SECRET_NAMES),
            "akia": lambda: "AKIA" + "".join(r.choice(string.ascii_uppercase + "234567") for _ in range(16)),
            "jwt": lambda: f"eyJhbGciOiJIUzI1NiJ9.{token(40)}.{token(30)}",
            "b64": lambda: base64.b64encode(r.randbytes(45)).decode(),
            "dburl": lambda: (
                f"{r.choice(['postgres', 'mysql', 'mongodb', 'redis', 'amqp'])}://{r.choice(['app', 'root', 'svc', 'admin'])}:{password()}@{host()}/{r.choice(['app', 'prod', 'crm'])}"
            ),
            "seed": lambda: " ".join(r.sample(self._words("seedword"), 12)),
            "host": host,
            "ip": lambda: f"10.{r.randint(0, 255)}.{r.randint(0, 255)}.{r.randint(1, 254)}",
            "tablename": lambda: r.choice(_PRODUCTS),
            "pronoun": pronoun,
            "pronoun_o": pronoun,
            "job_a": lambda: f"a {r.choice(self._words('job'))}",
            "crimeverb": lambda: r.choice(_CRIME_VERBS),
            "clinic": lambda: f"{self._pool('city')} {r.choice(['Clinic', 'Medical Centre', 'Surgery', 'Hospital'])}",
            "disease_c": lambda: r.choice(self._words("disease")).capitalize(),
            "codename_l": lambda: r.choice(self._words("codename")).lower(),
            "fantasy": lambda: r.choice(_FANTASY),
            "procedure_de": lambda: r.choice(_DE_PROCEDURES),
            "job_de": lambda: r.choice(_DE_JOBS),
            "crime_de_nom": lambda: r.choice(_DE_CRIMES),
            "union_de": lambda: r.choice(["ver.di", "IG Metall", "GEW", "IG BAU", "NGG"]),
            "relative_dat": lambda: r.choice(
                ["meiner Mutter", "meinem Vater", "meinem Sohn", "meiner Tochter", "meinem Mann", "meiner Frau", "mir"]
            ),
            "month": lambda: r.choice(_MONTHS["en"].split()),
            "weekday": lambda: r.choice(_WEEKDAYS["en"].split()),
        }
        for language, words in _MONTHS.items():
            makers[f"month_{language}"] = lambda words=words: r.choice(words.split())  # type: ignore[misc]
        for language, words in _WEEKDAYS.items():
            makers[f"weekday_{language}"] = lambda words=words: r.choice(words.split())  # type: ignore[misc]
        return makers

    def _pool_date(self, style: str, *, born: bool = False) -> str:
        day = dt.date(1930 if born else 2019, 1, 1) + dt.timedelta(days=self.random.randrange(28000 if born else 2700))
        return day.strftime(style)
