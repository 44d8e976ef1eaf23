"""Of a client's trace context only the ids are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.telemetry.traceparent import TraceParent

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_the_header_of_the_standard_is_read_and_written() -> None:
    header = f"00-{TRACE}-{SPAN}-01"
    parent = TraceParent.parse(header)
    assert parent == TraceParent(int(TRACE, 16), int(SPAN, 16), sampled=True)
    assert str(parent) == header


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Jane Roe",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_a_header_that_is_not_valid_is_no_parent(header: str | None) -> None:
    assert TraceParent.parse(header) is None


def test_what_a_later_version_adds_is_left_out() -> None:
    assert str(TraceParent.parse(f"01-{TRACE}-{SPAN}-03-Jane")) == f"00-{TRACE}-{SPAN}-01"


@given(st.text())
def test_no_text_survives(text: str) -> None:
    parent = TraceParent.parse(f"01-{TRACE}-{SPAN}-00-{text}")
    assert str(parent) == f"00-{TRACE}-{SPAN}-00"
