r"""Puts originals back into answers, whole or streamed.

Decisions kept here (design invariants 5 and 7):

* **Known by the whole id.** An id has 42 bits and stands for one value of this request, so finding one is never a guess
  between two. Only ids that this request minted and may restore are in the map; all others pass as they are.
* **The label must agree**: the id's own label, any case, its words joined anyhow, or shortened at one end. Without a
  label the id must stand alone in brackets. Nothing else is restored, so a model (or whoever planted words in its
  input) that puts an id under another type gets the surrogate, not the value.
* **What goes and what stays.** A surrogate written exactly is replaced, whatever stands around it, so that
  `restore(transform(x)) == x`. Of a changed one its brackets go too, if they match; quotes, possessives, endings,
  emphasis and parentheses stay. Square and curly brackets stay where they are the text's own: a Markdown link,
  an index, a macro's argument.
* **The value is written in the escaping that the surrogate was found in**: HTML for `&lt;…&gt;`, JSON for
  `\u003c…\u003e` and for a whole channel of JSON source, percent for `%3C…%3E`.
* **A stream is the whole text in pieces**: the same scan, over what is held back and the new piece. A few characters
  of context are kept, because a label starts a word. What is held back is bounded by the looks of the request's labels.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from gateway.core.state import Pair
from gateway.transforms.looks import BRACKETS, MARK, Unfinished, head, unfinished
from gateway.transforms.surrogates import ID, ID_LENGTH

__all__ = ["Restorers"]

Span = tuple[int, int, str]

_CONTEXT: Final = 6  # the longest JSON escape
_NOTHING: Final = bytes(128), frozenset[str]()
_EMPHASIS: Final = "*`~"
# Brackets right after a word, a closing bracket or `!` are an index, an argument or an image's.
_HUGGED: Final = re.compile(r"(?<=[A-Za-z0-9_\u00c0-\u024f\])!])(?<!\\[nrtbf])(?<!\\u[0-9A-Fa-f]{4})")
_AFTER_LINK_TEXT: Final = ("(", "[", ":")


class Restorers:
    """The surrogates that one request may restore (a `RestorerFactory`).

    Args:
        pairs: id to pair.
    """

    __slots__ = ("_ids", "_pairs", "_unfinished")

    def __init__(self, pairs: Mapping[str, Pair]) -> None:
        self._pairs = dict(pairs)
        self._ids: list[str] | None = None
        self._unfinished: Unfinished | None = None

    def __repr__(self) -> str:
        return f"Restorers({len(self._pairs)} surrogates)"

    @property
    def empty(self) -> bool:
        """Whether there is nothing to restore."""
        return not self._pairs

    def text(self, value: str) -> str:
        """Return `value` restored; the same object when there was nothing to restore."""
        spans = self.spans(value)
        return _replaced(value, 0, len(value), spans) if spans else value

    def spans(self, text: str) -> list[Span]:
        """Return what `text(text)` replaces: (start, end, replacement) in code points, in order, disjoint."""
        return self.scan(text, 0, ended=True, in_json=False)[0] if self._pairs else []

    def tool(self, name: str) -> Restorers:  # noqa: ARG002 - who restores without a policy makes no difference
        """Return the restorers for the arguments of a tool."""
        return self

    def line(self) -> Restorers:
        """Return the restorers of texts that clients show one behind the other."""
        return self

    def unguarded(self) -> Restorers:
        """Return restorers that do nothing else."""
        return self

    def kind(self, surrogate: str) -> tuple[str, str]:
        """Return entity type and id of a surrogate as `spans` found it; empty where there is none."""
        for match in ID.finditer(surrogate):
            identifier = surrogate[match.start() - 2 : match.end()].lower()
            if identifier in self._pairs:
                return self._pairs[identifier].entity_type, identifier
        return "", ""

    def channel(self, *, in_json: bool = False) -> Channel:
        """Return a restorer for a text that arrives in pieces; `in_json`: it is JSON source."""
        return Channel(self, in_json=in_json)

    def may_begin(self, text: str, floor: int) -> bool:
        """Return whether a surrogate may begin in `text` from `floor` on; quick, for streams."""
        return self._beginnings().begins.search(text, floor) is not None if self._pairs else False

    @property
    def beginnings(self) -> tuple[bytes, frozenset[str]]:
        """`marks` and `starts` of what may begin (`Unfinished`), for a look that is quicker still."""
        if not self._pairs:
            return _NOTHING
        known = self._beginnings()
        return known.marks, known.starts

    @property
    def exact(self) -> dict[str, str]:
        """The surrogates as they were minted, to their values."""
        return {
            pair.surrogate: pair.value
            for identifier, pair in self._pairs.items()
            if pair.surrogate == f"<{pair.label}_{identifier}>"
        }

    def scan(self, text: str, floor: int, *, ended: bool, in_json: bool) -> tuple[list[Span], int]:
        """Return the surrogates from `floor` on, and where the text begins that must wait for more.

        What stands before `floor` is context. With `ended`, no more text comes and none waits.
        """
        spans: list[Span] = []
        for match in ID.finditer(text, floor):
            start = match.start() - 2
            pair = self._pairs.get(text[start : match.end()].lower())
            if pair is None:
                continue
            found = _found(text, floor, start, pair, ended=ended, in_json=in_json)
            if found is None:
                continue
            if found.waits:
                return spans, found.begins
            spans.append((found.begins, found.ends, found.replacement))
            floor = found.ends
        return spans, len(text) if ended else self._waits(text, floor)

    def _waits(self, text: str, floor: int) -> int:
        """Return where the unfinished surrogate at the end of `text` begins, or the length of `text`."""
        beginnings = self._beginnings()
        end = len(text)
        for begins in beginnings.begins.finditer(text, max(floor, end - beginnings.longest)):
            start = begins.start()
            for pattern in beginnings.worded.get(text[start], beginnings.patterns):
                match = pattern.match(text, start)
                if match is not None and self._known(match["part"] or match["bare"] or ""):
                    return match.start()
        return end

    def _known(self, part: str) -> bool:
        """Return whether an id begins with `part`."""
        if not part:
            return True
        if self._ids is None:
            self._ids = sorted(self._pairs)
        part = part.lower()
        place = bisect_left(self._ids, part)
        return place < len(self._ids) and self._ids[place].startswith(part)

    def _beginnings(self) -> Unfinished:
        if self._unfinished is None:
            self._unfinished = unfinished(tuple(sorted({pair.label for pair in self._pairs.values()})))
        return self._unfinished


class Channel:
    """Restores one channel of a stream (a `TextRestorer`)."""

    __slots__ = ("_before", "_in_json", "_pending", "_restorers")

    def __init__(self, restorers: Restorers, *, in_json: bool) -> None:
        self._restorers = restorers
        self._in_json = in_json
        self._before = ""
        self._pending = ""

    @property
    def held(self) -> bool:
        """Whether something is held back."""
        return bool(self._pending)

    def feed(self, text: str) -> str:
        """Take the next piece; return what may be shown."""
        whole = f"{self._before}{self._pending}{text}"
        if not self._pending and not self._restorers.may_begin(whole, len(self._before)):
            self._before = whole[-_CONTEXT:]
            return text
        return self._scan(whole, ended=False)

    def flush(self) -> str:
        """Return what is held back, restored as far as it is whole; the channel has ended."""
        shown = self._scan(f"{self._before}{self._pending}", ended=True) if self._pending else ""
        self._before = ""
        return shown

    def _scan(self, whole: str, *, ended: bool) -> str:
        floor = len(self._before)
        spans, wait = self._restorers.scan(whole, floor, ended=ended, in_json=self._in_json)
        self._pending = whole[wait:]
        self._before = whole[max(0, wait - _CONTEXT) : wait]
        return _replaced(whole, floor, wait, spans)


class _Found(NamedTuple):
    """A known id with a label or brackets.

    Attributes:
        begins: where what is replaced begins; where the surrogate may begin at the earliest, if it waits.
        ends: where what is replaced ends.
        replacement: what stands there afterwards.
        waits: the text ends before it is known where the surrogate ends.
    """

    begins: int
    ends: int
    replacement: str = ""
    waits: bool = False


def _found(text: str, floor: int, start: int, pair: Pair, *, ended: bool, in_json: bool) -> _Found | None:
    """Look at what stands around the id of `pair` at `start`."""
    end = start + ID_LENGTH
    exact = end + 1 - len(pair.surrogate)
    if exact >= floor and text.startswith(pair.surrogate, exact):
        return _Found(exact, end + 1, _written(pair.value, "", in_json=in_json))
    looks = head(pair.label)
    before = looks.pattern.search(text, max(floor, start - looks.longest), start)
    if before is None or (before["open"] is None and before["label"] is None):
        return None
    kind = (before["open"] or "").lstrip("\\").lower()
    if not ended and (BRACKETS[kind].waits.match(text, end) if kind else _bare_waits(text, end, before)):
        return _Found(before.start(), end, waits=True)
    after = BRACKETS[kind].close.match(text, end) if kind else None
    if after is None or _is_the_texts(text, kind, before.start(), after.end()):
        if before["label"] is None and after is None:
            return None
        return _without_brackets(text, before, start, _written(pair.value, "", in_json=in_json))
    lead, trail = _kept_marks(before, after[1])
    begins = before.start() + _foreign_backslashes(before, after[2])
    return _Found(begins, after.end(), lead + _written(pair.value, kind, in_json=in_json) + trail)


def _bare_waits(text: str, end: int, before: re.Match[str]) -> bool:
    """Return whether, behind an id without brackets, a digit may still come, or marks that pair with its inner ones."""
    marks = MARK.match(text, end) if _emphasis(before) else None
    return (marks.end() if marks else end) == len(text)


def _is_the_texts(text: str, kind: str, begins: int, ends: int) -> bool:
    """Return whether a pair of brackets belongs to the text: a link, an index, a macro's argument."""
    if kind not in {"[", "{"}:
        return False
    return _HUGGED.match(text, begins) is not None or (kind == "[" and text[ends : ends + 1] in _AFTER_LINK_TEXT)


