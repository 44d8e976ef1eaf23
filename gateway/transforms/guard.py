"""Puts originals back only where the policy lets them, and looks through answers for what was not in the request.

Decisions kept here:

* A guard is a `RestorerFactory`, so every text of every dialect passes it, whole or streamed, whatever the API adds.
* A surrogate that may not be restored where it stands (`UrlWatch`, tools) stays as it is: the client gets the answer,
  and nobody gets the value. An address that stood in the request with that very value in it is whole again.
* Looked through is what the upstream wrote, before restoring. What the request said, in whatever spelling, is no news.
* A stream is held back only where it begins to look like what the policy takes out (`stretch`); what is merely flagged
  is looked through once, when the answer has ended, and costs the client no time.
* What takes a key out of JSON leaves JSON (`spelling.replacing`).
* A recognizer that fails: the policy says whether the answer is kept back (so by default) or flagged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gateway.core.answers import EXFILTRATION_LINK, UNREAD, Action, AnswerPolicy, AnswerReport, UrlRule
from gateway.core.errors import BlockedByPolicy
from gateway.core.model import Sensitivity
from gateway.core.steps import Steps, done
from gateway.transforms.guarded import LINK_REMOVED, GuardedChannel
from gateway.transforms.links import has_link_sign
from gateway.transforms.looking import Found, Judged, Looking, Lookout
from gateway.transforms.operators import redacted
from gateway.transforms.requested import squeezed
from gateway.transforms.restore import Restorers
from gateway.transforms.spans import Span, merged, replaced
from gateway.transforms.spelling import OUTSIDE, replacing, unescaped
from gateway.transforms.stretch import CONTEXT, WINDOW
from gateway.transforms.urls import UrlWatch

__all__ = ["Guard"]

_KEYS: Final = frozenset({"CREDENTIAL", EXFILTRATION_LINK})
_KEPT: Final = 16
"""Texts whose result is kept: a Responses stream tells each text four times."""
_LONG: Final = 8 * 1024
_ENDS_HOST: Final = re.compile(r"[/\\?#\s\"'`)>\]]")


class Guard:
    """Restores and looks through one answer (a `RestorerFactory`).

    Args:
        restorers: over the surrogates of the request.
        policy: what the policy says of answers.
        looking: what it takes to look through answers.

    Attributes:
        changes: whether an answer may be changed by what is found in it.
        looks: whether answers are looked through.
        may_begin: whether a surrogate of the request may begin in a text from a place on.
        state: what was found so far, which the guards of all parts of an answer share.
        keys_only: whether only keys and links change it.
        worded: whether ordinary words may change it: names, or whatever a level says.
    """

    __slots__ = (
        *("_before", "_judged", "_looking", "_policy", "_restorers", "_tail", "_tool", "changes", "keys_only", "looks"),
        *("may_begin", "state", "worded"),
    )

    def __init__(self, restorers: Restorers, policy: AnswerPolicy, looking: Looking) -> None:
        self._restorers = restorers
        self.may_begin = restorers.may_begin
        self._policy = policy
        self._looking = looking
        self.state = Found()
        self.changes = policy.changes
        changing = policy.changing_types
        self.looks = policy.looks
        self.keys_only = changing is not None and changing <= _KEYS
        self.worded = not self.keys_only and not looking.marked
        self._tool: str | None = None
        self._judged: Judged = {}
        self._before: UrlWatch | GuardedChannel | None = None
        """What has read what clients show before the next text; None: every text stands by itself."""
        self._tail = ""
        """The end of what stands before, unless what has read it tells."""

    def __repr__(self) -> str:
        return f"Guard({self._restorers!r})"

    @property
    def empty(self) -> bool:
        """Whether there is nothing to restore and nothing to look for."""
        return self._restorers.empty and not self.looks

    def tool(self, name: str) -> Guard:
        """Return the guard of the arguments of the tool called `name`."""
        one = Guard(self._restorers, self._policy, self._looking)
        one.state = self.state
        one._tool = name
        return one

    def line(self) -> Guard:
        """Return the guard of texts that clients show one behind the other: what begins in one goes on in the next.

        That of a line goes on from where the line has come to, and leaves that as it is.
        """
        if not (self._watches or self.changes):
            return self
        one = Guard(self._restorers, self._policy, self._looking)
        one.state, one._tool, one._judged = self.state, self._tool, self._judged
        one._before, one._tail = self._watch(), self._context()
        return one

    def unguarded(self) -> Restorers:
        """Return the restorers alone: for what the caller stored, and no model wrote."""
        return self._restorers

    @property
    def beginnings(self) -> tuple[bytes, frozenset[str]]:
        """What tells quickly where a surrogate of the request may begin (`Restorers.beginnings`)."""
        return self._restorers.beginnings

    @property
    def exact(self) -> dict[str, str]:
        """Surrogates as they were minted, to the values that are put back for them here, outside addresses."""
        may = self._tool is None or self._policy.may_restore(self._tool)
        return self._restorers.exact if may else {}

    def text(self, value: str) -> str:
        """Return a whole text, restored and without what the policy takes out; the same object if nothing changes.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        state = self.state
        if state.blocked:
            return ""
        watch, before = (None, "") if self._before is None else (self._watch(), self._context())
        key = self._tool, value, () if watch is None else (before, *watch.known)
        shown = state.shown.get(key)
        if shown is None:
            shown = state.shown[key] = self.whole(value)
            while len(state.shown) > _KEPT:
                del state.shown[next(iter(state.shown))]
        if watch is not None:
            if self._watches:
                watch.read(shown)
            self._before, self._tail = watch, (before + value)[-CONTEXT:]
        return shown

    def whole(self, text: str) -> str:
        """Return what `text` does, whether or not the same text was told before.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        before = self._context()
        whole, floor = (before + text, len(before)) if before else (text, 0)
        spans, _ = self.restored(whole, floor, self._watch, ended=True, in_json=False)
        if self.changes and self.suspects(whole):
            spans = merged(self.take_out(whole, floor, len(whole), in_json=False), spans)
        if self.looks:
            self.hear(text)
        return replaced(whole, floor, len(whole), spans) if spans else text

    def spans(self, text: str) -> list[Span]:
        """Return what `text(text)` replaces; nothing is counted."""
        if self.state.blocked:
            return [(0, len(text), "")]
        spans, _ = self.restored(text, 0, self._watch, ended=True, in_json=False, count=False)
        if not self._policy.changes:
            return spans
        return merged(self._taken_out(text, 0, len(text), in_json=False, count=False), spans)

    def channel(self, *, in_json: bool = False) -> GuardedChannel:
        """Return a restorer for a text that arrives in pieces; `in_json`: it is JSON source."""
        before = "" if in_json else self._context()
        channel = GuardedChannel(self, in_json=in_json, watch=self._watch(in_json=in_json), before=before)
        if self._before is not None:
            self._before = channel
        return channel

    def report(self) -> AnswerReport:
        """Return what was found; looks through what has only been gathered so far. May take a millisecond a kilobyte.

        A recognizer that fails here has nothing left to keep back: it is told in the report.
        """
        return done(self.reporting())

    def reporting(self) -> Steps[AnswerReport]:
        """Report in steps, as `report`."""
        if self.state.length:
            yield from self._look_through()
        return self.state.report(self._looking.level)

    def seen(self, kind: str, value: str) -> bool:
        """Count what was found in an answer outside its texts; return whether the policy takes it out.

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        action = self._policy.action(kind, self._looking.level(kind))
        if action is not Action.PASS:
            self.state.found[kind, value] = None
        if action is Action.BLOCK:
            self._block(kind)
        if action is Action.REDACT:
            self.state.redacted[kind, value] = None
        return action is Action.REDACT

    @property
    def length(self) -> int:
        """Characters that a report would look through."""
        return self.state.length

    @property
    def is_long(self) -> bool:
        """Whether a report would take long enough to hold other requests up."""
        return self.state.length > _LONG

    @property
    def blocked(self) -> bool:
        """Whether the answer is kept from the client."""
        return self.state.blocked

    def hear(self, text: str, among: list[str] | None = None, *, in_json: bool = False) -> None:
        """Gather what was shown of an answer, `among` other pieces of a text or whole, for what is flagged.

        `in_json`: the pieces are JSON source.
        """
        state = self.state
        if among is None:
            state.wholes.append(text)
        else:
            among.append(text)
            state.heard[id(among)] = (among, in_json)
        state.length += len(text)
        if state.length > WINDOW:
            done(self._look_through())

    def restored(
        self, text: str, floor: int, read: Callable[[], UrlWatch], *, ended: bool, in_json: bool, count: bool = True
    ) -> tuple[list[Span], int]:
        """Return what is put back from `floor` on, and where the text begins that must wait for more.

        `read` gives a watch that has read all before `floor`, which is left as it is.
        """
        if self._restorers.empty or not (ended or self.may_begin(text, floor)):
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

    def signs(self, text: str) -> int:
        """Return the kinds of signs in `text` of what the policy takes out."""
        return self._looking.signs(text)

    def suspects(self, text: str) -> bool:
        """Return whether a whole text may hold what the policy takes out, read but once."""
        lookout = self._looking.lookout()
        if lookout is None:
            return True
        lookout.read(text)
        return lookout.suspect > 0 or (lookout.coded > 0 and lookout.is_code(text)) or has_link_sign(text)

    def lookout(self) -> Lookout | None:
        """Return what tells where a text that comes in pieces needs looking through; None: everywhere."""
        return self._looking.lookout() if self.changes else None

    def may_change(self, signs: int) -> bool:
        """Return whether a text with such signs may hold anything that the policy takes out."""
        return self._looking.may_change(signs, links=self._links)

    def take_out(
        self, text: str, floor: int, until: int, *, in_json: bool, signs: int | None = None, state: int = OUTSIDE
    ) -> list[Span]:
        """Return what is taken out of `text` between `floor` and `until`; what stands before is context.

        What would only be flagged is not looked for: it is when the answer has ended. `signs`: of the text, if known;
        `state`: of the JSON source before it (`spelling.string_state`).

        Raises:
            BlockedByPolicy: if the policy keeps the answer back.
        """
        return self._taken_out(text, floor, until, in_json=in_json, count=True, signs=signs, state=state)

    def _watch(self, *, in_json: bool = False) -> UrlWatch:
        """Return a watch where the next text begins."""
        before = self._before
        if before is None:
            return UrlWatch(in_json=in_json)
        return (before.watched() if isinstance(before, GuardedChannel) else before).copy(in_json=in_json)

    def _context(self) -> str:
        """Return the end of what clients show right before the next text."""
        return self._before.tail if isinstance(self._before, GuardedChannel) else self._tail

    @property
    def _watches(self) -> bool:
        """Whether it has to be known what stands in an address: there are values, which may not be put there."""
        return not (self._restorers.empty or self._urls_may)

    def _was_there(self, watch: UrlWatch, text: str, end: int, value: str) -> bool:
        """Whether the address up to and with `value` stood in the request, and the host ends where it did there."""
        urls = watch.urls
        if not urls or not all(url and self._looking.requested.has(url + value) for url in urls):
            return False
        return not watch.in_host or end == len(text) or _ENDS_HOST.match(text, end) is not None

    def _withhold(self, surrogate: str) -> None:
        self.state.withheld[self._restorers.kind(surrogate)] = None

    def _taken_out(
        self,
        text: str,
        floor: int,
        until: int,
        *,
        in_json: bool,
        count: bool,
        signs: int | None = None,
        state: int = OUTSIDE,
    ) -> list[Span]:
        begins = max(0, floor - CONTEXT)
        part = text[begins:until]
        try:
            found = self._kept_findings(part, in_json=in_json, signs=signs)
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
                self.state.found[kind, squeezed(value)] = None
            if action is Action.BLOCK:
                self._block(kind)
            if action is Action.REDACT:
                if count:
                    self.state.redacted[kind, squeezed(value)] = None
                replacement = LINK_REMOVED if kind == EXFILTRATION_LINK else redacted(kind)
                start = max(start, floor)
                spans += replacing(text, start, end, replacement, state) if in_json else [(start, end, replacement)]
        return merged(spans, []) if spans else spans

    def _kept_findings(self, part: str, *, in_json: bool, signs: int | None) -> list[tuple[int, int, str, str]]:
        spelled = unescaped(part) if in_json and "\\" in part else None
        text = spelled.text if spelled is not None else part
        if signs is None or spelled is not None:
            signs = self.signs(text)
            if not self.may_change(signs):
                return []
        found = self._looking.changing(
            text, signs, links=self._links, is_surrogate=self._is_surrogate, known=self._judged
        )
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

    @property
    def _links(self) -> bool:
        """Whether addresses that carry data out are looked for here."""
        trusted = self._tool is not None and self._urls_may  # a tool that may fetch with the request's values
        return not trusted and self._policy.action(EXFILTRATION_LINK, Sensitivity.HIGH) is not Action.PASS

    def _is_surrogate(self, part: str) -> bool:
        """Whether a part of an address holds a surrogate that must not be in one."""
        return not self._urls_may and bool(self._restorers.spans(part))

    def _look_through(self) -> Steps[None]:
        state = self.state
        texts = state.wholes.copy()
        state.wholes.clear()
        state.length = 0
        for pieces, in_json in state.heard.values():
            whole = "".join(pieces)
            texts.append(unescaped(whole).text if in_json else whole)
            pieces[:] = [whole[-CONTEXT:]]
        state.heard = {}
        text = "\n\n".join(texts)
        try:
            found = yield from self._looking.everything(
                text, links=self._links, is_surrogate=self._is_surrogate, known=self._judged
            )
        except Exception:  # noqa: BLE001 - it has been shown; the report tells
            self.state.found[UNREAD, ""] = None
            return
        for start, end, kind in found:
            if self._policy.action(kind, self._looking.level(kind)) is not Action.PASS:
                self.state.found[kind, squeezed(text[start:end])] = None

    def _failed(self) -> None:
        self.state.found[UNREAD, ""] = None
        if self._policy.on_failure is Action.BLOCK:
            self._block(UNREAD)

    def _block(self, kind: str) -> None:
        self.state.blocked = True
        why = "could not be looked through" if kind == UNREAD else f"holds what the policy keeps back ({kind})"
        raise BlockedByPolicy(f"The upstream's answer {why}.")
