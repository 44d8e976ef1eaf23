import base64
import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.entropy import (
    _USUAL,
    _changes,
    _even,
    _letters_random,
    bits_per_character,
    is_documented,
    is_masked,
    is_placeholder,
    is_sequence,
    is_uuid,
    looks_random,
    words,
)


@pytest.mark.parametrize(
    "text",
    [
        "changeme", "<your-key>", "xxxxxxxxxx", "********", "${DB_PASSWORD}", "$DB_PASSWORD", "$(cat secret)", "{{ token }}",
        "{password}", "%(password)s", "%PASS%", "YOUR_API_KEY", "your-api-key-here", "yourpassword", "REPLACE_ME", "insert key",
        "my-secret-token", "smtp_password", "mysecretpassword", "password", "password1", "SOME_PASSWORD", "[redacted]", "...",
        "AKIAIOSFODNN7EXAMPLE", "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "__TOKEN__",
        "api_key_here", "&lt;password&gt;", "@@PASSWORD@@", "#{ENV['PASS']}", "", "   ",
    ],
)  # fmt: skip
def test_a_stand_in_is_no_secret(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    ["hunter2", "Tr0ub4dor&3", "open_sesame", "admin", "secret", "Secret123", "Pass123!@#", "password-7391", "#gets0m3", "$uperS3cret!"],
)  # fmt: skip
def test_a_bad_password_is_still_a_secret(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize("text", ["123456", "abcdef", "a1b2c3d4e5f6", "987654321", "aaaaaa", "7890123"])
def test_counting_is_a_sequence(text: str) -> None:
    assert is_sequence(text)


@pytest.mark.parametrize("text", ["4711", "hunter2", "2f7a9c1e", "qwerty", "83910472"])
def test_a_sequence_is_nothing_else(text: str) -> None:
    assert not is_sequence(text)


@pytest.mark.parametrize(
    "text",
    [
        "AP7JaG9ToerxBc6gWP5LcU2CNpb", "vzihlaquknriqlht", "9f8e7d6c5b4a39281706f5e4d3c2b1a0a7", "2397f603-c2c4-4897-a8ca-587ace5dc8dd",
        "zpczok4kqgnw5prpfy3ehiylbqvgbjfkdiqkejsxqamy7qbkep7q", "fnhqAakzWrX-mtFQ4PRdMoy0", "77yg7tx91p4lag",
    ],
)  # fmt: skip
def test_what_a_machine_made_looks_random(text: str) -> None:
    assert looks_random(text)


@pytest.mark.parametrize(
    "text",
    [
        "getMasterUserPassword", "my_secret_key_2", "projects/foo/secrets/bar", "internationalization", "gpt-4-turbo-2024-04-09",
        "text-embedding-3-small", "k8s-prod-eu-west-1-node-02", "https://example.com/a1B2c3D4", "2024-05-01T12:30:00Z",
        "v1.2.3-beta.4", "192.168.100.200", "some words with 1 digit", "sha256:abc", "arn:aws:s3:::x1y2z3", "user.name1@example.com",
        "aaaaaaaaaaaaaaaaaaaa", "1234567890123456", "short1A", "claude-3-5-sonnet-20241022",
    ],
)  # fmt: skip
def test_what_people_write_does_not_look_random(text: str) -> None:
    assert not looks_random(text)


@given(st.binary(min_size=24, max_size=64).filter(lambda data: len(set(data)) > 20))
def test_nearly_all_random_bytes_in_base64_hold_more_entropy_than_words(data: bytes) -> None:
    assert bits_per_character(base64.b64encode(data).decode()) > 3


@given(st.text(max_size=300))
def test_no_text_breaks_a_judgement(text: str) -> None:
    assert isinstance(looks_random(text), bool)
    assert isinstance(is_placeholder(text), bool)
    assert isinstance(is_masked(text), bool)
    assert isinstance(is_documented(text), bool)
    assert 0 <= bits_per_character(text) <= 9


@given(st.sampled_from("xX*.#•"), st.integers(6, 80), st.text(string.ascii_letters, max_size=8))
def test_a_run_of_a_filling_character_is_a_mask(character: str, count: int, before: str) -> None:
    assert is_masked(before + character * count)


def test_words_of_an_identifier() -> None:
    assert words("fbApiKey2_old-DB.Pass") == ["fb", "api", "key", "2", "old", "db", "pass"]


def test_a_uuid_is_told() -> None:
    assert is_uuid("2397f603-c2c4-4897-a8ca-587ace5dc8dd")
    assert not is_uuid("2397f603-c2c4-4897-a8ca-587ace5dc8d")


def test_the_sample_token_of_the_standard_is_documented() -> None:
    assert is_documented("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c")


ASCII = st.text(st.sampled_from(string.ascii_letters + string.digits + "-_./+ "), min_size=60, max_size=140)


def by_hand(value: str) -> int:
    """Return `_changes`, character by character."""
    kinds = [(one.isupper(), one.islower(), one.isdigit()) for one in value]
    borders = [(one, other) for one, other in pairwise(kinds) if any(one) and any(other) and one != other]
    return sum(not (one[0] and other[1]) for one, other in borders)


@given(ASCII | st.text(st.sampled_from("abcABC123-"), min_size=60, max_size=70))
def test_long_values_are_judged_as_short_ones_are(value: str) -> None:
    letters = "".join(filter(str.isalpha, value)).lower()
    digits = "".join(filter(str.isdigit, value))
    usual = sum(one + other in _USUAL for one, other in pairwise(letters)) / max(1, len(letters) - 1)

    assert _changes(value) == by_hand(value)
    for kind, size in ((letters, 26), (digits, 10)):
        steps = [(ord(other) - ord(one)) % size for one, other in pairwise(kind)]
        assert _even(kind.encode(), size) == sum(step in {0, 1, 9, 25} for step in steps)
    assert _letters_random(letters) == (usual < 0.55)
