"""Secrets in the columns of a table whose header names them: in CSV, Markdown, HTML and the rows of an INSERT.

A header names what stands in its column far below it, so what looks at a value's neighbours finds nothing. The rows are
read as long as they have as many cells as the header. Much is written in tables about passwords, too (`bcrypt`,
`VARCHAR(64)`, `optional`), so only a value that nobody would take for a word counts.

Each part of a text is read once: a header within rows that were read is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from gateway.core.codes import is_access_code, is_short_secret, spaced
from gateway.detect import assignments, pins
from gateway.detect.assignments import NAMES
from gateway.detect.entropy import looks_random
from gateway.detect.labels import Label, label_of
from gateway.detect.pins import find_pins
from gateway.detect.places import Begun, Reading
from gateway.detect.secret_values import Secret, is_telling, judge

__all__ = ["EXPRESSIONS", "NUMBERED", "SIGNS", "find_columns"]

_Cells = list[tuple[int, int]]
"""Of a row, where each cell begins and ends."""
_Judge = Callable[[str], float | None]

_TOLD: Final = 0.7
_HEAD: Final = Begun(
    re.compile(
        rf"(?:{NAMES}|(?:pin|otp|code|cvv|cvc|cvn)(?![a-z]))[\w.-]{{0,24}}+"
        r"(?:[ ](?:code|pin|number|combination|key|token|value|text)s?)?"
        r"[\"'`*_\]]{0,4}(?:</\w{1,8}>)?[ \t]{0,64}(?P<mark>[|,;\t]|</?t[hdr]|\)|\r?\n)"
    )
)
"""The end of a header's cell that may name a secret."""
EXPRESSIONS: Final = (_HEAD,)
NUMBERED: Final = (*pins.SIGNS, "cvv", "cvc", "cvn")
"""Signs that count together with a digit."""
SIGNS: Final = (*assignments.SIGNS, *NUMBERED)
"""In lower case; one of these is in any text in which something is found."""
_LONGEST_HEADER: Final = 2_048
_NAME: Final = re.compile(r"[\w#%][\w .#/()%:-]{0,40}")
_RULE: Final = re.compile(r"[ \t|+:=-]*+\r?\n")
"""What parts a header from its rows."""
_CELLS: Final = {
    mark: re.compile(
        rf"[ \t]{{0,64}}+(?:\"(?:[^\"]|\"\"){{0,4096}}+\"(?=[ ]{{0,8}}(?:{sign}|\r?\n|\Z))|[^{sign}\r\n]*+)"
        rf"(?P<mark>{sign})?"
    )
    for mark, sign in (("|", r"\|"), ("\t", r"\t"), (";", ";"), (",", ","))
}
_ITEM: Final = re.compile(
    r"\s{0,40}+(?:'(?:[^'\\]|\\.|''){0,4096}+'|\"[^\"]{0,4096}+\"|[^'\"(),]{0,4096}+)\s{0,40}+(?P<mark>[,)])"
)
_VALUES: Final = re.compile(r"\s{0,8}values\s{0,8}\(", re.IGNORECASE)
_NEXT_ROW: Final = re.compile(r"\s{0,40}+,\s{0,40}+\(")
_PART: Final = re.compile(r"<(?P<tag>tr|t[hd]|/t[hd]|/table)(?=[\s>])[^<>]{0,400}+>")
_TAGS: Final = re.compile(r"(?:\s|<[^<>]{1,80}>)*+")
_QUOTES: Final = " \t\r\n\"'`"
_STYLE: Final = "*_[]"


def find_columns(reading: Reading) -> list[Secret]:
    """Return the values in columns of a text's tables that a header tells to be secret."""
    return list(_found(reading))


def _found(reading: Reading) -> Iterator[Secret]:
    text = reading.text
    done = 0
    for match in reading.matches(_HEAD):
        if not done and not ("\n" in text or "<tr" in reading.folded or "values" in reading.folded):
            return
        if match.start() < done:
            continue
        for rows in _tables(reading, match):
            if (head := next(rows, None)) is not None:
                break
        else:
            continue
        done = head[-1][1]
        columns = _columns(text, head)
        for row in rows if columns else ():
            if len(row) != len(head):
                break
            done = row[-1][1]
            for column, score_of in columns.items():
                start, end = _bare(text, *row[column])
                score = score_of(text[start:end])
                if score is not None:
                    yield Secret(start, end, score)


