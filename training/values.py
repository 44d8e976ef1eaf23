"""Labelled prompts that hold a phone, card, mail address, IBAN or social security number: invented, yet valid.

No model learns from these; they test patterns and checks. Numbers of every country come from `phonenumbers`: an example
number of a region with its last digits drawn anew until the library says it is valid. Cards have a network's prefix and
length and a right check digit. The carriers are prompts of several genres; some say what the value is, some don't.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

import phonenumbers
from faker import Faker
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from gateway.evaluation.examples import Example
from training.common.names import person

__all__ = ["values"]

_CARRIERS: Final = (
    ("instruction", "Write a short reply to this customer and confirm {value} as the one we keep on file."),
    ("instruction", "Rewrite more politely: I told you twice already, it is {value}, please note it down."),
    ("instruction", "Translate into Italian: you can use {value} from Monday on."),
    ("mail", "Hi all,\nas promised: {value}\nBest wishes\nT."),
    ("mail", "Subject: your question\n\nThank you for writing. We have {value} here. Is that still right?"),
    ("chat", "A: what was it again?\nB: {value}\nA: thx"),
    ("form", "{label}: {value}"),
    ("form", "Name: see above\n{label}: {value}\nConsent: yes"),
    ("json", '{{"id": 7, "{key}": "{value}", "active": true}}'),
    ("csv", "id,{key},note\n1,{value},ok\n"),
    ("transcript", "Agent: could you give me your {label}?\nCaller: yes it's {value}."),
    ("log", "INFO updated {key}={value} in 12 ms"),
)
_LABELS: Final = {
    "PHONE_NUMBER": ("phone", "Phone", "Telephone", "Mobile"),
    "CREDIT_CARD": ("card_number", "Card number", "Credit card"),
    "EMAIL_ADDRESS": ("email", "E-mail", "Email address"),
    "IBAN_CODE": ("iban", "IBAN", "Bank account"),
    "US_SSN": ("ssn", "SSN", "Social security number"),
}
_NETWORKS: Final = (
    ("visa", "4", 16, (4, 4, 4, 4)),
    ("visa", "4", 13, (4, 3, 3, 3)),
    ("mastercard", "52", 16, (4, 4, 4, 4)),
    ("mastercard", "2371", 16, (4, 4, 4, 4)),
    ("amex", "37", 15, (4, 6, 5)),
    ("discover", "6011", 16, (4, 4, 4, 4)),
    ("diners", "36", 14, (4, 6, 4)),
    ("jcb", "3540", 16, (4, 4, 4, 4)),
    ("unionpay", "6221", 19, (4, 4, 4, 4, 3)),
    ("maestro", "5018", 12, (4, 4, 4)),
    ("maestro", "6304", 16, (4, 4, 4, 4)),
)
_IBAN_LOCALES: Final = (
    "de_DE",
    "fr_FR",
    "en_GB",
    "es_ES",
    "it_IT",
    "nl_NL",
    "pl_PL",
    "pt_PT",
    "de_AT",
    "de_CH",
    "fi_FI",
    "no_NO",
    "da_DK",
)
_DOMAINS: Final = ("nordhavn-clinic.com", "gmail.com", "web.de", "harrow-lloyd.co.uk", "posta.sk", "uni-tarn.fr")


def values(seed: int, each: int) -> list[Example]:
    """Return `each` prompts for each of the five types (phones: two for each region); genre: the type's form."""
    rng = random.Random(seed)
    Faker.seed(seed)
    makers: dict[str, Callable[[random.Random], tuple[str, str]]] = {
        "CREDIT_CARD": _card,
        "EMAIL_ADDRESS": _mail,
        "IBAN_CODE": _iban,
        "US_SSN": _ssn,
    }
    made = [
        _carried(rng, kind, *make(rng), place=f"{kind}:{number}")
        for kind, make in makers.items()
        for number in range(each)
    ]
    phones = (_phone(rng, region) for region in sorted(phonenumbers.SUPPORTED_REGIONS) for _ in range(2))
    made += [
        _carried(rng, "PHONE_NUMBER", *phone, place=f"PHONE_NUMBER:{number}")
        for number, phone in enumerate(found for found in phones if found)
    ]
    return made


def _carried(rng: random.Random, kind: str, form: str, value: str, *, place: str) -> Example:
    _, carrier = rng.choice(_CARRIERS)
    key, *labels = _LABELS[kind]
    mark = "\0"
    text = carrier.format(value=mark, label=rng.choice(labels), key=key)
    start = text.index(mark)
    return Example(
        place, text.replace(mark, value), None, ((start, start + len(value), kind),), f"{kind}, {form}", "en"
    )


def _phone(rng: random.Random, region: str) -> tuple[str, str] | None:
    kind = rng.choice([PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE])
    example = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    if example is None:
        return None
    national = phonenumbers.national_significant_number(example)
    for _ in range(50):
        digits = national[:-4] + "".join(rng.choices("0123456789", k=4))
        try:
            number = phonenumbers.parse(f"+{example.country_code}{digits}")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            form = rng.choice(["international", "international", "together", "national"])
            style = {
                "international": PhoneNumberFormat.INTERNATIONAL,
                "together": PhoneNumberFormat.E164,
                "national": PhoneNumberFormat.NATIONAL,
            }[form]
            return form, phonenumbers.format_number(number, style)
    return None


def _card(rng: random.Random) -> tuple[str, str]:
    network, prefix, length, groups = rng.choice(_NETWORKS)
    digits = prefix + "".join(rng.choices("0123456789", k=length - len(prefix) - 1))
    digits += str(-_luhn(digits + "0") % 10)
    separator = rng.choice(["", " ", "-"])
    return network, separator.join(_grouped(digits, groups))


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled)


def _grouped(digits: str, groups: tuple[int, ...]) -> Iterator[str]:
    start = 0
    for size in groups:
        yield digits[start : start + size]
        start += size


def _mail(rng: random.Random) -> tuple[str, str]:
    who = person(rng, dev=True, culture="")
    user = ".".join(part for part in (who.first, who.last) if part.isascii() and part.isalpha()).lower() or "post"
    user = rng.choice([user, user.replace(".", "_"), f"{user}{rng.randint(1, 99)}", f"{user}+shop"])
    return "address", f"{user}@{rng.choice(_DOMAINS)}"


def _iban(rng: random.Random) -> tuple[str, str]:
    whole = Faker(rng.choice(_IBAN_LOCALES)).iban()
    if rng.random() < 0.5:
        return "grouped", " ".join(whole[start : start + 4] for start in range(0, len(whole), 4))
    return "together", whole


def _ssn(rng: random.Random) -> tuple[str, str]:
    area = rng.choice([number for number in range(1, 900) if number not in {666, 219, 78, 123, 111, 333}])
    parts = f"{area:03}", f"{rng.randint(1, 99):02}", f"{rng.randint(1000, 9998):04}"
    return "dashes", "-".join(parts)
