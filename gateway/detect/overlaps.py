"""One finding for each character: the strongest that covers it.

Recognisers overlap: a postal code lies in an address, a phone number looks like three other things. Transforms need
spans that do not overlap, and nothing that was found may fall out. So the strongest finding takes its place, and what
it leaves uncovered of a weaker one stays a finding. Where two findings of one type overlap, they are joined.

Strength is: a score that policies count, then the sensitivity of the type where the caller knows it, then being certain
(a checksum passed), then length, then score. A faint trace of something sensitive must not hide what is surely there.
Time is n log n in the number of findings (Presidio's is its square).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from gateway.core.model import Finding, Segment, Sensitivity

__all__ = ["resolve"]

_CERTAIN: Final = 0.95
_COUNTED: Final = 0.5
"""The score from which policies count a finding, unless they say otherwise."""
_NO_RANKS: Final[Mapping[str, int]] = {}
_UNNAMED: Final = int(Sensitivity.HIGH)
"""What no clause names counts as high: a name around a customer number must not make it nobody's."""


def resolve(
    findings: Iterable[Finding], segments: Sequence[Segment], ranks: Mapping[str, int] = _NO_RANKS
) -> list[Finding]:
    """Return findings that do not overlap and cover what `findings` cover, in the order of segments and places.

    Args:
        findings: of any recognisers, in any order.
        segments: where they were found; a remainder without letter or digit is dropped.
        ranks: entity type to how sensitive it is; a higher one wins. A type that is missing is as good as high.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    resolved: list[Finding] = []
    for segment in segments:
        found = by_path.get(segment.path)
        if found is not None:
            resolved += _settled(found, segment.text, ranks) if len(found) > 1 else found
    return resolved


def _settled(findings: list[Finding], text: str, ranks: Mapping[str, int]) -> list[Finding]:
    findings = sorted(findings, key=lambda finding: finding.start)
    last = findings[-1]
    if last.start < last.end and all(one.start < one.end <= other.start for one, other in pairwise(findings)):
        return findings
    kept: list[Finding] = []
    for group in _groups(findings):
        if len(group) > 1:
            # What several recognisers find at the same place leaves nothing to join.
            kept += _strongest(group if _are_of_one_place(group) else _joined(group), text, ranks)
        elif group[0].start < group[0].end:
            kept += group
    return kept


def _are_of_one_place(findings: Sequence[Finding]) -> bool:
    first = findings[0]
    return all(one.start == first.start and one.end == first.end for one in findings)


def _groups(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Yield findings, which are in order, in groups that nothing overlaps from without."""
    group: list[Finding] = []
    reached = 0
    for finding in findings:
        if group and finding.start >= reached:
            yield group
            group = []
        group.append(finding)
        reached = max(reached, finding.end, finding.start + 1)
    yield group


def _strongest(findings: list[Finding], text: str, ranks: Mapping[str, int]) -> list[Finding]:
    """Return what the stronger ones leave of each finding, in order."""

    def strength(finding: Finding) -> tuple[bool, int, bool, int, float, int, str]:
        return (
            finding.score >= _COUNTED,
            ranks.get(finding.entity_type, _UNNAMED),
            finding.score >= _CERTAIN,
            finding.end - finding.start,
            finding.score,
            -finding.start,
            finding.entity_type,
        )

    first = max(findings, key=strength)
    if first.start <= findings[0].start and all(finding.end <= first.end for finding in findings):
        return [first] if first.start < first.end else []
    starts: list[int] = []
    ends: list[int] = []
    kept: list[Finding] = []
    for finding in sorted(findings, key=strength, reverse=True):
        for start, end in _uncovered(finding.start, finding.end, starts, ends):
            if start == finding.start and end == finding.end:
                kept.append(finding)
            elif (trimmed := _trimmed(text, start, end)) is not None:
                kept.append(replace(finding, start=trimmed[0], end=trimmed[1]))
        _cover(finding.start, finding.end, starts, ends)
    kept.sort(key=lambda finding: finding.start)
    return kept


def _joined(findings: list[Finding]) -> list[Finding]:
    """Join overlapping findings of one type; the strongest gives score and recogniser."""
    joined: list[Finding] = []
    last: dict[str, int] = {}
    for finding in sorted(findings, key=lambda finding: (finding.start, -finding.end, -finding.score)):
        place = last.get(finding.entity_type)
        if place is not None and finding.start < joined[place].end:
            other = joined[place]
            if finding.end <= other.end and finding.score <= other.score:
                continue
            strongest = max(other, finding, key=lambda one: one.score)
            joined[place] = replace(strongest, start=other.start, end=max(other.end, finding.end))
            continue
        last[finding.entity_type] = len(joined)
        joined.append(finding)
    return joined


def _uncovered(start: int, end: int, starts: list[int], ends: list[int]) -> Iterable[tuple[int, int]]:
    place = bisect_right(ends, start)
    while start < end:
        if place == len(starts) or starts[place] >= end:
            yield start, end
            return
        if starts[place] > start:
            yield start, starts[place]
        start = ends[place]
        place += 1


def _cover(start: int, end: int, starts: list[int], ends: list[int]) -> None:
    low = bisect_left(ends, start)
    high = bisect_right(starts, end)
    if low < high:
        start, end = min(start, starts[low]), max(end, ends[high - 1])
    starts[low:high] = [start]
    ends[low:high] = [end]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the place without what is neither letter nor digit at its ends; None if nothing is left."""
    while start < end and not text[start].isalnum():
        start += 1
    while start < end and not text[end - 1].isalnum():
        end -= 1
    return (start, end) if start < end else None
