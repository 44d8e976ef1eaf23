"""Who asks, end to end: real sockets, real SDKs, real certificates; nothing of a credential goes any further."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from gateway.adapters.identity.key_file import KeyEntry, add_entry
from gateway.adapters.identity.keys import hash_of, new_key
from gateway.core.errors import ConfigurationError
from tests.fakes.engines import POLICY, chat, engine
from tests.fakes.world import Scripted, World, answers, world

PATH = "/v1/chat/completions"
ASK: list[Any] = [{"role": "user", "content": "Hello"}]
DONE = {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": []}


def key(directory: Path, name: str, **more: Any) -> str:
    """Put a new key into the directory's file and return it."""
    made = new_key()
    entry = KeyEntry.model_validate({"name": name, "hash": hash_of(made), "principal": name, **more})
    add_entry(directory / "keys.yaml", entry)
    return made


def fleet() -> dict[str, Scripted]:
    return {zone: Scripted(zone, answers(body=DONE)) for zone in ("cloud", "secure", "local")}


@asynccontextmanager
async def guarded(
    directory: Path, upstreams: Mapping[str, Scripted] | None = None, **more: Any
) -> AsyncIterator[World]:
    """Run a gateway that accepts the keys in the directory's file."""
    identity = {"api_keys": {"file": str(directory / "keys.yaml")}, **more.pop("identity", {})}
    settings = {"identity": identity, **more.pop("settings", {})}
    async with world(directory, engine(), upstreams, settings=settings, **more) as w:
        yield w


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


async def test_the_sdk_asks_with_an_api_key_that_goes_no_further(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = key(tmp_path, "app", tenant="acme", purposes=["billing"])
    upstreams = fleet()
    with caplog.at_level("DEBUG"):
        async with (
            guarded(tmp_path, upstreams) as w,
            openai.AsyncOpenAI(base_url=f"{w.url}/v1", api_key=secret, max_retries=0) as client,
        ):
            await client.chat.completions.create(model="m", messages=ASK)
            assert (await client.models.list()).object == "list"
            (record, _) = await w.gateway.records(next(iter(w.gateway.recent._records)))
    assert (record["principal"], record["tenant"], record["purpose"]) == ("app", "acme", "billing")
    sent = f"{upstreams['cloud'].received}{upstreams['cloud'].headers}"
    logged = "\n".join(
        entry.getMessage() for entry in caplog.records if entry.name.startswith(("privacy_gateway", "uvicorn"))
    )
    assert secret not in sent + w.log() + logged
    assert secret[4:24] not in sent + w.log() + logged


async def test_the_sdk_raises_its_own_exception_without_a_good_key(tmp_path: Path) -> None:
    key(tmp_path, "app")
    upstreams = fleet()
    async with guarded(tmp_path, upstreams) as w:
        for secret in ("unused", new_key()):
            async with openai.AsyncOpenAI(base_url=f"{w.url}/v1", api_key=secret, max_retries=0) as client:
                with pytest.raises(openai.AuthenticationError) as refused:
                    await client.chat.completions.create(model="m", messages=ASK)
                assert secret not in str(refused.value)
                with pytest.raises(openai.AuthenticationError):
                    await client.models.list()
                with pytest.raises(openai.AuthenticationError):
                    await client.models.retrieve("m")
        anthropic = await w.app.post("/v1/messages", json={"model": "m", "messages": ASK, "max_tokens": 1})
        assert (anthropic.status_code, anthropic.json()["type"]) == (401, "error")
        assert anthropic.headers["www-authenticate"] == "Bearer"
    assert not any(upstream.received for upstream in upstreams.values())
    assert w.log() == ""


async def test_a_key_may_come_as_anthropics_sdk_sends_it(tmp_path: Path) -> None:
    secret = key(tmp_path, "app")
    async with guarded(tmp_path) as w:
        assert (await w.app.post(PATH, content=chat("Hi"), headers={"x-api-key": secret})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        [("authorization", "Bearer {good}"), ("x-api-key", "{other}")],
        [("authorization", "Bearer {good}"), ("authorization", "Bearer {other}")],
        [("x-api-key", "{good}"), ("x-api-key", "{other}")],
        [("authorization", "Bearer {good}"), ("authorization", "Basic YTpi")],
        [("authorization", "Bearer {good}, Bearer {good}")],
        [("authorization", "{good}")],
        [("authorization", "Basic {good}")],
        [("x-api-key", "{good} ,")],
        [("x-forwarded-user", "app")],
        [("x-forwarded-client-cert", "URI=spiffe://acme.example/app")],
        [("x-privacy-principal", "app"), ("x-privacy-tenant", "acme")],
        [("cookie", "authorization={good}")],
        [],
    ],
)
async def test_a_credential_in_two_voices_or_in_another_place_is_refused(
    tmp_path: Path, headers: Sequence[tuple[str, str]]
) -> None:
    good, other = key(tmp_path, "good"), key(tmp_path, "other")
    async with guarded(tmp_path) as w:
        sent = [(name, value.format(good=good, other=other)) for name, value in headers]
        assert (await w.app.post(PATH, content=chat("Hi"), headers=sent)).status_code == 401


