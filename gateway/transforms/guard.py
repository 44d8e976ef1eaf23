"""Puts originals back only where the policy lets them, and looks through answers for what was not in the request.

Decisions kept here:

* A guard is a `RestorerFactory`, so every text of every dialect passes it, whole or streamed, whatever the API adds.
* A surrogate that may not be restored where it stands (`UrlWatch`, tools) stays as it is: the client gets the answer,
  and nobody gets the value. An address that stood in the request with that very value in it is whole again.
* Looked through is what the upstream wrote, before restoring. What the request said, in whatever spelling, is no news.
* A stream is held back only where it begins to look like what the policy takes out (`Stretch`); what is merely flagged
  is looked through when the answer has ended, and costs the client no time.
* What takes a key out of JSON leaves JSON: a number becomes a string.
* A recognizer that fails: the policy says whether the answer is kept back (so by default) or flagged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from gateway.core.answers import EXFILTRATION_LINK, UNREAD, Action, AnswerPolicy, AnswerReport, UrlRule
from gateway.core.errors import BlockedByPolicy
from gateway.core.model import Sensitivity
from gateway.transforms.looking import Found, Looking
from gateway.transforms.operators import redacted
from gateway.transforms.requested import squeezed
from gateway.transforms.restore import Restorers
from gateway.transforms.spelling import unescaped
from gateway.transforms.stretch import ARMOUR_ENDS, ARMOUR_OPENS, CONTEXT, decided, is_plain
from gateway.transforms.urls import UrlWatch

__all__ = ["Guard"]

Span = tuple[int, int, str]
_LINK_REMOVED: Final = "#link-removed"
_KEYS: Final = frozenset({"CREDENTIAL", EXFILTRATION_LINK})
_KEPT: Final = 16
"""Texts whose result is kept: a Responses stream tells each text four times."""
_UNREAD_LONGEST: Final = 4096
_LINK_ENDS: Final = re.compile(r"[\s\"')>\]]")
_WORD_ENDS: Final = re.compile(r"\s|\"")
_LONG: Final = 8 * 1024
_WINDOW: Final = 64 * 1024
"""Characters that are gathered before they are looked through for what is flagged."""
_ENDS_HOST: Final = re.compile(r"[/\\?#\s\"'`)>\]]")
_NUMBER: Final = re.compile(r"[\[,:]\s*-?[0-9.eE+-]*\Z")


class Guard:
    """Restores and looks through one answer (a `RestorerFactory`).

    Args:
        restorers: over the surrogates of the request.
        policy: what the policy says of answers.
        looking: what it takes to look through answers.

    Attributes:
        changes: whether an answer may be changed by what is found in it.
        keys_only: whether only keys and links change it.
    """

    __slots__ = ("_looking", "_policy", "_restorers", "_state", "_tool", "changes", "keys_only")

    def __init__(self, restorers: Restorers, policy: AnswerPolicy, looking: Looking) -> None:
        self._restorers = restorers
        self._policy = policy
        self._looking = looking
        self._state = Found()
        self.changes = policy.changes
        changing = policy.changing_types
        self.keys_only = changing is not None and changing <= _KEYS
        self._tool: str | None = None

    def __repr__(self) -> str:
        return f"Guard({self._restorers!r})"

    @property
    def empty(self) -> bool:
        """Whether there is nothing to restore and nothing to look for."""
        return self._restorers.empty and not self._policy.looks

    def tool(self, name: str) -> Guard:
        """Return the guard of the arguments of the tool called `name`."""
        one = Guard(self._restorers, self._policy, self._looking)
        one._state = self._state
        one._tool = name
        return one

    def unguarded(self) -> Restorers:
        """Return the restorers alone: for what the caller stored, and no model wrote."""
        return self._restorers

    def text(self, value: str) -> str:
        """Return a whole text, restored and without what the policy takes out; the same object if nothing changes.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        state = self._state
        if state.blocked:
            return ""
        key = f"{self._tool}\x00{value}"
        known = state.shown.get(key)
        if known is not None:
            return known
        shown = self.channel().whole(value)
        state.shown[key] = shown
        while len(state.shown) > _KEPT:
            state.shown.popitem(last=False)
        return shown

    def spans(self, text: str) -> list[Span]:
        """Return what `text(text)` replaces; nothing is counted."""
        if self._state.blocked:
            return [(0, len(text), "")]
        spans, _ = self.restored(text, 0, UrlWatch, ended=True, in_json=False, count=False)
        if not self._policy.changes:
            return spans
        return _merged(self._taken_out(text, 0, len(text), in_json=False, count=False), spans)

    def channel(self, *, in_json: bool = False) -> GuardedChannel:
        """Return a restorer for a text that arrives in pieces; `in_json`: it is JSON source."""
        return GuardedChannel(self, in_json=in_json)

    def report(self) -> AnswerReport:
        """Return what was found; looks through what has only been gathered so far. May take a millisecond a kilobyte.

        A recognizer that fails here has nothing left to keep back: it is told in the report.
        """
        state = self._state
        if state.length:
            self._look_through()
        return state.report(self._looking.level)

    def seen(self, kind: str, value: str) -> bool:
        """Count what was found in an answer outside its texts; return whether the policy takes it out.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        action = self._policy.action(kind, self._looking.level(kind))
        if action is not Action.PASS:
            self._state.found[kind, value] = None
        if action is Action.BLOCK:
            self._block(kind)
        if action is Action.REDACT:
            self._state.redacted[kind, value] = None
        return action is Action.REDACT

    @property
    def looks(self) -> bool:
        """Whether answers are looked through."""
        return self._policy.looks

    @property
    def is_long(self) -> bool:
        """Whether a report would take long enough to hold other requests up."""
        return self._state.length > _LONG

    @property
    def blocked(self) -> bool:
        """Whether the answer is kept from the client."""
        return self._state.blocked

    def hear(self, text: str, among: list[str] | None = None) -> None:
        """Gather what was shown of an answer, `among` other pieces of a text or whole, for what is flagged."""
        state = self._state
        (state.wholes if among is None else among).append(text)
        if among is not None:
            state.heard[id(among)] = among
        state.length += len(text)
        if state.length > _WINDOW:
            self._look_through()

    def restored(
        self, text: str, floor: int, read: Callable[[], UrlWatch], *, ended: bool, in_json: bool, count: bool = True
    ) -> tuple[list[Span], int]:
        """Return what is put back from `floor` on, and where the text begins that must wait for more.

        `read` gives a watch that has read all before `floor`, which is left as it is.
        """
        if self._restorers.empty:
            return [], len(text)
        spans, wait = self._restorers.scan(text, floor, ended=ended, in_json=in_json)
        if not spans:
            return spans, wait
        if self._tool is not None and not self._policy.may_restore(self._tool):
            for start, end, _ in spans if count else ():
                self._withhold(text[start:end])
            return [], wait
        if self._urls_may:
            return spans, wait
        watch = read().copy()
        kept: list[Span] = []
        at = floor
        for start, end, value in spans:
            watch.read(text[at:start])
            if watch.inside:
                if watch.in_host and end == len(text) and not ended:
                    return kept, start
                if not self._was_there(watch, text, end, value):
                    if count:
                        self._withhold(text[start:end])
                    watch.put(text[start:end])
                    at = end
                    continue
            watch.put(value)
            kept.append((start, end, value))
            at = end
        return kept, wait

    def take_out(self, text: str, floor: int, until: int, *, in_json: bool, quick: bool = False) -> list[Span]:
        """Return what is taken out of `text` between `floor` and `until`; what stands before is context.

        With `quick`, what would only be flagged is not looked for: it is when the answer has ended.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        return self._taken_out(text, floor, until, in_json=in_json, count=True, quick=quick)

    def _was_there(self, watch: UrlWatch, text: str, end: int, value: str) -> bool:
        """Whether the address up to and with `value` stood in the request, and the host ends where it did there."""
        url = watch.url
        if not url or not self._looking.requested.has(url + value):
            return False
        return not watch.in_host or end == len(text) or _ENDS_HOST.match(text, end) is not None

    def _withhold(self, surrogate: str) -> None:
        self._state.withheld[self._restorers.kind(surrogate)] = None

    def _taken_out(
        self, text: str, floor: int, until: int, *, in_json: bool, count: bool, quick: bool = False
    ) -> list[Span]:
        begins = max(0, floor - CONTEXT)
        part = text[begins:until]
        try:
            found = self._kept_findings(part, in_json=in_json, quick=quick)
        except Exception:  # noqa: BLE001 - whatever fails in a recognizer must fail closed
            self._failed()
            return []
        spans: list[Span] = []
        for first, last, kind, value in found:
            start, end = first + begins, last + begins
            if end <= floor:
                continue
            action = self._policy.action(kind, self._looking.level(kind))
            if count and action is not Action.PASS:
                self._state.found[kind, squeezed(value)] = None
            if action is Action.BLOCK:
                self._block(kind)
            if action is Action.REDACT:
                if count:
                    self._state.redacted[kind, squeezed(value)] = None
                replacement = _LINK_REMOVED if kind == EXFILTRATION_LINK else redacted(kind)
                if in_json and _is_bare_number(text, start, end):
                    replacement = f'"{replacement}"'
                spans.append((max(start, floor), end, replacement))
        return _merged(spans, [])

    def _kept_findings(self, part: str, *, in_json: bool, quick: bool) -> list[tuple[int, int, str, str]]:
        spelled = unescaped(part) if in_json else None
        text = spelled.text if spelled is not None else part
        found = self._findings(text, quick=quick)
        if spelled is not None:
            return [(spelled.source(start), spelled.source(end), kind, text[start:end]) for start, end, kind in found]
        return [(start, end, kind, text[start:end]) for start, end, kind in found]

    @property
    def _urls_may(self) -> bool:
        """Whether values may be put back inside addresses here."""
        rule, tool = self._policy.urls, self._tool
        if tool is not None and not self._policy.may_restore(tool):
            return False
        return rule is UrlRule.EVERYWHERE or (rule is UrlRule.TOOLS and tool is not None)

    def _findings(self, text: str, *, quick: bool = False) -> list[tuple[int, int, str]]:
        trusted = self._tool is not None and self._urls_may  # a tool that may fetch with the request's values
        links = not trusted and self._policy.action(EXFILTRATION_LINK, Sensitivity.HIGH) is not Action.PASS

        def is_surrogate(part: str) -> bool:
            return not self._urls_may and bool(self._restorers.spans(part))

        return self._looking.findings(text, links=links, is_surrogate=is_surrogate, quick=quick)

    def _look_through(self) -> None:
        state = self._state
        text = "\n\n".join([*state.wholes, *("".join(pieces) for pieces in state.heard.values())])
        state.wholes.clear()
        state.length = 0
        for pieces in state.heard.values():
            pieces[:] = ["".join(pieces)[-CONTEXT:]]
        state.heard.clear()
        try:
            found = self._findings(text)
        except Exception:  # noqa: BLE001 - it has been shown; the report tells
            self._state.found[UNREAD, ""] = None
            return
        for start, end, kind in found:
            if self._policy.action(kind, self._looking.level(kind)) is not Action.PASS:
                self._state.found[kind, squeezed(text[start:end])] = None

    def _failed(self) -> None:
        self._state.found[UNREAD, ""] = None
        if self._policy.on_failure is Action.BLOCK:
            self._block(UNREAD)

    def _block(self, kind: str) -> None:
        self._state.blocked = True
        why = "could not be looked through" if kind == UNREAD else f"holds what the policy keeps back ({kind})"
        raise BlockedByPolicy(f"The upstream's answer {why}.")


