"""The commands as a user meets them: output, JSON, exit codes, wrong input on purpose."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import cli
from gateway.core.errors import ConfigurationError
from tests.fakes.world import PLAIN

SSN = "Fill in the form for SSN 536-22-8741"


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin)


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield every command below `group`, as it is typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*path, name)
        below = group.get_command(context, name)
        if isinstance(below, click.Group):
            yield from commands(below, *path, name)


@pytest.mark.parametrize("command", list(commands(cli)), ids=" ".join)
def test_every_command_has_help_with_an_example(command: tuple[str, ...]) -> None:
    told = run(*command, "--help")
    assert told.exit_code == 0
    assert "Example" in told.output
    assert " ".join(("privacy-gateway", *command)) in told.output.partition("Example")[2]


@pytest.mark.parametrize(
    "command",
    [
        ("check", SSN),
        ("explain", "{}/request.json"),
        ("policy", "validate"),
        ("policy", "names"),
        ("policy", "bundle", "make", "{}/policy.bundle.json"),
        ("audit", "tail"),
    ],
)
def test_reading_the_log_or_trying_a_policy_asked_for_the_key_of_the_cloud(
    tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOUD_KEY", raising=False)
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "audit-000001.jsonl").write_text("")
    (tmp_path / "request.json").write_text(json.dumps({"model": "m", "messages": [{"role": "user", "content": SSN}]}))
    upstream = "{name: a, zone: cloud, base_url: 'https://a.example/v1', api_key: {env: CLOUD_KEY}}"
    (tmp_path / "gateway.yaml").write_text(f"upstreams: [{upstream}]\n")
    words = [word.format(tmp_path) for word in command]
    told = run(*words, "--config", str(tmp_path / "gateway.yaml"))
    assert told.exit_code == 0, told.output
    serving = run("upstreams", "--config", str(tmp_path / "gateway.yaml"))
    assert isinstance(serving.exception, ConfigurationError)


@pytest.mark.parametrize(
    "arguments",
    [
        ("init", "{}/file/mine"),
        ("keys", "new", "--principal", "ann", "--file", "{}/nowhere/keys.yaml"),
        ("policy", "test", "--junit", "{}/nowhere/report.xml"),
        (
            "lists",
            "build",
            "{}/file",
            "--name",
            "a",
            "--entity-type",
            "B",
            "--key-env",
            "KEY",
            "-o",
            "{}/nowhere/a.pgx",
        ),
    ],
)
def test_a_place_that_cannot_be_written_ended_a_command_with_a_traceback(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("KD-204417\n")
    command = [sys.executable, "-m", "gateway.cli", *(word.format(tmp_path) for word in arguments)]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "KEY": "k" * 32}
    )
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert command[-1] in ran.stderr
    assert "cannot be read or written" in ran.stderr


def test_two_planes_on_one_port_ended_serve_with_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "g.yaml").write_text(
        f"upstreams: [{{name: a, zone: local, base_url: 'http://127.0.0.1:1/v1'}}]\naudit: {{directory: audit}}\n"
        f"listen: 127.0.0.1:{port}\nadmin: 127.0.0.1:{port}\n"
    )
    command = [sys.executable, "-m", "gateway.cli", "serve", "--config", str(tmp_path / "g.yaml")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert f"admin: 127.0.0.1:{port}: the port cannot be bound" in ran.stderr


def test_lists_and_drift_name_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    build = ("lists", "build", str(tmp_path / "bytes"), "--name", "a", "--entity-type", "B", "--key-env", "HOME")
    for told in (
        run(*build, "-o", str(tmp_path / "out")),
        run("drift", "--replica", "http://127.0.0.1:1", "--token-file", str(tmp_path / "bytes")),
    ):
        assert told.exit_code == 2
        assert str(tmp_path / "bytes") in told.output
    assert "write http://HOST:PORT" in run("drift", "--replica", "127.0.0.1:1").output


def test_drift_named_a_class_of_its_library_where_nobody_listens() -> None:
    assert "could not be asked: no connection can be made" in run("drift", "--replica", "http://127.0.0.1:1").output


def test_a_log_that_cannot_be_written_was_to_be_mended_by_verifying_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "gateway.yaml").write_text(
        "upstreams: [{name: a, zone: local, base_url: 'http://127.0.0.1:1/v1'}]\n"
        "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\naudit: {directory: file/audit}\n"
    )
    told = run("serve", "--config", str(tmp_path / "gateway.yaml"))
    assert isinstance(told.exception, ConfigurationError)
    [problem] = told.exception.problems
    assert "--audit-directory" in problem.mend


def test_check_tells_level_reasons_and_findings() -> None:
    told = run("check", SSN)
    assert told.exit_code == 0
    assert "Sensitivity: high" in told.output
    assert "US_SSN" in told.output


def test_check_json_has_code_point_offsets_into_the_text_as_given() -> None:
    text = "👩‍⚕️ SSN 536-22-8741"
    told = json.loads(run("check", "--json", text).output)
    assert told["sensitivity"] == "high"
    (finding,) = [f for f in told["findings"] if f["entity_type"] == "US_SSN"]
    assert text[finding["start"] : finding["end"]] == "536-22-8741"
    assert set(told) == {"sensitivity", "reasons", "findings", "topics"}
    assert set(finding) == {"path", "entity_type", "start", "end", "score", "recognizer"}


def test_check_reads_standard_input_and_files(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(SSN)
    for told in (run("check", "--json", "-", stdin=SSN), run("check", "--json", "--file", str(tmp_path / "t.txt"))):
        assert json.loads(told.output)["sensitivity"] == "high"


def test_check_judges_a_corpus_in_order_and_says_which_lines_are_wrong(tmp_path: Path) -> None:
    corpus = tmp_path / "c.jsonl"
    corpus.write_text(json.dumps({"text": SSN}) + '\nnonsense\n{"text": 7}\n' + json.dumps({"text": "What is a pump?"}))
    told = run("check", "--jsonl", str(corpus))
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line.get("sensitivity") for line in lines] == ["high", None, None, "low"]
    assert told.exit_code == 1
    assert "2 lines" in told.stderr


@pytest.mark.parametrize(
    "arguments", [["check"], ["check", "a", "--file", "pyproject.toml"], ["check", "--file", "/nowhere"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_explain_shows_the_whole_plan(tmp_path: Path) -> None:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Mail martha.lindqvist@nordhavn-clinic.com"}]}
    (tmp_path / "r.json").write_text(json.dumps(body))
    plan = json.loads(run("explain", "--json", str(tmp_path / "r.json")).output)
    assert plan["sensitivity"] == "moderate"
    assert plan["zone"] == "cloud"
    assert plan["transforms"]["EMAIL_ADDRESS"] == {"operator": "tokenize", "count": 1}
    assert "martha" not in plan["outgoing"]
    told = run("explain", str(tmp_path / "r.json")).output
    assert "Rule: " in told
    assert "Goes to: cloud-example" in told


def test_explain_names_the_language_of_each_segment(tmp_path: Path) -> None:
    said = ("Wie lange muss ein Hefeteig bei Zimmerwärme gehen?", "Please answer this in a few short sentences.")
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text} for text in said]}
    (tmp_path / "r.json").write_text(json.dumps(body))
    plan = json.loads(run("explain", "--json", str(tmp_path / "r.json")).output)
    assert [part["language"] for part in plan["segments"] if part["text"] in said] == ["de", "en"]
    assert "Languages: de, en" in run("explain", str(tmp_path / "r.json")).output


def test_explain_plans_for_whom_it_is_told_by_the_policy_of_their_tenant(tmp_path: Path) -> None:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "What is the capital of France?"}]}
    (tmp_path / "r.json").write_text(json.dumps(body))
    rules = {
        "legal": """{name: legal-stays, when: '"legal" in groups', route: [local]}""",
        "care": """{name: care-stays, when: 'purpose == "care" && principal == "ann"', route: [local]}""",
    }
    (tmp_path / "acme.yaml").write_text(
        "apiVersion: privacy-gateway/v1\nkind: Policy\nmetadata: {name: acme}\nspec:\n"
        f'  extends: ["bundled:default"]\n  rules: [{rules["legal"]}, {rules["care"]}]\n'
    )
    config = tmp_path / "gateway.yaml"
    config.write_text("tenants: {acme: {policies: acme.yaml}}\n")

    def rule(*who: str) -> str:
        told = run("explain", "--json", str(tmp_path / "r.json"), "--config", str(config), *who)
        return str(json.loads(told.output)["rule"])

    assert rule() == "low-passes"
    assert rule("--group", "legal") == "low-passes"
    assert rule("--tenant", "acme") == "low-passes"
    assert rule("--tenant", "acme", "--group", "staff", "--group", "legal") == "legal-stays"
    assert rule("--tenant", "acme", "--purpose", "care", "--principal", "ann") == "care-stays"


def test_explain_says_what_is_wrong_with_a_body(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"model": "m"}')
    told = run("explain", str(tmp_path / "r.json"))
    assert told.exit_code == 1
    assert "messages" in told.output


def test_init_writes_what_serve_can_read_and_never_over_what_is_there(tmp_path: Path) -> None:
    from gateway.settings import load

    assert run("init", str(tmp_path / "mine")).exit_code == 0
    loaded = load(tmp_path / "mine" / "gateway.yaml", environment={})
    assert [upstream.name for upstream in loaded.upstreams] == ["onprem"]
    assert run("check", "--config", str(tmp_path / "mine" / "gateway.yaml"), "--json", SSN).exit_code == 0
    again = run("init", str(tmp_path / "mine"))
    assert again.exit_code == 2
    assert "nothing was written" in again.output


@pytest.mark.parametrize("seconds", ["0", "-1"])
def test_upstreams_that_nobody_waits_for_are_not_called_out_of_reach(tmp_path: Path, seconds: str) -> None:
    (tmp_path / "g.yaml").write_text("upstreams: [{name: a, zone: cloud, base_url: 'http://127.0.0.1:1/v1'}]\n")
    assert run("upstreams", "--config", str(tmp_path / "g.yaml"), "--timeout", seconds).exit_code == 2


def test_upstreams_tells_which_cannot_be_reached(tmp_path: Path) -> None:
    (tmp_path / "g.yaml").write_text("upstreams: [{name: a, zone: cloud, base_url: 'http://127.0.0.1:1/v1'}]\n")
    told = run("upstreams", "--config", str(tmp_path / "g.yaml"), "--json")
    assert told.exit_code == 1
    (row,) = json.loads(told.output)
    assert (row["reachable"], row["clearance"], row["zone"]) == (False, "low", "cloud")


def test_demo_once_reads_like_a_story_and_ends() -> None:
    told = run("demo", "--once")
    assert told.exit_code == 0, told.output
    for line in ("app sent", "found", "judged", "cloud saw", "local saw", "secure saw", "app got", "on record"):
        assert line in told.output
    assert "\x1b[" not in told.output
    saw = [line for line in told.output.splitlines() if line.strip().startswith("cloud saw")]
    assert saw
    assert all("nordhavn" not in line and "Martha" not in line for line in saw)


def test_demo_once_names_the_port_that_was_asked_for() -> None:
    told = run("demo", "--once", "--listen", "127.0.0.1:9090")
    assert "http://127.0.0.1:9090/v1" in told.output
    assert "8080" not in told.output


async def test_a_demo_that_keeps_running_names_its_own_port_and_speaks_both_dialects() -> None:
    command = ["-m", "gateway.cli", "demo", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )
    try:
        assert process.stdout is not None
        said = (await process.stdout.readuntil(b"Ctrl-C ends it.")).decode()
        assert "8080" not in said
        assert "keeps running" not in said  # it does already
        (url,) = re.findall(r'Anthropic\(base_url="(\S+)"', said)
        assert f'OpenAI(base_url="{url}/v1"' in said
        asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Mail a@nordhavn-clinic.com"}]}
        async with httpx.AsyncClient(base_url=url, verify=PLAIN, timeout=30) as app:
            for path in ("/v1/messages", "/v1/chat/completions"):
                answer = await app.post(path, json=asked)
                assert "stand-in] You wrote: Mail a@nordhavn-clinic.com" in answer.text
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def test_serve_without_upstreams_says_what_to_do() -> None:
    failed = run("serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
    assert isinstance(failed.exception, ConfigurationError)
    assert "privacy-gateway init" in str(failed.exception)
