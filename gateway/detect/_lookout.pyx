"""Reads a piece of a text for what looks suspicious: what `gateway.detect.lookout_scan.scan_in_python` does.

`Places` is what `gateway.detect.lookout.PlainPlaces` is.
"""

from array import array

cimport cython
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ

from gateway.detect._odd cimport has_code_run

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)

cdef enum:
    SPACE = 1
    LOWER = 2
    UPPER = 4
    DIGIT = 8
    HEX = 16
    CODE = 32
    OPENS = 64
    CLOSES = 128
    INNER = 256
    JOINS = 512
    ODD = 1024
    AT = 2048
    TELLS = 1
    HINTS = 2
    CHANGES = 4
    STRIKES = 8
    NUMBERS = 16


cdef class Tables:
    """The tables of an automaton; every state and class in them is one that they have.

    Raises:
        ValueError: if they do not fit together.
    """

    cdef const int[:, ::1] follow
    cdef const int[::1] classes
    cdef const int[::1] does
    cdef const unsigned short[::1] kinds
    # Where these begin, side by side.
    cdef const int* rows
    cdef const int* narrow
    cdef const int* acts
    cdef const unsigned short* ascii
    cdef Py_ssize_t states
    cdef Py_ssize_t width
    cdef dict wide
    cdef const long long[::1] listed  # each word where `place_of` says, or behind it; 0: nothing
    cdef long long row
    cdef long long run
    cdef bint alone

    def __init__(self, automaton):
        self.follow = automaton.follow
        self.classes = automaton.classes
        self.does = automaton.does
        self.kinds = automaton.kinds
        self.wide = automaton.wide
        self.listed = table_of(automaton.listed)
        self.row = automaton.row
        self.run = automaton.run
        self.alone = automaton.alone
        if self.classes.shape[0] != 128 or self.kinds.shape[0] != 128:
            raise ValueError("not the tables of ASCII")
        states, classes = automaton.follow.shape
        if (
            len(self.does) != states
            or not states
            or automaton.follow.min() < 0
            or automaton.follow.max() >= states
            or min(automaton.classes.min(), *self.wide.values(), 0) < 0
            or max(automaton.classes.max(), *self.wide.values(), 0) >= classes
        ):
            raise ValueError("not the tables of one automaton")
        self.rows, self.narrow = &self.follow[0, 0], &self.classes[0]
        self.acts, self.ascii = &self.does[0], &self.kinds[0]
        self.states, self.width = states, classes

    @cython.boundscheck(False)  # each place is one of the table's, which has a power of two of them, and is never full
    cdef inline bint has(self, long long word) noexcept:
        """Whether `word` is listed."""
        cdef Py_ssize_t place = place_of(word, self.listed.shape[0])
        while self.listed[place] and self.listed[place] != word:
            place = (place + 1) & (self.listed.shape[0] - 1)
        return self.listed[place] == word and word > 0


cdef inline Py_ssize_t place_of(long long word, Py_ssize_t places) noexcept:
    """Return where in a table of so many places, a power of two, `word` may stand first."""
    return <Py_ssize_t>((<unsigned long long>word * 0x9E3779B97F4A7C15ULL) >> 40) & (places - 1)


def table_of(words):
    """Return a table of numbers above 0, of which it has room for four times as many."""
    cdef Py_ssize_t places = 1, place
    while places < 4 * len(words) + 1:
        places *= 2
    table = array("q", bytes(8 * places))
    for word in words:
        place = place_of(word, places)
        while table[place]:
            place = (place + 1) & (places - 1)
        table[place] = word
    return table


