"""`privacy-gateway audit`: read, verify and keep the audit log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from gateway.cli.audit_page import console, report_json, write_json, write_line, write_page, write_report
from gateway.cli.options import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.adapters.audit.reader import Record

__all__ = ["audit"]

_Command = TypeVar("_Command", bound=Callable[..., object])
_LOOK_EVERY_S: Final = 0.25
_UNITS: Final = {"d": "days", "h": "hours"}


class _Failure(click.ClickException):
    """The log cannot be read or is none: a matter of usage or configuration."""

    exit_code = 2


def _when(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """Return the time that `value` names: a date, a time (UTC unless it says otherwise), or an age (`30d`, `12h`)."""
    if value is None:
        return None
    number, unit = value[:-1], value[-1:]
    try:
        if unit in _UNITS and number.isdecimal():
            return datetime.now(UTC) - timedelta(**{_UNITS[unit]: int(number)})
        when = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise click.BadParameter("write 2025-11-30, 2025-11-30T12:00:00Z, 30d or 12h", ctx, param) from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _place(command: _Command) -> _Command:
    """Add the options that say where the log is."""
    command = click.option(
        "--directory",
        type=click.Path(path_type=Path, file_okay=False),
        help="The audit directory itself.",
    )(command)
    return CONFIG(command)


def _directory(config: Path | None, directory: Path | None) -> Path:
    if directory is not None:
        return directory
    from gateway.settings import load

    loaded = load(config, to="read")
    return loaded.resolve(loaded.settings.audit.directory)


@contextmanager
def _told() -> Iterator[None]:
    """Say what is wrong with the log in one line, and exit with 2."""
    from gateway.core.errors import AuditError

    try:
        yield
    except AuditError as error:
        raise _Failure(str(error)) from None
    except BrokenPipeError:
        sys.stderr.close()  # `audit tail | head`: whoever read has enough
        sys.exit(0)
    except OSError as error:
        raise _Failure(f"{error.filename or 'audit log'}: {error.strerror}") from None


@click.group(
    epilog="""\b
Examples:
  privacy-gateway audit tail -f
  privacy-gateway audit show pg-0f3a…
  privacy-gateway audit verify --public-key audit.vkey
  privacy-gateway audit export --format csv --since 2025-11-01 > november.csv
  privacy-gateway audit purge --before 90d --yes"""
)
def audit() -> None:
    """Read, verify and keep the audit log.

    Each decision is one line of JSON, hash-chained to the one before, under a signed head.
    """


@audit.command(
    epilog="""\b
Examples:
  privacy-gateway audit tail -n 50
  privacy-gateway audit tail -f --json | jq 'select(.sensitivity == "high")'"""
)
@click.option("-f", "--follow", is_flag=True, help="Go on with new records as they come.")
@click.option("-n", "--lines", default=10, show_default=True, type=click.IntRange(min=0), help="How many records.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON lines.")
@_place
def tail(config: Path | None, directory: Path | None, lines: int, follow: bool, as_json: bool) -> None:
    """Show the last records."""
    from gateway.adapters.audit.reader import AuditReader

    with _told():
        reader = AuditReader(_directory(config, directory))
        write = write_json if as_json else write_line
        out = console()
        following = reader.follow(_pause) if follow else iter(())
        for record in reader.last(lines):
            write(out, record)
        for record in following:
            write(out, record)
        _tell_damaged(reader.damaged)


@audit.command(
    epilog="""\b
