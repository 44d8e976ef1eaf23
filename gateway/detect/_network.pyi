from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from gateway.detect.network import NetworkWeights
from gateway.detect.verdicts import Decoding
from gateway.detect.words import Vocabulary

class CompiledNetwork:
    def __init__(
        self,
        vocabulary: Vocabulary,
        weights: NetworkWeights,
        decoding: Decoding,
        reach: int,
        familiar: Sequence[str] = (),
    ) -> None: ...
    @property
    def known(self) -> int: ...
    def prepare(self) -> Iterator[None]: ...
    def judge(
        self,
        texts: list[str],
        hashes: npt.NDArray[np.uint64],
        starts: npt.NDArray[np.int32],
        ends: npt.NDArray[np.int32],
        bounds: npt.NDArray[np.int64],
    ) -> list[tuple[int, int, float, float, bool, bool]]: ...