cdef class Places:
    """What a lookout has read, and how it reads on.

    Args:
        state: of a lookout.
        automaton: the literals.
        quick: whether `read` may do by itself what `_read` does where a text is ASCII.

    Raises:
        ValueError: if `state` is none of a lookout.
    """

    cdef long long[::1] held
    cdef Tables tables
    cdef bint quick
    cdef public str _tail

    def __init__(self, long long[::1] state not None, automaton, bint quick):
        if state.shape[0] != 32:
            raise ValueError("not the state of a lookout")
        self.held = state
        self.tables = automaton.tables
        self.quick = quick
        self._tail = ""

    @property
    def at(self):
        return self.held[0]

    @property
    def struck(self):
        return self.held[1]

    @property
    def digit(self):
        return self.held[2]

    @property
    def hinted(self):
        return self.held[3]

    @property
    def suspect(self):
        return self.suspected()

    cdef long long suspected(self):
        return max(self.held[4], min(self.held[27], self.held[2]))

    @property
    def changed(self):
        return self.held[5]

    @property
    def coded(self):
        return self.held[6]

    @property
    def numbered(self):
        return self.held[27]

    @property
    def row(self):
        return self.held[28]

    cdef bint calm(self, long long suspect, long long hinted, long long shown, bint keys_only) except -1:
        if self.held[3] > hinted or self.held[28] >= 0:
            return False
        return self.suspected() <= suspect or self.ordinary(suspect, shown, self.held[0], keys_only)

    cdef bint ordinary(self, long long suspect, long long shown, long long until, bint keys_only) except -1:
        # What the last word alone tells says nothing of what stands before it.
        cdef long long struck = self.held[31] if until <= self.held[0] - self.held[8] else self.held[1]
        return struck <= shown and (self.held[2] <= shown or (keys_only and self.held[27] <= suspect))

    def is_calm(self, long long suspect, long long hinted, long long shown, bint keys_only):
        return self.calm(suspect, hinted, shown, keys_only)

    def is_plain(self, long long suspect, long long hinted, long long shown, long long until, bint keys_only):
        return self.held[3] <= hinted and self.ordinary(suspect, shown, until, keys_only)

    def is_code(self, str text not None):
        # Each of the expressions wants a word so long.
        if longest_word(text) < self.tables.run and not has_code_run(text):
            return False
        return self._is_code(text)

    def read(self, str text not None):
        self.take(text)

    def read_calmly(self, str text not None, long long suspect, long long hinted, long long shown, bint keys_only):
        self.take(text)
        if not self.calm(suspect, hinted, shown, keys_only):
            return 0
        return 1 + (self.held[6] > shown)

    cdef int take(self, str text) except -1:
        cdef Py_ssize_t size = len(text), kept = len(self._tail)
        if self.quick and PyUnicode_IS_ASCII(text) and (not kept or self._tail[kept - 1] < 128):
            look(text, None, size, &self.held[0], self.tables)
            self._tail = text if size >= 40 else self._tail + text
            if len(self._tail) > 40:
                self._tail = self._tail[len(self._tail) - 40:]
        else:
            self._read(text)
        return 0


def scan(str text not None, str folded not None, long long[::1] state not None, automaton):
    """Read `text`, which in lower case is `folded`.

    Raises:
        ValueError: if `folded` is not as long, or `state` is none of a lookout.
    """
    cdef Py_ssize_t size = len(text)
    if len(folded) != size or state.shape[0] != 32:
        raise ValueError("not a text and the state of a lookout")
    look(text, folded, size, &state[0], automaton.tables)


cdef Py_ssize_t longest_word(str text):
    """Return how long the longest run without white space is."""
    cdef int kind = PyUnicode_KIND(text)
    cdef void* data = PyUnicode_DATA(text)
    cdef Py_ssize_t place, start = 0, longest = 0
    cdef Py_UCS4 c
    for place in range(len(text)):
        c = PyUnicode_READ(kind, data, place)
        if c == 32 or c.isspace():
            longest = max(longest, place - start)
            start = place + 1
    return max(longest, len(text) - start)


