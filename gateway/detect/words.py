"""Words, and what a small network sees of a word.

Decisions kept here:

* A token is what one cached look-up can answer for: a word with its inner hyphens, apostrophes, dots and `@`
  (`Jean-Luc`, `O'Brien`, `ada@mail.example`), a number with its inner separators (`03/04/1967`), one
  punctuation mark, a line break, a tab. White space otherwise only separates. Every quantifier is over disjoint
  classes, so scanning is linear in the text.
* A word's features depend on the word alone: a row for the whole word, rows for its character n-grams, rows for
  its shape, length and ending, and the marks of the gazetteer. So they are computed once per distinct word, and
  the training code (`training/entity`) and the gateway share these very lines.
* Features of new words are compiled where they can be (`_words.pyx`); `plain_features` is what they must equal.
* Hashing is a fixed polynomial over code points in 64-bit arithmetic: the same on every platform and in every run,
  unlike Python's `hash`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = [
    "ANY_ID",
    "MARKS",
    "SURROGATE",
    "TOKEN",
    "WORD_LIMIT",
    "FeatureRows",
    "Vocabulary",
    "fold",
    "hash_words",
    "shape_of",
    "without_surrogates",
]

TOKEN = re.compile(
    r"[^\W\d_]\w*(?:(?:['’@_\-]|\.(?=[a-z0-9]))\w+)*"  # word, e-mail address, identifier, file name
    r"|\d+(?:[./:,\-]\d+)*"  # number, date, time
    r"|\n\s*|\t"
    r"|[^\w\s]"  # one mark
    r"|_\w*"
)
"""One token a match; it has no group, so `findall` gives the tokens."""

SURROGATE = re.compile(r"[A-Z][A-Z_]{1,40}_(?:[a-z]{2}[0-9]){3}[a-z]{2}")
ANY_ID = "kt4qz7mw3bd"
"""The id that stands for those of all surrogates."""


def without_surrogates(tokens: list[str], text: str) -> list[str]:
    """Return the tokens of `text` with one and the same id in every surrogate (`EMAIL_ADDRESS_wb7fv4jp7mf`).

    What is random in it says nothing, and a model that has seen one need not learn the next. The label stays: whatever
    somebody writes in its place is read like any word.
    """
    if "<" not in text or "_" not in text:
        return tokens
    return [token[:-11] + ANY_ID if token[-12:-11] == "_" and SURROGATE.fullmatch(token) else token for token in tokens]


WORD_LIMIT = 40
"""Code points of a token that features look at; a longer one is cut (no name is that long, base64 is)."""

MARKS = 12
"""Bits of the gazetteer: see `training/entity/gazetteer.py` for their meaning."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_PRIME = 1_000_003
_POWERS = np.array([pow(_PRIME, i, 1 << 64) for i in range(WORD_LIMIT + 4)], dtype=np.uint64)
_SHAPE = str.maketrans(
    {
        **{chr(c): "x" for c in range(ord("a"), ord("z") + 1)},
        **{chr(c): "X" for c in range(ord("A"), ord("Z") + 1)},
        **{chr(c): "d" for c in range(ord("0"), ord("9") + 1)},
        "’": "'",
    }
)
_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)
_DIGITS = str.maketrans("123456789", "000000000")

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]

_compiled: Callable[..., tuple[I64, I64, I64, I64]] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _words

    _compiled = _words.features


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Rows of the embedding table for some words.

    Attributes:
        single: shape (words, 4): whole word, shape, length and ending; one row each.
        grams: n-gram rows of all words, one after another.
        starts: shape (words,): where each word's n-grams begin in `grams`; every word has at least one.
        marks: shape (words,): gazetteer bits.
    """

    single: I64
    grams: I64
    starts: I64
    marks: I64


def fold(word: str) -> str:
    """Return `word` cut to `WORD_LIMIT`, in lower case, a typographic apostrophe made straight."""
    return word[:WORD_LIMIT].lower().replace("’", "'")[:WORD_LIMIT]


def shape_of(word: str) -> str:
    """Return the looks of `word`: letters as x or X, digits as d, runs of three and more cut to two.

    Letters outside ASCII count by their case; line breaks by their number (one, or more).
    """
    if word[0] == "\n":
        return "\n\n" if word.count("\n", 0, 8) > 1 else "\n"
    text = word[:WORD_LIMIT].translate(_SHAPE)
    if not text.isascii():
        text = "".join(
            c if c.isascii() else "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c
            for c in text
        )
    return _RUN.sub(r"\1\1", text)


def _mix(values: U64) -> U64:
    values = values * _MULTIPLIER
    values = values ^ (values >> np.uint64(29))
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    return values ^ (values >> np.uint64(32))


def _points(words: Sequence[str]) -> tuple[U64, I64, I64]:
    """Return the code points of all words, each word's start, and its length."""
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    starts = np.cumsum(lengths) - lengths
    encoded = "".join(words).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(encoded, dtype="<u4").astype(np.uint64), starts, lengths


