"""Legacy completions: requests, whole answers and streams."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.errors import InvalidRequest
from gateway.core.protocols import Dialect
from gateway.dialects.openai_completions import OpenAICompletions
from tests.dialects.streaming import RESTORERS, pieces, run, split_everywhere, values_of

COMPLETIONS = OpenAICompletions()
SECRET = "Jane-Roe"
TEXT = "Dear <PERSON_1>, é <PERSON_12> ⟦ü1⟧ <PERSON_1"
RESTORED = 'Dear Jane "JJ" Roe, é Ann\nLee Zoë \U0001f600 <PERSON_1'


def read(**members: Any) -> Any:
    return COMPLETIONS.read(json.dumps({"model": "m", **members}).encode())


def test_it_is_a_dialect() -> None:
    assert isinstance(COMPLETIONS, Dialect)
    assert (COMPLETIONS.name, COMPLETIONS.endpoint) == ("openai_completions", "/v1/completions")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"prompt": 5}, "`/prompt`: expected a string or an array."),
        ({"stream": SECRET}, "`/stream`: expected true or false."),
        ({"logprobs": True}, "`/logprobs`: expected an integer."),
    ],
)
def test_a_wrong_type_is_refused_and_its_place_named(members: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(**members)
    assert str(caught.value) == message


@pytest.mark.parametrize("prompt", [[5], [5, 6, 7], [[5, 6], [7]]])
def test_token_ids_are_opaque(prompt: Any) -> None:
    kinds = [segment.text for segment in COMPLETIONS.segments(read(prompt=prompt)) if segment.path.endswith("@")]
    assert set(kinds) == {"tokens"}


def test_texts_are_not_opaque_and_json_in_them_is_walked() -> None:
    found = COMPLETIONS.segments(read(prompt=["a text", '{"name": "Jan\\u0065"}']))
    assert [segment.text for segment in found] == ["m", "a text", "Jane"]
    assert not any(segment.path.endswith("@") for segment in found)


def test_the_anchor_is_the_first_line() -> None:
    first = COMPLETIONS.anchor(read(prompt="\nA talk with Jane.\nUser: Hi"))
    assert first == COMPLETIONS.anchor(read(prompt="\nA talk with Jane.\nUser: Hi\nBot: Hello")) == "A talk with Jane."
    assert COMPLETIONS.anchor(read(prompt=["one", "two"])) == "one"
    assert COMPLETIONS.anchor(read(prompt=[1, 2])) == COMPLETIONS.anchor(read()) == ""


def logprobs(*tokens: str, start: int = 0) -> dict[str, Any]:
    offsets = [start + sum(map(len, tokens[:n])) for n in range(len(tokens))]
    return {
        "tokens": list(tokens),
        "token_logprobs": [None, *[-0.5] * (len(tokens) - 1)],
        "top_logprobs": [{token: -0.5} for token in tokens],
        "text_offset": offsets,
    }


def test_a_whole_answer_is_restored_with_its_log_probabilities() -> None:
    tokens = ("Dear", " <PERSON", "_1>", " and", " you")
    answer = {
        "id": "<PERSON_1>",
        "choices": [
            {"index": 0, "text": "".join(tokens), "logprobs": logprobs(*tokens, start=5), "finish_reason": "stop"}
        ],
    }
    out = json.loads(COMPLETIONS.restore(json.dumps(answer).encode(), RESTORERS))
    (choice,) = out["choices"]
    assert out["id"] == "<PERSON_1>"
    assert choice["text"] == 'Dear Jane "JJ" Roe and you'
    assert choice["logprobs"] == {
        "tokens": ["Dear", ' Jane "JJ" Roe', " and", " you"],
        "token_logprobs": [None, -1.0, -0.5, -0.5],
        "top_logprobs": [{"Dear": -0.5}, None, {" and": -0.5}, {" you": -0.5}],
        "text_offset": [5, 9, 23, 27],
    }


def test_an_answer_with_nothing_to_restore_keeps_its_bytes() -> None:
    answer = {"choices": [{"index": 0, "text": "Dear you", "logprobs": logprobs("Dear", " you")}, 5]}
    raw = json.dumps(answer, indent=1).encode()
    assert COMPLETIONS.restore(raw, RESTORERS) == raw


def event(text: str, finish: str | None = None, **members: Any) -> bytes:
    choice = {"index": members.pop("index", 0), "text": text, **members, "finish_reason": finish}
    return (
        b"data: "
        + json.dumps({"id": "c", "object": "text_completion", "choices": [choice]}, ensure_ascii=False).encode()
        + b"\n\n"
    )


def text_of(out: bytes, index: int = 0) -> str:
    return "".join(
        choice["text"] for value in values_of(out) for choice in value["choices"] if choice["index"] == index
    )


@pytest.mark.parametrize("size", [2, 7])
def test_a_stream_is_restored_wherever_its_bytes_are_split(size: int) -> None:
    stream = b"".join(event(part) for part in pieces(TEXT, size)) + event("", "stop") + b"data: [DONE]\n\n"
    assert text_of(split_everywhere(COMPLETIONS, stream, step=3)) == RESTORED


def test_choices_do_not_mix_and_nothing_held_is_lost() -> None:
    stream = (
        event("a <PER")
        + event("b <PERSON_", index=1)
        + event("SON_1>", "stop")
        + event("12> <P", index=1)
        + b"data: [DONE]\n\n"
    )
    out = run(COMPLETIONS, stream, [])
    assert text_of(out) == 'a Jane "JJ" Roe'
    assert text_of(out, 1) == "b Ann\nLee <P"
    assert out.endswith(b"data: [DONE]\n\n")


def test_log_probabilities_wait_with_their_text() -> None:
    stream = (
        event("Dear <", logprobs=logprobs("Dear", " <"))
        + event("PERSON_1>", logprobs=logprobs("PERSON", "_1>", start=6))
        + event("! <P", "stop", logprobs=logprobs("!", " <P", start=15))
    )
    shown = [value["choices"][0]["logprobs"] for value in values_of(run(COMPLETIONS, stream, []))]
    assert [lists["tokens"] for lists in shown] == [[], ["Dear", ' Jane "JJ" Roe'], ["!", " <P"]]
    assert [lists["text_offset"] for lists in shown] == [[], [0, 4], [18, 19]]


def test_an_untouched_stream_keeps_its_bytes() -> None:
    stream = (
        event("Dear", logprobs=logprobs("Dear"))
        + event(" you", "stop", logprobs={"tokens": [" you"]})
        + b"data: [DONE]\n\n"
    )
    assert split_everywhere(COMPLETIONS, stream) == stream
