"""Where rows of letters and signs of addresses may begin: the places at which `gateway.detect.spelled` tries to match.

Every reading of the text goes through `at`, which gives 0 beyond its ends: no index can leave it.
"""

from libc.stdint cimport uint32_t

from gateway.detect._text cimport Text, at, is_space, text_in


cdef inline bint _is_plain(uint32_t c) noexcept nogil:
    """Tell whether the character is a letter or a digit of ASCII."""
    return 48 <= c <= 57 or 97 <= (c | 32) <= 122


cdef inline bint _is_mark(uint32_t c) noexcept nogil:
    """Tell whether what stands between letters that are set apart may begin so."""
    return (
        c == 45 or c == 95 or c == 42 or c == 124 or c == 126 or c == 47 or c == 44  # - _ * | ~ / ,
        or c == 60 or c == 96 or c == 92 or c == 34 or c == 39  # < ` \ " '
    )


cdef inline bint _goes_on(const Text* text, Py_ssize_t place) noexcept nogil:
    """Tell whether one character follows the mark at `place`, and the mark again: a short mark leaves no choice."""
    cdef uint32_t mark = at(text, place)
    if mark == 60 or mark == 96 or mark == 92 or mark == 34 or mark == 39 or mark == 42:
        return True
    if mark == 44 and at(text, place + 1) == 32:
        place += 1
    return at(text, place + 2) == mark


def rows(str text not None):
    """Return how many characters stand alone, where three of them in a row may begin, and where set apart ones may.

    What is alone has white space, or nothing, on both sides. The places are those of the first characters, in order.
    """
    cdef Py_ssize_t place, start = 0, count = 0, one = -1, other = -1, step
    cdef Text its = text_in(text)
    spaced, marked = [], []
    for place in range(its.size + 1):
        if place < its.size and not is_space(at(&its, place)):
            if (
                _is_mark(at(&its, place))
                and place > 0
                and _is_plain(at(&its, place - 1))
                and not (place > 1 and _is_plain(at(&its, place - 2)))
                and _goes_on(&its, place)
            ):
                marked.append(place - 1)
            continue
        step = place - start  # the length of what ends here
        if step == 1:
            count += 1
            # The last two of those before it: -1 where a longer one, or nothing, stood.
            if one >= 0:
                spaced.append(one)
            one, other = other, start
        elif step > 1:
            one = other = -1
        start = place + 1
    return count, spaced, marked


cdef inline bint _is_opening(uint32_t c) noexcept nogil:
    return c == 91 or c == 40 or c == 123 or c == 60 or c == 42 or c == 95 or c == 45  # [ ( { < * _ -


cdef inline bint _is_at(const Text* text, Py_ssize_t place) noexcept nogil:
    """Tell whether `@`, or a word for it, may begin here, by its first two letters."""
    cdef uint32_t one = at(text, place), other = at(text, place + 1)
    if one >= 128 or (other >= 128 and one != 64):
        return True
    one |= 32
    other |= 32
    return (
        one == 96  # @
        or (one == 97 and (other == 116 or other == 114 or other == 112))  # at, arroba, apenstaartje
        or (one == 99 and other == 104)  # chiocciola
        or (one == 107 and other == 108)  # klammeraffe
        or (one == 109 and other == 97)  # malpa
    )


def at_signs(str text not None):
    """Return where signs of an address, bare or in brackets, may begin, and the white space before words for it.

    In order; see `gateway.detect.spelled`, which tries to match there.
    """
    cdef Py_ssize_t place, behind
    cdef uint32_t c
    cdef Text its = text_in(text)
    signs, bare = [], []
    for place in range(its.size):
        c = at(&its, place)
        if c == 64:
            signs.append(place)
        elif _is_opening(c):
            behind = place + 1
            if _may_open(&its, behind) or (_is_opening(at(&its, behind)) and _may_open(&its, behind + 1)):
                signs.append(place)
        elif is_space(c) and _is_at(&its, place + 1):
            bare.append(place)
    return signs, bare


cdef inline bint _may_open(const Text* text, Py_ssize_t place) noexcept nogil:
    """Tell whether a sign may stand here, perhaps behind one blank."""
    return _is_at(text, place) or (is_space(at(text, place)) and _is_at(text, place + 1))
