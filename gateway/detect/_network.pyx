"""The entity model's network, compiled: hashes of tokens in, entities out.

Decisions kept here:

* The sums of its twin in numpy (`network.py`), but for the order in which a matrix product adds up; the tests compare
  what both say of the same texts.
* Many small texts cost little more than a long one, and a long one is judged block by block: memory stays bounded.
* A word is known by the hash of its token (`_tokens.pyx`); only words that are not in the table become strings.
* The arithmetic of more than `SHORT` tokens runs without the GIL, over a table of words whose rows do not change
  (`_entity_words.pyx`). That of fewer takes less time than to get the GIL back from another thread.
"""

from libc.stdint cimport uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from gateway.detect._entity_words cimport ROOM, Learner, Table
from gateway.detect._layers cimport NONE, SIDE, Found, Layers, text_of
from gateway.detect._tokens cimport Pieces

import numpy as np

from gateway.core.errors import DetectionError
from gateway.detect.aligned import aligned
from gateway.detect._tokens import hash_word
from gateway.detect.words import WORD_LIMIT, without_surrogates

cdef enum:
    BLOCK = 2048  # tokens whose words must be in the table together
    FAMILIAR = ROOM // 2
    REACH_LIMIT = 1024
    SHORT = 512
    TOUCHED = 1024  # words for which memory is touched in one step: 200 pages
    AHEAD = 8  # tokens whose words are fetched from memory while others are looked at
    REACH = 2  # as `verdicts.REACH`

_NOT_FINITE = "the entity model gave a number that is not finite"


cdef class Scratch:
    """What judging writes to meanwhile: made once, since that takes as long as to judge a short text."""

    cdef Layers _layers
    cdef int[::1] rows, _sums
    cdef float[::1] _room
    cdef Found[BLOCK] some

    def __init__(self, Layers layers not None, Py_ssize_t rows):
        self._layers = layers
        self.rows = np.empty(rows, dtype=np.int32)
        self._room = aligned((layers.room,), np.float32)
        self._sums = np.empty(layers.width, dtype=np.int32)

    cdef Py_ssize_t judge(
        self, Table table, Pieces tokens, Py_ssize_t low, Py_ssize_t start, Py_ssize_t end
    ) noexcept nogil:
        """Do what `Layers.judge` does; `rows` are those of the tokens from `low` on."""
        return self._layers.judge(
            table, &self.rows[0], low, start, end, tokens, self.some, &self._room[0], &self._sums[0]
        )


