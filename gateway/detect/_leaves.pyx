"""What leaves of ASCII show at their edges, and which leaves follow one another: for `beginnings`, `splits`, `neighbours`.

A document of nothing but short leaves asks a dozen expressions of each of them, and in what rows it stands. Here one
pass over a leaf answers what the expressions there would; of a leaf that has other characters than ASCII the caller
asks the expressions themselves.

Every reading of a text goes through `at`, which gives 0 beyond its ends: no index can leave it.
"""

from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport calloc, free

from gateway.detect._text cimport Text, at, is_space, text_in

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text) noexcept
    bint Py_UNICODE_ISDECIMAL(Py_UCS4 c) noexcept nogil

cdef enum:
    # The bits of `beginnings.Edge`.
    DIGITS = 1
    BANK = 2
    SHAPED = 4
    NUMBERED = 8
    QUOTED = 16
    AN_AT = 32
    A_PLUS = 64
    SPACED = 128

    PIECE = 48  # characters of a piece at most
    STRIDES = 3
    MAX_IBAN = 28  # letters and digits behind the first four
    MAX_NUMBER = 17  # digits behind the first
    MAX_PIECE = 30

    NO = 1
    YES = 2
    UNKNOWN = 3


cdef inline bint _is_digit(uint32_t c) noexcept nogil:
    return 48 <= c <= 57


cdef inline bint _is_upper(uint32_t c) noexcept nogil:
    return 65 <= c <= 90


cdef inline bint _is_plain(uint32_t c) noexcept nogil:
    """Tell whether the character is a letter or a digit of ASCII."""
    return _is_digit(c) or 97 <= (c | 32) <= 122


cdef inline bint _is_word(uint32_t c) noexcept nogil:
    return _is_plain(c) or c == 95


cdef inline bint _is_gap(uint32_t c) noexcept nogil:
    """Tell whether the character may stand between groups of digits."""
    return c == 32 or 45 <= c <= 47  # - . /


cdef inline bint _is_opening(uint32_t c) noexcept nogil:
    """Tell whether a key may begin behind the character."""
    return (
        c == 34 or c == 39 or c == 96 or c == 61 or c == 58 or c == 44 or c == 59 or c == 40 or c == 41  # "'`=:,;()
        or c == 91 or c == 93 or c == 123 or c == 125 or c == 60 or c == 62  # []{}<>
    )


def edge(str text not None, Py_ssize_t width):
    """Return what a text shows in its last `width` characters and at its start, as bits of `beginnings.Edge`.

    Returns:
        All bits, -1, if the text has other characters than ASCII.
    """
    if not PyUnicode_IS_ASCII(text):
        return -1
    cdef Text its = text_in(text)
    cdef Py_ssize_t low = max(its.size - width, 0), place
    cdef int shown = 0
    cdef uint32_t c
    for place in range(low, its.size):
        c = at(&its, place)
        if _is_digit(c):
            shown |= DIGITS
        elif c == 64:
            shown |= AN_AT
        elif c == 43:
            shown |= A_PLUS
        elif is_space(c):
            shown |= SPACED
    if shown & DIGITS:
        if _bank(&its, low, low, lower=False):
            shown |= BANK
        if _shaped(&its, low):
            shown |= SHAPED
    if _ends_in_digits(&its) or _begins_in_digits(&its):
        shown |= NUMBERED
    place = its.size - 1
    while place >= low and is_space(at(&its, place)):
        place -= 1
    while place >= low and not is_space(at(&its, place)):
        if _is_opening(at(&its, place)):
            shown |= QUOTED
            break
        place -= 1
    return shown


cdef bint _bank(const Text* text, Py_ssize_t low, Py_ssize_t seen, bint lower) noexcept nogil:
    """Tell whether a text ends as an IBAN begins, which begins at `low` or behind; `seen` is what stands before it."""
    cdef Py_ssize_t place, start
    cdef int count
    cdef uint32_t c
    # Each character of an IBAN may have one that is none before it, and one may be at the end.
    for start in range(max(low, text.size - 2 * MAX_IBAN - 5), text.size - 3):
        if start > seen and _is_plain(at(text, start - 1)):
            continue
        if not (_is_letter(at(text, start), lower) and _is_letter(at(text, start + 1), lower)):
            continue
        if not (_is_digit(at(text, start + 2)) and _is_digit(at(text, start + 3))):
            continue
        place = start + 4
        for count in range(MAX_IBAN):
            c = at(text, place)
            if (c == 32 or c == 45) and _is_number(at(text, place + 1), lower):
                place += 2
            elif _is_number(c, lower):
                place += 1
            else:
                break
        c = at(text, place)
        if c == 32 or c == 45:
            place += 1
        if place >= text.size:
            return True
    return False


