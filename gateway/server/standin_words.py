"""What stand-ins read and write, whichever API they are asked by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["PIECE", "Event", "cut", "frame", "said", "words"]

PIECE: Final = 5
"""Characters in one piece of a stream: short enough to cut every placeholder."""

Event = tuple[str, dict[str, Any]]
"""An event of a stream: its name, empty where the API names none, and its data."""


def said(content: Any) -> str:
    """Return the text of an input, a message or what it holds, in either API; what holds none is named by its type."""
    if isinstance(content, list):
        return " ".join(map(said, content))
    if isinstance(content, dict):
        inner = next((content[name] for name in ("text", "content", "output") if name in content), None)
        return said(inner) if inner is not None or "role" in content else f"({content.get('type')})"
    return "" if content is None else str(content)


def words(content: Any) -> int:
    """Return how many words `said` finds: what stand-ins count as tokens."""
    return len(said(content).split())


def cut(text: str, piece: int) -> Iterator[str]:
    """Yield `text` in pieces."""
    return (text[start : start + piece] for start in range(0, len(text), piece))


def frame(event: Event) -> bytes:
    """Return an event as it is sent."""
    name, data = event
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()
