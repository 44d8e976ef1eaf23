"""Lines of the machine-readable zone of passports, visas and identity cards, as they come out of scanners and forms.

Each function takes a matched line (blanks between characters and lower case allowed, as text recognition leaves them)
and tells whether it is one. Source: ICAO Doc 9303, parts 3 to 7; the French card's layout is older than that.
`UTO` (Utopia) is the state of the documented samples, which are nobody's.
"""

from __future__ import annotations

from typing import Final

from gateway.detect.checksums import as_matched, is_recent_date, weighted

__all__ = ["icao_card_holder", "icao_card_number", "icao_document", "icao_french_card", "icao_names"]

_LENGTHS: Final = frozenset({30, 36, 44})
"""Characters of a line of a card, of a small document and of a passport."""
_SAMPLE: Final = "UTO"
_FILLER: Final = "<"
_WEIGHTS: Final = (7, 3, 1)
_NUMBER: Final = 9
_FEWEST_DIGITS: Final = 2
"""A number has so many, or it is a word."""


def icao_document(text: str) -> bool:
    """Second line of a passport, a visa or a small document: number, state, birth, sex, expiry (parts 4, 5 and 7)."""
    line = _line(text)
    return line[10:13] != _SAMPLE and _is_number(line[:10]) and _are_dates(line[13:20], line[21:28])


def icao_card_number(text: str) -> bool:
    """First line of an identity card of three: kind, state, number (part 5); a long number ends in what follows it."""
    line = _line(text)
    if line[2:5] == _SAMPLE or len(line) != min(_LENGTHS):
        return False
    number = line[5:15]
    if number.endswith(_FILLER):
        number = number[:-1] + line[15:].partition(_FILLER)[0]
    return _is_number(number)


def icao_card_holder(text: str) -> bool:
    """Second line of an identity card of three: birth, sex, expiry, state (part 5)."""
    line = _line(text)
    return line[15:18] != _SAMPLE and len(line) == min(_LENGTHS) and _are_dates(line[:7], line[8:15])


def icao_french_card(text: str) -> bool:
    """Second line of a French identity card as issued until 2021: number, given names, birth, sex.

    Its last digit is of both lines, and tells nothing here.
    """
    line = _line(text)
    return _is_checked(line[:13]) and _is_dated(line[27:34])


def icao_names(text: str) -> bool:
    """Line with the holder's names: the first of a passport or a small document, the last of a card (part 3)."""
    line = _line(text)
    return len(line) in _LENGTHS and line[2:5] != _SAMPLE


def _line(text: str) -> str:
    return as_matched(text).replace("«", 2 * _FILLER).replace(" ", "").upper()


def _is_checked(field: str) -> bool:
    """Tell whether the last character of a field is its check digit: weights 7, 3, 1, fillers count nothing."""
    values = [0 if character == _FILLER else int(character, 36) for character in field]
    weights = (_WEIGHTS * (len(values) // len(_WEIGHTS) + 1))[: len(values) - 1]
    return field[-1:].isdecimal() and weighted(values[:-1], weights) % 10 == values[-1]


def _is_number(field: str) -> bool:
    return sum(map(str.isdecimal, field)) >= _FEWEST_DIGITS and _is_checked(field)


def _is_dated(field: str) -> bool:
    """Tell whether a field is a date with its check digit; a part that is not known is left out as zeros or fillers."""
    date = field[:6].replace(_FILLER, "0")
    year, month, day = (int(date[at : at + 2]) for at in (0, 2, 4))
    return _is_checked(field) and is_recent_date(year, month or 1, day or 1)


def _are_dates(birth: str, expiry: str) -> bool:
    return _is_dated(birth) and _is_dated(expiry)
