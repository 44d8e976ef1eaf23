"""The entity model's network, compiled: hashes of tokens in, for each word that may be something what it may be.

Decisions kept here:

* The sums of its twin in numpy (`network.py`), but for the order in which a matrix product adds up; the tests compare
  what both say of the same texts.
* A number depends on the word and its surroundings alone, never on what else is judged: each is summed in one fixed
  order. So texts need no padding between them, many small ones cost little more than a long one, and a long one is cut
  where memory wants it.
* A word is known by the hash of its token (`_tokens.pyx`); only words that are not in the table become strings.
* The table of words only ever grows, until it is full and another, which begins with the familiar words, takes its
  place. So nobody who reads it waits, and the arithmetic runs without the GIL. Memory only, bounded, no words in it.
* All widths are filled up with noughts to a multiple of `LANES`. Bounds are not checked in what runs without the GIL:
  `judge` has seen that the arrays fit one another, and each function says what it needs.
"""

import threading
from bisect import bisect_right

import numpy as np

from cython cimport boundscheck
from libc.math cimport expf, isfinite, rintf
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from gateway.core.errors import DetectionError
from gateway.detect._tokens import hash_word
from gateway.detect._vectors cimport LANES, weigh
from gateway.detect.words import WORD_LIMIT, without_surrogates

cdef enum:
    CHUNK = 512  # tokens whose states are worked out together
    SIDE = 3  # words on each side of a word whose states its last layer depends on
    STATES = CHUNK + 2 * SIDE
    BLOCK = 2048  # tokens whose words must be in the table together
    FAMILIAR = 8192
    TABLE = 16384
    SLOTS = 2 * TABLE  # 2 to the power of 15
    FAR_LIMIT = 1 << 19
    REACH_LIMIT = 1024
    NONE = -1

cdef float FIXED = 4096.0
_NOT_FINITE = "the entity model gave a number that is not finite"

cdef struct Found:
    int place
    int kind
    float score
    float share
    bint begins
    bint sure


cdef class _Table:
    """What the network needs of each word seen lately; rows are added and never changed. Row 0 stands for no word."""

    cdef uint64_t[::1] keys
    cdef int[::1] rows
    cdef float[:, ::1] near
    cdef int[:, ::1] far
    cdef Py_ssize_t count

    def __cinit__(self, Py_ssize_t width):
        self.keys, self.rows = np.zeros(SLOTS, dtype=np.uint64), np.zeros(SLOTS, dtype=np.int32)
        self.near = np.zeros((TABLE, 5 * width), dtype=np.float32)
        self.far = np.zeros((TABLE, width), dtype=np.int32)
        self.count = 1

    @boundscheck(False)  # 15 bits of a number are below SLOTS
    cdef Py_ssize_t slot(self, uint64_t key) noexcept nogil:
        """Return where `key` is, or where it would be put: at most half of the slots are taken."""
        cdef Py_ssize_t place = <Py_ssize_t>((key * <uint64_t>0x9E3779B97F4A7C15) >> 49)
        while self.keys[place] != 0 and self.keys[place] != key:
            place = (place + 1) & (SLOTS - 1)
        return place

    cdef int put(self, uint64_t key, int row) except -1:
        """Let `key` have `row`, which must be filled."""
        cdef Py_ssize_t place = self.slot(key)
        self.keys[place], self.rows[place] = key, row
        return 0

    cdef _Table copy(self):
        cdef _Table other = _Table(self.far.shape[1])
        other.keys[:], other.rows[:] = self.keys, self.rows
        other.near[: self.count], other.far[: self.count] = self.near[: self.count], self.far[: self.count]
        other.count = self.count
        return other


