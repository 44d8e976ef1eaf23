"""The demo's claims hold with the policy and the models that ship."""

import json

import pytest

from gateway.cli.samples import SAMPLES, Sample
from gateway.loadout import build_engine
from gateway.pipeline import Engine
from gateway.settings import load
from tests.fakes.engines import planned


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return build_engine(load(None, environment={}))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.title)
def test_the_demo_shows_what_it_says(shipped: Engine, sample: Sample) -> None:
    plan = planned(json.dumps(sample.body).encode(), shipped)
    assert plan.first is not None
    assert plan.first.upstream.zone is sample.zone
