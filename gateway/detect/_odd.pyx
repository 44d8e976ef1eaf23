"""One pass over a text for all disguises: the signs of `gateway.detect.oddities`, compiled.

A sign says that a step of `gateway.detect.normalize` may have something to do; without it, the step has nothing. Every
reading of the text goes through `at`, which gives 0 beyond its ends, or through `_past`, which stops there: no index
can leave it. Most characters are letters that say nothing by themselves, and are gone past in a loop of their own; what
stands between or behind them looks at its neighbours.
"""

from libc.stdint cimport uint8_t, uint32_t

from gateway.detect._text cimport Text, at, is_space, text_in

cdef extern from "Python.h":
    bint Py_UNICODE_ISALNUM(Py_UCS4 c) noexcept nogil
    bint Py_UNICODE_ISDECIMAL(Py_UCS4 c) noexcept nogil
    Py_UCS4 Py_UNICODE_TOLOWER(Py_UCS4 c) noexcept nogil

cdef enum:  # as in `gateway.detect.oddities`
    FOLD = 1
    PERCENT = 2
    ENTITY = 4
    ESCAPE = 8
    POINT = 16
    JOINED = 32
    SOFT = 64
    QUOTED = 128
    STOP = 256
    NUMBERS = 512
    PAIRS = 1024
    BITS = 2048
    WRAPPED = 4096
    RUN = 8192
    ALONE = 16384
    ADDRESS = 32768
    KEY = 65536
    SINGLED = 131072
    BREAK = 262144
    SLANTED = 1048576
    BORDER = 2097152
    GUARDED = 4194304
    UNFOLDED = 8388608

cdef enum:  # kinds of characters, as bits
    LETTER = 1
    FIGURE = 2
    HEX = 4
    BASE = 8  # of base64, of both alphabets
    MARK = 16  # what may stand between letters that are set apart
    UPPER_HEX = 32
    SMALL = 64  # of letters, the small ones
    ALNUM = 3

cdef enum:
    CODES = 65536
    CODE_LEAST = 12
    CODE_MOST = 65536
    SHORT_CODE = 16
    LINE_LEAST = 16
    SINGLES = 6
    FOREIGN_LEAST = 0x370  # letters below are Latin
    FIGURES = 9  # fewer digits make no row of numbers, pairs or bits
    ROW_LEAST = 23  # a row of eight numbers, the shortest of these
    NEAR = 64
    HOST = 512
    MOST_WORDS = 64
    LONGEST_WORD = 16

cdef uint8_t[CODES] _PLAIN  # characters that are known to stand for themselves
cdef uint8_t[256] _KINDS  # of characters that are no ASCII: none
cdef uint32_t[MOST_WORDS][LONGEST_WORD] _STARTS
cdef int[MOST_WORDS] _START_SIZES
cdef int[MOST_WORDS] _START_LEADS  # characters before the last one that is no small letter
cdef int[129] _START_BEGINS  # for each character, where the keys' beginnings are that have it as that one
cdef uint32_t[MOST_WORDS][LONGEST_WORD] _WORDS
cdef int[MOST_WORDS] _WORD_SIZES, _WORD_SIGNS
cdef uint32_t[128] _SIZES  # for each first character, the sizes of words, as bits; other characters count as 0
cdef int[129] _BEGINS  # for each first character, where its words begin


cdef int _prepare() except -1:
    cdef int code
    for code in range(128):
        character = chr(code)
        _KINDS[code] = (
            (LETTER if character.isalpha() else 0)
            | (FIGURE if character.isdecimal() else 0)
            | (HEX if character in "0123456789abcdefABCDEF" else 0)
            | (UPPER_HEX if character in "0123456789ABCDEF" else 0)
            | (BASE if character.isalnum() or character in "+/_-" else 0)
            | (MARK if character in "<*`\\\"'-_|~/," else 0)
            | (SMALL if character.islower() else 0)
        )
    return 0


_prepare()


cdef inline int _is(uint32_t c, int kinds) noexcept nogil:
    return c < 128 and _KINDS[c] & kinds


cdef inline Py_ssize_t _past(const Text* text, Py_ssize_t place, int kinds) noexcept nogil:
    """Return the first place from this on where no character of `kinds` stands; at most the text's size."""
    cdef const uint8_t* data = <const uint8_t*>text.data
    if text.kind == 1:
        while place < text.size and _KINDS[data[place]] & kinds:
            place += 1
    else:
        while place < text.size and _is(at(text, place), kinds):
            place += 1
    return place


