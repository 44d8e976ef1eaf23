"""Headers in a table say what Starlette's say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from gateway.server.heads import IndexedHeaders, IndexedRequest

NAMES = st.sampled_from([b"x-api-key", b"authorization", b"accept", b"x-\xff"])
RAW = st.lists(st.tuples(NAMES, st.binary(max_size=5)), max_size=6)


@given(RAW)
def test_every_look_up_says_what_starlettes_says(raw: list[tuple[bytes, bytes]]) -> None:
    ours, theirs = IndexedHeaders({"headers": raw}), Headers(raw=raw)
    for name in ("x-api-key", "X-API-Key", "authorization", "Accept", "x-ÿ", "none"):
        assert ours.get(name) == theirs.get(name)
        assert ours.getlist(name) == theirs.getlist(name)
        assert (name in ours) == (name in theirs)
    assert ours == theirs
    assert ours.items() == theirs.items()
    assert ours.raw == theirs.raw


def test_a_request_has_one_table() -> None:
    request = IndexedRequest({"type": "http", "headers": [(b"accept", b"a"), (b"accept", b"b")]})
    assert request.headers is request.headers
    assert request.headers.getlist("accept") == ["a", "b"]
