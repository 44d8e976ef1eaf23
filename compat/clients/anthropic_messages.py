"""The official Anthropic SDK for Python, Messages."""

import anthropic
from scenarios import ADDRESS, ASK, BASE_URL, PIXEL, SCHEMA, TOOL, expect, fails, model, restored, run

client = anthropic.Anthropic(base_url=BASE_URL.removesuffix("/v1"), api_key="unused", max_retries=0)
MESSAGES = [{"role": "user", "content": ASK}]
TOOLS = [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["parameters"]}]


def ask(scenario: str, **more: object) -> anthropic.types.Message:
    arguments = {"max_tokens": 100, "model": model(scenario), "messages": MESSAGES, **more}
    return client.messages.create(**arguments)


def chat() -> None:
    answer = ask("chat", system="Be brief.")
    restored(answer.content[0].text)
    expect(answer.usage.output_tokens == 4, answer.usage)


def streaming() -> None:
    with client.messages.stream(max_tokens=100, model=model("streaming"), messages=MESSAGES) as stream:
        restored("".join(stream.text_stream))
        restored(stream.get_final_text())


def tools() -> None:
    with client.messages.stream(max_tokens=100, model=model("tools"), messages=MESSAGES, tools=TOOLS) as stream:
        (call,) = stream.get_final_message().content
    expect(call.input == {"to": ADDRESS}, call)
    answer = ask("tools", tools=TOOLS)
    (call,) = answer.content
    expect(call.input == {"to": ADDRESS}, call)
    result = {"type": "tool_result", "tool_use_id": call.id, "content": f"sent to {ADDRESS}"}
    turns = [{"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
    restored(ask("tools", messages=[*MESSAGES, *turns], tools=TOOLS).content[0].text)


def structured() -> None:
    wanted = {"format": {"type": "json_schema", "schema": SCHEMA}}
    answer = ask("structured", output_config=wanted)
    expect(f'"to": "{ADDRESS}"' in answer.content[0].text, answer)


def vision() -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    content = [{"type": "text", "text": ASK}, picture]
    messages = [{"role": "user", "content": content}]
    answer = client.messages.with_raw_response.create(max_tokens=100, model=model("vision"), messages=messages)
    expect(answer.headers["x-privacy-zone"] == "local", dict(answer.headers))
    restored(answer.parse().content[0].text)


def errors() -> None:
    error = fails(anthropic.BadRequestError, lambda: ask("error"))
    expect(ADDRESS not in str(error) and "EMAIL" not in str(error), error)
    expect(error.body["type"] == "error", error.body)


def retries() -> None:
    patient = client.with_options(max_retries=1)
    restored(patient.messages.create(max_tokens=100, model=model("retry"), messages=MESSAGES).content[0].text)


def timeouts() -> None:
    arguments = {"max_tokens": 100, "model": model("timeout"), "messages": MESSAGES}
    fails(anthropic.APITimeoutError, lambda: client.with_options(timeout=1.0).messages.create(**arguments))


def cancellation() -> None:
    with client.messages.stream(max_tokens=100, model=model("cancel"), messages=MESSAGES) as stream:
        for _ in stream.text_stream:
            break


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
