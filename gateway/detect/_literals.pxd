from libc.stdint cimport int32_t, uint8_t, uint32_t

cdef enum:
    GRAM = 4
    DIGIT = 0
    LETTER = 1
    SPACE = 2
    HYPHEN = 3
    DOT = 4
    SLASH = 5
    BRACKET = 6
    OTHER = 7

cdef struct Numbers:
    int32_t* at
    Py_ssize_t count
    Py_ssize_t room

cdef int add_pair(Numbers* numbers, int32_t one, int32_t other) except -1 nogil
cdef int check_size(Py_ssize_t size) except -1
cdef void fold_points(int kind, const void* data, Py_ssize_t size, Py_UCS4* points) noexcept nogil
cdef int kind_of(Py_UCS4 c) noexcept nogil
cdef int in_order(const void* one, const void* other) noexcept nogil

cdef class Literals:
    cdef readonly Py_ssize_t count
    cdef uint8_t[::1] _ends  # for three characters, the sizes of the runs by which literals are found that end so, as bits
    cdef uint32_t[::1] _points
    cdef int32_t[::1] _begins, _offsets, _following
    cdef uint8_t[::1] _exact
    cdef uint8_t[:, ::1] _bits
    cdef int32_t[:, ::1] _heads

    cdef int find(
        self, int kind, const void* data, Py_ssize_t size, const Py_UCS4* points, int32_t* slots, Numbers* hits,
        Numbers* held
    ) except -1 nogil
