"""What families of expressions ask of a text, in numbers and tables, for `_scan.pyx`."""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy

import numpy as np

from gateway.detect._literals cimport Literals, Numbers
from gateway.detect.shapes import row_of

cdef enum:
    MOST_ROWS = 1 << 30
    ANYTHING = 1 << 8  # the row that every text has


cdef class Look:
    """What the matches of one expression look like; see `gateway.detect.openings` and `endings`.

    Args:
        pattern: the expression.
        in_ascii: in a text of ASCII, or in any.
        rows: where it is kept what any match holds.
    """

    def __init__(self, pattern, bint in_ascii, Py_ssize_t rows):
        begin = pattern.starts(in_ascii=in_ascii)
        self.rows = rows
        if begin is None:
            self.expression = pattern.compiled
            return
        self.expression = pattern.plain
        self._classes, self._allowed = pattern.openings.classes, pattern.openings.allowed
        self.classes, self.allowed = &self._classes[0], &self._allowed[0, 0]
        self.depth, self.columns = self._allowed.shape[0], self._allowed.shape[1]
        self.leading, self.lead = pattern.leading(in_ascii=in_ascii)
        self.run, self.least, self.most = pattern.run(in_ascii=in_ascii) or (0, 0, 0)
        before, first, second = begin
        self.in_digits = not first >> KINDS**3  # a digit is the first of the kinds
        kinds = [kind for kind in range(KINDS) if first >> KINDS**3 * kind & ((1 << KINDS**3) - 1)]
        self.kind = kinds[0] if len(kinds) == 1 else -1
        self.at_turns = not any([int(before[kind]) >> kind & 1 for kind in kinds])
        raw = np.array(before, np.uint64).tobytes()
        raw += first.to_bytes(8 * WINDOW_WORDS, "little") + second.to_bytes(8 * WINDOW_WORDS, "little")
        self._begins = np.frombuffer(raw, np.uint64).copy()
        self.begins = &self._begins[0]


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

    def __dealloc__(self):
        free(self._spare)
        free(self._needs)
        free(self._needs_of)
        free(self._untriggered)
        free(self._rows)
        free(self._rows_at)
        free(self._families)
        free(self._probes)

    def __cinit__(self, Literals literals not None, sets, needs, families, limits):
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
        self._needs_of = <int32_t*>calloc(self.families + 1, sizeof(int32_t))
        self._untriggered = <uint8_t*>calloc(2 * self.families + 1, 1)
        self._rows_at = <int32_t*>calloc(2 * self.families + 1, sizeof(int32_t))
        if (
            self._needs == NULL or self._families == NULL or self._probes == NULL or self._needs_of == NULL
            or self._untriggered == NULL or self._rows_at == NULL
        ):
            raise MemoryError
        for number, (digits, solid, width) in enumerate(needs):
            self._needs[number] = NeedGate(digits, solid, width)
        probe = 0
        self._contexts = []
        self._patterns = [family[7] for family in families]
        self._looks = [None] * (2 * self.families)
        self._others = {}
        for number, (need, reach, sought, cues, triggers, alone, probes, _) in enumerate(families):
            self._families[number] = FamilyGate(reach, sought, cues, probe, probe + len(probes))
            self._needs_of[number] = need
            self._untriggered[number] = triggers < 0
            self._untriggered[self.families + number] = triggers < 0 or alone
            for literals_, digits, context, needs_context, counts_alone, its in probes:
                self._contexts.append(its)
                self._probes[probe] = ProbeGate(literals_, digits, context, needs_context, counts_alone)
                probe += 1

    def prepare(self, Py_ssize_t family):
        """Read off how a family's matches look.

        Raises:
            IndexError: if there is no such family.
        """
        if not 0 <= family < self.families:
            raise IndexError(family)
        self._look(family, False)
        self._look(family, True)

    def prepare_asked(self, pattern, bint in_ascii):
        """Read off how the matches of an expression look that is no family's (`Scan.found`)."""
        self._other(pattern, in_ascii)

    cdef void* lend(self) except NULL:
        """Return room for what is known of one text, all 0: pointers for each need and set, a number for each literal.

        Of these 14 KB a text needs few: to have them back as clean as they were takes less than new ones.
        """
        cdef void* room = self._spare
        self._spare = NULL
        if room == NULL:
            room = calloc(1, (self.needs + self.sets + 1) * sizeof(Numbers*) + self.literals.count * sizeof(int32_t))
            if room == NULL:
                raise MemoryError
        return room

    cdef void take_back(self, void* room) noexcept:
        """Take room that is all 0 again."""
        if self._spare == NULL:
            self._spare = room
        else:
            free(room)

    cdef Look _look(self, Py_ssize_t family, bint in_ascii):
        """Return how a family's matches look; read off its expression when it is first asked for: most never are."""
        cdef Look look = self._looks[2 * family + in_ascii]
        if look is None:
            look = self._looks[2 * family + in_ascii] = self._made(self._patterns[family], in_ascii)
            self._rows_at[2 * family + in_ascii] = <int32_t>look.rows
        return look

    cdef Look _other(self, pattern, bint in_ascii):
        """Return how the matches of any expression look."""
        look = self._others.get((pattern, in_ascii))
        if look is None:
            look = self._others[pattern, in_ascii] = self._made(pattern, in_ascii)
        return look

    cdef Look _made(self, pattern, bint in_ascii):
        return Look(pattern, in_ascii, self._add_rows(pattern.looks(in_ascii=in_ascii)))

    cdef int _add_rows(self, shape) except -1:
        """Add what any match holds: of each way its rows (`row_of`) and a 0, behind the last one a 0; return where."""
        cdef uint32_t[::1] added
        cdef uint32_t* larger
        cdef Py_ssize_t at
        rows = [row for way in shape for row in (*map(row_of, way), 0)] or [ANYTHING, 0]
        added = np.array([*rows, 0], np.uint32)
        # From here on no other thread runs.
        at = self._rows_count or 1
        if at + added.shape[0] > self._rows_room:
            if at + added.shape[0] > MOST_ROWS:
                raise OverflowError("too many expressions")
            larger = <uint32_t*>realloc(self._rows, 2 * (at + added.shape[0]) * sizeof(uint32_t))
            if larger == NULL:
                raise MemoryError
            self._rows, self._rows_room = larger, 2 * (at + added.shape[0])
        memcpy(self._rows + at, &added[0], added.shape[0] * sizeof(uint32_t))
        self._rows_count = at + added.shape[0]
        return <int>at


cdef tuple _table(rows):
    """Return where each row begins, and all rows' numbers one after the other."""
    begins = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    return begins, np.array([item for row in rows for item in row] or [0], np.int32)
