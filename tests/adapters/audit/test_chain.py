"""A sealed line can be checked by anyone with a SHA-256, and has one spelling."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.audit.chain import GENESIS, encode, open_line, seal
from gateway.core.errors import AuditError
from tests.fakes.records import a_record

KEY_ID = "1a2b3c4d"


def test_the_hash_is_that_of_the_line_without_it() -> None:
    line, digest = seal(encode(a_record()), KEY_ID, GENESIS)
    body, _, _ = line.partition(b',"hash":')
    assert hashlib.sha256(body + b"}").hexdigest() == digest
    assert json.loads(line)["hash"] == digest


def test_a_sealed_line_is_the_record_with_three_fields_more() -> None:
    line, digest = seal(encode(a_record()), KEY_ID, GENESIS)
    assert json.loads(line) == a_record().fields() | {"key": KEY_ID, "previous": GENESIS, "hash": digest}
    assert line.endswith(b"}\n")


def test_a_sealed_line_opens() -> None:
    line, digest = seal(encode(a_record()), KEY_ID, "ab" * 32)
    link = open_line(line)
    assert link is not None
    assert (link.key_id, link.previous, link.hash, link.intact) == (KEY_ID, "ab" * 32, digest, True)


@given(st.data())
def test_no_byte_of_a_line_can_change_unnoticed(data: st.DataObject) -> None:
    line = bytearray(seal(encode(a_record()), KEY_ID, GENESIS)[0])
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] ^= data.draw(st.integers(1, 255))
    link = open_line(bytes(line))
    assert link is None or not link.intact


@given(st.text(max_size=300))
def test_any_name_stays_on_one_line_of_ascii(name: str) -> None:
    line, _ = seal(encode(a_record(principal=name)), KEY_ID, GENESIS)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert json.loads(line)["principal"] == name[:256]


def test_a_number_that_is_none_cannot_be_recorded() -> None:
    with pytest.raises(AuditError, match="JSON"):
        encode(replace(a_record(), topics={"health": float("nan")}))


def test_a_record_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(AuditError, match="longer than"):
        encode(replace(a_record(), topics={f"t{n}": 0.5 for n in range(50_000)}))
