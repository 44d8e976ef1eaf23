"""What the tests of all streamed dialects share."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from gateway.dialects.base import JsonDialect
from gateway.dialects.sse import EventReader
from tests.fakes.restorers import FakeRestorers

TABLE = {"<PERSON_1>": 'Jane "JJ" Roe', "<PERSON_12>": "Ann\nLee", "⟦ü1⟧": "Zoë \U0001f600"}
RESTORERS = FakeRestorers(TABLE)


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def typed(*values: dict[str, Any], eol: str = "\n") -> bytes:
    """Return events named after their `type`, as Anthropic and the Responses API send them."""
    return "".join(
        f"event: {value['type']}{eol}data: {json.dumps(value, ensure_ascii=False)}{eol}{eol}" for value in values
    ).encode()


def run(dialect: JsonDialect, stream: bytes, cuts: list[int], restorers: FakeRestorers = RESTORERS) -> bytes:
    restorer = dialect.stream(restorers)
    bounds = [0, *cuts, len(stream)]
    return b"".join(restorer.feed(stream[a:b]) for a, b in pairwise(bounds)) + restorer.close()


def values_of(out: bytes) -> list[dict[str, Any]]:
    """Return the JSON of all events; their names must be their types where both are told."""
    reader = EventReader()
    events = reader.feed(out)
    rest = reader.rest()
    events += [rest] if rest is not None else []
    assert b"".join(event.raw for event in events) == out
    values = []
    for event in events:
        if event.data is not None and event.data != b"[DONE]":
            value = json.loads(event.data)
            assert event.name in ("", value.get("type", event.name))
            values.append(value)
    return values


def split_everywhere(dialect: JsonDialect, stream: bytes, *, step: int = 1) -> bytes:
    """Return what comes out of `stream`, which must not depend on where its bytes are split."""
    whole = run(dialect, stream, [])
    for cut in range(0, len(stream) + 1, step):
        assert run(dialect, stream, [cut]) == whole
    assert run(dialect, stream, list(range(len(stream)))) == whole
    return whole
