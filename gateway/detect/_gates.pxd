from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

from gateway.detect._literals cimport Literals

cdef enum:
    KINDS = 8
    ALL_KINDS = 255
    WINDOW_WORDS = 64
    SHAPE_WORDS = 66

cdef struct FamilyGate:
    int need
    int reach
    int sought
    int cues
    bint triggered
    bint alone
    int probes
    int probes_end


cdef struct ProbeGate:
    int literals
    int digits
    int context
    bint needs_context
    bint counts_alone


cdef struct NeedGate:
    int digits
    int solid
    int width


cdef class Look:
    cdef readonly Py_ssize_t ways
    cdef int32_t[::1] ends, words, at
    cdef uint64_t[::1] bits, start
    cdef const uint8_t[::1] classes
    cdef const uint64_t[:, ::1] allowed
    cdef bint in_digits  # whether every match begins with a digit
    cdef uint32_t leading
    cdef Py_ssize_t lead
    cdef object expression


cdef class Gates:
    cdef readonly Literals literals
    cdef int32_t[::1] _set_begins, _set_items, _trigger_begins, _trigger_items
    cdef NeedGate* _needs
    cdef FamilyGate* _families
    cdef ProbeGate* _probes
    cdef readonly Py_ssize_t sets, needs, families
    cdef int _alone, _close, _window, _overlap, _before, _after
    cdef list _contexts, _patterns, _looks
    cdef dict _others

    cdef Look _look(self, Py_ssize_t family, bint in_ascii)
    cdef Look _other(self, pattern, bint in_ascii)
