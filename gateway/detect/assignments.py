"""Secrets that something names: `password = …`, `api_key: …`, `--token …`, `<password>…</password>`.

One expression finds a naming word with what may stand between it and a value; the name is widened to the left and
judged (`gateway.detect.labels`), the value is cut out and judged by the kind of name (`gateway.detect.entropy`). A
regular expression alone would have to choose between missing half and flagging every `password: str`.

Scores: 0.85 made by a machine or strong; 0.65 a password with digits or marks; 0.4 a plain word in the place of a
password. The last is as often sample code as it is a secret, so it lies below the threshold of the bundled policies.

The span is the value alone. Everything is bounded: 512 characters of value, 2,000 of the line before it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.core.light import light
from gateway.detect.entropy import is_placeholder, is_sequence, is_uuid, looks_random, words
from gateway.detect.labels import Label, label_of
from gateway.detect.places import Begun, Reading

__all__ = [
    "EXPRESSIONS",
    "NAMES",
    "SIGNS",
    "STRONG",
    "WEAK",
    "Quoted",
    "Secret",
    "Strings",
    "find_assignments",
    "is_telling",
    "judge",
    "quoted_at",
]

STRONG: Final = 0.85
MEDIUM: Final = 0.65
STATED: Final = 0.5
WEAK: Final = 0.4


@light(frozen=True, slots=True)
class Secret:
    """A secret in a text: its offsets in code points, `end` exclusive, and how sure it is one."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Quoted:
    """A value in quotes: the opening mark, where the value starts, the value, where the closing mark ends."""

    mark: str
    start: int
    value: str = field(repr=False)
    end: int


NAMES: Final = (
    r"pass(?:w(?:or[dt]|d)|phrase|code|w)?|pwd|psw|pword|kennwort|contrase[ñn]a|senha|mot[ _-]?de[ _-]?passe|mdp|"
    r"wachtwoord|has[łl]o|l[öo]senord|adgangskode|salasana|heslo|пароль|jelsz[óo]|parola|şifre|κωδικός|mật[ ]khẩu|"
    r"kata[ ]sandi|pw|secret|token|credential|key"
)
"""What names of passwords, secrets and keys hold."""
_WORD: Final = rf"{NAMES}|login|auth|crumb|pat|cred|jwt|bearer|hmac|sessionid"
_BELOW: Final = (
    r"[ \t]{0,8}(?:[|>][+-]?[ \t]{0,8})?\r?\n(?:\s{0,4}`{3}\w{0,16}[ \t]{0,8}\r?\n)?[ \t]{0,32}(?:-[ \t]{1,4})?"
)
"""The value stands on the next line, in YAML's block or list, or in Markdown's fence."""
_BLANK: Final = r"[ \t\xa0\u202f]"
"""French puts a narrow one before a colon."""
_STYLE: Final = (
    r"(?:</?(?:b|i|u|s|em|strong|span|code|kbd|tt|font|small|mark|br|p|div|pre|label|li|td|th|h[1-6])(?:\s[^<>\n]{0,60})?/?>|"
    r"\[/?(?:b|i|u|s|code|color|size|font)(?:=[^\[\]\n]{0,20})?\]|\}(?=[\s:]))"
)
"""What begins or ends a style in HTML or BBCode, or ends one in LaTeX."""
_END: Final = r"[ \t]{0,8}\r?\n"
_HEADING: Final = (
    rf"(?:[ #]{{1,8}})?{_END}(?:[=~-]{{3,80}}{_END})?(?:{_END})?(?:`{{3}}\w{{0,16}}{_END})?[ \t]{{0,16}}(?=\S)"
)
"""The value stands below a name without a mark behind it, as below a heading."""
_INNER: Final = r"""[\[{]\s{0,20}(?:["'](?:value|default|current)["']\s{0,8}:\s{0,8})?(?=["'])"""
"""`{"password": {"value": "…"}}` and `["…"]`."""
_NAMING: Final = Begun(
    re.compile(
        rf"""
    (?:{_WORD}) (?:[\w.]|-(?!>)){{0,24}}+
    (?P<close> (?:\\{{0,3}}["'`\]*]|&quot;){{0,4}} )
    (?:
        (?P<value_of> [ \t]{{0,8}},?\s{{0,40}}\{{?\s{{0,40}}["']?(?:value|default)["']?[ \t]{{0,8}}[=:][ \t]{{0,8}} )
      | (?P<typed> [ \t]?:[ \t]?[A-Za-z_&][\w&<>\[\]?.|\ ]{{0,30}}?=(?!=)[ \t]{{0,8}}(?=\S) )
      | (?P<next_element> [ \t]{{0,4}}:?[ \t]{{0,4}}</\w{{1,12}}>\s{{0,40}}<\w{{1,12}}[^<>\n]{{0,80}}> )
      | (?P<below> {_BLANK}{{0,8}}[:：] (?: [*_']{{1,3}} )? {_BELOW}(?=[^\s"'`]) )
      | (?P<inner> [ \t]{{0,8}}(?:=>|[:=])[ \t]{{0,8}}{_INNER} )
      | (?P<equals>
            {_STYLE}{{0,2}} {_BLANK}{{0,32}}(?:=>|:=|[=!]==?|=|:(?!:)|：|->|→) (?: [*_']{{1,3}}(?=[ \t]) )?
            (?: [ \t]{{0,8}} {_STYLE} \s{{0,8}} ){{0,3}} (?: {_BLANK}{{0,32}} | \s{{0,60}}(?=["'`]) )
        )
      | (?P<heading> {_HEADING} )
      | (?P<aside> {_BLANK}{{0,3}} (?: [—…»⇒~] | \.{{3,40}} | [ \t][-–(] ) [—…»⇒.]{{0,40}} {_BLANK}{{0,3}} (?=[^\s\W]) )
      | (?P<comma> [ \t]{{0,4}},[ \t]{{0,4}}(?=["'`]) )
      | (?P<call> \([ \t]{{0,4}}(?=["'`]) )
      | (?P<element> > )
      | (?P<cell> [ \t]{{0,16}}\|[ \t]{{0,16}} )
      | (?P<tab> \t(?=\S) )
      | (?P<space> [ \t]{{1,4}}(?=[^\s=:,|(>]) )
    )
    """,
        re.VERBOSE,
    )
)
EXPRESSIONS: Final = (_NAMING,)
SIGNS: Final = (
    "pass", "pwd", "psw", "pw", "kennwort", "contrase", "senha", "mdp", "wachtwoord", "haslo", "hasło", "senord",
    "adgangskode", "salasana", "heslo", "пароль", "jelsz", "parola", "ifre", "κωδικός", "mật khẩu", "kata sandi",
    "secret", "token", "cred", "key", "login", "auth", "crumb", "pat", "jwt", "bearer", "hmac", "session",
)  # fmt: skip
"""In lower case; one of these is in any text in which something is found."""

