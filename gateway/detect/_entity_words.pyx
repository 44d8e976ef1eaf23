"""What the entity model's network knows of each word it has seen lately: `network._WordTable`, for less.

Decisions kept here:

* Words are found by the hashes of their tokens (`_tokens.pyx`), in a table with open places that is at most half full.
  Who does not know the hashes' secret cannot choose words that lie close together, so finding takes the same time for
  all texts. No words are kept.
* New words are learnt a few together: while the rows of one are added up, those of the next come from memory, and the
  matrix that all are multiplied with is read once.
* A row is whole numbers of 16 bits, as in the twin: half of the memory that texts wait for, and sums of them are the
  same in any order. What is not finite is not learnt.
* Rows are added and never changed, so that they may be read without the GIL; a row can be found once it is filled. A
  full table forgets all but the familiar words, which are its first; if somebody else still uses it, it is left to
  them, and a copy of it forgets. Nothing is allocated or copied for that, mostly, and its memory is touched at idle
  moments (`Table.touch`), since each of its 3,000 pages costs a microsecond at its first use.
"""

cimport cython
from libc.stdint cimport int8_t, int16_t, int64_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from gateway.detect._weigh cimport FEW, LANES, PART, SOON, add_small, to_whole, weigh_few
from gateway.detect._words cimport GRAMS, LONGEST, listed_as, marks_of, rows_of

import numpy as np

from gateway.core.errors import DetectionError
from gateway.detect.aligned import aligned, in_strips

cdef enum:
    SLOTS = 2 * ROOM  # 2 to the power of 15
    PARTS = 1 << 16  # of the gazetteer, by the first bits of its hashes: each holds one or two
    PART_SHIFT = 48

_NOT_FINITE = "the entity model gave a number that is not finite"


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
        filled = size + -size % LANES
        self._small = table = aligned((rows if small else 0, filled), np.int8)
        if small:
            table[:, :size] = weights.table
        self._words = np.ascontiguousarray(np.zeros((0, size)) if small else weights.table, dtype=np.float32)
        self._scale = np.ascontiguousarray(weights.table_scale if small else np.ones(rows), dtype=np.float32)
        self._marks = np.ascontiguousarray(weights.marks, dtype=np.float32)
        first = np.concatenate([weights.first, weights.far], axis=1).reshape(-1, PLACES, hidden)
        fits = len(first) == size
        first = np.pad(first, ((0, filled - size if fits else 0), (0, 0), (0, self.width - hidden)))
        self._first = in_strips(first.reshape(len(first), -1), PART)
        self._bias = np.pad(weights.first_bias, (0, self.width - hidden)).astype(np.float32)
        self._gazetteer, self._gazetteer_marks = vocabulary.gazetteer, vocabulary.gazetteer_marks
        parts = np.arange(PARTS, dtype=np.uint64) << np.uint64(PART_SHIFT)
        self._parts = np.append(np.searchsorted(self._gazetteer, parts), len(self._gazetteer)).astype(np.int64)
        sizes = vocabulary.word_rows, vocabulary.gram_rows, vocabulary.shape_rows
        if min(sizes) < 1 or sum(sizes) != rows or self._scale.shape[0] != rows or not fits:
            raise ValueError("vocabulary and weights do not fit")
        if self._marks.shape[1] != size or self._gazetteer.shape[0] != self._gazetteer_marks.shape[0]:
            raise ValueError("the gazetteer does not fit")
        self._sizes[0], self._sizes[1], self._sizes[2] = sizes
        self._vectors = np.zeros((FEW, filled), dtype=np.float32)
        self._weighed = np.empty((FEW, PLACES * self.width), dtype=np.float32)

    cdef int _take(self, str word, int place) except -1:
        """Find out what rows a word has, as number `place` of at most `FEW`, and ask for them.

        Raises:
            ValueError: if it is empty.
        """
        cdef uint32_t[LONGEST] bounded
        cdef int64_t* single = self._single + 4 * place
        cdef int64_t* grams = self._grams + GRAMS * place
        cdef Py_ssize_t length
        cdef Py_ssize_t count = rows_of(word, self._sizes, single, grams, bounded, &length)
        self._soon(single, 4)
        self._soon(grams, count)
        self._counts[place] = count
        self._listed[place] = listed_as(bounded + 1, length)
        SOON(&self._parts[self._listed[place] >> PART_SHIFT])
        return 0

    cdef bint _learn(self, int count, int16_t* rows) noexcept:
        """Write what the words taken give, one row each; return whether all numbers are finite."""
        cdef Py_ssize_t k, width = self.width
        cdef float* sums
        cdef int word
        cdef bint finite = True
        self._soon_listed(count)
        for word in range(count):
            self._add_up(word)
        weigh_few(
            &self._vectors[0, 0],
            <int>self._vectors.shape[1],
            &self._first[0, 0, 0],
            <int>self._weighed.shape[1],
            &self._weighed[0, 0],
        )
        for word in range(count):
            sums = &self._weighed[word, 0]
            for k in range(width):
                sums[2 * width + k] += self._bias[k]
            finite &= to_whole(sums, NEAR, <int>(5 * width), rows)
            finite &= to_whole(sums + 5 * width, FAR, <int>width, rows + 5 * width)
            rows += PLACES * width
        return finite

    @cython.boundscheck(False)  # `rows_of` gives rows of a table of these sizes, and at least one n-gram
    cdef void _add_up(self, int word) noexcept nogil:
        """Write the word's vector: the mean of its n-grams, its rows for word, shape, length and ending, its marks."""
        cdef Py_ssize_t width = self._vectors.shape[1], place, k
        cdef int count = <int>self._counts[word]
        cdef float* vector = &self._vectors[word, 0]
        cdef float size = <float>count
        cdef int64_t marks
        memset(vector, 0, width * sizeof(float))
        self._add(self._grams + GRAMS * word, count, vector)
        for k in range(width):
            vector[k] /= size
        self._add(self._single + 4 * word, 4, vector)
        marks = self._marks_of(self._listed[word])
        for place in range(self._marks.shape[0]):
            if marks >> place & 1:
                for k in range(self._marks.shape[1]):
                    vector[k] += self._marks[place, k]

    @cython.boundscheck(False)  # there is one part more than the highest number of so many bits
    cdef int64_t _marks_of(self, uint64_t listed) noexcept nogil:
        """Return the gazetteer's bits for a hash."""
        cdef uint64_t part = listed >> PART_SHIFT
        return marks_of(listed, self._gazetteer, self._gazetteer_marks, self._parts[part], self._parts[part + 1])

    @cython.boundscheck(False)  # as above; what begins behind the last one is not there to be asked for
    cdef void _soon_listed(self, int count) noexcept nogil:
        """Ask for the parts of the gazetteer that may hold the words taken."""
        cdef int64_t begin
        cdef int word
        for word in range(count):
            begin = self._parts[self._listed[word] >> PART_SHIFT]
            if begin < self._gazetteer.shape[0]:
                SOON(&self._gazetteer[begin])

    @cython.boundscheck(False)  # as above
    cdef void _soon(self, const int64_t* rows, Py_ssize_t count) noexcept nogil:
        """Say that the rows will be needed."""
        cdef Py_ssize_t place
        for place in range(count):
            if self._small.shape[0]:
                SOON(&self._small[rows[place], 0])
                SOON(&self._scale[rows[place]])
            else:
                SOON(&self._words[rows[place], 0])

    @cython.boundscheck(False)  # as above
    cdef void _add(self, const int64_t* rows, int count, float* vector) noexcept nogil:
        """Add rows of the table."""
        cdef Py_ssize_t place, k
        if self._small.shape[0]:
            add_small(&self._small[0, 0], &self._scale[0], rows, count, <int>self._small.shape[1], vector)
            return
        for place in range(count):
            for k in range(self._words.shape[1]):
                vector[k] += self._words[rows[place], k]


