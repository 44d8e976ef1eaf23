"""What is looked for in an answer, and what was found in it.

Decisions kept here:

* Looked through is what the upstream wrote, before restoring. What the request said, in whatever spelling, is no news;
  what of a finding a surrogate of the request covers is an artefact of it.
* Counted are distinct values, because a Responses stream tells each text four times.
* The risk is one less the product of what each finding leaves: a key or a link that carries data weighs 0.9, another
  value by its level 0.5, 0.2 or 0.05, a value that was not put back because of its place 0.2. It orders answers for
  somebody who looks through records; no rule hangs on it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from gateway.core.answers import EXFILTRATION_LINK, UNREAD, AnswerReport
from gateway.core.model import Finding, Sensitivity
from gateway.core.rounding import rounded
from gateway.core.steps import Steps, done
from gateway.transforms.links import carries, find_links, has_link_sign
from gateway.transforms.requested import Requested, squeezed

__all__ = ["Changes", "Finder", "Found", "Judged", "Looking", "Lookout", "Place"]

Judged = dict[tuple[str, bool], bool]
"""Address, and whether it loads without being asked to; whether it carries data out."""
Place = tuple[int, int, str]
"""Start, end, entity type."""
Finder = Callable[[str], Steps[Sequence[Finding]]]
"""Returns in steps what is private in a text, without overlaps; raises whatever a recognizer raises."""
_COUNTING: Final = 0.5
_WEIGHTS: Final = {Sensitivity.LOW: 0.05, Sensitivity.MODERATE: 0.2, Sensitivity.HIGH: 0.5}
_RISKY: Final = {"CREDENTIAL": 0.9, EXFILTRATION_LINK: 0.9, UNREAD: 0.5}
_WITHHELD: Final = 0.2
_NOTHING: Final = AnswerReport()
_MOST_DISTINCT: Final = 1000
_MOST_ADDRESSES: Final = 16
"""Of which it is known whether they carry data out: one is seen with every piece of a stream that comes behind it."""
_LONGEST: Final = 256
"""Characters by which two found values are told apart."""


class Lookout(Protocol):
    """Reads a text that comes in pieces, each character once; its places are ends in what was read so far."""

    @property
    def digit(self) -> int:
        """Where a digit was."""
        ...

    @property
    def hinted(self) -> int:
        """Where a word was behind which a secret may be told."""
        ...

    @property
    def row(self) -> int:
        """Where a row of listed words became suspicious, if it has not ended."""
        ...

    @property
    def suspect(self) -> int:
        """Where anything was that may be a sign; a text in which nothing is has none."""
        ...

    @property
    def changed(self) -> int:
        """Where anything was that may be a sign, or may make one of what was none by itself."""
        ...

    @property
    def coded(self) -> int:
        """Where a run was that may be code for a text, or a sign by itself; `is_code` tells."""
        ...

    def read(self, text: str) -> None:
        """Read the next piece."""
        ...

    def read_calmly(self, text: str, suspect: int, hinted: int, shown: int, keys_only: bool) -> int:  # noqa: FBT001
        """Read the next piece; return whether `is_calm` then, and 2 where `is_code` is to be asked, too."""
        ...

    def is_calm(self, suspect: int, hinted: int, shown: int, keys_only: bool) -> bool:  # noqa: FBT001
        """Return whether what came behind `shown` needs no look.

        No row of listed words goes on, up to `hinted` was the last hint, and either up to `suspect` was the last sign,
        or what came is plain.
        """
        ...

    def is_plain(self, suspect: int, hinted: int, shown: int, until: int, keys_only: bool) -> bool:  # noqa: FBT001
        """Return whether only ordinary words came from `shown` to `until`, and up to `hinted` was the last hint.

        Digits are ordinary, too, if `keys_only` are looked for and up to `suspect` was the last word that wants one.
        """
        ...

    def suspect_all(self) -> None:
        """Take what was read last for suspicious."""
        ...

    def is_code(self, text: str) -> bool:
        """Return whether `text`, of whole words, holds code for a text, or a run that is a sign by itself."""
        ...


class Changes(NamedTuple):
    """What tells of what may change an answer.

    Attributes:
        find: finds it in a text whose signs are given.
        signs: the kinds of signs in a text.
        may_find: whether anything may be found in a text with such signs; if not, nothing is.
        lookout: makes what reads a text in pieces; None: every piece has to be looked through.
        marked: whether all of it has a digit or a mark in it, or stands behind a word that hints at a secret.
    """

    find: Callable[[str, int], Sequence[Finding]]
    signs: Callable[[str], int]
    may_find: Callable[[int], bool]
    lookout: Callable[[], Lookout] | None = None
    marked: bool = True


class Looking:
    """What a guard needs to look through answers to one request.

    Args:
        find: the recognizers.
        own: where this request's surrogates stand in a text.
        level: entity type to its level.
        requested: what the request said.
        changes: what tells of what may change an answer; by default all that is found.
    """

    __slots__ = ("_changes", "_find", "_level", "_own", "requested")

    def __init__(
        self,
        find: Finder,
        own: Callable[[str], Sequence[tuple[int, int]]],
        level: Callable[[str], Sensitivity],
        requested: Requested,
        changes: Changes | None = None,
    ) -> None:
        self._find = find
        self._changes = changes or Changes(lambda text, _: done(find(text)), lambda _: 0, lambda _: True)
        self._own = own
        self._level = level
        self.requested = requested

    @property
    def marked(self) -> bool:
        """Whether what may change an answer has a digit or a mark in it, or stands behind a hint."""
        return self._changes.marked

    def lookout(self) -> Lookout | None:
        """Return what reads a text in pieces; None: every piece has to be looked through."""
        return self._changes.lookout() if self._changes.lookout is not None else None

    def level(self, kind: str) -> Sensitivity:
        """Return the level of a type."""
        return Sensitivity.HIGH if kind == EXFILTRATION_LINK else self._level(kind)

    def signs(self, text: str) -> int:
        """Return the kinds of signs in `text` of what may change an answer."""
        return self._changes.signs(text) << 1 | has_link_sign(text)

    def may_change(self, signs: int, *, links: bool) -> bool:
        """Return whether a text with such signs may hold what changes an answer."""
        return (links and signs & 1 == 1) or self._changes.may_find(signs >> 1)

    def changing(
        self, text: str, signs: int, *, links: bool, is_surrogate: Callable[[str], bool], known: Judged
    ) -> list[Place]:
        """Return what may change an answer in `text`, which has such signs; arguments as for `everything`."""
        found = self._carrying(text, is_surrogate, known) if links else []
        return found + self._news(text, self._changes.find(text, signs >> 1))

    def everything(
        self, text: str, *, links: bool, is_surrogate: Callable[[str], bool], known: Judged
    ) -> Steps[list[Place]]:
        """Return in steps what is private in `text` and not of the request.

        Args:
            text: as the upstream wrote it.
            links: whether addresses that carry data out are looked for.
            is_surrogate: whether a part of an address holds a surrogate that must not be in one.
            known: what was found of addresses before, with the same `is_surrogate`.
        """
        found = self._carrying(text, is_surrogate, known) if links else []
        return found + self._news(text, (yield from self._find(text)))

    def _carrying(self, text: str, is_surrogate: Callable[[str], bool], known: Judged) -> list[Place]:
        """Return the addresses that carry data out."""

        def private(part: str) -> bool:
            return is_surrogate(part) or any(
                finding.score >= _COUNTING and self.level(finding.entity_type) > Sensitivity.LOW
                for finding in done(self._find(part))
            )

        found: list[Place] = []
        for start, end, loads in find_links(text):
            address = text[start:end], loads
            told = known.get(address)
            if told is None:
                if len(known) >= _MOST_ADDRESSES:
                    known.clear()
                told = known[address] = carries(address[0], self.requested, private, loads=loads)
            if told:
                found.append((start, end, EXFILTRATION_LINK))
        return found

    def _news(self, text: str, findings: Iterable[Finding]) -> list[Place]:
        """Return what of `findings` counts, no surrogate covers and the request did not say."""
        own = self._own(text)
        news: list[Place] = []
        for finding in findings:
            if finding.score >= _COUNTING and not self.requested.says(text[finding.start : finding.end]):
                news += ((start, end, finding.entity_type) for start, end in _outside(finding, own, text))
        return news


class _Distinct(dict[tuple[str, str], None]):
    """Entity type and value of what was found: so many of each type, and no more, since a stream need not end."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[str, int] = {}

    def __setitem__(self, key: tuple[str, str], _none: None) -> None:
        kind, value = key
        short = kind, value[:_LONGEST]
        known = self._of.get(kind, 0)
        if short not in self and known < _MOST_DISTINCT:
            self._of[kind] = known + 1
            super().__setitem__(short, None)


