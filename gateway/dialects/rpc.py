"""What the dialects of agents' servers have in common: one JSON-RPC message, no model, answers read one by one."""

from __future__ import annotations

from gateway.core.errors import InvalidRequest, RequestError
from gateway.core.protocols import Document, RestorerFactory, StreamRestorer
from gateway.dialects.base import JsonDialect
from gateway.dialects.json_rpc import is_batch, rpc_error

__all__ = ["RpcDialect"]


class RpcDialect(JsonDialect):
    """A server's endpoint. `gateway.dialects.rpc_answers` restores what the server says, message by message."""

    def read(self, body: bytes) -> Document:
        """Parse and check a message.

        Raises:
            InvalidRequest: if it is not strictly one JSON-RPC message of the protocol.
        """
        if is_batch(body):
            raise InvalidRequest("A batch is not taken: send one message at a time.", code="batch_not_supported")
        return super().read(body)

    def model(self, document: Document) -> str:  # noqa: ARG002
        """Return nothing: no model is asked for."""
        return ""

    def streams(self, document: Document) -> bool:  # noqa: ARG002
        """Whether the client asked for a stream: the server chooses."""
        return False

    def anchor(self, document: Document) -> str:  # noqa: ARG002
        """Return what stays the same in every call."""
        return self.endpoint

    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        """Raise `NotImplementedError`: nobody may restore a stream of messages as if it were one text."""
        raise NotImplementedError

    def error(self, error: RequestError) -> bytes:
        """Return `error` as a JSON-RPC response without an id."""
        return rpc_error(error, None)
