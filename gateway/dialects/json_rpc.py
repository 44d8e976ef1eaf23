"""JSON-RPC 2.0 (the specification of 2013-01-04) as agents speak it: one message in a body, never a batch.

Decisions kept here:

* A message that two parsers could read in two ways is refused: besides what `strict_json` refuses, a key that a
  lenient parser (Go's takes any case) could take for one of the protocol's own.
* An id is a short text or a whole number that every parser can hold. It is echoed, so it is scanned, never edited.
* An error has the message's id, if it had a good one, and says by name (`data.code`) what was wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any, Final

from gateway.core.errors import InvalidRequest, PolicyRefusal, RequestError
from gateway.dialects.strict_json import dumps

__all__ = [
    "MAX_ID_CHARACTERS",
    "check_envelope",
    "is_batch",
    "is_opaque_id",
    "refuse_lookalikes",
    "rpc_error",
    "rpc_id",
]

MAX_ID_CHARACTERS: Final = 128
_MAX_ID: Final = 2**53
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ENVELOPE: Final = frozenset({"jsonrpc", "id", "method", "params", "result", "error"})
_JOINTS: Final = re.compile(r"[\s_./:-]+")
_POLICY: Final = -32050
_INVALID_REQUEST: Final = -32600
_METHOD_NOT_FOUND: Final = -32601
_INTERNAL: Final = -32603
_SERVER_ERRORS: Final = 500


def is_opaque_id(text: str) -> bool:
    """Whether `text` is a UUID (RFC 9562), in which nobody's name and no meaning can be read."""
    return _UUID.fullmatch(text) is not None


def is_batch(body: bytes) -> bool:
    """Whether a body holds several messages, or none, in an array."""
    return body.lstrip(b" \t\r\n").startswith(b"[")


def rpc_id(value: object) -> str | int | None:
    """Return the id of a parsed message, if it is a good one; else None."""
    id_ = value.get("id") if isinstance(value, dict) else None
    if isinstance(id_, str) and len(id_) <= MAX_ID_CHARACTERS:
        return id_
    return id_ if id_.__class__ is int and -_MAX_ID <= id_ <= _MAX_ID else None


def refuse_lookalikes(value: Mapping[str, Any], known: Collection[str]) -> None:
    """Return if no key of `value` could be taken for one of `known` that it is not.

    Raises:
        InvalidRequest: if one could.
    """
    plain = {_folded(key) for key in known}
    if any(key not in known and _folded(key) in plain for key in value):
        raise InvalidRequest("A key only looks like one of the protocol's.", code="ambiguous_key")


def check_envelope(value: Mapping[str, Any], requests: Collection[str], notifications: Collection[str]) -> None:
    """Check a message's outer shape: a request, a notification or a response.

    Args:
        value: the parsed message.
        requests: methods that are answered.
        notifications: methods that are not.

    Raises:
        InvalidRequest: if it is none of these, or its method is unknown.
    """
    refuse_lookalikes(value, _ENVELOPE)
    if value.get("jsonrpc") != "2.0":
        raise InvalidRequest('`/jsonrpc`: expected "2.0".')
    method = value.get("method")
    if "id" in value and rpc_id(value) is None:
        raise InvalidRequest(f"`/id`: expected a whole number, or a string of at most {MAX_ID_CHARACTERS} characters.")
    if method is None:
        if "method" in value or "id" not in value or ("result" in value) == ("error" in value) or "params" in value:
            raise InvalidRequest("The message is no request, notification or response of JSON-RPC 2.0.")
        if not isinstance(value.get("result", value.get("error")), dict):
            raise InvalidRequest("`/result` or `/error`: expected an object.")
        return
    if "result" in value or "error" in value:
        raise InvalidRequest("The message is both a request and a response.")
    if not isinstance(method, str) or method not in (requests if "id" in value else notifications):
        raise InvalidRequest("The gateway does not know this method.", status=404, code="unsupported_method")
    if not isinstance(value.get("params", {}), dict):
        raise InvalidRequest("`/params`: expected an object.")


def rpc_error(error: RequestError, id_: str | int | None, decision: str = "") -> bytes:
    """Return `error` as a JSON-RPC response.

    Args:
        error: what was wrong.
        id_: of the message; None: it had none.
        decision: of the gateway, if there is one.
    """
    code = _INVALID_REQUEST
    if error.code == "unsupported_method":
        code = _METHOD_NOT_FOUND
    elif isinstance(error, PolicyRefusal):
        code = _POLICY
    elif error.status >= _SERVER_ERRORS:
        code = _INTERNAL
    data = {"type": error.type, "code": error.code} | ({"decision": decision} if decision else {})
    return dumps({"jsonrpc": "2.0", "id": id_, "error": {"code": code, "message": error.message, "data": data}})


def _folded(key: str) -> str:
    """Return `key` without case, width (NFKC of the Unicode Standard, annex 15) and separators."""
    return _JOINTS.sub("", unicodedata.normalize("NFKC", key)).casefold()
