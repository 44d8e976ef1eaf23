"""Where words stand in a text, and how many listed words stand in a row: for `gateway.detect.places` and `.seeds`.

The words are looked for all at once, by the automaton of Aho and Corasick (Efficient String Matching, 1975): one step a
character, whatever the words. Its states are numbered so that those that tell of a word come last: whether there is
anything to do is one comparison.

Bounds are checked, except in the loops over the text. There a state is below the number of rows of `_follow`, a class
below the number of its columns, a place below the size of the text, and a slot below that of its table.
"""

cimport cython
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t

import numpy as np

cdef enum:
    CODES = 65536
    SLOTS = 8192

ctypedef fused Unit:
    uint8_t
    uint16_t
    uint32_t


cdef class Places:
    """Finds where words stand.

    Args:
        words: by a key of any kind, words in lower case, none of them the beginning of another one of its key.

    Raises:
        ValueError: if there are too many of them, or one is empty or has characters above U+FFFF.
    """

    cdef uint8_t[::1] _classes
    cdef uint16_t[:, ::1] _follow
    cdef int32_t[::1] _begins, _keys, _lengths
    cdef int32_t _telling
    cdef list _names

    def __init__(self, words):
        cdef Py_ssize_t state, number
        self._names = list(words)
        characters = sorted({c for texts in words.values() for text in texts for c in text})
        children, told = [{}], [[]]
        for key, texts in enumerate(words.values()):
            for text in texts:
                at = 0
                for c in text:
                    if c not in children[at]:
                        children[at][c] = len(children)
                        children.append({})
                        told.append([])
                    at = children[at][c]
                told[at].append((key, len(text)))
        if told[0] or len(children) > 65_535 or len(characters) > 255 or any([ord(c) >= CODES for c in characters]):
            raise ValueError("words that the automaton cannot hold")
        classes = {c: place for place, c in enumerate(characters, 1)}
        follow = np.zeros((len(children), len(characters) + 1), np.uint16)
        order, fails = [0], [0] * len(children)
        for state in order:  # by their distance from the first
            follow[state] = follow[fails[state]]
            told[state] = told[state] + (told[fails[state]] if state else [])
            for c, child in children[state].items():
                fails[child] = int(follow[fails[state], classes[c]]) if state else 0
                follow[state, classes[c]] = child
                order.append(child)
        ranked = [state for state in order if not told[state]] + [state for state in order if told[state]]
        ranks = np.zeros(len(children), np.uint16)
        ranks[ranked] = np.arange(len(children))
        self._follow = np.ascontiguousarray(ranks[follow[ranked]])
        told = [told[state] for state in ranked]
        self._telling = sum([not one for one in told])
        self._begins = np.cumsum([0, *map(len, told)]).astype(np.int32)
        self._keys = np.array([key for one in told for key, _ in one] or [0], np.int32)
        self._lengths = np.array([length for one in told for _, length in one] or [0], np.int32)
        self._classes = np.zeros(CODES, np.uint8)
        for c, number in classes.items():
            self._classes[<Py_ssize_t>ord(c)] = <uint8_t>number

    def find(self, str text not None):
        """Return where the words of each key stand in a text in lower case, from left to right; of those that do."""
        cdef Py_ssize_t size = len(text)
        cdef dict found = {}
        kind = PyUnicode_KIND(text)
        if kind == 1:
            self._find[uint8_t](<const uint8_t*>PyUnicode_DATA(text), size, found)
        elif kind == 2:
            self._find[uint16_t](<const uint16_t*>PyUnicode_DATA(text), size, found)
        else:
            self._find[uint32_t](<const uint32_t*>PyUnicode_DATA(text), size, found)
        for places in found.values():
            places.sort()  # a longer word that holds a shorter one begins before it and is known behind it
        return found

    @cython.boundscheck(False)
    cdef int _find(self, const Unit* text, Py_ssize_t size, dict found) except -1:
        cdef const uint8_t* classes = &self._classes[0]
        cdef const uint16_t* follow = &self._follow[0, 0]
        cdef Py_ssize_t width = self._follow.shape[1], place
        cdef int32_t state = 0, telling = self._telling
        cdef uint32_t c
        for place in range(size):
            c = text[place]
            if Unit is uint32_t:
                state = follow[state * width + (classes[c] if c < CODES else 0)]
            else:
                state = follow[state * width + classes[c]]
            if state >= telling:
                self._tell(state, place + 1, found)
        return 0

    cdef int _tell(self, int32_t state, Py_ssize_t end, dict found) except -1:
        cdef int32_t number
        cdef list places
        for number in range(self._begins[state], self._begins[state + 1]):
            key = self._names[self._keys[number]]
            places = <list>found.get(key)
            if places is None:
                found[key] = places = []
            places.append(end - self._lengths[number])
        return 0


