"""How likely a value is the secret that the name beside it tells of.

The name decides what is asked (`gateway.detect.labels`). A person chooses a password: it may be a word, so that it has
to be told from all that is said of passwords and from code. A machine makes a token or a key: that shows
(`gateway.detect.entropy`), and what does not look so is one only if it is far from any word.

Scores: 0.85 made by a machine or strong; 0.65 a password with digits or marks; 0.5 a plain word of which a line says
that it is the password, and no more; 0.4 a plain word elsewhere in the place of a password. That is as often sample
code as it is a secret, so it lies below the threshold of the bundled policies.

Who calls has found the value and bounds it: what is asked here is linear in a few hundred characters.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.core.light import light
from gateway.detect.entropy import is_placeholder, is_sequence, is_uuid, looks_random, words
from gateway.detect.labels import Label, label_of
from gateway.detect.places import Scores

__all__ = [
    "ALL_CLASSES",
    "CALL_OR_INDEX",
    "CODE",
    "MEDIUM",
    "STATED",
    "STRONG",
    "WEAK",
    "Secret",
    "classes",
    "is_mixed",
    "is_telling",
    "judge",
    "judged",
]

STRONG: Final = 0.85
MEDIUM: Final = 0.65
STATED: Final = 0.5
WEAK: Final = 0.4

CALL_OR_INDEX: Final = re.compile(r"[A-Za-z_$][\w.:$\->?]{0,80}(?:\(.*\)|\(\Z|\[)|[\[({]|\$\(")
"""A call, an index or a list of a program, or what a shell puts the result of a command in place of."""
CODE: Final = re.compile(
    # Nothing here can be read in two ways: else sixteen steps of a value would be tried in all their combinations.
    r"[A-Za-z_]\w*+(?:(?>\.|::|->|\?\.|\?(?!\Z)|\+|&&|\|\|)\$?\w*+){0,16}+[;?:]?\Z"
)
"""An expression of a program: a name, or names with steps from one to the next."""
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
_SAID_OF_KEEPING: Final = re.compile(
    r"(?:sha|md|base|utf|argon|oauth|bcrypt|pbkdf|scrypt|aes|iso|rfc|v|min|max)[-_]?\d", re.IGNORECASE
)
"""`password (sha256)`: how passwords are kept, and what they must be."""
_MIN_PASSWORD: Final = 4
_STRONG_PASSWORD: Final = 8
_STRONG_CLASSES: Final = 3
ALL_CLASSES: Final = 4
"""As many as `classes` counts at most."""
_MAX_WORDS: Final = 6


@light(frozen=True, slots=True)
class Secret:
    """A secret in a text: its offsets in code points, `end` exclusive, and how sure it is one."""

    start: int
    end: int
    score: float


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
        strong = len(value) >= _STRONG_PASSWORD and classes(value) >= _STRONG_CLASSES and " " not in value
        digit = any(map(str.isdigit, value))
        return MEDIUM if strong and digit and _MARK.search(value) and not CODE.match(value) else None
    score = _judge_password(value)
    return score if score is None or label is Label.PASSWORD else min(score, MEDIUM if _MARK.search(value) else WEAK)


def judged(value: str, label: Label, scores: Scores) -> float | None:
    """Return what `judge` says, once for all with the same `scores`: values come again in views and leaves."""
    asked = value, label.value
    if asked not in scores:
        scores[asked] = judge(value, label)
    return scores[asked]


def _judge_password(value: str) -> float | None:
    """Return how likely a value is a password that does not look random, is long enough and no placeholder."""
    if value.lower() in _NOT_A_VALUE or _SELECTOR.match(value) or _KEYED_PATH.match(value):
        return None
    parts = value.split()
    if len(parts) > 1:
        prose = len(parts) > _MAX_WORDS or value[-1] in ".:?…" or any(p.lower() in _NOT_A_VALUE for p in parts)
        return None if prose or any(label_of(part) for part in parts) else WEAK
    named = words(value)
    digits = any(map(str.isdigit, value))
    if not digits and len(named) > 1 and any(label_of(word) is Label.PASSWORD for word in named):
        return None
    if len(value) >= _STRONG_PASSWORD and classes(value) >= _STRONG_CLASSES:
        return STRONG
    if value.isdigit() and is_sequence(value):
        return WEAK
    return MEDIUM if digits or _MARK.search(value) else WEAK


def classes(value: str) -> int:
    """Return of how many kinds the characters are: small letters, capitals, digits, marks."""
    return (
        any(map(str.islower, value))
        + any(map(str.isupper, value))
        + any(map(str.isdigit, value))
        + bool(_MARK.search(value))
    )


def is_telling(value: str) -> bool:
    """Tell whether nobody would take a password's value for something that is said of passwords: `bcrypt`, `min8`."""
    said = _SAID_OF_KEEPING.match(value) or CALL_OR_INDEX.match(value)
    return len(value) >= _STRONG_PASSWORD and is_mixed(value) and not said


def is_mixed(value: str) -> bool:
    """Tell whether a value holds both digits and letters."""
    return any(map(str.isdecimal, value)) and any(map(str.isalpha, value))
