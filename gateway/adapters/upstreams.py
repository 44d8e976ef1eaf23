"""Model servers over HTTP: one pooled client for all, which sends nothing but what the send gate cleared.

Decisions kept here:

* `send` takes a `Cleared` and nothing else that holds content (invariant 1). No header of the client is passed on:
  the gateway writes every header itself, of words of its own (`gateway/server/features.py` for those that switch
  features on), so neither the client's credentials nor baggage nor a cookie can leave.
* httpx is the interface, aiohttp the transport: httpx's own costs about five times the CPU under load.
* No cookie is kept, by httpx or by aiohttp: one that an upstream sets for one tenant must not come back with
  another's request.
* An answer is asked for as it is and refused if it is compressed all the same: unpacking could fill the memory.
* A connection that the server closed while it was idle is tried once more; nothing else is repeated.
* An upstream that could not be reached is left alone for a moment that doubles up to `MAX_REST_S`, so that a dead one
  does not cost each request a time-out.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from gateway import __version__
from gateway.core.errors import UpstreamFailed, UpstreamTimeout
from gateway.core.model import Upstream
from gateway.core.wire import Wire
from gateway.pipeline import Cleared

__all__ = ["Answer", "UpstreamClient", "UpstreamUnreachable"]

CONNECT_TIMEOUT_S: Final = 5.0
FIRST_REST_S: Final = 1.0
MAX_REST_S: Final = 15.0
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
MAX_CONNECTIONS: Final = 1000


_NO_FEATURES: Final[Mapping[str, str]] = {}


class UpstreamUnreachable(UpstreamFailed):
    """No connection could be made, or it broke before an answer began: another upstream may be tried."""

    code = "upstream_unreachable"


@dataclass(slots=True)
class Answer:
    """An upstream's answer whose body has not been read.

    Attributes:
        status: HTTP status.
        headers: lower-case names.
        response: the open response; closed by `aclose` or when its body ends.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    response: httpx.Response = field(repr=False)

    @property
    def is_event_stream(self) -> bool:
        """Whether the body is Server-Sent Events."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower() == "text/event-stream"

    async def body(self, limit_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """Read the whole body and close.

        Raises:
            UpstreamFailed: if it breaks off or is larger than `limit_bytes`.
            UpstreamTimeout: if it stalls.
        """
        pieces: list[bytes] = []
        size = 0
        try:
            async for piece in self.pieces():
                size += len(piece)
                if size > limit_bytes:
                    raise UpstreamFailed("The upstream's answer is larger than the gateway reads.")
                pieces.append(piece)
        finally:
            await self.aclose()
        return b"".join(pieces)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives.

        Raises:
            UpstreamFailed: if it breaks off.
            UpstreamTimeout: if it stalls.
        """
        try:
            async for piece in self.response.aiter_raw():
                yield piece
        except httpx.TimeoutException:
            raise UpstreamTimeout("The upstream stopped in the middle of its answer.") from None
        except (httpx.HTTPError, aiohttp.ClientError):
            raise UpstreamFailed("The upstream's answer broke off.") from None

    async def aclose(self) -> None:
        """Close the connection if the body was not read to its end."""
        with suppress(httpx.HTTPError, aiohttp.ClientError):
            await self.response.aclose()


@dataclass(slots=True)
class _Rest:
    until: float
    length_s: float


