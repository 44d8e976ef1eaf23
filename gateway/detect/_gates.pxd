from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

from gateway.detect._literals cimport Literals

cdef enum:
    KINDS = 8
    ALL_KINDS = 255
    WINDOW_WORDS = 64
    SHAPE_WORDS = 66

cdef struct FamilyGate:
    int reach
    int sought
    int cues
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
    cdef object expression
    # What is read for each text stands together: owned by the views below.
    cdef const uint64_t* begins  # NULL: how a match begins is not known
    cdef const uint8_t* classes
    cdef const uint64_t* allowed
    cdef Py_ssize_t depth, columns, lead, rows, least, most
    cdef uint32_t leading, run
    cdef bint in_digits  # whether every match begins with a digit
    cdef bint at_turns  # whether no match begins behind a character of the kind that it begins with
    cdef int kind  # what every match begins with; -1 for one of several
    cdef uint64_t[::1] _begins
    cdef const uint8_t[::1] _classes
    cdef const uint64_t[:, ::1] _allowed


cdef class Gates:
    cdef readonly Literals literals
    cdef int32_t[::1] _set_begins, _set_items, _trigger_begins, _trigger_items
    cdef NeedGate* _needs
    cdef int32_t* _needs_of  # of each family; -1 for none
    cdef uint8_t* _untriggered  # of each family whether it is due whatever a text holds; then, whether a short one
    cdef uint32_t* _rows
    cdef Py_ssize_t _rows_count, _rows_room
    cdef int32_t* _rows_at  # of each family, for any text and for one of ASCII, where its rows begin; 0: not read yet
    cdef FamilyGate* _families
    cdef ProbeGate* _probes
    cdef readonly Py_ssize_t sets, needs, families
    cdef int _alone, _close, _window, _overlap, _before, _after
    cdef void* _spare  # room for one text that no text has
    cdef list _contexts, _patterns, _looks
    cdef dict _others

    cdef void* lend(self) except NULL
    cdef void take_back(self, void* room) noexcept
    cdef int _add_rows(self, shape) except -1
    cdef Look _made(self, pattern, bint in_ascii)
    cdef Look _look(self, Py_ssize_t family, bint in_ascii)
    cdef Look _other(self, pattern, bint in_ascii)
