"""Literals that are looked for together, in the text as it is or folded as `gateway.detect.gates.fold` does, compiled.

They are found by the hash of a run of one to four characters (Wu and Manber, 1994, without the skips), which is looked
up where such a run ends with the three characters that are there: at one place in four of ordinary text.

Bounds are checked, except in the loop over the text and in what it calls: there each index is below the length of what
was allocated, or a table's own size (`ENDS`, `BUCKETS`, 256), as said beside it.
"""

cimport cython
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND
from libc.stdint cimport int32_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free, malloc, realloc

import numpy as np

from gateway.detect.gates import TWINS

cdef extern from "Python.h":
    Py_UCS4 PyUnicode_READ(int kind, const void* data, Py_ssize_t index) noexcept nogil
    bint Py_UNICODE_ISDECIMAL(Py_UCS4 c) noexcept nogil
    bint Py_UNICODE_ISALNUM(Py_UCS4 c) noexcept nogil
    bint Py_UNICODE_ISSPACE(Py_UCS4 c) noexcept nogil
    Py_UCS4 Py_UNICODE_TOLOWER(Py_UCS4 c) noexcept nogil

cdef enum:
    ENDS = 32768
    LAST = 31
    BUCKETS = 32768
    MAX_SIZE = 1 << 30

cdef frozenset _COMMON = frozenset(" etaoinsrhl")


cdef int add_pair(Numbers* numbers, int32_t one, int32_t other) except -1 nogil:
    """Append a pair; there are at most `MAX_SIZE` numbers, so that twice the number of one is still an int32."""
    cdef Py_ssize_t room
    cdef int32_t* larger
    if numbers.count + 2 > numbers.room:
        if numbers.room >= MAX_SIZE:
            with gil:
                raise OverflowError("the text holds too many literals")
        room = 32 if numbers.room == 0 else numbers.room * 2
        larger = <int32_t*>realloc(numbers.at, room * sizeof(int32_t))
        if larger == NULL:
            with gil:
                raise MemoryError
        numbers.at = larger
        numbers.room = room
    numbers.at[numbers.count] = one
    numbers.at[numbers.count + 1] = other
    numbers.count += 2
    return 0


# --- characters ---------------------------------------------------------------------------------------------------

cdef uint8_t[256] _FOLDED, _KINDS
cdef Py_UCS4[256] _TWIN_OF, _TWIN_TO
cdef int _TWINS = 0


cdef int _prepare() except -1:
    global _TWINS
    cdef int code
    for code in range(128):
        character = chr(code)
        _FOLDED[code] = ord(character.lower())
        _KINDS[code] = (
            DIGIT if character.isdecimal() else LETTER if character.isalnum() else SPACE if character.isspace()
            else {"-": HYPHEN, ".": DOT, "/": SLASH, ":": SLASH, "(": BRACKET, ")": BRACKET, "+": BRACKET}
            .get(character, OTHER)
        )
    for code, twin in sorted(TWINS.items()):
        if code >= 128:
            if _TWINS == 256:
                raise ValueError("too many twins")
            _TWIN_OF[_TWINS] = code
            _TWIN_TO[_TWINS] = ord(twin)
            _TWINS += 1
    return 0


_prepare()


cdef Py_UCS4 _folded(Py_UCS4 c) noexcept nogil:
    """Return what `fold` makes of a character."""
    cdef int low = 0, high = _TWINS, middle
    if c < 128:
        return _FOLDED[c]
    c = Py_UNICODE_TOLOWER(c)  # the first character of what `str.lower` gives; more than one it gives for İ alone
    while low < high:  # middle < _TWINS <= 256
        middle = (low + high) >> 1
        if _TWIN_OF[middle] < c:
            low = middle + 1
        else:
            high = middle
    return _TWIN_TO[low] if low < _TWINS and _TWIN_OF[low] == c else c


