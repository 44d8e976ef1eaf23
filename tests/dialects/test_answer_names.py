"""Keys of an answer: the API's own names are not looked through, every other key is."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.base import JsonDialect
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_completions import OpenAICompletions
from gateway.dialects.openai_responses import OpenAIResponses
from tests.fakes.restorers import FakeRestorers


class Asked(FakeRestorers):
    """Remembers which texts it was asked to restore."""

    def __init__(self) -> None:
        super().__init__({"<PERSON_1>": "Jane Roe"})
        self.texts: list[str] = []

    def text(self, value: str) -> str:
        self.texts.append(value)
        return super().text(value)

    def tool(self, name: str) -> Asked:
        return self


COUNTS: Final = {"prompt_tokens": 25, "completion_tokens": 3, "total_tokens": 28}
CHAT: Final = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {
        **COUNTS,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "accepted_prediction_tokens": 0},
    },
    "service_tier": "default",
    "system_fingerprint": "fp",
}
COMPLETION: Final = {
    "id": "cmpl-1",
    "object": "text_completion",
    "created": 1,
    "model": "m",
    "choices": [{"text": "Hello", "index": 0, "logprobs": None, "finish_reason": "stop"}],
    "usage": COUNTS,
}
RESPONSE: Final = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "max_output_tokens": None,
    "model": "m",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}],
        }
    ],
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "store": True,
    "temperature": 1.0,
    "top_p": 1.0,
    "tools": [],
    "tool_choice": {"type": "none", "mode": "none"},
    "usage": {
        "input_tokens": 5,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 1,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 6,
    },
    "metadata": {},
}
MESSAGE: Final = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "Hello", "citations": None}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 5, "output_tokens": 1, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0},
}
ANSWERS: Final = [
    (OpenAIChat(), CHAT),
    (OpenAICompletions(), COMPLETION),
    (OpenAIResponses(), RESPONSE),
    (AnthropicMessages(), MESSAGE),
]


@pytest.mark.parametrize(("dialect", "answer"), ANSWERS)
def test_of_an_ordinary_answer_only_its_text_is_looked_through(dialect: JsonDialect, answer: dict[str, Any]) -> None:
    asked = Asked()
    dialect.restore(json.dumps(answer).encode(), asked)
    assert set(asked.texts) <= {"Hello", "none"}
    assert "Hello" in asked.texts


@pytest.mark.parametrize(("dialect", "answer"), ANSWERS)
def test_a_key_that_the_api_does_not_know_is_looked_through_and_restored(
    dialect: JsonDialect, answer: dict[str, Any]
) -> None:
    asked = Asked()
    spread = {"sk-proj-a8Qz": {"<PERSON_1>": 1, "Usage": [{"index ": 2}]}}
    out = json.loads(dialect.restore(json.dumps({**answer, **spread}).encode(), asked))
    assert out["sk-proj-a8Qz"] == {"Jane Roe": 1, "Usage": [{"index ": 2}]}
    assert {"sk-proj-a8Qz", "<PERSON_1>", "Usage", "index "} <= set(asked.texts)