async def test_the_body_is_not_read_before_the_credential(tmp_path: Path) -> None:
    key(tmp_path, "app")
    async with guarded(tmp_path) as w:
        assert (await w.app.post(PATH, content=b"not even JSON")).status_code == 401


async def test_a_client_chooses_a_purpose_only_among_those_of_its_key(tmp_path: Path) -> None:
    two = bearer(key(tmp_path, "two", purposes=["billing", "support"]))
    fixed = bearer(key(tmp_path, "fixed", purpose="billing"))
    none = bearer(key(tmp_path, "none"))
    async with guarded(tmp_path) as w:

        async def ask(who: Mapping[str, str], *purposes: str) -> tuple[int, str]:
            headers = [*who.items(), *(("x-privacy-purpose", purpose) for purpose in purposes)]
            response = await w.app.post(PATH, content=chat("Hi"), headers=headers)
            if response.status_code != 200:
                return response.status_code, response.json()["error"]["code"]
            (record, *_) = await w.gateway.records(response.headers["x-privacy-decision"])
            return 200, str(record["purpose"])

        assert await ask(two, "support") == (200, "support")
        assert await ask(two) == (403, "purpose_required")
        assert await ask(two, "research") == (403, "purpose_not_allowed")
        assert await ask(two, "billing", "support") == (403, "purpose_not_allowed")
        assert await ask(fixed) == (200, "billing")
        assert await ask(fixed, "research") == (403, "purpose_not_allowed")
        assert await ask(none) == (200, "")
        assert await ask(none, "billing") == (403, "purpose_not_allowed")


async def test_without_identity_everybody_asks_and_brings_no_purpose(tmp_path: Path) -> None:
    async with world(tmp_path, engine()) as w:
        assert (await w.app.post(PATH, content=chat("Hi"), headers=bearer("unused"))).status_code == 200
        refused = await w.app.post(PATH, content=chat("Hi"), headers={"x-privacy-purpose": "billing"})
        assert refused.status_code == 403
        assert (await w.admin.get("/metrics")).status_code == 200


PURPOSES: dict[str, Any] = {
    "vendors": {
        "bigco": {"legal_entity": "BigCo Inc.", "retention_days": 30, "trains_on_data": True, "dpa": "2026-01-01"},
        "enclave": {"legal_entity": "Enclave SE", "retention_days": 0, "trains_on_data": False, "dpa": "2026-01-01"},
    },
    "purposes": {
        "care": {"description": "Caring for patients", "legal_basis": "vital interests"},
        "tests": {"description": "Tests", "legal_basis": "none needed", "allows": {"training": True}},
    },
}
VENDORS = {"cloud": {"vendor": "bigco"}, "secure": {"vendor": "enclave"}}


