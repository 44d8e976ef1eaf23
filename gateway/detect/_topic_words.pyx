"""Finding known words and learning new ones: what `topic_words` does in Python and numpy, for less.

Words are found or learnt while the GIL is held, from end to end, so that nobody sees half of one. New ones are learnt
a few together: while the rows of one are added up, those of the next come from memory, and the matrix that all are
multiplied with is read once.
"""

cimport cython
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from gateway.detect._weigh cimport FEW, LANES, PART, SOON, add_bytes, add_rated, weigh_few
from gateway.detect._words cimport GRAMS, LONGEST, rows_of

import numpy as np

from gateway.detect.aligned import aligned, in_strips
from gateway.detect.topic_text import token_of


cdef enum:
    AHEAD = 8  # words whose places are asked for before they are needed
    PAGE = 4096  # bytes that the system gives at once, at least
    STEP = 1 << 20  # bytes that are touched in a millisecond, at least


def rated(weights, rarity):
    """Return rows of weights, int8, each behind its rarity, uint8: one line of memory for all of it, or a part of one."""
    rows, width = weights.shape
    made = aligned((rows, 1 + width + -(1 + width) % PART), np.int8)
    made[:, 0], made[:, 1 : 1 + width] = rarity.view(np.int8), weights
    return made


cdef class Learner:
    """The weights that tell what a word alone gives to both halves of the model: see `topic_words.Known`."""

    def __init__(self, dict arrays not None, float steps):
        linear, rarity = arrays["linear"], arrays["rarity"]
        sizes = linear.ndim == 2 and linear.shape[0] == rarity.shape[0] and linear.dtype == np.int8
        if not sizes or rarity.dtype != np.uint8:
            raise ValueError("arrays of the wrong shape")
        given, first = arrays["table"], arrays["first"]
        self.table = table = aligned((given.shape[0], given.shape[1] + -given.shape[1] % LANES), np.int8)
        table[:, : given.shape[1]] = given
        self.rated = rated(linear, rarity)
        self.scale = arrays["scale"]
        self.sizes = arrays["sizes"]
        self.folded = arrays["folded"]
        self.linear_scale = arrays["linear_scale"]
        self.steps = steps
        self.width = <int>self.scale.shape[0]
        self.topics = <int>self.linear_scale.shape[0]
        self.products = 3 * <int>arrays["first_bias"].shape[0]
        self._vectors = np.zeros((FEW, self.width), dtype=np.float32)
        self._weighed = np.empty((FEW, first.shape[1]), dtype=np.float32)
        self._said = np.empty(self.rated.shape[1], dtype=np.float32)
        self._sums = np.empty(2 * self.table.shape[1], dtype=np.int32)
        sizes = (
            0 < self.products <= first.shape[1],
            first.shape[1] % LANES == 0 and first.shape[0] == given.shape[1] == self.width > 0,
            self.sizes.shape[0] == 3 and self.folded.shape[0] == 2,
            linear.shape[1] == self.topics,
        )
        if not all(sizes):
            raise ValueError("arrays of the wrong shape")
        self.first = in_strips(first, PART)
        if self.sizes[0] + self.sizes[1] != self.rated.shape[0]:
            raise ValueError("arrays of the wrong shape")
        if self.folded[0] + self.folded[1] + self.sizes[2] != self.table.shape[0] or min(*self.folded, *self.sizes) < 1:
            raise ValueError("arrays of the wrong shape")

    @cython.boundscheck(False)  # `rows_of` gives rows of tables of these sizes, which were looked at
    cdef int _take(self, str word, int place) except -1:
        """Find out what rows a word has, as number `place` of at most `FEW`, and ask for them, which lie far apart.

        Raises:
            ValueError: if it is empty.
        """
        cdef int64_t* whole = self._whole + 4 * place
        cdef int64_t* rated = self._rated + (1 + GRAMS) * place
        cdef int64_t* near = self._near + GRAMS * place
        cdef uint64_t[3] sizes
        cdef uint32_t[LONGEST] bounded
        cdef Py_ssize_t length, count, number
        sizes[0], sizes[1], sizes[2] = <uint64_t>self.sizes[0], <uint64_t>self.sizes[1], <uint64_t>self.sizes[2]
        count = self._counts[place] = rows_of(word, sizes, whole, rated + 1, bounded, &length)
        rated[0] = whole[0]
        # The network's table has fewer rows for words and n-grams.
        whole[0] &= self.folded[0] - 1
        for number in range(1, 4):
            whole[number] -= self.rated.shape[0] - self.folded[0] - self.folded[1]
        for number in range(count):
            near[number] = ((rated[number + 1] - self.sizes[0]) & (self.folded[1] - 1)) + self.folded[0]
            SOON(&self.rated[rated[number + 1], 0])
            SOON(&self.table[near[number], 0])
        for number in range(4):
            SOON(&self.table[whole[number], 0])
        SOON(&self.rated[rated[0], 0])
        return 0

    @cython.boundscheck(False)  # there is room for the products, sums and rows of `count` words
    cdef void _learn(self, int count, float* products, float* sums, uint64_t* identities) noexcept:
        """Write of the words taken, one row each: products of the first convolution, linear sums, the words' rows."""
        cdef int columns = <int>self._weighed.shape[1], word, column
        cdef const signed char* table = <const signed char*>&self.table[0, 0]
        cdef const int64_t* rated
        cdef int* whole = &self._sums[0]
        cdef int* mean = whole + self.table.shape[1]
        cdef float* said = &self._said[0]
        cdef float* own
        for word in range(count):
            rated = self._rated + (1 + GRAMS) * word
            identities[word] = <uint64_t>rated[0]
            own = sums + word * (self.topics + 1)
            own[self.topics] = add_rated(
                <const signed char*>&self.rated[0, 0], <int>self.rated.shape[1], rated, 1 + <int>self._counts[word],
                self.steps, said,
            )
            for column in range(self.topics):
                own[column] = said[column + 1] * self.linear_scale[column]
            # The rows of the word, its shape, length and ending, and the mean of its n-grams.
            add_bytes(table, <int>self.table.shape[1], self._whole + 4 * word, 4, whole)
            add_bytes(table, <int>self.table.shape[1], self._near + GRAMS * word, <int>self._counts[word], mean)
            for column in range(self.width):
                self._vectors[word, column] = (
                    whole[column] + mean[column] / <float>self._counts[word]
                ) * self.scale[column]
        weigh_few(&self._vectors[0, 0], self.width, &self.first[0, 0, 0], columns, &self._weighed[0, 0])
        for word in range(count):
            memcpy(products + word * self.products, &self._weighed[word, 0], self.products * sizeof(float))


