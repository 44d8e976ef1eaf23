"""Clients that no HTTP library would be: they send what they like, when they like, and leave when they like."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Raw:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        with suppress(ConnectionError):
            await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer that has a content-length."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split()[1]), headers, body

    async def error(self) -> tuple[int, dict[str, Any]]:
        """Read one answer that is an error; return its status and its `error`."""
        status, _, body = await self.answer()
        return status, json.loads(body)["error"]

    async def rest(self) -> bytes:
        """Read until the other side closes."""
        pieces = []
        with suppress(ConnectionError):
            while piece := await self.reader.read(65536):
                pieces.append(piece)
        return b"".join(pieces)

    def leave(self) -> None:
        """Reset the connection."""
        self.writer.transport.abort()


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Raw]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


def post(body: bytes, path: str = "/v1/chat/completions", headers: bytes = b"") -> bytes:
    """Return a whole POST request."""
    head = b"POST %b HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%b\r\n"
    return head % (path.encode(), len(body), headers) + body
