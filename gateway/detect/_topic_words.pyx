"""Finding known words and learning new ones: what `topic_words` does in Python and numpy, for less.

Finding holds the GIL, so that nobody looks into the table while another word is put in; learning lets go of it.
"""

cimport cython
from libc.stdint cimport int8_t, int64_t, uint8_t, uint64_t

from gateway.detect._weigh cimport LANES, weigh

import numpy as np


cdef class Places:
    """Where words stand, by their hashes (`_tokens.hash_word`, never 0): a table with open places, at most half full.

    Whoever does not know the hashes' secret cannot choose words that lie close together, so looking up takes the same
    time for all texts.
    """

    cdef uint64_t[::1] _keys
    cdef int[::1] _rows
    cdef Py_ssize_t _count, _most
    cdef uint64_t _mask

    def __init__(self, Py_ssize_t most):
        cdef Py_ssize_t size = 2
        while size < 2 * most:
            size *= 2
        self._keys = np.zeros(size, dtype=np.uint64)
        self._rows = np.zeros(size, dtype=np.int32)
        self._mask = <uint64_t>(size - 1)
        self._most = most

    def __len__(self):
        return self._count

    @cython.boundscheck(False)  # places are masked by the size of both; at least half of them are 0, where this ends
    cdef uint64_t _place(self, uint64_t key) noexcept:
        """Return where the key stands, or would."""
        cdef uint64_t place = key & self._mask
        while self._keys[place] != key and self._keys[place] != 0:
            place = (place + 1) & self._mask
        return place

    def find(self, const uint64_t[::1] keys not None):
        """Return the number of each word, (words,) int32, -1 for one that is not known; and whether all are."""
        made = np.empty(keys.shape[0], dtype=np.int32)
        cdef int[::1] rows = made
        cdef Py_ssize_t index
        cdef uint64_t place
        cdef bint whole = True
        for index in range(keys.shape[0]):
            place = self._place(keys[index])
            rows[index] = self._rows[place] if self._keys[place] else -1
            whole = whole and rows[index] >= 0
        return made, whole

    def add(self, keys):
        """Put in words that are not known, numbered on.

        Raises:
            ValueError: if a word is known, a hash is 0, or there are too many.
        """
        cdef uint64_t key, place
        for key in keys:
            place = self._place(key)
            if not key or self._keys[place] or self._count == self._most:
                raise ValueError("no room for a word")
            self._rows[place] = <int>self._count
            self._keys[place] = key
            self._count += 1


cdef class Learner:
    """The weights that tell what a word alone gives to both halves of the model: see `topic_words.Known`."""

    cdef const int8_t[:, ::1] table, linear
    cdef const uint8_t[::1] rarity
    cdef const float[::1] scale, linear_scale
    cdef const float[:, ::1] first
    cdef const int64_t[::1] sizes, folded
    cdef float steps
    cdef int width, topics

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
        sizes = (
            self.first.shape[1] % LANES == 0 and self.first.shape[0] == self.table.shape[1] == self.width > 0,
            self.sizes.shape[0] == 3 and self.folded.shape[0] == 2,
            self.linear.shape[0] == self.rarity.shape[0] and self.linear.shape[1] == self.topics,
        )
        if not all(sizes):
            raise ValueError("arrays of the wrong shape")
        if self.sizes[0] + self.sizes[1] != self.linear.shape[0]:
            raise ValueError("arrays of the wrong shape")
        if self.folded[0] + self.folded[1] + self.sizes[2] != self.table.shape[0] or min(*self.folded) < 1:
            raise ValueError("arrays of the wrong shape")

    def learn(
        self,
        const int64_t[:, ::1] single not None,
        const int64_t[::1] grams not None,
        const int64_t[::1] starts not None,
        float[:, ::1] products not None,
        float[:, ::1] sums not None,
    ):
        """Write the products of the first convolution, (words, 3 H), and the linear sums, (words, T + 1).

        Args:
            single: (words, 4), grams, starts: of `words.FeatureRows`.
            products: room for the former.
            sums: for the latter.

        Raises:
            IndexError: if a row is none, or the arrays don't fit.
        """
        cdef Py_ssize_t words = single.shape[0], word, column
        cdef int64_t known = self.linear.shape[0], every = known + self.sizes[2]
        cdef bint fits = single.shape[1] == 4 and starts.shape[0] == words == products.shape[0] == sums.shape[0]
        fits = fits and products.shape[1] <= self.first.shape[1] and sums.shape[1] == self.topics + 1
        for word in range(words if fits else 0):
            fits = fits and 0 <= single[word, 0] < self.sizes[0]
            for column in range(1, 4):
                fits = fits and known <= single[word, column] < every
            fits = fits and 0 <= starts[word] < (starts[word + 1] if word + 1 < words else grams.shape[0])
        for word in range(grams.shape[0]):
            fits = fits and self.sizes[0] <= grams[word] < known
        fits = fits and (words == 0 or starts[words - 1] < grams.shape[0])
        if not fits:
            raise IndexError("rows and arrays don't fit")
        cdef float[::1] room = np.empty(self.width + self.first.shape[1], dtype=np.float32)
        cdef int[::1] whole = np.empty(2 * self.width, dtype=np.int32)
        cdef int[::1] which = np.arange(self.width, dtype=np.int32)
        cdef Py_ssize_t end
        with nogil:
            for word in range(words):
                end = starts[word + 1] if word + 1 < words else grams.shape[0]
                self._sum(&single[word, 0], &grams[starts[word]], end - starts[word], &sums[word, 0])
                self._vector(&single[word, 0], &grams[starts[word]], end - starts[word], &whole[0], &room[0])
                weigh(&room[0], &which[0], self.width, &self.first[0, 0], <int>self.first.shape[1], &room[self.width])
                for column in range(products.shape[1]):
                    products[word, column] = room[self.width + column]

    @cython.boundscheck(False)  # `learn` has looked at all rows and shapes
    cdef void _vector(
        self, const int64_t* single, const int64_t* grams, Py_ssize_t count, int* whole, float* vector
    ) noexcept nogil:
        """Write the word's vector: the rows of the word, its shape, length and ending, and the mean of its n-grams."""
        cdef Py_ssize_t column, place
        cdef int64_t shift = self.rarity.shape[0] - self.folded[0] - self.folded[1]
        cdef const int8_t* row
        cdef int* mean = whole + self.width
        for column in range(self.width):
            whole[column] = mean[column] = 0
        for place in range(4):
            row = &self.table[single[place] - shift if place else single[0] & (self.folded[0] - 1), 0]
            for column in range(self.width):
                whole[column] += row[column]
        for place in range(count):
            row = &self.table[((grams[place] - self.sizes[0]) & (self.folded[1] - 1)) + self.folded[0], 0]
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
