"""Takes a body apart as `PlainWalk` of `walk` does, with one look at each member."""

cimport cython
from cpython.list cimport PyList_GET_ITEM
from cpython.object cimport PyTypeObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM
from cpython.unicode cimport PyUnicode_FindChar, PyUnicode_READ_CHAR

from gateway.core.model import EMBEDDED, KEY, VALUE, Segment
from gateway.core.parts import ENDS, NAMES
from gateway.dialects.digits import identifies, opens
from gateway.dialects.opaque import media_type_of
from gateway.dialects.strict_json import USUAL, Spelled, same
from gateway.dialects.structure import Opaque

cdef extern from "Python.h":
    object PyType_GenericAlloc(PyTypeObject* kind, Py_ssize_t items)

cdef object _SEGMENT = Segment, _VALUE = VALUE, _KEY = KEY, _EMBEDDED = EMBEDDED, _SPELLED = Spelled
cdef object _TOKENS = Opaque.TOKENS, _IDENTIFIES = identifies, _OPENS = opens
cdef frozenset _USUAL = USUAL, _NAMES = NAMES, _ENDS = ENDS
cdef Py_ssize_t _HEAD = 64, _SUSPECT = 256, _LONG_KEY = 64, _DIGITS = 6, _TOP = 2, _LEAST = 100_000, _CODE = 100
cdef Py_ssize_t _DEEPEST = 1000  # no body is half as deep: what is would overflow the stack


cdef inline tuple joined(tuple steps, object step):
    """Return `steps` and one more."""
    cdef Py_ssize_t size = PyTuple_GET_SIZE(steps), at
    cdef tuple longer = PyTuple_New(size + 1)
    cdef object each
    for at in range(size):
        each = <object>PyTuple_GET_ITEM(steps, at)
        Py_INCREF(each)
        PyTuple_SET_ITEM(longer, at, each)
    Py_INCREF(step)
    PyTuple_SET_ITEM(longer, size, step)
    return longer


cdef inline bint plain(str value):
    """What `opaque.plain` says."""
    cdef Py_ssize_t size = len(value), head = min(size, _HEAD)
    if PyUnicode_READ_CHAR(value, 0) in u"{[ \t\n\r":
        return False
    return PyUnicode_FindChar(value, u":", 0, head, 1) == -1 and (
        size < _SUSPECT or PyUnicode_FindChar(value, u" ", 0, head, 1) >= 0
    )


cdef inline bint counts(object value):
    """What `digits.identifies` says."""
    if value is None or value is True or value is False:
        return False
    if type(value) is float and value in _USUAL:
        return False
    if type(value) is int and -_LEAST < value < _LEAST:
        return False
    return _IDENTIFIES(value)


cdef inline bint is_number(object value):
    return type(value) is int or type(value) is float or type(value) is _SPELLED


cdef inline bint may_open(object value):
    """Tell whether a number is one that `digits.opens` may take."""
    return (type(value) is int and value >= _CODE) or (type(value) is float and <double>value >= _CODE)


cdef inline bint may_be_part(str key, object value) except -1:
    """Tell whether a smaller number is one that `digits.opens` may take for its key: as `may_name` of its parts."""
    cdef Py_ssize_t size = len(key)
    if type(value) is not int or not size:
        return False
    return key in _NAMES or key[size - 1].isdecimal() or key[max(size - 3, 0):] in _ENDS or key[max(size - 2, 0):] in _ENDS


@cython.final
@cython.freelist(16)
cdef class Place:
    """Where the walk is."""

    cdef public str path, key, media_type
    cdef public tuple context, location
    cdef public Py_ssize_t depth, embedded
    cdef public bint free, editable

    def __init__(
        self,
        str path not None,
        str key not None,
        tuple context not None,
        tuple location not None,
        *,
        Py_ssize_t depth=1,
        Py_ssize_t embedded=0,
        bint free=False,
        bint editable=True,
    ):
        self.path, self.key, self.context, self.location = path, key, context, location
        self.depth, self.embedded, self.free, self.editable = depth, embedded, free, editable
        self.media_type = ""

    cdef Place beneath(self, str path, str key, tuple context, object step):
        """Return the place one container deeper."""
        cdef Place place = Place.__new__(Place)
        if self.depth >= _DEEPEST:
            raise RecursionError("too deeply nested")
        place.path, place.key, place.context = path, key, context
        place.location = joined(self.location, step)
        place.depth, place.embedded = self.depth + 1, self.embedded
        place.free, place.editable = self.free, self.editable
        place.media_type = ""
        return place

    cdef Place at(self, Py_ssize_t index):
        return self.beneath(f"{self.path}/{index}", self.key, self.context, index)

    def inside(self):
        cdef Place place = self.beneath(self.path, self.key, self.context, _EMBEDDED)
        place.embedded += 1
        place.free = True
        return place


