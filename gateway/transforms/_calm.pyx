"""Whether a piece of an answer plainly tells and begins nothing: one look in place of half a dozen expressions.

It may say no where `stretch.is_decided` and `Restorers.scan` find nothing, and never yes where they find something; so
there is no twin of it in Python: who has no compiler asks those two.

`Channel` shows such a piece without a step in Python: a stream's pieces come so far apart that the processor has
forgotten all about the last one, and reading the code of every function anew takes longer than running it. So it does
with one that ends amid a surrogate as it was minted, and with the rest of that. What it does is what
`gateway.transforms.guarded.PlainChannel` does.
"""

from cpython.unicode cimport PyUnicode_DATA, PyUnicode_KIND, PyUnicode_READ, PyUnicode_Substring

from gateway.transforms.stretch import BEGINNINGS as _BEGINNINGS
from gateway.transforms.stretch import CONTEXT as _CONTEXT
from gateway.transforms.stretch import HOLD as _HOLD
from gateway.transforms.stretch import LETTERS as _LETTERS
from gateway.transforms.stretch import NEAR as _NEAR
from gateway.transforms.stretch import UNREAD as _UNREAD
from gateway.transforms.stretch import WINDOW as _WINDOW

cdef frozenset BEGINNINGS = _BEGINNINGS
cdef Py_ssize_t HOLD = _HOLD
cdef Py_ssize_t LETTERS = _LETTERS
cdef Py_ssize_t CONTEXT = _CONTEXT, NEAR = _NEAR, UNREAD = _UNREAD, WINDOW = _WINDOW
cdef Py_ssize_t LONGEST = max(map(len, _BEGINNINGS))

cdef enum:
    ANYWHERE = 1
    IN_FRONT = 2
    ESCAPE = 6


cdef inline bint is_letter(Py_UCS4 c) noexcept:
    return 97 <= c <= 122 or 65 <= c <= 90 or (c >= 128 and c.isalpha())


cdef inline bint is_ascii_letter(Py_UCS4 c) noexcept:
    return 97 <= c <= 122 or 65 <= c <= 90


cdef inline bint is_space(Py_UCS4 c) noexcept:
    return c == 32 or c.isspace()


cdef inline bint opens_number(int kind, void* data, Py_ssize_t at) noexcept:
    """Whether a number may begin behind `at`: at white space, an opening bracket, a colon, or another script."""
    if at < 0:
        return True
    cdef Py_UCS4 c = PyUnicode_READ(kind, data, at)
    if c == 45:  # behind a Hebrew letter
        return at > 0 and 0x5D0 <= PyUnicode_READ(kind, data, at - 1) <= 0x5EA
    return c == 40 or c == 91 or c == 58 or c >= 0x370 or is_space(c)


cdef bint ends_in_number(int kind, void* data, Py_ssize_t low, Py_ssize_t end) noexcept:
    """Whether the text may end within a number that goes on: digits and their joints up to the end."""
    cdef Py_ssize_t at = end - 1
    cdef Py_UCS4 c, before
    while at >= low:
        c = PyUnicode_READ(kind, data, at)
        if 48 <= c <= 57:
            before = PyUnicode_READ(kind, data, at - 1) if at else 32
            if opens_number(kind, data, at - 1) or ((before == 43 or before == 40) and opens_number(kind, data, at - 2)):
                return True
        elif c >= 128:
            return c.isdecimal()
        elif not (c == 32 or c == 40 or c == 41 or 43 <= c <= 47 or c == 58):  # ( ) + , - . / :
            return False
        at -= 1
    return False


cdef bint is_harmless(str whole, int kind, void* data, Py_ssize_t start, Py_ssize_t end):
    """Whether the word that the text ends with is an ordinary one, or may at least have been one until now."""
    cdef Py_ssize_t at = start, first, count = 0
    cdef Py_UCS4 c
    cdef bint capitals = True
    while at < end and at - start < 3 and PyUnicode_READ(kind, data, at) in (34, 39, 40):  # " ' (
        at += 1
    first = at
    if at < end and PyUnicode_READ(kind, data, at) in (34, 39, 40):  # quotes without end: what stands behind is no word
        return False
    while at < end:
        c = PyUnicode_READ(kind, data, at)
        if not is_letter(c):
            break
        if 65 <= c <= 90:
            if count and not capitals:
                return False
        else:
            if count > 1 and capitals:
                return False
            capitals = False
        count += 1
        at += 1
    if count > LETTERS or (count > 1 and capitals and count > 3):
        return False
    if end - first <= LONGEST and PyUnicode_Substring(whole, first, end).lower() in BEGINNINGS:
        return False
    if at < end and PyUnicode_READ(kind, data, at) in (39, 0x2019):  # ' and as it is printed
        at += 1
        count = 0
        while at < end and count < 3 and 97 <= PyUnicode_READ(kind, data, at) <= 122:
            at += 1
            count += 1
    if end - at > 3:
        return False
    while at < end:
        if PyUnicode_READ(kind, data, at) not in (34, 39, 46, 44, 59, 58, 33, 63, 41):  # " ' . , ; : ! ? )
            return False
        at += 1
    return True


