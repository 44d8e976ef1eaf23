"""The lines of a file for a batch: each is planned as the request that it is, some side by side (`core.steps`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from gateway.assembly import Gateway
from gateway.core.errors import InvalidRequest, NoClearedUpstream, RequestError
from gateway.core.model import Upstream
from gateway.core.steps import TOGETHER, Steps, done, side_by_side
from gateway.dialects.openai_batches import TALKING, line_dialect
from gateway.dialects.strict_json import loads
from gateway.pipeline import Cleared, Plan, Request, planning
from gateway.server.allowance import Attempts
from gateway.server.keeping import Keeper, planted_in

__all__ = ["Line", "Recorder", "by_upstream", "planned_lines"]

Recorder = Callable[[Plan, Cleared | None], Awaitable[None]]
"""Makes the decision durable; None: refused."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an upload: its plan, and what is sent for it."""

    plan: Plan
    cleared: Cleared

    def told(self) -> list[object]:
        """Return what is remembered: its name as sent, endpoint, surrogates, conversation, what was planted."""
        surrogates = [pair.surrogate for pair in self.plan.mint.pairs.values()]
        sent = loads(self.cleared.body)["custom_id"]
        dialect = self.plan.request.dialect
        planted = planted_in(self.plan) if dialect.endpoint in TALKING else []
        return [sent, dialect.endpoint, surrogates, self.plan.conversation, planted]


async def planned_lines(
    request: Request, sources: Sequence[bytes], record: Recorder, gateway: Gateway, keeper: Keeper
) -> list[Line]:
    """Plan each line of an upload, and find where it goes.

    Args:
        request: the upload.
        sources: the lines.
        record: makes the decision durable that refuses a line.
        gateway: what plans and sends.
        keeper: knows what a line points to.

    Raises:
        RequestError: if one may go nowhere, by its number; then none goes anywhere.
    """
    lines: list[Line] = []
    names: set[str] = set()
    sent: set[str] = set()
    for begin in range(0, len(sources), TOGETHER):
        plans = await _plans(request, sources[begin : begin + TOGETHER], gateway, keeper)
        for number, planned in enumerate(plans, begin + 1):
            try:
                lines.append(await _line(planned, names, sent, record, gateway))
            except RequestError as error:
                raise error.__class__(
                    f"Line {number}: {error.message}",
                    status=error.status,
                    code=error.code,
                    retry_after_s=error.retry_after_s,
                ) from None
    return lines


def by_upstream(lines: Sequence[Line]) -> list[tuple[Upstream, list[int]]]:
    """Return the numbers of the lines by where they go, in the order of the first of each."""
    parts: dict[str, tuple[Upstream, list[int]]] = {}
    for number, line in enumerate(lines):
        upstream = line.cleared.upstream
        parts.setdefault(upstream.name, (upstream, []))[1].append(number)
    return list(parts.values())


async def _plans(
    request: Request, sources: Sequence[bytes], gateway: Gateway, keeper: Keeper
) -> list[Plan | Exception]:
    """Plan some lines side by side; what is wrong with one is its outcome."""
    engine = gateway.engine_for(request.principal.tenant)
    works: list[Steps[Plan]] = []
    wrong: dict[int, RequestError] = {}
    for number, source in enumerate(sources):
        try:
            line = replace(request, dialect=line_dialect(source), body=source, conversation="")
            line = await keeper.recalled(line)
        except RequestError as error:
            wrong[number] = error
        else:
            works.append(planning(line, engine, gateway.upstreams, gateway.client.available))
    planned = iter(await asyncio.to_thread(done, side_by_side(works)))
    return [wrong[number] if number in wrong else next(planned) for number in range(len(sources))]


async def _line(planned: Plan | Exception, names: set[str], sent: set[str], record: Recorder, gateway: Gateway) -> Line:
    """Find where a line goes; `names` and `sent` are the names of those before it, as they came and as they go out.

    Raises:
        RequestError: if it may go nowhere.
    """
    if isinstance(planned, Exception):
        raise planned
    name = planned.document.value["custom_id"]
    if name in names:
        raise InvalidRequest("its `custom_id` comes twice.")
    names.add(name)
    cleared = None
    if planned.refusal is None:
        cleared = await Attempts(planned, gateway, []).next()
    if cleared is None:
        await record(planned, None)
        raise planned.refusal or NoClearedUpstream("no upstream may learn more at the moment.")
    told = loads(cleared.body)["custom_id"]
    if told in sent:
        raise InvalidRequest("what is left of its `custom_id` after the policy's transforms comes twice.")
    sent.add(told)
    return Line(planned, cleared)
