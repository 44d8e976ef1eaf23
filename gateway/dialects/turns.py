"""The turns of a conversation: messages in an array of a body, the number of each, and which of them are left out."""

from __future__ import annotations

from typing import Final

from gateway.core.protocols import Document, Gap

__all__ = ["INSTRUCTIONS", "kept", "turn_of", "within"]

INSTRUCTIONS: Final = ("system", "developer")
"""Roles of what is no part of the talk."""


def turn_of(path: str, turns: str) -> int:
    """Return the number of the message that a path leads into; -1: into none."""
    steps = path.split("/", 3)
    number = steps[2] if len(steps) > 2 and steps[1] == turns else ""  # noqa: PLR2004
    return int(number) if number.isdecimal() else -1


def kept(document: Document, turns: str) -> int:
    """Return how many messages stand before those that are left out: instructions, and what was said first.

    By these a conversation is known (`Dialect.anchor`).
    """
    if document.gap is not None:
        return document.gap.kept
    messages = document.value[turns]
    roles = enumerate((message.get("role") for message in messages), 1)
    return next((number for number, role in roles if isinstance(role, str) and role not in INSTRUCTIONS), len(messages))


def within(path: str, gap: Gap) -> str:
    """Return where the document without the gap has what the body has at `path`."""
    number = turn_of(path, gap.field)
    if number < gap.kept + gap.left_out:
        return path
    head = f"/{gap.field}/{number}"
    return f"/{gap.field}/{number - gap.left_out}{path[len(head) :]}"
