"""Identifiers in the cells of a table that a header or the cell beside them names: in CSV, Markdown, HTML, INSERT.

A number of nine digits is an SSN if something says so, and in a table that stands in the first line alone. So each
column whose header names an identifier is read once more as a text in which the name stands before every value
(`ssn: 536221234`), by the same recognisers.

A record is also written with a line for each of its fields: the name, a mark between cells or two blanks, the value
(`passport_no | 912803456`). There the name stands before that one value.

Programs write names in one word (`socialSecurityNumber=536221234`, `policy_no: 4471-22-8812`), which recognisers know
as several. There, too, the words of the name stand before the value.

What is found counts within one cell. Each cell is read at most once so; a name is short, and a cell too short for an
identifier is passed over, so that this takes a few times as long as to read the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from gateway.detect.context import keys_as_text
from gateway.detect.gates import Literal
from gateway.detect.grids import cells
from gateway.detect.profile import LiteralSet, Profile
from gateway.detect.views import View, joined, plain

__all__ = ["HEADS", "headed"]

_NOUNS: Final = (
    "ssn", "social", "sozial", "passport", "passeport", "pasaporte", "passnummer", "reisepass", "tax", "steuer",
    "tin", "licen", "lizenz", "führerschein", "national", "citizen", "identi", "ausweis", "personal", "nhs", "nino",
    "insurance", "medicare", "medical", "mrn", "patient", "member", "policy", "account", "acct", "konto", "routing",
    "iban", "bank", "card", "karte", "kreditkarte", "versicherte", "birth", "geburt", "dob", "naissance",
    "nacimiento", "nascita", "phone", "mobile", "telefon", "telefono", "teléfono", "téléphone", "handy", "fax",
    "subscriber", "plate", "kennzeichen", "imei",
    "aadhaar", "aadhar", "cpf", "cnpj", "dni", "nie", "nif", "curp", "rfc", "rut", "cuit", "pesel", "bsn",
    "personnummer", "fiscale", "sin", "tfn", "pan", "itin", "insee", "cédula", "cedula", "npi", "dea", "mbi",
    "生年月日", "電話", "携帯", "口座", "出生日期", "电话", "手机", "身份证", "账号",
    "first name", "first_name", "firstname", "last name", "last_name", "lastname", "full name", "full_name", "fullname",
    "surname", "given name", "given_name", "givenname", "family name", "family_name", "familyname", "middle_name",
    "maiden name", "maiden_name", "vorname", "nachname", "familienname", "prénom", "apellido", "cognome", "achternaam",
    "patient name", "patient_name", "customer name", "customer_name", "contact name", "contact_name", "employee_name",
    "생년월일", "전화", "휴대폰", "계좌",
)  # fmt: skip
HEADS: Final = LiteralSet(Literal(noun, folded=True) for noun in sorted(_NOUNS))
"""Literals whose places in a text `headed` asks for; a scanner's index should know them."""
_HEAD: Final = re.compile(
    r"[\w.'’-]{0,24}+"
    r"(?:[ ](?:of|name|no|nr|num|number|nummer|id|code|card|record|security|licen[cs]e|birth|policy)[\w.#]{0,8}){0,3}+"
    r"[ ]?(?:[#?:]|\(\w{1,16}\))?[\"'`*_\]]{0,4}(?:</\w{1,8}>)?"
    # What fills a cell up (`phone      | ssn   `) is no mark between cells itself.
    r"(?:[ \t]{0,64}+(?=[|,;)]|</?t[hdr]|\r?\n)|[ ](?=\t))?"
    r"(?P<mark>[|,;\t]|[ ]{2}|</?t[hdr]|\)|\r?\n)",
    re.IGNORECASE,
)
"""The rest of a header's cell, from a noun on."""
_BEFORE: Final = re.compile(r"[\s|>*#-]{0,16}+(?:[\w.'’-]{1,24}[ ]){0,3}[\w.'’-]{0,24}")
"""What stands in a line before the noun of its first cell."""
_BESIDE: Final = re.compile(
    r"[ \t]{0,64}+(?P<value>(?:[^\s|]|[ ](?![ |])){2,64}+)[ \t]{0,64}+(?:\|[ \t]{0,64}+)?(?=\r?\n|\Z)"
)
"""The second and last cell of a line."""
_IN_ONE_WORD: Final = re.compile(
    r"\w{0,24}+(?P<end>)[\"'`]?[ ]?[:=][ ]{0,2}[\"'`]?"
    r"(?P<value>[^\s,;\"'`(){}\[\]|<>&]{5,64}+(?:[ ](?=\d)[^\s,;\"'`(){}\[\]|<>&]{1,16}+){0,4})"
)
"""The rest of a name, from a noun on, and the value behind it."""
_JOINED: Final = re.compile(r"[a-z][A-Z]|[A-Za-z]_[A-Za-z]")
_KEPT: Final = re.compile(r"account|acct|card|bank|routing|konto")
"""What also names what a program keeps: its identifier is no number of a bank's."""
_OF_NUMBERS: Final = re.compile(r" (?:number|num|nr|no|nummer)\Z")
_MARKS: Final = frozenset(("|", "\t", "  "))
_PERSON: Final = re.compile(r"name\Z|prénom|apellido|cognome|achternaam")
_FIRST: Final = re.compile(r"vorname|prénom|first.?name|given.?name", re.IGNORECASE)
_FAMILY: Final = frozenset(("name", "nom"))
"""What heads family names where another column has the first ones."""
_LETTER: Final = re.compile(r"[^\W\d_]")
_FEWEST: Final = 6
"""Digits of a text in which an identifier may stand."""
_LONGEST_NAME: Final = 24
"""Characters of a name before its noun."""
_SHORTEST: Final = 5
_LEAST_NAME: Final = 2
_LONGEST: Final = 64
"""Characters of a cell."""
_DIGIT: Final = re.compile(r"\d")
_Named = tuple[str, int, int]
"""A name, and where the value that it names begins and ends."""


