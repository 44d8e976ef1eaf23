"""The vault beside the relay: what a request points to is looked up, what an answer hands out is remembered.

In the order of a request:

    recalled    ids in the body are looked up, before anything is planned; a failing vault refuses the request
    before      what grows by this request (a conversation) is remembered with it, before a byte leaves
    whole/piece ids in the answer are remembered before the client gets to see them; a failing vault ends the answer

So an id that a client knows is one that the vault knows, or it will be refused. A body without a pointer, and an answer
that the upstream doesn't keep, cost nothing here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from gateway.adapters.vault import Vault
from gateway.core.errors import PolicyRefusal, UninspectableContent, VaultError
from gateway.core.protocols import StatefulDialect
from gateway.core.state import MAX_PLANTED, Remembered, StateKind, maker_of
from gateway.dialects.pointers import may_point
from gateway.dialects.sse import EventReader
from gateway.pipeline import Cleared, Plan, Request, points_to

__all__ = ["Keeper", "Keeping", "planted_in", "refusing"]

_log = logging.getLogger("privacy_gateway")

_THREAD_BYTES: Final = 32 * 1024
_MAX_ID: Final = 512
_TELLING: Final = re.compile(rb'"(?:response|item|audio)"\s*:\s*\{')
"""What an event that hands out an id holds."""
_MAX_OBJECT: Final = 64 * 1024
_LISTED: Final = frozenset({StateKind.FILE, StateKind.VECTOR_STORE})
"""Kinds that callers list: lists show the objects as the gateway last saw them."""
_GROWING: Final = frozenset({StateKind.CONVERSATION, StateKind.VECTOR_STORE, StateKind.CONTAINER})


class Keeper:
    """Looks up and remembers, for all requests."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._stateful: dict[str, StatefulDialect | None] = {}

    async def recalled(self, request: Request) -> Request:
        """Return `request` with what the vault knows of what it points to.

        Raises:
            InvalidRequest: if the body is malformed.
            PolicyRefusal: if it cannot be looked up.
        """
        if not may_point(request.dialect, request.body):
            return request
        if len(request.body) > _THREAD_BYTES:
            ids = await asyncio.to_thread(points_to, request)
        else:
            ids = points_to(request)
        known: dict[str, Remembered] = {}
        if ids:
            with refusing():
                known = await self._vault.recall(request.principal, ids)
        return replace(request, known=known) if known else request

    async def before(self, planned: Plan, cleared: Cleared) -> Keeping | None:
        """Remember what grows by this request; return what remembers the answer, None if nothing of it is kept.

        Raises:
            UninspectableContent: if there are too many placeholders in it to remember.
            PolicyRefusal: if it cannot be remembered.
        """
        known = planned.request.known
        dialect = self._keeping(planned)
        growing = {id_: record for id_, record in known.items() if record.kind in _GROWING}
        if dialect is None and not growing:
            return None
        record = _record(planned, cleared, self._vault.now())
        more = {id_: _news(record, old) for id_, old in growing.items()}
        principal = planned.request.principal
        with refusing():
            await self._vault.remember(principal, {id_: new for id_, new in more.items() if new is not None})
            await self._vault.prolong(principal, {id_: growing[id_].kind for id_, new in more.items() if new is None})
        return Keeping(self._vault, planned, dialect, record) if dialect is not None else None

    async def forget(self, planned: Plan, ids: list[str]) -> None:
        """Forget ids that the upstream has deleted.

        Raises:
            PolicyRefusal: if they cannot be forgotten.
        """
        if not ids:
            return
        with refusing():
            await self._vault.forget(planned.request.principal, ids)

    def _keeping(self, planned: Plan) -> StatefulDialect | None:
        """Return the request's dialect if its upstream will keep something."""
        dialect = planned.request.dialect
        if dialect.name not in self._stateful:
            self._stateful[dialect.name] = dialect if isinstance(dialect, StatefulDialect) else None
        stateful = self._stateful[dialect.name]
        return stateful if stateful is not None and stateful.keeps(planned.document) else None


