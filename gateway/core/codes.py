"""Names of what a short number opens something by: a password, a PIN, a card's security code, the code of a door.

A number of few digits tells nothing by itself, so whoever takes a request apart passes over most of them. Behind one
of these names it is a secret. They are few on purpose: `status_code`, `zip_code` and `bank_code` open nothing.

Nothing is cached: names come out of requests (invariant 4).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = [
    "NAMING",
    "PASSWORDS",
    "PASSWORD_WORDS",
    "VALUES",
    "WRAPPERS",
    "is_access_code",
    "is_short_secret",
    "spaced",
    "unwrapped",
]

NAMING: Final = frozenset(
    """
    name key label title field id header variable attribute property parameter param question prompt k var setting
    option env keyname
    """.split()  # noqa: SIM905 - a table
)
"""Keys of what names a value that stands beside it: `{"name": "pin", "value": 4821}`."""
VALUES: Final = frozenset("value val content text answer data default v response input output current".split())  # noqa: SIM905
"""Keys of such a value."""
WRAPPERS: Final = frozenset({"value", "Value", "val", "v", "default", "current", "data", "#text", "$t", "_text", "0"})
"""Keys that say nothing of a value themselves."""
_WRAPPED: Final = 3
"""So many of them are looked through."""

PASSWORDS: Final = (
    "password",
    "passwort",
    "passwd",
    "passphrase",
    "passcode",
    "kennwort",
    "pwd",
    "contraseña",
    "contrasena",
    "senha",
    "motdepasse",
    "wachtwoord",
    "haslo",
    "lösenord",
    "adgangskode",
    "salasana",
    "heslo",
    "пароль",
    "jelszó",
    "jelszo",
    "parola",
    "κωδικός",
    "sandi",
)
"""What a name of a password ends in."""
PASSWORD_WORDS: Final = frozenset(
    """
    pass passe psw pw mdp passw userpass dbpass rootpass mypass mailpass pword requirepass
    """.split()  # noqa: SIM905
)
"""What the last word of one may be."""
_REACH: Final = 48
"""Characters at the end of a name that tell."""
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_.-]")
_ACCESS: Final = r"""
    (?<![^\W_])(?:
        (?:pin|t?otp)(?:[ ](?:number|code))?
        | (?:access|alarm|door|gate|entry|entrance|garage|safe|vault|lock|locker|lock[ ]?box|keypad|unlock|disarm
            | intercom|security|verification|authentication|authenticator|2fa|mfa|sms|log[ ]?in|one[ ]time
            )[ ](?:code|combination)
    )"""
_CARD: Final = r"(?<![^\W_])(?:cvv|cvc|cvn)(?:\d?[ ](?:number|code))?"
_PASSWORD: Final = rf"(?:{'|'.join(PASSWORDS)}|(?<![^\W_])(?:{'|'.join(sorted(PASSWORD_WORDS))}))"
_NUMBERED: Final = r"[ \d]*\Z"
_AFTER: Final = " _.-0123456789"
_ENDS: Final = frozenset(
    name[-3:]
    for name in ("pin", "otp", "number", "code", "combination", "cvv", "cvc", "cvn", *PASSWORDS, *PASSWORD_WORDS)
)
"""Most names end in none of these, and no expression need be tried."""
_ACCESS_CODE: Final = re.compile(_ACCESS + _NUMBERED, re.VERBOSE)
_SHORT_SECRET: Final = re.compile(rf"(?:{_ACCESS}|{_CARD}|{_PASSWORD}){_NUMBERED}", re.VERBOSE)


def is_access_code(name: str) -> bool:
    """Tell whether `name` is that of a PIN or of a code that opens something."""
    return _may_be(name) and _ACCESS_CODE.search(spaced(name)) is not None


def is_short_secret(name: str) -> bool:
    """Tell whether `name` is that of a secret that may be a number of few digits."""
    return _may_be(name) and _SHORT_SECRET.search(spaced(name)) is not None


def unwrapped(context: Sequence[str]) -> str:
    """Return the key that names a value: above what wraps it, in `{"password": {"current": {"value": "…"}}}`."""
    return next((key for key in context[: -_WRAPPED - 2 : -1] if key not in WRAPPERS), context[-1])


def spaced(name: str) -> str:
    """Return the end of a name in lower case, `cardPin` and `card_pin` as `card pin`."""
    return _HUMP.sub(" ", name[-_REACH:]).lower()


def _may_be(name: str) -> bool:
    last = name[-_REACH:].rstrip(_AFTER)[-3:].lower()
    return last in _ENDS or last[-2:] in _ENDS
