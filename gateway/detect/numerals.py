"""Numbers written otherwise than as one run of digits: grouped by anything, in words, look-alikes, backwards.

Only runs that look like one number are joined: separated alike or into groups of one size. A list of measurements is
not, nor are dates, times, addresses of machines and versions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from gateway.detect.checksums import card, iban
from gateway.detect.families import ALONE
from gateway.detect.profile import Profile
from gateway.detect.rules import Pattern
from gateway.detect.views import Edit

__all__ = [
    "NUMBERS",
    "NUMBER_WORDS",
    "NUMERALS",
    "mirrored",
    "word_edits",
]


def _pattern(regex: str, flags: int = 0) -> Pattern:
    return Pattern(regex, flags, 1.0)


_MIN_DIGITS: Final = 8
_MAX_DIGITS: Final = 34
_GAP: Final = r"""(?:
    [^\w<>\\]{1,6} | <[^<>\n]{1,40}> | \\[nrt] | _{1,3} |
    (?=[a-z])(?:dash|hyphen|minus|space|blank|dot|point|slash|then|and|newline|strich|leerzeichen|punkt|tiret|guion)
)"""
_CLUSTER: Final = _pattern(
    rf"(?<![\w.])(?!\d++(?!{_GAP}{{1,4}}+\d))\d(?:\d|{_GAP}{{1,4}}+\d){{7,60}}(?!\w)", re.VERBOSE | re.IGNORECASE
)
"""A run of digits alone is none. No gap begins with a digit; said so, dense rows of digits take half the time."""
_LACED: Final = _pattern(r"(?<![A-Za-z0-9])\d(?P<letter>[A-Za-z])\d(?:(?P=letter)\d){6,32}(?![A-Za-z0-9])")
_ACCOUNT: Final = _pattern(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}([ \t]{1,4}|\r?\n[ \t]{0,4}|[ ]?[|/_.*:,;+-][ ]?|</?\w{1,8}>(?:</?\w{1,8}>)?)"
    r"[A-Za-z0-9]{2,4}(?:\1[A-Za-z0-9]{1,4}){1,14}(?![A-Za-z0-9])"
)
_GROUPS: Final = re.compile(r"\d+")
_AMERICAN: Final = [3, 2, 4]
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){2,4}\Z")
_DATE: Final = re.compile(
    r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})(?:[T ,]{1,2}\d{1,2}[:.]\d{2}.*)?\Z|\d{1,2}:\d{2}",
    re.DOTALL,
)

_LOOKALIKE: Final = _pattern(
    r"(?<![\w])(?![0-9]++(?![ -]?[0-9OoQlI|SsBZ]))[0-9OoQlI|SsBZ](?:[ -]?[0-9OoQlI|SsBZ]){11,22}(?![\w])"
)
"""Digits alone look like nothing else."""
_AS_DIGIT: Final = str.maketrans("OoQlI|SsBZ", "0001115582")
_MIN_REAL: Final = 4

_SOLID: Final = _pattern(r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w])(?![.-]\d)")
_SAYS_CARD: Final = re.compile(
    r"card|credit|debit|visa|master|amex|maestro|karte|carte|tarjeta|carta|kaart|cartão|karta|"
    r"revers|backward|mirror|flip|rückwärts|umgekehrt|envers|al revés|contrario|[\u202d\u202e\u2066-\u2069]",
    re.IGNORECASE,
)
_MIRRORED: Final = (12, 48)
_NEAR: Final = 100

_UNITS: Final = {
    word: digit
    for digits in (
        "zero one two three four five six seven eight nine",
        "oh uno due tre quattro cinque sei sette otto nove",
        "null eins zwei drei vier fünf sechs sieben acht neun",
        "zéro un deux trois quatre cinq six sept huit neuf",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
        "nul een twee drie vier vijf zes zeven acht negen",
        "zero um dois três quatro cinco seis sete oito nove",
        "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć",
        "nought ein zwo tres fower fuenf meia set osem novem",
    )
    for digit, word in enumerate(digits.split())
} | {"o": 0, "zip": 0, "nil": 0, "один": 1, "два": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6, "семь": 7}
_TEENS: Final = {
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
_TENS: Final = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_SCALES: Final = {"hundred": 100, "thousand": 1000}
NUMBER_WORDS: Final = frozenset({*_UNITS, *_TEENS, *_TENS, *_TIMES, *_SCALES})
"""Words that numbers are spelled with; several must be close together before it is worth looking."""
_WORD: Final = "|".join(
    f"{first}(?:{'|'.join(word[1:] for word in words)})"
    for first, words in groupby(sorted(NUMBER_WORDS, key=lambda word: (word[0], -len(word), word)), key=lambda w: w[0])
)
"""Of those with the same first letter the longest is tried first; a text with another one is tried for that alone."""
_SPOKEN: Final = _pattern(
    rf"(?<!\w)(?:{_WORD}|\d)"
    rf"(?:[\s,.;:_/|*-]{{1,4}}+(?:(?:and|dash|space)[ ,]{{1,2}})?(?:{_WORD}|\d{{1,4}})){{5,60}}(?!\w)",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
NUMERALS: Final = (_CLUSTER, _LACED, _ACCOUNT, _LOOKALIKE, _SOLID, _SPOKEN)
"""The expressions that texts are asked for here."""


def word_edits(profile: Profile, start: int, end: int) -> Iterator[Edit]:
    """Yield what to change so that numbers in words read as digits: `four one double one`, `forty-one eleven`."""
    for match in profile.finditer(_SPOKEN, start, end):
        reading = _spoken(match.group().lower())
        if len(reading) >= _MIN_DIGITS:
            yield Edit(match.start(), match.end(), reading)


def _spoken(text: str) -> str:
    """Return the digits of a run of number words."""
    digits: list[str] = []
    number: int | None = None
    times = 1

    def flush() -> None:
        nonlocal number, times
        if number is not None:
            digits.append(str(number) * times)
            number, times = None, 1

    for word in _TOKEN.findall(text):
        if word in _TIMES:
            flush()
            times = _TIMES[word]
        elif word in _SCALES and number is not None:
            # Of `four thousand five hundred`, the five are hundreds.
            whole, rest = divmod(number, 1000) if word == "hundred" else (0, number)
            number = whole * 1000 + rest * _SCALES[word]
        elif word in _UNITS or word in _TEENS or word in _TENS:
            value = _UNITS.get(word, _TEENS.get(word, _TENS.get(word, 0)))
            if number is None or not _continues(number, value):
                flush()
                number = value
            else:
                number += value
        elif word.isdecimal():
            flush()
            digits.append(word)
    flush()
    return "".join(digits)


def _continues(number: int, value: int) -> bool:
    """Tell whether `value` belongs to the same number: after `forty`, `one`; after `four thousand`, `eleven`."""
    zeros = len(str(number)) - len(str(number).rstrip("0"))
    return value > 0 and number > 10 and len(str(value)) <= zeros  # noqa: PLR2004 - `ten one` is two numbers


def group_edits(matches: Iterable[re.Match[str]]) -> Iterator[Edit]:
    """Yield what to change so that a number grouped in an unusual way reads as one run of digits.

    One that reads so as it stands is not: it would be read twice.
    """
    for match in matches:
        cluster = match.group()
        groups = _GROUPS.findall(cluster)
        if len(groups) > 1 and _is_one_number(cluster, groups):
            # Three, two and four are an American number, which is known by its hyphens.
            joint = "-" if [*map(len, groups)] == _AMERICAN else ""
            reading = joint.join(groups)
            if reading != cluster:
                yield Edit(match.start(), match.end(), reading)


def laced_edits(matches: Iterable[re.Match[str]]) -> Iterator[Edit]:
    """Yield what to change so that digits with one letter between each two (`4x1x1`) read without it."""
    for match in matches:
        yield Edit(match.start(), match.end(), "".join(_GROUPS.findall(match.group())))


def _is_one_number(cluster: str, groups: Sequence[str]) -> bool:
    *sizes, last = map(len, groups)
    if not _MIN_DIGITS <= sum(sizes) + last <= _MAX_DIGITS:
        return False
    if len(set(sizes)) > 1 or last > sizes[0]:
        gaps = set(_GROUPS.split(cluster)[1:-1])
        if len(gaps) > 1 or not gaps.isdisjoint({", ", ",", "; ", ".", " "}):
            return False
    return not (_ADDRESS.match(cluster) or _DATE.match(cluster))


def iban_edits(matches: Iterable[re.Match[str]]) -> Iterator[Edit]:
    """Yield what to change so that an account number whose groups stand apart in an unusual way reads as one."""
    for match in matches:
        groups = match.group().split(match[1])
        # What stands behind it may look like a group of it: the check digits decide.
        for count in range(len(groups), 2, -1):
            number = "".join(groups[:count])
            if iban(number):
                yield Edit(match.start(), match.start() + len(match[1].join(groups[:count])), number)
                break


def lookalike_edits(matches: Iterable[re.Match[str]]) -> Iterator[Edit]:
    """Yield what to change so that a card number with letters for digits (`4lll`, `O`) reads as digits."""
    for match in matches:
        cluster = match.group()
        if not cluster.isdecimal() and sum(map(str.isdecimal, cluster)) >= _MIN_REAL:
            reading = cluster.translate(_AS_DIGIT)
            if card(reading) is not False:
                yield Edit(match.start(), match.end(), reading)


def mirrored(profile: Profile) -> Iterator[tuple[int, int]]:
    """Yield the places of card numbers written backwards, where the text around speaks of cards or of turning."""
    text = profile.text
    for match in profile.found_in_numbers(_SOLID, *_MIRRORED) if profile.digit_count >= _MIRRORED[0] else ():
        number = match.group()
        if card(number) is not False or not card(number[::-1]):
            continue
        start, end = match.span()
        around = text[max(start - _NEAR, 0) : start] + " " + text[end : end + _NEAR]
        if _SAYS_CARD.search(around) or (len(text) <= ALONE and text.strip() == number):
            yield start, end


NUMBERS: Final[tuple[tuple[Pattern, Callable[[Iterable[re.Match[str]]], Iterator[Edit]], int, int], ...]] = (
    (_CLUSTER, group_edits, 8, 128),
    (_ACCOUNT, iban_edits, 8, 128),
    (_LACED, laced_edits, 8, 64),
    (_LOOKALIKE, lookalike_edits, 4, 48),
)
"""How numbers may be written otherwise: how to read them, and how many digits must stand within how many characters."""