def headed(profile: Profile) -> Iterator[View]:
    """Yield each column whose header names an identifier, as a text with the name before every value; most texts: none.

    Time and memory are linear in the length of the text.
    """
    if profile.digit_count < _FEWEST or not profile.any_of(HEADS):
        return
    text = profile.text
    # Most texts speak of something of the kind, and few places in one may be a header's.
    places = [place for place in profile.starts(HEADS) if _begins(text, place)]
    heads = [match for place in places if (match := _HEAD.match(text, place)) is not None]
    columns: dict[str, list[View]] = {}
    below = chain(_below(text, profile.folded, heads), _families(text, profile.folded, heads)) if heads else ()
    for name, start, end in chain(below, _beside(text, heads), _told(text, places)):
        columns.setdefault(name, [plain(text, start, start)]).append(plain(text, start, end))
    for name, found in columns.items():
        yield joined(found, f"\n{name}: ")


def _below(text: str, folded: str, heads: Sequence[re.Match[str]]) -> Iterator[_Named]:
    """Yield what stands below names in a table."""
    its = list(cells(text, folded, heads, _name, blanks=True))
    # Of a record, these head the names of its fields, one below the other.
    fields = {name for name, start, end in its if _PERSON.search(name) and _is_name(text, start, end)}
    for name, start, end in its:
        if name not in fields and _may_be_told(text, start, end, name):
            yield name, start, end


def _families(text: str, folded: str, heads: Sequence[re.Match[str]]) -> Iterator[_Named]:
    """Yield the family names of a table in which a column of first names stands beside them."""
    beside = [head for head in heads if _FIRST.match(head[0])]
    for name, start, end in cells(text, folded, beside, _family, blanks=True) if beside else ():
        if _may_be_told(text, start, end, name) and not _is_name(text, start, end):
            yield name, start, end


def _is_name(text: str, start: int, end: int) -> bool:
    """Tell whether a cell names a field of people's names."""
    return _PERSON.search(text[start:end].lower()) is not None


def _family(name: str) -> str | None:
    return "last name" if name.lower() in _FAMILY else None


def _begins(text: str, place: int) -> bool:
    return not place or not text[place - 1].isalpha() or text[place].isupper()


def _may_be_told(text: str, start: int, end: int, name: str) -> bool:
    """Tell, cheaply, whether a cell may be what `name` says."""
    least, sign = (_LEAST_NAME, _LETTER) if _PERSON.search(name) else (_SHORTEST, _DIGIT)
    return least <= end - start <= _LONGEST and sign.search(text, start, end) is not None


def _beside(text: str, heads: Sequence[re.Match[str]]) -> Iterator[_Named]:
    """Yield what is named in the first of a line's two cells."""
    for head in heads:
        if head["mark"] in _MARKS and (value := _BESIDE.match(text, head.end())) is not None:
            begin = text.rfind("\n", max(head.start() - _LONGEST, 0), head.start()) + 1
            if (begin or head.start() <= _LONGEST) and _BEFORE.fullmatch(text, begin, head.start()):
                name = _name(text[begin : head.start("mark")].strip(" \t|>*#-"))
                if name is not None and _may_be_told(text, *value.span("value"), name):
                    yield name, *value.span("value")


def _told(text: str, places: Sequence[int]) -> Iterator[_Named]:
    """Yield what stands behind a name in one word; the name is in words."""
    done = 0
    for place in places:
        told = _IN_ONE_WORD.match(text, place) if place >= done else None
        if told is None or _DIGIT.search(text, *told.span("value")) is None:
            continue
        begin = place
        while begin > 0 and place - begin < _LONGEST_NAME and (text[begin - 1].isalnum() or text[begin - 1] == "_"):
            begin -= 1
        done = told.end("end")
        name = _name(text[begin:done]) if _JOINED.search(text, begin, done) else None
        if name is not None and (_KEPT.search(name) is None or _OF_NUMBERS.search(name)):
            yield name, *told.span("value")


def _name(name: str) -> str | None:
    spoken = keys_as_text((name,)).replace("_", " ").rstrip(" :?#").lower()
    return spoken if any(noun in spoken for noun in _NOUNS) else None
