"""Seed phrases of wallets: twelve to twenty-four words that are the key to all the money.

Words of the BIP-39 list in a row are no accident: ordinary prose breaks off after two or three, for the list has no
articles and no short words. The list is data (`classifiers/lists/bip39-english.txt`, 2,048 words, of BIP-39), so
that a phrase is found without anybody saying what it is; the checksum in its last word makes it certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import groupby
from typing import Final

from gateway.core.errors import ConfigurationError, Problem
from gateway.detect.automaton import number
from gateway.detect.places import Reading
from gateway.detect.secret_values import Secret

__all__ = ["SIGN_ROW", "SeedPhrases"]

_LIST_SIZE: Final = 2_048
_BITS: Final = 11
_SIZES: Final = (12, 15, 18, 21, 24)
_CERTAIN: Final = 1.0
_LIKELY: Final = 0.8
_LONGEST: Final = 30
_DISTINCT: Final = 8
_DISTINCT_WITHIN: Final = 5
_BEFORE: Final = 120
_SAID: Final = re.compile(r"seed|mnemonic|recovery|wallet|passphrase|backup phrase|secret phrase|ledger|metamask")
_GAP: Final = r"[\s,;.|\"'`:)\]\[(\d]{1,8}(?:-\s)?"
_RUN: Final = re.compile(rf"(?<![a-z])[a-z]{{3,8}}(?:{_GAP}[a-z]{{3,8}}(?![a-z])){{11,}}+")
_WORD: Final = re.compile(r"[a-z]+")
_LISTED: Final = re.compile(r"[a-z]{3,8}")
SIGN_ROW: Final = 4
"""Listed words in a row that any stretch of a phrase has."""

_Rows: type[_places.Rows] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _places

    _Rows = _places.Rows


class SeedPhrases:
    """Finds BIP-39 seed phrases.

    Args:
        words: the list, in its order: the place of a word is its value.

    Raises:
        ConfigurationError: if it is not a list of 2,048 different words.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._values = {word: place for place, word in enumerate(words)}
        if len(words) != _LIST_SIZE or len(self._values) != _LIST_SIZE or not all(map(_LISTED.fullmatch, words)):
            problem = Problem(
                "bip39-english.txt", 0, "not the seed words", "2,048 different words", "take the original"
            )
            raise ConfigurationError([problem])
        self._rows = None if _Rows is None else _Rows(list(map(number, words)))

    @property
    def words(self) -> frozenset[str]:
        """The list."""
        return frozenset(self._values)

    def may_find(self, text: str) -> bool:
        """Return whether there are so many listed words in a row as any 64 characters of a phrase have."""
        return self._row(text.lower()) >= SIGN_ROW

    def find(self, reading: Reading) -> list[Secret]:
        """Return the seed phrases in a text."""
        folded = reading.folded
        found: list[Secret] = []
        # Hardly any text has so many listed words in a row, whatever stands between them: that is told in one pass.
        for start, end in self._listed(folded):
            for run in _RUN.finditer(folded, start, end):
                found += self._judged(list(_WORD.finditer(folded, run.start(), run.end())), folded)
        return found

    def _listed(self, folded: str) -> list[tuple[int, int]]:
        """Return where rows of listed words begin and end that are as long as a phrase, in a text in lower case."""
        if self._rows is not None:
            return self._rows.rows(folded, _SIZES[0])
        rows = [row for row in self._rows_of(folded) if len(row) >= _SIZES[0]]
        return [(row[0].start(), row[-1].end()) for row in rows]

    def _row(self, folded: str) -> int:
        """Return how many listed words stand in a row in a text in lower case, at most."""
        if self._rows is not None:
            return self._rows.longest(folded)
        return max(map(len, self._rows_of(folded)), default=0)

    def _rows_of(self, folded: str) -> Iterator[list[re.Match[str]]]:
        """Yield the listed words that stand in a row, without what is compiled."""
        for is_listed, row in groupby(_WORD.finditer(folded), lambda word: word[0] in self._values):
            if is_listed:
                yield list(row)

    def _judged(self, phrase: list[re.Match[str]], folded: str) -> list[Secret]:
        """Judge a run of listed words: certain by a checksum; likely by its size, or by what is said before it."""
        size = len(phrase)
        if size < _SIZES[0]:
            return []
        start, end = phrase[0].start(), phrase[-1].end()
        values = [self._values[word[0]] for word in phrase]
        windows = (
            ((first, length) for length in _SIZES for first in range(size - length + 1)) if size <= _LONGEST else ()
        )
        parts = (values[first : first + length] for first, length in windows)
        if any((len(set(part)) >= _DISTINCT_WITHIN or len(part) == size) and self._checks(part) for part in parts):
            return [Secret(start, end, _CERTAIN)]  # all of it: words of the list around it may belong to it
        if _SAID.search(folded, max(0, start - _BEFORE), end) or (size in _SIZES and len(set(values)) >= _DISTINCT):
            return [Secret(start, end, _LIKELY)]
        return []

    @staticmethod
    def _checks(values: Sequence[int]) -> bool:
        """Check the checksum: the first bits of the SHA-256 of the entropy. Source: BIP-39, generating the mnemonic."""
        number = 0
        for value in values:
            number = number << _BITS | value
        size = len(values) * _BITS // 33
        entropy = (number >> size).to_bytes(size * 4, "big")
        return number & ((1 << size) - 1) == sha256(entropy).digest()[0] >> (8 - size)
