"""Identifiers of persons and taxpayers in the Americas: check digits and ranges.

Each function takes the matched text (separators allowed) and tells whether it can be that identifier. Sources: the
issuing authorities' specifications, named in the docstrings.
"""

from __future__ import annotations

from typing import Final

from gateway.detect.checksums import alphanumerics, digits_of, is_recent_date, luhn, luhn_sum, weighted
from gateway.detect.digits import decimal_digits

__all__ = [
    "ar_cuit",
    "br_cnpj",
    "br_cpf",
    "ca_sin",
    "cl_rut",
    "co_nit",
    "do_cedula",
    "ec_cedula",
    "mx_clabe",
    "mx_curp",
    "mx_rfc",
    "pe_ruc",
    "us_dea",
    "us_npi",
    "us_ssn",
    "uy_ci",
]

_ADVERTISED: Final = frozenset({"078051120", "219099999", "457555462"})
"""Numbers printed in advertisements and never valid since (SSA)."""


def us_ssn(text: str) -> bool | None:
    """Social security number: no area 000, 666 or 9xx, no group 00, no serial 0000 (SSA, since 2011 randomised)."""
    number = decimal_digits(text)
    area, group, serial = number[:3], number[3:5], number[5:]
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return False
    if number in _ADVERTISED or len(set(number)) == 1:
        return False
    return None


def us_dea(text: str) -> bool:
    """Number of the Drug Enforcement Administration: odd places plus twice the even places (21 CFR 1301)."""
    d = digits_of(text)[-7:]
    return (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]


def us_npi(text: str) -> bool:
    """National provider identifier (45 CFR 162.406): mod 10 with the card issuer prefix 80840 in front of it."""
    d = digits_of(text)
    return len(set(d[:-1])) > 1 and luhn_sum([8, 0, 8, 4, 0, *d]) == 0


def ca_sin(text: str) -> bool:
    """Canadian social insurance number (Service Canada): mod 10, not starting with 0 or 8."""
    d = digits_of(text)
    separators = {character for character in text if not character.isdecimal()}
    return d[0] not in (0, 8) and len(set(d)) > 1 and len(separators) <= 1 and luhn_sum(d) == 0


def br_cpf(text: str) -> bool:
    """Brazilian taxpayer number (CPF, Receita Federal): two mod-11 check digits."""
    d = digits_of(text)
    if len(set(d)) == 1:
        return False
    first = weighted(d, range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(d, range(11, 1, -1)) * 10 % 11 % 10
    return [first, second] == d[9:]


def br_cnpj(text: str) -> bool:
    """Brazilian company number (CNPJ, Receita Federal): two mod-11 check digits."""
    d = digits_of(text)
    if len(set(d)) == 1:
        return False
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    first = weighted(d, weights[1:]) % 11
    second = weighted(d, weights) % 11
    return [0 if rest < 2 else 11 - rest for rest in (first, second)] == d[12:]  # noqa: PLR2004 - the rule


def ar_cuit(text: str) -> bool:
    """Argentine CUIT and CUIL (AFIP): mod 11."""
    d = digits_of(text)
    return -weighted(d, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 == d[10]


def cl_rut(text: str) -> bool:
    """Chilean RUT and RUN (SII): weights 2 to 7 from the right, mod 11, K for ten."""
    number = alphanumerics(text)
    body = digits_of(number[:-1])
    check = -sum(digit * (2 + place % 6) for place, digit in enumerate(reversed(body))) % 11
    return len(set(body)) > 1 and number[-1] == "0123456789K"[check]


def co_nit(text: str) -> bool:
    """Colombian NIT (DIAN): weights by primes, mod 11."""
    d = digits_of(text)
    check = weighted(list(reversed(d[:-1])), (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)) % 11
    return (11 - check if check > 1 else check) == d[-1]


def do_cedula(text: str) -> bool:
    """Dominican cédula (JCE): mod 10."""
    return luhn(text)


def ec_cedula(text: str) -> bool:
    """Ecuadorian cédula (Registro Civil): province 01 to 24 or 30, third digit below 6, mod 10 from the left."""
    d = digits_of(text)
    province = d[0] * 10 + d[1]
    return (1 <= province <= 24 or province == 30) and d[2] < 6 and luhn_sum(d) == 0  # noqa: PLR2004 - provinces


def mx_curp(text: str) -> bool:
    """Mexican CURP (RENAPO): birth date and a check digit over letters and digits."""
    number = alphanumerics(text)
    if not _birth(number[4:10]):
        return False
    alphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    values = [int(one) if one.isdecimal() else alphabet.find(one) for one in number]  # digits of any script
    total = sum(value * (18 - place) for place, value in enumerate(values[:17]))
    return min(values) >= 0 and -total % 10 == values[17]


def mx_rfc(text: str) -> bool | None:
    """Mexican RFC of a person (SAT): the birth date in it must exist; the check is often wrong in practice."""
    return None if _birth(alphanumerics(text)[4:10]) else False


def mx_clabe(text: str) -> bool:
    """Mexican bank account (CLABE, ABM): weights 3, 7, 1, each product mod 10."""
    d = digits_of(text)
    total = sum(digit * weight % 10 for digit, weight in zip(d[:17], (3, 7, 1) * 6, strict=False))
    return len(set(d)) > 1 and -total % 10 == d[17]


def pe_ruc(text: str) -> bool:
    """Peruvian RUC (SUNAT): mod 11."""
    d = digits_of(text)
    return (11 - weighted(d, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 10 == d[10]


def uy_ci(text: str) -> bool:
    """Uruguayan cédula (DNIC): weights 2, 9, 8, 7, 6, 3, 4, mod 10."""
    d = digits_of(text)
    d = [0] * (8 - len(d)) + d
    return len(set(d)) > 1 and -weighted(d, (2, 9, 8, 7, 6, 3, 4)) % 10 == d[7]


def _birth(digits: str) -> bool:
    if not digits.isdecimal():
        return False
    return is_recent_date(int(digits[:2]), int(digits[2:4]), int(digits[4:]))
