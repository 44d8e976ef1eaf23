from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from gateway.detect.topic_weights import F32

class Places:
    def __init__(self, most: int) -> None: ...
    def __len__(self) -> int: ...
    def find(self, keys: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int32], bool]: ...
    def add(self, keys: Iterable[int]) -> None: ...

class Learner:
    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]], steps: float) -> None: ...
    def learn(
        self,
        single: npt.NDArray[np.int64],
        grams: npt.NDArray[np.int64],
        starts: npt.NDArray[np.int64],
        products: F32,
        sums: F32,
    ) -> None: ...
