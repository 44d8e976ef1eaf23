"""What is known of a conversation's earlier messages, so that its next turn costs what is new in it.

An agent sends its whole conversation with every turn. Here the messages whose bytes came before are left out of the
document: neither parsed nor taken apart, judged or rewritten again. What came of them is remembered: findings, where
models were, what was put in place of what. It is added to what comes of the rest.

Decisions kept here:

* Known is a conversation by a keyed digest of the very bytes of its body, from the first to the end of the last
  message that is known: one changed byte and nothing is known. The key comes from the gateway's own, the tenant, the
  policy's and the classifiers' revisions; principal, dialect and the client's name for the conversation are in it too.
* Numbers, findings, digests, surrogates; no text (invariant 4). Where a value must be replaced, it is read from the
  request. A replacement that may show part of a value (a mask) is not remembered: that conversation is read as a whole.
* What counts together stands near together, so the last messages that are known are read again, at least `reach`
  characters, and up to a wall that nothing split goes over (`walls`): what is left out can't meet what is new. A key in
  armour or a long token that is begun may go on over any wall, so nothing from there on is left out.
* Only what is simple is left out. Content that cannot be read, signed items, files, pointers, planted surrogates,
  values split over leaves, a plug-in that promises nothing: the whole body is read. So is it when a value that is new
  may stand in what was left out, or the policy now wants something else done.
* The send gate has its own memory, of the bytes that left: it leaves out only what it judged before, byte for byte, in
  this conversation (`sent`). It does not take over what was concluded about the incoming body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from json import JSONDecodeError, JSONDecoder
from typing import Final

from gateway.blocks import FINDING_BYTES, Block, Past
from gateway.core.conversation import Conversation
from gateway.core.errors import TransformError
from gateway.core.model import Obligation, Principal
from gateway.core.protocols import Dialect, Document, Gap
from gateway.detect.beginnings import Sign, field_of
from gateway.detect.memory import Scope, scope_of
from gateway.dialects.base import JsonDialect
from gateway.dialects.turns import INSTRUCTIONS, kept, turn_of
from gateway.engine import Engine
from gateway.judging import Judge
from gateway.looked import Looked
from gateway.rewriting import Rewriting, Rewritten, rewritten
from gateway.transforms.apply import Transformation
from gateway.transforms.replayed import Replayed, Unsettled
from gateway.transforms.surrogates import Surrogates
from gateway.walls import are_simple, walls

__all__ = ["Histories", "History", "Judged"]

_LEAST: Final = 6000
"""Bytes of a body below which reading all of it costs as much."""
_FEWEST: Final = 2
"""Messages that are worth leaving out."""
_TRIES: Final = 3
"""Messages before which is tried to leave all out."""
_BEGINNING: Final = 16_384
"""Bytes in which the first messages are looked for, before all of the body."""
_SENT: Final = 3
"""Bodies that are remembered as sent: one for each name of a model that a route has."""
_SIZE: Final = 2000
_DECODE: Final = JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Judged:
    """A body of which the beginning is known.

    Attributes:
        digest: of the bytes that are known.
        end: how many they are.
        gap: which of them are left out of the document.
        past: what came of those.
        read: digests of the blocks behind those that were read with them.
    """

    digest: bytes
    end: int
    gap: Gap
    past: Past
    read: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one conversation.

    Attributes:
        seen: of the body as it came.
        sent: of the bodies that left.
        conversation: what its surrogates are keyed by; a digest.
        rewritten: how one became the other.
    """

    seen: Judged
    sent: tuple[Judged, ...]
    conversation: str = field(repr=False)
    rewritten: Rewritten

    def replayed(self, came: Looked, obligations: Sequence[Obligation], mint: Surrogates) -> Replayed:
        """Return the messages in the gap, rewritten.

        Args:
            came: the look through the body without them.
            obligations: what must be done.
            mint: takes up their surrogates.

        Raises:
            Unsettled: if something else would be done with them now.
        """
        source = came.left_out
        if not obligations:
            return Replayed(source, source, {}, {})
        now = {duty.entity_type: duty for duty in obligations}
        if "*" in now or any(now.get(kind) != duty for kind, duty in self.rewritten.duties.items()):
            raise Unsettled
        values: dict[tuple[str, str], str] = {}
        new = rewritten(source, self.rewritten.leaves, values, mint) if self.rewritten.leaves else source
        return Replayed(source, new, values, self.rewritten.tally, self.rewritten.escaped, came.settled(self.seen.read))


