"""A restorer factory over a plain table of surrogates: simple enough to be right by reading."""

from __future__ import annotations

import json
from collections.abc import Mapping


class FakeRestorers:
    """Satisfies `RestorerFactory`. Exact matches only; the longest surrogate that fits wins."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self.table = dict(sorted(table.items(), key=lambda pair: -len(pair[0])))

    @property
    def empty(self) -> bool:
        return not self.table

    def text(self, value: str) -> str:
        channel = self.channel()
        return channel.feed(value) + channel.flush()

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        found = []
        at = 0
        while at < len(text):
            surrogate = next((word for word in self.table if text.startswith(word, at)), None)
            if surrogate is None:
                at += 1
            else:
                found.append((at, at + len(surrogate), self.table[surrogate]))
                at += len(surrogate)
        return found

    def tool(self, name: str) -> FakeRestorers:
        return self

    def line(self) -> FakeRestorers:
        return self

    def unguarded(self) -> FakeRestorers:
        return self

    def channel(self, *, in_json: bool = False) -> FakeChannel:
        return FakeChannel(self, in_json=in_json)


class FakeChannel:
    """Satisfies `TextRestorer`: holds the longest suffix that begins a surrogate, and no more."""

    def __init__(self, restorers: FakeRestorers, *, in_json: bool) -> None:
        self.restorers = restorers
        self.in_json = in_json
        self.buffer = ""

    def feed(self, text: str) -> str:
        self.buffer += text
        cut = len(self.buffer)
        for start in range(len(self.buffer)):
            rest = self.buffer[start:]
            if any(word.startswith(rest) and word != rest for word in self.restorers.table):
                cut = start
                break
        for start, end, _ in self.restorers.spans(self.buffer):
            if start < cut < end:
                cut = end
        out, self.buffer = self.buffer[:cut], self.buffer[cut:]
        return self._restored(out)

    def flush(self) -> str:
        out, self.buffer = self.buffer, ""
        return self._restored(out)

    @property
    def held(self) -> bool:
        return bool(self.buffer)

    def _restored(self, text: str) -> str:
        pieces = []
        at = 0
        for start, end, original in self.restorers.spans(text):
            pieces += [text[at:start], json.dumps(original, ensure_ascii=False)[1:-1] if self.in_json else original]
            at = end
        return "".join([*pieces, text[at:]])


class FakeStream:
    """Satisfies `StreamRestorer`: capitals for letters; some pieces say what becomes of them."""

    def __init__(self) -> None:
        self.signed: list[str] = []
        self.usage: dict[str, int] = {}

    def feed(self, data: bytes) -> bytes:
        if data == b"broken":
            raise ValueError("no piece of a stream")
        if data == b"signed":
            self.signed.append("item")
        return b"" if data == b"held back" else data.upper()

    def close(self) -> bytes:
        return b""
