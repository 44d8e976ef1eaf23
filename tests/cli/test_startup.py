"""What a start loads: a help page no library for serving, a check no network and no terminal shell."""

import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import sys
from gateway.cli.main import main
sys.argv[1:] = {arguments!r}
try:
    main()
finally:
    print(*sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""
SERVING = frozenset({"aiohttp", "fastapi", "httpx", "opentelemetry", "redis", "starlette", "uvicorn", "uvloop"})
HEAVY = frozenset({"numpy", "presidio_analyzer", "prompt_toolkit", "pydantic", "spacy", "typer", "yaml"})


def loaded(*arguments: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", RUN.format(arguments=arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=Path.cwd(),
    )
    return set(ran.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("serve", "--help"), ("check", "--help")])
def test_a_help_page_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert not loaded(*arguments) & (SERVING | HEAVY)


@pytest.mark.parametrize("text", ["hello Martha", "passport number 912803456, ABN 51 824 753 556"])
def test_a_check_of_a_text_loads_no_server_and_no_shell(text: str) -> None:
    assert not loaded("check", text) & (SERVING | {"presidio_analyzer", "prompt_toolkit", "spacy", "typer"})


def test_the_shell_of_the_expression_library_can_still_be_had() -> None:
    script = "from gateway.policy.cel_library import cel\nimport cel.cli\nassert cel.cli.__file__\n"
    ended = subprocess.run([sys.executable, "-c", script], timeout=60, check=False, cwd=Path.cwd())
    assert ended.returncode == 0
