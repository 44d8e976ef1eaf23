"""What is asked of every body before it is planned, compared with the plain way to ask it."""

from __future__ import annotations

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.protocols import Dialect
from gateway.dialects.attachments import may_hold_file
from gateway.dialects.base import JsonDialect
from gateway.dialects.pointers import may_point
from gateway.dialects.registry import DIALECTS

_JSON: Final = [dialect for dialect in DIALECTS.values() if isinstance(dialect, JsonDialect)]
_HINTS: Final = sorted({hint for dialect in _JSON for hint in dialect.structure.hints})
_PIECES: Final = st.one_of(
    st.sampled_from(_HINTS), st.sampled_from(['"', "\\", "\\u00", "4", "7", "8", " ", ":", "_", "text"]), st.text()
)
_BODIES: Final = st.lists(_PIECES).map(lambda pieces: "".join(pieces).encode("utf-8", "surrogatepass"))


@given(_BODIES, st.sampled_from(_JSON))
def test_a_body_may_point_where_a_hint_in_quotes_or_an_escaped_letter_stands(body: bytes, dialect: JsonDialect) -> None:
    named = any(f'"{hint}"'.encode() in body for hint in dialect.structure.hints)
    assert may_point(dialect, body) == (named or re.search(rb"\\u00[4567]", body) is not None)


@pytest.mark.parametrize("dialect", _JSON, ids=lambda dialect: dialect.name)
def test_each_hint_of_a_dialect_is_seen(dialect: Dialect) -> None:
    assert isinstance(dialect, JsonDialect)
    for hint in dialect.structure.hints:
        assert may_point(dialect, f'{{"{hint}":"x"}}'.encode())
        assert may_point(dialect, f'{{"\\u00{ord(hint[0]):x}{hint[1:]}":"x"}}'.encode())
        assert not may_point(dialect, f'{{"x{hint}x":"x"}}'.encode())


@given(st.lists(st.sampled_from([b"data:", b"base64", b"A" * 71, b"A", b"-_", b" ", b"data", b";base", b'"'])))
def test_a_body_may_hold_a_file_where_a_sign_of_one_or_a_long_run_stands(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    run = re.search(rb"[A-Za-z0-9+/_-]{72}", body) is not None
    assert may_hold_file(body) == (run or b"data:" in body or b"base64" in body)
