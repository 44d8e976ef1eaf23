"""Forged and stale tokens: each differs from a good one in one thing, and none is accepted."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gateway.adapters.identity.jwks import Jwks
from gateway.adapters.identity.tokens import TokenVerifier
from gateway.core.errors import Unauthorized
from gateway.core.identity import Claims, Issuer
from gateway.core.model import Principal
from tests.fakes.issuer import (
    ISSUER,
    NOW,
    FakeIssuer,
    b64,
    claims,
    ec_key,
    ed_key,
    header,
    jwk,
    packed,
    rsa_key,
    signature,
    token,
)

SETTINGS: Final = Issuer(
    issuer=ISSUER,
    audience="gateway",
    jwks_url=f"{ISSUER}/jwks",
    algorithms=["RS256", "PS256", "ES256", "EdDSA"],
    claims=Claims(tenant="tid", purpose="purposes", groups="groups"),
    tenants=["acme", "globex"],
)


def listed() -> list[dict[str, Any]]:
    return [
        jwk("rsa-1", rsa_key("rsa-1")),
        jwk("ec-1", ec_key("ec-1")),
        jwk("ed-1", ed_key("ed-1")),
        jwk("p384", ec_key("p384", "P-384")),
        jwk("koblitz", ec_key("koblitz", "secp256k1")),
        jwk("ps-only", rsa_key("rsa-1"), alg="PS256"),
        jwk("encryption", rsa_key("rsa-1"), use="enc"),
        jwk("wrapping", rsa_key("rsa-1"), key_ops=["wrapKey"]),
        jwk("short", rsa_key("short", 1024)),
        jwk("published", rsa_key("rsa-1"), d="AQAB"),
        jwk("twice", rsa_key("rsa-1")),
        jwk("twice", rsa_key("other")),
        {"kid": "secret", "kty": "oct", "k": b64(b"s" * 32)},
    ]


def verifier() -> TokenVerifier:
    return TokenVerifier([(SETTINGS, Jwks(SETTINGS, FakeIssuer(listed())))], clock=lambda: NOW)


GOOD: Final[dict[str, Callable[[], str]]] = {
    "RS256": token,
    "PS256": lambda: token(header(alg="PS256")),
    "ES256": lambda: token(header(alg="ES256", kid="ec-1"), key=ec_key("ec-1")),
    "EdDSA": lambda: token(header(alg="EdDSA", kid="ed-1"), key=ed_key("ed-1")),
    "an access token's type": lambda: token(header(typ="at+jwt")),
    "a type written out": lambda: token(header(typ="application/AT+JWT")),
    "no type": lambda: token(header(typ=...)),
    "an unknown parameter that is not critical": lambda: token(header(nonce="n", x5t="t")),
    "several audiences": lambda: token(body=claims(aud=["other", "gateway"])),
    "expired within the leeway": lambda: token(body=claims(iat=NOW - 99, exp=NOW - 29)),
    "issued within the leeway": lambda: token(body=claims(iat=NOW + 29)),
    "not before now": lambda: token(body=claims(nbf=NOW)),
    "fractions of seconds": lambda: token(body=claims(exp=NOW + 0.5)),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=list(GOOD))
async def test_a_good_token_says_who_asks(make: Callable[[], str]) -> None:
    identity = await verifier().identify(make())
    assert identity.principal == Principal("ada", "acme", "billing", ("staff",))
    assert identity.purposes == ("billing",)


def hmac_signed(secret: bytes, algorithm: str = "HS256") -> str:
    message = f"{packed(header(alg=algorithm))}.{packed(claims())}"
    return f"{message}.{b64(hmac.digest(secret, message.encode(), 'sha' + algorithm[2:]))}"


def public(encoding: serialization.Encoding) -> bytes:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return rsa_key("rsa-1").public_key().public_bytes(encoding, kind)


def resigned(sign: Callable[[str], str]) -> str:
    message = token().rpartition(".")[0]
    return f"{message}.{sign(message)}"


def with_part(place: int, value: str) -> str:
    parts = token().split(".")
    parts[place] = value
    return ".".join(parts)


def flipped() -> str:
    head, body, sig = token().split(".")
    data = bytearray(base64.urlsafe_b64decode(sig + "=="))
    data[7] ^= 1
    return f"{head}.{body}.{b64(bytes(data))}"


def not_canonical() -> str:
    """Spell the last digit of the signature otherwise: the same bytes, other text."""
    whole = token()
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return whole[:-1] + digits[digits.index(whole[-1]) ^ 1]


def es256(change: Callable[[bytes], bytes]) -> str:
    message = f"{packed(header(alg='ES256', kid='ec-1'))}.{packed(claims())}"
    return f"{message}.{b64(change(signature('ES256', ec_key('ec-1'), message.encode())))}"


def as_der(raw: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def as_json() -> str:
    head, body, sig = token().split(".")
    return json.dumps({"protected": head, "payload": body, "signature": sig})


def with_more(value: bytes) -> bytes:
    """Return the claims with one more, of this value."""
    return json.dumps(claims()).encode()[:-1] + b',"x":' + value + b"}"


OTHER = rsa_key("attacker")
FORGED: Final[dict[str, Callable[[], str]]] = {
    # the algorithm
    "none, unsigned": lambda: f"{packed(header(alg='none'))}.{packed(claims())}.",
    "none, without key id": lambda: f"{packed({'alg': 'none'})}.{packed(claims())}.",
    "nOnE": lambda: f"{packed(header(alg='nOnE'))}.{packed(claims())}.",
    "none, with a good signature": lambda: token(header(alg="none")),
    "HMAC with the public key in PEM": lambda: hmac_signed(public(serialization.Encoding.PEM)),
    "HMAC with the public key in PEM, stripped": lambda: hmac_signed(public(serialization.Encoding.PEM).strip()),
    "HMAC with the public key in DER": lambda: hmac_signed(public(serialization.Encoding.DER)),
    "HMAC with the public key as JWK": lambda: hmac_signed(json.dumps(jwk("rsa-1", rsa_key("rsa-1"))).encode()),
    "HMAC with nothing": lambda: hmac_signed(b""),
    "HS512 with the public key": lambda: hmac_signed(public(serialization.Encoding.PEM), "HS512"),
    "HMAC with a symmetric key of the issuer": lambda: hmac_signed(b"s" * 32).replace(
        packed(header(alg="HS256")), packed(header(alg="HS256", kid="secret"))
    ),
    "an algorithm that the settings do not name": lambda: token(header(alg="RS512")),
    "an algorithm that nobody knows": lambda: token(header(alg="RS257")),
    "an algorithm in lower case": lambda: token(header(alg="rs256")),
    "no algorithm": lambda: token(header(alg=...)),
    "an algorithm that is no text": lambda: token(header(alg=["RS256"])),
    "ES256K": lambda: token(header(alg="ES256K", kid="koblitz"), key=ec_key("koblitz", "secp256k1")),
    "ES256 with a key of another curve": lambda: token(header(alg="ES256", kid="p384"), key=ec_key("p384", "P-384")),
    "ES256 under an RSA key's id": lambda: token(header(alg="ES256"), key=ec_key("ec-1")),
    "RS256 under an EC key's id": lambda: token(header(kid="ec-1")),
    "RS256 with a key that is for PS256": lambda: token(header(kid="ps-only")),
    "EdDSA under an EC key's id": lambda: token(header(alg="EdDSA", kid="ec-1"), key=ed_key("ed-1")),
    # the signature
    "no signature": lambda: resigned(lambda _: ""),
    "a signature cut short": lambda: token()[:-8],
    "a signature with one bit flipped": flipped,
    "a signature by another key": lambda: token(key=OTHER),
    "the signature of another token": lambda: resigned(lambda _: token(body=claims(sub="eve")).rpartition(".")[2]),
    "a signature of zeros (psychic)": lambda: es256(lambda raw: bytes(len(raw))),
    "an EC signature in DER": lambda: es256(as_der),
    "an EC signature of another length": lambda: es256(lambda raw: raw + b"\0"),
    "claims changed after signing": lambda: with_part(1, packed(claims(sub="root"))),
    "a header changed after signing": lambda: with_part(0, packed(header(typ="at+jwt"))),
    "a signature with another spelling": not_canonical,
    # the header
    "its own key": lambda: token(header(jwk=jwk("rsa-1", OTHER)), key=OTHER),
    "its own key, with a good signature": lambda: token(header(jwk=jwk("rsa-1", rsa_key("rsa-1")))),
    "an address of keys": lambda: token(header(jku="https://evil.example/jwks"), key=OTHER),
    "an address of a certificate": lambda: token(header(x5u="https://evil.example/c.pem"), key=OTHER),
    "a certificate": lambda: token(header(x5c=["MIIB"]), key=OTHER),
    "something critical": lambda: token(header(crit=["exp"], exp=NOW)),
    "critical that is empty": lambda: token(header(crit=[])),
    "claims that are not encoded": lambda: token(header(b64=False, crit=["b64"])),
    "compression": lambda: token(header(zip="DEF")),
    "a token in a token": lambda: token(header(cty="JWT")),
    "no key id": lambda: token(header(kid=...)),
    "an empty key id": lambda: token(header(kid="")),
    "an unknown key id": lambda: token(header(kid="rsa-2"), key=OTHER),
    "a path as key id": lambda: token(header(kid="../../../dev/null")),
    "SQL as key id": lambda: token(header(kid="x' UNION SELECT 'key")),
    "a number as key id": lambda: token(header(kid=1)),
    "a key for encryption": lambda: token(header(kid="encryption")),
    "a key for wrapping": lambda: token(header(kid="wrapping")),
    "a key that is too short": lambda: token(header(kid="short"), key=rsa_key("short", 1024)),
    "a key whose private half is published": lambda: token(header(kid="published")),
    "a key id that two keys have": lambda: token(header(kid="twice")),
    "a proof of possession": lambda: token(header(typ="dpop+jwt")),
    "a logout token": lambda: token(header(typ="logout+jwt")),
    "a security event": lambda: token(header(typ="secevent+jwt")),
    "a type that is no text": lambda: token(header(typ=["JWT"])),
    "a header that is too long": lambda: token(header(nonce="n" * 512)),
    "a header with a key twice": lambda: token(b'{"alg":"RS256","kid":"rsa-1","alg":"RS256"}'),
    "a header that is a list": lambda: token(b'["RS256"]'),
    "a header that is no JSON": lambda: token(b"RS256"),
    "a header that is no UTF-8": lambda: token(b'{"alg":"RS256","kid":"rsa-1","x":"\xff"}'),
    # the form
    "nothing": lambda: "",
    "two parts": lambda: token().rpartition(".")[0],
    "four parts": lambda: token() + ".AAAA",
    "five parts (encrypted)": lambda: ".".join(["AAAA"] * 5),
    "padding": lambda: token() + "==",
    "a line break at the end": lambda: token() + "\n",
    "a space inside": lambda: with_part(1, " " + packed(claims())),
    "the other alphabet": lambda: token().replace(".", ".+", 1),
    "JSON serialisation": as_json,
    "a token that is too long": lambda: token(body=claims(more="m" * 20_000)),
    # the claims
    "claims with a key twice": lambda: token(body=json.dumps(claims()).encode()[:-1] + b',"sub":"root"}'),
    "claims that are a list": lambda: token(body=b"[]"),
    "no issuer": lambda: token(body=claims(iss=...)),
    "another issuer": lambda: token(body=claims(iss="https://evil.example")),
    "an issuer with a slash more": lambda: token(body=claims(iss=ISSUER + "/")),
    "an issuer in capitals": lambda: token(body=claims(iss=ISSUER.upper())),
    "a list of issuers": lambda: token(body=claims(iss=[ISSUER])),
    "no audience": lambda: token(body=claims(aud=...)),
    "another audience": lambda: token(body=claims(aud="gateway-2")),
    "audiences without this one": lambda: token(body=claims(aud=["a", "b"])),
    "an audience that holds this one's name": lambda: token(body=claims(aud="not gateway")),
    "an audience among things that are no text": lambda: token(body=claims(aud=["gateway", 1])),
    "no end": lambda: token(body=claims(exp=...)),
    "expired": lambda: token(body=claims(iat=NOW - 99, exp=NOW - 30)),
    "expired long ago": lambda: token(body=claims(iat=NOW - 900, exp=NOW - 600)),
    "an end that is text": lambda: token(body=claims(exp=str(NOW + 300))),
    "an end that is true": lambda: token(body=claims(exp=True)),
    "an end that is no number": lambda: token(body=json.dumps(claims(exp=float("nan"))).encode()),
    "an end beyond all time": lambda: token(
        body=json.dumps(claims()).encode().replace(str(NOW + 300).encode(), b"1e300")
    ),
    "an end before the beginning": lambda: token(body=claims(iat=NOW + 20, exp=NOW + 10)),
    "a life that is too long": lambda: token(body=claims(exp=NOW + 86_400)),
    "not valid yet": lambda: token(body=claims(nbf=NOW + 31)),
    "a beginning that is text": lambda: token(body=claims(nbf="soon")),
    "no time of issue": lambda: token(body=claims(iat=...)),
    "issued in the future": lambda: token(body=claims(iat=NOW + 31)),
    "bound to a key of its holder": lambda: token(body=claims(cnf={"jkt": "x"})),
    "no subject": lambda: token(body=claims(sub=...)),
    "an empty subject": lambda: token(body=claims(sub="")),
    "a subject that is a number": lambda: token(body=claims(sub=7)),
    "a subject with a line break": lambda: token(body=claims(sub="ada\nroot")),
    "a subject that ends in a line break": lambda: token(body=claims(sub="ada\n")),
    "a subject that is too long": lambda: token(body=claims(sub="a" * 257)),
    "a subject with something invisible": lambda: token(body=claims(sub="ada\u200b")),
    "a subject that is turned round": lambda: token(body=claims(sub="\u202eada")),
    "a subject with a soft hyphen": lambda: token(body=claims(sub="a\u00adda")),
    "a subject with a C1 control character": lambda: token(body=claims(sub="ada\u0085root")),
    "a subject that ends in a wide space": lambda: token(body=claims(sub="ada\u3000")),
    "half a character as subject": lambda: token(body=json.dumps(claims()).encode().replace(b'"ada"', b'"\\ud800"')),
    "a subject that is an object": lambda: token(body=claims(sub={"sub": "ada"})),
    "a subject that is a list": lambda: token(body=claims(sub=["ada"])),
    "a subject that is true": lambda: token(body=claims(sub=True)),
    "a tenant that looks like another": lambda: token(body=claims(tid="\u0430cme")),
    "a tenant in capitals": lambda: token(body=claims(tid="ACME")),
    "a tenant with a space": lambda: token(body=claims(tid="acme ")),
    "a tenant that is nothing": lambda: token(body=claims(tid=None)),
    "claims nested too deeply": lambda: token(body=with_more(b"[" * 99 + b"]" * 99)),
    "claims with half a character": lambda: token(body=with_more(b'"\\udc00"')),
    "groups in groups": lambda: token(body=claims(groups=[["staff"]])),
    "purposes that are an object": lambda: token(body=claims(purposes={"billing": 1})),
    "a group with a line break": lambda: token(body=claims(groups=["staff\nroot"])),
    "an end in milliseconds": lambda: token(body=claims(exp=(NOW + 300) * 1000)),
    "an audience in capitals": lambda: token(body=claims(aud="Gateway")),
    "an audience with a space": lambda: token(body=claims(aud="gateway ")),
    "no tenant": lambda: token(body=claims(tid=...)),
    "a list of tenants": lambda: token(body=claims(tid=["acme"])),
    "a tenant that the issuer may not speak for": lambda: token(body=claims(tid="initech")),
    "groups that are an object": lambda: token(body=claims(groups={"staff": True})),
    "groups that are numbers": lambda: token(body=claims(groups=[1])),
    "too many groups": lambda: token(body=claims(groups=[f"g{n}" for n in range(201)])),
    "a purpose that is a number": lambda: token(body=claims(purposes=7)),
}


@pytest.mark.parametrize("make", FORGED.values(), ids=list(FORGED))
async def test_a_forged_or_stale_token_is_refused(make: Callable[[], str]) -> None:
    forged = make()
    with pytest.raises(Unauthorized) as refused:
        await verifier().identify(forged)
    told = f"{refused.value}{refused.value.reason}{refused.value.__cause__}{refused.value.__context__ or ''}"
    for secret in ("acme", "ada", "initech", forged[-20:] or "none"):
        assert secret not in told


def test_there_are_at_least_fifty_classes_of_forgeries() -> None:
    assert len(FORGED) >= 50


async def test_an_issuer_gives_only_the_groups_that_the_settings_let_it() -> None:
    settings = SETTINGS.model_copy(update={"groups": ["staff", "legal"]})
    tokens = TokenVerifier([(settings, Jwks(settings, FakeIssuer(listed())))], clock=lambda: NOW)
    identity = await tokens.identify(token(body=claims(groups=["privacy-office", "staff"])))
    assert identity.principal.groups == ("staff",)


async def test_a_key_that_was_rotated_out_no_longer_verifies() -> None:
    now = [0.0]
    issuer = FakeIssuer(listed())
    tokens = TokenVerifier([(SETTINGS, Jwks(SETTINGS, issuer, clock=lambda: now[0]))], clock=lambda: NOW)
    await tokens.identify(token())
    issuer.keys = [jwk("rsa-2", rsa_key("rsa-2"))]
    now[0] = SETTINGS.jwks_cache_seconds / 2
    with pytest.raises(Unauthorized):
        await tokens.identify(token())
    await tokens.identify(token(header(kid="rsa-2"), key=rsa_key("rsa-2")))


async def test_the_keys_of_one_issuer_do_not_verify_tokens_of_another() -> None:
    other = SETTINGS.model_copy(update={"issuer": "https://login.other.example", "principal_prefix": "other:"})
    tokens = TokenVerifier(
        [
            (SETTINGS, Jwks(SETTINGS, FakeIssuer(listed()))),
            (other, Jwks(other, FakeIssuer([jwk("rsa-1", rsa_key("other-rsa-1"))]))),
        ],
        clock=lambda: NOW,
    )
    with pytest.raises(Unauthorized):
        await tokens.identify(token(body=claims(iss=other.issuer)))
    identity = await tokens.identify(token(body=claims(iss=other.issuer), key=rsa_key("other-rsa-1")))
    assert identity.principal.name == "other:ada"


@pytest.mark.parametrize(
    ("claimed", "purposes", "default"),
    [("billing", ("billing",), "billing"), (["a", "b", "a"], ("a", "b"), ""), (..., (), ""), ([], (), "")],
)
async def test_purposes_come_from_the_claim(claimed: Any, purposes: tuple[str, ...], default: str) -> None:
    identity = await verifier().identify(token(body=claims(purposes=claimed)))
    assert (identity.purposes, identity.principal.purpose) == (purposes, default)


async def test_a_claim_may_be_inside_an_object_or_have_a_dot_in_its_name() -> None:
    settings = SETTINGS.model_copy(
        update={"claims": Claims(tenant="https://acme.example/tenant", groups="realm_access.roles")}
    )
    tokens = TokenVerifier([(settings, Jwks(settings, FakeIssuer(listed())))], clock=lambda: NOW)
    body = claims(**{"https://acme.example/tenant": "globex", "realm_access": {"roles": ["nurse"]}})
    principal = (await tokens.identify(token(body=body))).principal
    assert (principal.tenant, principal.groups) == ("globex", ("nurse",))