class UpstreamClient:
    """Sends cleared bodies and knows which upstreams are resting."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._clock = clock
        self._rests: dict[str, _Rest] = {}
        self._http = httpx.AsyncClient(
            transport=transport or AiohttpTransport(client=_session),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"user-agent": f"privacy-gateway/{__version__}", "accept-encoding": "identity"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def available(self, upstream: Upstream) -> bool:
        """Whether `upstream` is worth a try: it isn't resting after a failure."""
        rest = self._rests.get(upstream.name)
        return rest is None or self._clock() >= rest.until

    async def send(
        self,
        cleared: Cleared,
        *,
        path: str,
        family: str,
        stream: bool,
        traceparent: str = "",
        features: Mapping[str, str] = _NO_FEATURES,
        wire: Callable[[bytes], Wire] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """Send a cleared body and return the answer, whatever its status.

        Args:
            cleared: what the send gate let through, and for whom.
            path: the endpoint's path after the base URL, such as `/chat/completions`.
            family: the dialect's family, which says how a credential is written.
            stream: whether the client asked for Server-Sent Events.
            traceparent: W3C trace context of the gateway's own span; empty: none.
            features: headers that switch features on, of words from the gateway's own table.
            wire: makes the request of the cleared bytes, where it is not a POST of them to `path`.
            timeout_s: seconds to wait for each piece, where it is not the upstream's own.

        Raises:
            UpstreamUnreachable: if no answer began.
            UpstreamTimeout: if none began in time.
        """
        sent = wire(cleared.body) if wire is not None else Wire("POST", path, cleared.body)
        headers = {**features, "accept": "text/event-stream" if stream else sent.accept}
        if sent.content is not None:
            headers["content-type"] = sent.content_type
        if traceparent:
            headers["traceparent"] = traceparent
        headers |= sent.headers
        headers |= _credential(cleared.upstream, family)
        upstream = cleared.upstream
        return await self._request(
            upstream, sent.method, sent.path, headers=headers, body=sent.content, timeout_s=timeout_s
        )

    async def models(self, upstream: Upstream, *, timeout_s: float = 5.0) -> list[str]:
        """Return the names of the models that `upstream` says it serves.

        Raises:
            UpstreamFailed: if it cannot be reached, refuses, or answers with something else.
        """
        headers = {"accept": "application/json"} | _credential(upstream, upstream.dialects[0])
        answer = await self._request(upstream, "GET", "/models", headers=headers, timeout_s=timeout_s)
        body = await answer.body()
        if answer.status != httpx.codes.OK:
            raise UpstreamFailed(f"The upstream answered {answer.status}.")
        return _model_names(body)

    async def _request(
        self,
        upstream: Upstream,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        request = self._http.build_request(
            method,
            upstream.base_url + path,
            headers=headers,
            content=body,
            timeout=httpx.Timeout(timeout_s or upstream.timeout_s, connect=CONNECT_TIMEOUT_S),
        )
        try:
            response = await self._send_once_more_if_idle_connection_died(request)
        except httpx.ReadTimeout:
            raise UpstreamTimeout(f"The upstream '{upstream.name}' did not answer in time.") from None
        except (httpx.HTTPError, aiohttp.ClientError, OSError):
            self._rest(upstream)
            raise UpstreamUnreachable(f"The upstream '{upstream.name}' could not be reached.") from None
        self._rests.pop(upstream.name, None)
        answer = Answer(response.status_code, _lower(response.headers), response)
        if answer.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            await answer.aclose()
            raise UpstreamFailed("The upstream compressed its answer, which it was asked not to do.")
        return answer

    async def _send_once_more_if_idle_connection_died(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            if not isinstance(error.__cause__, aiohttp.ServerDisconnectedError):
                raise
            return await self._http.send(request, stream=True)

    def _rest(self, upstream: Upstream) -> None:
        before = self._rests.get(upstream.name)
        length_s = min(before.length_s * 2, MAX_REST_S) if before else FIRST_REST_S
        self._rests[upstream.name] = _Rest(self._clock() + length_s, length_s)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=MAX_CONNECTIONS, keepalive_timeout=30, ssl=ssl.create_default_context(), ttl_dns_cache=60
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent",),
    )


def _credential(upstream: Upstream, family: str) -> dict[str, str]:
    key = upstream.api_key
    if family == "anthropic":
        return {"anthropic-version": "2023-06-01"} | ({"x-api-key": key} if key else {})
    return ({"authorization": f"Bearer {key}"} if key else {}) | dict(upstream.headers)


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _model_names(body: bytes) -> list[str]:
    import json

    try:
        listing: Any = json.loads(body)
        return [str(entry["id"]) for entry in listing["data"]]
    except (ValueError, TypeError, KeyError):
        raise UpstreamFailed("The upstream's list of models could not be understood.") from None
