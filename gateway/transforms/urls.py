r"""Tells whether a place in a text stands inside an address, so that no value is put back where it would be sent.

Decisions kept here:

* Only looks backward, so a stream need not wait: whatever a place in an address is, its beginning came before.
* In doubt it is an address: a bare one ends at white space, quote or angle bracket only, so that a full stop or a
  bracket does not let a value in. Domains without a scheme count when a path or a query follows, for chat programs
  link them. Inside the tags that load or link (`<img …>`), every place counts, whatever attribute it is.
* JSON source is read as what it spells (`\u0068ttps` is `https`); a quote that ends a string ends the address. A
  string that begins with an address is one to its end, for a tool would fetch it whatever it holds.
* Bounded: what is kept of an address has a limit, beyond which it is no longer known what it was.

Markdown: CommonMark 0.31, sections 6.3 to 6.5; addresses: WHATWG URL.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["UrlWatch"]

_CARRY: Final = 320
"""Characters that are kept so that the beginning of an address may arrive in pieces."""
_MAX_URL: Final = 4096
_STRING_ENDS: Final = "\x00"
_TAGS: Final = (
    "a|applet|area|audio|base|bgsound|blockquote|body|button|embed|form|frame|iframe|image|img|input|ins|link|meta|"
    "object|q|script|source|svg|table|td|th|tr|track|use|video"
)
_STROKE: Final = r"(?:[/\\]|%2f|%5c|&(?:sol|bsol|\#0{0,6}(?:47|92)|\#x0{0,6}(?:2f|5c));?)"
_COLON: Final = r"(?:\\?:|%3a|&(?:colon|\#0{0,6}58|\#x0{0,6}3a);?)"
"""As they stand, percent-encoded, or as Markdown and HTML may spell them in a destination."""
_OPENS: Final = re.compile(
    rf"""
      (?P<tag><(?:{_TAGS})(?=[\s/]))
    | (?P<dest>\]\()
    | (?P<css>\burl\()
    | (?P<bare>
          (?<![A-Za-z])[A-Za-z][A-Za-z0-9+.-]{{0,30}}{_COLON}{_STROKE}{{2}}
        | (?<![A-Za-z])(?:https?|wss?|ftp|data|javascript|vbscript){_COLON}
        | (?<![\w.])www\d{{0,3}}\.
        | (?<![:\w/\\]){_STROKE}{{2,9}}(?![\s/\\])
        | (?<![\w@.-])(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,8}}[a-z]{{2,24}}(?::\d{{1,5}})?[/?\#]
        | {_COLON}(?<!:){_STROKE}{{2}}
      )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MAY_OPEN: Final = re.compile(r"[<(:/\\%?#&wW](?:(?<![wW])|[wW]{2})")
"""Stands in whatever opens one (`www`, or one of the marks): a search for one of some characters is quicker."""
_ENDS: Final = {
    "bare": re.compile(r"[\s\"`<>\x00]"),
    "dest": re.compile(r"[\s()\x00]"),
    "angle": re.compile(r"[>\n\r\x00]"),
    "css": re.compile(r"[)\x00]"),
    "tag": re.compile(r"[\"'>\x00]"),
    "string": re.compile(r"\x00"),
}
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))|\"", re.DOTALL)
_UNFINISHED: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{0,3})?\Z")
_SHORT: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_AUTHORITY: Final = re.compile(r"[^/\\?#]{0,40}[/\\]{2,9}[^/\\?#]*\Z")


