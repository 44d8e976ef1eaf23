"""Surrogates: what stands in for a private value while a cloud model works on the text.

A surrogate looks like `<PERSON_kt4qz7mw3bd>`: the entity type, so that the model can reason about it, and an id.

Decisions kept here (issue: transforms; design invariants 4, 5):

* **No stored state.** The id is HMAC-SHA256 over (tenant, conversation, entity type, value) under the gateway's key,
  so every turn of a conversation gives the same surrogate, its history stays byte-identical, and a restart or a
  second replica changes nothing. Another tenant, conversation or key gives another id; only the key lets one guess it.
* **The id's form is `LLDLLDLLDLL`**, L one of 18 consonants, D one of 2 to 9: 42.4 bits. Without vowels and with never
  more than two letters in a row it spells no word and no abbreviation; with never two digits in a row it looks like no
  phone, card or account number; it has nothing that JSON, Markdown, HTML or a URL would escape. A fixed form and length
  also means that no id is the beginning of another.
* **Planted surrogates** (invariant 5). Where a request already contains an id that would be minted, in whatever case
  and with whatever separators, the next salt is taken: what came in is then not in the map and is never restored.
  Only the last 9 of 11 characters are compared, which refuses a little more than it must, because a pattern that starts
  at a digit skips prose quickly.
* Two spellings of a name are two values: exact restoring is worth more than knowing that they are one person.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import repeat
from typing import Final

from gateway.core.conversation import Conversation
from gateway.core.errors import TransformError
from gateway.core.protocols import SurrogateMint
from gateway.core.state import Pair

__all__ = ["DIGIT", "ID", "ID_LENGTH", "LETTER", "MINIMUM_KEY", "Surrogates", "label_of"]

_LETTERS: Final = "bcdfghjkmnpqrtvwxz"
_DIGITS: Final = "23456789"
LETTER: Final = "[b-df-hjkmnp-rtv-xzB-DF-HJKMNP-RTV-XZ]"
"""Regular expression for one letter of an id, in either case."""
DIGIT: Final = "[2-9]"
"""Regular expression for one digit of an id."""
ID_LENGTH: Final = 11
_HASH_LENGTH: Final = 17
_LABEL_LENGTH: Final = 32
MINIMUM_KEY: Final = 16
"""Bytes."""
_SALTS: Final = 64

_PAIRS: Final = tuple(a + b for a in _LETTERS for b in _LETTERS)
_GROUPS: Final = tuple(pair + digit for digit in _DIGITS for pair in _PAIRS)

ID: Final = re.compile(
    # It starts at the first digit and looks back, so that prose without digits is skipped at the speed of a scan.
    rf"{DIGIT}(?<={LETTER}{LETTER}{DIGIT})(?<![A-Za-z0-9]{LETTER}{LETTER}{DIGIT})"
    rf"{LETTER}{{2}}{DIGIT}{LETTER}{{2}}{DIGIT}{LETTER}{{2}}(?![0-9])"
)
"""Finds ids that stand on their own; the id starts two characters before the match."""

_NOISE: Final = r"[\s_\-\u2010-\u2015*`~.,:/\\\u200b\u00ad]"
_PLANTED: Final = re.compile(
    # The end of an id, its characters apart by up to three separators. Only a digit is consumed, so matches overlap.
    rf"({DIGIT})(?=((?:{_NOISE}{{0,3}}{LETTER}{_NOISE}{{0,3}}{LETTER}{_NOISE}{{0,3}}{DIGIT}){{2}}"
    rf"{_NOISE}{{0,3}}{LETTER}{_NOISE}{{0,3}}{LETTER}))"
)
_NOT_ID: Final = re.compile(r"[^A-Za-z0-9]+")
_SKETCH: Final = bytes(
    ord("d") if sign in _DIGITS else ord("l") if sign.lower() in _LETTERS else ord(".") for sign in map(chr, range(256))
)
"""Shows of each byte whether it may be a digit or a letter of an id."""
_BETWEEN: Final = bytes(byte for byte in range(256) if not bytes([byte]).isalnum())
"""All bytes that may stand between the characters of a planted id, and more."""
_SKETCHED_END: Final = b"dlldlldll"
_NOT_LABEL: Final = re.compile(r"[^A-Z0-9]+")


@lru_cache(maxsize=512)
def label_of(entity_type: str) -> str:
    """Return `entity_type` as a surrogate spells it: `A-Z`, `0-9`, single `_`, at most 32 characters."""
    return _NOT_LABEL.sub("_", entity_type.upper()).strip("_")[:_LABEL_LENGTH].rstrip("_") or "VALUE"


def _spell(digest: bytes, length: int) -> str:
    """Return `length` (a multiple of 3, less 1) characters of the form `LLD…LL` that spell the start of `digest`."""
    number = int.from_bytes(digest[:16], "big")
    parts = []
    for _ in range(length // 3):
        number, group = divmod(number, len(_GROUPS))
        parts.append(_GROUPS[group])
    parts.append(_PAIRS[number % len(_PAIRS)])
    return "".join(parts)


def _mac(key: bytes, *parts: str | bytes) -> bytes:
    """Return HMAC-SHA256 (RFC 2104) over `parts`, each led by its length, so that no two lists of parts are alike."""
    message = bytearray()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        message += len(data).to_bytes(8, "big") + data
    return hmac.digest(key, bytes(message), "sha256")


@lru_cache(maxsize=64)
def _tenants(key: bytes, tenant: str) -> bytes:
    """Return a tenant's key; most requests are of the same few."""
    return _mac(key, "privacy-gateway surrogates v1", tenant)


