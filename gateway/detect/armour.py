r"""Secrets that are long: private keys in armour, and signed or encrypted tokens.

A pack's expression runs in windows of bounded size, so that no text can make it slow; a key of 3,000 characters does
not fit. Here a short mark is looked for (`PRIVATE KEY-----`, `eyJ`) and the key around it is measured by code that
never looks at a character twice.

All armours of RFC 7468 and RFC 4880, OpenSSH's and PuTTY's own; with line breaks, with `\n` in one line (JSON, .env),
quoted line by line as in source code, indented as in YAML, cut off at its end, or as a whole in base64 (Kubernetes).
Keys that stand without armour are in `gateway.detect.bare`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.detect import bare
from gateway.detect.credentials import base64_private_key, json_web_token, private_key
from gateway.detect.entropy import is_masked
from gateway.detect.secret_values import Secret

__all__ = ["SIGNS", "find_armoured", "find_long", "find_tokens"]

_CERTAIN: Final = 1.0
_LIKELY: Final = 0.7
_CUT: Final = 0.9

_BEGIN: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_END: Final = re.compile(r"-----END [A-Z0-9 ]{1,50}-----")
_MAX_KEY: Final = 32_768
_BODY: Final = re.compile(
    r"(?:[A-Za-z0-9+/=\s\"'`+,;.|>\\#*]|(?:Proc-Type|DEK-Info|Version|Comment|Hash):[^\n]{0,120}){0,32768}"
)
_PUTTY: Final = re.compile(r"PuTTY-User-Key-File-[123]:")
_PUTTY_PRIVATE: Final = re.compile(
    r"Private-Lines: \d{1,3}\r?\n(?:[A-Za-z0-9+/=]{1,76}+(?:\r?\n|\Z)){1,128}(?:Private-(?:MAC|Hash): [0-9a-f]{32,64})?"
)
_ENCODED_BEGIN: Final = re.compile(
    # "-----BEGIN " in base64; the next letters tell RSA, EC, OPENSSH, DSA, PGP, ENCRYPTED or plain PRIVATE KEY.
    r"LS0tLS1CRUdJTi[A-Za-z0-9+/=\\\s-]{60,32768}"
)
_COMPACT: Final = re.compile(r"eyJ[A-Za-z0-9_.-]{24,}+")
"""Possessive: what was read once is never read again, however long it is."""
_MIN_PARTS: Final = 3
_MAX_PARTS: Final = 5
_MIN_SIGNATURE: Final = 16
_MIN_BODY: Final = 64
_LONG: Final = tuple(
    (literal, re.compile(expression))
    for literal, expression in (
        # literal that a match begins with; the whole token
        ("IQoJb3JpZ2lu", r"IQoJb3JpZ2lu[A-Za-z0-9/+=]{80,4096}"),  # AWS session token
        ("FwoGZXIvYXdz", r"FwoGZXIvYXdz[A-Za-z0-9/+=]{80,4096}"),
        ("FQoGZXIvYXdz", r"FQoGZXIvYXdz[A-Za-z0-9/+=]{80,4096}"),
        ("bedrock-api-key-", r"bedrock-api-key-[A-Za-z0-9/+=]{80,4096}"),
        ("ya29.", r"ya29\.[A-Za-z0-9_-]{30,4096}"),  # Google OAuth access token
        ("EAA", r"EAA[A-Za-z0-9]{90,1024}(?![\w/+=-])"),  # Facebook access token
        ("FlyV1 ", r"FlyV1 fm[12][ar]?_[A-Za-z0-9+/=,_]{80,4096}"),
        ("ops_eyJ", r"ops_eyJ[A-Za-z0-9+/=_-]{100,4096}"),  # 1Password service account
        ("pypi-AgE", r"pypi-AgE[A-Za-z0-9_-]{50,4096}"),  # PyPI, a macaroon
        ("hvb.", r"hvb\.[A-Za-z0-9_-]{100,4096}"),  # Vault batch token
        ("$krb5", r"\$krb5(?:asrep|tgs|pa)\$[0-9]{1,2}\$[^\s$]{1,256}\$?[^\s$]{0,256}\$[0-9a-f]{64,8192}"),
    )
)

SIGNS: Final = tuple(
    literal.lower()
    for literal in (
        *("PRIVATE KEY", "PuTTY-User-Key-File-", "LS0tLS1CRUdJTi", "eyJ"),
        *(literal for literal, _ in _LONG),
        *bare.SIGNS,
    )
)
"""In lower case; one of these is in any text in which something is found."""


def find_armoured(text: str) -> list[Secret]:
    """Return the private keys in `text`."""
    found: list[Secret] = []
    if "PRIVATE KEY" in text:
        found.extend(_pem(text))
    if "PuTTY-User-Key-File-" in text:
        found.extend(_putty(text))
    if "LS0tLS1CRUdJTi" in text:
        found.extend(
            Secret(match.start(), match.start() + len(match[0].rstrip()), _CERTAIN)
            for match in _ENCODED_BEGIN.finditer(text)
            if base64_private_key(match[0])
        )
    found.extend(bare.find_der(text))
    found.extend(bare.find_jwk(text))
    return found


def find_tokens(text: str) -> list[Secret]:
    """Return JSON Web Tokens (RFC 7519) in `text`, signed or encrypted."""
    if "eyJ" not in text:
        return []
    return [secret for match in _COMPACT.finditer(text) if (secret := _token(text, match)) is not None]


def _token(text: str, match: re.Match[str]) -> Secret | None:
    parts = match[0].split(".")[:_MAX_PARTS]
    if len(parts) < _MIN_PARTS or len(parts[2]) < _MIN_SIGNATURE or _inside_blob(text, match.start()):
        return None
    value = ".".join(parts).rstrip(".-")
    verdict = json_web_token(value)
    if verdict is False or is_masked(value):
        return None
    return Secret(match.start(), match.start() + len(value), _CERTAIN if verdict else _LIKELY)


def find_long(text: str) -> list[Secret]:
    """Return vendors' tokens in `text` that may be longer than a pack's expression can be."""
    return [
        Secret(match.start(), match.end(), _CUT)
        for literal, expression in _LONG
        if literal in text
        for match in expression.finditer(text)
        if not _inside_blob(text, match.start()) and not is_masked(match[0])
    ]


def _pem(text: str) -> Iterator[Secret]:
    at = 0
    while begin := _BEGIN.search(text, at):
        following = _BEGIN.search(text, begin.end(), begin.end() + _MAX_KEY)
        limit = following.start() if following else min(len(text), begin.end() + _MAX_KEY)
        end = _END.search(text, begin.end(), limit)
        if end is not None:
            at, score = end.end(), _CERTAIN
        else:  # cut off: as far as it looks like base64
            body = _BODY.match(text, begin.end(), limit)
            at, score = body.end() if body else begin.end(), _CUT
        block = text[begin.start() : at].rstrip()
        if private_key(block):
            yield Secret(begin.start(), begin.start() + len(block), score)


def _putty(text: str) -> Iterator[Secret]:
    for match in _PUTTY.finditer(text):
        private = _PUTTY_PRIVATE.search(text, match.end(), match.end() + _MAX_KEY)
        if private is not None and len(private[0]) > _MIN_BODY:
            yield Secret(private.start(), private.start() + len(private[0].rstrip()), _CERTAIN)


def _inside_blob(text: str, start: int) -> bool:
    """Tell whether a token's first letters stand in the middle of other base64 by chance."""
    before = text[max(0, start - 3) : start]
    return (before != "%20" and before[-1:].isalnum()) or before[-1:] in {"+", "/"}