cdef int kind_of(Py_UCS4 c) noexcept nogil:
    """Return a character's kind, as `gateway.detect.shapes` sorts them."""
    if c < 128:
        return _KINDS[c]
    if Py_UNICODE_ISDECIMAL(c):
        return DIGIT
    if Py_UNICODE_ISALNUM(c):
        return LETTER
    return SPACE if Py_UNICODE_ISSPACE(c) else OTHER


cdef inline uint32_t _byte(uint32_t c) noexcept nogil:
    return c if c < 128 else (c ^ (c >> 8) ^ (c >> 16)) & 0xFF


cdef inline uint32_t _hash(uint32_t gram) noexcept nogil:
    """Return a number below `BUCKETS`."""
    return (gram * <uint32_t>2654435761) >> 17


cdef inline uint32_t _behind(uint32_t end, uint32_t byte) noexcept nogil:
    """Return the number, below `ENDS`, of the last three characters behind which one more stands.

    Of each it holds five bits, which are the same for no two letters of a case.
    """
    return (end << 5 | byte & LAST) & (ENDS - 1)


def folded(str text not None):
    """Return `fold(text)`; for tests."""
    return "".join([_folded(c) for c in text])


def kinds(str text not None):
    """Return the kind of each character of `text`; for tests."""
    return bytes([kind_of(c) for c in text])


# --- literals -----------------------------------------------------------------------------------------------------

