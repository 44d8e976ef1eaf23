"""An issuer's keys: cached, rotated, bounded in what they cost it, and not believed for ever."""

import json
from typing import Any

import pytest

from gateway.adapters.identity.jwks import MAX_KEYS, MIN_REFRESH_S, Jwks
from gateway.core.errors import IdentityUnavailable, Unauthorized
from gateway.core.identity import Issuer
from tests.fakes.issuer import ISSUER, FakeIssuer, jwk, rsa_key

CACHE_S = 600
DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"


class Watched:
    def __init__(self, *, discovers: bool = False) -> None:
        self.now = 0.0
        self.issuer = FakeIssuer([jwk("a", rsa_key("a"))])
        settings = Issuer(
            issuer=ISSUER, audience="g", jwks_url=None if discovers else f"{ISSUER}/jwks", jwks_cache_seconds=CACHE_S
        )
        self.jwks = Jwks(settings, self.issuer, clock=lambda: self.now)

    async def has(self, kid: str) -> bool:
        try:
            await self.jwks.key(kid, "RS256")
        except Unauthorized:
            return False
        return True


async def test_keys_are_fetched_once_and_kept() -> None:
    w = Watched()
    for now in (0, 1, CACHE_S / 2 - 1):
        w.now = now
        assert await w.has("a")
    assert len(w.issuer.asked) == 1


async def test_a_new_key_is_fetched_when_a_token_names_it() -> None:
    w = Watched()
    assert await w.has("a")
    w.issuer.keys.append(jwk("b", rsa_key("b")))
    w.now = MIN_REFRESH_S
    assert await w.has("b")
    assert len(w.issuer.asked) == 2


async def test_a_flood_of_unknown_key_ids_costs_one_request_in_a_while() -> None:
    w = Watched()
    for number in range(1000):
        w.now = number * MIN_REFRESH_S / 500
        assert not await w.has(f"made-up-{number}")
    assert len(w.issuer.asked) == 2


async def test_an_issuer_that_is_away_is_missed_only_after_its_keys_are_too_old() -> None:
    w = Watched()
    assert await w.has("a")
    w.issuer.down = True
    w.now = CACHE_S - 1
    assert await w.has("a")
    w.now = CACHE_S
    with pytest.raises(IdentityUnavailable) as refused:
        await w.has("a")
    assert (refused.value.status, refused.value.retry_after_s) == (503, MIN_REFRESH_S)
    w.issuer.down = False
    w.now += MIN_REFRESH_S
    assert await w.has("a")


async def test_an_issuer_that_was_never_there_refuses() -> None:
    w = Watched()
    w.issuer.down = True
    with pytest.raises(IdentityUnavailable):
        await w.has("a")


async def test_a_key_that_was_taken_back_is_not_used_after_the_next_look() -> None:
    w = Watched()
    assert await w.has("a")
    w.issuer.keys = [jwk("b", rsa_key("b"))]
    w.now = CACHE_S / 2
    assert not await w.has("a")


async def test_keys_are_found_by_discovery() -> None:
    w = Watched(discovers=True)
    told = {"issuer": ISSUER, "jwks_uri": "https://keys.issuer.example/all"}
    w.issuer.documents[DISCOVERY] = json.dumps(told).encode()
    assert await w.has("a")
    assert w.issuer.asked == [DISCOVERY, "https://keys.issuer.example/all"]


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://evil.example", "jwks_uri": f"{ISSUER}/jwks"},
        {"issuer": ISSUER, "jwks_uri": "http://keys.issuer.example/all"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": "https://user:word@keys.issuer.example/"},
        {"issuer": ISSUER},
        [],
    ],
)
async def test_a_discovery_document_that_is_not_the_issuers_own_is_refused(told: Any) -> None:
    w = Watched(discovers=True)
    w.issuer.documents[DISCOVERY] = json.dumps(told).encode()
    with pytest.raises(IdentityUnavailable):
        await w.has("a")
    assert w.issuer.asked == [DISCOVERY]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"keys": {}}',
        b'{"keys": [], "keys": []}',
        json.dumps({"keys": [{}] * (MAX_KEYS + 1)}).encode(),
        b"[" * 100_000,
    ],
)
async def test_what_is_no_key_set_is_refused(body: bytes) -> None:
    w = Watched()
    w.issuer.documents[f"{ISSUER}/jwks"] = body
    with pytest.raises(IdentityUnavailable):
        await w.has("a")


@pytest.mark.parametrize(
    "broken",
    [
        {"n": "AQAB"},
        {"n": None},
        {"n": 7},
        {"n": "*"},
        {"e": None},
        {"kty": "oct", "k": "AQAB"},
        {"kty": ["RSA"]},
        {"kid": ["a"]},
        {"kid": ""},
        {"use": "enc"},
        {"key_ops": "verify"},
        {"key_ops": []},
        {"alg": "HS256"},
        {"alg": ["RS256"]},
        {"d": "AQAB"},
    ],
)
async def test_one_key_that_cannot_be_used_does_not_keep_the_others_from_it(broken: dict[str, Any]) -> None:
    w = Watched()
    w.issuer.keys = [{**jwk("bad", rsa_key("b")), **broken}, jwk("a", rsa_key("a"))]
    assert await w.has("a")
    assert not await w.has("bad")
