"""A decision explained: over HTTP and on the command line, also after the policy has changed."""

import json
from pathlib import Path

from click.testing import CliRunner

from gateway.cli.main import cli
from tests.server.test_identity import bearer, key
from tests.server.test_reload import HEAD, PASSES, watched

PATH = "/v1/chat/completions"
BY_TENANT = (
    HEAD.replace(
        "  rules:\n",
        "  classify: [{level: moderate, name: contact, entities: [UNINSPECTABLE]}]\n  rules:\n"
        '    - {name: sees, when: sensitivity == "moderate", route: [local]}\n',
    )
    + "    - {name: passes, route: [cloud, local]}\n"
)
PICTURE = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]


async def test_a_text_that_was_changed_in_the_history_explains_nothing(tmp_path: Path) -> None:
    classifiers = tmp_path / "classifiers"
    (classifiers / "packs").mkdir(parents=True)
    (tmp_path / "policy.yaml").write_text(BY_TENANT)
    async with watched(tmp_path, classifiers) as v:
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": PICTURE}]}).encode()
        decision = (await v.w.app.post(PATH, content=body)).headers["x-privacy-decision"]
        (kept,) = (v.w.audit / "policy_texts").glob("*.policy.json")
        kept.write_text(kept.read_text().replace("sees", "says"))
        explained = (await v.w.admin.get(f"/decisions/{decision}")).json()[0]["explanation"]
    assert (explained["policy"], explained["counterfactuals"]) == (None, [])
    assert "it was changed" in explained["note"]


async def test_a_tenants_decision_is_explained_by_the_tenants_own_policy(tmp_path: Path) -> None:
    classifiers = tmp_path / "classifiers"
    (classifiers / "packs").mkdir(parents=True)
    (tmp_path / "acme.yaml").write_text(BY_TENANT)
    secret = key(tmp_path, "ada", tenant="acme", roles=["auditor"])
    identity = {"api_keys": {"file": str(tmp_path / "keys.yaml")}}
    tenants = {"acme": {"policies": str(tmp_path / "acme.yaml")}}
    async with watched(tmp_path, classifiers, identity=identity, tenants=tenants) as v:
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": PICTURE}]}).encode()
        response = await v.w.app.post(PATH, content=body, headers=bearer(secret))
        decision = response.headers["x-privacy-decision"]
        (shown, *_) = (await v.w.admin.get(f"/decisions/{decision}", headers=bearer(secret))).json()
    explained = shown["explanation"]
    assert (shown["tenant"], shown["rule"], explained["note"]) == ("acme", "sees", "")
    assert explained["policy"]["files"] == {"acme.yaml": BY_TENANT}
    assert [one["words"] for one in explained["counterfactuals"]] == [
        "without UNINSPECTABLE_IMAGE: low (rule passes; cloud, local)"
    ]


async def test_a_decision_is_explained_by_the_policy_of_its_time(tmp_path: Path) -> None:
    classifiers = tmp_path / "classifiers"
    (classifiers / "packs").mkdir(parents=True)
    (tmp_path / "policy.yaml").write_text(BY_TENANT)
    async with watched(tmp_path, classifiers) as v:
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": PICTURE}]}).encode()
        response = await v.w.app.post(PATH, content=body)
        decision = response.headers["x-privacy-decision"]
        await v.change(PASSES)
        shown = (await v.w.admin.get(f"/decisions/{decision}")).json()
    explained = shown[0]["explanation"]
    assert explained["policy"]["revision"] == shown[0]["policy_revision"]
    assert explained["policy"]["files"] == {"policy.yaml": BY_TENANT}
    assert list(explained["fields"].values()) == [{"UNINSPECTABLE_IMAGE": 1}]
    assert [one["words"] for one in explained["counterfactuals"]] == [
        "without UNINSPECTABLE_IMAGE: low (rule passes; cloud, local)"
    ]
    settings = tmp_path / "gateway.yaml"
    audit = {"directory": str(v.w.audit)}
    settings.write_text(json.dumps({"audit": audit, "classifiers": str(classifiers), "policies": "policy.yaml"}))
    page = CliRunner().invoke(cli, ["audit", "show", decision, "--config", str(settings)]).output
    assert "without UNINSPECTABLE_IMAGE: low" in page
    assert "name: sees" in page
