"""Examples to numbers: words, the labels each may have, and mini-batches of about equal size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gateway.detect.words import TOKEN, WORD_LIMIT
from training.entity.examples import ANYTHING, EITHER_PERSON, KINDS, PERHAPS_PUBLIC, Example

__all__ = ["GAP", "LABELS", "Corpus", "bounds", "tokens_of"]

LABELS = 2 * len(KINDS) + 1
GAP = 2
"""Rows of padding between two texts, before the first and after the last."""

_LONGEST = 400


def tokens_of(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, word) of each token."""
    return [(match.start(), match.end(), match[0][:WORD_LIMIT]) for match in TOKEN.finditer(text)]


@dataclass
class Corpus:
    """Texts as word numbers (0 is padding) and, per token, the number of a set of labels that it may have."""

    words: dict[str | None, int] = field(default_factory=lambda: {None: 0})
    sets: dict[frozenset[int], int] = field(default_factory=dict)
    texts: list[npt.NDArray[np.int32]] = field(default_factory=list)
    targets: list[npt.NDArray[np.int16]] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, examples: Iterable[Example], weight: float = 1.0) -> None:
        """Take in examples; long ones are cut where a line or text of `_LONGEST` tokens ends."""
        for example in examples:
            places = tokens_of(example.text)
            if not places:
                continue
            words = np.array([self.words.setdefault(word, len(self.words)) for _, _, word in places], dtype=np.int32)
            targets = np.array(self._targets(example, places), dtype=np.int16)
            for start in range(0, len(places), _LONGEST):
                self.texts.append(words[start : start + _LONGEST])
                self.targets.append(targets[start : start + _LONGEST])
                self.weights.append(weight)

    def _set(self, labels: frozenset[int]) -> int:
        return self.sets.setdefault(labels, len(self.sets))

    def _targets(self, example: Example, places: list[tuple[int, int, str]]) -> list[int]:
        nothing = frozenset({0}) | {label for kind in example.unlabelled for label in _both(kind)}
        outside, perhaps = self._set(nothing), self._set(nothing | {*_both("PUBLIC_PERSON")})
        targets = [outside] * len(places)
        spans = iter(example.spans)
        span = next(spans, None)
        begun = False
        for index, (start, end, _) in enumerate(places):
            while span is not None and span[1] <= start:
                span, begun = next(spans, None), False
            if span is None or end <= span[0]:
                continue
            covered = min(end, span[1]) - max(start, span[0])
            if covered * 2 < end - start:
                continue
            if span[2] == PERHAPS_PUBLIC:
                targets[index] = perhaps
                continue
            if span[2] == ANYTHING:
                targets[index] = self._set(frozenset(range(LABELS)))
                continue
            kinds = ("PERSON", "PUBLIC_PERSON") if span[2] == EITHER_PERSON else (span[2],)
            targets[index] = self._set(frozenset(2 * KINDS.index(kind) + (2 if begun else 1) for kind in kinds))
            begun = True
        return targets

    def masks(self) -> npt.NDArray[np.bool_]:
        """Return (sets, LABELS): which labels each set allows."""
        table = np.zeros((len(self.sets), LABELS), dtype=np.bool_)
        for labels, row in self.sets.items():
            table[row, sorted(labels)] = True
        return table

    def batches(
        self, random: np.random.Generator, size: int
    ) -> Iterable[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]]:
        """Yield (words, target sets, weights) of about `size` tokens; padding has word 0, target -1."""
        order = random.permutation(len(self.texts))
        words: list[npt.NDArray[np.int32]] = []
        targets: list[npt.NDArray[np.int16]] = []
        weights: list[npt.NDArray[np.float32]] = []
        gap, blank, nought = (
            np.zeros(GAP, dtype=np.int32),
            np.full(GAP, -1, dtype=np.int16),
            np.zeros(GAP, dtype=np.float32),
        )
        count = 0
        for place in order:
            text = self.texts[place]
            words += [gap, text]
            targets += [blank, self.targets[place]]
            weights += [nought, np.full(text.size, self.weights[place], dtype=np.float32)]
            count += text.size + GAP
            if count >= size:
                yield (
                    np.concatenate([*words, gap]).astype(np.int64),
                    np.concatenate([*targets, blank]).astype(np.int64),
                    np.concatenate([*weights, nought]),
                )
                words, targets, weights, count = [], [], [], 0


def _both(kind: str) -> tuple[int, int]:
    place = KINDS.index(kind)
    return 2 * place + 1, 2 * place + 2


def bounds(words: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return (tokens, 2): where the text of each token begins and ends; texts are parted by word 0."""
    real = np.concatenate([[False], words > 0, [False]])
    starts, ends = np.flatnonzero(real[1:-1] & ~real[:-2]), np.flatnonzero(real[1:-1] & ~real[2:]) + 1
    found = np.zeros((words.size, 2), dtype=np.int64)
    found[words > 0] = np.repeat(np.stack([starts, ends], axis=1), ends - starts, axis=0)
    return found
