"""OpenAI's Vector stores: made, fetched, changed, deleted, searched, and their files.

Decisions kept here:

* A store holds files that this gateway uploaded, all at one upstream; what they hold counts as the store's own.
* Lists inside a store are the upstream's: the store is the caller's, and so is all in it. What files are listed by id
  can be asked for only if the caller uploaded them.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from gateway.core.protocols import Document
from gateway.core.state import StateKind
from gateway.dialects.answers import AnswerRules
from gateway.dialects.calls import PAGE, PathCall
from gateway.dialects.structure import FILES, Structure

__all__ = [
    "AddFile",
    "CreateVectorStore",
    "DeleteVectorStore",
    "GetStoreFile",
    "GetVectorStore",
    "ListStoreFiles",
    "RemoveFile",
    "SearchVectorStore",
    "StoreFileContent",
    "UpdateStoreFile",
    "UpdateVectorStore",
]

_STORE: Final = "/v1/vector_stores/{vector_store_id}"
_FILE: Final = _STORE + "/files/{file_id}"
_STRUCTURE: Final = Structure.of(
    base=FILES,
    keys="""
        attributes chunk_overlap_tokens chunking_strategy days description embedding_weight expires_after filters
        hybrid_search key
        max_chunk_size_tokens max_num_results metadata query ranking_options rewrite_query score_threshold static
        text_weight value
    """,
    words={
        "type": "and auto eq gt gte in lt lte ne nin or static",
        "anchor": "last_active_at",
        "ranker": "auto default-2024-11-15 none",
    },
)
_STATE: Final = re.compile(r"in_progress|completed|failed|cancelled")


class _OfStore(PathCall):
    body_structure: ClassVar = _STRUCTURE
    rules = AnswerRules.of(
        fixed="id object type status usage_bytes vector_store_id file_id first_id last_id next_page code anchor"
    )

    def anchor(self, document: Document) -> str:  # noqa: ARG002
        """Return the anchor of files, so that a search finds a value by the name that it has in them."""
        return "files"


class CreateVectorStore(_OfStore):
    """`POST /v1/vector_stores`."""

    name = "openai_vector_store_create"
    endpoint = "/v1/vector_stores"
    method: ClassVar = "POST"
    body_kind: ClassVar = "application/json"
    ids: ClassVar = StateKind.VECTOR_STORE


class GetVectorStore(_OfStore):
    """`GET /v1/vector_stores/{vector_store_id}`."""

    name = "openai_vector_store_get"
    endpoint = _STORE
    ids: ClassVar = StateKind.VECTOR_STORE


class UpdateVectorStore(_OfStore):
    """`POST /v1/vector_stores/{vector_store_id}`."""

    name = "openai_vector_store_update"
    endpoint = _STORE
    method: ClassVar = "POST"
    body_kind: ClassVar = "application/json"
    ids: ClassVar = StateKind.VECTOR_STORE


class DeleteVectorStore(_OfStore):
    """`DELETE /v1/vector_stores/{vector_store_id}`."""

    name = "openai_vector_store_delete"
    endpoint = _STORE
    method: ClassVar = "DELETE"
    forgets_last: ClassVar = True


class SearchVectorStore(_OfStore):
    """`POST /v1/vector_stores/{vector_store_id}/search`."""

    name = "openai_vector_store_search"
    endpoint = _STORE + "/search"
    method: ClassVar = "POST"
    body_kind: ClassVar = "application/json"


class AddFile(_OfStore):
    """`POST /v1/vector_stores/{vector_store_id}/files`."""

    name = "openai_vector_store_file_create"
    endpoint = _STORE + "/files"
    method: ClassVar = "POST"
    body_kind: ClassVar = "application/json"


class ListStoreFiles(_OfStore):
    """`GET /v1/vector_stores/{vector_store_id}/files`."""

    name = "openai_vector_store_file_list"
    endpoint = _STORE + "/files"
    queries: ClassVar = {**PAGE, "filter": _STATE}


class GetStoreFile(_OfStore):
    """`GET /v1/vector_stores/{vector_store_id}/files/{file_id}`."""

    name = "openai_vector_store_file_get"
    endpoint = _FILE


class UpdateStoreFile(_OfStore):
    """`POST /v1/vector_stores/{vector_store_id}/files/{file_id}`."""

    name = "openai_vector_store_file_update"
    endpoint = _FILE
    method: ClassVar = "POST"
    body_kind: ClassVar = "application/json"


class StoreFileContent(_OfStore):
    """`GET /v1/vector_stores/{vector_store_id}/files/{file_id}/content`."""

    name = "openai_vector_store_file_content"
    endpoint = _FILE + "/content"


class RemoveFile(_OfStore):
    """`DELETE /v1/vector_stores/{vector_store_id}/files/{file_id}`: the file itself stays."""

    name = "openai_vector_store_file_delete"
    endpoint = _FILE
    method: ClassVar = "DELETE"
