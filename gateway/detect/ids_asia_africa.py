"""Identifiers of persons and taxpayers in Asia, Africa and Oceania: check digits and built-in dates.

Each function takes the matched text (separators allowed) and tells whether it can be that identifier. Sources: the
issuing authorities' specifications, named in the docstrings.
"""

from __future__ import annotations

from typing import Final

from gateway.detect.checksums import (
    alphanumerics,
    digits_of,
    is_date,
    is_recent_date,
    luhn,
    luhn_sum,
    verhoeff,
    weighted,
)
from gateway.detect.digits import decimal_digits

__all__ = [
    "ae_eid",
    "au_abn",
    "au_acn",
    "au_medicare",
    "au_tfn",
    "cn_ric",
    "eg_nid",
    "hk_hkid",
    "id_nik",
    "il_id",
    "in_aadhaar",
    "ir_melli",
    "jp_my_number",
    "kr_brn",
    "kr_frn",
    "kr_rrn",
    "kw_civil_id",
    "kz_iin",
    "lk_nic",
    "my_nric",
    "nz_ird",
    "nz_nhi",
    "ph_tin",
    "sa_id",
    "sg_nric",
    "sg_uen",
    "th_tnin",
    "tw_id",
    "za_id",
]


def ae_eid(text: str) -> bool:
    """Emirates ID (ICP): 784, year of birth, mod 10."""
    d = digits_of(text)
    year = d[3] * 1000 + d[4] * 100 + d[5] * 10 + d[6]
    return d[:3] == [7, 8, 4] and 1900 <= year <= 2100 and luhn_sum(d) == 0  # noqa: PLR2004 - lifetimes


