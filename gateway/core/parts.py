"""Names of the parts of a number: `{"ssn": {"area": 536, …}}`, `{"ssn_1": 536, …}`, `{"birth_year": 1980, …}`.

A part tells nothing by itself, and a small number least of all. That it belongs to something private is told by two
names: that of the whole, which is its object's or the beginning of its own, and its own, which says which part it is.
Both must be there: what has other names is put together nowhere.

Nothing is cached: names come out of requests (invariant 4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["ENDS", "NAMES", "Part", "has_parts", "may_name", "part"]

_DATE: Final = {
    "year": 0, "yyyy": 0, "yy": 0, "y": 0, "jahr": 0, "año": 0, "anno": 0, "annee": 0, "année": 0, "ano": 0,
    "month": 1, "mm": 1, "mon": 1, "m": 1, "monat": 1, "mes": 1, "mois": 1, "mese": 1, "mês": 1,
    "day": 2, "dd": 2, "d": 2, "tag": 2, "dia": 2, "día": 2, "jour": 2, "giorno": 2,
}  # fmt: skip
_NUMBER: Final = {
    "country": 0, "countrycode": 0, "cc": 0,
    "area": 1, "areacode": 1, "npa": 1, "city": 1, "citycode": 1, "prefix": 1, "first": 1, "start": 1, "head": 1,
    "bin": 1, "left": 1, "a": 1, "ddd": 1,
    "group": 2, "exchange": 2, "nxx": 2, "central": 2, "middle": 2, "mid": 2, "second": 2, "b": 2,
    "third": 3, "c": 3,
    "serial": 4, "line": 4, "linenumber": 4, "subscriber": 4, "station": 4, "suffix": 4, "last": 4, "last4": 4,
    "rest": 4, "end": 4, "tail": 4, "right": 4, "fourth": 4, "d": 4, "number": 4, "local": 4,
}  # fmt: skip
NAMES: Final = frozenset(written for name in (*_DATE, *_NUMBER) for written in (name, name.upper(), name.capitalize()))
"""What a part is called."""
_END: Final = 3
_SHORT: Final = 2
ENDS: Final = frozenset(
    (
        *(name[-_END:] for name in NAMES if len(name) >= _END),
        *(f"_{name}"[-_END:] for name in NAMES if len(name) < _END),
    )
)
"""What the key of a part ends in, if that is the name of the whole with the part's behind it."""
_WHOLES: Final = re.compile(
    r"birth|dob|born|geb|nac|nasc|naiss|phone|tel|mobil|cell|fax|handy|celul|portable|ssn|social|itin|tax|"
    r"national|nhs|nino|cpf|cnpj|dni|nif|aadha|pesel|bsn|tfn|medicare|passport|card|acc|routing|id|licen|iban",
    re.IGNORECASE,
)
"""Some of this is in the name of any whole."""
_NUMBERED: Final = re.compile(r"(?:part|p|seg|segment|group|grp|g|block|b|digits|section|chunk|n|num|no)?[ _-]?(\d)\Z")
_ENDING: Final = re.compile(r"(?:[ _-]|(?<=[a-z])(?=[A-Z]))([A-Za-zÀ-ÿ]{1,12}(?:[ _]?[Cc]ode|4|[ _]?[Nn]umber)?)\Z")
_COUNTED: Final = re.compile(r"[ _-]?(?:[Pp]art|[Ss]eg|[Bb]lock)?[ _-]?(\d)\Z")
_BIRTH: Final = re.compile(
    r"(?<![^\W_])(?:dob|birth|born|geb|geburt|nacimiento|naissance|nascita|nascimento)", re.IGNORECASE
)
_PHONE: Final = re.compile(
    r"(?<![^\W_])(?:phone|telephone|tel|mobile|cell|fax|handy|telefon|telefono|teléfono|téléphone|portable|celular)"
    r"(?![a-z]{5})",
    re.IGNORECASE,
)
_IDENTIFIER: Final = re.compile(
    r"(?<![^\W_])(?:ssn|social[ _-]?(?:security|insurance)|itin|tax[ _-]?id|national[ _-]?id|nhs|nino|cpf|"
    r"cnpj|dni|nif|aadhaar|aadhar|pesel|bsn|tfn|medicare|passport|card|account|acct|routing|licen[cs]e|iban)"
    r"(?:[ _-]?(?:number|num|no|nr))?\Z",
    re.IGNORECASE,
)
_MANY: Final = 64
"""Members of an object that are looked through for each part."""
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Part(NamedTuple):
    """What a name says of a part.

    Attributes:
        whole: what it is a part of: the words of its name.
        kind: `birth`, `phone` or `number`.
        order: where it stands among the parts.
        inside: the whole is named by the object that it is a member of.
    """

    whole: str
    kind: str
    order: int
    inside: bool


def may_name(key: str) -> bool:
    """Tell, quickly, whether a key may be that of a part: false for most."""
    return key in NAMES or key[-1:].isdecimal() or key[-_END:] in ENDS or key[-_SHORT:] in ENDS


def part(key: str, above: str) -> Part | None:
    """Return what `key` says of a part; None if it names none.

    Args:
        key: of a member.
        above: the key that leads to its object; empty: none does.
    """
    if above:
        kind = _kind(above)
        if kind is not None:
            order = _order(key, kind)
            if order is not None:
                return Part(_spoken(above), kind, order, inside=True)
    for ending in (_COUNTED, _ENDING):
        match = ending.search(key)
        if match is not None and match.start():
            whole = key[: match.start()]
            kind = _kind(whole)
            order = None if kind is None else _order(match[1], kind)
            if kind is not None and order is not None:
                return Part(_spoken(whole), kind, order, inside=False)
    return None


def has_parts(key: str, above: str, beside: Mapping[str, object]) -> bool:
    """Tell whether `key` names a part, and another key of its object one of the same whole.

    Args:
        key: of a member.
        above: the key that leads to its object; empty: none does.
        beside: the object.
    """
    named = part(key, above) if may_name(key) else None
    if named is None:
        return False
    if len(beside) > _MANY:  # to look through them for each would take the square of their number
        return True
    others = (part(other, above) for other in beside if other != key and may_name(other))
    return any(its is not None and its.whole == named.whole and its.order != named.order for its in others)


def _kind(whole: str) -> str | None:
    if _WHOLES.search(whole) is None:
        return None
    whole = _HUMP.sub(" ", whole)
    if _BIRTH.search(whole):
        return "birth"
    if _PHONE.search(whole):
        return "phone"
    return "number" if _IDENTIFIER.search(whole) else None


def _order(name: str, kind: str) -> int | None:
    name = _HUMP.sub("", name).lower().replace("_", "").replace("-", "").replace(" ", "")
    if kind == "birth":
        return _DATE.get(name)
    order = _NUMBER.get(name)
    if order is None:
        match = _NUMBERED.match(name)
        order = int(match[1]) if match is not None else None
    return order


def _spoken(whole: str) -> str:
    return _HUMP.sub(" ", whole).replace("_", " ").replace("-", " ").lower()
