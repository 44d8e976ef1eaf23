"""LangChain's ChatOpenAI."""

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from scenarios import ADDRESS, ASK, BASE_URL, PIXEL, expect, fails, model, restored, run


class Mail(BaseModel):
    """A mail."""

    to: str
    subject: str


@tool
def send_mail(to: str) -> str:
    """Send a mail."""
    return f"sent to {to}"


def llm(scenario: str, **more: object) -> ChatOpenAI:
    return ChatOpenAI(base_url=BASE_URL, api_key="unused", model=model(scenario), **{"max_retries": 0, **more})


def chat() -> None:
    answer = llm("chat").invoke(ASK)
    restored(answer.content)
    expect(answer.usage_metadata["total_tokens"] == 7, answer.usage_metadata)


def streaming() -> None:
    restored("".join(str(chunk.content) for chunk in llm("streaming").stream(ASK)))


def tools() -> None:
    bound = llm("tools").bind_tools([send_mail])
    first = bound.invoke(ASK)
    (call,) = first.tool_calls
    expect(call["args"] == {"to": ADDRESS}, call)
    result = ToolMessage(send_mail.invoke(call["args"]), tool_call_id=call["id"])
    restored(bound.invoke([HumanMessage(ASK), first, result]).content)


def structured() -> None:
    answer = llm("structured").with_structured_output(Mail, method="json_schema").invoke(ASK)
    expect(answer == Mail(to=ADDRESS, subject="Your parcel"), answer)


def vision() -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    restored(llm("vision").invoke([HumanMessage([{"type": "text", "text": ASK}, picture])]).content)


def errors() -> None:
    error = fails(openai.BadRequestError, lambda: llm("error").invoke(ASK))
    expect(ADDRESS not in str(error), error)


def retries() -> None:
    restored(llm("retry", max_retries=1).invoke(ASK).content)


def timeouts() -> None:
    fails(openai.APITimeoutError, lambda: llm("timeout", timeout=1.0).invoke(ASK))


def cancellation() -> None:
    stream = llm("cancel").stream(ASK)
    for chunk in stream:
        if chunk.content:
            break
    stream.close()


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
