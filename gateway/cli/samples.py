"""The requests of `privacy-gateway demo`. All people, places and numbers are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["SAMPLES", "Sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A request and what it is there to show."""

    title: str
    body: dict[str, Any] = field(repr=False)


def _ask(title: str, text: str, **more: Any) -> Sample:
    return Sample(title, {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more})


SAMPLES: Final = (
    _ask(
        "A general question is nobody's secret: it passes to the cloud as it is.",
        "Explain in two sentences how a heat pump works.",
    ),
    _ask(
        "Contact data: the cloud sees placeholders, the app gets the originals back.",
        "Write a friendly reminder to Martha Lindqvist (martha.lindqvist@nordhavn-clinic.com, +46 8 555 210 34) "
        "that her parcel is ready.",
    ),
    _ask(
        "The same while it streams: each piece is restored as it passes.",
        "Translate into French: Dear Mr Tomasz Wieczorek, please call me back on +48 22 555 01 87.",
        stream=True,
    ),
    _ask(
        "Health of a particular person: it stays on the on-premises model.",
        "My patient, 54, was diagnosed with type 2 diabetes and takes metformin twice a day. "
        "Draft a letter to her insurer.",
    ),
    _ask(
        "A social security number makes the whole request highly sensitive.",
        "Fill in the form for Jane Roe, SSN 536-22-8741.",
    ),
    Sample(
        "A secret in a tool's result: peers scan only the last user message.",
        {
            "model": "gpt-4o",
            "messages": [
                {"role": "user", "content": "Why does the deployment fail?"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "call_1", "type": "function", "function": {"name": "read_env", "arguments": "{}"}}
                    ],
                },
                {
                    "role": "tool",
                    "tool_call_id": "call_1",
                    "content": "DATABASE_URL=postgres://svc_orders:q8Zt2mVx7Lp4@db.internal:5432/orders",
                },
            ],
        },
    ),
    _ask(
        "Private by its meaning: no redaction makes it public, so it goes to the attested enclave.",
        "Strictly confidential: summarise for the board why we intend to acquire 60 % of our competitor "
        "and what we would pay.",
    ),
)
