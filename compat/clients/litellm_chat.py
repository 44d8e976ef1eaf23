"""LiteLLM as a client: its `completion`, with the gateway as an OpenAI-compatible endpoint."""

import json

import litellm
from scenarios import ADDRESS, ASK, BASE_URL, PIXEL, SCHEMA, TOOL, expect, fails, model, restored, run

MESSAGES = [{"role": "user", "content": ASK}]
TOOLS = [{"type": "function", "function": TOOL}]


def ask(scenario: str, **more: object) -> object:
    settings = {"api_base": BASE_URL, "api_key": "unused", "messages": MESSAGES, "max_retries": 0, **more}
    return litellm.completion(model=f"openai/{model(scenario)}", **settings)


def chat() -> None:
    answer = ask("chat")
    restored(answer.choices[0].message.content)
    expect(answer.usage.total_tokens == 7, answer.usage)


def streaming() -> None:
    restored("".join(chunk.choices[0].delta.content or "" for chunk in ask("streaming", stream=True)))


def tools() -> None:
    message = ask("tools", tools=TOOLS).choices[0].message
    (call,) = message.tool_calls
    expect(json.loads(call.function.arguments) == {"to": ADDRESS}, call)
    result = {"role": "tool", "tool_call_id": call.id, "content": f"sent to {ADDRESS}"}
    answer = ask("tools", messages=[*MESSAGES, message.model_dump(exclude_none=True), result], tools=TOOLS)
    restored(answer.choices[0].message.content)


def structured() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "mail", "strict": True, "schema": SCHEMA}}
    answer = ask("structured", response_format=wanted)
    expect(json.loads(answer.choices[0].message.content)["to"] == ADDRESS, answer)


def vision() -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    content = [{"type": "text", "text": ASK}, picture]
    restored(ask("vision", messages=[{"role": "user", "content": content}]).choices[0].message.content)


def errors() -> None:
    error = fails(litellm.BadRequestError, lambda: ask("error"))
    expect(ADDRESS not in str(error), error)


def retries() -> None:
    restored(ask("retry", max_retries=1).choices[0].message.content)


def timeouts() -> None:
    fails(litellm.Timeout, lambda: ask("timeout", timeout=1.0))


def cancellation() -> None:
    stream = ask("cancel", stream=True)
    for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    stream.completion_stream.close()


run(
    {
        "chat": chat,
        "streaming": streaming,
        "tools": tools,
        "structured": structured,
        "vision": vision,
        "errors": errors,
        "retries": retries,
        "timeouts": timeouts,
        "cancellation": cancellation,
    }
)
