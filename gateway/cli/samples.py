"""The requests of `privacy-gateway demo`. All people, places and numbers are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core.model import Zone

__all__ = ["SAMPLES", "Sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A request and what it is there to show.

    Attributes:
        title: the claim, as the demo prints it.
        zone: where the request must go for the claim to be true; a test holds the shipped defaults to it.
        body: of the chat request.
    """

    title: str
    zone: Zone
    body: dict[str, Any] = field(repr=False)


def _ask(title: str, zone: Zone, text: str, **more: Any) -> Sample:
    return Sample(title, zone, {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more})


SAMPLES: Final = (
    _ask(
        "A general question is nobody's secret: it passes to the cloud as it is.",
        Zone.CLOUD,
        "Explain in two sentences how a heat pump works.",
    ),
    _ask(
        "Contact data: the cloud sees placeholders, the app gets the originals back.",
        Zone.CLOUD,
        "Write a friendly reminder to Martha Lindqvist (martha.lindqvist@nordhavn-clinic.com, +46 8 555 210 34) "
        "that her parcel is ready.",
    ),
    _ask(
        "The same while it streams: each piece is restored as it passes.",
        Zone.CLOUD,
        "Translate into French: Dear Mr Tomasz Wieczorek, the chairs will arrive on Friday. "
        "Call us on +48 22 555 01 87.",
        stream=True,
    ),
    _ask(
        "Health of a particular person: it stays on the on-premises model.",
        Zone.LOCAL,
        "My patient, 54, was diagnosed with type 2 diabetes and takes metformin twice a day. "
        "Draft a letter to her insurer.",
    ),
    _ask(
        "A social security number makes the whole request highly sensitive.",
        Zone.LOCAL,
        "Fill in the form for Jane Roe, SSN 536-22-8741.",
    ),
    Sample(
        "A secret in a tool's result: peers scan only the last user message.",
        Zone.LOCAL,
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
        Zone.SECURE,
        "Strictly confidential: summarise for the board why we intend to acquire 60 % of our competitor "
        "and what we would pay.",
    ),
)