_PREFIX: Final = re.compile(r"(?:[bBrRuUfFL@N]{1,2}|&\s?)?(?=\\{0,3}[\"'`]|&quot;)")
_QUOTED: Final = re.compile(
    r"""
      (?P<q>")(?P<v>(?:[^"\\\n\r]|\\.){0,1024})" | (?P<q1>')(?P<v1>(?:[^'\\\n\r]|\\.){0,1024})'
    | (?P<q2>`)(?P<v2>[^`\n\r]{0,1024})` | (?P<q3>\\{1,3}["'])(?P<v3>[^"'\\\n\r]{0,1024})(?P=q3)
    | (?P<q4>&quot;)(?P<v4>[^&\n\r]{0,1024})&quot;
    """,
    re.VERBOSE,
)
_TYPOGRAPHIC: Final = re.compile(r"[“„«‘](?P<v>[^”“»’\n]{1,128})[”“»’]")
_BARE: Final = re.compile(r"[^\s\"'`<>,;(){}\[\]|&]{1,1024}")
_RUN_TO_END: Final = re.compile(r"(?P<v>\S{1,256}+)[ \t]{0,8}+(?:\Z|[\r\n#]|//)")
_CELL: Final = re.compile(r"(?P<v>[^\s|]{1,256}+)[ \t]{0,60}+(?:\||\Z|[\r\n])")
_BLOCK: Final = re.compile(r"[|>`]")
"""YAML's block, or Markdown's fence: what stands in it is the value."""
_NEXT: Final = re.compile(r"[\w.\-]{1,64}[=:]")
_TABBED: Final = re.compile(r"(?P<v>[^\s\"'`()<>{}\[\]*]{1,256}+)(?=\t|[ ]{0,8}(?:\Z|[\r\n]))")
_CONTENT: Final = (
    r"(?:\s{0,40}+<(?:!\[CDATA\[|(?:value|string|val)>))?\s{0,40}+(?P<v>[^<\n]{1,256}?)\s{0,40}+(?:\]\]>\s{0,8}+)?"
)
_ELEMENT: Final = re.compile(rf"{_CONTENT}</")
"""What stands in an element, in a section of characters in it or in an element within."""
_NEXT_ELEMENT: Final = re.compile(rf"{_CONTENT}(?:<|\Z|\n)")
"""Of that behind the name the end may be left out, or stand on the next line."""
_CALL_OR_INDEX: Final = re.compile(r"[A-Za-z_$][\w.:$\->?]{0,80}(?:\(.*\)|\(\Z|\[)|[\[({]|\$\(")
_CODE: Final = re.compile(
    # Nothing here can be read in two ways: else sixteen steps of a value would be tried in all their combinations.
    r"[A-Za-z_]\w*+(?:(?>\.|::|->|\?\.|\?(?!\Z)|\+|&&|\|\|)\$?\w*+){0,16}+[;?:]?\Z"
)
_KEYED_PATH: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
_SELECTOR: Final = re.compile(r"[#.][A-Za-z][A-Za-z\-_]*\Z")
_ADDRESS: Final = re.compile(r"(?:[a-z][a-z0-9+.\-]{1,15}://|/[\w\-]+/|\./|~/|[A-Za-z]:\\|arn:)")
_REGEX: Final = re.compile(r"\[\^|\\[wWdDsS]|\(\?|\][+*]")
_MARK: Final = re.compile(r"[^\w\s.\-]")
_NOT_A_VALUE: Final = frozenset(
    """
    str string text char varchar number integer int float bool boolean bytes byte object any none null nil undefined
    true false yes no void required optional input output getpass self this env environ os process config settings
    props state request response req res form data params args kwargs model schema field fields const let var new
    await async return function func def class type types array list dict map set unknown invalid valid incorrect
    correct wrong missing empty blank expired enabled disabled encrypted hashed plaintext plain base64 utf8 hidden
    visible auto manual default never always below above see same and the for with not must should can will is are
    was has have a an to of in on at by or from as if then else please enter forgot reset change bearer basic digest
    oauth oauth2 jwt sso saml ldap hash sha256 md5 bcrypt argon2 user username email admin@example.com optional[str]
    todo n/a tbd ok done public private
    """.split()  # noqa: SIM905
)
_HEADING_BEFORE: Final = re.compile(r"[\s#*_>\d.)-]{0,12}(?:[^\W\d]{1,20}[ ]){0,3}[*_]{0,3}\Z")
_MAILBOX: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\Z")
_HEADED: Final = re.compile(r"#|[*_]{2}|[=~-]{3}|`{3}")
_SAID_OF_KEEPING: Final = re.compile(
    r"(?:sha|md|base|utf|argon|oauth|bcrypt|pbkdf|scrypt|aes|iso|rfc|v|min|max)[-_]?\d", re.IGNORECASE
)
"""`password (sha256)`: how passwords are kept, and what they must be."""
_FLAG_BEFORE: Final = re.compile(r"(?:^|[\s\"'`(\[,])-{1,2}[\w\-]{0,64}\Z")
_LINE_BEFORE: Final = re.compile(r"[\s\W\d]{0,12}(?:(?:export|set|env|rem set|let)\s{1,4})?\Z", re.IGNORECASE)
_MARK_OF_STRING: Final = re.compile(r"(?<!\\)(?:[\"`]|(?<!\w)'|'(?!\w))")
_LINE_BREAK: Final = re.compile(r"\n")
_NAME_BEFORE: Final = 64
_FLAG_WITHIN: Final = 4
"""Characters before a name in which a flag's hyphens begin."""
_MIN_PASSWORD: Final = 4
_STRONG_PASSWORD: Final = 8
_STRONG_CLASSES: Final = 3
_ALL_CLASSES: Final = 4
_LONGEST_ASIDE: Final = 128
_MAX_WORDS: Final = 6


