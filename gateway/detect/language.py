"""Which language a segment is written in: naive Bayes over words and their letters, in a few microseconds.

Decisions kept here:

* A request mixes languages (a German mail, an English instruction), so the question is asked of each segment. The
  gateway's own models read eight languages at once and need no answer; a pipeline of the user's that knows one language
  does (`nlp.languages`), and `explain` shows it.
* The first words tell: at most `WORDS` of them are read, so the cost has a bound that no text can raise.
* What a word says is a sum over its features (the word, its trigrams with word borders), computed once for each
  distinct word. The cache is keyed by Python's salted hash of the word, never by the word (invariant 4), is bounded,
  and is begun anew when full.
* No answer is better than a wrong one: below `SURE`, and for text without letters, the language is "" (not known).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from gateway.detect.words import WORD_LIMIT, fold, hash_words

__all__ = ["SURE", "WORDS", "LanguageModel", "features_of", "words_of"]

SURE: Final = 0.8
"""Least probability with which a language is named."""
WORDS: Final = 24
_HEAD: Final = 240
_CACHED: Final = 20_000
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

F32 = npt.NDArray[np.float32]


def features_of(word: str) -> list[str]:
    """Return the features of a folded word: itself, and its trigrams with borders."""
    framed = f"\x02{word[: WORD_LIMIT - 2]}\x03"
    return [framed] if len(word) == 1 else [framed, *(framed[at : at + 3] for at in range(len(framed) - 2))]


def words_of(text: str) -> list[str]:
    """Return the first words of `text`, folded."""
    return [fold(word) for word in _WORD.findall(text[:_HEAD])[:WORDS]]


class LanguageModel:
    """Names the language of a text.

    Args:
        languages: ISO 639-1 codes.
        rows: (rows, languages): log-probability of each hashed feature in each language; rows: a power of two.
        sharpness: what a sum of logarithms is multiplied with: features of one word are not independent.

    Raises:
        ValueError: if the numbers don't fit together.
    """

    def __init__(self, languages: Sequence[str], rows: F32, sharpness: float) -> None:
        count, columns = rows.shape
        if columns != len(languages) or count & (count - 1) or not np.isfinite(rows).all():
            raise ValueError(f"rows of shape {rows.shape} for {len(languages)} languages")
        self.languages = tuple(languages)
        self._rows = np.ascontiguousarray(rows, dtype=np.float32)
        self._sharpness = np.float32(sharpness)
        self._lock = threading.Lock()
        self._places: dict[int, int] = {}
        self._known = np.empty((_CACHED, columns), dtype=np.float32)

    def probabilities(self, text: str) -> Mapping[str, float]:
        """Return each language's probability; nothing for a text without letters."""
        words = words_of(text)
        if not words:
            return {}
        logits = self._sums(words) * self._sharpness
        odds = np.exp(logits - logits.max())
        return dict(zip(self.languages, (odds / odds.sum()).tolist(), strict=True))

    def identify(self, text: str) -> str:
        """Return the code of the language, "" if it is not sure."""
        found = self.probabilities(text)
        best = max(found, key=found.__getitem__, default="")
        return best if best and found[best] >= SURE else ""

    def _sums(self, words: list[str]) -> F32:
        # Bytes: to `hash`, a text of Chinese characters is the ASCII word that lies in memory as it does.
        keys = [hash(word.encode("utf-8", "surrogatepass")) for word in words]
        places, known = self._places, self._known
        found = [places.get(key, -1) for key in keys]
        if -1 in found:
            with self._lock:
                places, known = self._learn(dict(zip(keys, words, strict=True)))
                found = [places[key] for key in keys]
        sums: F32 = known[found].sum(axis=0)
        return sums

    def _learn(self, words: Mapping[int, str]) -> tuple[dict[int, int], F32]:
        """Return a cache that holds all `words`, by their hashes; a full one is left to those who still read it."""
        fresh = [key for key in words if key not in self._places]
        if len(self._places) + len(fresh) > _CACHED:
            self._places, self._known = {}, np.empty_like(self._known)
            fresh = list(words)
        mask = np.uint64(len(self._rows) - 1)
        for key in fresh:
            rows = (hash_words(features_of(words[key])) >> np.uint64(17)) & mask
            at = len(self._places)
            self._known[at] = self._rows[rows.astype(np.int64)].sum(axis=0)
            self._places[key] = at
        return self._places, self._known
