"""A tagger small enough to know by heart: words of a list are names, neighbours of the list make one name."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gateway.detect.network import F32, NetworkWeights
from gateway.detect.tagger import PUBLIC_PERSON, TaggerSettings
from gateway.detect.words import MARKS, Vocabulary, hash_words

KINDS = ("PERSON", PUBLIC_PERSON, "LOCATION")
_WIDTH, _HIDDEN, _CONTEXT = 4, 8, 2


def vocabulary(names: Iterable[str], famous: Iterable[str] = (), places: Iterable[str] = ()) -> Vocabulary:
    marked = dict.fromkeys(names, 1) | dict.fromkeys(famous, 2) | dict.fromkeys(places, 4)
    words = sorted(marked)
    hashes = hash_words(words)
    order = np.argsort(hashes)
    marks = np.array([marked[word] for word in words], dtype=np.uint16)
    return Vocabulary(64, 64, 32, hashes[order], marks[order])


def weights(rows: int) -> NetworkWeights:
    """Hidden unit k fires for a word with mark k, unit 4 + k when the word before has it."""
    marks = np.zeros((MARKS, _WIDTH), dtype=np.float32)
    first = np.zeros((_WIDTH, 5 * _HIDDEN), dtype=np.float32)
    out = np.zeros((_HIDDEN, 2 * len(KINDS) + 1), dtype=np.float32)
    for kind in range(len(KINDS)):
        marks[kind, kind] = 1
        first[kind, 2 * _HIDDEN + kind] = 1
        first[kind, 1 * _HIDDEN + 4 + kind] = 1
        out[kind, [2 * kind + 1, 2 * kind + 2]] = 20
        out[4 + kind, [2 * kind + 1, 2 * kind + 2]] = (-5, 5)
    bias = np.zeros(2 * len(KINDS) + 1, dtype=np.float32)
    bias[[0, 1, 3, 5]] = (10, 1, 1, 1)
    return NetworkWeights(
        table=np.zeros((rows, _WIDTH), dtype=np.float32),
        marks=marks,
        first=first,
        first_bias=np.zeros(_HIDDEN, dtype=np.float32),
        pool=np.zeros((_WIDTH, _CONTEXT), dtype=np.float32),
        pool_in=np.zeros((_CONTEXT, _HIDDEN), dtype=np.float32),
        probe=np.zeros((_HIDDEN, 1), dtype=np.float32),
        probe_bias=np.ones(1, dtype=np.float32),
        second=np.zeros((3 * _HIDDEN, _HIDDEN), dtype=np.float32),
        second_bias=np.zeros(_HIDDEN, dtype=np.float32),
        third=np.zeros((3 * _HIDDEN, _HIDDEN), dtype=np.float32),
        third_bias=np.zeros(_HIDDEN, dtype=np.float32),
        out=out,
        out_bias=bias,
    )


def random_weights(rows: int, hidden: int = 32) -> NetworkWeights:
    """Weights of a busy network: every layer matters, every label occurs."""
    random = np.random.default_rng(7)
    labels = 2 * len(KINDS) + 1

    def matrix(*shape: int) -> F32:
        values: F32 = (random.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)
        return values

    return NetworkWeights(
        table=matrix(rows, 16) * np.float32(np.sqrt(rows)),
        marks=matrix(MARKS, 16),
        first=matrix(16, 5 * hidden),
        first_bias=matrix(hidden),
        pool=matrix(16, 4),
        pool_in=matrix(4, hidden) * np.float32(3),
        probe=matrix(hidden, 1),
        probe_bias=np.ones(1, dtype=np.float32),
        second=matrix(3 * hidden, hidden),
        second_bias=matrix(hidden),
        third=matrix(3 * hidden, hidden),
        third_bias=matrix(hidden),
        out=matrix(hidden, labels) * np.float32(3),
        out_bias=matrix(labels),
    )


SETTINGS = TaggerSettings(kinds=KINDS)
