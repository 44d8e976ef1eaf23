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
from collections.abc import Mapping
from json.decoder import JSONDecoder

from gateway.core.errors import TransformError
from gateway.dialects.leaves import embedded
from gateway.dialects.strict_json import quote
from gateway.dialects.structure import Structure

__all__ = ["splice"]

_MARK = re.compile(r"[^ \t\n\r]")
_DECODE = JSONDecoder().raw_decode


def splice(source: str, edits: Mapping[str, str], structure: Structure) -> str:
    """Return `source` with the leaf or key at each path of `edits` replaced.

    Args:
        source: strictly valid JSON, an object or array.
        edits: path of a segment to its new text.
        structure: the vocabulary with which the paths were made.

    Raises:
        TransformError: if an edit has no place: the path leads nowhere, or to what is not a text.
    """
    cutter = _Cutter(source, structure)
    result = cutter.run(_Plan.of(edits), free=False)
    if cutter.done != len(edits):
        raise TransformError("An edit found no place in the document.")
    return result


class _Plan:
    """The edits of a document as a tree of path tokens."""

    __slots__ = ("children", "key", "text")

    def __init__(self) -> None:
        self.children: dict[str, _Plan] = {}
        self.text: str | None = None
        self.key: str | None = None

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
        return root


class _Cutter:
    """Walks the source along the plan and gathers pieces: unchanged source and new texts in turn."""

    __slots__ = ("cut", "done", "pieces", "source", "structure")

    def __init__(self, source: str, structure: Structure) -> None:
        self.source = source
        self.structure = structure
        self.pieces: list[str] = []
        self.cut = 0
        self.done = 0

    def run(self, plan: _Plan, *, free: bool) -> str:
        self.value(self.mark(0), plan, free=free)
        self.pieces.append(self.source[self.cut :])
        return "".join(self.pieces)

    def mark(self, at: int) -> int:
        """Return where the next character that is not white space stands."""
        if self.source[at] > " ":
            return at
        found = _MARK.search(self.source, at)
        if found is None:
            raise TransformError("The document ends too early to be edited.")
        return found.start()

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
            self.replace(at, end, inner.run(plan, free=True), edits=inner.done)
        elif plan.text is not None and (first == '"' or (free and first in "-0123456789")):
            self.replace(at, end, plan.text)
        return end

    def object(self, at: int, plan: _Plan, *, free: bool) -> int:
        taken: dict[str, int] = {}
        at = self.mark(at + 1)
        ordinal = 0
        while self.source[at] != "}":
            key, end = _DECODE(self.source, at)
            child = plan.children.get(key if key in self.structure.keys else f"*{ordinal}")
            if child is not None and child.key is not None:
                self.replace(at, end, _apart(child.key, taken))
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

    def replace(self, start: int, end: int, text: str, *, edits: int = 1) -> None:
        self.pieces += (self.source[self.cut : start], quote(text))
        self.cut = end
        self.done += edits


def _apart(name: str, taken: dict[str, int]) -> str:
    """Return `name`, with a number behind it if the object has such a key already; remember it as taken."""
    count = taken.get(name, 0)
    while count and f"{name}_{count + 1}" in taken:
        count += 1
    taken[name] = count + 1
    if not count:
        return name
    return _apart(f"{name}_{count + 1}", taken)
