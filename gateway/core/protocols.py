"""What plug-ins must offer (entry points `gateway.recognizers | readers | dialects | operators`) and what they get."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from gateway.core.errors import RequestError
from gateway.core.files import Reader
from gateway.core.light import light
from gateway.core.model import Finding, Location, Obligation, Segment
from gateway.core.state import StateKind

if TYPE_CHECKING:  # who asks for no record, as `check`, does not import it
    from gateway.core.record import AuditRecord

__all__ = [
    "AuditSink",
    "Cues",
    "Dialect",
    "Document",
    "Gap",
    "Operator",
    "Reader",
    "Recognizer",
    "RestorerFactory",
    "SievedRecognizer",
    "StatefulDialect",
    "StreamRestorer",
    "SurrogateMint",
    "TextRestorer",
    "Walked",
]


@dataclass(frozen=True, slots=True)
class Gap:
    """Members of an array of a body that are left out of a document, because all is known of them.

    Attributes:
        field: the body's key under which the array stands.
        kept: members before those that are left out.
        left_out: how many are; those behind keep their own numbers in paths.
        at: where the bytes that are left out begin in the body.
        size: how many.
        apart: a field; if the third leaf behind the gap is of it too, all must be read. Empty: that may be any.
    """

    field: str
    kept: int
    left_out: int
    at: int
    size: int
    apart: str = ""


Walked = dict[str, tuple[Location, dict[str, Any], list[Segment]]]
"""Path of a member of an array of a body to its real steps, its value and its segments.

What the send gate parses is nearly all what came in: it need not be taken apart twice to be judged anew. Values are
those of the parsed bodies themselves, so nobody changes one: edits are spliced into the source.
"""


@light(frozen=True, slots=True)
class Document:
    """A parsed request body.

    Attributes:
        raw: the bytes as they came, without those of the gap.
        value: the JSON value they hold.
        walked: members of bodies of the same request that were taken apart before; those of this body take their
            place. A dialect may leave it alone.
        gap: what is left out; only a dialect that names its `turns` is given one.
    """

    raw: bytes = field(repr=False)
    value: Any = field(repr=False)
    walked: Walked | None = field(default=None, repr=False, compare=False)
    gap: Gap | None = None


@runtime_checkable
class Recognizer(Protocol):
    """Finds private things in segments. Must raise `DetectionError` when it cannot, never return nothing instead."""

    @property
    def name(self) -> str:
        """Unique name; becomes `Finding.recognizer` unless the recognizer is a family with finer names."""
        ...

    @property
    def entity_types(self) -> frozenset[str]:
        """All entity types it can produce; policies are linted against their union."""
        ...

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        """Return findings in all `segments`.

        Pure, and each segment by itself: the same segment gives the same findings whatever stands around it, in this
        request and in later ones, for they are remembered.
        """
        ...


@dataclass(frozen=True, slots=True)
class Cues:
    """What the signs of a recognizer are made of, for whoever reads a text in pieces and each character once.

    Attributes:
        telling: literals; any of them is a sign. In any case.
        words: literals that are a sign together with a long run.
        numbered: literals that are a sign together with a digit.
        hints: literals behind which any word may be what is looked for: "password".
        run: so many characters without white space are a sign, by themselves or together with a word; 0: none are.
        alone: whether they are by themselves, whatever they are.
        runs: which of them are by themselves, if not all.
        listed: words of at most eight letters from a to z, some of which in a row are a sign.
        row: how many; 0: none are.
        marked: whether whatever is found has a digit or a mark in it, or stands behind a hint.
    """

    telling: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()
    hints: frozenset[str] = frozenset()
    run: int = 0
    alone: bool = True
    runs: tuple[re.Pattern[str], ...] = field(default=(), repr=False)
    listed: frozenset[str] = field(default=frozenset(), repr=False)
    row: int = 0
    marked: bool = False


@runtime_checkable
class SievedRecognizer(Recognizer, Protocol):
    """A recognizer that can tell quickly where it will find nothing."""

    def only(self, types: frozenset[str]) -> SievedRecognizer:
        """Return a recognizer of the same findings as far as they are of `types`; made once."""
        ...

    def signs(self, text: str) -> int:
        """Return the kinds of signs in `text`, each a bit of the lowest eight.

        A sign stands within 64 characters that begin at the beginning of a word, or in one word; so the signs of a
        text are those of its stretches that overlap by as much.
        """
        ...

    def may_find(self, signs: int) -> bool:
        """Return whether anything may be found in a text with signs of these kinds; if not, nothing is."""
        ...

    def cues(self) -> Cues | None:
        """Return what the signs are made of; None: of more than can be told, so that every text may have one."""
        ...


class SurrogateMint(Protocol):
    """Makes the stand-in for a value: same value, same surrogate within a conversation."""

    def surrogate(self, entity_type: str, value: str) -> str:
        """Return the surrogate of `value` and remember the pair for restoring."""
        ...

    def keyed_hash(self, entity_type: str, value: str) -> str:
        """Return a keyed, irreversible digest of `value` (HMAC)."""
        ...


@runtime_checkable
class Operator(Protocol):
    """Replaces one found value."""

    @property
    def name(self) -> str:
        """The word that policies use."""
        ...

    @property
    def restorable(self) -> bool:
        """Whether the original comes back into the answer."""
        ...

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:
        """Return what stands in for `value`.

        Raises:
            TransformError: if the obligation's parameters make no sense.
        """
        ...


class TextRestorer(Protocol):
    """Puts originals back into one channel of text that arrives in pieces."""

    def feed(self, text: str) -> str:
        """Take the next piece and return what may be shown; holds back only what could become a surrogate."""
        ...

    def flush(self) -> str:
        """Return what is still held back; the channel has ended."""
        ...

    @property
    def held(self) -> bool:
        """Whether something is held back."""
        ...


class RestorerFactory(Protocol):
    """Makes restorers over the surrogates that one request minted."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to restore, so that bytes may pass unparsed."""
        ...

    def text(self, value: str) -> str:
        """Restore a whole text."""
        ...

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Return what `text(text)` would replace: (start, end, replacement) in code points, in order, disjoint.

        For fields that must be restored part by part, such as log probabilities whose tokens spell a surrogate.
        """
        ...

    def channel(self, *, in_json: bool = False) -> TextRestorer:
        """Return a restorer for one channel; `in_json`: the text is JSON source, so values are escaped."""
        ...

    def tool(self, name: str) -> RestorerFactory:
        """Return the restorers for the arguments of the tool called `name`, which the policy may except."""
        ...

    def line(self) -> RestorerFactory:
        """Return restorers of texts that clients show one behind the other: an address may go on from one to the next.

        Those of a line begin where that has come to, and leave it there.
        """
        ...

    def unguarded(self) -> RestorerFactory:
        """Return restorers that restore and do nothing else: for what the caller stored, and no model wrote."""
        ...


class StreamRestorer(Protocol):
    """Restores a streamed answer, bytes in, bytes out.

    Attributes:
        signed: the signed and encrypted items that came, as the upstream wrote them; always the same list, which who
            notes them empties.
    """

    signed: list[str]

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the upstream and return the bytes for the client."""
        ...

    def close(self) -> bytes:
        """The upstream has ended: return what was held back."""
        ...

    @property
    def usage(self) -> Mapping[str, int]:
        """Token counts seen so far: `input`, `output`; empty when the upstream told none."""
        ...


