"""A private value in every leaf of a chat request, and in fields that don't exist yet, over real sockets.

Neither the cloud upstream nor any log at any level, the audit, the metrics or an error body may hold a spelling of it.
"""

import base64
import json
import logging
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from gateway.core.protocols import RestorerFactory
from gateway.dialects.openai_chat import OpenAIChat
from tests.dialects.leak_paths import body_with, leak_paths
from tests.fakes.engines import engine
from tests.fakes.recognizers import BrokenRecognizer, FakeRecognizer
from tests.fakes.world import Scripted, World, answers, world

BASE: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
TABLE = [leaf.path for leaf in leak_paths(Path(__file__).parents[1] / "dialects" / "leaves_chat.csv")]
TOMORROW = [
    "a_field_of_tomorrow",
    "a_field_of_tomorrow[].deep[].deeper",
    "a_field_of_tomorrow.{key}",
    "messages[]<role=user>.a_field_of_tomorrow",
    "messages[]<role=user>.content[]<type=thing_of_tomorrow>.thing.text",
    "tools[]<type=thing_of_tomorrow>.x.{key}",
    "tools[]<type=function>.function.parameters.properties.{}.enum[]",
    "guided_json.properties.x.default",
    "{key}",
]
VALUES = {
    "EMAIL_ADDRESS": "martha@nordhavn-clinic.com",
    "US_SSN": "536-22-8741",
    "CREDENTIAL": "sk-Q8zt2mVx7Lp4",
}
PATH = "/v1/chat/completions"


def spellings(value: str) -> list[str]:
    raw = value.encode()
    return [
        value,
        value.upper(),
        value[::-1],
        urllib.parse.quote(value, safe=""),
        base64.b64encode(raw).decode().rstrip("="),
        raw.hex(),
        "".join(f"\\u{ord(letter):04x}" for letter in value),
        repr(raw),
    ]


def leaked(value: str, where: str | bytes) -> bool:
    text = where.decode("utf-8", "replace") if isinstance(where, bytes) else where
    return any(spelling.lower() in text.lower() for spelling in spellings(value))


async def everything_said(w: World, caplog: pytest.LogCaptureFixture) -> str:
    """Return audit, metrics and every log line of the gateway; the app's own HTTP client logs in this process too."""
    metrics = (await w.admin.get("/metrics")).text
    lines = [
        f"{record.name} {record.getMessage()} {record.exc_text} {record.args!r}"
        for record in caplog.records
        if not record.name.startswith("httpcore") and not (record.name == "httpx" and w.url in record.getMessage())
    ]
    assert lines
    return w.log() + metrics + "\n".join(lines)


@pytest.mark.parametrize("kind", VALUES)
async def test_no_leaf_leaks(tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(logging.DEBUG)
    value = VALUES[kind]
    async with world(tmp_path, engine()) as w:
        for leaf in [*TABLE, *TOMORROW]:
            response = await w.app.post(PATH, json=body_with(leaf, value, BASE))
            assert not leaked(value, w.received("cloud")), leaf
            if not response.is_success:
                assert not leaked(value, response.text), leaf
            assert not leaked(value, str(response.headers)), leaf
        assert not leaked(value, await everything_said(w, caplog))
        assert w.received("local") or w.received("cloud")


async def test_no_leaf_leaks_when_streaming(tmp_path: Path) -> None:
    value = VALUES["EMAIL_ADDRESS"]
    async with world(tmp_path, engine()) as w:
        for leaf in TABLE:
            await w.app.post(PATH, json=body_with(leaf, value, BASE) | {"stream": True})
            assert not leaked(value, w.received("cloud")), leaf


HEADERS = [
    "x-privacy-min-sensitivity",
    "x-privacy-conversation",
    "authorization",
    "x-request-id",
    "baggage",
    "traceparent",
]


async def test_no_error_no_log_and_no_record_repeats_what_came_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    value = VALUES["US_SSN"]
    bad: list[tuple[str, bytes]] = [
        (PATH, value.encode()),
        (PATH, json.dumps({"model": value, "messages": value}).encode()),
        (PATH, json.dumps({"model": "m", "messages": [{"role": "user", "content": [{"type": value}]}]}).encode()),
        (PATH, f'{{"{value}": 1, "{value}": 2, "messages": []}}'.encode()),
        (PATH, f'{{"model":"m","messages":[{{"role":"user","content":"\\ud800{value}"}}]}}'.encode()),
        (PATH, json.dumps({"model": "m", value: {value: value}, "messages": [{value: value}]}).encode()),
        (f"/v1/{value}", b"{}"),
        (f"{PATH}?{value}={value}", json.dumps(BASE).encode()),
    ]
    async with world(tmp_path, engine(), down=("local",)) as w:
        for path, body in bad:
            response = await w.app.post(path, content=body)
            assert response.status_code >= 400
            assert not leaked(value, response.text), path
        for header in HEADERS:
            response = await w.app.post(PATH, json=BASE, headers={header: value})
            assert not leaked(value, response.text + str(response.headers)), header
        assert not leaked(value, w.received("cloud"))
        assert not leaked(value, await everything_said(w, caplog))


class FailingDialect(OpenAIChat):
    """Fails while it restores, with text in the exception."""

    def restore(self, body: bytes, restorers: RestorerFactory, value: dict[str, Any] | None = None) -> bytes:
        raise KeyError(body.decode())


async def test_an_unforeseen_exception_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    value = VALUES["US_SSN"]
    failing = engine(recognizers=[FakeRecognizer(), BrokenRecognizer()])
    async with world(tmp_path, failing, dialects=(FailingDialect(),)) as w:
        response = await w.app.post(PATH, json=body_with(TABLE[0], value, BASE))
        assert response.status_code == 500
        assert response.json()["error"]["code"] == "internal_error"
        assert not leaked(value, response.text)
        said = await everything_said(w, caplog)
        assert "KeyError at" in said
        assert not leaked(value, said)


async def test_what_an_upstream_echoes_in_an_error_stays_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    value = VALUES["EMAIL_ADDRESS"]
    echo = {"error": {"message": f"cannot handle: {value}", "type": value, "code": value, "param": value}}
    async with world(tmp_path, engine(), {"local": Scripted("local", answers(400, echo))}) as w:
        response = await w.app.post(PATH, json=body_with(TABLE[0], VALUES["US_SSN"], BASE))
        assert response.status_code == 400
        assert not leaked(value, response.text)
        assert not leaked(value, await everything_said(w, caplog))