def prepare(key_starts, words):
    """Take what a key begins with, and the words, in lower case, that are signs when they stand alone or in brackets.

    Raises:
        ValueError: if a word is longer than there is room for, or there are more, or a key begins with nothing but
            small letters.
    """
    if max(len(words), len(key_starts)) > MOST_WORDS:
        raise ValueError("no room for so many words")
    if max([len(word) for word, _ in words] + [len(begin) for begin in key_starts]) > LONGEST_WORD:
        raise ValueError("no room for such long words")
    leads = [max([step for step, one in enumerate(begin) if not one.islower()], default=-1) for begin in key_starts]
    if min(leads, default=0) < 0 or not "".join(key_starts).isascii():
        raise ValueError("a key begins as words do")
    lasts = [ord(begin[lead]) for begin, lead in zip(key_starts, leads, strict=True)]
    for number, (_, begin, lead) in enumerate(sorted(zip(lasts, key_starts, leads, strict=True))):
        _START_SIZES[number], _START_LEADS[number] = len(begin), lead
        for step, character in enumerate(begin):
            _STARTS[number][step] = ord(character)
    firsts = [ord(word[0]) if word[0].isascii() else 0 for word, _ in words]
    for number, (first, (word, sign)) in enumerate(sorted(zip(firsts, words, strict=True))):
        _WORD_SIZES[number], _WORD_SIGNS[number] = len(word), sign
        _SIZES[first] |= <uint32_t>1 << <int>len(word)
        for step, character in enumerate(word):
            _WORDS[number][step] = ord(character)
    for number in range(129):
        _BEGINS[number] = sum([first < number for first in firsts])
        _START_BEGINS[number] = sum([last < number for last in lasts])


def learn(str plain not None):
    """Take characters that stand for themselves: they are no signs by themselves."""
    cdef Py_UCS4 c
    for c in plain:
        if 128 <= c < CODES:
            _PLAIN[c] = 1


def oddities(str text not None):
    """Return the signs of disguises in `text`."""
    cdef Text its = text_in(text)
    return _marks(&its)


def code_runs(str text not None):
    """Return where text in base64, base32 or hexadecimal may be: runs that are neither words nor bytes of no text."""
    cdef Text its = text_in(text)
    cdef Py_ssize_t start = 0, end, place
    found = []
    while True:
        place = end = _next_run(&its, &start, its.size)
        if not place:
            return found
        if place > start + CODE_MOST:
            end = start + CODE_MOST
        else:
            while end < place + 6 and at(&its, end) == 61:
                end += 1
        found.append((start, end))
        start = place + 1


cdef bint has_code_run(str text):
    """Return whether `code_runs` finds anything."""
    cdef Text its = text_in(text)
    cdef Py_ssize_t start = 0
    return _next_run(&its, &start, its.size) > 0