class _Beginning:
    """Digests of how a body begins. It is read once, however many are asked for, if these go on from one another."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._read, self._end = sha256(), 0

    def upto(self, end: int) -> bytes:
        """Return the digest of the first `end` bytes."""
        if end < self._end:
            self._read, self._end = sha256(), 0
        self._read.update(memoryview(self.body)[self._end : end])
        self._end = end
        return self._read.digest()


class Histories:
    """Finds and keeps what is known of a request's conversation.

    Args:
        engine: with the memory to keep it in.
        dialect: of the request.
        body: its bytes.
        who: asks.
        conversation: the client's own name for it.
    """

    def __init__(self, engine: Engine, dialect: Dialect, body: bytes, who: Principal, conversation: str) -> None:
        self._engine = engine
        self._dialect = dialect
        self._body = body
        self._scope: Scope | None = None
        self._key = b""
        self._begun: list[_Beginning] = []
        if len(body) >= _LEAST and isinstance(dialect, JsonDialect) and dialect.turns and engine.memory is not None:
            begins = _beginning(body, dialect.turns)
            if begins is not None:
                self._scope = scope_of(
                    engine.key, who.tenant, engine.policy.revision, engine.classifier_revision, "history"
                )
                self._key = self._scope.digest((dialect.name, who.name, conversation, *begins))

    def recall(self) -> History | None:
        """Return what is known of the body; None: nothing is."""
        if self._scope is None or self._engine.memory is None:
            return None
        known = self._engine.memory.get(self._key)
        return known if isinstance(known, History) and self.holds(known.seen, self._body) else None

    def holds(self, judged: Judged, body: bytes) -> bool:
        """Whether `body` begins with the very bytes that `judged` is about."""
        return len(body) > judged.end and self._digest(body, judged.end) == judged.digest

    def _digest(self, body: bytes, end: int) -> bytes:
        """Return the keyed digest of how `body` begins; nothing, for a request of which nothing is kept."""
        if self._scope is None:
            return b""
        begun = next((one for one in self._begun if one.body is body), None)
        if begun is None:
            begun = _Beginning(body)
            self._begun.append(begun)
        return self._scope.digest(begun.upto(end))

    def keep(
        self,
        judge: Judge,
        came: Looked,
        left: Iterable[Looked],
        work: tuple[Transformation, Sequence[Obligation], Surrogates],
        history: History | None,
        conversation: Conversation,
    ) -> None:
        """Remember a request that was planned, if its messages may be left out the next time.

        Args:
            judge: who looked.
            came: at the body as it came.
            left: at the bodies that may leave, where these are other ones.
            work: what was rewritten, why, and with whose surrogates.
            history: what was known before.
            conversation: what surrogates are keyed by.
        """
        memory, scope, dialect = self._engine.memory, self._scope, self._dialect
        if memory is None or scope is None or not isinstance(dialect, JsonDialect) or judge.failed:
            return
        transformation, obligations, mint = work
        if mint.planted:
            return
        if not isinstance(came.document.value.get(dialect.turns), list):
            return
        first = _first(came.document, dialect.turns)
        seen = self._latest(judge, came, dialect.turns)
        if seen is None:
            return
        cut = seen.gap.kept + seen.gap.left_out
        before = history.rewritten if history else None
        try:
            done = Rewriting(dialect, came, transformation, obligations, mint, before).upto(first, cut)
        except TransformError:
            done = None
        if done is None:
            return
        sent = [judged for looked in left if (judged := self._latest(judge, looked, dialect.turns, cut)) is not None]
        known = History(seen, tuple(sent[:_SENT]), str(conversation), done)
        size = _SIZE + FINDING_BYTES * sum(len(each.past.findings) for each in (seen, *known.sent))
        memory.put(self._key, known, size + FINDING_BYTES * done.weight)

    def _latest(self, judge: Judge, looked: Looked, turns: str, most: int | None = None) -> Judged | None:
        """Return what is known of a body when as many messages are left out as may be, up to the one `most`."""
        # With a gap they are: `gap_in` has looked.
        if looked.reading.told is not None or (looked.document.gap is None and not are_simple(looked.segments, turns)):
            return None
        reach = max((int(getattr(model, "reach", 0)) for model in self._engine.topics), default=0)
        first = _first(looked.document, turns)
        least = max(first, kept(looked.document, turns) + _FEWEST)
        for found in walls(looked.segments, turns, first, reach):
            cut = found.cut if most is None else min(found.cut, most)
            if found.apart:
                # What comes next mostly begins as some message here does.
                holds = cut == found.cut and found.apart not in _begins(looked.reading.blocks)
                lowest = cut if holds else cut + 1
            else:
                # Before an earlier message as much may be left out: a topic model may need words of this one.
                lowest = cut - _TRIES + 1
            for each in range(cut, max(least, lowest) - 1, -1):
                judged = self._judged(judge, looked, each, found.apart)
                if judged is not None:
                    return judged
        return None

    def _judged(self, judge: Judge, looked: Looked, cut: int, apart: str) -> Judged | None:
        """Return what is known of a body when the messages before `cut` are left out (`Wall`)."""
        document, reading = looked.document, looked.reading
        turns = self._dialect.turns if isinstance(self._dialect, JsonDialect) else ""
        numbers = [_block_turn(block.prefix, turns) for block in reading.blocks]
        first, before = kept(document, turns), document.gap
        if any(number is None for number in numbers):
            return None
        behind = [place for place, number in enumerate(numbers) if number is not None and number >= cut]
        if not behind or any(end.sign & Sign.LONG for its in reading.known[: behind[0]] for end in its.ends[1]):
            return None
        begin = reading.at if before else next(p for p, n in enumerate(numbers) if n is not None and n >= first)
        past = judge.past(reading, begin, behind[0], behind[-1] + 1)
        if past is None:
            return None
        source, places = looked.source, looked.places(turns)
        taken, size = (before.left_out, before.size) if before else (0, 0)
        at = before.at if before else _bytes(source, places[first][0])
        until = _bytes(source, places[cut - taken][0]) + size
        end = _bytes(source, places[-1][1]) + size
        gap = Gap(turns, first, cut - first, at, until - at, apart)
        read = frozenset([block.digest for block in reading.blocks[behind[0] :]])
        return Judged(self._digest(looked.body, end), end, gap, past, read)


def _beginning(body: bytes, turns: str) -> tuple[int, str] | None:
    """Return where the conversation begins in a body, and the source of its first messages.

    It is guessed, and serves to find what is known of the conversation: a wrong guess finds nothing.
    """
    start = re.search(rb'"%b"[ \t\r\n]{0,20}:[ \t\r\n]{0,20}\[[ \t\r\n]{0,20}' % turns.encode(), body)
    if start is None:
        return None
    begin = start.end()
    # The first messages are mostly short, and the body of a long conversation is not.
    for size in (_BEGINNING, len(body)):
        source = body[begin : begin + size].decode(errors="ignore")
        with suppress(JSONDecodeError, RecursionError, ValueError, IndexError):
            return begin, source[: _end_of_first(source)]
    return None


def _end_of_first(source: str) -> int:
    """Return where the first message ends that is no instruction."""
    end = 0
    while True:
        message, end = _DECODE(source, end)
        if not isinstance(message, dict) or message.get("role") not in INSTRUCTIONS:
            return end
        while source[end] in ", \t\r\n":
            end += 1


def _block_turn(prefix: str, turns: str) -> int | None:
    """Return the number of the message that a block is; -1: it is none; None: it is not one message alone."""
    if prefix == f"/{turns}" or (prefix.startswith(f"/{turns}/") and not prefix[len(turns) + 2 :].isdecimal()):
        return None
    return turn_of(prefix, turns)


def _begins(blocks: Iterable[Block]) -> set[str]:
    """Return the fields with which blocks begin."""
    return {field_of(block.meant[0])[1] for block in blocks if block.meant}


def _first(document: Document, turns: str) -> int:
    """Return the first message that may be left out and is not yet."""
    return kept(document, turns) + (document.gap.left_out if document.gap else 0)


def _bytes(source: str, at: int) -> int:
    return at if source.isascii() else len(source[:at].encode())
