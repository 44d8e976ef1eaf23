"""The layers of the entity model's network over a block of tokens: `network.Network.probabilities`, for less.

Decisions kept here:

* A number depends on the word and its surroundings alone, never on what else is judged: each is summed in one fixed
  order. So texts need no padding between them, and are cut into chunks wherever memory wants it.
* Of a state, and of what a layer says, much is nought: it is left out of the products.
* All widths are filled up with noughts to a multiple of `LANES`. Bounds are not checked here: `_network.pyx` has seen
  that the arrays fit one another, and each function says what it needs.
"""

from cython cimport boundscheck
from libc.math cimport expf, isfinite, rintf
from libc.stdint cimport int16_t, int64_t
from libc.string cimport memset

from gateway.detect._entity_words cimport FAR, NEAR, PLACES, Table
from gateway.detect._tokens cimport Pieces
from gateway.detect._weigh cimport LANES, first_layer, settle, weigh

import numpy as np

from gateway.detect.aligned import aligned

cdef enum:
    CHUNK = 512  # tokens whose states are worked out together
    STATES = CHUNK + 2 * SIDE

cdef float _NEAR_UNIT = 1.0 / NEAR
cdef float _FAR_UNIT = 1.0 / FAR

cdef class Layers:
    """The weights behind the first layer, and how labels become verdicts.

    Args:
        weights: `network.NetworkWeights`, without faults.
        decoding: `verdicts.Decoding`.
        reach: words on each side of a token that its neighbourhood's average covers.

    Raises:
        ValueError: if there are not as many thresholds as the labels have kinds.
    """

    def __init__(self, weights, decoding, reach):
        self._reach = reach
        self._second, self._third = _filled(weights.second, 3), _filled(weights.third, 3)
        self.width = self._second.shape[1]
        self._out = _filled(np.pad(weights.out, ((0, self.width - len(weights.out)), (0, 0))))
        self._labels = weights.out_bias.shape[0]
        self.room = 2 * STATES * self.width + self._out.shape[1]
        self._second_bias, self._third_bias = self._long(weights.second_bias), self._long(weights.third_bias)
        self._out_bias, self._thresholds = _own(weights.out_bias), _own(decoding.thresholds)
        self._probe, self._probe_least = self._long(weights.probe[:, 0]), -weights.probe_bias[0]
        self._neighbour, self._begins, self._margin = decoding.neighbour, decoding.begins, decoding.margin
        if 2 * self._thresholds.shape[0] + 1 != self._labels:
            raise ValueError("not as many thresholds as kinds")
        self._person, self._public = decoding.names or (NONE, NONE)

    def _long(self, vector):
        return _at_line(np.pad(vector, (0, self.width - len(vector))))

    cdef Py_ssize_t judge(
        self,
        Table table,
        const int* rows,
        Py_ssize_t low,
        Py_ssize_t start,
        Py_ssize_t end,
        Pieces tokens,
        Found* some,
        float* room,
        int* sums,
    ) noexcept nogil:
        """Write what may be something from `start` to `end`; return how many, or NONE if a number is not finite.

        Args:
            rows: of the tokens from `low` on, as far as any of these tokens depends on.
            tokens: all, and where the texts end.
            some: room for as many.
            room: for `room` numbers: two sets of STATES states, and the labels.
            sums: for as many as a state has.
        """
        cdef Py_ssize_t chunk = start, found = 0, more
        while chunk < end:
            more = self._chunk(table, rows, low, chunk, min(chunk + CHUNK, end), tokens, some + found, room, sums)
            if more == NONE:
                return NONE
            found += more
            chunk += CHUNK
        return found

    @boundscheck(False)  # from `low` to `high` are at most STATES
    cdef Py_ssize_t _chunk(
        self,
        Table table,
        const int* rows,
        Py_ssize_t first,
        Py_ssize_t start,
        Py_ssize_t end,
        Pieces tokens,
        Found* some,
        float* room,
        int* sums,
    ) noexcept nogil:
        """Do as `judge` for at most CHUNK tokens; `first` is its `low`."""
        cdef Py_ssize_t width = self.width, place, index, count = 0, wanted = 0, found = 0
        cdef Py_ssize_t low = max(0, start - SIDE), high = min(tokens.count, end + SIDE), at
        cdef float* states = room
        cdef float* middles = states + STATES * width
        cdef float* logits = middles + STATES * width
        cdef int64_t[STATES] begins
        cdef int64_t[STATES] afters
        cdef float[STATES] hints
        cdef char[STATES] seen
        cdef int[CHUNK] likely  # where something may be, counted from `low`, as in the next
        cdef int[STATES] nearby  # where the second layer is wanted for that
        cdef int told
        self._states(table, rows, first, low, high, tokens, states, sums, begins, afters, hints)
        memset(seen, 0, STATES)
        for at in range(start - low, end - low):
            if not isfinite(hints[at]):
                return NONE
            if hints[at] > self._probe_least:
                likely[count] = <int>at
                count += 1
                for place in range(at - 2, at + 3, 2):
                    if begins[at] <= low + place < afters[at]:
                        seen[place] = True
        for at in range(high - low):
            nearby[wanted] = <int>at
            wanted += seen[at]
        self._layer(states, nearby, wanted, low, begins, afters, 1, self._second, self._second_bias, middles)
        self._layer(middles, likely, count, low, begins, afters, 2, self._third, self._third_bias, states)
        for index in range(count):
            told = self._verdict(states + likely[index] * width, some + found, logits)
            if told == NONE:
                return NONE
            if told:
                some[found].place = <int>(low + likely[index])
                found += 1
        return found

    @boundscheck(False)  # places from `low` to `high` are tokens; what a window reaches is within its text, and in `rows`
    cdef void _states(
        self,
        Table table,
        const int* rows,
        Py_ssize_t first,
        Py_ssize_t low,
        Py_ssize_t high,
        Pieces tokens,
        float* states,
        int* sums,
        int64_t* begins,
        int64_t* afters,
        float* hints,
    ) noexcept nogil:
        """Write the first layer of the tokens from `low` to `high`, where the text of each begins and ends, and hints.

        `rows` begin with that of the token `first`; `sums` has room for a state.
        """
        cdef Py_ssize_t width = self.width, reach = self._reach, place, other, k, text = text_of(tokens, low)
        cdef Py_ssize_t begin = 0, after = 0
        cdef Py_ssize_t pitch = PLACES * width
        cdef const int16_t* near = &table.rows[0, 0]
        cdef const int16_t* far = near + 5 * width
        cdef const int16_t* come
        cdef const int16_t* gone
        cdef const int* own = rows
        for place in range(low, high):
            come = gone = far  # row 0 is nought
            if place == low or place == after:
                while tokens.bounds[text] <= place:
                    text += 1
                begin, after = tokens.bounds[text - 1] if text else 0, tokens.bounds[text]
                memset(sums, 0, width * sizeof(int))
                for other in range(max(begin, place - reach), min(after, place + reach + 1)):
                    come = far + rows[other - first] * pitch
                    for k in range(width):
                        sums[k] += come[k]
                come = far
            else:
                if place + reach < after:
                    come = far + rows[place + reach - first] * pitch
                if place - reach - 1 >= begin:
                    gone = far + rows[place - reach - 1 - first] * pitch
            own = rows + (place - first)
            hints[place - low] = first_layer(
                near + own[0] * pitch + 2 * width,
                near + ((own - 2)[0] * pitch if place - 2 >= begin else 0),
                near + ((own - 1)[0] * pitch if place - 1 >= begin else 0) + width,
                near + (own[1] * pitch if place + 1 < after else 0) + 3 * width,
                near + (own[2] * pitch if place + 2 < after else 0) + 4 * width,
                _NEAR_UNIT,
                sums,
                come,
                gone,
                _FAR_UNIT / <float>(min(after, place + reach + 1) - max(begin, place - reach)),
                &self._probe[0],
                <int>width,
                states + (place - low) * width,
            )
            begins[place - low], afters[place - low] = begin, after

    @boundscheck(False)  # the matrix has three times as many rows as a state has numbers
    cdef void _layer(
        self,
        const float* states,
        const int* places,
        Py_ssize_t count,
        Py_ssize_t low,
        const int64_t* begins,
        const int64_t* afters,
        Py_ssize_t shift,
        const float[:, ::1] matrix,
        const float[::1] bias,
        float* out,
    ) noexcept nogil:
        """Write, for each of some places, its state plus what those at `shift` before and behind in its text, and it, say.

        A third of the matrix is all that the nearest cache has room for, so it is done with for all places before the
        next. The rest is as in `_chunk`.
        """
        cdef Py_ssize_t width = self.width, near, index, at, other
        for index in range(count):
            memset(out + places[index] * width, 0, width * sizeof(float))
        for near in range(3):
            for index in range(count):
                at = places[index]
                other = at + (near - 1) * shift
                if begins[at] <= low + other < afters[at]:
                    weigh(
                        states + other * width, <int>width, &matrix[near * width, 0], <int>width, out + at * width
                    )
        for index in range(count):
            at = places[index]
            settle(states + at * width, &bias[0], <int>width, out + at * width)

    @boundscheck(False)  # kinds and labels are as many as the thresholds say, and there is at least one
    cdef int _verdict(self, const float* last, Found* found, float* logits) noexcept nogil:
        """Write what a token may be, by its last state; return whether it is enough, or NONE if a number is not finite.

        `logits` has room for as many as the last matrix gives.
        """
        cdef Py_ssize_t label, kind, best = 0
        cdef float highest, total = 0, each, own, begins, score = -1, beginning = 0, share = 1
        memset(logits, 0, self._out.shape[1] * sizeof(float))
        weigh(last, <int>self.width, &self._out[0, 0], <int>self._out.shape[1], logits)
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


cdef Py_ssize_t text_of(Pieces tokens, Py_ssize_t token) noexcept nogil:
    """Return which text holds the token."""
    cdef Py_ssize_t low = 0, high = tokens.size - 1, middle
    while low < high:
        middle = (low + high) // 2
        if tokens.bounds[middle] <= token:
            low = middle + 1
        else:
            high = middle
    return low


def _own(array):
    """Return a float32 array, row after row."""
    return np.ascontiguousarray(array, dtype=np.float32)


def _filled(matrix, parts=1):
    """Return `matrix`, its columns filled up to a multiple of LANES, and its rows in each of several parts."""
    rows, columns = matrix.shape[0] // parts, matrix.shape[1]
    high = rows + (-rows % LANES if parts > 1 else 0)
    whole = np.zeros((parts, high, columns + -columns % LANES), dtype=np.float32)
    whole[:, :rows, :columns] = matrix.reshape(parts, rows, columns)
    return _at_line(whole.reshape(parts * high, -1))


def _at_line(array):
    """Return a float32 array that begins at a line of the cache, for loads of a line each."""
    whole = aligned(array.shape, np.float32)
    whole[...] = array
    return whole
