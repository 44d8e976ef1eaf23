"""`privacy-gateway vault`: counting and erasing from outside the gateway's process."""

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result

from gateway.adapters.vault import SqliteStore, Vault
from gateway.cli.main import cli
from gateway.core.model import Principal, Sensitivity
from gateway.core.state import Remembered, StateKind

SECRET = "s" * 32
RECORD = Remembered(StateKind.RESPONSE, "cloud http://c/v1", Sensitivity.LOW)


def settings(directory: Path, store: str) -> Path:
    file = directory / "gateway.yaml"
    file.write_text(f"key: {{env: TEST_SECRET}}\nvault: {{store: {store}}}\n")
    return file


def vault(config: Path, *arguments: str) -> Result:
    return CliRunner(env={"TEST_SECRET": SECRET}).invoke(cli, ["vault", *arguments, "--config", str(config)])


async def fill(file: Path) -> None:
    opened = Vault(SqliteStore(file), SECRET.encode(), 600)
    for who in (Principal("ann", "acme"), Principal("bob", "acme"), Principal("ann", "rival")):
        await opened.remember(who, {"resp_1": RECORD})
    await opened.aclose()


def test_ids_are_counted_and_erased_by_tenant_and_principal(tmp_path: Path) -> None:
    config = settings(tmp_path, "sqlite")
    asyncio.run(fill(tmp_path / "vault.sqlite"))
    counted = json.loads(vault(config, "stats", "--json").stdout)
    assert (counted["ids"], counted["tenants"]) == (3, 2)
    assert json.loads(vault(config, "erase", "--tenant", "acme", "--principal", "ann", "--json").stdout) == {
        "erased": 1
    }
    assert "1 ids of 1 tenants" in vault(config, "stats", "--tenant", "acme").stdout
    assert vault(config, "erase", "--tenant", "acme").stdout == "1 ids erased\n"
    assert json.loads(vault(config, "stats", "--json").stdout)["ids"] == 1


def test_a_vault_in_memory_says_so(tmp_path: Path) -> None:
    told = vault(settings(tmp_path, "memory"), "erase", "--tenant", "acme")
    assert told.exit_code == 2
    assert "a restart erases it" in told.stderr


def test_a_vault_outside_the_process_needs_a_key(tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("vault: {store: sqlite}\n")
    told = vault(file, "stats")
    assert "there is no `key`" in str(told.exception)
    file.write_text("key: {env: TEST_SECRET}\nvault: {store: redis}\n")
    assert "names no store" in str(vault(file, "stats").exception)
