"""A private value in every leaf of what upstreams keep, over real sockets: the cloud never gets it, nor does any log."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.leak_paths import body_with, leak_paths
from tests.server.test_batches import jsonl
from tests.server.test_files import form, reading
from tests.server.test_leaks import BASE, everything_said, leaked
from tests.server.test_state import stateful

VALUES = {"EMAIL_ADDRESS": "martha@nordhavn-clinic.com", "US_SSN": "536-22-8741", "CREDENTIAL": "sk-Q8zt2mVx7Lp4"}
TABLES = Path(__file__).parents[1] / "dialects"
FORM = {"content-type": "multipart/form-data; boundary=b0undary"}


def leaves(name: str) -> list[str]:
    return [leaf.path.removeprefix("body.") for leaf in leak_paths(TABLES / name)]


@pytest.mark.parametrize("kind", VALUES)
async def test_no_leaf_of_what_is_kept_leaks(tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(logging.DEBUG)
    value = VALUES[kind]
    async with stateful(tmp_path, engine_=reading()) as w:
        for path in leaves("leaves_conversations.csv"):
            answer = await w.app.post("/v1/conversations", json=body_with(path, value, {}))
            assert not leaked(value, w.received("cloud")), path
            assert answer.is_success or not leaked(value, answer.text), path
        made = (await w.app.post("/v1/conversations", json={})).json()["id"]
        for path in leaves("leaves_conversations.csv")[::5]:
            answer = await w.app.post(f"/v1/conversations/{made}/items", json=body_with(path, value, {"items": []}))
            assert not leaked(value, w.received("cloud")), path
        for path in leaves("leaves_vector_stores.csv"):
            await w.app.post("/v1/vector_stores", json=body_with(path, value, {}))
            assert not leaked(value, w.received("cloud")), path
        assert not leaked(value, await everything_said(w, caplog))


@pytest.mark.parametrize("kind", VALUES)
async def test_no_part_of_an_upload_leaks(tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(logging.DEBUG)
    value = VALUES[kind].encode()
    purpose: tuple[str, str | None, bytes] = ("purpose", None, b"assistants")
    uploads: list[list[tuple[str, str | None, bytes]]] = [
        [purpose, ("file", VALUES[kind], b"Hello")],
        [purpose, ("file", f"{VALUES[kind]}.csv", b"a,b\n" + value + b",1\n")],
        [purpose, ("file", "a.txt", value)],
        [purpose, ("file", "a.json", json.dumps({VALUES[kind]: [VALUES[kind]]}).encode())],
        [purpose, ("file", "a.bin", b"\x00\xff" + value)],
        [("purpose", None, value), ("file", "a.txt", b"Hello")],
        [purpose, (VALUES[kind], None, b"x"), ("file", "a.txt", b"Hello")],
        [purpose, ("note", None, value), ("file", "a.txt", b"Hello")],
        [("purpose", None, b"batch"), ("note", None, value), ("file", "a.jsonl", b"{}")],
        [("purpose", None, b"batch"), ("file", "a.jsonl", value)],
    ]
    async with stateful(tmp_path, engine_=reading()) as w:
        for number, parts in enumerate(uploads):
            answer = await w.app.post("/v1/files", content=form(parts), headers=FORM)
            assert not leaked(VALUES[kind], w.received("cloud")), number
            assert answer.is_success or not leaked(VALUES[kind], answer.text), number
        assert not leaked(VALUES[kind], await everything_said(w, caplog))


@pytest.mark.parametrize("kind", VALUES)
async def test_no_leaf_of_a_batch_leaks(tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(logging.DEBUG)
    value = VALUES[kind]
    lines: list[dict[str, Any]] = [
        {
            "custom_id": f"{number}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": body_with(path, value, BASE),
        }
        for number, path in enumerate(leaves("leaves_chat.csv"))
    ]
    lines.append({**lines[0], "custom_id": value})
    async with stateful(tmp_path, engine_=reading()) as w:
        taken = 0
        for line in lines:
            parts: list[tuple[str, str | None, bytes]] = [("purpose", None, b"batch"), ("file", value, jsonl([line]))]
            answer = await w.app.post("/v1/files", content=form(parts), headers=FORM)
            assert not leaked(value, w.received("cloud")), line
            assert answer.is_success or not leaked(value, answer.text), line
            taken += answer.is_success
        assert taken > len(lines) // 2
        assert not leaked(value, await everything_said(w, caplog))


async def test_what_an_upstream_says_of_an_error_stays_with_it(tmp_path: Path) -> None:
    async with stateful(tmp_path) as w:
        made = (await w.app.post("/v1/conversations", json={})).json()["id"]
        w.upstreams["cloud"].objects.clear()  # type: ignore[attr-defined]
        answer = await w.app.get(f"/v1/conversations/{made}")
        assert answer.status_code == 404
        assert "not here" not in answer.text