cdef int _marks(const Text* text) noexcept nogil:
    """Return the signs of a text.

    Code stands between white space. Rows of numbers, of pairs and of bits stand between words of three letters and
    more, so that only what is long enough between two of these is looked through for them.
    """
    cdef Py_ssize_t place = -1, start = 0, row = 0, figures = 0, run
    cdef uint32_t c, following
    cdef int signs = 0, groups = 0, singles = 0, length
    cdef bint lettered = True  # whether there are only ASCII letters since the last white space
    while True:
        place = _past(text, place + 1, SMALL)
        c = at(text, place)
        if place >= text.size or is_space(c):
            if place - start >= CODE_LEAST and not signs & RUN:
                run = start
                if _next_run(text, &run, place):
                    signs |= RUN
            if lettered and place - start > 2:
                if start - row >= ROW_LEAST:
                    groups |= _groups(text, row, start)
                row = place
            lettered = True
            if place - start == 1:
                singles += 1
                if singles >= SINGLES:
                    signs |= ALONE
            elif 2 <= place - start <= LONGEST_WORD + 2:
                signs |= _word(
                    text, start if _is(at(text, start), ALNUM) or at(text, start) >= 128 else start + 1, place
                )
            start = place + 1
            if place >= text.size:
                if figures < FIGURES:
                    return signs
                return signs | groups | (_groups(text, row, place) if place - row >= ROW_LEAST else 0)
        elif not _is(c, LETTER):
            lettered = False
        if c >= 128:
            figures += Py_UNICODE_ISDECIMAL(c)
            if c >= CODES or not _PLAIN[c]:
                signs |= FOLD
            if c == 0x3002 or c == 0xFF61:
                signs |= STOP
            elif c >= FOREIGN_LEAST and not signs & BORDER and _is_border(text, place):
                signs |= BORDER
            continue
        if _START_BEGINS[c] < _START_BEGINS[c + 1] and not signs & KEY:
            signs |= _key(text, place, c)
        if _KINDS[c] & ALNUM:
            figures += _KINDS[c] >> 1 & 1
            continue
        if not signs & ALONE and _KINDS[c] & MARK and _is(at(text, place - 1), ALNUM):
            if not _is(at(text, place - 2), ALNUM) and _set_apart(text, place - 1):
                signs |= ALONE
        if c == 32:
            if not signs & ADDRESS and _is_at(text, place):
                signs |= ADDRESS
        elif c == 64:  # @
            if at(text, place + 1) == 32 or at(text, place - 1) == 32:
                signs |= ADDRESS
            if not signs & GUARDED and _is_guarded(text, place):
                signs |= GUARDED
        elif c == 43:  # U+
            if at(text, place - 1) == 85:
                signs |= POINT
        elif c < 32 or c == 127:
            if c < 9 or c > 13:
                signs |= FOLD
            elif c == 10 and not signs & WRAPPED and _is_wrapped(text, place):
                signs |= WRAPPED
        elif c == 37:  # %
            if _is(at(text, place + 1), HEX) and _is(at(text, place + 2), HEX):
                signs |= PERCENT
        elif c == 38:  # &
            following = at(text, place + 1)
            if following == 35:
                signs |= ENTITY
            elif _is(following, LETTER):
                length = 1
                while length < 13 and _is(at(text, place + 1 + length), LETTER):
                    length += 1
                if at(text, place + 1 + length) == 59:
                    signs |= ENTITY
        elif c == 92:  # a backslash
            following = at(text, place + 1)
            if following == 117:
                following = at(text, place + 2)
                if following == 123 or _is(following, HEX):
                    signs |= ESCAPE
            elif following == 120:
                if _is(at(text, place + 2), HEX):
                    signs |= ESCAPE
            elif _is(following, FIGURE) and _is(at(text, place + 2), FIGURE):
                signs |= ESCAPE
            elif following == 110 or following == 114 or following == 116:  # a break before a value
                following = at(text, place + 2)
                if _is(following, ALNUM) and not _is(following, SMALL):
                    signs |= ESCAPE
        elif c == 34 or c == 39:  # quotes, with a plus between
            if at(text, place + 1) == 32 and at(text, place + 2) == 43 and at(text, place + 4) == c:
                signs |= JOINED
        elif c == 61:  # =
            following = at(text, place + 1)
            if following == 10 or following == 13:
                signs |= SOFT
            elif _is(following, UPPER_HEX) and _is(at(text, place + 2), UPPER_HEX) and at(text, place + 3) == 61:
                signs |= QUOTED
        elif c == 42:  # **x**
            if at(text, place + 1) == 42 and at(text, place + 3) == 42 and at(text, place + 4) == 42:
                signs |= SINGLED
        elif c == 96:  # `x`
            if at(text, place + 2) == 96 and at(text, place + 3) == 96:
                signs |= SINGLED
        elif c == 95:  # _x_
            if not _is(at(text, place - 1), ALNUM) and not is_space(at(text, place + 1)):
                signs |= SLANTED
        elif c == 60:  # <
            if (at(text, place + 1) | 32) == 119 or (at(text, place + 1) == 33 and at(text, place + 5) == 45):
                signs |= BREAK
            signs |= _bracketed(text, place)
        elif c == 40 or c == 91 or c == 123:
            signs |= _bracketed(text, place)
        elif c == 58:  # BEGIN:V, dn:
            if at(text, place - 1) == 78 and at(text, place + 1) == 86:
                signs |= UNFOLDED
            elif at(text, place - 1) == 110 and at(text, place - 2) == 100 and at(text, place + 1) == 32:
                signs |= UNFOLDED


