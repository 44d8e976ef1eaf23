"""`privacy-gateway serve` as a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_SERVES = re.compile(r"serves (\S+)/v1 \(admin: (\S+)\)")


@asynccontextmanager
async def serve(
    directory: Path, upstream: str, *arguments: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str, str]]:
    """Start it with one local upstream; yield the process and the base URLs of its data and admin planes."""
    settings = directory / "gateway.yaml"
    settings.write_text(
        "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\naudit: {directory: audit}\n"
        f"upstreams: [{{name: local, zone: local, base_url: '{upstream}/v1'}}]\n"
    )
    command = ["-m", "gateway.cli", "serve", "--config", str(settings), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stderr=asyncio.subprocess.PIPE, env=environment
    )
    try:
        assert process.stderr is not None
        said = ""
        while (found := _SERVES.search(said)) is None:
            line = (await process.stderr.readline()).decode()
            assert line, said
            said += line
        rest = asyncio.create_task(process.stderr.read())
        yield process, found[1], found[2]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    await rest