cdef class CompiledNetwork:
    """Tokens in, entities out. Safe to use from several threads.

    Args:
        vocabulary: maps words to rows.
        weights: `network.NetworkWeights`, without faults.
        decoding: `verdicts.Decoding`.
        reach: words on each side of a token that its neighbourhood's average covers.
        familiar: frequent words, looked up at once and kept for good.

    Raises:
        DetectionError: if what a familiar word gives is not finite.
        ValueError: if `reach` is beyond 1,024, or there are not as many thresholds as the labels have kinds.
    """

    cdef Layers _layers
    cdef Table _table
    cdef const uint64_t[:, ::1] _familiar  # the slots of the table when it held the familiar words only
    cdef Py_ssize_t _familiars
    cdef Scratch _scratch
    cdef Py_ssize_t _reach

    def __init__(self, vocabulary, weights, decoding, reach, familiar=()):
        cdef Learner learner = Learner(vocabulary, weights)
        if not 0 <= reach <= REACH_LIMIT:
            raise ValueError(f"a reach of {reach} words: at most {REACH_LIMIT}")
        self._layers, self._reach = Layers(weights, decoding, reach), reach
        if self._layers.width != learner.width:
            raise ValueError("the layers do not fit")
        self._table = Table(learner)
        words = list(dict.fromkeys(word[:WORD_LIMIT] for word in familiar))[:FAMILIAR]
        cdef const uint64_t[::1] keys = np.array([*map(hash_word, words), 0], dtype=np.uint64)
        cdef int[::1] rows = np.empty(len(words) + 1, dtype=np.int32)
        self._table.learn(&keys[0], list(range(len(words))), words, &rows[0], 0)
        self._familiar, self._familiars = np.array(self._table._slots), self._table.count

    @property
    def known(self):
        """How many words are in the table."""
        return self._table.count - 1

    def prepare(self):
        """Have memory for all words, a part of it with each step; else the texts that bring them wait for it."""
        cdef Py_ssize_t row
        for row in range(0, ROOM, TOUCHED):
            self._table.touch(row, row + TOUCHED)
            yield

    def judge(self, Pieces tokens not None):
        """Return what is said of each text in which a token is surely something, in order.

        Returns:
            Of each such text its number, the place of its first token, that behind its last one, and its entities:
            `verdicts.Stretch`es, as tuples.

        Raises:
            DetectionError: if a number is not finite.
        """
        cdef Py_ssize_t count = tokens.count, halo = self._reach + SIDE + 2, low, high, start, end, found, total = 0
        cdef Layers layers = self._layers
        cdef Scratch scratch = self._scratch
        cdef Table table
        cdef Found* every = NULL
        cdef Found* larger
        if scratch is None:
            scratch = Scratch(layers, BLOCK + 2 * halo)
        self._scratch = None  # who comes meanwhile takes another
        try:
            for start in range(0, count, BLOCK):
                end = min(start + BLOCK, count)
                low, high = max(0, start - halo), min(count, end + halo)
                table = self._table
                table.users += 1
                try:
                    while not self._look_up(table, tokens, low, high, &scratch.rows[0]):
                        table = self._emptied(table)
                    if end - start <= SHORT:
                        found = scratch.judge(table, tokens, low, start, end)
                    else:
                        with nogil:
                            found = scratch.judge(table, tokens, low, start, end)
                finally:
                    table.users -= 1
                if found == NONE:
                    raise DetectionError(_NOT_FINITE)
                if found:
                    larger = <Found*>realloc(every, (total + found) * sizeof(Found))
                    if larger == NULL:
                        raise MemoryError
                    every = larger
                    memcpy(every + total, scratch.some, found * sizeof(Found))
                    total += found
            self._scratch = scratch
            return _by_text(tokens, every, total)
        finally:
            free(every)

    cdef Table _emptied(self, Table table):
        """Return a table that has room, used in place of one that has none."""
        cdef Table other = self._table
        if other is table:
            if table.users == 1:
                table.forget(self._familiar, self._familiars)
                return table
            self._table = other = table.copy(self._familiar, self._familiars)
        table.users -= 1
        other.users += 1
        return other

    cdef bint _look_up(self, Table table, Pieces tokens, Py_ssize_t low, Py_ssize_t high, int* rows) except -1:
        """Write the rows of the tokens from `low` to `high`; False if the table has no room for all of their words."""
        cdef Py_ssize_t index, text = -1
        cdef bint neutral = False
        cdef int row
        cdef list fresh = [], words = []
        cdef str source = "", word
        for index in range(low, high):
            table.soon(tokens.hashes[min(index + AHEAD, high - 1)])
            row = table.find(tokens.hashes[index])
            if row:
                table.soon_row(row)
                rows[index - low] = row
                continue
            if text < 0 or tokens.bounds[text] <= index:
                text = text_of(tokens, index)
                source = tokens.texts[text]
                neutral = "<" in source and "_" in source
            word = source[tokens.starts[index] : tokens.ends[index]]
            fresh.append(index)
            words.append(without_surrogates([word], "<_")[0] if neutral else word)
        return not fresh or table.learn(tokens.hashes, fresh, words, rows, low)


cdef list _by_text(Pieces tokens, Found* some, Py_ssize_t count):
    """Return what `CompiledNetwork.judge` does, of verdicts in order."""
    cdef Py_ssize_t first, last = 0, text
    cdef bint sure
    found = []
    while last < count:
        first, sure = last, False
        text = text_of(tokens, some[first].place)
        while last < count and some[last].place < tokens.bounds[text]:
            sure = sure or some[last].sure
            last += 1
        if sure:
            entities = _stretches(some + first, last - first)
            found.append((text, tokens.bounds[text - 1] if text else 0, tokens.bounds[text], entities))
    return found


cdef inline bint _touch(const Found* one, const Found* other) noexcept:
    return other.place - one.place == 1 and other.kind == one.kind


cdef list _stretches(Found* some, Py_ssize_t count):
    """Return what `verdicts.stretches` does, of one text's verdicts; there is at least one."""
    cdef Py_ssize_t at, first = NONE
    for at in range(count):
        some[at].apart = 0 if some[at].sure else REACH + 1
        if at and _touch(some + at - 1, some + at):
            some[at].apart = min(some[at].apart, some[at - 1].apart + 1)
    for at in range(count - 2, -1, -1):
        if _touch(some + at, some + at + 1):
            some[at].apart = min(some[at].apart, some[at + 1].apart + 1)
    found = []
    for at in range(count):
        if first != NONE and (some[at].apart > REACH or some[at].begins or not _touch(some + at - 1, some + at)):
            found.append(_stretch(some + first, at - first))
            first = NONE
        if first == NONE and some[at].apart <= REACH:
            first = at
    if first != NONE:
        found.append(_stretch(some + first, count - first))
    return found


cdef tuple _stretch(const Found* run, Py_ssize_t count):
    """Return the entity that these verdicts make, of which there is at least one."""
    cdef Py_ssize_t at
    cdef double score = 0, share = 0
    for at in range(count):
        score += run[at].score
        share += run[at].share
    return run[0].place, run[count - 1].place, run[0].kind, score / count, share / count
