"""The vocabulary of the Model Context Protocol: what a client sends, revisions 2024-11-05 to 2026-07-28.

From the schemas of these revisions. Tasks (2025-11-25, experimental) are not in it, so they are refused by name.
"""

from __future__ import annotations

from typing import Final

from gateway.dialects.structure import JSON_SCHEMA, Opaque, OpaqueRule, Structure

__all__ = ["META_WORDS", "MODERN", "NAMES", "NOTIFICATIONS", "REQUESTS", "STRUCTURE", "VERSIONS"]

VERSIONS: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
"""Revisions of the protocol that are known here; of another one, nobody knows what its messages would hold."""
MODERN: Final = frozenset({"2026-07-28"})
"""Revisions without sessions, whose requests repeat the method and the name in headers."""

_REQUESTS: Final = """
    completion/complete initialize logging/setLevel ping prompts/get prompts/list resources/list resources/read
    resources/subscribe resources/templates/list resources/unsubscribe server/discover subscriptions/listen
    tools/call tools/list
"""
_NOTIFICATIONS: Final = """
    notifications/cancelled notifications/initialized notifications/progress notifications/roots/list_changed
"""
REQUESTS: Final = frozenset(_REQUESTS.split())
NOTIFICATIONS: Final = frozenset(_NOTIFICATIONS.split())
NAMES: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""Method to the parameter that modern revisions repeat in the header `mcp-name`."""

_LEVELS: Final = "debug info notice warning error critical alert emergency"
META_WORDS: Final = {
    "io.modelcontextprotocol/protocolVersion": frozenset(VERSIONS),
    "io.modelcontextprotocol/logLevel": frozenset(_LEVELS.split()),
    "io.modelcontextprotocol/clientInfo": frozenset[str](),
    "io.modelcontextprotocol/clientCapabilities": frozenset[str](),
    "io.modelcontextprotocol/subscriptionId": frozenset[str](),
}
"""Names in a request's `_meta` that are the protocol's, and the values that are."""

STRUCTURE: Final = Structure.of(
    base=JSON_SCHEMA,
    keys="""
        _meta annotations argument arguments audience blob capabilities clientInfo code completion content context
        costPriority createMessage cursor data elicitation error experimental extensions form hints icons id
        includeContext input inputResponses intelligencePriority isError lastModified list listChanged message
        metadata mimeType model name notifications params priority progress progressToken promptsListChanged
        protocolVersion ref requestId requestState resource resourceSubscriptions resourcesListChanged result roots
        sampling size sizes speedPriority src structuredContent taskSupport text toolUseId tools toolsListChanged
        total uri url value version websiteUrl reason
    """,
    words={
        "jsonrpc": "2.0",
        "method": " ".join((*REQUESTS, *NOTIFICATIONS)),
        "type": "text image audio resource resource_link tool_use tool_result ref/prompt ref/resource",
        "role": "user assistant",
        "level": _LEVELS,
        "action": "accept decline cancel",
        "mode": "form url auto none required",
        "theme": "dark light",
        "stopReason": "endTurn stopSequence maxTokens toolUse",
        "protocolVersion": " ".join(VERSIONS),
        "mimeType": "text/plain text/markdown text/html application/json image/png image/jpeg audio/wav",
    },
    opaque=(
        OpaqueRule("data", Opaque.IMAGE, type="image"),
        OpaqueRule("data", Opaque.AUDIO, type="audio"),
        OpaqueRule("blob", Opaque.FILE),
    ),
    free="arguments input content structuredContent context value",
)
"""What a client sends. `content` is free, because an elicitation's answer is the user's own object."""
