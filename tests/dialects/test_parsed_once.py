"""An answer that was parsed already is treated as one that was not, by every dialect."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.protocols import Dialect
from gateway.dialects.registry import DIALECTS
from tests.fakes.restorers import FakeRestorers

RESTORERS: Final = FakeRestorers({"<PERSON_1>": "Jane Roe"})
NOTHING: Final = FakeRestorers({})
WORDS = st.sampled_from(["<PERSON_1>", "Hello <PERSON_1>!", '{"to": "<PERSON_1>"}', "message", "", "\ud83d"])
KEYS = st.sampled_from(
    ["choices", "message", "content", "text", "arguments", "signature", "type", "<PERSON_1>", "usage"]
)
LEAVES = WORDS | st.none() | st.booleans() | st.integers(-5, 2**60) | st.floats()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=15)
COUNTS = st.dictionaries(
    st.sampled_from(["prompt_tokens", "completion_tokens", "input_tokens", "output_tokens"]), st.integers(-1, 2**60)
)
ANSWERS = st.builds(
    lambda members, usage, error: {**members, **usage, **error},
    st.dictionaries(KEYS, VALUES),
    st.just({}) | COUNTS.map(lambda counts: {"usage": counts}),
    st.just({}) | st.sampled_from([{"error": {"message": "<PERSON_1>"}}, {"error": "<PERSON_1>"}, {"error": None}]),
)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
@settings(max_examples=12)  # of each of 45 dialects
@given(answer=ANSWERS, empty=st.booleans(), ascii_only=st.booleans())
def test_an_answer_parsed_before_is_restored_and_counted_alike(
    dialect: Dialect, answer: dict[str, Any], *, empty: bool, ascii_only: bool
) -> None:
    body = json.dumps(answer, ensure_ascii=ascii_only).encode("utf-8", "replace")
    restorers = NOTHING if empty else RESTORERS

    def value() -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(body)
        return parsed

    assert dialect.usage(body, value()) == dialect.usage(body)
    assert dialect.signed(body, value()) == dialect.signed(body)
    assert dialect.restore(body, restorers, value()) == dialect.restore(body, restorers)
