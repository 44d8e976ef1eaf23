"""OpenAI's Batches: many requests in one file, and the calls that run it.

Decisions kept here:

* A line is a request of its endpoint in an envelope, and is planned as one: the endpoint's own dialect says where its
  texts are, the policy sees the endpoint's name. The envelope is scanned with it.
* Only endpoints that the gateway knows by themselves may be batched.
* Results are lines, too: each is restored with the surrogates of its own request, and an upstream's error in it loses
  its words, as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from gateway.core.errors import InvalidRequest
from gateway.core.protocols import Document, RestorerFactory
from gateway.core.state import StateKind
from gateway.dialects.answers import restore_tree
from gateway.dialects.base import OpenAIDialect
from gateway.dialects.calls import PAGE, PathCall
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_completions import OpenAICompletions
from gateway.dialects.openai_embeddings import OpenAIEmbeddings
from gateway.dialects.openai_moderations import OpenAIModerations
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.dialects.shape import OBJECT, TEXT, check
from gateway.dialects.structure import FILES, Opaque, OpaqueRule, Structure

__all__ = ["LINES", "TALKING", "BatchLine", "CancelBatch", "CreateBatch", "GetBatch", "ListBatches", "line_dialect"]

_ENVELOPE: Final = {"custom_id": TEXT, "method": TEXT, "url": TEXT, "body": OBJECT}


class BatchLine(OpenAIDialect):
    """One line of a batch's input: a request of `inner` in an envelope."""

    def __init__(self, inner: OpenAIDialect) -> None:
        self.inner = inner
        self.name = inner.name
        self.endpoint = inner.endpoint
        self.rules = inner.rules
        self.structure = Structure.of(
            base=inner.structure,
            keys="custom_id method url body",
            words={"method": "POST", "url": inner.endpoint},
        )

    def check(self, value: dict[str, Any]) -> None:
        """Check the envelope and the request in it.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, _ENVELOPE, required=tuple(_ENVELOPE))
        if value["method"] != "POST" or value["url"] != self.endpoint or value.keys() != _ENVELOPE.keys():
            raise InvalidRequest("A line has `custom_id`, `method`: `POST`, `url` and `body`, and nothing else.")
        self.inner.check(value["body"])

    def edit(self, document: Document, edits: Mapping[str, str], model: str | None) -> bytes:
        """Return the line with the text at each path of `edits` replaced and the model renamed.

        Raises:
            TransformError: if an edit has no place in the line, or cannot be written.
        """
        changes = dict(edits)
        if model is not None and model != self.model(document) and "model" in document.value["body"]:
            changes["/body/model"] = model
        return super().edit(document, changes, None)

    def model(self, document: Document) -> str:
        """Return the model asked for; empty when none is named."""
        return self.inner.model(self._request(document))

    def streams(self, document: Document) -> bool:  # noqa: ARG002
        """Whether the client asked for a stream: a batch has none."""
        return False

    def anchor(self, document: Document) -> str:
        """Return the request's own anchor."""
        return self.inner.anchor(self._request(document))

    def asked(self, line: str, restorers: RestorerFactory) -> dict[str, Any] | None:
        """Return a line of the input with originals put back; None if it is none."""
        value = self.answer(line.encode())
        if value is not None and not restorers.empty:
            restore_tree(value, self.rules, restorers)
        return value

    def made_in(self, line: str) -> Iterator[tuple[str, StateKind]]:
        """Yield the ids that a line of the results hands out, and what each points to."""
        value = self.answer(line.encode())
        response = value.get("response") if value is not None else None
        body = response.get("body") if isinstance(response, dict) else None
        if isinstance(body, dict) and isinstance(self.inner, OpenAIResponses):
            yield from self.inner.made(body)

    def restored(self, line: str, restorers: RestorerFactory) -> dict[str, Any] | None:
        """Return a line of the results with originals put back; None if it is no result."""
        value = self.answer(line.encode())
        if value is None:
            return None
        response = value.get("response")
        body = response.get("body") if isinstance(response, dict) else None
        if isinstance(body, dict):
            self.inner.scrub(body)
            if not restorers.empty:
                self.inner.restore_value(body, restorers)
        self.scrub(value)
        if isinstance(value.get("custom_id"), str):
            value["custom_id"] = restorers.text(value["custom_id"])
        return value

    @staticmethod
    def _request(document: Document) -> Document:
        return Document(b"", document.value["body"])


LINES: Final[Mapping[str, BatchLine]] = {
    inner.endpoint: BatchLine(inner)
    for inner in (OpenAIChat(), OpenAIResponses(), OpenAICompletions(), OpenAIEmbeddings(), OpenAIModerations())
}
"""Endpoint to the dialect of lines for it."""
TALKING: Final = frozenset({OpenAIResponses.endpoint})
"""Endpoints whose results hand out ids of what the upstream keeps."""


def line_dialect(line: bytes) -> BatchLine:
    """Return the dialect of a line.

    Raises:
        InvalidRequest: if it names no endpoint that can be batched.
    """
    try:
        url = json.loads(line).get("url")
    except (ValueError, RecursionError, AttributeError):
        url = None
    dialect = LINES.get(url) if isinstance(url, str) else None
    if dialect is None:
        raise InvalidRequest(f"A line of a batch is a JSON object whose `url` is one of {', '.join(LINES)}.")
    return dialect


class _OfBatch(PathCall):
    body_structure: ClassVar = Structure.of(
        base=FILES,
        keys="metadata output_expires_after seconds",
        words={
            "endpoint": " ".join((*LINES, "/v1/images/generations", "/v1/images/edits")),
            "completion_window": "24h",
            "anchor": "created_at",
        },
        opaque=(OpaqueRule("input_file_id", Opaque.SERVER_STATE),),
    )


class CreateBatch(_OfBatch):
    """`POST /v1/batches`."""

    name = "openai_batch_create"
    endpoint = "/v1/batches"
    method: ClassVar = "POST"
    body_kind: ClassVar = "application/json"

    def check_body(self, value: dict[str, Any]) -> None:
        """Check types of the body.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        kinds = {"input_file_id": TEXT, "endpoint": TEXT, "completion_window": TEXT, "metadata": OBJECT}
        check(value, kinds, path="/body", required=("input_file_id", "endpoint", "completion_window"))


class GetBatch(_OfBatch):
    """`GET /v1/batches/{batch_id}`."""

    name = "openai_batch_get"
    endpoint = "/v1/batches/{batch_id}"


class CancelBatch(_OfBatch):
    """`POST /v1/batches/{batch_id}/cancel`."""

    name = "openai_batch_cancel"
    endpoint = "/v1/batches/{batch_id}/cancel"
    method: ClassVar = "POST"


class ListBatches(_OfBatch):
    """`GET /v1/batches`."""

    name = "openai_batch_list"
    endpoint = "/v1/batches"
    queries: ClassVar = PAGE
