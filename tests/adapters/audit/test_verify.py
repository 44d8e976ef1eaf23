"""Every kind of tampering is found, named, and placed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters.audit import AuditLog
from gateway.adapters.audit.chain import encode, open_line, seal
from gateway.adapters.audit.keys import load_verifier
from gateway.adapters.audit.verify import MAX_FLAWS, Kind, VerifyReport, verify_directory
from gateway.core.errors import AuditError
from tests.fakes.records import START, a_record

RECORDS = 12
SEGMENT_BYTES = 4000


def write_log(directory: Path, numbers: range, rotate_bytes: int = SEGMENT_BYTES, writer: str = "") -> None:
    async def write() -> None:
        log = AuditLog(directory, writer=writer, rotate_bytes=rotate_bytes, clock=START.timestamp)
        for number in numbers:
            await log.append(a_record(number))
        await log.aclose()

    asyncio.run(write())


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("intact") / "audit"
    write_log(directory, range(RECORDS))
    assert len(segments(directory)) == 3
    return directory


@pytest.fixture
def log(intact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(intact, tmp_path / "audit"))


def segments(directory: Path) -> list[Path]:
    return sorted(directory.glob("audit-*.jsonl"))


def change(path: Path, edit: Callable[[list[bytes]], None]) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    edit(lines)
    path.write_bytes(b"".join(lines))


def flaws(report: VerifyReport) -> list[tuple[Kind, str, int]]:
    return [(flaw.kind, flaw.file.name, flaw.line) for log in report.logs for flaw in log.flaws]


def test_an_intact_log_has_no_flaw(log: Path) -> None:
    report = verify_directory(log, load_verifier(log / "audit.vkey"))
    assert report.ok
    (told,) = report.logs
    assert (told.records, told.signed, told.segments, told.notes) == (RECORDS, RECORDS, 3, [])


def test_without_a_key_from_elsewhere_the_report_says_what_that_proves(log: Path) -> None:
    (told,) = verify_directory(log).logs
    assert "key that stands beside the log" in told.notes[0]


def test_an_edit_is_one_flaw_at_its_line(log: Path) -> None:
    change(segments(log)[1], lambda lines: lines.__setitem__(2, lines[2].replace(b'"cloud-a"', b'"cloud-b"')))
    assert flaws(verify_directory(log)) == [(Kind.EDITED, "audit-000002.jsonl", 3)]


def test_two_edits_are_two_flaws(log: Path) -> None:
    change(segments(log)[0], lambda lines: lines.__setitem__(1, lines[1].replace(b'"ada"', b'"eve"')))
    change(segments(log)[2], lambda lines: lines.__setitem__(0, lines[0].replace(b'"ada"', b'"eve"')))
    assert flaws(verify_directory(log)) == [
        (Kind.EDITED, "audit-000001.jsonl", 2),
        (Kind.EDITED, "audit-000003.jsonl", 1),
    ]


def test_an_edit_with_its_hash_made_anew_breaks_the_chain_behind_it(log: Path) -> None:
    def forge(lines: list[bytes]) -> None:
        link = open_line(lines[1])
        assert link is not None
        lines[1] = seal(encode(a_record(99)), link.key_id, link.previous)[0]

    change(segments(log)[0], forge)
    assert flaws(verify_directory(log)) == [(Kind.MOVED, "audit-000001.jsonl", 3)]


def test_a_log_forged_anew_does_not_fit_its_signed_head(log: Path) -> None:
    key = load_verifier(log / "audit.vkey").id
    previous = "0" * 64
    for path in segments(log):
        forged = []
        for _ in path.read_bytes().splitlines():
            line, previous = seal(encode(a_record(7, principal="eve")), key, previous)
            forged.append(line)
        path.write_bytes(b"".join(forged))
    assert flaws(verify_directory(log)) == [(Kind.HEAD, "head.note", 0)]


def test_a_deletion_is_found(log: Path) -> None:
    change(segments(log)[0], lambda lines: lines.__delitem__(1))
    assert (Kind.MOVED, "audit-000001.jsonl", 2) in flaws(verify_directory(log))


def test_a_swap_is_found(log: Path) -> None:
    def swap(lines: list[bytes]) -> None:
        lines[1], lines[2] = lines[2], lines[1]

    change(segments(log)[0], swap)
    assert (Kind.MOVED, "audit-000001.jsonl", 2) in flaws(verify_directory(log))


def test_an_insertion_is_found(log: Path) -> None:
    def insert(lines: list[bytes]) -> None:
        link = open_line(lines[1])
        assert link is not None
        lines.insert(2, seal(encode(a_record(99)), link.key_id, link.hash)[0])

    change(segments(log)[0], insert)
    assert (Kind.MOVED, "audit-000001.jsonl", 4) in flaws(verify_directory(log))


@pytest.mark.parametrize("records", [1, 2])
def test_a_cut_tail_is_found(log: Path, records: int) -> None:
    change(segments(log)[-1], lambda lines: lines.__delitem__(slice(-records, None)))
    report = verify_directory(log)
    assert flaws(report) == [(Kind.CUT, "head.note", 0)]
    assert f"the log has {RECORDS - records}" in report.logs[0].flaws[0].message


def test_a_tail_cut_in_the_middle_of_a_line_is_no_crash(log: Path) -> None:
    last = segments(log)[-1]
    last.write_bytes(last.read_bytes()[:-10])
    assert flaws(verify_directory(log)) == [(Kind.CUT, "head.note", 0)]


def test_a_missing_file_is_found(log: Path) -> None:
    segments(log)[1].unlink()
    found = flaws(verify_directory(log))
    assert (Kind.MISSING, "audit-000002.jsonl", 0) in found
    assert (Kind.CUT, "head.note", 0) in found


def test_missing_first_files_without_tombstone_are_found(log: Path) -> None:
    segments(log)[0].unlink()
    assert (Kind.MISSING, "audit-000001.jsonl", 0) in flaws(verify_directory(log))


def test_all_files_gone_is_found(log: Path) -> None:
    for path in segments(log):
        path.unlink()
    assert flaws(verify_directory(log)) == [(Kind.CUT, "head.note", 0)]


def test_swapped_files_are_found(log: Path) -> None:
    first, second, _ = segments(log)
    contents = first.read_bytes(), second.read_bytes()
    second.write_bytes(contents[0])
    first.write_bytes(contents[1])
    assert not verify_directory(log).ok


def test_a_missing_head_is_found(log: Path) -> None:
    (log / "head.note").unlink()
    assert flaws(verify_directory(log)) == [(Kind.HEAD, "head.note", 0)]


def test_a_head_by_another_key_is_found(log: Path, tmp_path: Path) -> None:
    write_log(tmp_path / "eve", range(RECORDS))
    shutil.copy(tmp_path / "eve" / "head.note", log / "head.note")
    report = verify_directory(log)
    assert flaws(report) == [(Kind.HEAD, "head.note", 0)]
    assert "signed by key" in report.logs[0].flaws[0].message


def test_a_whole_log_by_another_key_is_found_with_the_key_kept_elsewhere(log: Path, tmp_path: Path) -> None:
    write_log(tmp_path / "eve", range(RECORDS))
    assert verify_directory(tmp_path / "eve").ok
    found = flaws(verify_directory(tmp_path / "eve", load_verifier(log / "audit.vkey")))
    assert found[0] == (Kind.HEAD, "head.note", 0)
    assert found[1] == (Kind.FOREIGN, "audit-000001.jsonl", 1)


def test_a_head_put_back_with_its_tail_cut_is_found_with_a_head_kept_elsewhere(tmp_path: Path) -> None:
    directory = tmp_path / "audit"
    write_log(directory, range(3))
    old = {path.name: path.read_bytes() for path in directory.iterdir()}
    write_log(directory, range(3, 5))
    shutil.copy(directory / "head.note", tmp_path / "kept.note")
    for name, content in old.items():
        (directory / name).write_bytes(content)
    assert verify_directory(directory).ok  # from the inside it cannot be told
    assert flaws(verify_directory(directory, known_heads=[tmp_path / "kept.note"])) == [(Kind.CUT, "kept.note", 0)]


def test_a_head_kept_elsewhere_must_name_the_record_the_log_has(log: Path, tmp_path: Path) -> None:
    (tmp_path / "twin" / "audit").mkdir(parents=True)
    shutil.copy(log / "audit.key", tmp_path / "twin" / "audit" / "audit.key")
    write_log(tmp_path / "twin" / "audit", range(50, 53))
    shutil.copy(tmp_path / "twin" / "audit" / "head.note", tmp_path / "kept.note")
    assert flaws(verify_directory(log, known_heads=[tmp_path / "kept.note"])) == [(Kind.HEAD, "kept.note", 0)]


@pytest.mark.parametrize("replaced", [False, True])
def test_a_writers_whole_log_could_go_though_its_head_was_kept_elsewhere(tmp_path: Path, replaced: bool) -> None:  # noqa: FBT001
    directory = tmp_path / "audit"
    for writer in ("one", "two"):
        write_log(directory, range(3), writer=writer)
        shutil.copy(directory / writer / "head.note", tmp_path / f"{writer}.note")
    kept = [tmp_path / "one.note", tmp_path / "two.note"]
    assert verify_directory(directory, known_heads=kept).ok
    shutil.rmtree(directory / "two")
    if replaced:
        shutil.copytree(directory / "one", directory / "two")
    assert verify_directory(directory).ok  # from the inside it cannot be told
    assert flaws(verify_directory(directory, known_heads=kept)) == [(Kind.MISSING, "two.note", 0)]


def test_a_known_head_that_is_none_is_a_flaw(log: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.note").write_text("not a head")
    assert flaws(verify_directory(log, known_heads=[tmp_path / "kept.note"])) == [(Kind.HEAD, "kept.note", 0)]


def test_records_behind_the_head_that_chain_are_a_note(tmp_path: Path) -> None:
    write_log(tmp_path, range(3))
    head = (tmp_path / "head.note").read_bytes()
    write_log(tmp_path, range(3, 5))
    (tmp_path / "head.note").write_bytes(head)  # as after a power cut
    report = verify_directory(tmp_path)
    assert report.ok
    assert report.logs[0].signed == 3
    assert any(note.startswith("2 records after the signed head") for note in report.logs[0].notes)


def test_a_torn_line_behind_the_head_is_a_note(log: Path) -> None:
    with segments(log)[-1].open("ab") as file:
        file.write(b'{"schema":"privacy-gate')
    report = verify_directory(log)
    assert report.ok
    assert any("torn last line" in note for note in report.logs[0].notes)


def test_a_whole_line_behind_the_head_that_does_not_chain_is_a_flaw(log: Path) -> None:
    with segments(log)[-1].open("ab") as file:
        file.write(b'{"schema":"privacy-gateway/audit/v1"}\n')
    assert [kind for kind, _, _ in flaws(verify_directory(log))] == [Kind.EDITED]


def test_a_line_longer_than_any_record_is_a_flaw_and_not_held_in_memory(log: Path) -> None:
    change(segments(log)[0], lambda lines: lines.insert(1, b"x" * 700_000 + b"\n"))
    assert (Kind.EDITED, "audit-000001.jsonl", 2) in flaws(verify_directory(log))


def test_flaws_without_end_are_counted_not_listed(tmp_path: Path) -> None:
    write_log(tmp_path, range(1))
    with (tmp_path / "audit-000001.jsonl").open("ab") as file:
        file.write(b"nothing\n" * (MAX_FLAWS + 50))
    (told,) = verify_directory(tmp_path).logs
    assert len(told.flaws) == MAX_FLAWS
    assert told.flaws_omitted == 50


def test_a_directory_without_log_is_an_error_not_a_clean_bill(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(AuditError, match="no audit log"):
            verify_directory(place)


def test_a_missing_public_key_is_an_error(log: Path) -> None:
    (log / "audit.vkey").unlink()
    with pytest.raises(AuditError, match=r"audit\.vkey"):
        verify_directory(log)


def test_a_private_key_in_the_place_of_the_public_one_is_refused_without_showing_it(log: Path) -> None:
    with pytest.raises(AuditError) as refused:
        load_verifier(log / "audit.key")
    assert not any(line in str(refused.value) for line in (log / "audit.key").read_text().splitlines()[1:-1])


# Any change to any file of a log that was closed is found: the head vouches for all of it.

SIGNED = ["audit-000001.jsonl", "audit-000002.jsonl", "audit-000003.jsonl", "head.note"]
_many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def is_found(directory: Path) -> bool:
    try:
        return not verify_directory(directory).ok
    except AuditError:
        return True


@given(st.sampled_from([*SIGNED, "audit.vkey"]), st.integers(0, 10**9), st.integers(1, 255))
@_many
def test_any_changed_byte_is_found(log: Path, name: str, place: int, flip: int) -> None:
    before = (log / name).read_bytes()
    changed = bytearray(before)
    changed[place % len(changed)] ^= flip
    (log / name).write_bytes(changed)
    try:
        found = is_found(log)
    finally:
        (log / name).write_bytes(before)
    # The one byte that is nobody's: the newline which ends the public key's file.
    assert found or (name == "audit.vkey" and place % len(before) == len(before) - 1)


@given(st.sampled_from(SIGNED), st.integers(0, 10**9), st.integers(1, 400))
@_many
def test_any_removed_bytes_are_found(log: Path, name: str, place: int, count: int) -> None:
    before = (log / name).read_bytes()
    start = place % len(before)
    (log / name).write_bytes(before[:start] + before[start + count :])
    try:
        found = is_found(log)
    finally:
        (log / name).write_bytes(before)
    assert found


@given(st.sampled_from(["drop", "double", "swap", "move"]), st.integers(0, RECORDS - 1), st.integers(1, RECORDS - 1))
@_many
def test_any_moved_line_is_found(log: Path, what: str, place: int, by: int) -> None:
    paths = segments(log)
    contents = [path.read_bytes() for path in paths]
    counts = [content.count(b"\n") for content in contents]
    lines = b"".join(contents).splitlines(keepends=True)
    other = (place + by) % RECORDS
    if what == "drop":
        del lines[place]
    elif what == "double":
        lines.insert(other, lines[place])
    elif what == "swap":
        lines[place], lines[other] = lines[other], lines[place]
    else:
        lines.insert(other, lines.pop(place))
    for path, count in zip(paths, [*counts[:-1], len(lines)], strict=True):
        path.write_bytes(b"".join(lines[:count]))
        del lines[:count]
    try:
        found = is_found(log)
    finally:
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
    assert found
