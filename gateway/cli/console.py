"""How commands print: colours on a terminal, none in a pipe, and JSON that is stable."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.core.model import Classification, Sensitivity

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["LEVEL_STYLES", "classification_json", "console", "echo_json", "levelled", "show_classification"]

LEVEL_STYLES: Final[Mapping[str, str]] = {"high": "bold red", "moderate": "bold yellow", "low": "bold green"}
_LIKELY: Final = 0.3
"""Topics that are less probable are not shown."""
_LONGEST: Final = 48
"""Code points of a value that are shown."""


def console() -> Console:
    """Return a console that wraps at the terminal's width, and not at all in a pipe."""
    from rich.console import Console

    return Console(highlight=False, markup=False, soft_wrap=True)


def echo_json(value: object) -> None:
    """Print `value` as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def classification_json(classification: Classification) -> dict[str, Any]:
    """Return what `check --json` prints; offsets are Unicode code points in the text as given."""
    return {
        "sensitivity": classification.sensitivity.label,
        "reasons": [{"rule": reason.rule, "detail": reason.detail} for reason in classification.reasons],
        "findings": [
            {
                "path": finding.path,
                "entity_type": finding.entity_type,
                "start": finding.start,
                "end": finding.end,
                "score": round(finding.score, 4),
                "recognizer": finding.recognizer,
            }
            for finding in classification.findings
        ],
        "topics": {name: round(p, 4) for name, p in sorted(classification.topics.probabilities.items())},
    }


def levelled(level: Sensitivity) -> tuple[str, str]:
    """Return a level's word and style, for `rich.text.Text.assemble`."""
    return level.label, LEVEL_STYLES[level.label]


def show_classification(out: Console, classification: Classification, texts: Mapping[str, str]) -> None:
    """Print level, reasons, findings and topics; `texts` has the text at each path (the user's own, on its screen)."""
    from rich.text import Text

    out.print(Text.assemble("Sensitivity: ", levelled(classification.sensitivity)))
    if classification.reasons:
        out.print("Because:")
        for reason in classification.reasons:
            out.print(Text.assemble("  ", levelled(reason.level), f"  {reason.rule}: {reason.detail}"))
    if classification.findings:
        out.print("Found:")
        _table(
            out,
            [
                (
                    finding.entity_type,
                    _excerpt(texts.get(finding.path, "")[finding.start : finding.end]),
                    f"{finding.score:.2f}",
                    finding.recognizer,
                    finding.path,
                )
                for finding in classification.findings
            ],
        )
    likely = {
        name: p for name, p in sorted(classification.topics.probabilities.items(), key=lambda e: -e[1]) if p >= _LIKELY
    }
    if likely:
        out.print("Topics: " + ", ".join(f"{name} {p:.2f}" for name, p in likely.items()))


def _excerpt(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _table(out: Console, rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        out.print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
