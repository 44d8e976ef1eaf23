"""One text of an answer that arrives in pieces: what of it is held back, looked through, restored and shown.

Decisions kept here:

* A stretch in which, and shortly before which, the lookout suspected nothing is shown without a scan; so is one of
  ordinary words that stands behind no hint, unless the policy takes out ordinary words.
* What is suspicious is read for signs; only a sign anywhere in what a scan would see makes it one.
* What stands before a stretch (`CONTEXT`) is seen with it.
* Most pieces tell nothing: none of what is asked about the others has to be asked of them (`_is_calm`; compiled, and
  in fewer steps, `Channel` of `_calm`). It may take a piece for telling that is none, never the other way round.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gateway.transforms.spans import Span, merged, replaced
from gateway.transforms.spelling import OUTSIDE, string_state
from gateway.transforms.stretch import (
    ARMOUR_ENDS,
    ARMOUR_OPENS,
    CONTEXT,
    HOLD,
    NEAR,
    UNREAD,
    decided,
    is_decided,
    word_start,
)
from gateway.transforms.urls import UrlWatch

if TYPE_CHECKING:
    from gateway.transforms.guard import Guard
    from gateway.transforms.looking import Found, Lookout

__all__ = ["LINK_REMOVED", "GuardedChannel", "PlainChannel"]

LINK_REMOVED: Final = "#link-removed"
_LINK_ENDS: Final = (re.compile(r"[\s\"')>\]]"), re.compile(r"[\s\"')>\]]|\\(?!/)"))
_WORD_ENDS: Final = (re.compile(r"\s|\""), re.compile(r"\s|\"|\\(?!/)"))
"""In a text, and in JSON source, where the backslash of a quote must not go without it."""
_SIGN: Final = 64
"""Characters that a sign takes at most, from the beginning of its first word on."""


class PlainChannel(ABC):
    """What all pieces of a text pass first (`Channel` of `_calm` is the same, compiled).

    Attributes:
        _quick: the lookout, where most pieces tell nothing.
        _shown: characters that were shown, of those that the lookout has read.
        _swallows: finds where the rest of something that was taken out ends.
        _found: what the answer's parts share.
        _exact: surrogates as they were minted, to what is put back for them outside addresses.
        _keys_only: whether only keys and links are taken out.
        _told: where it is told that something was heard of this text: as long as it is that of `_found`.
    """

    __slots__ = (
        *("_before", "_exact", "_found", "_heard", "_keys_only", "_looks", "_marks", "_pending", "_quick", "_shown"),
        *("_starts", "_swallows", "_told", "_unread", "_unread_size"),
    )

    def __init__(self) -> None:
        self._quick: Lookout | None = None
        self._swallows: re.Pattern[str] | None = None
        self._before = self._pending = ""
        self._unread: list[str] = []
        self._heard: list[str] = []
        self._unread_size = self._shown = 0
        self._told: object = None
        self._found: Found
        self._marks: bytes
        self._starts: frozenset[str]
        self._exact: dict[str, str]
        self._looks: bool
        self._keys_only: bool

    def feed(self, text: str) -> str:
        """Take the next piece; return what may be shown.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        lookout = self._quick
        if lookout is None or self._pending or self._swallows is not None or self._found.blocked:
            return self._feed(text, ended=False)
        lookout.read(text)
        return self._look(self._before + text, len(self._before))

    @abstractmethod
    def _feed(self, text: str, *, ended: bool) -> str:
        """Take the next piece, whatever stands before it; return what may be shown."""

    @abstractmethod
    def _look(self, whole: str, floor: int) -> str:
        """Return what may be shown of `whole` from `floor` on, which the lookout has read; nothing is held."""


if TYPE_CHECKING:
    _Channel = PlainChannel
else:
    try:
        from gateway.transforms._calm import Channel as _Channel
    except ImportError:  # no C compiler at installation
        _Channel = PlainChannel


