"""Finds and classifies: steps (1) and (2) of `pipeline`, and again the send gate's in step (6).

Decisions kept here:

* What was found is remembered by block (a message, a tool, a parameter) in `Memory`, over requests of one tenant, and
  within a request by segment. A long conversation so costs what is new in it. Sound because a recognizer looks at each
  segment by itself and is pure: same text and context, same findings.
* What must be seen together is put together in each request anew: values split over neighbouring leaves, topics,
  quasi-identifiers, the policy's clauses.
* A recognizer that raises makes the request HIGH, and nothing of that request is remembered.
* A time budget, where there is one, is a failure like any other: what was not scanned in time is HIGH.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from gateway.blocks import FINDING_BYTES, Block, Known, Past, blocks_of
from gateway.core.errors import DetectionError
from gateway.core.model import OPAQUE, Classification, Finding, Reason, RequestFacts, Segment, SegmentKind, Sensitivity
from gateway.core.steps import Steps, done
from gateway.core.uninspectable import RETURNED, SIGNED, uninspectable_type
from gateway.detect.beginnings import End, ends, over_parts
from gateway.detect.hidden import Hidden
from gateway.detect.joints import originals
from gateway.detect.memory import scope_of
from gateway.detect.overlaps import resolve
from gateway.detect.parts import Parts
from gateway.detect.room import most_pieces
from gateway.detect.seams import seams
from gateway.detect.splits import Border, borders, split_over
from gateway.engine import Engine
from gateway.meaning import Effort, Meaning, Reading, highest
from gateway.policy.bundle import DETECTOR_FAILED
from gateway.transforms.surrogates import Surrogates

__all__ = ["Judge"]

_BLOCK: Final = 200
"""Bytes that these take, roughly."""
_SHORT: Final = 64
"""A text of at most so many characters is remembered by itself too."""
_SEAM: Final = "seam "
"""Paths of what is put together start with it; JSON pointers start with a slash."""
_Identity = tuple[SegmentKind, str, tuple[str, ...]]
_PART: Final = 32_768
"""Characters that are scanned between two looks at the clock."""


class Judge:
    """Finds and classifies within one request."""

    def __init__(self, engine: Engine, facts: RequestFacts) -> None:
        self._engine = engine
        self._facts = facts
        tenant = facts.principal.tenant
        self._scope = scope_of(engine.key, tenant, engine.policy.revision, engine.classifier_revision)
        self._blocks: dict[bytes, Known] = {}
        self._segments: dict[_Identity, tuple[Finding, ...]] = {}
        self._told: dict[_Identity, dict[str, float]] = {}
        self._effort = Effort(engine.seconds)
        self._failures = self._effort.failures
        self._meaning = Meaning(engine.asked, engine.memory, self._scope, self._effort)

    def classify(
        self, segments: Sequence[Segment], ours: Surrogates | None = None, returned: frozenset[str] = frozenset()
    ) -> Classification:
        """Find and classify. Never raises.

        Args:
            segments: what is to be judged.
            ours: what is found wholly inside a surrogate of its is an artefact of the surrogate.
            returned: paths of items that go back to who made them.
        """
        return done(self.reading(segments, ours, returned)).classification

    def reading(
        self,
        segments: Sequence[Segment],
        ours: Surrogates | None = None,
        returned: frozenset[str] = frozenset(),
        past: Past | None = None,
        gap: int = 0,
    ) -> Steps[Reading]:
        """Find and classify in steps, as `classify`.

        Args:
            segments: what is to be judged.
            ours: as for `classify`.
            returned: as for `classify`.
            past: what is known of messages that are left out.
            gap: how many of the segments stand before them.
        """
        return self._effort.counted(self._read_all(segments, ours, returned, past, gap))

    def _read_all(
        self,
        segments: Sequence[Segment],
        ours: Surrogates | None,
        returned: frozenset[str],
        past: Past | None,
        gap: int,
    ) -> Steps[Reading]:
        before = blocks_of(segments[:gap], self._scope) if past else []
        blocks = before + blocks_of(segments[gap:] if past else segments, self._scope)
        known = yield from self._known(blocks)
        first = tuple(_placed(before, known[: len(before)])) if before else ()
        findings, told = yield from self._put_together(blocks[len(before) :], known[len(before) :])
        if returned:
            findings = tuple(
                replace(finding, entity_type=RETURNED)
                if finding.entity_type == SIGNED and finding.path in returned
                else finding
                for finding in findings
            )
        if ours is not None and (first or findings):
            paths = {finding.path for finding in (*first, *findings)}
            spans = {segment.path: ours.spans(segment.text) for segment in segments if segment.path in paths}
            first, findings = _outside(first, spans), _outside(findings, spans)
        reading = Reading(blocks, known, findings, len(before), past)
        reading.own = (*first, *findings) if past else findings
        reading.told = told
        yield
        topics = self._meaning.topics(reading)
        yield
        everything = (*first, *past.findings, *findings) if past else findings
        counted = past.scores if past else {}
        sensitivity, reasons = self._engine.policy.classify(reading.own, topics.probabilities, self._facts, counted)
        if self._failures:
            sensitivity = Sensitivity.HIGH
            reasons = (*reasons, *(_failed(name, what) for name, what in sorted(self._failures.items())))
        reading.classification = Classification(sensitivity, reasons, everything, topics)
        return reading

    def _known(self, blocks: Sequence[Block]) -> Steps[list[Known]]:
        """Return what is known of each block, after finding out what is not."""
        memory = self._engine.memory
        missing: dict[bytes, Block] = {}
        for block in blocks:
            if block.digest not in self._blocks:
                remembered = memory.get(block.digest) if memory is not None else None
                if remembered is None:
                    missing.setdefault(block.digest, block)
                else:
                    self._blocks[block.digest] = remembered
        if missing:
            unread: list[Segment] = []
            for block in missing.values():
                unread += block.segments
            yield from self._find(unread)
            yield
            for digest, block in missing.items():
                known = self._blocks[digest] = self._made(block)
                if memory is not None and not self._failures:
                    size = _BLOCK + FINDING_BYTES * (
                        len(known.findings) + len(known.leaves[1]) + len(known.ends[1]) + len(known.notes)
                    )
                    memory.put(digest, known, size + 16 * len(block.prefix))
        return [self._blocks[block.digest] for block in blocks]

    def _made(self, block: Block) -> Known:
        findings: list[Finding] = []
        for segment in block.segments:
            its = self._segments[_identity(segment)]
            if its:
                findings += [_at(finding, segment.path) for finding in its]
        notes = self._meaning.notes(block.meant)
        told = highest(self._told.get(_identity(segment), {}) for segment in block.segments) if self._told else {}
        return Known(block.prefix, tuple(findings), borders(block.segments), ends(block.segments), notes, told)

    def _find(self, segments: Sequence[Segment]) -> Steps[None]:
        fresh = {identity: segment for segment in segments if (identity := _identity(segment)) not in self._segments}
        short = self._recalled(fresh)
        found: dict[str, list[Finding]] = {segment.path: [] for segment in fresh.values()}
        yield
        try:
            hidden = Hidden(fresh.values())
        except Exception as error:  # noqa: BLE001 - what cannot be looked behind counts as unscanned
            hidden = Hidden(())
            self._failures["views"] = type(error).__name__
        parts = list(_parts([*fresh.values(), *hidden.segments]))
        for recognizer in self._engine.recognizers:
            yield
            try:
                for part in parts:
                    self._effort.check()
                    for finding in recognizer.analyze(part):
                        original = hidden.original(finding)
                        if original is not None:
                            found[original.path].append(original)
            except Exception as error:  # noqa: BLE001 - whatever fails in a plug-in must fail closed
                self._failures[recognizer.name] = type(error).__name__
        yield
        self._read(hidden, fresh)
        ranks = self._engine.policy.ranks
        for identity, segment in fresh.items():
            if segment.kind is OPAQUE:
                kind = uninspectable_type(segment.text)
                self._segments[identity] = (Finding(segment.path, kind, 0, 0, 1.0, segment.text),)
            else:
                its = found[segment.path]
                self._segments[identity] = tuple(resolve(its, (segment,), ranks) if len(its) > 1 else its)
        memory = self._engine.memory
        if memory is not None and not self._failures:
            for identity, digest in short.items():
                # What is hidden in a text is remembered with its block alone.
                if identity not in self._told:
                    findings = self._segments[identity]
                    memory.put(digest, findings, FINDING_BYTES * len(findings))

    def _read(self, hidden: Hidden, fresh: Mapping[_Identity, Segment]) -> None:
        """Have topic models read what is hidden behind disguises: a story in base64 is the same story."""
        if not hidden.segments:
            return
        identities = {segment.path: identity for identity, segment in fresh.items()}
        views: dict[str, list[Segment]] = {}
        for path, view in hidden.told():
            views.setdefault(path, []).append(view)
        for path, its in views.items():
            self._told[identities[path]] = self._meaning.of_hidden(its)

    def _recalled(self, fresh: dict[_Identity, Segment]) -> dict[_Identity, bytes]:
        """Take what is remembered out of `fresh`; return the digests of what else is short: keys, states, names.

        Of records with the same fields most leaves come again, in other blocks.
        """
        memory = self._engine.memory
        short: dict[_Identity, bytes] = {}
        if memory is None:
            return short
        for identity, segment in list(fresh.items()):
            if len(segment.text) <= _SHORT and segment.kind is not OPAQUE:
                digest = self._scope.digest((segment.kind[:], segment.text, segment.context))
                known = memory.get(digest)
                if known is None:
                    short[identity] = digest
                else:
                    self._segments[identity] = known
                    del fresh[identity]
        return short

    def _put_together(
        self, blocks: Sequence[Block], known: Sequence[Known]
    ) -> Steps[tuple[tuple[Finding, ...], Mapping[str, float] | None]]:
        """Return the findings of all blocks, with those in values that are split over neighbouring leaves.

        And the topics of what is hidden in such values; None: nothing is split.
        """
        found = _placed(blocks, known)
        parts: list[Sequence[Segment]] = []
        leaves: list[tuple[int, tuple[Border, ...]]] = []
        for block, its in zip(blocks, known, strict=True):
            parts.append(block.segments)
            leaves.append(its.leaves)
        shown = over_parts(parts, [its.ends for its in known])
        split = list(split_over(parts, leaves))
        if split:
            types = frozenset[str]().union(*(recognizer.entity_types for recognizer in self._engine.recognizers))
            split = [finding for finding in split if finding.entity_type in types]
        told: Mapping[str, float] = {}
        if any([its for _, its in shown]):  # noqa: C419 - a generator takes longer
            over, told = yield from self._over_seams(parts, shown)
            split += over
        if split:
            paths = {finding.path for finding in split}
            whole = [segment for block in blocks for segment in block.segments if segment.path in paths]
            joined: dict[str, list[Finding]] = {segment.path: [] for segment in whole}
            for finding in (*found, *split):
                if finding.path in joined:
                    joined[finding.path].append(finding)
            for segment in whole:
                own = joined[segment.path]
                if len(own) > 1:
                    joined[segment.path] = resolve(own, (segment,), self._engine.policy.ranks)
            found = [finding for finding in found if finding.path not in joined]
            found += chain.from_iterable(joined.values())
        return tuple(found), told if split or told else None

    def _over_seams(
        self, parts: Sequence[Sequence[Segment]], shown: Sequence[tuple[int, tuple[End, ...]]]
    ) -> Steps[tuple[list[Finding], Mapping[str, float]]]:
        """Return what is found in texts put together of the ends and beginnings of neighbouring leaves."""
        try:
            self._effort.check()
            joined = seams(parts, shown)
        except Exception as error:  # noqa: BLE001 - what cannot be put together counts as unscanned
            self._failures["seams"] = type(error).__name__
            return [], {}
        made = [Segment(f"{_SEAM}{number}", seam.text, context=seam.context) for number, seam in enumerate(joined)]
        if made:
            yield from self._find(made)
        findings = originals(joined, [self._segments[_identity(segment)] for segment in made])
        # Parts that are named so are pieces of one value each: more of them tell of more records alone.
        named = sum(len(one.leaves) for one in joined if isinstance(one, Parts))
        if len(findings) > most_pieces(parts) + named:
            self._failures["seams"] = DetectionError.__name__
            return [], {}
        return findings, highest(self._told.get(_identity(segment), {}) for segment in made)

    def forget(self) -> None:
        """Free what is kept to make another judgement cheaper; one that comes all the same takes longer."""
        self._meaning.forget()

    @property
    def failed(self) -> bool:
        """Whether anything failed on the way."""
        return bool(self._failures)

    def past(self, reading: Reading, begin: int, cut: int, end: int) -> Past | None:
        """Return what must be known of messages when they are left out the next time (`Meaning.past`)."""
        return self._meaning.past(reading, begin, cut, end)


def _parts(segments: Sequence[Segment]) -> Iterator[Sequence[Segment]]:
    """Yield the segments in parts of some size, between which the clock is looked at."""
    part: list[Segment] = []
    size = 0
    for segment in segments:
        part.append(segment)
        size += len(segment.text)
        if size >= _PART:
            yield part
            part, size = [], 0
    if part:
        yield part


def _outside(findings: tuple[Finding, ...], spans: Mapping[str, Sequence[tuple[int, int]]]) -> tuple[Finding, ...]:
    """Return the findings that no span of their segment holds whole. Spans are in order and don't overlap."""

    def inside(finding: Finding) -> bool:
        own = spans[finding.path]
        place = bisect_right(own, finding.start, key=lambda span: span[0]) - 1
        return place >= 0 and finding.end <= own[place][1] and finding.end > finding.start

    return tuple(finding for finding in findings if not inside(finding))


def _identity(segment: Segment) -> _Identity:
    return segment.kind, segment.text, segment.context


def _placed(blocks: Sequence[Block], known: Sequence[Known]) -> list[Finding]:
    """Return the findings of all blocks where these are now."""
    found: list[Finding] = []
    for block, its in zip(blocks, known, strict=True):
        if its.prefix == block.prefix:
            found += its.findings
        else:
            found += [_at(finding, block.prefix + finding.path[len(its.prefix) :]) for finding in its.findings]
    return found


def _at(finding: Finding, path: str) -> Finding:
    if finding.path == path:
        return finding
    return Finding(path, finding.entity_type, finding.start, finding.end, finding.score, finding.recognizer)


def _failed(name: str, what: str) -> Reason:
    return Reason(DETECTOR_FAILED, f"{name} raised {what}: treated as high", Sensitivity.HIGH)
