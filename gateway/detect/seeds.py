"""Seed phrases of wallets: twelve to twenty-four words that are the key to all the money.

Words of the BIP-39 list in a row are no accident: ordinary prose breaks off after two or three, for the list has no
articles and no short words. The list is data (`classifiers/lists/bip39-english.txt`, 2,048 words, of BIP-39), so
that a phrase is found without anybody saying what it is; the checksum in its last word makes it certain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from gateway.core.errors import ConfigurationError, Problem
from gateway.detect.assignments import Secret, lower

__all__ = ["SeedPhrases"]

_LIST_SIZE: Final = 2_048
_BITS: Final = 11
_SIZES: Final = (12, 15, 18, 21, 24)
_CERTAIN: Final = 1.0
_LIKELY: Final = 0.8
_GAP: Final = r"[\s,;.|\"'`:)\]\[(\d\-]{1,8}"
_RUN: Final = re.compile(rf"(?<![a-z])[a-z]{{3,8}}(?:{_GAP}[a-z]{{3,8}}(?![a-z])){{11,}}+")
_WORD: Final = re.compile(r"[a-z]+")


class SeedPhrases:
    """Finds BIP-39 seed phrases.

    Args:
        words: the list, in its order: the place of a word is its value.

    Raises:
        ConfigurationError: if it is not a list of 2,048 different words.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._values = {word: number for number, word in enumerate(words)}
        if len(words) != _LIST_SIZE or len(self._values) != _LIST_SIZE:
            raise ConfigurationError(
                [
                    Problem(
                        "bip39-english.txt", 0, "not a list of seed words", "2,048 different words", "take the original"
                    )
                ]
            )

    def find(self, text: str) -> list[Secret]:
        """Return the seed phrases in `text`."""
        folded = lower(text)
        found: list[Secret] = []
        for run in _RUN.finditer(folded):
            phrase: list[re.Match[str]] = []
            for word in _WORD.finditer(folded, run.start(), run.end()):
                if word[0] in self._values:
                    phrase.append(word)
                    continue
                found += self._judged(phrase)
                phrase = []
            found += self._judged(phrase)
        return found

    def _judged(self, phrase: list[re.Match[str]]) -> list[Secret]:
        if len(phrase) < _SIZES[0]:
            return []
        certain = len(phrase) in _SIZES and self._checks([self._values[word[0]] for word in phrase])
        return [Secret(phrase[0].start(), phrase[-1].end(), _CERTAIN if certain else _LIKELY)]

    @staticmethod
    def _checks(values: Sequence[int]) -> bool:
        """Check the checksum: the first bits of the SHA-256 of the entropy. Source: BIP-39, generating the mnemonic."""
        number = 0
        for value in values:
            number = number << _BITS | value
        size = len(values) * _BITS // 33
        entropy = (number >> size).to_bytes(size * 4, "big")
        return number & ((1 << size) - 1) == sha256(entropy).digest()[0] >> (8 - size)
