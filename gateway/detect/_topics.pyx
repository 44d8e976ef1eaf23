"""The topic model's arithmetic in one pass over the words: what `topic_units.Units` does in numpy, for less.

Why it is cheaper: the second convolution is two thirds of the work, and of the first one's activations a quarter is not
nought, so only these are multiplied; nothing is gathered into arrays that only the next line reads. Each number is
summed up in an order of its own, whatever stands before or behind, so going on reading gives what reading at once does.
"""

cimport cython
from libc.math cimport expf, sqrtf
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int8_t, int64_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove, memset

from gateway.detect._tokens cimport Pieces
from gateway.detect._topic_words cimport Words
from gateway.detect._weigh cimport CHUNK, LANES, SOON, activate, add_row, add_scaled, take_in, take_up, weigh

import numpy as np

from gateway.detect._topic_words import rated

cdef enum:
    UNIT = 64
    GAP = 2  # words between those that it sees
    LOOK = GAP + 1  # words on each side that a unit depends on (`topic_units.LOOK`)
    BATCH = 128 * 64  # words that are looked up at once (`topic_words.BATCH`)
    AHEAD = 3  # words that are asked for before they are needed
    SEEN = 2 * UNIT
    KEPT = 4096  # words of a trail at most: a megabyte
    NEXT = UNIT  # words of a trail among which the next one is looked for
    NONE = -1

cdef uint64_t PAIR_FIRST = 0x9E3779B97F4A7C15ULL
cdef uint64_t PAIR_MIX = 0xBF58476D1CE4E5B9ULL


cdef inline bint _again(int* seen, int number) noexcept nogil:
    """Tell whether the number was seen; note it. `seen` holds at most UNIT, in a table with open places."""
    cdef int place = number & (SEEN - 1)
    while seen[place] != NONE:
        if seen[place] == number:
            return True
        place = (place + 1) & (SEEN - 1)
    seen[place] = number
    return False


cdef class Trail:
    """What words said with their neighbours in one reading, for another of nearly the same words.

    A word says the same wherever it and the LOOK words on each side of it are the same ones, which are compared one by
    one. No words are kept, but their rows in a table. For one thread at a time.

    Attributes:
        kept: how many words there are.
        met: how many times one of them was met again.
    """

    cdef Words _words  # whose rows they are
    cdef int* _rows  # of the kept words, from LOOK before the first to LOOK behind the last; NONE: there is no word
    cdef float* _said
    cdef readonly Py_ssize_t kept, met

    def __dealloc__(self):
        PyMem_Free(self._rows)
        PyMem_Free(self._said)

    cdef bint make_room(self, Words words, Py_ssize_t count, Py_ssize_t width) except -1:
        """Tell whether what `count` words say is to be kept, of `width` numbers each; there is room for it then."""
        if self._rows != NULL or not count:
            return False
        self._rows = <int*>PyMem_Malloc((count + 2 * LOOK) * sizeof(int))
        self._said = <float*>PyMem_Malloc(count * width * sizeof(float))
        if self._rows == NULL or self._said == NULL:
            raise MemoryError
        self._words = words
        return True

    cdef void find(self, const int* rows, Py_ssize_t count, int* places) noexcept nogil:
        """Write which of the kept words says what each of `count` words does, or NONE; `rows` begin LOOK before the first.

        They are looked for in their order, each among the next few.
        """
        cdef Py_ssize_t word, place, begin = 0
        for word in range(count):
            places[word] = NONE
            for place in range(begin, min(begin + NEXT, self.kept)):
                if self._rows[place + LOOK] == rows[word + LOOK] and not memcmp(
                    self._rows + place, rows + word, (2 * LOOK + 1) * sizeof(int)
                ):
                    places[word] = <int>place
                    begin = place + 1
                    self.met += 1
                    break


