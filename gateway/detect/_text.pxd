"""Reading a text's code points without the GIL, for the compiled passes over it.

Every reading goes through `at`, which gives 0 beyond the text's ends: no index can leave it.
"""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND
from libc.stdint cimport uint32_t

cdef extern from "Python.h":
    Py_UCS4 PyUnicode_READ(int kind, const void* data, Py_ssize_t index) noexcept nogil
    bint Py_UNICODE_ISSPACE(Py_UCS4 c) noexcept nogil


cdef struct Text:
    int kind
    const void* data
    Py_ssize_t size


cdef inline Text text_in(str text) noexcept:
    """Return how to read `text`, for as long as somebody holds it."""
    cdef Text its
    its.kind, its.data, its.size = PyUnicode_KIND(text), PyUnicode_DATA(text), len(text)
    return its


cdef inline uint32_t at(const Text* text, Py_ssize_t place) noexcept nogil:
    return PyUnicode_READ(text.kind, text.data, place) if 0 <= place < text.size else 0


cdef inline bint is_space(uint32_t c) noexcept nogil:
    """Tell whether `c` is what `\\s` matches."""
    return c == 32 or 9 <= c <= 13 or 28 <= c <= 31 or (c >= 128 and Py_UNICODE_ISSPACE(c))
