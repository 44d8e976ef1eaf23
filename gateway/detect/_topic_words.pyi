from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from gateway.detect.topic_weights import F32

def rated(weights: npt.NDArray[np.int8], rarity: npt.NDArray[np.uint8]) -> npt.NDArray[np.int8]: ...

class Learner:
    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]], steps: float) -> None: ...

class Words:
    products: F32
    sums: F32
    identities: npt.NDArray[np.uint64]

    def __init__(self, learner: Learner, most: int) -> None: ...
    def __len__(self) -> int: ...
    def touch(self) -> Iterator[None]: ...
    def look_up(
        self,
        keys: npt.NDArray[np.uint64],
        starts: npt.NDArray[np.int32],
        ends: npt.NDArray[np.int32],
        bounds: npt.NDArray[np.int64],
        pieces: list[str],
        begin: int,
        end: int,
    ) -> npt.NDArray[np.int32] | None: ...
