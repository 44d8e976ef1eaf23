"""The report as one HTML file: no script, no font, no picture from elsewhere; it can be mailed and kept.

Everything that comes from data is escaped. Charts are inline SVG in the page's own colours, so that they follow light
and dark; each has its numbers in a table below it, for those who read with a screen reader or want to copy them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Final

from gateway.core.model import Sensitivity
from gateway.evaluation.entities import MATCHINGS, EntityScores
from gateway.evaluation.levels import RATES, LevelScores
from gateway.evaluation.run import Evaluation, System
from gateway.evaluation.shares import Share
from gateway.evaluation.sweep import EntityPoint, LevelPoint
from gateway.evaluation.worst import Flaw

__all__ = ["page"]

_ORDER: Final = tuple(reversed(Sensitivity))
_STYLE: Final = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2024;--dim:#60646c;--line:#dfe1e6;--soft:#f6f7f9;
--a:#2f6fdb;--b:#c2410c;--c:#15803d;--d:#7c3aed;--mark:#fde68a}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e6e8eb;--dim:#9aa0a8;--line:#30353c;--soft:#1c2025;
--a:#7aa7f7;--b:#fb923c;--c:#4ade80;--d:#c4a1ff;--mark:#7c5b00}}
*{box-sizing:border-box}body{margin:0 auto;max-width:72rem;padding:2rem 1.25rem 4rem;background:var(--bg);
color:var(--fg);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .5rem}p,li{max-width:48rem}.dim,caption{color:var(--dim)}
code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1.25rem 0}
.card{background:var(--soft);border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem}
.card b{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}.card span{color:var(--dim);font-size:.85rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;margin:.5rem 0;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.25rem}th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid
var(--line);white-space:nowrap}th{font-weight:600;color:var(--dim)}th:first-child,td:first-child,td.text,th.text
{text-align:left}td.text{white-space:normal;min-width:14rem;overflow-wrap:anywhere}tr.sum td{font-weight:600}
tr.part td:first-child{padding-left:1.8rem;color:var(--dim)}tbody tr:hover{background:var(--soft)}
.confusion td{min-width:6rem}.confusion td.cell{background:color-mix(in srgb,var(--tone) var(--share),var(--bg))}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(22rem,100%),1fr));gap:1rem}figure{margin:0}
figcaption{font-weight:600;margin-bottom:.25rem}svg{width:100%;height:auto;font:11px system-ui,sans-serif}
svg text{fill:var(--dim)}svg .grid{stroke:var(--line)}svg polyline{fill:none;stroke-width:2}
.key{display:flex;gap:1rem;flex-wrap:wrap;font-size:.85rem;color:var(--dim)}.key i{display:inline-block;width:.9rem;
height:.2rem;margin-right:.35rem;vertical-align:middle}mark{background:var(--mark);color:inherit;border-radius:.2rem}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--a)}
"""
_TITLES: Final[Mapping[str, str]] = {
    "leaked": "Leaked: labelled high or moderate, would reach a cloud as it is",
    "kept": "Kept: labelled low, would not reach a cloud",
    "level": "Other level than labelled",
    "missed": "Missed: some letter of a labelled span lies in no finding",
    "false": "False: shares nothing with a labelled span of its type",
}
_DEFINITIONS: Final = (
    ("exact", "borders and type of a finding are those of a labelled span; one to one"),
    ("overlap", "a finding shares a character with a labelled span of its type"),
    ("covered", "each letter and digit of a labelled span lies in some finding, of whatever type"),
    ("precision", "counted over findings of those types that the data labels"),
    *RATES.items(),
    ("intervals", "95 %, Wilson's score interval"),
    ("speed", "CPU time of finding and classifying, all threads together: that of one core"),
)


