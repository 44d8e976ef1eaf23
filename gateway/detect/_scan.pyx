"""One pass over a text for all expressions: what `gateway.detect.profile` and the gates of families find out, compiled.

The characters of a text are sorted into kinds (`gateway.detect.kinds`), and the literals of all families, context
words and signs are found in it. From that follows, in whole numbers alone, which families may match and where; only
there an expression runs.

Bounds are checked, except in the two loops over the text: there each index is below the length of what was allocated a
few lines before, or a table's own size, as said beside it.
"""

cimport cython
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort
from libc.string cimport memcpy

from gateway.detect._gates cimport (
    ALL_KINDS, FamilyGate, Gates, KINDS, Look, NeedGate, ProbeGate, SHAPE_WORDS, WINDOW_WORDS
)
from gateway.detect._literals cimport (
    DIGIT, LETTER, Numbers, SPACE, add_pair, check_size, fold_points, in_order, kind_of
)

cdef extern from "Python.h":
    Py_UCS4 PyUnicode_READ(int kind, const void* data, Py_ssize_t index) noexcept nogil

cdef extern from *:
    """
    #include <stdint.h>
    static inline int lowest(uint64_t bits)  /* of a number that is not 0 */
    {
    #ifdef __GNUC__
        return __builtin_ctzll(bits);
    #else
        int place = 0;
        while (!(bits >> place & 1)) place++;
        return place;
    #endif
    }
    """
    int lowest(uint64_t bits) noexcept nogil

cdef enum:
    LONGEST = 32
    WINDOW_SIZE = 4
    DIGITS_AT = 4096
    WORDS_AT = 4129
    SHORTEST_RUN = 12
    SPANS = 64
    DENSE = 6
    FAR = 1 << 30
    RELEASED = 4096
    WIDEST = 4096
    MANY = 2048  # characters from which on it pays to find out where their kinds change
    BEHIND = 0  # `END` and `FOREIGN` of `gateway.detect.openings`
    FOREIGN = 1


cdef uint8_t[128] _KINDS
cdef uint64_t[256] _SPREAD  # eight bits with seven of 0 behind each: times as many, all pairs of them
cdef int _code, _bit
for _code in range(128):
    _KINDS[_code] = <uint8_t>kind_of(_code)
for _code in range(256):
    for _bit in range(8):
        _SPREAD[_code] |= <uint64_t>(_code >> _bit & 1) << 8 * _bit