cdef class Rows:
    """Measures how many listed words stand in a row.

    Args:
        listed: words of a to z, as numbers to the base 27 (`gateway.detect.automaton.number`).

    Raises:
        ValueError: if there are more than fit the table well, or one is no such number.
    """

    cdef uint64_t[::1] _slots

    def __init__(self, listed):
        cdef uint64_t number
        cdef uint32_t slot
        if len(listed) > SLOTS // 2 or not all([0 < one < 27**8 for one in listed]):
            raise ValueError("not a list of words")
        self._slots = np.zeros(SLOTS, np.uint64)
        for number in listed:
            slot = _slot(number)
            while self._slots[slot] not in (0, number):
                slot = (slot + 1) % SLOTS
            self._slots[slot] = number

    def longest(self, str text not None):
        """Return how many words of a to z stand in a row in `text` at most that are listed."""
        return self._walked(text, 0, None)

    def rows(self, str text not None, Py_ssize_t least):
        """Return where rows of so many listed words of a to z, or more, begin and end in `text`, in order."""
        cdef list found = []
        if least > 0:
            self._walked(text, least, found)
        return found

    cdef Py_ssize_t _walked(self, str text, Py_ssize_t least, list found) except -1:
        cdef Py_ssize_t size = len(text)
        kind = PyUnicode_KIND(text)
        if kind == 1:
            return self._walk[uint8_t](<const uint8_t*>PyUnicode_DATA(text), size, least, found)
        if kind == 2:
            return self._walk[uint16_t](<const uint16_t*>PyUnicode_DATA(text), size, least, found)
        return self._walk[uint32_t](<const uint32_t*>PyUnicode_DATA(text), size, least, found)

    @cython.boundscheck(False)
    cdef Py_ssize_t _walk(self, const Unit* text, Py_ssize_t size, Py_ssize_t least, list found) except -1:
        """Return the length of the longest row; add to `found` where those of `least` words begin and end."""
        cdef const uint64_t* slots = &self._slots[0]
        cdef uint64_t letters = 0
        cdef Py_ssize_t row = 0, longest = 0, place, begin = 0, end = 0
        cdef int length = 0
        cdef uint32_t c
        for place in range(size + 1):
            c = <uint32_t>text[place] - 97 if place < size else 26
            if c < 26:
                letters = letters * 27 + c + 1  # wraps in a long word, which is none of the list
                length = length + 1 if length < 9 else 9
            elif length:
                if length < 9 and _holds(slots, letters):
                    if not row:
                        begin = place - length
                    row += 1
                    end = place
                    longest = max(longest, row)
                else:
                    if found is not None and row >= least:
                        found.append((begin, end))
                    row = 0
                letters = 0
                length = 0
        if found is not None and row >= least:
            found.append((begin, end))
        return longest


cdef inline uint32_t _slot(uint64_t number) noexcept nogil:
    """Return a number below `SLOTS`."""
    return <uint32_t>((number * <uint64_t>0x9E3779B97F4A7C15) >> 51)


cdef inline bint _holds(const uint64_t* slots, uint64_t number) noexcept nogil:
    cdef uint32_t slot = _slot(number)
    while slots[slot]:  # half of the slots are empty
        if slots[slot] == number:
            return True
        slot = (slot + 1) % SLOTS
    return False