async def test_data_goes_only_where_its_purpose_allows_on_failover_too(tmp_path: Path) -> None:
    care, tests = bearer(key(tmp_path, "care", purpose="care")), bearer(key(tmp_path, "tests", purpose="tests"))
    nothing = bearer(key(tmp_path, "nothing"))
    upstreams = fleet()
    async with guarded(tmp_path, upstreams, settings=PURPOSES, more=VENDORS, down=("local",)) as w:
        assert (await w.app.post(PATH, content=chat("Hi"), headers=tests)).headers["x-privacy-zone"] == "cloud"
        refused = await w.app.post(PATH, content=chat("Hi"), headers=care)  # low: the rule says cloud, then local
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "no_cleared_upstream")
        moderate = await w.app.post(PATH, content=chat("Mail a@b-clinic.com"), headers=care)
        assert moderate.headers["x-privacy-zone"] == "secure"
        undeclared = await w.app.post(PATH, content=chat("Hi"), headers=nothing)
        assert (undeclared.status_code, undeclared.json()["error"]["code"]) == (403, "blocked_by_policy")
        (record,) = await w.gateway.records(undeclared.headers["x-privacy-decision"])
        assert (record["effect"], record["upstream"]) == ("deny", None)
        assert [m["owned_by"] for m in (await w.app.get("/v1/models", headers=nothing)).json()["data"]] == []
    assert len(upstreams["cloud"].received) == 1


async def test_a_key_with_a_purpose_that_nobody_declared_is_told_at_start(tmp_path: Path) -> None:
    key(tmp_path, "app", purposes=["research"])
    with pytest.raises(ConfigurationError, match="research"):
        async with guarded(tmp_path, settings=PURPOSES, more=VENDORS):
            pass


async def test_each_tenant_is_judged_by_its_own_policy(tmp_path: Path) -> None:
    (tmp_path / "strict.yaml").write_text(POLICY.replace("route: [cloud, local]", "route: [local]"))
    strict, other = bearer(key(tmp_path, "a", tenant="strict")), bearer(key(tmp_path, "b", tenant="other"))
    tenants = {"strict": {"policies": str(tmp_path / "strict.yaml")}}
    async with guarded(tmp_path, settings={"tenants": tenants}) as w:
        at_home = await w.app.post(PATH, content=chat("Hi"), headers=strict)
        away = await w.app.post(PATH, content=chat("Hi"), headers=other)
        revisions = [
            (await w.gateway.records(response.headers["x-privacy-decision"]))[0]["policy_revision"]
            for response in (at_home, away)
        ]
    assert (at_home.headers["x-privacy-zone"], away.headers["x-privacy-zone"]) == ("local", "cloud")
    assert revisions[0] != revisions[1]


async def test_two_tenants_never_share_a_placeholder(tmp_path: Path) -> None:
    one, two = (bearer(key(tmp_path, name, principal="app", tenant=name)) for name in ("one", "two"))
    upstreams = fleet()
    async with guarded(tmp_path, upstreams) as w:
        for who in (one, one, two):
            await w.app.post(PATH, content=chat("Mail a@b-clinic.com"), headers=who)
    first, again, other = upstreams["cloud"].received
    assert first == again != other


async def test_rate_limits_and_quotas_answer_429_with_retry_after(tmp_path: Path) -> None:
    limited = bearer(key(tmp_path, "limited", rate_limit={"per_minute": 1, "burst": 2}))
    one, two = (bearer(key(tmp_path, name, tenant="acme")) for name in ("one", "two"))
    free = bearer(key(tmp_path, "free"))
    tenants = {"acme": {"quota": {"requests": 2, "window": "day"}}}
    async with guarded(tmp_path, settings={"tenants": tenants}) as w:

        async def ask(who: Mapping[str, str]) -> httpx.Response:
            return await w.app.post(PATH, content=chat("Hi"), headers=who)

        assert [(await ask(limited)).status_code for _ in range(3)] == [200, 200, 429]
        refused = await ask(limited)
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert [(await ask(who)).status_code for who in (one, two, one, two)] == [200, 200, 429, 429]
        assert (await ask(two)).json()["error"]["code"] == "quota_exceeded"
        assert (await ask(free)).status_code == 200