class GuardedChannel(_Channel):
    """Restores and looks through one channel of a stream (a `TextRestorer`).

    Args:
        guard: of the answer.
        in_json: whether the text is JSON source.
        watch: what has read the texts that clients show right before this one.
        before: the end of these; empty where there are none.
    """

    __slots__ = ("_clean", "_guard", "_in_json", "_lookout", "_read_to", "_signs", "_state", "_watch")

    def __init__(self, guard: Guard, *, in_json: bool, watch: UrlWatch, before: str) -> None:
        super().__init__()
        self._guard = guard
        self._found = guard.state
        self._in_json = in_json
        self._marks, self._starts = guard.beginnings
        self._exact = guard.exact
        self._looks = guard.looks
        self._keys_only = guard.keys_only
        self._lookout = guard.lookout()
        self._quick = None if in_json or guard.worded else self._lookout
        self._state = OUTSIDE
        """Of the JSON source before `_before`."""
        self._signs = 0
        """The signs in what was read for them last, without a gap, up to `_read_to`."""
        self._read_to = self._clean = -1
        """`_clean`: up to there nothing was a sign."""
        self._watch = watch
        if before:
            self._before, self._shown = before, len(before)
            if self._lookout is not None:
                self._lookout.read(before)

    @property
    def held(self) -> bool:
        """Whether something is held back."""
        return bool(self._pending)

    def watched(self) -> UrlWatch:
        """Return a watch that has read what was shown and what is held back."""
        watch = self._read().copy()
        watch.read(self._pending)
        return watch

    @property
    def tail(self) -> str:
        """The end of what was shown and is held back."""
        return (self._before + self._pending)[-CONTEXT:]

    def _look(self, whole: str, floor: int) -> str:
        if self._lookout is not None and self._is_calm(self._lookout, whole, floor):
            return self._show(whole, floor, len(whole), ())
        return self._decide(whole, floor, ended=False)

    def flush(self) -> str:
        """Return what is held back, as far as it may be shown.

        The text may go on all the same, behind a tool's call for one: what it has shown still stands before the rest.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        return self._feed("", ended=True) if self._pending else ""

    def _feed(self, text: str, *, ended: bool) -> str:
        guard = self._guard
        if guard.blocked:
            self._pending = ""
            return ""
        if self._swallows is not None:
            text = self._swallowed(text)
        if self._lookout is not None:
            self._lookout.read(text)
        return self._decide(f"{self._before}{self._pending}{text}", len(self._before), ended=ended)

    def _decide(self, whole: str, floor: int, *, ended: bool) -> str:
        """Return what may be shown of `whole` from `floor` on, which the lookout has read."""
        guard, lookout = self._guard, self._lookout
        until = len(whole)
        if guard.changes and not ended:
            hinted = None if lookout is None else lookout.hinted - self._shown + floor
            until = decided(whole, floor, in_json=self._in_json, hinted=hinted, worded=guard.worded)
            if lookout is not None and lookout.row >= 0 and until - floor < HOLD:
                until = min(until, max(floor, lookout.row - self._shown + floor))
        spans, wait = guard.restored(whole, floor, self._read, ended=ended, in_json=self._in_json)
        until = min(until, wait)
        while spans and spans[-1][1] > until:
            until = min(until, spans.pop()[0])
        if guard.changes and until > floor and self._is_suspicious(whole, floor, until):
            until, taken = self._taken(whole, floor, until, ended=ended)
            spans = merged(taken, spans)
        return self._show(whole, floor, until, spans)

    def _is_calm(self, lookout: Lookout, whole: str, floor: int) -> bool:
        """Return whether what stands from `floor` on is shown as it is: nothing waits, comes back or is looked into."""
        at = self._shown
        return (
            lookout.is_calm(at - CONTEXT, at - NEAR, at, self._keys_only)
            and is_decided(whole, floor, digits=lookout.digit > at)
            and self._puts_nothing_back(whole, floor)
            and not (lookout.coded > at and lookout.is_code(whole[word_start(whole, 0, floor) :]))
        )

    def _puts_nothing_back(self, whole: str, floor: int) -> bool:
        guard = self._guard
        if not guard.may_begin(whole, floor):
            return True
        spans, wait = guard.restored(whole, floor, self._read, ended=False, in_json=False)
        return not spans and wait == len(whole)

    def _is_suspicious(self, whole: str, floor: int, until: int) -> bool:
        """Return whether the new stretch has to be looked through, with what stands before it."""
        guard, lookout, at = self._guard, self._lookout, self._shown
        if lookout is None:
            return True
        if lookout.coded > at and lookout.is_code(whole[word_start(whole, 0, floor) : until]):
            lookout.suspect_all()
        elif (
            lookout.suspect <= at - CONTEXT or lookout.changed <= self._clean or self._is_plain(lookout, until - floor)
        ):
            return False
        start = max(0, floor - CONTEXT)
        if self._in_json and "\\" in whole[start:until]:
            return True
        if self._read_to == at:
            start = word_start(whole, 0, max(start, floor - _SIGN))
        else:
            self._signs = 0
        self._signs |= guard.signs(whole[start:until])
        self._read_to = at + until - floor
        if guard.may_change(self._signs):
            return True
        self._clean = self._read_to
        return False

    def _is_plain(self, lookout: Lookout, size: int) -> bool:
        """Return whether in the new stretch are ordinary words only, behind no hint, and none can be taken out."""
        at = self._shown
        return not self._guard.worded and lookout.is_plain(at - CONTEXT, at - NEAR, at, at + size, self._keys_only)

    def _taken(self, whole: str, floor: int, until: int, *, ended: bool) -> tuple[int, list[Span]]:
        """Return up to where the text is shown, and what is taken out of that."""
        armour = whole.rfind(ARMOUR_OPENS, floor, until)
        endless = not ended and armour >= 0 and ARMOUR_ENDS.search(whole, armour) is None
        if endless:
            until = len(whole)
        signs = self._signs if self._lookout is not None and not self._in_json and not endless else None
        taken = self._guard.take_out(whole, floor, until, in_json=self._in_json, signs=signs, state=self._state)
        if not ended and taken and taken[-1][1] == until == len(whole):
            ends = _LINK_ENDS if taken[-1][2] == LINK_REMOVED else _WORD_ENDS
            self._swallows = ARMOUR_ENDS if endless else ends[self._in_json]
        return until, taken

    def _read(self) -> UrlWatch:
        """Return the watch, which has read all that was shown."""
        if self._unread:
            self._watch.read("".join(self._unread))
            self._unread, self._unread_size = [], 0
        return self._watch

    def _hear(self, text: str) -> None:
        """Gather what is shown; from now on it is known that there is something."""
        self._told = self._found.heard
        self._guard.hear(text, self._heard, in_json=self._in_json)

    def _show(self, whole: str, floor: int, until: int, spans: Sequence[Span]) -> str:
        at = floor
        for start, end, replacement in spans:
            watch = self._read()
            watch.read(whole[at:start])
            watch.put(replacement)
            at = end
        self._unread.append(whole[at:until])
        self._unread_size += until - at
        if self._unread_size > UNREAD:
            self._read()
        if self._looks and until > floor:
            self._hear(whole[floor:until])
        self._shown += until - floor
        self._pending = whole[until:]
        begins = max(0, until - CONTEXT)
        if self._in_json:
            self._state = string_state(whole[:begins], self._state)
        self._before = whole[begins:until]
        return replaced(whole, floor, until, spans) if spans else whole[floor:until]

    def _swallowed(self, text: str) -> str:
        """Return what follows the rest of something that was taken out."""
        end = self._swallows.search(text) if self._swallows is not None else None
        if end is None:
            return ""
        rest = text[end.end() if self._swallows is ARMOUR_ENDS else end.start() :]
        self._swallows = None
        return rest
