"""Signs: whatever is found has one, whole or read in stretches; prose has none."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from gateway.adapters.presidio import PresidioRecognizer, rule_of
from gateway.core.model import Finding, Segment
from gateway.detect import sieves
from gateway.detect.families import families
from gateway.detect.hidden import find_all
from gateway.detect.packs import RecognizerPack, RecognizerSpec, load_packs
from gateway.detect.secrets import CREDENTIAL, SecretRecognizer
from gateway.detect.sieves import PatternSieve, Sieves
from tests.fakes.recognizers import FakeRecognizer

CLASSIFIERS: Final = Path(__file__).parents[2] / "classifiers"
PACKS: Final = load_packs({file.name: file.read_text("utf-8") for file in (CLASSIFIERS / "packs").glob("*.yaml")})
SEEDS: Final = (CLASSIFIERS / "lists" / "bip39-english.txt").read_text("ascii").split()
RECOGNIZERS: Final = (PresidioRecognizer(PACKS), SecretRecognizer(SEEDS))
SIEVES: Final = Sieves(RECOGNIZERS, frozenset({CREDENTIAL}))
PROSE: Final = (
    "The quarterly summary is ready: revenue grew by four percent, churn fell slightly, and the team recommends going "
    "on as before — for two months, from 2024-11-21 on, at 10:30, in GitHub and on page x86_64."
)


def found(text: str) -> list[Finding]:
    segments = (Segment("", text),)
    return [one for one in find_all(RECOGNIZERS, segments) if one.entity_type == CREDENTIAL]


def in_stretches(text: str, size: int) -> int:
    """Return the signs of `text`, read as a stream is: in stretches of words, each with 64 characters before it."""
    signs = at = 0
    while at < len(text):
        end = min(len(text), at + size)
        while end < len(text) and not text[end - 1].isspace():
            end += 1
        start = max(0, at - 64)
        while start > 0 and not text[start - 1].isspace():
            start -= 1
        signs |= SIEVES.signs(text[start:end])
        at = end
    return signs


def samples() -> Iterator[str]:
    for pack in PACKS:
        for spec in pack.recognizers if isinstance(pack, RecognizerPack) else ():
            if spec.supported_entity == CREDENTIAL and isinstance(spec, RecognizerSpec):
                yield from spec.examples
    yield " ".join(SEEDS[7 * place] for place in range(12))
    yield "The door code is 4711, and the alarm's combination: 8352."
    yield "Log in with password Sommer-2031 please."


def test_whatever_is_found_has_a_sign_whole_and_in_stretches_and_disguised() -> None:
    checked = 0
    for sample in samples():
        encoded = base64.b64encode(sample.encode()).decode()
        percent = "".join(f"%{byte:02x}" for byte in sample.encode())
        spaced = " ".join(f"{byte:02x}" for byte in sample.encode()[:120])
        said = f"the one that you have asked for with that mail: {sample} and that is that"
        turned = (said[::-1], codecs.encode(said, "rot13"))
        told = f"Dear all, {sample} is what it was."
        for text in (sample, told, encoded, percent, spaced, *turned, sample.replace("a", "а")):
            if not found(text):
                continue
            checked += 1
            signs = SIEVES.signs(text)
            assert SIEVES.may_find(signs), text
            assert SIEVES.finds(text, signs), text
            assert SIEVES.may_find(in_stretches(text, 8)), text
            assert SIEVES.may_find(in_stretches(text, 40)), text
    assert checked > 700


def test_compiled_and_in_python_the_signs_of_expressions_are_the_same() -> None:
    rules = [
        rule_of(spec)
        for pack in PACKS
        for spec in (pack.recognizers if isinstance(pack, RecognizerPack) else ())
        if isinstance(spec, RecognizerSpec) and spec.supported_entity in {CREDENTIAL, "SOFTWARE_LICENSE"}
    ]
    one, other = (PatternSieve(families(rules, 0.4), compiled=compiled) for compiled in (True, False))
    seen = set()
    for sample in samples():
        for text in (sample, sample.upper(), sample[1:], sample[: len(sample) // 2], f"K {sample}", f"é 中 {sample}"):
            assert one.signs(text) == other.signs(text), text
            seen.add(one.signs(text))
    assert len(seen) > 2


def test_prose_and_numbers_have_no_sign() -> None:
    assert not SIEVES.may_find(SIEVES.signs(PROSE))
    assert not SIEVES.may_find(SIEVES.signs("T000018576032834183 T000018576032840352 <PERSON_wz2zv5zd8tg>"))


@pytest.mark.parametrize("types", [None, frozenset({CREDENTIAL})])
def test_a_recognizer_without_signs_may_always_find_something(types: frozenset[str] | None) -> None:
    fake = FakeRecognizer({CREDENTIAL: "secret-word"})
    sieves = Sieves((fake,), types)
    assert sieves.may_find(sieves.signs(PROSE))
    assert not sieves.finds(PROSE, 0)
    assert sieves.finds("secret-word", 0)


def test_recognizers_of_other_types_are_left_out() -> None:
    sieves = Sieves((FakeRecognizer({"PERSON": "Ann"}),), frozenset({CREDENTIAL}))
    assert sieves.recognizers == ()
    assert not sieves.may_find(sieves.signs("Ann"))


@pytest.mark.parametrize(
    "start",
    [
        *(
            "sk-",
            "rsk_",
            "psk-",
            "gk_",
            "ghp_",
            "ghr_",
            "github_pat_",
            "glpat-",
            "AKIA",
            "ASIA",
            "AIza",
            "xoxb-",
            "xapp-",
        ),
        *("hf_", "npm_", "pypi-", "SG.", "eyJ", "ya29.", "dop_v1_", "shpat_", "xai-"),
    ],
)
def test_what_a_key_begins_with_may_go_on_in_pieces_anywhere_in_a_text(start: str) -> None:
    for text in (start, f"It is {start}", f"a{start}b", f"\n{start}\n"):
        assert sieves._is_disguised(text)
    assert not sieves._is_disguised(start[:-1])


@pytest.mark.parametrize(
    "text", ["01100001", " 01100001", "é01100001", "\n01100001", "12 34 56 78 ", "a12, 345; 67,89,"]
)
def test_bytes_and_characters_as_numbers_are_a_disguise(text: str) -> None:
    assert sieves._is_disguised(text)


@pytest.mark.parametrize("text", ["x01100001", "201100001", "0110000", "12 34 56 78", "1 23 45 67 "])
def test_other_digits_are_none(text: str) -> None:
    assert not sieves._is_disguised(text)
