"""OpenAI's Conversations: made, fetched, changed, deleted, and their items.

Decisions kept here:

* A conversation is the largest text of all, told in pieces. Each item that is put into it is planned like an input item
  of a response; surrogates are keyed by the conversation, so that its later turns have the same ones.
* Items have the vocabulary of Responses, of which the API says they are.
"""

from __future__ import annotations

from typing import Any, ClassVar

from gateway.core.state import StateKind
from gateway.dialects.calls import CURSOR, LIMIT, ORDER, Answering
from gateway.dialects.openai_kept_responses import INCLUDE
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.dialects.openai_responses_tables import ITEM, RULES, STRUCTURE
from gateway.dialects.shape import OBJECT, Kind, check

__all__ = [
    "AddItems",
    "CreateConversation",
    "DeleteConversation",
    "DeleteItem",
    "GetConversation",
    "GetItem",
    "ListItems",
    "UpdateConversation",
]

_SHAPE = {"items": Kind("an array of items", (list,), Kind("an item", (dict,))), "metadata": OBJECT}
_INCLUDING = {"include": INCLUDE, "include[]": INCLUDE}


class _OfConversation(Answering):
    like: ClassVar = OpenAIResponses()
    rules = RULES
    body_structure: ClassVar = STRUCTURE

    def check_body(self, value: dict[str, Any]) -> None:
        """Check types of the body and of its items.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, _SHAPE, path="/body")
        items = value.get("items")
        for index, item in enumerate(items if isinstance(items, list) else ()):
            check(item, ITEM, path=f"/body/items/{index}")


class CreateConversation(_OfConversation):
    """`POST /v1/conversations`."""

    name = "openai_conversation_create"
    endpoint = "/v1/conversations"
    method: ClassVar = "POST"
    body_kind: ClassVar = "application/json"
    ids: ClassVar = StateKind.CONVERSATION
    begins: ClassVar = True


class GetConversation(_OfConversation):
    """`GET /v1/conversations/{conversation_id}`."""

    name = "openai_conversation_get"
    endpoint = "/v1/conversations/{conversation_id}"


class UpdateConversation(_OfConversation):
    """`POST /v1/conversations/{conversation_id}`."""

    name = "openai_conversation_update"
    endpoint = "/v1/conversations/{conversation_id}"
    method: ClassVar = "POST"
    body_kind: ClassVar = "application/json"


class DeleteConversation(_OfConversation):
    """`DELETE /v1/conversations/{conversation_id}`."""

    name = "openai_conversation_delete"
    endpoint = "/v1/conversations/{conversation_id}"
    method: ClassVar = "DELETE"
    forgets_last: ClassVar = True


class AddItems(_OfConversation):
    """`POST /v1/conversations/{conversation_id}/items`."""

    name = "openai_conversation_items_create"
    endpoint = "/v1/conversations/{conversation_id}/items"
    method: ClassVar = "POST"
    body_kind: ClassVar = "application/json"
    queries: ClassVar = _INCLUDING
    items: ClassVar = StateKind.ITEM


class ListItems(_OfConversation):
    """`GET /v1/conversations/{conversation_id}/items`."""

    name = "openai_conversation_items_list"
    endpoint = "/v1/conversations/{conversation_id}/items"
    queries: ClassVar = {"after": CURSOR, "limit": LIMIT, "order": ORDER, **_INCLUDING}
    items: ClassVar = StateKind.ITEM


class GetItem(_OfConversation):
    """`GET /v1/conversations/{conversation_id}/items/{item_id}`."""

    name = "openai_conversation_item_get"
    endpoint = "/v1/conversations/{conversation_id}/items/{item_id}"
    queries: ClassVar = _INCLUDING


class DeleteItem(_OfConversation):
    """`DELETE /v1/conversations/{conversation_id}/items/{item_id}`."""

    name = "openai_conversation_item_delete"
    endpoint = "/v1/conversations/{conversation_id}/items/{item_id}"
    method: ClassVar = "DELETE"
    forgets_last: ClassVar = True