cdef inline bint _is_letter(uint32_t c, bint lower) noexcept nogil:
    return _is_upper(c) or (lower and 97 <= c <= 122)


cdef inline bint _is_number(uint32_t c, bint lower) noexcept nogil:
    return _is_digit(c) or _is_letter(c, lower)


cdef inline Py_ssize_t _digits(const Text* text, Py_ssize_t place, int most) noexcept nogil:
    """Return where so many digits from `place` on end, or fewer."""
    cdef Py_ssize_t end = place
    while end - place < most and _is_digit(at(text, end)):
        end += 1
    return end


cdef bint _shaped(const Text* text, Py_ssize_t low) noexcept nogil:
    """Tell whether a text ends as an SSN or a CPF begins: behind three digits."""
    cdef Py_ssize_t start, place, end
    cdef uint32_t c
    for start in range(max(low, text.size - 13), text.size - 3):
        c = at(text, start - 1) if start > low else 0
        if _is_word(c) or c == 45 or c == 46 or _digits(text, start, 3) != start + 3:
            continue
        place = start + 4
        c = at(text, start + 3)
        if c == 45:
            end = _digits(text, place, 2)
            if end > place and at(text, end) == 45:
                end = _digits(text, end + 1, 3)
        elif c == 46:
            end = _digits(text, place, 3)
            if end > place and at(text, end) == 46:
                place = end + 1
                end = _digits(text, place, 3)
                if end > place and at(text, end) == 45:
                    end = _digits(text, end + 1, 1)
        else:
            continue
        if end == text.size:
            return True
    return False


cdef bint _ends_in_digits(const Text* text) noexcept nogil:
    """Tell whether a text ends in a digit or some capitals, and little behind them."""
    cdef Py_ssize_t low = max(text.size - 10, 0), place = text.size, end
    while place > low and _is_gap(at(text, place - 1)):
        place -= 1
    if text.size - place > 2:
        return False
    end = place
    while place > low and _is_upper(at(text, place - 1)):
        place -= 1
    return end - place >= 3 or (place > low and _is_digit(at(text, place - 1)))


cdef bint _begins_in_digits(const Text* text) noexcept nogil:
    """Tell whether a text begins with a digit, or capitals and a digit, and little before them; or with one capital."""
    cdef Py_ssize_t place = 0, start
    while _is_gap(at(text, place)):
        place += 1
    if place <= 2:
        start = place
        while _is_upper(at(text, place)):
            place += 1
        if place - start <= 6 and _is_digit(at(text, place)):
            return True
    return _is_upper(at(text, 0)) and not (_is_word(at(text, 1)) or at(text, 1) == 45)


cdef int _is_piece(str text) noexcept:
    """Tell whether a text is no words; `UNKNOWN`: if it is groups of digits that are no ASCII."""
    cdef Text its = text_in(text)
    cdef Py_ssize_t place = 0, tokens = 0
    cdef bint inside = False, number = False
    cdef uint32_t c
    if its.size > PIECE:
        return NO
    for place in range(its.size):
        c = at(&its, place)
        if is_space(c):
            inside = False
        elif not inside:
            inside = True
            tokens += 1
        if _is_digit(c):
            number = True
    if tokens <= 1:
        return YES
    if not PyUnicode_IS_ASCII(text):
        return UNKNOWN
    return YES if number and _groups(&its) else NO


cdef bint _groups(const Text* text) noexcept nogil:
    """Tell whether a text is groups of digits, with capitals before and letters behind them, set apart."""
    cdef Py_ssize_t place = 0, start, digit
    cdef int count = 0
    while _is_gap(at(text, place)):
        place += 1
    if place > 3:
        return False
    while place < text.size:
        start = place
        while _is_upper(at(text, place)):
            place += 1
        digit = place
        if _is_digit(at(text, digit)):
            while _is_plain(at(text, place)):
                place += 1
            if digit - start > 6 or place - digit > 21:
                return False
        elif not 0 < place - start <= 2:
            return False
        count += 1
        start = place
        while _is_gap(at(text, place)):
            place += 1
        if place == text.size:
            return count <= 9 and place - start <= 3
        if not 0 < place - start <= 2:
            return False
    return False