@cython.no_gc  # it leads to nothing that leads to it, and needs its gates to its end
cdef class Scan:
    """What is known of one text; as `gateway.detect.profile.Profile`, which says what each of these is.

    Args:
        gates: what will be asked.
        text: the text.
        keys: the words that lead to it.
    """

    cdef readonly str text, keys
    cdef Gates _gates
    cdef Py_ssize_t _size, _digit_count
    cdef int32_t _longest
    cdef uint64_t[SHAPE_WORDS] _shapes
    cdef uint64_t _pairs  # which of the first 64 of these are not 0: pairs of kinds that two characters in a row have
    cdef int32_t[2] _stretches  # the longest run of digits, and of letters and digits
    cdef int32_t[SPANS] _spans
    cdef int32_t* _digits
    cdef int32_t* _turns  # where a character is of another kind than the one before it, and again by kind; or NULL
    cdef int32_t[KINDS + 1] _turns_of  # where those of each kind begin, behind all in order of place
    cdef int32_t* _slots
    cdef Numbers _hits, _runs, _held, _key_held, _filled
    cdef uint8_t* _due
    cdef uint16_t* _windows
    cdef Numbers** _regions
    cdef Numbers** _together

    def __cinit__(self, Gates gates not None, str text not None, str keys not None):
        cdef Py_ssize_t size = len(text)
        check_size(size)
        check_size(len(keys))
        self._gates, self.text, self.keys, self._size = gates, text, keys, size
        self._digits = <int32_t*>malloc((size + 1) * sizeof(int32_t))
        self._due = <uint8_t*>malloc(gates.families + 1)
        self._windows = <uint16_t*>malloc((size + 2 * WINDOW_SIZE) * sizeof(uint16_t))
        if self._digits == NULL or self._due == NULL or self._windows == NULL:
            raise MemoryError
        self._regions = <Numbers**>gates.lend()
        self._together = self._regions + gates.needs
        self._slots = <int32_t*>(self._together + gates.sets)
        if keys:
            self._read_keys()
        self._read()

    cdef int _read_keys(self) except -1:
        """Find the literals in the keys; of these it is only asked whether they are there."""
        cdef Numbers hits
        hits.at, hits.count, hits.room = NULL, 0, 0
        try:
            self._find(self.keys, &hits, &self._key_held)
        finally:
            free(hits.at)
        self._forget(&self._key_held)
        return 0

    cdef void _forget(self, const Numbers* held) noexcept:
        """Clear the numbers of these literals."""
        cdef Py_ssize_t place
        for place in range(0, held.count, 2):
            self._slots[held.at[place]] = 0

    cdef Numbers* _fill(self, Py_ssize_t number) except NULL:
        """Return an empty list, which is kept among the regions from now on."""
        cdef Numbers* its
        add_pair(&self._filled, <int32_t>number, 0)
        its = self._regions[number] = <Numbers*>calloc(1, sizeof(Numbers))
        if its == NULL:
            raise MemoryError
        return its

    def __dealloc__(self):
        cdef Py_ssize_t place
        cdef Numbers* its
        if self._regions != NULL:
            for place in range(0, self._filled.count, 2):
                its = self._regions[self._filled.at[place]]
                if its != NULL:
                    free(its.at)
                    free(its)
                self._regions[self._filled.at[place]] = NULL
            self._forget(&self._held)
            self._forget(&self._key_held)
            self._gates.take_back(self._regions)
        free(self._filled.at)
        free(self._digits)
        free(self._turns)
        free(self._due)
        free(self._windows)
        free(self._hits.at)
        free(self._runs.at)
        free(self._held.at)
        free(self._key_held.at)

    cdef int _find(self, str text, Numbers* hits, Numbers* held) except -1:
        cdef Py_ssize_t size = len(text)
        cdef int kind = PyUnicode_KIND(text)
        cdef const void* data = PyUnicode_DATA(text)
        cdef Py_UCS4* points = <Py_UCS4*>malloc((size + 1) * sizeof(Py_UCS4))
        if points == NULL:
            raise MemoryError
        try:
            if size < RELEASED:
                fold_points(kind, data, size, points)
                self._gates.literals.find(kind, data, size, points, self._slots, hits, held)
            else:
                with nogil:  # the text cannot change, and is held by the caller
                    fold_points(kind, data, size, points)
                    self._gates.literals.find(kind, data, size, points, self._slots, hits, held)
        finally:
            free(points)
        return 0

    cdef int _read(self) except -1:
        cdef int kind = PyUnicode_KIND(self.text)
        cdef const void* data = PyUnicode_DATA(self.text)
        self._find(self.text, &self._hits, &self._held)
        if self._size < RELEASED:
            self._sort(kind, data)
        else:
            with nogil:
                self._sort(kind, data)
        return 0

    cdef int _sort(self, int kind, const void* data) except -1 nogil:
        """Find digits, runs and shapes."""
        cdef Py_ssize_t place, digits = 0, first_digit = 0, word = 0, run = 0
        cdef uint32_t window = SPACE, c
        cdef int its, last = SPACE
        cdef int32_t* digits_at = self._digits
        cdef uint16_t* windows = self._windows
        # place < size, and `_digits` and `_windows` have room for as many, these for 8 more; a window has twelve bits,
        # a length is at most LONGEST.
        for place in range(self._size):
            c = PyUnicode_READ(kind, data, place)
            its = _KINDS[c] if c < 128 else kind_of(c)
            window = ((window << 3) | its) & 0xFFF
            if place >= 2:
                self._shapes[window >> 6] |= <uint64_t>1 << (window & 63)
                if place >= 3:
                    windows[place - 3] = <uint16_t>window
            if its == DIGIT:
                digits_at[digits] = <int32_t>place
                digits += 1
            if its == last:
                continue
            if its == DIGIT:
                first_digit = place
            elif last == DIGIT:
                self._length(0, place - first_digit)
            if its <= LETTER:
                if last > LETTER:
                    word = place
            elif last <= LETTER:
                self._length(1, place - word)
            if last == SPACE:
                run = place
            elif its == SPACE:
                self._run(run, place)
            last = its
        for place in range(self._size, self._size + 2 * WINDOW_SIZE - 1):
            window = ((window << 3) | SPACE) & 0xFFF
            if 2 <= place < self._size + WINDOW_SIZE:
                self._shapes[window >> 6] |= <uint64_t>1 << (window & 63)
            if place >= 3:
                windows[place - 3] = <uint16_t>window
        if last == DIGIT:
            self._length(0, self._size - first_digit)
        if last <= LETTER:
            self._length(1, self._size - word)
        if last != SPACE:
            self._run(run, self._size)
        self._digit_count = digits
        for place in range(KINDS * KINDS):
            self._pairs |= <uint64_t>(self._shapes[place] != 0) << place
        return 0

    cdef inline void _length(self, int words, Py_ssize_t length) noexcept nogil:
        cdef int counted = <int>(length if length < LONGEST else LONGEST)
        cdef int bit = (WORDS_AT if words else DIGITS_AT) + counted
        self._stretches[words] = max(self._stretches[words], counted)
        self._shapes[bit >> 6] |= <uint64_t>1 << (bit & 63)

    cdef inline int _run(self, Py_ssize_t start, Py_ssize_t end) except -1 nogil:
        if end - start >= SHORTEST_RUN:
            add_pair(&self._runs, <int32_t>start, <int32_t>end)
            if end - start > self._longest:
                self._longest = <int32_t>(end - start)
        return 0

    # --- what Profile offers ---

    @property
    def shapes(self):
        """The runs of kinds of characters in the text."""
        return int.from_bytes((<uint8_t*>self._shapes)[: 8 * SHAPE_WORDS], "little")

    @property
    def digit_count(self):
        """How many digits there are."""
        return self._digit_count

    cpdef bint has_digits(self, Py_ssize_t digits, Py_ssize_t width) except -1:
        """Tell whether there are so many digits within `width`."""
        cdef Py_ssize_t first, span
        cdef int32_t best = FAR
        if digits < 1:
            raise ValueError("no digits")
        if self._digit_count < digits:
            return False
        if digits < SPANS and self._spans[digits]:
            return self._spans[digits] - 1 < width
        for first in range(self._digit_count - digits + 1):  # first + digits - 1 < _digit_count
            span = self._digits[first + digits - 1] - self._digits[first]
            if span < best:
                best = <int32_t>span
        if digits < SPANS:
            self._spans[digits] = best + 1
        return best < width

    def has_run(self, Py_ssize_t length):
        """Tell whether there is so long a run, of at least twelve characters, without white space."""
        return self._longest >= length

    def clusters(self, Py_ssize_t digits, Py_ssize_t width):
        """Return where a match of at most `width` with at least so many `digits` can lie."""
        cdef Numbers spots
        spots.at, spots.count, spots.room = NULL, 0, 0
        try:
            self._clusters(digits, width, &spots)
            return _pairs(&spots)
        finally:
            free(spots.at)

    def holds(self, int words):
        """Tell whether the text holds a literal of the set `words`."""
        self._check_set(words)
        return self._holds(words)

    def starts(self, int words):
        """Return where the literals of the set `words` start, in order."""
        cdef Numbers* places
        cdef Py_ssize_t place
        self._check_set(words)
        places = self._gather(words)
        return [places.at[place] for place in range(0, places.count, 2)]

    def crowded(self, int words, Py_ssize_t count, Py_ssize_t width):
        """Tell whether so many literals of the set `words` start within `width`."""
        cdef Numbers* places
        cdef Py_ssize_t first
        self._check_set(words)
        if count < 1:
            raise ValueError("no literals")
        places = self._gather(words)
        for first in range(0, places.count - 2 * count + 2, 2):  # first + 2 * count - 2 < places.count
            if places.at[first + 2 * count - 2] - places.at[first] < width:
                return True
        return False

    def near(self, Py_ssize_t start, Py_ssize_t end, int words, Py_ssize_t before, Py_ssize_t after):
        """Tell whether a literal of the set `words` starts in a place, or so near before or behind it."""
        self._check_set(words)
        return _is_near(self._gather(words), start - before, end + after)

    cdef int _check_set(self, int words) except -1:
        if not 0 <= words < self._gates.sets:
            raise IndexError(words)
        return 0

    def found(self, pattern, Py_ssize_t start, Py_ssize_t end):
        """Return the matches of an expression between two places, as `finditer` finds them."""
        found = []
        if start < 0:
            raise IndexError(start)
        self._match(self._gates._other(pattern, self.text.isascii()), start, end, NULL, found)
        return found

    def found_in_numbers(self, pattern, Py_ssize_t digits, Py_ssize_t width):
        """Return the matches of an expression where one of at most `width` with at least so many `digits` can lie."""
        cdef Numbers spots
        cdef Py_ssize_t place
        cdef Look look
        found = []
        if not self.has_digits(digits, width):
            return found
        look = self._gates._other(pattern, self.text.isascii())
        if not self._has_look(self._gates._rows + look.rows):
            return found
        spots.at, spots.count, spots.room = NULL, 0, 0
        try:
            self._clusters(digits, width, &spots)
            for place in range(0, spots.count, 2):
                self._match(look, spots.at[place], spots.at[place + 1], NULL, found)
        finally:
            free(spots.at)
        return found

    def is_led_to(self, int words):
        """Tell whether a literal of the set `words` is in the keys."""
        self._check_set(words)
        return self._is_led_to(words)

    # --- gates ---

    cdef bint _holds(self, int words) noexcept:
        """Tell whether a literal of the set is in the text; `words` is a set's number."""
        cdef int32_t number
        for number in range(self._gates._set_begins[words], self._gates._set_begins[words + 1]):
            if self._slots[self._gates._set_items[number]]:
                return True
        return False

    cdef bint _is_led_to(self, int words) noexcept:
        """Tell whether a literal of the set is in the keys, which hold few; `words` is a set's number."""
        cdef int32_t number
        cdef Py_ssize_t place
        for place in range(0, self._key_held.count, 2):
            for number in range(self._gates._set_begins[words], self._gates._set_begins[words + 1]):
                if self._gates._set_items[number] == self._key_held.at[place]:
                    return True
        return False

    cdef Numbers* _gather(self, Py_ssize_t words) except NULL:
        """Return the places of all literals of a set, in order (each twice: they are pairs)."""
        cdef Numbers* its = self._together[words]
        cdef int32_t number, slot, hit
        if its != NULL:
            return its
        its = self._fill(self._gates.needs + words)
        for number in range(self._gates._set_begins[words], self._gates._set_begins[words + 1]):
            slot = self._slots[self._gates._set_items[number]]
            hit = self._held.at[2 * slot - 1] if slot else 0
            while hit:
                add_pair(its, self._hits.at[2 * hit - 2], self._hits.at[2 * hit - 2])
                hit = self._hits.at[2 * hit - 1]
        if its.count:
            qsort(its.at, its.count, sizeof(int32_t), in_order)
        return its

    cdef int _clusters(self, Py_ssize_t digits, Py_ssize_t width, Numbers* spots) except -1:
        cdef Py_ssize_t first
        cdef int32_t low, high
        if digits < 1:
            raise ValueError("no digits")
        if self._digit_count < digits:
            return 0
        if self._digit_count * DENSE > self._size:
            return add_pair(spots, 0, <int32_t>self._size)
        for first in range(self._digit_count - digits + 1):  # first + digits - 1 < _digit_count
            low, high = self._digits[first], self._digits[first + digits - 1]
            if high - low < width:
                self._spread(spots, low, high, width)
        return 0

    cdef int _spread(self, Numbers* spots, Py_ssize_t first, Py_ssize_t last, Py_ssize_t width) except -1:
        """Add `[last - width, first + width)`, within the text; these come in order."""
        cdef Py_ssize_t low = last - width if last > width else 0
        cdef Py_ssize_t high = first + width if first + width < self._size else self._size
        if spots.count and low <= spots.at[spots.count - 1]:
            if high > spots.at[spots.count - 1]:
                spots.at[spots.count - 1] = <int32_t>high
            return 0
        return add_pair(spots, <int32_t>low, <int32_t>high)

    cdef bint _may_hold(self, const NeedGate* need) except -1:
        if need.digits and not self.has_digits(need.digits, need.width):
            return False
        return self._longest >= need.solid

    cdef Numbers* _region(self, int number) except? NULL:
        """Return where a match of this need can lie; NULL for "anywhere"."""
        cdef NeedGate* need = &self._gates._needs[number]
        cdef Numbers* its = self._regions[number]
        cdef Numbers digits, runs
        cdef Py_ssize_t place
        if its != NULL or (not need.digits and not need.solid):
            return its
        its = self._fill(number)
        digits.at, digits.count, digits.room = NULL, 0, 0
        runs.at, runs.count, runs.room = NULL, 0, 0
        try:
            if need.digits:
                self._clusters(need.digits, need.width, &digits if need.solid else its)
            if need.solid:
                for place in range(0, self._runs.count, 2):
                    if self._runs.at[place + 1] - self._runs.at[place] >= need.solid:
                        self._spread(
                            &runs if need.digits else its, self._runs.at[place + 1], self._runs.at[place], need.width
                        )
            if need.digits and need.solid:
                _common(&digits, &runs, its)
        finally:
            free(digits.at)
            free(runs.at)
        return its

    cdef bint _has_look(self, const uint32_t* row) noexcept:
        """Tell whether the text has what any match that looks so holds: all rows of one of the ways.

        Behind a way there is a 0, behind the last one two.
        """
        while row[0]:
            while row[0] and self._has_row(row[0]):
                row += 1
            if not row[0]:
                return True
            while row[0]:
                row += 1
            row += 1
        return False

    cdef inline bint _has_row(self, uint32_t row) noexcept:
        """Tell whether the text has one of the sequences, or so long a run (`gateway.detect.shapes.row_of`)."""
        cdef uint64_t lasts, firsts
        if not row & ALL_KINDS:
            return self._stretches[row >> 8 & 1] >= <int32_t>(row >> 16)
        lasts = _SPREAD[row >> 16 & ALL_KINDS] * (row >> 24)
        # Of the pairs that a sequence may begin with those that there are: few, in most texts.
        firsts = _SPREAD[row & ALL_KINDS] * (row >> KINDS & ALL_KINDS) & self._pairs
        while firsts:
            if self._shapes[lowest(firsts)] & lasts:
                return True
            firsts &= firsts - 1
        return False

    cdef bint _is_due(self, int probe) except -1:
        cdef ProbeGate* gate = &self._gates._probes[probe]
        if gate.literals >= 0 and not self._holds(gate.literals):
            return False
        if gate.digits and not self.has_digits(gate.digits, self._gates._close):
            return False
        if gate.context < 0 or not gate.needs_context or (gate.counts_alone and self._stands_alone()):
            return True
        if self._holds(gate.context):
            return True
        return self._is_led_to(gate.context) and bool(self._gates._contexts[probe].may_be_among(self.keys))

    cdef bint _stands_alone(self) noexcept:
        """Tell whether the text may be nothing but a value that no key leads to: that needs no context word."""
        return self._size <= self._gates._alone and not self.keys

    def due(self):
        """Return the families that may match: number, numbers of the probes that may count, places to look at."""
        cdef Numbers spots
        cdef Py_ssize_t number = -1
        spots.at, spots.count, spots.room = NULL, 0, 0
        found = []
        self._trigger()
        try:
            while (number := self._next_due(number + 1, &spots)) >= 0:
                found.append((number, self._due_probes(number), _pairs(&spots)))
        finally:
            free(spots.at)
        return found

    def matches(self):
        """Return what families match: number, numbers of the probes that may count, matches of its expression."""
        cdef Numbers spots
        cdef Py_ssize_t number = -1
        cdef list its = []
        spots.at, spots.count, spots.room = NULL, 0, 0
        found = []
        self._trigger()
        try:
            while (number := self._next_due(number + 1, &spots)) >= 0:
                self._add_matches(number, &spots, its)
                if its:  # of most families nothing is made but this
                    found.append((number, self._due_probes(number), its))
                    its = []
        finally:
            free(spots.at)
        return found

    @cython.boundscheck(False)
    cdef int _find_turns(self) except -1:
        """Find where the kind of characters changes."""
        cdef Py_ssize_t place, count = 0
        cdef int kind, last = KINDS
        cdef int32_t[KINDS] behind
        cdef const uint16_t* windows = self._windows
        cdef int32_t* turns = <int32_t*>malloc((2 * self._size + 1) * sizeof(int32_t))
        if turns == NULL:
            raise MemoryError
        for kind in range(KINDS):
            behind[kind] = 0
        # place < size: there is room for each place twice; a window has twelve bits, its first kind three.
        for place in range(self._size):
            kind = windows[place] >> 9
            if kind != last:
                turns[count] = <int32_t>place
                count += 1
                behind[kind] += 1
                last = kind
        self._turns_of[0] = <int32_t>count
        for kind in range(KINDS):
            self._turns_of[kind + 1] = self._turns_of[kind] + behind[kind]
            behind[kind] = self._turns_of[kind]
        for place in range(count):
            kind = windows[turns[place]] >> 9
            turns[behind[kind]] = turns[place]
            behind[kind] += 1
        self._turns = turns
        return 0

    cdef Py_ssize_t _next_due(self, Py_ssize_t number, Numbers* spots) except -2:
        """Return the first family from this number on that may match, with the places to look at; -1 if there is none.

        What rules out most is asked first, and stands in a few lines of memory.
        """
        cdef Gates gates = self._gates
        cdef bint in_ascii = self.text.isascii()
        cdef int32_t need
        for number in range(number, gates.families):
            if not self._due[number]:
                continue
            need = gates._needs_of[number]
            if need >= 0 and not self._may_hold(&gates._needs[need]):
                continue
            if not gates._rows_at[2 * number + in_ascii]:
                gates._look(number, in_ascii)
            if not self._has_look(gates._rows + gates._rows_at[2 * number + in_ascii]) or not self._has_probe(number):
                continue
            spots.count = 0
            self._spots(number, spots)
            if spots.count:
                return number
        return -1

    cdef bint _has_probe(self, Py_ssize_t number) except -1:
        """Tell whether a probe of the family may count."""
        cdef int probe
        for probe in range(self._gates._families[number].probes, self._gates._families[number].probes_end):
            if self._is_due(probe):
                return True
        return False

    cdef list _due_probes(self, Py_ssize_t number):
        """Return the numbers of the family's probes that may count."""
        cdef int probe, first = self._gates._families[number].probes
        return [probe - first for probe in range(first, self._gates._families[number].probes_end) if self._is_due(probe)]

    cdef int _add_matches(self, Py_ssize_t number, const Numbers* spots, list found) except -1:
        """Add the matches of a family's expression in `spots`: one of unbounded width is run in windows."""
        cdef Py_ssize_t place, start, end, low
        cdef Look look = self._gates._look(number, self.text.isascii())
        cdef bint unbounded = self._gates._needs_of[number] < 0
        cdef Numbers* places = NULL
        if (look.leading != ALL_KINDS or look.lead < WIDEST) and self._gates._families[number].sought >= 0:
            places = self._gather(self._gates._families[number].sought)
        for place in range(0, spots.count, 2):
            start, end = spots.at[place], spots.at[place + 1]
            if unbounded and end - start > self._gates._window:
                for low in range(start, end, self._gates._window - self._gates._overlap):
                    start = self._match(look, max(low, start), min(low + self._gates._window, end), places, found)
            else:
                self._match(look, start, end, places, found)
        return 0

    @cython.boundscheck(False)
    cdef Py_ssize_t _match(
        self, Look look, Py_ssize_t start, Py_ssize_t end, const Numbers* places, list found
    ) except -1:
        """Add the matches between two places, as `finditer` finds them; return where the last one ends, or `start`.

        Where `places` are given, one of these is in any match, and in front of it only the kinds `look.leading`, at
        most `look.lead` characters.
        """
        cdef Py_ssize_t place = start, literal = 0, next_literal = -1, low, known = 0, last = 0
        cdef const int32_t* begins = NULL  # where else nothing can begin, in order
        cdef uint32_t window
        cdef const uint16_t* windows = self._windows
        cdef const uint64_t* first
        cdef const uint64_t* second
        cdef const uint64_t* before
        if end > self._size:
            end = self._size
        if look.begins == NULL:
            for match in look.expression.finditer(self.text, start, end):
                found.append(match)
                start = match.end()
            return start
        before = look.begins
        first = before + KINDS
        second = first + WINDOW_WORDS
        if places != NULL:
            literal = 2 * _first_from(places.at, 2, places.count >> 1, start)
        elif look.at_turns and self._size >= MANY:
            if self._turns == NULL:
                self._find_turns()
            begins, last = self._turns, self._turns_of[0]
            if look.kind >= 0:
                begins += self._turns_of[look.kind]
                last = self._turns_of[look.kind + 1] - self._turns_of[look.kind]
        elif look.in_digits:
            begins, last = self._digits, self._digit_count
        if begins != NULL:
            known = _first_from(begins, 1, last, start)
        # place < size, and `_windows` has room for 4 more; a window has twelve bits, its first kind three; literal is
        # below `places.count`, known below `last`. What is in front of a literal is read once: never beyond
        # `place`, which has passed the literal before it.
        while place < end:
            if places != NULL:
                if next_literal < place:
                    while literal < places.count and places.at[literal] < place:
                        literal += 1
                    if literal == places.count:
                        break
                    next_literal = low = places.at[literal]
                    if look.lead < WIDEST and low - look.lead > place:
                        place = low - look.lead
                    while low > place and (look.leading >> (windows[low - 1] >> 9)) & 1:
                        low -= 1
                    place = low
                    if place >= end:
                        break
            elif begins != NULL:
                while known < last and begins[known] < place:
                    known += 1
                if known == last:
                    break
                place = begins[known]
                if place >= end:
                    break
            else:
                while place < end and not (first[windows[place] >> 6] >> (windows[place] & 63)) & 1:
                    place += 1
                if place >= end:
                    break
            window = windows[place]
            if (
                (first[window >> 6] >> (window & 63)) & 1
                and (place == 0 or (before[window >> 9] >> (windows[place - 1] >> 9)) & 1)
            ):
                window = windows[place + WINDOW_SIZE]
                if (
                    (second[window >> 6] >> (window & 63)) & 1
                    and self._opens(look, place, end)
                    and (not look.run or self._is_whole(look, place, end))
                ):
                    match = look.expression.match(self.text, place, end)
                    if match is not None:
                        found.append(match)
                        place = start = match.end()
                        continue
            place += 1
        return start

    @cython.boundscheck(False)
    cdef inline bint _opens(self, Look look, Py_ssize_t start, Py_ssize_t end) noexcept:
        """Tell whether a match may begin with the characters at `start`: they leave one of the ways that there are."""
        cdef int kind = PyUnicode_KIND(self.text)
        cdef const void* data = PyUnicode_DATA(self.text)
        cdef uint64_t ways = ~<uint64_t>0
        cdef Py_ssize_t step
        cdef uint32_t c, its
        # `start + step` is below `end`, which is at most the text's size; a class is below the columns of `allowed`.
        for step in range(look.depth):
            its = BEHIND
            if start + step < end:
                c = PyUnicode_READ(kind, data, start + step)
                its = look.classes[c] if c < 128 else FOREIGN
            ways &= look.allowed[step * look.columns + its]
            if not ways:
                return False
        return True

    @cython.boundscheck(False)
    cdef inline bint _is_whole(self, Look look, Py_ssize_t start, Py_ssize_t end) noexcept:
        """Tell whether the run of the match's kinds of characters from `start` on is as long as a match may be."""
        cdef Py_ssize_t place = start, last = min(end, start + look.most + 1)
        # place < end, which is at most the text's size: `_windows` has as many.
        while place < last and (look.run >> (self._windows[place] >> 9)) & 1:
            place += 1
        return look.least <= place - start <= look.most

    cdef int _trigger(self) except -1:
        """Mark the families that nothing must trigger, and those whose triggers the text or its keys hold."""
        cdef Py_ssize_t families = self._gates.families
        memcpy(self._due, self._gates._untriggered + (families if self._stands_alone() else 0), families)
        self._trigger_by(&self._held)
        return self._trigger_by(&self._key_held)

    cdef int _trigger_by(self, const Numbers* held) except -1:
        cdef Py_ssize_t place
        cdef int32_t literal, item
        for place in range(0, held.count, 2):
            literal = held.at[place]
            for item in range(self._gates._trigger_begins[literal], self._gates._trigger_begins[literal + 1]):
                self._due[self._gates._trigger_items[item]] = 1
        return 0

    cdef int _spots(self, Py_ssize_t number, Numbers* spots) except -1:
        """Add where the family is to be looked for."""
        cdef const FamilyGate* family = &self._gates._families[number]
        cdef int32_t need = self._gates._needs_of[number]
        cdef Numbers* region
        cdef Numbers near, around
        cdef const Numbers* its
        cdef bint cued = family.cues >= 0 and not self._stands_alone() and not self._is_led_to(family.cues)
        if need < 0:
            return 0 if family.sought >= 0 and not self._holds(family.sought) else self._whole(spots)
        region = self._region(need)
        if family.sought < 0 and region == NULL:
            return self._whole(spots)
        near.at, near.count, near.room = NULL, 0, 0
        around.at, around.count, around.room = NULL, 0, 0
        its = region
        try:
            if family.sought >= 0:
                self._around(family.sought, self._gates._needs[need].width, &around)
                its = &around
                if region != NULL:
                    _common(region, &around, &near)
                    its = &near
            return self._extend(its, family.reach, family.cues if cued else -1, spots)
        finally:
            free(near.at)
            free(around.at)

    cdef int _whole(self, Numbers* spots) except -1:
        return add_pair(spots, 0, <int32_t>self._size)

    cdef int _around(self, int words, int width, Numbers* spots) except -1:
        cdef Numbers* places = self._gather(words)
        cdef int32_t number, literal
        cdef Py_ssize_t longest = 0, length, place
        for number in range(self._gates._set_begins[words], self._gates._set_begins[words + 1]):
            literal = self._gates._set_items[number]
            if self._slots[literal]:
                length = self._gates.literals._begins[literal + 1] - self._gates.literals._begins[literal]
                longest = max(longest, length)
        for place in range(0, places.count, 2):
            self._spread(spots, places.at[place], places.at[place], width + longest)
        return 0

    cdef int _extend(self, const Numbers* its, int reach, int cues, Numbers* spots) except -1:
        """Add the places, those near `cues` if there are any, with `reach` characters behind each, joined."""
        cdef Py_ssize_t place
        cdef int32_t start, end
        cdef Numbers* words = NULL
        if cues >= 0:
            words = self._gather(cues)
        for place in range(0, its.count, 2):
            start, end = its.at[place], its.at[place + 1]
            if words != NULL and not _is_near(words, start - self._gates._before, end + self._gates._after):
                continue
            end += reach
            if spots.count and start <= spots.at[spots.count - 1]:
                spots.at[spots.count - 1] = end
            else:
                add_pair(spots, start, end)
        return 0


