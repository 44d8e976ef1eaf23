"""The worst errors, worst first: where to look to make detection better.

An error has a place, types and offsets; its text only if the caller asks for it, since these are private texts. What
counts as worst: leaks before over-blocking, high before moderate; missed spans by length; false findings by score.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from gateway.core.model import Sensitivity, Zone
from gateway.evaluation.entities import cover_scores, matched
from gateway.evaluation.examples import Example
from gateway.evaluation.judging import Judged
from gateway.evaluation.kinds import counted_as

__all__ = ["Flaw", "worst"]

_AROUND: Final = 48
_LONGEST: Final = 240
_EACH: Final = 4
"""Errors of one example that are shown, at most."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One error.

    Attributes:
        kind: `leaked`, `kept`, `level`, `missed`, `false`.
        place: where the example stands.
        detail: levels, types, scores, reasons; no text.
        weight: how bad, for sorting within a kind.
        span: offsets in the text; None: the whole.
        text: before, the span itself, after; None unless asked for.
    """

    kind: str
    place: str
    detail: str
    weight: float
    span: tuple[int, int] | None = None
    text: tuple[str, str, str] | None = field(default=None, repr=False)

    def fields(self) -> dict[str, object]:
        """Return it for JSON."""
        shown: dict[str, object] = {"place": self.place, "detail": self.detail}
        if self.span is not None:
            shown |= {"start": self.span[0], "end": self.span[1]}
        if self.text is not None:
            shown["text"] = "".join(self.text)
        return shown


def worst(
    examples: Sequence[Example],
    judged: Sequence[Judged],
    labels: Collection[str],
    *,
    count: int,
    with_text: bool,
) -> dict[str, list[Flaw]]:
    """Return the `count` worst errors of each kind; kinds without errors are left out."""
    kinds: dict[str, list[Flaw]] = {"leaked": [], "kept": [], "level": [], "missed": [], "false": []}
    for example, one in zip(examples, judged, strict=True):
        for flaw in (*_of_level(example, one), *_of_entities(example, one, labels)):
            kinds[flaw.kind].append(flaw)
    return {
        kind: [_shown(flaw, examples, with_text=with_text) for flaw in _spread(flaws, count)]
        for kind, flaws in kinds.items()
        if flaws
    }


def _spread(flaws: list[Flaw], count: int) -> list[Flaw]:
    """Return the worst, not more than a few of the same example."""
    seen: dict[str, int] = {}
    chosen = []
    for flaw in sorted(flaws, key=lambda flaw: -flaw.weight):
        seen[flaw.place] = seen.get(flaw.place, 0) + 1
        if seen[flaw.place] <= _EACH:
            chosen.append(flaw)
            if len(chosen) == count:
                break
    return chosen


def _of_level(example: Example, one: Judged) -> Iterator[Flaw]:
    level = example.level
    if level is None:
        return
    to = one.zone.value if one.zone else "nowhere"
    top = sorted(one.topics.probabilities.items(), key=lambda topic: -topic[1])
    told = ", ".join(f"{name} {p:.2f}" for name, p in islice(top, 3))
    detail = f"{level.label} judged {one.sensitivity.label}, goes to {to}; {', '.join(one.reasons) or 'no clause'}"
    detail += f"; topics: {told}" if told else ""
    if level is not Sensitivity.LOW and one.zone is Zone.CLOUD and not one.altered:
        yield Flaw("leaked", example.place, detail, float(level))
    elif level is Sensitivity.LOW and one.zone is not Zone.CLOUD:
        yield Flaw("kept", example.place, detail, float(one.sensitivity))
    elif level is not one.sensitivity:
        yield Flaw("level", example.place, detail, float(level - one.sensitivity))


def _of_entities(example: Example, one: Judged, labels: Collection[str]) -> Iterator[Flaw]:
    if example.spans is None:
        return
    for (start, end, kind), cover in zip(example.spans, cover_scores(example, one.findings), strict=True):
        if not cover:
            yield Flaw("missed", example.place, f"{kind} not covered", float(end - start), (start, end))
    answers = [(f, label) for f in one.findings if (label := counted_as(f.entity_type, labels))]
    _, right = matched(example.spans, [(f.start, f.end, label) for f, label in answers], "overlap")
    for (finding, _), good in zip(answers, right, strict=True):
        if not good:
            detail = f"{finding.entity_type} {finding.score:.2f} by {finding.recognizer}"
            yield Flaw("false", example.place, detail, finding.score, (finding.start, finding.end))


def _shown(flaw: Flaw, examples: Sequence[Example], *, with_text: bool) -> Flaw:
    if not with_text:
        return flaw
    text = next(example.text for example in examples if example.place == flaw.place)
    if flaw.span is None:
        cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        parts = ("", cut, "")
    else:
        start, end = flaw.span
        parts = (text[max(0, start - _AROUND) : start], text[start:end], text[end : end + _AROUND])
    return Flaw(flaw.kind, flaw.place, flaw.detail, flaw.weight, flaw.span, parts)
