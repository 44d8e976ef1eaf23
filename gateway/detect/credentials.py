"""Checks of credentials that a regular expression cannot make: checksums, headers, armour, placeholders.

Packs name them (`check: github_token`). As all checks they take the matched text and return True (certainly one), False
(not one: dropped) or None (the pattern's own score stands).

A failing checksum alone never drops a token here, unlike in identifiers of persons: a card number that fails Luhn is
no card number, but a GitHub token with one letter mistyped is still nearly all of somebody's key, and nothing else has
its shape. It only doesn't get the certainty of a passing one.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final

from gateway.detect.checksums import bech32
from gateway.detect.entropy import is_documented, is_masked, is_placeholder, is_sequence, looks_random, words

__all__ = [
    "CREDENTIAL_CHECKS",
    "base64_private_key",
    "basic_auth",
    "bech32_key",
    "bitlocker_key",
    "connection_password",
    "crc_token",
    "discord_token",
    "json_web_token",
    "private_key",
    "random_value",
    "recovery_codes",
    "resource_name",
    "token_shape",
    "wallet_key",
    "wireguard_key",
]

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

_CRC_TOKEN: Final = re.compile(r"[a-z]{2,4}_([A-Za-z0-9]{30})([A-Za-z0-9]{6})\Z")
_ARMOUR: Final = re.compile(r"-----(?:BEGIN|END)[^-]{1,80}-----|\\[rntu]|(?:Proc-Type|DEK-Info|Version|Comment):[^\n]*")
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]+")
_LINE_OF_KEY: Final = re.compile(r"[A-Za-z0-9+/]{30}")
_MIN_KEY_CHARACTERS: Final = 40
_MIN_KEY_DISTINCT: Final = 12
_OF_AN_ACCOUNT: Final = re.compile(r":[0-9]{12}:|:s3:::")
_MIN_SNOWFLAKE: Final = 16
_STAND_IN_PASSWORDS: Final = frozenset(
    """
    pass password passwd pwd pw mypass mypassword mypasswd user username changeme change_me redacted token apikey
    x xx xxx
    """.split()  # noqa: SIM905
)
_STAND_IN_RESOURCES: Final = frozenset(
    "example sample doc my your test demo bucket name foo bar some any default corporate account id".split()  # noqa: SIM905
)


def token_shape(text: str) -> bool | None:
    """Drop what has the shape of a token and no secret in it: masked, or a vendor's sample."""
    return False if is_masked(text) or is_documented(text) else None


def secret_value(text: str) -> bool | None:
    """Drop stand-ins for a secret: `changeme`, `<your-key>`, `${TOKEN}`."""
    return False if is_placeholder(text) else None


def random_value(text: str) -> bool | None:
    """Drop what no machine made: words, names, paths, versions, sequences."""
    return None if looks_random(text) and token_shape(text) is None else False


def connection_password(text: str) -> bool | None:
    """Drop what stands for a password in an address: `user:password@`, `:${DB_PASS}@`, `:****@`.

    Narrower than `secret_value`: in the place of a password a weak one is likelier than a stand-in.
    """
    lowered = text.lower()
    if is_masked(text) or is_documented(text) or lowered in _STAND_IN_PASSWORDS or lowered.startswith("your"):
        return False
    marks = ("$", "{", "<", "%(", "%s", "[", "(", "&lt;", "#{", "__")
    if text.startswith(marks) and is_placeholder(text):
        return False
    return None


def crc_token(text: str) -> bool | None:
    """Check the CRC32 in the last six base-62 digits. Source: GitHub's blog, 2021-04-05; npm does alike."""
    match = _CRC_TOKEN.match(text)
    if match is None:
        return token_shape(text)
    body, digits = match.groups()
    number = 0
    for digit in digits:
        number = number * 62 + _BASE62.index(digit)
    return True if number == zlib.crc32(body.encode("ascii")) else token_shape(text)


def json_web_token(text: str) -> bool | None:
    """Decode the header: an object that names an algorithm makes it certain. Source: RFC 7515, section 4.1."""
    if is_documented(text):
        return False
    try:
        header = json.loads(_decode(text.partition(".")[0]))
    except ValueError:
        return None
    return True if isinstance(header, dict) and ("alg" in header or "enc" in header) else None


