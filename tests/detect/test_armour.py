import base64
import json
import random
import textwrap
from collections.abc import Callable

import pytest

from gateway.detect.armour import find_armoured, find_long, find_tokens

DRAW = random.Random(39)


def body(size: int = 1_200) -> str:
    return base64.b64encode(DRAW.randbytes(size)).decode()


def lines(text: str, width: int = 64) -> str:
    return "\n".join(textwrap.wrap(text, width))


def pem(kind: str, size: int = 1_200) -> str:
    return f"-----BEGIN {kind}-----\n{lines(body(size))}\n-----END {kind}-----"


KINDS = [
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [48, 1_200, 9_000])
def test_the_whole_block_is_found(kind: str, size: int) -> None:
    block = pem(kind, size)
    text = f"my key:\n{block}\nplease check"
    (secret,) = find_armoured(text)

    assert (text[secret.start : secret.end], secret.score) == (block, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda block: json.dumps(block)[1:-1],
        lambda block: block.replace("\n", "\r\n"),
        lambda block: block.replace("\n", "\n    "),
        lambda block: block.replace("\n", '" +\n"'),
        lambda block: block.replace("\n", " "),
        lambda block: block.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B2C\n\n", 1),
    ],
)
def test_armour_in_other_clothes_is_found(change: Callable[[str], str]) -> None:
    text = change(pem("RSA PRIVATE KEY"))
    (secret,) = find_armoured(f"KEY='{text}'")

    assert secret.end - secret.start == len(text)


def test_a_key_without_its_end_is_found_as_far_as_it_goes() -> None:
    block = pem("RSA PRIVATE KEY").rpartition("\n")[0]
    (secret,) = find_armoured(block)

    assert (secret.start, secret.end) == (0, len(block))


def test_two_keys_are_two_findings() -> None:
    text = pem("EC PRIVATE KEY", 120) + "\nand\n" + pem("PRIVATE KEY", 120)

    assert len(find_armoured(text)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n<your key>\n-----END RSA PRIVATE KEY-----",
        "What does -----BEGIN RSA PRIVATE KEY----- mean? It is the first line of a file that holds a key in PEM form, they say",
        pem("PUBLIC KEY"),
        pem("CERTIFICATE"),
        "PuTTY-User-Key-File-2: is how such files begin",
    ],
)
def test_armour_without_a_private_key_is_not_found(text: str) -> None:
    assert find_armoured(text) == []


def test_a_key_in_base64_is_found() -> None:
    text = base64.b64encode(pem("RSA PRIVATE KEY").encode()).decode()
    (secret,) = find_armoured(f"tls.key: {text}")

    assert secret.end - secret.start == len(text)
    assert find_armoured("tls.crt: " + base64.b64encode(pem("CERTIFICATE").encode()).decode()) == []


def test_a_putty_key_is_found() -> None:
    private = f"Private-Lines: 8\n{lines(body(384))}\nPrivate-MAC: {'0a1b2c3d' * 5}"
    text = (
        f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 2\n{lines(body(90))}\n{private}\n"
    )
    (secret,) = find_armoured(text)

    assert text[secret.start : secret.end] == private


def token(header: object, parts: int = 2) -> str:
    first = base64.urlsafe_b64encode(json.dumps(header, separators=(",", ":")).encode()).rstrip(b"=").decode()
    others = [base64.urlsafe_b64encode(DRAW.randbytes(40)).rstrip(b"=").decode() for _ in range(parts)]
    return ".".join([first, *others])


def test_a_token_with_a_header_is_certain() -> None:
    jwt = token({"alg": "RS256", "typ": "JWT"})
    text = f"Authorization: Bearer {jwt}."
    (secret,) = find_tokens(text)

    assert (text[secret.start : secret.end], secret.score) == (jwt, 1)


def test_a_long_token_is_found_whole() -> None:
    jwt = token({"alg": "RS256", "x5c": [body(6_000)]})
    (secret,) = find_tokens(jwt)

    assert (secret.start, secret.end) == (0, len(jwt))


def test_an_encrypted_token_of_five_parts_is_found_whole() -> None:
    jwe = token({"alg": "RSA-OAEP", "enc": "A256GCM"}, parts=4)
    (secret,) = find_tokens(jwe)

    assert secret.end == len(jwe)


def test_a_token_with_a_broken_header_is_likely() -> None:
    (secret,) = find_tokens("eyJhbGciOiJIUzI1NiIsEnR5" + token({"alg": "HS256"})[20:])

    assert 0.5 < secret.score < 1


@pytest.mark.parametrize(
    "text",
    [
        "eye.eyeable.should",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 is a header",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "A" * 20 + token({"alg": "HS256"}),
    ],
)
def test_what_is_no_token_or_the_documented_one_is_not_found(text: str) -> None:
    assert find_tokens(text) == []


def test_a_vendors_long_token_is_found_whole() -> None:
    for start in ("ya29.", "IQoJb3JpZ2lu", "ops_eyJ", "pypi-AgE"):
        value = start + body(900).replace("+", "a").replace("/", "b").rstrip("=")
        (secret,) = find_long(f"token {value} ends")
        assert secret.end - secret.start == len(value)
