"""Knows events by their source, in one look at each byte: what `PlainSource` and `PlainFeed` of `frames` do."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_DecodeUTF8
from libc.string cimport memcmp

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)


cdef inline bint stands(bytes raw, Py_ssize_t at, bytes part) noexcept:
    """Whether `part` stands at `at`."""
    cdef const char* source = raw
    cdef const char* sought = part
    return len(raw) - at >= len(part) and memcmp(source + at, sought, len(part)) == 0


cdef inline bint pads(unsigned char c) noexcept:
    return 48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122 or c == 45 or c == 95  # - _


cdef class Source:
    """What stands around the texts of events that are all alike, and who takes the texts."""

    cdef public bytes _begins, _middle, _ends
    cdef public object _feed
    cdef public list _written
    cdef public Py_ssize_t taken

    def show(self, bytes raw not None, Py_ssize_t start=0):
        return self.shown(raw, start)

    cdef bytes shown(self, bytes raw, Py_ssize_t start):
        cdef const unsigned char* source = raw
        cdef Py_ssize_t size = len(raw), at = start, kept = start, begin, end, after
        cdef bytes begins = self._begins, middle = self._middle, ends = self._ends
        cdef list pieces = None
        cdef bint ascii
        cdef str text
        if start < 0:
            raise IndexError(start)
        while begins and at < size and stands(raw, at, begins):
            begin = end = at + len(begins)
            ascii = True
            while end < size and source[end] >= 32 and source[end] not in (34, 92, 127):  # " and backslash
                ascii = ascii and source[end] < 128
                end += 1
            after = end
            if middle:
                if not stands(raw, end, middle):
                    break
                after += len(middle)
                while after < size and pads(source[after]):
                    after += 1
            if not stands(raw, after, ends):
                break
            try:
                text = PyUnicode_DecodeUTF8(<const char*>source + begin, end - begin, NULL)
            except UnicodeDecodeError:
                break
            if not ascii and not text.isprintable():
                break
            if text:
                shown = self.given(text)
                if shown != text:
                    pieces = [] if pieces is None else pieces
                    pieces += (raw[kept:begin], self.between_quotes(shown))
                    kept = end
            at = after + len(ends)
        self.taken = at
        if pieces is None:
            return raw if at == size and not start else raw[start:at]
        pieces.append(raw[kept:at])
        return b"".join(pieces)

    def give(self, str text not None):
        return self.given(text)

    cdef str given(self, str text):
        if self._written is not None:
            self._written.append(text)
        return self._feed(text)

    cdef bytes between_quotes(self, str text):
        """Return what stands for `text` between the quotes."""
        cdef Py_ssize_t place
        cdef const unsigned char* written
        if text is None or not PyUnicode_IS_ASCII(text):
            return self.written(text)
        written = <const unsigned char*>PyUnicode_DATA(text)
        for place in range(len(text)):
            if written[place] < 32 or written[place] in (34, 92, 127):  # " and backslash
                return self.written(text)
        return PyBytes_FromStringAndSize(<const char*>written, len(text))


cdef class Feed:
    """The way of a stream's bytes to its events."""

    cdef public object _reader
    cdef public Source _frame
    cdef public Py_ssize_t _missed

    def __init__(self, reader):
        self._reader = reader

    def feed(self, bytes data not None):
        cdef Py_ssize_t at = 0, size = len(data)
        cdef list shown = None
        cdef Source frame
        while at < size:
            frame = self._frame
            if frame is not None and self._reader.is_between:
                known = frame.shown(data, at)
                if frame.taken > at:
                    self._missed = 0
                    if not at and frame.taken == size:
                        return known
                    at = frame.taken
                    shown = [] if shown is None else shown
                    shown.append(known)
                    continue
            event, at = self._reader.first(data, at)
            if event is not None:
                shown = [] if shown is None else shown
                shown.append(self._event(event))
        return b"" if shown is None else b"".join(shown)
