"""Docs that cannot rot: references are generated and compared; links lead somewhere; README commands exist."""

import importlib.util
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import cli

ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert SPEC is not None
assert SPEC.loader is not None
generate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(generate)
PAGES = [page for page in ROOT.rglob("*.md") if not {".venv", ".tools", "node_modules"} & set(page.parts)]


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_generated_reference_is_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text()
    assert written == generate.PAGES[name](), "run `make docs`"


def test_the_reference_has_every_path_that_is_served() -> None:
    source = (ROOT / "gateway" / "server" / "data.py").read_text()
    paths = re.findall(r'add_route\("([^":]+)', source)
    assert len(paths) > 5
    written = generate.http()
    assert [path for path in paths if path not in written] == []
    for path in ("/v1/files", "/v1/vector_stores"):
        assert re.search(rf"GET \|.*`{path}`", written), "its list was served, and refused by the docs"


def test_the_errors_of_the_reference_are_those_that_somebody_gets() -> None:
    assert "Answers an API request" not in generate.http(), "that is what all errors have in common"


def test_the_chart_knows_the_settings_that_the_gateway_knows() -> None:
    written = generate.CHART_SCHEMA.read_text()
    assert written == generate.chart_schema(written), "run `make docs`"


def test_the_readme_shows_what_the_demo_says() -> None:
    written = (ROOT / "README.md").read_text()
    assert written == generate.readme(written), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_make_target_that_the_docs_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page in PAGES:
        for target in re.findall(r"`make ([a-z-]+)", page.read_text()):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page}: {target}"


def test_the_case_that_the_docs_show_passes(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "policies.md").read_text()
    [case] = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "outgoing_not_contains" in block]
    head = "apiVersion: privacy-gateway/v1\nkind: PolicyTest\nmetadata: {name: docs}\nspec:\n  cases:\n"
    (tmp_path / "docs.yaml").write_text(head + case)
    command = ["policy", "test", str(ROOT / "policies" / "default.yaml"), "--cases", str(tmp_path / "docs.yaml")]
    told = CliRunner().invoke(cli, command)
    assert told.exit_code == 0, told.output
