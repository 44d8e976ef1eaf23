"""An OIDC issuer in memory: real keys, any header, any claims, any signature."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from gateway.adapters.identity.jwks import FetchFailed

ISSUER: Final = "https://login.issuer.example"
NOW: Final = 1_800_000_000
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_HASHES: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def packed(value: Any) -> str:
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    del name  # one key for each name
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(name: str, curve: str = "P-256") -> ec.EllipticCurvePrivateKey:
    del name
    curves: dict[str, ec.EllipticCurve] = {
        "P-256": ec.SECP256R1(),
        "P-384": ec.SECP384R1(),
        "secp256k1": ec.SECP256K1(),
    }
    return ec.generate_private_key(curves[curve])


@cache
def ed_key(name: str) -> ed25519.Ed25519PrivateKey:
    del name
    return ed25519.Ed25519PrivateKey.generate()


def jwk(kid: str, key: Private, **more: Any) -> dict[str, Any]:
    """Return the public half of `key` as a JWK."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        kind = {"kty": "RSA", "n": _integer(numbers.n, (public.key_size + 7) // 8), "e": _integer(numbers.e, 3)}
    elif isinstance(public, ec.EllipticCurvePublicKey):
        point, size = public.public_numbers(), (public.key_size + 7) // 8
        curve = {"secp256r1": "P-256", "secp384r1": "P-384"}.get(public.curve.name, public.curve.name)
        kind = {"kty": "EC", "crv": curve, "x": _integer(point.x, size), "y": _integer(point.y, size)}
    else:
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        kind = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
    return {"kid": kid, "use": "sig", **kind, **more}


def _integer(value: int, size: int) -> str:
    return b64(value.to_bytes(size, "big"))


def signature(algorithm: str, key: Private, message: bytes) -> bytes:
    """Return the signature of `message`, in the form of JWS."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    digest = _HASHES[algorithm.rstrip("K")[2:]]()
    if isinstance(key, rsa.RSAPrivateKey):
        if algorithm.startswith("PS"):
            return key.sign(message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        return key.sign(message, padding.PKCS1v15(), digest)
    size = (key.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def claims(**more: Any) -> dict[str, Any]:
    """Return good claims; a value of `...` takes one out."""
    good = {
        "iss": ISSUER,
        "aud": "gateway",
        "sub": "ada",
        "tid": "acme",
        "purposes": ["billing"],
        "groups": ["staff"],
        "iat": NOW - 10,
        "exp": NOW + 300,
    }
    return {name: value for name, value in {**good, **more}.items() if value is not ...}


def header(**more: Any) -> dict[str, Any]:
    """Return a good header; a value of `...` takes a parameter out."""
    good = {"alg": "RS256", "kid": "rsa-1", "typ": "JWT"}
    return {name: value for name, value in {**good, **more}.items() if value is not ...}


def token(
    head: Mapping[str, Any] | bytes | None = None,
    body: Mapping[str, Any] | bytes | None = None,
    key: Private | None = None,
) -> str:
    """Return a signed token; by default a good one."""
    head = header() if head is None else head
    message = f"{packed(head)}.{packed(claims() if body is None else body)}"
    algorithm = str(head.get("alg")) if isinstance(head, Mapping) else "RS256"
    known = algorithm[2:].rstrip("K") in _HASHES or algorithm in {"EdDSA", "Ed25519"}
    return f"{message}.{b64(signature(algorithm if known else 'RS256', key or rsa_key('rsa-1'), message.encode()))}"


@dataclass
class FakeIssuer:
    """Serves a JWKS; counts how often it is asked; may be down."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)
    down: bool = False
    asked: list[str] = field(default_factory=list)

    async def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.down:
            raise FetchFailed
        if url in self.documents:
            return self.documents[url]
        return json.dumps({"keys": self.keys}).encode()
