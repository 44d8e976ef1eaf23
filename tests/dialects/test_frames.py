"""Frames: what a stream makes of events known by their bytes is what it makes of them when each is parsed."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.base import JsonDialect
from gateway.dialects.frames import Frame, Piece, PlainFeed, PlainSource, frame_of
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_completions import OpenAICompletions
from gateway.dialects.sse import Event, EventReader
from gateway.dialects.streams import _TRIES, EventRestorer
from gateway.dialects.strict_json import dumps
from tests.dialects.streaming import RESTORERS, values_of

TEXTS: Final = st.one_of(
    st.sampled_from(
        [
            *(
                "Hello",
                " <PERSON_1>",
                " <PERS",
                "ON_1",
                ">",
                "<PERSON_12",
                '> "quoted"',
                "\\",
                "\n\n",
                "",
                "é\U0001f600",
            ),
            *(
                "⟦ü",
                "1⟧",
                '{"a": "',
                '"content"',
                'x","content":"y',
                "\x07",
                "probe",
                "[DONE]",
                '\\"error\\"',
                "\ud83d",
            ),
        ]
    ),
    st.text(max_size=6),
)
SPACING: Final = st.sampled_from([(",", ":"), (", ", ": ")])


def chat(draw: Any) -> Any:
    delta = draw(
        st.sampled_from(["content", "content", "content", "refusal", "role", "both", "none", "call", "null", "list"])
    )
    text = draw(TEXTS)
    deltas: dict[str, Any] = {
        "content": {"content": text},
        "refusal": {"refusal": text},
        "role": {"role": "assistant", "content": text, "refusal": None},
        "both": {"content": text, "reasoning_content": text},
        "none": {},
        "call": {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": text}}]},
        "null": {"content": None},
        "list": {"content": text, "annotations": [{"title": text}]},
    }
    choice: dict[str, Any] = {"index": draw(st.sampled_from([0, 0, 0, 1])), "delta": deltas[delta], "logprobs": None}
    choice["finish_reason"] = draw(st.sampled_from([None, None, None, None, "stop"]))
    if draw(st.integers(0, 9)) == 0:
        choice["logprobs"] = {"content": [{"token": text, "logprob": -1.0, "bytes": None, "top_logprobs": []}]}
    value: dict[str, Any] = {"id": "c", "object": "chat.completion.chunk", "created": 1, "choices": [choice]}
    more = draw(st.integers(0, 14))
    if more == 0:
        value["usage"] = {"prompt_tokens": 1, "completion_tokens": draw(st.integers(0, 99))}
    elif more == 1:
        value["note"] = text
    elif more == 2:
        value["error"] = {"message": text}
    elif more == 3:
        value["choices"].append({**choice, "index": 1})
    elif more == 4:
        value["usage"] = None
    if draw(st.booleans()):
        value["obfuscation"] = draw(st.sampled_from(["a8Qz", "", "x_y-z", "a b", 'a"b', "é"]))
    return value


def completion(draw: Any) -> Any:
    logprobs = draw(st.sampled_from([None, None, None, {"tokens": ["a"], "text_offset": [0]}]))
    finish = draw(st.sampled_from([None, None, None, "stop"]))
    choice = {"text": draw(TEXTS), "index": draw(st.sampled_from([0, 0, 1])), "logprobs": logprobs}
    return {"id": "c", "choices": [{**choice, "finish_reason": finish}]}


def message(draw: Any) -> Any:
    index = draw(st.sampled_from([0, 0, 0, 1]))
    text = draw(TEXTS)
    kind = draw(st.sampled_from(["text", "text", "text", "json", "stop", "start", "thinking", "odd", "usage", "both"]))
    delta: dict[str, Any] = {"type": "content_block_delta", "index": index}
    values: dict[str, Any] = {
        "text": {**delta, "delta": {"type": "text_delta", "text": text}},
        "json": {**delta, "delta": {"type": "input_json_delta", "partial_json": text}},
        "stop": {"type": "content_block_stop", "index": index},
        "start": {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": text}},
        "thinking": {**delta, "delta": {"type": "thinking_delta", "thinking": text}},
        "odd": {**delta, "delta": {"type": "new_delta", "text": text}},
        "usage": {**delta, "delta": {"type": "text_delta", "text": text}, "usage": {"output_tokens": 7}},
        "both": {**delta, "delta": {"type": "text_delta", "text": text, "more": text}},
    }
    return values[kind]


@st.composite
def streams(draw: Any, value: Any) -> list[bytes]:
    events = []
    for _ in range(draw(st.integers(0, 14))):
        made = value(draw)
        source = json.dumps(made, ensure_ascii=draw(st.booleans()), separators=draw(SPACING))
        if draw(st.integers(0, 30)) == 0:
            source = source.replace('"content":', '"content":"<PERSON_1>","content":', 1)
        data = source.encode("utf-8", "surrogatepass")
        if draw(st.integers(0, 30)) == 0:
            data = data.replace(b"l", b"\xff", 1)
        name = draw(st.sampled_from([b"", b"", b"", b"event: x\n", b"id: 1\n", b": hello\n"]))
        events.append(b"%bdata: %b\n\n" % (name, data))
    return events


def fed(restorer: EventRestorer, events: list[bytes]) -> tuple[list[bytes], dict[str, int]]:
    return [*(restorer.feed(event) for event in events), restorer.close()], dict(restorer.usage)


def seen(out: bytes) -> list[Any]:
    values = []
    for event in EventReader().feed(out):
        try:
            values.append((event.name, json.loads(event.data or b"null")))
        except ValueError:
            values.append((event.name, event.raw))
    return values


def check(dialect: JsonDialect, events: list[bytes]) -> None:
    framed, plain = dialect.stream(RESTORERS), dialect.stream(RESTORERS)
    assert isinstance(framed, EventRestorer)
    assert isinstance(plain, EventRestorer)
    plain._missed = 99  # no more frames are made
    (one, counts), (other, others) = fed(framed, events), fed(plain, events)
    assert counts == others
    for came, left, right in zip([*events, b""], one, other, strict=True):
        assert left == right or seen(left) == seen(right), came
        assert (left == came) == (right == came)


@given(streams(chat))
def test_chat(events: list[bytes]) -> None:
    check(OpenAIChat(), events)


@given(streams(completion))
def test_completions(events: list[bytes]) -> None:
    check(OpenAICompletions(), events)


@given(streams(message))
def test_messages(events: list[bytes]) -> None:
    check(AnthropicMessages(), events)


@pytest.mark.parametrize(
    ("dialect", "value"), [(OpenAIChat(), chat), (OpenAICompletions(), completion), (AnthropicMessages(), message)]
)
@given(data=st.data())
def test_however_a_stream_is_cut_and_joined_the_client_gets_the_same_bytes(
    dialect: JsonDialect, value: Any, data: st.DataObject
) -> None:
    source = b"".join(data.draw(streams(value)))
    if data.draw(st.booleans()):
        source = source.replace(b"\n\n", b"\r\n\r\n", data.draw(st.integers(0, 3)))
    if data.draw(st.booleans()):
        source = b"\xef\xbb\xbf" + source
    ends = [at + 2 for at in range(len(source)) if source.startswith(b"\n\n", at)]
    anywhere = st.integers(0, len(source))
    cuts = data.draw(st.lists(st.one_of(st.sampled_from(ends), anywhere) if ends else anywhere, max_size=20))
    cuts += ends if data.draw(st.booleans()) else []
    whole, cut, in_python = (dialect.stream(RESTORERS) for _ in range(3))
    assert isinstance(in_python, EventRestorer)
    expected = whole.feed(source) + whole.close()
    pieces = [source[low:high] for low, high in pairwise([0, *sorted(cuts), len(source)])]
    got = [cut.feed(piece) for piece in pieces]
    assert got == [PlainFeed.feed(in_python, piece) for piece in pieces]
    assert b"".join(got) + cut.close() == expected
    assert cut.usage == whole.usage == in_python.usage


@given(
    st.one_of(
        st.text(max_size=8).map(lambda text: json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace")),
        st.binary(max_size=8),
        st.sampled_from(
            [b"", b'"', b"\\", b'a\\"b', b"\x00", b"\n", b"\r", b"\x7f", b"\xed\xa0\xbd", "\u2028".encode()]
        ),
    ),
    st.sampled_from([b"", b"p", b"p q"]),
    st.booleans(),
)
def test_a_source_is_known_by_its_bytes_only_as_the_event_that_it_is(
    text: bytes,
    padding: bytes,
    shows: bool,  # noqa: FBT001
) -> None:
    """The quick way against the long one: what the reader makes of the same bytes."""
    middle = b'","obfuscation":"' if padding else b""
    data = b'{"id":"c","choices":[{"index":0,"delta":{"content":"%b"}}]}'
    source = b"event: x\ndata: " + data + b"\n\n"
    if padding:
        source = source.replace(b"}]}", b'}],"obfuscation":"%b"}')
    (first,) = EventReader().feed(source % ((b"Hello", b"abc") if padding else b"Hello"))
    assert first.data is not None
    value = json.loads(first.data)
    delta = value["choices"][0]["delta"]
    fed: list[str] = []

    def feed(text: str) -> str:
        fed.append(text)
        return "a\n<b>" if shows else text

    frame = frame_of(first.name, first.data, value, Piece(delta, "content", feed, "obfuscation" if middle else ""))
    assert frame is not None
    frame.learn_source(first)
    raw = source % ((text, padding) if padding else text)
    shown = frame.show(raw)
    if not frame.taken:
        assert shown == b""
        assert not fed
        return
    assert frame.taken == len(raw)
    (event,) = EventReader().feed(raw)
    assert event.data is not None
    assert json.loads(event.data)["choices"][0]["delta"]["content"] == "".join(fed)
    assert shown == (event.with_data(frame.with_text("a\n<b>", *_rest(frame, event))) if shows and fed else raw)


class InPython(PlainSource):
    """What is compiled elsewhere."""

    def written(self, text: str) -> bytes:
        return dumps(text)[1:-1]


PARTS: Final = st.sampled_from(
    [
        b"<",
        b"a",
        b"Hello",
        b" all",
        "é\u2028".encode(),
        b"\\n",
        b"\x7f",
        b"\x00",
        b"\xff",
        b"&",
        b"-",
        b'"',
        b"}",
        b"\n",
    ]
)
PADDING: Final = st.sampled_from([b"x", b"", b"-_9", b"x y"])


@pytest.mark.parametrize("middle", [b"", b'","p":"'])
@given(st.lists(st.tuples(st.lists(PARTS, max_size=3), PADDING), max_size=6), PARTS)
def test_sources_are_known_compiled_as_in_python(
    middle: bytes, events: list[tuple[list[bytes], bytes]], more: bytes
) -> None:
    begins, ends = b'data: {"t":"', b'"}\n\n'
    parts = [(begins, b"".join(text), middle and middle + padding, ends) for text, padding in events]
    raw = b"".join(b"".join(part) for part in parts) + more
    start = len(b"".join(parts[0])) if parts and len(more) % 2 else 0
    told = []
    for source in (InPython(), Frame("", b"", b"", b"", Piece({}, "t", str))):
        source._begins, source._middle, source._ends = begins, middle, ends
        source._feed = lambda text: text.replace("<", "").replace("all", 'e"')
        source._written = []
        told.append((source.show(raw, start), source.taken, source._written))
    assert told[0] == told[1]


def test_events_that_came_together_are_shown_up_to_the_first_of_another_kind() -> None:
    restorer = OpenAIChat().stream(RESTORERS)
    restorer.feed(event("Dear"))
    restorer.feed(event(" all"))
    end = b'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    came = event(" and") + event(" <PERS") + event("ON_1> ") + event("<PERS") + end
    shown = [value for value in seen(restorer.feed(came)) if isinstance(value[1], dict)]
    deltas = [value["choices"][0]["delta"] for _, value in shown]
    assert deltas == [{"content": text} for text in (" and", " ", 'Jane "JJ" Roe ', "", "<PERS")]
    assert restorer.close() == b""


def _rest(frame: Frame, event: Event) -> tuple[bytes]:
    told = frame.text(event.name, event.data or b"")
    assert told is not None
    return (told.rest,)


def event(content: str, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": None}
    return b"data: " + json.dumps({"id": "c", "choices": [choice], **more}).encode() + b"\n\n"


def test_the_source_of_an_event_stays_but_for_its_text() -> None:
    restorer = OpenAIChat().stream(RESTORERS)
    assert restorer.feed(event("Dear")) == event("Dear")
    assert restorer.feed(event(" all")) == event(" all")
    assert restorer.feed(event(" <PERSON_1>,")) == event(' Jane "JJ" Roe,')


def test_an_upstream_whose_events_are_never_alike_is_not_learnt_for_ever() -> None:
    restorer = OpenAIChat().stream(RESTORERS)
    assert isinstance(restorer, EventRestorer)
    for number in range(9):
        restorer.feed(event("x", created=number))
    assert restorer._missed == _TRIES
    assert values_of(restorer.feed(event("<PERSON_1>", created=9)))[0]["choices"][0]["delta"]["content"] == (
        'Jane "JJ" Roe'
    )


@pytest.mark.parametrize(
    "source",
    [
        b'{"a": "x", "text": "x", "text": "y"}',
        b'{"text": "y", "\\u0074ext": "x"}',
        b'{"b": {"text": "x"}, "text": "x"}',
        b'{"text": "x", "text": "probe"}',
        b'{"b": {"text": "probe"}, "text": "probe"}',
    ],
)
def test_a_text_that_stands_in_doubt_has_no_frame(source: bytes) -> None:
    value = json.loads(source)
    assert frame_of("", source, value, Piece(value, "text", str)) is None
    assert value["text"] in ("x", "y", "probe")


def test_a_frame_knows_its_events_only() -> None:
    frame = Frame("", b'{"text":"', b"", b'"}', Piece({}, "text", str))
    assert frame.text("", b'{"text":"a\\n"}') == ("a\n", b'"}')
    assert frame.text("", b'{"text":""}') == ("", b'"}')
    for name, data in (
        ("x", b'{"text":"a"}'),
        ("", b'{"text":"a","b":"c"}'),
        ("", b'{"text":"}'),
        ("", b'{"text":"a\n"}'),
        ("", b'{"text":"a"} '),
        ("", b'{"text":"\xff"}'),
    ):
        assert frame.text(name, data) is None
    assert frame.with_text('"\ud83d', b'"}') == b'{"text":"\\"\\ud83d"}'


def test_padding_may_be_another_word_each_time() -> None:
    restorer = OpenAIChat().stream(RESTORERS)
    assert isinstance(restorer, EventRestorer)
    for number in range(9):
        assert restorer.feed(event("x", obfuscation="y" * number)) == event("x", obfuscation="y" * number)
    assert restorer._missed < _TRIES
    assert restorer.feed(event("<PERSON_1>", obfuscation="zz")) == event('Jane "JJ" Roe', obfuscation="zz")


def test_padding_that_is_no_plain_word_is_parsed() -> None:
    frame = Frame("", b'{"text":"', b'","obfuscation":"', b'"}', Piece({}, "text", str))
    assert frame.text("", b'{"text":"a","obfuscation":"b"}') == ("a", b'","obfuscation":"b"}')
    for data in (
        b'{"text":"a","obfuscation":"b\\q"}',
        b'{"text":"a","obfuscation":"b","text":"c"}',
        b'{"text":"a\\","obfuscation":"b"}',
        b'{"text":"a"}',
    ):
        assert frame.text("", data) is None


def test_a_text_that_is_a_probe_hid_another_of_the_same_name_before_it() -> None:
    def twice(first: str) -> bytes:
        return b'data: {"choices":[{"index":0,"delta":{"content":"%b","content":"probe"}}]}\n\n' % first.encode()

    restorer = OpenAIChat().stream(RESTORERS)
    out = b"".join(restorer.feed(twice(first)) for first in ("a", "b", "<PERS", "ON_1>"))
    assert b"Jane" not in out
    assert out.count(b"probe") == 4


def test_padding_that_is_no_text_breaks_no_stream() -> None:
    restorer = OpenAIChat().stream(RESTORERS)
    for _ in range(3):
        assert restorer.feed(event("x", obfuscation=["y"])) == event("x", obfuscation=["y"])


def test_after_an_error_of_the_upstream_a_block_that_goes_on_is_begun_anew() -> None:
    def delta(text: str) -> bytes:
        value = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        return b"data: " + json.dumps(value).encode() + b"\n\n"

    failed = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n'
    check(
        AnthropicMessages(), [delta("a"), delta("b"), delta("<PERS"), failed, delta("<PERS"), delta("ON_1> and <PER")]
    )


def test_what_is_learnt_of_the_first_events_of_a_piece_serves_for_the_others() -> None:
    class Counted(EventReader):
        cut = 0

        def first(self, data: bytes, at: int) -> tuple[Event | None, int]:
            self.cut += 1
            return super().first(data, at)

    restorer = OpenAIChat().stream(RESTORERS)
    assert isinstance(restorer, EventRestorer)
    restorer._reader = reader = Counted()
    came = event("Dear") + event(" all,") * 30 + b"data: [DONE]\n\n"
    assert restorer.feed(came) == came
    assert reader.cut <= 4
