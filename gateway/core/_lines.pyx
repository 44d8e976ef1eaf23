"""Audit records as lines, and how their numbers are rounded: `gateway.core.record` and `gateway.core.rounding`.

Written is what nearly all records are made of: short words of plain ASCII, whole numbers, shares and milliseconds.
Whatever else comes is left to the twin, which knows how it is written or why it cannot be: half a record is never told.
"""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from libc.math cimport signbit
from libc.string cimport memcpy

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL
    long long PyLong_AsLongLongAndOverflow(object number, int* overflow) except? -1

cdef enum:
    MAX_WORD = 256  # as in `gateway.core.record`
    DIGITS = 24
    FIRST = 4096

cdef double SCALE = 10000.0
cdef double LEAST = 0.001
cdef double MOST = 0.999
cdef double LARGEST = 1e9
cdef tuple LEVELS = ("low", "moderate", "high")


class _Odd(Exception):
    """Something is not usual."""


cpdef double rounded(double value) except? -1.0:
    cdef double scaled = value * SCALE + 0.5, whole
    if -1.0 <= value <= 1.0:
        whole = floor_of(scaled)
        if LEAST < scaled - whole < MOST:
            return whole / SCALE
    return round(value, 4)


cdef inline double floor_of(double value) noexcept:
    """Return what is left of a number below 2 ** 62 without its places."""
    cdef double whole = <double><long long>value
    return whole - 1.0 if whole > value else whole


