"""One admin port for several workers: it asks each of them over a socket that only this user can open.

A process of its own, so that a worker that is busy or dead takes no probe, page or metric with it. It decides nothing:
who may see what is asked at the workers' own doors, which get the request's headers as they came.

* Metrics have a label `worker`, so that Prometheus can sum them and tell them apart.
* Ready is who has a worker, none of which reports a problem.
* A page is the first worker's that has it, so a decision is found whichever worker made it; older ones are read from
  the audit log, which every worker reads whole.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.core.errors import RequestError
from gateway.server.bodies import read_body

__all__ = ["Front", "merged"]

_PATIENCE_S: Final = 30.0
_PROBE_S: Final = 5.0
"""Whoever asks all workers does not wait longer for one that hangs: it accepts no connection either."""
_UNSEEN: Final = "what is wrong stands in the log"
_BODY_BYTES: Final = 1024 * 1024
_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "content-length"})
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Front:
    """Asks the workers whose admin planes listen at `sockets`.

    Args:
        sockets: of the workers, in order.
        stale: the same of this process as `Gateway.stale` is of a worker.
        looks: the same as `Gateway.looks`.
    """

    def __init__(self, sockets: Sequence[Path], stale: Mapping[str, str], looks: Sequence[Callable[[], None]]) -> None:
        self._stale = stale
        self._looks = looks
        self._workers = {
            str(number): httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://worker", timeout=_PATIENCE_S
            )
            for number, path in enumerate(sockets, 1)
        }
        self.app = Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/readyz", self._readyz),
                Route("/metrics", self._metrics),
                Route("/{path:path}", self._page, methods=_METHODS),
            ]
        )

    async def aclose(self) -> None:
        """Close the connections."""
        for client in self._workers.values():
            await client.aclose()

    async def _healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _readyz(self, request: Request) -> Response:
        answers = await self._all(request)
        said = {number: json.loads(answer.content) for number, answer in answers.items()}
        problems = [f"worker {number}: {problem}" for number, each in said.items() for problem in each["problems"]]
        if not said:
            problems.append("no worker answers")
        policy = next((each["policy"] for each in said.values()), None)
        stale = {what: told for each in said.values() for what, told in each["stale"].items()}
        for look in self._looks:
            look()
        stale |= {what: _UNSEEN for what, told in self._stale.items() if told}
        body = {"status": "not ready" if problems else "ok", "problems": problems, "policy": policy, "stale": stale}
        return JSONResponse(body | {"workers": sorted(said)}, 503 if problems else 200)

    async def _metrics(self, request: Request) -> Response:
        answers = await self._all(request)
        for answer in answers.values():
            if not answer.is_success:
                return _copy(answer)
        text = merged({number: answer.text for number, answer in answers.items()})
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _all(self, request: Request) -> dict[str, httpx.Response]:
        """Ask all; those that do not answer are left out."""

        async def ask(client: httpx.AsyncClient) -> httpx.Response | None:
            try:
                return await client.get(request.url.path, headers=_headers(request), timeout=_PROBE_S)
            except httpx.HTTPError:
                return None

        answers = await asyncio.gather(*(ask(client) for client in self._workers.values()))
        return {number: answer for number, answer in zip(self._workers, answers, strict=True) if answer is not None}

    async def _page(self, request: Request) -> Response:
        body = b""
        if request.method in {"POST", "PUT", "PATCH"}:
            try:
                body = await read_body(request, _BODY_BYTES, lambda _size: None)
            except RequestError as error:
                return JSONResponse({"detail": error.message}, error.status)
        url = httpx.URL(path=request.url.path, query=request.url.query.encode())
        last: httpx.Response | None = None
        for client in self._workers.values():
            asked = client.build_request(request.method, url, headers=_headers(request), content=body or None)
            try:
                answer = await client.send(asked, stream=True)
            except httpx.HTTPError:
                continue
            if last is not None:
                await last.aclose()
            last = answer
            if answer.status_code != httpx.codes.NOT_FOUND or request.method not in {"GET", "HEAD"}:
                break
        if last is None:
            return JSONResponse({"detail": "No worker answers."}, 503, {"retry-after": "1"})
        return StreamingResponse(_pieces(last), last.status_code, _passed(last))


def merged(texts: Mapping[str, str]) -> str:
    """Return Prometheus texts as one, in which each sample has the label `worker`.

    Args:
        texts: worker to text, format 0.0.4.
    """
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for worker, text in texts.items():
        family = ""
        for line in text.splitlines():
            if line.startswith("# "):
                family = line.split(" ", 3)[2]
                known = heads.setdefault(family, [])
                if line not in known:
                    known.append(line)
            elif line:
                samples.setdefault(family, []).append(_labelled(line, worker))
    lines = [line for family, head in heads.items() for line in (*head, *samples.get(family, ()))]
    return "\n".join(lines) + "\n" if lines else ""


def _labelled(sample: str, worker: str) -> str:
    name, brace, rest = sample.partition("{")
    if brace and " " not in name:
        return f'{name}{{worker="{worker}",{rest}'
    name, _, rest = sample.partition(" ")
    return f'{name}{{worker="{worker}"}} {rest}'


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in request.headers.raw if name.decode("latin-1") not in _HOP | {"host"}]


def _passed(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}


def _copy(answer: httpx.Response) -> Response:
    return Response(answer.content, answer.status_code, _passed(answer))


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()