cdef bint may_end_in_surrogate(str whole, int kind, void* data, Py_ssize_t floor, Py_ssize_t end, frozenset starts):
    """Whether the last word, or what separates it from what comes next, may be a surrogate's beginning."""
    cdef Py_ssize_t last = end, first
    cdef Py_UCS4 c
    while last > floor:
        c = PyUnicode_READ(kind, data, last - 1)
        if is_ascii_letter(c):
            break
        if not (c == 45 or c == 58 or c == 95 or c >= 128 or is_space(c)):
            return False
        last -= 1
    first = last
    while first > floor and is_ascii_letter(PyUnicode_READ(kind, data, first - 1)):
        first -= 1
    if first == last:
        return False
    if first == floor and floor and is_ascii_letter(PyUnicode_READ(kind, data, floor - 1)):
        return False  # it began before, and was no beginning there
    return last - first < 3 or PyUnicode_Substring(whole, first, first + 3).lower() in starts


cdef bint looks_plain(str whole, Py_ssize_t floor, bytes marks, frozenset starts) except -1:
    cdef Py_ssize_t end = len(whole), at
    if len(marks) != 128 or not 0 <= floor <= end:
        raise ValueError("not the marks of ASCII, or no place in the text")
    if end - floor >= HOLD:
        return False
    cdef const unsigned char* marked = marks
    cdef int kind = PyUnicode_KIND(whole), dashes = 0, mark
    cdef void* data = PyUnicode_DATA(whole)
    cdef Py_UCS4 c, before = PyUnicode_READ(kind, data, floor - 1) if floor else 32
    cdef bint digits = False, begins = False, opens = False, joined = is_ascii_letter(before) or 48 <= before <= 57
    cdef Py_ssize_t word = floor
    for at in range(floor, end):
        c = PyUnicode_READ(kind, data, at)
        if c < 128:
            mark = marked[<int>c]
            if mark & ANYWHERE or c == 60:  # <
                return False
            if mark & IN_FRONT:
                begins = True
                opens = opens or not joined
            if 48 <= c <= 57:
                digits = joined = True
            elif is_ascii_letter(c):
                joined = True
            else:
                if c == 40 and before == 93 and at > floor:  # ](
                    return False
                joined = False
                if is_space(c):
                    word = at + 1
            dashes = dashes + 1 if c == 45 else 0
            if dashes == 5:
                return False
        else:
            if c == 0xFF1C:
                return False
            if is_space(c):
                word = at + 1
            joined = False
            dashes = 0
        before = c
    if begins:
        if opens and digits:  # an id may stand there
            return False
        for at in range(max(0, floor - ESCAPE), floor):
            if PyUnicode_READ(kind, data, at) == 92:  # an escape may end within a word
                return False
        if may_end_in_surrogate(whole, kind, data, floor, end, starts):
            return False
    if digits and ends_in_number(kind, data, max(floor, end - 64), end):
        return False
    return word == end or is_harmless(whole, kind, data, word, end)


def is_plain(str whole not None, Py_ssize_t floor, bytes marks not None, frozenset starts not None):
    """Return whether `whole` from `floor` on may be shown as it is, though more comes; False: perhaps.

    Args:
        whole: what was shown last and what was not yet; not JSON source, and no hint stands near its end.
        floor: where the latter begins.
        marks: of each ASCII character, whether a surrogate may begin with it.
        starts: the first three letters that a surrogate's label may have, in lower case.

    Raises:
        ValueError: if `marks` is not about ASCII, or `floor` is outside.
    """
    return looks_plain(whole, floor, marks, starts)


cdef class Shared:
    """What all channels of one answer share, and each piece asks about: the beginning of a `Found`."""

    cdef public bint blocked
    cdef public Py_ssize_t length
    cdef public dict heard

    def __init__(self):
        self.heard = {}


