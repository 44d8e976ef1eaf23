"""Discharges a decision's obligations on the texts of a request.

Decisions kept here (design invariants 1, 2, 5, 6):

* **No character of a finding survives its obligation.** Findings that overlap are replaced as one: their union, under
  the type of the longest (then the surest, then the first). Cutting the shorter one up would leave its rest readable.
* **Of two obligations on one union the irreversible wins**: what a policy never wants back must not get into the
  restore map inside a longer value. It is then redacted whole, because a mask may show a part that the other
  obligation hides.
* **Values found once are transformed everywhere** (`repeats`).
* **What cannot be edited is left and told** (`undischarged`): a JSON number, an opaque item. The send gate judges it.
* A finding outside its text, an unknown operator, a plug-in that fails: `TransformError`, and nothing is sent. The
  message never holds what the plug-in said, which may be the value.

Linear in texts and findings, but for one sort of the findings in each text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from gateway.core.errors import TransformError
from gateway.core.files import Replacement
from gateway.core.light import light
from gateway.core.model import KEY, OPAQUE, Finding, Obligation, Segment
from gateway.core.protocols import Operator
from gateway.transforms.operators import KEEP, OPERATORS, check_parameters, redacted
from gateway.transforms.repeats import repeats
from gateway.transforms.replayed import Replayed
from gateway.transforms.restore import Restorers
from gateway.transforms.spans import replaced
from gateway.transforms.surrogates import Surrogates

__all__ = ["Transformation", "transform"]


@light(frozen=True, slots=True)
class Transformation:
    """What became of a request's texts.

    Attributes:
        edits: path to new text, only of the texts that changed.
        counts: entity type to the operator used and how many times, sorted by type; for the audit record.
        undischarged: (path, entity type) of each obligation that could not be met because the text cannot be edited.
        restorers: restores the surrogates that were put in.
        replaced: path to the spans that were replaced in the text, for texts that stand in files.
    """

    edits: Mapping[str, str] = field(repr=False)
    counts: Mapping[str, tuple[str, int]]
    undischarged: tuple[tuple[str, str], ...]
    restorers: Restorers
    replaced: Mapping[str, Sequence[Replacement]] = field(default_factory=dict, repr=False)


def transform(
    segments: Sequence[Segment],
    findings: Sequence[Finding],
    obligations: Sequence[Obligation],
    mint: Surrogates,
    operators: Mapping[str, Operator] = OPERATORS,
    past: Replayed | None = None,
) -> Transformation:
    """Return the texts of `segments` with every obligation on `findings` discharged.

    An obligation on `*` stands for the types that have none of their own; findings without an obligation stay.

    Args:
        segments: the texts, without those of earlier messages that are rewritten already.
        findings: in them.
        obligations: what must be done.
        mint: makes surrogates.
        operators: by name.
        past: the messages that are rewritten already.

    Raises:
        TransformError: if an obligation cannot be discharged.
        Unsettled: if these messages must be rewritten anew.
    """
    if not obligations:
        return Transformation({}, {}, (), Restorers(mint.pairs))
    work = _Work(obligations, operators, mint, past)
    by_path = work.findings_by_path(segments, findings)
    edits: dict[str, str] = {}
    changes: dict[str, Sequence[Replacement]] = {}
    undischarged: dict[tuple[str, str], None] = {}
    for segment in segments:
        here = by_path.get(segment.path)
        if not here:
            continue
        if not segment.editable or segment.kind is OPAQUE:
            undischarged.update(((segment.path, finding.entity_type), None) for finding, _ in here)
            continue
        undischarged.update(
            ((segment.path, finding.entity_type), None) for finding, _ in here if finding.start == finding.end
        )
        spans = work.replacements(segment.text, here)
        edited = replaced(segment.text, 0, len(segment.text), spans)
        if edited != segment.text:
            edits[segment.path] = edited
            changes[segment.path] = spans
    _keep_keys_apart(segments, edits)
    return Transformation(edits, work.counts(), tuple(undischarged), Restorers(mint.pairs), changes)


class _Work:
    """The obligations, checked, and the tally of what was done."""

    __slots__ = ("_duties", "_mint", "_operators", "_past", "_tally")

    def __init__(
        self,
        obligations: Iterable[Obligation],
        operators: Mapping[str, Operator],
        mint: Surrogates,
        past: Replayed | None,
    ) -> None:
        self._duties: dict[str, Obligation] = {}
        for obligation in obligations:
            problems = check_parameters(obligation.operator, obligation.parameters, operators)
            if problems:
                raise TransformError(f"the obligation on {obligation.entity_type}: {'; '.join(problems)}")
            if self._duties.setdefault(obligation.entity_type, obligation) != obligation:
                raise TransformError(f"there are two different obligations on {obligation.entity_type}")
        self._operators = operators
        self._mint = mint
        self._past = past
        self._tally: dict[str, dict[str, int]] = {kind: dict(used) for kind, used in past.tally.items()} if past else {}

    def findings_by_path(
        self, segments: Sequence[Segment], findings: Sequence[Finding]
    ) -> dict[str, list[tuple[Finding, Obligation]]]:
        """Return what must be done in each text, repeats of the found values included."""
        texts = {segment.path: segment for segment in segments}
        by_path: dict[str, list[tuple[Finding, Obligation]]] = {}
        values: dict[tuple[str, str], None] = {}
        for finding in findings:
            duty = self._duty(finding.entity_type)
            if duty is None:
                continue
            segment = texts.get(finding.path)
            if segment is None:
                raise TransformError(f"a {finding.entity_type} was found at {finding.path}, where there is no text")
            if segment.kind is not OPAQUE:
                if not 0 <= finding.start <= finding.end <= len(segment.text):
                    raise TransformError(f"a {finding.entity_type} was found outside the text at {finding.path}")
                values[(segment.text[finding.start : finding.end], finding.entity_type)] = None
            by_path.setdefault(finding.path, []).append((finding, duty))
        readable = [segment for segment in segments if segment.kind is not OPAQUE]
        if self._past is not None:
            self._past.admit(values)
            values = {**self._past.repeated(segment.text for segment in readable), **values}
        if values:
            for finding in repeats(readable, values, all_of=self._past is not None):
                duty = self._duty(finding.entity_type)
                if duty is not None:
                    by_path.setdefault(finding.path, []).append((finding, duty))
        return by_path

    def replacements(self, text: str, found: list[tuple[Finding, Obligation]]) -> list[Replacement]:
        """Return what to put in place of every union of overlapping findings in `text`."""
        found.sort(key=lambda item: (item[0].start, item[0].end))
        spans: list[Replacement] = []
        place = 0
        while place < len(found):
            start, end = found[place][0].start, found[place][0].end
            union = [found[place]]
            place += 1
            while place < len(found) and found[place][0].start < end:
                union.append(found[place])
                end = max(end, found[place][0].end)
                place += 1
            if start < end:
                spans.append((start, end, self._replacement(text[start:end], union)))
        return spans

    def counts(self) -> dict[str, tuple[str, int]]:
        """Return entity type to the operators used, joined by `+`, and how many times."""
        return {
            entity_type: ("+".join(sorted(tally)), sum(tally.values()))
            for entity_type, tally in sorted(self._tally.items())
        }

    def _duty(self, entity_type: str) -> Obligation | None:
        """Return what must be done to `entity_type`; None if it may stay."""
        duty = self._duties.get(entity_type)
        if duty is None:
            anything = self._duties.get("*")
            if anything is None:
                return None
            duty = self._duties[entity_type] = Obligation(entity_type, anything.operator, anything.parameters)
        return None if duty.operator == KEEP else duty

    def _replacement(self, value: str, union: list[tuple[Finding, Obligation]]) -> str:
        """Return what stands in for `value`, the union of some findings."""
        winner, duty = max(union, key=_weight)
        if any((other.operator, other.parameters) != (duty.operator, duty.parameters) for _, other in union):
            irreversible = [item for item in union if not self._operators[item[1].operator].restorable]
            if irreversible:
                winner, _ = max(irreversible, key=_weight)
                self._count(winner.entity_type, "redact")
                return redacted(winner.entity_type)
        self._count(winner.entity_type, duty.operator)
        return self._applied(value, duty)

    def _applied(self, value: str, duty: Obligation) -> str:
        operator = self._operators[duty.operator]
        mint = self._mint if operator.restorable else self._mint.irreversible
        try:
            result: object = operator.apply(value, duty, mint)
        except TransformError:
            raise
        except Exception as error:  # noqa: BLE001  # fails closed; a plug-in's own message may hold the value
            name = type(error).__name__
            raise TransformError(f"operator {duty.operator} failed on a {duty.entity_type} ({name})") from None
        if not isinstance(result, str):
            raise TransformError(f"operator {duty.operator} gave no text for a {duty.entity_type}")
        return result

    def _count(self, entity_type: str, operator: str) -> None:
        tally = self._tally.setdefault(entity_type, {})
        tally[operator] = tally.get(operator, 0) + 1


def _weight(item: tuple[Finding, Obligation]) -> tuple[int, float, int, str]:
    """Return what decides between findings: longest, surest, earliest; the name so that it is always the same."""
    finding = item[0]
    return finding.end - finding.start, finding.score, -finding.start, finding.entity_type


def _keep_keys_apart(segments: Sequence[Segment], edits: dict[str, str]) -> None:
    """Number edited keys that have become equal to another key of their object, so that no member is lost."""
    keys = [segment for segment in segments if segment.kind is KEY]
    if not any(key.path in edits for key in keys):
        return
    taken = {(_parent(key.path), key.text) for key in keys if key.path not in edits}
    numbers: dict[tuple[str, str], int] = {}
    for key in keys:
        if key.path not in edits:
            continue
        parent, text = _parent(key.path), edits[key.path]
        name = text
        while (parent, name) in taken:
            numbers[(parent, text)] = numbers.get((parent, text), 1) + 1
            name = f"{text} {numbers[(parent, text)]}"
        taken.add((parent, name))
        edits[key.path] = name


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
