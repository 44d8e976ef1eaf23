"""Literals that are looked for together, in the text as it is or folded as `gateway.detect.gates.fold` does, compiled.

They are found by a run of one to four of their characters (Wu and Manber, 1994, without the skips), which is looked up
where such a run ends with the three characters that are there: at one place in four of ordinary text.

What is read at each place is small, 8 KB, and what is read where that lets through, 4 KB: a text has most other tables
driven out of the cache. A literal that passes both is known, by its run, in one line of the third.

Bounds are checked, except in the loop over the text and in what it calls: there each index is below the length of what
was allocated, or a table's own size (`ENDS`, `BUCKET_BITS`, 256), as said beside it.
"""

cimport cython
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
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
    LAST = 31
    LONGEST = 65535
    FARTHEST = 255
    SHORTER = 7  # runs of one, two and three characters, as bits
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

cdef uint8_t[256] _FOLDED, _KINDS, _CLASSES
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
        # Each letter is a class; the blank, for there are so many; and characters of which few texts hold any.
        _CLASSES[code] = (
            code - 96 if character.islower() else 0 if character == " " else 27 if character.isdecimal()
            else 28 if character in "-_" else 29 if character in ".,:;/" else 30 if character in "@+#~^|\\" else LAST
        )
    for code in range(128, 256):
        _CLASSES[code] = LAST
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
    """Return a character's kind, as `gateway.detect.kinds` sorts them."""
    if c < 128:
        return _KINDS[c]
    if Py_UNICODE_ISDECIMAL(c):
        return DIGIT
    if Py_UNICODE_ISALNUM(c):
        return LETTER
    return SPACE if Py_UNICODE_ISSPACE(c) else OTHER


cdef inline uint32_t _byte(uint32_t c) noexcept nogil:
    return c if c < 128 else (c ^ (c >> 8) ^ (c >> 16)) & 0xFF


cdef inline uint32_t _hash(uint32_t gram, int bits) noexcept nogil:
    """Return a number of so many bits, of one to 32."""
    return (gram * <uint32_t>2654435761) >> (32 - bits)


cdef inline uint32_t _behind(uint32_t end, uint32_t byte) noexcept nogil:
    """Return the number, below `ENDS`, of the last three characters behind which one more stands.

    Of each it holds the class, five bits.
    """
    return (end << 5 | _CLASSES[byte]) & (ENDS - 1)


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

    def __cinit__(self, literals):
        cdef Py_ssize_t number, place
        cdef int size, offset
        cdef uint32_t gram, bucket, end, slots
        self.count = len(literals)
        if not all(0 < len(text) <= LONGEST for text, _ in literals):
            raise ValueError("an empty literal, or one that is too long")
        self._points = np.array([ord(c) for text, _ in literals for c in text] or [0], np.uint32)
        self._begins = np.cumsum([0, *[len(text) for text, _ in literals]]).astype(np.int32)
        self._slot_bits = 1
        while 1 << self._slot_bits < 2 * self.count:  # at least half of the slots are empty
            self._slot_bits += 1
        slots = <uint32_t>1 << self._slot_bits
        self._entries = <Entry*>calloc(slots, sizeof(Entry))
        if self._entries == NULL:
            raise MemoryError
        for number, (text, is_folded) in enumerate(literals):
            known = folded(text)
            size = min(GRAM, len(known))
            # The run that is least usual in text; Python's ints, for a lambda has no others.
            offset = min(
                range(min(len(known) - size, FARTHEST - GRAM) + 1),
                key=lambda start: sum([c in _COMMON for c in known[start : start + min(GRAM, len(known))]]),
            )
            gram = end = 0
            for place in range(size):
                gram |= _byte(ord(known[offset + place])) << (8 * <uint32_t>place)
                end = _behind(end, gram >> (8 * <uint32_t>place) & 0xFF)
            # In front of a shorter run anything may stand.
            for place in range(end, ENDS, 1 << 5 * min(size, 3)):
                self._ends[place >> 5] |= <uint64_t>1 << ((place & LAST) + (0 if size == GRAM else 32))
            bucket = _hash(gram, BUCKET_BITS)
            self._bits[bucket >> 5] |= <uint32_t>1 << (bucket & 31)
            bucket = _hash(gram, self._slot_bits)
            while self._entries[bucket].length:  # below the number of slots, of which half are empty
                bucket = (bucket + 1) & (slots - 1)
            self._entries[bucket] = Entry(
                gram, <int32_t>number, self._begins[number], <uint16_t>len(known), <uint8_t>(offset + size - 1),
                not is_folded,
            )

    def __dealloc__(self):
        free(self._entries)

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
        cdef Py_ssize_t end
        cdef uint32_t last = 0, gram, bucket
        cdef uint64_t told
        cdef int length, sizes
        cdef const uint64_t* ends = self._ends
        cdef const uint32_t* bits = self._bits
        # end < size, what `points` and the text have. `last` is below ENDS, of which each of the numbers of `_ends` has
        # 32; a bucket has BUCKET_BITS, and each of the numbers of `_bits` holds 32.
        for end in range(size):
            last = _behind(last, _byte(points[end]))
            told = (ends[last >> 5] >> (last & LAST)) & (<uint64_t>1 << 32 | 1)
            if not told:
                continue
            sizes = <int>(told & 1) << (GRAM - 1) | (SHORTER if told >> 32 else 0)
            gram = 0
            length = 0
            while sizes and length <= end:  # of runs with these three characters at their end: at most GRAM
                length += 1
                gram = gram << 8 | _byte(points[end - length + 1])
                if sizes & 1:
                    bucket = _hash(gram, BUCKET_BITS)
                    if bits[bucket >> 5] >> (bucket & 31) & 1:
                        self._compare(kind, data, size, points, end, gram, length, slots, hits, held)
                sizes >>= 1
        return 0

    @cython.boundscheck(False)
    cdef int _compare(
        self, int kind, const void* data, Py_ssize_t size, const Py_UCS4* points, Py_ssize_t end, uint32_t gram,
        int run, int32_t* slots, Numbers* hits, Numbers* held
    ) except -1 nogil:
        """Add the literals that are known by this run of so many characters, which ends here, if they are there."""
        cdef uint32_t bucket = _hash(gram, self._slot_bits), last_slot = (<uint32_t>1 << self._slot_bits) - 1
        cdef Py_ssize_t place, step
        cdef const Entry* entry
        cdef const uint32_t* own
        cdef int32_t slot
        # A bucket is the number of a slot, of which half are empty. `_points` of a literal lie from its begin on.
        while self._entries[bucket].length:
            entry = &self._entries[bucket]
            bucket = (bucket + 1) & last_slot
            if entry.gram != gram or min(GRAM, entry.length) != run:
                continue
            place = end - entry.offset
            if place < 0 or place + entry.length > size:
                continue
            own = &self._points[entry.begin]
            for step in range(entry.length):
                if (PyUnicode_READ(kind, data, place + step) if entry.exact else points[place + step]) != own[step]:
                    break
            else:
                slot = slots[entry.number]
                if not slot:
                    add_pair(held, entry.number, 0)
                    slot = slots[entry.number] = <int32_t>(held.count >> 1)
                add_pair(hits, <int32_t>place, held.at[2 * slot - 1])
                held.at[2 * slot - 1] = <int32_t>(hits.count >> 1)
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
