"""Check digit algorithms and the identifiers of banks, cards, devices and vehicles.

Pure functions from the matched text to a verdict; separators are ignored. Each says its source. Identifiers of states
are in `ids_northwest_europe`, `ids_southeast_europe`, `ids_americas` and `ids_asia_africa`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import date
from operator import mul
from string import ascii_uppercase
from typing import Final

from gateway.detect.digits import address_in, decimal_digits, ipv4

__all__ = [
    "SHORTEST_IBAN",
    "aba",
    "alphanumerics",
    "as_matched",
    "base58",
    "bech32",
    "card",
    "digits_of",
    "iban",
    "iban_length",
    "iban_unlisted",
    "imei",
    "ip_address",
    "is_date",
    "is_recent_date",
    "iso7064_mod11_10",
    "luhn",
    "luhn_sum",
    "swift",
    "verhoeff",
    "vin",
    "weighted",
]

_VALUES: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""The sum of the digits of twice each digit."""


def digits_of(text: str) -> list[int]:
    """Return the decimal digits in `text`, of any script."""
    return list(decimal_digits(text).encode().translate(_VALUES))


def alphanumerics(text: str) -> str:
    """Return the letters and digits in `text`, letters upper case."""
    return "".join(filter(str.isalnum, as_matched(text))).upper()


def as_matched(text: str) -> str:
    """Return a text with the letters that an expression took it for: ignoring case, the Kelvin sign for a `k`."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("İ", "I")


def weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    """Return the sum of each digit times its weight; as many as there are weights."""
    return sum(map(mul, digits, weights))


def is_date(year: int, month: int, day: int) -> bool:
    """Tell whether such a day exists."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def is_recent_date(year: int, month: int, day: int) -> bool:
    """Tell whether a two-digit year, month and day are a date in this or the last century."""
    return is_date(1900 + year, month, day) or is_date(2000 + year, month, day)


def luhn_sum(digits: Sequence[int]) -> int:
    """Return the mod-10 remainder of `digits`, the last of which is the check digit; 0 when right.

    Source: ISO/IEC 7812-1, Annex B.
    """
    return (sum(digits[-1::-2]) + sum(map(_DOUBLED.__getitem__, digits[-2::-2]))) % 10


def luhn(text: str) -> bool:
    """Tell whether the digits pass the mod-10 algorithm and are not all alike (ISO/IEC 7812-1, Annex B)."""
    digits = digits_of(text)
    return len(set(digits)) > 1 and luhn_sum(digits) == 0