def page(result: Evaluation) -> str:
    """Return the report as HTML."""
    title = f"Evaluation on {escape(result.dataset)}"
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="dim">SHA-256 of the data <code>{escape(result.sha256)}</code><br>',
        "<br>".join(
            f"{escape(name.replace('_', ' '))} <code>{escape(value)}</code>" for name, value in result.revisions.items()
        ),
        "</p>",
        _cards(result),
        _levels(result.levels) if result.levels else "",
        *(_entities(system) for system in result.systems),
        _sweeps(result),
        _speeds(result.systems),
        _worst(result.flaws),
        "<h2>What the figures mean</h2>",
        _table(("", "text:meaning"), ([name, meaning] for name, meaning in _DEFINITIONS)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _cards(result: Evaluation) -> str:
    gateway = result.systems[0]
    cards = [(f"{sum(result.judged.values()):,}", "texts")]
    if result.levels:
        cards.append((_number(result.levels.confusion.macro_f1), "macro-F1 of levels"))
        cards += [
            (_percent(result.levels.rates[name]), f"{what}: {_interval(result.levels.rates[name])}")
            for name, what in (("leaked", "leaked"), ("kept", "low kept from the cloud"))
            if result.levels.rates[name].count
        ]
    if gateway.entities and (exact := gateway.entities.of("exact")).gold:
        cards.append((_number(exact.f()), "F1 of all entities, exact"))
        covered = Share(exact.covered, exact.gold)
        cards.append((_percent(covered), f"covered: {_interval(covered)}"))
    cards.append((f"{gateway.speed.megabytes_per_second:.2f} MB/s", "on one core"))
    for level, count in result.judged.items():
        if not result.levels:
            cards.append((f"{count:,}", f"judged {level}"))
    body = "".join(
        f'<div class="card"><b>{escape(value)}</b><span>{escape(what)}</span></div>' for value, what in cards
    )
    return f'<div class="cards">{body}</div>'


def _levels(levels: LevelScores) -> str:
    rows = []
    for labelled in _ORDER:
        counts = [levels.confusion.counts.get((labelled, judged), 0) for judged in _ORDER]
        cells = "".join(
            _cell(count, sum(counts), right=judged is labelled) for count, judged in zip(counts, _ORDER, strict=True)
        )
        f1 = _number(levels.confusion.f1(labelled))
        rows.append(f"<tr><td>{labelled.label}</td>{cells}<td>{sum(counts):,}</td><td>{f1}</td></tr>")
    head = "".join(f"<th>judged {level.label}</th>" for level in _ORDER)
    rates = _table(
        ("rate", "share", "95 % interval", "texts", "text:meaning"),
        (
            [
                name.replace("_", " "),
                _percent(share),
                _interval(share),
                f"{share.hits:,} of {share.count:,}",
                RATES[name],
            ]
            for name, share in levels.rates.items()
            if share.count
        ),
    )
    genres = _table(
        ("genre", "texts", "judged right", "leaked", "kept", "altered"),
        (
            [
                genre,
                f"{right.count:,}",
                _percent(right),
                *(_percent(rates[name]) for name in ("leaked", "kept", "altered")),
            ]
            for genre, (right, rates) in levels.by_genre.items()
        ),
    )
    failures = f"<p>A detector failed on {levels.failures} texts; they count as high.</p>" if levels.failures else ""
    return (
        f"<h2>Levels</h2>{failures}"
        f'<div class="scroll" tabindex="0"><table class="confusion"><caption>Labelled (rows) against judged (columns); '
        f"macro-F1 {_number(levels.confusion.macro_f1)}</caption><thead><tr><th>labelled</th>{head}<th>texts</th>"
        f"<th>F1</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        f"{rates}{genres if levels.by_genre else ''}"
    )


def _cell(count: int, whole: int, *, right: bool) -> str:
    share = round(60 * count / whole) if whole else 0
    tone = "c" if right else "b"
    return f'<td class="cell" style="--tone:var(--{tone});--share:{share}%">{count:,}</td>'


def _entities(system: System) -> str:
    scores = system.entities
    if scores is None or not scores.tallies:
        return ""
    tables = [_entity_table(scores, matching) for matching in MATCHINGS]
    return (
        f"<h2>Entities: {escape(system.name)}</h2><p class='dim'>{scores.examples:,} texts with labelled spans; "
        f"{scores.set_aside:,} findings are of types that the data does not label.</p>"
        f"{tables[0]}<details><summary>Overlap instead of exact borders</summary>{tables[1]}</details>"
    )


def _entity_table(scores: EntityScores, matching: str) -> str:
    rows = []
    for entity_type, genre, tally in scores.rows(matching):
        covered = Share(tally.covered, tally.gold)
        figures = (tally.precision, tally.recall, tally.f(), tally.f(2))
        cells = [
            genre or entity_type or "all types",
            f"{tally.gold:,}",
            f"{tally.found:,}",
            *map(_number, figures),
            f"{_percent(covered)} {_interval(covered)}" if tally.gold else "–",
        ]
        kind = "part" if genre else "sum"
        rows.append(f'<tr class="{kind}">{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>')
    names = (matching, "labelled", "found", "precision", "recall", "F1", "F2", "covered")
    head = "".join(f"<th>{name}</th>" for name in names)
    return _scrolled(head, "".join(rows))


def _sweeps(result: Evaluation) -> str:
    charts = []
    for system in result.systems:
        if system.sweep and system.entities and system.entities.of("exact").gold:
            lines: dict[str, Callable[[EntityPoint], float | None]] = {
                "precision": lambda point: point.precision,
                "recall": lambda point: point.recall,
                "F2": lambda point: point.f2,
                "covered": lambda point: point.covered,
            }
            series = {name: [(point.threshold, get(point)) for point in system.sweep] for name, get in lines.items()}
            charts.append(_chart(f"Entities by least score: {system.name}", series))
    for title, points in (
        ("Levels by least score of a finding", result.by_score),
        ("Levels by threshold of topics", result.by_topic),
    ):
        if points:
            charts.append(_chart(title, _level_series(points)))
    if not charts:
        return ""
    return (
        "<h2>Other thresholds</h2><p class='dim'>From what was found once. Levels are the policy's classes: leaked is "
        "labelled high or moderate and judged low, blocked is labelled low and judged more. Topics: all thresholds "
        "are moved by the same odds; one of 0.5 then stands at the value shown.</p>"
        f"<div class='charts'>{''.join(charts)}</div>"
    )


def _level_series(points: Sequence[LevelPoint]) -> dict[str, list[tuple[float, float | None]]]:
    return {
        "macro-F1": [(point.threshold, point.macro_f1) for point in points],
        "leaked": [(point.threshold, point.leaked.value) for point in points],
        "blocked": [(point.threshold, point.blocked.value) for point in points],
    }


def _chart(title: str, series: Mapping[str, Sequence[tuple[float, float | None]]]) -> str:
    """Return a line chart of shares in [0, 1] with its numbers in a table below."""
    places = sorted({x for points in series.values() for x, _ in points})
    first, last = places[0], places[-1]

    def at(x: float, y: float) -> str:
        return f"{40 + 340 * (x - first) / ((last - first) or 1):.1f},{190 - 170 * y:.1f}"

    grid = "".join(
        f'<line class="grid" x1="40" x2="380" y1="{190 - 170 * y:.1f}" y2="{190 - 170 * y:.1f}"/>'
        f'<text x="34" y="{194 - 170 * y:.1f}" text-anchor="end">{y:.2g}</text>'
        for y in (0, 0.25, 0.5, 0.75, 1)
    )
    marks = "".join(
        f'<text x="{at(x, 0).split(",")[0]}" y="206" text-anchor="middle">{x:.2g}</text>'
        for x in places[:: max(1, len(places) // 7)]
    )
    lines, key = [], []
    for colour, (name, points) in zip("abcd", series.items(), strict=False):
        path = " ".join(at(x, y) for x, y in points if y is not None)
        lines.append(f'<polyline points="{path}" stroke="var(--{colour})"/>')
        key.append(f'<span><i style="background:var(--{colour})"></i>{escape(name)}</span>')
    columns = [dict(points) for points in series.values()]
    numbers = _table(
        ("threshold", *series), ([f"{x:.2f}", *(_number(column.get(x)) for column in columns)] for x in places)
    )
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 390 212" role="img" '
        f'aria-label="{escape(title)}">{grid}{marks}{"".join(lines)}</svg><div class="key">{"".join(key)}</div>'
        f"<details><summary>Numbers</summary>{numbers}</details></figure>"
    )


def _speeds(systems: Sequence[System]) -> str:
    return "<h2>Speed on one core</h2>" + _table(
        ("", "MB/s", "texts/s", "texts", "CPU seconds", "texts with findings"),
        (
            [
                system.name,
                f"{system.speed.megabytes_per_second:.3f}",
                f"{system.speed.texts_per_second:,.0f}",
                f"{system.speed.texts:,}",
                f"{system.speed.seconds:.2f}",
                f"{system.flagged:,}",
            ]
            for system in systems
        ),
    )


def _worst(flaws: Mapping[str, Sequence[Flaw]]) -> str:
    if not flaws:
        return ""
    shown = [f"<h3>{_TITLES[kind]}</h3>{_flaws(found)}" for kind, found in flaws.items()]
    told = any(flaw.text for found in flaws.values() for flaw in found)
    note = (
        "This report holds private text." if told else "Places, offsets and types only; text is shown with --with-text."
    )
    return f"<h2>Worst errors</h2><p class='dim'>{note}</p>{''.join(shown)}"


def _flaws(flaws: Sequence[Flaw]) -> str:
    rows = []
    for flaw in flaws:
        span = f"{flaw.span[0]}–{flaw.span[1]}" if flaw.span else "whole"
        text = ""
        if flaw.text is not None:
            before, itself, after = map(escape, flaw.text)
            text = (
                f'<td class="text">{before}<mark>{itself}</mark>{after}</td>'
                if flaw.span
                else (f'<td class="text">{itself}</td>')
            )
        rows.append(
            f'<tr><td>{escape(flaw.place)}</td><td>{span}</td><td class="text">{escape(flaw.detail)}</td>{text}</tr>'
        )
    head = "<th>place</th><th>offsets</th><th class='text'>what</th>"
    head += "<th class='text'>text</th>" if flaws[0].text is not None else ""
    return _scrolled(head, "".join(rows))


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a column whose name begins with `text:` holds prose."""
    prose = [name.startswith("text:") for name in names]
    classes = [' class="text"' if is_prose else "" for is_prose in prose]
    head = "".join(
        f"<th{kind}>{escape(name.removeprefix('text:'))}</th>" for name, kind in zip(names, classes, strict=True)
    )
    body = "".join(
        f"<tr>{''.join(f'<td{kind}>{escape(cell)}</td>' for cell, kind in zip(row, classes, strict=True))}</tr>"
        for row in rows
    )
    return _scrolled(head, body)


def _percent(share: Share) -> str:
    return "–" if share.value is None else f"{100 * share.value:.1f} %"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"[{100 * low:.1f}, {100 * high:.1f}]"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _scrolled(head: str, body: str) -> str:
    """Return a table that scrolls by itself where the window is narrow, by keyboard too."""
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