def au_abn(text: str) -> bool:
    """Australian business number (ABR): one off the first digit (none is 0), weights 10, 1, 3, … 19, mod 89."""
    d = digits_of(text)
    return weighted([(d[0] or 10) - 1, *d[1:]], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


def au_acn(text: str) -> bool:
    """Australian company number (ASIC): weights 8 to 1, mod 10."""
    d = digits_of(text)
    return -weighted(d, range(8, 0, -1)) % 10 == d[8]


def au_medicare(text: str) -> bool:
    """Australian Medicare card (Services Australia): weights 1, 3, 7, 9, mod 10; the last digit counts issues."""
    d = digits_of(text)
    return weighted(d, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == d[8]


def au_tfn(text: str) -> bool:
    """Australian tax file number (ATO): mod 11."""
    return weighted(digits_of(text), (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def cn_ric(text: str) -> bool:
    """Chinese resident identity number (GB 11643): region, birth date, ISO 7064 MOD 11-2."""
    number = alphanumerics(text)
    d = digits_of(number[:17])
    if not 1 <= d[0] <= 8 or not is_date(int(number[6:10]) or 1, int(number[10:12]), int(number[12:14])):  # noqa: PLR2004
        return False
    total = sum(digit * 2 ** (17 - place) for place, digit in enumerate(d))
    return "10X98765432"[total % 11] == number[17]


def eg_nid(text: str) -> bool | None:
    """Egyptian national number (Civil Status): century, birth date, governorate; its check digit isn't published."""
    d = digits_of(text)
    century = {2: 1900, 3: 2000}.get(d[0], 0)
    governorate = d[7] * 10 + d[8]
    born = bool(century) and is_date(century + d[1] * 10 + d[2], d[3] * 10 + d[4], d[5] * 10 + d[6])
    return None if born and (1 <= governorate <= 35 or governorate == 88) else False  # noqa: PLR2004 - 88: abroad


def hk_hkid(text: str) -> bool:
    """Hong Kong identity card (Immigration Department): letters as 10 to 35, blank 36, weights 9 to 2, mod 11."""
    number = alphanumerics(text)
    body, check = number[:-1], number[-1]
    values = [36] * (8 - len(body)) + [int(character, 36) for character in body]
    total = weighted(values, range(9, 1, -1)) + (10 if check == "A" else int(check))
    return total % 11 == 0


def id_nik(text: str) -> bool | None:
    """Indonesian NIK (Dukcapil): province and birth date (day + 40 for women)."""
    d = digits_of(text)
    province, day = d[0] * 10 + d[1], d[6] * 10 + d[7]
    day = day - 40 if day > 40 else day  # noqa: PLR2004 - the offset
    born = is_recent_date(d[10] * 10 + d[11], d[8] * 10 + d[9], day)
    return None if 11 <= province <= 96 and born and any(d[12:]) else False  # noqa: PLR2004 - province codes


def il_id(text: str) -> bool:
    """Israeli identity number (Population Authority): mod 10, padded to nine digits."""
    return luhn(text)


def in_aadhaar(text: str) -> bool:
    """Indian Aadhaar (UIDAI): Verhoeff, no palindrome."""
    d = digits_of(text)
    return d != d[::-1] and verhoeff(d)


def ir_melli(text: str) -> bool:
    """Iranian national code: weights 10 to 2, mod 11."""
    d = digits_of(text)
    rest = weighted(d, range(10, 1, -1)) % 11
    return len(set(d)) > 1 and d[9] == (rest if rest < 2 else 11 - rest)  # noqa: PLR2004 - the rule


def jp_my_number(text: str) -> bool:
    """Japanese individual number (マイナンバー, Ordinance 85 of 2014): mod 11."""
    d = digits_of(text)
    rest = weighted(d, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return len(set(d)) > 1 and d[11] == (0 if rest <= 1 else 11 - rest)


def kr_brn(text: str) -> bool:
    """South Korean business number (National Tax Service): mod 10, the ninth product's tens count, too."""
    d = digits_of(text)
    return -(weighted(d, (1, 3, 7, 1, 3, 7, 1, 3, 5)) + d[8] * 5 // 10) % 10 == d[9]


_KOREA: Final = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def kr_rrn(text: str) -> bool | None:
    """South Korean resident number (Ministry of the Interior): birth date; until October 2020 a region and mod 11."""
    d = digits_of(text)
    century = 1900 if d[6] in (1, 2) else 2000
    born = is_date(century + d[0] * 10 + d[1], d[2] * 10 + d[3], d[4] * 10 + d[5])
    checked = d[7] * 10 + d[8] < 97 and (11 - weighted(d, _KOREA) % 11) % 10 == d[12]  # noqa: PLR2004 - regions
    return False if not born else True if checked else None


def kr_frn(text: str) -> bool | None:
    """South Korean number of foreigners: as of residents, with another start of the check."""
    d = digits_of(text)
    century = 1900 if d[6] in (5, 6) else 2000
    born = is_date(century + d[0] * 10 + d[1], d[2] * 10 + d[3], d[4] * 10 + d[5])
    checked = (13 - weighted(d, _KOREA) % 11) % 10 == d[12]
    return False if not born else True if checked else None


_KUWAIT: Final = (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def kw_civil_id(text: str) -> bool:
    """Kuwaiti civil ID (PACI): century, birth date, mod 11."""
    d = digits_of(text)
    century = {2: 1900, 3: 2000}.get(d[0], 0)
    if not century or not is_date(century + d[1] * 10 + d[2], d[3] * 10 + d[4], d[5] * 10 + d[6]):
        return False
    return 11 - weighted(d, _KUWAIT) % 11 == d[11]


def kz_iin(text: str) -> bool:
    """Kazakh individual number (ИИН): birth date, two-stage mod 11."""
    d = digits_of(text)
    if not is_recent_date(d[0] * 10 + d[1], d[2] * 10 + d[3], d[4] * 10 + d[5]):
        return False
    check = weighted(d, range(1, 12)) % 11
    if check == 10:  # noqa: PLR2004 - the second stage
        check = weighted(d, (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return check == d[11]


def lk_nic(text: str) -> bool | None:
    """Sri Lankan identity card (DRP): the day of the year (+ 500 for women) must exist."""
    number = alphanumerics(text)
    day = int(number[2:5] if len(number) == 10 else number[4:7]) % 500  # noqa: PLR2004 - the form before 2016
    return None if 1 <= day <= 366 else False  # noqa: PLR2004 - a year


def my_nric(text: str) -> bool | None:
    """Malaysian NRIC (JPN): birth date and place code."""
    d = digits_of(text)
    place = d[6] * 10 + d[7]
    known = place not in (0, 17, 18, 19, 20, 69, 70, 73, 80, 81, 94, 95, 96, 97)
    return None if known and is_recent_date(d[0] * 10 + d[1], d[2] * 10 + d[3], d[4] * 10 + d[5]) else False


def nz_ird(text: str) -> bool:
    """New Zealand tax number (Inland Revenue): two-stage mod 11, from 10 million on."""
    number = decimal_digits(text).zfill(9)
    if not 10_000_000 <= int(number) <= 150_000_000:  # noqa: PLR2004 - the issued range
        return False
    d = digits_of(number)
    rest = -weighted(d, (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    if rest == 10:  # noqa: PLR2004 - the second stage
        rest = -weighted(d, (7, 4, 3, 2, 5, 2, 7, 6)) % 11
    return rest == d[8]


def nz_nhi(text: str) -> bool:
    """New Zealand health index (HISO 10046): three letters without I and O, three digits, mod 11."""
    number = alphanumerics(text)
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    values = [alphabet.index(letter) + 1 for letter in number[:3]] + digits_of(number[3:6])
    rest = weighted(values, range(7, 1, -1)) % 11
    return rest != 0 and (11 - rest) % 10 == int(number[6])


def ph_tin(text: str) -> bool:
    """Philippine taxpayer number (BIR): weights 9 to 2, mod 11."""
    d = digits_of(text)
    return len(set(d)) > 1 and weighted(d, range(9, 1, -1)) % 11 == d[8]


def sa_id(text: str) -> bool:
    """Saudi national and resident number (MOI): starts with 1 or 2, mod 10."""
    d = digits_of(text)
    return d[0] in (1, 2) and luhn_sum(d) == 0


def sg_nric(text: str) -> bool:
    """Singaporean NRIC and FIN (ICA): weights 2, 7, 6, 5, 4, 3, 2, letter by the rest by 11."""
    number = alphanumerics(text)
    total = weighted(digits_of(number[1:8]), (2, 7, 6, 5, 4, 3, 2))
    total += {"T": 4, "G": 4, "M": 3}.get(number[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}
    return number[0] in letters and letters[number[0]][total % 11] == number[8]


def sg_uen(text: str) -> bool:
    """Singaporean entity number (ACRA) of businesses, eight digits, or of local companies, nine: letter by mod 11."""
    number = alphanumerics(text)
    d = digits_of(number[:-1])
    if len(d) == 8:  # noqa: PLR2004 - a business
        return "XMKECAWLJDB"[weighted(d, (10, 4, 9, 3, 8, 2, 7, 1)) % 11] == number[-1]
    return "ZKCMDNERGWH"[weighted(d, (10, 8, 6, 4, 9, 7, 5, 3, 1)) % 11] == number[-1]


def th_tnin(text: str) -> bool:
    """Thai identity number (DOPA): weights 13 to 2, mod 11."""
    d = digits_of(text)
    return d[0] != 0 and len(set(d)) > 1 and (11 - weighted(d, range(13, 1, -1)) % 11) % 10 == d[12]


_TAIWAN: Final = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))


def tw_id(text: str) -> bool:
    """Taiwanese identity number (Ministry of the Interior): the letter as two digits, weights, mod 10."""
    number = alphanumerics(text)
    first = _TAIWAN[number[0]]
    d = [first // 10, first % 10, *digits_of(number[1:])]
    return weighted(d, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def za_id(text: str) -> bool:
    """South African identity number (Home Affairs): birth date, citizenship 0 to 2, an 8 or 9, mod 10."""
    d = digits_of(text)
    if not is_recent_date(d[0] * 10 + d[1], d[2] * 10 + d[3], d[4] * 10 + d[5]):
        return False
    return d[10] in (0, 1, 2) and d[11] in (8, 9) and luhn_sum(d) == 0
