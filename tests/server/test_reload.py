"""A policy that changes while requests run: swapped in whole, kept where the new one is broken, gone back to."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.adapters.bundles import seal
from gateway.adapters.replaced_file import replace_file
from gateway.cli.main import cli
from gateway.loadout import Loadout, arrange, bundle_of
from gateway.server.reload import PolicyWatch
from gateway.server.standin import StandIn
from gateway.settings import Loaded, load
from tests.cli.test_bundle import keys
from tests.fakes.engines import chat
from tests.fakes.world import Scripted, World, stopping_between, world

PATH = "/v1/chat/completions"
HEAD = "apiVersion: privacy-gateway/v1\nkind: Policy\nmetadata: {name: live}\nspec:\n  rules:\n"
PASSES = HEAD + "    - {name: passes, route: [cloud, local]}\n"
STAYS = HEAD + "    - {name: stays, route: [local]}\n"
BROKEN = HEAD + "    - {name: typo, when: sensitvity == 1, route: [local]}\n"


@dataclass
class Watched:
    w: World
    watch: PolicyWatch
    policy: Path

    async def change(self, text: str) -> None:
        replace_file(self.policy, text.encode())
        await self.watch.look()
        await self.watch.look()

    async def ask(self) -> tuple[str, str]:
        """Return the zone a harmless question goes to, and the revision on its record."""
        response = await self.w.app.post(PATH, content=chat("How does a heat pump work?"))
        record = (await self.w.admin.get(f"/decisions/{response.headers['x-privacy-decision']}")).json()[0]
        return response.headers["x-privacy-zone"], record["policy_revision"]

    async def metric(self, name: str) -> float:
        lines = (await self.w.admin.get("/metrics")).text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


@pytest.fixture(scope="module")
def classifiers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory without packs and models: policies are what is tested here."""
    directory = tmp_path_factory.mktemp("classifiers")
    (directory / "packs").mkdir()
    return directory


@asynccontextmanager
async def watched(
    directory: Path, classifiers: Path, upstreams: Mapping[str, StandIn] | None = None, **more: object
) -> AsyncIterator[Watched]:
    policy = directory / "policy.yaml"
    if not policy.exists():
        policy.write_text(PASSES)
    settings: dict[str, object] = {
        "policies": str(policy),
        "classifiers": str(classifiers),
        "reload_seconds": 0,
        **more,
    }
    async with world(directory, settings=settings, upstreams=upstreams) as w:
        flags = {"audit.directory": str(directory / "audit"), **settings}
        yield Watched(w, PolicyWatch(w.gateway, load(None, {}, flags)), policy)


async def test_a_changed_file_decides_new_requests(tmp_path: Path, classifiers: Path) -> None:
    async with watched(tmp_path, classifiers) as v:
        zone, before = await v.ask()
        await v.change(STAYS)
        assert (zone, (await v.ask())[0]) == ("cloud", "local")
        assert (await v.ask())[1] != before
        assert await v.metric('privacy_gateway_policy_reloads_total{result="loaded"}') == 1
        assert 'rule="stays"' in (await v.w.admin.get("/metrics")).text


async def test_a_running_stream_ends_under_the_policy_it_began_with(tmp_path: Path, classifiers: Path) -> None:
    go = asyncio.Event()
    slow = stopping_between(go)
    fleet = {"cloud": Scripted("cloud", slow), "local": Scripted("local", slow)}
    async with watched(tmp_path, classifiers, upstreams=fleet) as v:
        revision = v.w.gateway.engine.policy.revision
        async with v.w.app.stream("POST", PATH, content=chat("Hello", stream=True)) as response:
            pieces = response.aiter_text()
            text = await anext(pieces)
            await v.change(STAYS)
            assert v.w.gateway.engine.policy.revision != revision
            go.set()
            async for piece in pieces:
                text += piece
        assert text.rstrip().endswith("data: [DONE]")
        await asyncio.sleep(0)
    records = [json.loads(line) for line in v.w.log().splitlines()]
    assert {record["policy_revision"] for record in records} == {revision}


async def test_no_request_is_dropped_while_policies_change(tmp_path: Path, classifiers: Path) -> None:
    async with watched(tmp_path, classifiers) as v:
        asked = [asyncio.create_task(v.ask()) for _ in range(40)]
        for number in range(6):
            await v.change(PASSES if number % 2 else STAYS)
        assert {zone for zone, _ in await asyncio.gather(*asked)} <= {"cloud", "local"}
        for response in v.w.log().splitlines():
            assert json.loads(response)["status"] in {None, 200}


