"""What the relay knows of one request while it is on its way; nothing of it outlives the answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

from gateway.adapters.telemetry import RequestWatch
from gateway.core.answers import AnswerReport
from gateway.core.model import Upstream, Zone
from gateway.core.protocols import Dialect, StreamRestorer
from gateway.core.record import AuditRecord
from gateway.core.wire import CallsByPath, by_path
from gateway.server.capacity import Place
from gateway.server.keeping import Keeping
from gateway.transforms.guard import Guard

__all__ = ["CLIENT_LEFT", "Exchange"]

CLIENT_LEFT: Final = 499
"""The status on record where the client went away, as nginx counts it; nobody receives it."""


@dataclass(slots=True)
class Exchange:
    """One request on its way.

    Attributes:
        id: of the decision, given to the client.
        dialect: of the endpoint.
        watch: tells telemetry.
        started: when it came, by `time.perf_counter`.
        place: what it holds.
        stages: milliseconds spent by stage.
        headers: for the answer.
        record: the decision whose outcome is not on record yet.
    """

    id: str
    dialect: Dialect
    watch: RequestWatch
    started: float
    place: Place
    stages: dict[str, float] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    record: AuditRecord | None = None
    upstream: Upstream | None = None
    """Where it was sent last."""
    stream_status: int = CLIENT_LEFT
    """How a stream ended; the client went away, unless one of its ends is reached."""
    prepared: tuple[Guard, StreamRestorer | None] | None = None
    """What an answer will need."""
    guard: Guard | None = None
    """Restores the answer and looks through it; None until there is one."""
    answer: AnswerReport | None = None
    """What was found in it."""
    features: dict[str, str] = field(default_factory=dict)
    """Headers that switch features of the API on."""
    spent: list[str] = field(default_factory=list)
    """Exposure budgets that kept this request from an upstream."""
    first: bool = True
    """Whether no attempt is on record yet."""
    keeping: Keeping | None = None
    """Remembers the ids that the answer hands out, if the upstream keeps something."""
    by_path: CallsByPath | None = None
    """The dialect, where requests are more than a body."""
    ended: float | None = None
    """When the answer was out, where what is recorded of it comes later."""
    begun: str = ""
    """What tells a conversation that this request begins from all others."""

    def __post_init__(self) -> None:
        self.by_path = by_path(self.dialect)
        if self.by_path is not None and self.by_path.begins:
            self.begun = self.id

    def traceparent_for(self, upstream: Upstream) -> str:
        """Return the trace context that `upstream` gets.

        A client may choose its trace id, and so write into it: it goes no further than home.
        """
        return self.watch.traceparent or "" if upstream.zone is Zone.LOCAL else ""

    def out(self) -> None:
        """The answer is out, whenever it is recorded."""
        self.ended = time.perf_counter()
        self.watch.out()

    def total(self) -> None:
        """Note how long the request has taken."""
        self.stages["total"] = ((self.ended or time.perf_counter()) - self.started) * 1000

    def lap(self, stage: str, since: float) -> None:
        """Add the time since `since` (by `time.perf_counter`) to a stage."""
        self.stages[stage] = self.stages.get(stage, 0.0) + (time.perf_counter() - since) * 1000
