"""A seam: leaves put together, and what a finding in them is in each of the leaves.

What is certain by itself counts: by a checksum, a numbering plan, a known prefix, a real top level; and only if no leaf
holds it whole already. A secret that its label tells counts only where the seam was looked at for a label before it,
and only if what is behind the seam is no word that begins the next sentence, or if quotes close behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Final, NamedTuple

from gateway.core.model import Finding, Segment
from gateway.detect.beginnings import EDGE, is_address
from gateway.detect.checksums import iban
from gateway.detect.labelled import Named
from gateway.detect.neighbours import Leaves
from gateway.detect.parts import Parts
from gateway.detect.phones import phone_international

__all__ = ["Joint", "Seam", "begins_of", "end_of", "originals"]

_NAME: Final = "split-value"
_SCORE: Final = 0.9
_LONG: Final = 16
"""Characters of a key, at least."""
_SURE: Final = 0.85
_PHONE_IN_PLAN: Final = 0.75
_COUNTED: Final = 0.5
_IDENTIFIERS: Final = re.compile(
    r"[A-Z]{2}_(?!PLZ|POSTCODE|VEHICLE|DRIVER|LICENSE_PLATE)[A-Z_]+|NATIONAL_ID|CREDIT_CARD"
)
"""Types of a country's identifiers."""
_UNSURE: Final = frozenset(
    {
        *("named_secret", "told_secret", "access_code", "secret_column", "secret_field", "long_token", "seed_phrase"),
        "entities",
    }
)
"""What finds credentials by what stands around them: over a seam too much of that is chance."""
_WORD: Final = 3
_PLAIN_WORD: Final = re.compile(r"[A-Za-z]?[a-z]{2,}[.,:=]?")
_SEPARATOR: Final = frozenset("=:")
_STATED: Final = 0.8
_TYING: Final = frozenset("-_+/@#$%&~^")
"""What a text does not end in where the next begins with a word of its own."""
_QUOTES: Final = "\"'`"


class Seam(NamedTuple):
    """Leaves put together: a text, the keys that lead to it, and where it came from.

    Attributes:
        text: what is to be read.
        context: the keys that lead to it.
        leaves: whose ends and beginnings it is made of, in order.
        begins: where each of them begins in `text`.
        starts: the first character of each that stands there.
        gap: characters between two of them.
        assigned: it goes on from a value that a label stands before.
    """

    text: str
    context: tuple[str, ...]
    leaves: Sequence[Segment]
    begins: tuple[int, ...]
    starts: tuple[int, ...]
    gap: int = 0
    assigned: bool = False

    def __repr__(self) -> str:
        """Say how large it is: its text is private."""
        return f"Seam({len(self.text)} characters of {len(self.leaves)} leaves)"

    def places(self, finding: Finding) -> list[tuple[int, int, int]]:
        """Return where `finding`, made in this text, is: numbers of leaves, starts and ends; none if it counts not."""
        start, end, begins = finding.start, finding.end, self.begins
        if start < begins[0]:
            return []
        first, stop = bisect_right(begins, start) - 1, bisect_left(begins, end)
        touched: list[tuple[int, int, int]] = []
        for number in range(first, stop):
            begin = begins[number]
            till = begins[number + 1] - self.gap if number + 1 < len(begins) else len(self.text)
            if start < till and begin < till and not self.text[begin:till].isspace():
                touched.append((number, begin, till))
        if not touched:
            return []
        # A password in a URL may stand in one leaf, and what makes it one in another.
        if finding.recognizer != "url_password" and (
            len(touched) == 1 or not self._counts(finding, touched[0][2], touched[-1][1])
        ):
            return []
        return [
            (number, max(start, begin) + self.starts[number] - begin, min(end, till) + self.starts[number] - begin)
            for number, begin, till in touched
        ]

    def _counts(self, finding: Finding, cut: int, last: int) -> bool:
        """Tell whether a finding over a seam is certain by itself, and no leaf holds it whole.

        Args:
            finding: made in this text.
            cut: where the first leaf ends that it touches.
            last: where the last one begins.
        """
        text, kind = self.text, finding.entity_type
        before = text[finding.start : cut]
        if kind == "EMAIL_ADDRESS":
            return is_address(text[finding.start : finding.end]) and not ("@" in before and is_address(before))
        if kind == "PHONE_NUMBER":
            sure = finding.score >= _PHONE_IN_PLAN and text.startswith("+", finding.start)
            return sure and phone_international(before) is not True
        if kind == "IBAN_CODE":
            return finding.score >= _SURE and not iban(before)
        if kind == "CREDENTIAL":
            return self._is_secret(finding, before, text[last : finding.end])
        behind = text[last : finding.end]
        if finding.score < _COUNTED or _IDENTIFIERS.fullmatch(kind) is None:
            return False
        return len(behind) < _WORD or any(map(str.isdecimal, behind))

    def _is_secret(self, finding: Finding, before: str, behind: str) -> bool:
        """Tell whether a credential over a seam is one; `before` stands in the first leaf, `behind` in the last."""
        if finding.recognizer == "seed_phrase":
            return True
        wordy = _PLAIN_WORD.fullmatch(behind) is not None
        if self.assigned:
            quote = self.text[max(finding.start - 1, 0)]
            if quote in _QUOTES and self.text.startswith(quote, finding.end):
                return finding.score >= _COUNTED
            apart = wordy and before[-1:] not in _TYING
            return finding.score >= _STATED and not apart and _SEPARATOR.isdisjoint(behind)
        sure = finding.score >= _SURE and finding.recognizer not in _UNSURE
        return sure and not (wordy and len(before) >= _LONG)


