"""Which dialect answers which method and path. What is not in here is refused (`unsupported_endpoint`).

Decisions kept here:

* A plain table of instances: dialects have no state. The composition root adds those of entry points.
* Only what is complete and tested stands in it: an endpoint that is half understood would leak the other half.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.core.protocols import Dialect
from gateway.core.wire import method_of
from gateway.dialects.anthropic_messages import AnthropicCountTokens, AnthropicMessages
from gateway.dialects.openai_audio import OpenAISpeech, OpenAITranscriptions, OpenAITranslations
from gateway.dialects.openai_batches import CancelBatch, CreateBatch, GetBatch, ListBatches
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_completions import OpenAICompletions
from gateway.dialects.openai_conversations import (
    AddItems,
    CreateConversation,
    DeleteConversation,
    DeleteItem,
    GetConversation,
    GetItem,
    ListItems,
    UpdateConversation,
)
from gateway.dialects.openai_embeddings import OpenAIEmbeddings
from gateway.dialects.openai_files import DeleteFile, FileContent, GetFile, UploadFile
from gateway.dialects.openai_images import OpenAIImageEdits, OpenAIImages, OpenAIImageVariations
from gateway.dialects.openai_kept_responses import CancelResponse, DeleteResponse, GetResponse, ListInputItems
from gateway.dialects.openai_moderations import OpenAIModerations
from gateway.dialects.openai_responses import OpenAIResponses, OpenAIResponsesInputTokens
from gateway.dialects.openai_vector_stores import (
    AddFile,
    CreateVectorStore,
    DeleteVectorStore,
    GetStoreFile,
    GetVectorStore,
    ListStoreFiles,
    RemoveFile,
    SearchVectorStore,
    StoreFileContent,
    UpdateStoreFile,
    UpdateVectorStore,
)

__all__ = ["DIALECTS", "table"]


def table(*dialects: Dialect) -> Mapping[tuple[str, str], Dialect]:
    """Return (method, path) to dialect.

    Raises:
        ValueError: if two dialects claim the same endpoint.
    """
    found: dict[tuple[str, str], Dialect] = {}
    for dialect in dialects:
        method = method_of(dialect)
        key = (method, dialect.endpoint)
        if key in found:
            raise ValueError(f"two dialects claim {method} {dialect.endpoint}: {found[key].name} and {dialect.name}")
        found[key] = dialect
    return MappingProxyType(found)


DIALECTS: Final = table(
    OpenAIChat(),
    OpenAIResponses(),
    OpenAIResponsesInputTokens(),
    OpenAICompletions(),
    OpenAIEmbeddings(),
    OpenAIModerations(),
    OpenAIImages(),
    OpenAIImageEdits(),
    OpenAIImageVariations(),
    OpenAISpeech(),
    OpenAITranscriptions(),
    OpenAITranslations(),
    AnthropicMessages(),
    AnthropicCountTokens(),
    GetResponse(),
    CancelResponse(),
    DeleteResponse(),
    ListInputItems(),
    CreateConversation(),
    GetConversation(),
    UpdateConversation(),
    DeleteConversation(),
    AddItems(),
    ListItems(),
    GetItem(),
    DeleteItem(),
    UploadFile(),
    GetFile(),
    DeleteFile(),
    FileContent(),
    CreateBatch(),
    GetBatch(),
    CancelBatch(),
    ListBatches(),
    CreateVectorStore(),
    GetVectorStore(),
    UpdateVectorStore(),
    DeleteVectorStore(),
    SearchVectorStore(),
    AddFile(),
    ListStoreFiles(),
    GetStoreFile(),
    UpdateStoreFile(),
    StoreFileContent(),
    RemoveFile(),
)
"""The dialects that ship, by method and public path."""