class GuardedChannel:
    """Restores and looks through one channel of a stream (a `TextRestorer`)."""

    __slots__ = ("_before", "_guard", "_heard", "_in_json", "_pending", "_swallows", "_unread", "_watch")

    def __init__(self, guard: Guard, *, in_json: bool) -> None:
        self._guard = guard
        self._in_json = in_json
        self._before = ""
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
            spans = _merged(guard.take_out(text, 0, len(text), in_json=self._in_json), spans)
        elif guard.looks:
            guard.hear(text)
        return _replaced(text, 0, len(text), spans) if spans else text

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
        if guard.changes and until > floor and not is_plain(whole[:until], floor, keys_only=guard.keys_only):
            until, taken = self._taken(whole, floor, until, ended=ended)
            spans = _merged(taken, spans)
        return self._show(whole, floor, until, spans)

    def _taken(self, whole: str, floor: int, until: int, *, ended: bool) -> tuple[int, list[Span]]:
        """Return up to where the text is shown, and what is taken out of that."""
        armour = whole.rfind(ARMOUR_OPENS, floor, until)
        endless = not ended and armour >= 0 and ARMOUR_ENDS.search(whole, armour) is None
        if endless:
            until = len(whole)
        taken = self._guard.take_out(whole, floor, until, in_json=self._in_json, quick=True)
        if not ended and taken and taken[-1][1] == until == len(whole):
            self._swallows = ARMOUR_ENDS if endless else _LINK_ENDS if taken[-1][2] == _LINK_REMOVED else _WORD_ENDS
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
            self._guard.hear(whole[floor:until], self._heard)
        self._pending = whole[until:]
        self._before = whole[max(0, until - CONTEXT) : until]
        return _replaced(whole, floor, until, spans) if spans else whole[floor:until]

    def _swallowed(self, text: str) -> str:
        """Return what follows the rest of something that was taken out."""
        end = self._swallows.search(text) if self._swallows is not None else None
        if end is None:
            return ""
        rest = text[end.end() if self._swallows is ARMOUR_ENDS else end.start() :]
        self._swallows = None
        return rest


def _replaced(text: str, start: int, end: int, spans: Sequence[Span]) -> str:
    parts: list[str] = []
    for begins, ends, replacement in spans:
        parts += (text[start:begins], replacement)
        start = ends
    parts.append(text[start:end])
    return "".join(parts)


def _merged(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """Return spans of both, in order and disjoint; of two that overlap the union, written as `first` has it."""
    merged: list[Span] = []
    for start, end, text, weak in sorted(
        [
            *((start, end, text, False) for start, end, text in first),
            *((start, end, text, True) for start, end, text in second),
        ],
        key=lambda span: (span[0], span[3], -span[1]),
    ):
        if merged and start < merged[-1][1]:
            before = merged[-1]
            merged[-1] = (before[0], max(end, before[1]), before[2] if weak else text)
        else:
            merged.append((start, end, text))
    return merged


def _is_bare_number(source: str, start: int, end: int) -> bool:
    """Whether the span is a number of JSON source, outside any string."""
    return (
        source[start:end].lstrip("-").replace(".", "").isdigit()
        and _NUMBER.search(source, max(0, start - 40), start) is not None
    )
