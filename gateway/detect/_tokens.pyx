"""The tokens of a text in one pass: what `gateway.detect.words.TOKEN` matches, without a regular expression.

Decisions kept here:

* A token is known by a 64-bit hash of its code points, so that no Python string is made of a word that a model has seen
  before: that costs more than all that the models ask of it.
* The hash is two sums of the code points, each times a number of its place that is drawn anew in each process, of which
  the upper 32 bits are taken (Lemire and Kaser, "Strongly universal string hashing is fast", 2014). Who does not know
  these numbers finds two words of one hash with a chance of 1 in 2^64 a try, however they are chosen: nobody can
  disguise a name as a harmless word, or slow a table down. No table that is kept reveals words, and none can be
  compared with that of another process (invariant 4).
* Only the first `WORD_LIMIT` code points count, as in all that models see of a word.
* A surrogate (`EMAIL_ADDRESS_wb7fv4jp7mf`) is hashed with one and the same id, as `words.without_surrogates` has it.
"""

import secrets

import numpy as np

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from gateway.detect._words cimport LIMIT
from gateway.detect.words import ANY_ID

cdef uint64_t[LIMIT] _FIRST
cdef uint64_t[LIMIT] _SECOND
for _place in range(LIMIT):
    _FIRST[_place], _SECOND[_place] = secrets.randbits(64), secrets.randbits(64)
cdef Py_ssize_t _ID = len(ANY_ID)
cdef Py_UCS4[16] _ANY
for _place, _letter in enumerate(ANY_ID):
    _ANY[_place] = _letter


cdef enum:
    WORD = 1
    DIGIT = 2
    SPACE = 4

cdef unsigned char[128] _CLASS  # of each character of ASCII
for _place in range(128):
    _sign = chr(_place)
    _CLASS[_place] = WORD * (_sign.isalnum() or _sign == "_") | DIGIT * _sign.isdecimal() | SPACE * _sign.isspace()


ctypedef fused Point:  # a code point, as it lies in memory: loops over texts are made for each kind by itself
    uint8_t
    uint16_t
    uint32_t


cdef inline bint _is_surrogate(const Point* data, Py_ssize_t start, Py_ssize_t end) noexcept:
    """Tell whether the token is what `words.SURROGATE` matches from end to end."""
    cdef Py_ssize_t label = end - start - _ID - 1, place
    cdef Py_UCS4 c
    if not 2 <= label <= 41 or data[start + label] != 95:
        return False
    for place in range(_ID):
        c = data[end - _ID + place]
        if not (48 <= c <= 57 if place % 3 == 2 else 97 <= c <= 122):
            return False
    for place in range(label):
        c = data[start + place]
        if not (65 <= c <= 90 or (place and c == 95)):
            return False
    return True


cdef inline uint64_t _hash(const Point* data, Py_ssize_t start, Py_ssize_t end, bint surrogates) noexcept:
    """Return the hash of a token; never 0."""
    cdef Py_ssize_t limit = min(end, start + LIMIT), plain = limit, place
    cdef uint64_t first = 0, second = 0, point
    if surrogates and _is_surrogate(data, start, end):
        plain = min(limit, end - _ID)
    # One more than each point: so no word sums up to what one with a NUL behind it does.
    for place in range(start, plain):
        point = <uint64_t>data[place] + 1
        first += point * _FIRST[place - start]
        second += point * _SECOND[place - start]
    for place in range(plain, limit):
        point = <uint64_t>_ANY[place - (end - _ID)] + 1
        first += point * _FIRST[place - start]
        second += point * _SECOND[place - start]
    first = (first >> 32 << 32) | (second >> 32)
    return first if first else 1


cdef inline bint _word(Py_UCS4 c) noexcept:
    """Tell whether `c` is what `\\w` matches."""
    if c < 128:
        return _CLASS[c] & WORD
    return c.isalnum()


cdef inline bint _digit(Py_UCS4 c) noexcept:
    """Tell whether `c` is what `\\d` matches."""
    return _CLASS[c] & DIGIT if c < 128 else c.isdecimal()


