"""A candidate policy beside the one in force: only its differences are on record, and it changes nothing."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from gateway.cli.main import cli
from tests.fakes.engines import POLICY, chat, engine
from tests.fakes.recognizers import BrokenRecognizer, FakeRecognizer
from tests.fakes.world import World, world

PATH = "/v1/chat/completions"
MAIL = "Write to martha@nordhavn-clinic.com"
STRICTER = POLICY.replace("{level: moderate, name: contact", "{level: high, name: contact")


def shadowing(candidate: str, **more: Any) -> Any:
    from dataclasses import replace

    live = engine(**more)
    return replace(live, shadow=engine(candidate).policy)


def shadows(w: World) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in w.log().splitlines()]
    return [record for record in records if record["event"] == "shadow"]


async def test_only_what_differs_is_on_record_and_the_live_policy_decides(tmp_path: Path) -> None:
    async with world(tmp_path, shadowing(STRICTER)) as w:
        response = await w.app.post(PATH, content=chat(MAIL))
        await w.app.post(PATH, content=chat("What is a heat pump?"))
        assert response.headers["x-privacy-zone"] == "cloud"
        metrics = (await w.admin.get("/metrics")).text
        assert 'privacy_gateway_shadow_decisions_total{result="different"} 1.0' in metrics
        assert 'privacy_gateway_shadow_decisions_total{result="same"} 1.0' in metrics
    (record,) = shadows(w)
    assert record["id"] == response.headers["x-privacy-decision"]
    assert (record["sensitivity"], record["rule"]) == ("moderate", "moderate-is-tokenised")
    assert record["shadow"] == {
        "policy_revision": engine(STRICTER).policy.revision,
        "sensitivity": "high",
        "rule": "high-stays-home",
        "effect": "allow",
        "route": ["local"],
        "differs": ["sensitivity", "rule", "route", "transform"],
    }
    assert "martha" not in w.log()
    result = CliRunner().invoke(cli, ["policy", "shadow", "--audit", str(w.audit), "--json"])
    told = json.loads(result.output)
    assert (told["judged"], told["changed"]) == (2, 1)
    assert told["by"]["rule"] == {"moderate-is-tokenised -> high-stays-home": 1}
    assert told["by"]["route"] == {"cloud, secure, local -> local": 1}


async def test_a_looser_candidate_loosens_nothing(tmp_path: Path) -> None:
    looser = POLICY.replace("route: [local]", "route: [cloud]")
    async with world(tmp_path, shadowing(looser)) as w:
        await w.app.post(PATH, content=chat("SSN 536-22-8741"))
        assert w.received("cloud") == b""
    assert shadows(w)[0]["shadow"]["route"] == ["cloud"]


async def test_a_detector_that_failed_makes_it_high_for_both(tmp_path: Path) -> None:
    broken = shadowing(POLICY, recognizers=[FakeRecognizer(), BrokenRecognizer()])
    async with world(tmp_path, broken) as w:
        await w.app.post(PATH, content=chat("Hello"))
    assert shadows(w) == []


async def test_failover_asks_the_candidate_once(tmp_path: Path) -> None:
    async with world(tmp_path, shadowing(STRICTER), down=("cloud",)) as w:
        await w.app.post(PATH, content=chat(MAIL))
    assert len(shadows(w)) == 1
