"""A name that was recognised once in a text is the same name elsewhere in it.

Why: "Mr. Lad was admitted … Lad complained of" leaves little around the second mention, and a surrogate that replaces
only the first one hides nobody. One pass over the words, linear in the text; what a text writes in lower case too
("will", "mark") is not taken for a name on this ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.core.model import Finding

__all__ = ["with_namesakes"]

_SHORTEST = 3
_POSSESSIVE = ("'s", "’s")


def with_namesakes(
    findings: Sequence[Finding], words: Sequence[str], places: Sequence[tuple[int, int]], least: float
) -> list[Finding]:
    """Return `findings` of one segment with the other mentions of its people, sorted.

    Args:
        findings: of one segment, not overlapping, sorted by offset.
        words: the segment's tokens.
        places: their offsets, as in the findings.
        least: names found with this score or more are looked for elsewhere; a mention found with less is raised to it.
    """
    known = _parts(findings, words, places, least)
    if not known:
        return list(findings)
    settled = list(findings)
    more: list[Finding] = []
    position = 0
    for word, (start, end) in zip(words, places, strict=True):
        pattern = known.get(_bare(word))
        if pattern is None:
            continue
        while position < len(settled) and settled[position].end <= start:
            position += 1
        if position == len(settled) or settled[position].start >= end:
            more.append(replace(pattern, start=start, end=start + len(_bare(word))))
        elif settled[position].entity_type == "PERSON" and settled[position].score < least:
            settled[position] = replace(settled[position], score=pattern.score)
    return sorted([*settled, *more], key=lambda finding: finding.start) if more else settled


def _bare(word: str) -> str:
    return word[:-2] if word.endswith(_POSSESSIVE) else word


def _parts(
    findings: Sequence[Finding], words: Sequence[str], places: Sequence[tuple[int, int]], least: float
) -> dict[str, Finding]:
    """Return the capitalised words of sure names, each with the surest finding that holds it."""
    people = [finding for finding in findings if finding.entity_type == "PERSON" and finding.score >= least]
    known: dict[str, Finding] = {}
    position = 0
    if not people:
        return known
    for word, (start, _) in zip(words, places, strict=True):
        while position < len(people) and people[position].end <= start:
            position += 1
        if position == len(people):
            break
        bare = _bare(word)
        if people[position].start <= start and start + len(bare) <= people[position].end:
            usual = len(bare) >= _SHORTEST and bare[0].isupper() and bare.replace("-", "").replace("'", "").isalpha()
            if usual and (bare not in known or known[bare].score < people[position].score):
                known[bare] = people[position]
    everyday = {word for word in set(words) if word.islower()}
    return {word: finding for word, finding in known.items() if word.lower() not in everyday}
