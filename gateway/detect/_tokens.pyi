import numpy as np
import numpy.typing as npt

def token_spans(text: str, starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]) -> int: ...