cdef class Channel:
    """The beginning of a `GuardedChannel`: what all pieces pass, and most of them no more."""

    cdef public object _quick, _swallows, _told
    cdef public Shared _found
    cdef public str _before, _pending
    cdef public bytes _marks
    cdef public frozenset _starts
    cdef public dict _exact
    cdef public list _heard, _unread
    cdef public Py_ssize_t _shown, _unread_size
    cdef public bint _looks, _keys_only

    def __init__(self):
        self._before = self._pending = ""
        self._heard, self._unread = [], []
        self._found = Shared()

    def feed(self, str text not None):
        lookout = self._quick
        if lookout is None or not text or self._swallows is not None or self._found.blocked:
            return self._feed(text, ended=False)
        cdef str before = self._before
        cdef Py_ssize_t floor = len(before), at = self._shown, until
        cdef int calm = lookout.read_calmly(text, at - CONTEXT, at - NEAR, at, self._keys_only)
        if self._pending:
            return self._go_on(before + self._pending + text, floor, calm)
        cdef str whole = before + text
        if not calm:
            return self._look(whole, floor)
        until = len(whole)
        if not looks_plain(whole, floor, self._marks, self._starts):
            until = self._begun(whole, floor)
            if until < 0 or not looks_plain(whole[:until], floor, self._marks, self._starts):
                return self._look(whole, floor)
        if calm > 1 and self._is_code(whole, floor, until):
            return self._look(whole, floor)
        if until == len(whole):
            self._keep(whole, text, text)
            return text
        shown = whole[floor:until]
        self._keep(whole[:until], shown, shown)
        self._pending = whole[until:]
        return shown

    cdef _go_on(self, str whole, Py_ssize_t floor, int calm):
        """Return what may be shown of `whole` from `floor` on, which was read; some of it was held."""
        cdef Py_ssize_t size = len(whole), end
        cdef str surrogate, shown
        if not calm or size - floor >= HOLD:
            return self._decide(whole, floor, ended=False)
        if whole[floor] != "<":
            if not looks_plain(whole, floor, self._marks, self._starts):
                return self._decide(whole, floor, ended=False)
            if calm > 1 and self._is_code(whole, floor, size):
                return self._decide(whole, floor, ended=False)
            shown = whole[floor:]
            self._keep(whole, shown, shown)
            self._pending = ""
            return shown
        for surrogate in self._exact:
            if whole.startswith(surrogate, floor):
                break
            if len(surrogate) > size - floor and surrogate.startswith(whole[floor:]):
                self._pending = whole[floor:]
                return ""
        else:
            return self._decide(whole, floor, ended=False)
        end = floor + len(surrogate)
        watch = self._read()
        if watch.inside or not looks_plain(whole, end, self._marks, self._starts):
            return self._decide(whole, floor, ended=False)
        if not has_space(whole, end):  # its word has not ended
            self._pending = whole[floor:]
            return ""
        if calm > 1 and self._is_code(whole, floor, size):
            return self._decide(whole, floor, ended=False)
        value = self._exact[surrogate]
        rest = whole[end:]
        watch.put(value)
        self._keep(whole, whole[floor:], rest)
        self._pending = ""
        return value + rest

    cdef bint _is_code(self, str whole, Py_ssize_t floor, Py_ssize_t until) except -1:
        """Whether what stands from `floor` to `until` holds code for a text, or belongs to it."""
        return self._quick.is_code(whole[word_start(whole, floor):until])

    cdef Py_ssize_t _begun(self, str whole, Py_ssize_t floor) except -2:
        """Return where a surrogate as minted begins behind a space, and does not end; -1: nowhere."""
        cdef Py_ssize_t at = whole.rfind("<", floor)
        cdef str end, surrogate
        if at < 0 or (at > floor and not is_space(whole[at - 1])):
            return -1
        end = whole[at:]
        for surrogate in self._exact:
            if len(surrogate) > len(end) and surrogate.startswith(end):
                return at
        return -1

    cdef int _keep(self, str whole, str heard, str unread) except -1:
        """Note that `heard`, with which `whole` ends, was shown; `unread` is what the watch has not read of it."""
        cdef Py_ssize_t length
        cdef Shared found = self._found
        self._unread.append(unread)
        self._unread_size += len(unread)
        if self._unread_size > UNREAD:
            self._read()
        if self._looks and heard:
            length = found.length + len(heard)
            if self._told is found.heard and length <= WINDOW:
                self._heard.append(heard)
                found.length = length
            else:
                self._hear(heard)
        self._shown += len(heard)
        self._before = whole[max(0, len(whole) - CONTEXT):]
        return 0


cdef bint has_space(str whole, Py_ssize_t at):
    """Whether there is white space from `at` on."""
    cdef int kind = PyUnicode_KIND(whole)
    cdef void* data = PyUnicode_DATA(whole)
    while at < len(whole):
        if is_space(PyUnicode_READ(kind, data, at)):
            return True
        at += 1
    return False


cdef Py_ssize_t word_start(str whole, Py_ssize_t at):
    """Return where the word begins that goes on at `at`."""
    cdef int kind = PyUnicode_KIND(whole)
    cdef void* data = PyUnicode_DATA(whole)
    while at and not is_space(PyUnicode_READ(kind, data, at - 1)):
        at -= 1
    return at
