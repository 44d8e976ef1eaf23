"""Tokens of a real OIDC provider (npm `oidc-provider`): discovery, JWKS, a key rotation, and what was tampered with.

Needs node and `.tools/oidc`, which `make test` installs where npm is; without them these tests are skipped, and say so.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import httpx
import openai
import pytest

from gateway.adapters.identity.jwks import MIN_REFRESH_S, HttpFetch, Jwks
from gateway.adapters.identity.tokens import TokenVerifier
from gateway.core.errors import IdentityUnavailable, Unauthorized
from gateway.core.identity import Claims, Issuer
from gateway.core.model import Principal
from tests.fakes.engines import chat, engine
from tests.fakes.world import world

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".tools" / "oidc"
AUDIENCE = "https://gateway.example"
WHO = Principal("billing-app", "acme", "billing", ("staff",))

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (MODULES / "node_modules" / "oidc-provider").is_dir(),
    reason="no node or no .tools/oidc: run make .tools/oidc/node_modules (needs npm)",
)


async def said(process: asyncio.subprocess.Process, beginning: str) -> str:
    """Return the next line that begins so; the provider warns on standard output too."""
    assert process.stdout is not None
    async for line in process.stdout:
        if line.startswith(beginning.encode()):
            return line.decode().strip()
    raise AssertionError("the provider ended")


class Provider:
    """The provider's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.issuer = ""

    async def token(self) -> str:
        """Return an access token, as a client of the provider gets it."""
        async with httpx.AsyncClient(timeout=30) as http:
            answer = await http.post(
                f"{self.issuer}/token",
                data={"grant_type": "client_credentials", "scope": "chat", "resource": AUDIENCE},
                auth=("billing-app", "a-secret-for-tests-only"),
            )
        return str(answer.raise_for_status().json()["access_token"])

    async def rotate(self) -> None:
        """Let it sign with a new key alone."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"rotate\n")
        await said(self._process, "rotated")

    async def stop(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    def settings(self) -> Issuer:
        return Issuer(
            issuer=self.issuer,
            audience=AUDIENCE,
            algorithms=["RS256", "ES256"],
            claims=Claims(tenant="tid", purpose="purposes", groups="groups"),
        )


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Run the provider on a free port."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(ROOT / "tests" / "oidc" / "provider.mjs"),
        str(MODULES),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    running = Provider(process)
    try:
        running.issuer = await said(process, "http://127.0.0.1:")
        yield running
    finally:
        await running.stop()


async def test_an_app_asks_with_a_token_of_a_real_provider(tmp_path: Path) -> None:
    async with provider() as issuer:
        identity = {"oidc": [issuer.settings().model_dump(mode="json", exclude_none=True)]}
        async with world(tmp_path, engine(), settings={"identity": identity}) as w:
            token = await issuer.token()
            async with openai.AsyncOpenAI(base_url=f"{w.url}/v1", api_key=token, max_retries=0) as client:
                raw = await client.chat.completions.with_raw_response.create(
                    model="m", messages=[{"role": "user", "content": "Hello"}]
                )
            (record, *_) = await w.gateway.records(raw.headers["x-privacy-decision"])
            assert (record["principal"], record["tenant"], record["purpose"]) == ("billing-app", "acme", "billing")
            assert token not in w.log()
            for forged in (token[:-4] + "AAAA", token.replace(".", ".e", 1), "unused"):
                refused = await w.app.post(
                    "/v1/chat/completions", content=chat("Hi"), headers={"authorization": f"Bearer {forged}"}
                )
                assert refused.status_code == 401


async def test_a_real_rotation_is_followed_and_a_provider_that_is_gone_refuses() -> None:
    async with provider() as issuer, aclosing(HttpFetch()) as fetch:
        settings, now = issuer.settings(), [0.0]
        tokens = TokenVerifier([(settings, Jwks(settings, fetch, clock=lambda: now[0]))])
        old = await issuer.token()
        assert (await tokens.identify(old)).principal == WHO
        await issuer.rotate()
        now[0] += MIN_REFRESH_S
        assert (await tokens.identify(await issuer.token())).principal == WHO
        with pytest.raises(Unauthorized):
            await tokens.identify(old)
        last = await issuer.token()
        await issuer.stop()
        now[0] += settings.jwks_cache_seconds
        with pytest.raises(IdentityUnavailable):
            await tokens.identify(last)
