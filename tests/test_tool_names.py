"""Names of tools leave as they came, with what ships, and whoever is named elsewhere is found as before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.model import Segment, Zone
from gateway.core.protocols import Dialect
from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine
from gateway.pipeline import Engine, Plan, Request, plan

_NAMES = """
    Agent Bash BashOutput Edit ExitPlanMode Glob Grep KillShell LS MultiEdit Read Skill Task TodoWrite WebFetch WebSearch
    apply_patch browser_navigate calculator fetch_url final_answer get_stock_price get_weather grep list_files
    mcp__github__create_issue read_file run_report search_web str_replace_editor web_search write_file
"""
NAMES = _NAMES.split()
SAID = "Write to martha.olsen@nordhavn-clinic.com, please."


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return replace(load_engine(None), memory=None)


def chat(names: list[str]) -> tuple[Dialect, dict[str, Any]]:
    calls = [
        {"id": f"c{n}", "type": "function", "function": {"name": x, "arguments": "{}"}} for n, x in enumerate(names)
    ]
    tools = [{"type": "function", "function": {"name": x, "parameters": {"type": "object"}}} for x in names]
    messages = [{"role": "user", "content": SAID}, {"role": "assistant", "content": None, "tool_calls": calls}]
    chosen = {"type": "function", "function": {"name": names[0]}}
    return OpenAIChat(), {"model": "m", "messages": messages, "tools": tools, "tool_choice": chosen}


def anthropic(names: list[str]) -> tuple[Dialect, dict[str, Any]]:
    uses = [{"type": "tool_use", "id": f"c{n}", "name": x, "input": {}} for n, x in enumerate(names)]
    tools = [{"name": x, "input_schema": {"type": "object"}} for x in names]
    messages = [{"role": "user", "content": SAID}, {"role": "assistant", "content": uses}]
    chosen = {"type": "tool", "name": names[0]}
    return AnthropicMessages(), {
        "model": "m",
        "max_tokens": 9,
        "messages": messages,
        "tools": tools,
        "tool_choice": chosen,
    }


def responses(names: list[str]) -> tuple[Dialect, dict[str, Any]]:
    calls = [{"type": "function_call", "call_id": f"c{n}", "name": x, "arguments": "{}"} for n, x in enumerate(names)]
    tools = [{"type": "function", "name": x, "parameters": {"type": "object"}} for x in names]
    said = {"role": "user", "content": SAID}
    return OpenAIResponses(), {"model": "m", "input": [said, *calls], "tools": tools}


Maker = Callable[[list[str]], tuple[Dialect, dict[str, Any]]]


def planned(made: tuple[Dialect, dict[str, Any]], engine: Engine) -> tuple[Plan, list[Segment]]:
    dialect, value = made
    sent = json.dumps(value).encode()
    return plan(Request(dialect, sent), engine, imaginary_upstreams(dialect.family)), [
        *dialect.segments(dialect.read(sent))
    ]


@pytest.mark.parametrize("make", [chat, anthropic, responses])
def test_tools_of_agents_were_taken_for_persons_and_apis_refused_what_they_were_called_then(
    make: Maker, shipped: Engine
) -> None:
    made, segments = planned(make(NAMES), shipped)
    assert made.transformation.counts == {"EMAIL_ADDRESS": ("tokenize", 1)}
    names = {segment.path: segment for segment in segments if segment.text in NAMES}
    assert len(names) >= 2 * len(NAMES)
    assert {segment.context[-1] for segment in names.values()} == {"tool"}
    assert not [finding for finding in made.classification.findings if finding.path in names]


@pytest.mark.parametrize("make", [chat, anthropic, responses])
@pytest.mark.parametrize("name", ["Martha", "Martha Olsen", "536-22-8741"])
def test_who_is_hidden_in_a_tools_name_is_found(make: Maker, name: str, shipped: Engine) -> None:
    made, segments = planned(make([name]), shipped)
    paths = {segment.path for segment in segments if segment.text == name}
    assert [finding for finding in made.classification.findings if finding.path in paths and finding.score >= 0.5]
    if made.first is not None and made.first.upstream.zone is not Zone.LOCAL:
        assert name.encode() not in made.first.body


def test_in_the_applications_own_json_a_name_is_a_name() -> None:
    dialect, value = chat(["Bash"])
    held = {"function": {"name": "Martha"}, "type": "tool_use", "name": "Martha"}
    value["messages"][1]["tool_calls"][0]["function"]["arguments"] = json.dumps(held)
    found = dialect.segments(dialect.read(json.dumps(value).encode()))
    assert {segment.context[-1] for segment in found if segment.text == "Martha"} == {"name"}
