"""What stands in segments behind disguises, as segments of its own for every recogniser, with the way back.

A recogniser needs to know nothing of disguises: it is asked about a key in base64 as about any key. What it finds
counts where the disguise is: in a stretch that reads otherwise, or right behind one (a disguised "password:" before a
plain value). Anything else in the excerpt is found, with all its context, in the text itself.

What is hidden may be a story and no value, so that topic models read it, too: the views in which words come to light
(`told`). And a text that is written backwards from end to end, or in ROT13, is turned round.

A finding in a stretch that was decoded points to the whole of it: half a base64 string cannot be rewritten.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from gateway.core.errors import DetectionError
from gateway.core.model import NAME, OPAQUE, Finding, Segment
from gateway.core.protocols import Recognizer
from gateway.core.steps import Steps, done
from gateway.detect.borders import has_foreign
from gateway.detect.normalize import unfolded
from gateway.detect.views import View

__all__ = ["Hidden", "find_all", "finding_all"]

_MARK: Final = "\0"
"""Paths of views start with it; JSON pointers start with a slash."""
_BEHIND: Final = 48
"""So near behind a change a finding may be due to it."""

_SWELLING: Final = 12
_ROOM: Final = 131_072
"""So much longer than all texts together their views may be; of one text, see `normalize`."""
_WORDS: Final = 3
_LETTERS: Final = 8
"""So many words, and letters that come to light in them, tell something."""


class Hidden:
    """The views of some segments.

    Attributes:
        segments: one for each excerpt of each view.

    Raises:
        DetectionError: if what is hidden is far more than what it is hidden in.
    """

    def __init__(self, segments: Iterable[Segment]) -> None:
        self.segments: list[Segment] = []
        self._origins: list[tuple[str, View, list[tuple[int, int]]]] = []
        room = _ROOM
        for segment in segments:
            if segment.kind is not OPAQUE and segment.text:
                room += _SWELLING * len(segment.text)
                for view in unfolded(segment.text):
                    room -= len(view.text)
                    if room < 0:
                        raise DetectionError("texts unpack to far more than they are")
                    changes = list(view.changes(segment.text))
                    path = f"{_MARK}{len(self._origins)}"
                    self.segments.append(Segment(path, view.text, segment.kind, segment.context))
                    self._origins.append((segment.path, view, changes))

    def told(self) -> Iterator[tuple[str, Segment]]:
        """Yield the views in which words come to light, with the path of the segment that each belongs to."""
        for segment, (path, view, changes) in zip(self.segments, self._origins, strict=True):
            if segment.kind is not NAME and not view.parted and _tells(view.text, changes):
                yield path, segment

    def original(self, finding: Finding) -> Finding | None:
        """Return the finding where it stands in the original; None if it has nothing to do with a disguise."""
        if not finding.path.startswith(_MARK):
            return finding
        path, view, changes = self._origins[int(finding.path[1:])]
        if finding.start == finding.end or not view.is_whole(finding.start, finding.end):
            return None
        # The first change that ends late enough.
        place = bisect_left(changes, finding.start - _BEHIND, key=lambda change: change[1])
        if place == len(changes) or changes[place][0] > finding.end:
            return None
        if view.parted and has_foreign(view.text[finding.start : finding.end]):
            return None  # what has such letters in it is none of what was parted from them
        start, end = view.original(finding.start, finding.end)
        return replace(finding, path=path, start=start, end=end)


def _tells(text: str, changes: Sequence[tuple[int, int]]) -> bool:
    """Tell whether words come to light in a view's text, where it changes."""
    if not changes or len(text[changes[0][0] : changes[-1][1]].split()) < _WORDS:
        return False
    letters = 0
    for start, end in changes:
        letters += sum(map(str.isalpha, text[start:end]))
        if letters >= _LETTERS:
            return True
    return False


def find_all(recognizers: Iterable[Recognizer], segments: Sequence[Segment]) -> list[Finding]:
    """Return what `recognizers` find in `segments`, also behind disguises.

    Raises:
        DetectionError: if one fails.
    """
    return done(finding_all(recognizers, segments))


def finding_all(recognizers: Iterable[Recognizer], segments: Sequence[Segment]) -> Steps[list[Finding]]:
    """Find in steps, as `find_all`."""
    hidden = Hidden(segments)
    asked = [*segments, *hidden.segments]
    found: list[Finding | None] = []
    for recognizer in recognizers:
        yield
        found += [hidden.original(finding) for finding in recognizer.analyze(asked)]
    yield
    return [finding for finding in found if finding is not None]