def _columns(text: str, head: _Cells) -> dict[int, _Judge]:
    """Return which columns of a header hold secrets, and how their values are judged; none if it is no header."""
    names = [text[start:end] for start, end in (_bare(text, *cell, _QUOTES + _STYLE) for cell in head)]
    said = [name for name in names if name]
    if len(said) < 2 or not all(map(_NAME.fullmatch, said)):  # noqa: PLR2004 - no table
        return {}
    judged = ((place, _judge_of(name)) for place, name in enumerate(names))
    return {place: score_of for place, score_of in judged if score_of is not None}


def _judge_of(name: str) -> _Judge | None:
    label = label_of(name)
    if label is not None and label is not Label.KEY:
        return lambda value: _secret(value, label)
    if is_access_code(name):
        return lambda value: _code(spaced(name), value)
    return _security_code if is_short_secret(name) else None


def _secret(value: str, label: Label) -> float | None:
    told = is_telling(value) if label is Label.PASSWORD else looks_random(value)
    return judge(value, label) if told else None


def _code(name: str, value: str) -> float | None:
    found = find_pins(Reading(f"{name}: {value}")) if value.isdecimal() else []
    return found[0].score if found else None


def _security_code(value: str) -> float | None:
    return _TOLD if value.isdecimal() and len(value) in {3, 4} else None


def _tables(reading: Reading, match: re.Match[str]) -> Iterator[Iterator[_Cells]]:
    """Yield the rows of each table that `match` may be in the header of."""
    text, mark = reading.text, match["mark"]
    first = max(match.start() - _LONGEST_HEADER, 0)
    if mark.startswith("<"):
        begin = reading.folded.rfind("<tr", first, match.start())
        if begin >= 0 and "<tr" not in reading.folded[first:begin].rpartition("<table")[2]:
            yield _elements(reading.folded, begin + 1)
        return
    opened = text.rfind("(", first, match.start())
    if mark not in "|;\t" and opened >= 0 and text.find(")", opened, match.start()) < 0:
        yield _tuples(text, opened + 1)
    begin = text.rfind("\n", first, match.start()) + 1
    if mark not in _CELLS:
        mark = next((other for other in _CELLS if text.find(other, begin, match.start()) >= 0), "")
    if mark and (begin or not first):
        yield _lines(text, begin, mark)


def _lines(text: str, at: int, mark: str) -> Iterator[_Cells]:
    """Yield the rows of lines whose cells have `mark` between; a cell in quotes may go over several lines."""
    cell_at = _CELLS[mark].match
    while at < len(text):
        rule = _RULE.match(text, at)
        if rule is None:
            row: _Cells = []
            while (cell := cell_at(text, at)) is not None:
                at = cell.end()
                row.append((cell.start(), at - len(cell["mark"] or "")))
                if cell["mark"] is None:
                    break
            yield row
            at += 2 if text.startswith("\r\n", at) else 1
        elif rule[0].isspace():
            return
        else:
            at = rule.end()


def _tuples(text: str, at: int) -> Iterator[_Cells]:
    """Yield `(name, password)` and the rows behind it, if `VALUES` follows."""
    follows, most = _VALUES, at + _LONGEST_HEADER
    while True:
        row: _Cells = []
        while (item := _ITEM.match(text, at)) is not None and (follows is _NEXT_ROW or at < most):
            row.append((at, item.start("mark")))
            at = item.end()
            if item["mark"] == ")":
                break
        next_row = follows.match(text, at)
        if not row or next_row is None:
            if follows is _NEXT_ROW:
                yield row
            return
        yield row
        at, follows = next_row.end(), _NEXT_ROW


def _elements(folded: str, at: int) -> Iterator[_Cells]:
    """Yield the rows of a table of elements from its first row on, whose cells are all of a header."""
    row: _Cells = []
    begun = -1
    tags = {"th"}
    for part in _PART.finditer(folded, at):
        if begun >= 0:
            row.append((begun, part.start()))
        tag = part["tag"]
        if tag == "td" and "td" not in tags and row:
            return
        begun = part.end() if tag in {"td", "th"} else -1
        if tag in {"tr", "/table"}:
            if row:
                yield row
                tags = {"th", "td"}
            row = []
            if tag == "/table":
                return
    if begun >= 0:
        row.append((begun, len(folded)))
    if row:
        yield row


def _bare(text: str, start: int, end: int, around: str = _QUOTES) -> tuple[int, int]:
    """Return a cell without blanks, quotes and elements around what it says."""
    opening = _TAGS.match(text, start, end)
    start = opening.end() if opening else start
    said = text[start:end].rstrip()
    while said.endswith(">") and "<" in said:
        said = said[: said.rindex("<")].rstrip()
    begin = start + len(said) - len(said.lstrip(around))
    return begin, max(start + len(said.rstrip(around)), begin)