@cython.final
cdef class _Line:
    """A line that is being written."""

    cdef char* text
    cdef Py_ssize_t size, room

    def __cinit__(self):
        self.text = NULL
        self.size = self.room = 0

    def __dealloc__(self):
        PyMem_Free(self.text)

    cdef int put(self, const char* source, Py_ssize_t size) except -1:
        cdef char* more
        cdef Py_ssize_t room
        if self.size + size > self.room:
            room = max(FIRST, 2 * (self.size + size))
            more = <char*>PyMem_Realloc(self.text, room)
            if more == NULL:
                raise MemoryError
            self.text, self.room = more, room
        memcpy(self.text + self.size, source, size)
        self.size += size
        return 0

    cdef int plain(self, bytes source) except -1:
        return self.put(source, len(source))

    cdef int word(self, object text) except -1:
        """Write a word in quotes."""
        cdef Py_ssize_t size = 0, at
        cdef const char* source
        if not isinstance(text, str) or not PyUnicode_IS_ASCII(text):
            raise _Odd
        source = PyUnicode_AsUTF8AndSize(text, &size)
        if size > MAX_WORD:
            raise _Odd
        for at in range(size):
            if source[at] < 32 or source[at] == 34 or source[at] == 92:
                raise _Odd
        self.put(b'"', 1)
        self.put(source, size)
        return self.put(b'"', 1)

    cdef int word_or_none(self, object text) except -1:
        return self.put(b"null", 4) if text is None else self.word(text)

    cdef int level(self, object sensitivity) except -1:
        if sensitivity is None:
            return self.put(b"null", 4)
        return self.word(LEVELS[<Py_ssize_t>sensitivity])

    cdef int flag(self, object value) except -1:
        if value is True:
            return self.put(b"true", 4)
        if value is not False:
            raise _Odd
        return self.put(b"false", 5)

    cdef int whole(self, object number) except -1:
        """Write an integer that is not negative."""
        cdef int overflow = 0
        cdef long long value
        if type(number) is not int:
            raise _Odd
        value = PyLong_AsLongLongAndOverflow(number, &overflow)
        if overflow or value < 0:
            raise _Odd
        return self.decimal(value, 0)

    cdef int decimal(self, long long number, int places) except -1:
        """Write `number` with so many of its digits behind the point, at the end of which is no zero but the first."""
        cdef char[DIGITS] digits
        cdef int begin = DIGITS, end = DIGITS, place
        for place in range(places):
            begin -= 1
            digits[begin] = 48 + number % 10
            number //= 10
            if digits[begin] == 48 and begin + 1 == end and place + 1 < places:
                end -= 1
        if places:
            begin -= 1
            digits[begin] = 46
        while True:
            begin -= 1
            digits[begin] = 48 + number % 10
            number //= 10
            if not number:
                return self.put(digits + begin, end - begin)

    cdef int share(self, object value) except -1:
        """Write a number that has been rounded."""
        cdef double number
        cdef long long scaled
        if type(value) is not float:
            raise _Odd
        number = value
        if not 0.0 <= number <= 1.0:
            raise _Odd
        scaled = <long long>(number * SCALE + 0.5)
        if scaled / SCALE != number or signbit(number):
            raise _Odd
        return self.decimal(scaled, 4)

    cdef int score(self, object value) except -1:
        """Round a number, and write it."""
        if type(value) is not float:
            raise _Odd
        return self.share(rounded(value))

    cdef int spent(self, object value) except -1:
        """Write milliseconds, in thousandths."""
        cdef double number
        if type(value) is not float:
            raise _Odd
        number = value
        if not 0.0 <= number < LARGEST:
            raise _Odd
        return self.decimal(<long long>(number * 1000 + 0.5), 3)

    cdef int words(self, object texts) except -1:
        cdef bint more = False
        self.put(b"[", 1)
        for text in texts:
            if more:
                self.put(b",", 1)
            more = True
            self.word(text)
        return self.put(b"]", 1)

    cdef int key(self, object name, bint more) except -1:
        if more:
            self.put(b",", 1)
        self.word(name)
        return self.put(b":", 1)

    cdef int counts(self, object counted) except -1:
        cdef bint more = False
        self.put(b"{", 1)
        for name, count in counted.items():
            self.key(name, more)
            more = True
            self.whole(count)
        return self.put(b"}", 1)

    cdef int record(self, object record) except -1:
        cdef bint more
        if record.omitted or record.shadow is not None:
            raise _Odd
        self.plain(b'{"schema":"privacy-gateway/audit/v1","id":')
        self.word(record.id)
        self.plain(b',"time":')
        self.word(record.time)
        self.plain(b',"event":')
        self.word(record.event)
        self.plain(b',"tenant":')
        self.word(record.tenant)
        self.plain(b',"principal":')
        self.word(record.principal)
        self.plain(b',"purpose":')
        self.word(record.purpose)
        self.plain(b',"groups":')
        self.words(record.groups)
        self.plain(b',"dialect":')
        self.word(record.dialect)
        self.plain(b',"endpoint":')
        self.word(record.endpoint)
        self.plain(b',"model":')
        self.word(record.model)
        self.plain(b',"sensitivity":')
        self.level(record.sensitivity)
        self.plain(b',"residual":')
        self.level(record.residual)
        self.plain(b',"topics":{')
        more = False
        for name, probability in record.topics.items():
            self.key(name, more)
            more = True
            self.share(probability)
        self.plain(b'},"reasons":[')
        more = False
        for reason in record.reasons:
            self.plain(b',{"rule":' if more else b'{"rule":')
            more = True
            self.word(reason.rule)
            self.plain(b',"detail":')
            self.word(reason.detail)
            self.plain(b',"level":')
            self.level(reason.level)
            self.put(b"}", 1)
        self.plain(b'],"rule":')
        self.word(record.rule)
        self.plain(b',"effect":')
        self.word(record.effect)
        self.plain(b',"route":')
        self.words(record.route)
        self.plain(b',"budgets":')
        self.words(record.budgets)
        self.plain(b',"zone":')
        self.word_or_none(record.zone)
        self.plain(b',"upstream":')
        self.word_or_none(record.upstream)
        self.plain(b',"findings":[')
        more = False
        for finding in record.findings:
            self.plain(b',{"entity_type":' if more else b'{"entity_type":')
            more = True
            self.word(finding.entity_type)
            self.plain(b',"path":')
            self.word(finding.path)
            self.plain(b',"score":')
            self.score(finding.score)
            self.plain(b',"recognizer":')
            self.word(finding.recognizer)
            self.put(b"}", 1)
        self.plain(b'],"findings_omitted":')
        self.whole(record.findings_omitted)
        self.plain(b',"omitted":[],"transforms":{')
        more = False
        for name, done in record.transforms.items():
            self.key(name, more)
            more = True
            self.plain(b'{"operator":')
            self.word(done.operator)
            self.plain(b',"count":')
            self.whole(done.count)
            self.put(b"}", 1)
        self.plain(b'},"policy_revision":')
        self.word(record.policy_revision)
        self.plain(b',"classifier_revision":')
        self.word(record.classifier_revision)
        self.plain(b',"stream":')
        self.flag(record.stream)
        self.plain(b',"status":')
        if record.status is None:
            self.put(b"null", 4)
        else:
            self.whole(record.status)
        self.plain(b',"tokens":')
        self.counts(record.tokens)
        self.plain(b',"latency_ms":{')
        more = False
        for name, spent in record.latency_ms.items():
            self.key(name, more)
            more = True
            self.spent(spent)
        self.plain(b'},"shadow":null,"answer":')
        self.answer(record.answer)
        return self.put(b"}", 1)

    cdef int answer(self, object answer) except -1:
        if answer is None:
            return self.put(b"null", 4)
        self.plain(b'{"risk":')
        self.share(answer.risk)
        self.plain(b',"found":')
        self.counts(answer.found)
        self.plain(b',"redacted":')
        self.counts(answer.redacted)
        self.plain(b',"withheld":')
        self.counts(answer.withheld)
        self.plain(b',"blocked":')
        self.flag(answer.blocked)
        return self.put(b"}", 1)


def record_line(record):
    cdef _Line line = _Line()
    try:
        line.record(record)
    except _Odd:
        return None
    return PyBytes_FromStringAndSize(line.text, line.size)