class Joint(NamedTuple):
    """The end of one leaf and the beginnings of others, put together: what there is to read.

    In most nothing is found, so where each piece came from is told only when asked (`seam`).

    Attributes:
        text: what is to be read.
        context: the keys that lead to it.
        leaves: of the document.
        first: the leaf that it begins with the end of.
        others: the places of those behind it.
        before: characters in front of the first, of a label.
        assigned: as in `Seam`.
    """

    text: str
    context: tuple[str, ...]
    leaves: Leaves
    first: Segment
    others: range
    before: int
    assigned: bool

    def __repr__(self) -> str:
        """Say how large it is: its text is private."""
        return f"Joint({len(self.text)} characters of {1 + len(self.others)} leaves)"

    def seam(self) -> Seam:
        """Return it with where each piece came from."""
        leaves, first, others = self.leaves, self.first, self.others
        part = slice(others.start, others.stop, others.step)
        starts = (max(len(first.text) - EDGE, 0), *leaves.starts[part])
        begins = begins_of(leaves, first, others, self.before)
        row = (first, *leaves.values[part])
        return Seam(self.text, self.context, row, begins, starts, assigned=self.assigned)


def end_of(leaf: Segment) -> str:
    """Return the end of the first leaf of a row, without white space behind it."""
    tail = leaf.text[-EDGE:]
    return tail.rstrip() or tail


def begins_of(leaves: Leaves, first: Segment, others: range, before: int) -> tuple[int, ...]:
    """Return where each leaf of a row begins in the text put together of it, behind so many characters `before` it."""
    sizes = (len(end_of(first)), *map(len, leaves.inner[others.start : others[-1] : others.step]))
    return tuple(accumulate(sizes, initial=before))


def originals(joined: Sequence[Joint | Seam | Named | Parts], found: Sequence[Sequence[Finding]]) -> list[Finding]:
    """Return what was found in texts that were put together, as it is in the leaves, each once.

    Args:
        joined: the texts.
        found: what was found in each of them.
    """
    made: dict[tuple[str, str, int, int, float, str], Finding] = {}
    # Leaves that come again and again make the same text of the same pieces, in which the same is found.
    placed: dict[tuple[object, ...], list[tuple[int, str, int, int]]] = {}
    for one, its in zip(joined, found, strict=True):
        if not its:
            continue
        if isinstance(one, (Named, Parts)):
            for own in chain.from_iterable(map(one.original, its)):
                made.setdefault((own.path, own.entity_type, own.start, own.end, own.score, own.recognizer), own)
            continue
        if isinstance(one, Joint):
            one = one.seam()  # noqa: PLW2901 - the same, told whole
        pieces = (one.text, one.context, one.begins, one.starts, one.gap, one.assigned)
        places = placed.get(pieces)
        if places is None:
            places = placed[pieces] = [
                (number, finding.entity_type, start, end)
                for finding in its
                for number, start, end in one.places(finding)
            ]
        for number, kind, start, end in places:
            path = one.leaves[number].path
            key = (path, kind, start, end, _SCORE, _NAME)
            if key not in made:
                made[key] = Finding(*key)
    return list(made.values())
