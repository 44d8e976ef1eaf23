"""One request from top to bottom. Read this page and you know the product.

`plan()` is pure: it reads bytes and returns what would be done with them. `serve`, `check`, `explain`, policy tests
and golden cases all run it. An auditor may follow it by number:

    (0) read       the dialect parses the body strictly and lists every leaf and key that would go out; readers open
                   the files in it; pointers to what an upstream keeps are compared with the vault's memory of them
    (1) find       recognizers point at what is private; content that cannot be read is a finding of its own
    (2) classify   the policy's clauses give the level: the highest of all that match
    (3) decide     the policy's first matching rule gives effect, route and obligations
    (4) transform  each obligation is discharged by its operator; what may come back is kept for the restorer
    (5) route      upstreams of the route that serve the model, speak the dialect and are available, in order
    (6) verify     the send gate judges the very bytes that would be sent, once more, for each upstream in turn

Step (6) is invariant 1 of the design. It does not trust steps (1) to (4): it parses the outgoing bytes anew, finds and
classifies in them, and compares what is left with the upstream's clearance (`gate`). Only `SendGate.clear` makes a
`Cleared`, and the upstream client takes nothing else, so no rule, retry, failover or faulty transform gets round it.

Whatever fails on the way makes a request more sensitive or stops it, never less (invariant 2): a recognizer that
raises makes it HIGH; an obligation that cannot be discharged refuses it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import field, replace
from functools import partial

from gateway.answering import guard
from gateway.blocks import Past
from gateway.core.answers import AnswerPolicy
from gateway.core.conversation import Conversation
from gateway.core.errors import BlockedByPolicy, PolicyRefusal, TransformError
from gateway.core.light import light
from gateway.core.model import (
    Classification,
    Decision,
    RequestFacts,
    Segment,
    SegmentKind,
    Sensitivity,
    Upstream,
)
from gateway.core.protocols import Document
from gateway.core.returned import Ledger, item_digests
from gateway.core.steps import Steps, done
from gateway.dialects.attachments import Attachments
from gateway.dialects.base import JsonDialect
from gateway.dialects.pointers import pointed, pointers
from gateway.engine import Engine
from gateway.gaps import Whole, gap_in, outgoing, without
from gateway.gate import Cleared, Request, SendGate, joined
from gateway.history import Histories, History
from gateway.judging import Judge
from gateway.looked import Looked
from gateway.refusals import barred, denied, nowhere
from gateway.routing import candidates, permitted
from gateway.transforms.apply import Transformation, transform
from gateway.transforms.guard import Guard
from gateway.transforms.replayed import Replayed, Unsettled
from gateway.transforms.requested import Requested
from gateway.transforms.surrogates import Surrogates

__all__ = [
    "Cleared",
    "Engine",
    "Plan",
    "Request",
    "joined",
    "judge",
    "plan",
    "planning",
    "points_to",
    "returning",
]


def judge(engine: Engine, segments: Sequence[Segment], facts: RequestFacts) -> Classification:
    """Find and classify (steps 1 and 2). Never raises: a recognizer that fails makes the request HIGH."""
    return Judge(engine, facts).classify(segments)


@light(frozen=True, slots=True)
class Plan:
    """What would be done with a request.

    Attributes:
        request: the request.
        document: its parsed body.
        facts: what the policy knew besides the content.
        segments: every leaf and key that would go out.
        classification: level, reasons, findings, topics.
        decision: effect, rule, route, obligations.
        transformation: edits, counts, restorers.
        candidates: upstreams to try, in order.
        refusal: why nothing will be sent at all; None when a candidate was cleared.
        first: the first cleared candidate; None when refused.
        gate: the send gate.
        ledger: what is known of the conversation's signed items.
        mint: this request's surrogates.
        talk: what they are keyed by.
        engine: what judged and decided; the gateway's own may be another one by the time this plan is carried out.
        came: the look through the body.
        past: the messages that the document leaves out, because all is known of them.
    """

    request: Request
    document: Document
    facts: RequestFacts
    segments: Sequence[Segment]
    classification: Classification
    decision: Decision
    transformation: Transformation
    candidates: tuple[Upstream, ...]
    gate: SendGate = field(repr=False)
    ledger: Ledger
    mint: Surrogates = field(repr=False)
    talk: Conversation = field(repr=False)
    engine: Engine = field(repr=False)
    came: Looked
    first: Cleared | None = None
    refusal: PolicyRefusal | None = None
    past: Replayed | None = None

    @property
    def conversation(self) -> str:
        """What surrogates are keyed by."""
        return str(self.talk)

    def outgoing(self, upstream: Upstream) -> bytes:
        """Return the bytes that would go to `upstream`: edited, with the model renamed; not yet cleared."""
        return self._edited(upstream.served(self.facts.model))

    def _edited(self, served: str | None) -> bytes:
        return _edited(self.request, self.came, self.transformation, self.past, served)

    def guard(self, answers: AnswerPolicy | None = None) -> Guard:
        """Return what puts originals back into one answer, and looks through it.

        Args:
            answers: what is looked for; by default what the policy says.
        """
        requested = Requested(lambda: [*self._texts().values()], self._private)
        return guard(self.engine, self.transformation.restorers, self.gate.own, requested, answers)

    def _texts(self) -> dict[str, str]:
        return {segment.path: segment.text for segment in self.segments if segment.kind is not SegmentKind.OPAQUE}

    def _private(self) -> list[str]:
        ranks, texts = self.engine.policy.ranks, self._texts()
        return [
            texts.get(finding.path, "")[finding.start : finding.end]
            for finding in self.classification.findings
            if ranks.get(finding.entity_type, Sensitivity.HIGH) > Sensitivity.LOW
        ]

    def attempts(self) -> Iterator[Cleared]:
        """Yield the cleared candidates in order; each but the first passes the gate when it is asked for."""
        if self.refusal is None and self.first is not None:
            cleared: Cleared | None = self.first
            following = self.candidates
            bodies: dict[str | None, bytes] = {}
            while cleared is not None:
                yield cleared
                following = following[following.index(cleared.upstream) + 1 :]
                cleared = done(_first(self.gate, following, self.facts.model, self._edited, bodies))


def _first(
    gate: SendGate,
    upstreams: Sequence[Upstream],
    model: str,
    edited: Callable[[str | None], bytes],
    bodies: dict[str | None, bytes],
) -> Steps[Cleared | None]:
    """Return the first body that the gate clears; `edited` makes one for a served model, `bodies` keeps them."""
    for upstream in upstreams:
        yield
        served = upstream.served(model)
        body = bodies[served] = bodies.get(served) or edited(served)
        yield
        cleared = yield from gate.clearing(body, upstream)
        if cleared is not None:
            return cleared
    return None


def returning(request: Request, engine: Engine) -> tuple[bytes, ...]:
    """Return the digests of the signed items in `request`, for asking who made them; few requests have any."""
    items = request.dialect.signed(request.body)
    return item_digests(engine.key, request.principal.tenant, items) if items else ()


def points_to(request: Request) -> frozenset[str]:
    """Return the ids of what the body points to at upstreams, for the vault to look up before `plan`.

    Raises:
        InvalidRequest: if the body is malformed.
    """
    document = request.dialect.read(request.body)
    return frozenset(pointers(document, request.dialect.segments(document)).values())


def plan(
    request: Request,
    engine: Engine,
    upstreams: Sequence[Upstream],
    available: Callable[[Upstream], bool] = lambda _: True,
) -> Plan:
    """Return what to do with `request`.

    Args:
        request: the request.
        engine: recognizers, policy, operators.
        upstreams: all configured upstreams, in the order of the settings.
        available: whether an upstream is up, as far as is known.

    Raises:
        InvalidRequest: if the body is malformed. Everything else that may go wrong is a plan with a refusal.
    """
    return done(planning(request, engine, upstreams, available))


def planning(
    request: Request,
    engine: Engine,
    upstreams: Sequence[Upstream],
    available: Callable[[Upstream], bool] = lambda _: True,
) -> Steps[Plan]:
    """Plan in steps, as `plan`; they may be done beside those of other requests."""
    histories = Histories(engine, request.dialect, request.body, request.principal, request.conversation)
    history = None if request.known or request.makers else histories.recall()
    if history is not None:
        with suppress(Unsettled):
            return (yield from _planned(request, engine, upstreams, available, (histories, history)))
    return (yield from _planned(request, engine, upstreams, available, (histories, None)))


def _planned(
    request: Request,
    engine: Engine,
    upstreams: Sequence[Upstream],
    available: Callable[[Upstream], bool],
    remembered: tuple[Histories, History | None],
) -> Steps[Plan]:
    """Return what to do with `request`.

    Raises:
        InvalidRequest: as `plan`.
        Unsettled: if what is remembered does not hold, so that it must be planned without.
    """
    # (0) read
    dialect = request.dialect
    histories, history = remembered
    read = _read(request, history)
    document = Document(read.raw, read.value, {}, read.gap)
    points = pointed(document, dialect.segments(document), request.known)
    attachments = Attachments(engine.readers, engine.file_limits)
    segments = attachments.expand(points.segments)
    facts = RequestFacts(
        principal=request.principal,
        endpoint=dialect.endpoint,
        dialect=dialect.name,
        model=dialect.model(document),
        stream=dialect.streams(document),
        min_sensitivity=request.min_sensitivity,
    )
    # (1) find, (2) classify
    yield
    judge_ = Judge(engine, facts)
    conversation = Conversation(lambda: points.conversation or _conversation(request, document))
    if history is not None and str(conversation) != history.conversation:
        raise Unsettled
    ledger = Ledger(engine.key, request.principal.tenant, conversation, request.makers)
    returned = ledger.returned(document, segments)
    reading = yield from judge_.reading(segments, None, returned, *_left_out(history, segments))
    classification = points.raised(reading.classification)
    # (3) decide
    decision = engine.policy.decide(classification, facts)
    # (4) transform
    yield
    mint = Surrogates(
        engine.key,
        tenant=request.principal.tenant,
        conversation=conversation,
        incoming=(segment.text for segment in segments),
        known=engine.restored(points.pairs) if points.known else (),
        blocked=points.planted if points.known else (),
    )
    incoming = (document, classification.sensitivity, points)
    gate = SendGate(request, judge_, mint, ledger, attachments, incoming, remembered)
    failed: PolicyRefusal | None = None
    came = Looked(request.body, document, segments, reading)
    past = history.replayed(came, decision.obligations, mint) if history is not None else None
    try:
        transformation = transform(segments, reading.own, decision.obligations, mint, engine.operators, past)
    except TransformError as error:
        if past is not None:
            raise Unsettled from None
        transformation = transform(segments, (), (), mint, engine.operators)
        failed = BlockedByPolicy(f"The rule '{decision.rule}' could not be carried out: {error}")
    if attachments.opened:
        transformation = replace(transformation, edits=attachments.fold(transformation.edits, transformation.replaced))
    # (5) route
    yield
    allowed = permitted(upstreams, request, engine, points) if engine.purposes or points.known else upstreams
    tried = candidates(decision, facts, dialect.family, allowed, available)
    refusal = denied(decision, classification) or failed or barred(request, engine, points)
    # (6) verify
    first: Cleared | None = None
    if refusal is None:
        edited = partial(_edited, request, came, transformation, past)
        first = yield from _first(gate, tried, facts.model, edited, {})
        yield
        if first is None:
            refusal = nowhere(classification, decision, facts, dialect.family, upstreams)
        elif not request.known and not request.makers:
            work = transformation, decision.obligations, mint
            histories.keep(judge_, came, gate.looked, work, history, conversation)
    judge_.forget()
    return Plan(
        request,
        document,
        facts,
        segments if past is None else Whole(dialect, request.body),
        classification,
        decision,
        transformation,
        tried,
        gate,
        ledger,
        mint,
        conversation,
        engine,
        came,
        first,
        refusal,
        past,
    )


def _read(request: Request, history: History | None) -> Document:
    """Return the body's document, without the messages of which all is known."""
    dialect = request.dialect
    if history is not None and isinstance(dialect, JsonDialect):
        return without(dialect, request.body, history.seen.gap)
    return dialect.read(request.body)


def _edited(
    request: Request, came: Looked, transformation: Transformation, past: Replayed | None, served: str | None
) -> bytes:
    """Return the whole body with its edits made, and the model that is served named."""
    dialect = request.dialect
    if past is None or not isinstance(dialect, JsonDialect):
        return dialect.edit(came.document, transformation.edits, served)
    return outgoing(dialect, came, transformation.edits, served, past) or request.body


def _left_out(history: History | None, segments: Sequence[Segment]) -> tuple[Past | None, int]:
    """Return what is known of the messages that are left out, and how many of the segments stand before them."""
    return (None, 0) if history is None else (history.seen.past, gap_in(segments, history.seen.gap))


def _conversation(request: Request, document: Document) -> str:
    """Return a digest of what stays the same in every turn: who asks, and how the conversation begins."""
    name = request.principal.name.encode("utf-8", "surrogatepass")
    begin = (request.conversation or request.dialect.anchor(document)).encode("utf-8", "surrogatepass")
    parts = (len(name).to_bytes(8, "big"), name, len(begin).to_bytes(8, "big"), begin)
    return hashlib.sha256(b"".join(parts)).hexdigest()
