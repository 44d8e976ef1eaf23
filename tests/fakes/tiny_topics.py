"""A topic model of a few random weights: right in form, knowing nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gateway.detect.topic_units import Units, units_for
from gateway.detect.topic_weights import TopicWeights
from gateway.detect.topics import HashedTopicModel

NAMES = ("health", "finance", "particular_person", "sensitive", "highly_sensitive")


def arrays(seed: int = 7, channels: int = 6, middle: int = 5) -> dict[str, npt.NDArray[np.generic]]:
    random = np.random.default_rng(seed)
    sizes, folded, pairs, width, topics = (64, 64, 20), (32, 32), 64, 8, len(NAMES) + 1
    known = sizes[0] + sizes[1]

    def normal(*shape: int) -> npt.NDArray[np.float32]:
        return random.normal(0, 0.7, shape).astype(np.float32)

    return {
        "sizes": np.array(sizes, dtype=np.int64),
        "table": random.integers(-127, 128, (sum(folded) + sizes[2], width)).astype(np.int8),
        "folded": np.array(folded, dtype=np.int64),
        "scale": np.full(width, 1 / 127, dtype=np.float32),
        "first": normal(3, width, channels),
        "first_bias": normal(channels),
        "second": normal(3, channels, channels),
        "second_bias": normal(channels),
        "hidden": normal(2 * channels, middle),
        "hidden_bias": normal(middle),
        "heads": normal(middle, topics),
        "heads_bias": normal(topics),
        "linear": random.integers(-127, 128, (known, topics)).astype(np.int8),
        "linear_scale": np.full(topics, 1 / 127, dtype=np.float32),
        "linear_bias": normal(topics),
        "rarity": random.integers(0, 200, known).astype(np.uint8),
        "pairs": random.integers(-127, 128, (pairs, topics)).astype(np.int8),
        "pairs_rarity": random.integers(0, 200, pairs).astype(np.uint8),
        "slope": np.ones((2, topics), dtype=np.float32),
        "offset": np.zeros(topics, dtype=np.float32),
    }


def tiny(units: Callable[[TopicWeights], Units] = units_for, **changes: npt.NDArray[np.generic]) -> HashedTopicModel:
    return HashedTopicModel(NAMES, TopicWeights.from_arrays(arrays() | changes), units)
