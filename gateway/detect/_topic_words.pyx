"""Finding known words and learning new ones: what `topic_words` does in Python and numpy, for less.

A word is found or learnt while the GIL is held, from end to end, so that nobody sees half of it: a new one takes three
microseconds.
"""

cimport cython
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from gateway.detect._weigh cimport LANES, SOON, weigh
from gateway.detect._words cimport GRAMS, LONGEST, rows_of

import numpy as np

from gateway.detect.topic_text import token_of


cdef enum:
    AHEAD = 8  # words whose places are asked for before they are needed


cdef class Learner:
    """The weights that tell what a word alone gives to both halves of the model: see `topic_words.Known`."""

    cdef const int8_t[:, ::1] table, linear
    cdef const uint8_t[::1] rarity
    cdef const float[::1] scale, linear_scale
    cdef const float[:, ::1] first
    cdef const int64_t[::1] sizes, folded
    cdef float steps
    cdef int width, topics, products
    cdef float[::1] _room
    cdef int[::1] _which, _sums

    def __init__(self, dict arrays not None, float steps):
        self.table = arrays["table"]
        self.scale = arrays["scale"]
        self.sizes = arrays["sizes"]
        self.folded = arrays["folded"]
        self.linear = arrays["linear"]
        self.linear_scale = arrays["linear_scale"]
        self.rarity = arrays["rarity"]
        self.first = arrays["first"]
        self.steps = steps
        self.width = <int>self.scale.shape[0]
        self.topics = <int>self.linear_scale.shape[0]
        self.products = 3 * <int>arrays["first_bias"].shape[0]
        self._room = np.empty(self.width + self.first.shape[1], dtype=np.float32)
        self._which = np.arange(self.width, dtype=np.int32)
        self._sums = np.empty(2 * self.width, dtype=np.int32)
        sizes = (
            0 < self.products <= self.first.shape[1],
            self.first.shape[1] % LANES == 0 and self.first.shape[0] == self.table.shape[1] == self.width > 0,
            self.sizes.shape[0] == 3 and self.folded.shape[0] == 2,
            self.linear.shape[0] == self.rarity.shape[0] and self.linear.shape[1] == self.topics,
        )
        if not all(sizes):
            raise ValueError("arrays of the wrong shape")
        if self.sizes[0] + self.sizes[1] != self.linear.shape[0]:
            raise ValueError("arrays of the wrong shape")
        if self.folded[0] + self.folded[1] + self.sizes[2] != self.table.shape[0] or min(*self.folded, *self.sizes) < 1:
            raise ValueError("arrays of the wrong shape")

    cdef int _learn(self, str word, float* products, float* sums, int64_t* identity) except -1:
        """Write a word's products of the first convolution, its linear sums, and its row."""
        cdef uint64_t[3] sizes
        cdef int64_t[4] single
        cdef int64_t[GRAMS] grams
        cdef uint32_t[LONGEST] bounded
        cdef Py_ssize_t length, count
        sizes[0], sizes[1], sizes[2] = <uint64_t>self.sizes[0], <uint64_t>self.sizes[1], <uint64_t>self.sizes[2]
        count = rows_of(word, sizes, single, grams, bounded, &length)
        identity[0] = single[0]
        self._soon(grams, count)
        self._sum(single, grams, count, sums)
        self._vector(single, grams, count, &self._room[0])
        cdef int columns = <int>self.first.shape[1]
        weigh(&self._room[0], &self._which[0], self.width, &self.first[0, 0], columns, &self._room[self.width])
        memcpy(products, &self._room[self.width], self.products * sizeof(float))
        return 0

    @cython.boundscheck(False)  # as below
    cdef void _soon(self, const int64_t* grams, Py_ssize_t count) noexcept nogil:
        """Ask for the rows of n-grams, which lie far apart."""
        cdef Py_ssize_t place
        for place in range(count):
            SOON(&self.rarity[grams[place]])
            SOON(&self.linear[grams[place], 0])
            SOON(&self.table[self._folded(grams[place]), 0])

    @cython.boundscheck(False)  # there are three sizes and two folded ones
    cdef int64_t _folded(self, int64_t gram) noexcept nogil:
        """Return an n-gram's row among those of the network."""
        return ((gram - self.sizes[0]) & (self.folded[1] - 1)) + self.folded[0]

    @cython.boundscheck(False)  # `rows_of` gives rows of tables of these sizes, which were looked at
    cdef void _vector(
        self, const int64_t* single, const int64_t* grams, Py_ssize_t count, float* vector
    ) noexcept nogil:
        """Write the word's vector: the rows of the word, its shape, length and ending, and the mean of its n-grams."""
        cdef Py_ssize_t column, place
        cdef int64_t shift = self.rarity.shape[0] - self.folded[0] - self.folded[1]
        cdef const int8_t* row
        cdef int* whole = &self._sums[0]
        cdef int* mean = whole + self.width
        for column in range(self.width):
            whole[column] = mean[column] = 0
        for place in range(4):
            row = &self.table[single[place] - shift if place else single[0] & (self.folded[0] - 1), 0]
            for column in range(self.width):
                whole[column] += row[column]
        for place in range(count):
            row = &self.table[self._folded(grams[place]), 0]
            for column in range(self.width):
                mean[column] += row[column]
        for column in range(self.width):
            vector[column] = (whole[column] + mean[column] / <float>count) * self.scale[column]

    @cython.boundscheck(False)  # as above
    cdef void _sum(self, const int64_t* single, const int64_t* grams, Py_ssize_t count, float* sums) noexcept nogil:
        """Write the sums of the word's weights by rarity, and of the squared rarity, each row by itself."""
        cdef Py_ssize_t column, place
        cdef int64_t known
        cdef const int8_t* row
        cdef float rare
        for column in range(self.topics + 1):
            sums[column] = 0
        for place in range(-1, count):
            known = grams[place] if place >= 0 else single[0]
            row = &self.linear[known, 0]
            rare = self.rarity[known] / self.steps
            for column in range(self.topics):
                sums[column] += row[column] * rare
            sums[self.topics] += rare * rare
        for column in range(self.topics):
            sums[column] *= self.linear_scale[column]


