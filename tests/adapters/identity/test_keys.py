"""API keys: their form, their file, and that a revoked one stops."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.adapters.identity.key_file import KeyEntry, add_entry, read_key_file, revoke_entry
from gateway.adapters.identity.keys import KeyRing, hash_of, is_well_formed, new_key
from gateway.core.errors import ConfigurationError, Unauthorized
from gateway.core.model import Principal

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)


class Ring:
    """A key file with one key of `acme`, and a ring over it whose clock stands."""

    def __init__(self, directory: Path, **more: object) -> None:
        self.file = directory / "keys.yaml"
        self.key = new_key()
        self.now = NOW.timestamp()
        told = {"name": "app", "hash": hash_of(self.key), "principal": "app", "tenant": "acme", **more}
        add_entry(self.file, KeyEntry.model_validate(told))
        self.told: list[str] = []
        self.ring = KeyRing(self.file, clock=lambda: self.now, told=self.told.append)

    def accepts(self, key: str | None = None) -> bool:
        try:
            self.ring.identify(self.key if key is None else key)
        except Unauthorized:
            return False
        return True


def test_a_key_has_its_form_and_no_two_are_the_same() -> None:
    keys = {new_key() for _ in range(200)}
    assert len(keys) == 200
    assert all(re.fullmatch(r"pgw_[0-9A-Za-z]{49}", key) and is_well_formed(key) for key in keys)


def test_any_mistyped_digit_is_seen_before_the_look_up() -> None:
    key = new_key()
    for place in range(len(key)):
        assert not is_well_formed(key[:place] + ("x" if key[place] != "x" else "y") + key[place + 1 :])
    assert not is_well_formed(key + "\n")
    assert not is_well_formed(key[:-1])


def test_a_key_says_who_asks(tmp_path: Path) -> None:
    r = Ring(tmp_path, purposes=["billing", "support"], purpose="billing", groups=["staff"])
    identity = r.ring.identify(r.key)
    assert identity.principal == Principal("app", "acme", "billing", ("staff",))
    assert identity.purposes == ("billing", "support")


def test_the_file_holds_no_key(tmp_path: Path) -> None:
    r = Ring(tmp_path)
    assert r.key[4:20] not in r.file.read_text()
    assert r.file.stat().st_mode & 0o077 == 0
    assert hash_of(r.key)[7:] not in repr(r.ring.entries)


def test_another_key_is_refused(tmp_path: Path) -> None:
    r = Ring(tmp_path)
    assert r.accepts()
    assert not r.accepts(new_key())
    assert not r.accepts("pgw_")
    assert not r.accepts(hash_of(r.key))


def test_an_expired_key_is_refused(tmp_path: Path) -> None:
    r = Ring(tmp_path, expires="2027-01-16")
    assert r.accepts()
    r.now = datetime(2027, 1, 16, tzinfo=UTC).timestamp()
    assert not r.accepts()


def test_a_revoked_key_stops_within_a_second(tmp_path: Path) -> None:
    r = Ring(tmp_path)
    assert r.accepts()
    revoke_entry(r.file, "app", NOW)
    r.now += 1
    assert not r.accepts()


def test_a_new_key_is_taken_over(tmp_path: Path) -> None:
    r = Ring(tmp_path)
    other = new_key()
    assert not r.accepts(other)
    add_entry(r.file, KeyEntry(name="other", hash=hash_of(other), principal="other"))
    r.now += 1
    assert r.accepts(other)
    assert r.accepts()


def test_a_broken_file_leaves_the_last_good_one_and_a_missing_one_leaves_none(tmp_path: Path) -> None:
    r = Ring(tmp_path)
    good = r.file.read_text()
    r.file.write_text("keys: [")
    r.now += 1
    assert r.accepts()
    r.file.unlink()
    r.now += 1
    assert not r.accepts()
    r.file.write_text(good)
    r.now += 1
    assert r.accepts()
    broken, gone, mended = r.told
    assert "the last good one holds" in broken
    assert "keys.yaml:2" in broken
    assert "no key is accepted" in gone
    assert mended == ""


def test_a_pipe_in_the_files_place_held_up_every_request(tmp_path: Path) -> None:
    r = Ring(tmp_path)
    r.file.unlink()
    os.mkfifo(r.file)
    r.now += 1
    assert r.accepts()
    assert "Is no regular file" in r.told[0]


def test_comments_and_order_of_people_survive_an_edit(tmp_path: Path) -> None:
    r = Ring(tmp_path)
    r.file.write_text("# ours\n" + r.file.read_text() + "    # ask Ada before you change it\n")
    revoke_entry(r.file, "app", NOW)
    add_entry(r.file, KeyEntry(name="other", hash=hash_of(new_key()), principal="Ünïcode: #1"))
    text = r.file.read_text()
    assert "# ours" in text
    assert "# ask Ada" in text
    app, other = read_key_file(r.file)
    assert app.revoked == NOW
    assert other.principal == "Ünïcode: #1"


@pytest.mark.parametrize("text", ["keys: []\n", "", "# nothing yet\n", "keys:\n"])
def test_an_empty_file_gets_its_first_key(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.yaml"
    file.write_text(text)
    add_entry(file, KeyEntry(name="a", hash=hash_of(new_key()), principal="a"))
    assert [entry.name for entry in read_key_file(file)] == ["a"]


def test_a_file_that_cannot_be_edited_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    text = f'{{keys: [{{name: a, hash: "{hash_of(new_key())}", principal: a}}]}}\n'
    file.write_text(text)
    with pytest.raises(ConfigurationError, match="cannot be edited"):
        add_entry(file, KeyEntry(name="b", hash=hash_of(new_key()), principal="b"))
    with pytest.raises(ConfigurationError, match="cannot be edited"):
        revoke_entry(file, "a", NOW)
    assert file.read_text() == text
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{name: a, hash: plain-secret, principal: a}", "hash"),
        ("{name: a, principal: a}", "hash"),
        ("{name: A B, hash: 'sha256:%s', principal: a}", "name"),
        ("{name: a, hash: 'sha256:%s', principal: a, expires: soon}", "2027-06-30"),
        ("{name: a, hash: 'sha256:%s', principal: a, role: root}", "role"),
        ("{name: a, hash: 'sha256:%s', principal: a, roles: [root]}", "auditor"),
    ],
)
def test_a_wrong_entry_is_told_with_its_line(tmp_path: Path, entry: str, told: str) -> None:
    file = tmp_path / "keys.yaml"
    file.write_text(f"keys:\n  - {entry.replace('%s', 'a' * 64)}\n")
    with pytest.raises(ConfigurationError) as caught:
        KeyRing(file)
    assert told in str(caught.value)
    assert "keys.yaml:2" in str(caught.value)
    assert "plain-secret" not in str(caught.value)


def test_two_keys_may_not_share_a_name_or_a_hash(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    one = f'{{name: a, hash: "{hash_of(new_key())}", principal: a}}'
    file.write_text(f"keys: [{one}, {one}]\n")
    with pytest.raises(ConfigurationError, match="the same"):
        KeyRing(file)
