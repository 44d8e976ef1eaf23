"""The recogniser of credentials that packs cannot describe: named, told, armoured, and seed phrases.

Kinds with a shape of their own (`ghp_…`, `AKIA…`) are in `classifiers/packs/credentials-*.yaml`. Both may find the same
value; whoever resolves overlaps keeps the better one. Findings name what found them, so that policies and audits
can tell a certain key from a value that merely stands beside the word "token".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import Final

from gateway.core.codes import WRAPPERS, is_access_code, spaced, unwrapped
from gateway.core.model import OPAQUE, Finding, Segment
from gateway.core.protocols import Cues
from gateway.detect import armour, assignments, columns, manifests, pins, statements
from gateway.detect.armour import find_armoured, find_long, find_tokens
from gateway.detect.assignments import find_assignments
from gateway.detect.columns import find_columns
from gateway.detect.entropy import is_sample
from gateway.detect.gates import fold
from gateway.detect.labels import Label, label_of
from gateway.detect.manifests import find_manifests
from gateway.detect.normalize import unfolded
from gateway.detect.pins import find_pins
from gateway.detect.places import Begun, Reader, Reading, Scores
from gateway.detect.secret_values import Secret, judged
from gateway.detect.seeds import SIGN_ROW, SeedPhrases
from gateway.detect.statements import find_statements

__all__ = ["CREDENTIAL", "READER", "SAID", "SecretRecognizer", "held_in"]

CREDENTIAL: Final = "CREDENTIAL"

_Finder = Callable[[Reading], list[Secret]]
_Begun = Collection[Begun]
_Found = tuple[str, Secret]
"""A secret, and by which name it is found."""
_MAX_FIELD: Final = 4_096
_MAX_CODE: Final = 10
"""Digits of the longest PIN or code of a door."""
_NUMBERED: Final = " 0123456789"
SAID: Final = frozenset({"content", "text", "input", "output", "description"})
"""Keys of what is said, in nearly every request: they name no secret."""
_SIGNS: Final = frozenset((*armour.SIGNS, *assignments.SIGNS, *statements.SIGNS))
_LITERALS: Final = tuple(sorted({*_SIGNS, *columns.NUMBERED}))
_HINTS: Final = frozenset(
    (
        *(f"pass{rest}" for rest in ("w", "ph", "c", "k", "ord", "e", *" =:\"'`-_>|\\(,*]")),
        *("pw", "psw", "mdp", "secret", "credential", "creds", "kennw", "losungs", "zugangs", "anmelded", "wlan-schl"),
        *("fi key", "network key", "wpa key", "wpa2 key", "clé wi", "code d", "mot de", "contrase", "clave", "parola"),
        *("chiave", "wachtw", "senha", "palavra", "haslo", "hasło", "kod dost", "senord", "adgangskode", "salasana"),
        *("heslo", "jelsz", "ifre", "парол", "код дост", "密", "口令", "パスワード", "비밀번호", "סיסמה", "كلمة"),
        *("κωδικός", "mật khẩu", "kata sandi", "पासवर्ड", "รหัสผ่าน"),
        *("login", "log-in", "identifiants", "inloggegevens", "seed phrase", "mnemonic", "geheim", "segreto"),
        *("证码", "驗證碼", "校验码", "动态码", "認証コード", "確認コード", "暗証番号", "pinコード", "pin码", "pin碼"),
        *("인증", "보안 코드", "보안코드", "код подтверждения"),
    )
)
"""What a secret of ordinary words, or of a few digits alone, is told behind."""


_ARMOUR: Final = Begun(re.compile("|".join(map(re.escape, armour.SIGNS))))
_ALL: Final = (
    _ARMOUR,
    *assignments.EXPRESSIONS,
    *statements.EXPRESSIONS,
    *pins.EXPRESSIONS,
    *columns.EXPRESSIONS,
    *manifests.EXPRESSIONS,
)
READER: Final = Reader(_ALL)
"""Reads texts for all finders at once."""

_find_literals: Callable[[str], list[int]] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _literals

    _find_literals = _literals.Literals([(fold(literal), True) for literal in _LITERALS]).held


def held_in(text: str) -> frozenset[str]:
    """Return which of the finders' signs are in `text`: whatever is found has one of its finder's, or is a row."""
    if _find_literals is not None:
        return frozenset([_LITERALS[number] for number in _find_literals(text)])
    folded = text.lower()
    return frozenset([literal for literal in _LITERALS if literal in folded])


class _Told:
    """What was told of texts and of the keys that lead to them: of many leaves that are alike, once.

    Attributes:
        secrets: what stands in each text, whatever leads to it.
        scores: what was said of values, in texts (`Reading.scores`) and behind keys.
    """

    __slots__ = ("_codes", "_labels", "_samples", "scores", "secrets")

    def __init__(self) -> None:
        self.secrets: dict[str, list[_Found]] = {}
        self.scores: Scores = {}
        self._samples: dict[str, bool] = {}
        self._codes: dict[str, str] = {}
        self._labels: dict[str, Label | None] = {}

    def field(self, segment: Segment) -> Iterator[Finding]:
        """Judge the whole text by the key that leads to it: `{"password": "…"}` in a tool call's arguments."""
        text = segment.text
        if not text or len(text) > _MAX_FIELD:
            return
        key = segment.context[-1]
        name = unwrapped(segment.context) if key in WRAPPERS else key
        if name not in self._labels:
            self._labels[name] = label_of(name)
        label = self._labels[name]
        if label is None:
            yield from self._code(segment, name)
            return
        score = judged(text, label, self.scores)
        if score is not None and not self.is_sample(text):
            yield Finding(segment.path, CREDENTIAL, 0, len(text), score, "secret_field")

    def _code(self, segment: Segment, name: str) -> Iterator[Finding]:
        """Judge a number that the key `name` leads to as if a text told it: `door code: 4711`."""
        text = segment.text
        if len(text) > 2 * _MAX_CODE or not text.replace(" ", "").isdecimal():
            return
        if name not in self._codes:
            self._codes[name] = f"{spaced(name).rstrip(_NUMBERED)}: " if is_access_code(name) else ""
        said = self._codes[name]
        for secret in find_pins(READER.read(said + text)) if said else ():
            if not self.is_sample(text):
                yield Finding(segment.path, CREDENTIAL, 0, len(text), secret.score, "access_code")

    def is_sample(self, value: str) -> bool:
        """Tell whether a value is a documented sample in disguise; one in plain text was told apart before."""
        if len(value) >= _MAX_FIELD:
            return False
        known = self._samples.get(value)
        if known is None:
            known = self._samples[value] = any(is_sample(view.text.strip()) for view in unfolded(value))
        return known


