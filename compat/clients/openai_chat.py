"""The official OpenAI SDK for Python, chat completions."""

import json

import openai
from pydantic import BaseModel
from scenarios import ADDRESS, ASK, BASE_URL, PIXEL, SCHEMA, TOOL, expect, fails, model, restored, run

client = openai.OpenAI(base_url=BASE_URL, api_key="unused", max_retries=0)
MESSAGES = [{"role": "user", "content": ASK}]
TOOLS = [{"type": "function", "function": TOOL}]


class Mail(BaseModel):
    to: str
    subject: str


def chat() -> None:
    answer = client.chat.completions.create(model=model("chat"), messages=MESSAGES)
    restored(answer.choices[0].message.content)
    expect(answer.usage.total_tokens == 7, answer.usage)


def streaming() -> None:
    stream = client.chat.completions.create(model=model("streaming"), messages=MESSAGES, stream=True)
    restored("".join(event.choices[0].delta.content or "" for event in stream))


def tools() -> None:
    with client.chat.completions.stream(model=model("tools"), messages=MESSAGES, tools=TOOLS) as stream:
        (call,) = stream.get_final_completion().choices[0].message.tool_calls
    expect(json.loads(call.function.arguments) == {"to": ADDRESS}, call)
    message = client.chat.completions.create(model=model("tools"), messages=MESSAGES, tools=TOOLS).choices[0].message
    (call,) = message.tool_calls
    expect(json.loads(call.function.arguments) == {"to": ADDRESS}, call)
    result = {"role": "tool", "tool_call_id": call.id, "content": f"sent to {ADDRESS}"}
    history = [*MESSAGES, message, result]
    answer = client.chat.completions.create(model=model("tools"), messages=history, tools=TOOLS)
    restored(answer.choices[0].message.content)


def structured() -> None:
    answer = client.chat.completions.parse(model=model("structured"), messages=MESSAGES, response_format=Mail)
    expect(answer.choices[0].message.parsed == Mail(to=ADDRESS, subject="Your parcel"), answer)
    wanted = {"type": "json_schema", "json_schema": {"name": "mail", "strict": True, "schema": SCHEMA}}
    answer = client.chat.completions.create(model=model("structured"), messages=MESSAGES, response_format=wanted)
    expect(json.loads(answer.choices[0].message.content)["to"] == ADDRESS, answer)


def vision() -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    content = [{"type": "text", "text": ASK}, picture]
    answer = client.chat.completions.with_raw_response.create(
        model=model("vision"), messages=[{"role": "user", "content": content}]
    )
    expect(answer.headers["x-privacy-zone"] == "local", dict(answer.headers))
    restored(answer.parse().choices[0].message.content)


def errors() -> None:
    error = fails(
        openai.BadRequestError, lambda: client.chat.completions.create(model=model("error"), messages=MESSAGES)
    )
    expect(ADDRESS not in str(error) and "EMAIL" not in str(error), error)
    expect(error.body["code"] == "invalid_value", error.body)


def retries() -> None:
    answer = client.with_options(max_retries=1).chat.completions.create(model=model("retry"), messages=MESSAGES)
    restored(answer.choices[0].message.content)


def timeouts() -> None:
    impatient = client.with_options(timeout=1.0)
    fails(openai.APITimeoutError, lambda: impatient.chat.completions.create(model=model("timeout"), messages=MESSAGES))


def cancellation() -> None:
    with client.chat.completions.create(model=model("cancel"), messages=MESSAGES, stream=True) as stream:
        for event in stream:
            if event.choices[0].delta.content:
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