class Strings:
    """Where the strings of a program text begin and end; each line is read once and only if somebody asks.

    Args:
        text: the text.
    """

    __slots__ = ("_lines", "_marks", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: list[int] | None = None
        self._marks: dict[int, dict[str, list[int]]] = {}

    def closes(self, at: int, mark: str) -> bool:
        """Tell whether the quote at `at` closes a string that began on its line: `"Password: " + read()`.

        An escaped mark or an entity tells nothing, and so closes nothing.
        """
        if len(mark) > 1:
            return False
        if self._lines is None:
            self._lines = [-1, *(match.start() for match in _LINE_BREAK.finditer(self._text)), len(self._text)]
        line = bisect_left(self._lines, at)
        marks = self._marks.get(line)
        if marks is None:
            marks = self._marks[line] = {'"': [], "'": [], "`": []}
            for match in _MARK_OF_STRING.finditer(self._text, self._lines[line - 1] + 1, self._lines[line]):
                marks[match[0]].append(match.start())
        return bisect_left(marks[mark], at) % 2 == 1


def find_assignments(reading: Reading) -> list[Secret]:
    """Return the values in a text that a name tells to be secret, in order."""
    return list(_assignments(reading))


def _assignments(reading: Reading) -> Iterator[Secret]:
    done = 0
    text = reading.text
    strings = Strings(text)
    for match in reading.matches(_NAMING):
        if match.end() < done or _is_prose(text, match):
            continue
        start = _name_start(text, match.start())
        name_end = match.start("close")
        label = label_of(text[start:name_end].rstrip(".-"))
        if label is None or (label is not Label.PASSWORD and text.endswith("::", 0, start)):  # the name of a type
            continue
        secret = _value(text, match, start, label, strings)
        if secret is not None:
            done = secret.end
            yield secret


def _is_prose(text: str, match: re.Match[str]) -> bool:
    """Tell at once what `_value` would refuse: a name and a blank, with neither a quote behind nor a hyphen before."""
    if match.lastgroup != "space" or text[match.end()] in "\"'":
        return False
    at = match.start()
    return text.find("-", max(0, at - _NAME_BEFORE - _FLAG_WITHIN), at) < 0


def _name_start(text: str, at: int) -> int:
    """Return where the identifier begins that goes on at `at`."""
    first = max(0, at - _NAME_BEFORE)
    while at > first and (text[at - 1].isalnum() or text[at - 1] in "_.-$"):
        at -= 1
    return at


def _value(text: str, match: re.Match[str], start: int, label: Label, strings: Strings) -> Secret | None:  # noqa: PLR0911
    how = match.lastgroup or "space"
    at = match.end()
    if how in _OF_ONE_KIND:
        return _OF_ONE_KIND[how](text, match, start, label)
    if how == "space":
        flag = _FLAG_BEFORE.search(text, max(0, start - _FLAG_WITHIN), match.start()) is not None
        named = label is Label.PASSWORD and match.end() - start > len("pass ")  # "pass" alone is a verb
        if not flag and not (text[at] in "\"'" and named):
            return None
    prefix = _PREFIX.match(text, at)
    if prefix:
        at = prefix.end()
        quoted = quoted_at(text, at)
        if quoted is None or strings.closes(at, quoted.mark):
            return None
        return _quoted(text, quoted, label, how)
    typographic = _TYPOGRAPHIC.match(text, at)
    if typographic:
        return _scored(typographic.start("v"), typographic["v"], judge(typographic["v"], label))
    if how in {"comma", "call", "typed"} or "==" in match.group() or "!=" in match.group():
        return None
    return _bare(text, match, start, label, how)


def _element(text: str, match: re.Match[str], start: int, label: Label) -> Secret | None:
    """`<db:password>value</db:password>`, `<entry key="password">value</entry>`."""
    opened = text.rfind("<", max(0, start - 80), start)
    if opened < 0 or ">" in text[opened:start]:
        return None
    if not match["close"] and text[opened + 1 : start].rpartition(":")[2]:
        return None
    element = _ELEMENT.match(text, match.end())
    if element is None:
        return None
    return _scored(element.start("v"), element["v"], judge(element["v"], label))


def _next_element(text: str, match: re.Match[str], start: int, label: Label) -> Secret | None:  # noqa: ARG001
    """`<td>Password</td><td>value</td>`."""
    element = _NEXT_ELEMENT.match(text, match.end())
    return element and _scored(element.start("v"), element["v"], judge(element["v"], label))


def _below_heading(text: str, match: re.Match[str], start: int, label: Label) -> Secret | None:
    """A name alone on its line, and the value on the next: so stand names of columns and of fields, too."""
    line_start = text.rfind("\n", max(0, start - _NAME_BEFORE), start) + 1
    run = _RUN_TO_END.match(text, match.end())
    if run is None or _HEADING_BEFORE.match(text, line_start, start) is None:
        return None
    at, value = run.span("v")[0], run["v"]
    quoted = quoted_at(value, 0)
    if quoted is not None and quoted.end == len(value):
        at, value = at + quoted.start, quoted.value
    score = judge(value, label)
    if score is None or not _is_mixed(value) or _MAILBOX.match(value):
        return None
    headed = _HEADED.search(text, line_start, match.end()) is not None and label is Label.PASSWORD
    if headed or looks_random(value) or (_classes(value) == _ALL_CLASSES and "/" not in value):
        return Secret(at, at + len(value), score)
    return None


def _aside(text: str, match: re.Match[str], start: int, label: Label) -> Secret | None:  # noqa: ARG001
    """`Password — value`, `password (value)`: much else is said so of passwords, in words and in numbers alone."""
    bare = _BARE.match(text, match.end(), match.end() + _LONGEST_ASIDE)
    if bare is None or label is not Label.PASSWORD:
        return None
    value = bare[0].rstrip(".:")
    if text[match.end() - 1] == "(" and text[bare.end() : bare.end() + 1] != ")":
        return None
    score = judge(value, label)
    return Secret(match.end(), match.end() + len(value), score) if score is not None and is_telling(value) else None


def _tabbed(text: str, match: re.Match[str], start: int, label: Label) -> Secret | None:
    """A name and a value in neighbouring cells, as they are copied from a table; declarations of code look alike."""
    cell = _TABBED.match(text, match.end())
    if cell is None or label is not Label.PASSWORD or match.end() - start <= len("pass "):
        return None
    score = judge(cell["v"], label)
    return Secret(*cell.span("v"), score) if score == STRONG else None


_OF_ONE_KIND: Final = {
    "element": _element,
    "next_element": _next_element,
    "tab": _tabbed,
    "heading": _below_heading,
    "aside": _aside,
}


def quoted_at(text: str, at: int) -> Quoted | None:
    """Return the value in quotes that begins at `at`, if one does that ends on the same line."""
    match = _QUOTED.match(text, at)
    if match is None:
        return None
    name = match.lastgroup or "v"
    return Quoted(match["q" + name[1:]], match.start(name), match[name], match.end())


def _quoted(text: str, quoted: Quoted, label: Label, how: str) -> Secret | None:
    inner = quoted_at(quoted.value, 0)  # `'"value"'`
    if inner is not None and inner.end == len(quoted.value):
        quoted = replace(quoted, start=quoted.start + inner.start, value=inner.value)
    start, value = quoted.start, quoted.value
    score = judge(value, label)
    if score is None:
        return None
    after = text[quoted.end : quoted.end + 4].lstrip()
    # The beginning of a text that is put together; `{"password": ["required", "min:8"]}`.
    if score < STRONG and (after.startswith("+") or (how == "inner" and label is not Label.KEY)):
        return None
    if after.startswith(":") and quoted.mark in "\"'" and how in {"comma", "call"}:  # the next key
        return None
    if how in {"comma", "call"} and (score < MEDIUM or not any(character.isdigit() for character in value)):
        return None
    if how == "space" and label is not Label.PASSWORD and score < MEDIUM:
        return None
    return _scored(start, value, score)


def _bare(text: str, match: re.Match[str], start: int, label: Label, how: str) -> Secret | None:
    at = match.end()
    line_start = text.rfind("\n", max(0, start - 80), start) + 1
    alone = (line_start > 0 or start <= 80) and _LINE_BEFORE.match(text, line_start, start) is not None  # noqa: PLR2004
    run = (_CELL if how == "cell" else _RUN_TO_END).match(text, at) if alone or how == "cell" else None
    if run and not _CALL_OR_INDEX.match(run["v"]):
        value, closed = run["v"].rstrip(",;"), True
        if start and text[start - 1] in "\"'" and value[-1:] == text[start - 1]:  # name and value in one string
            value = value[:-1]
            alone = False
    else:
        bare = _BARE.match(text, at)
        if bare is None or text[bare.end() : bare.end() + 1] in {"(", "[", "{"}:
            return None
        value, closed = bare[0].rstrip(".:"), bare.end() == len(text) or text[bare.end()] in " \t\r\n,;&|<\"'`)}]"
    if not value or not closed:
        return None
    score = judge(value, label)
    if score is None or (label is not Label.PASSWORD and not looks_random(value)):
        return None
    if _CODE.match(value) and not looks_random(value):
        score = _code_or_word(value, match, alone=alone and run is not None, flag=how == "space")
    elif value.isdigit():
        score = None if is_sequence(value) or (len(value) < 6 and not alone) else MEDIUM  # noqa: PLR2004
    if how == "below":
        # Behind a colon at the end of a line there is often another name, or a word that says something of this one.
        block = _BLOCK.search(text, match.end("close"), at) is not None
        sure = score is not None and (score == STRONG or label is Label.KEY or (block and score == MEDIUM))
        if not sure or _NEXT.match(value):
            return None
    return _scored(at, value, score)


def _code_or_word(value: str, match: re.Match[str], *, alone: bool, flag: bool) -> float | None:
    """Judge a bare value that could be an identifier of a program: `hunter2`, `open_sesame`, `env.PASSWORD`."""
    if value.isidentifier() and any(character.isdigit() for character in value):
        return MEDIUM
    if not value.isidentifier():
        return None
    if alone:
        spoken = ":" in match.group() or "：" in match.group()
        return STATED if spoken and "_" not in value else WEAK
    return WEAK if flag else None


def _scored(start: int, value: str, score: float | None) -> Secret | None:
    if score is None:
        return None
    stripped = value.strip()
    start += len(value) - len(value.lstrip())
    return Secret(start, start + len(stripped), score)


def is_telling(value: str) -> bool:
    """Tell whether nobody would take a password's value for something that is said of passwords: `bcrypt`, `min8`."""
    said = _SAID_OF_KEEPING.match(value) or _CALL_OR_INDEX.match(value)
    return len(value) >= _STRONG_PASSWORD and _is_mixed(value) and not said


def _is_mixed(value: str) -> bool:
    return any(map(str.isdecimal, value)) and any(map(str.isalpha, value))


def judge(value: str, label: Label) -> float | None:
    """Return how likely `value` is a secret, given the kind of its name; None: it is not one."""
    value = value.strip()
    # What is asked first costs little and rules out most: much is too short, and much under a mere key names something.
    random = len(value) >= _MIN_PASSWORD and looks_random(value)
    likely = random or (label is not Label.KEY and len(value) >= _MIN_PASSWORD)
    if not likely or is_placeholder(value) or _ADDRESS.match(value):
        return None
    if label is Label.KEY:
        return None if is_uuid(value) or _KEYED_PATH.match(value) else MEDIUM
    if random:
        return STRONG
    if _REGEX.search(value):
        return None
    if label is Label.TOKEN:
        # A name such as `token` names many things; a short or wordy value needs marks to be a secret.
        strong = len(value) >= _STRONG_PASSWORD and _classes(value) >= _STRONG_CLASSES and " " not in value
        digit = any(character.isdigit() for character in value)
        return MEDIUM if strong and digit and _MARK.search(value) and not _CODE.match(value) else None
    score = _judge_password(value)
    return score if score is None or label is Label.PASSWORD else min(score, MEDIUM if _MARK.search(value) else WEAK)


def _judge_password(value: str) -> float | None:
    """Return how likely a value is a password that does not look random, is long enough and no placeholder."""
    if value.lower() in _NOT_A_VALUE or _SELECTOR.match(value) or _KEYED_PATH.match(value):
        return None
    parts = value.split()
    if len(parts) > 1:
        prose = len(parts) > _MAX_WORDS or value[-1] in ".:?…" or any(p.lower() in _NOT_A_VALUE for p in parts)
        return None if prose or any(label_of(part) for part in parts) else WEAK
    named = words(value)
    digits = any(character.isdigit() for character in value)
    if not digits and len(named) > 1 and any(label_of(word) is Label.PASSWORD for word in named):
        return None
    if len(value) >= _STRONG_PASSWORD and _classes(value) >= _STRONG_CLASSES:
        return STRONG
    if value.isdigit() and is_sequence(value):
        return WEAK
    return MEDIUM if digits or _MARK.search(value) else WEAK


def _classes(value: str) -> int:
    return (
        any(c.islower() for c in value)
        + any(c.isupper() for c in value)
        + any(c.isdigit() for c in value)
        + bool(_MARK.search(value))
    )
