"""One text of an answer that arrives in pieces: what of it is held back, looked through, restored and shown.

Decisions kept here:

* A stretch that is plain (`is_plain`) or has no sign of anything that the policy takes out is shown without a scan.
  A sign anywhere in what a scan would see makes it one; what has been read for signs is not read again.
* What stands before a stretch (`CONTEXT`) is seen with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gateway.transforms.spans import Span, merged, replaced
from gateway.transforms.stretch import ARMOUR_ENDS, ARMOUR_OPENS, CONTEXT, decided, is_plain
from gateway.transforms.urls import UrlWatch

if TYPE_CHECKING:
    from gateway.transforms.guard import Guard

__all__ = ["LINK_REMOVED", "GuardedChannel"]

LINK_REMOVED: Final = "#link-removed"
_UNREAD_LONGEST: Final = 4096
_LINK_ENDS: Final = re.compile(r"[\s\"')>\]]")
_WORD_ENDS: Final = re.compile(r"\s|\"")
_SIGN: Final = 64
"""Characters that a sign takes at most, from the beginning of its first word on."""


class GuardedChannel:
    """Restores and looks through one channel of a stream (a `TextRestorer`)."""

    __slots__ = ("_before", "_guard", "_heard", "_in_json", "_pending", "_signed", "_swallows", "_unread", "_watch")

    def __init__(self, guard: Guard, *, in_json: bool) -> None:
        self._guard = guard
        self._in_json = in_json
        self._before = ""
        self._signed: list[tuple[int, int | None]] = []
        """Lengths of the last stretches, and the signs in each; None: not read."""
        self._pending = ""
        self._swallows: re.Pattern[str] | None = None
        """Finds where the rest of something that was taken out ends."""
        self._heard: list[str] | None = None
        self._watch = UrlWatch(in_json=in_json)
        self._unread = ""

    @property
    def held(self) -> bool:
        """Whether something is held back."""
        return bool(self._pending)

    def whole(self, text: str) -> str:
        """Return a text that came whole, restored and without what is taken out; the same object if nothing changes.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        guard = self._guard
        spans, _ = guard.restored(text, 0, self._read, ended=True, in_json=self._in_json)
        if guard.changes:
            spans = merged(guard.take_out(text, 0, len(text), in_json=self._in_json), spans)
        if guard.looks:
            guard.hear(text, in_json=self._in_json)
        return replaced(text, 0, len(text), spans) if spans else text

    def feed(self, text: str) -> str:
        """Take the next piece; return what may be shown.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        return self._feed(text, ended=False)

    def flush(self) -> str:
        """Return what is held back, as far as it may be shown; the channel has ended.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        shown = self._feed("", ended=True) if self._pending else ""
        self._before = self._unread = ""
        self._signed = []
        self._watch = UrlWatch(in_json=self._in_json)
        return shown

    def _feed(self, text: str, *, ended: bool) -> str:
        guard = self._guard
        if guard.blocked:
            self._pending = ""
            return ""
        if self._swallows is not None:
            text = self._swallowed(text)
        whole = f"{self._before}{self._pending}{text}"
        floor = len(self._before)
        until = len(whole)
        if guard.changes and not ended:
            until = decided(whole, floor, in_json=self._in_json)
        spans, wait = guard.restored(whole, floor, self._read, ended=ended, in_json=self._in_json)
        until = min(until, wait)
        while spans and spans[-1][1] > until:
            until = min(until, spans.pop()[0])
        signs = self._signs(whole, floor, until) if guard.changes and until > floor else None
        if signs is not None:
            until, taken = self._taken(whole, floor, until, signs, ended=ended)
            spans = merged(taken, spans)
        return self._show(whole, floor, until, spans)

    def _signs(self, whole: str, floor: int, until: int) -> int | None:
        """Return the signs in what a scan of the new stretch would see; None if it need not be scanned."""
        guard = self._guard
        unread = self._signed.pop()[0] if self._signed and self._signed[-1][1] is None else 0
        self._signed.append((unread + until - floor, None))
        if is_plain(whole[:until], floor, keys_only=guard.keys_only):
            return None
        self._read_signs(whole[:until], until - max(0, floor - CONTEXT))
        signs, at = 0, until
        for length, its in reversed(self._signed):
            if at <= floor - CONTEXT:
                break
            signs |= its or 0
            at -= length
        if self._in_json and "\\" in whole:
            return signs
        return signs if ARMOUR_OPENS in whole[floor:until] or guard.may_change(signs) else None

    def _read_signs(self, shown: str, seen: int) -> None:
        """Read what was not read yet of the last `seen` characters of `shown`, with what a sign may begin in."""
        before = self._signed
        unread = 0
        while before and before[-1][1] is None and unread < seen:
            unread += before.pop()[0]
        start = max(0, len(shown) - unread)
        start = _word_start(shown, max(0, start - _SIGN))
        after: list[tuple[int, int | None]] = [(unread, self._guard.signs(shown[start:]))]
        kept = unread
        while before and kept < seen:
            after.append(before.pop())
            kept += after[-1][0]
        self._signed = after[::-1]

    def _taken(self, whole: str, floor: int, until: int, signs: int, *, ended: bool) -> tuple[int, list[Span]]:
        """Return up to where the text is shown, and what is taken out of that."""
        armour = whole.rfind(ARMOUR_OPENS, floor, until)
        endless = not ended and armour >= 0 and ARMOUR_ENDS.search(whole, armour) is None
        if endless:
            until = len(whole)
        taken = self._guard.take_out(whole, floor, until, in_json=self._in_json, signs=signs)
        if not ended and taken and taken[-1][1] == until == len(whole):
            self._swallows = ARMOUR_ENDS if endless else _LINK_ENDS if taken[-1][2] == LINK_REMOVED else _WORD_ENDS
        return until, taken

    def _read(self) -> UrlWatch:
        """Return the watch, which has read all that was shown."""
        if self._unread:
            self._watch.read(self._unread)
            self._unread = ""
        return self._watch

    def _show(self, whole: str, floor: int, until: int, spans: Sequence[Span]) -> str:
        at = floor
        for start, end, replacement in spans:
            watch = self._read()
            watch.read(whole[at:start])
            watch.put(replacement)
            at = end
        self._unread += whole[at:until]
        if len(self._unread) > _UNREAD_LONGEST:
            self._read()
        if self._guard.looks:
            self._heard = [] if self._heard is None else self._heard
            self._guard.hear(whole[floor:until], self._heard, in_json=self._in_json)
        self._pending = whole[until:]
        self._before = whole[max(0, until - CONTEXT) : until]
        return replaced(whole, floor, until, spans) if spans else whole[floor:until]

    def _swallowed(self, text: str) -> str:
        """Return what follows the rest of something that was taken out."""
        end = self._swallows.search(text) if self._swallows is not None else None
        if end is None:
            return ""
        rest = text[end.end() if self._swallows is ARMOUR_ENDS else end.start() :]
        self._swallows = None
        return rest


def _word_start(text: str, at: int) -> int:
    """Return where the word at `at` begins."""
    while at > 0 and not text[at - 1].isspace():
        at -= 1
    return at