class UrlWatch:
    """Reads one text from its beginning; surrogates are told apart from the text between them.

    Args:
        in_json: whether the text is JSON source.
    """

    __slots__ = ("_carry", "_depth", "_in_json", "_quote", "_raw", "_state", "_url")

    def __init__(self, *, in_json: bool = False) -> None:
        self._in_json = in_json
        self._raw = ""
        self._carry = ""
        self._state = ""
        self._quote = ""
        self._depth = 0
        self._url = ""

    def copy(self, *, in_json: bool | None = None) -> UrlWatch:
        """Return one that has read the same; `in_json`: whether what comes next is JSON source, if not as before."""
        other = UrlWatch(in_json=self._in_json if in_json is None else in_json)
        other._raw = self._raw if other._in_json else ""
        other._carry, other._url = self._carry, self._url
        other._state, other._quote, other._depth = self._state, self._quote, self._depth
        return other

    @property
    def known(self) -> tuple[str, ...]:
        """What it knows of what it has read: two that know the same tell the same of what comes next."""
        return self._raw, self._carry, self._url, self._state, self._quote, str(self._depth)

    @property
    def inside(self) -> bool:
        """Whether what comes next stands inside an address."""
        return self._state != ""

    @property
    def url(self) -> str | None:
        """What was read of the address so far; None if it is too long to be known."""
        return self._url if len(self._url) <= _MAX_URL else None

    @property
    def in_host(self) -> bool:
        """Whether what comes next would be part of the host, or of who asks it."""
        return _AUTHORITY.match(self._url) is not None

    def put(self, text: str) -> None:
        """Take what stands in the place of a surrogate.

        It ends no address, and begins one only if it is one itself: what follows it would be a part of that.
        """
        if self.inside:
            self._grow(text)
            return
        self._carry = self._carry[-1:]
        self._take(text)
        if self._state not in ("bare", "string"):
            self._state = self._url = self._quote = ""
        self._carry = ""

    def read(self, text: str) -> None:
        """Take the next text between surrogates."""
        if self._in_json:
            text = self._spelled(text)
        self._take(text)

    def _take(self, text: str) -> None:
        at = 0
        while at < len(text):
            at = self._within(text, at) if self._state else self._outside(text, at)

    def _outside(self, text: str, at: int) -> int:
        whole = self._carry + text[at:]
        opens = _OPENS.search(whole) if _MAY_OPEN.search(whole) is not None else None
        if opens is None:
            self._carry = whole[-_CARRY:]
            return len(text)
        begins = opens.end() - len(self._carry) + at
        self._carry = ""
        kind = opens.lastgroup or "bare"
        self._state, self._depth, self._quote = kind, 0, ""
        self._url = opens[0] if kind == "bare" else ""
        if kind == "bare" and whole[: opens.start()].rstrip().endswith(_STRING_ENDS):
            self._state = "string"
        return max(begins, at)

    def _within(self, text: str, at: int) -> int:
        if self._state == "dest" and not self._url:
            if text[at].isspace():
                return at + 1  # before the destination
            if text[at] == "<":
                self._state = "angle"
                return at + 1
        end = _ENDS[self._state].search(text, at)
        if end is None:
            self._grow(text[at:])
            return len(text)
        self._grow(text[at : end.start()])
        mark = end[0]
        if self._state == "tag" and mark in "\"'":
            self._quote = "" if self._quote == mark else self._quote or mark
            self._url = ""
            return end.end()
        if self._goes_on(mark):
            self._grow(mark)
            return end.end()
        self._state = self._url = self._quote = ""
        return end.end()

    def _goes_on(self, mark: str) -> bool:
        """Whether the address goes on behind `mark`, which may end it."""
        if mark == _STRING_ENDS:
            return False
        if self._state == "tag":
            return bool(self._quote)
        if self._state == "dest" and mark in "()":
            self._depth += 1 if mark == "(" else -1
            return self._depth >= 0
        return False

    def _grow(self, text: str) -> None:
        if len(self._url) <= _MAX_URL:
            self._url += text[: _MAX_URL + 1]

    def _spelled(self, source: str) -> str:
        """Return what JSON source spells; an escape that is not finished waits for the rest."""
        source = self._raw + source
        self._raw = ""
        if "\\" not in source:
            return source.replace('"', _STRING_ENDS)
        unfinished = _UNFINISHED.search(source)
        if unfinished is not None and not _is_escaped(source, unfinished.start()):
            self._raw = unfinished[0]
            source = source[: unfinished.start()]
        return _ESCAPE.sub(_meaning, source)


def _is_escaped(source: str, at: int) -> bool:
    """Return whether the backslash at `at` is the second half of an escaped backslash."""
    count = 0
    while at - count > 0 and source[at - count - 1] == "\\":
        count += 1
    return count % 2 == 1


def _meaning(escape: re.Match[str]) -> str:
    if escape[0] == '"':
        return _STRING_ENDS
    if escape[1]:
        return chr(int(escape[1], 16))
    return _SHORT.get(escape[2], escape[2])
