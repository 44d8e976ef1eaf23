"""Addresses and keys that are spelled out: `j o h n`, `john (at) corp (dot) com`, a key in pieces.

Three lists of edits. `closing_edits` joins letters that stand alone with one and the same separator or markup;
`address_edits` writes an e-mail address that is told in words as one; `mending_edits` joins the pieces of a key that
starts as known keys do. The bare words "at" and "dot" are ordinary English, so they count only together, before a
common top-level domain, and not behind words that such sentences begin with ("find us at example dot com").

Each has a cheap test first, a few passes that run in C, after which there is nothing to do in nearly every text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Final

from gateway.detect.views import Edit

__all__ = [
    "ADDRESS_WORDS",
    "KEY_STARTS",
    "address_edits",
    "at_signs",
    "closing_edits",
    "mending_edits",
    "standing_alone",
]

_rows: Callable[[str], tuple[int, list[int], list[int]]] | None = None
_at_signs: Callable[[str], tuple[list[int], list[int]]] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect._rows import at_signs as _at_signs
    from gateway.detect._rows import rows as _rows

_SPACED: Final = re.compile(r"(?<!\S)\S(?:([ \t]{1,3}+|\r?\n)\S(?:\1\S(?!\S))++)")
_MARKUP: Final = r"<[^<>\n]{1,20}>(?:<[^<>\n]{1,20}>)?|\*{2,4}|``|\\?\", ?\\?\"|', ?'"
_MARKED: Final = re.compile(
    rf"(?<![A-Za-z0-9])[A-Za-z0-9]({_MARKUP}|[-_*|~/]|, ?)[A-Za-z0-9@.](?:\1[A-Za-z0-9@._+:-](?![A-Za-z0-9])){{4,}}+"
)
_FEWEST: Final = 6
"""So many single characters are no articles and initials."""
_ROW: Final = 3
_INITIALS: Final = 8
"""A shorter row of letters, or of capital ones, is left alone: variables, grades, `A B C`."""
_LONG: Final = 2 * _FEWEST - 1

_AT_WORDS: Final = frozenset(
    {"at", "ät", "arroba", "arobase", "arobas", "chiocciola", "apenstaartje", "małpa", "malpa", "klammeraffe"}
)
_DOT_WORDS: Final = frozenset({"dot", "punkt", "point", "punto", "punt", "ponto", "kropka"})
"""In English, German, French, Spanish and Italian, Dutch, Portuguese, Polish."""
_AT: Final = "|".join(sorted(_AT_WORDS))
_DOT: Final = "|".join(sorted(_DOT_WORDS))
_OPEN: Final = r"[\[({<*_-]{1,2}\s?"
_CLOSE: Final = r"\s?[\])}>*_-]{1,2}"
_AT_SIGN: Final = re.compile(rf"{_OPEN}(?:{_AT}|@){_CLOSE}|@", re.IGNORECASE)
_BARE_AT: Final = re.compile(rf"\s({_AT})(?=\s)", re.IGNORECASE)
_DOT_SIGN: Final = rf"(?:\s{{0,3}}(?:{_OPEN}(?:{_DOT}|\.){_CLOSE})\s{{0,3}}|\s{{1,3}}(?:{_DOT})\s{{1,3}}|\s?\.\s?)"
_LOCAL: Final = re.compile(
    rf"(?<![\w.+-])([\w+-]{{1,40}}(?:{_DOT_SIGN}[\w+-]{{1,40}}){{0,3}})\s{{0,3}}\Z", re.IGNORECASE
)
_DOMAIN: Final = re.compile(
    rf"\s{{0,3}}([a-z0-9-]{{1,40}}(?:{_DOT_SIGN}[a-z0-9-]{{1,40}}){{0,3}}{_DOT_SIGN}"
    r"(?:com|org|net|edu|gov|mil|info|biz|io|ai|co|dev|app|me|eu|us|uk|ca|au|nz|in|de|at|ch|fr|be|es|it|nl|pt|br|pl|se|no|"
    r"dk|fi|cz|ie|ru|ua|jp|cn|kr|mx|ar|za|example|test))(?![\w-])",
    re.IGNORECASE,
)
_SIGNS: Final = re.compile(_DOT_SIGN, re.IGNORECASE)
_WORD_DOT: Final = re.compile(rf"(?<![^\W_])(?:{_DOT})(?![^\W_])", re.IGNORECASE)
_NO_NAMES: Final = frozenset(
    {"me", "us", "you", "him", "her", "them", "it", "is", "are", "was", "were", "be", "look", "looking", "find", "see"}
    | {"site", "website", "page", "pages", "blog", "online", "available", "hosted", "located", "live", "here", "there"}
    | {"visit", "information", "info", "more", "details", "shop", "store", "docs", "documentation", "meet", "starts"}
)
"""What stands before "at" in a sentence about a place."""
_DOT_OF: Final = {"at": frozenset({"dot", "punkt", "punt"}), "ät": frozenset({"punkt", "dot"})}
"""The words for the dot that go with a word for the sign that means other things too."""
_BEFORE: Final = 100
_BEHIND: Final = 170

KEY_STARTS: Final = (
    *("sk-", "sk_", "pk_", "rk_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AKIA", "ASIA"),
    *("AIza", "xoxb-", "xoxp-", "xoxa-", "xapp-", "hf_", "npm_", "pypi-", "SG.", "eyJ", "ya29.", "dop_v1_", "shpat_"),
    *("gsk_", "xai-"),
)
ADDRESS_WORDS: Final = tuple(sorted((_AT_WORDS - {"at"}) | (_DOT_WORDS - {"point", "punto", "punt", "ponto"})))
"""Words that hardly mean anything but a sign of an address."""
_ADDRESS_SIGNS: Final = frozenset(
    opening + word + closing
    for word in ADDRESS_WORDS
    for opening, closing in (("", ""), ("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"), ("*", "*"))
)
_BROKEN_SIGNS: Final = (
    "(at)",
    "[at]",
    "{at}",
    "<at>",
    "[@]",
    "(@)",
    "[.]",
    "(.)",
    "[dot]",
    "(dot)",
    "{dot}",
    "@ ",
    " @",
)
_BETWEEN: Final = " at "
_WORD: Final = 64
_KEY: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, KEY_STARTS))})[A-Za-z0-9_.=+/-]{{0,200}}+"
    r"(?P<rest>(?:[ \t]?\r?\n[ \t]{0,8}|[^\S\r\n]|\s?[|\\+,]\s?)[A-Za-z0-9_.=+/-]{1,200}+){1,24}+"
)
_PIECE: Final = re.compile(r"[A-Za-z0-9_.=+/-]+")
_RANDOM: Final = re.compile(r"[0-9](?:.*[A-Za-z])|[A-Za-z].*[0-9]|[a-z][A-Z]|[A-Z]{4}|\A[0-9]+\Z")


def standing_alone(text: str) -> Iterator[re.Match[str]]:
    """Yield the rows of letters that stand alone or with marks between them; `closing_edits` says which count."""
    lengths = list(map(len, text.split()))
    if lengths.count(1) >= _FEWEST or (_may_be_marked(text, lengths) and _MARKED.search(text) is not None):
        yield from _SPACED.finditer(text)
        yield from _MARKED.finditer(text)


def _may_be_marked(text: str, lengths: Sequence[int]) -> bool:
    # Letters with marks between them are one long word, but for a blank behind a comma.
    return max(lengths, default=0) >= _LONG or text.count(", ") >= _FEWEST - 1 or "<!--" in text


def _standing_at(text: str, count: int, spaced: Iterable[int], marked: Iterable[int]) -> list[re.Match[str]]:
    """Return what `standing_alone` yields, given how many characters stand alone and where rows may begin."""
    set_apart = list(_matches_at(_MARKED, text, marked))
    if count < _FEWEST and not (set_apart and _may_be_marked(text, list(map(len, text.split())))):
        return []
    return [*_matches_at(_SPACED, text, spaced), *set_apart]


def _matches_at(expression: re.Pattern[str], text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    reached = 0
    for place in places:
        if place >= reached and (match := expression.match(text, place)) is not None:
            reached = match.end()
            yield match


def _may_address(text: str) -> bool:
    """Tell, cheaply, whether an address may be spelled out."""
    plain = text.lower()
    if any(sign in plain for sign in _BROKEN_SIGNS) or not _ADDRESS_SIGNS.isdisjoint(plain.split()):
        return True
    return _BETWEEN in plain and any(_dotted(one, other) for one, other in pairwise(plain.split(_BETWEEN)))


def _dotted(before: str, behind: str) -> bool:
    """Tell whether the words around an "at" have dots in them."""
    left, right = before[-_WORD:].split()[-1:], behind[:_WORD].split()[:1]
    return bool(left and right and "." in left[0].strip(".") and "." in right[0].strip("."))


def closing_edits(text: str) -> list[Edit]:
    """Return the edits that join letters which stand alone; rows of nothing but digits are left to `numerals`."""
    edits: list[Edit] = []
    for match in standing_alone(text) if _rows is None else _standing_at(text, *_rows(text)):
        separator = match[1]
        letters = match[0].replace(separator, "")
        if len(letters) < (_INITIALS if letters.isupper() else _ROW) or letters.isdecimal():
            continue
        if sum(map(str.isalnum, letters)) * 2 > len(letters):
            # Each separator is its own edit, so that a value within the row keeps its exact place.
            edits += _without(match.start(), match[0], separator)
    return _in_order(edits)


def _without(start: int, text: str, separator: str) -> list[Edit]:
    edits: list[Edit] = []
    place = text.find(separator, 1)
    while place > 0:
        edits.append(Edit(start + place, start + place + len(separator), ""))
        place = text.find(separator, place + len(separator) + 1)
    return edits


def address_edits(text: str) -> list[Edit]:
    """Return the edits that write e-mail addresses told in words with their signs."""
    # Where the places of the signs are known, what stands around them tells more, and costs less.
    if _at_signs is None and not _may_address(text):
        return []
    edits = _addresses(text)
    return edits if edits and _may_address(text) else []


def _addresses(text: str) -> list[Edit]:
    edits: list[Edit] = []
    reached = 0
    for left, right, told in sorted(at_signs(text) if _at_signs is None else _signs_at(text, *_at_signs(text))):
        domain = _DOMAIN.match(text, right, right + _BEHIND)
        if domain is None or left < reached:
            continue
        low = max(left - _BEFORE, reached)
        local = _LOCAL.search(text[low:left])
        if local is None:
            continue
        # What a sentence may say about a place. A name with a dot in it is no place.
        named = told or "." in local[1]
        if not named and (not _speaks(text[left:right], domain[0]) or local[1].lower() in _NO_NAMES):
            continue
        start, end = low + local.start(1), domain.end()
        address = f"{_SIGNS.sub('.', local[1])}@{_SIGNS.sub('.', domain[1])}"
        if address != text[start:end]:
            edits.append(Edit(start, end, address))
            reached = end
    return edits


def at_signs(text: str) -> list[tuple[int, int, bool]]:
    """Return where signs of an address stand: start, end, and whether it is more than a bare word."""
    told = [(match.start(), match.end(), True) for match in _AT_SIGN.finditer(text)]
    return told + [(match.start(1), match.end(), False) for match in _BARE_AT.finditer(text)]


def _signs_at(text: str, signs: Iterable[int], bare: Iterable[int]) -> list[tuple[int, int, bool]]:
    """Return what `at_signs` does, given where they may begin."""
    told = [(match.start(), match.end(), True) for match in _matches_at(_AT_SIGN, text, signs)]
    return told + [(match.start(1), match.end(), False) for match in _matches_at(_BARE_AT, text, bare)]


def _speaks(at: str, domain: str) -> bool:
    """Tell whether there is a word for the dot, in a language that has this word for the sign."""
    dots = _DOT_OF.get(at.lower(), _DOT_WORDS)
    return any(match[0].lower() in dots for match in _WORD_DOT.finditer(domain))


def mending_edits(text: str) -> list[Edit]:
    """Return the edits that join the pieces of a key."""
    edits: list[Edit] = []
    if not any(start in text for start in KEY_STARTS):
        return edits
    for match in _KEY.finditer(text):
        pieces = list(_PIECE.finditer(text, match.start(), match.end()))
        for one, two in pairwise(pieces):
            if not _RANDOM.search(two[0]):
                break
            edits.append(Edit(one.end(), two.start(), ""))
    return edits


def _in_order(edits: Sequence[Edit]) -> list[Edit]:
    kept: list[Edit] = []
    for edit in sorted(edits):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept
