"""The send gate: step (6) of `pipeline`, and what it takes and gives.

It trusts neither recognition nor transforms: the very bytes that would be sent are parsed, looked through and judged
anew (invariant 1). Nothing else makes a `Cleared`, and the upstream client takes nothing else.

Of a long conversation it reads what is new, and of the rest it knows what came of reading those very bytes before
(`history`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core.light import light
from gateway.core.model import Principal, Sensitivity, Upstream
from gateway.core.protocols import Dialect, Document
from gateway.core.returned import Ledger, Makers
from gateway.core.state import Remembered
from gateway.core.steps import Steps, done
from gateway.dialects.attachments import Attachments
from gateway.dialects.base import JsonDialect
from gateway.dialects.pointers import Pointed, pointed
from gateway.gaps import gap_in, without
from gateway.history import Histories, History, Judged
from gateway.judging import Judge
from gateway.looked import Looked
from gateway.transforms.replayed import Unsettled
from gateway.transforms.surrogates import Surrogates

__all__ = ["Cleared", "Request", "SendGate", "joined"]

_SEAL: Final = object()


@light(frozen=True, slots=True)
class Request:
    """One API request, as far as planning needs it.

    Attributes:
        dialect: the endpoint's dialect.
        body: the bytes as they came.
        principal: who asks.
        min_sensitivity: the client may raise the level, never lower it.
        conversation: the client's own name for the conversation; empty: told apart by how it begins.
        makers: who made the signed items that it holds, as far as is known (`returning`).
        known: id to what the vault remembers of it, of what the body points to at upstreams.
    """

    dialect: Dialect
    body: bytes = field(repr=False)
    principal: Principal = field(default_factory=Principal)
    min_sensitivity: Sensitivity = Sensitivity.LOW
    conversation: str = field(default="", repr=False)
    makers: Makers = field(default_factory=dict, repr=False)
    known: Mapping[str, Remembered] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A body that may leave for one upstream. Only `SendGate.clear` can make one, and `joined` one of several.

    Attributes:
        upstream: the one it is cleared for.
        body: the bytes to send.
        residual: their sensitivity, at most the upstream's clearance.
        seal: what this module alone has.
    """

    upstream: Upstream
    body: bytes = field(repr=False)
    residual: Sensitivity
    seal: object = field(repr=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL or self.residual > self.upstream.clearance:
            raise PermissionError("a body is cleared by SendGate.clear and by nothing else")


def joined(lines: Sequence[Cleared]) -> Cleared:
    """Return bodies that are each cleared for the same upstream as the lines of one body.

    Args:
        lines: at least one; none holds a line break.

    Raises:
        PermissionError: if they are cleared for two upstreams.
        ValueError: if one holds a line break.
    """
    upstream = lines[0].upstream
    if any(line.upstream != upstream for line in lines):
        raise PermissionError("lines for two upstreams are no body")
    if any(b"\n" in line.body for line in lines):
        raise ValueError("a line holds a line break")
    return Cleared(upstream, b"\n".join(line.body for line in lines), max(line.residual for line in lines), _SEAL)


class SendGate:
    """Judges outgoing bytes and is the only maker of `Cleared`.

    It knows this request's surrogates from the mint, not from the transform: a faulty transform can't make a value
    pass for one, and an entity model that takes `<PERSON_kt4qz7mw3bd>` for a name doesn't keep the body from leaving.
    An item that goes back to who made it is nothing new to that upstream, and unreadable to every other one.
    """

    def __init__(
        self,
        request: Request,
        judge: Judge,
        mint: Surrogates,
        ledger: Ledger,
        attachments: Attachments,
        incoming: tuple[Document, Sensitivity, Pointed],
        histories: tuple[Histories, History | None],
    ) -> None:
        self._dialect = request.dialect
        self._walked = incoming[0].walked
        self._known = request.known
        self._judge = judge
        self._mint = mint
        self._ledger = ledger
        self._attachments = attachments
        self._histories = histories
        self._looked: list[Looked] = []
        self._judged: list[tuple[bytes, str, tuple[Sensitivity, Pointed]]] = []
        if not ledger.makers and not attachments.cleans:
            self._judged.append((request.body, "", incoming[1:]))

    @property
    def looked(self) -> Sequence[Looked]:
        """The looks through bodies that were judged, but for the one that came in."""
        return self._looked

    def own(self, text: str) -> Sequence[tuple[int, int]]:
        """Return where this request's own surrogates stand in `text`."""
        return self._mint.spans(text)

    def residual(self, body: bytes, upstream: Upstream) -> Sensitivity:
        """Return the sensitivity, to `upstream`, of the very bytes that would be sent, and of what they point to."""
        return done(self._of(body, upstream))[0]

    def clear(self, body: bytes, upstream: Upstream) -> Cleared | None:
        """Return `body` cleared for `upstream`.

        None if what is left in it, or what it points to, is above the upstream's clearance, or if it points to
        anything that this upstream didn't make for this caller.
        """
        return done(self.clearing(body, upstream))

    def clearing(self, body: bytes, upstream: Upstream) -> Steps[Cleared | None]:
        """Clear in steps, as `clear`."""
        residual, points = yield from self._of(body, upstream)
        fits = residual <= upstream.clearance and points.may_go_to(upstream)
        return Cleared(upstream, body, residual, _SEAL) if fits else None

    def _of(self, body: bytes, upstream: Upstream) -> Steps[tuple[Sensitivity, Pointed]]:
        """Judge `body` for `upstream`; remembered within the request."""
        mark = self._ledger.mark(upstream) if self._ledger.makers else ""
        # Compared, not hashed: there are one or two, and a body is long.
        known = next((told for judged, its, told in self._judged if its == mark and judged == body), None)
        if known is None:
            try:
                known = yield from self._told(body, self._remembered(body), upstream)
            except Unsettled:
                known = yield from self._told(body, None, upstream)
            self._judged.append((body, mark, known))
        return known

    def _told(self, body: bytes, before: Judged | None, upstream: Upstream) -> Steps[tuple[Sensitivity, Pointed]]:
        """Read and judge `body`, without what is known of it.

        Raises:
            Unsettled: if it must be read as a whole.
        """
        dialect = self._dialect
        if before is not None and isinstance(dialect, JsonDialect):
            read = without(dialect, body, before.gap)
        else:
            before, read = None, dialect.read(body)
        document = Document(read.raw, read.value, self._walked, read.gap)
        points = pointed(document, dialect.segments(document), self._known)
        segments = self._attachments.expand_sent(points.segments)
        gap = gap_in(segments, before.gap) if before else 0
        returned = self._ledger.returned(document, segments, upstream)
        yield
        reading = yield from self._judge.reading(segments, self._mint, returned, before.past if before else None, gap)
        self._looked.append(Looked(body, document, segments, reading))
        return points.raised(reading.classification).sensitivity, points

    def _remembered(self, body: bytes) -> Judged | None:
        """Return what was judged of `body` when it left with fewer messages."""
        histories, history = self._histories
        if history is None:
            return None
        return next((judged for judged in history.sent if histories.holds(judged, body)), None)
