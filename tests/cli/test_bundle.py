"""Bundles, going back and drift, by the commands that people type."""

import base64
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapters.bundle_keys import BundleKey, public_key
from gateway.adapters.bundles import open_bundle, read_bundle
from gateway.adapters.policy_files import FilesInBundle
from gateway.cli.main import cli
from gateway.core.errors import ConfigurationError


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def keys(directory: Path, name: str = "policy") -> tuple[Path, Path]:
    key = Ed25519PrivateKey.generate()
    private, public = directory / f"{name}.key", directory / f"{name}.pub"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


POLICY = """\
apiVersion: privacy-gateway/v1
kind: Policy
metadata: {name: clinic, owner: privacy-office}
spec:
  extends: [../shared/base.yaml, "bundled:default"]
  rules:
    - {name: board, when: principal == "ann", route: [local]}
"""
BASE = """\
apiVersion: privacy-gateway/v1
kind: Policy
metadata: {name: base}
spec:
  rules:
    - {name: nobody, when: tenant == "x", effect: deny}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    for name, text in {"policies/clinic.yaml": POLICY, "shared/base.yaml": BASE}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path / "policies"


def made(tmp_path: Path, policy: Path, *more: str | Path, name: str = "a.bundle.json") -> tuple[Path, dict[str, Any]]:
    result = run("policy", "bundle", "make", tmp_path / name, policy, "--json", *more)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.output)
    return tmp_path / name, told


def test_the_same_content_and_key_give_the_same_bytes_wherever_they_stand(tmp_path: Path, policy: Path) -> None:
    private, public = keys(tmp_path)
    first, told = made(tmp_path, policy, "--key", private)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("policies", "shared"):
        subprocess.run(["cp", "-r", tmp_path / name, elsewhere / name], check=True)
    second, _ = made(tmp_path, elsewhere / "policies", "--key", private, name="b.bundle.json")
    assert first.read_bytes() == second.read_bytes()
    opened = open_bundle(first.read_bytes(), "a", [public_key(public)])
    assert opened.digest == told["bundle"] == opened.bundle.digest
    assert set(opened.bundle.policies) == {"clinic.yaml", "bundled:default.yaml", "../shared/base.yaml"}
    assert any(name.startswith("models/") for name in opened.bundle.classifiers)


def test_verify_takes_the_key_that_signed_and_no_other(tmp_path: Path, policy: Path) -> None:
    private, public = keys(tmp_path)
    _, other = keys(tmp_path, "other")
    file, told = made(tmp_path, policy, "--key", private)
    assert told["bundle"] in run("policy", "bundle", "verify", file, "--public-key", public).output
    refused = run("policy", "bundle", "verify", file, "--public-key", other)
    assert (refused.exit_code, "no trusted key" in refused.output) == (1, True)


def test_openssl_verifies_the_signature_over_dsse_encoding(tmp_path: Path, policy: Path) -> None:
    import base64

    private, public = keys(tmp_path)
    file, _ = made(tmp_path, policy, "--key", private)
    envelope = json.loads(file.read_text())
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    (tmp_path / "pae").write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin"]
    done = subprocess.run([*command, "-in", str(tmp_path / "pae"), "-sigfile", str(tmp_path / "sig")], check=False)
    assert done.returncode == 0, done


def test_a_changed_byte_anywhere_is_refused(tmp_path: Path, policy: Path) -> None:
    private, public = keys(tmp_path)
    file, _ = made(tmp_path, policy, "--key", private)
    whole, trusted = file.read_bytes(), [public_key(public)]
    hint = re.search(rb'"keyid":"[0-9a-f]*",', whole)  # which key to try first, and not signed: DSSE's protocol
    assert hint is not None
    ends = range(len(whole) - 300, len(whole))
    for place in {*range(0, len(whole), max(1, len(whole) // 97)), *ends} - {*range(*hint.span())}:
        changed = bytearray(whole)
        changed[place] = ord("A") if changed[place] != ord("A") else ord("B")
        with pytest.raises(ConfigurationError):
            open_bundle(bytes(changed), "changed", trusted)


@pytest.mark.parametrize("field", ["payload", "sig"])
def test_spare_bits_of_base64_could_be_changed(tmp_path: Path, policy: Path, field: str) -> None:
    private, public = keys(tmp_path)
    for serial in range(12):  # a third of all payloads fills its last letters
        file, _ = made(tmp_path, policy, "--key", private, "--serial", str(10**serial))
        envelope = json.loads(file.read_text())
        place = envelope if field == "payload" else envelope["signatures"][0]
        if place[field].endswith("="):
            break
    text = place[field].rstrip("=")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    place[field] = text[:-1] + letters[letters.index(text[-1]) + 1] + "=" * (-len(text) % 4)
    with pytest.raises(ConfigurationError):
        open_bundle(json.dumps(envelope).encode(), "changed", [public_key(public)])


def test_what_is_not_signed_is_taken_only_where_that_is_said(tmp_path: Path, policy: Path) -> None:
    _, public = keys(tmp_path)
    file, _ = made(tmp_path, policy)
    with pytest.raises(ConfigurationError, match="it is not signed"):
        open_bundle(file.read_bytes(), "f", [public_key(public)])
    assert open_bundle(file.read_bytes(), "f", [], require_signed=False).signed_by == ()


def test_a_signature_that_no_key_here_made_is_refused_even_where_none_is_required(tmp_path: Path, policy: Path) -> None:
    private, _ = keys(tmp_path)
    _, other = keys(tmp_path, "other")
    file, _ = made(tmp_path, policy, "--key", private)
    with pytest.raises(ConfigurationError, match="no trusted key"):
        open_bundle(file.read_bytes(), "f", [public_key(other)], require_signed=False)


def test_a_broken_policy_makes_no_bundle(tmp_path: Path, policy: Path) -> None:
    (policy / "clinic.yaml").write_text(POLICY.replace("principal", "principle"))
    result = run("policy", "bundle", "make", tmp_path / "out.json", policy)
    assert (result.exit_code, (tmp_path / "out.json").exists()) == (1, False)


def test_a_bundle_without_a_key_to_check_it_with_is_a_problem_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text("bundle: {file: a.bundle.json}\n")
    result = run("policy", "validate", "--config", tmp_path / "gateway.yaml")
    assert isinstance(result.exception, ConfigurationError)
    assert "no key to check it with" in str(result.exception)


def test_the_policy_of_a_bundle_says_what_the_directory_said(tmp_path: Path, policy: Path) -> None:
    private, _ = keys(tmp_path)
    _, told = made(tmp_path, policy, "--key", private)
    (tmp_path / "gateway.yaml").write_text("bundle: {file: a.bundle.json, public_keys: [policy.pub]}\n")
    result = run("policy", "validate", "--config", tmp_path / "gateway.yaml", "--json")
    assert json.loads(result.output)["revision"] == told["policy_revision"]


def test_a_bundle_made_with_other_models_is_refused(tmp_path: Path, policy: Path) -> None:
    file, _ = made(tmp_path, policy)
    text = file.read_text()
    envelope = json.loads(text)
    import base64

    statement = json.loads(base64.b64decode(envelope["payload"]))
    (card, *_), files = sorted(statement["predicate"]["classifiers"]), statement["predicate"]["classifiers"]
    files[card] = "0" * 64
    for subject in statement["subject"]:
        if subject["name"] == f"classifiers/{card}":
            subject["digest"]["sha256"] = "0" * 64
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()
    envelope["payload"] = base64.b64encode(payload).decode()
    file.write_text(json.dumps(envelope))
    (tmp_path / "gateway.yaml").write_text("bundle: {file: a.bundle.json, require_signed: false}\n")
    result = run("policy", "validate", "--config", tmp_path / "gateway.yaml")
    assert result.exit_code == 1
    assert "was made with another" in result.output


def test_an_older_bundle_that_was_signed_stays_out_below_the_minimum_serial(tmp_path: Path, policy: Path) -> None:
    private, public = keys(tmp_path)
    older, _ = made(tmp_path, policy, "--key", private, "--serial", "6", name="older.json")
    newer, told = made(tmp_path, policy, "--key", private, "--serial", "7", name="newer.json")
    assert told["serial"] == 7
    trusted = [public_key(public)]
    assert open_bundle(newer.read_bytes(), "b", trusted, minimum_serial=7).bundle.serial == 7
    with pytest.raises(ConfigurationError, match="minimum_serial is 7"):
        open_bundle(older.read_bytes(), "b", trusted, minimum_serial=7)


def test_a_serial_cannot_be_raised_without_the_key(tmp_path: Path, policy: Path) -> None:
    private, public = keys(tmp_path)
    file, _ = made(tmp_path, policy, "--key", private, "--serial", "6")
    envelope = json.loads(file.read_text())
    payload = base64.b64decode(envelope["payload"]).replace(b'"serial":6', b'"serial":9')
    envelope["payload"] = base64.b64encode(payload).decode()
    with pytest.raises(ConfigurationError, match="no trusted key"):
        open_bundle(json.dumps(envelope).encode(), "b", [public_key(public)])


def test_a_signature_over_another_payload_type_is_not_taken(tmp_path: Path, policy: Path) -> None:
    key = Ed25519PrivateKey.generate()
    public = tmp_path / "p.pub"
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    file, _ = made(tmp_path, policy)
    envelope = json.loads(file.read_text())
    payload = base64.b64decode(envelope["payload"])

    def signed(kind: str, *, shown: str) -> bytes:
        message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
        signatures = [{"keyid": "", "sig": base64.b64encode(key.sign(message)).decode()}]
        return json.dumps(envelope | {"payloadType": shown, "signatures": signatures}).encode()

    intoto = "application/vnd.in-toto+json"
    assert open_bundle(signed(intoto, shown=intoto), "b", [public_key(public)]).signed_by
    for data in (
        signed("text/plain", shown=intoto),
        signed("text/plain", shown="text/plain"),
        signed(intoto, shown=""),
    ):
        with pytest.raises(ConfigurationError):
            open_bundle(data, "b", [public_key(public)])


@pytest.mark.parametrize(
    "change",
    [
        {"subject": []},
        {"predicateType": "https://slsa.dev/provenance/v1"},
        {"predicate": {}},
        {"more": 1},
    ],
    ids=json.dumps,
)
def test_a_signed_payload_that_is_no_policy_bundle_is_refused(
    tmp_path: Path, policy: Path, change: dict[str, Any]
) -> None:
    key = Ed25519PrivateKey.generate()
    file, _ = made(tmp_path, policy)
    statement = json.loads(base64.b64decode(json.loads(file.read_text())["payload"])) | change
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()
    kind = "application/vnd.in-toto+json"
    message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    signatures = [{"keyid": "", "sig": base64.b64encode(key.sign(message)).decode()}]
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": kind, "signatures": signatures}
    with pytest.raises(ConfigurationError, match="payload"):
        open_bundle(json.dumps(envelope).encode(), "b", [BundleKey(key.public_key())])


def test_names_in_a_bundle_lead_to_no_file(tmp_path: Path, policy: Path) -> None:
    """Paths out of the bundle, as a zip could hold them, are names and nothing more."""
    (tmp_path / "outside.yaml").write_text(BASE)
    mains = ("../outside.yaml", str(tmp_path / "outside.yaml"), "bundled:default.yaml", "/etc/passwd")
    for name in mains:
        files = FilesInBundle([name], {"policy.yaml": BASE}, "b")
        with pytest.raises(ConfigurationError, match="is missing in it"):
            files.documents()


def test_a_pipe_or_an_endless_file_in_the_bundles_place_does_not_hold_up_the_gateway(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ConfigurationError, match="Is no regular file"):
        read_bundle(pipe)
    endless = tmp_path / "endless"
    with endless.open("wb") as file:
        file.truncate(2**40)  # sparse
    data = read_bundle(endless)
    assert len(data) == 64 * 2**20 + 1
    with pytest.raises(ConfigurationError, match="too long"):
        open_bundle(data, "b", (), require_signed=False)