class Surrogates:
    """The mint of one request (a `SurrogateMint`).

    Args:
        key: the gateway's secret, at least 16 bytes.
        tenant: whose conversation it is.
        conversation: the text that is the same in each of its turns (`Dialect.anchor`).
        incoming: all texts of the request; scanned once, and only when something is minted or known.
        known: pairs of what the request points to; a value among them keeps its surrogate. Those that came in with
            this request are left out.
        blocked: ends of ids that came in with earlier turns, so that they are never minted.

    Raises:
        ValueError: if the key is too short.
    """

    __slots__ = (
        "_blocked",
        "_by_value",
        "_conversation",
        "_conversation_key",
        "_hash_key",
        "_incoming",
        "_key",
        "_owners",
        "_pairs",
        "_planted",
        "_tenant",
    )

    def __init__(
        self,
        key: bytes,
        tenant: str,
        conversation: str | Conversation,
        incoming: Iterable[str] = (),
        known: Iterable[Pair] = (),
        blocked: Iterable[str] = (),
    ) -> None:
        if len(key) < MINIMUM_KEY:
            raise ValueError(f"the surrogate key needs at least {MINIMUM_KEY} bytes")
        self._key = key
        self._tenant = tenant
        self._conversation = conversation
        self._hash_key = b""
        self._conversation_key = b""
        self._incoming = incoming
        self._planted: frozenset[str] | None = None
        self._by_value: dict[tuple[str, str], tuple[str, Pair]] = {}
        self._owners: dict[str, Pair] = {}
        self._pairs: dict[str, Pair] = {}
        self._blocked = frozenset(blocked)
        for pair in known:
            identifier = pair.surrogate[-ID_LENGTH - 1 : -1]
            if identifier[2:] not in self.planted:
                self._owners[identifier] = self._pairs[identifier] = pair
                self._by_value.setdefault((pair.entity_type, pair.value), (identifier, pair))

    def __repr__(self) -> str:
        return f"Surrogates({len(self._owners)} minted)"

    def surrogate(self, entity_type: str, value: str) -> str:
        """Return the surrogate of `value` and remember the pair for restoring.

        Raises:
            TransformError: if no free id is found, which only a broken key or alphabet can bring about.
        """
        identifier, pair = self._mint(entity_type, value)
        self._pairs[identifier] = pair
        return pair.surrogate

    def recall(self, known: Iterable[tuple[str, str, str]]) -> bool:
        """Take up what values had in earlier turns; return whether they may have it still.

        Args:
            known: entity type, value and surrogate; what has no type is no surrogate, and stays what it is. A value
                has the same one each time, or one of them is not its own.
        """
        told = [each for each in known if each[0]]
        if not told:
            return True
        kinds, values, surrogates = zip(*told, strict=True)
        identifiers = [surrogate[-ID_LENGTH - 1 : -1] for surrogate in surrogates]
        if self.planted and not self.planted.isdisjoint(identifier[2:] for identifier in identifiers):
            return False
        # There may be hundreds: made without a step of Python for each.
        rows = zip(kinds, map(label_of, kinds), surrogates, values, strict=True)
        taken = dict(zip(identifiers, map(tuple.__new__, repeat(Pair), rows), strict=True))
        self._owners |= taken
        self._pairs |= taken
        for item in taken.items():
            kind, _, _, value = item[1]
            self._by_value.setdefault((kind, value), item)
        return True

    def keyed_hash(self, entity_type: str, value: str) -> str:
        """Return 65 bits of a keyed digest of `value`, in the id's alphabet.

        It is the same in all conversations of a tenant, which is what `hash` is for: joining without knowing.
        """
        self._hash_key = self._hash_key or self._derived("hash")
        return _spell(_mac(self._hash_key, entity_type, value), _HASH_LENGTH)

    @property
    def irreversible(self) -> SurrogateMint:
        """A view that mints the same surrogates but never puts a pair into the restore map."""
        return _Irreversible(self)

    @property
    def pairs(self) -> Mapping[str, Pair]:
        """The restorable pairs by id."""
        return self._pairs

    @property
    def planted(self) -> frozenset[str]:
        """Ends of everything in the request, or in earlier turns, that could be read as an id."""
        if self._planted is None:
            self._planted = _planted_ends(self._incoming) | self._blocked
            self._incoming = ()
        return self._planted

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where this request's own surrogates stand in `text`, exactly as minted, restorable or not.

        For a recognizer's sake: what it finds inside such a span is an artefact.
        """
        found: list[tuple[int, int]] = []
        # Each ends as a tag does, and few texts hold any; to look for ids takes as long as for an expression.
        end = text.find(">") + 1 if self._owners else 0
        while end:
            pair = self._owners.get(text[max(end - ID_LENGTH - 1, 0) : end - 1])
            if pair is not None and text.endswith(pair.surrogate, 0, end):
                found.append((end - len(pair.surrogate), end))
            end = text.find(">", end) + 1
        return found

    def _mint(self, entity_type: str, value: str) -> tuple[str, Pair]:
        known = self._by_value.get((entity_type, value))
        if known is not None:
            return known
        planted = self.planted
        for salt in range(_SALTS):
            identifier = self._identify(entity_type, value, salt)
            if identifier not in self._owners and identifier[2:] not in planted:
                label = label_of(entity_type)
                pair = Pair(entity_type, label, f"<{label}_{identifier}>", value)
                self._owners[identifier] = pair
                self._by_value[(entity_type, value)] = (identifier, pair)
                return identifier, pair
        raise TransformError(f"no free surrogate for a {entity_type} after {_SALTS} attempts")

    def _derived(self, use: str, *parts: bytes) -> bytes:
        """Return the tenant's key for one use, derived as HKDF's expand step does (RFC 5869).

        Made when it is first needed: most requests mint nothing.
        """
        return _mac(_tenants(self._key, self._tenant), use, *parts)

    def _identify(self, entity_type: str, value: str, salt: int) -> str:
        if not self._conversation_key:
            anchor = hashlib.sha256(str(self._conversation).encode("utf-8", "surrogatepass")).digest()
            self._conversation_key = self._derived("conversation", anchor)
        return _spell(_mac(self._conversation_key, entity_type, value, salt.to_bytes(2, "big")), ID_LENGTH)


class _Irreversible:
    """Mints without remembering for restoring; handed to operators that are not restorable (invariant 5)."""

    __slots__ = ("_mint",)

    def __init__(self, mint: Surrogates) -> None:
        self._mint = mint

    def surrogate(self, entity_type: str, value: str) -> str:
        return self._mint._mint(entity_type, value)[1].surrogate  # noqa: SLF001  # the view of a class in this module

    def keyed_hash(self, entity_type: str, value: str) -> str:
        return self._mint.keyed_hash(entity_type, value)


def _planted_ends(texts: Iterable[str]) -> frozenset[str]:
    """Return the last 9 characters of everything in `texts` that could be read as an id."""
    texts = list(texts)
    # Nearly always there is none, which a sketch of all texts shows in a third of the time that the expression takes.
    if "a".join(texts).encode("utf-8", "surrogatepass").translate(_SKETCH, _BETWEEN).find(_SKETCHED_END) < 0:
        return frozenset()
    return frozenset(first + _NOT_ID.sub("", rest).lower() for text in texts for first, rest in _PLANTED.findall(text))
