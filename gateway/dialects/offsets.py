"""Restores what refers to places in an answer's text: log probabilities of its tokens, citations.

Decisions kept here:

* Log probabilities are restored over all tokens together. The entries that spell a surrogate become one, with their
  joint probability and without alternatives, which would spell something else.
* A citation's offsets count characters of the text as the model wrote it; in the restored text they have moved.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Final

from gateway.core.protocols import RestorerFactory

__all__ = ["merged_logprobs", "move_citations"]

_Span = tuple[int, int, str]
_OFFSETS: Final = ("start_index", "end_index")


def move_citations(text: object, annotations: object, restorers: RestorerFactory) -> bool:
    """Move the offsets of `annotations` (in place) from `text` to what it will be restored to.

    Args:
        text: the text that the offsets count in, not yet restored.
        annotations: objects with `start_index` and `end_index`, in themselves or one level deeper.
        restorers: over the surrogates of the request.

    Returns:
        Whether anything moved.
    """
    if not isinstance(text, str) or not isinstance(annotations, list) or not annotations:
        return False
    spans = restorers.spans(text)
    changed = False
    ends = [end for _, end, _ in spans]
    grown = [0, *accumulate(len(original) - (end - start) for start, end, original in spans)]
    for holder in _citations(annotations) if spans else ():
        for name in _OFFSETS:
            offset = holder.get(name)
            if offset.__class__ is not int:
                continue
            before = bisect_right(ends, offset)
            moved = offset + grown[before]
            if before < len(spans) and spans[before][0] < offset:  # in a surrogate: the whole value is meant
                start, _, original = spans[before]
                moved = start + grown[before] + (len(original) if name == "end_index" else 0)
            changed |= moved != offset
            holder[name] = moved
    return changed


def _citations(annotations: list[Any]) -> Iterator[dict[str, Any]]:
    for annotation in annotations:
        if isinstance(annotation, dict):
            yield annotation
            yield from (member for member in annotation.values() if isinstance(member, dict))


def merged_logprobs(entries: Sequence[Any], restorers: RestorerFactory) -> list[Any] | None:
    """Return token entries with those that spell a surrogate merged into one; None if none does.

    Args:
        entries: of the API's shape `{"token", "logprob", "bytes", "top_logprobs"}`, in order.
        restorers: over the surrogates of the request.
    """
    texts = [_token(entry) for entry in entries]
    joined = "".join(texts)
    spans = restorers.spans(joined)
    if not spans:
        return None
    ends = list(accumulate(map(len, texts)))
    starts = [0, *ends[:-1]]
    merged: list[Any] = []
    done = 0
    for first, last, inside in _groups(spans, starts, ends):
        merged += entries[done:first]
        pieces: list[str] = []
        at = starts[first]
        for start, end, original in inside:
            pieces += (joined[at:start], original)
            at = end
        pieces.append(joined[at : ends[last]])
        merged.append(_merged("".join(pieces), entries[first : last + 1]))
        done = last + 1
    merged += entries[done:]
    return merged


def _groups(
    spans: Sequence[_Span], starts: Sequence[int], ends: Sequence[int]
) -> Iterator[tuple[int, int, list[_Span]]]:
    """Yield (first entry, last entry, spans in them) for entries that have to become one."""
    first = last = -1
    inside: list[_Span] = []
    for span in spans:
        begin, until = bisect_right(ends, span[0]), bisect_left(starts, span[1]) - 1
        if inside and begin > last:
            yield first, last, inside
            inside = []
        if not inside:
            first = begin
        last = until
        inside.append(span)
    yield first, last, inside


def _token(entry: Any) -> str:
    token = entry.get("token") if isinstance(entry, dict) else None
    return token if isinstance(token, str) else ""


def _merged(text: str, entries: Sequence[Any]) -> dict[str, Any]:
    """Return one entry for `entries`: their joint probability, and no alternatives, for they spell something else."""
    chances = [entry.get("logprob") for entry in entries]
    return {
        "token": text,
        "logprob": sum(chance for chance in chances if isinstance(chance, int | float)),
        "bytes": list(text.encode(errors="replace")),
        "top_logprobs": [],
    }
