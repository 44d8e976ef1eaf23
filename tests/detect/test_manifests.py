import base64
import json
import random
from typing import Any

import pytest

from gateway.core.model import Finding, Sensitivity
from gateway.detect.manifests import find_manifests
from gateway.detect.places import Reading
from gateway.detect.secrets import READER
from gateway.loadout import build_engine
from gateway.pipeline import Engine
from gateway.settings import load
from tests.fakes.engines import planned

PASSWORD = "q8Zt2mVx7Lp4"
ENCODED = base64.b64encode(PASSWORD.encode()).decode()
MANIFEST = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "data": {"config": ENCODED}}
STATE = {"type": "random_password", "name": "db", "instances": [{"attributes": {"length": 12, "result": PASSWORD}}]}


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return build_engine(load(None, environment={}))


def found(text: str) -> list[str]:
    read = [text[one.start : one.end] for one in find_manifests(READER.read(text))]
    assert read == [text[one.start : one.end] for one in find_manifests(Reading(text))]
    return read


@pytest.mark.parametrize(
    "text",
    [
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  mode: dHJ1ZQ==\n  config: {ENCODED}\n",
        f"apiVersion: v1\r\ndata:\r\n    config: {ENCODED}  # of May\r\nkind: Secret\r\n",
        f"items:\n- apiVersion: v1\n  data:\n\n    config: {ENCODED}\n  kind: Secret\n",
        f"a: b\n---\nkind: 'Secret'\ndata:\n  'config': \"{ENCODED}\"\n---\nkind: ConfigMap\ndata:\n  config: {ENCODED}\n",
        json.dumps(MANIFEST),
        f"Here it is:\n{json.dumps(MANIFEST, indent=2)}",
    ],
)
def test_a_value_of_a_kubernetes_secret_under_any_name(text: str) -> None:
    assert found(text) == [ENCODED]


def test_what_is_written_in_the_clear_is_judged_as_a_password() -> None:
    manifest = f"kind: Secret\nstringData:\n  config: {PASSWORD}\n  debug: enabled\nimmutable: {PASSWORD}\n"
    assert found(manifest) == [PASSWORD]


@pytest.mark.parametrize(
    "text",
    [
        f"kind: ConfigMap\ndata:\n  config: {ENCODED}\n",
        f"kind: SecretStore\ndata:\n  config: {ENCODED}\n",
        f"What kind: secret or not?\nconfig: {ENCODED}",
        "kind: Secret\ndata:\n  debug: dHJ1ZQ==\n",
    ],
)
def test_values_of_other_objects_are_none(text: str) -> None:
    assert found(text) == []


def test_a_random_password_in_a_state_of_terraform() -> None:
    assert found(json.dumps(STATE, indent=2)) == [PASSWORD]
    assert found(json.dumps(STATE | {"type": "random_pet"})) == []


@pytest.mark.parametrize("record", [MANIFEST, {"items": [{"kind": "ConfigMap"}, MANIFEST]}, {"resources": [STATE]}])
def test_such_values_are_found_in_json_that_is_taken_apart(shipped: Engine, record: dict[str, Any]) -> None:
    def credentials(name: str) -> list[Finding]:
        call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": json.dumps(record)}}
        messages = [{"role": "user", "content": "Go on"}, {"role": "assistant", "content": None, "tool_calls": [call]}]
        plan = planned(json.dumps({"model": "gpt-4o", "messages": messages}).encode(), shipped)
        assert plan.classification.sensitivity is Sensitivity.HIGH
        return [one for one in plan.classification.findings if one.entity_type == "CREDENTIAL"]

    assert len(credentials("save")) == 1
    assert len(credentials("save_again")) == 1  # its leaves are remembered from before


def test_values_of_the_object_beside_a_secret_are_none(shipped: Engine) -> None:
    record = {"items": [{"kind": "Secret", "data": {}}, {"kind": "ConfigMap", "data": {"config": ENCODED}}]}
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": json.dumps(record)}]}
    plan = planned(json.dumps(body).encode(), shipped)
    assert not [one for one in plan.classification.findings if one.recognizer == "split-value"]


def test_json_web_keys_behind_the_first_of_their_kind_were_low_as_the_kind_was_remembered(shipped: Engine) -> None:
    draw = random.Random(5)

    def member(size: int) -> str:
        return base64.urlsafe_b64encode(draw.randbytes(size)).decode().rstrip("=")

    for _ in range(3):
        keys = [
            *({"kty": "EC", "crv": "P-256", "x": member(32), "y": member(32), "d": member(32)} for _ in range(3)),
            {"k": member(16), "kty": "oct"},
            {"kty": "RSA", "n": member(1024), "e": "AQAB", "d": member(1024), "p": member(512), "qi": member(512)},
            {"kty": "EC", "x": member(32), "y": member(32), "k": member(32)[:15]},
        ]
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Go on"}], "metadata": {"keys": keys}}
        plan = planned(json.dumps(body).encode(), shipped)
        private = [key[name] for key in keys[:-1] for name in ("d", "k", "p", "qi") if name in key]
        texts = {segment.path: segment.text for segment in plan.segments}
        spans = [one for one in plan.classification.findings if one.entity_type == "CREDENTIAL"]
        assert sorted(texts[one.path][one.start : one.end] for one in spans) == sorted(private)
