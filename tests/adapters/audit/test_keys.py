"""Keys, signed notes and heads: strict to the last bit."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.audit.disk import Disk
from gateway.adapters.audit.head import Head, Tombstone, origin_of
from gateway.adapters.audit.keys import Signer, Verifier, load_signer, load_verifier
from gateway.adapters.audit.note import NoteError, open_note, sign_note
from gateway.core.errors import AuditError

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))
HEAD = Head(origin_of(""), 1234, "ab" * 32, "audit-000003.jsonl", 73_210)


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "audit.key"
    made = load_signer(path, Disk())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_signer(path, Disk()).verifier.id == made.verifier.id
    assert [entry.name for entry in path.parent.iterdir()] == ["audit.key"]


def test_the_key_is_pkcs8_so_that_openssl_reads_it(tmp_path: Path) -> None:
    load_signer(tmp_path / "audit.key", Disk())
    lines = (tmp_path / "audit.key").read_text().splitlines()
    assert lines[0] == "-----BEGIN PRIVATE KEY-----"
    # RFC 8410: the DER of every Ed25519 private key without attributes begins so, and the seed follows.
    assert base64.b64decode(lines[1]).startswith(bytes.fromhex("302e020100300506032b657004220420"))


def test_a_key_of_another_kind_is_refused_with_what_is_expected(tmp_path: Path) -> None:
    path = tmp_path / "audit.key"
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(pem)
    with pytest.raises(AuditError, match="expected an Ed25519"):
        load_signer(path, Disk())


def test_a_directory_in_the_place_of_the_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audit.key").mkdir()
    with pytest.raises(AuditError, match=r"audit\.key: Is a directory"):
        load_signer(tmp_path / "audit.key", Disk())


def test_the_public_key_is_spelled_as_signed_notes_have_it(tmp_path: Path) -> None:
    # https://c2sp.org/signed-note: <name>+<hex of the first 4 bytes of SHA-256(name LF 0x01 key)>+<base64(0x01 key)>
    text = str(SIGNER.verifier)
    assert text == "privacy-gateway/audit+ac22eac9+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    (tmp_path / "audit.vkey").write_text(text + "\n")
    assert load_verifier(tmp_path / "audit.vkey").id == SIGNER.verifier.id


def test_no_character_of_a_public_key_can_change_unnoticed() -> None:
    text = str(SIGNER.verifier)
    for place in range(len(text)):
        for letter in {"A", "b", "+", "=", "0"} - {text[place]}:
            with pytest.raises(ValueError, match="key"):
                Verifier.parse(text[:place] + letter + text[place + 1 :])


def test_a_signed_note_opens_with_its_key_only() -> None:
    note = sign_note("one\ntwo\n", SIGNER)
    assert open_note(note, SIGNER.verifier) == "one\ntwo\n"
    with pytest.raises(NoteError, match=f"signed by key {SIGNER.verifier.id}, not by {OTHER.verifier.id}"):
        open_note(note, OTHER.verifier)


@given(st.data())
def test_no_byte_of_a_head_can_change_unnoticed(data: st.DataObject) -> None:
    note = bytearray(HEAD.sign(SIGNER))
    place = data.draw(st.integers(0, len(note) - 1))
    note[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NoteError):
        Head.open(bytes(note), SIGNER.verifier)


def test_a_head_is_a_checkpoint_that_never_shrinks() -> None:
    note = HEAD.sign(SIGNER)
    assert note.decode().split("\n")[:5] == [
        "privacy-gateway/audit",
        "1234",
        "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
        "audit-000003.jsonl 00000000000000073210",
        "",
    ]
    assert Head.open(note, SIGNER.verifier) == HEAD
    later = Head(HEAD.origin, 1235, "cd" * 32, "audit-000004.jsonl", 1)
    assert len(later.sign(SIGNER)) == len(note)


def test_a_head_fits_into_a_sector() -> None:
    largest = Head(origin_of("w" * 32), 10**18, "ab" * 32, "audit-999999999999.jsonl", 10**18)
    assert len(largest.sign(SIGNER)) < 512


def test_a_tombstone_never_passes_for_a_head_nor_the_other_way_round() -> None:
    tombstone = Tombstone(origin_of(""), 5, "ab" * 32, "audit-000001.jsonl", "2025-11-01T00:00:00.000000Z")
    assert Tombstone.open(tombstone.sign(SIGNER), SIGNER.verifier) == tombstone
    with pytest.raises(NoteError):
        Head.open(tombstone.sign(SIGNER), SIGNER.verifier)
    with pytest.raises(NoteError):
        Tombstone.open(HEAD.sign(SIGNER), SIGNER.verifier)


def test_a_signed_text_that_is_no_head_is_refused() -> None:
    for text in ("one\n", "elsewhere\n1\nAAAA\nx 1\n", "privacy-gateway/audit\nmany\nAAAA\nx 1\n"):
        with pytest.raises(NoteError, match="not the head"):
            Head.open(sign_note(text, SIGNER), SIGNER.verifier)


def test_keys_hide_themselves() -> None:
    assert repr(SIGNER) == f"Signer({SIGNER.verifier.id})"
    assert repr(SIGNER.verifier) == f"Verifier({SIGNER.verifier.id})"
