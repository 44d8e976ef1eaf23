from libc.stdint cimport int64_t, uint64_t


cdef class Pieces:
    cdef readonly list texts
    cdef Py_ssize_t size, count  # of texts and of tokens
    cdef void* _memory
    cdef uint64_t* hashes  # of tokens
    cdef int* starts  # of tokens in their texts
    cdef int* ends
    cdef int64_t* bounds  # how many tokens there are up to the end of each text
