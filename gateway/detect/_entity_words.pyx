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
from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from gateway.detect._weigh cimport LANES, SOON, weigh
from gateway.detect._words cimport GRAMS, LONGEST, marks_of, rows_of

import numpy as np

cdef enum:
    SLOTS = 2 * ROOM  # 2 to the power of 15
    FAR_LIMIT = 1 << 19

cdef float FIXED = 4096.0


cdef class Learner:
    """Works out what a word gives to the network's first layer.

    Args:
        vocabulary: `words.Vocabulary`.
        weights: `network.NetworkWeights`, without faults.
    """

    def __init__(self, vocabulary, weights):
        hidden = weights.first_bias.shape[0]
        self.width = hidden + -hidden % LANES
        self._words = np.ascontiguousarray(weights.table, dtype=np.float32)
        self._marks = np.ascontiguousarray(weights.marks, dtype=np.float32)
        parts = np.concatenate([weights.first, weights.far], axis=1).reshape(-1, 6, hidden)
        filled = np.pad(parts, ((0, 0), (0, 0), (0, self.width - hidden)))
        self._first = np.ascontiguousarray(filled.reshape(len(parts), -1), dtype=np.float32)
        self._bias = np.pad(weights.first_bias, (0, self.width - hidden)).astype(np.float32)
        self._gazetteer, self._gazetteer_marks = vocabulary.gazetteer, vocabulary.gazetteer_marks
        sizes = vocabulary.word_rows, vocabulary.gram_rows, vocabulary.shape_rows
        if min(sizes) < 1 or sum(sizes) != self._words.shape[0] or self._words.shape[1] != self._first.shape[0]:
            raise ValueError("vocabulary and weights do not fit")
        if self._marks.shape[1] != self._words.shape[1] or self._gazetteer.shape[0] != self._gazetteer_marks.shape[0]:
            raise ValueError("the gazetteer does not fit")
        self._sizes[0], self._sizes[1], self._sizes[2] = sizes
        self._every = np.arange(self._words.shape[1], dtype=np.int32)
        self._room = np.empty(self._words.shape[1] + self._first.shape[1], dtype=np.float32)

    cdef int _learn(self, str word, float* near, int* far) except -1:
        """Write what the word gives to its neighbours, 5 * width, and to all within reach, width in fixed point."""
        cdef int64_t[4] single
        cdef int64_t[GRAMS] grams
        cdef uint32_t[LONGEST] bounded
        cdef Py_ssize_t length, count = rows_of(word, self._sizes, single, grams, bounded, &length), k
        cdef int64_t marks = marks_of(bounded + 1, length, self._gazetteer, self._gazetteer_marks)
        cdef float* vector = &self._room[0]
        cdef float* sums = vector + self._words.shape[1]
        cdef float limit = FAR_LIMIT
        self._add_up(single, grams, count, marks, vector)
        weigh(vector, &self._every[0], <int>self._words.shape[1], &self._first[0, 0], <int>(6 * self.width), sums)
        memcpy(near, sums, 5 * self.width * sizeof(float))
        sums += 5 * self.width
        for k in range(self.width):
            near[2 * self.width + k] += self._bias[k]
            far[k] = <int>max(min(rintf(sums[k] * FIXED), limit), -limit)
        return 0

    @cython.boundscheck(False)  # `rows_of` gives rows of a table of these sizes, and at least one n-gram
    cdef void _add_up(
        self, const int64_t* single, const int64_t* grams, Py_ssize_t count, int64_t marks, float* vector
    ) noexcept nogil:
        """Write the word's vector: the mean of its n-grams, its rows for word, shape, length and ending, its marks."""
        cdef Py_ssize_t width = self._words.shape[1], place, k
        cdef const float* row
        cdef float size = <float>count
        for place in range(count):
            row = &self._words[grams[place], 0]
            for k in range(0, width, 16):  # a line of the cache
                SOON(row + k)
        memset(vector, 0, width * sizeof(float))
        for place in range(count):
            row = &self._words[grams[place], 0]
            for k in range(width):
                vector[k] += row[k]
        for k in range(width):
            vector[k] /= size
        for place in range(4):
            row = &self._words[single[place], 0]
            for k in range(width):
                vector[k] += row[k]
        for place in range(self._marks.shape[0]):
            if marks >> place & 1:
                row = &self._marks[place, 0]
                for k in range(width):
                    vector[k] += row[k]


cdef class Table:
    """Words and their rows; row 0 stands for no word."""

    def __init__(self, Learner learner not None):
        self._learner = learner
        self._keys, self._rows = np.zeros(SLOTS, dtype=np.uint64), np.zeros(SLOTS, dtype=np.int32)
        self.near = np.zeros((ROOM, 5 * learner.width), dtype=np.float32)
        self.far = np.zeros((ROOM, learner.width), dtype=np.int32)
        self.count = 1

    cdef Table copy(self):
        """Return one of its own that holds the same."""
        cdef Table other = Table(self._learner)
        other._keys[:], other._rows[:] = self._keys, self._rows
        other.near[: self.count], other.far[: self.count] = self.near[: self.count], self.far[: self.count]
        other.count = self.count
        return other

    @cython.boundscheck(False)  # 15 bits of a number are below SLOTS; at least half of the keys are 0, where this ends
    cdef Py_ssize_t _place(self, uint64_t key) noexcept:
        """Return where the key stands, or would."""
        cdef Py_ssize_t place = <Py_ssize_t>((key * <uint64_t>0x9E3779B97F4A7C15) >> 49)
        while self._keys[place] != key and self._keys[place] != 0:
            place = (place + 1) & (SLOTS - 1)
        return place

    @cython.boundscheck(False)  # as above
    cdef int find(self, uint64_t key) noexcept:
        """Return the row of the word with that hash; 0 if it is not known."""
        return self._rows[self._place(key)]

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
        self._keys[place], self._rows[place] = key, <int>row
        return <int>row