cdef class Literals:
    """Literals that are looked for together.

    Args:
        literals: of each its text, not empty, and whether it is looked for in the folded text.
    """

    def __init__(self, literals):
        cdef Py_ssize_t number, place
        cdef int size, offset
        cdef uint32_t gram, bucket, end
        self.count = len(literals)
        if not all(text for text, _ in literals):
            raise ValueError("an empty literal")
        texts = [text for text, _ in literals]
        self._points = np.array([ord(c) for text in texts for c in text] or [0], np.uint32)
        self._begins = np.cumsum([0, *map(len, texts)]).astype(np.int32)
        self._exact = np.array([not is_folded for _, is_folded in literals] or [0], np.uint8)
        self._offsets = np.zeros(self.count + 1, np.int32)
        self._following = np.zeros(self.count + 1, np.int32)
        self._bits = np.zeros((GRAM, BUCKETS // 8), np.uint8)
        self._heads = np.zeros((GRAM, BUCKETS), np.int32)
        self._ends = np.zeros(ENDS, np.uint8)
        for number in range(self.count):
            known = folded(texts[number])
            size = min(GRAM, len(known))
            # The run that is least usual in text; Python's ints, for a lambda has no others.
            offset = min(
                range(len(known) - size + 1),
                key=lambda start: sum([c in _COMMON for c in known[start : start + min(GRAM, len(known))]]),
            )
            gram = 0
            for place in range(size):
                gram |= _byte(ord(known[offset + place])) << (8 * <uint32_t>place)
            end = 0
            for place in range(size):
                end = _behind(end, gram >> (8 * <uint32_t>place) & 0xFF)
            # In front of a shorter run anything may stand.
            for place in range(end, ENDS, 1 << 5 * min(size, 3)):
                self._ends[place] |= 1 << (size - 1)
            bucket = _hash(gram)
            self._bits[size - 1, bucket >> 3] |= 1 << (bucket & 7)
            self._offsets[number] = offset + size - 1
            self._following[number] = self._heads[size - 1, bucket]  # numbers of literals are one up: 0 is none
            self._heads[size - 1, bucket] = number + 1

    def held(self, str text not None):
        """Return the numbers of the literals that `text` holds, in order."""
        cdef Py_ssize_t size = len(text), number
        cdef Py_UCS4* points = NULL
        cdef int32_t* slots = NULL
        cdef Numbers hits, held
        hits.at, hits.count, hits.room = NULL, 0, 0
        held.at, held.count, held.room = NULL, 0, 0
        check_size(size)
        try:
            points = <Py_UCS4*>malloc((size + 1) * sizeof(Py_UCS4))
            slots = <int32_t*>calloc(self.count + 1, sizeof(int32_t))
            if points == NULL or slots == NULL:
                raise MemoryError
            fold_points(PyUnicode_KIND(text), PyUnicode_DATA(text), size, points)
            self.find(PyUnicode_KIND(text), PyUnicode_DATA(text), size, points, slots, &hits, &held)
            return sorted([held.at[number] for number in range(0, held.count, 2)])
        finally:
            free(points)
            free(slots)
            free(hits.at)
            free(held.at)

    @cython.boundscheck(False)
    cdef int find(
        self, int kind, const void* data, Py_ssize_t size, const Py_UCS4* points, int32_t* slots, Numbers* hits,
        Numbers* held
    ) except -1 nogil:
        """Add each place of each literal to `hits`, linked: place and the number of the hit before, counted from one.

        Of each literal that there is the number is added to `held`, with the number of its last hit. `slots` has room
        for each literal's number in `held`, counted from one, all 0.
        """
        cdef Py_ssize_t end, place, step, begin, length
        cdef uint32_t window = 0, last = 0, byte, bucket
        cdef int32_t number, slot
        cdef int gram, sizes
        cdef bint same
        cdef const uint8_t* bits = &self._bits[0, 0]
        cdef const uint8_t* ends = &self._ends[0]
        # end < size, what `points` and the text have. `last` is below ENDS, the length of `ends`; a bucket below
        # BUCKETS, the length of both tables' rows, whose number is GRAM. The numbers in the tables are those of
        # literals, and `points` of a literal lie between its begin and the next one's.
        for end in range(size):
            byte = _byte(points[end])
            window = (window >> 8) | (byte << 24)
            last = _behind(last, byte)
            sizes = ends[last]
            gram = -1
            while sizes:  # of runs with these three characters at their end: at most GRAM
                gram += 1
                if not sizes & 1:
                    sizes >>= 1
                    continue
                sizes >>= 1
                if gram > end:
                    break
                bucket = _hash(window >> (8 * (GRAM - 1 - gram)))
                if not (bits[gram * (BUCKETS >> 3) + (bucket >> 3)] >> (bucket & 7)) & 1:
                    continue
                number = self._heads[gram, bucket]
                while number:
                    number -= 1
                    place = end - self._offsets[number]
                    begin = self._begins[number]
                    length = self._begins[number + 1] - begin
                    same = place >= 0 and place + length <= size
                    if same:
                        if self._exact[number]:
                            for step in range(length):
                                if PyUnicode_READ(kind, data, place + step) != self._points[begin + step]:
                                    same = False
                                    break
                        else:
                            for step in range(length):
                                if points[place + step] != self._points[begin + step]:
                                    same = False
                                    break
                    if same:
                        slot = slots[number]
                        if not slot:
                            add_pair(held, number, 0)
                            slot = slots[number] = <int32_t>(held.count >> 1)
                        add_pair(hits, <int32_t>place, held.at[2 * slot - 1])
                        held.at[2 * slot - 1] = <int32_t>(hits.count >> 1)
                    number = self._following[number]
        return 0


cdef int check_size(Py_ssize_t size) except -1:
    if size > MAX_SIZE:
        raise OverflowError("the text is too long")
    return 0


cdef void fold_points(int kind, const void* data, Py_ssize_t size, Py_UCS4* points) noexcept nogil:
    """Write what `fold` makes of a text's characters to `points`, which has room for as many."""
    cdef Py_ssize_t place
    cdef const uint8_t* narrow = <const uint8_t*>data
    cdef uint32_t c, beyond = 0
    if kind == 1:
        for place in range(size):  # without a branch: several characters at once
            c = narrow[place]
            beyond |= c
            points[place] = c + ((<uint32_t>(c - 65) < 26) << 5)
        if beyond < 128:
            return
    for place in range(size):
        points[place] = _folded(PyUnicode_READ(kind, data, place))


cdef int in_order(const void* one, const void* other) noexcept nogil:
    return (<const int32_t*>one)[0] - (<const int32_t*>other)[0]
