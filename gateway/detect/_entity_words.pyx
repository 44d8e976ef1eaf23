"""What the entity model's network knows of each word it has seen lately: `network._WordTable`, for less.

Decisions kept here:

* Words are found by the hashes of their tokens (`_tokens.pyx`), in a table with open places that is at most half full.
  Who does not know the hashes' secret cannot choose words that lie close together, so finding takes the same time for
  all texts. No words are kept.
* New words are learnt a few together: while the rows of one are added up, those of the next come from memory, and the
  matrix that all are multiplied with is read once.
* Rows are added and never changed, so that they may be read without the GIL; a row can be found once it is filled. A
  full table is left to those who still read it, and another, which begins with the familiar words, takes its place.
"""

cimport cython
from libc.math cimport rintf
from libc.stdint cimport int8_t, int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from gateway.detect._weigh cimport FEW, LANES, SOON, add_small, weigh_few
from gateway.detect._words cimport GRAMS, LONGEST, marks_of, rows_of

import numpy as np

from gateway.detect.aligned import aligned

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
        self._small = table = aligned((rows if small else 0, size), np.int8)
        if small:
            table[:] = weights.table
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
        self._vectors = np.zeros((FEW, size), dtype=np.float32)
        self._weighed = np.empty((FEW, self._first.shape[1]), dtype=np.float32)

    cdef int _take(self, str word, int place) except -1:
        """Find out what rows a word has, as number `place` of at most `FEW`, and ask for them.

        Raises:
            ValueError: if it is empty.
        """
        cdef uint32_t[LONGEST] bounded
        cdef int64_t* single = self._single + 4 * place
        cdef int64_t* grams = self._grams + GRAMS * place
        cdef Py_ssize_t length, number
        cdef Py_ssize_t count = rows_of(word, self._sizes, single, grams, bounded, &length)
        for number in range(4):
            self._soon(single[number])
        for number in range(count):
            self._soon(grams[number])
        self._counts[place] = count
        self._marked[place] = marks_of(bounded + 1, length, self._gazetteer, self._gazetteer_marks)
        return 0

    cdef void _learn(self, int count, float* near, int* far) noexcept:
        """Write what the words taken give, one row each: to neighbours, and to all within reach in fixed point."""
        cdef Py_ssize_t k, width = self.width
        cdef float limit = FAR_LIMIT, said
        cdef float* sums
        cdef int word
        for word in range(count):
            self._add_up(word)
        weigh_few(
            &self._vectors[0, 0], <int>self._vectors.shape[1], &self._first[0, 0], <int>(6 * width), &self._weighed[0, 0]
        )
        for word in range(count):
            sums = &self._weighed[word, 0]
            memcpy(near, sums, 5 * width * sizeof(float))
            sums += 5 * width
            for k in range(width):
                said = rintf(sums[k] * FIXED)
                near[2 * width + k] += self._bias[k] + said * 0  # what is not finite stays so
                far[k] = <int>(said if -limit < said < limit else limit if said > 0 else -limit)
            near += 5 * width
            far += width

    @cython.boundscheck(False)  # `rows_of` gives rows of a table of these sizes, and at least one n-gram
    cdef void _add_up(self, int word) noexcept nogil:
        """Write the word's vector: the mean of its n-grams, its rows for word, shape, length and ending, its marks."""
        cdef Py_ssize_t width = self._vectors.shape[1], count = self._counts[word], place, k
        cdef float* vector = &self._vectors[word, 0]
        cdef float size = <float>count
        memset(vector, 0, width * sizeof(float))
        for place in range(count):
            self._add(self._grams[GRAMS * word + place], vector)
        for k in range(width):
            vector[k] /= size
        for place in range(4):
            self._add(self._single[4 * word + place], vector)
        for place in range(self._marks.shape[0]):
            if self._marked[word] >> place & 1:
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
            add_small(&self._small[row, 0], self._scale[row], <int>self._vectors.shape[1], vector)
        else:
            for k in range(self._vectors.shape[1]):
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

    cdef bint learn(
        self, const uint64_t[::1] keys, list fresh, list words, int[::1] rows, Py_ssize_t low
    ) except -1:
        """Write the rows of the tokens `fresh`, which read `words`, and may be there twice; False if the table is full.

        Nothing that is called here runs Python code, so no other thread runs meanwhile.
        """
        cdef uint64_t[FEW] taken
        cdef Py_ssize_t number, at, one
        cdef uint64_t key
        cdef int count = 0, row
        for number in range(len(fresh)):
            at = fresh[number]
            key = keys[at]
            if not key:
                raise ValueError("a hash is never 0")
            for one in range(count):
                if taken[one] == key:
                    rows[at - low] = <int>(self.count + one)
                    break
            else:
                if count == FEW:
                    self._put(taken, count)
                    count = 0
                row = self.find(key)
                if row:
                    rows[at - low] = row
                    continue
                if self.count + count == ROOM:
                    self._put(taken, count)
                    return False
                self._learner._take(words[number], count)
                taken[count] = key
                rows[at - low] = <int>(self.count + count)
                count += 1
        self._put(taken, count)
        return True

    cdef int _put(self, const uint64_t* keys, int count) except -1:
        """Learn the words that were taken, and have them found."""
        cdef Py_ssize_t row = self.count, place
        cdef int number
        if not count:
            return 0
        if row + count > ROOM:
            raise IndexError("no room")
        self._learner._learn(count, &self.near[row, 0], &self.far[row, 0])
        for number in range(count):
            place = self._place(keys[number])
            self._slots[place, 0], self._slots[place, 1] = keys[number], <uint64_t>(row + number)
        self.count += count
        return 0
