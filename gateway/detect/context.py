"""Context words: what stands near a match, or among the keys that lead to it, makes it more probable.

Looked up at matches only, within a fixed window, so that the cost is linear in the number of matches. Presidio
compares lemmas of all tokens of the text, which grows with the square of its length on dense data.

A word counts when it stands alone: `ssn` in `user_ssn` and in `SSN:`, not in `lessness`. `*` at its end takes any
ending. Words of scripts written without spaces count anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from gateway.detect.borders import parted
from gateway.detect.gates import Literal, fold
from gateway.detect.profile import LiteralSet, Profile
from gateway.detect.starts import branched

__all__ = ["AFTER", "BEFORE", "Context", "keys_as_text"]

BEFORE: Final = 72
"""Characters before a match in which a context word counts."""
AFTER: Final = 28
"""Characters behind a match in which a context word counts."""
_FLOOR: Final = 0.6
_BOOST: Final = 0.35
_NEARNESS: Final = 0.05
"""The most that nearness adds: tells `SSN …, passport 123456789` apart."""
_HUMP: Final = re.compile(r"(?=[A-Z])(?<=[a-z0-9])")
_SPACELESS: Final = (
    ("\u0e00", "\u0eff"),
    ("\u1100", "\u11ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uac00", "\ud7af"),
)
"""First and last characters of scripts written without spaces. Few words are asked: no expression, slow to compile."""


def keys_as_text(words: Iterable[str]) -> str:
    """Return the keys that lead to a leaf as one text, `userSsn` taken apart to `user Ssn`, `客户SSN` to `客户 SSN`."""
    keys = parted(" ".join(words))
    return keys if keys.islower() else _HUMP.sub(" ", keys)


class Context:
    """The context words of one recogniser.

    Attributes:
        cues: one of these must be in a text for any of the words to be in it.
        sought: the same, to be asked for together.
    """

    __slots__ = ("_expression", "_listed", "cues", "sought")

    def __init__(self, words: Sequence[str]) -> None:
        self._listed = tuple(words)
        self._expression: re.Pattern[str] | None = None
        # A word of several parts may be joined in several ways; its longest part stands there in any case.
        parts = {max(fold(word.rstrip("*")).split(), key=len) for word in words}
        self.cues = tuple(Literal(part, folded=True) for part in sorted(parts))
        self.sought = LiteralSet(self.cues)

    @property
    def _words(self) -> re.Pattern[str]:
        """The words as one expression, compiled when a text first has a cue of theirs: most never do in a short run."""
        if self._expression is None:
            self._expression = _compiled(self._listed)
        return self._expression

    def prepare(self) -> None:
        """Compile now what is else compiled when it is first needed."""
        _ = self._words

    def may_be_in(self, profile: Profile) -> bool:
        """Tell, cheaply, whether one of the words may be in a text whose index knows the cues."""
        return profile.any_of(self.sought)

    def is_in(self, profile: Profile) -> bool:
        """Tell whether one of the words is in a text."""
        return self.may_be_in(profile) and self._words.search(profile.text) is not None

    def may_be_among(self, keys: str) -> bool:
        """Tell whether one of the words is among the keys that lead to a text."""
        return bool(keys) and self._words.search(keys) is not None

    def may_boost(self, profile: Profile, start: int, end: int) -> bool:
        """Tell, cheaply, whether `boosted` may return a score."""
        return profile.is_near(start, end, self.sought, BEFORE, AFTER) or (
            bool(profile.keys) and profile.is_led_to(self.sought, self.may_be_among)
        )

    def boosted(self, score: float, profile: Profile, start: int, end: int) -> float | None:
        """Return the score of a match at `start` to `end` with a context word near it; None without one.

        Args:
            score: the match's own score.
            profile: the whole text.
            start: where the match starts.
            end: where it ends.
        """
        distance = self._distance(profile, start, end)
        if distance is None:
            return None
        near = _NEARNESS * (1 - distance / (BEFORE + 1))
        return min(max(score + _BOOST, _FLOOR) + near, 1.0)

    def _distance(self, profile: Profile, start: int, end: int) -> int | None:
        if profile.keys and profile.is_led_to(self.sought, self.may_be_among):
            return 0
        if not profile.is_near(start, end, self.sought, BEFORE, AFTER):
            return None
        text = profile.text
        # A word that stands on one side has a cue that starts there.
        if profile.is_near(start, start, self.sought, BEFORE, 0):
            last = None
            for last in self._words.finditer(text, max(start - BEFORE, 0), start):  # noqa: B007 - the last one counts
                pass
            if last is not None:
                return start - last.end()
        if not profile.is_near(end, end, self.sought, 0, AFTER):
            return None
        after = self._words.search(text, end, end + AFTER)
        # What follows speaks less clearly than what leads: it may belong to the next value.
        return min(after.start() - end + BEFORE - AFTER, BEFORE) if after else None


@lru_cache(maxsize=1024)
def _compiled(words: tuple[str, ...]) -> re.Pattern[str]:
    # What stands before them is looked at once for all neighbours that ask for it: they are tried in this order.
    together = groupby(sorted(words, key=len, reverse=True), key=_before)
    regex = "|".join(f"{before}(?:{'|'.join(map(_ended, its))})" for before, its in together)
    return branched(regex, int(re.IGNORECASE))


def _before(word: str) -> str:
    stem = word.rstrip("*")
    return r"(?<![^\W_])" if stem[0].isalnum() and not _is_spaceless(stem) else ""


def _ended(word: str) -> str:
    stem = word.rstrip("*")
    bounded = stem[-1].isalnum() and stem == word and not _is_spaceless(stem)
    return re.escape(stem).replace(r"\ ", r"[\s_-]{1,3}") + (r"(?![^\W_])" if bounded else "")


def _is_spaceless(word: str) -> bool:
    return not word.isascii() and any(first <= each <= last for each in word for first, last in _SPACELESS)