def iso7064_mod11_10(digits: Sequence[int]) -> bool:
    """Tell whether the last digit checks the others. Source: ISO/IEC 7064, hybrid system MOD 11,10."""
    product = 10
    for digit in digits[:-1]:
        total = (digit + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == digits[-1]


_DIHEDRAL: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_PERMUTED: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def verhoeff(digits: Sequence[int]) -> bool:
    """Tell whether the last digit checks the others. Source: J. Verhoeff, Error Detecting Decimal Codes (1969)."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _DIHEDRAL[check][_PERMUTED[place % 8][digit]]
    return check == 0


# Issuer ranges and lengths of the networks: (first, last, number of leading digits compared, allowed lengths).
# Sources: ISO/IEC 7812-1 and the networks' published ranges.
_NETWORKS: Final = (
    (4, 4, 1, (13, 16, 18, 19)),  # Visa
    (51, 55, 2, (16,)),  # Mastercard
    (2221, 2720, 4, (16,)),  # Mastercard
    (34, 34, 2, (15,)),  # American Express
    (37, 37, 2, (15,)),
    (300, 305, 3, (14, 16, 17, 18, 19)),  # Diners Club
    (3095, 3095, 4, (14, 16, 17, 18, 19)),
    (36, 36, 2, (14, 15, 16, 17, 18, 19)),
    (38, 39, 2, (14, 16, 17, 18, 19)),
    (6011, 6011, 4, (16, 17, 18, 19)),  # Discover
    (644, 649, 3, (16, 17, 18, 19)),
    (65, 65, 2, (16, 17, 18, 19)),
    (3528, 3589, 4, (16, 17, 18, 19)),  # JCB
    (35, 35, 2, (16,)),  # JCB and ranges lent out by it
    (62, 62, 2, (16, 17, 18, 19)),  # UnionPay
    (81, 81, 2, (16, 17, 18, 19)),  # UnionPay and RuPay
    (60, 60, 2, (16,)),  # RuPay, Hipercard
    (508, 508, 3, (16,)),  # RuPay
    (353, 353, 3, (16,)),
    (356, 356, 3, (16,)),
    (50, 50, 2, (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (56, 58, 2, (12, 13, 14, 15, 16, 17, 18, 19)),
    (61, 61, 2, (12, 13, 14, 15, 16, 17, 18, 19)),
    (63, 63, 2, (12, 13, 14, 15, 16, 17, 18, 19)),
    (66, 69, 2, (12, 13, 14, 15, 16, 17, 18, 19)),
    (2200, 2204, 4, (16, 17, 18, 19)),  # Mir
    (9792, 9792, 4, (16,)),  # Troy
    (604, 604, 4, (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro, with a leading zero
    (1800, 1800, 4, (15,)),  # JCB, older
    (2131, 2131, 4, (15,)),
    (1, 1, 1, (15,)),  # UATP
    (9860, 9860, 4, (16,)),  # Humo
    (8600, 8600, 4, (16,)),  # Uzcard
    (637, 639, 3, (16,)),  # InstaPayment
)


_USUAL_LENGTHS: Final = (13, 14, 15, 16, 19)
_SHORTEST, _LONGEST, _LEADING = 12, 19, 4


def _lengths() -> bytes:
    """Return, for each four leading digits, the lengths that a number may have in any network, `_SHORTEST` as bit 0."""
    allowed = bytearray(10**_LEADING)
    for first, last, leading, lengths in _NETWORKS:
        wide = 10 ** (_LEADING - leading)
        bits = sum(1 << length - _SHORTEST for length in lengths)
        for prefix in range(first * wide, (last + 1) * wide):
            allowed[prefix] |= bits
    return bytes(allowed)


_LENGTHS: Final = _lengths()


def card(text: str) -> bool | None:
    """Tell whether the digits are a payment card number: length and range of a network, and the mod-10 check.

    None for the rare lengths (12, 17 and 18): identifiers of messages and orders are as long.
    """
    number = decimal_digits(text)
    size = len(number)
    if not _SHORTEST <= size <= _LONGEST or not _LENGTHS[int(number[:_LEADING])] >> size - _SHORTEST & 1:
        return False  # most numbers are no card's by their beginning
    digits = digits_of(number)
    if luhn_sum(digits) != 0 or len(set(digits)) == 1:
        return False
    return True if size in _USUAL_LENGTHS else None


_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FO FI GL NL SD FK",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK MN",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM TL SO",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "PT ST LY",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
"""Length by country. Source: SWIFT, IBAN Registry (release 99)."""
SHORTEST_IBAN: Final = min(_IBAN_LENGTHS.values())
_MOD97: Final = 97
_MOD97_VALUES: Final = str.maketrans({letter: str(10 + place) for place, letter in enumerate(ascii_uppercase)})


def iban_length(text: str) -> int:
    """Return how many letters and digits an account number has that begins so; 0 if no country's does."""
    return _IBAN_LENGTHS.get(alphanumerics(text[:2]), 0)


def iban(text: str) -> bool:
    """Tell whether it is an account number of a known country with right length and check digits (ISO 13616)."""
    number = alphanumerics(text)
    return len(number) == _IBAN_LENGTHS.get(number[:2]) and _mod97(number)


def iban_unlisted(text: str) -> bool:
    """Tell whether it has the check digits of an IBAN and starts with a country, though not the registered length."""
    number = alphanumerics(text)
    return f" {number[:2]} " in _COUNTRIES and len(set(number[4:])) > 2 and _mod97(number)  # noqa: PLR2004 - a filler


def _mod97(number: str) -> bool:
    """Tell whether the check digits are right (ISO 7064, MOD 97-10)."""
    if not number.isascii():
        return False
    return int((number[4:] + number[:4]).translate(_MOD97_VALUES)) % _MOD97 == 1


def aba(text: str) -> bool:
    """Tell whether it is a US routing number. Source: ABA, Routing Number Policy (weights 3, 7, 1; known prefixes)."""
    digits = digits_of(text)
    prefix = digits[0] * 10 + digits[1]
    known = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80  # noqa: PLR2004 - ranges
    return known and any(digits) and weighted(digits, (3, 7, 1) * 3) % 10 == 0


_COUNTRIES: Final = (
    " AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD"
    " CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD"
    " GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI"
    " KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW"
    " MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC"
    " SD SE SG SH SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC"
    " VE VG VI VN VU WF WS XK YE YT ZA ZM ZW "
)
"""ISO 3166-1 alpha-2, and Kosovo."""


def swift(text: str) -> bool | None:
    """Tell whether it can be a bank's BIC: its fifth and sixth letter are a country (ISO 9362)."""
    return None if f" {alphanumerics(text)[4:6]} " in _COUNTRIES else False


_VIN_VALUES: Final = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin(text: str) -> bool | None:
    """Tell whether it is a vehicle identification number (ISO 3779; check digit: 49 CFR 565.15, North America only).

    True when the check digit is right, None when it isn't: most of the world doesn't use it.
    """
    number = alphanumerics(text)
    if len(set(number)) <= 3 or number.isalpha():  # noqa: PLR2004 - a filler, not a number
        return False
    values = [_VIN_VALUES.get(character, 0) for character in number]
    check = weighted(values, _VIN_WEIGHTS) % 11
    return True if number[8] == "0123456789X"[check] else None


def imei(text: str) -> bool:
    """Tell whether it is a device identity: 15 digits, mod-10 check. Source: 3GPP TS 23.003, clause 6.2."""
    digits = digits_of(text)
    reporting_body = digits[0] * 10 + digits[1]
    return luhn(text) and (reporting_body in (1, 10, 30, 33, 35, 44, 45, 49, 50, 51, 52, 53, 54, 86, 91, 98, 99))


_BASE58: Final = {
    character: value for value, character in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
}
_PAYLOAD: Final = 25
"""Bytes of an address: version, 20 bytes of hash, 4 of checksum."""


def base58(text: str) -> bool:
    """Tell whether it is an address in Base58Check (Bitcoin, Litecoin, Dogecoin, Tron). Source: Bitcoin Core."""
    number = 0
    for character in text:
        value = _BASE58.get(character)
        if value is None:
            return False
        number = number * 58 + value
    try:
        raw = number.to_bytes(_PAYLOAD, "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_RESIDUES: Final = (1, 0x2BC830A3)


def bech32(text: str) -> bool:
    """Tell whether it is a segregated witness address. Source: BIP-173 and BIP-350."""
    if text not in (text.lower(), text.upper()):
        return False
    prefix, _, data = text.lower().rpartition("1")
    values = [_BECH32.find(character) for character in data]
    if not prefix or -1 in values:
        return False
    expanded = [ord(character) >> 5 for character in prefix] + [0] + [ord(character) & 31 for character in prefix]
    residue = 1
    for value in expanded + values:
        top = residue >> 25
        residue = (residue & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            if top >> place & 1:
                residue ^= generator
    return residue in _RESIDUES


def ip_address(text: str) -> bool | None:
    """Tell whether it is an address of the Internet Protocol (RFC 791, RFC 4291), with or without prefix length."""
    try:
        if ipv4(text) is None:
            address_in(text)
    except ValueError:
        return False
    return None