# The tables were looked through when they were taken, and whoever calls has looked at the state.
cdef int look(str text, str folded, Py_ssize_t size, long long* state, Tables tables) except -1:
    """Read `text`; `folded` is None where that is ASCII."""
    cdef Py_ssize_t place
    cdef long long at = state[0], struck = state[1], digit = state[2], hinted = state[3], suspect = state[4]
    cdef long long changed = state[5], coded = state[6]
    cdef int node = <int>state[7]
    cdef long long word = state[8], solo = state[9], striking = state[10], uppers = state[11], told = state[12]
    cdef long long code = state[13], flags = state[14]
    cdef long long one = state[15], two = state[16], three = state[17]
    cdef long long dotted = state[18], tag = state[19], bits = state[20], pairs = state[21], token = state[22]
    cdef long long tail = state[23], shape = state[24], letters = state[25], row = state[26], waits = state[27], begun = state[28], worded = state[29], long_ = state[30], opens
    cdef long long settled = state[31]
    cdef int kind, before, act, number
    cdef bint joint
    cdef Py_UCS4 c, f
    cdef bint ascii = folded is None
    cdef int text_kind = PyUnicode_KIND(text), folded_kind = text_kind if ascii else PyUnicode_KIND(folded)
    cdef void* text_data = PyUnicode_DATA(text)
    cdef void* folded_data = text_data if ascii else PyUnicode_DATA(folded)
    cdef const int* follow = tables.rows
    cdef const int* classes = tables.narrow
    cdef const int* does = tables.acts
    cdef const unsigned short* kinds = tables.ascii
    if not 0 <= node < tables.states:
        raise ValueError("not the state of a lookout")
    for place in range(size):
        at += 1
        c = PyUnicode_READ(text_kind, text_data, place)
        f = PyUnicode_READ(folded_kind, folded_data, place)
        if ascii and 65 <= f <= 90:
            f = <Py_UCS4>(<int>f + 32)
        if c < 128:
            kind = kinds[<Py_ssize_t>c]
        else:
            kind = SPACE if c.isspace() else 0
        if f < 128:
            number = classes[<Py_ssize_t>f]
        else:
            number = tables.wide.get(folded[place], 0)
        node = follow[node * tables.width + number]
        act = does[node]
        if act:
            changed = at
            if act & TELLS:
                suspect = at
            if act & (TELLS | NUMBERS):
                told = word + 1
            if act & HINTS:
                hinted = at
            if act & CHANGES:
                worded = at
                if at - long_ < 4096:
                    suspect = at
            if act & STRIKES:
                struck = at
            if act & NUMBERS:
                waits = at
        if kind & SPACE:
            if tag > 1:
                struck = suspect = at
            if (c == 10 or c == 13) and (code >= 16 or one == 61):  # base64 in lines, quoted-printable
                struck = suspect = at
            word = striking = uppers = code = flags = dotted = tag = 0
            told = -1
        else:
            word += 1
            if word == 1:
                solo += 1
                if solo >= 4:
                    struck = suspect = at
            elif word == 2:
                solo = 0
            if kind & DIGIT:
                digit = at
                if at - waits < 4096:
                    changed = at
                striking |= 1
            elif kind & (LOWER | UPPER) or c == 95:  # _
                striking |= 2
            uppers = uppers + 1 if kind & UPPER else 0
            before = kinds[one] if 0 <= one < 128 else 0
            if (
                uppers >= 4
                or (kind & UPPER and before & LOWER)
                or word >= 21
                or kind & (AT | ODD)
                or (told >= 0 and word - told >= 12)
                or (c == 47 and one == 58)  # :/
            ):
                striking |= 4
            if (
                kind & ODD
                or (c == 40 and one == 93)  # ](
                or ((c == 47 or c == 92) and (one == 47 or one == 92))  # two strokes
                or (dotted and (c == 47 or c == 63 or c == 35))  # / ? #
                or (one == 38 and (c == 35 or kind & (LOWER | UPPER)))  # & and # or a letter
            ):
                striking |= 4
                suspect = at
            if one == 61 and kind & HEX and not kind & LOWER:
                struck = suspect = at
            if tables.run and word >= tables.run:
                long_ = at
                if tables.alone or at - worded < 4096:
                    suspect = at
                else:
                    coded = at
            if kind & CODE:
                code += 1
                joint = not kind & (LOWER | UPPER | DIGIT)
                if kind & DIGIT or c == 43 or c == 47:  # + /
                    flags |= 1
                elif kind & UPPER:
                    flags |= 2
                elif not kind & LOWER:
                    flags |= 4 if code > 1 and before & (LOWER | UPPER | DIGIT) else 1
                if code >= 12 and (flags & 1 or flags == 6 or joint or code > 30):
                    coded = at
            else:
                if c == 61 and code >= 12:  # = behind letters alone
                    coded = at
                code = flags = 0
            if c == 60:  # <
                tag = 1
            elif tag and (kind & (LOWER | UPPER) or c >= 128) and tag <= 20:
                if tag == 1:
                    striking |= 4
                tag += 1
            else:
                if tag == 1 and c == 47:
                    striking |= 4
                tag = 0
            if c == 46:
                dotted = 1
            if striking >= 3:
                struck = at
        if kind & CLOSES and 0 <= one < 128 and kinds[one] & INNER:
            opens = three if two == 32 else two
            if 0 <= opens < 128 and kinds[opens] & OPENS:
                struck = suspect = at
        if (c == 48 or c == 49) and (
            bits or one < 0 or one >= 128 or not kinds[one] & (LOWER | UPPER | DIGIT)
        ):
            bits += 1
        else:
            bits = 0
        if bits >= 8:
            struck = suspect = at
        if kind & JOINS:
            if token:
                if tail > 1 and (pairs == 0 or (shape and 2 <= token <= 4)):
                    pairs += 1
                else:
                    pairs = 1 if tail > 1 else 0
                if pairs >= 4:
                    struck = suspect = at
            token = tail = 0
            shape = 1
        else:
            token = token + 1 if token < 5 else 5
            if kind & HEX:
                tail += 1
            else:
                tail = 0
                shape = 1 if shape and token == 2 and f == 120 else 0
        if 97 <= f <= 122:
            letters = letters * 27 + <long long>f - 96 if 0 <= letters < 282429536481 else -1
        elif letters:
            row = row + 1 if tables.has(letters) else 0
            letters = 0
            if row == 0:
                begun = -1000000
            elif tables.row and row >= tables.row:
                struck = suspect = at
                if begun == -1000000:
                    begun = at - 9
        if kind & SPACE:
            settled = struck
        three = two
        two = one
        one = <long long>c
    if tables.row and letters and row + 1 >= tables.row and tables.has(letters):
        suspect = at
    if suspect > changed:
        changed = suspect
    state[0] = at
    state[1] = struck
    state[2] = digit
    state[3] = hinted
    state[4] = suspect
    state[5] = changed
    state[6] = coded
    state[7] = node
    state[8] = word
    state[9] = solo
    state[10] = striking
    state[11] = uppers
    state[12] = told
    state[13] = code
    state[14] = flags
    state[15] = one
    state[16] = two
    state[17] = three
    state[18] = dotted
    state[19] = tag
    state[20] = bits
    state[21] = pairs
    state[22] = token
    state[23] = tail
    state[24] = shape
    state[25] = letters
    state[26] = row
    state[27] = waits
    state[28] = begun
    state[29] = worded
    state[30] = long_
    state[31] = settled
    return 0
