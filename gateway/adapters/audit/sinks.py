"""Sinks that other packages offer (entry point `gateway.audit_sinks`): each gets every record that the log has.

The log on disk comes first: its chain is the evidence, whatever becomes of the others. Behind it a decision waits for
all sinks, side by side, because who plugs one in wants the record there before a byte leaves. One that fails, or does
not answer as soon as the log has to, refuses the request (invariant 2). Nobody waits for outcomes.

Of what a sink raises only the type is told: its words are not ours, and may hold anything (invariant 4).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from gateway.adapters.audit.files import MAX_WAITING, PATIENCE_S
from gateway.core.errors import AuditError
from gateway.core.protocols import AuditSink
from gateway.core.record import AuditRecord

__all__ = ["Sinks"]

_log = logging.getLogger("privacy_gateway")


class Sinks:
    """Hands records to `sinks`.

    Args:
        sinks: of other packages; at least one.
        patience_s: how many seconds one may take for a record.
        max_waiting: how many outcomes may be on their way; one more is given up.
    """

    def __init__(
        self, sinks: Sequence[AuditSink], *, patience_s: float = PATIENCE_S, max_waiting: int = MAX_WAITING
    ) -> None:
        self._sinks = tuple(sinks)
        self._patience_s = patience_s
        self._max_waiting = max_waiting
        self._outcomes: set[asyncio.Task[None]] = set()

    async def append(self, record: AuditRecord) -> None:
        """Return when all sinks have `record`.

        Raises:
            AuditError: if one may not have it; the request must then not be sent.
        """
        wrong = [each for each in await asyncio.gather(*[self._hand(sink, record) for sink in self._sinks]) if each]
        if wrong:
            raise AuditError("; ".join(wrong))

    def enqueue(self, record: AuditRecord) -> None:
        """Hand `record` over soon; nobody waits. For outcomes: their request has left already.

        Raises:
            AuditError: if too many are on their way already.
        """
        if len(self._outcomes) >= self._max_waiting:
            raise AuditError(f"audit sinks: {self._max_waiting} records are on their way")
        task = asyncio.get_running_loop().create_task(self._hand_over(record))
        self._outcomes.add(task)
        task.add_done_callback(self._outcomes.discard)

    async def aclose(self) -> None:
        """Wait for what is on its way."""
        await asyncio.gather(*self._outcomes)

    async def _hand_over(self, record: AuditRecord) -> None:
        try:
            await self.append(record)
        except AuditError as error:
            _log.error("decision %s: its outcome is not with all audit sinks: %s", record.id, error)

    async def _hand(self, sink: AuditSink, record: AuditRecord) -> str:
        """Return what is wrong; empty: `sink` has the record."""
        name = f"audit sink {type(sink).__name__}"
        try:
            async with asyncio.timeout(self._patience_s):
                await sink.append(record)
        except TimeoutError:
            return f"{name} did not answer in {self._patience_s:g} s"
        except Exception as error:  # noqa: BLE001 - fails closed: whatever went wrong, the record may not be there
            return f"{name}: {type(error).__name__}"
        return ""