cdef Py_ssize_t _first_from(const int32_t* numbers, Py_ssize_t step, Py_ssize_t count, Py_ssize_t least) noexcept:
    """Return which is the first that is at least `least` of `count` numbers in order, each `step` behind the last."""
    cdef Py_ssize_t low = 0, high = count, middle
    while low < high:  # middle < count
        middle = (low + high) >> 1
        if numbers[step * middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


cdef bint _is_near(const Numbers* places, Py_ssize_t start, Py_ssize_t end) noexcept:
    """Tell whether one of the places, which are in order, is at least `start` and before `end`."""
    cdef Py_ssize_t first = 2 * _first_from(places.at, 2, places.count >> 1, start)
    return first < places.count and places.at[first] < end


cdef int _common(const Numbers* one, const Numbers* other, Numbers* spots) except -1:
    """Add the places that are in both."""
    cdef Py_ssize_t i = 0, j = 0
    cdef int32_t start, end
    while i < one.count and j < other.count:
        start = max(one.at[i], other.at[j])
        end = min(one.at[i + 1], other.at[j + 1])
        if start < end:
            add_pair(spots, start, end)
        if one.at[i + 1] < other.at[j + 1]:
            i += 2
        else:
            j += 2
    return 0


cdef list _pairs(const Numbers* numbers):
    cdef Py_ssize_t place
    return [(numbers.at[place], numbers.at[place + 1]) for place in range(0, numbers.count, 2)]
