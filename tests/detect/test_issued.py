"""Ids that model servers gave say nothing of what a request is about."""

import json
import random

import pytest

from gateway.core.model import Principal, Sensitivity
from gateway.detect.issued import is_issued_id
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
        ("/messages/2/content/0/tool_use_id", "toolu_bdrk_01A09q90qw90lq917835lq9"),
    ],
)
def test_an_id_that_a_model_server_gave_is_known(path: str, text: str) -> None:
    assert is_issued_id(path, text)


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
    ],
)
def test_what_may_say_something_is_read(path: str, text: str) -> None:
    assert not is_issued_id(path, text)


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
