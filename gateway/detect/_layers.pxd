from libc.stdint cimport int64_t

from gateway.detect._entity_words cimport Table
from gateway.detect._tokens cimport Pieces

cdef enum:
    SIDE = 3  # words on each side of a word whose states its last layer depends on
    NONE = -1

cdef struct Found:  # as `verdicts.Verdict`
    int place
    int kind
    float score
    float share
    bint begins
    bint sure
    int apart  # how many tokens from a sure one that it goes on from; told when all of a text's are known


cdef class Layers:
    cdef readonly Py_ssize_t width, room
    cdef Py_ssize_t _labels, _reach
    cdef const float[:, ::1] _second, _third, _out
    cdef const float[::1] _second_bias, _third_bias, _out_bias, _probe, _thresholds
    cdef float _probe_least, _margin, _neighbour, _begins
    cdef int _person, _public
    cdef Py_ssize_t judge(
        self,
        Table table,
        const int* rows,
        Py_ssize_t low,
        Py_ssize_t start,
        Py_ssize_t end,
        Pieces tokens,
        Found* some,
        float* room,
        int* sums,
    ) noexcept nogil
    cdef Py_ssize_t _chunk(
        self,
        Table table,
        const int* rows,
        Py_ssize_t first,
        Py_ssize_t start,
        Py_ssize_t end,
        Pieces tokens,
        Found* some,
        float* room,
        int* sums,
    ) noexcept nogil
    cdef void _states(
        self,
        Table table,
        const int* rows,
        Py_ssize_t first,
        Py_ssize_t low,
        Py_ssize_t high,
        Pieces tokens,
        float* states,
        int* sums,
        int64_t* begins,
        int64_t* afters,
        float* hints,
    ) noexcept nogil
    cdef void _layer(
        self,
        const float* states,
        const int* places,
        Py_ssize_t count,
        Py_ssize_t low,
        const int64_t* begins,
        const int64_t* afters,
        Py_ssize_t shift,
        const float[:, ::1] matrix,
        const float[::1] bias,
        float* out,
    ) noexcept nogil
    cdef int _verdict(self, const float* last, Found* found, float* logits) noexcept nogil


cdef Py_ssize_t text_of(Pieces tokens, Py_ssize_t token) noexcept nogil
