r"""Private keys without armour: DER in base64 or hexadecimal digits, as variables hold it, and JSON Web Keys.

What DER says first is the same in all keys of a kind: the versions and the names of algorithms, which base64 spells
alike. The lengths that stand there tell where the key ends. Public keys and certificates begin otherwise.

A JSON Web Key (RFC 7517) is an object with a member `kty`; the private members are known by their names (RFC 7518,
section 6; RFC 8037). They are single letters, which say nothing outside of such an object.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Final

from gateway.detect.entropy import is_masked, is_placeholder
from gateway.detect.secret_values import Secret

__all__ = ["MEMBERS", "SIGNS", "find_der", "find_jwk", "is_member"]

_CERTAIN: Final = 1.0
_CUT: Final = 0.9

_BEGINNINGS: Final = (
    "MC4CAQAwBQYDK2V",  # Ed25519, X25519
    "MFECAQEwBQYDK2V",  # the same with its public key
    "MEcCAQAwBQYDK2V",  # Ed448
    "MHcCAQEEI",  # P-256, SEC 1
    "MHQCAQEEI",  # secp256k1, SEC 1
    "MIGkAgEBBD",  # P-384, SEC 1
    "MIHcAgEBBE",  # P-521, SEC 1
    "MEECAQAwEwYHKoZIzj0",  # elliptic curves, PKCS #8, without the public key
    "MIGHAgEAMBMGByqGSM49",
    "MIGEAgEAMBAGByqGSM49",
    "MIG2AgEAMBAGByqGSM49",
    "MIHuAgEAMBAGByqGSM49",
)
_RSA: Final = ("IBADANBgkqhkiG9w0BAQ", "IBAAKB", "IBAAKC")
"""Behind the length of an RSA key: PKCS #8; PKCS #1 with a modulus of up to 1,024 bits, and of more."""
_DER: Final = re.compile(
    rf"(?<![A-Za-z0-9+/_-])(?:{'|'.join(_BEGINNINGS)}|MII[A-Za-z0-9+/_-]{{3}}(?:{'|'.join(_RSA)}))"
    r"[A-Za-z0-9+/_-]{10}"
)
_LINE: Final = re.compile(r"[A-Za-z0-9+/_-]{1,8192}+")
_BREAK: Final = re.compile(r"(?:\s|\\[nr]){1,16}")
_SHORT: Final = 16
"""Characters of a line that goes on with a key, unless it is the last: else it is prose."""
_PADDING: Final = re.compile("={0,2}")
_MOST: Final = 8_192
_HEX: Final = re.compile(
    r"(?<![0-9a-f])30(?:[0-7][0-9a-f]|81[0-9a-f]{2}|82[0-9a-f]{4})(?:"
    r"02010[01]300506032b65|02010104(?:20|30|42)|02010030(?:13|10)06072a8648ce3d|"
    r"020100300d06092a864886f70d0101|020100028[12])[0-9a-f]{64,16384}+",
    re.IGNORECASE,
)
"""The same keys; on one line, as programs print them."""
_HEX_SIGNS: Final = ("0201003", "0201013", "020101042", "020101043", "020101044", "02010002")
_LEAST: Final = 48
"""Characters with something of the key in them."""
_HEAD: Final = 8
_ONE_BYTE: Final = 0x81
_TWO_BYTES: Final = 0x82

MEMBERS: Final = frozenset({"d", "k", "p", "q", "dp", "dq", "qi"})
"""The private members of a JSON Web Key."""
_KTY: Final = re.compile(r"""["']kty\\{0,3}["']\s{0,8}:\s{0,8}\\{0,3}["'](?:oct|OKP|EC|RSA|AKP)\\{0,3}["']""")
_MEMBER: Final = re.compile(
    r"""["'](?:[dkpq]|dp|dq|qi)\\{0,3}["']\s{0,8}:\s{0,8}\\{0,3}["'](?P<v>[A-Za-z0-9_-]{16,2048}+)(?=={0,2}\\{0,3}["'])"""
)
_ENCODED: Final = re.compile(r"[A-Za-z0-9_-]++={0,2}")
_LEAST_MEMBER: Final = 16
_BEFORE: Final = 4_096
_AFTER: Final = 8_192

SIGNS: Final = (*(beginning.lower() for beginning in (*_BEGINNINGS, *_RSA)), *_HEX_SIGNS, "kty")
"""In lower case; one of these is in any text in which something is found."""


def find_der(text: str) -> Iterator[Secret]:
    """Yield the private keys in DER that `text` holds, in base64 or in hexadecimal digits."""
    for match in _HEX.finditer(text):
        whole = 2 * _size(bytes.fromhex(match[0][:_HEAD]))
        if not is_masked(match[0][:whole]):
            end = min(match.start() + whole, match.end())
            yield Secret(match.start(), end, _CUT if match.end() - match.start() < whole else _CERTAIN)
    at = 0
    while begin := _DER.search(text, at):
        start = begin.start()
        head = urlsafe_b64decode(begin[0][:_HEAD].replace("+", "-").replace("/", "_"))
        missing = wanted = min(-(-_size(head) * 4 // 3), _MOST)
        at = following = start
        while line := _LINE.match(text, following, min(following + missing, len(text))):
            if len(line[0]) < min(missing, _SHORT):
                break
            at = line.end()
            missing -= len(line[0])
            stop = _BREAK.match(text, at)
            if not missing or stop is None:
                break
            following = stop.end()
        if wanted - missing >= min(wanted, _LEAST) and not is_masked(text[start:at]):
            padding = _PADDING.match(text, at)
            yield Secret(start, padding.end() if padding else at, _CUT if missing else _CERTAIN)


def _size(head: bytes) -> int:
    """Return how many bytes the DER has that begins so."""
    if head[1] == _TWO_BYTES:
        return 4 + int.from_bytes(head[2:4], "big")
    return 3 + head[2] if head[1] == _ONE_BYTE else 2 + head[1]


def find_jwk(text: str) -> Iterator[Secret]:
    """Yield the private members of the JSON Web Keys in `text`."""
    done = 0
    for match in _KTY.finditer(text):
        first = max(text.rfind("{", max(done, match.start() - _BEFORE), match.start()), done, match.start() - _BEFORE)
        last = text.find("}", match.end(), match.end() + _AFTER)
        last = last if last >= 0 else min(len(text), match.end() + _AFTER)
        for member in _MEMBER.finditer(text, first, last):
            if is_member(member["v"]):
                yield Secret(*member.span("v"), _CERTAIN)
        done = max(done, last)


def is_member(value: str) -> bool:
    """Tell whether the value of a private member is one, and no stand-in for it."""
    return (
        len(value) >= _LEAST_MEMBER
        and _ENCODED.fullmatch(value) is not None
        and not is_masked(value)
        and not is_placeholder(value)
    )
