"""A2A, the Agent2Agent protocol: the messages that one agent sends to another, and the card that tells of it.

Decisions kept here:

* Every leaf and key of a message is scanned, but the words of the protocol: texts, data, files, metadata, fields of
  tomorrow. A file behind an address is content that cannot be read.
* The ids of tasks and contexts point to what the other agent keeps, and all callers are one to it. So they are handed
  out sealed, and taken back from who got them only; a context of the client's own choosing is refused, because nobody
  could tell it from somebody else's.
* The card that the client gets names the gateway, and nothing that goes past it: no other transport, no push
  notifications, no way to log in at the agent. Its signature went with the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.core.agents import AgentServer
from gateway.core.errors import InvalidRequest, UpstreamFailed
from gateway.core.model import Location, Segment, SegmentKind
from gateway.core.protocols import Document
from gateway.dialects.a2a_tables import METHODS, OF_TASKS, PUSH, STRUCTURE
from gateway.dialects.answers import AnswerRules
from gateway.dialects.json_rpc import check_envelope, is_opaque_id, refuse_lookalikes
from gateway.dialects.rpc import RpcDialect
from gateway.dialects.shape import OBJECT, OBJECTS, TEXT, TEXTS, check
from gateway.dialects.strict_json import NotStrict, parse

__all__ = ["A2aCard", "A2aMessages", "pointers_of", "read_card", "seal_pointers"]

_RULES: Final = AnswerRules.of(fixed="")
_PARAMETERS: Final = frozenset({"message", "configuration", "metadata", "id", "historyLength", "tenant"})
_MESSAGE: Final = frozenset({"role", "parts", "messageId", "taskId", "contextId", "referenceTaskIds", "metadata"})
_NO_POINTERS: Final = frozenset({"parts", "metadata", "data"})
_TASK, _CONTEXT = "task", "context"
_ECHOED: Final = frozenset({("id",), ("params", "message", "messageId")})
_DROPPED: Final = frozenset(
    """
    additionalInterfaces preferredTransport security securityRequirements securitySchemes signatures
    supportsAuthenticatedExtendedCard
    """.split()  # noqa: SIM905 - as the specification lists them
)


class A2aMessages(RpcDialect):
    """The messages for one agent, by POST."""

    family = "a2a"
    structure = STRUCTURE
    rules = _RULES

    def __init__(self, server: AgentServer) -> None:
        self.name = f"a2a_{server.upstream.zone.value}"
        self.endpoint = server.endpoint
        self.returned: frozenset[Location] = frozenset()
        """Places whose text the agent made, for this very client."""

    def check(self, value: dict[str, Any]) -> None:
        """Check a message.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check_envelope(value, METHODS, ())
        if "method" not in value:
            raise InvalidRequest("A client sends requests, no responses.")
        params = value.get("params") or {}
        refuse_lookalikes(params, _PARAMETERS)
        if value["method"] in OF_TASKS:
            check(params, {"id": TEXT}, path="/params", required=("id",))
            return
        check(params, {"message": OBJECT, "configuration": OBJECT}, path="/params", required=("message",))
        message = params["message"]
        refuse_lookalikes(message, _MESSAGE)
        kinds = {"parts": OBJECTS, "taskId": TEXT, "contextId": TEXT, "messageId": TEXT, "referenceTaskIds": TEXTS}
        check(message, kinds, path="/params/message", required=("parts",))
        configuration = params.get("configuration") or {}
        refuse_lookalikes(configuration, PUSH)
        if any(name in configuration for name in PUSH):
            raise InvalidRequest("Push notifications are not supported.", status=404, code="unsupported_method")

    def segments(self, document: Document) -> list[Segment]:
        """Return every leaf and key that would go out and is no word of the protocol."""
        return [_settled(segment) for segment in super().segments(document) if segment.location not in self.returned]


class A2aCard(A2aMessages):
    """Asks for an agent's card: no message at all."""

    def check(self, value: dict[str, Any]) -> None:
        """Check that there is nothing.

        Raises:
            InvalidRequest: if there is.
        """
        if value:
            raise InvalidRequest("This takes no message.")


def _settled(segment: Segment) -> Segment:
    """Return `segment` as a name, if it is a UUID, and not to be edited, if it is echoed."""
    editable = segment.editable and segment.location not in _ECHOED
    if segment.kind is SegmentKind.VALUE and is_opaque_id(segment.text):
        return replace(segment, kind=SegmentKind.NAME, editable=editable)
    return segment if editable == segment.editable else replace(segment, editable=editable)


def pointers_of(value: Mapping[str, Any]) -> Iterator[tuple[str, str, Location]]:
    """Yield the tasks and contexts that a message points to: what it is, its id, and where it stands."""
    params = value.get("params") or {}
    if value.get("method") in OF_TASKS:
        yield _TASK, params["id"], ("params", "id")
        return
    message = params["message"]
    for key, what in (("taskId", _TASK), ("contextId", _CONTEXT)):
        if message.get(key):
            yield what, message[key], ("params", "message", key)
    references: list[str] | None = message.get("referenceTaskIds")
    for place, reference in enumerate(references or ()):
        yield _TASK, reference, ("params", "message", "referenceTaskIds", place)


def seal_pointers(value: dict[str, Any], seal: Callable[[str, str], str]) -> bool:
    """Seal, in an agent's message, the ids of tasks and contexts; return whether there were any."""
    changed = False
    stack: list[Any] = [value.get("result")]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        if not isinstance(node, dict):
            continue
        for key, what in (("taskId", _TASK), ("contextId", _CONTEXT), ("id", _TASK)):
            own = node.get(key)
            if isinstance(own, str) and own and (key != "id" or isinstance(node.get("status"), dict)):
                node[key] = seal(what, own)
                changed = True
        references = node.get("referenceTaskIds")
        if isinstance(references, list):
            node["referenceTaskIds"] = [seal(_TASK, str(reference)) for reference in references]
            changed = True
        stack += (child for key, child in node.items() if key not in _NO_POINTERS)
    return changed


def read_card(data: bytes, url: str) -> dict[str, Any]:
    """Return an agent's card as the client gets it.

    Args:
        data: as the agent wrote it.
        url: of the agent at the gateway.

    Raises:
        UpstreamFailed: if it is none.
    """
    try:
        card = parse(data.decode())
    except (UnicodeDecodeError, NotStrict):
        card = None
    if not isinstance(card, dict) or not isinstance(card.get("name"), str):
        raise UpstreamFailed("The agent's card is none.")
    offered = card.get("supportedInterfaces")
    card = {key: value for key, value in card.items() if key not in _DROPPED}
    if "url" in card or not isinstance(offered, list):
        card |= {"url": url, "preferredTransport": "JSONRPC"}
    if isinstance(offered, list):
        spoken = [one for one in offered if isinstance(one, dict) and one.get("protocolBinding") == "JSONRPC"]
        versions = [one["protocolVersion"] for one in spoken if isinstance(one.get("protocolVersion"), str)]
        card["supportedInterfaces"] = [
            {"url": url, "protocolBinding": "JSONRPC", "protocolVersion": version} for version in versions or ["1.0"]
        ]
    capabilities = card.get("capabilities")
    if isinstance(capabilities, dict):
        card["capabilities"] = {"streaming": capabilities.get("streaming") is True, "pushNotifications": False}
    return card
