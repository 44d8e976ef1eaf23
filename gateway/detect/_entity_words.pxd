from libc.stdint cimport int8_t, int16_t, int64_t, uint16_t, uint64_t

from gateway.detect._weigh cimport FEW
from gateway.detect._words cimport GRAMS

cdef enum:
    PLACES = 6  # parts of a word's row
    NEAR = 4096  # what is one in the five parts for neighbours
    FAR = 2048  # what is one in the part for all within reach
    ROOM = 16384  # words that a table holds, and one row that stands for none


cdef class Learner:
    cdef readonly Py_ssize_t width
    cdef const float[:, ::1] _words, _marks
    cdef const float[:, :, ::1] _first
    cdef const int8_t[:, ::1] _small
    cdef const float[::1] _bias, _scale
    cdef const uint64_t[::1] _gazetteer
    cdef const uint16_t[::1] _gazetteer_marks
    cdef uint64_t[3] _sizes
    cdef float[:, ::1] _vectors, _weighed
    cdef int64_t[4 * FEW] _single
    cdef int64_t[GRAMS * FEW] _grams
    cdef const int64_t[::1] _parts
    cdef uint64_t[FEW] _listed
    cdef Py_ssize_t[FEW] _counts
    cdef int _take(self, str word, int place) except -1
    cdef bint _learn(self, int count, int16_t* rows) noexcept
    cdef void _add_up(self, int word) noexcept nogil
    cdef int64_t _marks_of(self, uint64_t listed) noexcept nogil
    cdef void _soon_listed(self, int count) noexcept nogil
    cdef void _soon(self, const int64_t* rows, Py_ssize_t count) noexcept nogil
    cdef void _add(self, const int64_t* rows, int count, float* vector) noexcept nogil


cdef class Table:
    cdef Learner _learner
    cdef uint64_t[:, ::1] _slots  # key and row, side by side: one line of the cache
    cdef int16_t[:, ::1] rows  # of five parts that go to neighbours, and one that goes to all within reach
    cdef Py_ssize_t count, users
    cdef Table copy(self, const uint64_t[:, ::1] slots, Py_ssize_t count)
    cdef void forget(self, const uint64_t[:, ::1] slots, Py_ssize_t count)
    cdef void touch(self, Py_ssize_t row, Py_ssize_t end) noexcept
    cdef Py_ssize_t _place(self, uint64_t key) noexcept
    cdef void soon(self, uint64_t key) noexcept
    cdef void soon_row(self, int row) noexcept
    cdef int find(self, uint64_t key) noexcept
    cdef bint learn(
        self, const uint64_t* keys, list fresh, list words, int* rows, Py_ssize_t low
    ) except -1
    cdef int _put(self, const uint64_t* keys, int count) except -1
