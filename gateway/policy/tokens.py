"""CEL source cut into tokens, so that names can be checked before anything runs.

The library compiles and evaluates; it tells which variables and functions an expression uses, but not which members
(`entities.PERSON`) nor what they are compared with. Tokens tell that. They are used for refusing and for explaining
only, never for evaluating: an error here can refuse a good condition, not let a bad one decide differently.

Source: CEL language definition, section "Syntax" (lexis).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Token", "replace_references", "text_at", "tokenize"]

_TOKEN: Final = re.compile(
    r"""
      (?P<space>\s+|//[^\n]*)
    | (?P<string>(?:[rR][bB]?|[bB][rR]?)?(?:\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''))
    | (?P<raw>(?:[rR][bB]?|[bB][rR])(?:"[^"\n]*"|'[^'\n]*'))
    | (?P<quoted>[bB]?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    | (?P<number>0[xX][0-9a-fA-F]+[uU]?|[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?[uU]?|\.[0-9]+(?:[eE][-+]?[0-9]+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<reference>\$[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>()\[\]{}.,:?])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token. Two expressions of equal tokens mean the same.

    Attributes:
        kind: `name`, `string`, `number` or `sign`.
        text: as written; for a plain string its content.
        plain: whether it is not a string with escapes, a raw string or a string of bytes.
    """

    kind: str
    text: str
    plain: bool = True


def tokenize(source: str) -> tuple[Token, ...]:
    """Return the tokens of `source`, without space and comments.

    Raises:
        ValueError: if something is no CEL token.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(source):
        found = _TOKEN.match(source, position)
        if found is None:
            raise ValueError("a character that is not part of CEL")
        position = found.end()
        kind = found.lastgroup or ""
        if kind == "reference":
            raise ValueError(f"`{found.group()}` stands for nothing here")
        if kind in {"string", "raw", "quoted"}:
            tokens.append(_string(found.group()))
        elif kind != "space":
            tokens.append(Token(kind, found.group()))
    return tuple(tokens)


def _string(written: str) -> Token:
    body = written.lstrip("rRbB")
    raw_or_bytes = body != written
    width = 3 if body[:3] in {'"""', "'''"} else 1
    content = body[width:-width]
    plain = not raw_or_bytes and "\\" not in content
    return Token("string", content if plain else written, plain=plain)


def text_at(tokens: Sequence[Token], index: int) -> str:
    """Return the text of the sign or name at `index`; empty for a literal and beyond the ends."""
    if not 0 <= index < len(tokens) or tokens[index].kind in {"string", "number"}:
        return ""
    return tokens[index].text


def replace_references(source: str, literal: Callable[[str], str]) -> str:
    """Return `source` with each `$name`, outside of texts and comments, replaced by what `literal` says of the name."""
    parts: list[str] = []
    position = 0
    while position < len(source):
        found = _TOKEN.match(source, position)
        if found is None:
            return "".join((*parts, source[position:]))
        position = found.end()
        parts.append(literal(found.group()[1:]) if found.lastgroup == "reference" else found.group())
    return "".join(parts)