Example:
  privacy-gateway audit show "$(curl -si … | awk '/^x-privacy-decision/ {print $2}' | tr -d '\\r')\""""
)
@click.argument("decision", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@_place
def show(config: Path | None, directory: Path | None, decision: str, as_json: bool) -> None:
    """Show every record of one request: its decisions, why, what would have changed them, and how it ended.

    ID is the answer's x-privacy-decision header. Exit 1 if there is none.
    """
    from gateway.adapters.audit.reader import AuditReader

    with _told():
        place = _directory(config, directory)
        records = _explained(AuditReader(place).find(decision), place, config)
    if as_json:
        _echo_json(records)
    else:
        out = console()
        for record in records:
            write_page(out, record)
    if not records:
        click.echo("No record has this id; what is refused before it is judged (401, 400, …) leaves none.", err=True)
        sys.exit(1)


@audit.command(
    epilog="""\b
Examples:
  privacy-gateway audit verify --directory /var/lib/privacy-gateway/audit
  privacy-gateway audit verify --public-key /safe/audit.vkey --known-head /safe/head.note"""
)
@click.option(
    "--public-key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Verifier key that was kept elsewhere. Default: audit.vkey beside the log.",
)
@click.option(
    "--known-head",
    "known_heads",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="A head.note that was kept elsewhere; the log must still hold all it vouches for.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_place
def verify(
    config: Path | None,
    directory: Path | None,
    public_key: Path | None,
    known_heads: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Find every edit, deletion, swap, insertion and cut. Exit 1 if there is one.

    The key and heads beside the log prove only that it fits itself: whoever can rewrite the whole directory can
    replace them too. Keep copies of audit.vkey and, now and then, of head.note elsewhere.
    """
    from gateway.adapters.audit.keys import load_verifier
    from gateway.adapters.audit.verify import verify_directory

    with _told():
        key = load_verifier(public_key) if public_key else None
        report = verify_directory(_directory(config, directory), key, known_heads=known_heads)
    if as_json:
        _echo_json({"ok": report.ok, "logs": [report_json(log) for log in report.logs]})
    else:
        out = console()
        for log in report.logs:
            write_report(out, log)
    if not report.ok:
        sys.exit(1)


@audit.command(
    epilog="""\b
Examples:
  privacy-gateway audit export --format csv --since 2025-11-01 --until 2025-12-01 > november.csv
  privacy-gateway audit export --format jsonl --since 24h | jq -r .upstream | sort | uniq -c"""
)
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option(
    "--since", callback=_when, metavar="WHEN", help="From this time on: 2025-11-30, 2025-11-30T12:00:00Z, 30d, 12h."
)
@click.option("--until", callback=_when, metavar="WHEN", help="Before this time.")
@_place
def export(
    config: Path | None, directory: Path | None, form: str, since: datetime | None, until: datetime | None
) -> None:
    """Write records to standard output, in order of time."""
    from gateway.adapters.audit.export import write_csv
    from gateway.adapters.audit.reader import AuditReader

    with _told():
        reader = AuditReader(_directory(config, directory))
        records = reader.records(since, until)
        if form == "csv":
            write_csv(records, sys.stdout)
        else:
            for record in records:
                write_json(None, record)
        _tell_damaged(reader.damaged)


@audit.command(
    epilog="""\b
Example:
  privacy-gateway audit purge --before 90d --yes"""
)
@click.option("--before", callback=_when, metavar="WHEN", required=True, help="Remove what is older: 2025-11-30, 90d.")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The key that signs the log's head. Default: audit.key in the audit directory.",
)
@click.confirmation_option(prompt="Remove old audit records for good?")
@_place
def purge(config: Path | None, directory: Path | None, before: datetime, key_file: Path | None) -> None:
    """Remove whole files of old records; the rest still verifies, by a signed tombstone.

    A file goes when its last record is older than the date. The newest file stays, and so does one that does not
    verify. The gateway may run meanwhile.
    """
    from gateway.adapters.audit.disk import Disk
    from gateway.adapters.audit.keys import KEY_FILE, load_signer
    from gateway.adapters.audit.purge import purge_log
    from gateway.adapters.audit.segment import logs_in

    with _told():
        place = _directory(config, directory)
        keys = [key_file] if key_file else [place / KEY_FILE, place.parent / KEY_FILE]
        key = next((path for path in keys if path.exists()), None)
        if key is None:
            raise click.UsageError(f"no {KEY_FILE} in {place}: name the key that signs the head with --key-file")
        disk = Disk()
        signer = load_signer(key, disk)
        for log in logs_in(place):
            purged = purge_log(log, before, signer, disk, datetime.now(UTC))
            click.echo(f"{log}: removed {purged.records} records in {purged.segments} files")


def _explained(records: list[Record], place: Path, config: Path | None) -> list[Record]:
    """Return `records` with explanations; classifiers are loaded only if the policy's text of that time is kept."""
    from gateway.adapters.policy_history import PolicyHistory
    from gateway.explanation import explain_records
    from gateway.loadout import load_engine

    home = next((path for path in (place, place.parent) if PolicyHistory(path).all()), place)
    return explain_records(records, PolicyHistory(home), lambda: load_engine(config))


def _pause() -> bool:
    time.sleep(_LOOK_EVERY_S)
    return True


def _echo_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, indent=2))


def _tell_damaged(count: int) -> None:
    if count:
        click.echo(f"{count} lines are damaged and were left out: run audit verify", err=True)
