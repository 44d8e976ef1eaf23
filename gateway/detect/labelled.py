"""A label in one leaf and its value in another: `["password", "hunter2-Blue"]`, a form's fields, a question's answer.

What a key leads to is judged with its key. Many bodies say it otherwise: as neighbours in a list of headers, as members
`name` and `value` of one object, as parts of a message, as question and answer. There the label is put before the value
(`password: hunter2-Blue`), and that is read as any other text.

It must not turn lists of words into secrets. So a value counts only with a digit or a mark in it and not by the entity
model, which finds names everywhere; among other words, or in a plain list, only if it is strong by itself or all digits
(`["password", "line1"]` is what a form requires).

Reading is bounded: a label has two neighbours at most, or those of its object that stand near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gateway.core.codes import NAMING, VALUES
from gateway.core.model import Finding, Segment
from gateway.detect.labels import label_of

__all__ = ["Columns", "Named", "is_assigned", "leads_to", "names"]

_REACH: Final = 48
"""Characters at the end of a leaf in which its label stands."""
_BARE: Final = 40
"""A leaf of so many characters may be a label without a mark behind it."""
_BARE_WORDS: Final = 4
_SIBLINGS: Final = 3
_WIDTH: Final = 96
_MOST: Final = 2_048
"""A value is read to its end: half a documented sample is none."""
_COUNTED: Final = 0.5
_MEDIUM: Final = 0.65
_STRONG: Final = 0.8
_ASKED: Final = "?？"
_MARKED: Final = ":=：" + _ASKED
_AROUND: Final = " \t\r\n\"'`*_>" + _MARKED
_SAID: Final = (" is", " was", " ist", " lautet", " est", " es", " é", " è", " are")
_MARKS: Final = frozenset("=:>：")
_VERBS: Final = frozenset(said.strip() for said in _SAID)
_SCHEMES: Final = frozenset({"Bearer", "bearer", "Basic", "Digest"})
_SECRETS: Final = (
    "password", "passwort", "passwd", "passphrase", "passcode", "kennwort", "pwd", "contraseña", "contrasena", "senha",
    "mot de passe", "wachtwoord", "hasło", "haslo", "lösenord", "adgangskode", "salasana", "heslo", "пароль",
    "secret", "credential", "credentials", "token", "key", "key1", "key2", "authorization", "bearer", "psw",
)  # fmt: skip
_NUMBERS: Final = (
    "pin", "cvv", "cvc", "cvv2", "cvc2", "security code", "ssn", "social security number", "social security",
    "social security no", "national id", "national insurance number", "nino", "id number", "id no", "id card",
    "personal id", "personal number", "tax id", "tax number", "tin", "itin", "passport", "passport number",
    "passport no", "passport_number", "driver's license", "drivers license", "license number", "licence number",
    "driver_license", "national_id", "tax_id", "id_number", "nhs number", "nhs_number", "nhs no", "aadhaar", "aadhar",
    "cpf", "cnpj", "dni", "nie", "nif", "curp", "rut", "cuit", "pesel", "nip", "bsn", "personnummer", "steuer-id",
    "steuernummer", "steueridentifikationsnummer", "sozialversicherungsnummer", "personalausweis", "reisepass",
    "codice fiscale", "codice_fiscale", "dob", "date of birth", "date_of_birth", "birth date", "birthdate", "birthday",
    "birth_date", "geburtsdatum", "date de naissance", "fecha de nacimiento", "data di nascita", "mrn",
    "medical record number", "member id", "insurance id", "policy number", "account number", "account no", "iban",
    "account_number", "routing number", "routing_number", "phone", "phone number", "phone_number", "mobile",
    "mobile number", "mobile_number", "cell", "telephone", "telefon", "telefonnummer", "handynummer", "mobilnummer",
    "téléphone", "teléfono", "telefono", "telefone", "celular", "电话", "手机", "電話", "電話番号", "전화번호",
    "medicare number", "medicare_number", "mbi", "us-medicare", "nhs-number", "kvid-10",
    "sessionid", "jsessionid", "phpsessid", "connect.sid",
)  # fmt: skip
_NOUNS: Final = _SECRETS + _NUMBERS
_KINDS: Final = frozenset({"system", "type", "kind"})
"""Keys of what says whose number or which number a value is: `{"system": "phone", "value": "2025550142"}`."""
_END: Final = 3
_BY_END: Final = {
    end: tuple(noun for noun in _NOUNS if noun.endswith(end)) for end in {noun[-_END:] for noun in _NOUNS}
}
"""By their last three letters."""
_LAST: Final = frozenset(_AROUND + "éè")
_ENDS: Final = frozenset((*_BY_END, *(said[-_END:] for said in _SAID)))
_FIELD_NAME: Final = re.compile(r"[A-Za-z]+(?:[ _.-]?[A-Za-z]+){0,8}[ _.-]?\d{0,2}")
_SEPARATORS: Final = re.compile(r"[^\w-]+")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_SPACE: Final = re.compile(r"\s")
_TOLD: Final = re.compile(r"[\d\W_]")


class Named(NamedTuple):
    """A value with its label before it: the text to read, its leaf, and where in the text it begins.

    Attributes:
        text: `label: value`.
        leaf: that holds the value.
        begin: where the value begins in `text`.
        start: where it begins in the leaf.
        listed: they are elements of a list.
    """

    text: str
    leaf: Segment
    begin: int
    start: int
    listed: bool

    @property
    def context(self) -> tuple[str, ...]:
        """The keys that lead to the value."""
        return self.leaf.context

    def __repr__(self) -> str:
        """Say how large it is: its text is private."""
        return f"Named({len(self.text)} characters)"

    def original(self, finding: Finding) -> Iterator[Finding]:
        """Yield what `finding`, made in this text, is in the leaf; nothing if it does not count."""
        if finding.start >= self.begin and self._counts(finding):
            shift = self.start - self.begin
            start, end = finding.start + shift, min(finding.end + shift, len(self.leaf.text))
            yield Finding(self.leaf.path, finding.entity_type, start, end, finding.score, finding.recognizer)

    def _counts(self, finding: Finding) -> bool:
        value = self.text[finding.start : finding.end]
        if finding.recognizer == "entities" or finding.score < _COUNTED or _TOLD.search(value) is None:
            return False
        if finding.entity_type != "CREDENTIAL":
            # `["tax id", "2024-03-12"]` are cells of a table.
            dated = finding.entity_type != "DATE_OF_BIRTH" and _DATE.fullmatch(value) is not None
            return any(map(str.isdecimal, value)) and not dated
        if self.listed and _FIELD_NAME.fullmatch(value):
            return False
        alone = len(self.leaf.text.split()) == 1 and (value.isdecimal() or not self.listed)
        return finding.score >= (_MEDIUM if alone or finding.recognizer == "access_code" else _STRONG)


def names(text: str) -> bool:
    """Tell whether a leaf ends in a label whose value may be in the next; cheap."""
    last = text[-1]
    if last not in _LAST and text[-_END:].lower() not in _ENDS:  # nearly all leaves
        return False
    if len(text) > _BARE and last not in _MARKED and not text.endswith(_SAID):
        return False
    tail = _noun(text)
    return tail.endswith(_BY_END.get(tail[-_END:], ()))


def is_assigned(text: str) -> bool:
    """Tell whether a text ends in a value, with nothing behind it, that a label of a secret stands before."""
    if text[-1].isspace() or not (" " in text or ":" in text or "=" in text):
        return False
    words = text.rsplit(None, 2)
    if ":" in words[-1] or "=" in words[-1]:
        name, _, value = words[-1].replace("=", ":").partition(":")
        return value != "" and _noun(name).endswith(_SECRETS)
    if len(words) == 1:
        return False
    before = words[-2]
    if before in _SCHEMES:
        return True
    led = before[-1:] in _MARKS or before in _VERBS
    return led and _noun(text[: -len(words[-1])]).endswith(_SECRETS)


class Columns:
    """The columns of the tables among some leaves: arrays in an array, with a header in the first or beside them.

    Args:
        values: the leaves, in order.
    """

    def __init__(self, values: Sequence[Segment]) -> None:
        self._values = values
        self._cells: dict[tuple[str, str], list[Segment]] | None = None
        self._led: set[str] = set()

    def __repr__(self) -> str:
        """Say how many leaves there are: their texts are private."""
        return f"Columns(among {len(self._values)} leaves)"

    def below(self, header: Segment) -> Iterator[Segment]:
        """Yield the cells of the column that `header` names, each for one header only."""
        if self._cells is None:
            self._cells = {}
            for leaf in self._values:
                row, _, column = leaf.path.rpartition("/")
                table, _, number = row.rpartition("/")
                if column.isdecimal() and number.isdecimal():
                    self._cells.setdefault((table, column), []).append(leaf)
                    self._cells.setdefault((f"{table.rpartition('/')[0]}/*", column), []).append(leaf)
        row, _, column = header.path.rpartition("/")
        table, _, number = row.rpartition("/")
        # `[["user", "password"], ["ann", "…"]]`, or `{"columns": ["user", "password"], "rows": [["ann", "…"]]}`.
        where = table if number == "0" else f"{table}/*"
        for cell in self._cells.get((where, column), ()):
            if cell.path not in self._led and not cell.path.startswith(f"{row}/"):
                self._led.add(cell.path)
                yield cell


def leads_to(values: Sequence[Segment], place: int, columns: Columns) -> Iterator[Named]:
    """Yield the values that the label at `place` may be one of, each with it."""
    leaf = values[place]
    label = _label(leaf.text)
    if label is None:
        return
    parent, _, name = leaf.path.rpartition("/")
    key = leaf.context[-1].lower() if leaf.context else ""
    if name.isdecimal():
        behind = values[place + 1 : place + 2]
        found = [(other, True) for other in behind if other.path.rpartition("/")[0] == parent]
        found += [(cell, True) for cell in columns.below(leaf)]
    elif key in NAMING or (key in _KINDS and not label.endswith(_SECRETS)):
        near = values[max(place - _SIBLINGS, 0) : place + _SIBLINGS + 1]
        found = [(other, False) for other in near if _is_value(other, parent)]
    elif key in VALUES:
        last = leaf.text.rstrip()
        strides = (1,) if last[-1] in _ASKED or not (last[-1] in _MARKED or last.endswith(_SAID)) else (1, 2)
        others = [values[place + stride] for stride in strides if place + stride < len(values)]
        found = [(other, False) for other in others if other.context and other.context[-1].lower() in VALUES]
    else:
        return
    for other, listed in found:
        text = other.text
        start = len(text) - len(text.lstrip())
        cut = _SPACE.search(text, start + _WIDTH, start + _MOST)
        stop = cut.start() if cut else start + _MOST
        yield Named(f"{label}: {text[start:stop]}", other, len(label) + 2, start, listed)


def _is_value(leaf: Segment, parent: str) -> bool:
    return leaf.path.rpartition("/")[0] == parent and bool(leaf.context) and leaf.context[-1].lower() in VALUES


def _noun(text: str) -> str:
    """Return the end of a text without the marks and the verb behind a label, in lower case."""
    tail = text[-_REACH:].rstrip(_AROUND).lower()
    if tail.endswith(_SAID):
        tail = tail[: tail.rfind(" ")].rstrip(_AROUND)
    return tail


def _label(text: str) -> str | None:
    """Return the label that a leaf ends in."""
    tail = _noun(text).rpartition("/")[2]  # FHIR names a number by an address: `http://hl7.org/fhir/sid/us-ssn`
    words = tail.split()
    last = text.rstrip()
    if not words or not tail.endswith(_NOUNS):
        return None
    if last[-1] not in _MARKED and not last.endswith(_SAID) and len(words) > _BARE_WORDS:
        return None
    if tail.endswith(_SECRETS):
        phrase = "password" if tail.endswith("mot de passe") else _SEPARATORS.sub("_", " ".join(words[-2:]))
        return phrase if label_of(phrase) is not None else None
    return " ".join(words[-3:])
