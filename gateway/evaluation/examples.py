"""Labelled texts, and the two formats they are read from: JSON lines and brat's standoff.

One JSON object a line:

    {"text": "…", "sensitivity": "high", "spans": [[0, 8, "PERSON"]], "genre": "mail", "language": "en"}

Only `text` is required. Offsets are Unicode code points, `end` exclusive. What a line does not say is not scored:
without `spans` (an empty list is a statement: nothing private) no entities, without `sensitivity` no levels. Other keys
are left alone, so that one file may serve several tools.

Brat (https://brat.nlplab.org/standoff.html): NAME.txt beside NAME.ann, of which text-bound annotations (`T…`) count.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core.errors import ConfigurationError, Problem
from gateway.core.model import Sensitivity
from gateway.evaluation.kinds import MEDDOCAN

__all__ = ["Example", "Span", "read_brat", "read_jsonl"]

Span = tuple[int, int, str]
"""Start, end (exclusive) in code points, entity type."""
_MAX_PROBLEMS: Final = 20
_EXPECTED: Final = (
    '{"text": "…", "sensitivity"?: "high", "spans"?: [[0, 8, "PERSON"]], "genre"?: "…", "language"?: "…"}'
)


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text.

    Attributes:
        place: where it stands, as `file:line` or a file's name; shown in reports.
        text: the text.
        level: how sensitive it is; None: the data does not say.
        spans: what is private in it; None: the data does not say.
        genre: such as `mail`; empty when not told.
        language: such as `en`; empty when not told.
    """

    place: str
    text: str = field(repr=False)
    level: Sensitivity | None = None
    spans: tuple[Span, ...] | None = None
    genre: str = ""
    language: str = ""


def read_jsonl(data: bytes, file: str) -> list[Example]:
    """Return the examples in JSON lines; blank lines are passed over.

    Raises:
        ConfigurationError: with the first 20 lines that are wrong, by number and without their text.
    """
    examples: list[Example] = []
    problems: list[Problem] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            examples.append(_example(json.loads(line), f"{file}:{number}"))
        except RecursionError:
            problems.append(Problem(file, number, "nested too deeply", _EXPECTED))
        except UnicodeDecodeError:
            problems.append(Problem(file, number, "not UTF-8", _EXPECTED))
        except json.JSONDecodeError:
            problems.append(Problem(file, number, "not JSON", _EXPECTED))
        except ValueError as error:
            problems.append(Problem(file, number, str(error), _EXPECTED))
        if len(problems) == _MAX_PROBLEMS:
            break
    if problems:
        raise ConfigurationError(problems)
    return examples


def read_brat(text: str, annotations: str, place: str) -> Example:
    """Return one document of a brat corpus; MEDDOCAN's kinds become ours, others stay. A span in parts gives parts.

    Raises:
        ConfigurationError: if an annotation cannot be read or points out of the text.
    """
    spans: list[Span] = []
    problems: list[Problem] = []
    for number, line in enumerate(annotations.splitlines(), 1):
        if not line.startswith("T"):
            continue
        try:
            kind, _, offsets = line.split("\t")[1].partition(" ")
            for part in offsets.split(";"):
                start, end = map(int, part.split())
                spans.append(_span([start, end, MEDDOCAN.get(kind, kind)], len(text)))
        except (ValueError, IndexError):
            expected = "T1<tab>KIND START END<tab>text, within the text"
            problems.append(Problem(f"{place}.ann", number, "cannot be read", expected))
    if problems:
        raise ConfigurationError(problems[:_MAX_PROBLEMS])
    return Example(place, text, None, _in_order(spans))


def _example(row: Any, place: str) -> Example:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ValueError("no `text`")  # noqa: TRY004 - one kind of error for all that is wrong with a line
    text = row["text"]
    level, spans = row.get("sensitivity"), row.get("spans")
    if level is not None and not isinstance(level, str):
        raise ValueError("`sensitivity` is no word")
    if spans is not None and not isinstance(spans, list):
        raise ValueError("`spans` is no list")
    return Example(
        place,
        text,
        None if level is None else _level(level),
        None if spans is None else _in_order([_span(span, len(text)) for span in spans]),
        _word(row, "genre"),
        _word(row, "language"),
    )


def _level(word: str) -> Sensitivity:
    try:
        return Sensitivity.parse(word)
    except ValueError:
        raise ValueError("`sensitivity` is none of high, moderate, low") from None


def _word(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"`{name}` is no word")
    return value or ""


def _span(span: Any, length: int) -> Span:
    match span:
        case [int(start), int(end), str(kind)] if 0 <= start < end <= length and kind:
            return start, end, kind
        case _:
            raise ValueError("a span is not [start, end, TYPE] within the text")


def _in_order(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans in order, each once."""
    return tuple(sorted(set(spans)))
