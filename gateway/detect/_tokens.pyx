"""The tokens of a text in one pass: what `gateway.detect.words.TOKEN` matches, without a regular expression."""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ


cdef inline bint _word(Py_UCS4 c) noexcept:
    """Tell whether `c` is what `\\w` matches."""
    if c < 128:
        return (97 <= c <= 122) or (65 <= c <= 90) or (48 <= c <= 57) or c == 95
    return c.isalnum()


cdef inline bint _digit(Py_UCS4 c) noexcept:
    """Tell whether `c` is what `\\d` matches."""
    return 48 <= c <= 57 if c < 128 else c.isdecimal()


cdef inline bint _space(Py_UCS4 c) noexcept:
    """Tell whether `c` is what `\\s` matches."""
    return c == 32 or (9 <= c <= 13) or (28 <= c <= 31) if c < 128 else c.isspace()


def token_spans(str text not None, int[::1] starts not None, int[::1] ends not None):
    """Write where each token starts and ends into `starts` and `ends`; return how many there are.

    Args:
        text: any text.
        starts: room for one number a code point; there are never more tokens than that.
        ends: as long.

    Raises:
        ValueError: if there is less room.
    """
    cdef Py_ssize_t size = len(text), place = 0, begin, after
    cdef Py_ssize_t count = 0
    if starts.shape[0] < size or ends.shape[0] < size:
        raise ValueError("too little room for the tokens")
    cdef int kind = PyUnicode_KIND(text)
    cdef void* data = PyUnicode_DATA(text)
    cdef Py_UCS4 c, following
    while place < size:
        c = PyUnicode_READ(kind, data, place)
        begin = place
        place += 1
        if _digit(c):
            while True:
                while place < size and _digit(PyUnicode_READ(kind, data, place)):
                    place += 1
                if place + 1 >= size or not _digit(PyUnicode_READ(kind, data, place + 1)):
                    break
                c = PyUnicode_READ(kind, data, place)
                if c != 46 and c != 47 and c != 58 and c != 44 and c != 45:  # . / : , -
                    break
                place += 2
        elif c == 95:  # _
            while place < size and _word(PyUnicode_READ(kind, data, place)):
                place += 1
        elif _word(c):
            while True:
                while place < size and _word(PyUnicode_READ(kind, data, place)):
                    place += 1
                if place + 1 >= size:
                    break
                c = PyUnicode_READ(kind, data, place)
                following = PyUnicode_READ(kind, data, place + 1)
                if c == 46:  # a dot only in front of a small letter or a figure: file names, addresses
                    if not ((97 <= following <= 122) or (48 <= following <= 57)):
                        break
                elif c != 39 and c != 0x2019 and c != 64 and c != 45:  # ' ’ @ -
                    break
                elif not _word(following):
                    break
                place += 2
        elif c == 10:
            while place < size and _space(PyUnicode_READ(kind, data, place)):
                place += 1
        elif c != 9 and _space(c):
            continue
        starts[count] = <int>begin
        ends[count] = <int>place
        count += 1
    return count
