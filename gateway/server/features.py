"""Request headers that switch an API's features on: which of them reach an upstream.

Decisions kept here:

* A header is text that the client chooses, and no policy judges it. So none is passed on: the gateway writes the words
  of its own table that the client's header names, and nothing else can leave.
* In the table's order and each once, so that not even their order is the client's.
* What the table does not have is left out, and the client is told which header lost something
  (`x-privacy-dropped-headers`): an application that names ten features still works without the eleventh.
* `anthropic-version` has one value today and is always written. `openai-organization` and `openai-project` name an
  account of the client's; the gateway speaks for its own, by its own key, so they are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["FEATURES", "LEFT_OUT", "NAMES", "features"]

FEATURES: Final[Mapping[str, frozenset[str]]] = {
    "anthropic-beta": frozenset(
        [
            "message-batches-2024-09-24",
            "prompt-caching-2024-07-31",
            "computer-use-2024-10-22",
            "computer-use-2025-01-24",
            "computer-use-2025-11-24",
            "pdfs-2024-09-25",
            "token-counting-2024-11-01",
            "token-efficient-tools-2025-02-19",
            "output-128k-2025-02-19",
            "max-tokens-3-5-sonnet-2024-07-15",
            "files-api-2025-04-14",
            "mcp-client-2025-04-04",
            "mcp-client-2025-11-20",
            "dev-full-thinking-2025-05-14",
            "interleaved-thinking-2025-05-14",
            "code-execution-2025-05-22",
            "code-execution-2025-08-25",
            "extended-cache-ttl-2025-04-11",
            "context-1m-2025-08-07",
            "context-management-2025-06-27",
            "model-context-window-exceeded-2025-08-26",
            "skills-2025-10-02",
            "web-fetch-2025-09-10",
            "web-search-2025-03-05",
            "fine-grained-tool-streaming-2025-05-14",
            "structured-outputs-2025-09-17",
            "structured-outputs-2025-11-13",
            "advanced-tool-use-2025-11-20",
            "tool-examples-2025-10-29",
            "effort-2025-11-24",
            "claude-code-20250219",
        ]
    ),
    "openai-beta": frozenset({"assistants=v2", "responses=v1", "agents=v1"}),
}
"""Header to the values that are written again."""
LEFT_OUT: Final = ("openai-organization", "openai-project", "anthropic-version")
"""Headers of the APIs that are never written from the client's."""
NAMES: Final = (*FEATURES, *LEFT_OUT)
"""All headers that `features` looks at."""
_FAMILIES: Final = {"anthropic-beta": "anthropic", "openai-beta": "openai"}
_MAX_VALUES: Final = 64


def features(headers: Mapping[str, Iterable[str]], family: str) -> tuple[dict[str, str], list[str]]:
    """Return the headers to write, and the names of those that lost something on the way.

    Args:
        headers: name, in lower case, to the values of every header of that name.
        family: of the dialect; a header of another family's API means nothing to the upstream.
    """
    if not headers:
        return {}, []
    written: dict[str, str] = {}
    dropped = [
        name
        for name in LEFT_OUT
        if name in headers and not (name == "anthropic-version" and list(headers[name]) == ["2023-06-01"])
    ]
    for name, known in FEATURES.items():
        asked = [word.strip() for value in headers.get(name, ()) for word in value.split(",")][:_MAX_VALUES]
        passed = sorted({word for word in asked if word in known and _FAMILIES[name] == family})
        if passed:
            written[name] = ",".join(passed)
        if len(passed) < len(set(asked)):
            dropped.append(name)
    return written, dropped
