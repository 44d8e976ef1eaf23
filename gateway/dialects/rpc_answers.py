"""What a server says to a client by JSON-RPC: results, errors, notifications, requests of its own.

Decisions kept here:

* What a client only hands back (`nextCursor`, `requestState`) is sealed, so that the gateway knows it again.
* Every text of a message is restored and looked through, keys and words of the protocol too: in a tool's own JSON a
  key called `type` may hold anything. Left alone are the message's id and method.
* A listing shows no tool that the client may not call.
* A picture, sound or file in a result is content that cannot be read, unless it is base64 of a text, which is looked
  through like any. Short base64 is looked through as it stands, too: a key may look like it. What the policy takes
  out leaves a text that says so, so that the message keeps its shape.
* A message that two parsers could read in two ways, or a batch, is no answer (502).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from gateway.core.errors import UpstreamFailed
from gateway.core.protocols import RestorerFactory
from gateway.core.uninspectable import uninspectable_type
from gateway.dialects.answers import AnswerRules, restore_tree
from gateway.dialects.opaque import unwrap
from gateway.dialects.planted import INSTRUCTION, planted_instruction
from gateway.dialects.strict_json import NotStrict, dumps, parse
from gateway.dialects.structure import Opaque

__all__ = ["Looker", "published_names", "read_message"]

_RULES: Final = AnswerRules.of(fixed="")
_ENVELOPE: Final = frozenset({"jsonrpc", "id", "method"})
_HANDED_BACK: Final = frozenset({"nextCursor", "requestState"})
_BLOCKS: Final = {"image": Opaque.IMAGE, "audio": Opaque.AUDIO}
_LONG: Final = 256
"""Characters from which base64 is no key."""
_DESCRIBED: Final = ("tools", "prompts", "resources", "resourceTemplates", "skills")


class Looker(RestorerFactory, Protocol):
    """Restores texts and looks through them; is told of what is found outside them."""

    def seen(self, kind: str, value: str) -> bool:
        """Count a finding; return whether the policy takes it out."""
        ...


class _Once:
    """Looks through each text of a message once, however often it stands there (`"type": "string"`)."""

    __slots__ = ("_looker", "_shown", "channel", "empty", "line", "seen", "spans", "tool", "unguarded")

    def __init__(self, looker: Looker) -> None:
        self._looker = looker
        self._shown: dict[str, str] = {}
        self.empty = looker.empty
        self.line, self.unguarded = looker.line, looker.unguarded
        self.channel, self.seen, self.spans, self.tool = looker.channel, looker.seen, looker.spans, looker.tool

    def text(self, value: str) -> str:
        shown = self._shown.get(value)
        if shown is None:
            shown = self._shown[value] = self._looker.text(value)
        return shown


def read_message(
    data: bytes, looker: Looker, permits: Callable[[str], bool], handed_out: Callable[[dict[str, Any]], bool]
) -> bytes:
    """Return a message of a server as the client gets it.

    Args:
        data: one JSON-RPC message.
        looker: restores and looks through.
        permits: tells whether the client may call the tool of a name.
        handed_out: seals, in a message, what the client only hands back; returns whether there was anything.

    Raises:
        UpstreamFailed: if it is not strictly one JSON-RPC message.
        BlockedByPolicy: if the policy keeps it back.
    """
    try:
        value = parse(data.decode())
    except (UnicodeDecodeError, NotStrict):
        value = None
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise UpstreamFailed("The server's answer is not one message of JSON-RPC 2.0.")
    looker = _Once(looker)
    changed = _without_hidden_tools(value, permits)
    changed |= _without_instructions(value, looker)
    held: list[tuple[dict[str, Any], str, str]] = []
    for container, key, source in list(_blobs(value)):
        if len(source) >= _LONG or _decoded(source) is not None or looker.text(source) == source:
            held.append((container, key, source))
            container[key] = ""
    for key, part in value.items():
        if key not in _ENVELOPE and isinstance(part, dict | list):
            changed |= restore_tree(part, _RULES, looker, but=_HANDED_BACK)
    changed |= handed_out(value)
    for container, key, source in held:
        changed |= _put_back(container, key, source, looker)
    return dumps(value) if changed or b"\n" in data or b"\r" in data else data


def published_names(value: dict[str, Any]) -> Iterator[str]:
    """Yield the names of arguments that a listing of tools tells, in the schemas."""
    result = value.get("result")
    tools = result.get("tools") if isinstance(result, dict) else None
    stack = [tool.get("inputSchema") for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            properties = node.get("properties")
            if isinstance(properties, dict):
                yield from properties
            stack += node.values()


def _without_hidden_tools(value: dict[str, Any], permits: Callable[[str], bool]) -> bool:
    result = value.get("result")
    if not isinstance(result, dict) or not isinstance(result.get("tools"), list):
        return False
    tools = result["tools"]
    kept = [
        tool for tool in tools if isinstance(tool, dict) and isinstance(tool.get("name"), str) and permits(tool["name"])
    ]
    changed = len(kept) < len(tools)
    result["tools"] = kept
    return changed


def _without_instructions(value: dict[str, Any], looker: Looker) -> bool:
    """Look through what a model reads before it acts, descriptions and instructions; return whether any went."""
    result = value.get("result")
    if not isinstance(result, dict):
        return False
    changed = False
    for name in _DESCRIBED:
        listed = result.get(name)
        if isinstance(listed, list):
            result[name] = [item for item in listed if not _is_dropped(item, looker)]
            changed |= len(result[name]) < len(listed)
    instructions = result.get("instructions")
    if isinstance(instructions, str) and planted_instruction(instructions) and looker.seen(INSTRUCTION, "instructions"):
        result["instructions"] = ""
        changed = True
    return changed


def _is_dropped(item: Any, looker: Looker) -> bool:
    if not isinstance(item, dict) or not any(map(planted_instruction, _texts(item))):
        return False
    return looker.seen(INSTRUCTION, str(item.get("name", "")))


def _texts(root: dict[str, Any]) -> Iterator[str]:
    stack: list[Any] = [root]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            stack += value.values()
        elif isinstance(value, list):
            stack += value


def _blobs(root: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yield the places of base64 in a message, and what stands there."""
    stack: list[Any] = [root]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack += value
        elif isinstance(value, dict):
            type_ = value.get("type")
            for key in ("blob", "data", "bytes", "raw"):
                source = value.get(key)
                fits = key != "data" or (isinstance(type_, str) and type_ in _BLOCKS)
                if fits and isinstance(source, str) and unwrap(source) is not None:
                    yield value, key, source
            stack += value.values()


def _put_back(container: dict[str, Any], key: str, source: str, looker: Looker) -> bool:
    """Put base64 back, or what the policy leaves of it; return whether it changed."""
    text = _decoded(source)
    if text is None:
        kind = uninspectable_type(_BLOCKS.get(str(container.get("type")), Opaque.FILE))
        if not looker.seen(kind, source[:64]):
            container[key] = source
            return False
        del container[key]
        if key == "data":
            container["type"] = "text"
        container.pop("mimeType", None)
        container["text"] = f"[REDACTED_{kind}]"
        return True
    shown = looker.text(text)
    if shown != text:
        container[key] = base64.b64encode(shown.encode()).decode("ascii")
    else:  # a short one may be a secret as it stands
        container[key] = source if len(source) >= _LONG else looker.text(source)
    return bool(container[key] != source)


def _decoded(source: str) -> str | None:
    """Return the text that base64 stands for; None if it is none."""
    data, _ = unwrap(source) or (b"\xff", "")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
