"""What `gateway.detect.words.Vocabulary` sees of words, one word after the other: most texts bring some new ones.

The same numbers as its twin in `words.py`, to the last bit: 64-bit arithmetic without a sign, over the same code
points. What the lower case of letters beyond ASCII is, Python says.
"""

import numpy as np

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ
from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

cdef uint64_t[LONGEST] _POWERS
_POWERS[0] = 1
for _place in range(1, LONGEST):
    _POWERS[_place] = _POWERS[_place - 1] * <uint64_t>1000003


cdef inline uint64_t _mix(uint64_t value) noexcept:
    value = value * <uint64_t>0x9E3779B97F4A7C15
    value = value ^ (value >> 29)
    value = value * <uint64_t>0xBF58476D1CE4E5B9
    return value ^ (value >> 32)


cdef inline uint64_t _hash(const uint32_t* points, Py_ssize_t count) noexcept:
    """Return what `words.hash_words` does of `count` code points, at most `LONGEST`."""
    cdef uint64_t total = 0
    cdef Py_ssize_t place
    for place in range(count):
        total += (<uint64_t>points[place] + 1) * _POWERS[place]
    return _mix(total + <uint64_t>count)


cdef Py_ssize_t _fold(str word, uint32_t* folded) except -1:
    """Write what `words.fold` does of `word` into `folded`, which has room for `LIMIT`; return how many they are."""
    cdef Py_ssize_t count = min(len(word), <Py_ssize_t>LIMIT), place
    cdef int kind = PyUnicode_KIND(word)
    cdef void* data = PyUnicode_DATA(word)
    cdef Py_UCS4 c
    for place in range(count):
        c = PyUnicode_READ(kind, data, place)
        if c >= 128:
            break
        folded[place] = <uint32_t>c + 32 if 65 <= c <= 90 else <uint32_t>c
    else:
        return count
    word = word[:LIMIT].lower()
    count = min(len(word), <Py_ssize_t>LIMIT)
    kind, data = PyUnicode_KIND(word), PyUnicode_DATA(word)
    for place in range(count):
        c = PyUnicode_READ(kind, data, place)
        folded[place] = APOSTROPHE if c == 0x2019 else <uint32_t>c
    return count


cdef inline uint32_t _look(Py_UCS4 c) noexcept:
    """Return what stands for the letter or figure in a shape."""
    if c < 128:
        if 97 <= c <= 122:
            return 120
        if 65 <= c <= 90:
            return 88
        return 100 if 48 <= c <= 57 else <uint32_t>c
    if c == 0x2019:
        return APOSTROPHE
    if c.isupper():
        return 88
    if c.isalpha():
        return 120
    return 100 if c.isdigit() else <uint32_t>c


cdef Py_ssize_t _shape(str word, uint32_t* shape) noexcept:
    """Write what `words.shape_of` does of `word` into `shape`, which has room for `LIMIT`; return how many they are."""
    cdef Py_ssize_t length = len(word), place, count = 0
    cdef int kind = PyUnicode_KIND(word)
    cdef void* data = PyUnicode_DATA(word)
    cdef uint32_t c
    if PyUnicode_READ(kind, data, 0) == 10:
        for place in range(min(length, <Py_ssize_t>8)):
            if PyUnicode_READ(kind, data, place) == 10 and count < 2:
                shape[count] = 10
                count += 1
        return count
    for place in range(min(length, <Py_ssize_t>LIMIT)):
        c = _look(PyUnicode_READ(kind, data, place))
        if count >= 2 and shape[count - 1] == c and shape[count - 2] == c:
            continue
        shape[count] = c
        count += 1
    return count


cdef inline int64_t _row(uint64_t hashed, uint64_t size) noexcept:
    """Return `hashed % size`: a division costs more than the hash, and most sizes are powers of two."""
    return <int64_t>(hashed % size if size & (size - 1) else hashed & (size - 1))


cdef uint64_t _hash_of_length(Py_ssize_t length, uint32_t first) noexcept:
    cdef uint32_t[4] looks
    cdef Py_ssize_t count = 1
    looks[0] = 108  # l
    length = min(length, 14)
    if length >= 10:
        looks[count] = 49
        count += 1
    looks[count] = <uint32_t>(48 + length % 10)
    looks[count + 1] = first
    return _hash(looks, count + 2)


cdef uint64_t listed_as(const uint32_t* folded, Py_ssize_t count) noexcept:
    """Return the hash by which a gazetteer holds a word; a possessive `'s` is left out of account."""
    if count > 2 and folded[count - 2] == APOSTROPHE and folded[count - 1] == 115:
        count -= 2
    return _hash(folded, count)