cdef class CompiledNetwork:
    """Tokens in, for each that may be something what it may be out. Safe to use from several threads.

    Args:
        vocabulary: maps words to rows.
        weights: `network.NetworkWeights`, without faults.
        decoding: `network.Decoding`.
        reach: words on each side of a token that its neighbourhood's average covers.
        familiar: frequent words, looked up at once and kept for good.

    Raises:
        ValueError: if `reach` is beyond 1,024, or there are not as many thresholds as the labels have kinds.
    """

    cdef object _vocabulary, _lock
    cdef _Table _table, _familiar
    cdef Py_ssize_t _width, _vector, _labels, _reach, _wide, _room
    cdef const float[:, ::1] _words, _marks, _first, _second, _third, _out
    cdef const float[::1] _first_bias, _second_bias, _third_bias, _out_bias, _probe, _thresholds
    cdef float _probe_least, _margin, _neighbour, _begins
    cdef int _person, _public

    def __init__(self, vocabulary, weights, decoding, reach, familiar=()):
        if not 0 <= reach <= REACH_LIMIT:
            raise ValueError(f"a reach of {reach} words: at most {REACH_LIMIT}")
        self._vocabulary, self._lock, self._reach = vocabulary, threading.Lock(), reach
        self._words, self._marks = _own(weights.table), _own(weights.marks)
        self._vector = self._words.shape[1]
        self._first = _filled(np.concatenate([weights.first, weights.far], axis=1), 1, 6)
        self._second, self._third = _filled(weights.second, 3), _filled(weights.third, 3)
        self._width = self._second.shape[1]
        self._wide = 3 * self._width + 1
        self._out = _filled(np.pad(weights.out, ((0, self._width - len(weights.out)), (0, 0))))
        self._labels = weights.out_bias.shape[0]
        self._room = (2 * STATES + 1) * self._width + self._wide + self._out.shape[1]
        self._first_bias, self._second_bias = self._long(weights.first_bias), self._long(weights.second_bias)
        self._third_bias, self._out_bias = self._long(weights.third_bias), _own(weights.out_bias)
        self._probe, self._probe_least = self._long(weights.probe[:, 0]), -weights.probe_bias[0]
        self._thresholds, self._neighbour, self._begins = _own(decoding.thresholds), decoding.neighbour, decoding.begins
        if 2 * self._thresholds.shape[0] + 1 != self._labels:
            raise ValueError("not as many thresholds as kinds")
        self._margin = decoding.margin
        self._person, self._public = decoding.names or (NONE, NONE)
        self._table = _Table(self._width)
        words = list(dict.fromkeys(word[:WORD_LIMIT] for word in familiar))[:FAMILIAR]
        self._fill(self._table, words, [hash_word(word) for word in words])
        self._familiar = self._table.copy()

    def _long(self, vector):
        return _own(np.pad(vector, (0, self._width - len(vector))))

    @property
    def known(self):
        """How many words are in the table."""
        return self._table.count - 1

    def judge(
        self,
        list texts not None,
        const uint64_t[::1] hashes not None,
        const int[::1] starts not None,
        const int[::1] ends not None,
        const int64_t[::1] bounds not None,
    ):
        """Return `network.Verdict`s, as tuples, of tokens that may be something, in order.

        Args:
            texts: what the tokens are of.
            hashes: (tokens,), and all others as `_tokens.hashed_pieces` gives them.
            starts: (tokens,).
            ends: (tokens,).
            bounds: (texts,).

        Raises:
            DetectionError: if a number is not finite.
            ValueError: if the arrays do not fit.
        """
        cdef Py_ssize_t count = hashes.shape[0], low, high, start, end, found, index, before = 0
        cdef Py_ssize_t halo = self._reach + SIDE + 2
        if starts.shape[0] != count or ends.shape[0] != count or bounds.shape[0] != len(texts):
            raise ValueError("tokens and texts do not fit")
        for index in range(bounds.shape[0]):
            if bounds[index] < before:
                raise ValueError("the texts are not in order")
            before = bounds[index]
        if before != count:
            raise ValueError("not all tokens are of the texts")
        verdicts = []
        if not count:
            return verdicts
        cdef int[::1] rows = np.empty(min(count, BLOCK + 2 * halo), dtype=np.int32)
        cdef float[::1] room = np.empty(self._room, dtype=np.float32)
        cdef int[::1] numbers = np.empty(3 * self._width + 1, dtype=np.int32)
        cdef Found* some = <Found*>malloc(BLOCK * sizeof(Found))
        cdef _Table table
        if some == NULL:
            raise MemoryError
        try:
            for start in range(0, count, BLOCK):
                end = min(start + BLOCK, count)
                low, high = max(0, start - halo), min(count, end + halo)
                table = self._table
                if self._find(table, hashes, low, high, rows):
                    table = self._learn(texts, starts, ends, hashes, bounds, low, high)
                    if self._find(table, hashes, low, high, rows):
                        raise DetectionError("a word that was learnt is not in the table")
                with nogil:
                    found = self._block(table, &rows[0], low, start, end, bounds, some, &room[0], &numbers[0])
                if found == NONE:
                    raise DetectionError(_NOT_FINITE)
                for index in range(found):
                    verdicts.append((
                        some[index].place,
                        some[index].kind,
                        some[index].score,
                        some[index].share,
                        some[index].begins != 0,
                        some[index].sure != 0,
                    ))
        finally:
            free(some)
        return verdicts

    cdef Py_ssize_t _find(
        self, _Table table, const uint64_t[::1] hashes, Py_ssize_t low, Py_ssize_t high, int[::1] rows
    ) except -1:
        """Write the rows of the tokens from `low` to `high`; return how many have none."""
        cdef Py_ssize_t index, missing = 0
        cdef int row
        for index in range(low, high):
            row = table.rows[table.slot(hashes[index])]
            rows[index - low] = row
            missing += row == 0
        return missing

    cdef _Table _learn(
        self,
        list texts,
        const int[::1] starts,
        const int[::1] ends,
        const uint64_t[::1] hashes,
        const int64_t[::1] bounds,
        Py_ssize_t low,
        Py_ssize_t high,
    ):
        """Return a table that holds the words of the tokens from `low` to `high`."""
        cdef _Table table
        with self._lock:
            table = self._table
            fresh = _fresh(table, hashes, low, high)
            if table.count + len(fresh) > TABLE:
                table = self._familiar.copy()
                fresh = _fresh(table, hashes, low, high)
            places, words, limits = list(fresh.values()), [], np.asarray(bounds)
            while len(words) < len(places):  # once a text
                text = bisect_right(limits, places[len(words)])
                source, limit = texts[text], limits[text]
                own = [source[starts[place] : ends[place]] for place in places[len(words) :] if place < limit]
                words += [word[:WORD_LIMIT] for word in without_surrogates(own, source)]
            self._fill(table, words, list(fresh))
            self._table = table
        return table

    cdef int _fill(self, _Table table, list words, list keys) except -1:
        """Add `words`, none of which is in the table, by their `keys`."""
        cdef Py_ssize_t count = len(words), first = table.count, index, after, size
        if not count:
            return 0
        if first + count > TABLE:
            raise DetectionError("more words than the table of the entity model holds")
        features = self._vocabulary.features(words)
        if max(features.grams.max(), features.single.max()) >= self._words.shape[0]:
            raise DetectionError("a row that the entity model does not have")
        cdef const int64_t[:, ::1] single = features.single
        cdef const int64_t[::1] grams = features.grams, begins = features.starts, marks = features.marks
        size = grams.shape[0]
        cdef float[::1] vector = np.empty(self._vector, dtype=np.float32)
        cdef float[::1] sums = np.empty(6 * self._width, dtype=np.float32)
        cdef int[::1] every = np.arange(self._vector, dtype=np.int32)
        for index in range(count):
            after = begins[index + 1] if index + 1 < count else size
            if not 0 <= begins[index] < after <= size:
                raise DetectionError("a word without n-grams")
            with nogil:
                self._add_up(single, grams, begins[index], after, marks[index], index, &vector[0])
                weigh(&vector[0], &every[0], <int>self._vector, &self._first[0, 0], <int>(6 * self._width), &sums[0])
                self._keep(table, &sums[0], first + index)
        # Nobody may find a row before it is filled.
        for index in range(count):
            table.put(keys[index], <int>(first + index))
        table.count = first + count
        return 0

    @boundscheck(False)  # `_fill` has seen that all rows are in the table, and `start` < `end` <= len(grams)
    cdef void _add_up(
        self,
        const int64_t[:, ::1] single,
        const int64_t[::1] grams,
        Py_ssize_t start,
        Py_ssize_t end,
        int64_t marks,
        Py_ssize_t index,
        float* vector,
    ) noexcept nogil:
        """Write a word's vector."""
        cdef Py_ssize_t width = self._vector, place, k
        cdef const float* row
        cdef float size = <float>(end - start)
        memset(vector, 0, width * sizeof(float))
        for place in range(start, end):
            row = &self._words[grams[place], 0]
            for k in range(width):
                vector[k] += row[k]
        for k in range(width):
            vector[k] /= size
        for place in range(single.shape[1]):
            row = &self._words[single[index, place], 0]
            for k in range(width):
                vector[k] += row[k]
        for place in range(self._marks.shape[0]):
            if marks >> place & 1:
                row = &self._marks[place, 0]
                for k in range(width):
                    vector[k] += row[k]

    @boundscheck(False)  # `row` is below TABLE, and `sums` are 6 * width
    cdef void _keep(self, _Table table, const float* sums, Py_ssize_t row) noexcept nogil:
        """Put a word's products into its row."""
        cdef Py_ssize_t width = self._width, k
        cdef float* near = &table.near[row, 0]
        cdef int* far = &table.far[row, 0]
        cdef float limit = FAR_LIMIT
        memcpy(near, sums, 5 * width * sizeof(float))
        for k in range(width):
            near[2 * width + k] += self._first_bias[k]
            far[k] = <int>max(min(rintf(sums[5 * width + k] * FIXED), limit), -limit)

    cdef Py_ssize_t _block(
        self,
        _Table table,
        const int* rows,
        Py_ssize_t low,
        Py_ssize_t start,
        Py_ssize_t end,
        const int64_t[::1] bounds,
        Found* some,
        float* room,
        int* numbers,
    ) noexcept nogil:
        """Write what may be something from `start` to `end`, at most BLOCK tokens; return how many, or NONE.

        Args:
            rows: of the tokens from `low` on, as far as any of these tokens depends on.
            bounds: where the texts end, the last at the last token.
            some: room for BLOCK.
            room: for `_room` numbers: two sets of STATES states, what a layer reads, a state and the labels.
            numbers: for one number more than three states have.
        """
        cdef Py_ssize_t chunk = start, found = 0, more
        while chunk < end:
            more = self._chunk(table, rows, low, chunk, min(chunk + CHUNK, end), bounds, some + found, room, numbers)
            if more == NONE:
                return NONE
            found += more
            chunk += CHUNK
        return found

    @boundscheck(False)  # from `low` to `high` are at most STATES
    cdef Py_ssize_t _chunk(
        self,
        _Table table,
        const int* rows,
        Py_ssize_t first,
        Py_ssize_t start,
        Py_ssize_t end,
        const int64_t[::1] bounds,
        Found* some,
        float* room,
        int* numbers,
    ) noexcept nogil:
        """Do as `_block` for at most CHUNK tokens; `first` is its `low`."""
        cdef Py_ssize_t width = self._width, count = bounds[bounds.shape[0] - 1], place, k, found = 0
        cdef Py_ssize_t low = max(0, start - SIDE), high = min(count, end + SIDE), at, begin, after
        cdef float* states = room
        cdef float* middles = states + STATES * width
        cdef float* rest = middles + STATES * width
        cdef const float* state
        cdef int64_t[STATES] begins
        cdef int64_t[STATES] afters
        cdef char[STATES] done
        cdef float hint
        cdef int told
        self._states(table, rows, first, low, high, bounds, states, numbers, begins, afters)
        memset(done, 0, STATES)
        for place in range(start, end):
            at = place - low
            state, hint = states + at * width, 0
            for k in range(width):
                hint += state[k] * self._probe[k]
            if not isfinite(hint):
                return NONE
            if hint > self._probe_least:
                begin, after = begins[at] - low, afters[at] - low
                self._middle(states, middles, done, at - 2, begin, after, rest, numbers)
                self._middle(states, middles, done, at, begin, after, rest, numbers)
                self._middle(states, middles, done, at + 2, begin, after, rest, numbers)
                told = self._verdict(middles, at, begin, after, some + found, rest, numbers)
                if told == NONE:
                    return NONE
                if told:
                    some[found].place = <int>place
                    found += 1
        return found

    @boundscheck(False)  # places from `low` to `high` are tokens; what a window reaches is within its text, and in `rows`
    cdef void _states(
        self,
        _Table table,
        const int* rows,
        Py_ssize_t first,
        Py_ssize_t low,
        Py_ssize_t high,
        const int64_t[::1] bounds,
        float* states,
        int* sums,
        int64_t* begins,
        int64_t* afters,
    ) noexcept nogil:
        """Write the first layer of the tokens from `low` to `high`, and where the text of each begins and ends.

        `rows` begin with that of the token `first`; `sums` has room for a state.
        """
        cdef Py_ssize_t width = self._width, reach = self._reach, place, other, k, text
        cdef Py_ssize_t begin = 0, after = 0
        cdef const float* far_back
        cdef const float* back
        cdef const float* here
        cdef const float* on
        cdef const float* far_on
        cdef const int* come
        cdef const int* gone
        cdef const float* near = &table.near[0, 0]
        cdef const int* far = &table.far[0, 0]
        cdef float* state = states
        cdef float share, total
        text = _text_of(bounds, low)
        for place in range(low, high):
            if place == low or place == after:
                while bounds[text] <= place:
                    text += 1
                begin, after = bounds[text - 1] if text else 0, bounds[text]
                memset(sums, 0, width * sizeof(int))
                for other in range(max(begin, place - reach), min(after, place + reach + 1)):
                    come = far + rows[other - first] * width
                    for k in range(width):
                        sums[k] += come[k]
            else:
                # Row 0 is nought.
                come = far + (rows[place + reach - first] * width if place + reach < after else 0)
                gone = far + (rows[place - reach - 1 - first] * width if place - reach - 1 >= begin else 0)
                for k in range(width):
                    sums[k] += come[k] - gone[k]
            here = near + rows[place - first] * 5 * width + 2 * width
            far_back = near + (rows[place - 2 - first] * 5 * width if place - 2 >= begin else 0)
            back = near + (rows[place - 1 - first] * 5 * width if place - 1 >= begin else 0) + width
            on = near + (rows[place + 1 - first] * 5 * width if place + 1 < after else 0) + 3 * width
            far_on = near + (rows[place + 2 - first] * 5 * width if place + 2 < after else 0) + 4 * width
            share = (1 / FIXED) / <float>(min(after, place + reach + 1) - max(begin, place - reach))
            for k in range(width):
                total = here[k] + far_back[k] + back[k] + on[k] + far_on[k] + <float>sums[k] * share
                state[k] = 0 if total <= 0 else total  # a number that is none stays so
            begins[place - low], afters[place - low] = begin, after
            state += width

    cdef void _middle(
        self,
        const float* states,
        float* middles,
        char* done,
        Py_ssize_t at,
        Py_ssize_t begin,
        Py_ssize_t after,
        float* rest,
        int* numbers,
    ) noexcept nogil:
        """Write the second layer of the token at `at`, if it is one of its text, and nothing if that is `done`."""
        if begin <= at < after and not done[at]:
            self._layer(
                states, at, begin, after, 1, &self._second[0, 0], &self._second_bias[0], middles + at * self._width,
                rest, numbers,
            )
            done[at] = 1

    cdef void _layer(
        self,
        const float* states,
        Py_ssize_t at,
        Py_ssize_t begin,
        Py_ssize_t after,
        Py_ssize_t shift,
        const float* matrix,
        const float* bias,
        float* out,
        float* values,
        int* which,
    ) noexcept nogil:
        """Write the state at `at` plus what those at `shift` before and behind, and it, say."""
        cdef Py_ssize_t width = self._width, k
        cdef int count = 0
        cdef const float* state = states + at * width
        if at - shift >= begin:
            count = _present(state - shift * width, width, 0, values, which, count)
        count = _present(state, width, width, values, which, count)
        if at + shift < after:
            count = _present(state + shift * width, width, 2 * width, values, which, count)
        weigh(values, which, count, matrix, <int>width, out)
        for k in range(width):
            out[k] += bias[k]
            out[k] = state[k] + (0 if out[k] <= 0 else out[k])

    @boundscheck(False)  # kinds and labels are as many as the thresholds say, and there is at least one
    cdef int _verdict(
        self,
        const float* middles,
        Py_ssize_t at,
        Py_ssize_t begin,
        Py_ssize_t after,
        Found* found,
        float* rest,
        int* numbers,
    ) noexcept nogil:
        """Write what the token at `at` may be; return whether it is enough, or NONE if a number is not finite."""
        cdef Py_ssize_t width = self._width, label, kind, best = 0
        cdef float* last = rest + self._wide
        cdef float* logits = last + width
        cdef float highest, total = 0, each, own, begins, person = 0, score = -1, beginning = 0, share = 1
        self._layer(
            middles, at, begin, after, 2, &self._third[0, 0], &self._third_bias[0], last, rest, numbers
        )
        weigh(
            rest, numbers, _present(last, width, 0, rest, numbers, 0), &self._out[0, 0], <int>self._out.shape[1], logits
        )
        for label in range(self._labels):
            logits[label] += self._out_bias[label]
            if not isfinite(logits[label]):
                return NONE
        highest = logits[1]
        for label in range(2, self._labels):
            highest = max(highest, logits[label])
        if highest - logits[0] < self._margin:
            return False
        highest = max(highest, logits[0])
        for label in range(self._labels):
            logits[label] = expf(logits[label] - highest)
            total += logits[label]
        for label in range(self._labels):
            logits[label] = rintf(logits[label] / total * 10000) / 10000
        if self._person != NONE:
            own = logits[2 * self._person + 1] + logits[2 * self._person + 2]
            each = logits[2 * self._public + 1] + logits[2 * self._public + 2]
            share = own / max(own + each, <float>1e-6)
        for kind in range(self._thresholds.shape[0]):
            begins = logits[2 * kind + 1]
            each = begins + logits[2 * kind + 2]
            if kind == self._public:
                each = 0
            elif kind == self._person:
                each += logits[2 * self._public + 1] + logits[2 * self._public + 2]
                begins += logits[2 * self._public + 1]
            if each > score:
                best, score, beginning = kind, each, begins
        found.kind, found.score, found.share = <int>best, score, share
        found.begins, found.sure = beginning >= score * self._begins, score >= self._thresholds[best]
        return score >= self._thresholds[best] * self._neighbour