def hash_words(words: Sequence[str]) -> U64:
    """Return a 64-bit hash of each word (not empty, at most `WORD_LIMIT` + 2 code points)."""
    if not words:
        return np.zeros(0, dtype=np.uint64)
    points, starts, lengths = _points(words)
    place = np.arange(points.size) - np.repeat(starts, lengths)
    total = np.add.reduceat((points + np.uint64(1)) * _POWERS[place], starts)
    return _mix(total + lengths.astype(np.uint64))


@lru_cache(maxsize=4096)
def _hash_of_looks(looks: str) -> int:
    """Return the hash of a shape, a length or an ending: few, and met again and again."""
    return int(hash_words([looks])[0])


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Maps words to rows of a table that has `word_rows`, then `gram_rows`, then `shape_rows` rows.

    Attributes:
        word_rows: rows for whole words (hashed, digits as 0).
        gram_rows: rows for character n-grams of length 2 to 5 with word boundaries.
        shape_rows: rows for shapes, lengths and endings together.
        gazetteer: sorted hashes of folded words that a list of names, places or the like holds.
        gazetteer_marks: their bits, same order.
    """

    word_rows: int
    gram_rows: int
    shape_rows: int
    gazetteer: U64
    gazetteer_marks: npt.NDArray[np.uint16]

    @property
    def rows(self) -> int:
        """Rows of the whole table."""
        return self.word_rows + self.gram_rows + self.shape_rows

    def faults(self) -> list[str]:
        """Return what does not fit together, in words; empty when all does."""
        shape = self.gazetteer.shape
        if min(self.word_rows, self.gram_rows, self.shape_rows) < 1:
            return ["a part of the vocabulary has no rows"]
        if len(shape) != 1 or self.gazetteer_marks.shape != shape or (self.gazetteer[1:] < self.gazetteer[:-1]).any():
            return ["the gazetteer is not in order, or has not one set of marks a word"]
        return []

    def features(self, words: Sequence[str]) -> FeatureRows:
        """Return the rows of `words` (tokens as they stand in the text, none empty)."""
        if _compiled is None:
            return self.plain_features(words)
        sizes = self.word_rows, self.gram_rows, self.shape_rows
        return FeatureRows(*_compiled(words, *sizes, self.gazetteer, self.gazetteer_marks))

    def plain_features(self, words: Sequence[str]) -> FeatureRows:
        """Return what `features` does, without compiled code."""
        folded = [fold(word) for word in words]
        hashes = hash_words([word.translate(_DIGITS) for word in folded])
        shapes = [shape_of(word) for word in words]
        single = np.empty((len(words), 4), dtype=np.int64)
        single[:, 0] = (hashes % np.uint64(self.word_rows)).astype(np.int64)
        base = self.word_rows + self.gram_rows
        limit = np.uint64(self.shape_rows)
        looks = [
            (
                _hash_of_looks("s" + shape),
                _hash_of_looks(f"l{min(len(word), 14)}{shape[:1]}"),
                _hash_of_looks(f"e{shape[:1]}{shape[-1:]}{lower[-2:]}"),
            )
            for word, lower, shape in zip(words, folded, shapes, strict=True)
        ]
        single[:, 1:] = base + (np.array(looks, dtype=np.uint64).reshape(-1, 3) % limit).astype(np.int64)
        grams, starts = self._grams(folded)
        return FeatureRows(single=single, grams=grams, starts=starts, marks=self.marks(folded))

    def marks(self, folded: Sequence[str]) -> I64:
        """Return the gazetteer's bits for folded words; a possessive `'s` is left out of account."""
        if not self.gazetteer.size:
            return np.zeros(len(folded), dtype=np.int64)
        hashes = hash_words([word.removesuffix("'s") or word for word in folded])
        place = np.minimum(np.searchsorted(self.gazetteer, hashes), self.gazetteer.size - 1)
        found: I64 = np.where(self.gazetteer[place] == hashes, self.gazetteer_marks[place], 0).astype(np.int64)
        return found

    def _grams(self, folded: Sequence[str]) -> tuple[I64, I64]:
        points, starts, lengths = _points([f"\x02{word}\x03" for word in folded])
        ends = np.repeat(starts + lengths, lengths)
        owner = np.repeat(np.arange(len(folded)), lengths)
        place = np.arange(points.size)
        totals: list[U64] = []
        owners: list[I64] = []
        total = np.zeros(points.size, dtype=np.uint64)
        padded = np.concatenate([points + np.uint64(1), np.zeros(5, dtype=np.uint64)])
        for n in range(1, 6):
            total = total + padded[n - 1 : n - 1 + points.size] * _POWERS[n]
            if n == 1:
                continue
            fits = place + n <= ends
            totals.append(total[fits] + np.uint64(n))
            owners.append(owner[fits])
        whose = np.concatenate(owners)
        order = np.argsort(whose, kind="stable")
        rows = (_mix(np.concatenate(totals)[order]) % np.uint64(self.gram_rows)).astype(np.int64) + self.word_rows
        counts = np.bincount(whose, minlength=len(folded))
        return rows, np.cumsum(counts) - counts