cdef int64_t marks_of(
    uint64_t wanted, const uint64_t[::1] gazetteer, const uint16_t[::1] marks, Py_ssize_t low, Py_ssize_t high
) noexcept nogil:
    """Return the gazetteer's bits for a hash, which can only stand from `low` on and before `high`, by halving."""
    cdef Py_ssize_t middle, last = high
    while low < high:
        middle = (low + high) // 2
        if gazetteer[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return marks[low] if low < last and gazetteer[low] == wanted else 0


cdef Py_ssize_t rows_of(
    str word, const uint64_t* sizes, int64_t* single, int64_t* grams, uint32_t* bounded, Py_ssize_t* length
) except -1:
    """Write the rows of one word; return how many n-grams it has.

    Args:
        word: not empty.
        sizes: rows for words, n-grams and shapes; none is 0.
        single: room for four.
        grams: room for `GRAMS`.
        bounded: room for `LONGEST` code points: the folded word between its boundaries.
        length: room for how many there are in between.

    Raises:
        ValueError: if the word is empty.
    """
    cdef uint32_t[LONGEST] shape
    cdef uint32_t[LONGEST] other
    cdef uint64_t[LONGEST] totals
    cdef uint32_t* folded = bounded + 1
    cdef int64_t first = <int64_t>sizes[0], base = <int64_t>(sizes[0] + sizes[1])
    cdef Py_ssize_t looks, place, size, filled = 0, count
    if not word:
        raise ValueError("an empty word has no features")
    count = _fold(word, folded)
    for place in range(count):
        other[place] = 48 if 49 <= folded[place] <= 57 else folded[place]
    single[0] = _row(_hash(other, count), sizes[0])
    looks = _shape(word, shape + 1)
    shape[0] = 115  # s
    single[1] = base + _row(_hash(shape, looks + 1), sizes[2])
    single[2] = base + _row(_hash_of_length(len(word), shape[1]), sizes[2])
    other[0], other[1], other[2] = 101, shape[1], shape[looks]  # e
    other[3], other[4] = folded[max(count - 2, 0)], folded[count - 1]
    single[3] = base + _row(_hash(other, 3 + min(count, <Py_ssize_t>2)), sizes[2])
    length[0] = count
    bounded[0], folded[count] = 2, 3
    count += 2
    for place in range(count):
        totals[place] = (<uint64_t>bounded[place] + 1) * _POWERS[1]
    for size in range(2, 6):
        for place in range(count - size + 1):
            totals[place] += (<uint64_t>bounded[place + size - 1] + 1) * _POWERS[size]
            grams[filled] = first + _row(_mix(totals[place] + <uint64_t>size), sizes[1])
            filled += 1
    return filled


def features(
    words,
    uint64_t word_rows,
    uint64_t gram_rows,
    uint64_t shape_rows,
    const uint64_t[::1] gazetteer not None,
    const uint16_t[::1] gazetteer_marks not None,
):
    """Return `single`, `grams`, `starts` and `marks` of `words.FeatureRows` for `words`, of which none is empty.

    Raises:
        ValueError: if a word is empty, a part of the table has no rows, or there are not as many marks as hashes.
    """
    if not word_rows or not gram_rows or not shape_rows or gazetteer.shape[0] != gazetteer_marks.shape[0]:
        raise ValueError("a vocabulary without rows, or of which the gazetteer does not fit")
    cdef Py_ssize_t count = len(words), index = 0, length, filled = 0
    single_rows, all_starts = np.empty((count, 4), dtype=np.int64), np.empty(count, dtype=np.int64)
    all_grams, all_marks = np.empty(GRAMS * count, dtype=np.int64), np.empty(count, dtype=np.int64)
    cdef int64_t[:, ::1] single = single_rows
    cdef int64_t[::1] starts = all_starts, grams = all_grams, marks = all_marks
    cdef uint64_t[3] sizes
    cdef uint32_t[LONGEST] bounded
    cdef str word
    sizes[0], sizes[1], sizes[2] = word_rows, gram_rows, shape_rows
    for word in words:
        starts[index] = filled
        filled += rows_of(word, sizes, &single[index, 0], &grams[filled], bounded, &length)
        marks[index] = marks_of(listed_as(bounded + 1, length), gazetteer, gazetteer_marks, 0, gazetteer.shape[0])
        index += 1
    return single_rows, all_grams[:filled].copy(), all_starts, all_marks
