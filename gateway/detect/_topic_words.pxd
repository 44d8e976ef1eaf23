from libc.stdint cimport int8_t, int64_t, uint64_t

from gateway.detect._weigh cimport FEW
from gateway.detect._words cimport GRAMS


cdef class Learner:
    cdef const int8_t[:, ::1] table, rated
    cdef const float[::1] scale, linear_scale
    cdef const float[:, :, ::1] first  # in strips
    cdef const int64_t[::1] sizes, folded
    cdef float steps
    cdef int width, topics, products
    cdef float[:, ::1] _vectors, _weighed
    cdef float[::1] _said
    cdef int[::1] _sums
    # Of each word that is taken: the network's rows for all of it and for its n-grams, and those of the linear half.
    cdef int64_t[4 * FEW] _whole
    cdef int64_t[GRAMS * FEW] _near
    cdef int64_t[(1 + GRAMS) * FEW] _rated
    cdef Py_ssize_t[FEW] _counts

    cdef int _take(self, str word, int place) except -1
    cdef void _learn(self, int count, float* products, float* sums, uint64_t* identities) noexcept


cdef class Words:
    cdef Learner _learner
    cdef uint64_t[:, ::1] _table  # a hash and its row, both 0 where there is none
    cdef uint64_t[::1] _identities
    cdef float[:, ::1] _products, _sums
    cdef Py_ssize_t _count, _most
    cdef uint64_t _mask
    cdef readonly object products, sums, identities

    cdef int _touch(self, unsigned char[::1] room, Py_ssize_t begin, Py_ssize_t end) except -1
    cdef uint64_t _place(self, uint64_t key) noexcept
    cdef bint find(
        self,
        const uint64_t* keys,
        const int* starts,
        const int* ends,
        const int64_t* bounds,
        list pieces,
        Py_ssize_t begin,
        Py_ssize_t end,
        int* rows,
    ) except -1
    cdef bint _learn(self, const uint64_t* keys, list fresh, list words, int* rows, Py_ssize_t begin) except -1
    cdef int _put(self, const uint64_t* keys, int count) except -1
