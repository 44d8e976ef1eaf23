"""What the entity model's network knows of each word it has seen lately: `network._WordTable`, for less.

Decisions kept here:

* Words are found by the hashes of their tokens (`_tokens.pyx`), in a table with open places that is at most half full.
  Who does not know the hashes' secret cannot choose words that lie close together, so finding takes the same time for
  all texts. No words are kept.
* Rows are added and never changed, so that they may be read without the GIL; a row can be found once it is filled. A
  full table is left to those who still read it, and another, which begins with the familiar words, takes its place.
"""

cimport cython
from libc.math cimport rintf
from libc.stdint cimport int8_t, int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from gateway.detect._weigh cimport LANES, SOON, add_small, weigh
from gateway.detect._words cimport GRAMS, LONGEST, marks_of, rows_of

import numpy as np

cdef enum:
    SLOTS = 2 * ROOM  # 2 to the power of 15
    FAR_LIMIT = 1 << 19

cdef float FIXED = 4096.0


cdef inline Py_ssize_t _start(uint64_t key) noexcept:
    """Return where to begin to look for the key."""
    return <Py_ssize_t>((key * <uint64_t>0x9E3779B97F4A7C15) >> 49)


cdef class Learner:
    """Works out what a word gives to the network's first layer.

    Args:
        vocabulary: `words.Vocabulary`.
        weights: `network.NetworkWeights`, without faults.
    """

    def __init__(self, vocabulary, weights):
        hidden = weights.first_bias.shape[0]
        self.width = hidden + -hidden % LANES
        rows, size = weights.table.shape
        small = weights.table_scale is not None
        self._small = np.ascontiguousarray(weights.table if small else np.zeros((0, size)), dtype=np.int8)
        self._words = np.ascontiguousarray(np.zeros((0, size)) if small else weights.table, dtype=np.float32)
        self._scale = np.ascontiguousarray(weights.table_scale if small else np.ones(rows), dtype=np.float32)
        self._marks = np.ascontiguousarray(weights.marks, dtype=np.float32)
        parts = np.concatenate([weights.first, weights.far], axis=1).reshape(-1, 6, hidden)
        filled = np.pad(parts, ((0, 0), (0, 0), (0, self.width - hidden)))
        self._first = np.ascontiguousarray(filled.reshape(len(parts), -1), dtype=np.float32)
        self._bias = np.pad(weights.first_bias, (0, self.width - hidden)).astype(np.float32)
        self._gazetteer, self._gazetteer_marks = vocabulary.gazetteer, vocabulary.gazetteer_marks
        sizes = vocabulary.word_rows, vocabulary.gram_rows, vocabulary.shape_rows
        if min(sizes) < 1 or sum(sizes) != rows or self._scale.shape[0] != rows or size != self._first.shape[0]:
            raise ValueError("vocabulary and weights do not fit")
        if self._marks.shape[1] != size or self._gazetteer.shape[0] != self._gazetteer_marks.shape[0]:
            raise ValueError("the gazetteer does not fit")
        self._sizes[0], self._sizes[1], self._sizes[2] = sizes
        self._every = np.arange(size, dtype=np.int32)
        self._room = np.empty(size + self._first.shape[1], dtype=np.float32)

    cdef int _learn(self, str word, float* near, int* far) except -1:
        """Write what the word gives to its neighbours, 5 * width, and to all within reach, width in fixed point."""
        cdef int64_t[4] single
        cdef int64_t[GRAMS] grams
        cdef uint32_t[LONGEST] bounded
        cdef Py_ssize_t length, count = rows_of(word, self._sizes, single, grams, bounded, &length), k
        cdef int64_t marks = marks_of(bounded + 1, length, self._gazetteer, self._gazetteer_marks)
        cdef float* vector = &self._room[0]
        cdef float* sums = vector + self._every.shape[0]
        cdef float limit = FAR_LIMIT, said
        self._add_up(single, grams, count, marks, vector)
        weigh(vector, &self._every[0], <int>self._every.shape[0], &self._first[0, 0], <int>(6 * self.width), sums)
        memcpy(near, sums, 5 * self.width * sizeof(float))
        sums += 5 * self.width
        for k in range(self.width):
            said = rintf(sums[k] * FIXED)
            near[2 * self.width + k] += self._bias[k] + said * 0  # what is not finite stays so
            far[k] = <int>(said if -limit < said < limit else limit if said > 0 else -limit)
        return 0

    @cython.boundscheck(False)  # `rows_of` gives rows of a table of these sizes, and at least one n-gram
    cdef void _add_up(
        self, const int64_t* single, const int64_t* grams, Py_ssize_t count, int64_t marks, float* vector
    ) noexcept nogil:
        """Write the word's vector: the mean of its n-grams, its rows for word, shape, length and ending, its marks."""
        cdef Py_ssize_t width = self._every.shape[0], place, k
        cdef float size = <float>count
        for place in range(count):
            self._soon(grams[place])
        for place in range(4):
            self._soon(single[place])
        memset(vector, 0, width * sizeof(float))
        for place in range(count):
            self._add(grams[place], vector)
        for k in range(width):
            vector[k] /= size
        for place in range(4):
            self._add(single[place], vector)
        for place in range(self._marks.shape[0]):
            if marks >> place & 1:
                for k in range(width):
                    vector[k] += self._marks[place, k]

    @cython.boundscheck(False)  # as above
    cdef void _soon(self, int64_t row) noexcept nogil:
        """Say that the row will be needed."""
        SOON(&self._small[row, 0] if self._small.shape[0] else <const int8_t*>&self._words[row, 0])

    @cython.boundscheck(False)  # as above
    cdef void _add(self, int64_t row, float* vector) noexcept nogil:
        """Add the row of the table."""
        cdef Py_ssize_t k
        if self._small.shape[0]:
            add_small(&self._small[row, 0], self._scale[row], <int>self._every.shape[0], vector)
        else:
            for k in range(self._every.shape[0]):
                vector[k] += self._words[row, k]


