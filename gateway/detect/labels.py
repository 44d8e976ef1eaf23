"""What a name says about the value beside it: `dbPassword`, `X-Api-Key`, `next_token`.

A generic secret has no shape of its own; the name beside it tells. The noun that counts is the last one of the name
(`password_reset_url` names an address), and some words before it turn a secret's noun into something else
(`public_key`, `pad_token`).

Nothing is cached: names come out of requests (invariant 4).
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from gateway.core.codes import PASSWORD_WORDS, PASSWORDS
from gateway.detect.entropy import words

__all__ = ["Label", "label_of"]


class Label(Enum):
    """What kind of value a name announces."""

    PASSWORD = "password"  # noqa: S105 - a kind, not a password
    """Chosen by a person: may be short and made of words."""
    SECRET = "secret"  # noqa: S105 - a kind
    """Made by a machine as a rule, by a person at times: `secret`, `credentials`."""
    TOKEN = "token"  # noqa: S105 - a kind
    """Made by a machine: `token`, `api_key`."""
    KEY = "key"
    """A secret only if the value looks like one: `key`, `login`, `auth`."""


_CUT: Final = ("hasło", "şifre", "mật khẩu")
"""Passwords in letters that `words` takes for others of their own: `has` and `ło`."""
_TOKENS: Final = ("token", "apikey", "secretkey", "privatekey", "accesskey", "authkey")
_KEY_OWNERS: Final = frozenset(
    """
    api access secret private auth account master encryption signing service subscription license licence deploy app
    application admin client shared developer storage webhook session jwt consumer insert ingest write read rest rpc
    integration authentication authorization cipher crypto aes hmac rsa ssh root partner bot stream sas x
    """.split()  # noqa: SIM905
)
_KEYS: Final = frozenset(
    """
    key login auth crumb pat jwt bearer creds cred sessionid authorization skey hmac
    """.split()  # noqa: SIM905
)
_ENDINGS: Final = frozenset(
    """
    prod production dev develop development staging stage test testing live sandbox local qa uat b64 base64 str
    string value val text plain plaintext raw env default main primary secondary backup rw ro eu us uk de old new
    current sid s
    """.split()  # noqa: SIM905
)
"""Words after the noun that leave its meaning."""
_OTHERWISE: Final = frozenset(
    """
    public primary foreign sort cache partition row next page prev continuation pad padding eos bos unk sep cls mask
    special stop sub forgot forgotten reset change changed show hide toggle invalid incorrect wrong missing is has
    no min max num total n count check enter lost recover recovery update verify validate require requires required
    idempotency translation i18n sentence vocab image video audio prompt completion cached expired hot arrow shift
    should did will can keyboard hotkey shortcut bind keyword css th encrypted erc spl nft lp governance utility
    """.split()  # noqa: SIM905
)
"""Words before the noun that make it name something else."""


def label_of(name: str) -> Label | None:  # noqa: PLR0911 - one for each kind
    """Return what kind of value the identifier or key `name` announces; None: no secret."""
    if not name.isascii() and name.lower().endswith(_CUT):
        return Label.PASSWORD
    parts = words(name)
    if parts[:1] == ["pass"] and len(parts) > 1 and "_" not in name:  # `passValue`: to pass a value
        return None
    while parts and (parts[-1] in _ENDINGS or parts[-1].isdigit()):
        parts.pop()
    if not parts or not _OTHERWISE.isdisjoint(parts):
        return None
    last = parts[-1]
    if last.endswith(PASSWORDS) or last in PASSWORD_WORDS:
        return Label.PASSWORD
    if last.endswith(("secret", "credential", "credentials")):
        return Label.SECRET
    if last.endswith(_TOKENS) or (last == "key" and len(parts) > 1 and parts[-2] in _KEY_OWNERS):
        return Label.TOKEN
    if last in _KEYS or last.endswith("key"):
        return Label.KEY
    return None
