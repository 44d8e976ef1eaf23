"""Finding known words and learning new ones: what `topic_words` does in Python and numpy, for less.

Words are found or learnt while the GIL is held, from end to end, so that nobody sees half of one. New ones are learnt
a few together: while the rows of one are added up, those of the next come from memory, and the matrix that all are
multiplied with is read once.
"""

cimport cython
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from gateway.detect._weigh cimport FEW, LANES, SOON, add_bytes, add_rare, weigh_few
from gateway.detect._words cimport GRAMS, LONGEST, rows_of

import numpy as np

from gateway.detect.aligned import aligned
from gateway.detect.topic_text import token_of


cdef enum:
    AHEAD = 8  # words whose places are asked for before they are needed


cdef class Learner:
    """The weights that tell what a word alone gives to both halves of the model: see `topic_words.Known`."""

    cdef const int8_t[:, ::1] table, rated
    cdef const float[::1] scale, linear_scale
    cdef const float[:, ::1] first
    cdef const int64_t[::1] sizes, folded
    cdef float steps
    cdef int width, topics, products
    cdef float[:, ::1] _vectors, _weighed
    cdef int[::1] _sums
    cdef int64_t[4 * FEW] _single
    cdef int64_t[GRAMS * FEW] _grams
    cdef Py_ssize_t[FEW] _counts

    def __init__(self, dict arrays not None, float steps):
        linear, rarity = arrays["linear"], arrays["rarity"]
        sizes = linear.ndim == 2 and linear.shape[0] == rarity.shape[0] and linear.dtype == np.int8
        if not sizes or rarity.dtype != np.uint8:
            raise ValueError("arrays of the wrong shape")
        self.table = table = aligned(arrays["table"].shape, np.int8)
        table[:] = arrays["table"]
        # A row's rarity stands before its weights: one line of memory for both, mostly.
        self.rated = rated = aligned((linear.shape[0], linear.shape[1] + 1), np.int8)
        rated[:, 0], rated[:, 1:] = rarity.view(np.int8), linear
        self.scale = arrays["scale"]
        self.sizes = arrays["sizes"]
        self.folded = arrays["folded"]
        self.linear_scale = arrays["linear_scale"]
        self.first = arrays["first"]
        self.steps = steps
        self.width = <int>self.scale.shape[0]
        self.topics = <int>self.linear_scale.shape[0]
        self.products = 3 * <int>arrays["first_bias"].shape[0]
        self._vectors = np.zeros((FEW, self.width), dtype=np.float32)
        self._weighed = np.empty((FEW, self.first.shape[1]), dtype=np.float32)
        self._sums = np.empty(2 * self.width, dtype=np.int32)
        sizes = (
            0 < self.products <= self.first.shape[1],
            self.first.shape[1] % LANES == 0 and self.first.shape[0] == self.table.shape[1] == self.width > 0,
            self.sizes.shape[0] == 3 and self.folded.shape[0] == 2,
            self.rated.shape[1] == self.topics + 1,
        )
        if not all(sizes):
            raise ValueError("arrays of the wrong shape")
        if self.sizes[0] + self.sizes[1] != self.rated.shape[0]:
            raise ValueError("arrays of the wrong shape")
        if self.folded[0] + self.folded[1] + self.sizes[2] != self.table.shape[0] or min(*self.folded, *self.sizes) < 1:
            raise ValueError("arrays of the wrong shape")

    cdef int _take(self, str word, int place) except -1:
        """Find out what rows a word has, as number `place` of at most `FEW`, and ask for them.

        Raises:
            ValueError: if it is empty.
        """
        cdef uint64_t[3] sizes
        cdef uint32_t[LONGEST] bounded
        cdef Py_ssize_t length
        sizes[0], sizes[1], sizes[2] = <uint64_t>self.sizes[0], <uint64_t>self.sizes[1], <uint64_t>self.sizes[2]
        self._counts[place] = rows_of(word, sizes, self._single + 4 * place, self._grams + GRAMS * place, bounded, &length)
        self._soon(self._single + 4 * place, self._grams + GRAMS * place, self._counts[place])
        return 0

    cdef void _learn(self, int count, float* products, float* sums, uint64_t* identities) noexcept:
        """Write of the words taken, one row each: products of the first convolution, linear sums, the words' rows."""
        cdef int columns = <int>self.first.shape[1], word
        for word in range(count):
            identities[word] = <uint64_t>self._single[4 * word]
            self._sum(word, sums + word * (self.topics + 1))
            self._vector(word)
        weigh_few(&self._vectors[0, 0], self.width, &self.first[0, 0], columns, &self._weighed[0, 0])
        for word in range(count):
            memcpy(products + word * self.products, &self._weighed[word, 0], self.products * sizeof(float))

    @cython.boundscheck(False)  # as below
    cdef void _soon(self, const int64_t* single, const int64_t* grams, Py_ssize_t count) noexcept nogil:
        """Ask for the rows, which lie far apart."""
        cdef Py_ssize_t place
        SOON(&self.rated[single[0], 0])
        for place in range(4):
            SOON(&self.table[self._whole(single, place), 0])
        for place in range(count):
            SOON(&self.rated[grams[place], 0])
            SOON(&self.table[self._folded(grams[place]), 0])

    @cython.boundscheck(False)  # as above
    cdef int64_t _whole(self, const int64_t* single, Py_ssize_t place) noexcept nogil:
        """Return the network's row for the word, its shape, its length or its ending."""
        if not place:
            return single[0] & (self.folded[0] - 1)
        return single[place] - (self.rated.shape[0] - self.folded[0] - self.folded[1])

    @cython.boundscheck(False)  # there are three sizes and two folded ones
    cdef int64_t _folded(self, int64_t gram) noexcept nogil:
        """Return an n-gram's row among those of the network."""
        return ((gram - self.sizes[0]) & (self.folded[1] - 1)) + self.folded[0]

    @cython.boundscheck(False)  # `rows_of` gives rows of tables of these sizes, which were looked at
    cdef void _vector(self, int word) noexcept nogil:
        """Write the word's vector: the rows of the word, its shape, length and ending, and the mean of its n-grams."""
        cdef Py_ssize_t column, place
        cdef int* whole = &self._sums[0]
        cdef int* mean = whole + self.width
        cdef float* vector = &self._vectors[word, 0]
        cdef float count = <float>self._counts[word]
        memset(whole, 0, 2 * self.width * sizeof(int))
        for place in range(4):
            add_bytes(<const signed char*>&self.table[self._whole(self._single + 4 * word, place), 0], self.width, whole)
        for place in range(self._counts[word]):
            add_bytes(<const signed char*>&self.table[self._folded(self._grams[GRAMS * word + place]), 0], self.width, mean)
        for column in range(self.width):
            vector[column] = (whole[column] + mean[column] / count) * self.scale[column]

    @cython.boundscheck(False)  # as above
    cdef void _sum(self, int word, float* sums) noexcept nogil:
        """Write the sums of the word's weights by rarity, and of the squared rarity, each row by itself."""
        cdef Py_ssize_t column, place
        cdef int64_t known
        cdef float rare
        memset(sums, 0, (self.topics + 1) * sizeof(float))
        for place in range(-1, self._counts[word]):
            known = self._grams[GRAMS * word + place] if place >= 0 else self._single[4 * word]
            rare = <uint8_t>self.rated[known, 0] / self.steps
            add_rare(<const signed char*>&self.rated[known, 1], rare, self.topics, sums)
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
        cdef bint among = False, addresses = False
        cdef list fresh = [], words = []
        for at in range(begin, end):
            if at + AHEAD < end:
                SOON(&self._table[keys[at + AHEAD] & self._mask, 0])
            place = self._place(keys[at])
            if self._table[place, 0]:
                rows[at - begin] = <int>self._table[place, 1]
                continue
            while bounds[piece] <= at:
                piece += 1
            if told != piece:
                told, text = piece, pieces[piece]
                among, addresses = "<" in text and "_" in text, "@" in text
            word = text[starts[at] : ends[at]]
            fresh.append(at)
            words.append(token_of(word, among=among) if among or addresses else word)
        return made if not fresh or self._learn(keys, fresh, words, rows, begin) else None

    cdef bint _learn(self, const uint64_t[::1] keys, list fresh, list words, int[::1] rows, Py_ssize_t begin) except -1:
        """Write the rows of the tokens `fresh`, which read `words`, and may be there twice; False if there is no room.

        Nothing that is called here runs Python code, so no other thread runs meanwhile.
        """
        cdef uint64_t[FEW] taken
        cdef Py_ssize_t number, at, one
        cdef uint64_t key, place
        cdef int count = 0
        for number in range(len(fresh)):
            at = fresh[number]
            key = keys[at]
            if not key:
                raise IndexError("a hash is never 0")
            for one in range(count):
                if taken[one] == key:
                    rows[at - begin] = <int>(self._count + one)
                    break
            else:
                if count == FEW:
                    self._put(taken, count)
                    count = 0
                place = self._place(key)
                if self._table[place, 0]:
                    rows[at - begin] = <int>self._table[place, 1]
                    continue
                if self._count + count == self._most:
                    self._put(taken, count)
                    return False
                self._learner._take(words[number], count)
                taken[count] = key
                rows[at - begin] = <int>(self._count + count)
                count += 1
        self._put(taken, count)
        return True

    cdef int _put(self, const uint64_t* keys, int count) except -1:
        """Learn the words that were taken, and have them found."""
        cdef Py_ssize_t row = self._count
        cdef uint64_t place
        cdef int number
        if not count:
            return 0
        if row + count > self._most:
            raise IndexError("no room")
        self._learner._learn(count, &self._products[row, 0], &self._sums[row, 0], &self._identities[row])
        for number in range(count):
            place = self._place(keys[number])
            self._table[place, 0], self._table[place, 1] = keys[number], <uint64_t>(row + number)
        self._count += count
        return 0
