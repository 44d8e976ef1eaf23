"""`privacy-gateway evaluate` as a user meets it, on the shipped policy, recognisers and models."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import cli
from gateway.core.errors import ConfigurationError

ROWS = [
    {
        "text": "Fill in the form for SSN 536-22-8741",
        "sensitivity": "high",
        "spans": [[25, 36, "US_SSN"]],
        "genre": "form",
    },
    {"text": "Why is the sky blue?", "sensitivity": "low", "spans": [], "genre": "chat"},
]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *arguments])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "data.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in ROWS))
    return file


def test_scores_are_printed_with_the_hash_of_the_data(data: Path) -> None:
    told = run(str(data))
    assert told.exit_code == 0, told.output
    assert hashlib.sha256(data.read_bytes()).hexdigest() in told.output
    assert "macro-F1 1.000" in told.output
    for part in ("US_SSN", "leaked", "kept", "MB/s", "precision", "F2", "covered", "threshold of topics"):
        assert part in told.output


def test_json_has_every_part_and_no_text(data: Path) -> None:
    told = json.loads(run(str(data), "--json").stdout)
    assert told["levels"]["confusion"]["high"]["high"] == 1
    (everything, *_) = told["systems"]["gateway"]["entities"]["exact"]
    assert everything["entity_type"] == "all"
    assert everything["recall"] == 1.0
    assert told["policy_revision"]
    assert told["classifier_revision"]
    assert "8741" not in json.dumps(told)


def test_the_report_is_one_file(data: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    assert run(str(data), "--html", str(report)).exit_code == 0
    written = report.read_text()
    assert written.startswith("<!doctype html>")
    assert (
        written.count('class="scroll" tabindex="0"') == written.count("<table") > 0
    )  # by keyboard, where it is narrow
    assert "8741" not in written


def test_limit_takes_the_first_texts(data: Path) -> None:
    assert json.loads(run(str(data), "--json", "--limit", "1").stdout)["judged"] == {"high": 1, "moderate": 0, "low": 0}


def test_stock_presidio_is_run_on_the_same_texts(data: Path) -> None:
    told = json.loads(run(str(data), "--json", "--compare", "presidio").stdout)
    theirs = told["systems"]["presidio on a blank pipeline"]
    assert theirs["speed"]["texts"] == 2
    assert theirs["entities"]["exact"][0]["gold"] == 1


@pytest.mark.parametrize("rival", ["nobody", "presidio:no_such_pipeline"])
def test_an_unknown_rival_is_refused(data: Path, rival: str) -> None:
    told = run(str(data), "--compare", rival)
    assert told.exit_code == 2 or isinstance(told.exception, ConfigurationError)


def test_a_directory_of_brat_files_is_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Señora\r\nAna Ruiz".encode())
    (tmp_path / "a.ann").write_text("T1\tNOMBRE_SUJETO_ASISTENCIA 8 16\tAna Ruiz\n")
    (tmp_path / "without-annotations.txt").write_text("left out")
    told = json.loads(run(str(tmp_path), "--json").stdout)
    assert [row["entity_type"] for row in told["systems"]["gateway"]["entities"]["exact"]] == ["all", "PERSON"]
    assert sum(told["judged"].values()) == 1


def test_wrong_lines_end_it_with_their_numbers(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    file.write_text('{"text": "fine"}\nsecret\n')
    told = run(str(file))
    assert isinstance(told.exception, ConfigurationError)
    assert "data.jsonl:2" in str(told.exception)
    assert "secret" not in str(told.exception)


def test_no_texts_are_a_mistake_of_usage(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    assert run(str(tmp_path / "empty.jsonl")).exit_code == 2
    (tmp_path / "nothing").mkdir()
    assert run(str(tmp_path / "nothing")).exit_code == 2
