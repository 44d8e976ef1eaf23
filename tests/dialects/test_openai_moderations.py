"""Moderations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.errors import InvalidRequest
from gateway.core.protocols import Dialect
from gateway.dialects.openai_moderations import OpenAIModerations
from tests.dialects.streaming import RESTORERS

MODERATIONS = OpenAIModerations()


def read(**members: Any) -> Any:
    return MODERATIONS.read(json.dumps(members).encode())


def test_it_is_a_dialect() -> None:
    assert isinstance(MODERATIONS, Dialect)
    assert (MODERATIONS.name, MODERATIONS.endpoint) == ("openai_moderations", "/v1/moderations")
    assert not MODERATIONS.streams(read(input="x", stream=True))


def test_a_body_without_input_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="`/input` is missing"):
        read(model="m")


def test_texts_and_images_are_seen() -> None:
    parts = [{"type": "text", "text": "Jane"}, {"type": "image_url", "image_url": {"url": "https://x.example/?q=Roe"}}]
    found = [(segment.path, segment.text) for segment in MODERATIONS.segments(read(input=parts))]
    assert found == [
        ("/input/0/text", "Jane"),
        ("/input/1/image_url/url", "https://x.example/?q=Roe"),
        ("/input/1/image_url/url@", "remote"),
    ]


def test_each_input_is_its_own_anchor() -> None:
    assert MODERATIONS.anchor(read(input=["a", "b"])) == MODERATIONS.anchor(read(input=["a", "b"], model="m"))
    assert MODERATIONS.anchor(read(input="a")) != MODERATIONS.anchor(read(input="b"))


def test_an_answer_without_text_keeps_its_bytes() -> None:
    raw = b'{"id": "modr-<PERSON_1>", "results": [{"flagged": false, "categories": {"violence": false}}]}'
    assert MODERATIONS.restore(raw, RESTORERS) == raw
