"""Headers that switch features on reach the upstream as words of the gateway's own, and nothing else does."""

from pathlib import Path
from typing import Any

import pytest

from gateway.server.features import FEATURES, features
from tests.fakes.engines import chat, engine
from tests.fakes.world import Scripted, answers, world

SECRET = "martha@nordhavn-clinic.com"
THINKING = "interleaved-thinking-2025-05-14"


def test_known_words_are_written_once_and_in_the_tables_order() -> None:
    sent = {"anthropic-beta": [f"{THINKING}, files-api-2025-04-14,{THINKING}", "context-1m-2025-08-07"]}
    written, dropped = features(sent, "anthropic")
    assert written == {"anthropic-beta": f"context-1m-2025-08-07,files-api-2025-04-14,{THINKING}"}
    assert dropped == []


@pytest.mark.parametrize(
    "value",
    [SECRET, f"{THINKING}-{SECRET}", f"{THINKING};{SECRET}", THINKING.upper(), "", "martha-okafor-2025-05-14", "х" * 9],
)
def test_an_unknown_word_is_left_out_and_the_header_is_named(value: str) -> None:
    for name, family in (("anthropic-beta", "anthropic"), ("openai-beta", "openai")):
        known = min(FEATURES[name])
        written, dropped = features({name: [f"{known},{value}"]}, family)
        assert written == {name: known}
        assert dropped == [name]


def test_a_header_of_another_api_is_left_out() -> None:
    assert features({"openai-beta": ["responses=v1"]}, "anthropic") == ({}, ["openai-beta"])


def test_accounts_of_the_client_are_left_out() -> None:
    sent = {"openai-organization": ["org-1"], "openai-project": ["p"], "anthropic-version": ["2024-01-01"]}
    assert features(sent, "openai") == ({}, ["openai-organization", "openai-project", "anthropic-version"])
    assert features({"anthropic-version": ["2023-06-01"]}, "anthropic") == ({}, [])


async def test_over_sockets_the_upstream_gets_them_and_the_client_is_told(tmp_path: Path) -> None:
    cloud: Any = Scripted("cloud", answers(200, {"choices": []}))
    async with world(tmp_path, engine(), {"cloud": cloud}) as w:
        headers = {"openai-beta": f"responses=v1,{SECRET}", "openai-organization": SECRET}
        response = await w.app.post("/v1/chat/completions", content=chat("Hello"), headers=headers)
    assert cloud.headers[-1]["openai-beta"] == "responses=v1"
    assert SECRET not in str(cloud.headers)
    assert response.headers["x-privacy-dropped-headers"] == "openai-organization, openai-beta"
