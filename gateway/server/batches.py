"""Batches: one file of many requests, split by where each may go, run at several upstreams, merged again in order.

The application sees one file, one batch, one result. Behind them:

    upload   each line is planned as the request that it is; lines are gathered by the upstream that each was cleared
             for, and every upstream gets a file of its own lines, in their order
    create   a batch at each of these upstreams
    get      their states as one
    results  the lines of all, restored each by its own request's surrogates, in the order of the input

Decisions kept here:

* All lines or none: one that may go nowhere refuses the whole upload, by its number, before anything is sent.
* Ids of files and batches are the gateway's own (`file-pg…`, `batch_pg…`), since no upstream's id stands for the
  whole. No upstream made them, so the gate lets no request take one along.
* Calls by upstreams' ids pass plan, gate and audit like any request that points somewhere.
* File names and metadata stay here: an upstream has no use for them.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from gateway.answering import guard
from gateway.assembly import Gateway
from gateway.core.errors import InvalidRequest, NoClearedUpstream, UninspectableContent
from gateway.core.model import Sensitivity
from gateway.core.state import GATEWAY, Pair, Remembered, StateKind, maker_of
from gateway.dialects.calls import PathCall
from gateway.dialects.opaque import unwrap
from gateway.dialects.openai_batches import CancelBatch, CreateBatch, GetBatch
from gateway.dialects.openai_files import DeleteFile, UploadFile, upload_form
from gateway.dialects.strict_json import dumps, loads
from gateway.pipeline import Cleared, Request, joined, plan
from gateway.server.answers import upstream_error
from gateway.server.batch_lines import Recorder, by_upstream, planned_lines
from gateway.server.batch_results import as_one, asked, results
from gateway.server.keeping import Keeper, refusing
from gateway.server.lists import page
from gateway.transforms.guard import Guard
from gateway.transforms.requested import Requested
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import Surrogates

__all__ = ["Special", "specials"]

Special = Callable[[Request, Recorder], Awaitable[Response | None]]
"""Answers a request, or returns None if it is one like any other."""

_MAX_LINES: Final = 50_000
_AT_ONCE: Final = 64
_FILE: Final = "file-pg"
_BATCH: Final = "batch_pg"
_ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled"})
_RUN: Final = ("endpoint", "completion_window", "output_expires_after")
"""What upstreams are told of a batch besides its file."""
_UPLOADED: Final = frozenset({"purpose", "file"})


def specials(gateway: Gateway, keeper: Keeper) -> Mapping[str, Special]:
    """Return dialect name to what answers it besides, or instead of, an upstream."""
    batches = _Batches(gateway, keeper)
    return {
        "openai_file_upload": batches.upload,
        "openai_file_get": batches.file,
        "openai_file_content": batches.content,
        "openai_file_delete": batches.delete,
        "openai_batch_create": batches.create,
        "openai_batch_get": batches.get,
        "openai_batch_cancel": batches.cancel,
        "openai_batch_list": batches.listed,
    }


class _Batches:
    """Answers for files of batches, and for batches."""

    def __init__(self, gateway: Gateway, keeper: Keeper) -> None:
        self._gateway = gateway
        self._keeper = keeper

    async def upload(self, request: Request, record: Recorder) -> Response | None:
        """Answer an upload for a batch."""
        form = loads(request.body)["body"]
        if form.get("purpose") != "batch":
            return None
        if form.keys() != _UPLOADED:
            raise InvalidRequest("An upload for a batch has the fields `purpose` and `file`, and no other.")
        held = unwrap(form["file"].get("file_data", ""))
        sources = [line.strip() for line in held[0].split(b"\n")] if held else []
        sources = [line for line in sources if line]
        if not 0 < len(sources) <= _MAX_LINES:
            raise InvalidRequest(f"A batch has between 1 and {_MAX_LINES} lines, each a JSON object.")
        lines = await planned_lines(request, sources, record, self._gateway, self._keeper)
        told = [each.told() for each in lines]
        parts = by_upstream(lines)
        for start in range(0, len(lines), _AT_ONCE):
            some = lines[start : start + _AT_ONCE]
            await asyncio.gather(*(record(each.plan, each.cleared) for each in some))
            await asyncio.gather(*(self._keeper.before(each.plan, each.cleared) for each in some))
        sent = []
        for upstream, numbers in parts:
            whole = joined([lines[number].cleared for number in numbers])
            made = await self._send(whole, UploadFile().family, wire=upload_form)
            sent.append([maker_of(upstream), _id(made), whole.residual.label, numbers])
        now = self._gateway.vault.now()
        about = {
            "id": f"{_FILE}{secrets.token_hex(16)}",
            "object": "file",
            "bytes": len(held[0]) if held else 0,
            "created_at": int(now),
            "filename": str(form["file"].get("filename", "")),
            "purpose": "batch",
            "status": "processed",
        }
        kept = Remembered(
            StateKind.FILE,
            GATEWAY,
            max(each.cleared.residual for each in lines),
            pairs=tuple({pair.surrogate: pair for each in lines for pair in each.plan.mint.pairs.values()}.values()),
            created=now,
            detail={"object": about, "parts": sent, "lines": told},
        )
        await self._remember(request, {str(about["id"]): kept})
        zones = ", ".join(dict.fromkeys(upstream.zone.value for upstream, _ in parts))
        level = max(each.plan.classification.sensitivity for each in lines)
        return JSONResponse(about, headers={"x-privacy-zone": zones, "x-privacy-sensitivity": level.label})

    async def create(self, request: Request, record: Recorder) -> Response:
        """Answer `POST /v1/batches`."""
        asked = request.dialect.read(request.body).value["body"]
        if not asked.keys() <= {*_RUN, "input_file_id", "metadata"}:
            raise InvalidRequest(f"A batch has `input_file_id`, `metadata`, {', '.join(_RUN)}, and nothing else.")
        file = await self._mine(request, asked["input_file_id"], StateKind.FILE, "/body/input_file_id")
        if any(line[1] != asked["endpoint"] for line in _list(file, "lines")):
            raise InvalidRequest("The batch's `endpoint` is not the `url` of every line of its file.")
        started = []
        for maker, real, level, _ in _list(file, "parts"):
            told = {key: value for key, value in asked.items() if key in _RUN}
            body = dumps({"input_file_id": real, **told})
            known = {real: Remembered(StateKind.FILE, maker, Sensitivity.parse(level))}
            made = loads(await self._call(request, CreateBatch(), {}, known, record, body))
            started.append([maker, _id(made), level])
        now = self._gateway.vault.now()
        id_ = f"{_BATCH}{secrets.token_hex(16)}"
        base = {
            "id": id_,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "errors": None,
            "input_file_id": asked["input_file_id"],
            "completion_window": asked["completion_window"],
            "status": "validating",
            "output_file_id": None,
            "error_file_id": None,
            "created_at": int(now),
            "request_counts": {"total": len(_list(file, "lines")), "completed": 0, "failed": 0},
            "metadata": asked.get("metadata"),
        }
        detail = {"object": base, "parts": started, "file": asked["input_file_id"]}
        kept = Remembered(StateKind.BATCH, GATEWAY, file.level, created=now, detail=detail)
        await self._remember(request, {id_: kept})
        return JSONResponse(base)

    async def get(self, request: Request, record: Recorder) -> Response:
        """Answer `GET /v1/batches/{batch_id}`."""
        id_ = loads(request.body)["path"]["batch_id"]
        return JSONResponse(await self._refreshed(request, id_, GetBatch(), record))

    async def cancel(self, request: Request, record: Recorder) -> Response:
        """Answer `POST /v1/batches/{batch_id}/cancel`."""
        id_ = loads(request.body)["path"]["batch_id"]
        return JSONResponse(await self._refreshed(request, id_, CancelBatch(), record))

    async def listed(self, request: Request, record: Recorder) -> Response:
        """Answer `GET /v1/batches`: those on the page that still run are asked for."""
        with refusing():
            owned = await self._gateway.vault.owned(request.principal, StateKind.BATCH)
        objects = [_object(kept) for kept in owned.values()]
        told = page(objects, loads(request.body)["query"], StateKind.BATCH)
        told["data"] = [
            each if each["status"] in _ENDED else await self._refreshed(request, each["id"], GetBatch(), record)
            for each in told["data"]
        ]
        return JSONResponse(told)

    async def file(self, request: Request, record: Recorder) -> Response | None:  # noqa: ARG002 - nothing is sent
        """Answer `GET /v1/files/{file_id}` for a file of the gateway's own."""
        id_ = loads(request.body)["path"]["file_id"]
        if not id_.startswith(_FILE):
            return None
        return JSONResponse(_object(await self._mine(request, id_, StateKind.FILE)))

    async def content(self, request: Request, record: Recorder) -> Response | None:
        """Answer `GET /v1/files/{file_id}/content` for a batch's input or results."""
        id_ = loads(request.body)["path"]["file_id"]
        if not id_.startswith(_FILE):
            return None
        kept = await self._mine(request, id_, StateKind.FILE)
        call = _Calls(self, request, record)
        if "batch" in kept.detail:
            batch = await self._mine(request, str(kept.detail["batch"]), StateKind.BATCH)
            file = await self._mine(request, str(batch.detail["file"]), StateKind.FILE)
            parts, field = _list(batch, "parts"), str(kept.detail["field"])
            found = await results(call, self._restored(request, file), parts, field, partial(self._guard, request))
            await self._remember(request, found.made)
            content = found.content
        else:
            lines = await asked(call, self._restored(request, kept))
            content = b"".join(dumps(lines[number]) + b"\n" for number in sorted(lines))
        return Response(content, media_type="application/octet-stream")

    def _restored(self, request: Request, kept: Remembered) -> Remembered:
        """Return `kept` with no other pairs than the policy in force would put back."""
        return replace(kept, pairs=self._gateway.engine_for(request.principal.tenant).restored(kept.pairs))

    def _guard(self, request: Request, own: Sequence[Pair], texts: Sequence[str]) -> Guard:
        """Return what restores and looks through the answer to one line."""
        engine = self._gateway.engine_for(request.principal.tenant)
        mint = Surrogates(engine.key, request.principal.tenant, "", known=own)
        requested = Requested(texts, [pair.value for pair in own])
        return guard(engine, Restorers(mint.pairs), mint.spans, requested)

    async def delete(self, request: Request, record: Recorder) -> Response | None:
        """Answer `DELETE /v1/files/{file_id}` for a file of the gateway's own."""
        id_ = loads(request.body)["path"]["file_id"]
        if not id_.startswith(_FILE):
            return None
        kept = await self._mine(request, id_, StateKind.FILE)
        for maker, real, level, _ in _list(kept, "parts"):
            known = {real: Remembered(StateKind.FILE, maker, Sensitivity.parse(level))}
            await self._call(request, DeleteFile(), {"file_id": real}, known, record)
        with refusing():
            await self._gateway.vault.forget(request.principal, [id_])
        return JSONResponse({"id": id_, "object": "file", "deleted": True})

    async def _refreshed(self, request: Request, id_: str, call: PathCall, record: Recorder) -> dict[str, Any]:
        """Return the batch as it is now, its parts asked by `call`; remember it, and its results."""
        kept = await self._mine(request, id_, StateKind.BATCH)
        before = _object(kept)
        if before["status"] in _ENDED:
            return before
        states = []
        for maker, real, level in _list(kept, "parts"):
            known = {real: Remembered(StateKind.BATCH, maker, Sensitivity.parse(level))}
            states.append(loads(await self._call(request, call, {"batch_id": real}, known, record)))
        told = as_one(before, states)
        made: dict[str, Remembered] = {}
        for field in ("output_file_id", "error_file_id"):
            if told["status"] in _ENDED and any(state.get(field) for state in states):
                told[field] = f"{_FILE}{secrets.token_hex(16)}"
                about = {
                    "id": told[field],
                    "object": "file",
                    "bytes": 0,
                    "created_at": int(self._gateway.vault.now()),
                    "filename": f"{id_}_{field.removesuffix('_file_id')}.jsonl",
                    "purpose": "batch_output",
                    "status": "processed",
                }
                detail = {"object": about, "batch": id_, "field": field}
                made[told[field]] = Remembered(
                    StateKind.FILE, GATEWAY, kept.level, created=self._gateway.vault.now(), detail=detail
                )
        if told != before:
            made[id_] = replace(kept, detail={"object": told})
        await self._remember(request, made)
        return told

    async def _mine(self, request: Request, id_: str, kind: StateKind, where: str = "/path/") -> Remembered:
        """Return what is remembered of a file or batch of the gateway's own.

        Raises:
            UninspectableContent: if it is unknown, or none of the gateway's own.
        """
        with refusing():
            known = await self._gateway.vault.recall(request.principal, [id_])
        kept = known.get(id_)
        if kept is None or kept.kind is not kind or kept.maker != GATEWAY:
            status = 404 if where == "/path/" else 422
            raise UninspectableContent(
                "This gateway handed out no such id to this caller, or no longer remembers it (docs/state.md).",
                status=status,
                code="not_found",
            )
        return kept

    async def _remember(self, request: Request, made: Mapping[str, Remembered]) -> None:
        with refusing():
            await self._gateway.vault.remember(request.principal, made)

    async def _call(
        self,
        request: Request,
        call: PathCall,
        path: dict[str, str],
        known: Mapping[str, Remembered],
        record: Recorder,
        body: bytes = b"",
    ) -> bytes:
        """Make a call by an upstream's own ids: planned, cleared, recorded and sent; return the answer.

        Raises:
            RequestError: if it may not be sent, or is not answered.
        """
        asked = Request(call, call.source(path, [], body), request.principal, known=known)
        engine = self._gateway.engine_for(request.principal.tenant)
        planned = plan(asked, engine, self._gateway.upstreams, self._gateway.client.available)
        if planned.refusal is not None or planned.first is None:
            await record(planned, None)
            raise planned.refusal or NoClearedUpstream("There is nowhere to ask.")
        await record(planned, planned.first)
        return await self._sent(planned.first, call.family, call.wire)

    async def _send(self, cleared: Cleared, family: str, wire: Any) -> dict[str, Any]:
        return loads(await self._sent(cleared, family, wire))

    async def _sent(self, cleared: Cleared, family: str, wire: Any) -> bytes:
        answer = await self._gateway.client.send(cleared, path="", family=family, stream=False, wire=wire)
        content = await answer.body()
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's success range
            raise upstream_error(answer.status, content, answer.headers)
        return content


class _Calls:
    """Makes the calls that gathering results needs, for one request."""

    def __init__(self, batches: _Batches, request: Request, record: Recorder) -> None:
        self._batches = batches
        self._request = request
        self._record = record

    async def __call__(self, call: PathCall, path: dict[str, str], kept: Remembered) -> bytes:
        """Return the answer to a call by the one id in `path`, of which `kept` is known."""
        known = dict.fromkeys(path.values(), kept)
        return await self._batches._call(self._request, call, path, known, self._record)  # noqa: SLF001 - one module


def _list(kept: Remembered, name: str) -> list[Any]:
    found = kept.detail.get(name)
    return found if isinstance(found, list) else []


def _object(kept: Remembered) -> dict[str, Any]:
    found = kept.detail.get("object")
    return dict(found) if isinstance(found, dict) else {}


def _id(made: Mapping[str, Any]) -> str:
    found = made.get("id")
    if isinstance(found, str) and found:
        return found
    raise InvalidRequest("The upstream made nothing.", status=502, code="upstream_failed")
