"""Past an exposure budget the next stricter zone is taken; if exposure cannot be counted, too."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.exposure import SharedExposure
from gateway.core.errors import ConfigurationError
from gateway.core.model import Principal
from gateway.policy.budgets import Exposures
from tests.fakes.engines import CLOUD, POLICY, chat, engine, planned
from tests.fakes.world import World, world

PATH = "/v1/chat/completions"
BUDGET = "  budgets:\n    - {name: few-people, per: tenant, distinct: 3, window: 1d}\n"
LIMITED = POLICY + BUDGET


async def ask(w: World, *names: str) -> str:
    mails = ", ".join(f"{name}@nordhavn-clinic.com" for name in names)
    response = await w.app.post(PATH, content=chat(f"Write to {mails}"))
    return response.headers["x-privacy-zone"] if response.status_code == 200 else str(response.status_code)


async def test_past_the_budget_the_stricter_zone_is_taken(tmp_path: Path) -> None:
    async with world(tmp_path, engine(LIMITED)) as w:
        assert await ask(w, "ann", "bob") == "cloud"
        assert await ask(w, "ann", "bob", "cyd") == "cloud"
        assert await ask(w, "dan") == "secure"
        assert await ask(w, "ann", "cyd") == "cloud"
        assert (await w.app.post(PATH, content=chat("What is a heat pump?"))).headers["x-privacy-zone"] == "cloud"
    records = [json.loads(line) for line in w.log().splitlines()]
    assert [r["budgets"] for r in records if r["event"] == "decision"] == [[], [], ["few-people"], [], []]
    assert "dan" not in w.log()


async def test_another_upstream_of_the_same_zone_is_no_way_round(tmp_path: Path) -> None:
    from gateway.server.standin import StandIn

    fleet = {name: StandIn(name) for name in ("cloud", "cloud-b", "local")}
    async with world(tmp_path, engine(LIMITED), fleet) as w:
        assert await ask(w, "a1", "b2", "c3", "d4") == "local"
        assert w.received("cloud-b") == b""


async def test_without_a_stricter_zone_it_is_refused_and_on_record(tmp_path: Path) -> None:
    only_cloud = LIMITED.replace("transform: true, route: [cloud, secure, local]", "transform: true, route: [cloud]")
    async with world(tmp_path, engine(only_cloud)) as w:
        assert await ask(w, "a1", "b2", "c3", "d4") == "503"
        assert w.received("cloud") == b""
    (record,) = [json.loads(line) for line in w.log().splitlines()]
    assert (record["effect"], record["budgets"], record["status"]) == ("deny", ["few-people"], 503)


async def test_a_refusal_names_the_budget_and_no_zone_that_the_request_never_went_to(tmp_path: Path) -> None:
    only_cloud = LIMITED.replace("transform: true, route: [cloud, secure, local]", "transform: true, route: [cloud]")
    async with world(tmp_path, engine(only_cloud)) as w:
        w.gateway.exposure = SharedExposure("redis://127.0.0.1:1/0", 0.5)
        response = await w.app.post(PATH, content=chat("Write to ann@nordhavn-clinic.com"))
    assert (response.status_code, response.headers["x-privacy-zone"]) == (503, "none")
    assert "budget few-people" in response.json()["error"]["message"]


async def test_a_store_that_is_down_counts_as_spent(tmp_path: Path) -> None:
    async with world(tmp_path, engine(LIMITED)) as w:
        w.gateway.exposure = SharedExposure("redis://127.0.0.1:1/0", 0.5)
        assert await ask(w, "ann") == "secure"
        assert (await w.app.post(PATH, content=chat("What is a heat pump?"))).headers["x-privacy-zone"] == "cloud"


def charges(content: str, *, tenant: str = "t", policy: str = LIMITED, key: bytes = b"k" * 32) -> Any:
    plan = planned(chat(content), engine(policy, key=key), tenant=tenant)
    principal = Principal("ann", tenant)
    found = Exposures(plan.engine.policy, plan.classification.findings, plan.segments, principal, key)
    return found.charges(CLOUD)


def test_a_charge_depends_on_key_tenant_and_value_and_not_on_spelling() -> None:
    ((name, one),) = charges("Write to ann@nordhavn-clinic.com")
    assert name == "few-people"
    assert one.values == charges("To ann@nordhavn-clinic.com and ann@nordhavn-clinic.com, please")[0][1].values
    assert one.subject != charges("Write to ann@nordhavn-clinic.com", tenant="u")[0][1].subject
    assert one.values != charges("Write to ann@nordhavn-clinic.com", key=b"l" * 32)[0][1].values
    assert charges("What is a heat pump?") == []


def test_a_budget_counts_the_types_it_names() -> None:
    of_people = LIMITED.replace("distinct: 3", "distinct: 3, entities: [PERSON]")
    assert charges("Write to ann@nordhavn-clinic.com", policy=of_people) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("window: 1d", "window: 1y"),
        ("per: tenant", "per: everyone"),
        ("distinct: 3", "distinct: 0"),
        ("distinct: 3", "distinct: 3, entities: [PERSN]"),
    ],
)
def test_a_budget_that_means_nothing_is_refused(wrong: str, told: str) -> None:
    with pytest.raises(ConfigurationError):
        engine(LIMITED.replace(wrong, told))