cdef class Arithmetic:
    """The weights, as the arithmetic wants them: see `topic_units.CompiledUnits`, which makes them so.

    Rows are filled up with nought to a multiple of 64.
    """

    cdef const float[::1] first_bias, second_bias, hidden_bias, heads_bias, linear_bias, linear_scale, offset
    cdef const float[:, ::1] second, hidden, heads, slope
    cdef const int8_t[:, ::1] pairs
    cdef float steps
    cdef int channels, topics, middle, columns, wide
    cdef const float[::1] nothing
    cdef const float* silence

    def __init__(self, dict arrays not None, float steps):
        for name in ("second", "hidden", "heads"):
            if arrays[name].shape[1] % LANES:
                raise ValueError("rows that are not filled up")
        self.first_bias = arrays["first_bias"]
        self.second = arrays["second"]
        self.hidden = arrays["hidden"]
        self.hidden_bias = arrays["hidden_bias"]
        self.heads = arrays["heads"]
        self.heads_bias = arrays["heads_bias"]
        self.linear_bias = arrays["linear_bias"]
        self.linear_scale = arrays["linear_scale"]
        self.slope = arrays["slope"]
        self.offset = arrays["offset"]
        self.steps = steps
        self.channels = <int>self.first_bias.shape[0]
        self.middle = <int>self.hidden_bias.shape[0]
        self.topics = <int>self.heads_bias.shape[0]
        self.columns = 2 * self.channels + self.topics + 2
        self.wide = <int>self.second.shape[1]
        self.nothing = np.zeros(self.channels + 1, dtype=np.float32)
        self.silence = &self.nothing[0]
        sizes = (
            self.second.shape[0] == 3 * self.channels and self.second.shape[1] >= self.channels,
            arrays["second_bias"].shape[0] == self.channels,
            self.hidden.shape[0] == 2 * self.channels and self.hidden.shape[1] >= self.middle,
            self.heads.shape[0] == self.middle and self.heads.shape[1] >= self.topics >= 3,
            self.linear_bias.shape[0] == self.linear_scale.shape[0] == self.offset.shape[0] == self.topics,
            self.slope.shape[0] == 2 and self.slope.shape[1] == self.topics,
            arrays["pairs"].shape[0] == arrays["pairs_rarity"].shape[0] > 0,
            arrays["pairs"].shape[1] == self.topics,
        )
        if not all(sizes):
            raise ValueError("arrays of the wrong shape")
        self.second_bias = np.pad(arrays["second_bias"], (0, self.wide - self.channels))
        self.pairs = rated(arrays["pairs"], arrays["pairs_rarity"])

    def units(
        self,
        const int[::1] rows not None,
        Py_ssize_t before,
        Py_ssize_t behind,
        const float[:, ::1] products not None,
        const float[:, ::1] sums not None,
        const uint64_t[::1] identities not None,
    ):
        """Return what `topic_units.Units.units` says of it, (units, 2 H + T + 2).

        Args:
            rows: of each word, where it stands in the next three; the first `before` and the last `behind` are only
                looked at.
            products: (words, 3 H).
            sums: (words, T + 1).
            identities: (words,).

        Raises:
            IndexError: if a row is none, or the arrays don't fit.
        """
        cdef Py_ssize_t count = rows.shape[0] - before - behind, known = identities.shape[0], place
        cdef bint fits = before >= 0 and behind >= 0 and count >= 0
        fits = fits and products.shape[0] == known and products.shape[1] == 3 * self.channels
        fits = fits and sums.shape[0] == known and sums.shape[1] == self.topics + 1
        for place in range(rows.shape[0]):
            fits = fits and 0 <= rows[place] < known
        if not fits:
            raise IndexError("rows and arrays don't fit")
        made = np.zeros((max((count + UNIT - 1) // UNIT, 1), self.columns), dtype=np.float32)
        if count:
            self._pool(&rows[0], rows.shape[0], before, behind, products, sums, identities, made, None, None)
        return made

    cdef int _pool(
        self,
        const int* rows,
        Py_ssize_t size,
        Py_ssize_t before,
        Py_ssize_t behind,
        const float[:, ::1] products,
        const float[:, ::1] sums,
        const uint64_t[::1] identities,
        float[:, ::1] out,
        Words known,
        Trail trail,
    ) except -1:
        """Write the units; all rows are there, and all shapes fit.

        With a trail, `rows` are those of `known`, and LOOK before and behind them are NONE. It is followed, or made.
        """
        cdef size_t words = CHUNK + 2 * GAP, marks = words * (self.wide // LANES) * sizeof(uint64_t)
        cdef uint64_t* active = <uint64_t*>PyMem_Malloc(marks + words * self.wide * sizeof(float))
        cdef Py_ssize_t count = size - before - behind, keep = 0
        cdef int[UNIT] pairs
        cdef int* places = NULL
        cdef float* said = NULL
        if active == NULL:
            raise MemoryError
        try:
            if trail is not None and trail.kept and trail._words is known:
                places = <int*>PyMem_Malloc(count * sizeof(int))
                if places == NULL:
                    raise MemoryError
                said = trail._said
                trail.find(rows + before - LOOK, count, places)
            elif trail is not None and trail.make_room(known, min(count, <Py_ssize_t>KEPT), self.wide):
                keep, said = min(count, <Py_ssize_t>KEPT), trail._said
                memcpy(trail._rows, rows + before - LOOK, (keep + 2 * LOOK) * sizeof(int))
            with nogil:
                self._near(
                    rows, size, before, behind, products, out, <float*>(<char*>active + marks), active, places, said,
                    keep,
                )
                self._said(rows, size, before, behind, sums, identities, out, pairs)
            if keep:
                trail.kept = keep
        finally:
            PyMem_Free(places)
            PyMem_Free(active)
        return 0

    @cython.boundscheck(False)  # `units` has looked at all rows and shapes
    cdef void _near(
        self,
        const int* rows,
        Py_ssize_t size,
        Py_ssize_t before,
        Py_ssize_t behind,
        const float[:, ::1] products,
        float[:, ::1] out,
        float* room,
        uint64_t* active,
        const int* places,
        float* said,
        Py_ssize_t keep,
    ) noexcept nogil:
        """Write the network's half of the units.

        Args:
            places: of each word, where in `said` stands what it says, or NONE; NULL: of no word is that known.
            said: what words said; or room for what the first `keep` words say.
        """
        cdef int width = self.wide, channels = self.channels, parts = width // LANES, word, few, most
        cdef float* unit
        cdef Py_ssize_t begin = before, end = size - behind, at = NONE, first
        while begin < end:
            first = begin - before
            unit = &out[first // UNIT, 0]
            most = <int>min(end - begin, UNIT - first % UNIT)
            few = 1
            if places != NULL and places[first] != NONE:
                while few < most and places[first + few] == places[first] + few:
                    few += 1
                take_up(said + places[first] * width, few, channels, width, unit, unit + channels)
                unit[2 * channels] += few
                begin += few
                continue
            most = min(most, <int>CHUNK)
            while few < most and (places == NULL or places[first + few] == NONE):
                few += 1
            # First what the words say with their neighbours, GAP words before and behind included.
            if at != begin + GAP:
                at = begin - GAP
            while at < begin + few + GAP:
                word = <int>(at - begin + GAP)
                if 0 <= at < size:
                    self._activate(rows, size, at, &products[0, 0], room + word * width, active + word * parts)
                else:  # silence
                    memset(active + word * parts, 0, parts * sizeof(uint64_t))
                at += 1
            take_in(
                room, active, few, GAP, &self.second[0, 0], &self.second_bias[0], channels, width, unit,
                unit + channels, said + first * width if first + few <= keep else NULL,
            )
            unit[2 * channels] += few
            memmove(room, room + few * width, 2 * GAP * width * sizeof(float))
            memmove(active, active + few * parts, 2 * GAP * parts * sizeof(uint64_t))
            begin += few

    @cython.boundscheck(False)  # as above
    cdef void _activate(
        self, const int* rows, Py_ssize_t size, Py_ssize_t at, const float* products, float* out, uint64_t* active
    ) noexcept nogil:
        """Write one word's activations, and which they are."""
        cdef int channels = self.channels, part, block, few
        cdef Py_ssize_t pitch = 3 * channels
        cdef const float* bias = &self.first_bias[0]
        cdef const float* own = products + rows[at] * pitch + channels
        cdef const float* last = products + rows[at - 1] * pitch if at else self.silence
        cdef const float* following = products + rows[at + 1] * pitch + 2 * channels if at + 1 < size else self.silence
        cdef const float* soon
        if at + AHEAD < size:
            soon = products + rows[at + AHEAD] * pitch
            for block in range(0, 3 * channels, 16):
                SOON(soon + block)
        for part in range(self.wide // LANES):
            block = part * LANES
            few = min(channels - block, <int>LANES)
            active[part] = activate(bias + block, own + block, last + block, following + block, few, out + block)

    @cython.boundscheck(False)  # as above; a pair's row is masked by how many there are
    cdef void _said(
        self,
        const int* rows,
        Py_ssize_t size,
        Py_ssize_t before,
        Py_ssize_t behind,
        const float[:, ::1] sums,
        const uint64_t[::1] identities,
        float[:, ::1] out,
        int* pairs,
    ) noexcept nogil:
        """Write the linear half of the units; `pairs` has room for those of a unit."""
        cdef Py_ssize_t begin, place, end, unit
        cdef uint64_t mask = <uint64_t>(self.pairs.shape[0] - 1), pair
        cdef int offset
        cdef int[SEEN] words
        cdef int[SEEN] others
        cdef float* total
        cdef const signed char* rated_pair
        cdef float rare
        for unit in range(out.shape[0]):
            begin = before + unit * UNIT
            total = &out[unit, 2 * self.channels + 1]
            end = min(begin + UNIT, size - behind)
            for place in range(begin, min(end, size - 1)):
                pair = (identities[rows[place]] * PAIR_FIRST + identities[rows[place + 1]] + 1) * PAIR_MIX
                pairs[place - begin] = <int>((pair >> 33) & mask)
                SOON(&self.pairs[pairs[place - begin], 0])
                SOON(&sums[rows[place], 0])
                SOON(&sums[rows[place], self.topics])
            memset(words, NONE, sizeof(words))
            memset(others, NONE, sizeof(others))
            for place in range(begin, end):
                offset = <int>(place - begin)
                if not _again(words, rows[place]):
                    add_row(&sums[rows[place], 0], self.topics + 1, total)
                if place + 1 < size and not _again(others, pairs[offset]):
                    rated_pair = <const signed char*>&self.pairs[pairs[offset], 0]
                    rare = <unsigned char>rated_pair[0] / self.steps
                    add_scaled(rated_pair + 1, &self.linear_scale[0], rare, self.topics, total)
                    total[self.topics] += rare * rare

    def read(
        self,
        cache not None,
        list pieces not None,
        uint64_t address,
        Py_ssize_t skip,
        Py_ssize_t lead,
        const float[::1] last,
        const float[::1] before,
        Trail trail=None,
    ):
        """Return what `topic_units.Units.read` says of it.

        Args:
            cache: a `topic_words.CompiledCache` of the same weights.
            pieces: as there.
            address: the hash for every token that has an `@`.
            skip: and the rest: as there.
            trail: of another reading, or to be made.

        Raises:
            IndexError: if there are not so many tokens, or `last` or `before` are none of its.
        """
        cdef Pieces tokens = Pieces(pieces, address)
        cdef Py_ssize_t count = tokens.count, number, at, first, end, row = last is not None
        cdef Words known = cache.known
        cdef float[:, ::1] out
        if not 0 <= skip <= count or not 0 <= lead <= count - skip:
            raise IndexError("no such tokens")
        if last is not None and last.shape[0] != self.columns:
            raise IndexError("no such units")
        if known._products.shape[1] != 3 * self.channels or known._sums.shape[1] != self.topics + 1:
            raise IndexError("words of other weights")
        cdef int* room = <int*>PyMem_Malloc((min(count, <Py_ssize_t>BATCH + 2 * LOOK) + 2 * LOOK) * sizeof(int))
        cdef int* rows = room + LOOK
        if room == NULL:
            raise MemoryError
        for number in range(LOOK):
            room[number] = NONE
        try:
            made = np.zeros((row + max((count - skip - lead + UNIT - 1) // UNIT, 1), self.columns), dtype=np.float32)
            out = made
            if last is not None:
                memcpy(&out[0, 0], &last[0], self.columns * sizeof(float))
            for at in range(skip + lead, count, BATCH):
                first, end = max(at - LOOK, skip), min(at + BATCH + LOOK, count)
                while not known.find(
                    tokens.hashes, tokens.starts, tokens.ends, tokens.bounds, tokens.texts, first, end, rows
                ):
                    known = cache.anew()
                for number in range(LOOK):
                    rows[end - first + number] = NONE
                self._pool(
                    rows, end - first, at - first, max(end - at - BATCH, 0), known._products, known._sums,
                    known._identities, out[row : row + BATCH // UNIT], known, trail if at == skip + lead else None,
                )
                row += BATCH // UNIT
            return made, [tokens.bounds[number] for number in range(tokens.size)], self.highest(out, before)
        finally:
            PyMem_Free(room)

    def halves(self, const float[:, ::1] units not None):
        """Return the logits of network and linear half, (windows, T) each, for the units that `units` gives.

        Raises:
            IndexError: if they are none of its.
        """
        if not units.shape[0] or units.shape[1] != self.columns:
            raise IndexError("no such units")
        cdef Py_ssize_t windows = max(units.shape[0] - 1, 1), window
        made = np.empty((2, windows, self.topics), dtype=np.float32)
        cdef float[:, :, ::1] out = made
        cdef float[::1] room = np.empty(self._room(), dtype=np.float32)
        cdef const float* other
        with nogil:
            for window in range(windows):
                other = &units[window + 1, 0] if units.shape[0] > 1 else NULL
                self._window(&units[window, 0], other, &out[0, window, 0], &out[1, window, 0], &room[0])
        return made[0], made[1]

    cdef Py_ssize_t _room(self):
        """Return how many numbers `_window` needs: what the hidden layer reads, what it says, and what the heads say."""
        return 2 * self.channels + self.hidden.shape[1] + self.heads.shape[1]

    @cython.boundscheck(False)  # there is room
    cdef void _window(
        self, const float* one, const float* other, float* near, float* linear, float* room
    ) noexcept nogil:
        """Write one window's logits; `other` is NULL where one unit is all."""
        cdef int channels = self.channels, topics = self.topics, column
        cdef float* middle = room + 2 * channels
        cdef float* sums = middle + self.hidden.shape[1]
        cdef float words = one[2 * channels], square = one[2 * channels + 1 + topics], said
        if other != NULL:
            words += other[2 * channels]
            square += other[2 * channels + 1 + topics]
        words = words if words > 1 else 1
        for column in range(channels):
            room[column] = one[column]
            said = one[channels + column]
            if other != NULL:
                room[column] = room[column] if other[column] <= room[column] else other[column]
                said += other[channels + column]
            room[channels + column] = said / words
        memset(middle, 0, (self.hidden.shape[1] + self.heads.shape[1]) * sizeof(float))
        weigh(room, 2 * channels, &self.hidden[0, 0], <int>self.hidden.shape[1], middle)
        for column in range(self.middle):
            said = middle[column] + self.hidden_bias[column]
            middle[column] = 0 if said <= 0 else said
        weigh(middle, self.middle, &self.heads[0, 0], <int>self.heads.shape[1], sums)
        square = sqrtf(1 if square < 1 else square)
        for column in range(topics):
            near[column] = sums[column] + self.heads_bias[column]
            said = one[2 * channels + 1 + column]
            if other != NULL:
                said += other[2 * channels + 1 + column]
            linear[column] = said / square + self.linear_bias[column]

    cpdef probabilities(self, const float[:, ::1] units):
        """Return the (windows, topics) probabilities for the units that `units` gives; NaN stays NaN.

        Raises:
            IndexError: if they are none of its.
        """
        if not units.shape[0] or units.shape[1] != self.columns:
            raise IndexError("no such units")
        cdef Py_ssize_t windows = max(units.shape[0] - 1, 1), window, last = self.topics - 3
        made = np.empty((windows, self.topics - 1), dtype=np.float32)
        cdef float[:, ::1] out = made
        cdef int topic
        cdef float moderate, high, total
        cdef float* room = <float*>PyMem_Malloc((self._room() + 2 * self.topics) * sizeof(float))
        if room == NULL:
            raise MemoryError
        cdef float* near = room + self._room()
        cdef float* linear = near + self.topics
        with nogil:
            for window in range(windows):
                self._window(
                    &units[window, 0], &units[window + 1, 0] if units.shape[0] > 1 else NULL, near, linear, room
                )
                for topic in range(self.topics - 3):
                    out[window, topic] = 1 / (1 + expf(-self._logit(near[topic], linear[topic], topic)))
                moderate = expf(self._logit(near[last + 1], linear[last + 1], last + 1))
                high = expf(self._logit(near[last + 2], linear[last + 2], last + 2))
                total = expf(self._logit(near[last], linear[last], last)) + moderate + high
                out[window, last] = (moderate + high) / total
                out[window, last + 1] = high / total
        PyMem_Free(room)
        return made

    cpdef highest(self, const float[:, ::1] units, const float[::1] before):
        """Return (windows, topics): the highest probability up to each window, NaN from where there is one.

        Args:
            units: as `units` gives them.
            before: (topics,): what is highest of earlier windows; None: there are none.

        Raises:
            IndexError: if they don't fit.
        """
        if before is not None and before.shape[0] != self.topics - 1:
            raise IndexError("no such topics")
        made = self.probabilities(units)
        cdef float[:, ::1] out = made
        cdef Py_ssize_t window, topic
        cdef float earlier
        for window in range(out.shape[0]):
            if not window and before is None:
                continue
            for topic in range(self.topics - 1):
                earlier = out[window - 1, topic] if window else before[topic]
                out[window, topic] = out[window, topic] if not out[window, topic] <= earlier else earlier
                if earlier != earlier:
                    out[window, topic] = earlier
        return made

    cdef float _logit(self, float near, float linear, Py_ssize_t topic) noexcept nogil:
        cdef float logit = near * self.slope[0, topic] + linear * self.slope[1, topic] + self.offset[topic]
        return 30 if logit > 30 else -30 if logit < -30 else logit