async def test_a_broken_one_changes_nothing_but_what_is_told(tmp_path: Path, classifiers: Path) -> None:
    async with watched(tmp_path, classifiers) as v:
        before = await v.ask()
        await v.change(BROKEN)
        assert await v.ask() == before
        ready = await v.w.admin.get("/readyz")
        assert ready.status_code == 200
        assert "did you mean `sensitivity`" in ready.json()["policy"]["broken"]
        assert (await v.w.admin.get("/revision")).json()["stale"] is True
        assert await v.metric("privacy_gateway_policy_stale") == 1
        await v.change(STAYS)
        assert (await v.ask())[0] == "local"
        assert await v.metric("privacy_gateway_policy_stale") == 0


async def test_a_pipe_in_a_policys_place_held_up_the_watch(tmp_path: Path, classifiers: Path) -> None:
    async with watched(tmp_path, classifiers) as v:
        before = await v.ask()
        base = tmp_path / "base.yaml"
        os.mkfifo(base)
        await v.change(STAYS.replace("  rules:", "  extends: [base.yaml]\n  rules:"))
        assert "base.yaml: cannot be read (Is no regular file)" in v.w.gateway.broken
        v.policy.unlink()
        os.mkfifo(v.policy)
        await v.watch.look()
        await v.watch.look()
        assert "policy.yaml: cannot be read (Is no regular file)" in v.w.gateway.broken
        assert await v.ask() == before


async def test_a_file_that_is_gone_leaves_the_last_good_one(tmp_path: Path, classifiers: Path) -> None:
    async with watched(tmp_path, classifiers) as v:
        before = await v.ask()
        v.policy.unlink()
        await v.watch.look()
        await v.watch.look()
        assert await v.ask() == before
        assert v.w.gateway.broken


async def test_a_file_that_still_changes_is_not_read_yet(tmp_path: Path, classifiers: Path) -> None:
    async with watched(tmp_path, classifiers) as v:
        before = await v.ask()
        replace_file(v.policy, STAYS.encode())
        await v.watch.look()
        assert await v.ask() == before
        await v.watch.look()
        assert (await v.ask())[0] == "local"


async def test_a_base_that_is_extended_is_watched_too(tmp_path: Path, classifiers: Path) -> None:
    (tmp_path / "base.yaml").write_text(PASSES)
    (tmp_path / "policy.yaml").write_text(HEAD.replace("  rules:\n", "  extends: [base.yaml]\n"))
    async with watched(tmp_path, classifiers) as v:
        replace_file(tmp_path / "base.yaml", STAYS.encode())
        await v.watch.look()
        await v.watch.look()
        assert (await v.ask())[0] == "local"


