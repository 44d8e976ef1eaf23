"""Lists of one's own, from the command line to a judged text."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import cli
from gateway.core.errors import ConfigurationError

KEY = "0123456789abcdef0123456789abcdef"


def run(*arguments: str, key: str = KEY) -> Result:
    return CliRunner().invoke(cli, arguments, env={"LIST_KEY": key})


def built(directory: Path) -> Path:
    (directory / "values.txt").write_text("KD-204417\nProject Blue Heron\n")
    done = run(
        "lists", "build", str(directory / "values.txt"), "--name", "ours", "--entity-type", "OUR_SECRET",
        "--key-env", "LIST_KEY", "-o", str(directory / "ours.pgx"),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return directory / "ours.pgx"


def test_a_built_list_tells_no_entry_and_finds_each(tmp_path: Path) -> None:
    file = built(tmp_path)
    assert b"204417" not in file.read_bytes()
    found = run("lists", "find", str(file), "ask about project blue-heron", "--key-env", "LIST_KEY")
    assert found.exit_code == 0
    assert "blue-heron" in found.output
    assert run("lists", "find", str(file), "nothing here", "--key-env", "LIST_KEY").exit_code == 1


def test_a_list_in_the_settings_raises_the_level(tmp_path: Path) -> None:
    file = built(tmp_path)
    settings = tmp_path / "gateway.yaml"
    settings.write_text(f"lists: [{{file: {file.name}, key: {{env: LIST_KEY}}}}]\n")
    told = json.loads(run("check", "--json", "--config", str(settings), "When does Project Blue Heron start?").output)
    assert told["sensitivity"] == "high"
    assert "OUR_SECRET" in [finding["entity_type"] for finding in told["findings"]]


def test_another_key_is_refused_at_start(tmp_path: Path) -> None:
    file = built(tmp_path)
    settings = tmp_path / "gateway.yaml"
    settings.write_text(f"lists: [{{file: {file.name}, key: {{env: LIST_KEY}}}}]\n")
    wrong = run("check", "--config", str(settings), "x", key="f" * 32)
    assert isinstance(wrong.exception, ConfigurationError)
    assert "another key" in str(wrong.exception)


@pytest.mark.parametrize(
    "text", ["lists: [{file: nowhere.pgx, key: {env: LIST_KEY}}]\n", "lists: [{file: a, key: literal}]\n"]
)
def test_wrong_settings_are_told(tmp_path: Path, text: str) -> None:
    settings = tmp_path / "gateway.yaml"
    settings.write_text(text)
    assert isinstance(run("check", "--config", str(settings), "x").exception, ConfigurationError)


def test_an_entry_that_cannot_be_matched_is_told_at_its_line_of_the_file(tmp_path: Path) -> None:
    values = tmp_path / "values.txt"
    values.write_text("KD-204417\n\n\nab\n")
    done = run(
        "lists", "build", str(values), "--name", "ours", "--entity-type", "OUR_SECRET",
        "--key-env", "LIST_KEY", "-o", str(tmp_path / "ours.pgx"),
    )  # fmt: skip
    assert isinstance(done.exception, ConfigurationError)
    assert [(problem.file, problem.line) for problem in done.exception.problems] == [(str(values), 4)]
    assert not (tmp_path / "ours.pgx").exists()
