"""A real llama.cpp server as local upstream: what may not leave is answered by it, whole and streamed.

Optional: `make llama` compiles the server (about five minutes) into `.tools/llama`; without it this is skipped.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import openai
import pytest

from tests.fakes.process import serve

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".tools" / "llama" / "bin" / "python"
ASK = "Fill in the form for Jane Roe, SSN 536-22-8741."

pytestmark = [
    pytest.mark.llama,
    pytest.mark.skipif(not PYTHON.exists(), reason="no llama.cpp server: run make llama (compiles it)"),
]


@asynccontextmanager
async def llama(directory: Path) -> AsyncIterator[str]:
    """Make a tiny model and serve it; yield the server's base URL."""
    model = directory / "tiny.gguf"
    maker = await asyncio.create_subprocess_exec(str(PYTHON), str(Path(__file__).parent / "tiny.py"), str(model))
    assert await maker.wait() == 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ("--model", str(model), "--port", str(port), "--n_ctx", "2048", "--chat_format", "chatml")
    server = await asyncio.create_subprocess_exec(
        *(str(PYTHON), "-m", "llama_cpp.server", *arguments),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:
            while not await _answers(client, f"{url}/v1/models"):
                assert server.returncode is None, "the llama.cpp server ended"
                await asyncio.sleep(0)
        yield url
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False


async def test_highly_sensitive_requests_are_answered_by_a_real_local_model(tmp_path: Path) -> None:
    async with (
        llama(tmp_path) as upstream,
        serve(tmp_path, upstream) as (_, url, _admin),
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0) as client,
    ):
        whole = await client.chat.completions.with_raw_response.create(
            model="tiny", messages=[{"role": "user", "content": ASK}], max_tokens=8
        )
        assert whole.headers["x-privacy-sensitivity"] == "high"
        assert whole.headers["x-privacy-zone"] == "local"
        answer = whole.parse()
        assert answer.usage is not None
        assert 0 < answer.usage.completion_tokens <= 8
        stream = await client.chat.completions.create(
            model="tiny", messages=[{"role": "user", "content": ASK}], max_tokens=8, stream=True
        )
        events = [event async for event in stream]
        assert events[-1].choices[0].finish_reason in {"length", "stop"}