cdef bint _is_border(const Text* text, Py_ssize_t place) noexcept nogil:
    """Tell whether the character here touches what may be a value; it may be no letter (`gateway.detect.borders`)."""
    cdef uint32_t before = at(text, place - 1), behind = at(text, place + 1)
    if behind == 45 and 0x5D0 <= at(text, place) <= 0x5EA:
        return True
    return (
        _is(before, ALNUM)
        or before == 61
        or _is(behind, ALNUM)
        or behind == 43
        or behind == 64
        or behind == 36
        or behind == 92
        or 0xC0 <= before <= 0x24F
        or 0xC0 <= behind <= 0x24F
    ) and Py_UNICODE_ISALNUM(at(text, place))


cdef bint _is_guarded(const Text* text, Py_ssize_t place) noexcept nogil:
    """Tell whether the `@` here is doubled or behind a backslash, or a full stop of its host is."""
    cdef Py_ssize_t step = 1
    cdef uint32_t c
    if at(text, place - 1) == 92 or at(text, place + 1) == 64:
        return True
    while step <= HOST:
        c = at(text, place + step)
        if c == 92:
            c = at(text, place + step + 1)
            return c == 45 or c == 46 or c == 92
        if not _is(c, ALNUM) and c != 45 and c != 46:
            return False
        step += 1
    return False


cdef bint _is_wrapped(const Text* text, Py_ssize_t place) noexcept nogil:
    """Tell whether a line of base64 ends here."""
    cdef Py_ssize_t end = place - 1 if at(text, place - 1) == 13 else place, step
    for step in range(1, LINE_LEAST + 1):
        if not _is(at(text, end - step), BASE) or at(text, end - step) == 45 or at(text, end - step) == 95:
            return False
    return True


cdef int _bracketed(const Text* text, Py_ssize_t place) noexcept nogil:
    """Return the sign of a bracket with `@`, a dot or a word for one of them in it."""
    cdef uint32_t one = at(text, place + 1) | 32, other = at(text, place + 2) | 32
    if at(text, place + 1) == 64 or at(text, place + 1) == 46:
        return ADDRESS
    return ADDRESS if (one == 97 and other == 116) or (one == 100 and other == 111) else 0


cdef bint _is_at(const Text* text, Py_ssize_t place) noexcept nogil:
    """Tell whether an "at" between blanks begins here, with a dot inside of both words around it."""
    cdef Py_ssize_t step = 1
    cdef bint inside = False, dotted = False
    cdef uint32_t c
    if (at(text, place + 1) | 32) != 97 or (at(text, place + 2) | 32) != 116 or at(text, place + 3) != 32:
        return False
    while step <= NEAR and is_space(at(text, place - step)):
        step += 1
    while step <= NEAR and not dotted:
        c = at(text, place - step)
        if c == 0 or is_space(c):
            return False
        dotted = c == 46 and inside
        inside = inside or c != 46
        step += 1
    step = 4
    inside = False
    while step < NEAR + 4 and is_space(at(text, place + step)):
        step += 1
    while step < NEAR + 4 and dotted:
        c = at(text, place + step)
        if c == 0 or is_space(c):
            return False
        if c == 46:
            inside = True
        elif inside:
            return True
        step += 1
    return False


cdef bint _set_apart(const Text* text, Py_ssize_t place) noexcept nogil:
    """Tell whether the character here may be one of several with marks between them."""
    cdef uint32_t mark = at(text, place + 1), following
    cdef Py_ssize_t behind = place + 2
    if mark == 60 or mark == 96 or mark == 92 or mark == 34 or mark == 39:
        return True
    if mark == 42 and at(text, behind) == 42:
        return True
    if mark == 44 and at(text, behind) == 32:
        behind += 1
    following = at(text, behind)
    return (_is(following, ALNUM) or following == 64 or following == 46) and at(text, behind + 1) == mark


