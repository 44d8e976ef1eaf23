from libc.stdint cimport int8_t, int64_t, uint16_t, uint64_t

cdef enum:
    ROOM = 16384  # words that a table holds, and one row that stands for none


cdef class Learner:
    cdef readonly Py_ssize_t width
    cdef const float[:, ::1] _words, _marks, _first
    cdef const int8_t[:, ::1] _small
    cdef const float[::1] _bias, _scale
    cdef const uint64_t[::1] _gazetteer
    cdef const uint16_t[::1] _gazetteer_marks
    cdef uint64_t[3] _sizes
    cdef int[::1] _every
    cdef float[::1] _room
    cdef int _learn(self, str word, float* near, int* far) except -1
    cdef void _add_up(
        self, const int64_t* single, const int64_t* grams, Py_ssize_t count, int64_t marks, float* vector
    ) noexcept nogil
    cdef void _soon(self, int64_t row) noexcept nogil
    cdef void _add(self, int64_t row, float* vector) noexcept nogil


cdef class Table:
    cdef Learner _learner
    cdef uint64_t[:, ::1] _slots  # key and row, side by side: one line of the cache
    cdef float[:, ::1] near
    cdef int[:, ::1] far
    cdef Py_ssize_t count
    cdef Table copy(self)
    cdef Py_ssize_t _place(self, uint64_t key) noexcept
    cdef void soon(self, uint64_t key) noexcept
    cdef int find(self, uint64_t key) noexcept
    cdef int learn(self, uint64_t key, str word) except -1