class Keeping:
    """Remembers the ids in one answer."""

    def __init__(self, vault: Vault, planned: Plan, dialect: StatefulDialect, record: Remembered) -> None:
        self._vault = vault
        self._principal = planned.request.principal
        self._dialect = dialect
        self._record = record
        self._known = planned.request.known
        self._done = {id_ for id_, record in self._known.items() if record.kind not in _LISTED}
        self._reader = EventReader()

    async def whole(self, body: bytes, value: dict[str, Any] | None) -> None:
        """Remember the ids in an answer that came whole; `value`: the object it holds, unless it is a file.

        Raises:
            PolicyRefusal: if they cannot be remembered; the client must then not see them.
        """
        await self._remember([(_parsed(body) if value is None else value, len(body))])

    async def piece(self, data: bytes) -> None:
        """Remember the ids in the next bytes of a streamed answer.

        Raises:
            UpstreamFailed: if an event is too large to be read.
            PolicyRefusal: as above.
        """
        events = (event.data for event in self._reader.feed(data) if event.data is not None)
        await self._remember([(_parsed(source), len(source)) for source in events if _TELLING.search(source)])

    async def _remember(self, answers: list[tuple[dict[str, Any], int]]) -> None:
        """Remember the ids in parsed answers or events, each with its size in bytes."""
        made: dict[str, Remembered] = {}
        for value, size in answers:
            for id_, kind in self._dialect.made(value):
                if id_ not in self._done and 0 < len(id_) <= _MAX_ID:
                    made[id_] = replace(self._record, kind=kind, detail=_detail(value, id_, kind, size))
        for id_, old in self._known.items():
            if id_ in made and made[id_].detail == old.detail:
                del made[id_]
            elif id_ in made:
                made[id_] = replace(made[id_], pairs=(), planted=(), conversation=old.conversation)
        if made:
            with refusing():
                await self._vault.remember(self._principal, made)
            self._done.update(made)


@contextmanager
def refusing() -> Iterator[None]:
    """Refuse the request if the vault fails."""
    try:
        yield
    except VaultError as error:
        _log.error("%s", error)
    else:
        return
    raise PolicyRefusal(
        "What upstreams keep could not be looked up or remembered, so nothing is sent or shown.",
        status=503,
        code="vault_unavailable",
        retry_after_s=5,
    )


def _parsed(source: bytes) -> dict[str, Any]:
    try:
        value: Any = json.loads(source)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {}


def _detail(value: Mapping[str, Any], id_: str, kind: StateKind, size: int) -> dict[str, object]:
    """Return what a list will show of an id: the object as the upstream wrote it."""
    return {"object": dict(value)} if kind in _LISTED and value.get("id") == id_ and size <= _MAX_OBJECT else {}


def planted_in(planned: Plan) -> list[str]:
    """Return the ends of ids that came in with a request, to be remembered with what an upstream keeps of it.

    Raises:
        UninspectableContent: if there are too many.
    """
    planted = planned.mint.planted
    if len(planted) > MAX_PLANTED:
        raise UninspectableContent(
            "The request holds more texts that look like placeholders than can be remembered of what an upstream "
            "keeps: send it with `store: false`, without a conversation."
        )
    return sorted(planted)


def _record(planned: Plan, cleared: Cleared, now: float) -> Remembered:
    return Remembered(
        StateKind.RESPONSE,
        maker_of(cleared.upstream),
        cleared.residual,
        planned.conversation,
        tuple(planned.mint.pairs.values()),
        tuple(planted_in(planned)),
        now,
    )


def _news(record: Remembered, old: Remembered) -> Remembered | None:
    """Return what `record` adds to what is remembered already; None: nothing."""
    surrogates = {pair.surrogate for pair in old.pairs}
    planted = frozenset(old.planted)
    more = replace(
        record,
        kind=old.kind,
        conversation=old.conversation,
        pairs=tuple(pair for pair in record.pairs if pair.surrogate not in surrogates),
        planted=tuple(end for end in record.planted if end not in planted),
    )
    return more if more.pairs or more.planted or more.level > old.level else None