cdef class Words:
    """For each distinct word seen: what it gives to both halves of the model, and a row (`topic_words.Known`).

    Words are found by their hashes (`_tokens.hash_word`, never 0) in a table with open places, at most half full. Who
    does not know the hashes' secret cannot choose words that lie close together, so finding takes the same time for all
    texts. Rows are never written again.
    """

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

    def touch(self):
        """Have the system give all of the memory, some with each step; else the words that come first to it wait."""
        for room in (self._table.base, self.products, self.sums, self.identities):
            size = room.nbytes
            for begin in range(0, size, STEP):
                self._touch(room.reshape(-1).view(np.uint8), begin, min(begin + STEP, size))
                yield

    cdef int _touch(self, unsigned char[::1] room, Py_ssize_t begin, Py_ssize_t end) except -1:
        """Write what is there to each page. Whoever else writes holds the GIL, too."""
        cdef volatile unsigned char* there = &room[0]
        while begin < end:
            there[begin] = there[begin]
            begin += PAGE
        return 0

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
            keys: and the next three: as `_tokens.Pieces.numbers` gives them.
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
        if begin == end:
            return made
        if not bounds.shape[0] == len(pieces) or bounds[bounds.shape[0] - 1] < end:
            raise IndexError("tokens beyond their texts")
        found = self.find(&keys[0], &starts[0], &ends[0], &bounds[0], pieces, begin, end, &rows[0])
        return made if found else None

    cdef bint find(
        self,
        const uint64_t* keys,
        const int* starts,
        const int* ends,
        const int64_t* bounds,
        list pieces,
        Py_ssize_t begin,
        Py_ssize_t end,
        int* rows,
    ) except -1:
        """Do as `look_up`, of tokens that there are; False if there are too many new ones."""
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
        return not fresh or self._learn(keys, fresh, words, rows, begin)

    cdef bint _learn(self, const uint64_t* keys, list fresh, list words, int* rows, Py_ssize_t begin) except -1:
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