cdef class Table:
    """Words and their rows; row 0 stands for no word."""

    def __init__(self, Learner learner not None):
        self._learner = learner
        self._slots = np.zeros((SLOTS, 2), dtype=np.uint64)
        self.near = np.zeros((ROOM, 5 * learner.width), dtype=np.float32)
        self.far = np.zeros((ROOM, learner.width), dtype=np.int32)
        self.count = 1

    cdef Table copy(self):
        """Return one of its own that holds the same."""
        cdef Table other = Table(self._learner)
        other._slots[:] = self._slots
        other.near[: self.count], other.far[: self.count] = self.near[: self.count], self.far[: self.count]
        other.count = self.count
        return other

    @cython.boundscheck(False)  # 15 bits of a number are below SLOTS; at least half of the keys are 0, where this ends
    cdef Py_ssize_t _place(self, uint64_t key) noexcept:
        """Return where the key stands, or would."""
        cdef Py_ssize_t place = _start(key)
        while self._slots[place, 0] != key and self._slots[place, 0] != 0:
            place = (place + 1) & (SLOTS - 1)
        return place

    @cython.boundscheck(False)  # as above
    cdef void soon(self, uint64_t key) noexcept:
        """Say that the key will be looked for."""
        SOON(&self._slots[_start(key), 0])

    @cython.boundscheck(False)  # as above
    cdef int find(self, uint64_t key) noexcept:
        """Return the row of the word with that hash; 0 if it is not known."""
        return <int>self._slots[self._place(key), 1]

    cdef int learn(self, uint64_t key, str word) except -1:
        """Return the row of a word that is new; 0 if the table is full."""
        cdef Py_ssize_t row = self.count, place
        if row == ROOM:
            return 0
        if not key:
            raise ValueError("a hash is never 0")
        self.count += 1
        self._learner._learn(word, &self.near[row, 0], &self.far[row, 0])
        place = self._place(key)
        self._slots[place, 0], self._slots[place, 1] = key, <uint64_t>row
        return <int>row
