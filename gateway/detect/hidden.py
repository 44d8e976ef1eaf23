"""What stands in segments behind disguises, as segments of its own for every recogniser, with the way back.

A recogniser needs to know nothing of disguises: it is asked about a key in base64 as about any key. What it finds
counts where the disguise is: in a stretch that reads otherwise, or right behind one (a disguised "password:" before a
plain value). Anything else in the excerpt is found, with all its context, in the text itself.

A finding in a stretch that was decoded points to the whole of it: half a base64 string cannot be rewritten.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from gateway.core.model import Finding, Segment, SegmentKind
from gateway.core.protocols import Recognizer
from gateway.detect.normalize import unfolded
from gateway.detect.views import View

__all__ = ["Hidden", "find_all"]

_MARK: Final = "\0"
"""Paths of views start with it; JSON pointers start with a slash."""
_BEHIND: Final = 48
"""So near behind a change a finding may be due to it."""


class Hidden:
    """The views of some segments.

    Attributes:
        segments: one for each excerpt of each view.
    """

    def __init__(self, segments: Iterable[Segment]) -> None:
        self.segments: list[Segment] = []
        self._origins: list[tuple[str, View, list[tuple[int, int]]]] = []
        for segment in segments:
            if segment.kind is not SegmentKind.OPAQUE and segment.text:
                for view in unfolded(segment.text):
                    changes = list(view.changes(segment.text))
                    self.segments.append(replace(segment, path=f"{_MARK}{len(self._origins)}", text=view.text))
                    self._origins.append((segment.path, view, changes))

    def original(self, finding: Finding) -> Finding | None:
        """Return the finding where it stands in the original; None if it has nothing to do with a disguise."""
        if not finding.path.startswith(_MARK):
            return finding
        path, view, changes = self._origins[int(finding.path[1:])]
        if finding.start == finding.end or not view.is_whole(finding.start, finding.end):
            return None
        # The first change that ends late enough.
        place = bisect_left(changes, finding.start - _BEHIND, key=lambda change: change[1])
        if place == len(changes) or changes[place][0] >= finding.end:
            return None
        start, end = view.original(finding.start, finding.end)
        return replace(finding, path=path, start=start, end=end)


def find_all(recognizers: Iterable[Recognizer], segments: Sequence[Segment]) -> list[Finding]:
    """Return what `recognizers` find in `segments`, also behind disguises.

    Raises:
        DetectionError: if one fails.
    """
    hidden = Hidden(segments)
    asked = [*segments, *hidden.segments]
    found = [hidden.original(finding) for recognizer in recognizers for finding in recognizer.analyze(asked)]
    return [finding for finding in found if finding is not None]
