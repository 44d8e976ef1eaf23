"""How a cleared body becomes an HTTP request. Made from the cleared bytes alone, so nothing else can get into it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import field
from functools import cache
from typing import Protocol, runtime_checkable

from gateway.core.light import light
from gateway.core.protocols import StreamRestorer

__all__ = ["CallsByPath", "Resumes", "Wire", "by_path", "method_of"]


@light(frozen=True, slots=True)
class Wire:
    """What is sent for a cleared body.

    Attributes:
        method: HTTP's.
        path: behind the base URL, with the query; percent-encoded.
        content: the body; None: none.
        content_type: of `content`.
        accept: what is asked for, unless it is a stream.
        headers: others that go with it, by lower-case name.
    """

    method: str
    path: str = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    content_type: str = "application/json"
    accept: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@runtime_checkable
class CallsByPath(Protocol):
    """A dialect whose requests are more than a body: a method, ids in the path, a query."""

    @property
    def method(self) -> str:
        """HTTP's method."""
        ...

    @property
    def body_kind(self) -> str:
        """The media type of the body that it takes, such as `application/json`; empty: none."""
        ...

    @property
    def begins(self) -> bool:
        """Whether each request begins a conversation of its own."""
        ...

    @property
    def answers_bytes(self) -> bool:
        """Whether the answer is a file and no JSON object."""
        ...

    def source(self, path: dict[str, str], query: list[tuple[str, str]], body: bytes) -> bytes:
        """Return the one JSON object that stands for a request, which is then planned like any body.

        Args:
            path: parameters of the path, decoded.
            query: parameters of the query in their order, decoded.
            body: the body; empty: none.

        Raises:
            InvalidRequest: if a parameter is unknown or malformed, or the body is.
        """
        ...

    def wire(self, body: bytes) -> Wire:
        """Return what is sent for a body that the send gate cleared."""
        ...

    def forgets(self, body: bytes) -> list[str]:
        """Return the ids that nobody can use any more once the request has succeeded."""
        ...


@runtime_checkable
class Resumes(Protocol):
    """A dialect whose requests may ask for the rest of a streamed answer alone."""

    def resumed(self, stream: StreamRestorer, body: bytes) -> StreamRestorer:
        """Return what restores what `body`, of the request, asks for; `stream` restores all of the answer."""
        ...


def by_path(dialect: object) -> CallsByPath | None:
    """Return `dialect` if its requests are more than a body. Remembered, because looking costs more than it tells."""
    return _looked_at(dialect)


@cache
def _looked_at(dialect: Hashable) -> CallsByPath | None:
    return dialect if isinstance(dialect, CallsByPath) else None


def method_of(dialect: object) -> str:
    """Return HTTP's method of a dialect's endpoint: POST, unless it says another."""
    call = by_path(dialect)
    return call.method if call is not None else "POST"
