"""Values in parts, each under a name of its own: `{"dob": {"y": 1980, "m": 4, "d": 12}}`, `{"ssn_1": "536", …}`.

`gateway.core.parts` says which names these are. The parts of one object are put in their order behind the name of the
whole, as one would write it, and read like any text; what is found counts if it is the whole, and then in every part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gateway.core.model import Finding, Segment
from gateway.core.parts import Part, may_name, part

__all__ = ["Parts", "is_part", "put_together"]

_MOST: Final = 6
_REACH: Final = 16
"""So many members of an object are looked through behind a part."""
_LONGEST: Final = 12
"""Characters of a part."""
_COUNTED: Final = 0.5
_SCORE: Final = 0.9
_NAME: Final = "split-value"
_SSN: Final = (3, 2, 4)
_CARD: Final = (4, 4, 4, 4)
_DAYS: Final = (4, 2, 2)
_YEAR: Final = 4
_MONTHS: Final = 12


class Parts(NamedTuple):
    """Parts put together: a text with the name of the whole in front, and which leaves they are.

    Attributes:
        text: what is to be read.
        context: the keys that lead to it.
        leaves: the parts.
        begin: where the value begins in `text`.
    """

    text: str
    context: tuple[str, ...]
    leaves: tuple[Segment, ...]
    begin: int

    def __repr__(self) -> str:
        """Say how large it is: its text is private."""
        return f"Parts({len(self.leaves)} leaves)"

    def original(self, finding: Finding) -> Iterator[Finding]:
        """Yield what `finding`, made in this text, is in the leaves; nothing if it is not the whole."""
        whole = finding.start <= self.begin and finding.end == len(self.text)
        # The entity model knows dates, and finds names in numbers.
        told = finding.entity_type == "DATE_OF_BIRTH" or finding.recognizer != "entities"
        if whole and told and finding.score >= _COUNTED:
            for leaf in self.leaves:
                yield Finding(leaf.path, finding.entity_type, 0, len(leaf.text), _SCORE, _NAME)


def is_part(leaf: Segment) -> bool:
    """Tell whether a leaf is a number, and its keys name it as a part of something private."""
    return _named(leaf) is not None


def put_together(values: Sequence[Segment], place: int) -> Parts | None:
    """Return the value whose first part stands at `place`; None if the others are missing.

    Args:
        values: all leaves, in order.
        place: of one that `is_part`.
    """
    first = values[place]
    named = _named(first)
    if named is None:
        return None
    parent = first.path.rpartition("/")[0]
    row = [(named.order, first)]
    for leaf in values[place + 1 : place + _REACH]:
        if leaf.path.rpartition("/")[0] != parent:
            break
        its = _named(leaf)
        if its is not None and its.whole == named.whole and its.inside == named.inside:
            row.append((its.order, leaf))
    orders = [order for order, _ in row]
    if not 1 < len(row) <= _MOST or len(set(orders)) < len(orders):
        return None
    row.sort(key=lambda one: one[0])
    said = _written([leaf.text.strip() for _, leaf in row], [order for order, _ in row], named)
    label = {"birth": "date of birth", "phone": "phone"}.get(named.kind, named.whole)
    return Parts(f"{label}: {said}", (), tuple(leaf for _, leaf in row), len(label) + 2) if said else None


def _named(leaf: Segment) -> Part | None:
    text, context = leaf.text, leaf.context
    if not context or len(text) > _LONGEST or not may_name(context[-1]):
        return None
    if not text.strip().removeprefix("+").isdecimal():
        return None
    return part(context[-1], context[-2] if len(context) > 1 else "")


def _written(texts: list[str], orders: list[int], named: Part) -> str:
    """Return parts as one would write the whole; empty if they make none."""
    if named.kind == "birth":
        if orders != [0, 1, 2] or int(texts[1]) > _MONTHS:
            return ""
        year = f"19{texts[0]}" if len(texts[0]) < _YEAR else texts[0]
        return "-".join(_filled([year, *texts[1:]], _DAYS))
    if named.kind == "phone":
        country = "" if orders[0] else f"+{texts.pop(0).removeprefix('+').lstrip('0')} "
        return country + "-".join(texts)
    if len(texts) == len(_SSN) and ("ssn" in named.whole or "social" in named.whole):
        return "-".join(_filled(texts, _SSN))
    if len(texts) == len(_CARD) and max(map(len, texts)) <= max(_CARD):
        texts = _filled(texts, _CARD)  # noughts in front are lost where a part is a number
    return "".join(texts)


def _filled(texts: Sequence[str], sizes: Sequence[int]) -> list[str]:
    return [text.zfill(size) for text, size in zip(texts, sizes, strict=True)]