def is_piece(str text not None):
    """Tell what `beginnings.is_piece` tells; None where it must be asked."""
    cdef int known = _is_piece(text)
    return None if known == UNKNOWN else known == YES


def border(str text not None, Py_ssize_t width):
    """Return what a text has at its borders that may be a piece of a number, of `width` characters each.

    Returns:
        How many digits the first number has and how many the last, whether the text is nothing but digits and what
        separates them, and whether it ends as an IBAN begins. None if the text has other characters than ASCII.
    """
    if not PyUnicode_IS_ASCII(text):
        return None
    cdef Text its = text_in(text)
    cdef Py_ssize_t low = max(its.size - width, 0), start, end, digits
    cdef Py_ssize_t first = 0, last = 0
    end = 0
    if _number(&its, 0, min(width, its.size), &start, &end, &digits):
        first = digits
    # Where the text is short, these are the same numbers.
    end = low
    while _number(&its, end, its.size, &start, &end, &digits):
        last = digits
    return first, last, low == 0 and _is_number_piece(&its), _bank(&its, low, 0, lower=True)


cdef bint _number(
    const Text* text, Py_ssize_t place, Py_ssize_t stop, Py_ssize_t* start, Py_ssize_t* end, Py_ssize_t* digits
) noexcept nogil:
    """Find the next number of two to eighteen digits, each with one blank or hyphen before it at most."""
    cdef Py_ssize_t at_, found
    cdef int count, its = 0
    for place in range(place, stop):
        if not _is_digit(at(text, place)):
            continue
        if place and (_is_word(at(text, place - 1)) or at(text, place - 1) == 46):
            continue
        at_ = place + 1
        found = 0
        for count in range(MAX_NUMBER):
            if at_ < stop and (at(text, at_) == 32 or at(text, at_) == 45) and at_ + 1 < stop:
                if not _is_digit(at(text, at_ + 1)):
                    break
                at_ += 2
            elif at_ < stop and _is_digit(at(text, at_)):
                at_ += 1
            else:
                break
            # It ends where no word goes on, as far behind as may be; what is cut off here counts as the end.
            if at_ >= stop or not _is_word(at(text, at_)):
                found = at_
                its = count + 2
        if found:
            start[0], end[0], digits[0] = place, found, its
            return True
    return False


cdef bint _is_number_piece(const Text* text) noexcept nogil:
    cdef Py_ssize_t place = 0, start
    cdef uint32_t c
    while is_space(at(text, place)):
        place += 1
    if not _is_digit(at(text, place)):
        return False
    start = place + 1
    place = start
    while place - start < MAX_PIECE:
        c = at(text, place)
        if not (_is_digit(c) or _is_gap(c) or c == 44):
            break
        place += 1
    while is_space(at(text, place)):
        place += 1
    return place >= text.size


cdef struct Lane:
    Py_ssize_t last, stop, width
    bint ended


