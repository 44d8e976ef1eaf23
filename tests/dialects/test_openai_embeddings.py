"""Embeddings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.errors import InvalidRequest
from gateway.core.model import SegmentKind
from gateway.core.protocols import Dialect
from gateway.dialects.openai_embeddings import OpenAIEmbeddings
from tests.dialects.streaming import RESTORERS, run, values_of

EMBEDDINGS = OpenAIEmbeddings()


def read(**members: Any) -> Any:
    return EMBEDDINGS.read(json.dumps({"model": "m", **members}).encode())


def test_it_is_a_dialect() -> None:
    assert isinstance(EMBEDDINGS, Dialect)
    assert (EMBEDDINGS.name, EMBEDDINGS.endpoint) == ("openai_embeddings", "/v1/embeddings")
    assert not EMBEDDINGS.streams(read(input="x", stream=True))


@pytest.mark.parametrize(
    ("members", "message"), [({}, "`/input` is missing"), ({"input": 5}, "`/input`: expected a string or an array.")]
)
def test_a_wrong_type_is_refused_and_its_place_named(members: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read(**members)


def test_every_text_is_a_segment_and_may_be_replaced() -> None:
    document = read(input=["Jane", "Roe"], encoding_format="base64")
    assert [(s.path, s.text) for s in EMBEDDINGS.segments(document)] == [
        ("/model", "m"),
        ("/input/0", "Jane"),
        ("/input/1", "Roe"),
    ]
    assert json.loads(EMBEDDINGS.edit(document, {"/input/1": "<P>"}, None))["input"] == ["Jane", "<P>"]


@pytest.mark.parametrize("tokens", [[1], [1, 2], [[1], [2, 3]], [100_000, 200_000]])
def test_token_ids_are_opaque(tokens: Any) -> None:
    assert any(segment.text == "tokens" for segment in EMBEDDINGS.segments(read(input=tokens)))


def test_numbers_that_spell_a_text_are_read_as_one() -> None:
    found = EMBEDDINGS.segments(read(input=[[ord(letter) for letter in "Jane Roe"]]))
    assert "Jane Roe" in [segment.text for segment in found]


def test_a_value_has_one_surrogate_in_all_documents_and_queries() -> None:
    assert EMBEDDINGS.anchor(read(input="a document")) == EMBEDDINGS.anchor(read(input="a query"))


def test_the_answer_is_passed_as_it_is() -> None:
    raw = b'{"data": [{"embedding": "<PERSON_1>"}], "usage": {"prompt_tokens": 3}}'
    assert EMBEDDINGS.restore(raw, RESTORERS) is raw
    assert EMBEDDINGS.usage(raw) == {"input": 3}


def test_events_of_an_unexpected_stream_are_each_restored_and_errors_replaced() -> None:
    stream = b'data: {"text": "<PERSON_12>", "usage": {"prompt_tokens": 3}}\n\ndata: {"error": {"message": "x"}}\n\ndata: [DONE]\n\n'
    first, error = values_of(run(EMBEDDINGS, stream, []))
    assert first["text"] == "Ann\nLee"
    assert error["error"]["code"] == "upstream_failed"
    restorer = EMBEDDINGS.stream(RESTORERS)
    restorer.feed(stream)
    assert restorer.usage == {"input": 3}


@pytest.mark.parametrize("odd", [None, True, "", "x", [7]])
def test_one_item_that_is_no_number_made_an_array_of_tokens_pass_for_readable(odd: object) -> None:
    body = json.dumps({"model": "m", "input": [9125, 23116, odd]}).encode()
    dialect = OpenAIEmbeddings()
    assert any(segment.kind is SegmentKind.OPAQUE for segment in dialect.segments(dialect.read(body)))