async def _take_up_late(v: Watched, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Change the policy, and `meanwhile`, while that is compiled, to one by which requests stay."""

    def slow(loaded: Loaded, before: Loadout | None) -> Loadout:
        made = arrange(loaded, before)
        meanwhile()
        return made

    monkeypatch.setattr("gateway.server.reload.arrange", slow)
    await v.change(PASSES.replace("passes", "still-passes"))
    assert (await v.ask())[0] == "cloud"
    monkeypatch.undo()
    await v.watch.look()
    await v.watch.look()
    assert (await v.ask())[0] == "local"


async def test_a_change_while_the_one_before_is_compiled_is_not_taken_for_adopted(
    tmp_path: Path, classifiers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(tmp_path, classifiers) as v:
        await _take_up_late(v, monkeypatch, lambda: replace_file(v.policy, STAYS.encode()))
        assert await v.metric('privacy_gateway_policy_reloads_total{result="loaded"}') == 2
        await v.watch.look()
        assert await v.metric('privacy_gateway_policy_reloads_total{result="loaded"}') == 2


async def test_a_mend_while_a_broken_one_is_read_is_taken_up(
    tmp_path: Path, classifiers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watched(tmp_path, classifiers) as v:

        def slow(loaded: Loaded, before: Loadout | None) -> Loadout:
            try:
                return arrange(loaded, before)
            finally:
                replace_file(v.policy, STAYS.encode())

        monkeypatch.setattr("gateway.server.reload.arrange", slow)
        await v.change(BROKEN)
        assert v.w.gateway.broken
        monkeypatch.undo()
        await v.watch.look()
        await v.watch.look()
        assert ((await v.ask())[0], v.w.gateway.broken) == ("local", "")


@pytest.mark.parametrize("base", ["policy.yaml", "base.yaml"])
async def test_a_change_while_the_gateway_starts_is_not_taken_for_adopted(
    tmp_path: Path, classifiers: Path, base: str
) -> None:
    (tmp_path / "base.yaml").write_text(PASSES)
    (tmp_path / "policy.yaml").write_text(HEAD.replace("  rules:\n", "  extends: [base.yaml]\n"))
    async with watched(tmp_path, classifiers) as v:
        flags = {"policies": str(v.policy), "classifiers": str(classifiers), "audit.directory": str(tmp_path / "audit")}
        replace_file(tmp_path / base, STAYS.encode())
        late = PolicyWatch(v.w.gateway, load(None, {}, flags))
        await late.look()
        assert (await v.ask())[0] == "local"
        await late.look()
        assert await v.metric('privacy_gateway_policy_reloads_total{result="loaded"}') == 1


async def test_a_file_that_joins_a_directory_while_it_is_compiled_is_not_taken_for_read(
    tmp_path: Path, classifiers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "policies"
    directory.mkdir()
    (directory / "20-rest.yaml").write_text(PASSES)
    async with watched(tmp_path, classifiers, policies=str(directory)) as v:
        v.policy = directory / "20-rest.yaml"
        legal = STAYS.replace("stays,", "stays, when: sensitivity == 'low',").encode()
        await _take_up_late(v, monkeypatch, lambda: replace_file(directory / "10-legal.yaml", legal))


async def test_budgets_that_workers_would_count_for_themselves_are_refused_while_running_too(
    tmp_path: Path, classifiers: Path
) -> None:
    async with watched(tmp_path, classifiers, workers=4) as v:
        before = await v.ask()
        await v.change(PASSES + "  budgets:\n    - {name: few, per: tenant, distinct: 3, window: 1d}\n")
        assert "budgets.redis_url" in v.w.gateway.broken
        assert await v.ask() == before


async def test_a_bundle_that_no_longer_finds_what_a_server_must_not_answer_is_refused(
    tmp_path: Path, classifiers: Path
) -> None:
    own = tmp_path / "own"
    (own / "packs").mkdir(parents=True)
    (own / "packs" / "badges.yaml").write_text(
        "apiVersion: privacy-gateway/v1\nkind: RecognizerPack\nmetadata: {name: badges}\n"
        "recognizers: [{name: badge, supported_entity: BADGE, patterns: [{name: b, regex: 'BDG-[0-9]{6}', score: 0.9}]}]\n"
    )
    (tmp_path / "draft.yaml").write_text(PASSES)
    file = tmp_path / "policy.bundle.json"

    def sealed(packs: Path) -> bytes:
        flags = {"policies": str(tmp_path / "draft.yaml"), "classifiers": str(packs)}
        return seal(bundle_of(arrange(load(None, {}, flags))), None)

    file.write_bytes(sealed(own))
    crm = {"name": "crm", "url": "http://127.0.0.1:1/mcp", "zone": "local", "results": {"BADGE": "block"}}
    bundle = {"file": str(file), "require_signed": False}
    async with watched(tmp_path, classifiers, bundle=bundle, mcp={"servers": [crm]}) as v:
        v.policy = file
        revision = v.w.gateway.engine.classifier_revision
        await v.change(sealed(classifiers).decode())
        assert "nothing finds the entity type `BADGE`" in v.w.gateway.broken
        assert v.w.gateway.engine.classifier_revision == revision


async def test_bundles_are_swapped_refused_unless_signed_and_rolled_back(tmp_path: Path, classifiers: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gateway.adapters.bundle_keys import SigningKey, private_key

    private, public = keys(tmp_path)
    key, file = private_key(private), tmp_path / "policy.bundle.json"

    def sealed(text: str, signer: SigningKey | None) -> bytes:
        (tmp_path / "draft.yaml").write_text(text)
        flags = {"policies": str(tmp_path / "draft.yaml"), "classifiers": str(classifiers)}
        return seal(bundle_of(arrange(load(None, {}, flags))), signer)

    first, second = sealed(PASSES, key), sealed(STAYS, key)
    file.write_bytes(first)
    bundle = {"file": str(file), "public_keys": [str(public)]}
    async with watched(tmp_path, classifiers, bundle=bundle) as v:
        v.policy = file
        digests = [(await v.w.admin.get("/revision")).json()["bundle"]]
        assert (await v.ask())[0] == "cloud"
        await v.change(second.decode())
        assert (await v.ask())[0] == "local"
        digests.append((await v.w.admin.get("/revision")).json()["bundle"])
        for refused in (sealed(PASSES, None), sealed(PASSES, SigningKey(Ed25519PrivateKey.generate())), first[:-40]):
            await v.change(refused.decode())
            assert (await v.ask())[0] == "local"
            assert v.w.gateway.broken
        settings = tmp_path / "gateway.yaml"
        audit = {"directory": str(tmp_path / "audit")}
        settings.write_text(json.dumps({"bundle": bundle, "audit": audit, "classifiers": str(classifiers)}))
        replace_file(file, second)
        done = CliRunner().invoke(cli, ["policy", "rollback", "--config", str(settings)])
        assert (done.exit_code, file.read_bytes()) == (0, first), done.output
        await v.watch.look()
        await v.watch.look()
        assert (await v.ask())[0] == "cloud"
        done = CliRunner().invoke(cli, ["policy", "rollback", "--config", str(settings), "--to", digests[1][:20]])
        assert (done.exit_code, file.read_bytes()) == (0, second), done.output
        kept = tmp_path / "audit" / "policy_texts"
        # Another bundle that was signed, in the place of the one that is asked for.
        (kept / f"{digests[0].removeprefix('sha256:')}.bundle.json").write_bytes(second)
        done = CliRunner().invoke(cli, ["policy", "rollback", "--config", str(settings), "--to", digests[0]])
        assert (done.exit_code, "nothing was changed" in done.output) == (1, True)
        listed = CliRunner().invoke(cli, ["policy", "rollback", "--config", str(settings), "--list"])
        assert [line.split()[-1] for line in listed.output.splitlines()] == [*digests, digests[0]]


async def test_policies_of_tenants_travel_in_the_bundle_and_are_compared_and_kept(
    tmp_path: Path, classifiers: Path
) -> None:
    (tmp_path / "all.yaml").write_text(PASSES)
    (tmp_path / "acme.yaml").write_text(STAYS)
    tenants = {"acme": {"policies": str(tmp_path / "acme.yaml")}}
    flags = {"policies": str(tmp_path / "all.yaml"), "classifiers": str(classifiers), "tenants": tenants}
    build = tmp_path / "build.yaml"
    build.write_text(json.dumps(flags))
    file, newer = tmp_path / "policy.bundle.json", tmp_path / "newer.json"
    run = CliRunner().invoke
    assert run(cli, ["policy", "bundle", "make", str(file), "--config", str(build)]).exit_code == 0
    (tmp_path / "acme.yaml").write_text(STAYS.replace("stays", "stays-here"))
    assert run(cli, ["policy", "bundle", "make", str(newer), "--config", str(build)]).exit_code == 0
    bundle = {"file": str(file), "require_signed": False}
    async with watched(tmp_path, classifiers, bundle=bundle) as v:
        gateway = v.w.gateway
        assert [rule.name for rule in gateway.engine_for("acme").policy.rules] == ["stays"]
        assert [rule.name for rule in gateway.engine_for("other").policy.rules] == ["passes"]
        told = (await v.w.admin.get("/revision")).json()
        assert told["tenants"] == {"acme": gateway.engine_for("acme").policy.revision}
        assert gateway.history.files(told["tenants"]["acme"]) is not None
        assert gateway.history.all()[-1].tenants == told["tenants"]
        for other, code, differs in ((file, 0, []), (newer, 1, ["bundle", "tenants"])):
            command = ["drift", "--json", "--bundle", str(other), "--replica", str(v.w.admin.base_url)]
            result = await asyncio.to_thread(run, cli, command)
            assert (result.exit_code, json.loads(result.output)["replicas"][0]["differs"]) == (code, differs)
        v.policy = file
        await v.change(newer.read_text())
        assert [rule.name for rule in gateway.engine_for("acme").policy.rules] == ["stays-here"]
        assert len(gateway.history.all()) == 2


async def test_drift_is_found_between_a_bundle_and_replicas(tmp_path: Path, classifiers: Path) -> None:
    (tmp_path / "draft.yaml").write_text(PASSES)
    flags = {"policies": str(tmp_path / "draft.yaml"), "classifiers": str(classifiers)}
    file = tmp_path / "policy.bundle.json"
    file.write_bytes(seal(bundle_of(arrange(load(None, {}, flags))), None))
    bundle = {"file": str(file), "require_signed": False}
    async with watched(tmp_path, classifiers, bundle=bundle) as v:
        admin = str(v.w.admin.base_url)

        async def drift(*arguments: str) -> tuple[int, Any]:
            command = ["drift", "--json", "--bundle", str(file), *arguments]
            result = await asyncio.to_thread(CliRunner().invoke, cli, command)
            return result.exit_code, json.loads(result.output)

        assert (await drift("--replica", admin))[0] == 0
        code, told = await drift("--replica", admin, "--replica", "http://127.0.0.1:1")
        assert (code, told["drift"]) == (1, True)
        (tmp_path / "draft.yaml").write_text(STAYS)
        v.policy = file
        newer = seal(bundle_of(arrange(load(None, {}, flags))), None)
        copy = tmp_path / "newer.json"
        copy.write_bytes(newer)
        code, told = await drift("--bundle", str(copy), "--replica", admin)
        assert code == 1
        assert told["replicas"][0]["differs"] == ["policy_revision", "bundle"]
