"""MCP, the Model Context Protocol: the messages that a client sends to a server, and what comes back.

Decisions kept here:

* Every leaf and key of a message is scanned, but the words of the protocol: a tool's arguments, a prompt's, a
  resource's URI with its query, the answers to sampling and elicitation, `_meta`, and fields of tomorrow.
* A tool's or prompt's name, the client's own and a model's, is a name and no prose: looked through for identifiers,
  never edited.
* The dialect's name tells the zone of the server (`mcp_cloud`), because the destination is fixed before the policy is
  asked: so a rule may let a server at home have what one in the cloud may not.
* The name of an argument that the server has published in a tool's schema is its own word, and is not scanned: else
  a model that takes `repo` for a person would rename it. A UUID is no prose.
* Methods that this table does not have are refused by name: a lookalike, `tasks/*`, a revision of tomorrow.
* What comes back is in `rpc_answers`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from gateway.core.agents import AgentServer
from gateway.core.errors import InvalidRequest
from gateway.core.model import Location, Segment, SegmentKind
from gateway.core.protocols import Document
from gateway.dialects.answers import AnswerRules
from gateway.dialects.json_rpc import check_envelope, is_opaque_id, refuse_lookalikes
from gateway.dialects.mcp_tables import META_WORDS, NOTIFICATIONS, REQUESTS, STRUCTURE
from gateway.dialects.rpc import RpcDialect
from gateway.dialects.shape import OBJECT, TEXT, check

__all__ = ["McpConnection", "McpMessages", "tool_of_call"]

_PARAMS: Final = {
    "tools/call": ({"name": TEXT, "arguments": OBJECT}, ("name",)),
    "prompts/get": ({"name": TEXT, "arguments": OBJECT}, ("name",)),
    "resources/read": ({"uri": TEXT}, ("uri",)),
    "resources/subscribe": ({"uri": TEXT}, ("uri",)),
    "resources/unsubscribe": ({"uri": TEXT}, ("uri",)),
    "completion/complete": ({"ref": OBJECT, "argument": OBJECT, "context": OBJECT}, ("ref", "argument")),
}
_PARAMETERS: Final = frozenset({"name", "arguments", "uri", "ref", "argument", "_meta", "cursor", "task"})
_NAMED: Final = frozenset({"tools/call", "prompts/get"})
_CLIENT: Final = frozenset({("params", "clientInfo"), ("params", "_meta", "io.modelcontextprotocol/clientInfo")})
_ARGUMENTS: Final = ("params", "arguments")
_META: Final = ("params", "_meta")
_CLIENT_NAMES: Final = frozenset({"name", "title", "version"})
_LONGEST_CLIENT_NAME: Final = 64
_TOOL_NAME: Final = re.compile(r"[A-Za-z0-9_./:-]{1,128}")
"""A name that is longer, or has spaces, is read as prose."""
_ECHOED: Final = frozenset({("id",), ("params", "requestId"), ("params", "_meta", "progressToken")})
_RULES: Final = AnswerRules.of(fixed="")


class McpMessages(RpcDialect):
    """The messages for one server, by POST."""

    family = "mcp"
    structure = STRUCTURE
    rules = _RULES

    def __init__(self, server: AgentServer) -> None:
        self.name = f"mcp_{server.upstream.zone.value}"
        self.endpoint = server.endpoint
        self.returned: frozenset[Location] = frozenset()
        """Places whose text the server made, for this very client."""
        self.published: Collection[str] = frozenset()
        """Names of arguments that the server itself has told, in the schemas of its tools."""
        self.headers: tuple[str, ...] = ()
        """Names of the headers that go out beside the message and that the client chose."""

    def check(self, value: dict[str, Any]) -> None:
        """Check a message.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check_envelope(value, REQUESTS, NOTIFICATIONS)
        params = value.get("params")
        if params is None:
            params = {}
        if "method" not in value:
            return
        refuse_lookalikes(params, _PARAMETERS)
        if "task" in params:
            raise InvalidRequest("Tasks are not supported.", status=404, code="unsupported_method")
        kinds, required = _PARAMS.get(value["method"], ({}, ()))
        check(params, kinds, path="/params", required=required)

    def segments(self, document: Document) -> list[Segment]:
        """Return every leaf and key that would go out and is no word of the protocol."""
        named = document.value.get("method") in _NAMED
        headers = [
            Segment(f"/headers/{ordinal}", f"{name}\n{name.replace('-', ' ')}", editable=False)
            for ordinal, name in enumerate(self.headers)
        ]
        return headers + [
            _settled(segment, named=named)
            for segment in super().segments(document)
            if segment.location not in self.returned and not _is_word(segment) and not self._is_published(segment)
        ]

    def _is_published(self, segment: Segment) -> bool:
        steps = segment.location
        return segment.kind is SegmentKind.KEY and steps[:2] == _ARGUMENTS and steps[-1] in self.published


class McpConnection(McpMessages):
    """What has no message: a client opens the server's own stream of events (GET), or ends its session (DELETE)."""

    def check(self, value: dict[str, Any]) -> None:
        """Check that there is nothing.

        Raises:
            InvalidRequest: if there is.
        """
        if value:
            raise InvalidRequest("This takes no message.")


def tool_of_call(document: Document) -> str:
    """Return the name of the tool that a message calls; empty if it calls none."""
    if document.value.get("method") != "tools/call":
        return ""
    return str(document.value["params"]["name"])


def _is_word(segment: Segment) -> bool:
    """Whether `segment` is a word of the protocol in `_meta`, whose names have a slash."""
    steps = segment.location
    if steps[:2] != _META or len(steps) != len(_META) + 1:
        return False
    words = META_WORDS.get(str(steps[-1]))
    return words is not None and (segment.kind is SegmentKind.KEY or segment.text in words)


def _settled(segment: Segment, *, named: bool) -> Segment:
    """Return `segment` as a name, if it is one, and not to be edited, if it is one or is echoed."""
    steps = segment.location
    if segment.kind is SegmentKind.VALUE and is_opaque_id(segment.text):
        return replace(segment, kind=SegmentKind.NAME, editable=segment.editable and steps not in _ECHOED)
    if steps in _ECHOED:
        return replace(segment, editable=False)
    if segment.kind is SegmentKind.VALUE and _is_name(steps, segment.text, named=named):
        return replace(segment, kind=SegmentKind.NAME, editable=False)
    return segment


def _is_name(steps: Location, text: str, *, named: bool) -> bool:
    if named and steps == ("params", "name"):
        return _TOOL_NAME.fullmatch(text) is not None
    if len(text) > _LONGEST_CLIENT_NAME:
        return False
    return steps == ("result", "model") or (steps[:-1] in _CLIENT and steps[-1] in _CLIENT_NAMES)
