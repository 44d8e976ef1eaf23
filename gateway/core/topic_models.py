"""What a topic model must offer, and what it may offer besides so that less is read again.

None is a plug-in: they come with the classifiers, as a directory with a card or as a pack of vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from gateway.core.model import Finding, Segment, Topics

__all__ = ["NotingTopicModel", "RereadingTopicModel", "ResumableTopicModel", "Resume", "TopicModel"]


@runtime_checkable
class TopicModel(Protocol):
    """Tells what a request is about."""

    @property
    def topics(self) -> frozenset[str]:
        """All topic names it gives probabilities for; policies are linted against their union."""
        ...

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:
        """Return a probability for each of `topics`, over all segments together."""
        ...


@runtime_checkable
class NotingTopicModel(TopicModel, Protocol):
    """A topic model that looks at each segment by itself, so that what it saw can be remembered.

    Two attributes promise more, so that what came before need not be read again. `reach`: what it says of a text is the
    highest it says of any stretch of so many characters, each segment counted with one more, and fewer segments never
    make it say more. `from_notes`, if true: it concludes from the notes alone, and an empty note says nothing.
    """

    def note(self, segments: Sequence[Segment]) -> object:
        """Return what there is to know of `segments`, whatever stands around them. Must hold no text of theirs."""
        ...

    def conclude(
        self, notes: Sequence[tuple[str, str, Any]], segments: Sequence[Segment], findings: Sequence[Finding]
    ) -> Topics:
        """Return what `analyze` would.

        Args:
            notes: of each part of the segments, in order: the path it is at, the path it was at when noted, the note.
            segments: all of them.
            findings: in all of them.
        """
        ...


@runtime_checkable
class ResumableTopicModel(TopicModel, Protocol):
    """A topic model that reads all segments in their order and can go on where it was before."""

    def resume(
        self, parts: Sequence[Sequence[Segment]], state: Any, ends: Sequence[int]
    ) -> tuple[Topics, Mapping[int, object]]:
        """Return what `analyze` would, and where it is after so many parts as each of `ends` says.

        Args:
            parts: all segments, in order, in parts.
            state: where it was after the first of the parts in an earlier call; None: at the beginning. States hold
                no text.
            ends: numbers of parts.
        """
        ...


Resume = Callable[[Sequence[Sequence[Segment]], Any, Sequence[int]], tuple[Topics, Mapping[int, object]]]
"""What `ResumableTopicModel.resume` is."""


@runtime_checkable
class RereadingTopicModel(ResumableTopicModel, Protocol):
    """A resumable topic model for which it costs less to read nearly the same again, as the send gate has it do."""

    def rereading(self) -> Resume:
        """Return a `resume` for one request, which says the same and may keep what it made of what it read; no text."""
        ...
