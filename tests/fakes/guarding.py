"""A guard over an answer to one request, and what it shows of a text: whole, and in pieces cut at every place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.core.answers import Action, AnswerPolicy
from gateway.core.model import Finding, Sensitivity
from gateway.core.steps import Steps
from gateway.transforms.guard import Guard
from gateway.transforms.looking import Looking
from gateway.transforms.requested import Requested
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import Surrogates

MINT: Final = Surrogates(b"k" * 32, "tenant", "conversation")
NAME: Final = MINT.surrogate("PERSON", 'Jane "JJ" Roe')
MAIL: Final = MINT.surrogate("EMAIL_ADDRESS", "jane@roe.example")
HOST: Final = MINT.surrogate("INTERNAL_HOST", "wiki.roe.example")
REQUEST: Final = (
    'Jane "JJ" Roe, jane@roe.example, keeps the notes of the northern branch at https://wiki.roe.example/people, '
    "see also https://portal.example/u/jane@roe.example and her card 4111 1111 1111 1111."
)
PATTERNS: Final = {
    "CREDENTIAL": r"sk-[A-Za-z0-9]{8,}|(?<=password is )\S+",
    "PRIVATE_KEY": r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
    "EMAIL_ADDRESS": r"[\w.+-]+@[\w-]+\.[\w.]*\w",
    "CREDIT_CARD": r"\b\d{4}(?:[ -]?\d{4}){3}\b",
    "PERSON": r"Ann Lee",
}
LEVELS: Final = {"PERSON": Sensitivity.LOW, "EMAIL_ADDRESS": Sensitivity.MODERATE}
STRICT: Final = AnswerPolicy(
    types={"CREDENTIAL": Action.REDACT, "PRIVATE_KEY": Action.REDACT, "EXFILTRATION_LINK": Action.REDACT},
    levels={Sensitivity.HIGH: Action.FLAG, Sensitivity.MODERATE: Action.FLAG},
)


def find(text: str) -> Steps[Sequence[Finding]]:
    yield
    return [
        Finding("", kind, match.start(), match.end(), 0.9, "test")
        for kind, pattern in PATTERNS.items()
        for match in re.finditer(pattern, text)
    ]


def broken(_text: str) -> Steps[Sequence[Finding]]:
    yield
    raise ValueError("jane@roe.example")


def guard(policy: AnswerPolicy = AnswerPolicy(), *, fails: bool = False, restores: bool = True) -> Guard:  # noqa: B008 - frozen
    requested = Requested([REQUEST], ['Jane "JJ" Roe', "jane@roe.example", "4111 1111 1111 1111"])
    looking = Looking(broken if fails else find, MINT.spans, lambda kind: LEVELS.get(kind, Sensitivity.HIGH), requested)
    return Guard(Restorers(MINT.pairs if restores else {}), policy, looking)


def streamed(made: Guard, text: str, size: int, *, in_json: bool = False) -> str:
    channel = made.channel(in_json=in_json)
    return "".join(channel.feed(text[at : at + size]) for at in range(0, len(text), size)) + channel.flush()


def shown(text: str, policy: AnswerPolicy = AnswerPolicy(), *, tool: str | None = None, in_json: bool = False) -> str:  # noqa: B008 - frozen
    """Return what becomes of `text`, which must not depend on the pieces it comes in."""

    def one() -> Guard:
        made = guard(policy)
        return made if tool is None else made.tool(tool)

    whole = streamed(one(), text, len(text), in_json=True) if in_json else one().whole(text)
    for cut in range(0, len(text) + 1, 1 if len(text) < 80 else 1 + len(text) // 60):
        channel = one().channel(in_json=in_json)
        assert settled(channel.feed(text[:cut]) + channel.feed(text[cut:]) + channel.flush()) == settled(whole), cut
    for size in (1, 3, 7):
        assert settled(streamed(one(), text, size, in_json=in_json)) == settled(whole), size
    return whole


def settled(text: str) -> str:
    """Return `text` without the few letters that may be shown before what follows looks like a key."""
    return re.sub(r"[A-Za-z]{1,14}(?=\[REDACTED|#link)", "", text)