def _without_brackets(text: str, before: re.Match[str], start: int, value: str) -> _Found:
    """Return the span of label and id alone, and of a mark beside them that pairs with one between them."""
    end = start + ID_LENGTH
    marks = MARK.match(text, end)
    trailing = marks[0] if marks else ""
    lead, trail = _kept_marks(before, trailing)
    begins = start if before["label"] is None else before.start("label")
    return _Found(begins - len(before["mark"]) + len(lead), end + len(trailing) - len(trail), value)


def _emphasis(before: re.Match[str]) -> str:
    """Return the emphasis marks between label and id."""
    return "".join(mark for mark in before["separator"] or "" if mark in _EMPHASIS)


def _kept_marks(before: re.Match[str], trailing: str) -> tuple[str, str]:
    """Return the marks before and behind that stay: `**PERSON**_id` loses its first, `PERSON_**id**` its last."""
    leading, inner = before["mark"], _emphasis(before)
    if inner and leading == inner != trailing:
        return "", trailing
    if inner and trailing == inner != leading:
        return leading, ""
    return leading, trailing


def _foreign_backslashes(before: re.Match[str], closer: str) -> int:
    r"""Return how many backslashes before the opening bracket are the text's own: `C:\<…>` against `\<PERSON\_id\>`."""
    opener = before["open"]
    opening = len(opener) - len(opener.lstrip("\\"))
    closing = len(closer) - len(closer.lstrip("\\"))
    if opener[-1] in "<[{＜" and "\\" in (before["separator"] or ""):
        return 0  # Markdown writers escape `<` and `_` but leave `>`
    return max(0, opening - closing)


def _written(value: str, kind: str, *, in_json: bool) -> str:
    """Return `value` in the escaping of the brackets that it stood in, and of the channel."""
    if kind == "&lt;":
        value = html.escape(value, quote=False)
    elif kind == "%3c":
        value = quote(value, safe="")
    return json.dumps(value, ensure_ascii=False)[1:-1] if in_json or kind == "u003c" else value


def _replaced(text: str, start: int, end: int, spans: list[Span]) -> str:
    """Return `text[start:end]` with `spans`, all within it, replaced."""
    if not spans:
        return text[start:end]
    parts: list[str] = []
    for begins, ends, replacement in spans:
        parts += (text[start:begins], replacement)
        start = ends
    parts.append(text[start:end])
    return "".join(parts)
