"""How a cleared MCP message becomes an HTTP request (MCP 2025-11-25 and 2026-07-28, "Streamable HTTP").

Decisions kept here:

* Headers that repeat the message (`mcp-method`, `mcp-name`, `mcp-param-*`) are written from the cleared bytes, never
  passed on: what was tokenised in the body is tokenised in the header.
* A client's `mcp-param-*` only says which argument a header repeats: it must equal one, else it is refused. The
  header's own name is the client's too, so it is scanned with the message (`McpMessages.headers`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core.errors import InvalidRequest
from gateway.core.wire import Wire
from gateway.dialects.mcp_tables import MODERN, NAMES
from gateway.dialects.strict_json import loads

__all__ = ["McpCall", "argument_headers"]

_PLAIN: Final = re.compile(r"[\x20-\x7e]*")
_ENCODED: Final = re.compile(r"=\?base64\?(.*)\?=")
_PARAMETER: Final = re.compile(r"mcp-param-[a-z0-9-]{1,64}")
_MAX_PARAMETERS: Final = 32
_Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class McpCall:
    """What a request to a server has besides its message.

    Attributes:
        method: HTTP's.
        version: of the protocol, as the client named it; empty: it named none.
        session: the server's own id of the session; empty: none.
        last_event: the server's own id of the last event that came; empty: none.
        arguments: header to the argument that it repeats.
    """

    method: str
    version: str = ""
    session: str = field(default="", repr=False)
    last_event: str = field(default="", repr=False)
    arguments: Mapping[str, _Steps] = field(default_factory=dict, repr=False)

    def wire(self, body: bytes) -> Wire:
        """Return what is sent for a body that the send gate cleared."""
        headers = {"accept": "application/json, text/event-stream" if self.method == "POST" else "text/event-stream"}
        if self.version:
            headers["mcp-protocol-version"] = self.version
        if self.session:
            headers["mcp-session-id"] = self.session
        if self.last_event:
            headers["last-event-id"] = self.last_event
        if self.method != "POST":
            return Wire(self.method, "", None, headers=headers)
        if self.version in MODERN:
            headers |= self._repeated(loads(body))
        return Wire("POST", "", body, headers=headers)

    def _repeated(self, message: Mapping[str, Any]) -> dict[str, str]:
        method = message.get("method")
        if not isinstance(method, str):
            return {}
        headers = {"mcp-method": method}
        params = message.get("params") or {}
        name = params.get(NAMES.get(method, ""))
        if isinstance(name, str):
            headers["mcp-name"] = _encoded(name)
        for header, steps in self.arguments.items():
            value = _at(params.get("arguments"), steps)
            if value is not None:
                headers[header] = _encoded(value)
        return headers


def argument_headers(headers: list[tuple[str, str]], message: Mapping[str, Any]) -> dict[str, _Steps]:
    """Return the client's headers that repeat arguments, each with the argument that it repeats.

    Args:
        headers: all of the request's, names in lower case.
        message: parsed.

    Raises:
        InvalidRequest: if one repeats no argument, or comes twice.
    """
    told = [(name, value) for name, value in headers if name.startswith("mcp-param-")]
    if not told:
        return {}
    params = message.get("params")
    places: dict[str, _Steps] = {}
    if isinstance(params, dict) and isinstance(params.get("arguments"), dict):
        _gather(params["arguments"], (), places)
    found: dict[str, _Steps] = {}
    for name, value in told:
        steps = places.get(_decoded(value) or "")
        if steps is None or name in found or not _PARAMETER.fullmatch(name) or len(found) >= _MAX_PARAMETERS:
            raise InvalidRequest("An mcp-param header repeats no argument of the call.", code="header_mismatch")
        found[name] = steps
    return found


def _gather(arguments: Mapping[str, Any], steps: _Steps, places: dict[str, _Steps]) -> None:
    for key, value in arguments.items():
        text = _text(value)
        if text is not None:
            places.setdefault(text, (*steps, key))
        elif isinstance(value, dict):
            _gather(value, (*steps, key), places)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _at(value: Any, steps: _Steps) -> str | None:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return _text(value)


def _encoded(value: str) -> str:
    if _PLAIN.fullmatch(value) and value == value.strip() and not _ENCODED.fullmatch(value):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode('ascii')}?="


def _decoded(value: str) -> str | None:
    found = _ENCODED.fullmatch(value)
    if found is None:
        return value
    try:
        return base64.b64decode(found[1], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