class SecretRecognizer:
    """Finds secrets by what stands around them or by their armour.

    Args:
        seed_words: the BIP-39 list in its order; empty: seed phrases are not looked for.

    Raises:
        ConfigurationError: if `seed_words` is neither empty nor such a list.
    """

    name = "secrets"
    entity_types = frozenset({CREDENTIAL})

    def __init__(self, seed_words: Sequence[str] = ()) -> None:
        self._finders: tuple[tuple[str, _Finder, _Begun], ...] = (
            ("private_key", _armoured(find_armoured), (_ARMOUR,)),
            ("json_web_token", _armoured(find_tokens), (_ARMOUR,)),
            ("long_token", _armoured(find_long), (_ARMOUR,)),
            ("named_secret", find_assignments, assignments.EXPRESSIONS),
            ("told_secret", find_statements, statements.EXPRESSIONS),
            ("access_code", find_pins, pins.EXPRESSIONS),
            ("secret_column", find_columns, columns.EXPRESSIONS),
            ("secret_manifest", find_manifests, manifests.EXPRESSIONS),
        )
        self._seeds = SeedPhrases(seed_words) if seed_words else None

    def only(self, types: frozenset[str]) -> SecretRecognizer:  # noqa: ARG002 - it finds one type
        """Return itself."""
        return self

    def signs(self, text: str) -> int:
        """Return the kinds of signs in `text`, to which no key leads: telling ones, words of access codes, digits."""
        held = held_in(text)
        if not held.isdisjoint(_SIGNS) or (self._seeds is not None and self._seeds.may_find(text)):
            return 1
        return 2 * (not held.isdisjoint(columns.NUMBERED)) + 4 * any(map(str.isdecimal, text))

    def cues(self) -> Cues:
        """Return what the signs are made of."""
        listed = self._seeds.words if self._seeds is not None else frozenset[str]()
        return Cues(
            _SIGNS,
            numbered=frozenset(columns.NUMBERED),
            hints=_HINTS,
            listed=listed,
            row=SIGN_ROW if listed else 0,
            marked=True,
        )

    def may_find(self, signs: int) -> bool:
        """Return whether anything may be found in a text with such signs."""
        return signs & 1 == 1 or signs & 6 == 6  # noqa: PLR2004 - bits

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        """Return the credentials in `segments`; the same value may be found by several names."""
        told = _Told()
        return [finding for segment in segments for finding in self._segment(segment, told)]

    def _segment(self, segment: Segment, told: _Told) -> Iterator[Finding]:
        if segment.kind is OPAQUE:
            return
        text = segment.text
        found = told.secrets.get(text)
        if found is None:
            found = told.secrets[text] = list(self._secrets(text, told))
        for name, secret in found:
            yield Finding(segment.path, CREDENTIAL, secret.start, secret.end, secret.score, name)
        if segment.context and segment.context[-1] not in SAID:
            yield from told.field(segment)

    def _secrets(self, text: str, told: _Told) -> Iterator[_Found]:
        """Yield what stands in a text, whatever leads to it."""
        reading = READER.read(text, told.scores)
        held = reading.held
        for name, find, begun in self._finders if held is None or held else ():
            for secret in find(reading) if held is None or not held.isdisjoint(begun) else ():
                if not told.is_sample(text[secret.start : secret.end]):
                    yield name, secret
        for secret in self._seeds.find(reading) if self._seeds is not None else ():
            yield "seed_phrase", secret


def _armoured(find: Callable[[str], list[Secret]]) -> _Finder:
    """Return a finder that looks only at texts with a sign of armour."""
    return lambda reading: find(reading.text) if reading.holds(_ARMOUR) else []
