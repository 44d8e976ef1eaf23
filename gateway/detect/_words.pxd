from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

cdef enum:
    LIMIT = 40  # code points of a word that count (`words.WORD_LIMIT`)
    LONGEST = LIMIT + 4
    GRAMS = 158  # n-grams of a word of that length between its boundaries
    APOSTROPHE = 39

cdef Py_ssize_t rows_of(
    str word, const uint64_t* sizes, int64_t* single, int64_t* grams, uint32_t* bounded, Py_ssize_t* length
) except -1
cdef uint64_t listed_as(const uint32_t* folded, Py_ssize_t count) noexcept
cdef int64_t marks_of(
    uint64_t wanted, const uint64_t[::1] gazetteer, const uint16_t[::1] marks, Py_ssize_t low, Py_ssize_t high
) noexcept nogil
