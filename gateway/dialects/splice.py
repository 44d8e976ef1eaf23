"""Edits a JSON document in its source, so that what is not edited stays byte for byte (invariant 6).

Decisions kept here:

* The edits are cut into the source text instead of writing the parsed value out again: spelling of numbers, escapes,
  white space and the order of keys survive, and a large body costs what its edits cost. Values off the way are
  skipped by the standard library's C scanner.
* An edit is addressed by the path of its segment alone; a key that is not of the API's vocabulary is `*N`.
* JSON in a string is edited inside and written back as a string. A number in it, or in the application's own JSON,
  becomes a string.
* Two keys of an object that would become the same (both redacted) are kept apart by a number. A key further on
  that has that very name by itself makes the body ambiguous, and the send gate, which reads it strictly, refuses it.
* An edit that finds no place raises: a value with an obligation must not stay behind silently (invariant 2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from json.decoder import JSONDecoder
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.core.errors import TransformError
from gateway.dialects.leaves import embedded
from gateway.dialects.strict_json import quote
from gateway.dialects.structure import Structure

__all__ = ["Cut", "applied", "cuts", "members", "splice", "text_at"]

_MARK = re.compile(r"[^ \t\n\r]")
if TYPE_CHECKING:

    def _DECODE(source: str, at: int) -> tuple[Any, int]: ...  # noqa: N802 - a constant

else:
    _DECODE = JSONDecoder().scan_once
    """`raw_decode` without a step of Python: the source is known to be JSON."""


class Cut(NamedTuple):
    """`source[start:end]` and the JSON source in its place.

    Attributes:
        path: of the segment that is edited; empty where edits are inside JSON in a string.
        inner: the cuts in the text of that string.
    """

    start: int
    end: int
    new: str
    path: str
    inner: tuple[Cut, ...]

    def __repr__(self) -> str:
        """Say where it is: the text is private."""
        return f"Cut({self.start}, {self.end}, {self.path!r})"


def splice(source: str, edits: Mapping[str, str], structure: Structure) -> str:
    """Return `source` with the leaf or key at each path of `edits` replaced.

    Args:
        source: strictly valid JSON, an object or array.
        edits: path of a segment to its new text.
        structure: the vocabulary with which the paths were made.

    Raises:
        TransformError: if an edit has no place: the path leads nowhere, or to what is not a text.
    """
    return applied(source, cuts(source, edits, structure))


def cuts(source: str, edits: Mapping[str, str], structure: Structure) -> list[Cut]:
    """Return what `splice` replaces, in order.

    Raises:
        TransformError: as `splice`.
    """
    cutter = _Cutter(source, structure)
    cutter.value(cutter.mark(0), _Plan.of(edits), free=False)
    if cutter.done != len(edits):
        raise TransformError("An edit found no place in the document.")
    return cutter.cuts


def applied(source: str, made: Sequence[Cut]) -> str:
    """Return `source` with `made` done, which are in order."""
    pieces: list[str] = []
    shown = 0
    for cut in made:
        pieces += (source[shown : cut.start], cut.new)
        shown = cut.end
    pieces.append(source[shown:])
    return "".join(pieces)


def members(source: str, field: str) -> list[tuple[int, int]]:
    """Return where each member begins and ends of the array under `field` of the object that `source` holds."""
    at = _mark(source, _mark(source, 0) + 1)
    while source[at] != "}":
        key, end = _DECODE(source, at)
        at = _mark(source, _mark(source, end) + 1)
        if key == field:
            break
        _, end = _DECODE(source, at)
        at = _mark(source, end)
        at = _mark(source, at + 1) if source[at] == "," else at
    found: list[tuple[int, int]] = []
    if source[at] == "[":
        at = _mark(source, at + 1)
        while source[at] != "]":
            _, end = _DECODE(source, at)
            found.append((at, end))
            at = _mark(source, end)
            at = _mark(source, at + 1) if source[at] == "," else at
    return found


def text_at(source: str, at: int) -> str:
    """Return the string that stands at `at`.

    Raises:
        TransformError: if there is none.
    """
    value, _ = _DECODE(source, at)
    if not isinstance(value, str):
        raise TransformError("There is no text where one was edited.")
    return value


class _Plan:
    """The edits of a document as a tree of path tokens."""

    __slots__ = ("children", "key", "path", "text")

    def __init__(self) -> None:
        self.children: dict[str, _Plan] = {}
        self.text: str | None = None
        self.key: str | None = None
        self.path = ""

    @classmethod
    def of(cls, edits: Mapping[str, str]) -> _Plan:
        root = cls()
        for path, text in edits.items():
            node = root
            for token in path.removesuffix("#").split("/")[1:]:
                node = node.children.setdefault(token, cls())
            if path.endswith("#"):
                node.key = text
            else:
                node.text = text
                node.path = path
        return root


class _Cutter:
    """Walks the source along the plan and gathers what to cut."""

    __slots__ = ("cuts", "done", "source", "structure")

    def __init__(self, source: str, structure: Structure) -> None:
        self.source = source
        self.structure = structure
        self.cuts: list[Cut] = []
        self.done = 0

    def mark(self, at: int) -> int:
        return at if self.source[at] > " " else _mark(self.source, at)

    def value(self, at: int, plan: _Plan, *, free: bool) -> int:
        """Edit the value at `at`; return where it ends."""
        first = self.source[at]
        if first == "{" and plan.text is None:
            return self.object(at, plan, free=free)
        if first == "[" and plan.text is None:
            return self.array(at, plan, free=free)
        value, end = _DECODE(self.source, at)
        if first == '"' and plan.children and embedded(value) is not None:
            inner = _Cutter(value, self.structure)
            inner.value(inner.mark(0), plan, free=True)
            self.done += inner.done
            self.cuts.append(Cut(at, end, quote(applied(value, inner.cuts)), "", tuple(inner.cuts)))
        elif plan.text is not None and (first == '"' or (free and first in "-0123456789")):
            self.replace(at, end, plan.text, plan.path)
        return end

    def object(self, at: int, plan: _Plan, *, free: bool) -> int:
        taken: dict[str, int] = {}
        at = self.mark(at + 1)
        ordinal = 0
        while self.source[at] != "}":
            key, end = _DECODE(self.source, at)
            child = plan.children.get(key if key in self.structure.keys else f"*{ordinal}")
            if child is not None and child.key is not None:
                self.replace(at, end, _apart(child.key, taken), "#")
            else:
                taken[key] = 1
            at = self.mark(self.mark(end) + 1)
            at = self.mark(self.member(at, child, free=free or key in self.structure.free))
            at = self.mark(at + 1) if self.source[at] == "," else at
            ordinal += 1
        return at + 1

    def array(self, at: int, plan: _Plan, *, free: bool) -> int:
        at = self.mark(at + 1)
        index = 0
        while self.source[at] != "]":
            at = self.mark(self.member(at, plan.children.get(str(index)), free=free))
            at = self.mark(at + 1) if self.source[at] == "," else at
            index += 1
        return at + 1

    def member(self, at: int, plan: _Plan | None, *, free: bool) -> int:
        if plan is not None and (plan.children or plan.text is not None):
            return self.value(at, plan, free=free)
        _, end = _DECODE(self.source, at)
        return end

    def replace(self, start: int, end: int, text: str, path: str) -> None:
        self.cuts.append(Cut(start, end, quote(text), path, ()))
        self.done += 1


def _mark(source: str, at: int) -> int:
    """Return where the next character that is not white space stands."""
    if source[at] > " ":
        return at
    found = _MARK.search(source, at)
    if found is None:
        raise TransformError("The document ends too early to be edited.")
    return found.start()


def _apart(name: str, taken: dict[str, int]) -> str:
    """Return `name`, with a number behind it if the object has such a key already; remember it as taken."""
    count = taken.get(name, 0)
    while count and f"{name}_{count + 1}" in taken:
        count += 1
    taken[name] = count + 1
    if not count:
        return name
    return _apart(f"{name}_{count + 1}", taken)
