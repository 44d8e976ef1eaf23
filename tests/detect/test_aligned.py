from __future__ import annotations

import numpy as np

from gateway.detect.aligned import LINE, aligned, in_strips


def test_arrays_begin_at_a_line_and_hold_nought() -> None:
    for shape in ((3,), (5, 7)):
        made = aligned(shape, np.int16)
        assert made.shape == shape
        assert made.ctypes.data % LINE == 0
        assert not made.any()


def test_strips_hold_the_columns_of_all_rows_one_after_the_other() -> None:
    matrix = np.arange(5 * 12, dtype=np.float32).reshape(5, 12)
    strips = in_strips(matrix, 4)
    assert strips.shape == (3, 5, 4)
    assert strips.flags.c_contiguous
    assert strips.ctypes.data % LINE == 0
    for number, strip in enumerate(strips):
        assert (strip == matrix[:, 4 * number : 4 * number + 4]).all()