cdef class Table:
    """Words and their rows; row 0 stands for no word."""

    def __init__(self, Learner learner not None):
        self._learner = learner
        self._slots = np.zeros((SLOTS, 2), dtype=np.uint64)
        self.rows = aligned((ROOM, PLACES * learner.width), np.int16)
        self.count = 1

    cdef Table copy(self, const uint64_t[:, ::1] slots, Py_ssize_t count):
        """Return one of its own that holds only the first words: `count` and `slots` are those from when it held them."""
        cdef Table other = Table(self._learner)
        other.rows[:count] = self.rows[:count]
        other.forget(slots, count)
        return other

    cdef void forget(self, const uint64_t[:, ::1] slots, Py_ssize_t count):
        """Hold only the first words, as above. Nobody else may be using it."""
        self._slots[:] = slots
        self.count = count

    cdef void touch(self, Py_ssize_t row, Py_ssize_t end) noexcept:
        """Have memory for the rows from `row` to `end`, as far as they are not in use."""
        for row in range(max(row, self.count), min(end, <Py_ssize_t>ROOM)):
            self.rows[row, 0] = 0

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
    cdef void soon_row(self, int row) noexcept:
        """Say that the row will be read."""
        cdef const int16_t* begin = &self.rows[row, 0]
        cdef Py_ssize_t place
        for place in range(0, self.rows.shape[1], 32):
            SOON(begin + place)

    @cython.boundscheck(False)  # as above
    cdef int find(self, uint64_t key) noexcept:
        """Return the row of the word with that hash; 0 if it is not known."""
        return <int>self._slots[self._place(key), 1]

    cdef bint learn(
        self, const uint64_t* keys, list fresh, list words, int* rows, Py_ssize_t low
    ) except -1:
        """Write the rows of the tokens `fresh`, which read `words`, and may be there twice; False if the table is full.

        Nothing that is called here runs Python code, so no other thread runs meanwhile.

        Raises:
            DetectionError: if what a word gives is not finite.
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
        if not self._learner._learn(count, &self.rows[row, 0]):
            raise DetectionError(_NOT_FINITE)
        for number in range(count):
            place = self._place(keys[number])
            self._slots[place, 0], self._slots[place, 1] = keys[number], <uint64_t>(row + number)
        self.count += count
        return 0
