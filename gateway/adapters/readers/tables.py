"""Reads the sheets of an XLSX file as rows, each cell under its heading.

A cell of a sheet is a number, or an index into the texts that all sheets share, so a sheet's own text says little: nine
digits are an account number or a turnover by the heading of their column. These rows are a further reading beside all
parts of the file, and cannot be edited; a value found in them is replaced where its own text stands.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

__all__ = ["rows_of"]

_ITEM: Final = re.compile(r"<(?:\w+:)?si\b[^<>]*>")
_TEXT: Final = re.compile(r"<(?:\w+:)?t\b[^<>]*>([^<]*)<")
_ROW: Final = re.compile(r"<(?:\w+:)?row\b[^<>]*>")
_CELL: Final = re.compile(r"<(?:\w+:)?c\b([^<>]*)>")
_COLUMN: Final = re.compile(r"\br\s*=\s*[\"']([A-Z]{1,3})")
_TYPE: Final = re.compile(r"\bt\s*=\s*[\"'](\w+)")
_VALUE: Final = re.compile(r"<(?:\w+:)?v\b[^<>]*>([^<]*)<")
_EXPONENT: Final = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?[eE]\+?\d{1,2}")
_MAX_CELLS: Final = 200_000


def rows_of(parts: Mapping[str, str]) -> Iterator[str]:
    """Yield a text for each sheet among `parts`, which are names and XML of an archive's entries."""
    shared: list[str] = []
    for name, source in parts.items():
        if name.endswith("sharedStrings.xml"):
            shared = ["".join(map(html.unescape, _TEXT.findall(item))) for item in _ITEM.split(source)[1:]]
    left = _MAX_CELLS
    for name, source in sorted(parts.items()):
        if name.endswith("sharedStrings.xml"):
            continue
        heading: dict[str, str] = {}
        lines: list[str] = []
        for row in _ROW.split(source)[1:]:
            cells = dict(_cells(row, shared))
            left -= len(cells)
            if left < 0:
                break
            if heading:
                lines.append("; ".join(f"{heading.get(column, '')}: {cell}" for column, cell in cells.items() if cell))
            else:
                heading = cells
        yield "\n".join(lines)


def _cells(row: str, shared: list[str]) -> Iterator[tuple[str, str]]:
    cut = _CELL.split(row)[1:]
    for ordinal, (attributes, inner) in enumerate(zip(cut[::2], cut[1::2], strict=True)):
        column = _COLUMN.search(attributes)
        kind = _TYPE.search(attributes)
        value = _VALUE.search(inner)
        text = html.unescape(value[1]) if value else "".join(map(html.unescape, _TEXT.findall(inner)))
        if kind and kind[1] == "s":
            text = shared[int(text)] if text.isascii() and text.isdigit() and int(text) < len(shared) else ""
        elif _EXPONENT.fullmatch(text):
            text = format(Decimal(text), "f")
        yield (column[1] if column else str(ordinal)), text
