import base64
import json
import textwrap
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gateway.detect.bare import find_der, find_jwk

PKCS8, TRADITIONAL = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
OCT = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ7EstJQLr"
KEYS: list[tuple[PrivateKeyTypes, PrivateFormat]] = [
    (ed25519.Ed25519PrivateKey.generate(), PKCS8),
    (x25519.X25519PrivateKey.generate(), PKCS8),
    (ed448.Ed448PrivateKey.generate(), PKCS8),
    *(
        (ec.generate_private_key(curve), form)
        for curve in (ec.SECP256R1(), ec.SECP256K1(), ec.SECP384R1(), ec.SECP521R1())
        for form in (PKCS8, TRADITIONAL)
    ),
    *((rsa.generate_private_key(65537, size), form) for size in (1024, 2048, 3072) for form in (PKCS8, TRADITIONAL)),
    (dsa.generate_private_key(1024), TRADITIONAL),
]


def encoded(key: PrivateKeyTypes, form: PrivateFormat) -> str:
    return base64.b64encode(key.private_bytes(Encoding.DER, form, NoEncryption())).decode()


@pytest.mark.parametrize(("key", "form"), KEYS)
@pytest.mark.parametrize("width", [10_000, 64])
def test_a_private_key_in_base64_without_armour_is_found_to_its_end(
    key: PrivateKeyTypes, form: PrivateFormat, width: int
) -> None:
    value = "\n".join(textwrap.wrap(encoded(key, form), width))
    text = f"SIGNER={value}\nthanksforreadingitall and the rest"
    (secret,) = find_der(text)

    assert (text[secret.start : secret.end], secret.score) == (value, 1)


@pytest.mark.parametrize(("key", "form"), KEYS)
@pytest.mark.parametrize("spell", [str, str.upper])
def test_a_private_key_in_hexadecimal_digits_is_found_to_its_end(
    key: PrivateKeyTypes, form: PrivateFormat, spell: Callable[[str], str]
) -> None:
    value = spell(base64.b64decode(encoded(key, form)).hex())
    text = f"SIGNER={value} thanks"
    (secret,) = find_der(text)

    assert (text[secret.start : secret.end], secret.score) == (value, 1)


def test_keys_on_neighbouring_lines_are_all_found() -> None:
    values = [encoded(*KEYS[0]), encoded(*KEYS[3]), encoded(*KEYS[0])]
    text = "\n".join(values)

    assert [text[secret.start : secret.end] for secret in find_der(text)] == values


def test_a_key_in_base64_that_is_cut_off_is_found_as_far_as_it_goes() -> None:
    value = encoded(*KEYS[-2])[:400]
    (secret,) = find_der(f"key {value}.")

    assert (secret.start, secret.end) == (4, 404)


@pytest.mark.parametrize(
    "text",
    [
        "MC4CAQAwBQYDK2VwBCIEI is how such a key begins",
        "MC4CAQAwBQYDK2VwBCIEI" + "x" * 43,
        "302e020100300506032b657004220420" + "0" * 20,
    ],
)
def test_what_is_no_private_key_is_not_found_for_its_beginning(text: str) -> None:
    assert list(find_der(text)) == []


@pytest.mark.parametrize(("key", "form"), KEYS)
def test_public_keys_are_not_taken_for_private_ones(key: PrivateKeyTypes, form: PrivateFormat) -> None:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    assert list(find_der(f"{base64.b64encode(der).decode()} {der.hex()}")) == []


@pytest.mark.parametrize(
    "dump", [json.dumps, lambda jwk: json.dumps(jwk, indent=2), lambda jwk: json.dumps(json.dumps(jwk))]
)
@pytest.mark.parametrize(
    ("jwk", "private"),
    [
        ({"kty": "oct", "alg": "HS256", "k": OCT}, [OCT]),
        ({"k": OCT, "kty": "oct"}, [OCT]),
        ({"kty": "OKP", "crv": "Ed25519", "x": OCT[::-1], "d": OCT}, [OCT]),
        ({"kty": "RSA", "n": OCT * 8, "e": "AQAB", "d": OCT * 4, "p": OCT, "qi": OCT}, [OCT * 4, OCT, OCT]),
        ({"kty": "EC", "crv": "P-256", "x": OCT, "y": OCT}, []),
        ({"kty": "oct", "k": "your-secret-key-goes-here"}, []),
        ({"type": "oct", "k": OCT}, []),
        ([{"kty": "EC", "x": OCT}, {"k": OCT}, {"kty": "oct", "k": OCT}], [OCT]),
    ],
)
def test_the_private_members_of_a_json_web_key_are_found(
    dump: Callable[[object], str], jwk: object, private: list[str]
) -> None:
    text = f"my key {dump(jwk)} and more"

    assert [text[secret.start : secret.end] for secret in find_jwk(text)] == private