@runtime_checkable
class Dialect(Protocol):
    """One endpoint of an API: where its text is, how to edit it, how to restore its answers."""

    @property
    def name(self) -> str:
        """Such as `openai_chat`."""
        ...

    @property
    def family(self) -> str:
        """What upstreams declare to speak: `openai` or `anthropic`."""
        ...

    @property
    def endpoint(self) -> str:
        """The public path, such as `/v1/chat/completions`."""
        ...

    def read(self, body: bytes) -> Document:
        """Parse and check a body.

        Raises:
            InvalidRequest: if it is not strictly JSON of the endpoint's outer shape.
        """
        ...

    def segments(self, document: Document) -> list[Segment]:
        """Return every leaf and key that would go out and is not structural."""
        ...

    def edit(self, document: Document, edits: Mapping[str, str], model: str | None) -> bytes:
        """Return the body with the text at each path of `edits` replaced and the model renamed.

        No edit and no (other) model: the very bytes that came in (invariant 6).
        """
        ...

    def model(self, document: Document) -> str:
        """Return the model asked for; empty when none is named."""
        ...

    def streams(self, document: Document) -> bool:
        """Whether the client asked for a stream."""
        ...

    def anchor(self, document: Document) -> str:
        """Return the text that stays the same in every turn of a conversation: up to and with its first user turn."""
        ...

    def restore(self, body: bytes, restorers: RestorerFactory, value: dict[str, Any] | None = None) -> bytes:
        """Return a whole answer with originals put back; the same bytes when nothing was restored.

        Args:
            body: the answer.
            restorers: over the surrogates of the request.
            value: the object that `body` holds, if it was parsed already; it may be changed.
        """
        ...

    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        """Return a restorer for a streamed answer."""
        ...

    def usage(self, body: bytes, value: Mapping[str, Any] | None = None) -> Mapping[str, int]:
        """Return the token counts of a whole answer: `input`, `output`; `value`: it, if it was parsed already."""
        ...

    def signed(self, body: bytes, value: Mapping[str, Any] | None = None) -> Sequence[str]:
        """Return the signed and encrypted items that a body holds, of a request or a whole answer.

        Args:
            body: request or answer.
            value: the object that `body` holds, if it was parsed already.
        """
        ...

    def error(self, error: RequestError) -> bytes:
        """Return `error` in the API's own envelope."""
        ...

    def error_event(self, error: RequestError) -> bytes:
        """Return `error` as the event with which the API ends a stream that failed."""
        ...


@runtime_checkable
class StatefulDialect(Dialect, Protocol):
    """An endpoint whose upstream keeps what it gets, and answers with ids that point to it."""

    def keeps(self, document: Document) -> bool:
        """Whether the upstream will keep something of this request."""
        ...

    def made(self, value: Mapping[str, Any]) -> Iterable[tuple[str, StateKind]]:
        """Return the ids that an answer, or an event of a streamed one, hands out, and what each points to."""
        ...


@runtime_checkable
class AuditSink(Protocol):
    """Where audit records go: the log on disk, and beside it what packages offer under `gateway.audit_sinks`."""

    async def append(self, record: AuditRecord) -> None:
        """Make the record durable; return only then.

        Raises:
            AuditError: if it cannot; the request must then not be sent.
        """
        ...
