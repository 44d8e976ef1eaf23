"""Identifiers of persons and taxpayers in Europe: check digits and built-in dates.

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
    iso7064_mod11_10,
    luhn_sum,
    verhoeff,
    weighted,
)
from gateway.detect.digits import decimal_digits

__all__ = [
    "at_svnr",
    "be_nn",
    "bg_egn",
    "ch_ahv",
    "cz_rc",
    "de_health_insurance",
    "de_icao",
    "de_lanr",
    "de_rvnr",
    "de_tax_id",
    "de_vat",
    "dk_cpr",
    "ee_ik",
    "es_nie",
    "es_nif",
    "es_nuss",
    "fi_hetu",
    "fr_nir",
    "gr_afm",
    "gr_amka",
    "hr_oib",
    "hu_taj",
    "hu_tax",
    "ie_pps",
    "is_kennitala",
    "it_fiscal_code",
    "jmbg",
    "lu_matricule",
    "lv_pk",
    "nl_bsn",
    "no_fnr",
    "pl_id_card",
    "pl_nip",
    "pl_pesel",
    "pt_cc",
    "pt_nif",
    "ro_cnp",
    "ru_inn",
    "ru_snils",
    "se_orgnr",
    "se_personnummer",
    "tr_tckn",
    "ua_rnokpp",
    "uk_driving_licence",
    "uk_nhs",
]

_MAX_REPEATS: Final = 3
_MOD97: Final = 97


def _plausible(year: int, month: int, day: int) -> bool:
    """Tell whether a two-digit year, month and day are a date in this or the last century."""
    return is_date(1900 + year, month, day) or is_date(2000 + year, month, day)


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


def bg_egn(text: str) -> bool:
    """Bulgarian citizen number (ЕГН, GRAO): birth date (month + 20 before 1900, + 40 since 2000) and mod 11."""
    d = digits_of(text)
    month = d[2] * 10 + d[3]
    century = {0: 1900, 1: 1800, 2: 2000}.get((month - 1) // 20, 0)
    if not century or not is_date(century + d[0] * 10 + d[1], (month - 1) % 20 + 1, d[4] * 10 + d[5]):
        return False
    return weighted(d, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == d[9]


def ch_ahv(text: str) -> bool:
    """Swiss AHV number (ZAS): 756 and an EAN-13 check digit."""
    d = digits_of(text)
    return d[:3] == [7, 5, 6] and weighted(d, (1, 3) * 6 + (1,)) % 10 == 0 and len(set(d[3:])) > 1


def cz_rc(text: str) -> bool:
    """Czech and Slovak birth number (zákon 133/2000 Sb.): date (months + 20, + 50, + 70), divisible by 11."""
    d = digits_of(text)
    number = int("".join(map(str, d)))
    month = (d[2] * 10 + d[3]) % 50
    month = month - 20 if month > 20 else month  # noqa: PLR2004 - the offset when a day's numbers are used up
    if not _plausible(d[0] * 10 + d[1], month, d[4] * 10 + d[5]):
        return False
    if len(d) == 9:  # noqa: PLR2004 - before 1954, without check digit
        return d[0] * 10 + d[1] < 54 and d[6:] != [0, 0, 0]  # noqa: PLR2004
    return number % 11 == 0 or (number // 10 % 11 == 10 and d[9] == 0)  # noqa: PLR2004


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
    if not _plausible(d[4] * 10 + d[5], d[2] * 10 + d[3], d[0] * 10 + d[1]):
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


def gr_afm(text: str) -> bool:
    """Greek tax number (ΑΦΜ, AADE): powers of two, mod 11."""
    d = digits_of(text)
    return any(d) and weighted(d, (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == d[8]


def gr_amka(text: str) -> bool:
    """Greek social security number (ΑΜΚΑ): birth date and mod 10."""
    d = digits_of(text)
    return _plausible(d[4] * 10 + d[5], d[2] * 10 + d[3], d[0] * 10 + d[1]) and luhn_sum(d) == 0


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
    if not _plausible(d[4] * 10 + d[5], d[2] * 10 + d[3], (d[0] % 4) * 10 + d[1]):
        return False
    return d[9] in (8, 9, 0) and -weighted(d, (3, 2, 7, 6, 5, 4, 3, 2)) % 11 == d[8]


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
    if not _plausible(d[4] * 10 + d[5], d[2] * 10 + d[3], d[0] * 10 + d[1]):
        return False
    return (1101 - weighted(d, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11 == d[10]


def nl_bsn(text: str) -> bool:
    """Dutch citizen number (BSN, RvIG): the eleven test with weight -1 for the last digit."""
    d = digits_of(text)
    return len(set(d)) > 1 and weighted(d, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def no_fnr(text: str) -> bool:
    """Norwegian birth number (Skatteetaten): date (day + 40: D number, month + 40 or 80: synthetic), two mod 11."""
    d = digits_of(text)
    if not _plausible(d[4] * 10 + d[5], (d[2] * 10 + d[3]) % 40, (d[0] % 4) * 10 + d[1]):
        return False
    first = weighted(d, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    return first == 0 and weighted(d, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


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


def tr_tckn(text: str) -> bool:
    """Turkish identity number (T.C. Kimlik, NVİ): two check digits."""
    d = digits_of(text)
    first = (sum(d[0:9:2]) * 7 - sum(d[1:8:2])) % 10
    return d[0] != 0 and first == d[9] and sum(d[:10]) % 10 == d[10]


def ua_rnokpp(text: str) -> bool:
    """Ukrainian taxpayer number (РНОКПП): weights, mod 11."""
    d = digits_of(text)
    return len(set(d)) > 1 and weighted(d, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == d[9]


def uk_driving_licence(text: str) -> bool | None:
    """British driving licence (DVLA): the month (+ 50 for women) and the day in the middle must exist."""
    number = alphanumerics(text)
    month, day = int(number[6:8]) % 50, int(number[8:10])
    return None if 1 <= month <= 12 and 1 <= day <= 31 else False  # noqa: PLR2004 - a calendar


def uk_nhs(text: str) -> bool:
    """British health service number (NHS Data Dictionary): weights 10 to 2, mod 11."""
    d = digits_of(text)
    return len(set(d)) > 1 and weighted(d, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
