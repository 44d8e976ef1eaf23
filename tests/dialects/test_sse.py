"""Every stream at every split: the events are the same, and together they are the very bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import UpstreamFailed
from gateway.dialects.sse import MAX_EVENT_BYTES, Event, EventReader, event

STREAMS = {
    "LF": b'data: {"a":1}\n\ndata: two\ndata: lines\n\n: a comment\n\nevent: x\nid: 7\ndata: z\n\n',
    "CR LF": b"data: a\r\n\r\n: keep-alive\r\n\r\nevent: b\r\ndata:c\r\n\r\n",
    "CR": b"data: a\r\rdata: b\r\rdata: c\r\r",
    "mixed": b"data: a\r\n\ndata: b\n\r\ndata: c\r\rdata: d\n\n\n\ndata: e\n\n",
    "BOM": b"\xef\xbb\xbfdata: a\n\ndata: b\n\n",
    "UTF-8": "data: äöü\U0001f600\n\ndata: 中文\n\n".encode(),
    "no space, no value, no colon": b"data:a\n\ndata:\n\ndata\n\nretry: 10\n\n",
    "without an end": b"data: a\n\ndata: [DONE]",
}


def events_of(pieces: list[bytes]) -> list[Event]:
    reader = EventReader()
    found = [event for piece in pieces for event in reader.feed(piece)]
    rest = reader.rest()
    return [*found, rest] if rest is not None else found


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
def test_events_do_not_depend_on_where_the_bytes_are_split(stream: bytes) -> None:
    whole = events_of([stream])
    assert b"".join(event.raw for event in whole) == stream
    for cut in range(len(stream) + 1):
        assert events_of([stream[:cut], stream[cut:]]) == whole
    assert events_of([bytes([byte]) for byte in stream]) == whole


def test_data_and_names_are_read_as_the_standard_says() -> None:
    assert [(event.name, event.data) for event in events_of([STREAMS["LF"]])] == [
        ("", b'{"a":1}'),
        ("", b"two\nlines"),
        ("", None),
        ("x", b"z"),
    ]
    assert [event.data for event in events_of([STREAMS["mixed"]]) if event.data] == [b"a", b"b", b"c", b"d", b"e"]
    assert [event.data for event in events_of([STREAMS["BOM"]])] == [b"a", b"b"]
    assert [event.data for event in events_of([STREAMS["no space, no value, no colon"]])] == [b"a", b"", b"", None]


def test_an_event_is_given_out_as_soon_as_it_is_complete() -> None:
    reader = EventReader()
    assert [event.data for event in reader.feed(b"data: a\r\n\r\nda")] == [b"a"]
    assert [event.data for event in reader.feed(b"ta: b\n\n")] == [b"b"]


@pytest.mark.parametrize(
    ("raw", "edited"),
    [
        (b"data: a\n\n", b"data: Z\n\n"),
        (b"data:a\n\n", b"data: Z\n\n"),
        (b"data: a\r\n\r\n", b"data: Z\r\n\r\n"),
        (b"event: x\ndata: a\nid: 1\n\n", b"event: x\ndata: Z\nid: 1\n\n"),
        (b": c\ndata: a\ndata: b\n\n", b": c\ndata: Z\n\n"),
        (b"data: a", b"data: Z\n"),
    ],
)
def test_new_data_leaves_the_other_lines_alone(raw: bytes, edited: bytes) -> None:
    assert events_of([raw])[0].with_data(b"Z") == edited


def test_a_made_event_is_read_back() -> None:
    assert [(e.name, e.data) for e in events_of([event(b"{}", "ping") + event(b"[]")])] == [
        ("ping", b"{}"),
        ("", b"[]"),
    ]


def test_an_event_without_end_is_refused_before_it_fills_the_memory() -> None:
    reader = EventReader()
    piece = b"data: " + b"x" * 2**20
    for _ in range(MAX_EVENT_BYTES // 2**20 - 1):
        assert reader.feed(piece) == []
    with pytest.raises(UpstreamFailed):
        reader.feed(piece)


@given(
    st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"data", b":", b" ", b"x", b"\xc3", b"\xa4"]), max_size=40),
    st.data(),
)
def test_any_bytes_come_out_as_they_went_in(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(parts)
    cut = data.draw(st.integers(0, len(stream)))
    events = events_of([stream[:cut], stream[cut:]])
    assert b"".join(event.raw for event in events) == stream
    assert events == events_of([stream])
