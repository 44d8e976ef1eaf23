"""Surrogates that came in with a request (invariant 5): wherever they stand, and wherever the answer repeats them.

Over the running app with the bundled policies and classifiers. The attacker knows the surrogate of a value of the very
conversation, plants it in a field of the next request, and has the model repeat it.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from gateway.core.model import Finding, Segment
from gateway.loadout import load_engine
from gateway.pipeline import Engine
from tests.fakes.engines import engine
from tests.fakes.world import Scripted, world

PATH = "/v1/chat/completions"
VALUE = "martha@nordhavn-clinic.com"
TEXT = f"Write to {VALUE} and thank her for the cake recipe."
SURROGATE = re.compile(r"<EMAIL_ADDRESS_[a-z0-9]{11}>")
CONVERSATION = {"x-privacy-conversation": "one"}


@pytest.fixture(scope="module")
def real() -> Engine:
    return load_engine(None)


def asked(**more: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": TEXT}]} | more


def positions(planted: str) -> dict[str, dict[str, Any]]:
    """Return requests with `planted` in each kind of place."""
    user = {"role": "user", "content": TEXT}
    call = {"id": "call_1", "type": "function", "function": {"name": "send", "arguments": json.dumps({"to": planted})}}
    tool = {"type": "function", "function": {"name": "send", "description": planted, "parameters": {"type": "object"}}}
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object", "title": planted}}}
    calls = [{"role": "assistant", "content": None, "tool_calls": [call]}]
    return {
        "system": asked(messages=[{"role": "system", "content": planted}, user]),
        "the same text": asked(messages=[{"role": "user", "content": f"{TEXT} {planted}"}]),
        "before the value": asked(messages=[{"role": "user", "content": f"{planted} {TEXT}"}]),
        "a part": asked(messages=[{"role": "user", "content": [{"type": "text", "text": f"{planted} {TEXT}"}]}]),
        "assistant": asked(
            messages=[user, {"role": "assistant", "content": planted}, {"role": "user", "content": "Go on."}]
        ),
        "tool result": asked(messages=[user, *calls, {"role": "tool", "tool_call_id": "call_1", "content": planted}]),
        "tool arguments": asked(messages=[user, *calls, {"role": "tool", "tool_call_id": "call_1", "content": "ok"}]),
        "a tool's description": asked(tools=[tool]),
        "a name": asked(messages=[{"role": "user", "name": planted.strip("<>"), "content": TEXT}]),
        "a schema": asked(response_format=schema),
        "metadata": asked(metadata={"note": planted}),
        "metadata key": asked(metadata={planted.strip("<>"): "x"}),
        "user": asked(user=planted.strip("<>")),
        "stop": asked(stop=[planted]),
        "a field of tomorrow": asked(tomorrow={"deep": [planted]}),
        "upper case": asked(messages=[{"role": "user", "content": f"{TEXT} {planted.upper()}"}]),
        "escaped": asked(messages=[{"role": "user", "content": f"{TEXT} &lt;{planted.strip('<>')}&gt;"}]),
        "apart": asked(messages=[{"role": "user", "content": f"{TEXT} {' '.join(planted)}"}]),
    }


def whole(text: str) -> dict[str, Any]:
    """Return an answer with `text` in every place that is restored."""
    tokens = [{"token": text, "logprob": -0.1, "bytes": list(text.encode()), "top_logprobs": []}]
    arguments = json.dumps({"to": text})
    message = {
        "role": "assistant",
        "content": text,
        "refusal": text,
        "reasoning_content": text,
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "send", "arguments": arguments}}],
        "annotations": [{"type": "url_citation", "url_citation": {"title": text, "url": "https://a.example"}}],
        "tomorrow": {"text": text},
    }
    logprobs = {"content": tokens, "refusal": tokens}
    choices = [{"index": n, "finish_reason": "stop", "message": message, "logprobs": logprobs} for n in (0, 1)]
    return {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": choices}


def chunks(text: str) -> list[bytes]:
    """Return the same as a stream whose pieces cut every text in two."""
    half = len(text) // 2
    arguments = json.dumps({"to": text})
    names = ("content", "refusal", "reasoning_content")
    lines: list[list[tuple[dict[str, Any], str]]] = [
        [({name: piece}, piece) for piece in (text[:half], text[half:])] for name in names
    ]
    calls = [{"index": 0, "id": "c", "type": "function", "function": {"name": "send", "arguments": arguments[:20]}}]
    calls += [{"index": 0, "function": {"arguments": arguments[20:]}}]
    lines.append([({"tool_calls": [call]}, "") for call in calls])
    events: list[dict[str, Any]] = []
    for delta, piece in [part for line in lines for part in line]:
        tokens = [{"token": piece, "logprob": -0.1, "bytes": list(piece.encode()), "top_logprobs": []}]
        logprobs = {"content": tokens} if "content" in delta else None
        for index in (0, 1):
            choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}
            events.append({"object": "chat.completion.chunk", "choices": [choice]})
    events += [{"choices": [{"index": index, "delta": {}, "finish_reason": "stop"}]} for index in (0, 1)]
    return [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events] + [b"data: [DONE]\n\n"]


def texts(body: str) -> str:
    """Return every string of an answer, those of one place of a stream joined."""
    joined: dict[str, str] = {}

    def walk(value: Any, place: str) -> None:
        if isinstance(value, dict):
            for key, child in value.items():
                walk(child, f"{place}/{key}/{value.get('index', '')}")
        elif isinstance(value, list):
            if value and all(isinstance(item, int) for item in value):
                joined[place] = joined.get(place, "") + bytes(value).decode("utf-8", "replace")
            for child in value:
                walk(child, place)
        elif isinstance(value, str):
            joined[place] = joined.get(place, "") + value

    for line in body.splitlines():
        if line.startswith("data: {"):
            walk(json.loads(line[6:]), "")
    if not joined:
        walk(json.loads(body), "")
    return "\n".join(joined.values())


def repeating(text_of: Any) -> Any:
    """Return a handler whose answer holds `text_of(what it was sent)` everywhere."""

    async def handle(request: Request) -> Response:
        body = await request.body()
        text = text_of(body.decode())
        if json.loads(body).get("stream"):

            async def events() -> Any:
                for chunk in chunks(text):
                    yield chunk

            return StreamingResponse(events(), media_type="text/event-stream")
        return JSONResponse(whole(text))

    return handle


@pytest.mark.parametrize("stream", [False, True])
async def test_a_surrogate_planted_anywhere_is_restored_nowhere(tmp_path: Path, real: Engine, stream: bool) -> None:  # noqa: FBT001
    known: list[str] = []

    def planted(_body: str) -> str:
        return known[0] if known else "nothing"

    fleet = {"cloud": Scripted("cloud", repeating(planted)), "local": Scripted("local", repeating(planted))}
    async with world(tmp_path, real, fleet) as w:
        await w.app.post(PATH, json=asked(), headers=CONVERSATION)
        known.append(SURROGATE.findall(w.received("cloud").decode())[0])
        control = await w.app.post(PATH, json=asked(stream=stream), headers=CONVERSATION)
        places = texts(control.text).count(VALUE)
        assert places >= (14 if not stream else 8), places  # not planted, it is restored everywhere
        for name, body in positions(known[0]).items():
            response = await w.app.post(PATH, json=body | {"stream": stream}, headers=CONVERSATION)
            assert response.status_code == 200, name
            assert VALUE not in texts(response.text), name


@pytest.mark.parametrize("stream", [False, True])
async def test_the_value_itself_still_comes_back_beside_a_planted_surrogate(
    tmp_path: Path,
    real: Engine,
    stream: bool,  # noqa: FBT001
) -> None:
    known: list[str] = []

    def minted(body: str) -> str:
        return next((word for word in SURROGATE.findall(body) if word not in known), "nothing")

    async with world(tmp_path, real, {"cloud": Scripted("cloud", repeating(minted))}) as w:
        await w.app.post(PATH, json=asked(), headers=CONVERSATION)
        known.append(SURROGATE.findall(w.received("cloud").decode())[0])
        body = asked(messages=[{"role": "user", "content": f"{known[0]} {TEXT}"}], stream=stream)
        response = await w.app.post(PATH, json=body, headers=CONVERSATION)
        assert VALUE in texts(response.text)


async def test_another_tenants_or_conversations_surrogate_is_restored_nowhere(tmp_path: Path, real: Engine) -> None:
    known: list[str] = []
    fleet = {"cloud": Scripted("cloud", repeating(lambda _body: known[0] if known else "nothing"))}
    async with world(tmp_path, real, fleet) as w:
        await w.app.post(PATH, json=asked(), headers=CONVERSATION)
        known.append(SURROGATE.findall(w.received("cloud").decode())[0])
        response = await w.app.post(PATH, json=asked(), headers={"x-privacy-conversation": "two"})
        assert VALUE not in texts(response.text)
        assert known[0] in texts(response.text)


class Odd:
    """Finds one value that holds everything JSON must escape."""

    name = "odd"
    entity_types = frozenset({"PERSON"})
    value = 'Zo\u00eb "Zed"\n\\N\u00fa\u00f1ez\t\U0001f9d1\u2028</script>'

    def analyze(self, segments: Any) -> list[Finding]:
        return [
            Finding(segment.path, "PERSON", at, at + len(self.value), 0.9, self.name)
            for segment in segments
            if isinstance(segment, Segment) and (at := segment.text.find(self.value)) >= 0
        ]


async def test_a_value_full_of_quotes_keeps_streamed_arguments_valid_json_at_every_split(tmp_path: Path) -> None:
    said: dict[str, Any] = {"model": "gpt-4o", "stream": True}
    said["messages"] = [{"role": "user", "content": f"Mail {Odd.value} please"}]
    cut = 0

    def arguments_of(body: bytes) -> str:
        surrogate = re.search(r"<PERSON_[a-z0-9]{11}>", json.loads(body)["messages"][0]["content"])
        assert surrogate
        return json.dumps({"to": surrogate[0], "note": f"to {surrogate[0]}.", "n": 1})

    async def handle(request: Request) -> Response:
        arguments = arguments_of(await request.body())

        async def events() -> Any:
            for piece in (arguments[:cut], arguments[cut:]):
                call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": piece}}
                chunk = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}]}
                yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
            yield b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'

        return StreamingResponse(events(), media_type="text/event-stream")

    async with world(tmp_path, engine(recognizers=[Odd()]), {"cloud": Scripted("cloud", handle)}) as w:
        while True:
            response = await w.app.post(PATH, json=said)
            events = [json.loads(line[6:]) for line in response.text.split("\n") if line.startswith("data: {")]
            deltas = [choice["delta"] for event in events for choice in event["choices"]]
            calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
            arguments = json.loads("".join(call["function"]["arguments"] for call in calls))
            assert arguments == {"to": Odd.value, "note": f"to {Odd.value}.", "n": 1}, cut
            if cut > len(arguments_of(w.upstreams["cloud"].received[-1])):
                break
            cut += 1
        assert Odd.value.encode() not in w.received("cloud")
