"""The way of a piece of a stream, without a step in Python: `gateway.adapters.chunks` and `gateway.adapters.pieces`."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.string cimport memcpy

cdef enum:
    DIGITS = 6  # of a chunk's size
    LONGEST_SIZE = 16


cdef inline int value_of(unsigned char c) noexcept:
    """Return what a digit stands for; -1: it is none."""
    if 48 <= c <= 57:
        return c - 48
    c |= 32
    return c - 87 if 97 <= c <= 102 else -1


cdef Py_ssize_t content_at(const unsigned char* source, Py_ssize_t length, Py_ssize_t at, Py_ssize_t* size) noexcept:
    """Return where the content of the chunk at `at` begins, and write its size; -1 if it is no whole one, or the last."""
    cdef Py_ssize_t begin = at, counted = 0
    cdef int digit
    while at < length and at - begin < DIGITS:
        digit = value_of(source[at])
        if digit < 0:
            break
        counted = counted << 4 | digit
        at += 1
    if at == begin or not counted or length - at < counted + 4:
        return -1
    if source[at] != 13 or source[at + 1] != 10:
        return -1
    if source[at + 2 + counted] != 13 or source[at + 3 + counted] != 10:
        return -1
    size[0] = counted
    return at + 2


cpdef bytes unframed(bytes data):
    cdef const unsigned char* source = data
    cdef Py_ssize_t length = len(data), at = 0, total = 0, filled = 0, begin, size = 0
    cdef bytes content
    cdef char* target
    while at < length:
        begin = content_at(source, length, at, &size)
        if begin < 0:
            return b""
        total += size
        at = begin + size + 2
    content = PyBytes_FromStringAndSize(NULL, total)
    target = PyBytes_AS_STRING(content)  # as long as all sizes together
    at = 0
    while at < length:
        begin = content_at(source, length, at, &size)
        memcpy(target + filled, source + begin, size)
        filled += size
        at = begin + size + 2
    return content


cpdef bytes framed(bytes piece):
    cdef Py_ssize_t size = len(piece), left = size, begin = LONGEST_SIZE
    cdef char[LONGEST_SIZE] digits
    cdef bytes chunk
    cdef char* target
    if not size:
        raise ValueError("an empty chunk ends a body")
    while left:  # a size has at most as many digits
        begin -= 1
        digits[begin] = b"0123456789abcdef"[left & 15]
        left >>= 4
    chunk = PyBytes_FromStringAndSize(NULL, LONGEST_SIZE - begin + size + 4)
    target = PyBytes_AS_STRING(chunk)
    memcpy(target, digits + begin, LONGEST_SIZE - begin)
    target += LONGEST_SIZE - begin
    memcpy(target, <const char*>b"\r\n", 2)
    memcpy(target + 2, <const char*>piece, size)
    memcpy(target + 2 + size, <const char*>b"\r\n", 2)
    return chunk


cdef class Inlet:
    """Where the pieces of an answer come in."""

    cdef public object _take
    cdef public bint _hears, _is_between

    def data_received(self, bytes data not None):
        cdef bytes piece
        self._hears = True
        piece = unframed(data) if self._is_between else b""
        if not piece:
            self._parse(data)
            return
        try:
            if not self._take(piece):
                self._end(False)
        except Exception as error:
            self._end(error)


cdef class Passing:
    """Between the upstream's connection and the client's."""

    cdef public object write
    cdef public bytes left
    cdef object feed
    cdef list signed

    def __init__(self, restorer, write):
        self.feed = restorer.feed
        self.signed = restorer.signed
        self.write = write
        self.left = b""

    def take(self, bytes piece not None):
        cdef bytes shown = self.feed(piece)
        self.left = shown
        return not self.signed and (not shown or self.write(shown))


cdef class Writer:
    """Where the pieces of an answer go out."""

    cdef public bint open
    cdef object cycle, flow, put

    def __init__(self, cycle, flow, transport):
        self.cycle = cycle
        self.flow = flow
        self.put = transport.write

    def write(self, bytes piece not None):
        if not piece or not (self.open or self.opens()):
            return False
        self.put(framed(piece))
        return True

    cdef bint opens(self) except -1:
        cycle = self.cycle
        if self.flow.write_paused or cycle.disconnected or cycle.response_complete:
            return False
        self.open = cycle.response_started and cycle.chunked_encoding
        return self.open
