"""The vocabulary of the Agent2Agent protocol over JSON-RPC: versions 0.3 and 1.0.

From the specifications' schemas. Not in it, so refused by name: lists of tasks, which are other people's too, and push
notifications, by which an agent would send what it likes to an address past the gateway.
"""

from __future__ import annotations

from typing import Final

from gateway.dialects.structure import JSON_SCHEMA, Opaque, OpaqueRule, Structure

__all__ = ["METHODS", "OF_TASKS", "PUSH", "STRUCTURE", "VERSIONS"]

VERSIONS: Final = ("0.3", "0.3.0", "1.0", "1.0.0")
OF_TASKS: Final = frozenset(
    ["tasks/get", "tasks/cancel", "tasks/resubscribe", "GetTask", "CancelTask", "SubscribeToTask"]
)
"""Methods whose parameter `id` is a task's."""
METHODS: Final = OF_TASKS | {"message/send", "message/stream", "SendMessage", "SendStreamingMessage"}
PUSH: Final = ("pushNotificationConfig", "taskPushNotificationConfig", "pushNotification")
"""Members of a message's configuration that ask for push notifications."""

STRUCTURE: Final = Structure.of(
    base=JSON_SCHEMA,
    keys="""
        acceptedOutputModes blocking bytes code configuration contextId data error extensions file filename
        historyLength id message messageId mediaType metadata mimeType name params parts raw referenceTaskIds result
        returnImmediately taskId text uri url
    """,
    words={
        "jsonrpc": "2.0",
        "method": " ".join(METHODS),
        "role": "user agent ROLE_USER ROLE_AGENT",
        "kind": "text file data message task",
        "mimeType": "text/plain application/json image/png image/jpeg application/pdf",
        "mediaType": "text/plain application/json image/png image/jpeg application/pdf",
        "acceptedOutputModes": "text text/plain application/json image/png",
    },
    opaque=(
        OpaqueRule("bytes", Opaque.FILE, parent="file"),
        OpaqueRule("uri", Opaque.FILE, parent="file"),
        OpaqueRule("raw", Opaque.FILE, parent="parts"),
        OpaqueRule("url", Opaque.FILE, parent="parts"),
    ),
    free="data metadata",
)
"""What a client sends."""
