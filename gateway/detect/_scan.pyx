"""One pass over a text for all expressions: what `gateway.detect.profile` and the gates of families find out, compiled.

The text is folded as `gateway.detect.gates.fold` does, its characters are sorted into the kinds of
`gateway.detect.shapes`, and the literals of all families, context words and signs are found by the hash of a run of
one to four characters (Wu and Manber, 1994, without the skips). From that follows, in whole numbers alone, which
families may match and where; only there an expression runs.

Bounds are checked, except in the two loops over the text and in what they call: there each index is below the length
of what was allocated a few lines before, or a table's own size (`BUCKETS`, 256, `SHAPE_WORDS`), as said beside it.
"""

cimport cython
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND
from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc

import numpy as np

from gateway.detect.gates import TWINS

cdef extern from "Python.h":
    Py_UCS4 PyUnicode_READ(int kind, const void* data, Py_ssize_t index) noexcept nogil
    bint Py_UNICODE_ISDECIMAL(Py_UCS4 c) noexcept nogil
    bint Py_UNICODE_ISALNUM(Py_UCS4 c) noexcept nogil
    bint Py_UNICODE_ISSPACE(Py_UCS4 c) noexcept nogil
    Py_UCS4 Py_UNICODE_TOLOWER(Py_UCS4 c) noexcept nogil

cdef enum:
    GRAM = 4
    BUCKETS = 32768
    LONGEST = 32
    WINDOW_SIZE = 4
    WINDOW_WORDS = 64
    KINDS = 8
    ALL_KINDS = 255
    DIGITS_AT = 4096
    WORDS_AT = 4129
    SHAPE_WORDS = 66
    SHORTEST_RUN = 12
    SPANS = 64
    DENSE = 6
    MAX_SIZE = 1 << 30
    RELEASED = 4096
    DIGIT = 0
    LETTER = 1
    SPACE = 2
    HYPHEN = 3
    DOT = 4
    SLASH = 5
    BRACKET = 6
    OTHER = 7

cdef frozenset _COMMON = frozenset(" etaoinsrhl")

cdef struct Numbers:
    int32_t* at
    Py_ssize_t count
    Py_ssize_t room


cdef int _add(Numbers* numbers, int32_t one, int32_t other) except -1 nogil:
    """Append a pair."""
    cdef Py_ssize_t room
    cdef int32_t* larger
    if numbers.count + 2 > numbers.room:
        room = 32 if numbers.room == 0 else numbers.room * 2
        larger = <int32_t*>realloc(numbers.at, room * sizeof(int32_t))
        if larger == NULL:
            with gil:
                raise MemoryError
        numbers.at = larger
        numbers.room = room
    numbers.at[numbers.count] = one
    numbers.at[numbers.count + 1] = other
    numbers.count += 2
    return 0


# --- characters ---------------------------------------------------------------------------------------------------

cdef uint8_t[256] _FOLDED, _KINDS
cdef Py_UCS4[256] _TWIN_OF, _TWIN_TO
cdef int _TWINS = 0


cdef int _prepare() except -1:
    global _TWINS
    cdef int code
    for code in range(128):
        character = chr(code)
        _FOLDED[code] = ord(character.lower())
        _KINDS[code] = (
            DIGIT if character.isdecimal() else LETTER if character.isalnum() else SPACE if character.isspace()
            else {"-": HYPHEN, ".": DOT, "/": SLASH, ":": SLASH, "(": BRACKET, ")": BRACKET, "+": BRACKET}
            .get(character, OTHER)
        )
    for code, twin in sorted(TWINS.items()):
        if code >= 128:
            if _TWINS == 256:
                raise ValueError("too many twins")
            _TWIN_OF[_TWINS] = code
            _TWIN_TO[_TWINS] = ord(twin)
            _TWINS += 1
    return 0


_prepare()


cdef Py_UCS4 _folded(Py_UCS4 c) noexcept nogil:
    """Return what `fold` makes of a character."""
    cdef int low = 0, high = _TWINS, middle
    if c < 128:
        return _FOLDED[c]
    c = Py_UNICODE_TOLOWER(c)  # the first character of what `str.lower` gives; more than one it gives for İ alone
    while low < high:  # middle < _TWINS <= 256
        middle = (low + high) >> 1
        if _TWIN_OF[middle] < c:
            low = middle + 1
        else:
            high = middle
    return _TWIN_TO[low] if low < _TWINS and _TWIN_OF[low] == c else c


cdef inline int _kind(Py_UCS4 c) noexcept nogil:
    """Return a character's kind, as `gateway.detect.shapes` sorts them."""
    if c < 128:
        return _KINDS[c]
    if Py_UNICODE_ISDECIMAL(c):
        return DIGIT
    if Py_UNICODE_ISALNUM(c):
        return LETTER
    return SPACE if Py_UNICODE_ISSPACE(c) else OTHER


