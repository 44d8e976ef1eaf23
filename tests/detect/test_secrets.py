import random
from pathlib import Path

import pytest

from gateway.core.codes import WRAPPERS
from gateway.core.model import Segment
from gateway.core.protocols import Recognizer
from gateway.detect import armour, assignments, columns, manifests, pins, statements
from gateway.detect.labels import label_of
from gateway.detect.places import Reading
from gateway.detect.secrets import _LITERALS, CREDENTIAL, SAID, SecretRecognizer, held_in

WORDS = (Path(__file__).parents[2] / "classifiers" / "lists" / "bip39-english.txt").read_text("ascii").split()


def test_it_is_a_recognizer() -> None:
    assert isinstance(SecretRecognizer(), Recognizer)
    assert SecretRecognizer().entity_types == {CREDENTIAL}


def test_findings_carry_the_path_and_name_what_found_them() -> None:
    segments = [
        Segment("/a", "nothing here"),
        Segment("/b", "password = 'kV9r-Lampe3'"),
        Segment("/c", "the password is hunter2"),
    ]
    findings = SecretRecognizer().analyze(segments)

    assert [(finding.path, finding.recognizer) for finding in findings] == [
        ("/b", "named_secret"),
        ("/c", "told_secret"),
    ]


def test_a_seed_phrase_needs_the_list() -> None:
    segment = Segment("/a", "legal winner thank year wave sausage worth useful legal winner thank yellow")

    assert SecretRecognizer().analyze([segment]) == []
    assert [finding.recognizer for finding in SecretRecognizer(WORDS).analyze([segment])] == ["seed_phrase"]


@pytest.mark.parametrize(
    ("key", "text"), [("password", "hunter2"), ("apiKey", "8fKx2mQ9zLw4Rt7Yp1Vb"), ("client_secret", "dev#product")]
)
def test_a_key_that_names_a_secret_makes_its_whole_value_one(key: str, text: str) -> None:
    (finding,) = SecretRecognizer().analyze([Segment("/x/*0", text, context=("arguments", key))])

    assert (finding.start, finding.end, finding.recognizer) == (0, len(text), "secret_field")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("type", "string"),
        ("password", "string"),
        ("password", "The user's password."),
        ("token", "hello"),
        ("name", "hunter2"),
        ("key", "a"),
    ],
)
def test_other_keys_and_values_are_left(key: str, text: str) -> None:
    assert SecretRecognizer().analyze([Segment("/x/*0", text, context=("properties", key))]) == []


@pytest.mark.parametrize(
    "wrappers", [("v",), ("value",), ("current", "v"), ("data", "value"), ("current", "data", "value")]
)
def test_a_password_is_found_below_several_keys_that_say_nothing(wrappers: tuple[str, ...]) -> None:
    leaf = Segment("/x", "hunter2-Blue", context=("arguments", "password", *wrappers))

    assert [finding.recognizer for finding in SecretRecognizer().analyze([leaf])] == ["secret_field"]


@pytest.mark.parametrize("context", [("value",), ("data", "value"), ("password", "data", "current", "data", "value")])
def test_keys_that_say_nothing_are_looked_through_in_bounds(context: tuple[str, ...]) -> None:
    assert SecretRecognizer().analyze([Segment("/x", "hunter2-Blue", context=context)]) == []


@pytest.mark.parametrize("key", ["pin", "cardPin", "door_code", "alarmCode", "security_code", "otp", "pin2"])
def test_a_code_is_found_by_the_key_that_leads_to_it(key: str) -> None:
    found = SecretRecognizer().analyze([Segment("/x", "4821", context=("arguments", key))])

    assert [(one.start, one.end, one.recognizer) for one in found] == [(0, 4, "access_code")]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("status_code", "4040"),
        ("zip_code", "80331"),
        ("bank_code", "37040044"),
        ("pinCode", "110001"),
        ("pin", "12"),
        ("pin", "front"),
        ("pin", "48213456789"),
    ],
)
def test_no_code_is_found_by_a_key_or_a_number_of_another_kind(key: str, text: str) -> None:
    assert SecretRecognizer().analyze([Segment("/x", text, context=("arguments", key))]) == []


def test_no_key_of_what_is_said_names_a_secret_or_says_nothing() -> None:
    assert all(label_of(key) is None for key in SAID)
    assert SAID.isdisjoint(WRAPPERS)


def test_whatever_is_found_has_a_sign_of_its_finder() -> None:
    chance = random.Random(3)
    parts = [
        *_LITERALS,
        "is hunter2",
        ": ",
        "=",
        "4711",
        " ",
        "\n",
        "The ",
        "К",
        "K",
        "ſ",
        "İ",
        "PASS",
        "Straße ",
        "eyJ",
        '"aB3$kL9',
    ]
    signs = {
        "private_key": armour.SIGNS,
        "json_web_token": armour.SIGNS,
        "long_token": armour.SIGNS,
        "named_secret": assignments.SIGNS,
        "told_secret": statements.SIGNS,
        "access_code": pins.SIGNS,
        "secret_column": columns.SIGNS,
        "secret_manifest": manifests.SIGNS,
    }
    finders = SecretRecognizer()._finders
    assert [name for name, *_ in finders] == list(signs)
    for _ in range(5000):
        text = "".join(chance.choices(parts, k=chance.randrange(1, 8)))
        folded = text.lower()
        held = held_in(text)
        assert {literal for literal in _LITERALS if literal in folded} <= held
        for name, find, _ in finders:
            assert not find(Reading(text)) or not held.isdisjoint(signs[name]), (name, text)


def test_one_text_under_many_keys_is_told_by_each_of_them() -> None:
    keys = ("password", "name", "passwort", "key", "description", "note")
    segments = [Segment(f"/a/*{place}", "hunter2-Blue", context=(key,)) for place, key in enumerate(keys)]

    assert {found.path for found in SecretRecognizer().analyze(segments)} == {"/a/*0", "/a/*2"}


def test_what_a_text_says_itself_is_found_at_each_of_its_places() -> None:
    segments = [Segment(f"/a/*{place}", "password: hunter2-Blue", context=(f"k{place}",)) for place in range(3)]

    found = SecretRecognizer().analyze(segments)
    assert [(one.path, one.start) for one in found] == [(f"/a/*{place}", 10) for place in range(3)]
