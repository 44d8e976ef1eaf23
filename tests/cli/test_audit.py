"""`privacy-gateway audit`: what each command prints, and its exit code."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.adapters.audit import AuditLog
from gateway.cli.audit import audit
from gateway.core.record import Event
from tests.fakes.records import START, a_record


@pytest.fixture
def log(tmp_path: Path) -> Path:
    async def write() -> None:
        log = AuditLog(tmp_path / "audit", rotate_bytes=1500, clock=START.timestamp)
        for number in range(4):
            await log.append(a_record(number, principal="ada\x1b[31m"))
            await log.append(a_record(number, event=Event.OUTCOME))
        await log.aclose()

    asyncio.run(write())
    return tmp_path / "audit"


def run(*arguments: str, directory: Path | None = None, answer: str | None = None) -> Result:
    place = ["--directory", str(directory)] if directory else []
    return CliRunner().invoke(audit, [*arguments, *place], input=answer)


def test_tail_shows_the_last_records_a_line_each_without_colours_in_a_pipe(log: Path) -> None:
    told = run("tail", "-n", "3", directory=log)
    lines = told.stdout.splitlines()
    assert told.exit_code == 0
    assert [line.split()[2] for line in lines] == ["outcome", "decision", "outcome"]
    assert "PERSON=1" in lines[1]
    assert lines[2].endswith("status 200  PERSON=1")
    assert "\x1b" not in told.stdout


def test_tail_as_json_is_the_records(log: Path) -> None:
    lines = run("tail", "-n", "8", "--json", directory=log).stdout.splitlines()
    written = b"".join(path.read_bytes() for path in sorted(log.glob("audit-*.jsonl"))).decode().splitlines()
    assert sorted(lines) == sorted(written)


def test_show_tells_all_of_one_request(log: Path) -> None:
    told = run("show", "d-2", directory=log)
    assert told.exit_code == 0
    assert told.stdout.startswith("decision d-2\n")
    assert "\noutcome d-2\n" in told.stdout
    assert "    PERSON 0.85 by names at /messages/0/content\n" in told.stdout
    assert "  transforms: PERSON tokenize 1\n" in told.stdout


def test_no_name_in_a_record_reaches_the_terminal_as_a_command(log: Path) -> None:
    assert "principal: ada\N{REPLACEMENT CHARACTER}[31m" in run("show", "d-2", directory=log).stdout


def test_show_as_json_is_a_list(log: Path) -> None:
    records = json.loads(run("show", "d-2", "--json", directory=log).stdout)
    assert [record["event"] for record in records] == ["decision", "outcome"]


def test_show_of_an_unknown_id_exits_1(log: Path) -> None:
    told = run("show", "d-99", directory=log)
    assert told.exit_code == 1
    assert told.stderr == "No record has this id; what is refused before it is judged (401, 400, …) leaves none.\n"


def test_verify_of_an_intact_log_exits_0(log: Path) -> None:
    told = run("verify", directory=log)
    assert told.exit_code == 0
    assert told.stdout.startswith(f"{log}: intact: 8 records in 4 files, 8 under the signed head\n")


def test_verify_names_file_and_line_of_a_change_and_exits_1(log: Path) -> None:
    second = log / "audit-000002.jsonl"
    second.write_bytes(second.read_bytes().replace(b'"acme"', b'"ACME"', 1))
    told = run("verify", "--public-key", str(log / "audit.vkey"), directory=log)
    assert told.exit_code == 1
    assert f"{log}: CHANGED" in told.stdout
    assert f"{second}:1: edited" in told.stdout
    report = json.loads(run("verify", "--json", directory=log).stdout)
    assert report["ok"] is False
    assert [(flaw["kind"], flaw["line"]) for flaw in report["logs"][0]["flaws"]] == [("edited", 1)]


def test_verify_takes_heads_that_were_kept_elsewhere(log: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.note").write_bytes((log / "head.note").read_bytes())
    assert run("verify", "--known-head", str(tmp_path / "kept.note"), directory=log).exit_code == 0


def test_export_writes_a_span_as_json_lines_and_as_csv(log: Path) -> None:
    span = ("--since", "2025-11-01T12:01:00Z", "--until", "2025-11-01T12:02:00+00:00")
    lines = run("export", *span, directory=log).stdout.splitlines()
    assert {json.loads(line)["id"] for line in lines} == {"d-1"}
    rows = list(csv.DictReader(io.StringIO(run("export", "--format", "csv", *span, directory=log).stdout)))
    assert [row["event"] for row in rows] == ["decision", "outcome"]


def test_export_tells_of_lines_that_are_no_records(log: Path) -> None:
    with (log / "audit-000001.jsonl").open("ab") as file:
        file.write(b"nothing\n")
    told = run("export", directory=log)
    assert len(told.stdout.splitlines()) == 8
    assert "1 lines are damaged" in told.stderr


def test_purge_asks_first_and_the_rest_verifies(log: Path) -> None:
    refused = run("purge", "--before", "2025-11-01T12:02:00Z", directory=log, answer="n\n")
    assert refused.exit_code == 1
    assert len(list(log.glob("audit-*.jsonl"))) == 4
    told = run("purge", "--before", "2025-11-01T12:02:00Z", "--yes", directory=log)
    assert told.stdout == f"{log}: removed 4 records in 2 files\n"
    assert run("verify", directory=log).exit_code == 0


def test_purge_makes_no_key_where_none_is(log: Path) -> None:
    (log / "audit.key").unlink()
    told = run("purge", "--before", "1d", "--yes", directory=log)
    assert told.exit_code == 2
    assert "--key-file" in told.stderr
    assert not (log / "audit.key").exists()


@pytest.mark.parametrize("when", ["yesterday", "10x", "d", "99999999999d", "2025-13-01"])
def test_a_time_that_is_none_is_refused_with_examples(log: Path, when: str) -> None:
    told = run("export", "--since", when, directory=log)
    assert told.exit_code == 2
    assert "write 2025-11-30" in told.stderr


def test_ages_are_times(log: Path) -> None:
    assert run("export", "--until", "1h", directory=log).stdout.count("\n") == 8
    assert run("export", "--since", "1h", directory=log).stdout == ""


@pytest.mark.parametrize("command", [("tail",), ("show", "d-1"), ("verify",), ("export",)])
def test_a_directory_without_log_exits_2(tmp_path: Path, command: tuple[str, ...]) -> None:
    told = run(*command, directory=tmp_path)
    assert told.exit_code == 2
    assert told.stderr == f"Error: no audit log in {tmp_path}\n"


def test_each_command_shows_examples() -> None:
    for command in ("tail", "show", "verify", "export", "purge"):
        told = run(command, "--help")
        assert told.exit_code == 0
        assert "privacy-gateway audit " + command in told.stdout


def test_the_directory_comes_from_the_settings(log: Path, tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("audit: {directory: audit}\n")
    told = run("verify", "--config", str(tmp_path / "gateway.yaml"))
    assert told.exit_code == 0
    assert told.stdout.startswith(f"{log}: intact")
