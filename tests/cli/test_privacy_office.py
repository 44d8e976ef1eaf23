"""The privacy office's guide, followed to the letter: its files are written, its commands run, in its order."""

import asyncio
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import cli
from tests.cli.test_policy import write_log

GUIDE = Path(__file__).parents[2] / "docs" / "privacy-office.md"
TOLD = {
    "policy validate": "valid office",
    "policy test": "2 passed",
    "policy diff": "council-stays-home",
    "policy replay": "12 decisions judged again",
    "policy shadow": "12 decisions in the log, 0 would change",
    "policy bundle make": "signed",
    "policy bundle verify": "valid sha256:",
    "policy bundle show": "of office.yaml",
    "policy rollback": "",
    "audit show": "d1",
    "explain request.json": "Rule: council-stays-home (allow; local)",
    "init office": "Wrote office/gateway.yaml",
}
"""Command to what it says, among other things."""


def test_the_guide_works_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran: set[str] = set()
    for kind, block in re.findall(r"```(sh|yaml)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL):
        if kind == "yaml":
            file = Path(block.split()[1])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block, encoding="utf-8")
            continue
        for line in block.splitlines():
            command, *arguments = shlex.split(line)
            if command == "cd":
                monkeypatch.chdir(arguments[0])
                messages = [{"role": "user", "content": "What is the capital of France?"}]
                Path("request.json").write_text(json.dumps({"model": "m", "messages": messages}))
                asyncio.run(write_log(Path("audit"), 12))
            elif command == "privacy-gateway":
                done = CliRunner().invoke(cli, arguments)
                assert done.exit_code == 0, (line, done.output)
                name = next(name for name in TOLD if line.startswith(f"privacy-gateway {name}"))
                assert TOLD[name] in done.output, (line, done.output)
                ran.add(name)
            else:
                assert command == "openssl"
                subprocess.run([command, *arguments], check=True, capture_output=True)
    assert ran == set(TOLD)