async def test_what_is_broken_is_told_to_everybody_and_what_is_wrong_with_it_to_a_viewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("gateway.adapters.identity.keys.LOOK_EVERY_S", 0.0)
    viewer = bearer(key(tmp_path, "prometheus", roles=["viewer"]))
    async with guarded(tmp_path) as w:
        assert (await w.admin.get("/readyz")).json()["stale"] == {}
        good = (tmp_path / "keys.yaml").read_text()
        (tmp_path / "keys.yaml").write_text(good + "  - {name: app, hahs: 1}\n")
        w.gateway.refuse("policies/private-matter.yaml:3: unknown key")
        gauge = 'privacy_gateway_file_stale{file="api_keys"}'
        assert f"{gauge} 1.0" in (await w.admin.get("/metrics", headers=viewer)).text
        shown = (await w.admin.get("/readyz", headers=viewer)).json()
        assert "did you mean `hash`" in shown["stale"]["api_keys"]
        assert "private-matter" in shown["policy"]["broken"]
        caplog.clear()
        hidden = await w.admin.get("/readyz")
        assert hidden.status_code == 200
        assert hidden.json()["policy"]["broken"] == hidden.json()["stale"]["api_keys"]
        assert "shown to a viewer" in hidden.json()["policy"]["broken"]
        assert "private-matter" not in hidden.text
        assert "keys.yaml" not in hidden.text
        assert "a credential was refused" not in caplog.text
        (tmp_path / "keys.yaml").write_text(good)
        assert f"{gauge} 0.0" in (await w.admin.get("/metrics", headers=viewer)).text
        assert (await w.admin.get("/readyz")).json()["stale"] == {}


async def test_the_log_tells_why_the_very_request_was_refused_that_its_user_names(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    key(tmp_path, "app")
    async with guarded(tmp_path) as w:
        refused = await w.app.post(PATH, content=chat("Hello"))
    assert refused.status_code == 401
    assert f"no credential ({refused.headers['x-privacy-decision']})" in caplog.text


async def test_a_broken_file_of_keys_was_told_only_when_somebody_showed_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.adapters.identity.keys.LOOK_EVERY_S", 0.0)
    key(tmp_path, "app")
    async with guarded(tmp_path) as w:
        (tmp_path / "keys.yaml").write_text("{broken\n")
        assert "api_keys" in (await w.admin.get("/readyz")).json()["stale"]


async def test_the_admin_plane_asks_for_roles_and_leaves_health_open(tmp_path: Path) -> None:
    nobody = bearer(key(tmp_path, "nobody"))
    viewer = bearer(key(tmp_path, "prometheus", roles=["viewer"]))
    auditor = bearer(key(tmp_path, "auditor", groups=["privacy-office"]))
    roles = {"admin": {"viewers": ["operators"], "auditors": ["privacy-office"]}}
    async with guarded(tmp_path, identity=roles) as w:
        asked = await w.app.post(PATH, content=chat("Hi"), headers=nobody)
        decision = f"/decisions/{asked.headers['x-privacy-decision']}"
        paths = ("/healthz", "/readyz", "/metrics", "/openapi.json", decision, "/no-such-page", "//metrics")
        got = {
            name: [(await w.admin.get(path, headers=who)).status_code for path in paths]
            for name, who in (("none", {}), ("nobody", nobody), ("viewer", viewer), ("auditor", auditor))
        }
        assert got == {
            "none": [200, 200, 401, 401, 401, 401, 401],
            "nobody": [200, 200, 403, 403, 403, 403, 403],
            "viewer": [200, 200, 200, 200, 403, 403, 403],
            "auditor": [200, 200, 200, 200, 200, 404, 404],
        }
