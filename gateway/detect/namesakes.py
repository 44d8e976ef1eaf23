"""A name that was recognised once in a text is the same name elsewhere in it.

Why: "Mr. Lad was admitted … Lad complained of" leaves little around the second mention, and a surrogate that replaces
only the first one hides nobody. One pass over the words, linear in the text; what a text writes in lower case too
("will", "mark") is not taken for a name on this ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from gateway.core.model import Finding

__all__ = ["Words", "with_namesakes"]

_SHORTEST = 3
_FEW = 4
"""Names for which a text is searched one by one: those that it spells once have no other mention."""
_POSSESSIVE = ("'s", "’s")


class Words(Protocol):
    """The tokens of a text: what they read, where they start and end."""

    def between(self, start: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Yield the tokens that start from `start` on and before `end`."""
        ...

    def spelled(self, word: str) -> int:
        """Return how often the text spells `word`, or more."""
        ...

    def among(self, words: Iterable[str]) -> Iterator[tuple[str, int, int]]:
        """Yield the tokens that read like one of `words`, in order."""
        ...


def with_namesakes(findings: Sequence[Finding], words: Words, least: float) -> list[Finding]:
    """Return `findings` of one segment with the other mentions of its people, sorted.

    Args:
        findings: of one segment, not overlapping, sorted by offset.
        words: the segment's tokens, their offsets as in the findings.
        least: names found with this score or more are looked for elsewhere; a mention found with less is raised to it.
    """
    known = _parts(findings, words, least)
    if not known or (len(known) <= _FEW and all(words.spelled(bare) == 1 for bare in known)):
        return list(findings)
    alike = {bare + ending for bare in known for ending in ("", *_POSSESSIVE)} | {bare.lower() for bare in known}
    mentions = list(words.among(alike))
    everyday = {word for word, _, _ in mentions if word.islower()}
    settled = list(findings)
    more: list[Finding] = []
    position = 0
    for word, start, end in mentions:
        bare = _bare(word)
        pattern = known.get(bare)
        if pattern is None or bare.lower() in everyday:
            continue
        while position < len(settled) and settled[position].end <= start:
            position += 1
        if position == len(settled) or settled[position].start >= end:
            more.append(replace(pattern, start=start, end=start + len(bare)))
        elif settled[position].entity_type == "PERSON" and settled[position].score < least:
            settled[position] = replace(settled[position], score=pattern.score)
    return sorted([*settled, *more], key=lambda finding: finding.start) if more else settled


def _bare(word: str) -> str:
    return word[:-2] if word.endswith(_POSSESSIVE) else word


def _parts(findings: Sequence[Finding], words: Words, least: float) -> dict[str, Finding]:
    """Return the capitalised words of sure names, each with the surest finding that holds it."""
    known: dict[str, Finding] = {}
    for person in findings:
        if person.entity_type != "PERSON" or person.score < least:
            continue
        for word, start, _ in words.between(person.start, person.end):
            bare = _bare(word)
            usual = len(bare) >= _SHORTEST and bare[0].isupper() and bare.replace("-", "").replace("'", "").isalpha()
            whole = start + len(bare) <= person.end
            if usual and whole and (bare not in known or known[bare].score < person.score):
                known[bare] = person
    return known
