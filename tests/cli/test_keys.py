"""`privacy-gateway keys`: a key is shown once, its hash is kept, and it can be revoked."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from gateway.adapters.identity.keys import KeyRing, is_well_formed
from gateway.cli.main import cli


def keys(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["keys", *arguments, "--file", str(file)])


def test_a_key_is_made_used_listed_and_revoked(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    made = keys(file, "new", "--principal", "app", "--tenant", "acme", "--purpose", "billing", "--expires-in", "30")
    key = made.stdout.strip()
    assert is_well_formed(key)
    assert KeyRing(file).identify(key).principal.tenant == "acme"
    assert key not in file.read_text()
    listed = keys(file, "list", "--json")
    assert key not in listed.output
    (entry,) = json.loads(listed.stdout)
    assert (entry["name"], entry["state"], entry["purposes"]) == ("app", "good", ["billing"])
    assert keys(file, "revoke", "app").exit_code == 0
    assert "revoked" in keys(file, "list").stdout
    assert keys(file, "revoke", "app").exit_code == 0


def test_what_is_wrong_is_told_and_no_key_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    assert keys(file, "revoke", "app").exit_code == 2
    keys(file, "new", "--principal", "app")
    for arguments in (("new", "--principal", "app"), ("new", "--principal", "a\nb"), ("new", "--principal", "App!!")):
        refused = keys(file, *arguments)
        assert refused.exit_code != 0
        assert "pgw_" not in refused.output
