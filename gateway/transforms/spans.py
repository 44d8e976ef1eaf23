"""Places in a text and what is written there instead."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Span", "merged", "replaced"]

Span = tuple[int, int, str]
"""Where a place begins, where it ends (exclusive), and what stands there afterwards."""


def replaced(text: str, start: int, end: int, spans: Sequence[Span]) -> str:
    """Return `text[start:end]` with `spans`, all within it, in order and disjoint, replaced."""
    parts: list[str] = []
    for begins, ends, replacement in spans:
        parts += (text[start:begins], replacement)
        start = ends
    parts.append(text[start:end])
    return "".join(parts)


def merged(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """Return spans of both, in order and disjoint; of two that overlap the union, written as `first` has it."""
    if not first:
        return list(second)
    spans: list[Span] = []
    for start, end, text, weak in sorted(
        [
            *((start, end, text, False) for start, end, text in first),
            *((start, end, text, True) for start, end, text in second),
        ],
        key=lambda span: (span[0], span[3], -span[1]),
    ):
        if spans and start < spans[-1][1]:
            before = spans[-1]
            spans[-1] = (before[0], max(end, before[1]), before[2] if weak else text)
        else:
            spans.append((start, end, text))
    return spans
