"""The official OpenAI SDK for Python, Responses."""

import json

import openai
from pydantic import BaseModel
from scenarios import ADDRESS, ASK, BASE_URL, PIXEL, TOOL, expect, fails, model, restored, run

client = openai.OpenAI(base_url=BASE_URL, api_key="unused", max_retries=0)
TOOLS = [{"type": "function", **TOOL, "strict": False}]


class Mail(BaseModel):
    to: str
    subject: str


def chat() -> None:
    answer = client.responses.create(model=model("chat"), input=ASK, store=False)
    restored(answer.output_text)
    expect(answer.usage.total_tokens == 7, answer.usage)


def streaming() -> None:
    with client.responses.stream(model=model("streaming"), input=ASK, store=False) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        restored(deltas)
        restored(stream.get_final_response().output_text)


def tools() -> None:
    with client.responses.stream(model=model("tools"), input=ASK, tools=TOOLS, store=False) as stream:
        (call,) = stream.get_final_response().output
    expect(json.loads(call.arguments) == {"to": ADDRESS}, call)
    (call,) = client.responses.create(model=model("tools"), input=ASK, tools=TOOLS, store=False).output
    expect(json.loads(call.arguments) == {"to": ADDRESS}, call)
    result = {"type": "function_call_output", "call_id": call.call_id, "output": f"sent to {ADDRESS}"}
    history = [{"role": "user", "content": ASK}, call.model_dump(exclude_none=True), result]
    restored(client.responses.create(model=model("tools"), input=history, tools=TOOLS, store=False).output_text)


def structured() -> None:
    answer = client.responses.parse(model=model("structured"), input=ASK, text_format=Mail, store=False)
    expect(answer.output_parsed == Mail(to=ADDRESS, subject="Your parcel"), answer)


def vision() -> None:
    picture = {"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{PIXEL}"}
    content = [{"type": "input_text", "text": ASK}, picture]
    answer = client.responses.with_raw_response.create(
        model=model("vision"), input=[{"role": "user", "content": content}], store=False
    )
    expect(answer.headers["x-privacy-zone"] == "local", dict(answer.headers))
    restored(answer.parse().output_text)


def errors() -> None:
    ask = {"model": model("error"), "input": ASK, "store": False}
    error = fails(openai.BadRequestError, lambda: client.responses.create(**ask))
    expect(ADDRESS not in str(error) and "EMAIL" not in str(error), error)


def retries() -> None:
    restored(client.with_options(max_retries=1).responses.create(model=model("retry"), input=ASK).output_text)


def timeouts() -> None:
    impatient = client.with_options(timeout=1.0)
    fails(openai.APITimeoutError, lambda: impatient.responses.create(model=model("timeout"), input=ASK))


def cancellation() -> None:
    with client.responses.create(model=model("cancel"), input=ASK, stream=True) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
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
