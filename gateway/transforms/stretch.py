"""How far a stream may be shown before it has been looked through: what is held back, and why.

Decisions kept here:

* Prose is held back by nothing: a word that so far has letters only cannot be told from a key's beginning, and a key
  whose first letters are shown is still a key; at most `LETTERS` letters of it are.
* A word that begins to look like a key, a number or an address (a digit, a stroke, capitals amid letters) waits for
  the white space behind it; groups of digits wait for the end of the last; an address with blanks in it waits for its
  bracket or quote; a private key waits for its last line, and one without armour for what is no line of one. Behind a
  word such as "password" every word waits.
* A JSON Web Key waits for its closing bracket: what tells that a member of it is private stands in another member,
  before it or behind, with hundreds of characters between them.
* Nothing waits longer than `HOLD` characters (`ARMOUR` in a private key). What is still unfinished there is judged as
  it is, and if it is taken out, so is the rest of it.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "ARMOUR",
    "ARMOUR_ENDS",
    "ARMOUR_OPENS",
    "BEGINNINGS",
    "CONTEXT",
    "HOLD",
    "LETTERS",
    "NEAR",
    "UNREAD",
    "WINDOW",
    "decided",
    "is_decided",
    "word_start",
]

HOLD: Final = 2048
"""Characters that are held back at most; as long as an address is looked through."""
ARMOUR: Final = 8192
"""The same for a private key in lines; RSA of 8192 bits takes 6,400."""
CONTEXT: Final = 200
"""Characters before a stretch that recognizers get to see, too."""
LETTERS: Final = 14
UNREAD: Final = 4096
"""Characters that wait to be read for addresses at most."""
WINDOW: Final = 16 * 1024
"""Characters that are gathered before they are looked through for what is flagged: some milliseconds of work, for which
other streams wait."""
_HARMLESS: Final = re.compile(
    rf"[\"'(*_`\[“‘«]{{0,3}}(?:[A-Z]{{1,3}}|[^\W\d_]?[^\W\d_A-Z]{{0,{LETTERS}}})(?:['’][a-z]{{0,3}})?[\"'.,;:!?)*\]”’»…]{{0,3}}"
)
_OPENING: Final = "\"'(*_`[“‘«"
_MAKERS: Final = "https: http: www. ftp: sk pk rk gho ghp ghs glpat xoxb xoxp akia asia aiza eyj"
BEGINNINGS: Final = frozenset(word[:length] for word in _MAKERS.split() for length in range(1, len(word) + 1))
"""Beginnings of addresses and of keys of well-known makers; they wait although they have letters only."""
_SECRETS: Final = (
    *("pass", "secret", "key", "token", "pin", "code", "credential", "kennwort", "geheim", "schlüssel", "schluessel"),
    *("contrase", "clave", "segreto", "mot de", "wacht", "zugang", "login", "auth", "bearer", "seed", "phrase"),
)
"""What a told secret stands behind, in some languages."""
NEAR: Final = 120
"""Characters behind such a word in which every word waits."""
_DIGIT: Final = re.compile(r"\d")
_NUMBERS: Final = re.compile(r"(?:(?<![^\s(\[:\u0370-\U0010ffff])|(?<=[\u05d0-\u05ea]-))[+(]?\d[\d ().,/:\-]{0,60}\Z")
"""Also behind letters of other scripts than Latin, which may touch a number (`gateway.detect.borders`)."""
_BYTES: Final = re.compile(
    r"\[[\s\\n]{0,24}(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)[\s\\n]{0,8}(?:,[\s\\n]{0,24}|(?=\])|\Z)){0,128}(?:\]\S{0,64})?\Z"
)
"""A list of bytes, as some keys are written, which may go on; closed, the rest of the word behind it."""
_BEFORE_LETTERS: Final = re.compile(r"[+(]?\d[\d().,/:\-]{0,60}(?=[\u0370-\U0010ffff])")
"""The end of a number that such letters touch."""
_OPEN_TAG: Final = re.compile(
    r"<(?:[a-z]{1,20}\s[^>]{0,2000}|/{0,2}[a-z][a-z0-9+.-]{0,30}:[^>\n]{0,2000})\Z", re.IGNORECASE
)
_OPEN_ANGLE: Final = re.compile(r"\]\(\s{0,8}<[^>\n]{0,2000}\Z")
ARMOUR_OPENS: Final = "-----BEGIN"
ARMOUR_ENDS: Final = re.compile(r"-----END[^\n-]{0,60}-----")
_KEY_LINES: Final = re.compile(
    r"M(?<![\w+/-]M)[A-Z][A-Za-z0-9+/_-]{20,}+(?:(?:\s|\\[nr]){1,16}[A-Za-z0-9+/_-]{16,}+)*+(?:\s|\\[nr]){0,16}"
    r"[A-Za-z0-9+/_-]*+={0,2}\Z"
)
"""A key in DER, whose base64 begins so, over lines of which the last may go on."""
_JWK: Final = re.compile(
    r"""["'](?:
          kty\\{0,3}["']\s{0,8}:\s{0,8}\\{0,3}["'](?:oct|OKP|EC|RSA|AKP)\b
        | (?:[dkpq]|dp|dq|qi)\\{0,3}["']\s{0,8}:\s{0,8}\\{0,3}["'](?=[A-Za-z0-9_-]{0,15}\Z|[A-Za-z0-9_-]{16})
    )""",
    re.VERBOSE,
)
"""What a JSON Web Key has, whatever its members' order: its kind, or a private member, of at least 16 characters."""
_KEY_BEGINS: Final = 64
"""Characters of a key that may have been shown."""
_JSON_STOPS: Final = '",{}[]'


def decided(text: str, floor: int, *, in_json: bool = False, hinted: int | None = None, worded: bool = False) -> int:
    """Return up to where `text` may be looked through and shown.

    Args:
        text: what was shown last and what was not yet.
        floor: where the latter begins.
        in_json: whether it is JSON source, where words end at quotes and commas, too.
        hinted: where the last word ends that secrets are told behind, if that is known.
        worded: whether ordinary words may be taken out, so that each waits for its end.
    """
    end = len(text)
    seen = max(0, floor - CONTEXT)
    has_keys = end - floor < ARMOUR and (text.find('":', seen) >= 0 or text.find("':", seen) >= 0)
    jwk = _JWK.search(text, max(seen, text.rfind("}", seen) + 1)) if has_keys else None
    first = end if jwk is None else max(floor, jwk.start())
    armour = text.rfind(ARMOUR_OPENS, max(floor, end - ARMOUR))
    ends = ARMOUR_ENDS.search(text, armour) if armour >= 0 else None
    if armour >= 0 and ends is None:
        return min(armour, first)
    key = _KEY_LINES.search(text, max(0, floor - _KEY_BEGINS, end - ARMOUR))
    if key is not None:
        return max(floor, min(key.start(), first))
    if first < end:
        return first
    low = max(floor, end - HOLD)
    start = _word(text, low, _JSON_STOPS if in_json else "")
    word = text[start:]
    cut = end
    if word and (
        worded or (_near_a_secret(text, start) if hinted is None else hinted > start - NEAR) or not _is_harmless(word)
    ):
        cut = start
    last = _BEFORE_LETTERS.match(text, start) if cut == start else None
    behind = last.end() if last is not None else end
    near = max(low, behind - 64)
    has_digits = _DIGIT.search(text, near, behind) is not None
    numbers = _NUMBERS.search(text, near, behind) if has_digits else None
    if numbers is not None:
        cut = min(cut, numbers.start())
    listed = text.rfind("[", seen) if has_digits else -1
    if listed >= 0 and (cut < end or text[-1] != "]") and _BYTES.match(text, listed):
        cut = min(cut, listed)
    for opens, mark in ((_OPEN_TAG, "<"), (_OPEN_ANGLE, "](")):
        at = text.rfind(mark, low, cut)
        if at >= 0 and opens.match(text, at, cut):
            cut = at
    if ends is not None and cut < ends.end():
        cut = min(cut, armour)
    closes = text.find("}", cut) if has_keys else -1
    if closes >= 0 and (jwk := _JWK.search(text, max(seen, text.rfind("}", seen, cut) + 1), closes)) is not None:
        cut = min(cut, jwk.start())
    return end if cut <= low and end - floor >= HOLD else max(floor, cut)


def is_decided(text: str, floor: int, *, digits: bool) -> bool:
    """Return whether `decided` would let all of `text` be shown, quickly; False: perhaps.

    Args:
        text: what was shown last and what was not yet, which is not JSON source; no hint stands near its end.
        floor: where the latter begins.
        digits: whether the latter may have digits.
    """
    end = len(text)
    if end - floor >= HOLD or text.find("<", floor) >= 0 or text.find("](", floor) >= 0:
        return False
    if text.find(ARMOUR_OPENS, floor) >= 0:
        return False
    if digits and _NUMBERS.search(text, max(floor, end - 64)) is not None:
        return False
    start = _word(text, floor, "")
    return start == end or _is_harmless(text[start:])


def _near_a_secret(text: str, at: int) -> bool:
    """Whether a word that secrets are told behind stands shortly before `at`, or behind it."""
    near = text[max(0, at - NEAR) :].lower()
    return any(word in near for word in _SECRETS)


def _is_harmless(word: str) -> bool:
    return _HARMLESS.fullmatch(word) is not None and word.lstrip(_OPENING).lower() not in BEGINNINGS


def word_start(text: str, low: int, at: int) -> int:
    """Return where the word that `text` has up to `at` begins, `low` at the earliest; `at` behind a blank."""
    return at if at <= low or text[at - 1].isspace() else at - len(text[low:at].rsplit(None, 1)[-1])


def _word(text: str, low: int, stops: str) -> int:
    """Return where the word that `text` ends with begins, `low` at the earliest; `stops` end words beside blanks."""
    at = len(text)
    if not stops:
        return word_start(text, low, at)
    while at > low and not text[at - 1].isspace() and text[at - 1] not in stops:
        at -= 1
    return at
