"""Identifiers of persons and taxpayers in the north and west of Europe: check digits and built-in dates.

Each function takes the matched text (separators allowed) and tells whether it can be that identifier. The pack's
regular expression has checked length and characters already. Sources: the issuing authorities' specifications, named
in the docstrings.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from gateway.detect.checksums import (
    alphanumerics,
    digits_of,
    is_date,
    is_recent_date,
    iso7064_mod11_10,
    luhn_sum,
    verhoeff,
    weighted,
)
from gateway.detect.digits import decimal_digits

__all__ = [
    "at_svnr",
    "be_nn",
    "ch_ahv",
    "de_health_insurance",
    "de_icao",
    "de_lanr",
    "de_rvnr",
    "de_tax_id",
    "de_vat",
    "dk_cpr",
    "ee_ik",
    "fi_hetu",
    "fr_nir",
    "ie_pps",
    "is_kennitala",
    "lu_matricule",
    "lv_pk",
    "nl_bsn",
    "no_fnr",
    "se_orgnr",
    "se_personnummer",
    "uk_driving_licence",
    "uk_nhs",
]

_MAX_REPEATS: Final = 3
_MOD97: Final = 97


def at_svnr(text: str) -> bool:
    """Austrian social insurance number (Dachverband der Sozialversicherungsträger): check digit is the fourth."""
    d = digits_of(text)
    rest = weighted(d, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11
    # Months 13 to 15 stand for days on which all numbers are used up.
    return d[0] != 0 and rest == d[3] and 1 <= d[4] * 10 + d[5] <= 31 and 1 <= d[6] * 10 + d[7] <= 15  # noqa: PLR2004


def be_nn(text: str) -> bool:
    """Belgian national number (Rijksregister): 97 minus the rest by 97; born since 2000 with a 2 in front."""
    number = decimal_digits(text)
    head, check = number[:9], int(number[9:])
    month = int(head[2:4]) % 20
    if month > 12 or int(head[4:6]) > 31:  # noqa: PLR2004 - a calendar; months + 20 or 40 for foreigners
        return False
    return check in (_MOD97 - int(head) % _MOD97, _MOD97 - int("2" + head) % _MOD97)


def ch_ahv(text: str) -> bool:
    """Swiss AHV number (ZAS): 756 and an EAN-13 check digit."""
    d = digits_of(text)
    return d[:3] == [7, 5, 6] and weighted(d, (1, 3) * 6 + (1,)) % 10 == 0 and len(set(d[3:])) > 1


def de_tax_id(text: str) -> bool:
    """German tax identification number (§ 139b AO, BZSt): MOD 11,10, no digit more than three times."""
    d = digits_of(text)
    return d[0] != 0 and max(d[:10].count(digit) for digit in d[:10]) <= _MAX_REPEATS and iso7064_mod11_10(d)


def de_vat(text: str) -> bool | None:
    """German VAT number: MOD 11,10. None when the check digit is wrong: it isn't published officially."""
    return True if iso7064_mod11_10(digits_of(text)) else None


