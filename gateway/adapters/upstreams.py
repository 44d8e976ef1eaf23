"""Model servers over HTTP: one pooled client for all, which sends nothing but what the send gate cleared.

Decisions kept here:

* `send` takes a `Cleared` and nothing else that holds content (invariant 1). No header of the client is passed on:
  the gateway writes every header itself, of words of its own (`gateway/server/features.py` for those that switch
  features on), so neither the client's credentials nor baggage nor a cookie can leave.
* What a client library does for it is in `gateway/adapters/sending.py`, with the reasons why so little.
* An answer is asked for as it is and refused if it is compressed all the same: unpacking could fill the memory.
* An upstream that could not be reached is left alone for a moment that doubles up to `MAX_REST_S`, so that a dead one
  does not cost each request a time-out. Requests that were under way together count as one failure: sixty-four that
  break when a server restarts say no more than one does. The log tells of each rest, and of its end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from gateway import __version__
from gateway.adapters.pieces import Take
from gateway.adapters.sending import Incoming, OverAiohttp, Sender
from gateway.adapters.tapping import TimedOut, Unreachable
from gateway.core.errors import RequestError, UpstreamFailed, UpstreamTimeout
from gateway.core.model import Upstream
from gateway.core.wire import Wire
from gateway.pipeline import Cleared

if TYPE_CHECKING:
    import httpx

__all__ = ["FIRST_REST_S", "MAX_REST_S", "Answer", "UpstreamClient", "UpstreamUnreachable"]

FIRST_REST_S: Final = 1.0
MAX_REST_S: Final = 15.0
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_HEADERS: Final = {"user-agent": f"privacy-gateway/{__version__}", "accept-encoding": "identity"}
_NO_FEATURES: Final[Mapping[str, str]] = {}
_log: Final = logging.getLogger("privacy_gateway")


class UpstreamUnreachable(UpstreamFailed):
    """No connection could be made, or it broke before an answer began: another upstream may be tried."""

    code = "upstream_unreachable"


def _broken(error: TimedOut | Unreachable) -> RequestError:
    """Say in an error of the API what went wrong in the middle of an answer."""
    if isinstance(error, TimedOut):
        return UpstreamTimeout("The upstream stopped in the middle of its answer.")
    return UpstreamFailed("The upstream's answer broke off.")


@dataclass(slots=True)
class Answer:
    """An upstream's answer whose body has not been read.

    Attributes:
        status: HTTP status.
        headers: lower-case names.
        incoming: the open answer; closed by `aclose` or when its body ends.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    incoming: Incoming = field(repr=False)

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
        left = limit_bytes

        def take(piece: bytes) -> bool:
            nonlocal left
            left -= len(piece)
            pieces.append(piece)
            return left >= 0

        try:
            if not await self.pour(take):
                raise UpstreamFailed("The upstream's answer is larger than the gateway reads.")
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
            async for piece in self.incoming.pieces():
                yield piece
        except (TimedOut, Unreachable) as error:
            raise _broken(error) from None

    async def pour(self, take: Take) -> bool:
        """Give `take` each piece of the body as it arrives, until it wants no more; return whether the body has ended.

        Raises:
            UpstreamFailed: if it breaks off.
            UpstreamTimeout: if it stalls.
        """
        try:
            return await self.incoming.pour(take)
        except (TimedOut, Unreachable) as error:
            raise _broken(error) from None

    async def aclose(self) -> None:
        """Close the connection if the body was not read to its end."""
        await self.incoming.aclose()


@dataclass(slots=True)
class _Rest:
    until: float
    length_s: float


def _over(transport: httpx.AsyncBaseTransport) -> Sender:
    from gateway.adapters.sending_httpx import OverHttpx

    return OverHttpx(transport)


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
        self._sender: Sender = OverAiohttp() if transport is None else _over(transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._sender.aclose()

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
        upstream = cleared.upstream
        headers = {**_HEADERS, **features, "accept": "text/event-stream" if stream else sent.accept}
        if sent.content is not None:
            headers["content-type"] = sent.content_type
        if traceparent:
            headers["traceparent"] = traceparent
        headers |= sent.headers
        _credential(upstream, family, headers)
        return await self._request(
            upstream, sent.method, sent.path, headers=headers, body=sent.content, timeout_s=timeout_s
        )

    async def models(self, upstream: Upstream, *, timeout_s: float = 5.0) -> list[str]:
        """Return the names of the models that `upstream` says it serves; asks for at most `timeout_s`.

        Raises:
            UpstreamFailed: if it cannot be reached, refuses, or answers with something else.
        """
        headers = {**_HEADERS, "accept": "application/json"}
        _credential(upstream, upstream.dialects[0], headers)
        try:
            async with asyncio.timeout(timeout_s):  # of the whole: an answer may begin at once and never end
                answer = await self._request(upstream, "GET", "/models", headers=headers, timeout_s=timeout_s)
                body = await answer.body()
        except TimeoutError:
            raise UpstreamTimeout(f"The upstream '{upstream.name}' did not answer in time.") from None
        if answer.status != HTTPStatus.OK:
            raise UpstreamFailed(f"The upstream answered {answer.status}.")
        return _model_names(body)

    async def _request(
        self,
        upstream: Upstream,
        method: str,
        path: str,
        *,
        headers: dict[str, str],
        body: bytes | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        url = upstream.base_url + path
        try:
            incoming = await self._sender.send(method, url, headers, body, timeout_s or upstream.timeout_s)
        except TimedOut:
            raise UpstreamTimeout(f"The upstream '{upstream.name}' did not answer in time.") from None
        except Unreachable as error:
            why = f": {error}" if str(error) else ""
            self._rest(upstream, why)
            raise UpstreamUnreachable(f"The upstream '{upstream.name}' could not be reached{why}.") from None
        if self._rests.pop(upstream.name, None) is not None:
            _log.info("upstream %s is reached again", upstream.name)
        answer = Answer(incoming.status, incoming.headers, incoming)
        if answer.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            await answer.aclose()
            raise UpstreamFailed("The upstream compressed its answer, which it was asked not to do.")
        return answer

    def _rest(self, upstream: Upstream, why: str) -> None:
        if not self.available(upstream):
            return  # one that was under way when it began to rest
        before = self._rests.get(upstream.name)
        length_s = min(before.length_s * 2, MAX_REST_S) if before else FIRST_REST_S
        self._rests[upstream.name] = _Rest(self._clock() + length_s, length_s)
        _log.warning("upstream %s could not be reached%s; left alone for %g s", upstream.name, why, length_s)


def _credential(upstream: Upstream, family: str, headers: dict[str, str]) -> None:
    """Write what shows the gateway's own account there into `headers`."""
    key = upstream.api_key
    if family == "anthropic":
        headers["anthropic-version"] = "2023-06-01"
        if key:
            headers["x-api-key"] = key
    elif key:
        headers["authorization"] = f"Bearer {key}"
    headers.update(upstream.headers)


def _model_names(body: bytes) -> list[str]:
    import json

    try:
        listing: Any = json.loads(body)
        return [str(entry["id"]) for entry in listing["data"]]
    except (ValueError, TypeError, KeyError):
        raise UpstreamFailed("The upstream's list of models could not be understood.") from None