cdef class Words:
    """For each distinct word seen: what it gives to both halves of the model, and a row (`topic_words.Known`).

    Words are found by their hashes (`_tokens.hash_word`, never 0) in a table with open places, at most half full. Who
    does not know the hashes' secret cannot choose words that lie close together, so finding takes the same time for all
    texts. Rows are never written again.
    """

    cdef Learner _learner
    cdef uint64_t[:, ::1] _table  # a hash and its row, both 0 where there is none
    cdef uint64_t[::1] _identities
    cdef float[:, ::1] _products, _sums
    cdef Py_ssize_t _count, _most
    cdef uint64_t _mask
    cdef readonly object products, sums, identities

    def __init__(self, Learner learner not None, Py_ssize_t most):
        cdef Py_ssize_t size = 2
        while size < 2 * most:
            size *= 2
        self._learner = learner
        self._table = np.zeros((size, 2), dtype=np.uint64)
        self._mask = <uint64_t>(size - 1)
        self._most = most
        self._products = self.products = np.zeros((most, learner.products), dtype=np.float32)
        self._sums = self.sums = np.zeros((most, learner.topics + 1), dtype=np.float32)
        self._identities = self.identities = np.zeros(most, dtype=np.uint64)

    def __len__(self):
        return self._count

    @cython.boundscheck(False)  # places are masked by the size; at least half of them are 0, where this ends
    cdef uint64_t _place(self, uint64_t key) noexcept:
        """Return where the key stands, or would."""
        cdef uint64_t place = key & self._mask
        while self._table[place, 0] != key and self._table[place, 0] != 0:
            place = (place + 1) & self._mask
        return place

    def look_up(
        self,
        const uint64_t[::1] keys not None,
        const int[::1] starts not None,
        const int[::1] ends not None,
        const int64_t[::1] bounds not None,
        list pieces not None,
        Py_ssize_t begin,
        Py_ssize_t end,
    ):
        """Return the rows of the tokens `begin` to `end`, int32; None if there are too many new ones.

        Args:
            keys: and the next three: as `_tokens.hashed_pieces` gives them.
            starts: where each token starts in its piece.
            ends: where it ends.
            bounds: how many tokens there are up to the end of each piece.
            pieces: the texts.

        Raises:
            IndexError: if there are no such tokens.
        """
        if not 0 <= begin <= end <= min(keys.shape[0], starts.shape[0], ends.shape[0]):
            raise IndexError("no such tokens")
        made = np.empty(end - begin, dtype=np.int32)
        cdef int[::1] rows = made
        cdef Py_ssize_t at, piece = 0, told = -1
        cdef uint64_t place
        for at in range(begin, end):
            if at + AHEAD < end:
                SOON(&self._table[keys[at + AHEAD] & self._mask, 0])
            place = self._place(keys[at])
            if not self._table[place, 0]:
                while bounds[piece] <= at:
                    piece += 1
                if told != piece:
                    told, text = piece, pieces[piece]
                    among = "<" in text and "_" in text
                word = token_of(text[starts[at] : ends[at]], among=among)
                place = self._place(keys[at])  # another thread may have run
                if not self._table[place, 0]:
                    if self._count == self._most:
                        return None
                    self._learn(word, keys[at], place)
            rows[at - begin] = <int>self._table[place, 1]
        return made

    cdef int _learn(self, str word, uint64_t key, uint64_t place) except -1:
        cdef int64_t identity = 0
        cdef Py_ssize_t row = self._count
        if not key:
            raise IndexError("a hash is never 0")
        self._learner._learn(word, &self._products[row, 0], &self._sums[row, 0], &identity)
        self._identities[row] = <uint64_t>identity
        self._table[place, 0], self._table[place, 1] = key, <uint64_t>row
        self._count += 1
        return 0