cdef int _groups(const Text* text, Py_ssize_t begin, Py_ssize_t end) noexcept nogil:
    """Return the signs of rows of numbers, of pairs of hexadecimal digits, and of bits, in a part of a text."""
    cdef Py_ssize_t place = begin - 1, start = begin, bits = 0
    cdef int signs = 0, numbers = 0, pairs = 0, number_gap = 0, pair_gap = 0, figures = 0
    cdef int its = 0, before  # kinds of the character here, and of the one in front of it
    cdef uint32_t c
    while place < end:
        place += 1
        before = its
        c = at(text, place) if place < end else 0
        its = _KINDS[c] if c < 128 else 0
        # Of letters in a row the first says what all of them say.
        if its & before & LETTER:
            place = _past(text, place, LETTER)
            c = at(text, place) if place < end else 0
            its = _KINDS[c] if c < 128 else 0
        if c < 128 and not its & ALNUM and not (before & ALNUM or numbers or pairs or figures):
            start = place + 1
            bits = 0
            continue
        bits = bits + 1 if c == 48 or c == 49 else 0
        if bits == 8:
            signs |= BITS
        # Numbers: runs of two or three digits with one or two separators between.
        if 48 <= c <= 57 or (c >= 128 and Py_UNICODE_ISDECIMAL(c)):
            if figures == 0 and not 1 <= number_gap <= 2:
                numbers = 0
            figures += 1
        else:
            if figures:
                numbers = numbers + 1 if 2 <= figures <= 3 else 0
                if numbers >= 8:
                    signs |= NUMBERS
                figures = number_gap = 0
            if c == 32 or c == 44 or c == 59:
                number_gap += 1
            else:
                numbers = 0
        # Pairs: two hexadecimal digits, perhaps with 0x before them.
        if its & ALNUM:
            if place == start and not 1 <= pair_gap <= 2:
                pairs = 0
        else:
            if place > start:
                pairs = pairs + 1 if _is_pair(text, start, place) else 0
                if pairs >= 9:
                    signs |= PAIRS
                pair_gap = 0
            if c == 32 or c == 44 or c == 58 or c == 45:
                pair_gap += 1
            else:
                pairs = 0
            start = place + 1
    return signs