class PlainShared:
    """What each piece of a stream asks about (`Shared` of `_calm` is the same, compiled).

    Attributes:
        blocked: whether the answer is kept back.
        length: characters that were shown since they were last looked through.
        heard: what was shown of each text that came in pieces and had any since then; whether it is JSON source.
            Another one when it was looked through: who still sees his own here need not tell it.
    """

    __slots__ = ("blocked", "heard", "length")

    def __init__(self) -> None:
        self.blocked = False
        self.length = 0
        self.heard: dict[int, tuple[list[str], bool]] = {}


if TYPE_CHECKING:
    _Shared = PlainShared
else:
    try:
        from gateway.transforms._calm import Shared as _Shared
    except ImportError:  # no C compiler at installation
        _Shared = PlainShared


class Found(_Shared):
    """What all parts of one answer share: what was found, and whether it is kept back."""

    __slots__ = ("found", "redacted", "shown", "wholes", "withheld")

    def __init__(self) -> None:
        super().__init__()
        self.found = _Distinct()
        self.redacted = _Distinct()
        self.withheld = _Distinct()
        self.wholes: list[str] = []
        self.shown: dict[tuple[str | None, str, tuple[str, ...]], str] = {}

    def report(self, level: Callable[[str], Sensitivity]) -> AnswerReport:
        """Return types and counts; `level` gives the level of a type."""
        if not (self.found or self.redacted or self.withheld or self.blocked):
            return _NOTHING
        safe = 1.0
        for kind, _ in self.found:
            safe *= 1.0 - _RISKY.get(kind, _WEIGHTS[level(kind)])
        safe *= (1.0 - _WITHHELD) ** len(self.withheld)
        risk = rounded(1.0 - safe)
        return AnswerReport(risk, _tally(self.found), _tally(self.redacted), _tally(self.withheld), self.blocked)


def _outside(finding: Finding, own: Sequence[tuple[int, int]], text: str) -> Iterator[tuple[int, int]]:
    """Yield what of a finding no surrogate covers; `own` is in order and disjoint. Joints alone are nothing."""
    at = finding.start
    for start, end in own[max(0, bisect_right(own, at, key=lambda span: span[0]) - 1) :]:
        if start >= finding.end:
            break
        if start > at and squeezed(text[at:start]):
            yield at, start
        at = max(at, end)
    if at < finding.end and squeezed(text[at : finding.end]):
        yield at, finding.end


def _tally(found: Mapping[tuple[str, str], None]) -> dict[str, int]:
    tally: dict[str, int] = {}
    for kind, _ in found:
        tally[kind] = tally.get(kind, 0) + 1
    return dict(sorted(tally.items()))