cdef inline uint32_t _byte(uint32_t c) noexcept nogil:
    return c if c < 128 else (c ^ (c >> 8) ^ (c >> 16)) & 0xFF


cdef inline uint32_t _hash(uint32_t gram) noexcept nogil:
    """Return a number below `BUCKETS`."""
    return (gram * <uint32_t>2654435761) >> 17


def folded(str text not None):
    """Return `fold(text)`; for tests."""
    return "".join([_folded(c) for c in text])


def kinds(str text not None):
    """Return the kind of each character of `text`; for tests."""
    return bytes([_kind(c) for c in text])


# --- literals -----------------------------------------------------------------------------------------------------

cdef class Literals:
    """Literals that are looked for together.

    Args:
        literals: of each its text, not empty, and whether it is looked for in the folded text.
    """

    cdef readonly Py_ssize_t count
    cdef int[GRAM] _sizes  # of the runs by which literals are found
    cdef int _size_count
    cdef uint32_t[::1] _points
    cdef int32_t[::1] _begins, _offsets, _following
    cdef uint8_t[::1] _exact
    cdef uint8_t[:, ::1] _bits
    cdef int32_t[:, ::1] _heads

    def __init__(self, literals):
        cdef Py_ssize_t number, place
        cdef int size, offset
        cdef uint32_t gram, bucket
        self.count = len(literals)
        if not all(text for text, _ in literals):
            raise ValueError("an empty literal")
        texts = [text if is_folded else text for text, is_folded in literals]
        self._points = np.array([ord(c) for text in texts for c in text] or [0], np.uint32)
        self._begins = np.cumsum([0, *map(len, texts)]).astype(np.int32)
        self._exact = np.array([not is_folded for _, is_folded in literals] or [0], np.uint8)
        self._offsets = np.zeros(self.count + 1, np.int32)
        self._following = np.zeros(self.count + 1, np.int32)
        self._bits = np.zeros((GRAM, BUCKETS // 8), np.uint8)
        self._heads = np.zeros((GRAM, BUCKETS), np.int32)
        sizes = sorted({min(GRAM, len(text)) for text in texts})
        self._size_count = len(sizes)
        for number in range(self._size_count):
            self._sizes[number] = sizes[number] - 1
        for number in range(self.count):
            known = folded(texts[number])
            size = min(GRAM, len(known))
            # The run that is least usual in text; Python's ints, for a lambda has no others.
            offset = min(
                range(len(known) - size + 1),
                key=lambda start: sum([c in _COMMON for c in known[start : start + min(GRAM, len(known))]]),
            )
            gram = 0
            for place in range(size):
                gram |= _byte(ord(known[offset + place])) << (8 * <uint32_t>place)
            bucket = _hash(gram)
            self._bits[size - 1, bucket >> 3] |= 1 << (bucket & 7)
            self._offsets[number] = offset + size - 1
            self._following[number] = self._heads[size - 1, bucket]  # numbers of literals are one up: 0 is none
            self._heads[size - 1, bucket] = number + 1

    def held(self, str text not None):
        """Return the numbers of the literals that `text` holds, in order."""
        cdef Py_ssize_t size = len(text), number
        cdef Py_UCS4* points = NULL
        cdef int32_t* places = NULL
        cdef Numbers hits
        hits.at, hits.count, hits.room = NULL, 0, 0
        _check(size)
        try:
            points = <Py_UCS4*>malloc((size + 1) * sizeof(Py_UCS4))
            places = <int32_t*>calloc(2 * self.count + 1, sizeof(int32_t))
            if points == NULL or places == NULL:
                raise MemoryError
            _fold(PyUnicode_KIND(text), PyUnicode_DATA(text), size, points)
            self.find(PyUnicode_KIND(text), PyUnicode_DATA(text), size, points, places, &hits)
            return [number for number in range(self.count) if places[2 * number]]
        finally:
            free(points)
            free(places)
            free(hits.at)

    def any_in(self, str text not None):
        """Tell whether `text` holds one of the literals, which are not to be looked for in folded text."""
        cdef Py_ssize_t size = len(text), place
        cdef int kind = PyUnicode_KIND(text)
        cdef const void* data = PyUnicode_DATA(text)
        cdef Py_UCS4* points = NULL
        cdef int32_t* places = NULL
        cdef Numbers hits
        hits.at, hits.count, hits.room = NULL, 0, 0
        _check(size)
        try:
            points = <Py_UCS4*>malloc((size + 1) * sizeof(Py_UCS4))
            places = <int32_t*>calloc(2 * self.count + 1, sizeof(int32_t))
            if points == NULL or places == NULL:
                raise MemoryError
            _fold(kind, data, size, points)
            self.find(kind, data, size, points, places, &hits, True)
            return hits.count > 0
        finally:
            free(points)
            free(places)
            free(hits.at)

    def matches(self, str text not None, expression):
        """Return the matches of `expression`, each of which begins with one of the literals, as `finditer` does."""
        cdef Py_ssize_t size = len(text), number, reached = 0
        cdef Py_UCS4* points = NULL
        cdef int32_t* places = NULL
        cdef Numbers hits
        hits.at, hits.count, hits.room = NULL, 0, 0
        _check(size)
        found = []
        try:
            points = <Py_UCS4*>malloc((size + 1) * sizeof(Py_UCS4))
            places = <int32_t*>calloc(2 * self.count + 1, sizeof(int32_t))
            if points == NULL or places == NULL:
                raise MemoryError
            _fold(PyUnicode_KIND(text), PyUnicode_DATA(text), size, points)
            self.find(PyUnicode_KIND(text), PyUnicode_DATA(text), size, points, places, &hits)
            qsort(hits.at, hits.count >> 1, 2 * sizeof(int32_t), _order)
            for number in range(0, hits.count, 2):
                if hits.at[number] >= reached:
                    match = expression.match(text, hits.at[number])
                    if match is not None:
                        found.append(match)
                        reached = match.end()
            return found
        finally:
            free(points)
            free(places)
            free(hits.at)

    @cython.boundscheck(False)
    cdef int find(
        self, int kind, const void* data, Py_ssize_t size, const Py_UCS4* points, int32_t* places, Numbers* hits, bint once=False
    ) except -1 nogil:
        """Add each place of each literal to `hits`, linked: place and the number of the next hit, counted from one.

        `once`: the first one will do. `places` has room for the number of the first and the last hit of each literal, all 0.
        """
        cdef Py_ssize_t end, place, step, begin, length
        cdef uint32_t window = 0, bucket
        cdef int32_t number, hit
        cdef int gram, which
        cdef bint same
        cdef const uint8_t* bits = &self._bits[0, 0]
        # end < size, what `points` and the text have. A bucket is below BUCKETS, the length of both tables' rows, whose
        # number is GRAM. The numbers in the tables are those of literals, and `points` of a literal lie between its
        # begin and the next one's.
        for end in range(size):
            window = (window >> 8) | (_byte(points[end]) << 24)
            for which in range(self._size_count):  # at most GRAM, in order
                gram = self._sizes[which]
                if gram > end:
                    break
                bucket = _hash(window >> (8 * (GRAM - 1 - gram)))
                if not (bits[gram * (BUCKETS >> 3) + (bucket >> 3)] >> (bucket & 7)) & 1:
                    continue
                number = self._heads[gram, bucket]
                while number:
                    number -= 1
                    place = end - self._offsets[number]
                    begin = self._begins[number]
                    length = self._begins[number + 1] - begin
                    same = place >= 0 and place + length <= size
                    if same:
                        if self._exact[number]:
                            for step in range(length):
                                if PyUnicode_READ(kind, data, place + step) != self._points[begin + step]:
                                    same = False
                                    break
                        else:
                            for step in range(length):
                                if points[place + step] != self._points[begin + step]:
                                    same = False
                                    break
                    if same:
                        _add(hits, <int32_t>place, 0)
                        if once:
                            return 0
                        hit = <int32_t>(hits.count >> 1)
                        if places[2 * number]:
                            hits.at[2 * places[2 * number + 1] - 1] = hit
                        else:
                            places[2 * number] = hit
                        places[2 * number + 1] = hit
                    number = self._following[number]
        return 0


cdef int _check(Py_ssize_t size) except -1:
    if size > MAX_SIZE:
        raise OverflowError("the text is too long")
    return 0


cdef void _fold(int kind, const void* data, Py_ssize_t size, Py_UCS4* points) noexcept nogil:
    cdef Py_ssize_t place
    for place in range(size):  # as many as there is room for
        points[place] = _folded(PyUnicode_READ(kind, data, place))


# --- gates --------------------------------------------------------------------------------------------------------

cdef struct FamilyGate:
    int need
    int reach
    int sought
    int cues
    bint triggered
    bint alone
    int probes
    int probes_end


cdef struct ProbeGate:
    int literals
    int digits
    int context
    bint needs_context
    bint counts_alone


cdef struct NeedGate:
    int digits
    int solid
    int width


cdef class Look:
    """What the matches of one expression look like; see `gateway.detect.shapes`.

    Args:
        pattern: the expression.
        in_ascii: in a text of ASCII, or in any.
    """

    cdef readonly Py_ssize_t ways
    cdef int32_t[::1] ends
    cdef uint64_t[:, ::1] rows
    cdef uint64_t[::1] start
    cdef uint64_t[2] first
    cdef uint32_t leading
    cdef object expression

    def __init__(self, pattern, bint in_ascii):
        shape = pattern.looks(in_ascii=in_ascii)
        begin = pattern.starts(in_ascii=in_ascii)
        self.ways = len(shape)
        self.ends = np.cumsum([0, *map(len, shape)]).astype(np.int32)
        raw = b"".join([bits.to_bytes(8 * SHAPE_WORDS, "little") for windows in shape for bits in windows])
        self.rows = np.frombuffer(raw or bytes(8 * SHAPE_WORDS), np.uint64).reshape(-1, SHAPE_WORDS).copy()
        if begin is None:
            self.expression, self.start = pattern.compiled, None
            return
        self.expression = pattern.plain
        self.first[0], self.first[1] = (pattern.first_characters() >> shift & 0xFFFFFFFFFFFFFFFF for shift in (0, 64))
        self.leading = pattern.leading(in_ascii=in_ascii)
        before, first, second = begin
        raw = np.array(before, np.uint64).tobytes()
        raw += first.to_bytes(8 * WINDOW_WORDS, "little") + second.to_bytes(8 * WINDOW_WORDS, "little")
        self.start = np.frombuffer(raw, np.uint64).copy()


cdef class Gates:
    """What families ask of a text, in numbers; -1 stands for "none".

    Args:
        literals: all literals that are asked for.
        sets: sets of their numbers.
        needs: digits, solid, width.
        families: of each its need, its reach, the sets of what it seeks and of its cues, the set of what triggers it,
            whether it may stand alone, its probes (the set of their literals, least digits, the set of their context,
            whether they need it, whether they count alone, and their context itself), and its expression.
        limits: the constants `ALONE`, `CLOSE`, `WINDOW`, `OVERLAP`, `BEFORE`, `AFTER` of the modules around.
    """

    cdef readonly Literals literals
    cdef int32_t[::1] _set_begins, _set_items, _trigger_begins, _trigger_items
    cdef NeedGate* _needs
    cdef FamilyGate* _families
    cdef ProbeGate* _probes
    cdef readonly Py_ssize_t sets, needs, families
    cdef int _alone, _close, _window, _overlap, _before, _after
    cdef list _contexts, _patterns, _looks
    cdef dict _others

    def __cinit__(self):
        self._needs = NULL
        self._families = NULL
        self._probes = NULL

    def __dealloc__(self):
        free(self._needs)
        free(self._families)
        free(self._probes)

    def __init__(self, Literals literals not None, sets, needs, families, limits):
        cdef Py_ssize_t number, probe
        self.literals = literals
        self._alone, self._close, self._window, self._overlap, self._before, self._after = limits
        self.sets, self.needs, self.families = len(sets), len(needs), len(families)
        self._set_begins, self._set_items = _table(sets)
        triggers = [[] for _ in range(literals.count)]
        for number, family in enumerate(families):
            for literal in sets[family[4]] if family[4] >= 0 else ():
                triggers[literal].append(number)
        self._trigger_begins, self._trigger_items = _table(triggers)
        self._needs = <NeedGate*>calloc(self.needs + 1, sizeof(NeedGate))
        self._families = <FamilyGate*>calloc(self.families + 1, sizeof(FamilyGate))
        self._probes = <ProbeGate*>calloc(sum([len(family[6]) for family in families]) + 1, sizeof(ProbeGate))
        if self._needs == NULL or self._families == NULL or self._probes == NULL:
            raise MemoryError
        for number, (digits, solid, width) in enumerate(needs):
            self._needs[number] = NeedGate(digits, solid, width)
        probe = 0
        self._contexts = []
        self._patterns = [family[7] for family in families]
        self._looks = [None] * (2 * self.families)
        self._others = {}
        for number, (need, reach, sought, cues, triggers, alone, probes, _) in enumerate(families):
            self._families[number] = FamilyGate(
                need, reach, sought, cues, triggers >= 0, alone, probe, probe + len(probes)
            )
            for literals_, digits, context, needs_context, counts_alone, its in probes:
                self._contexts.append(its)
                self._probes[probe] = ProbeGate(literals_, digits, context, needs_context, counts_alone)
                probe += 1

    cdef Look _look(self, Py_ssize_t family, bint in_ascii):
        """Return how a family's matches look; read off its expression when it is first asked for: most never are."""
        look = self._looks[2 * family + in_ascii]
        if look is None:
            look = self._looks[2 * family + in_ascii] = Look(self._patterns[family], in_ascii)
        return look

    cdef Look _other(self, pattern, bint in_ascii):
        """Return how the matches of any expression look."""
        look = self._others.get((pattern, in_ascii))
        if look is None:
            look = self._others[pattern, in_ascii] = Look(pattern, in_ascii)
        return look

    def scan(self, str text not None, str keys not None):
        """Return what is known of `text`, to which `keys` lead."""
        return Scan(self, text, keys)


cdef tuple _table(rows):
    """Return where each row begins, and all rows' numbers one after the other."""
    begins = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    return begins, np.array([item for row in rows for item in row] or [0], np.int32)


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
    cdef int32_t[SPANS] _spans
    cdef int32_t* _digits
    cdef int32_t* _places
    cdef int32_t* _key_places
    cdef Numbers _hits, _key_hits, _runs
    cdef uint8_t* _due
    cdef uint16_t* _windows
    cdef uint8_t* _known
    cdef Numbers* _regions
    cdef uint8_t* _gathered
    cdef Numbers* _together

    def __cinit__(self, Gates gates not None, str text not None, str keys not None):
        cdef Py_ssize_t size = len(text), literals = gates.literals.count
        _check(size)
        _check(len(keys))
        self._gates, self.text, self.keys, self._size = gates, text, keys, size
        self._digits = <int32_t*>malloc((size + 1) * sizeof(int32_t))
        self._places = <int32_t*>calloc(2 * literals + 1, sizeof(int32_t))
        self._due = <uint8_t*>calloc(gates.families + gates.needs + gates.sets + 1, 1)
        self._windows = <uint16_t*>malloc((size + 2 * WINDOW_SIZE) * sizeof(uint16_t))
        self._regions = <Numbers*>calloc(gates.needs + gates.sets + 1, sizeof(Numbers))
        if (
            self._digits == NULL or self._places == NULL or self._due == NULL or self._windows == NULL
            or self._regions == NULL
        ):
            raise MemoryError
        self._known = self._due + gates.families
        self._gathered = self._known + gates.needs
        self._together = self._regions + gates.needs
        self._read()
        if keys:
            self._key_places = <int32_t*>calloc(2 * literals + 1, sizeof(int32_t))
            if self._key_places == NULL:
                raise MemoryError
            self._find(keys, self._key_places, &self._key_hits)

    def __dealloc__(self):
        cdef Py_ssize_t number
        if self._regions != NULL:
            for number in range(self._gates.needs + self._gates.sets):  # as many as were allocated
                free(self._regions[number].at)
        free(self._regions)
        free(self._digits)
        free(self._places)
        free(self._key_places)
        free(self._due)
        free(self._windows)
        free(self._hits.at)
        free(self._key_hits.at)
        free(self._runs.at)

    cdef int _find(self, str text, int32_t* places, Numbers* hits) except -1:
        cdef Py_ssize_t size = len(text)
        cdef int kind = PyUnicode_KIND(text)
        cdef const void* data = PyUnicode_DATA(text)
        cdef Py_UCS4* points = <Py_UCS4*>malloc((size + 1) * sizeof(Py_UCS4))
        if points == NULL:
            raise MemoryError
        try:
            if size < RELEASED:
                _fold(kind, data, size, points)
                self._gates.literals.find(kind, data, size, points, places, hits)
            else:
                with nogil:  # the text cannot change, and is held by the caller
                    _fold(kind, data, size, points)
                    self._gates.literals.find(kind, data, size, points, places, hits)
        finally:
            free(points)
        return 0

    cdef int _read(self) except -1:
        cdef int kind = PyUnicode_KIND(self.text)
        cdef const void* data = PyUnicode_DATA(self.text)
        self._find(self.text, self._places, &self._hits)
        if self._size < RELEASED:
            self._sort(kind, data)
        else:
            with nogil:
                self._sort(kind, data)
        return 0

    cdef int _sort(self, int kind, const void* data) except -1 nogil:
        """Find digits, runs and shapes."""
        cdef Py_ssize_t place, digits = 0, run = -1
        cdef uint32_t window = SPACE
        cdef int its, in_digits = 0, in_words = 0
        # place < size, and `_digits` and `_windows` have room for as many, these for 8 more; a window has twelve bits,
        # a length is at most LONGEST.
        for place in range(self._size):
            its = _kind(PyUnicode_READ(kind, data, place))
            window = ((window << 3) | its) & 0xFFF
            if place >= 2:
                self._shapes[window >> 6] |= <uint64_t>1 << (window & 63)
                if place >= 3:
                    self._windows[place - 3] = <uint16_t>window
            if its == DIGIT:
                self._digits[digits] = <int32_t>place
                digits += 1
                in_digits += 1
            elif in_digits:
                self._length(DIGITS_AT, in_digits)
                in_digits = 0
            if its <= LETTER:
                in_words += 1
            elif in_words:
                self._length(WORDS_AT, in_words)
                in_words = 0
            if its == SPACE:
                if run >= 0:
                    self._run(run, place)
                    run = -1
            elif run < 0:
                run = place
        for place in range(self._size, self._size + 2 * WINDOW_SIZE - 1):
            window = ((window << 3) | SPACE) & 0xFFF
            if 2 <= place < self._size + WINDOW_SIZE:
                self._shapes[window >> 6] |= <uint64_t>1 << (window & 63)
            if place >= 3:
                self._windows[place - 3] = <uint16_t>window
        if in_digits:
            self._length(DIGITS_AT, in_digits)
        if in_words:
            self._length(WORDS_AT, in_words)
        if run >= 0:
            self._run(run, self._size)
        self._digit_count = digits
        return 0

    cdef inline void _length(self, int at, int length) noexcept nogil:
        cdef int bit = at + (length if length < LONGEST else LONGEST)
        self._shapes[bit >> 6] |= <uint64_t>1 << (bit & 63)

    cdef inline int _run(self, Py_ssize_t start, Py_ssize_t end) except -1 nogil:
        if end - start >= SHORTEST_RUN:
            _add(&self._runs, <int32_t>start, <int32_t>end)
            if end - start > self._longest:
                self._longest = <int32_t>(end - start)
        return 0

    # --- what Profile offers ---

    @property
    def shapes(self):
        """The runs of kinds of characters in the text."""
        return int.from_bytes((<uint8_t*>self._shapes)[: 8 * SHAPE_WORDS], "little")

    cpdef bint has_digits(self, Py_ssize_t digits, Py_ssize_t width) except -1:
        """Tell whether there are so many digits within `width`."""
        cdef Py_ssize_t first, span
        cdef int32_t best = MAX_SIZE
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
        return self._holds(self._places, words)

    def starts(self, int words):
        """Return where the literals of the set `words` start, in order."""
        cdef Numbers* places
        cdef Py_ssize_t place
        self._check_set(words)
        places = self._gather(words)
        return [places.at[place] for place in range(0, places.count, 2)]

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
        cdef Look look = self._gates._other(pattern, self.text.isascii())
        found = []
        if start < 0:
            raise IndexError(start)
        self._match(look, start, end, NULL, found)
        return found

    # --- gates ---

    cdef bint _holds(self, const int32_t* places, int words) noexcept:
        """Tell whether a literal of the set is among those found; `words` is a set's number."""
        cdef int32_t number
        for number in range(self._gates._set_begins[words], self._gates._set_begins[words + 1]):
            if places[2 * self._gates._set_items[number]]:
                return True
        return False

    cdef Numbers* _gather(self, Py_ssize_t words) except NULL:
        """Return the places of all literals of a set, in order (each twice: they are pairs)."""
        cdef Numbers* its = &self._together[words]
        cdef int32_t number, hit
        if not self._gathered[words]:
            for number in range(self._gates._set_begins[words], self._gates._set_begins[words + 1]):
                hit = self._places[2 * self._gates._set_items[number]]
                while hit:
                    _add(its, self._hits.at[2 * hit - 2], self._hits.at[2 * hit - 2])
                    hit = self._hits.at[2 * hit - 1]
            if its.count:
                qsort(its.at, its.count, sizeof(int32_t), _order)
            self._gathered[words] = 1
        return its

    cdef int _clusters(self, Py_ssize_t digits, Py_ssize_t width, Numbers* spots) except -1:
        cdef Py_ssize_t first
        cdef int32_t low, high
        if digits < 1:
            raise ValueError("no digits")
        if self._digit_count < digits:
            return 0
        if self._digit_count * DENSE > self._size:
            return _add(spots, 0, <int32_t>self._size)
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
        return _add(spots, <int32_t>low, <int32_t>high)

    cdef bint _may_hold(self, const NeedGate* need) except -1:
        if need.digits and not self.has_digits(need.digits, need.width):
            return False
        return self._longest >= need.solid

    cdef Numbers* _region(self, int number) except? NULL:
        """Return where a match of this need can lie; NULL for "anywhere"."""
        cdef NeedGate* need = &self._gates._needs[number]
        cdef Numbers* its = &self._regions[number]
        cdef Numbers digits, runs
        cdef Py_ssize_t place
        if not need.digits and not need.solid:
            return NULL
        if self._known[number]:
            return its
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
        self._known[number] = 1
        return its

    cdef bint _has_look(self, Look look) noexcept:
        """Tell whether the text has what any match that looks so holds."""
        cdef Py_ssize_t way, row = 0
        cdef bint has
        if not look.ways:
            return True
        for way in range(look.ways):
            has = True
            for row in range(look.ends[way], look.ends[way + 1]):
                if not self._has_window(&look.rows[row, 0]):
                    has = False
                    break
            if has:
                return True
        return False

    cdef bint _has_window(self, const uint64_t* row) noexcept:
        cdef int word
        for word in range(SHAPE_WORDS):  # the length of both
            if row[word] & self._shapes[word]:
                return True
        return False

    cdef bint _is_due(self, int probe) except -1:
        cdef ProbeGate* gate = &self._gates._probes[probe]
        if gate.literals >= 0 and not self._holds(self._places, gate.literals):
            return False
        if gate.digits and not self.has_digits(gate.digits, self._gates._close):
            return False
        if gate.context < 0 or not gate.needs_context or (gate.counts_alone and self._size <= self._gates._alone):
            return True
        if self._holds(self._places, gate.context):
            return True
        return bool(
            self._key_places != NULL
            and self._holds(self._key_places, gate.context)
            and self._gates._contexts[probe].may_be_among(self.keys)
        )

    def due(self):
        """Return the families that may match: number, numbers of the probes that may count, places to look at."""
        return [(number, probes, spots) for number, probes, spots, _ in self._find_due()]

    def matches(self):
        """Return what families match: number, numbers of the probes that may count, matches of its expression."""
        return [
            (number, probes, found)
            for number, probes, spots, look in self._find_due()
            if (found := self._matched(number, spots, look))
        ]

    cdef list _find_due(self):
        cdef FamilyGate* family
        cdef Py_ssize_t number
        cdef int probe
        cdef Gates gates = self._gates
        cdef Look look
        cdef bint in_ascii = self.text.isascii()
        self._trigger(self._places)
        if self._key_places != NULL:
            self._trigger(self._key_places)
        found = []
        for number in range(gates.families):
            family = &gates._families[number]
            if family.triggered and not self._due[number] and not (family.alone and self._size <= gates._alone):
                continue
            if family.need >= 0 and not self._may_hold(&gates._needs[family.need]):
                continue
            look = gates._look(number, in_ascii)
            if not self._has_look(look):
                continue
            probes = [
                probe - family.probes for probe in range(family.probes, family.probes_end) if self._is_due(probe)
            ]
            if probes:
                spots = self._spots(family)
                if spots:
                    found.append((number, probes, spots, look))
        return found

    cdef list _matched(self, Py_ssize_t number, list spots, Look look):
        """Return the matches of a family's expression in `spots`: one of unbounded width is run in windows."""
        cdef Py_ssize_t start, end, low
        cdef bint unbounded = self._gates._families[number].need < 0
        cdef Numbers* places = NULL
        if look.leading != ALL_KINDS and self._gates._families[number].sought >= 0:
            places = self._gather(self._gates._families[number].sought)
        found = []
        for start, end in spots:
            if unbounded and end - start > self._gates._window:
                for low in range(start, end, self._gates._window - self._gates._overlap):
                    start = self._match(look, max(low, start), min(low + self._gates._window, end), places, found)
            else:
                self._match(look, start, end, places, found)
        return found

    @cython.boundscheck(False)
    cdef Py_ssize_t _match(
        self, Look look, Py_ssize_t start, Py_ssize_t end, const Numbers* places, list found
    ) except -1:
        """Add the matches between two places, as `finditer` finds them; return where the last one ends, or `start`.

        Where `places` are given, one of these is in any match, and only the kinds `look.leading` in front of it.
        """
        cdef Py_ssize_t place = start, literal = 0, next_literal = -1, low
        cdef uint32_t window, character
        cdef const uint64_t* first
        cdef const uint64_t* second
        cdef const uint64_t* before
        cdef int kind = PyUnicode_KIND(self.text)
        cdef const void* data = PyUnicode_DATA(self.text)
        if end > self._size:
            end = self._size
        if look.start is None:
            for match in look.expression.finditer(self.text, start, end):
                found.append(match)
                start = match.end()
            return start
        before = &look.start[0]
        first = before + KINDS
        second = first + WINDOW_WORDS
        # place < size, and `_windows` has room for 4 more; a window has twelve bits, its first kind three; literal is
        # below `places.count`. What is in front of a literal is read once: never beyond `place`, which has passed the
        # literal before it.
        while place < end:
            if places != NULL and next_literal < place:
                while literal < places.count and places.at[literal] < place:
                    literal += 1
                if literal == places.count:
                    break
                next_literal = low = places.at[literal]
                while low > place and (look.leading >> (self._windows[low - 1] >> 9)) & 1:
                    low -= 1
                place = low
                if place >= end:
                    break
            window = self._windows[place]
            if (
                (first[window >> 6] >> (window & 63)) & 1
                and (place == 0 or (before[window >> 9] >> (self._windows[place - 1] >> 9)) & 1)
            ):
                window = self._windows[place + WINDOW_SIZE]
                character = PyUnicode_READ(kind, data, place)
                if (second[window >> 6] >> (window & 63)) & 1 and (
                    character >= 128 or (look.first[character >> 6] >> (character & 63)) & 1
                ):
                    match = look.expression.match(self.text, place, end)
                    if match is not None:
                        found.append(match)
                        place = start = match.end()
                        continue
            place += 1
        return start

    cdef int _trigger(self, const int32_t* places) except -1:
        cdef Py_ssize_t literal
        cdef int32_t item
        for literal in range(self._gates.literals.count):
            if places[2 * literal]:
                for item in range(self._gates._trigger_begins[literal], self._gates._trigger_begins[literal + 1]):
                    self._due[self._gates._trigger_items[item]] = 1
        return 0

    cdef list _spots(self, const FamilyGate* family):
        """Return where the family is to be looked for."""
        cdef Numbers* region
        cdef Numbers near, around
        cdef const Numbers* its
        cdef bint cued = family.cues >= 0 and self._key_places == NULL and self._size > self._gates._alone
        if family.need < 0:
            if family.sought >= 0 and not self._holds(self._places, family.sought):
                return []
            return [(0, self._size)]
        region = self._region(family.need)
        if family.sought < 0 and region == NULL:
            return [(0, self._size)]
        near.at, near.count, near.room = NULL, 0, 0
        around.at, around.count, around.room = NULL, 0, 0
        its = region
        try:
            if family.sought >= 0:
                self._around(family.sought, self._gates._needs[family.need].width, &around)
                its = &around
                if region != NULL:
                    _common(region, &around, &near)
                    its = &near
            return self._extended(its, family.reach, family.cues if cued else -1)
        finally:
            free(near.at)
            free(around.at)

    cdef int _around(self, int words, int width, Numbers* spots) except -1:
        cdef Numbers* places = self._gather(words)
        cdef int32_t number, literal
        cdef Py_ssize_t longest = 0, length, place
        for number in range(self._gates._set_begins[words], self._gates._set_begins[words + 1]):
            literal = self._gates._set_items[number]
            if self._places[2 * literal]:
                length = self._gates.literals._begins[literal + 1] - self._gates.literals._begins[literal]
                longest = max(longest, length)
        for place in range(0, places.count, 2):
            self._spread(spots, places.at[place], places.at[place], width + longest)
        return 0

    cdef list _extended(self, const Numbers* spots, int reach, int cues):
        """Return the places, those near `cues` if there are any, with `reach` characters behind each, joined."""
        cdef Py_ssize_t place, start = 0, end = -1
        cdef Numbers* words = NULL
        if cues >= 0:
            words = self._gather(cues)
        longer = []
        for place in range(0, spots.count, 2):
            if words != NULL and not _is_near(
                words, spots.at[place] - self._gates._before, spots.at[place + 1] + self._gates._after
            ):
                continue
            if end >= 0 and spots.at[place] <= end:
                end = spots.at[place + 1] + reach
                continue
            if end >= 0:
                longer.append((start, end))
            start, end = spots.at[place], spots.at[place + 1] + reach
        if end >= 0:
            longer.append((start, end))
        return longer


cdef int _order(const void* one, const void* other) noexcept nogil:
    return (<const int32_t*>one)[0] - (<const int32_t*>other)[0]


cdef bint _is_near(const Numbers* places, Py_ssize_t start, Py_ssize_t end) noexcept:
    """Tell whether one of the places, which are in order, is at least `start` and before `end`."""
    cdef Py_ssize_t low = 0, high = places.count, middle
    while low < high:  # middle < places.count
        middle = (low + high) >> 1
        if places.at[middle] < start:
            low = middle + 1
        else:
            high = middle
    return low < places.count and places.at[low] < end


cdef int _common(const Numbers* one, const Numbers* other, Numbers* spots) except -1:
    """Add the places that are in both."""
    cdef Py_ssize_t i = 0, j = 0
    cdef int32_t start, end
    while i < one.count and j < other.count:
        start = max(one.at[i], other.at[j])
        end = min(one.at[i + 1], other.at[j + 1])
        if start < end:
            _add(spots, start, end)
        if one.at[i + 1] < other.at[j + 1]:
            i += 2
        else:
            j += 2
    return 0


cdef list _pairs(const Numbers* numbers):
    cdef Py_ssize_t place
    return [(numbers.at[place], numbers.at[place + 1]) for place in range(0, numbers.count, 2)]