cdef bint _is_pair(const Text* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    if end - start == 4 and at(text, start) == 48 and at(text, start + 1) == 120:
        start += 2
    return end - start == 2 and _is(at(text, start), HEX) and _is(at(text, start + 1), HEX)


cdef int _key(const Text* text, Py_ssize_t place, uint32_t last) noexcept nogil:
    """Return the sign of a key's beginning, of which the last character that is no small letter stands here, or 0."""
    cdef int start, step
    for start in range(_START_BEGINS[last], _START_BEGINS[last + 1]):  # at most MOST_WORDS; `last` is ASCII
        for step in range(_START_SIZES[start]):  # at most LONGEST_WORD
            if at(text, place - _START_LEADS[start] + step) != _STARTS[start][step]:
                break
        else:
            return KEY
    return 0


cdef int _word(const Text* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Return the sign of the word that stands here, perhaps with a bracket behind it; 0 for any other."""
    cdef int word, step, begin
    cdef uint32_t first = at(text, start)
    first = first | 32 if first < 128 else Py_UNICODE_TOLOWER(first)  # a word begins with a letter
    if not _is(at(text, end - 1), ALNUM) and at(text, end - 1) < 128:
        end -= 1
    begin = first if first < 128 else 0
    if end - start > LONGEST_WORD or not (_SIZES[begin] >> (end - start)) & 1:
        return 0
    for word in range(_BEGINS[begin], _BEGINS[begin + 1]):  # at most MOST_WORDS
        if _WORDS[word][0] != first or _WORD_SIZES[word] != end - start:
            continue
        for step in range(1, _WORD_SIZES[word]):  # at most LONGEST_WORD
            if Py_UNICODE_TOLOWER(at(text, start + step)) != _WORDS[word][step]:
                break
        else:
            return _WORD_SIGNS[word]
    return 0


cdef Py_ssize_t _next_run(const Text* text, Py_ssize_t* start, Py_ssize_t end) noexcept nogil:
    """Move `start` on to a run of code that may decode to text; return its end, 0 if none begins before `end`."""
    cdef Py_ssize_t place
    while start[0] < end:
        place = _past(text, start[0], BASE)
        if place - start[0] >= CODE_LEAST and at(text, start[0] - 1) != 61:
            if _may_decode(text, start[0], min(place, start[0] + CODE_MOST)):
                return place
        start[0] = place + 1
    return 0


cdef bint _may_decode(const Text* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Tell whether `gateway.detect.decoding` may read text out of the run: it says nothing of most.

    A word is none, nor is a number but in hexadecimal and base32, nor what gives bytes that are neither UTF-8 nor begin
    as something compressed does.
    """
    cdef Py_ssize_t place, size = end - start
    cdef int all_kinds = LETTER | FIGURE | HEX | BASE, figures = 0
    cdef bint told = at(text, end) == 61, upper = True
    cdef uint32_t c
    for place in range(start, end):
        c = at(text, place)
        all_kinds &= _KINDS[c & 127]  # a character of a run is ASCII
        if _is(c, FIGURE):
            figures += 1
        if not (65 <= c <= 90 or 50 <= c <= 55):
            upper = False
    if all_kinds & LETTER and size <= 40 and not told:
        return False
    if size < SHORT_CODE and not told and not figures:
        return False
    if size >= SHORT_CODE and (upper or (all_kinds & HEX and size % 2 == 0 and _reads_hex(text, start, end))):
        return True
    return size % 4 != 1 and (figures < size or told) and _reads_base64(text, start, end)


cdef bint _reads_hex(const Text* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    cdef Py_ssize_t place
    cdef Py_ssize_t shown = 0, controls = 0
    cdef int one, needed = 0
    for place in range(start, end, 2):
        one = _figure(at(text, place)) << 4 | _figure(at(text, place + 1))
        if place == start and (one == 0x78 or one == 0x1F):
            return True
        needed = _utf8(one, needed)
        if needed < 0:
            return False
        _count(one, &shown, &controls)
    return needed == 0 and controls * 10 <= shown


cdef void _count(int one, Py_ssize_t* shown, Py_ssize_t* controls) noexcept nogil:
    """Count characters, and those that surely show nothing: readable text has few of them."""
    shown[0] += one & 0xC0 != 0x80
    controls[0] += one == 127 or (one < 32 and one != 9 and one != 10 and one != 13)


cdef int _figure(uint32_t c) noexcept nogil:
    return c - 48 if c <= 57 else (c | 32) - 87


cdef bint _reads_base64(const Text* text, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    """Tell whether the run reads as UTF-8, or as something that may be compressed or in UTF-16."""
    cdef Py_ssize_t place
    cdef unsigned int held = 0
    cdef int bits = 0, one, needed = 0, number = 0
    cdef Py_ssize_t shown = 0, controls = 0
    cdef bint packs = end - start >= SHORT_CODE or at(text, end) == 61
    for place in range(start, end):
        held = (held << 6 | _sextet(at(text, place))) & 0xFFFFFF
        bits += 6
        if bits < 8:
            continue
        bits -= 8
        one = (held >> bits) & 0xFF
        if number == 0 and (one == 0x78 or one == 0x1F or (packs and (one & 7 == 3 or one & 7 == 5))):
            return True
        number += 1
        if one == 0 and packs:
            return True
        if needed >= 0:
            needed = _utf8(one, needed)
            if needed < 0 and not packs:
                return False
            _count(one, &shown, &controls)
    return needed == 0 and controls * 10 <= shown


cdef unsigned int _sextet(uint32_t c) noexcept nogil:
    if 65 <= c <= 90:
        return c - 65
    if 97 <= c <= 122:
        return c - 71
    if 48 <= c <= 57:
        return c + 4
    return 62 if c == 43 or c == 45 else 63


cdef int _utf8(int one, int needed) noexcept nogil:
    """Return how many bytes of a character are still to come behind `one`; -1 where there can be none.

    What UTF-8 forbids besides (surrogates, forms that are too long) is let through: it is only asked what may be text.
    """
    if needed:
        return needed - 1 if one & 0xC0 == 0x80 else -1
    if one < 0x80:
        return 0
    if 0xC2 <= one < 0xE0:
        return 1
    if 0xE0 <= one < 0xF0:
        return 2
    return 3 if 0xF0 <= one < 0xF5 else -1


def changes(str text not None, str original not None, list starts not None, list ends not None):
    """Return where a reading `text` differs from its original; see `gateway.detect.views.View.changes`."""
    cdef Py_ssize_t place, low, high, start = -1, size = len(text), reached
    cdef Text its = text_in(original), read = text_in(text)
    if len(starts) < size or len(ends) < size:
        raise ValueError("a character without its place")
    reached = starts[0] if size else 0
    found = []
    for place in range(size):
        low, high = starts[place], ends[place]
        if low == -1:
            reached = -1
        elif (reached != low and reached != -1) or high != low + 1 or at(&its, low) != at(&read, place):
            if start < 0:
                start = place
            reached = high
            continue
        else:
            reached = high
        if start >= 0:
            found.append((start, place))
            start = -1
    if start >= 0:
        found.append((start, size))
    return found
