"""Exact data match: a list of one's own (customer numbers, code names, employees) that nobody can read off the gateway.

Decisions kept here:

* **Keyed hashes, never values.** The file holds digests under a key that is kept elsewhere, so that a copy of it tells
  no entry and cannot be searched with a dictionary. Its header tells how many entries there are and how long they are.
* **Ten or ten million cost the same.** A word is looked up in a Bloom filter of the beginnings of entries; only behind
  a beginning are candidates hashed and looked up in a table of open addressing. Both take constant time.
* **Written differently, the same.** An entry is its letters and digits alone, in compatibility form and (unless the
  list says so) without case: `AB-12345`, `ab 12345` and `AB12345` are one, so are `Jane Doe` and `JANE  DOE`.
* **Broken is not empty.** A file that was cut, changed or made with another key is refused when it is loaded.

Source of the filter: B. Bloom, Space/Time Trade-offs in Hash Coding with Allowable Errors (1970).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from gateway.core.errors import ConfigurationError, Problem
from gateway.core.model import OPAQUE, Finding, Segment

__all__ = ["ExactMatch", "ExactMatchRecognizer", "build", "load"]

_MAGIC: Final = b"PGXM1\n"
_DIGEST: Final = 12
"""Bytes of a digest: among ten million entries, a chance match takes 2^72 candidates."""
_MAC: Final = 16
_BITS_PER_BEGINNING: Final = 12
_PROBES: Final = 5
"""With 12 bits a beginning: 1 word in 200 passes by chance."""
_LOAD: Final = 0.7
_MIN_CHARACTERS: Final = 3
_MAX_CHARACTERS: Final = 120
_MAX_RUNS: Final = 8
"""An entry has, and is looked for in, at most so many runs of letters and digits."""
_MAX_GAP: Final = 3
"""Two runs belong together when at most so many characters part them."""
_MAX_REPORTED: Final = 20
_RUN: Final = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
_ASCII_RUN: Final = re.compile(r"[a-z0-9]+")
_LETTERS: Final = re.compile(r"[^\d]*")
_ENTITY_TYPE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,79}\Z")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}\Z")


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    entity_type: str
    case: bool
    entries: int
    lengths: list[int]
    bits: int
    slots: int


class _Hasher:
    """Keyed digests; a state that has taken the key is copied, which is faster than taking the key each time."""

    __slots__ = ("_beginning", "_entry")

    def __init__(self, key: bytes) -> None:
        derived = hashlib.blake2b(key=key, digest_size=32, person=b"xm-entries").digest()
        # BLAKE2s: for a few letters, half as costly as BLAKE2b.
        self._beginning = hashlib.blake2s(key=derived, digest_size=16, person=b"begin")
        self._entry = hashlib.blake2s(key=derived, digest_size=_DIGEST, person=b"entry")

    def entry(self, text: str) -> bytes:
        """Return the digest of a whole entry; never all zeros, which mark an empty slot."""
        state = self._entry.copy()
        state.update(text.encode("utf-8", "surrogatepass"))
        digest = state.digest()
        return digest if any(digest) else b"\1" * _DIGEST

    def beginning(self, text: str) -> tuple[int, int]:
        """Return two numbers that all places in the filter follow from."""
        state = self._beginning.copy()
        state.update(text.encode("utf-8", "surrogatepass"))
        digest = state.digest()
        return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little") | 1


def build(entries: Collection[str], key: bytes, *, name: str, entity_type: str, case: bool = False) -> bytes:
    """Return a list as a file of keyed hashes.

    Args:
        entries: the values; the same value may come twice.
        key: 16 to 64 secret bytes; needed again to load the file.
        name: of the list; part of `Finding.recognizer`.
        entity_type: what the values are, such as `CUSTOMER_NUMBER`.
        case: upper and lower case differ: for code names that are ordinary words.

    Raises:
        ConfigurationError: with the numbers (from 1), never the values, of entries with fewer than 3 or more than 120
            letters and digits, or more than 8 runs of them; or if there is no entry, or a name or key is malformed.
    """
    _vet(name, entity_type, key)
    problems: list[Problem] = []
    lengths: set[int] = set()
    count = 0
    for number, entry in enumerate(entries, 1):
        runs = _runs(entry, case=case)
        size = sum(map(len, runs))
        if not (_MIN_CHARACTERS <= size <= _MAX_CHARACTERS and len(runs) <= _MAX_RUNS):
            problems.append(Problem(name, number, "an entry that cannot be matched", "3 to 120 letters and digits", ""))
            continue
        lengths.add(size)
        count += 1
    if problems or not count:
        raise ConfigurationError(problems[:_MAX_REPORTED] or [Problem(name, 0, "a list without entries")])
    header = _Header(
        name=name,
        entity_type=entity_type,
        case=case,
        entries=count,
        lengths=sorted(lengths),
        bits=-(-count * 2 * _BITS_PER_BEGINNING // 8) * 8,
        slots=int(count / _LOAD) + 1,
    )
    head = json.dumps(asdict(header), separators=(",", ":"), sort_keys=True).encode()
    filter_, table = _filled(entries, header, _Hasher(key))
    body = b"".join((_MAGIC, len(head).to_bytes(4, "little"), head, filter_, table))
    return body + _mac(body, key)


def _filled(entries: Collection[str], header: _Header, hasher: _Hasher) -> tuple[bytearray, bytearray]:
    filter_ = bytearray(header.bits // 8)
    table = bytearray(header.slots * _DIGEST)
    empty = bytes(_DIGEST)
    for entry in entries:
        runs = _runs(entry, case=header.case)
        text = "".join(runs)
        for beginning in {_beginning(runs[0]), _beginning(text)}:  # `Jane Doe` and `JaneDoe`
            for place in _places(hasher.beginning(beginning), header.bits):
                filter_[place >> 3] |= 1 << (place & 7)
        digest = hasher.entry(text)
        slot = int.from_bytes(digest[:8], "little") % header.slots
        while True:
            held = bytes(table[slot * _DIGEST : (slot + 1) * _DIGEST])
            if held == digest:
                break
            if held == empty:
                table[slot * _DIGEST : (slot + 1) * _DIGEST] = digest
                break
            slot = slot + 1 if slot + 1 < header.slots else 0
    return filter_, table


def load(data: bytes | memoryview, key: bytes, file: str = "exact match list") -> ExactMatch:
    """Return the matcher over a file made by `build`; `data` is used in place, so it may be a memory map.

    Raises:
        ConfigurationError: if the file is no such list, was cut or changed, or was made with another key.
    """
    view = memoryview(data)
    start = len(_MAGIC) + 4
    if len(view) < start + _MAC or bytes(view[: len(_MAGIC)]) != _MAGIC:
        raise ConfigurationError([Problem(file, 0, "not an exact match list", "a file made by `build`")])
    if not hmac.compare_digest(_mac(view[:-_MAC], key), bytes(view[-_MAC:])):
        message = "was changed, was cut, or was made with another key"
        raise ConfigurationError([Problem(file, 0, message, "the file as it was made, and its key", "make it again")])
    size = int.from_bytes(view[len(_MAGIC) : start], "little")
    header = _Header(**json.loads(bytes(view[start : start + size])))
    middle = start + size + header.bits // 8
    return ExactMatch(header, view[start + size : middle], view[middle:-_MAC], _Hasher(key))


class ExactMatch:
    """A loaded list. Made by `load`."""

    __slots__ = ("_filter", "_hasher", "_header", "_lengths", "_longest", "_table")

    def __init__(self, header: _Header, filter_: memoryview, table: memoryview, hasher: _Hasher) -> None:
        self._header = header
        self._filter = filter_
        self._table = table
        self._hasher = hasher
        self._lengths = frozenset(header.lengths)
        self._longest = max(header.lengths)

    @property
    def name(self) -> str:
        """The list's name."""
        return self._header.name

    @property
    def entity_type(self) -> str:
        """What its entries are."""
        return self._header.entity_type

    def __len__(self) -> int:
        return self._header.entries

    def __repr__(self) -> str:
        return f"ExactMatch({self.name!r}, {self.entity_type!r}, {len(self)} entries)"

    def __contains__(self, value: object) -> bool:
        """Tell whether `value` is an entry, however it is written."""
        if not isinstance(value, str):
            return False
        return self._holds("".join(_runs(value, case=self._header.case)))

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of the entries in `text`: of all that begin at one place, the longest."""
        if text.isascii() and not self._header.case:
            # Lower case keeps places here, and makes each word's own normal form needless.
            runs = [(*run.span(), run[0]) for run in _ASCII_RUN.finditer(text.lower())]
        else:
            case = self._header.case
            runs = [(*run.span(), _normal(run[0], case=case)) for run in _RUN.finditer(text)]
        begins: dict[str, bool] = {}  # of this text alone
        for place, (start, _, word) in enumerate(runs):
            known = begins.get(word)
            if known is None:
                known = begins[word] = self._begins(_beginning(word))
            if known:
                end = self._longest_from(runs, place)
                if end is not None:
                    yield start, end

    def _longest_from(self, runs: Sequence[tuple[int, int, str]], place: int) -> int | None:
        candidate = ""
        reached = runs[place][0]
        found: int | None = None
        for start, end, word in runs[place : place + _MAX_RUNS]:
            if candidate and start - reached > _MAX_GAP:
                break
            candidate += word
            reached = end
            if len(candidate) > self._longest:
                break
            if len(candidate) in self._lengths and self._holds(candidate):
                found = end
        return found

    def _begins(self, beginning: str) -> bool:
        filter_, bits = self._filter, self._header.bits
        place, step = self._hasher.beginning(beginning)
        for _ in range(_PROBES):
            place %= bits
            if not filter_[place >> 3] >> (place & 7) & 1:
                return False
            place += step
        return True

    def _holds(self, text: str) -> bool:
        digest = self._hasher.entry(text)
        slots, table = self._header.slots, self._table
        slot = int.from_bytes(digest[:8], "little") % slots
        while True:
            held = bytes(table[slot * _DIGEST : (slot + 1) * _DIGEST])
            if held == digest:
                return True
            if not any(held):
                return False
            slot = slot + 1 if slot + 1 < slots else 0


class ExactMatchRecognizer:
    """Finds the entries of loaded lists.

    Args:
        lists: the lists; their names differ.

    Raises:
        ConfigurationError: if two lists have one name.
    """

    name = "exact_match"

    def __init__(self, lists: Sequence[ExactMatch]) -> None:
        names = [one.name for one in lists]
        if len(set(names)) < len(names):
            raise ConfigurationError([Problem("exact match lists", 0, "two lists have one name", mend="rename one")])
        self._lists = tuple(lists)

    @property
    def entity_types(self) -> frozenset[str]:
        """What the entries of all lists are."""
        return frozenset(one.entity_type for one in self._lists)

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        """Return a finding of score 1 for each entry in `segments`."""
        return [
            Finding(segment.path, one.entity_type, start, end, 1.0, f"exact_match.{one.name}")
            for segment in segments
            if segment.kind is not OPAQUE
            for one in self._lists
            for start, end in one.find(segment.text)
        ]


def _vet(name: str, entity_type: str, key: bytes) -> None:
    problems = []
    if not _NAME.match(name):
        problems.append(Problem("name", 0, "not a name", "lower-case letters, digits, `_`, `.`, `-`"))
    if not _ENTITY_TYPE.match(entity_type):
        problems.append(Problem("entity type", 0, "not an entity type", "such as CUSTOMER_NUMBER"))
    if not 16 <= len(key) <= 64:  # noqa: PLR2004 - what BLAKE2b takes, and no less than 128 bits
        problems.append(Problem("key", 0, "not a key", "16 to 64 bytes"))
    if problems:
        raise ConfigurationError(problems)


def _runs(entry: str, *, case: bool) -> list[str]:
    return [_normal(run[0], case=case) for run in _RUN.finditer(entry)]


def _normal(run: str, *, case: bool) -> str:
    if not run.isascii():
        run = unicodedata.normalize("NFKC", run)
    return run if case else run.casefold()


def _beginning(text: str) -> str:
    """Return the letters that `text` begins with; digits are grouped in too many ways, so all are one beginning."""
    if text.isalpha():
        return text
    letters = _LETTERS.match(text)
    return letters[0] if letters else ""


def _places(numbers: tuple[int, int], bits: int) -> Iterator[int]:
    """Yield places in the filter by double hashing. Source: A. Kirsch, M. Mitzenmacher, Less Hashing (2006)."""
    first, step = numbers
    return ((first + probe * step) % bits for probe in range(_PROBES))


def _mac(body: bytes | memoryview, key: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=_MAC, person=b"xm-file").digest()
