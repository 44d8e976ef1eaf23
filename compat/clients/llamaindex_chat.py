"""LlamaIndex's OpenAI-like model."""

import openai
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel
from scenarios import ADDRESS, ASK, BASE_URL, PIXEL, expect, fails, model, restored, run

MESSAGES = [ChatMessage(role="user", content=ASK)]


class Mail(BaseModel):
    """A mail."""

    to: str
    subject: str


def send_mail(to: str) -> str:
    """Send a mail."""
    return f"sent to {to}"


def llm(scenario: str, **more: object) -> OpenAILike:
    settings = {"api_base": BASE_URL, "api_key": "unused", "is_chat_model": True, "max_retries": 0, **more}
    return OpenAILike(model=model(scenario), is_function_calling_model=True, **settings)


def chat() -> None:
    restored(llm("chat").chat(MESSAGES).message.content)


def streaming() -> None:
    restored("".join(chunk.delta or "" for chunk in llm("streaming").stream_chat(MESSAGES)))


def tools() -> None:
    mail = FunctionTool.from_defaults(send_mail)
    model_ = llm("tools")
    first = model_.chat_with_tools([mail], chat_history=list(MESSAGES))
    (call,) = model_.get_tool_calls_from_response(first)
    expect(call.tool_kwargs == {"to": ADDRESS}, call)
    more = {"tool_call_id": call.tool_id}
    result = ChatMessage(role="tool", content=send_mail(**call.tool_kwargs), additional_kwargs=more)
    restored(model_.chat_with_tools([mail], chat_history=[*MESSAGES, first.message, result]).message.content)


def structured() -> None:
    structured_ = llm("structured", should_use_structured_outputs=True)
    answer = structured_.structured_predict(Mail, PromptTemplate(ASK))
    expect(answer == Mail(to=ADDRESS, subject="Your parcel"), answer)


def vision() -> None:
    blocks = [TextBlock(text=ASK), ImageBlock(image=PIXEL.encode(), image_mimetype="image/png")]
    restored(llm("vision").chat([ChatMessage(role="user", blocks=blocks)]).message.content)


def errors() -> None:
    error = fails(openai.BadRequestError, lambda: llm("error").chat(MESSAGES))
    expect(ADDRESS not in str(error), error)


def retries() -> None:
    restored(llm("retry", max_retries=2).chat(MESSAGES).message.content)


def timeouts() -> None:
    fails(openai.APITimeoutError, lambda: llm("timeout", timeout=1.0).chat(MESSAGES))


def cancellation() -> None:
    stream = llm("cancel").stream_chat(MESSAGES)
    for chunk in stream:
        if chunk.delta:
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
