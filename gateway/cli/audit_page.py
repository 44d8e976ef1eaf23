"""How `privacy-gateway audit` shows records and reports: as JSON, as lines, as pages.

What a record says comes from requests in part (a model's name, a principal's): nothing of it reaches the terminal that
a terminal would obey.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.adapters.audit.reader import Record
    from gateway.adapters.audit.verify import LogReport

__all__ = ["console", "report_json", "write_json", "write_line", "write_page", "write_report"]

_LEVELS: Final = {"high": "bold red", "moderate": "bold yellow", "low": "bold green"}


def console() -> Console:
    """Return a console that prints what it is given, as it is."""
    from rich.console import Console

    return Console(highlight=False, markup=False, soft_wrap=True)


def write_json(_: Console | None, record: Record) -> None:
    """Print a record as one line of JSON; the console is not needed."""
    import json

    click.echo(json.dumps(record, separators=(",", ":")))


def write_line(out: Console, record: Record) -> None:
    """Print a record as one line for people."""
    from rich.text import Text

    level = _word(record.get("sensitivity"))
    line = Text.assemble(
        (_word(record["time"])[:19].replace("T", " "), "dim"),
        f"  {_word(record.get('event')):8}  ",
        (f"{level:8}", _LEVELS.get(level, "")),
        f"  {_word(record.get('effect')):5}  ",
        f"{_word(record.get('zone') or '-')}/{_word(record.get('upstream') or '-')}",
        f"  {_word(record.get('rule'))}",
        (f"  {_word(record.get('id'))}", "dim"),
    )
    if record.get("status") is not None:
        line.append(f"  status {_word(record['status'])}")
    found = _tally(record)
    if found:
        line.append(f"  {_word(found)}")
    out.print(line)


def write_page(out: Console, record: Record) -> None:
    """Print a whole record for people."""
    from rich.text import Text

    out.print(Text.assemble((f"{_word(record['event'])} {_word(record['id'])}", "bold")))
    for name, value in record.items():
        if (
            name in {"event", "id"}
            or value is None
            or value in ("", [], {})
            or (name, value) == ("findings_omitted", 0)
        ):
            continue
        if name == "findings":
            out.print(f"  {name}:")
            for finding in value:
                out.print(
                    _word(
                        f"    {finding['entity_type']} {finding['score']} by {finding['recognizer']}"
                        f" at {finding['path'] or '/'}"
                    )
                )
        elif name == "explanation":
            _as_explanation(out, value)
        elif name == "reasons":
            out.print(f"  {name}:")
            for reason in value:
                out.print(_word(f"    {reason['level']}: {reason['rule']}: {reason['detail']}"))
        elif isinstance(value, dict):
            pairs = (f"{key} {_inner(inner)}" for key, inner in value.items())
            out.print(_word(f"  {name}: {', '.join(pairs)}"))
        else:
            out.print(_word(f"  {name}: {value}"))


def _as_explanation(out: Console, told: Record) -> None:
    out.print("  in which fields:")
    for path, kinds in told["fields"].items():
        out.print(_word(f"    {path or '/'}: {', '.join(f'{count} {kind}' for kind, count in kinds.items())}"))
    if told["counterfactuals"]:
        out.print("  what would have changed it:")
    for one in told["counterfactuals"]:
        out.print(_word(f"    {one['words']}"))
    if told["note"]:
        out.print(_word(f"  note: {told['note']}"))
    if told["policy"]:
        for name, text in told["policy"]["files"].items():
            out.print(_word(f"  policy at {told['policy']['revision']}, {name}:"))
            for line in text.splitlines():
                out.print(_word(f"    {line}"))


def report_json(log: LogReport) -> dict[str, object]:
    """Return what was verified of one log, for `--json`."""
    return {
        "directory": str(log.directory),
        "ok": log.ok,
        "records": log.records,
        "segments": log.segments,
        "signed": log.signed,
        "purged": log.purged,
        "flaws": [
            {"kind": flaw.kind.value, "file": str(flaw.file), "line": flaw.line, "message": flaw.message}
            for flaw in log.flaws
        ],
        "flaws_omitted": log.flaws_omitted,
        "notes": log.notes,
    }


def write_report(out: Console, log: LogReport) -> None:
    """Print what was verified of one log."""
    from rich.text import Text

    verdict = ("intact", "bold green") if log.ok else ("CHANGED", "bold red")
    counts = f": {log.records} records in {log.segments} files, {log.signed} under the signed head"
    if log.purged:
        counts += f", {log.purged} purged before"
    out.print(Text.assemble(f"{log.directory}: ", verdict, counts))
    for flaw in log.flaws:
        out.print(f"  {_word(flaw)}")
    if log.flaws_omitted:
        out.print(f"  and {log.flaws_omitted} more flaws")
    for note in log.notes:
        out.print(f"  note: {_word(note)}")


def _tally(record: Record) -> str:
    """Return how many findings there are of each type."""
    counts: dict[str, int] = {}
    for finding in record.get("findings", ()):
        counts[finding["entity_type"]] = counts.get(finding["entity_type"], 0) + 1
    words = [f"{kind}={count}" for kind, count in sorted(counts.items())]
    if record.get("findings_omitted"):
        words.append(f"and {record['findings_omitted']} more")
    return " ".join(words)


def _inner(value: object) -> str:
    return " ".join(str(part) for part in value.values()) if isinstance(value, dict) else str(value)


def _word(value: object) -> str:
    """Return `value` without what a terminal would obey."""
    text = "" if value is None else str(value)
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
