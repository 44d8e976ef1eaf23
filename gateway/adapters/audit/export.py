"""Records as CSV (RFC 4180): one row a record, lists and objects as JSON in their cell."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from typing import Final, TextIO

from gateway.adapters.audit.reader import Record

__all__ = ["COLUMNS", "write_csv"]

COLUMNS: Final = (
    *("time", "id", "event", "tenant", "principal", "purpose", "groups", "dialect", "endpoint", "model", "stream"),
    *(
        "sensitivity",
        "residual",
        "rule",
        "effect",
        "route",
        "budgets",
        "zone",
        "upstream",
        "status",
        "reasons",
        "topics",
        "findings",
    ),
    *("findings_omitted", "omitted", "transforms", "answer", "tokens", "latency_ms"),
    *("policy_revision", "classifier_revision", "shadow", "key", "previous", "hash"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by spreadsheets as a formula; an apostrophe before it makes it text (OWASP)."""


def write_csv(records: Iterable[Record], file: TextIO) -> int:
    """Write a header and one row for each record; return how many."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    rows = 0
    for record in records:
        writer.writerow([_cell(record.get(column)) for column in COLUMNS])
        rows += 1
    return rows


def _cell(value: object) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return f"'{text}" if text.startswith(_FORMULA) else text
