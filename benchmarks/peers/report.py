"""The comparison as a table and a picture."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

__all__ = ["Chunks", "report"]

_DOCS: Final = Path(__file__).parents[2] / "docs"
_OURS: Final = "privacy-gateway"
_FIRST: Final = "1 KB, 64 connections"
_QUIET: Final = 0.3
Sample = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chunks:
    """Two cases that tell what the chunks of a stream cost.

    Attributes:
        many: the streams.
        few: streams of the same text in the same time, in fewer chunks.
        fewer: by what factor.
    """

    many: str
    few: str
    fewer: int


def report(samples: Sequence[Sample], cases: Sequence[str], chunks: Chunks, *, write: bool) -> str:
    """Return the tables, case by case; with `write`, also put them into docs/performance.md, with a picture."""
    parts = [_table(case, [sample for sample in samples if sample["case"] == case]) for case in cases]
    parts.append(_chunk_costs(samples, chunks))
    text = "\n\n".join(part for part in parts if part)
    if write:
        page = _DOCS / "performance.md"
        before, _, rest = page.read_text(encoding="utf-8").partition("<!-- peers -->\n")
        _, _, after = rest.partition("<!-- /peers -->")
        page.write_text(f"{before}<!-- peers -->\n{text}\n<!-- /peers -->{after}", encoding="utf-8")
        (_DOCS / "performance.svg").write_text(_picture(samples), encoding="utf-8")
    return text


def _servers(samples: Sequence[Sample]) -> list[str]:
    return list(dict.fromkeys(sample["server"] for sample in samples))


def _median(samples: Sequence[Sample], key: str) -> float | None:
    values = [sample[key] for sample in samples if sample[key] is not None]
    return statistics.median(values) if values else None


def _shown(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _table(case: str, samples: Sequence[Sample]) -> str:
    if not samples:
        return ""
    head = ["server", "CPU ms a request", "of ours", "requests/s", "p50 ms", "p99 ms", "first token ms", "chunk lag ms"]
    head += ["memory MB", "ready s", "errors", "foreign cores"]
    rows = [head, ["---"] * len(head)]
    own = {sample["round"]: sample["cpu_ms"] for sample in samples if sample["server"] == _OURS}
    for server in _servers(samples):
        here = [sample for sample in samples if sample["server"] == server]
        ratios = [own[each["round"]] / each["cpu_ms"] for each in here if each["round"] in own]
        ratio = "1" if server == _OURS else f"{statistics.median(ratios):.2f} ×" if ratios else ""
        row = [server, _shown(_median(here, "cpu_ms"), 3), ratio, _shown(_median(here, "rps"), 0)]
        row += [_shown(_median(here, key)) for key in ("p50_ms", "p99_ms", "first_token_ms", "chunk_lag_ms")]
        row += [_shown(_median(here, "rss_mb"), 0), _shown(_median(here, "ready_s"))]
        rows.append([*row, str(sum(sample["errors"] for sample in here)), _shown(_median(here, "foreign"), 2)])
    noisy = any(sample["foreign"] > _QUIET for sample in samples)
    note = "\n\nOther work took part of the machine while this was measured: read the ratios only." if noisy else ""
    return f"### {case}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + note


def _chunk_costs(samples: Sequence[Sample], chunks: Chunks) -> str:
    """Return what all chunks of a stream cost: the difference to fewer of them, made round by round."""
    rows = []
    for server in _servers(samples):
        many, few = (
            {each["round"]: each["cpu_ms"] for each in samples if (each["server"], each["case"]) == (server, case)}
            for case in (chunks.many, chunks.few)
        )
        costs = [(many[turn] - few[turn]) * chunks.fewer / (chunks.fewer - 1) for turn in many if turn in few]
        if costs:
            rows.append(f"| {server} | {statistics.median(costs):.1f} | {min(costs):.1f} to {max(costs):.1f} |")
    if not rows:
        return ""
    head = ["| server | CPU ms of all chunks | rounds |", "| --- | --- | --- |"]
    return "### What the chunks of a stream cost\n\n" + "\n".join([*head, *rows])


def _picture(samples: Sequence[Sample]) -> str:
    """Return bars of CPU a request at 1 KB, on a logarithmic scale: the servers are three powers of ten apart."""
    here = [sample for sample in samples if sample["case"] == _FIRST]
    bars = [
        (server, _median([s for s in here if s["server"] == server], "cpu_ms") or 0.01) for server in _servers(here)
    ]
    left, width, step = 150, 520, 34
    low, high = 0.01, 100.0
    rows = []
    for place, (server, value) in enumerate(bars):
        share = _log_share(value, low, high)
        y = 34 + place * step
        colour = "#0b6e4f" if server == _OURS else "#8a94a6"
        rows.append(
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{escape(server)}</text>'
            f'<rect x="{left}" y="{y}" width="{share * width:.0f}" height="22" rx="3" fill="{colour}"/>'
            f'<text x="{left + share * width + 6:.0f}" y="{y + 15}">{value:,.2f} ms</text>'
        )
    height = 44 + len(bars) * step
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 90} {height}" '
        'font-family="system-ui, sans-serif" font-size="13" fill="#1f2937">'
        '<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="12" y="20" font-weight="600">CPU a request, {escape(_FIRST)} (logarithmic)</text>'
        f"{''.join(rows)}</svg>\n"
    )


def _log_share(value: float, low: float, high: float) -> float:
    import math

    return max(0.02, min(1.0, math.log(value / low) / math.log(high / low)))