cdef inline bint _space(Py_UCS4 c) noexcept:
    """Tell whether `c` is what `\\s` matches."""
    return _CLASS[c] & SPACE if c < 128 else c.isspace()


cdef Py_ssize_t _scan(const Point* data, Py_ssize_t size, int* starts, int* ends, Py_ssize_t count) noexcept:
    """Write the tokens of a text from place `count` on, for which there is room; return how many there are then."""
    cdef Py_ssize_t place = 0, begin
    cdef Py_UCS4 c, following
    while place < size:
        c = data[place]
        begin = place
        place += 1
        if _digit(c):
            while True:
                while place < size and _digit(data[place]):
                    place += 1
                if place + 1 >= size or not _digit(data[place + 1]):
                    break
                c = data[place]
                if c != 46 and c != 47 and c != 58 and c != 44 and c != 45:  # . / : , -
                    break
                place += 2
        elif c == 95:  # _
            while place < size and _word(data[place]):
                place += 1
        elif _word(c):
            while True:
                while place < size and _word(data[place]):
                    place += 1
                if place + 1 >= size:
                    break
                c = data[place]
                following = data[place + 1]
                if c == 46:  # a dot only in front of a small letter or a figure: file names, addresses
                    if not ((97 <= following <= 122) or (48 <= following <= 57)):
                        break
                elif c != 39 and c != 0x2019 and c != 64 and c != 45:  # ' ’ @ -
                    break
                elif not _word(following):
                    break
                place += 2
        elif c == 10:
            while place < size and _space(data[place]):
                place += 1
        elif c != 9 and _space(c):
            continue
        starts[count] = <int>begin
        ends[count] = <int>place
        count += 1
    return count


cdef Py_ssize_t _scan_text(str text, int* starts, int* ends, Py_ssize_t count) noexcept:
    """Do as `_scan`."""
    cdef int kind = PyUnicode_KIND(text)
    cdef const void* data = PyUnicode_DATA(text)
    if kind == 1:
        return _scan(<const uint8_t*>data, len(text), starts, ends, count)
    if kind == 2:
        return _scan(<const uint16_t*>data, len(text), starts, ends, count)
    return _scan(<const uint32_t*>data, len(text), starts, ends, count)


cdef void _hash_each(
    const Point* data, const int* starts, const int* ends, uint64_t* hashes, Py_ssize_t count, bint surrogates,
    uint64_t address,
) noexcept:
    """Write the hashes of so many tokens; `address`, if it is not 0, for those that have an `@`."""
    cdef Py_ssize_t index, place
    for index in range(count):
        hashes[index] = _hash(data, starts[index], ends[index], surrogates)
        if address:
            for place in range(starts[index], ends[index]):
                if data[place] == 64:
                    hashes[index] = address
                    break


cdef void _hash_all(
    str text, const int* starts, const int* ends, uint64_t* hashes, Py_ssize_t count, uint64_t address
):
    """Write the hashes of so many tokens of `text`."""
    cdef int kind = PyUnicode_KIND(text)
    cdef const void* data = PyUnicode_DATA(text)
    cdef bint surrogates = "<" in text and "_" in text
    if "@" not in text:
        address = 0
    if kind == 1:
        _hash_each(<const uint8_t*>data, starts, ends, hashes, count, surrogates, address)
    elif kind == 2:
        _hash_each(<const uint16_t*>data, starts, ends, hashes, count, surrogates, address)
    else:
        _hash_each(<const uint32_t*>data, starts, ends, hashes, count, surrogates, address)


def token_spans(str text not None, int[::1] starts not None, int[::1] ends not None):
    """Write where each token starts and ends into `starts` and `ends`; return how many there are.

    Args:
        text: any text.
        starts: room for one number a code point; there are never more tokens than that.
        ends: as long.

    Raises:
        ValueError: if there is less room.
    """
    if starts.shape[0] < len(text) or ends.shape[0] < len(text):
        raise ValueError("too little room for the tokens")
    return _scan_text(text, &starts[0], &ends[0], 0) if text else 0