def de_rvnr(text: str) -> bool:
    """German pension insurance number (VKVV § 2): birth date, letter, weighted cross sum."""
    number = alphanumerics(text)
    letter = ord(number[8]) - 64
    d = digits_of(f"{number[:8]}{letter:02}{number[9:]}")
    day, month = d[2] * 10 + d[3], d[4] * 10 + d[5]
    if not (1 <= day % 50 <= 31 or day in (0, 50)) or not 1 <= month <= 12:  # noqa: PLR2004 - a calendar; day + 50
        return False
    products = (digit * weight for digit, weight in zip(d, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=False))
    return sum(product // 10 + product % 10 for product in products) % 10 == d[12]


def de_health_insurance(text: str) -> bool:
    """German health insurance number (KVNR, § 290 SGB V): letter as two digits, weights 1 and 2, cross sums."""
    number = alphanumerics(text)
    d = digits_of(f"{ord(number[0]) - 64:02}{number[1:]}")
    products = (digit * weight for digit, weight in zip(d, (1, 2) * 5, strict=False))
    return sum(product // 10 + product % 10 for product in products) % 10 == d[10]


def de_icao(text: str) -> bool:
    """Serial number of a German passport or identity card: weights 7, 3, 1. Source: ICAO Doc 9303, part 3."""
    number = alphanumerics(text)
    values = [int(character, 36) for character in number]
    return weighted(values, (7, 3, 1, 7, 3, 1, 7, 3)) % 10 == values[8]


def de_lanr(text: str) -> bool:
    """German physician number (KBV, Richtlinie § 75 Abs. 7 SGB V): weights 4 and 9 over the first six digits."""
    d = digits_of(text)
    return (10 - weighted(d, (4, 9) * 3) % 10) % 10 == d[6]


def dk_cpr(text: str) -> bool | None:
    """Danish CPR number: birth date; mod 11 held until 2007, so a wrong one proves nothing."""
    d = digits_of(text)
    if not is_recent_date(d[4] * 10 + d[5], d[2] * 10 + d[3], d[0] * 10 + d[1]):
        return False
    return True if weighted(d, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0 else None


def ee_ik(text: str) -> bool:
    """Estonian and Lithuanian personal code (EVS 585): century, birth date, two-stage mod 11."""
    d = digits_of(text)
    if not 1 <= d[0] <= 8:  # noqa: PLR2004 - sex and century
        return False
    year = 1800 + (d[0] - 1) // 2 * 100 + d[1] * 10 + d[2]
    if not is_date(year, d[3] * 10 + d[4], d[5] * 10 + d[6]):
        return False
    check = weighted(d, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:  # noqa: PLR2004 - the second stage
        check = weighted(d, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return check == d[10]


def fi_hetu(text: str) -> bool:
    """Finnish personal identity code (DVV): birth date, sign of the century, letter by the rest by 31."""
    number = unicodedata.normalize("NFKC", text).upper()
    century = {"+": 1800, **dict.fromkeys("-YXWVU", 1900), **dict.fromkeys("ABCDEF", 2000)}[number[6]]
    if not is_date(century + int(number[4:6]), int(number[2:4]), int(number[:2])):
        return False
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number[:6] + number[7:10]) % 31] == number[10]


def fr_nir(text: str) -> bool:
    """French social security number (INSEE, NIR): 97 minus the rest by 97; Corsica's 2A and 2B count as 19 and 18."""
    number = alphanumerics(text).replace("2A", "19", 1).replace("2B", "18", 1)
    if not number.isdecimal():
        return False
    month = int(number[3:5])
    if not (1 <= month <= 12 or 20 <= month <= 42 or 50 <= month <= 99):  # noqa: PLR2004 - fictitious months
        return False
    return _MOD97 - int(number[:13]) % _MOD97 == int(number[13:])


def ie_pps(text: str) -> bool:
    """Irish PPS number (Department of Social Protection): weights 8 to 2, second letter times 9, mod 23."""
    number = alphanumerics(text)
    total = weighted(digits_of(number[:7]), range(8, 1, -1))
    if len(number) > 8 and number[8] != "W":  # noqa: PLR2004 - a second letter
        total += (ord(number[8]) - 64) * 9
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == number[7]


def is_kennitala(text: str) -> bool:
    """Icelandic number (Þjóðskrá): birth date (day + 40 for organisations), mod 11, century 8, 9 or 0."""
    d = digits_of(text)
    if not is_recent_date(d[4] * 10 + d[5], d[2] * 10 + d[3], (d[0] % 4) * 10 + d[1]):
        return False
    return d[9] in (8, 9, 0) and -weighted(d, (3, 2, 7, 6, 5, 4, 3, 2)) % 11 == d[8]


def lu_matricule(text: str) -> bool:
    """Luxembourg number (matricule, CTIE): birth date, then mod 10 and Verhoeff over the first eleven digits."""
    d = digits_of(text)
    year = d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3]
    if not 1850 <= year <= 2100 or not is_date(year, d[4] * 10 + d[5], d[6] * 10 + d[7]):  # noqa: PLR2004
        return False
    return luhn_sum(d[:12]) == 0 and verhoeff([*d[:11], d[12]])


def lv_pk(text: str) -> bool | None:
    """Latvian personal code (PMLP): birth date and a weighted sum; since 2017 32… without either."""
    d = digits_of(text)
    if d[0] == 3 and d[1] == 2:  # noqa: PLR2004 - the new form
        return None
    if not is_recent_date(d[4] * 10 + d[5], d[2] * 10 + d[3], d[0] * 10 + d[1]):
        return False
    return (1101 - weighted(d, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11 == d[10]


def nl_bsn(text: str) -> bool:
    """Dutch citizen number (BSN, RvIG): the eleven test with weight -1 for the last digit."""
    d = digits_of(text)
    return len(set(d)) > 1 and weighted(d, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def no_fnr(text: str) -> bool:
    """Norwegian birth number (Skatteetaten): date (day + 40: D number, month + 40 or 80: synthetic), two mod 11."""
    d = digits_of(text)
    if not is_recent_date(d[4] * 10 + d[5], (d[2] * 10 + d[3]) % 40, (d[0] % 4) * 10 + d[1]):
        return False
    first = weighted(d, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    return first == 0 and weighted(d, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def se_personnummer(text: str) -> bool:
    """Swedish personal number (Skatteverket): birth date (day + 60: coordination number), mod 10."""
    d = digits_of(text)
    short = d[-10:]
    day = short[4] * 10 + short[5]
    month, day = short[2] * 10 + short[3], day - 60 if day > 60 else day  # noqa: PLR2004 - the offset
    years = [d[0] * 1000 + d[1] * 100] if len(d) == 12 else [1900, 2000]  # noqa: PLR2004 - with century
    if not any(is_date(year + short[0] * 10 + short[1], month, day) for year in years):
        return False
    return luhn_sum(short) == 0


def se_orgnr(text: str) -> bool:
    """Swedish organisation number (Skatteverket): third digit at least 2, mod 10."""
    d = digits_of(text)
    return d[2] >= 2 and luhn_sum(d) == 0  # noqa: PLR2004 - no month starts so


def uk_driving_licence(text: str) -> bool | None:
    """British driving licence (DVLA): the month (+ 50 for women) and the day in the middle must exist."""
    number = alphanumerics(text)
    month, day = int(number[6:8]) % 50, int(number[8:10])
    return None if 1 <= month <= 12 and 1 <= day <= 31 else False  # noqa: PLR2004 - a calendar


def uk_nhs(text: str) -> bool:
    """British health service number (NHS Data Dictionary): weights 10 to 2, mod 11."""
    d = digits_of(text)
    return len(set(d)) > 1 and weighted(d, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
