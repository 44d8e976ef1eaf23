"""What families of expressions ask of a text, in numbers and tables, for `_scan.pyx`."""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

import numpy as np

from gateway.detect._literals cimport Literals


cdef class Look:
    """What the matches of one expression look like; see `gateway.detect.shapes`.

    Args:
        pattern: the expression.
        in_ascii: in a text of ASCII, or in any.
    """

    def __init__(self, pattern, bint in_ascii):
        shape = pattern.looks(in_ascii=in_ascii)
        begin = pattern.starts(in_ascii=in_ascii)
        self.ways = len(shape)
        self.ends = np.cumsum([0, *map(len, shape)]).astype(np.int32)
        raw = b"".join([bits.to_bytes(8 * SHAPE_WORDS, "little") for windows in shape for bits in windows])
        rows = np.frombuffer(raw, np.uint64).reshape(-1, SHAPE_WORDS)
        # Most rows are bits in a few words.
        self.words = np.cumsum([0, *np.count_nonzero(rows, axis=1)]).astype(np.int32)
        self.at = np.append(np.nonzero(rows)[1], 0).astype(np.int32)
        self.bits = np.append(rows[np.nonzero(rows)], np.uint64(0))
        if begin is None:
            self.expression, self.start = pattern.compiled, None
            return
        self.expression = pattern.plain
        openings = pattern.openings
        self.classes, self.allowed = openings.classes, openings.allowed
        self.leading, self.lead = pattern.leading(in_ascii=in_ascii)
        before, first, second = begin
        self.in_digits = not first >> KINDS**3  # a digit is the first of the kinds
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


cdef tuple _table(rows):
    """Return where each row begins, and all rows' numbers one after the other."""
    begins = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    return begins, np.array([item for row in rows for item in row] or [0], np.int32)
