"""Secrets that something names: `password = …`, `api_key: …`, `--token …`, `<password>…</password>`.

One expression finds a naming word with what may stand between it and a value; the name is widened to the left and
judged (`labels`), the value is cut out and judged by the kind of name (`secret_values`, which has the scores). A
regular expression alone would have to choose between missing half and flagging every `password: str`.

The span is the value alone. Everything is bounded: 1,024 characters of value, 80 of the line before the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gateway.detect.entropy import is_sequence, looks_random
from gateway.detect.labels import Label, label_of
from gateway.detect.places import Begun, Reading
from gateway.detect.quotes import Quoted, Strings, quoted_at
from gateway.detect.secret_values import (
    ALL_CLASSES,
    CALL_OR_INDEX,
    CODE,
    MEDIUM,
    STATED,
    STRONG,
    WEAK,
    Secret,
    classes,
    is_mixed,
    is_telling,
    judge,
)

__all__ = ["EXPRESSIONS", "NAMES", "SIGNS", "find_assignments"]

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
      | (?P<aside>
            {_BLANK}{{0,3}} (?: [—…»⇒~] | \.{{3,40}} | [ \t][-–(\[] ) [—…»⇒.]{{0,40}} {_BLANK}{{0,3}} (?=[^\s\W])
        )
      | (?P<comma> [ \t]{{0,4}},[ \t]{{0,4}}(?=["'`]) )
      | (?P<call> \([ \t]{{0,4}}(?=["'`]) )
      | (?P<element> > )
      | (?P<cell> [ \t]{{0,16}}\|[ \t]{{0,16}} )
      | (?P<tab> \t(?=\S) )
      | (?P<apart> [ ]{{2,60}}+(?=[^\s=:,|(>"'`]) )
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
_HEADING_BEFORE: Final = re.compile(r"[\s#*_>\d.)-]{0,12}(?:[^\W\d]{1,20}[ ]){0,3}[*_]{0,3}\Z")
_MAILBOX: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\Z")
_HEADED: Final = re.compile(r"#|[*_]{2}|[=~-]{3}|`{3}")
_FLAG_BEFORE: Final = re.compile(r"(?:^|[\s\"'`(\[,])-{1,2}[\w\-]{0,64}\Z")
_LINE_BEFORE: Final = re.compile(r"[\s\W\d]{0,12}(?:(?:export|set|env|rem set|let)\s{1,4})?\Z", re.IGNORECASE)
_NAME_BEFORE: Final = 64
_FLAG_WITHIN: Final = 4
"""Characters before a name in which a flag's hyphens begin."""
_LONGEST_ASIDE: Final = 128
_CLOSING: Final = {"(": ")", "[": "]"}
_CITED: Final = re.compile(r"[A-Z][A-Za-z+&-]*(?:19|20)?\d\d[a-z]?\Z|[A-Z]+-?\d+\Z|.*(?:[aA]-[zZ]|0-9)")
"""`[Ames2014]`, `[RFC8018]`: what is read elsewhere; or a class of characters."""
_NO_VALUE: Final = re.compile(r"[A-Z]+-?\d+\Z|.*(?:[aA]-[zZ]|0-9)")
_IN_BRACKETS: Final = re.compile(r"\[(?P<v>[^\s\[\]()\"'<>,{}]{8,64})\](?![\w(\[{+*])")

_UNLIKE_RANDOM: Final = frozenset({Label.PASSWORD, Label.KEY})


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
    if how == "apart":
        told = _set_apart(text, match, start, label)
        if told is not None:
            return told
        how = "space"
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
    if label is Label.PASSWORD and text.startswith("[", at):
        return _in_brackets(text, at)
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
    if score is None or not is_mixed(value) or _MAILBOX.match(value):
        return None
    headed = _HEADED.search(text, line_start, match.end()) is not None and label is Label.PASSWORD
    if headed or looks_random(value) or (classes(value) == ALL_CLASSES and "/" not in value):
        return Secret(at, at + len(value), score)
    return None


def _aside(text: str, match: re.Match[str], start: int, label: Label) -> Secret | None:  # noqa: ARG001
    """`Password — value`, `password (value)`: much else is said so of passwords, in words and in numbers alone."""
    bare = _BARE.match(text, match.end(), match.end() + _LONGEST_ASIDE)
    if bare is None or label is not Label.PASSWORD:
        return None
    value = bare[0].rstrip(".:")
    closing = _CLOSING.get(text[match.end() - 1], "")
    if not text.startswith(closing, bare.end()) or (closing == "]" and _CITED.match(value)):
        return None
    score = judge(value, label)
    return Secret(match.end(), match.end() + len(value), score) if score is not None and is_telling(value) else None


def _in_brackets(text: str, at: int) -> Secret | None:
    """`Password: [value]`; a list, or what may stand there, is no value."""
    match = _IN_BRACKETS.match(text, at)
    if match is None or not is_telling(match["v"]) or _NO_VALUE.match(match["v"]):
        return None
    return _scored(match.start("v"), match["v"], judge(match["v"], Label.PASSWORD))


def _tabbed(text: str, match: re.Match[str], start: int, label: Label) -> Secret | None:
    """A name and a value in neighbouring cells, as they are copied from a table; declarations of code look alike."""
    cell = _TABBED.match(text, match.end())
    if cell is None or label is not Label.PASSWORD or match.end() - start <= len("pass "):
        return None
    score = judge(cell["v"], label)
    return Secret(*cell.span("v"), score) if score == STRONG else None


def _set_apart(text: str, match: re.Match[str], start: int, label: Label) -> Secret | None:
    """A line's first word and its last, blanks apart, as command lines print records: words describe options so."""
    line_start = text.rfind("\n", max(0, start - _NAME_BEFORE), start) + 1
    run = _RUN_TO_END.match(text, match.end())
    if run is None or not (line_start or start <= _NAME_BEFORE) or not _LINE_BEFORE.match(text, line_start, start):
        return None
    score = judge(run["v"], label)
    sure = score is not None and is_mixed(run["v"]) and (score == STRONG or looks_random(run["v"]))
    return Secret(*run.span("v"), score) if sure and score and not _MAILBOX.match(run["v"]) else None


_OF_ONE_KIND: Final = {
    "element": _element,
    "next_element": _next_element,
    "tab": _tabbed,
    "heading": _below_heading,
    "aside": _aside,
}


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
    if run and not CALL_OR_INDEX.match(run["v"]):
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
    # Under any other name `judge` is so sure of what looks random alone, and under a mere key it takes nothing else.
    if score is None or (label not in _UNLIKE_RANDOM and score != STRONG):
        return None
    if CODE.match(value) and not looks_random(value):
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
