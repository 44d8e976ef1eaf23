"""Secrets of Kubernetes and Terraform, and JSON Web Keys: only the kind of the object says that it holds any.

In the `data` of a Kubernetes `Secret` each value is one, in base64 and under any name (`config: cThadDJt…`); so is the
`result` of Terraform's `random_password`. Values are judged as passwords are: user names and addresses stand among
them. A JSON Web Key tells by `kty` that its `d` is one (`bare`).

Where leaves of JSON are known (`held_by`), values are put behind the word "password" and read like any text. A
recogniser must not do that: what is found in a leaf is remembered for it alone, and holds whatever stands beside it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.core.model import Segment
from gateway.detect.bare import MEMBERS, is_member
from gateway.detect.labels import Label
from gateway.detect.parts import Parts
from gateway.detect.places import Begun, Reading
from gateway.detect.secret_values import STRONG, Secret, judge

__all__ = ["EXPRESSIONS", "KINDS", "SIGNS", "find_manifests", "held_by"]

_KIND: Final = Begun(re.compile(r"kind\\{0,3}[\"']?[ \t]{0,4}:[ \t]{0,4}\\{0,3}[\"']?secret(?![\w-])"))
_RANDOM: Final = Begun(re.compile(r"random_password(?![\w-])"))
EXPRESSIONS: Final = (_KIND, _RANDOM)
SIGNS: Final = ("secret", "pass")
"""In lower case; one of these is in any text in which something is found."""
_FIELDS: Final = frozenset({"data", "stringData"})
"""Members of a Kubernetes secret that hold its values."""
_WEB_KEYS: Final = frozenset({"oct", "OKP", "EC", "RSA", "AKP"})
_NAMED: Final = {"Secret": "kind", "random_password": "type", **dict.fromkeys(_WEB_KEYS, "kty")}
KINDS: Final = frozenset(_NAMED)
"""What an object says of itself that holds secrets."""
_ENOUGH: Final = 256
"""Characters of a JSON Web Key's member that tell what it is."""
_LABEL: Final = "password: "
_LEAVES: Final = 64
"""Leaves before and behind the kind that are looked at."""
_RESULT: Final = re.compile(r"[\"']result[\"']\s{0,8}:\s{0,8}[\"'](?P<v>[^\"'\s]{4,256})[\"']")
_BLOCK: Final = re.compile(
    r"^(?P<indent>[ ]{0,40}(?:-[ ])?)(?:data|stringData):[ \t]{0,8}(?:#[^\n]{0,200})?\r?$", re.MULTILINE
)
_LINE: Final = re.compile(r"(?P<indent>[ ]*+)(?P<said>[^\r\n]*+)\r?(?:\n|\Z)")
_VALUE: Final = re.compile(
    r"[\"']?[\w.-]{1,253}[\"']?:[ \t]{1,8}[\"']?(?P<v>[^\s\"'#]{4,4096})[\"']?[ \t]{0,8}(?:#[^\n]{0,200})?\Z"
)
_OBJECT: Final = re.compile(r"[\"'](?:data|stringData)[\"']\s{0,8}:\s{0,8}\{(?P<members>[^{}]{0,65536})\}")
_MEMBER: Final = re.compile(r"[\"'][\w.-]{1,253}[\"']\s{0,8}:\s{0,8}[\"'](?P<v>[^\"'\s]{4,4096})[\"']")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}")
_AROUND: Final = 16_384
"""Characters before and behind the kind in which its values are looked for."""
_NEAR: Final = 4_096


def find_manifests(reading: Reading) -> list[Secret]:
    """Return the values of secrets in the manifests and states that a text holds."""
    return list(_found(reading))


def _score_of(value: str) -> float | None:
    """Return how sure a value of a Kubernetes secret is one; None if it is none."""
    return judge(_decoded(value), Label.PASSWORD)


def _decoded(value: str) -> str:
    """Return what a value stands for, if it is text in base64; else itself."""
    if len(value) % 4 or _BASE64.fullmatch(value) is None:
        return value
    try:
        decoded = base64.b64decode(value, validate=True).decode().strip()
    except ValueError:
        return value
    return decoded if decoded.isprintable() else value


def held_by(values: Sequence[Segment], place: int) -> Iterator[Parts]:
    """Yield the values of the secret whose kind is told by the leaf at `place`, each behind the word of a password.

    Args:
        values: all leaves, in order.
        place: of one whose text is among `KINDS`.
    """
    kind = values[place]
    if kind.context[-1:] != (_NAMED[kind.text],):
        return
    whole = _parent(kind.path) + "/"
    for leaf in values[max(place - _LEAVES, 0) : place + _LEAVES]:
        value = _value(leaf, kind.text) if leaf.path.startswith(whole) else None
        if value:
            yield Parts(_LABEL + value, (), (leaf,), len(_LABEL))


def _value(leaf: Segment, kind: str) -> str | None:
    """Return the value that a leaf holds for an object of this kind, decoded; None if it holds none."""
    context = leaf.context
    if kind in _WEB_KEYS:
        if not context or context[-1] not in MEMBERS or not is_member(leaf.text):
            return None
        # A mark at an end of it would count as the sentence's.
        return leaf.text[:_ENOUGH].replace("-", "0").replace("_", "1").rstrip("=")
    if kind == "Secret":
        return _decoded(leaf.text) if len(context) > 1 and context[-2] in _FIELDS else None
    return leaf.text if context[-1:] == ("result",) else None


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _found(reading: Reading) -> Iterator[Secret]:
    text = reading.text
    done = 0
    for match in reading.matches(_KIND):
        if match.start() < done:
            continue
        begin = max(match.start() - _AROUND, done, text.rfind("\n---", done, match.start()))
        end = text.find("\n---", match.end(), match.end() + _AROUND)
        end = min(match.end() + _AROUND, len(text)) if end < 0 else end
        done = end
        part = text[begin:end]
        for start, stop in (*_in_yaml(part), *_in_json(part)):
            score = _score_of(part[start:stop])
            if score is not None:
                yield Secret(begin + start, begin + stop, score)
    done = 0
    for match in reading.matches(_RANDOM):
        result = _RESULT.search(text, max(match.end(), done), match.end() + _NEAR)
        if result is not None:
            done = result.end()
            yield Secret(*result.span("v"), STRONG)


def _in_yaml(text: str) -> Iterator[tuple[int, int]]:
    for block in _BLOCK.finditer(text):
        for line in _LINE.finditer(text, block.end() + 1):
            if line["said"] and len(line["indent"]) <= len(block["indent"]):
                break
            member = _VALUE.match(text, line.start("said"), line.end("said"))
            if member is not None:
                yield member.span("v")


def _in_json(text: str) -> Iterator[tuple[int, int]]:
    for found in _OBJECT.finditer(text):
        for member in _MEMBER.finditer(text, *found.span("members")):
            yield member.span("v")
