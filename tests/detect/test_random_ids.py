"""Random ids say nothing of what a request is about."""

import json
import random
from uuid import UUID

import pytest

from gateway.core.model import Principal, Sensitivity
from gateway.detect.random_ids import is_random_id
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.loadout import build_engine
from gateway.pipeline import Engine, Request, plan
from gateway.settings import load
from tests.fakes.engines import FLEET


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return build_engine(load(None, environment={}))


CALL = "call_J5kX2mQ8vZ1pL0nR7tY3wB6c"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/input/1/id", "fc_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b"),
        ("/input/1/call_id", CALL),
        ("/messages/1/tool_calls/0/id", "chatcmpl-tool-9f0c2b7e4d1a4c58a1b2c3d4e5f60718"),
        ("/messages/2/tool_call_id", CALL),
        ("/previous_response_id", "resp_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b"),
        ("/messages/2/content/0/tool_use_id", "toolu_01A09q90qw90lq917835lq9"),
        ("/safety_identifier", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("/prompt_cache_key", "0b9f3c52-7d1e-4a86-9c40-5e2f8d7a6b13"),
        ("/messages/2/content/0/tool_use_id", "toolu_bdrk_01A09q90qw90lq917835lq9"),
    ],
)
def test_an_id_that_says_nothing_is_known(path: str, text: str) -> None:
    assert is_random_id(path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/input/1/output", CALL),
        ("/input/1/call_id", "call_1"),
        ("/input/1/call_id", "call_my patient has diabetes 123"),
        ("/input/1/call_id", "call_my-patient-has-diabetes-1-2-3"),
        ("/input/1/call_id", "call_mypatienthasdiabetes"),
        ("/input/1/id", "acme_68af4030592c81938ec0a5fbab4a3e9f"),
        ("/input/1/id", f"{CALL}\n"),
        ("/input/1/paid", CALL),
        ("/safety_identifier", "my-patient-has-diabetes"),
        ("/prompt_cache_key", "the board will acquire a competitor"),
        ("/input", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ],
)
def test_what_may_say_something_is_read(path: str, text: str) -> None:
    assert not is_random_id(path, text)


@pytest.mark.parametrize("seed", range(12))
def test_ids_of_calls_do_not_change_what_a_turn_with_tools_is_about(shipped: Engine, seed: int) -> None:
    draw = random.Random(seed)
    item, call = "".join(draw.choices("0123456789abcdef", k=48)), "".join(draw.choices("abXY0123456789", k=24))
    turn = [
        {"role": "user", "content": "Weather in Oslo?"},
        {"type": "function_call", "id": f"fc_{item}", "call_id": f"call_{call}", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": f"call_{call}", "output": "4 degrees"},
    ]
    body = json.dumps({"model": "m", "input": turn}).encode()
    judged = plan(Request(OpenAIResponses(), body, Principal("a", "default")), shipped, FLEET)
    assert judged.classification.sensitivity is Sensitivity.LOW


@pytest.mark.parametrize("seed", range(12))
def test_keys_of_caches_and_hashes_of_users_do_not_change_what_a_request_is_about(shipped: Engine, seed: int) -> None:
    draw = random.Random(seed)
    more = {
        "safety_identifier": f"{draw.getrandbits(256):064x}",
        "prompt_cache_key": str(UUID(int=draw.getrandbits(128))),
    }
    body = json.dumps({"model": "m", "input": "Explain rainbows.", **more}).encode()
    judged = plan(Request(OpenAIResponses(), body, Principal("a", "default")), shipped, FLEET)
    assert judged.classification.sensitivity is Sensitivity.LOW
