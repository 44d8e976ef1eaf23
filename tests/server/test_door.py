"""Attempts to get in, or to become somebody else, by what a client can write: none of them does."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.engines import chat
from tests.server.test_identity import PATH, bearer, guarded, key

FORWARDED: Final = {
    "x-privacy-principal": "root",
    "x-privacy-tenant": "globex",
    "x-privacy-groups": "privacy-office",
    "x-tenant-id": "globex",
    "x-forwarded-user": "root",
    "x-forwarded-client-cert": 'Hash=0;URI="spiffe://acme.example/ns/billing/sa/app"',
    "x-client-cert": "-----BEGIN CERTIFICATE-----",
    "x-spiffe-id": "spiffe://acme.example/ns/billing/sa/app",
    "x-auth-request-user": "root",
    "x-goog-authenticated-user-email": "root@acme.example",
    "forwarded": "for=127.0.0.1;by=root",
    "cookie": "session=root; api_key=root",
    "from": "root@acme.example",
}
NOT_THE_KEY: Final[dict[str, Callable[[str], dict[str, str | bytes]]]] = {
    "in capitals": lambda k: {"authorization": f"Bearer {k.upper()}"},
    "in small letters": lambda k: {"authorization": f"Bearer {k.lower()}"},
    "its prefix in capitals": lambda k: {"authorization": f"Bearer PGW_{k[4:]}"},
    "without its last digit": lambda k: {"authorization": f"Bearer {k[:-1]}"},
    "with a digit more": lambda k: {"authorization": f"Bearer {k}0"},
    "twice in one header": lambda k: {"authorization": f"Bearer {k}, Bearer {k}"},
    "with a space inside": lambda k: {"authorization": f"Bearer {k[:20]} {k[20:]}"},
    "with a no-break space": lambda k: {"x-api-key": k.encode() + b"\xa0"},
    "with a soft hyphen": lambda k: {"x-api-key": k[:20].encode() + b"\xad" + k[20:].encode()},
    "in quotes": lambda k: {"x-api-key": f'"{k}"'},
    "escaped": lambda k: {"x-api-key": k.replace("_", "%5f")},
    "without the word Bearer": lambda k: {"authorization": k},
    "as Basic": lambda k: {"authorization": "Basic " + base64.b64encode(f"{k}:".encode()).decode()},
    "as Basic's password": lambda k: {"authorization": "Basic " + base64.b64encode(f"app:{k}".encode()).decode()},
    "as Token": lambda k: {"authorization": f"Token {k}"},
    "as a cookie": lambda k: {"cookie": f"api_key={k}"},
    "for a proxy": lambda k: {"proxy-authorization": f"Bearer {k}"},
    "as Azure writes it": lambda k: {"api-key": k},
    "its hash": lambda k: {"x-api-key": "sha256:" + k},
    "empty": lambda _: {"x-api-key": ""},
    "nothing": lambda _: {},
}


@pytest.mark.parametrize("write", NOT_THE_KEY.values(), ids=list(NOT_THE_KEY))
async def test_what_is_not_the_key_as_it_was_given_opens_nothing(
    tmp_path: Path, write: Callable[[str], dict[str, str | bytes]]
) -> None:
    secret = key(tmp_path, "app", roles=["auditor"])
    async with guarded(tmp_path) as w:
        headers = [
            (name.encode(), value if isinstance(value, bytes) else value.encode())
            for name, value in write(secret).items()
        ]
        assert (await w.app.post(PATH, content=chat("Hi"), headers=headers)).status_code == 401
        assert (await w.admin.get("/metrics", headers=headers)).status_code == 401
        assert (await w.app.post(PATH, content=chat("Hi"), headers=bearer(secret))).status_code == 200


async def test_headers_that_a_proxy_would_write_say_nothing(tmp_path: Path) -> None:
    secret = key(tmp_path, "app", tenant="acme", purpose="billing", groups=["staff"])
    async with guarded(tmp_path) as w:
        for name, value in FORWARDED.items():
            refused = await w.app.post(PATH, content=chat("Hi"), headers={name: value})
            assert refused.status_code == 401, name
            assert (await w.admin.get("/metrics", headers={name: value})).status_code == 401, name
        response = await w.app.post(PATH, content=chat("Hi"), headers={**FORWARDED, **bearer(secret)})
        (record, *_) = await w.gateway.records(response.headers["x-privacy-decision"])
        told = [record[what] for what in ("principal", "tenant", "purpose", "groups")]
        assert told == ["app", "acme", "billing", ["staff"]]


@pytest.mark.parametrize(
    "path",
    [
        "/metrics/",
        "//metrics",
        "/./metrics",
        "/%6detrics",
        "/healthz/../metrics",
        "/healthz%2f..%2fmetrics",
        "/METRICS",
    ],
)
async def test_no_spelling_of_a_path_gets_round_the_roles(tmp_path: Path, path: str) -> None:
    viewer = key(tmp_path, "viewer", roles=["viewer"])
    async with guarded(tmp_path) as w:
        for headers in ({}, bearer(viewer)):
            answer = await w.admin.get(path, headers=headers)
            assert answer.status_code != 200 or (headers and b"privacy_gateway" in answer.content), path
        assert (await w.admin.get(path)).status_code == 401
