import numpy as np
import numpy.typing as npt

def token_spans(text: str, starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]) -> int: ...
def hash_word(word: str) -> int: ...
def hashed_tokens(
    text: str,
    starts: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int32],
    hashes: npt.NDArray[np.uint64],
    address: int = 0,
) -> int: ...

class Pieces:
    texts: list[str]
    def __init__(self, texts: list[str], address: int = 0) -> None: ...
    def numbers(self) -> tuple[memoryview[int], memoryview[int], memoryview[int], memoryview[int]]: ...

def places_among(
    hashes: memoryview[int] | npt.NDArray[np.uint64], first: int, last: int, wanted: list[int]
) -> list[int]: ...
