from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    GRAM = 4
    ENDS = 32768
    BUCKET_BITS = 15
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

cdef struct Entry:  # a literal in a table of such; an empty one has no length
    uint32_t gram  # the run by which it is known
    int32_t number
    int32_t begin
    uint16_t length
    uint8_t offset  # of the run's last character
    uint8_t exact


cdef class Literals:
    cdef readonly Py_ssize_t count
    cdef uint64_t[ENDS >> 5] _ends  # for three characters, whether runs end so: of four; of fewer, 32 bits higher
    cdef uint32_t[1 << BUCKET_BITS - 5] _bits  # whether there is a run with this hash
    cdef Entry* _entries
    cdef int _slot_bits  # of the number of one of them
    cdef uint32_t[::1] _points
    cdef int32_t[::1] _begins

    cdef int find(
        self, int kind, const void* data, Py_ssize_t size, const Py_UCS4* points, int32_t* slots, Numbers* hits,
        Numbers* held
    ) except -1 nogil
    cdef int _compare(
        self, int kind, const void* data, Py_ssize_t size, const Py_UCS4* points, Py_ssize_t end, uint32_t gram,
        int run, int32_t* slots, Numbers* hits, Numbers* held
    ) except -1 nogil