def hash_word(str word not None):
    """Return the hash that `hashed_tokens` gives a token that reads `word`."""
    cdef int start = 0, end = <int>len(word)
    cdef uint64_t hashed
    _hash_all(word, &start, &end, &hashed, 1, 0)
    return hashed


def hashed_tokens(
    str text not None,
    int[::1] starts not None,
    int[::1] ends not None,
    uint64_t[::1] hashes not None,
    uint64_t address=0,
):
    """Do as `token_spans`, and write each token's hash into `hashes`; return how many tokens there are.

    Equal tokens have equal hashes for the life of the process, and no hash is 0.

    Args:
        text: any text.
        starts: as in `token_spans`.
        ends: as long.
        hashes: as long.
        address: the hash for every token that has an `@`; 0: its own.

    Raises:
        ValueError: if there is less room.
    """
    if hashes.shape[0] < len(text):
        raise ValueError("too little room for the tokens")
    cdef Py_ssize_t count = token_spans(text, starts, ends)
    if count:
        _hash_all(text, &starts[0], &ends[0], &hashes[0], count, address)
    return count


cdef _numbers(const void* begin, Py_ssize_t size, kind):
    """Return numbers of so many bytes, in memory of their own: no array, which takes longer to make."""
    return memoryview(PyBytes_FromStringAndSize(<const char*>begin, size)).cast(kind)


cdef class Pieces:
    """The tokens of texts, one text after the other.

    Args:
        texts: each is cut into tokens by itself.
        address: as in `hashed_tokens`.
    """

    def __cinit__(self, list texts not None, uint64_t address=0):
        cdef Py_ssize_t room = 0, begin, index = 0, size = len(texts)
        cdef str text
        for text in texts:
            room += len(text)
        # Not arrays: making these costs more than finding the tokens of a short text.
        self._memory = malloc((room + size) * sizeof(uint64_t) + 2 * room * sizeof(int) + 1)
        if self._memory == NULL:
            raise MemoryError
        self.hashes = <uint64_t*>self._memory
        self.bounds = <int64_t*>(self.hashes + room)
        self.starts = <int*>(self.bounds + size)
        self.ends = self.starts + room
        self.texts, self.size = texts, size
        for text in texts:
            begin = self.count
            self.count = _scan_text(text, self.starts, self.ends, begin)
            _hash_all(
                text, self.starts + begin, self.ends + begin, self.hashes + begin, self.count - begin, address
            )
            self.bounds[index] = self.count
            index += 1

    def __dealloc__(self):
        free(self._memory)

    def numbers(self):
        """Return the tokens' numbers.

        Returns:
            (tokens,) uint64: their hashes; (tokens,) int32: where each starts in its text; (tokens,) int32: where it
            ends; (texts,) int64: how many tokens there are up to the end of each text.
        """
        return (
            _numbers(self.hashes, self.count * sizeof(uint64_t), "Q"),
            _numbers(self.starts, self.count * sizeof(int), "i"),
            _numbers(self.ends, self.count * sizeof(int), "i"),
            _numbers(self.bounds, self.size * sizeof(int64_t), "q"),
        )


def places_among(const uint64_t[::1] hashes not None, Py_ssize_t first, Py_ssize_t last, list wanted not None):
    """Return the places from `first` to `last` whose hash is one of `wanted`; time is linear in both.

    Raises:
        ValueError: if there are not as many hashes.
    """
    cdef Py_ssize_t size = 2, place, slot
    cdef uint64_t hashed
    if not 0 <= first <= last <= hashes.shape[0]:
        raise ValueError("no such places")
    while size < 2 * len(wanted) + 2:
        size *= 2
    cdef uint64_t[::1] table = np.zeros(size, dtype=np.uint64)
    for hashed in wanted:
        slot = hashed & (size - 1)
        while table[slot] != 0 and table[slot] != hashed:
            slot = (slot + 1) & (size - 1)
        table[slot] = hashed
    places = []
    for place in range(first, last):
        slot = hashes[place] & (size - 1)
        while table[slot] != 0:
            if table[slot] == hashes[place]:
                places.append(place)
                break
            slot = (slot + 1) & (size - 1)
    return places
