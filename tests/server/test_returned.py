"""Thinking signatures and encrypted reasoning may go back to the very upstream that made them, and nowhere else."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.engines import POLICY, engine
from tests.fakes.world import Scripted, World, answers, streams, world

ALLOWED = POLICY.replace(
    "  transform:\n", "    - {level: low, name: returned, entities: [UNINSPECTABLE_RETURNED]}\n  transform:\n"
)
SPEAKS = {name: {"dialects": ["openai", "anthropic"]} for name in ("cloud", "cloud-2", "local")}
USER = {"role": "user", "content": "How warm is the sea?"}


def item(name: str) -> str:
    return base64.b64encode(hashlib.sha512(name.encode()).digest() * 3).decode()


SIGNATURE, REDACTED, ENCRYPTED = item("signature"), item("redacted"), item("encrypted")
BLOCKS: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "Let me see.", "signature": SIGNATURE},
    {"type": "redacted_thinking", "data": REDACTED},
    {"type": "tool_use", "id": "toolu_1", "name": "measure", "input": {}},
]
TOOL_RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "17"}]}
MESSAGE = {"id": "m", "type": "message", "role": "assistant", "content": BLOCKS, "usage": {"input_tokens": 1}}


def sse(*events: dict[str, Any]) -> bytes:
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


MESSAGE_EVENTS = sse(
    {"type": "message_start", "message": {**MESSAGE, "content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Let me see."}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": SIGNATURE}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": BLOCKS[1]},
    {"type": "content_block_stop", "index": 1},
    {"type": "message_stop"},
)


def messages(*turns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "claude", "max_tokens": 10, "messages": [USER, *turns], **more}


SECOND = messages({"role": "assistant", "content": BLOCKS}, TOOL_RESULT)


def fleet(pieces: list[bytes] | None = None) -> dict[str, Any]:
    handler = answers(200, MESSAGE) if pieces is None else streams(pieces)
    return {name: Scripted(name, handler) for name in ("cloud", "cloud-2", "local")}


async def ask(w: World, body: dict[str, Any], path: str = "/v1/messages", **headers: str) -> str:
    """Send and return the zone that answered."""
    response = await w.app.post(
        path, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
    return str(response.headers.get("x-privacy-zone", "none"))


@pytest.mark.parametrize("streamed", [False, True])
async def test_claude_s_thinking_comes_back_to_who_thought_it_byte_for_byte(tmp_path: Path, streamed: bool) -> None:  # noqa: FBT001
    upstreams = fleet([MESSAGE_EVENTS] if streamed else None)
    async with world(tmp_path, engine(ALLOWED), upstreams, more=SPEAKS) as w:
        assert await ask(w, messages(stream=streamed)) == "cloud"
        assert await ask(w, SECOND) == "cloud"
        assert json.loads(w.upstreams["cloud"].received[-1]) == SECOND


async def test_a_stream_s_items_are_known_wherever_its_bytes_were_cut(tmp_path: Path) -> None:
    cuts = range(0, len(MESSAGE_EVENTS), 97)
    async with world(tmp_path, engine(ALLOWED), fleet([MESSAGE_EVENTS[at : at + 97] for at in cuts]), more=SPEAKS) as w:
        await ask(w, messages(stream=True))
        assert await ask(w, SECOND) == "cloud"


async def test_encrypted_reasoning_of_a_response_comes_back(tmp_path: Path) -> None:
    reasoning = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": ENCRYPTED}
    fleet_ = {name: Scripted(name, answers(200, {"output": [reasoning]})) for name in ("cloud", "local")}
    first = {"model": "o", "input": [USER], "store": False, "include": ["reasoning.encrypted_content"]}
    async with world(tmp_path, engine(ALLOWED), fleet_) as w:
        assert await ask(w, first, "/v1/responses") == "cloud"
        second = {**first, "input": [USER, reasoning, {"role": "user", "content": "And in winter?"}]}
        assert await ask(w, second, "/v1/responses") == "cloud"
        forged = {**second, "input": [USER, {**reasoning, "encrypted_content": item("forged")}]}
        assert await ask(w, forged, "/v1/responses") == "local"


def changed(**members: Any) -> dict[str, Any]:
    return messages({"role": "assistant", "content": [{**BLOCKS[0], **members}, *BLOCKS[1:]]}, TOOL_RESULT)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (changed(signature=item("made up")), {}),
        (changed(signature=SIGNATURE[:-4]), {}),
        (changed(signature=SIGNATURE + SIGNATURE), {}),
        (changed(signature=SIGNATURE.swapcase()), {}),
        (changed(signature=json.dumps([SIGNATURE])), {}),
        ({**SECOND, "messages": [{**USER, "content": "Another beginning."}, *SECOND["messages"][1:]]}, {}),
        (SECOND, {"x_privacy_conversation": "another"}),
        (
            messages({"role": "user", "content": [{"type": "image", "source": {"type": "base64", "data": SIGNATURE}}]}),
            {},
        ),
    ],
    ids=["made up", "cut", "joined", "case", "in JSON", "another anchor", "another conversation", "no signature"],
)
async def test_an_item_that_is_not_known_stays_at_home(tmp_path: Path, body: Any, headers: dict[str, str]) -> None:
    async with world(tmp_path, engine(ALLOWED), fleet(), more=SPEAKS) as w:
        await ask(w, messages())
        assert await ask(w, SECOND) == "cloud"
        sent = len(w.upstreams["cloud"].received)
        assert await ask(w, body, **headers) == "local"
        assert len(w.upstreams["cloud"].received) == sent


async def test_an_item_of_one_upstream_goes_to_no_other_in_its_place(tmp_path: Path) -> None:
    async with world(tmp_path, engine(ALLOWED), fleet(), more=SPEAKS) as w:
        await ask(w, messages())
        w.gateway.upstreams = tuple(one for one in w.gateway.upstreams if one.name != "cloud")
        assert await ask(w, SECOND) == "local"
        assert w.received("cloud-2") == b""


async def test_an_item_of_an_address_that_changed_hands_is_not_known(tmp_path: Path) -> None:
    async with world(tmp_path, engine(ALLOWED), fleet(), more=SPEAKS) as w:
        await ask(w, messages())
        cloud, other, local = w.gateway.upstreams
        w.gateway.upstreams = (
            type(cloud)(cloud.name, cloud.zone, cloud.clearance, other.base_url, dialects=cloud.dialects),
            local,
        )
        assert await ask(w, SECOND) == "local"
        assert w.received("cloud-2") == b""


async def test_a_policy_that_does_not_allow_it_keeps_even_known_items_at_home(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), fleet(), more=SPEAKS) as w:
        assert await ask(w, messages()) == "cloud"
        assert await ask(w, SECOND) == "local"


async def test_what_a_known_item_s_block_says_is_judged_all_the_same(tmp_path: Path) -> None:
    async with world(tmp_path, engine(ALLOWED), fleet(), more=SPEAKS) as w:
        await ask(w, messages())
        assert await ask(w, changed(thinking="Their SSN is 536-22-8741.")) == "local"


async def test_a_known_item_opens_no_way_for_one_that_is_not(tmp_path: Path) -> None:
    both = messages(
        {"role": "assistant", "content": [*BLOCKS, {**BLOCKS[0], "signature": item("forged")}]}, TOOL_RESULT
    )
    async with world(tmp_path, engine(ALLOWED), fleet(), more=SPEAKS) as w:
        await ask(w, messages())
        assert await ask(w, both) == "local"
