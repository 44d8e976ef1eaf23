from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

def features(
    words: Sequence[str],
    word_rows: int,
    gram_rows: int,
    shape_rows: int,
    gazetteer: npt.NDArray[np.uint64],
    gazetteer_marks: npt.NDArray[np.uint16],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]: ...
