"""Image generation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.errors import InvalidRequest
from gateway.core.protocols import Dialect
from gateway.dialects.openai_images import OpenAIImages
from tests.dialects.streaming import RESTORERS, run, typed, values_of

IMAGES = OpenAIImages()


def read(**members: Any) -> Any:
    return IMAGES.read(json.dumps(members).encode())


def test_it_is_a_dialect() -> None:
    assert isinstance(IMAGES, Dialect)
    assert (IMAGES.name, IMAGES.endpoint) == ("openai_images", "/v1/images/generations")
    assert IMAGES.streams(read(prompt="x", stream=True))


@pytest.mark.parametrize(
    ("members", "message"), [({}, "`/prompt` is missing"), ({"prompt": ["x"]}, "`/prompt`: expected a string")]
)
def test_a_wrong_type_is_refused_and_its_place_named(members: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read(**members)


def test_the_prompt_is_seen_and_the_apis_words_are_not() -> None:
    document = read(prompt="Jane Roe on a horse", size="1024x1024", quality="hd", style="Jane", n=2)
    assert [(s.path, s.text) for s in IMAGES.segments(document)] == [
        ("/prompt", "Jane Roe on a horse"),
        ("/style", "Jane"),
    ]
    assert IMAGES.anchor(document) == "Jane Roe on a horse"


def test_the_revised_prompt_is_restored_and_the_picture_is_not_touched() -> None:
    answer = {"created": 1, "data": [{"b64_json": "<PERSON_1>", "revised_prompt": "<PERSON_1> on a horse"}]}
    (picture,) = json.loads(IMAGES.restore(json.dumps(answer).encode(), RESTORERS))["data"]
    assert picture == {"b64_json": "<PERSON_1>", "revised_prompt": 'Jane "JJ" Roe on a horse'}
    event = {
        "type": "image_generation.completed",
        "b64_json": "<PERSON_1>",
        "usage": {"input_tokens": 3, "output_tokens": 9},
    }
    restorer = IMAGES.stream(RESTORERS)
    assert restorer.feed(typed(event)) == typed(event)
    assert restorer.usage == {"input": 3, "output": 9}
    (error,) = values_of(run(IMAGES, b'data: {"error": {"message": "Jane"}}\n\n', []))
    assert error["error"]["code"] == "upstream_failed"
