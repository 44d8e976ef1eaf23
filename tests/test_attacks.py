"""Ways a secret once got past, or might: each is named after its hole and runs through everything that ships."""

import json
from typing import Any

import pytest

from gateway.assembly import build_engine
from gateway.core.model import Sensitivity
from gateway.pipeline import Engine, Plan
from gateway.settings import load
from tests.fakes.engines import planned


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return build_engine(load(None, environment={}))


def ask(engine: Engine, *contents: Any, **more: Any) -> Plan:
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": content} for place, content in enumerate(contents)]
    return planned(json.dumps({"model": "gpt-4o", "messages": messages, **more}).encode(), engine)


def sent_to_cloud(plan: Plan) -> bytes:
    """Return what a cloud would get to see, over all attempts."""
    return b"".join(c.body for c in plan.attempts() if c.upstream.zone.value == "cloud")


def test_a_password_in_a_url_hides_behind_the_mail_address_that_it_seems_to_be(shipped: Engine) -> None:
    plan = ask(shipped, "DATABASE_URL=postgres://svc_orders:q8Zt2mVx7Lp4@db.internal:5432/orders")
    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert b"q8Zt2mVx7Lp4" not in sent_to_cloud(plan)
