"""A topic model of a few random weights: right in form, knowing nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gateway.detect.topics import HashedTopicModel, TopicWeights

NAMES = ("health", "finance", "particular_person")


def arrays(seed: int = 7) -> dict[str, npt.NDArray[np.generic]]:
    random = np.random.default_rng(seed)
    rows, width, channels, middle, topics = (40, 60, 20), 8, 6, 5, len(NAMES)

    def normal(*shape: int) -> npt.NDArray[np.float32]:
        return random.normal(0, 0.7, shape).astype(np.float32)

    return {
        "table": random.integers(-127, 128, (sum(rows), width)).astype(np.int8),
        "scale": np.full(width, 1 / 127, dtype=np.float32),
        "first": normal(3, width, channels),
        "first_bias": normal(channels),
        "second": normal(3, channels, channels),
        "second_bias": normal(channels),
        "hidden": normal(2 * channels, middle),
        "hidden_bias": normal(middle),
        "heads": normal(middle, topics),
        "heads_bias": normal(topics),
        "slope": np.ones(topics, dtype=np.float32),
        "offset": np.zeros(topics, dtype=np.float32),
        "sizes": np.array(rows, dtype=np.int64),
    }


def tiny(**changes: npt.NDArray[np.generic]) -> HashedTopicModel:
    return HashedTopicModel(NAMES, TopicWeights.from_arrays(arrays() | changes))
