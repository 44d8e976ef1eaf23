r"""Tells whether a place in a text stands inside an address, so that no value is put back where it would be sent.

Decisions kept here:

* Only looks backward, so a stream need not wait: whatever a place in an address is, its beginning came before.
* In doubt it is an address: a bare one ends at white space or angle bracket only, and at a quote if it began behind
  one, so that a full stop or a bracket does not let a value in. Domains without a scheme count when a path or a query
  follows, for chat programs link them. Inside the tags that load or link (`<img …>`), every place counts, whatever
  attribute it is.
* An address ends where those who read Markdown, HTML and CSS end it: an escaped or quoted bracket does not, nor, for
  some readers of Markdown (Python's), a blank or the quote of a title in the brackets behind a link's text. What one
  of them takes for an address may hide a tag or a link that another one reads: each is looked for by itself.
* JSON source is read as what it spells (`\u0068ttps` is `https`); a quote that ends a string ends the address. A
  string that begins with an address is one to its end, for a tool would fetch it whatever it holds. But a client may
  show the source as it stands, so a place in a link, an image or a tag of that is in an address, too.
* Bounded: what is kept of an address has a limit, beyond which it is no longer known what it was.

Markdown: CommonMark 0.31, sections 6.3 to 6.5; addresses: WHATWG URL.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["COLON_ENTITY", "DOMAIN", "STROKE_ENTITY", "UrlWatch"]

_CARRY: Final = 320
"""Characters that are kept so that the beginning of an address may arrive in pieces."""
_MAX_URL: Final = 4096
_STRING_ENDS: Final = "\x00"
_REPLACED: Final = "\ufffd"
"""Stands for that character where a text holds it: readers of Markdown and HTML do so, too."""
_TAGS: Final = (
    "a|applet|area|audio|base|bgsound|blockquote|body|button|embed|feimage|form|frame|iframe|image|img|input|ins|link|meta|"
    "object|q|script|source|svg|table|td|th|tr|track|use|video"
)
STROKE_ENTITY: Final = r"&(?:sol|bsol|\#0{0,6}(?:47|92)|\#x0{0,6}(?:2f|5c));?"
COLON_ENTITY: Final = r"&(?:colon|\#0{0,6}58|\#x0{0,6}3a);?"
"""As Markdown and HTML may spell a character of an address."""
_STROKE: Final = rf"(?:[/\\]|%2f|%5c|{STROKE_ENTITY})"
_COLON: Final = rf"(?:\\?:|%3a|{COLON_ENTITY})"
DOMAIN: Final = r"(?:[^\W_][\w-]{0,62}\.){1,8}(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{1,59})(?::\d{1,5})?[/?\#]"
"""A domain without a scheme, up to what begins its path, query or fragment."""
_ADDRESS: Final = re.compile(
    rf"""
      (?P<dest>\]\()
    | (?P<angle>\]:[\s>]{{0,8}}<)
    | (?P<definition>\]:[\s>]{{0,8}}(?P<defined>[a-z][a-z0-9+.-]{{1,31}}{_COLON}))
    | (?P<autolink><(?P<linked>[a-z][a-z0-9+.-]{{1,31}}:))
    | (?P<bare>
          (?:(?<![A-Za-z])[A-Za-z][A-Za-z0-9+.-]{{0,30}})?{_COLON}{_STROKE}{{2}}
        | (?<![A-Za-z])(?:https?|wss?|ftp|data|javascript|vbscript){_COLON}
        | &\#x?[0-9a-f]{{1,8}};?[a-z]{{0,10}}{_COLON}
        | (?<![\w.])www\d{{0,3}}\.
        | (?<![:\w/\\]){_STROKE}{{2,9}}(?![\s/\\])
        | (?<![\w@.-]){DOMAIN}
      )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_OPENS: Final = (
    (_ADDRESS, re.compile(r"[<(:/\\%?#&wW](?:(?<![wW])|[wW]{2})")),
    (re.compile(r"(?P<inline>\]\()"), re.compile(r"\]\(")),
    (re.compile(rf"(?P<tag><(?:{_TAGS})(?=[\s/]))", re.IGNORECASE), re.compile("<")),
    (re.compile(r"(?P<css>\burl\()", re.IGNORECASE), re.compile(r"[lL]\(")),
)
"""What opens an address in a text, and in Markdown, HTML and CSS whatever stands around it; with what stands in each of
them (`www`, or one of some marks), for which a search is quicker."""
_ENDS: Final = {
    "bare": re.compile(r"[\s\"`<>\x00]"),
    "dest": re.compile(r"[\t-\r ()\x00]"),
    "inline": re.compile(r"[\t-\r ()\x00]"),
    "definition": re.compile(r"[\t-\r \x00]"),
    "autolink": re.compile(r"[\t-\r <>\x00]"),
    "angle": re.compile(r"[>\n\r\x00]"),
    "css": re.compile(r"[)\"'\x00]"),
    "tag": re.compile(r"[\"'>\x00]"),
    "string": re.compile(r"\x00"),
}
"""White space of other scripts does not end a destination."""
_MARKED: Final = frozenset(_ENDS) - {"bare", "string"}
_INLINE: Final = frozenset({"dest", "inline"})
"""The latter is what a destination is to one who does not know that it may stand in angle brackets."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:|[/\\]{2}")
_QUOTING: Final = frozenset({"tag", "css"})
_DEFINED: Final = re.compile(r"\]:[\s>]{0,8}\Z")
_ASSIGNED: Final = re.compile(r"(?:\A|[\s/])[^\s=/]+\s*=\Z")
_LONGEST_NAME: Final = 128
_QUOTES: Final = '"`'
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))|\"", re.DOTALL)
_UNFINISHED: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{0,3})?\Z")
_SHORT: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_AUTHORITY: Final = re.compile(r"[^/\\?#]{0,40}[/\\]{2,9}[^/\\?#]*\Z")


class UrlWatch:
    """Reads one text from its beginning; surrogates are told apart from the text between them.

    Args:
        in_json: whether the text is JSON source.
    """

    __slots__ = ("_in_json", "_raw", "_readers", "_source")

    def __init__(self, *, in_json: bool = False) -> None:
        self._in_json = in_json
        self._raw = ""
        self._readers = [_Reader(*opens) for opens in _OPENS]
        self._source = [_Reader(*opens) for opens in _OPENS] if in_json else []
        """What reads JSON source as it stands."""

    def copy(self, *, in_json: bool | None = None) -> UrlWatch:
        """Return one that has read the same; `in_json`: whether what comes next is JSON source, if not as before."""
        other = UrlWatch(in_json=self._in_json if in_json is None else in_json)
        shown = self._source or self._readers
        if other._in_json:
            other._raw = self._raw
            other._source = [one.copy() for one in shown]
            other._readers = [one.copy() for one in self._readers]
        else:
            pairs = zip(self._readers, shown, strict=True)
            other._readers = [(spelled if spelled.state else one).copy() for spelled, one in pairs]
        return other

    @property
    def known(self) -> tuple[str, ...]:
        """What it knows of what it has read: two that know the same tell the same of what comes next."""
        return self._raw, *(part for one in (*self._readers, *self._source) for part in one.known)

    @property
    def inside(self) -> bool:
        """Whether what comes next stands inside an address."""
        return any(one.state for one in self._readers) or any(one.state in _MARKED for one in self._source)

    @property
    def urls(self) -> list[str] | None:
        """What was read so far of the address, or of each that the place is in; None if one is too long to be known."""
        urls = [one.url for one in self._readers if one.state]
        urls += [one.url for one in self._source if one.state in _MARKED]
        return urls if all(len(url) <= _MAX_URL for url in urls) else None

    @property
    def in_host(self) -> bool:
        """Whether what comes next would be part of the host, or of who asks it."""
        return any(_AUTHORITY.match(url) for url in self.urls or ())

    def put(self, text: str) -> None:
        """Take what stands in the place of a surrogate.

        It ends no address, and begins one only if it is one itself: what follows it would be a part of that.
        """
        for one in (*self._readers, *self._source):
            one.put(text)

    def read(self, text: str) -> None:
        """Take the next text between surrogates."""
        text = text.replace(_STRING_ENDS, _REPLACED)
        for one in self._source:
            one.read(text)
        if self._in_json:
            text = self._spelled(text)
        for one in self._readers:
            one.read(text)

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


class _Reader:
    """Reads one text for addresses that open in one of several ways.

    Args:
        opens: what opens one.
        may_open: finds what stands in each of these.

    Attributes:
        state: the way in which the address opened that the text is in; empty: it is in none.
        url: what was read of that.
    """

    __slots__ = ("_carry", "_depth", "_last", "_may_open", "_opens", "_quote", "state", "url")

    def __init__(self, opens: re.Pattern[str], may_open: re.Pattern[str]) -> None:
        self._opens = opens
        self._may_open = may_open
        self._carry = self._quote = self._last = ""
        self._depth = 0
        self.state = self.url = ""

    def copy(self) -> _Reader:
        """Return one that has read the same."""
        other = _Reader(self._opens, self._may_open)
        other._carry, other._quote, other._last, other._depth = self._carry, self._quote, self._last, self._depth
        other.state, other.url = self.state, self.url
        return other

    @property
    def known(self) -> tuple[str, ...]:
        """What it knows of what it has read."""
        return self._carry, self.url, self.state, self._quote, self._last, str(self._depth)

    def put(self, text: str) -> None:
        """Take what stands in the place of a surrogate."""
        if self.state:
            self._grow(text)
            return
        defined = _DEFINED.search(self._carry)
        self._carry = defined[0] if defined is not None else self._carry[-1:]
        self.read(text)
        if self.state not in ("bare", "definition", "string"):
            self.state = self.url = self._quote = ""
        self._carry = ""

    def read(self, text: str) -> None:
        """Take the next text between surrogates."""
        at = 0
        while at < len(text):
            at = self._within(text, at) if self.state else self._outside(text, at)

    def _outside(self, text: str, at: int) -> int:
        carried = len(self._carry)
        whole, start = (self._carry + text[at:], 0) if carried else (text, at)
        opens = self._opens.search(whole, start) if self._may_open.search(whole, start) is not None else None
        if opens is None:
            self._carry = whole[max(start, len(whole) - _CARRY) :]
            return len(text)
        self.state = state = opens.lastgroup or "bare"
        self._carry = self._quote = self.url = self._last = ""
        self._depth = 0
        if state == "bare":
            self.url = opens[0]
            before = whole[max(start, opens.start() - _CARRY) : opens.start()]
            if before.rstrip().endswith(_STRING_ENDS):
                self.state = "string"
            elif _DEFINED.search(before) is not None:
                self.state = "definition"
            elif before[-1:] in _QUOTES:
                self._quote = before[-1:]
        elif state in ("definition", "autolink"):
            self.url = opens["defined" if state == "definition" else "linked"]
        return max(opens.end() + (at - carried if carried else 0), at)

    def _within(self, text: str, at: int) -> int:
        if self.state in _INLINE and not self.url:
            if text[at].isspace():
                return at + 1  # before the destination
            if text[at] == "<" and self.state == "dest":
                self.state = "angle"
                return at + 1
        end = _ENDS[self.state].search(text, at)
        if end is None:
            self._grow(text[at:])
            return len(text)
        self._grow(text[at : end.start()])
        if self._goes_on(end[0]):
            return end.end()
        self.state = self.url = self._quote = ""
        return end.start() if end[0] == "<" else end.end()

    def _goes_on(self, mark: str) -> bool:
        """Take `mark`, which may end the address; return whether it goes on behind it."""
        state, quote = self.state, self._quote
        if mark == _STRING_ENDS or state in ("definition", "autolink"):
            return False
        if state == "bare":
            self._grow(mark)
            return mark in _QUOTES and mark != quote
        if state in _QUOTING and mark in "\"'":
            self._turn(mark)
            return True
        last = self._last
        escaped = last == "\\" and state != "tag" and not mark.isspace()
        self._grow(mark)
        if state in _INLINE and mark in "()" and not escaped:
            self._depth += 1 if mark == "(" else -1
            return self._depth >= 0
        if state in _INLINE and _SCHEME.match(self.url) is not None:
            return not (last == mark == "\n")
        return escaped or bool(quote)

    def _turn(self, quote: str) -> None:
        """Take a quote in a tag or in CSS, which may open or close one."""
        before = self._quote
        if before == quote and not (self.state == "css" and self._last == "\\"):
            self._quote = ""
        elif not before and (_is_assigned(self.url[-_LONGEST_NAME:]) if self.state == "tag" else not self.url.strip()):
            self._quote = quote
        if self.state == "tag" and self._quote != before:
            self.url = self._last = ""
        else:
            self._grow(quote)

    def _grow(self, text: str) -> None:
        self._last = text[-1:] or self._last
        if self.state == "tag" and not self._quote:
            self.url = (self.url + text)[-_MAX_URL:]
        elif len(self.url) <= _MAX_URL:
            self.url += text[: _MAX_URL + 1]


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
        return chr(int(escape[1], 16)).replace(_STRING_ENDS, _REPLACED)
    return _SHORT.get(escape[2], escape[2])


def _is_assigned(tag: str) -> bool:
    """Return whether a quote behind `tag` opens the value of an attribute; its own quotes may be escaped for JSON."""
    name = tag.rstrip(" \t\n\r\f\\")
    return name.endswith("=") and _ASSIGNED.search(name) is not None
