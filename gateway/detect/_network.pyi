from collections.abc import Iterator, Sequence

from gateway.detect._tokens import Pieces
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
    def judge(self, tokens: Pieces) -> list[tuple[int, int, int, list[tuple[int, int, int, float, float]]]]: ...
