from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gateway.detect.topic_weights import F32
from gateway.detect.topic_words import CompiledCache

class Trail:
    kept: int
    met: int

class Arithmetic:
    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]], steps: float) -> None: ...
    def units(
        self,
        rows: npt.NDArray[np.int32],
        before: int,
        behind: int,
        products: F32,
        sums: F32,
        identities: npt.NDArray[np.uint64],
    ) -> F32: ...
    def read(
        self,
        cache: CompiledCache,
        pieces: list[str],
        address: int,
        skip: int,
        lead: int,
        last: F32 | None,
        before: F32 | None,
        trail: Trail | None = None,
    ) -> tuple[F32, list[int], F32]: ...
    def halves(self, units: F32) -> tuple[F32, F32]: ...
    def probabilities(self, units: F32) -> F32: ...
    def highest(self, units: F32, before: F32 | None) -> F32: ...
