"""Streamed chat answers: split at every byte, restored on every channel, untouched where nothing is restored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.openai_chat import OpenAIChat
from tests.dialects.streaming import RESTORERS, pieces, run, split_everywhere, values_of
from tests.fakes.restorers import FakeRestorers

CHAT = OpenAIChat()
DONE = b"data: [DONE]\n\n"


def chunk(*choices: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"id": "c1", "model": "m", "choices": list(choices), **members}


def piece(
    delta: dict[str, Any] | None = None, *, index: int = 0, finish: str | None = None, **members: Any
) -> dict[str, Any]:
    return {"index": index, "delta": {} if delta is None else delta, **members, "finish_reason": finish}


def sse(*chunks: Any, end: bytes = DONE, eol: str = "\n") -> bytes:
    lines = "".join(f"data: {json.dumps(value, ensure_ascii=False)}{eol}{eol}" for value in chunks)
    return lines.encode() + end.replace(b"\n", eol.encode())


def merge(into: Any, delta: Any) -> Any:
    """Put pieces together as the SDKs do: texts are joined, items found by their index."""
    if isinstance(delta, str) and isinstance(into, str):
        return into + delta
    if isinstance(delta, dict):
        into = into or {}
        for key, value in delta.items():
            into[key] = value if key in ("index", "type", "id", "role") else merge(into.get(key), value)
        return into
    if isinstance(delta, list):
        into = into or []
        for item in delta:
            place = next((n for n, known in enumerate(into) if known.get("index") == item.get("index")), None)
            if place is None:
                into.append(merge(None, item))
            else:
                into[place] = merge(into[place], item)
        return into
    return delta if delta is not None else into


def message(out: bytes, index: int = 0) -> dict[str, Any]:
    whole: Any = {}
    for value in values_of(out):
        for choice in value.get("choices", ()):
            if choice["index"] == index:
                whole = merge(whole, choice["delta"])
    assert isinstance(whole, dict)
    return whole


TEXT = "Dear <PERSON_1>, é <PERSON_12> < 5 ⟦ü1⟧\U0001f600 <PERSON_1"
RESTORED = 'Dear Jane "JJ" Roe, é Ann\nLee < 5 Zoë \U0001f600\U0001f600 <PERSON_1'


def content_stream(size: int, **options: Any) -> bytes:
    return sse(
        chunk(piece({"role": "assistant", "content": ""})),
        *(chunk(piece({"content": part})) for part in pieces(TEXT, size)),
        chunk(piece(finish="stop")),
        chunk(usage={"prompt_tokens": 7, "completion_tokens": 5}),
        **options,
    )


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [2, 6, 100])
def test_content_is_restored_wherever_the_bytes_are_split(size: int, eol: str) -> None:
    stream = content_stream(size, eol=eol)
    whole = split_everywhere(CHAT, stream, step=1 if size > 2 else 13)
    assert message(whole) == {"role": "assistant", "content": RESTORED}


def test_what_is_held_goes_out_with_the_finish() -> None:
    out = values_of(run(CHAT, content_stream(3), []))
    finish = [n for n, value in enumerate(out) if value["choices"] and value["choices"][0]["finish_reason"]]
    assert finish == [len(out) - 2]
    assert out[finish[0]]["choices"][0]["delta"] == {"content": "<PERSON_1"}


def test_each_event_goes_out_when_it_came_and_holds_back_only_what_could_become_a_surrogate() -> None:
    restorer = CHAT.stream(RESTORERS)
    shown = []
    for part in ["Dear <", "PER", "SON_1", ">, hello", " <x", "y"]:
        (value,) = values_of(restorer.feed(sse(chunk(piece({"content": part})), end=b"")))
        shown.append(value["choices"][0]["delta"]["content"])
    assert shown == ["Dear ", "", "", 'Jane "JJ" Roe, hello', " <x", "y"]


def test_nothing_restored_means_the_very_bytes() -> None:
    stream = (
        b': keep-alive\n\ndata: {"id": "c", "choices":[ {"index":0,"delta":{"role":"assistant","content":"caf\\u00e9"},"logprobs":null} ]}\n\n'
        b'event: x\nid: 4\ndata: {"choices":[{"index":0,"delta":{"content":" ok"},"finish_reason":"stop"}]}\n\n'
        b'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\ndata: [DONE]\n\n'
    )
    assert split_everywhere(CHAT, stream) == stream


def test_choices_do_not_mix() -> None:
    stream = sse(
        chunk(piece({"content": "A <PER"}), piece({"content": "B <PERS"}, index=1)),
        chunk(piece({"content": "ON_12>"}, index=1)),
        chunk(piece({"content": "SON_1> a"})),
        chunk(piece({"content": " <PERSON"}, index=1)),
        chunk(piece(finish="stop")),
        chunk(piece(finish="length", index=1)),
    )
    out = split_everywhere(CHAT, stream)
    assert message(out, 0) == {"content": 'A Jane "JJ" Roe a'}
    assert message(out, 1) == {"content": "B Ann\nLee <PERSON"}


def tool(index: int, arguments: str | None = None, **members: Any) -> dict[str, Any]:
    function = {} if arguments is None else {"function": {"arguments": arguments}}
    return {"tool_calls": [{"index": index, **members, **function}]}


def test_tool_arguments_are_restored_as_json() -> None:
    first = '{"to": "<PERSON_1>", "cc": ["<PERSON_12>"]}'
    second = '{"<PERSON_12>": "⟦ü1⟧"}'
    stream = sse(
        chunk(piece({"role": "assistant", "content": None})),
        chunk(piece(tool(0, "", id="call_1", type="function"))),
        *(chunk(piece(tool(0, part))) for part in pieces(first, 9)),
        chunk(piece(tool(1, "", id="call_2", type="function"))),
        *(chunk(piece(tool(1, part))) for part in pieces(second, 7)),
        chunk(piece(finish="tool_calls")),
    )
    whole = split_everywhere(CHAT, stream)
    calls = message(whole)["tool_calls"]
    assert [call["id"] for call in calls] == ["call_1", "call_2"]
    assert json.loads(calls[0]["function"]["arguments"]) == {"to": 'Jane "JJ" Roe', "cc": ["Ann\nLee"]}
    assert json.loads(calls[1]["function"]["arguments"]) == {"Ann\nLee": "Zoë \U0001f600"}


CHANNELS: dict[str, Any] = {
    "content": lambda text: {"content": text},
    "refusal": lambda text: {"refusal": text},
    "reasoning_content": lambda text: {"reasoning_content": text},
    "reasoning": lambda text: {"reasoning": text},
    "function_call": lambda text: {"function_call": {"arguments": text}},
    "custom tool": lambda text: {"tool_calls": [{"index": 2, "type": "custom", "custom": {"input": text}}]},
    "tool name": lambda text: {"tool_calls": [{"index": 0, "function": {"name": text}}]},
    "audio": lambda text: {"audio": {"id": "a", "transcript": text}},
    "a field of tomorrow": lambda text: {"tomorrow": {"deep": [{"index": 1, "text": text}]}},
    "items without index": lambda text: {"reasoning_details": [{"type": "x", "text": text}]},
}


@pytest.mark.parametrize("delta", CHANNELS.values(), ids=CHANNELS.keys())
def test_every_channel_is_restored(delta: Any) -> None:
    stream = sse(*(chunk(piece(delta(part))) for part in pieces("Dear ⟦ü1⟧! <P", 2)), chunk(piece(finish="stop")))
    whole = split_everywhere(CHAT, stream, step=2)
    assert message(whole) == delta("Dear Zoë \U0001f600! <P")


def test_whole_items_are_restored_at_once() -> None:
    citation = {"type": "url_citation", "url_citation": {"url": "https://x.example/?<PERSON_1>", "title": "⟦ü1⟧"}}
    (out,) = values_of(run(CHAT, sse(chunk(piece({"annotations": [citation]})), end=b""), []))
    assert out["choices"][0]["delta"]["annotations"][0]["url_citation"] == {
        "url": 'https://x.example/?Jane "JJ" Roe',
        "title": "Zoë \U0001f600",
    }


def test_held_text_goes_out_before_another_text_begins() -> None:
    out = values_of(
        run(
            CHAT,
            sse(
                chunk(piece({"reasoning_content": "think <P"})),
                chunk(piece({"content": "say <PERS"})),
                chunk(piece(tool(0, '{"a": "<P'))),
                chunk(piece(tool(0, 'ERSON_1>"}'))),
                chunk(piece(finish="tool_calls")),
            ),
            [],
        )
    )
    assert [value["choices"][0]["delta"] for value in out] == [
        {"reasoning_content": "think "},
        {"content": "say ", "reasoning_content": "<P"},
        {**tool(0, '{"a": "'), "content": "<PERS"},
        tool(0, 'Jane \\"JJ\\" Roe"}'),
        {},
    ]


def test_without_a_finish_what_is_held_goes_out_before_done() -> None:
    out = run(
        CHAT, sse(chunk(piece({"content": "a <PERSON_1"}), piece(tool(3, '{"x<'), index=1), system_fingerprint="f")), []
    )
    assert out.endswith(DONE)
    first, made = values_of(out)
    assert made == {
        **{key: first[key] for key in ("id", "model", "system_fingerprint")},
        "choices": [
            {"index": 0, "delta": {"content": "<PERSON_1"}, "finish_reason": None},
            {
                "index": 1,
                "delta": {"tool_calls": [{"index": 3, "function": {"arguments": "<"}}]},
                "finish_reason": None,
            },
        ],
    }


def test_an_upstream_that_breaks_off_leaves_the_text_and_no_invented_finish() -> None:
    restorer = CHAT.stream(RESTORERS)
    out = restorer.feed(sse(chunk(piece({"content": "a <PERSON_1"})), end=b'data: {"choi'))
    closed = restorer.close()
    assert closed.endswith(b'\n\ndata: {"choi')
    assert message(out + closed.removesuffix(b'data: {"choi')) == {"content": "a <PERSON_1"}
    assert b"[DONE]" not in closed
    assert b'"stop"' not in closed
    assert restorer.close() == b""


def test_a_last_event_without_its_blank_line_is_restored() -> None:
    stream = sse(chunk(piece({"content": "a <PERS"})), chunk(piece({"content": "ON_1> <P"})), end=b"")
    assert message(run(CHAT, stream.removesuffix(b"\n\n"), [])) == {"content": 'a Jane "JJ" Roe <P'}


def test_done_without_a_line_end_is_understood() -> None:
    out = run(CHAT, sse(chunk(piece({"content": "a <P"})), end=b"data: [DONE]"), [])
    assert out.endswith(b"data: [DONE]")
    assert message(out.removesuffix(b"data: [DONE]")) == {"content": "a <P"}


@pytest.mark.parametrize("restorers", [RESTORERS, FakeRestorers({})], ids=["restoring", "nothing to restore"])
@pytest.mark.parametrize(
    "event",
    [
        b'data: {"error": {"message": "You said: Jane Roe", "type": "server_error", "code": 500}}\n\n',
        b'event: error\ndata: {"message": "You said: Jane Roe"}\n\n',
        b"event: error\ndata: You said: Jane Roe\n\n",
        b'data: {"error": "You said: Jane Roe"}\r\n\r\n',
    ],
)
def test_an_error_of_the_upstream_is_replaced(event: bytes, restorers: FakeRestorers) -> None:
    out = run(CHAT, sse(chunk(piece({"content": "a"})), end=event), [], restorers)
    assert b"Jane" not in out
    error = values_of(out)[-1]["error"]
    assert error["code"] == "upstream_failed"
    assert error["type"] == "upstream_error"
    assert error["param"] is None


def test_held_text_goes_out_before_an_error() -> None:
    out = values_of(run(CHAT, sse(chunk(piece({"content": "a <P"})), end=b'data: {"error": {"message": "x"}}\n\n'), []))
    assert [list(value)[-1] for value in out] == ["choices", "choices", "error"]
    assert out[1]["choices"][0]["delta"] == {"content": "<P"}


@pytest.mark.parametrize(
    "event",
    [
        b"data: not JSON <PERSON_1>\n\n",
        b'data: "<PERSON_1>"\n\n',
        b"data: [1]\n\n",
        b"data: \xff\xfe\n\n",
        b'data: {"choices": "<PERSON_1"}\n\n',
        b'data: {"choices": [1, null, {"delta": 5}, {"delta": null, "finish_reason": "stop"}]}\n\n',
        b'data: {"a":' + b"[" * 5000 + b"]" * 5000 + b"}\n\n",
        b": <PERSON_1>\n\n",
        b"retry: 5\n\n",
    ],
)
def test_what_is_no_chunk_is_passed_as_it_is(event: bytes) -> None:
    assert run(CHAT, event, []) == event


def test_half_a_surrogate_pair_in_each_of_two_pieces_is_kept() -> None:
    stream = b'data: {"choices":[{"index":0,"delta":{"content":"<PERSON_1> \\ud83d"}}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"\\ude00"}}]}\n\n'
    first, second = values_of(run(CHAT, stream, []))
    text = first["choices"][0]["delta"]["content"] + second["choices"][0]["delta"]["content"]
    assert text.encode("utf-16", "surrogatepass").decode("utf-16") == 'Jane "JJ" Roe \U0001f600'


@pytest.mark.parametrize("restorers", [RESTORERS, FakeRestorers({})], ids=["restoring", "nothing to restore"])
def test_usage_is_recorded(restorers: FakeRestorers) -> None:
    restorer = CHAT.stream(restorers)
    restorer.feed(sse(chunk(piece({"content": "a"}), usage=None), end=b""))
    assert restorer.usage == {}
    restorer.feed(sse(chunk(usage={"prompt_tokens": 7, "completion_tokens": 5})))
    assert restorer.usage == {"input": 7, "output": 5}


def test_without_surrogates_the_very_bytes_pass() -> None:
    stream = content_stream(3)
    assert run(CHAT, stream, [], FakeRestorers({})) == stream


def entries(*tokens: str) -> dict[str, Any]:
    return {
        "content": [
            {"token": token, "logprob": -1.0, "bytes": list(token.encode()), "top_logprobs": []} for token in tokens
        ],
        "refusal": None,
    }


def test_log_probabilities_wait_with_their_text_and_are_merged() -> None:
    stream = sse(
        chunk(piece({"content": "Dear <"}, logprobs=entries("Dear", " <"))),
        chunk(piece({"content": "PERSON_1"}, logprobs=entries("PERSON", "_1"))),
        chunk(piece({"content": ">"}, logprobs=entries(">"))),
        chunk(piece({"content": ", ok <"}, logprobs=entries(", ok", " <"))),
        chunk(piece(finish="stop", logprobs=None)),
    )
    out = values_of(run(CHAT, stream, []))
    shown = [[e["token"] for e in (value["choices"][0]["logprobs"] or {}).get("content", ())] for value in out]
    assert shown == [[], [], ["Dear", ' Jane "JJ" Roe'], [], [", ok", " <"]]
    texts = [value["choices"][0]["delta"].get("content", "") for value in out]
    assert texts == ["Dear ", "", 'Jane "JJ" Roe', ", ok ", "<"]
    assert sum(len(tokens) for tokens in shown) == 4


def test_log_probabilities_of_untouched_text_keep_their_bytes() -> None:
    stream = sse(
        chunk(piece({"content": "Dear you"}, logprobs=entries("Dear", " you"))),
        chunk(piece(finish="stop", logprobs=None)),
    )
    assert run(CHAT, stream, []) == stream


@given(
    parts=st.lists(st.sampled_from(["<PERSON_1", "<PERSON_12>", ">", "<", "⟦ü", "1⟧", "ü", " a", "2"]), max_size=12),
    cuts=st.lists(st.integers(0, 3000), max_size=4),
)
def test_any_stream_says_what_the_whole_text_restored_says(parts: list[str], cuts: list[int]) -> None:
    stream = sse(*(chunk(piece({"content": part})) for part in parts), chunk(piece(finish="stop")))
    out = run(CHAT, stream, sorted(min(cut, len(stream)) for cut in cuts))
    assert message(out).get("content", "") == RESTORERS.text("".join(parts))
    assert len(values_of(out)) == len(parts) + 1


@pytest.mark.parametrize(
    "text", ['{"name": "<PERSON_1>"}', ' [{"name": "<PERSON_12>"}]', '["<PERSON_1>", "<PERSON_12>"]']
)
def test_structured_output_stays_json(text: str) -> None:
    stream = sse(*(chunk(piece({"content": part})) for part in pieces(text, 5)), chunk(piece(finish="stop")))
    assert "Roe" in str(value := json.loads(message(run(CHAT, stream, []))["content"])) or "Lee" in str(value)


@pytest.mark.parametrize("size", [1, 4, 100])
def test_a_citation_told_in_the_stream_counts_in_the_restored_text(size: int) -> None:
    text = "Dear <PERSON_1>, see <PERSON_12> here."
    start = text.index("see")
    cited = {"type": "url_citation", "url_citation": {"start_index": start, "end_index": start + 15, "url": "x"}}
    deltas = [{"content": piece} for piece in pieces(text, size)] + [{"annotations": [cited]}]
    stream = b"".join(
        f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n".encode() for delta in deltas
    )
    told = values_of(run(OpenAIChat(), stream, []))
    (moved,) = [value["choices"][0]["delta"]["annotations"][0] for value in told if "annotations" in str(value)]
    shown = RESTORERS.text(text)
    assert shown[moved["url_citation"]["start_index"] : moved["url_citation"]["end_index"]] == "see Ann\nLee"