cdef class Walk:
    """The way through a body."""

    cdef public list found
    cdef public object structure, walked, gap
    cdef frozenset _keys, _signed, _free
    cdef dict _words, _opaque

    def __init__(self, structure, walked, gap):
        self.structure, self.walked, self.gap, self.found = structure, walked, gap, []
        self._keys, self._signed, self._free = structure.keys, structure.signed, structure.free
        self._words, self._opaque = structure.words, structure.opaque

    def other(self, value, kind, Place place not None):
        self.within(value, kind, place)

    cdef int within(self, object value, object kind, Place place) except -1:
        if type(value) is dict:
            self.members(<dict>value, place)
        elif type(value) is list:
            self.elements(<list>value, kind, place)
        else:
            self.number(value, place)
        return 0

    cdef int add(self, str path, str text, object kind, tuple context, object step, Place place) except -1:
        """Add a segment. Made without its `__init__`, a call in Python."""
        cdef object segment = PyType_GenericAlloc(<PyTypeObject*>_SEGMENT, 0)
        segment.path = path
        segment.text = text
        segment.kind = kind
        segment.context = context
        segment.location = joined(place.location, step)
        segment.editable = place.editable
        segment.attachment = None
        self.found.append(segment)
        return 0

    cdef int members(self, dict value, Place place) except -1:
        cdef object type_ = value.get("type"), child, kind
        cdef str key, path, known
        cdef list short = []
        cdef Py_ssize_t ordinal = -1
        cdef Place leaf
        cdef object words
        cdef bint is_tool
        if self._signed and type(type_) is str and type_ in self._signed:
            place.editable = False
        for key, child in value.items():
            ordinal += 1
            known = key
            if key in self._keys:
                if type(child) is str:
                    words = self._words.get(key)
                    if words is not None and child in <frozenset>words:
                        continue
                path = f"{place.path}/{key}"
            else:
                path = f"{place.path}/*{ordinal}"
                self.named(key, path, place, short)
                if key not in self._opaque:
                    known = self.structure.lookalike(key)
            kind = self.structure.opaque_kind(known, place.key, value) if known and known in self._opaque else None
            if type(child) is str:
                if not child:
                    continue
                if kind is None and plain(<str>child):
                    is_tool = (
                        (key == "name" or key == "tool_name")
                        and not place.free
                        and self.structure.names_tool(place.key, type_, child)
                    )
                    self.add(path, child, _VALUE, joined(place.context, "tool" if is_tool else key), key, place)
                else:
                    leaf = place.beneath(path, key, joined(place.context, key), key)
                    if kind is not None:
                        leaf.media_type = media_type_of(value)
                    self.text(child, kind, leaf)
            elif (
                type(child) is dict
                or type(child) is list
                or counts(child)
                or ((may_open(child) or may_be_part(key, child)) and _OPENS(child, place.context, key, value))
            ):
                leaf = place.beneath(path, key, joined(place.context, key), key)
                leaf.free = leaf.free or key in self._free
                self.within(child, kind, leaf)
        if len(short) > 1:
            self.short_keys(short, place)
        return 0

    cdef int elements(self, list items, object kind, Place place) except -1:
        cdef Py_ssize_t size = len(items), number, index, numbers = 0, kept = size, left_out = 0
        cdef object item, words
        cdef bint top
        for item in items:
            if not is_number(item):
                if kind is not _TOKENS:
                    break
            else:
                numbers += 1
        if size and numbers == size and (size > 1 or kind is _TOKENS):
            self.numbers(items, kind, place)
            return 0
        if kind is _TOKENS and numbers:
            self.unread(kind, place)
        words = self._words.get(place.key)
        top = self.walked is not None and kind is None and place.depth == _TOP and not place.embedded
        if self.gap is not None and place.depth == _TOP and place.location == (self.gap.field,):
            kept, left_out = self.gap.kept, self.gap.left_out
        for number in range(size):
            item = <object>PyList_GET_ITEM(items, number)
            index = number + left_out if number >= kept else number
            if type(item) is str:
                if item and not (words is not None and item in <frozenset>words):
                    if (kind is None or kind is _TOKENS) and plain(<str>item):
                        self.add(f"{place.path}/{index}", item, _VALUE, place.context, index, place)
                    else:
                        self.text(item, kind, place.at(index))
            elif top and type(item) is dict:
                self.member(<dict>item, place.at(index))
            elif (
                type(item) is dict
                or type(item) is list
                or counts(item)
                or (may_open(item) and _OPENS(item, place.context, "", items[number - 1] if number else None))
            ):
                self.within(item, kind, place.at(index))
        return 0

    cdef int member(self, dict value, Place place) except -1:
        cdef object known = self.walked.get(place.path)
        cdef Py_ssize_t begin = len(self.found)
        if known is not None and known[0] == place.location and same(known[1], value):
            self.found += known[2]
            return 0
        self.members(value, place)
        self.walked[place.path] = place.location, value, self.found[begin:]
        return 0

    cdef int named(self, str key, str path, Place place, list short) except -1:
        if len(key) < _DIGITS and key.isdecimal():
            short.append(key)
        elif key:
            self.add(f"{path}#", key, _KEY, place.context, key, place)
            if len(key) >= _LONG_KEY:
                self.long_key(key, path, place)
        return 0