cdef class Grid:
    """Tells which leaves follow one another; the twin of `neighbours.PlainGrid`.

    Args:
        values: the leaves.
        heads: how each begins.
        width: characters behind which a row ends.
        most: leaves of a row at most.
        texts: names of fields for which `text` stands.
        may_be_piece: asked of a text of which the pass here cannot tell whether it is a piece.
        begins_key: tells whether a leaf begins as a key does.
    """

    cdef list _values, _heads, _parents, _names
    cdef Py_ssize_t _width, _most, _size
    cdef object _may_be_piece, _begins_key
    cdef uint8_t* _pieces
    cdef uint8_t* _keys
    cdef Lane _lanes[STRIDES + 1][STRIDES]

    def __cinit__(self, list values not None, *args):
        self._size = len(values)
        self._pieces = <uint8_t*>calloc(self._size + 1, 1)
        self._keys = <uint8_t*>calloc(self._size + 1, 1)
        if self._pieces is NULL or self._keys is NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self._pieces)
        free(self._keys)

    def __init__(self, list values not None, list heads not None, width, most, texts, may_be_piece, begins_key):
        cdef Py_ssize_t cut, stride, lane
        cdef str path, name
        if len(heads) != self._size or len(values) != self._size:
            raise ValueError("not a head for each leaf")
        self._values, self._heads = values, heads
        self._width, self._most = width, most
        self._may_be_piece, self._begins_key = may_be_piece, begins_key
        self._parents, self._names = [], []
        for leaf in values:
            path = leaf.path
            cut = path.rfind("/")
            name = path[cut + 1 :]
            self._parents.append(path[:cut] if cut > 0 else "")
            self._names.append("text" if name in texts else name)
        for stride in range(STRIDES + 1):
            for lane in range(STRIDES):
                self._lanes[stride][lane].last = -1

    cpdef bint is_next(self, Py_ssize_t place, Py_ssize_t stride) except -1:
        """Tell whether a leaf is of one kind with the one so far before it."""
        cdef Py_ssize_t before = place - stride
        if not 0 <= before <= place < self._size:
            raise IndexError("no such leaf")
        if <str>self._names[place] == <str>self._names[before]:
            return True
        return stride == 1 and <str>self._parents[place] == <str>self._parents[before]

    cpdef bint is_piece(self, Py_ssize_t place) except -1:
        """Tell whether a leaf is a piece."""
        cdef int known
        if not 0 <= place < self._size:
            raise IndexError("no such leaf")
        known = self._pieces[place]
        if not known:
            text = self._values[place].text
            known = _is_piece(text)
            if known == UNKNOWN:
                known = YES if self._may_be_piece(text) else NO
            self._pieces[place] = <uint8_t>known
        return known == YES

    def behind(self, Py_ssize_t place, Py_ssize_t stride):
        """Return the places that the leaf at `place` may go on in: pieces, and the beginning of one that is not."""
        cdef Py_ssize_t start = place + stride, stop, width, most, one
        cdef bint ended
        cdef Lane* lane
        if not (0 <= place and 1 <= stride <= STRIDES):
            raise IndexError("no such leaf")
        if start >= self._size or not self.is_next(start, stride):
            return range(start, start, stride)
        # Where the row of the last one ends is known: most of it is the row of this one.
        lane = &self._lanes[stride][place % stride]
        if 0 <= lane.last < place < lane.stop and self.is_piece(place):
            stop, width, ended = lane.stop, lane.width, lane.ended
            for one in range(lane.last + stride, start, stride):
                width -= self._length(one)
        else:
            stop, width, ended = start, 0, False
        most = min(place + stride * self._most, self._size)
        while not ended and stop < most and width <= self._width:
            if not self.is_next(stop, stride):
                ended = True
                break
            width += self._length(stop)
            ended = not self.is_piece(stop)
            stop += stride
        lane.last, lane.stop, lane.width, lane.ended = place, stop, width, ended
        return range(start, stop, stride)

    cdef inline Py_ssize_t _length(self, Py_ssize_t place) except -1:
        return len(<str>self._values[place].text)

    def are_items(self, Py_ssize_t place, Py_ssize_t stride, Py_ssize_t count):
        """Tell whether a leaf and so many behind it all begin as a key does, or all as an IBAN."""
        cdef Py_ssize_t last = place + stride * count, one
        if place < 0 or stride < 1 or last >= self._size:
            raise IndexError("no such leaf")
        for one in range(place, last + 1, stride):
            if not self._begins_as_iban(one):
                break
        else:
            return True
        for one in range(place, last + 1, stride):
            if not self._begins_as_key(one):
                return False
        return True

    cdef bint _begins_as_iban(self, Py_ssize_t place) except -1:
        cdef Text its = text_in(<str>self._heads[place])
        return (
            _is_upper(at(&its, 0))
            and _is_upper(at(&its, 1))
            and Py_UNICODE_ISDECIMAL(at(&its, 2))
            and Py_UNICODE_ISDECIMAL(at(&its, 3))
        )

    cdef bint _begins_as_key(self, Py_ssize_t place) except -1:
        if not self._keys[place]:
            self._keys[place] = NO if self._begins_key(self._heads[place]) is None else YES
        return self._keys[place] == YES
