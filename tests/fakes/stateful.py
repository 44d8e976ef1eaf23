"""A cloud that keeps what it is sent: responses, conversations, files, vector stores and batches, as the API does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.dialects.multipart import content_type, read_form
from gateway.server.standin import StandIn
from gateway.server.standin_openai import response_events
from gateway.server.standin_words import frame

PIECE = 7


class StatefulStandIn(StandIn):
    """Answers a response with everything that was said in its thread, newest last.

    Attributes:
        threads: id of a response or conversation to the texts it holds.
        asked: method, path and query of every request.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.threads: dict[str, list[str]] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.files: dict[str, bytes] = {}
        self.stores: dict[str, list[str]] = {}
        self._made = 0
        self.app = Starlette(routes=[Route("/v1/responses", self.respond, methods=["POST"]), *self.more_routes()])

    def more_routes(self) -> list[Route]:
        response, conversation = "/v1/responses/{id}", "/v1/conversations/{id}"
        return [
            Route(response, self.get, methods=["GET"]),
            Route(response, self.delete, methods=["DELETE"]),
            Route(f"{response}/cancel", self.get, methods=["POST"]),
            Route(f"{response}/input_items", self.list_items, methods=["GET"]),
            Route("/v1/conversations", self.create_conversation, methods=["POST"]),
            Route(conversation, self.get, methods=["GET"]),
            Route(conversation, self.update, methods=["POST"]),
            Route(conversation, self.delete, methods=["DELETE"]),
            Route(f"{conversation}/items", self.add_items, methods=["POST"]),
            Route(f"{conversation}/items", self.list_items, methods=["GET"]),
            Route(f"{conversation}/items/{{item}}", self.get_item, methods=["GET"]),
            Route(f"{conversation}/items/{{item}}", self.delete, methods=["DELETE"]),
            Route("/v1/files", self.upload, methods=["POST"]),
            Route("/v1/files", self.everything, methods=["GET"]),
            Route("/v1/files/{id}", self.get, methods=["GET"]),
            Route("/v1/files/{id}", self.delete, methods=["DELETE"]),
            Route("/v1/files/{id}/content", self.content, methods=["GET"]),
            Route("/v1/vector_stores", self.create_store, methods=["POST"]),
            Route("/v1/vector_stores/{id}", self.get, methods=["GET"]),
            Route("/v1/vector_stores/{id}", self.update, methods=["POST"]),
            Route("/v1/vector_stores/{id}", self.delete, methods=["DELETE"]),
            Route("/v1/vector_stores/{id}/files", self.add_file, methods=["POST"]),
            Route("/v1/vector_stores/{id}/files", self.store_files, methods=["GET"]),
            Route("/v1/vector_stores/{id}/search", self.search, methods=["POST"]),
            Route("/v1/batches", self.create_batch, methods=["POST"]),
            Route("/v1/batches/{id}", self.get_batch, methods=["GET"]),
            Route("/v1/batches/{id}/cancel", self.cancel_batch, methods=["POST"]),
        ]

    async def create_batch(self, request: Request) -> Response:
        asked = json.loads(await self.taken(request))
        id_ = self.new_id("batch")
        self.objects[id_] = {"id": id_, "object": "batch", "status": "in_progress", **asked, "request_counts": None}
        return JSONResponse(self.objects[id_])

    async def get_batch(self, request: Request) -> Response:
        """Answer that it runs, and, asked again, that it is done: last line first, a line that fails by itself."""
        await self.taken(request)
        batch = self.objects.get(request.path_params["id"])
        if batch is None:
            return _missing()
        if batch["status"] == "in_progress" and not batch.setdefault("asked", False):
            batch["asked"] = True
        elif batch["status"] == "in_progress":
            done: dict[str, list[str]] = {"output_file_id": [], "error_file_id": []}
            for line in reversed(self.files[batch["input_file_id"]].decode().split("\n")):
                told = json.loads(line)
                text = said(told)
                if "FAIL" in text:
                    error = {"code": "bad", "message": f"cannot do: {text}"}
                    result = {"custom_id": told["custom_id"], "response": None, "error": error}
                    done["error_file_id"].append(json.dumps(result))
                else:
                    body = answered(text) if told["url"] != "/v1/responses" else self._kept(told["body"], text)
                    response = {"status_code": 200, "request_id": "r", "body": body}
                    result = {"id": "x", "custom_id": told["custom_id"], "response": response, "error": None}
                    done["output_file_id"].append(json.dumps(result))
            for field, lines in done.items():
                if lines:
                    batch[field] = self.new_id("file")
                    self.files[batch[field]] = "\n".join([*lines, '{"custom_id": "nobody", "response": {}}']).encode()
            counts = {"completed": len(done["output_file_id"]), "failed": len(done["error_file_id"])}
            batch |= {"status": "completed", "completed_at": 7, "request_counts": {**counts, "total": 0}}
        return JSONResponse(batch)

    def _kept(self, asked: dict[str, Any], text: str) -> dict[str, Any]:
        id_ = self.new_id("resp")
        self.threads[id_] = [text]
        return self._response(id_, asked, text)

    async def cancel_batch(self, request: Request) -> Response:
        await self.taken(request)
        batch = self.objects[request.path_params["id"]]
        batch |= {"status": "cancelled", "errors": {"data": [{"message": "private words"}]}}
        return JSONResponse(batch)

    async def upload(self, request: Request) -> Response:
        await self.taken(request)
        form = read_form(self.received[-1])
        assert request.headers["content-type"] == content_type(self.received[-1])
        fields = {part.name: part.content.decode() for part in form.parts if part.filename is None}
        (file,) = form.named("file")
        id_ = self.new_id("file")
        self.files[id_] = file.content
        about = {"filename": file.filename, "bytes": len(file.content), "created_at": 0, "status": "processed"}
        self.objects[id_] = {"id": id_, "object": "file", "purpose": fields["purpose"], **about}
        return JSONResponse(self.objects[id_])

    async def everything(self, request: Request) -> Response:
        await self.taken(request)
        return JSONResponse(_list([each for each in self.objects.values() if each["object"] == "file"]))

    async def content(self, request: Request) -> Response:
        await self.taken(request)
        found = self.files.get(request.path_params["id"])
        return Response(found, media_type="application/octet-stream") if found is not None else _missing()

    async def create_store(self, request: Request) -> Response:
        asked = json.loads(await self.taken(request))
        id_ = self.new_id("vs")
        self.stores[id_] = list(asked.get("file_ids") or ())
        counts = {"in_progress": 0, "completed": len(self.stores[id_]), "failed": 0, "cancelled": 0}
        self.objects[id_] = {
            "id": id_,
            "object": "vector_store",
            "created_at": 0,
            "name": asked.get("name"),
            "usage_bytes": 0,
            "file_counts": {**counts, "total": len(self.stores[id_])},
            "status": "completed",
            "metadata": {},
        }
        return JSONResponse(self.objects[id_])

    async def add_file(self, request: Request) -> Response:
        asked = json.loads(await self.taken(request))
        self.stores[request.path_params["id"]].append(asked["file_id"])
        return JSONResponse(self._store_file(request.path_params["id"], asked["file_id"]))

    async def store_files(self, request: Request) -> Response:
        await self.taken(request)
        id_ = request.path_params["id"]
        return JSONResponse(_list([self._store_file(id_, file) for file in self.stores[id_]]))

    async def search(self, request: Request) -> Response:
        asked = json.loads(await self.taken(request))
        found = []
        for file in self.stores[request.path_params["id"]]:
            lines = [line for line in self.files[file].decode().splitlines() if asked["query"] in line]
            content = [{"type": "text", "text": line} for line in lines]
            filename = self.objects[file]["filename"]
            found.append({"file_id": file, "filename": filename, "score": 1, "attributes": {}, "content": content})
        page = {"object": "vector_store.search_results.page", "search_query": [asked["query"]], "data": found}
        return JSONResponse({**page, "has_more": False, "next_page": None})

    def _store_file(self, store: str, file: str) -> dict[str, Any]:
        about = {"created_at": 0, "usage_bytes": 0, "status": "completed", "last_error": None}
        return {"id": file, "object": "vector_store.file", "vector_store_id": store, **about}

    async def get(self, request: Request) -> Response:
        await self.taken(request)
        found = self.objects.get(request.path_params["id"])
        if found is None:
            return _missing()
        if request.query_params.get("stream") == "true":
            return StreamingResponse(self._events(found), media_type="text/event-stream")
        return JSONResponse(found)

    async def update(self, request: Request) -> Response:
        asked = json.loads(await self.taken(request))
        found = self.objects.get(request.path_params["id"])
        if found is None:
            return _missing()
        found.update(asked)
        return JSONResponse(found)

    async def delete(self, request: Request) -> Response:
        await self.taken(request)
        id_ = request.path_params.get("item") or request.path_params["id"]
        if self.objects.pop(id_, None) is None:
            return _missing()
        return JSONResponse({"id": id_, "object": "deleted", "deleted": True})

    async def create_conversation(self, request: Request) -> Response:
        asked = json.loads(await self.taken(request))
        id_ = self.new_id("conv")
        self.threads[id_] = []
        for item in asked.get("items") or ():
            self._put(id_, item)
        self.objects[id_] = {
            "id": id_,
            "object": "conversation",
            "created_at": 0,
            "metadata": asked.get("metadata") or {},
        }
        return JSONResponse(self.objects[id_])

    async def add_items(self, request: Request) -> Response:
        asked = json.loads(await self.taken(request))
        id_ = request.path_params["id"]
        if id_ not in self.threads:
            return _missing()
        return JSONResponse(_list([self._put(id_, item) for item in asked["items"]]))

    async def list_items(self, request: Request) -> Response:
        await self.taken(request)
        id_ = request.path_params["id"]
        items = [each for each in self.objects.values() if each.get("of") == id_]
        if not items:
            items = [self._put(id_, {"role": "user", "content": text}) for text in self.threads.get(id_, ())]
        return JSONResponse(_list(items))

    async def get_item(self, request: Request) -> Response:
        await self.taken(request)
        found = self.objects.get(request.path_params["item"])
        return JSONResponse(found) if found is not None else _missing()

    def _put(self, thread: str, item: dict[str, Any]) -> dict[str, Any]:
        text = _input([item])
        if text not in self.threads.setdefault(thread, []):
            self.threads[thread].append(text)
        content = [{"type": "input_text", "text": text}]
        made: dict[str, Any] = {
            "id": self.new_id("msg"),
            "type": "message",
            "role": item.get("role"),
            "status": "completed",
        }
        self.objects[made["id"]] = {**made, "content": content, "of": thread}
        return self.objects[made["id"]]

    def new_id(self, prefix: str) -> str:
        self._made += 1
        return f"{prefix}_{self.name}{self._made:04d}f0e1d2c3b4a5968778695a4b3c2d1e0f"

    async def taken(self, request: Request) -> bytes:
        body = await request.body()
        self.received.append(body)
        self.asked.append((request.method, request.url.path, request.url.query))
        return body

    async def respond(self, request: Request) -> Response:
        asked: dict[str, Any] = json.loads(await self.taken(request))
        said: list[str] = []
        conversation = asked.get("conversation")
        before = asked.get("previous_response_id") or (
            conversation.get("id") if isinstance(conversation, dict) else conversation
        )
        if before is not None:
            if before not in self.threads:
                return JSONResponse({"error": {"message": f"no {before}", "code": "previous_response_not_found"}}, 404)
            said += self.threads[before]
        said.append(_input(asked["input"]))
        id_ = self.new_id("resp")
        if asked.get("store") is not False:
            self.threads[id_] = said
        if conversation is not None:
            self.threads[str(before)] = said
        told = self._response(id_, asked, " | ".join(said))
        self.objects[id_] = told
        if asked.get("stream"):
            return StreamingResponse(self._events(told), media_type="text/event-stream")
        return JSONResponse(told)

    def _response(self, id_: str, asked: dict[str, Any], text: str) -> dict[str, Any]:
        content = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        item = {
            "id": self.new_id("msg"),
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [content],
        }
        conversation = asked.get("conversation")
        if isinstance(conversation, str):
            conversation = {"id": conversation}
        return {
            "id": id_,
            "object": "response",
            "created_at": 0,
            "status": "completed",
            "model": str(asked.get("model")),
            "output": [item],
            "conversation": conversation,
            "previous_response_id": asked.get("previous_response_id"),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
        }

    async def _events(self, told: dict[str, Any]) -> AsyncIterator[bytes]:
        for event in response_events(told, PIECE):
            yield frame(event)


def said(line: dict[str, Any]) -> str:
    """Return what the request in a batch's line says."""
    body = line["body"]
    return str(body["messages"][-1]["content"]) if "messages" in body else _input(body["input"])


def answered(text: str) -> dict[str, Any]:
    told = "sk-Z9yx8Wvu7Tsr6" if "TELL" in text else text
    message = {"role": "assistant", "content": f"You wrote: {told}"}
    return {"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": message}], "model": "m"}


def _missing() -> Response:
    return JSONResponse({"error": {"message": "not here", "code": "not_found"}}, 404)


def _list(items: list[dict[str, Any]]) -> dict[str, Any]:
    ids = [item["id"] for item in items] or [None]
    return {"object": "list", "data": items, "first_id": ids[0], "last_id": ids[-1], "has_more": False}


def _input(value: Any) -> str:
    if isinstance(value, str):
        return value
    texts = []
    for item in value:
        content = item.get("content", item.get("output", ""))
        texts.append(content if isinstance(content, str) else " ".join(part.get("text", "") for part in content))
    return " ".join(texts)