cdef int _present(
    const float* given, Py_ssize_t size, Py_ssize_t offset, float* values, int* which, int count
) noexcept nogil:
    """Add the numbers that are not nought to `values`, and where they stand to `which`; return how many there are."""
    cdef Py_ssize_t place
    for place in range(size):
        values[count] = given[place]
        which[count] = <int>(offset + place)
        count += given[place] != 0
    return count


@boundscheck(False)  # the last of `bounds` is beyond `token`
cdef Py_ssize_t _text_of(const int64_t[::1] bounds, Py_ssize_t token) noexcept nogil:
    """Return which text holds the token."""
    cdef Py_ssize_t low = 0, high = bounds.shape[0] - 1, middle
    while low < high:
        middle = (low + high) // 2
        if bounds[middle] <= token:
            low = middle + 1
        else:
            high = middle
    return low


def _own(array):
    """Return a float32 array, row after row."""
    return np.ascontiguousarray(array, dtype=np.float32)


def _filled(matrix, parts_in=1, parts_out=1):
    """Return `matrix`, of so many parts each way, the columns of each part filled up to a multiple of LANES.

    The rows of each part are filled up too if there are several: they are a state's columns.
    """
    rows, columns = matrix.shape[0] // parts_in, matrix.shape[1] // parts_out
    high = rows + (-rows % LANES if parts_in > 1 else 0)
    whole = np.zeros((parts_in, high, parts_out, columns + -columns % LANES), dtype=np.float32)
    whole[:, :rows, :, :columns] = matrix.reshape(parts_in, rows, parts_out, columns)
    return whole.reshape(parts_in * high, -1)


cdef dict _fresh(_Table table, const uint64_t[::1] hashes, Py_ssize_t low, Py_ssize_t high):
    """Return the hashes that `table` lacks, each with its first token."""
    cdef Py_ssize_t index
    fresh = {}
    for index in range(low, high):
        if table.rows[table.slot(hashes[index])] == 0:
            fresh.setdefault(hashes[index], index)
    return fresh
