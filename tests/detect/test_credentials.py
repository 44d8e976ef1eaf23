import base64
import zlib
from pathlib import Path

import pytest

from gateway.adapters.presidio import rule_of
from gateway.detect.checks import CHECKS
from gateway.detect.credentials import CREDENTIAL_CHECKS
from gateway.detect.engine import Scanner
from gateway.detect.packs import RecognizerPack, RecognizerSpec, load_packs

FILES = sorted((Path(__file__).parents[2] / "classifiers" / "packs").glob("credentials-*.yaml"))
SPECS = [
    spec
    for pack in load_packs({file.name: file.read_text("utf-8") for file in FILES})
    if isinstance(pack, RecognizerPack)
    for spec in pack.recognizers
    if isinstance(spec, RecognizerSpec)
]


ALL = Scanner([rule_of(spec) for spec in SPECS], threshold=0.3)
UNGATED = Scanner([rule_of(spec) for spec in SPECS], threshold=0.3, gated=False)


def test_there_are_many_kinds() -> None:
    assert len({spec.name for spec in SPECS}) >= 200


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_examples_are_found_and_near_misses_are_not(spec: RecognizerSpec) -> None:
    alone = Scanner([rule_of(spec)], threshold=0.01)

    assert spec.examples
    assert spec.near_misses
    assert [text for text in spec.examples if not alone.scan(text)] == []
    assert [text for text in spec.near_misses if alone.scan(text)] == []


def test_an_example_is_found_in_the_middle_of_a_text() -> None:
    for spec in SPECS:
        for example in spec.examples:
            text = f"Why does this fail?\n\n{example}\n\nIt worked on Monday."
            assert spec.name in {hit.recognizer for hit in ALL.scan(text)}, spec.name


def test_gates_hide_nothing() -> None:
    for spec in SPECS:
        for text in (*spec.examples, *spec.near_misses):
            assert sorted(ALL.scan(text)) == sorted(UNGATED.scan(text))


def base62(number: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, place = divmod(number, 62)
        text = digits[place] + text
    return text.rjust(6, "0")


BODY = "kV9rLampeQ7zWx2TmNb4YcHs8DfJ1g"


@pytest.mark.parametrize("prefix", ["ghp", "gho", "npm"])
def test_a_token_with_a_good_checksum_is_certain(prefix: str) -> None:
    check = CREDENTIAL_CHECKS["crc_token"]

    assert check(f"{prefix}_{BODY}{base62(zlib.crc32(BODY.encode()))}") is True
    assert check(f"{prefix}_{BODY}000001") is None
    assert check(f"{prefix}_{'x' * 36}") is False


@pytest.mark.parametrize(
    ("check", "text", "verdict"),
    [
        ("token_shape", "xoxb-1234567890-xxxxxxxxxxxx", False),
        ("token_shape", "xoxb-1839204756-kV9rLampe", None),
        ("secret_value", "<password>", False),
        ("secret_value", "hunter2", None),
        ("random_value", "compareTwoStrings", False),
        ("random_value", "kV9rLampeQ7zWx2TmNb4", None),
        ("random_value", "sk_test_4eC39HqLyjWDarjtT1zdp7dc", False),
        ("connection_password", "password", False),
        ("connection_password", "${DB_PASS}", False),
        ("connection_password", "yourpassword", False),
        ("connection_password", "****", False),
        ("connection_password", "secret", None),
        ("basic_auth", base64.b64encode(b"etl:kV9r-Lampe3").decode(), True),
        ("basic_auth", base64.b64encode(b"user:password").decode(), False),
        ("basic_auth", base64.b64encode(b"no colon here").decode(), False),
        ("basic_auth", "authentication", False),
        ("discord_token", base64.b64encode(b"839104756281930475").decode() + ".Gx.y", True),
        ("discord_token", "My.module.path", False),
        # The test vector of the Bitcoin wiki's article on the wallet import format.
        ("wallet_key", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", True),
        ("wallet_key", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK", False),
        ("wallet_key", "0OIl", False),
        # The test vector of NIP-19.
        ("bech32_key", "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5", True),
        ("bech32_key", "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe6", None),
        ("wireguard_key", "kV9r+LampeQ7zWx2TmNb4YcHs8DfJ1gPq6vR3tLw0Uk=", None),
        ("wireguard_key", "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=", False),
        ("wireguard_key", "tooshort", False),
        ("resource_name", "arn:aws:s3:::billing-archive/*", True),
        ("resource_name", "arn:aws:s3:::{bucket}", None),
        ("resource_name", "example-bucket.s3.amazonaws.com", None),
        ("recovery_codes", "8391-2204, 4410-9937", None),
        ("recovery_codes", "see your account", False),
    ],
)  # fmt: skip
def test_checks(check: str, text: str, verdict: bool | None) -> None:  # noqa: FBT001
    assert CREDENTIAL_CHECKS[check](text) is verdict


def test_checks_are_known_to_packs() -> None:
    assert CREDENTIAL_CHECKS.items() <= CHECKS.items()