def private_key(text: str) -> bool | None:
    """Tell a key in armour from an armour around `...`, by the base64 between. Source: RFC 7468, RFC 4880 (6.2)."""
    inner = _ARMOUR.sub(" ", text)
    body = _NOT_BASE64.sub("", inner)
    whole = len(body) >= _MIN_KEY_CHARACTERS and len(set(body)) >= _MIN_KEY_DISTINCT
    return whole and _LINE_OF_KEY.search(inner) is not None


def base64_private_key(text: str) -> bool | None:
    """Tell whether base64 holds the armour of a private key."""
    try:
        return b"PRIVATE KEY" in _decode(_NOT_BASE64.sub("", text)[:96])
    except ValueError:
        return False


def basic_auth(text: str) -> bool | None:
    """Decode `user:password`. Source: RFC 7617, section 2."""
    try:
        user, colon, password = _decode(text).decode("utf-8").partition(":")
    except ValueError:
        return False
    return bool(colon and (user or password)) and connection_password(password or user) is not False


def wallet_key(text: str) -> bool | None:
    """Check the double SHA-256 of a wallet's key. Source: Bitcoin wallet import format; BIP 32, serialisation."""
    number = 0
    for character in text:
        digit = _BASE58.find(character)
        if digit < 0:
            return False
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    data = b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
    return len(data) > 4 and sha256(sha256(data[:-4]).digest()).digest()[:4] == data[-4:]  # noqa: PLR2004


def bech32_key(text: str) -> bool | None:
    """Check the BCH code of an age or Nostr secret key. Source: BIP-173."""
    return True if bech32(text) else token_shape(text)


def wireguard_key(text: str) -> bool | None:
    """32 bytes in base64. Source: wg(8)."""
    try:
        return None if len(_decode(text)) == 32 and looks_random(text) else False  # noqa: PLR2004
    except ValueError:
        return False


def bitlocker_key(text: str) -> bool | None:
    """Each of eight groups is a multiple of 11 below 2^16 times 11. Source: Microsoft, BitLocker recovery."""
    return all(not int(group) % 11 and int(group) < 11 << 16 for group in text.split("-"))


def discord_token(text: str) -> bool | None:
    """The first part is the bot's number in base64. Source: Discord's developer reference, authentication."""
    try:
        number = _decode(text.partition(".")[0])
    except ValueError:
        return False
    return number.isdigit() and len(number) >= _MIN_SNOWFLAKE


def recovery_codes(text: str) -> bool | None:
    """Tell codes from the words that follow "recovery codes:" in a sentence."""
    return None if sum(character.isdigit() for character in text) >= max(4, len(text) // 8) else False


def resource_name(text: str) -> bool | None:
    """Tell a resource of somebody's own from one in an example or a template, which keeps its low score."""
    if any(mark in text for mark in "{}<>$"):
        return None
    if text.startswith("arn:") and not _OF_AN_ACCOUNT.search(text):  # a public thing of the provider's own
        return None
    digits = "".join(character for character in text if character.isdigit())
    stand_in = is_sequence(digits) or any(word in _STAND_IN_RESOURCES for word in words(text))
    return None if stand_in else True


def _decode(text: str) -> bytes:
    """Decode base64 or base64url, padded or not.

    Raises:
        ValueError: if it is neither.
    """
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


CREDENTIAL_CHECKS: Final[Mapping[str, Callable[[str], bool | None]]] = {
    "basic_auth": basic_auth,
    "bitlocker_key": bitlocker_key,
    "bech32_key": bech32_key,
    "connection_password": connection_password,
    "crc_token": crc_token,
    "discord_token": discord_token,
    "random_value": random_value,
    "recovery_codes": recovery_codes,
    "resource_name": resource_name,
    "secret_value": secret_value,
    "token_shape": token_shape,
    "wallet_key": wallet_key,
    "wireguard_key": wireguard_key,
}
"""Name in packs to function."""
