"""Records come back: the last, one request's, a time span's, new ones, of all writers in order of time."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.adapters.audit import AuditLog, records_of
from gateway.adapters.audit.chain import seal
from gateway.adapters.audit.export import COLUMNS, write_csv
from gateway.adapters.audit.reader import AuditReader
from gateway.core.errors import AuditError
from gateway.core.record import AuditRecord, Event
from tests.fakes.records import START, a_record


def write(directory: Path, records: Sequence[AuditRecord], writer: str = "", rotate_bytes: int = 1500) -> None:
    async def append() -> None:
        log = AuditLog(directory, writer=writer, rotate_bytes=rotate_bytes, clock=START.timestamp)
        log.start()
        for record in records:
            await log.append(record)
        await log.aclose()

    asyncio.run(append())


def ids(records: Sequence[dict[str, object]]) -> list[object]:
    return [record["id"] for record in records]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return two writers' logs: even minutes in one, odd ones in the other, two records in a file."""
    write(tmp_path, [a_record(number) for number in range(0, 10, 2)], "w0")
    write(tmp_path, [a_record(number) for number in range(1, 10, 2)], "w1")
    return tmp_path


def test_all_records_come_in_order_of_time(log: Path) -> None:
    assert ids(list(AuditReader(log).records())) == [f"d-{number}" for number in range(10)]


def test_a_span_has_its_start_and_not_its_end(log: Path) -> None:
    span = AuditReader(log).records(START + timedelta(minutes=3), START + timedelta(minutes=6))
    assert ids(list(span)) == ["d-3", "d-4", "d-5"]


@pytest.mark.parametrize("count", [0, 1, 3, 10, 50])
def test_the_last_records(log: Path, count: int) -> None:
    expected = [f"d-{number}" for number in range(10)]
    assert ids(AuditReader(log).last(count)) == (expected[-count:] if count else [])


def test_a_request_is_found_with_all_its_records_over_two_files(tmp_path: Path) -> None:
    first, second = a_record(1), a_record(2)
    write(tmp_path, [a_record(0), first, a_record(1, event=Event.OUTCOME), second])
    found = AuditReader(tmp_path).find("d-1")
    assert [record["event"] for record in found] == ["decision", "outcome"]
    assert [record["hash"] for record in found] == [
        record["hash"] for record in AuditReader(tmp_path).records() if record["id"] == "d-1"
    ]


@pytest.mark.parametrize("unknown", ["d-99", "", 'd-1","x":"', "d-1\n", "x" * 200])
def test_an_unknown_or_impossible_id_finds_nothing(log: Path, unknown: str) -> None:
    assert AuditReader(log).find(unknown) == []


def test_a_name_that_spells_an_id_field_finds_nothing(tmp_path: Path) -> None:
    write(tmp_path, [a_record(0, principal='"id":"d-7"')])
    assert AuditReader(tmp_path).find("d-7") == []


async def test_records_of_one_decision_for_the_admin_plane(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    await log.append(a_record(3))
    assert ids(await records_of(tmp_path, "d-3")) == ["d-3"]
    assert await records_of(tmp_path, "d-4") == []
    await log.aclose()


def test_new_records_are_followed_over_rotation(tmp_path: Path) -> None:
    write(tmp_path, [a_record(0)])
    looks = iter([[1, 2, 3], [], [4], None])

    def wait() -> bool:
        numbers = next(looks)
        write(tmp_path, [a_record(number) for number in numbers or ()])
        return numbers is not None

    assert ids(list(AuditReader(tmp_path).follow(wait))) == ["d-1", "d-2", "d-3", "d-4"]


def test_a_line_that_is_being_written_waits(tmp_path: Path) -> None:
    write(tmp_path, [a_record(0)], rotate_bytes=10**6)
    (segment,) = tmp_path.glob("audit-*.jsonl")
    whole = segment.read_bytes()
    parts = iter([whole[:100], whole[100:], None])

    def wait() -> bool:
        part = next(parts)
        with segment.open("ab") as file:
            file.write(part or b"")
        return part is not None

    reader = AuditReader(tmp_path)
    assert ids(list(reader.follow(wait))) == ["d-0"]
    assert reader.damaged == 0


def test_lines_that_are_no_records_or_changed_are_counted_and_left_out(tmp_path: Path) -> None:
    write(tmp_path, [a_record(0), a_record(1)], rotate_bytes=10**6)
    (segment,) = tmp_path.glob("audit-*.jsonl")
    first, second = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(first + second.replace(b'"ada"', b'"eve"'))
    with segment.open("ab") as file:
        file.write(b"no record\n[1]\n{}\n" + b"\xff\n" + b"[" * 100_000 + b"\n")
    reader = AuditReader(tmp_path)
    assert ids(list(reader.records())) == ["d-0"]
    assert reader.damaged == 6
    assert ids(reader.last(1)) == ["d-0"]


@pytest.mark.parametrize("payload", [b"{no json}", b'{"id":"d-0"}', b'{"time":5}', b"[]" + b"[" * 50_000])
def test_a_line_with_a_hash_of_its_own_that_is_no_record_kept_all_others_from_being_read(
    log: Path, payload: bytes
) -> None:
    line, _ = seal(payload, "0" * 8, "0" * 64)
    with max((log / "w0").glob("audit-*.jsonl")).open("ab") as file:
        file.write(line)
    reader = AuditReader(log)
    assert ids(list(reader.records())) == [f"d-{number}" for number in range(10)]
    assert reader.damaged == 1
    assert ids(AuditReader(log).last(3)) == ["d-7", "d-8", "d-9"]
    assert ids(AuditReader(log).find("d-0")) == ["d-0"]


def test_an_empty_log_has_no_records(tmp_path: Path) -> None:
    write(tmp_path, [])
    reader = AuditReader(tmp_path)
    assert (list(reader.records()), reader.last(5), reader.find("d-1")) == ([], [], [])


def test_no_log_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="no audit log"):
        AuditReader(tmp_path)


def test_csv_has_a_column_for_every_field(tmp_path: Path) -> None:
    write(tmp_path, [a_record(0), a_record(0, event=Event.OUTCOME)])
    records = list(AuditReader(tmp_path).records())
    assert set(COLUMNS) == set(records[0]) - {"schema"}
    file = io.StringIO()
    assert write_csv(records, file) == 2
    decision, outcome = csv.DictReader(io.StringIO(file.getvalue()))
    assert decision["transforms"] == '{"PERSON":{"operator":"tokenize","count":1}}'
    assert (decision["status"], outcome["status"]) == ("", "200")
    assert decision["stream"] == "false"


def test_a_name_that_a_spreadsheet_would_run_is_text() -> None:
    file = io.StringIO()
    write_csv([{"time": "t", "principal": "=HYPERLINK(1)"}], file)
    (row,) = csv.DictReader(io.StringIO(file.getvalue()))
    assert row["principal"] == "'=HYPERLINK(1)"
