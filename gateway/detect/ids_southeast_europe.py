"""Identifiers of persons and taxpayers in the south and east of Europe: check digits and built-in dates.

Each function takes the matched text (separators allowed) and tells whether it can be that identifier. The pack's
regular expression has checked length and characters already. Sources: the issuing authorities' specifications, named
in the docstrings.
"""

from __future__ import annotations

from typing import Final

from gateway.detect.checksums import (
    alphanumerics,
    digits_of,
    is_date,
    is_recent_date,
    iso7064_mod11_10,
    luhn_sum,
    weighted,
)
from gateway.detect.digits import decimal_digits

__all__ = [
    "bg_egn",
    "cz_rc",
    "es_nie",
    "es_nif",
    "es_nuss",
    "gr_afm",
    "gr_amka",
    "hr_oib",
    "hu_taj",
    "hu_tax",
    "it_fiscal_code",
    "jmbg",
    "pl_id_card",
    "pl_nip",
    "pl_pesel",
    "pt_cc",
    "pt_nif",
    "ro_cnp",
    "ru_inn",
    "ru_snils",
    "tr_tckn",
    "ua_rnokpp",
]

_MOD97: Final = 97


def bg_egn(text: str) -> bool:
    """Bulgarian citizen number (ЕГН, GRAO): birth date (month + 20 before 1900, + 40 since 2000) and mod 11."""
    d = digits_of(text)
    month = d[2] * 10 + d[3]
    century = {0: 1900, 1: 1800, 2: 2000}.get((month - 1) // 20, 0)
    if not century or not is_date(century + d[0] * 10 + d[1], (month - 1) % 20 + 1, d[4] * 10 + d[5]):
        return False
    return weighted(d, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == d[9]


def cz_rc(text: str) -> bool:
    """Czech and Slovak birth number (zákon 133/2000 Sb.): date (months + 20, + 50, + 70), divisible by 11."""
    d = digits_of(text)
    number = int("".join(map(str, d)))
    month = (d[2] * 10 + d[3]) % 50
    month = month - 20 if month > 20 else month  # noqa: PLR2004 - the offset when a day's numbers are used up
    if not is_recent_date(d[0] * 10 + d[1], month, d[4] * 10 + d[5]):
        return False
    if len(d) == 9:  # noqa: PLR2004 - before 1954, without check digit
        return d[0] * 10 + d[1] < 54 and d[6:] != [0, 0, 0]  # noqa: PLR2004
    return number % 11 == 0 or (number // 10 % 11 == 10 and d[9] == 0)  # noqa: PLR2004


_DNI: Final = "TRWAGMYFPDXBNJZSQVHLCKE"


def es_nif(text: str) -> bool:
    """Spanish identity number (DNI, NIF of a person; Ministerio del Interior): letter by the rest by 23."""
    number = alphanumerics(text)
    return _DNI[int(number[:-1]) % 23] == number[-1]


def es_nie(text: str) -> bool:
    """Spanish number of foreigners (NIE): X, Y, Z count as 0, 1, 2; letter by the rest by 23."""
    number = alphanumerics(text)
    return _DNI[int(str("XYZ".index(number[0])) + number[1:-1]) % 23] == number[-1]


def es_nuss(text: str) -> bool:
    """Spanish social security number (TGSS): the rest by 97 of province and serial."""
    number = decimal_digits(text)
    head, check = number[:10], int(number[10:])
    # A serial below ten million is joined to its province without its leading zero.
    joined = int(head) if int(head[2:]) >= 10_000_000 else int(head[2:]) + int(head[:2]) * 10_000_000  # noqa: PLR2004
    return 1 <= int(head[:2]) <= 66 and joined % _MOD97 == check  # noqa: PLR2004 - provinces and special codes


def gr_afm(text: str) -> bool:
    """Greek tax number (ΑΦΜ, AADE): powers of two, mod 11."""
    d = digits_of(text)
    return any(d) and weighted(d, (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == d[8]


def gr_amka(text: str) -> bool:
    """Greek social security number (ΑΜΚΑ): birth date and mod 10."""
    d = digits_of(text)
    return is_recent_date(d[4] * 10 + d[5], d[2] * 10 + d[3], d[0] * 10 + d[1]) and luhn_sum(d) == 0


def hr_oib(text: str) -> bool:
    """Croatian personal number (OIB): MOD 11,10."""
    d = digits_of(text)
    return len(set(d)) > 1 and iso7064_mod11_10(d)


def hu_taj(text: str) -> bool:
    """Hungarian social security number (TAJ): weights 3 and 7, mod 10."""
    d = digits_of(text)
    return len(set(d)) > 1 and weighted(d, (3, 7) * 4) % 10 == d[8]


def hu_tax(text: str) -> bool:
    """Hungarian tax identification (adóazonosító jel): starts with 8, place weights, mod 11."""
    d = digits_of(text)
    return d[0] == 8 and weighted(d, range(1, 10)) % 11 == d[9]  # noqa: PLR2004 - a person


_ODD: Final = dict(
    zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True),
    **dict(
        zip(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
            strict=True,
        )
    ),
)


def it_fiscal_code(text: str) -> bool:
    """Italian tax code (codice fiscale, D.M. 23/12/1976): tables for odd and even places, rest by 26."""
    number = alphanumerics(text)
    odd = sum(_ODD[character] for character in number[0:15:2])
    even = sum(int(c) if c.isdecimal() else ord(c) - 65 for c in number[1:15:2])
    return chr((odd + even) % 26 + 65) == number[15]


def jmbg(text: str) -> bool:
    """Number of Serbia, Slovenia, Bosnia, Montenegro, North Macedonia (JMBG, EMŠO): birth date and mod 11."""
    d = digits_of(text)
    year = d[4] * 100 + d[5] * 10 + d[6]
    year += 1000 if year >= 800 else 2000  # noqa: PLR2004 - three digits of the year
    if not is_date(year, d[2] * 10 + d[3], d[0] * 10 + d[1]):
        return False
    check = -weighted(d, (7, 6, 5, 4, 3, 2) * 2) % 11
    return check == d[12]


def pl_id_card(text: str) -> bool:
    """Polish identity card (dowód osobisty): weights 7, 3, 1 over letters and digits, the fourth is the check."""
    number = alphanumerics(text)
    values = [int(character, 36) for character in number]
    return weighted(values, (7, 3, 1, 0, 7, 3, 1, 7, 3)) % 10 == values[3]


def pl_nip(text: str) -> bool:
    """Polish tax number (NIP): weights, mod 11."""
    d = digits_of(text)
    return d[0] != 0 and weighted(d, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == d[9]


def pl_pesel(text: str) -> bool:
    """Polish PESEL (MSWiA): birth date with the century in the month, weights 1, 3, 7, 9, mod 10."""
    d = digits_of(text)
    century, month = divmod(d[2] * 10 + d[3], 20)
    year = (1900, 2000, 2100, 2200, 1800)[century] + d[0] * 10 + d[1]
    return is_date(year, month, d[4] * 10 + d[5]) and weighted(d, (1, 3, 7, 9) * 2 + (1, 3, 1)) % 10 == 0


def pt_cc(text: str) -> bool:
    """Portuguese citizen card (Cartão de Cidadão): twelve characters, mod 10 over letters as numbers."""
    values = [int(character, 36) for character in alphanumerics(text)]
    total = 0
    for place, value in enumerate(values):
        doubled = value * 2
        total += value if place % 2 else (doubled - 9 if doubled >= 10 else doubled)  # noqa: PLR2004 - two digits
    return total % 10 == 0


def pt_nif(text: str) -> bool:
    """Portuguese tax number (NIF): weights 9 to 2, mod 11."""
    d = digits_of(text)
    return d[0] != 0 and -weighted(d, range(9, 1, -1)) % 11 % 10 == d[8]


def ro_cnp(text: str) -> bool:
    """Romanian personal number (CNP): sex and century, birth date, county, mod 11."""
    d = digits_of(text)
    century = {1: 1900, 2: 1900, 3: 1800, 4: 1800, 5: 2000, 6: 2000}.get(d[0], 1900)
    if d[0] == 0 or not is_date(century + d[1] * 10 + d[2], d[3] * 10 + d[4], d[5] * 10 + d[6]):
        return False
    check = weighted(d, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (1 if check == 10 else check) == d[12]  # noqa: PLR2004 - ten is written one


def ru_inn(text: str) -> bool:
    """Russian tax number of a person (ИНН): two check digits, mod 11."""
    d = digits_of(text)
    first = weighted(d, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    second = weighted(d, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    return any(d) and [first, second] == d[10:]


def ru_snils(text: str) -> bool:
    """Russian pension number (СНИЛС): place weights 9 to 1, mod 101."""
    d = digits_of(text)
    return any(d) and weighted(d, range(9, 0, -1)) % 101 % 100 == d[9] * 10 + d[10]


def tr_tckn(text: str) -> bool:
    """Turkish identity number (T.C. Kimlik, NVİ): two check digits."""
    d = digits_of(text)
    first = (sum(d[0:9:2]) * 7 - sum(d[1:8:2])) % 10
    return d[0] != 0 and first == d[9] and sum(d[:10]) % 10 == d[10]


def ua_rnokpp(text: str) -> bool:
    """Ukrainian taxpayer number (РНОКПП): weights, mod 11."""
    d = digits_of(text)
    return len(set(d)) > 1 and weighted(d, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == d[9]
