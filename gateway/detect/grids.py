"""Tables in a text: the rows and cells of CSV, Markdown, HTML, JSON, an INSERT, and of columns set with blanks.

A table is found from a place in its header, whose cells are names. Its rows are read one by one as long as anybody asks
for them, each character once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

__all__ = ["cells"]

_T = TypeVar("_T")
_Cells = list[tuple[int, int]]
"""Of a row, where each cell begins and ends."""
_BLANKS: Final = "  "
"""The mark between cells that stand apart by two blanks or more."""
_LONGEST_HEADER: Final = 8_192
_NAME: Final = re.compile(r"[\w#%][\w .#/()%:'’?&-]{0,40}")
_RULE: Final = re.compile(r"[ \t|+:=-]*+\r?\n")
"""What parts a header from its rows."""
_CELLS: Final = {
    mark: re.compile(
        rf"[ \t]{{0,64}}+(?:\"(?:[^\"]|\"\"){{0,4096}}+\"(?=[ ]{{0,8}}(?:{sign}|\r?\n|\Z))|[^{sign}\r\n]*+)"
        rf"(?P<mark>{sign})?"
    )
    for mark, sign in (("|", r"\|"), ("\t", r"\t"), (";", ";"), (",", ","))
}
_SET_APART: Final = re.compile(r"[ \t]{0,64}+(?:\S|[ ](?=\S))*+(?P<mark>[ ]{2,}+(?=\S))?+[ \t]*+")
_ITEM: Final = re.compile(
    r"\s{0,40}+(?:'(?:[^'\\]|\\.|''){0,4096}+'|\"[^\"]{0,4096}+\"|[^'\"(),]{0,4096}+)\s{0,40}+(?P<mark>[,)])"
)
_ELEMENT: Final = re.compile(
    r"\s{0,40}+(?:\"(?:[^\"\\]|\\.){0,4096}+\"|'(?:[^'\\]|\\.){0,4096}+'|[^'\"\[\]{},]{0,64}+)\s{0,40}+(?P<mark>[,\]])"
)
_FIRST_ARRAY: Final = re.compile(
    r"\s{0,40},\s{0,40}(?:[\"']\w{1,16}[\"']\s{0,4}:\s{0,4}\[\s{0,40})?\[(?=\s{0,40}[\"'\w-])"
)
_NEXT_ARRAY: Final = re.compile(r"\s{0,40}+,\s{0,40}+\[")
_VALUES: Final = re.compile(r"\s{0,8}values\s{0,8}\(", re.IGNORECASE)
_NEXT_ROW: Final = re.compile(r"\s{0,40}+,\s{0,40}+\(")
_PART: Final = re.compile(r"<(?P<tag>tr|t[hd]|/t[hd]|/table)(?=[\s>])[^<>]{0,400}+>")
_TAGS: Final = re.compile(r"(?:\s|<[^<>]{1,80}>)*+")
_QUOTES: Final = " \t\r\n\"'`"
_STYLE: Final = "*_[]"


def cells(
    text: str, folded: str, heads: Iterable[re.Match[str]], judge: Callable[[str], _T | None], *, blanks: bool = False
) -> Iterator[tuple[_T, int, int]]:
    """Yield what stands below names that `judge` has something to say of: what it says, where a cell begins and ends.

    Args:
        text: the text.
        folded: the same in lower case, each character in its place.
        heads: matches in it, in order, whose group `mark` is what may part a header's cell from the next.
        judge: says what a name is, or None. It is asked once for each cell of a header.
        blanks: cells may also stand apart by nothing but blanks, and a table may have one column.
    """
    done = 0
    for match in heads:
        if not done and not ("\n" in text or "<tr" in folded or "values" in folded or "]" in text):
            return
        if match.start() < done:
            continue
        for rows in _tables(text, folded, match, blanks=blanks):
            if (head := next(rows, None)) is not None:
                break
        else:
            continue
        done = head[-1][1]
        columns = _columns(text, head, judge, least=1 if blanks and match["mark"][-1:] == "\n" else 2)
        for row in rows if columns else ():
            if len(row) != len(head):
                break
            done = row[-1][1]
            for column, said in columns.items():
                yield said, *_bare(text, *row[column])


def _columns(text: str, head: _Cells, judge: Callable[[str], _T | None], *, least: int) -> dict[int, _T]:
    """Return what is said of the columns of a header; nothing if it is no header."""
    names = [text[start:end] for start, end in (_bare(text, *cell, _QUOTES + _STYLE) for cell in head)]
    said = [name for name in names if name]
    if len(said) < least or not all(map(_NAME.fullmatch, said)):
        return {}
    judged = ((place, judge(name)) for place, name in enumerate(names))
    return {place: told for place, told in judged if told is not None}


def _tables(text: str, folded: str, match: re.Match[str], *, blanks: bool) -> Iterator[Iterator[_Cells]]:
    """Yield the rows of each table that `match` may be in the header of."""
    mark = match["mark"]
    first = max(match.start() - _LONGEST_HEADER, 0)
    if mark.startswith("<"):
        begin = folded.rfind("<tr", first, match.start())
        if begin >= 0 and "<tr" not in folded[first:begin].rpartition("<table")[2]:
            yield _elements(folded, begin + 1)
        return
    opened = text.rfind("(", first, match.start())
    if mark not in "|;\t" and opened >= 0 and text.find(")", opened, match.start()) < 0:
        yield _tuples(text, opened + 1, _ITEM, _VALUES, _NEXT_ROW)
    opened = text.rfind("[", first, match.start()) if mark == "," else -1
    if opened >= 0 and _is_array(text, opened + 1, match.end()):
        yield _tuples(text, opened + 1, _ELEMENT, _FIRST_ARRAY, _NEXT_ARRAY)
    begin = text.rfind("\n", first, match.start()) + 1
    if mark not in _CELLS and mark != _BLANKS:
        marks = (*_CELLS, _BLANKS) if blanks else _CELLS
        mark = next((other for other in marks if text.find(other, begin, match.start()) >= 0), _BLANKS * blanks)
    if mark and (begin or not first):
        yield _lines(text, begin, mark)


def _is_array(text: str, at: int, beyond: int) -> bool:
    """Tell, cheaply, whether the array that begins at `at` goes on to `beyond`, is flat and leads to another one.

    A list of ten thousand names would else be read once for each of them.
    """
    end = text.find("]", at, at + _LONGEST_HEADER)
    flat = end >= beyond - 2 and text.find("{", at, end) < 0 and text.find("[", at, end) < 0
    return flat and _FIRST_ARRAY.match(text, end + 1) is not None


def _lines(text: str, at: int, mark: str) -> Iterator[_Cells]:
    """Yield the rows of lines whose cells have `mark` between; a cell in quotes may go over several lines."""
    cell_at = _CELLS.get(mark, _SET_APART).match
    width = 0
    while at < len(text):
        rule = _RULE.match(text, at)
        if rule is None:
            row: _Cells = []
            while (cell := cell_at(text, at)) is not None:
                at = cell.end()
                row.append((cell.start(), at - len(cell["mark"] or "")))
                if cell["mark"] is None:
                    break
            # What sets tables with blanks numbers their rows, under no name.
            yield row[1:] if mark == _BLANKS and len(row) == width + 1 > 1 else row
            width = width or len(row)
            at += 2 if text.startswith("\r\n", at) else 1
        elif rule[0].isspace():
            return
        else:
            at = rule.end()


def _tuples(
    text: str, at: int, cell: re.Pattern[str], first_row: re.Pattern[str], next_row: re.Pattern[str]
) -> Iterator[_Cells]:
    """Yield `(name, password)` or `["name", "password"]`, and the rows behind it, if some follow."""
    follows, most = first_row, at + _LONGEST_HEADER
    while True:
        row: _Cells = []
        while (item := cell.match(text, at)) is not None and (follows is next_row or at < most):
            row.append((at, item.start("mark")))
            at = item.end()
            if item["mark"] != ",":
                break
        leads = follows.match(text, at)
        if not row or leads is None:
            if follows is next_row:
                yield row
            return
        yield row
        at, follows = leads.end(), next_row


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
